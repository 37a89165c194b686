"""Running chapters: each notebook through papermill, in a kernel of its own, several at a time.

The chapters of a build run in threads of this process; the work is done in the kernels, which are processes. A chapter
that fails is a `Failure` in the results, never an exception: the others go on.
"""

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from rapport.build import gate, kernel, reads
from rapport.build.events import Event, Follower
from rapport.build.recipes import UNSEEN, Recipe
from rapport.livre import sections

# No cell of the report should come near this; a cell that hangs must not hang the build for ever.
CELL_TIMEOUT = 600  # seconds
START_TIMEOUT = 120  # seconds; a loaded machine starts kernels slowly
MEMORY = 2 * 1024**3  # bytes that a chapter may allocate


@dataclass(frozen=True)
class Task:
    """One chapter to run for one year.

    `notebook` is what runs; `path` is the file it comes from, as messages name it; `output` receives the executed
    notebook, failed or not, and `log` what the kernel itself wrote. `reason`: why it runs, in French; `things`: what it
    is made from beside the files that it will read (`Recipe`).
    """

    year: int
    chapter: str
    path: Path
    notebook: nbformat.NotebookNode
    output: Path
    log: Path
    reason: str = ""
    things: Mapping[str, object] = field(default_factory=dict)

    @property
    def recipe(self) -> Path:
        return self.output.with_suffix(".json")


@dataclass(frozen=True)
class Failure:
    """Why a chapter failed. `cell` and `line` count from 1, in the notebook as the analyst opens it; None where the
    failure belongs to no cell (a kernel that does not start). `lasting`: it would fail again as it is."""

    year: int
    path: Path
    error: str
    message: str
    cell: int | None = None
    line: int | None = None
    code: str = ""
    lasting: bool = True

    def __str__(self) -> str:
        where = ""
        if self.cell is not None:
            where = f", cellule {self.cell}" + (f", ligne {self.line}" if self.line else "")
        code = f"\n    {self.code.strip()}" if self.code.strip() else ""
        return f"{self.path}{where} (édition {self.year}) :{code}\n  {self.error} : {self.message}"


class ChapterError(Exception):
    """A chapter failed; raised through papermill."""

    def __init__(self, failure: Failure):
        super().__init__(str(failure))
        self.failure = failure


class Stopped(Exception):
    """The build is being stopped: no new cell may start."""


@dataclass(frozen=True)
class TaskResult:
    task: Task
    seconds: float
    failure: Failure | None = None


@dataclass(frozen=True)
class Job:
    """A task with what its kernel is started with; the one argument of our papermill engine.

    `reads`: where it lists what it reads; `kills` has what kills each kernel that was started, for whoever sets `stop`.
    """

    task: Task
    data: Path
    env: Mapping[str, str]
    folder: Path
    reads: Path
    follow: Follower
    stop: threading.Event
    kills: list[Callable[[], None]] = field(default_factory=list)

    def tell(self, state: str, **what: object) -> None:
        self.follow(Event("run", state, self.task.year, self.task.chapter, **what))


def run_tasks(
    tasks: Sequence[Task], *, data: Path, folder: Path, work: Path, jobs: int, follow: Follower
) -> list[TaskResult]:
    """Run `tasks`, at most `jobs` at a time, with the parameters ``annee`` and ``donnees`` (the absolute path of
    `data`), in `folder`; `work` holds what the kernels need beside. Each leaves its recipe, with the files that it
    opened or looked for in `data` and `folder`. Results come in the order of `tasks`.

    On KeyboardInterrupt the kernels are killed before it goes on.
    """
    # What goes wrong reaches the user as a Failure, not as library messages between the lines of the progress.
    for name in ("papermill", "traitlets"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    with (
        tempfile.TemporaryDirectory(prefix="rapport-") as scratch,
        ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="chapter") as pool,
    ):
        started = _jobs(tasks, data, folder, work, Path(scratch), follow)
        futures = [pool.submit(_run, job) for job in started]
        try:
            while wait(futures, timeout=0.5).not_done:  # Windows hears Ctrl-C only between two waits
                pass
        except BaseException:
            for future in futures:
                future.cancel()
            for job in started:
                job.stop.set()
                for kill in job.kills:
                    kill()
            raise
    return [future.result() for future in futures]


def _jobs(tasks: Sequence[Task], data: Path, folder: Path, work: Path, scratch: Path, follow: Follower) -> list[Job]:
    stop = threading.Event()
    env = {
        **os.environ,
        # The profile of whoever builds must not change the report.
        "IPYTHONDIR": str(work.absolute() / ".ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # as in every kernel
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        sections.DEJA_OTEES: "1",
        reads.ROOTS: os.pathsep.join(map(str, (data.absolute(), folder.absolute()))),
        reads.ASIDE: str(work.absolute()),
        kernel.MEMORY: str(MEMORY),
    }
    jobs = []
    for number, task in enumerate(tasks):
        read = scratch / f"{number}.reads"
        own = env | {reads.READS: str(read), sections.EDITION: f"{task.year}\n{data.absolute()}"}
        jobs.append(Job(task, data.absolute(), own, folder.absolute(), read, follow, stop))
    return jobs


def _run(job: Job) -> TaskResult:
    task, start = job.task, time.time()
    job.tell("started")
    for file in (task.output, task.log):
        file.parent.mkdir(parents=True, exist_ok=True)
    task.recipe.unlink(missing_ok=True)
    failure = None
    try:
        _papermill(job)
    except ChapterError as error:
        failure = error.failure
    except Exception as error:
        failure = Failure(task.year, task.path, type(error).__name__, str(error).strip(), lasting=False)
    if job.stop.is_set():
        raise Stopped
    read = job.reads.read_text(encoding="utf-8").splitlines() if job.reads.exists() else []
    if changes := gate.changing(task.notebook):
        read.append(f"{UNSEEN}{changes}")
    if failure is None or failure.lasting:
        Recipe.note(task.things, read, None if failure else task.output, start).write(task.recipe)
    seconds = time.time() - start
    job.tell("failed" if failure else "done", seconds=seconds, message=str(failure or task.reason))
    return TaskResult(task, seconds, failure)


def _papermill(job: Job) -> None:
    """Run a job in `rapport.build.engine`, which papermill finds by its entry point and which writes the output."""
    import papermill  # a second

    # Everything stays in memory: papermill changes the process's directory to read and write files, and the other
    # chapters run in the same process. For the same reason the directory goes to the kernel, through the engine.
    papermill.execute_notebook(
        job.task.notebook,
        None,
        parameters={"annee": job.task.year, "donnees": str(job.data)},
        engine_name="rapport",
        kernel_name="python3",
        language="python",
        progress_bar=False,
        job=job,
    )
