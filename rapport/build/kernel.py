"""What runs in the process of one chapter: its cells, in an IPython shell (`rapport.build.shell`).

Light to import: what it needs comes in the environment, and is set before anything else is imported. The process is a
fork of the warm one (`forks`) or, where there is no forking, a new one.
"""

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence

from rapport.build import reads

MEMORY = "RAPPORT_MEMORY"
"""Environment: how many bytes the chapter may allocate beyond what its process starts with."""


def run(cells: Sequence[str | None], env: Mapping[str, str], folder: str, log: str, channel) -> None:
    """Run `cells` (their code, None for those that have none) in `folder`, with the environment `env`, until one fails.

    `log` receives what the process itself writes. `channel`, the writing end of a pipe, is sent the place of each cell,
    from 0, before it runs, then what it output (as nbformat has it); None at the end.
    """
    _settle(env, folder, log)
    _limit_memory()
    from rapport.build.shell import Shell

    shell = Shell.instance()
    _hold_parameters(shell)
    reads.follow()
    for place, code in enumerate(cells):
        channel.send(place)
        outputs = shell.outputs_of(code) if code else []
        channel.send(outputs)
        if any(output["output_type"] == "error" for output in outputs):
            break
    channel.send(None)
    os._exit(0)  # nothing of what the chapter set up is waited for


def _settle(env: Mapping[str, str], folder: str, log: str) -> None:
    """Take the environment, the folder and the outputs of a process of its own."""
    if hasattr(os, "setsid"):
        os.setsid()
    die_with_parent()
    # A chapter may have processes of its own, as in any kernel.
    multiprocessing.current_process().daemon = False
    multiprocessing.set_start_method(None, force=True)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path.insert(0, "")  # the modules of the folder, as in any kernel
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.close(output)


def _hold_parameters(shell) -> None:
    """Warn of the cell after which the notebook no longer has the year and the data that it is run for, however it
    changed them: what follows would show those of another."""
    from rapport.livre.sections import EDITION

    given = os.environ.get(EDITION, "").splitlines()

    def held() -> bool:
        return [str(shell.user_ns.get(name)) for name in ("annee", "donnees")] == given

    def check(_) -> None:
        nonlocal injected
        if injected and not held():
            print("elle change « annee » ou « donnees », que la construction donne.", file=sys.stderr)
        injected = held()

    injected = False
    shell.events.register("post_run_cell", check)


def sweep(folder: str) -> None:
    """Once the process that asked for this one has ended, even killed, remove its folder of temporary files."""
    import shutil
    import time

    multiprocessing.parent_process().join()
    while os.path.exists(folder):  # others are ending, who may still write there
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.1)


def die_with_parent() -> None:
    """End this process, forked for another, as soon as that one ends, even killed: nobody would stop it then.

    Its parent by descent is the fork server, which itself lives as long as its forks do."""
    import threading

    parent = multiprocessing.parent_process()

    def watch() -> None:
        parent.join()
        if os.getpid() == os.getpgrp():
            os.killpg(0, signal.SIGKILL)  # with the processes that a chapter started
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def tell(kind, error, trace) -> None:
    """An error that ends a process forked for the command, as Python tells it; nothing of what the command itself tells
    (the memory lacks), nor of a child that starts as the command ends, and finds no semaphore any more."""
    *_, (frame, _) = traceback.walk_tb(trace)
    ended = kind is FileNotFoundError and frame.f_globals["__name__"] == "multiprocessing.synchronize"
    if kind is not MemoryError and not ended:
        sys.__excepthook__(kind, error, trace)


def _limit_memory() -> None:
    """A cell that asks for more memory than is reasonable fails with MemoryError, like any cell, instead of stopping
    the machine. Where the system has no such limit, nothing."""
    limit = int(os.environ.get(MEMORY) or 0)
    if not limit or not os.path.exists("/proc/self/statm"):
        return
    import resource

    with open("/proc/self/statm") as statm:
        current = int(statm.read().split()[0]) * resource.getpagesize()
    _, ceiling = resource.getrlimit(resource.RLIMIT_AS)
    wanted = current + limit
    resource.setrlimit(resource.RLIMIT_AS, (wanted if ceiling < 0 else min(wanted, ceiling), ceiling))
