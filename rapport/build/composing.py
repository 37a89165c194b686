"""Making the pages: jupyter-book on staged books, in processes that import Sphinx while the chapters still run.

A book whose pages exist is updated: Sphinx reads and writes again the chapters that changed, and every page when one of
them changed what the others show of it (`rapport.pages.updates`). Otherwise it is made from nothing.
"""

import contextlib
import gc
import os
import re
import shutil
import signal
import traceback
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rapport.build import forks, kernel
from rapport.donnees.refus import cause
from rapport.nombres.francais import INSECABLE


class Composers(ProcessPoolExecutor):
    """Processes that make books, at most `jobs` at a time.

    They look for garbage between two books alone: Sphinx keeps all that it makes of one to its end, and takes twice as
    long where it is looked through meanwhile.
    """

    def __init__(self, jobs: int):
        super().__init__(max(1, jobs), mp_context=forks.method(), initializer=_begin)

    def submit(self, function, /, *arguments, **options):
        forks.context()  # which starts the fork server: not before it is known what it is to import
        return super().submit(_with_clean_memory, function, *arguments, **options)

    def prepare(self) -> None:
        """Let a process import Sphinx now, or clear what its last book left in memory."""
        self.submit(gc.collect)

    def close(self) -> None:
        self.shutdown(wait=True, cancel_futures=True)


def make_book(
    book: Path, html: Path, doctrees: Path, log: Path, *, strict: bool, fresh: bool
) -> tuple[bool, list[str]]:
    """Make the pages `html` of the staged `book` in this process; `doctrees`: what Sphinx keeps between builds.

    `strict`: a warning is an error; `fresh`: from nothing. Returns whether they were made, and what Sphinx complained
    of: lines of its `log`. Never raises.
    """
    if fresh:
        for folder in (html, doctrees):
            shutil.rmtree(folder, ignore_errors=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as said, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            error = _jupyter_book(book, html, doctrees, strict, fresh)
        except Exception as exception:
            traceback.print_exc()
            error = exception
    said = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(encoding="utf-8"))
    log.write_text(said, encoding="utf-8")
    lines = said.replace(f"{book}{os.sep}", "").replace("checking consistency... ", "").splitlines()
    complaints = [line for line in lines if re.search(r"\b(WARNING|ERROR|CRITICAL)\b", line)]
    if isinstance(error, OSError):  # of the machine, not of the book
        complaints = [f"{error.filename or book}{INSECABLE}: {cause(error)}."]
    elif isinstance(error, BaseException):
        complaints += "".join(traceback.format_exception_only(error)).splitlines()
    return not error, complaints


def _jupyter_book(book: Path, html: Path, doctrees: Path, strict: bool, fresh: bool) -> object:
    """What jupyter-book's own command does; returns an exception, or 1 for warnings that are errors."""
    from jupyter_book.sphinx import build_sphinx

    options = {"external_toc_path": str(book / "_toc.yml"), "latex_individualpages": False}
    return build_sphinx(
        str(book),
        str(html),
        doctreedir=str(doctrees),
        path_config=str(book / "_config.yml"),
        noconfig=True,
        confoverrides=options | ({"nitpicky": True} if strict else {}),
        warningiserror=strict,
        keep_going=strict,
        freshenv=fresh,
    )


def _with_clean_memory(function, *arguments, **options):
    gc.collect()
    return function(*arguments, **options)


def _begin() -> None:
    """A process that makes books ends with the one that it works for, and without a word on Ctrl-C."""
    kernel.die_with_parent()
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    if forks.FORKED:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="en")  # of what Sphinx says, which is looked at here
    gc.disable()
    import jupyter_book.sphinx  # noqa: F401

    import rapport.pages.extension  # noqa: F401

    gc.freeze()
