"""Warm kernels: Jupyter kernels forked from the warm process (`forks`).

It runs no cell itself: whatever a notebook does to its kernel, the next one starts from the same clean state. They plug
in where Jupyter provides for it: a kernel provisioner (`ForkedKernel`), which a kernel specification names. Where there
is no forking, none is named, and kernels are ordinary ones.

The kernel itself is :mod:`rapport.build.kernel`, the same in both cases.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
from multiprocessing import connection

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from rapport.build import forks, kernel

PROVISIONER = "rapport-forked"
"""The name of `ForkedKernel` among Jupyter's provisioners (``pyproject.toml``)."""


def manager(connection_file: str) -> AsyncKernelManager:
    """A manager for one kernel of this interpreter, warm if it can be; `connection_file`: where that file may go.

    What the user has installed or configured in Jupyter does not count.
    """
    options = {"kernel_name": "python3", "kernel_spec_manager": _ThisInterpreter(kernel_dirs=[])}
    if forks.FORKED:
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
        arguments = (argv, env, cwd, stdout.name, announce)
        process = forks.context().Process(target=kernel.forked, args=arguments, daemon=True)
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
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONER}} if forks.FORKED else {},
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
