"""What runs in the process of a chapter's kernel: an ordinary ipykernel that notes which files it reads.

Light to import: it is loaded before the kernel itself. What it needs comes in the environment, so that a kernel started
as a command (``python -m rapport.build.kernel -f CONNECTION_FILE``) and one forked from a warm process are told
the same way.
"""

from __future__ import annotations

import os
import sys

from rapport.donnees.schemas import LECTURE

LECTURES = "RAPPORT_LECTURES"
"""Environment: the file that receives the paths read, one a line, as they are read."""
RACINES = "RAPPORT_RACINES"
"""Environment: the folders whose files count, separated by ``os.pathsep``."""
MEMOIRE = "RAPPORT_MEMOIRE"
"""Environment: how many bytes the kernel may allocate beyond what it starts with."""


def main(argv: list[str] | None = None) -> None:
    """Run a kernel to its end. `argv`: ipykernel's own arguments."""
    demarrer(sys.argv[1:] if argv is None else argv, lambda: None)


def demarrer(argv: list[str], pret) -> None:
    """Run a kernel to its end; `pret` is called once its sockets are open."""
    _noter_les_lectures()
    _limiter_la_memoire()
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(argv)
    pret()
    app.start()


def fourche(argv: list[str], env: dict[str, str], cwd: str, journal: str, pret) -> None:
    """The same in a process just forked: take the environment, the folder and the outputs of a kernel of its own.

    `pret`: the writing end of a pipe, which receives one byte when the kernel can be talked to.
    """
    mourir_avec_le_parent()
    os.setsid()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sortie = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descripteur in (1, 2):
        os.dup2(sortie, descripteur)
    os.close(sortie)

    def annoncer() -> None:
        pret.send_bytes(b"1")
        pret.close()

    demarrer(argv, annoncer)


def mourir_avec_le_parent() -> None:
    """End this process, forked for another, as soon as that one ends, even killed: nobody would stop it then.

    Its parent by descent is the fork server, which itself lives as long as its forks do."""
    import multiprocessing
    import threading

    parent = multiprocessing.parent_process()

    def attendre() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=attendre, daemon=True).start()


def _noter_les_lectures() -> None:
    """Note every file below the folders that count, once, as it is opened: written at once, so that a kernel that is
    killed leaves a true list."""
    if LECTURES not in os.environ:
        return
    racines = tuple(racine + os.sep for racine in os.environ[RACINES].split(os.pathsep))
    liste = os.open(os.environ[LECTURES], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    vus: set[str] = set()

    def noter(evenement: str, arguments: tuple) -> None:
        if evenement not in ("open", LECTURE):
            return
        chemin = arguments[0]
        if not isinstance(chemin, str | bytes | os.PathLike):
            return  # a file descriptor: what it was opened for was noted then
        chemin = os.path.abspath(os.fsdecode(chemin))
        if chemin not in vus and chemin.startswith(racines):
            vus.add(chemin)
            os.write(liste, f"{chemin}\n".encode())

    sys.addaudithook(noter)


def _limiter_la_memoire() -> None:
    """A cell that asks for more memory than is reasonable fails with MemoryError, like any cell, instead of stopping
    the machine. Where the system has no such limit, nothing."""
    limite = int(os.environ.get(MEMOIRE) or 0)
    if not limite or not sys.platform.startswith("linux"):
        return
    import resource

    with open("/proc/self/statm") as statm:
        actuelle = int(statm.read().split()[0]) * resource.getpagesize()
    _, plafond = resource.getrlimit(resource.RLIMIT_AS)
    voulue = actuelle + limite
    resource.setrlimit(resource.RLIMIT_AS, (voulue if plafond < 0 else min(voulue, plafond), plafond))


if __name__ == "__main__":
    main()
