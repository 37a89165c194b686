"""The papermill engine of the report: each notebook in a process of its own, and what failed in French.

papermill loads it by its entry point (``papermill.engine`` in ``pyproject.toml``); importing it before papermill would
have papermill look for it while it is only half imported.
"""

import contextlib
import multiprocessing
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing import connection
from pathlib import Path

import nbformat
from papermill.engines import Engine as PapermillEngine

from rapport.build import execution, forks, gate, kernel
from rapport.build.execution import ChapterError, Failure, Job, Stopped, Task
from rapport.livre.sections import sans_titres_seuls
from rapport.livre.sommaire import POSITION


class Engine(PapermillEngine):
    """Executes a `Job`: writes the executed notebook, whatever happens; raises ChapterError when a cell fails."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, *, job: Job, **_) -> None:
        notebook = nb_man.nb
        try:
            _execute(notebook, job)
        finally:
            # Without line breaks, which only the JSON encoder written in Python makes.
            nbformat.write(_clean(notebook), job.task.output, indent=None)
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    raise ChapterError(_of_output(job.task, cell, output))
        machine = [Path.home(), Path(sys.prefix), Path(tempfile.gettempdir())]
        if found := gate.defects(notebook, [job.data, job.folder.parent, *machine]):
            (cell, message), *others = found
            lines = [message, *(f"cellule {other.metadata.get(POSITION)} : {why}" for other, why in others)]
            raise ChapterError(_failure(job.task, cell, "Défaut", "\n  ".join(lines)))
        nb_man.nb.cells = []  # papermill would serialize them again, to write them nowhere


def _execute(notebook: nbformat.NotebookNode, job: Job) -> None:
    """Run the cells of a notebook, in another process; they have what they output. Raises ChapterError where that one
    does not start, hangs or ends before the last cell."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    for attempt in (1, 2):
        cell = None
        try:
            for place in _running(notebook, job):
                if job.stop.is_set():
                    raise Stopped
                cell = notebook.cells[place]
                job.tell("running", cell=place + 1, cells=len(notebook.cells))
            return
        except TimeoutError as error:
            raise ChapterError(_of_end(job.task, cell, hangs=True)) from error
        except (EOFError, OSError) as error:  # OSError: the process that it is forked from was killed
            if cell is not None or attempt == 2 or job.stop.is_set():
                raise ChapterError(_of_end(job.task, cell)) from error


def _running(notebook: nbformat.NotebookNode, job: Job) -> Iterator[int]:
    """The place of each cell, from 0, as it starts. Raises TimeoutError where nothing more is heard, EOFError where the
    process ends early."""
    cells = [cell.source if cell.cell_type == "code" and cell.source.strip() else None for cell in notebook.cells]
    receiver, sender = multiprocessing.Pipe(duplex=False)
    arguments = (cells, dict(job.env), str(job.folder), str(job.task.log), sender)
    process = forks.context().Process(target=kernel.run, args=arguments, daemon=True)
    process.start()
    sender.close()
    kill = partial(_kill, process)
    job.kills.append(kill)
    wait, place = execution.START_TIMEOUT, 0
    try:
        while True:
            if not connection.wait([receiver, process.sentinel], wait):
                raise TimeoutError
            if not receiver.poll():
                raise EOFError
            match receiver.recv():
                case None:
                    return
                case int(place):
                    wait = execution.CELL_TIMEOUT
                    yield place
                case outputs if outputs:
                    notebook.cells[place].outputs = outputs
    finally:
        kill()
        receiver.close()


def _kill(process: multiprocessing.process.BaseProcess) -> None:
    """Kill the process of a chapter, with those that it started, and wait for its end."""
    with contextlib.suppress(AttributeError, ProcessLookupError, PermissionError):  # it has ended, or leads no group
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


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


def _of_end(task: Task, cell: nbformat.NotebookNode | None, hangs: bool = False) -> Failure:
    """Of a process that ended before its last cell, or that `hangs`."""
    if cell is None:
        error, message = "DeadKernelError", f"le noyau Jupyter n’a pas démarré ; son journal : {task.log}"
    elif hangs:
        error, message = "CellTimeoutError", f"la cellule n’a pas fini en {execution.CELL_TIMEOUT} secondes."
    else:
        error = "DeadKernelError"
        message = f"le noyau Jupyter s’est arrêté pendant cette cellule ; son journal : {task.log}"
    return replace(_failure(task, cell, error, message), lasting=False)


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
    cells = []
    for cell in sans_titres_seuls(notebook).cells:
        metadata = {key: it for key, it in cell.metadata.items() if key not in ("papermill", "execution", POSITION)}
        if {"parameters", "injected-parameters"} & set(tags := metadata.get("tags", [])):
            metadata["tags"] = [*tags, "remove-cell"]
        cells.append(nbformat.NotebookNode(cell, metadata=nbformat.NotebookNode(metadata)))
        if "injected-parameters" in tags:
            cells[-1].id = "parametres"  # papermill draws one at random
    metadata = {key: it for key, it in notebook.metadata.items() if key != "papermill"}
    return nbformat.NotebookNode(notebook, metadata=metadata, cells=cells)
