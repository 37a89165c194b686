"""The pages of an edition while it is written: what was last made of them, what is to be said of each, who looks."""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import escape

SILENCE = 5  # seconds; then a browser that is gone is noticed
EMPTY = (
    '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Rapport d’activité</title></head>'
    "<body><main><article><h1>Rapport d’activité</h1><p>Cette page n’existe pas, ou pas encore.</p></article></main>"
    "</body></html>"
).encode()


@dataclass(frozen=True)
class PageState:
    """What is to be said of a page, in plain French; nothing: it is fresh.

    `blocked`: why its chapter cannot run now (its notebook, or data that it reads). `crashed`: how its chapter failed
    the last time that it ran. `noted`: what is to be mended on the page as it is.
    """

    blocked: str = ""
    crashed: str = ""
    noted: str = ""

    @property
    def failed(self) -> str:
        """What stands in the place of the page's content; "" if nothing does."""
        return self.blocked or self.crashed


class Pages:
    """The pages of an edition. One thread changes `files`, `states` and `whole`, then calls `show`; any may ask."""

    def __init__(self):
        self.files: dict[str, bytes] = {}  # path in the edition → content, as it was last made
        self.states: dict[str, PageState] = {}  # page → its state
        self.whole = PageState()  # of the edition: it is said on every page
        self._change = threading.Condition()
        self._looks: Counter[str] = Counter()
        self.show()

    def state(self, page: str) -> PageState:
        return self.states.get(page, PageState())

    def update(self, page: str, **facts) -> None:
        """Change some facts of the state of a page."""
        self.states[page] = replace(self.state(page), **facts)

    def show(self) -> None:
        """Show all as it is now; open pages that have changed reload."""
        shown = dict(self.files)
        template = shown.get("index.html", EMPTY)
        pages = {name.removesuffix(".html") for name in shown if name.endswith(".html") and "/" not in name}
        for page in pages | {"index"} | {page for page, state in self.states.items() if state.failed}:
            name, state = f"{page}.html", self.state(page)
            noted = "\n".join(filter(None, [state.noted, self.whole.noted]))
            shown[name] = _with_alert(shown.get(name, template), self.whole.failed or state.failed, noted)
        common = hashlib.sha256(
            b"".join(c for name, c in sorted(shown.items()) if name.startswith("_static/"))
        ).digest()
        with self._change:
            self._shown, self._common = shown, common
            self._change.notify_all()

    @property
    def names(self) -> list[str]:
        """The pages that are shown."""
        pages = (name for name in self._shown if name.endswith(".html") and "/" not in name)
        return sorted(name.removesuffix(".html") for name in pages)

    def content(self, path: str) -> bytes | None:
        """The file that is shown at a path in the edition."""
        return self._shown.get(path)

    def version(self, content: bytes | None) -> str:
        """The version of a page whose content is this one, with the style sheets and scripts of now; None: no page."""
        return hashlib.sha256(self._common + (content or b"")).hexdigest()

    def wait(self, page: str, version: str | None) -> str:
        """The version of `page` that is shown, as soon as it is not `version`, or after `SILENCE`."""
        with self._change:
            self._change.wait_for(lambda: self.version(self.content(f"{page}.html")) != version, SILENCE)
            return self.version(self.content(f"{page}.html"))

    @contextmanager
    def looked_at(self, page: str) -> Iterator[None]:
        """Somebody looks at `page` meanwhile."""
        with self._change:
            self._looks[page] += 1
        try:
            yield
        finally:
            with self._change:
                self._looks[page] -= 1

    def watched(self) -> set[str]:
        """The pages that somebody looks at."""
        with self._change:
            return {page for page, count in self._looks.items() if count > 0}


def read_files(folder: Path) -> dict[str, bytes]:
    """The files below a folder: path in it → content; none if there is no such folder."""
    paths = folder.rglob("*") if folder.is_dir() else ()
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def _with_alert(page: bytes, failed: str, noted: str) -> bytes:
    """A page with a failure in the place of its content, or a note above it."""
    if not (failed or noted):
        return page
    head, opening, rest = page.partition(b"<article>")
    content, closing, tail = rest.rpartition(b"</article>")
    title = "Cette page ne peut pas être faite" if failed else "À corriger sur cette page"
    # Long lines must wrap, which <pre> does not without a style of its own.
    text = str(escape(failed or noted)).replace("\n", "<br>").replace("  ", "\N{NO-BREAK SPACE} ")
    alert = f'<div role="alert"><h1>{title}</h1><p><code>{text}</code></p></div>'.encode()
    return head + opening + alert + (b"" if failed else content) + closing + tail
