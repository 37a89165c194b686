"""Making the pages: jupyter-book on staged books, in processes that import Sphinx while the chapters still run.

A book whose pages exist is updated: Sphinx reads and writes again the chapters that changed, and every page when one of
them changed what the others show of it (`rapport.pages.updates`). Otherwise it is made from nothing.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import shutil
import signal
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rapport.build import kernel, kernels


@dataclass(frozen=True)
class Commande:
    """A staged book to make: `book` its sources, `html` its pages, `doctrees` what Sphinx keeps between builds,
    `journal` what it says. `strict`: a warning is an error."""

    book: Path
    html: Path
    doctrees: Path
    journal: Path
    strict: bool
    depuis_rien: bool


@dataclass(frozen=True)
class Verdict:
    """What became of a book: `reussi`, and what Sphinx complained of."""

    reussi: bool
    avertissements: list[str]


class Composeurs:
    """Processes that make books, at most `jobs` at a time."""

    def __init__(self, jobs: int):
        methode = "forkserver" if kernels.CHAUDS else "spawn"
        self._pool = ProcessPoolExecutor(
            max(1, jobs),
            mp_context=multiprocessing.get_context(methode),
            initializer=_commencer,
        )

    def preparer(self) -> None:
        """Start a process now, and let it import Sphinx meanwhile."""
        with kernels.sans_programme():
            self._pool.submit(_importer)

    def composer(self, commande: Commande) -> Future[Verdict]:
        with kernels.sans_programme():
            return self._pool.submit(composer, commande)

    def fermer(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def composer(commande: Commande) -> Verdict:
    """Make one book in this process; never raises."""
    if commande.depuis_rien:
        for dossier in (commande.html, commande.doctrees):
            shutil.rmtree(dossier, ignore_errors=True)
    commande.journal.parent.mkdir(parents=True, exist_ok=True)
    with commande.journal.open("w", encoding="utf-8") as journal, _dites_dans(journal):
        try:
            erreur = _jupyter_book(commande)
        except Exception as exception:
            traceback.print_exc()
            erreur = exception
    sortie = re.sub(r"\x1b\[[0-9;]*m", "", commande.journal.read_text(encoding="utf-8"))
    commande.journal.write_text(sortie, encoding="utf-8")
    lignes = sortie.replace(f"{commande.book}{os.sep}", "").splitlines()
    avertissements = [ligne for ligne in lignes if re.search(r"\b(WARNING|ERROR|CRITICAL)\b", ligne)]
    if isinstance(erreur, BaseException):
        avertissements += "".join(traceback.format_exception_only(erreur)).splitlines()
    return Verdict(not erreur, avertissements)


def _jupyter_book(commande: Commande) -> object:
    """What jupyter-book's own command does; returns an exception, or 1 for warnings that are errors."""
    from jupyter_book.sphinx import build_sphinx

    config = commande.book / "_config.yml"
    options = {"external_toc_path": str(commande.book / "_toc.yml"), "latex_individualpages": False}
    return build_sphinx(
        str(commande.book),
        str(commande.html),
        doctreedir=str(commande.doctrees),
        path_config=str(config),
        noconfig=True,
        confoverrides=options | ({"nitpicky": True} if commande.strict else {}),
        warningiserror=commande.strict,
        keep_going=commande.strict,
        freshenv=commande.depuis_rien,
    )


@contextlib.contextmanager
def _dites_dans(journal) -> Iterator[None]:
    """Sphinx's words go to the journal, in English whatever the system speaks: they are looked at here."""
    langues = {nom: os.environ.get(nom) for nom in ("LC_ALL", "LANGUAGE")}
    os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="en")
    try:
        with contextlib.redirect_stdout(journal), contextlib.redirect_stderr(journal):
            yield
    finally:
        for nom, valeur in langues.items():
            os.environ.pop(nom) if valeur is None else os.environ.update({nom: valeur})


def _commencer() -> None:
    """A process that makes books ends with the one that it works for, and without a word on Ctrl-C."""
    kernel.mourir_avec_le_parent()
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))


def _importer() -> None:
    import jupyter_book.sphinx  # noqa: F401

    import rapport.pages.extension  # noqa: F401
