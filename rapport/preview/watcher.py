"""``rapport serve``: makes a draft of one edition, shows it, and makes again what each change concerns.

The chapters that somebody looks at come first. A chapter that fails, or that reads invalid data, gives way to the error
on its page; the others go on. What changes in the library itself is seen once the command is started again.
"""

import os
import threading
from collections.abc import Set
from dataclasses import replace
from pathlib import Path

import watchfiles

from rapport.build import composing, steps
from rapport.build.events import Event
from rapport.build.plan import DRAFT_STATUS, LIVE, Plan, make_plan
from rapport.build.project import Project
from rapport.build.recipes import UNSEEN, modified
from rapport.build.steps import Book, RunResult
from rapport.controle.erreurs import Refus
from rapport.livre import sommaire
from rapport.preview.server import Server
from rapport.preview.states import Pages, PageState, read_files


class LiveEdition:
    """One edition, made again and again; `pages` have what becomes of it.

    `follow` is told: a follower of builds that is entered for each, with `say(text)`, `refuse(refusal)` and
    `warn(warnings)` for what stands on the pages.
    """

    def __init__(self, project: Project, year: int, pages: Pages, jobs: int, follow):
        self.project, self.year, self.pages, self.jobs, self.follow = project, year, pages, jobs, follow
        self.composers = composing.Composers(1)
        self.elsewhere: dict[str, float] = {}
        pages.files = read_files(project.output / str(year) / DRAFT_STATUS / "html")
        pages.show()

    def make(self) -> None:
        """Make what has changed, and show it; what fails is shown too."""
        try:
            with self.follow, steps.lock(self.project, self.follow):
                self._make()
        except Exception as error:  # whatever it is, the next change may mend it
            refusal = error if isinstance(error, Refus) else Refus(str(error) or repr(error))
            if isinstance(error, steps.Killed):
                self.composers.close()
                self.composers = composing.Composers(1)
            self.follow.refuse(refusal)
            self.pages.whole = replace(self.pages.whole, blocked=_text(refusal))
            self.pages.show()

    def _make(self) -> None:
        invalid = None
        try:
            steps.check_again(self.project, [self.year], LIVE, self.follow)
        except Refus as refusal:
            self.follow(Event("check", "failed"))
            invalid = refusal
        try:
            plan = make_plan(self.project, self.year, LIVE)
        except Exception:
            if invalid:
                raise invalid from None
            raise
        kept = self.pages.states
        # A chapter may seem to have no data only because its table is not valid: its page stays.
        names = plan.names | (kept.keys() if invalid else set())
        blocked = self._blocked(plan, invalid, names)
        self.pages.states = {name: kept[name] for name in names & kept.keys()}
        for name in names:
            self.pages.update(name, blocked=blocked.get(name, ""))
        self.pages.whole = replace(self.pages.whole, blocked="")
        possible = plan.names - blocked.keys()
        first = possible & self.pages.watched()
        if first and self.pages.files:
            run = self._run(plan, first)
            if run.results:
                self._compose(run)
        self._compose(self._run(plan, possible))

    def _blocked(self, plan: Plan, invalid: Refus | None, chapters: Set[str]) -> dict[str, str]:
        """Those of `chapters` that cannot run → why; those that merely wait for valid data, to know their sections, are
        told of these only if they read them."""
        if invalid:
            self.follow.refuse(invalid)
        waiting = {chapter.name for chapter in plan.chapters if invalid and chapter.invalid_data}
        reasons = {name: [failure] for name, failure in plan.failures.items() if name not in waiting}
        for (failure,) in reasons.values():
            self.follow.refuse(Refus(failure))
        for name, errors in self._readers(plan, invalid, chapters).items() if invalid else ():
            reasons.setdefault(name, []).append("\n\n".join([invalid.titre, *errors]))
        return {name: "\n\n".join(texts) for name, texts in reasons.items()}

    def _readers(self, plan: Plan, invalid: Refus, chapters: Set[str]) -> dict[str, list[str]]:
        """Those of `chapters` that read a file with errors → these; all for a file that none is known to read."""
        readers: dict[str, list[str]] = {}
        known = {name: recipe.files for name in chapters if (recipe := plan.recipe(name))}
        for error in invalid.causes:
            path = str(self.project.data.parent / error.fichier)
            for name in {name for name in known if path in known[name]} | (chapters - known.keys()) or chapters:
                readers.setdefault(name, []).append(str(error))
        return readers

    def _run(self, plan: Plan, names: set[str]) -> RunResult:
        known = {name: state.crashed for name, state in self.pages.states.items() if state.crashed}
        (run,) = steps.run([plan], self.composers, jobs=self.jobs, follow=self.follow, only=names, known_failures=known)
        if refusal := steps.failures([run]):
            self.follow.refuse(refusal)
        for name in run.ready | run.failures.keys():
            self.pages.update(name, crashed=run.failures.get(name, ""))
        watched = [f"{folder}{os.sep}" for folder in (self.project.data, self.project.root / "chapters")]
        read = {path for name in plan.names if (recipe := plan.recipe(name)) for path in recipe.files}
        # Dated once the chapters have run, and not before: a chapter may write a file that it reads.
        self.elsewhere = {path: modified(path) for path in read if not path.startswith((UNSEEN, *watched))}
        return run

    def changed_elsewhere(self) -> bool:
        """Whether something that chapters read outside the folders of the data and of the chapters has changed."""
        return any(modified(path) != date for path, date in self.elsewhere.items())

    def _compose(self, run: RunResult) -> None:
        """Make the pages that can be made, and show them."""
        for book in steps.compose([run], self.composers, follow=self.follow):
            if refusal := steps.defects([book]):
                self.follow.refuse(refusal)
                self.pages.whole = PageState(noted=_text(refusal))
            else:
                self._take(book)
        self.pages.show()

    def _take(self, book: Book) -> None:
        """The pages of a book that was made. What is said of a page holds as long as it is not made again."""
        old, new = self.pages.files, read_files(book.plan.html)
        if new == old and not self.pages.whole.noted:
            return
        self.follow.warn(book.warnings)
        notes: dict[str | None, list[str]] = {}
        for warning in book.warnings:
            notes.setdefault(warning.page, []).append(str(warning))
        for name in book.plan.names:
            if name in notes or new.get(f"{name}.html") != old.get(f"{name}.html"):
                self.pages.update(name, noted="\n".join(notes.get(name, ())))
        self.pages.whole = PageState(noted="\n".join(notes.get(None, ())))
        self.pages.files = new


def serve(project: Project, year: int, server: Server, jobs: int, follow) -> None:
    """Make, show and make again until KeyboardInterrupt. `follow` is that of a :class:`LiveEdition`."""
    changed, stop = threading.Event(), threading.Event()
    skipped = [*watchfiles.DefaultFilter.ignore_dirs, ".ipynb_checkpoints"]
    inside, settings = watchfiles.DefaultFilter(ignore_dirs=skipped), (sommaire.SOMMAIRE, sommaire.CONFIGURATION)
    _watch([project.data, project.root / "chapters"], True, inside, changed, stop)
    _watch([project.root], False, lambda _, path: Path(path).name in (*settings, "requirements.txt"), changed, stop)
    edition = LiveEdition(project, year, server.pages, jobs, follow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        edition.make()
        follow.say(f"L’édition {year} : {server.address} (Ctrl-C pour arrêter).")
        while True:
            # Windows hears Ctrl-C only between two waits.
            if changed.wait(timeout=0.5) or edition.changed_elsewhere():
                changed.clear()
                edition.make()
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        edition.composers.close()


def _watch(folders: list[Path], recursive: bool, chosen, changed: threading.Event, stop: threading.Event) -> None:
    """Set `changed` when a file changes in `folders` (not the files themselves: editors replace them), until `stop`."""

    def watch() -> None:
        # `step`: the milliseconds without a change after which a file is saved.
        for _ in watchfiles.watch(
            *folders, watch_filter=chosen, step=20, recursive=recursive, stop_event=stop, raise_interrupt=False
        ):
            changed.set()

    threading.Thread(target=watch, daemon=True).start()


def _text(refusal: Refus) -> str:
    return "\n\n".join([refusal.titre, *refusal.lignes])
