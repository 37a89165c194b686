"""The papermill engine of the report: a notebook in one of our kernels, and what failed in French.

papermill loads it by its entry point (``papermill.engine`` in ``pyproject.toml``); importing it before papermill would
have papermill look for it while it is only half imported.
"""

import contextlib
import logging
import re
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine

from rapport.build import execution, forks, gate, kernels
from rapport.build.execution import ChapterError, Failure, Job, Stopped, Task
from rapport.livre.sections import sans_titres_seuls
from rapport.livre.sommaire import POSITION

_STARTING = threading.Lock()
"""Of what the threads share without a lock of its own: traitlets resolves the names of classes when it first makes an
object, jupyter_client picks free ports from a cache."""
NOT_STARTED = RuntimeError, EOFError, ConnectionError
"""What is raised when a kernel does not start."""


class Client(PapermillNotebookClient):
    """Runs the notebook of a job. `cell`: the last cell started, None before the first."""

    def __init__(self, nb_man, job: Job):
        with _STARTING:
            super().__init__(
                nb_man,
                kernel_name="python3",
                timeout=execution.CELL_TIMEOUT,
                startup_timeout=execution.START_TIMEOUT,
                on_cell_start=self._cell_started,
                shutdown_kernel="immediate",
                log=logging.getLogger("papermill"),
            )
        self.job = job
        self.cell: nbformat.NotebookNode | None = None

    def create_kernel_manager(self) -> AsyncKernelManager:
        with _STARTING:
            self.km = kernels.manager(str(self.job.connection))
        self.job.kills.append(partial(kernels.kill, self.km))
        return self.km

    def start_new_kernel(self, **options) -> None:
        with contextlib.nullcontext() if forks.FORKED else _STARTING:
            super().start_new_kernel(**options)

    def _cell_started(self, cell: nbformat.NotebookNode, cell_index: int) -> None:
        if self.job.stop.is_set():
            raise Stopped
        self.cell = cell
        self.job.tell("running", cell=cell_index + 1, cells=len(self.nb.cells))


class Engine(NBClientEngine):
    """Executes a `Job`: writes the executed notebook, whatever happens; raises ChapterError when a cell fails."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, *, job: Job, **_) -> None:
        try:
            client = cls._execute(nb_man, job)
        finally:
            nbformat.write(_clean(nb_man.nb), job.task.output)
        for cell in client.nb.cells:
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    raise ChapterError(_of_output(job.task, cell, output))
        machine = [Path.home(), Path(sys.prefix), Path(tempfile.gettempdir())]
        if found := gate.defects(client.nb, [job.data, job.folder.parent, *machine]):
            (cell, message), *others = found
            lines = [message, *(f"cellule {other.metadata.get(POSITION)} : {why}" for other, why in others)]
            raise ChapterError(_failure(job.task, cell, "Défaut", "\n  ".join(lines)))
        nb_man.nb.cells = []  # papermill would serialize them again, to write them nowhere

    @staticmethod
    def _execute(nb_man, job: Job) -> Client:
        for attempt in (1, 2):
            client = Client(nb_man, job)
            try:
                with job.task.log.open("wb") as log:
                    client.execute(env=dict(job.env), cwd=str(job.folder), stdout=log, stderr=log)
                return client
            except Exception as error:
                # A port reserved for the kernel can be taken by another program before the kernel opens it.
                # So can the process that it is forked from be killed.
                not_started = isinstance(error, NOT_STARTED) and client.cell is None and not job.stop.is_set()
                if attempt == 2 or not not_started:
                    raise ChapterError(_of_exception(job.task, client.cell, error)) from error


def _of_output(task: Task, cell: nbformat.NotebookNode, output: nbformat.NotebookNode) -> Failure:
    # Python 3.13 has a name of its own, of no use here, for code that stops too early.
    name, message = output.ename.replace("_IncompleteInputError", "SyntaxError"), output.evalue
    if name.endswith("MemoryError"):
        limit = execution.MEMORY >> 20
        message = f"la cellule demande plus de mémoire qu’un chapitre ne peut en prendre ({limit} Mio)."
    elif name == "SystemExit":
        message = "la cellule arrête le chapitre : retirez sys.exit() ou exit(), ce qui suit n’est pas exécuté."
    elif name == "StdinNotImplementedError":
        message = "la cellule attend une réponse au clavier, que personne ne donne : écrivez-la dans le notebook."
    elif name == "KeyboardInterrupt":
        message = "la cellule a été interrompue."
    return _failure(task, cell, name, message, _line(output.traceback))


def _of_exception(task: Task, cell: nbformat.NotebookNode | None, error: Exception) -> Failure:
    message = str(error).strip()
    if isinstance(error, CellTimeoutError):
        message = f"la cellule n’a pas fini en {execution.CELL_TIMEOUT} secondes."
        if "IOPub" in str(error):
            message = "la cellule écrit plus qu’une page ne peut montrer : retirez ce qu’elle imprime."
    elif isinstance(error, DeadKernelError):
        message = f"le noyau Jupyter s’est arrêté pendant cette cellule ; son journal : {task.log}"
    elif cell is None and isinstance(error, NOT_STARTED):
        message = f"le noyau Jupyter n’a pas démarré ({message}) ; son journal : {task.log}"
    return replace(_failure(task, cell, type(error).__name__, message), lasting=False)


def _failure(
    task: Task, cell: nbformat.NotebookNode | None, name: str, message: str, line: int | None = None
) -> Failure:
    if cell is None:
        return Failure(task.year, task.path, name, message)
    lines = cell.source.splitlines() or [""]
    code = lines[line - 1] if line and line <= len(lines) else lines[0]
    return Failure(task.year, task.path, name, message, cell.metadata.get(POSITION), line, code)


def _line(traceback: Sequence[str]) -> int | None:
    """The line of the cell where the error arose, as IPython's traceback gives it."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
    found = re.search(r"Cell In\[\d+\], line (\d+)", text)
    return int(found[1]) if found else None


def _clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy of `notebook` without what papermill and nbclient noted of this machine and this moment; what they
    injected is marked not to appear on the page, and headings without content are gone."""
    notebook = sans_titres_seuls(notebook)
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for key in ("papermill", "execution", POSITION):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "parametres"  # papermill draws one at random
        if {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", [])):
            cell.metadata["tags"] = [*cell.metadata["tags"], "remove-cell"]
    return notebook
