"""Publishing a site in one step, one build at a time.

``<output>/site`` is what readers see. It is a link to one of the folders of ``<output>/.versions``, each of which holds
a whole site (every edition and the root page). A new version is written beside the others and takes its final name only
when complete; replacing the link is a single rename. Killed at any moment, a build leaves the link on a whole site; the
next build removes what it left.

Where links are not allowed (Windows, usually), ``site`` is the folder itself and the switch is two renames; a kill
between the two leaves no ``site``, and the next build puts the newest whole version back (`recover`).
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from filelock import FileLock, Timeout

SITE = "site"
VERSIONS = ".versions"
LOCK = ".verrou"
_PARTIAL = ".partiel"
RootOf = Callable[[Mapping[int, Sequence[str]]], Mapping[str, str]]
"""The files of the root of a site (name → text), given its years, newest first, and the names of their pages."""


@contextmanager
def lock(output: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the output folder: one build at a time. `waiting` is called once when another build holds it, before
    waiting for it to end."""
    output.mkdir(parents=True, exist_ok=True)
    lock_file = FileLock(output / LOCK)
    try:
        lock_file.acquire(timeout=0)
    except Timeout:
        waiting()
        lock_file.acquire()
    try:
        yield
    finally:
        lock_file.release()


def recover(output: Path) -> None:
    """Put right what a killed build left, under the lock: no site although a whole version exists, pieces of versions,
    versions older than the previous one."""
    versions = _versions(output)
    site = output / SITE
    if versions and not site.exists():
        _switch(output, versions[-1])
        versions = _versions(output)
    for path in _folder(output).glob(f"*{_PARTIAL}"):
        shutil.rmtree(path)
    for path in output.glob(f".{SITE}.*"):
        path.unlink()
    # A reader may have a page of the previous version open: its images must still be there.
    current = _current(output)
    others = [v for v in versions if v != current and (current is None or v.name < current.name)]
    for path in set(versions) - {current, *others[-1:]}:
        shutil.rmtree(path)


def publish(output: Path, editions: Mapping[int, Path], root_of: RootOf) -> Path:
    """Publish `editions` (year → folder of built pages) beside the editions already there; return the site's folder.

    To be called under the lock.
    """
    versions = _versions(output)
    # Every other number: where the site is a plain folder, the one between is for the version that it replaces.
    number = max((int(v.name) for v in versions), default=0) + 2
    new = _folder(output) / f"{number:06d}"
    partial = new.with_name(new.name + _PARTIAL)
    partial.mkdir(parents=True)
    site = output / SITE
    for year in published(output):
        if year not in editions:
            shutil.copytree(site / str(year), partial / str(year), copy_function=_link)
    for year, pages in editions.items():
        shutil.copytree(pages, partial / str(year))
    for name, text in root_of(_pages(partial)).items():
        (partial / name).write_text(text, encoding="utf-8")
    os.rename(partial, new)
    _switch(output, new)
    recover(output)
    return site


def published(output: Path) -> list[int]:
    """The years of the published site, newest first."""
    return _years(output / SITE) if (output / SITE).is_dir() else []


def root(pages: Mapping[int, Sequence[str]]) -> dict[str, str]:
    """The files at the site's root (`RootOf`).

    ``index.html`` leads to the newest edition and lists them all; ``editions.js`` tells the pages, which stay as they
    were built, what the other editions are and which chapters they have; ``_headers`` is for the web server.
    """
    import jinja2

    templates = files("rapport.build").joinpath("templates")
    jinja = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    names = ("index.html", "404.html", "_headers")
    texts = {name: templates.joinpath(name).read_text(encoding="utf-8") for name in names}
    made = {name: jinja.from_string(texts[name]).render(years=list(pages)) for name in names[:2]}
    return made | {"_headers": texts["_headers"], "editions.js": f"window.EDITIONS = {json.dumps(pages)};\n"}


def _switch(output: Path, version: Path) -> None:
    """Make `version` the site."""
    site = output / SITE
    link = output / f".{SITE}.{os.getpid()}"
    try:
        os.symlink(version.relative_to(output), link, target_is_directory=True)
        links = True
    except OSError:
        links = False
    if site.is_dir() and not site.is_symlink():
        previous = max((int(v.name) for v in _versions(output) if v != version), default=0) + 1
        os.rename(site, _folder(output) / f"{previous:06d}")
    elif site.is_symlink() and not links:
        site.unlink()
    if not links:
        os.rename(version, site)
        return
    try:
        os.replace(link, site)
    except PermissionError:  # Windows replaces no link to a folder
        site.unlink()
        os.rename(link, site)


def _folder(output: Path) -> Path:
    return output / VERSIONS


def _versions(output: Path) -> list[Path]:
    """The whole versions, oldest first."""
    if not _folder(output).is_dir():
        return []
    return sorted(p for p in _folder(output).iterdir() if p.name.isdigit())


def _current(output: Path) -> Path | None:
    """The version that the site links to, None when the site is the folder itself (or is not)."""
    site = output / SITE
    return _folder(output) / Path(os.readlink(site)).name if site.is_symlink() else None


def _years(site: Path) -> list[int]:
    return sorted((int(p.name) for p in site.iterdir() if p.is_dir() and p.name.isdigit()), reverse=True)


def _pages(site: Path) -> dict[int, list[str]]:
    """The years of a site, newest first → the names of their pages."""
    return {year: sorted(page.stem for page in (site / str(year)).glob("*.html")) for year in _years(site)}


def _link(source: str, target: str) -> str:
    """Hard link where the file system has them: an edition that does not change costs no space."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
