"""Warm kernels: Jupyter kernels forked from a process that has already imported what they use.

A kernel is slow to start because of what it imports. Here the imports are done once, in the fork server of
``multiprocessing``; each kernel is then a fork of that process, which itself runs no cell: whatever a notebook does to
its kernel, the next one starts from the same clean state. It plugs in where Jupyter provides for it: a kernel
provisioner (`NoyauFourche`), which a kernel specification names. Where there is no forking (Windows),
`specification` names none, and kernels are ordinary ones.

The kernel itself is :mod:`rapport.build.kernel`, the same in both cases.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import sys
import threading
import types
from collections.abc import Sequence
from multiprocessing import connection

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from rapport.build import kernel

CHAUDS = "forkserver" in multiprocessing.get_all_start_methods()
"""Whether kernels can be forked here."""
_VERROU = threading.Lock()
PROVISIONNEUR = "rapport-fourche"
"""The name of `NoyauFourche` among Jupyter's provisioners (``pyproject.toml``)."""


def prechauffer(modules: Sequence[str]) -> None:
    """Start the process that kernels are forked from, and let it import `modules` meanwhile; nothing where there is no
    forking."""
    if CHAUDS:
        from multiprocessing import forkserver

        multiprocessing.get_context("forkserver").set_forkserver_preload(list(modules))
        forkserver.ensure_running()


def gestionnaire(fichier: str) -> AsyncKernelManager:
    """A manager for one kernel of this interpreter, warm if it can be; `fichier`: where its connection file may go.

    What the user has installed or configured in Jupyter does not count.
    """
    gestionnaire = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_Specifications(kernel_dirs=[]))
    if CHAUDS:
        gestionnaire.connection_file = fichier
        gestionnaire.transport = "ipc"  # faster than TCP, and no port that another program could take first
        gestionnaire.client_factory = _Client
    return gestionnaire


class NoyauFourche(LocalProvisioner):
    """A kernel provisioner whose kernels are forks of the warm process. A local one in everything else."""

    async def launch_kernel(self, cmd, *, cwd, env, stdout, **_):
        """Fork a kernel, and wait until it listens (or ends). `stdout`: an open file, which receives all it writes."""
        lecture, ecriture = multiprocessing.Pipe(duplex=False)
        argv = cmd[cmd.index("-f") :]
        processus = multiprocessing.get_context("forkserver").Process(
            target=kernel.fourche, args=(argv, env, cwd, stdout.name, ecriture), daemon=True
        )
        with sans_programme():
            processus.start()
        ecriture.close()
        self.process = _Processus(processus)
        self.pid = processus.pid
        self.pgid = processus.pid  # it leads a session of its own
        with lecture, contextlib.suppress(EOFError):
            attente = asyncio.to_thread(connection.wait, [lecture, processus.sentinel])
            if lecture in await attente:
                lecture.recv_bytes()
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel, and wait for its end: the manager would otherwise look again a tenth of a second later."""
        await super().kill(restart)
        if self.process:
            self.process.wait()


@contextlib.contextmanager
def sans_programme():
    """``multiprocessing`` runs the program that asks (``__main__``) again in every fork, for functions defined there;
    a kernel needs none of them."""
    with _VERROU:
        programme, sys.modules["__main__"] = sys.modules["__main__"], types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = programme


class _Processus:
    """A forked process with the methods of `subprocess.Popen` that a provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(self, processus: multiprocessing.process.BaseProcess):
        self._processus = processus
        self.pid = processus.pid

    def poll(self) -> int | None:
        return self._processus.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._processus.join(timeout)
        return self._processus.exitcode

    def send_signal(self, signum: int) -> None:
        os.kill(self.pid, signum)

    def kill(self) -> None:
        self._processus.kill()

    def terminate(self) -> None:
        self._processus.terminate()


class _Specifications(KernelSpecManager):
    """One kernel specification, whatever the name asked: this interpreter."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "rapport.build.kernel", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": PROVISIONNEUR}} if CHAUDS else {},
        )


class _Client(AsyncKernelClient):
    """A client that does not look for what a kernel said before it was ready: nbclient knows its own messages."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        echeance = asyncio.get_running_loop().time() + (timeout or float("inf"))
        while True:
            self.kernel_info()
            with contextlib.suppress(Exception):
                reponse = await self.get_shell_msg(timeout=1)
                if reponse["msg_type"] == "kernel_info_reply":
                    await self.get_iopub_msg(timeout=1)
                    self._handle_kernel_info_reply(reponse)
                    return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if asyncio.get_running_loop().time() > echeance:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    wait_for_ready = _async_wait_for_ready
