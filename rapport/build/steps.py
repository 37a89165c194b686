"""From the data and the notebooks to the published book: check → plan → run → compose → publish.

Each step is a function that can run alone: it takes plans and returns results. `build` runs them all, and does again
only what its inputs changed (`recipes`). What an edition needs on the way lies in ``<output>/<year>/``: ``executes/``
(executed notebooks and their recipes), ``journaux/`` (what the kernels and jupyter-book wrote), ``book/`` (the staged
book, flat), ``doctrees/`` (what Sphinx keeps), ``html/`` and ``pages.json`` (its pages and their recipe). What stops a
build is a `Refus`, with French lines.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from dataclasses import dataclass

from rapport.build import execution, forks, manifest, opening, paper, publication
from rapport.build.composing import Composers, make_book
from rapport.build.events import Event, Follower, Timer
from rapport.build.execution import Task, TaskResult
from rapport.build.plan import Mode, Plan, PlannedChapter, make_plan
from rapport.build.project import Project
from rapport.build.recipes import Recipe, digest, environment
from rapport.build.staging import stage
from rapport.build.warnings import Warning, understand
from rapport.controle.erreurs import Refus
from rapport.controle.textes import attentes_du_livre
from rapport.donnees.dossier import Donnees
from rapport.livre import sommaire
from rapport.saisie import correspondances
from rapport.verite.verification import verifier


@dataclass(frozen=True)
class RunResult:
    """What became of the chapters of a plan: `results` of those that ran, `failures` (chapter → how it failed, now or
    the last time, in French), and those whose executed notebook is `ready`."""

    plan: Plan
    results: tuple[TaskResult, ...]
    failures: dict[str, str]
    ready: frozenset[str]

    def after(self, results: Sequence[TaskResult]) -> RunResult:
        """The same once other chapters have run."""
        failures = {result.task.chapter: str(result.failure) for result in results if result.failure}
        done = {result.task.chapter for result in results if not result.failure}
        return RunResult(self.plan, (*self.results, *results), self.failures | failures, self.ready | done)


@dataclass(frozen=True)
class Book:
    """The pages of a plan: whether they are `made` and as the plan wants them, and what Sphinx complained of."""

    plan: Plan
    made: bool
    warnings: tuple[Warning, ...] = ()


def build(
    project: Project,
    years: Sequence[int],
    *,
    mode: Mode,
    chapters: Collection[str] | None = None,
    jobs: int,
    follow: Follower,
    force: bool = False,
    pdf: bool = True,
) -> list[Book]:
    """Make the editions `years`; in the mode `plan.PUBLISH`, publish them together in ``<output>/site``.

    With `chapters`, make only these. `force`: do all, changed or not. `pdf`: make that of an edition to publish too.
    Raises Refus when the data are invalid, a chapter fails or the book has defects; the site is then what it was.
    """
    timer = Timer(follow)
    with lock(project, follow):
        publication.recover(project.output)
        with timer("check"):
            checked = digest(project.data)
            check_again(project, years, mode, follow)
        plans = [make_plan(project, year, mode, chapters) for year in years]
        composers = Composers(min(jobs, len(plans)))
        try:
            with timer("run"):
                runs = run(plans, composers, jobs=jobs, follow=follow, force=force)
                if refusal := failures(runs):
                    raise refusal
            with timer("compose"):
                books = compose(runs, composers, follow=follow, force=force, pdf=pdf)
                if refusal := defects(books):
                    raise refusal
        finally:
            composers.close()
        if mode.publish:
            if digest(project.data) != checked:  # chapters may have read some of it before, some after
                raise Refus("Les données ont changé pendant la construction : rien n’est publié. Recommencez.")
            with timer("publish"):
                publish(plans, follow)
    timer.tell()
    return books


class Killed(Refus):
    """A process that works for this one was killed."""


@contextmanager
def lock(project: Project, follow: Follower) -> Iterator[None]:
    """Hold the output folder of a project; others wait, and tell. Raises Killed when what works for this process is."""
    with publication.lock(project.output, lambda: follow(Event("lock", "waiting", message=str(project.output)))):
        try:
            yield
        except (BrokenExecutor, EOFError, ConnectionError) as error:
            cure = "Recommencez. Si cela se répète, la mémoire manque peut-être : fermez d’autres programmes."
            raise Killed("Le système a arrêté un processus de la construction : rien n’est publié.", [cure]) from error


def check(project: Project, years: Sequence[int], *, draft: bool = False) -> None:
    """Raise Refus, with one line per error, when the data of `years` are invalid; a draft may lack values."""
    if not draft:
        check_words(project)
    if errors := verifier(project.data, years, draft):
        n = len(errors)
        raise Refus(f"Les données sont invalides : {n} erreur{'s' if n > 1 else ''}.", errors)
    if not draft:
        check_mappings(project)  # they speak of tables, whose schemas are known to be right


def check_words(project: Project) -> None:
    """Raise Refus when the notebooks or the configuration have words that stand for others, still to be written."""
    if errors := attentes_du_livre(project.root):
        raise Refus("Le livre ne peut pas être publié : il y reste des mots à remplacer.", errors)


def check_mappings(project: Project) -> None:
    """Raise Refus when what received files mean for tables is recorded wrongly."""
    if errors := correspondances.verifier(Donnees(project.data)):
        raise Refus("Des correspondances de fichiers reçus sont à corriger.", errors)


def check_again(project: Project, years: Sequence[int], mode: Mode, follow: Follower) -> None:
    """`check` the data that the editions `years` are made from, unless it was done and nothing has changed since."""
    # An edition compares with the years before it, not with those after.
    useful = [year for year in Donnees(project.data).annees if year <= max(years)]
    things = {"ce qui est vérifié": [useful, mode.draft], **environment(project.root)}
    recipe = Recipe.read(project.verdict)
    if recipe and not recipe.change(things, None, ()):
        follow(Event("check", "unchanged"))
        return
    follow(Event("check", "started"))
    start = time.time()
    forks.warm_up(project.data)  # where data have changed, chapters will run
    check(project, useful, draft=mode.draft)
    words = [project.root / name for name in ("chapters", sommaire.CONFIGURATION, sommaire.SOMMAIRE)]
    Recipe.note(things, [project.data, *words], None, start).write(project.verdict)
    follow(Event("check", "done"))


def run(
    plans: Sequence[Plan],
    composers: Composers,
    *,
    jobs: int,
    follow: Follower,
    force: bool = False,
    only: Collection[str] | None = None,
    known_failures: Mapping[str, str] | None = None,
) -> list[RunResult]:
    """Run the chapters of all `plans` (those in `only`, if given) whose inputs have changed (`force`: all of them).

    `composers` get ready meanwhile, if some must run. `known_failures`: chapter → how it failed the last time; it is
    not run again before one of its inputs has changed.
    """
    planned = [_sort(plan, force, only, known_failures or {}) for plan in plans]
    tasks = [task for some, _ in planned for task in some]
    unchanged = [(one.plan.year, name) for _, one in planned for name in one.ready]
    for year, name in [*((task.year, task.chapter) for task in tasks), *unchanged]:
        follow(Event("run", "waiting", year, name))
    for year, name in unchanged:
        follow(Event("run", "unchanged", year, name))
    results = []
    if tasks:
        project = plans[0].project
        forks.warm_up(project.data)  # before any other process starts: they all come from the same one
        composers.prepare()
        chapters = project.root / "chapters"
        results = execution.run_tasks(
            tasks, data=project.data, folder=chapters, work=project.output, jobs=jobs, follow=follow
        )
    return [one.after([r for r in results if r.task.year == one.plan.year]) for _, one in planned]


def _sort(
    plan: Plan, force: bool, only: Collection[str] | None, known_failures: Mapping[str, str]
) -> tuple[list[Task], RunResult]:
    """The chapters that must run, and what is known of the others."""
    tasks, ready, failures = [], [], {}
    for chapter in plan.chapters:
        if chapter.notebook is None or (only is not None and chapter.name not in only):
            continue
        things, recipe, output = _things(plan, chapter), plan.recipe(chapter.name), plan.executed(chapter.name)
        failed = recipe is not None and recipe.result is None
        reason = "tout est demandé" if force else "première exécution"
        if recipe and not force:
            reason = recipe.change(things, None if failed else output, plan.project.bases)
        if failed and not reason and chapter.name in known_failures:
            failures[chapter.name] = known_failures[chapter.name]
        elif reason or failed:
            reason = reason or "la dernière exécution a échoué"
            path, log = plan.project.relative(chapter.path), plan.log(chapter.name)
            tasks.append(Task(plan.year, chapter.name, path, chapter.notebook, output, log, reason, things))
        else:
            ready.append(chapter.name)
    return tasks, RunResult(plan, (), failures, frozenset(ready))


def _things(plan: Plan, chapter: PlannedChapter) -> dict:
    """What a chapter depends on beside files."""
    return {
        plan.project.relative(chapter.path).as_posix(): chapter.content,
        "la liste des sections que les données permettent": sommaire.contenu(chapter.notebook),
        "la liste des années": plan.years,
        "le dossier des données": str(plan.project.data),
        **environment(plan.project.root),
    }


def failures(runs: Sequence[RunResult]) -> Refus | None:
    """What there is to say of the chapters that ran and failed; None: all is well."""
    causes = [result.failure for one in runs for result in one.results if result.failure]
    title = "Un chapitre a échoué." if len(causes) == 1 else f"{len(causes)} chapitres ont échoué."
    return Refus(f"{title} Rien n’est publié.", causes) if causes else None


def compose(
    runs: Sequence[RunResult], composers: Composers, *, follow: Follower, force: bool = False, pdf: bool = True
) -> list[Book]:
    """Lay out the editions that ran, make the pages of those that have changed, and write their manifests; none for an
    edition of which no chapter has ever been executed.

    Pages are made from nothing where what makes them has changed (the configuration, the list of pages, the library),
    and updated where only chapters have. A book is not made when jupyter-book fails or, if it is to be published, has
    anything to complain of. `pdf`: have the PDF of each that is to be published made too.
    """
    staged = [one.plan for one in runs if stage(one.plan, one.ready)]
    start = time.time()
    makings = [_order(plan, composers, follow, force) for plan in staged]
    for plan in (plan for plan in staged if plan.mode.publish):
        opening.write(plan, start)  # meanwhile
    manifests = [manifest.describe(plan) for plan in staged]
    books = [_made(making, follow) for making in makings]
    printed = [book.plan for book in books if book.made and book.plan.mode.publish]
    anew = {making.plan.year for making in makings if making.verdict is not None}
    anew |= paper.make(printed, anew, composers, follow, wanted=pdf)
    for making, book, described in zip(makings, books, manifests, strict=True):
        if book.made:
            _finish(making, described, start, making.plan.year in anew)
    return books


@dataclass(frozen=True)
class _Making:
    """Pages being made since `began` (``time.monotonic()``). `reason`: why, in French; "" and no verdict: as before."""

    plan: Plan
    things: dict
    reason: str
    began: float = 0
    verdict: Future[tuple[bool, list[str]]] | None = None


def _order(plan: Plan, composers: Composers, follow: Follower, force: bool) -> _Making:
    # What the pages depend on beside the chapters.
    things = {"la sévérité": plan.mode.publish, **environment(plan.project.root)}
    for name in (sommaire.CONFIGURATION, sommaire.SOMMAIRE):
        things[name] = (plan.book / name).read_text(encoding="utf-8")
    recipe = Recipe.read(plan.pages_recipe)
    if force or recipe is None:
        reason, fresh = "tout est demandé" if force else "première composition", True
    else:
        reason, fresh = recipe.changed_thing(things) or recipe.changed_result(plan.html), True
        if not reason and recipe.changed_file(()):
            reason, fresh = "des chapitres ont changé", False
    if not reason:
        follow(Event("compose", "unchanged", plan.year))
        return _Making(plan, things, "")
    plan.pages_recipe.unlink(missing_ok=True)
    follow(Event("compose", "started", plan.year))
    doctrees, log = plan.folder / "doctrees", plan.log("jupyter-book")
    verdict = composers.submit(make_book, plan.book, plan.html, doctrees, log, strict=plan.mode.publish, fresh=fresh)
    return _Making(plan, things, reason, time.monotonic(), verdict)


def _made(making: _Making, follow: Follower) -> Book:
    """The book of a making, once it is made."""
    plan = making.plan
    if making.verdict is None:
        return Book(plan, made=True)
    made, complaints = making.verdict.result()
    state, seconds = "done" if made else "failed", time.monotonic() - making.began
    follow(Event("compose", state, plan.year, seconds=seconds, message=making.reason))
    return Book(plan, made, tuple(understand(plan, complaints)))


def _finish(making: _Making, described: dict, start: float, anew: bool) -> None:
    """Complete the pages of a plan and note what they were made from, if they were made `anew` or that has changed."""
    plan = making.plan
    if any([manifest.write(plan, described), plan.mode.publish and opening.lay(plan), anew]):
        Recipe.note(making.things, [plan.book], plan.html, start).write(plan.pages_recipe)


def defects(books: Sequence[Book]) -> Refus | None:
    """What there is to say of the books that could not be made; None: all is well."""
    failed = [book for book in books if not book.made]
    lines = [line for b in failed for line in (*b.warnings, f"Journal complet : {b.plan.log('jupyter-book')}")]
    years = ", ".join(str(book.plan.year) for book in failed)
    return Refus(f"jupyter-book signale des défauts ({years}). Rien n’est publié.", lines) if failed else None


def remember(project: Project, request: object, books: Sequence[Book], start: float, *, pdf: bool) -> None:
    """Note what published `books` were made from since `start`: while it is the same, there is nothing to do for the
    same `request`. Not where a `pdf` lacks: it is tried at each build."""
    if pdf and not all(paper.beside(book.plan).exists() for book in books):
        return
    recipes = (book.plan.recipe(name) for book in books for name in book.plan.names)
    project.note_published(request, {file for recipe in recipes if recipe for file in recipe.files}, start)


def publish(plans: Sequence[Plan], follow: Follower) -> None:
    """Publish the pages of `plans`."""
    output, pages = plans[0].project.output, {plan.year: plan.html for plan in plans}
    follow(Event("publish", "started"))
    publication.publish(output, pages, publication.root)
    follow(Event("publish", "done"))
