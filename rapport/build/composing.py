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
class Order:
    """A staged book to make: `book` its sources, `html` its pages, `doctrees` what Sphinx keeps between builds, `log`
    what it says. `strict`: a warning is an error; `fresh`: from nothing."""

    book: Path
    html: Path
    doctrees: Path
    log: Path
    strict: bool
    fresh: bool


@dataclass(frozen=True)
class Verdict:
    """Whether a book was made, and what Sphinx complained of: lines of its log."""

    made: bool
    complaints: list[str]


class Composers:
    """Processes that make books, at most `jobs` at a time."""

    def __init__(self, jobs: int):
        context = multiprocessing.get_context("forkserver" if kernels.FORKED else "spawn")
        self._pool = ProcessPoolExecutor(max(1, jobs), mp_context=context, initializer=_begin)

    def prepare(self) -> None:
        """Start a process now, and let it import Sphinx meanwhile."""
        self._pool.submit(_import)

    def compose(self, order: Order) -> Future[Verdict]:
        return self._pool.submit(compose, order)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def compose(order: Order) -> Verdict:
    """Make one book in this process; never raises."""
    if order.fresh:
        for folder in (order.html, order.doctrees):
            shutil.rmtree(folder, ignore_errors=True)
    order.log.parent.mkdir(parents=True, exist_ok=True)
    with order.log.open("w", encoding="utf-8") as log, _said_in(log):
        try:
            error = _jupyter_book(order)
        except Exception as exception:
            traceback.print_exc()
            error = exception
    said = re.sub(r"\x1b\[[0-9;]*m", "", order.log.read_text(encoding="utf-8"))
    order.log.write_text(said, encoding="utf-8")
    lines = said.replace(f"{order.book}{os.sep}", "").splitlines()
    complaints = [line for line in lines if re.search(r"\b(WARNING|ERROR|CRITICAL)\b", line)]
    if isinstance(error, BaseException):
        complaints += "".join(traceback.format_exception_only(error)).splitlines()
    return Verdict(not error, complaints)


def _jupyter_book(order: Order) -> object:
    """What jupyter-book's own command does; returns an exception, or 1 for warnings that are errors."""
    from jupyter_book.sphinx import build_sphinx

    options = {"external_toc_path": str(order.book / "_toc.yml"), "latex_individualpages": False}
    return build_sphinx(
        str(order.book),
        str(order.html),
        doctreedir=str(order.doctrees),
        path_config=str(order.book / "_config.yml"),
        noconfig=True,
        confoverrides=options | ({"nitpicky": True} if order.strict else {}),
        warningiserror=order.strict,
        keep_going=order.strict,
        freshenv=order.fresh,
    )


@contextlib.contextmanager
def _said_in(log) -> Iterator[None]:
    """Sphinx's words go to `log`, in English whatever the system speaks: they are looked at here."""
    languages = {name: os.environ.get(name) for name in ("LC_ALL", "LANGUAGE")}
    os.environ.update(LC_ALL="C.UTF-8", LANGUAGE="en")
    try:
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            yield
    finally:
        for name, value in languages.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _begin() -> None:
    """A process that makes books ends with the one that it works for, and without a word on Ctrl-C."""
    kernel.die_with_parent()
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))


def _import() -> None:
    import jupyter_book.sphinx  # noqa: F401

    import rapport.pages.extension  # noqa: F401
