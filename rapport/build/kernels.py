"""Warm kernels: Jupyter kernels forked from a process that has already imported what they use.

A kernel is slow to start because of what it imports. Here the imports are done once, in the fork server of
``multiprocessing``; each kernel is then a fork of that process, which itself runs no cell: whatever a notebook does to
its kernel, the next one starts from the same clean state. It plugs in where Jupyter provides for it: a kernel
provisioner (`ForkedKernel`), which a kernel specification names. Where there is no forking (Windows), none is named,
and kernels are ordinary ones.

The kernel itself is :mod:`rapport.build.kernel`, the same in both cases.
"""

import asyncio
import contextlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from multiprocessing import connection, resource_tracker
from multiprocessing.util import Finalize
from pathlib import Path

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from rapport.build import kernel

FORKED = "forkserver" in multiprocessing.get_all_start_methods()
"""Whether kernels can be forked here."""
PROVISIONER = "rapport-forked"
"""The name of `ForkedKernel` among Jupyter's provisioners (``pyproject.toml``)."""
SOCKET_FOLDER = 50
"""How long the path of the folder of temporary files may be, in bytes: systems allow 104 or more to a socket in it."""
_preloaded: list[str] = []


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


def warm_up(modules: Sequence[str]) -> None:
    """Start the process that kernels are forked from, and let it import `modules` meanwhile; nothing where there is no
    forking, or when it was done."""
    # A user's own matplotlibrc must not change the report.
    os.environ["MATPLOTLIBRC"] = str(Path(find_spec("matplotlib").origin).with_name("mpl-data"))
    if FORKED and _preloaded != list(modules):
        _preloaded[:] = modules
        multiprocessing.get_context("forkserver").set_forkserver_preload(_preloaded)
        context()


def manager(connection_file: str) -> AsyncKernelManager:
    """A manager for one kernel of this interpreter, warm if it can be; `connection_file`: where that file may go.

    What the user has installed or configured in Jupyter does not count.
    """
    options = {"kernel_name": "python3", "kernel_spec_manager": _ThisInterpreter(kernel_dirs=[])}
    if FORKED:
        # Sockets are faster than TCP, and there is no port that another program could take first.
        options |= {"connection_file": connection_file, "transport": "ipc", "client_factory": _Client}
    return AsyncKernelManager(**options)


def kill(manager: AsyncKernelManager) -> None:
    """Kill the kernel of a manager at once, from any thread; nothing if it has none."""
    process = manager.provisioner and manager.provisioner.process
    if process and process.poll() is None:
        process.kill()


class ForkedKernel(LocalProvisioner):
    """A kernel provisioner whose kernels are forks of the warm process. A local one in everything else."""

    async def launch_kernel(self, cmd, *, cwd, env, stdout, **_):
        """Fork a kernel, and wait until it listens (or ends). `stdout`: an open file, which receives all it writes."""
        ready, announce = multiprocessing.Pipe(duplex=False)
        argv = cmd[cmd.index("-f") :]
        process = context().Process(target=kernel.forked, args=(argv, env, cwd, stdout.name, announce), daemon=True)
        process.start()
        announce.close()
        self.process = _Process(process)
        self.pid = process.pid
        self.pgid = process.pid  # it leads a session of its own
        with ready, contextlib.suppress(EOFError):
            if ready in await asyncio.to_thread(connection.wait, [ready, process.sentinel]):
                ready.recv_bytes()
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel, and wait for its end: the manager would otherwise look again a tenth of a second later."""
        await super().kill(restart)
        if self.process:
            self.process.wait()


class _Process:
    """A forked process with the methods of `subprocess.Popen` that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, process: multiprocessing.process.BaseProcess):
        self._process = process
        self.pid = process.pid
        self.terminate = process.terminate

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self._process.exitcode

    def kill(self) -> None:
        """Kill it with the processes that it started."""
        with contextlib.suppress(ProcessLookupError):  # it has ended, or does not lead its group yet
            os.killpg(self.pid, signal.SIGKILL)
        self._process.kill()

    def send_signal(self, signum: int) -> None:
        os.kill(self.pid, signum)


class _ThisInterpreter(KernelSpecManager):
    """One kernel specification, whatever the name asked."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "rapport.build.kernel", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}} if FORKED else {},
        )


class _Client(AsyncKernelClient):
    """A client that does not look for what a kernel said before it was ready: nbclient knows its own messages."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        clock = asyncio.get_running_loop().time
        deadline = clock() + (timeout or float("inf"))
        while True:
            self.kernel_info()
            with contextlib.suppress(Exception):
                if (await self.get_shell_msg(timeout=1))["msg_type"] == "kernel_info_reply":
                    await self.get_iopub_msg(timeout=1)
                    return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if clock() > deadline:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")
