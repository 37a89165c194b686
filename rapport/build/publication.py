"""Publishing a site in one step, one build at a time.

``<output>/site`` is what readers see. It is a link to one of the folders of ``<output>/.versions``, each of which holds
a whole site (every edition and the root page). A new version is written beside the others and takes its final name only
when complete; replacing the link is a single rename. Killed at any moment, a build leaves the link on a whole site; the
next build removes what it left.

Where links are not allowed (Windows, usually), ``site`` is the folder itself and the switch is two renames; a kill
between the two leaves no ``site``, and the next build puts the newest whole version back (`recover`).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from filelock import FileLock, Timeout

from rapport.build.recipes import empreinte

SITE = "site"
VERSIONS = ".versions"
VERROU = ".verrou"
_PARTIEL = ".partiel"


@contextmanager
def lock(output: Path, attente: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the output folder: one build at a time. `attente` is called once when another build holds it, before
    waiting for it to end."""
    output.mkdir(parents=True, exist_ok=True)
    verrou = FileLock(output / VERROU)
    try:
        verrou.acquire(timeout=0)
    except Timeout:
        attente()
        verrou.acquire()
    try:
        yield
    finally:
        verrou.release()


def recover(output: Path) -> None:
    """Put right what a killed build left, under the lock: no site although a whole version exists, pieces of versions,
    versions older than the previous one."""
    versions = _versions(output)
    site = output / SITE
    if versions and not site.exists():
        _switch(output, versions[-1])
        versions = _versions(output)
    for chemin in _dossier(output).glob(f"*{_PARTIEL}"):
        shutil.rmtree(chemin)
    for chemin in output.glob(f".{SITE}.*"):
        chemin.unlink()
    # A reader may have a page of the previous version open: its images must still be there.
    courante = _courante(output)
    autres = [v for v in versions if v != courante and (courante is None or v.name < courante.name)]
    for chemin in set(versions) - {courante, *autres[-1:]}:
        shutil.rmtree(chemin)


def publish(output: Path, editions: Mapping[int, Path], completer: Callable[[Path, list[int]], None]) -> Path:
    """Publish `editions` (year → folder of built pages) beside the editions already there; return the site's folder.

    `completer` writes the files of the root; it is given the new site's folder and its years, newest first. To be
    called under the lock.
    """
    versions = _versions(output)
    # Every other number: where the site is a plain folder, the one between is for the version that it replaces.
    numero = max((int(v.name) for v in versions), default=0) + 2
    nouvelle = _dossier(output) / f"{numero:06d}"
    partielle = nouvelle.with_name(nouvelle.name + _PARTIEL)
    partielle.mkdir(parents=True)
    site = output / SITE
    for annee in published(output):
        if annee not in editions:
            shutil.copytree(site / str(annee), partielle / str(annee), copy_function=_lier)
    for annee, pages in editions.items():
        shutil.copytree(pages, partielle / str(annee))
    completer(partielle, _annees(partielle))
    os.rename(partielle, nouvelle)
    _switch(output, nouvelle)
    recover(output)
    return site


def up_to_date(output: Path, editions: Mapping[int, Path], completer: Callable[[Path, list[int]], None]) -> bool:
    """Whether publishing `editions` would leave the site as it is, file for file."""
    site = output / SITE
    if any(empreinte(site / str(annee)) != empreinte(pages) for annee, pages in editions.items()):
        return False
    annees = published(output)
    with tempfile.TemporaryDirectory() as dossier:
        for annee in annees:
            pages = Path(dossier) / str(annee)
            pages.mkdir()
            for page in (site / str(annee)).glob("*.html"):
                (pages / page.name).touch()
        completer(Path(dossier), annees)
        racine = [fichier for fichier in Path(dossier).iterdir() if fichier.is_file()]
        return all(empreinte(site / fichier.name) == empreinte(fichier) for fichier in racine)


def published(output: Path) -> list[int]:
    """The years of the published site, newest first."""
    return _annees(output / SITE) if (output / SITE).is_dir() else []


def write_root(site: Path, annees: Sequence[int]) -> None:
    """The files at the site's root. `annees`: its editions, newest first.

    ``index.html`` leads to the newest edition and lists them all; ``editions.js`` tells the pages, which stay as they
    were built, what the other editions are and which chapters they have; ``_headers`` is for the web server.
    """
    import jinja2

    modeles = files("rapport.build").joinpath("templates")
    jinja = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    for nom in ("index.html", "404.html"):
        modele = jinja.from_string(modeles.joinpath(nom).read_text(encoding="utf-8"))
        (site / nom).write_text(modele.render(annees=annees), encoding="utf-8")
    (site / "_headers").write_text(modeles.joinpath("_headers").read_text(encoding="utf-8"), encoding="utf-8")
    pages = {annee: sorted(p.stem for p in (site / str(annee)).glob("*.html")) for annee in annees}
    (site / "editions.js").write_text(f"window.EDITIONS = {json.dumps(pages)};\n", encoding="utf-8")


def _switch(output: Path, version: Path) -> None:
    """Make `version` the site."""
    site = output / SITE
    lien = output / f".{SITE}.{os.getpid()}"
    try:
        os.symlink(version.relative_to(output), lien, target_is_directory=True)
        liens = True
    except OSError:
        liens = False
    if site.is_dir() and not site.is_symlink():
        precedente = max((int(v.name) for v in _versions(output) if v != version), default=0) + 1
        os.rename(site, _dossier(output) / f"{precedente:06d}")
    elif site.is_symlink() and not liens:
        site.unlink()
    if not liens:
        os.rename(version, site)
        return
    try:
        os.replace(lien, site)
    except PermissionError:  # Windows replaces no link to a folder
        site.unlink()
        os.rename(lien, site)


def _dossier(output: Path) -> Path:
    return output / VERSIONS


def _versions(output: Path) -> list[Path]:
    """The whole versions, oldest first."""
    if not _dossier(output).is_dir():
        return []
    return sorted(p for p in _dossier(output).iterdir() if p.name.isdigit())


def _courante(output: Path) -> Path | None:
    """The version that the site links to, None when the site is the folder itself (or is not)."""
    site = output / SITE
    return _dossier(output) / Path(os.readlink(site)).name if site.is_symlink() else None


def _annees(site: Path) -> list[int]:
    return sorted((int(p.name) for p in site.iterdir() if p.is_dir() and p.name.isdigit()), reverse=True)


def _lier(source: str, cible: str) -> str:
    """Hard link where the file system has them: an edition that does not change costs no space."""
    try:
        os.link(source, cible)
    except OSError:
        shutil.copy2(source, cible)
    return cible
