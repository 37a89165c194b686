"""The warm process: processes forked from one that has already imported what they use.

What a kernel or Sphinx imports makes it slow to start. Here the imports are done once, in the fork server of
``multiprocessing``; each process asked of it is then a fork, from the same clean state. Where there is no forking
(Windows), processes start from nothing.
"""

import contextlib
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import warnings
from functools import cache
from importlib.util import find_spec
from multiprocessing import resource_tracker
from multiprocessing.util import Finalize
from pathlib import Path

from rapport.build import kernel

FORKED = "forkserver" in multiprocessing.get_all_start_methods()
"""Whether processes can be forked here."""
SOCKET_FOLDER = 50
"""How long the path of the folder of temporary files may be, in bytes: systems allow 104 or more to a socket in it."""
DATA = "RAPPORT_WARM_DATA"
"""Environment: the folder whose schemas the process that others are forked from reads beforehand."""
_warm: list[str] = []
# Where all ends at once, by Ctrl-C, it may end first: it starts again, to no harm, and says so.
warnings.filterwarnings("ignore", "resource_tracker: process died unexpectedly")


def context() -> multiprocessing.context.BaseContext:
    """What starts processes from the fork server, or from nothing where there is no forking."""
    if FORKED:
        _own_temporary_folder()
    return method()


def method() -> multiprocessing.context.BaseContext:
    """The same, before anything is started."""
    return multiprocessing.get_context("forkserver" if FORKED else "spawn")


@cache
def _own_temporary_folder() -> multiprocessing.process.BaseProcess:
    """Give this process, and those that it starts, a folder of temporary files of their own. It goes when this process
    ends; a process of the fork server sees to it, were this one killed.

    The path of a socket is short on every system: a folder that has a long one is left aside."""
    if len(os.fsencode(tempfile.gettempdir())) > SOCKET_FOLDER and os.access("/tmp", os.W_OK):
        tempfile.tempdir = "/tmp"
    tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="rapport-")
    # After the folder that multiprocessing itself has there (its priority is -100).
    Finalize(None, shutil.rmtree, (tempfile.tempdir,), {"ignore_errors": True}, exitpriority=-200)
    # The fork server starts with the first process that is asked of it, which waits until its imports are done.
    sweeper = multiprocessing.get_context("forkserver").Process(
        target=kernel.sweep, args=(tempfile.tempdir,), daemon=True
    )
    threading.Thread(target=_start_sweeper, args=(sweeper,), daemon=True).start()
    return sweeper  # kept: it takes us for dead once nothing holds it


def _start_sweeper(sweeper: multiprocessing.process.BaseProcess) -> None:
    # The fork server inherits the mask of this thread: Ctrl-C does not stop it while it starts. The tracker, which
    # takes the mask off as it starts, comes first.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    with contextlib.suppress(OSError, EOFError):  # the fork server was killed
        sweeper.start()


def warm_up(data: Path) -> None:
    """Start the process that others are forked from, and let it warm up meanwhile for chapters that read `data`;
    nothing where there is no forking, or when it was done. Called early, it is ready when the data are checked."""
    # A user's own matplotlibrc must not change the report.
    os.environ["MATPLOTLIBRC"] = str(Path(find_spec("matplotlib").origin).with_name("mpl-data"))
    if FORKED and not _warm:
        _warm.append(str(data))
        os.environ[DATA] = str(data)
        multiprocessing.get_context("forkserver").set_forkserver_preload(["rapport.build.warmup"])
        context()
