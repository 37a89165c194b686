"""What a chapter reads, as its kernel notes it: light to import, for it is loaded before the kernel itself.

Python tells of every file that it opens and every folder that it lists (audit events). What reads without telling (a
command, a library that opens files by itself, the network) is noted too: the chapter then runs each time.
"""

import builtins
import functools
import importlib.util
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path

from rapport.build.recipes import UNSEEN
from rapport.donnees.fichiers import LECTURE

READS = "RAPPORT_READS"
"""Environment: the file that receives what is read, one a line, as it is read: the absolute path of a file, of a folder
whose names were listed (it ends with a separator), or `UNSEEN` and, in French, what is read without telling what."""
ROOTS = "RAPPORT_ROOTS"
"""Environment: the folder of data and that of chapters, separated by ``os.pathsep``: nothing is written there."""
ASIDE = "RAPPORT_ASIDE"
"""Environment: the folder that builds write in, which does not count."""

_PACKAGE = Path(__file__).resolve().parents[1]
# Their compiled code opens no file by itself, or none that a chapter is made from.
_FOLLOWED = {"PIL", "_pydevd_bundle", "contourpy", "debugpy", "kiwisolver", "lxml", "markupsafe", "matplotlib", "numpy"}
_FOLLOWED |= {"pandas", "psutil", "rpds", "scipy", "tornado", "yaml", "zmq"}
_BY_ITSELF = {"lxml"}
"""Those of them that open files when a chapter asks for it; the library does not."""
_LENDS = "pandas.io.html"
"""It gives them the name of a file that a chapter gives it."""
_COMMANDS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.forkpty")
_SPAWNED = tuple(f"multiprocessing.popen_{method}" for method in ("spawn_posix", "spawn_win32", "forkserver"))
_NOT_BY_ED = (
    "un chapitre lit les données d’une année par l’édition, non par leur fichier ({}) : elle seule donne l’année "
    "demandée, les révisions et la source de chaque nombre. Écrivez ed.table(…), ed.serie(…) ou texte_annee(…)."
)
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree")
"""What is heard of files that are moved, removed or cut."""


def follow() -> None:
    """Note from now on all that this process reads and its forks read, each thing once and at once: a kernel that is
    killed leaves a true list. Files of Python, of its packages and of the system do not count."""
    if READS not in os.environ:
        return
    roots = os.environ[ROOTS].split(os.pathsep)
    guarded, project = _folders(roots), _folders([os.getcwd(), os.path.dirname(os.getcwd())])
    years = _folders(roots[:1])
    aside = _folders([os.environ.get(ASIDE), sys.prefix, sys.base_prefix, str(_PACKAGE)])
    system = ["/dev", "/etc", "/proc", "/sys", "/usr", "/Library", "/System", os.path.expanduser("~/Library")]
    system += [tempfile.gettempdir(), *map(os.environ.get, ("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "SYSTEMROOT"))]
    system = (*_folders(system), os.path.expanduser("~/."))
    reads = os.open(os.environ[READS], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    seen: set[str] = set()

    def tell(line: str) -> None:
        if line not in seen:
            seen.add(line)
            os.write(reads, f"{line}\n".encode())

    def unseen(package: str) -> None:
        tell(f"{UNSEEN}{package} peut lire d’autres fichiers")

    def counts(path: str) -> bool:
        return path.startswith(guarded) or not path.startswith(aside if path.startswith(project) else aside + system)

    def note(path: object, mark: str = "") -> None:
        if isinstance(path, str | bytes | os.PathLike) and counts(path := _source(path)):
            tell(path + mark)

    def heard(event: str, arguments: tuple) -> None:
        if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            _refuse(arguments[0], guarded)
        elif event in CHANGES:
            for path in arguments[:2]:
                _refuse(path, guarded)
        elif event in ("open", LECTURE):
            if event == "open" and (path := _of_a_year(arguments[0], years)) and _asked_by_a_chapter():
                raise PermissionError(_NOT_BY_ED.format(path))
            note(arguments[0])
        elif event in ("os.listdir", "os.scandir"):
            if _asked_by_a_chapter():
                note("." if arguments[0] is None else arguments[0], os.sep)
        elif event == "sqlite3.connect" and _asked_by_a_chapter():
            unseen("sqlite3")  # a base may be attached to another
        elif event in _COMMANDS:
            tell(f"{UNSEEN}une commande peut lire d’autres fichiers")
        elif event == "socket.connect":
            tell(f"{UNSEEN}le chapitre lit sur le réseau")
        elif event == "ctypes.dlopen":
            unseen("ctypes")
        elif event == "import":
            name = arguments[0].partition(".")[0]
            compiled = arguments[1] and name not in _FOLLOWED and name not in sys.stdlib_module_names
            if compiled or arguments[0] in _SPAWNED:
                unseen(name)

    def imported(real, name, variables=None, *rest, **options):
        by = (variables or {}).get("__file__") or ""
        if name.partition(".")[0] in _BY_ITSELF and (counts(by) or (variables or {}).get("__name__") == _LENDS):
            unseen(name)
        try:
            return real(name, variables, *rest, **options)
        except ModuleNotFoundError as absent:  # it may come
            if absent.name and _asked_by_a_chapter():
                path = absent.name.replace(".", os.sep)
                note(f"{path}.py")
                note(os.path.join(path, "__init__.py"))
            raise

    sys.addaudithook(heard)
    sys.dont_write_bytecode = True
    builtins.__import__ = functools.partial(imported, builtins.__import__)
    _follow_looks(note)


def _follow_looks(note) -> None:
    """Have the functions of `os` that look at a file, of which no event tells, note what a chapter asks about; of a
    folder it only asks that it is."""

    stat_of = os.stat

    def is_folder(path) -> bool:
        try:
            return stat.S_ISDIR(stat_of(path).st_mode)
        except (OSError, ValueError):
            return False

    def follow_one(real):
        @functools.wraps(real)
        def looked(path, *rest, **options):
            try:
                return real(path, *rest, **options)
            finally:
                if options.get("dir_fd") is None and _asked_by_a_chapter() and not is_folder(path):
                    note(path)

        for support in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks, os.supports_effective_ids):
            if real in support:
                support.add(looked)
        return looked

    for name in ("stat", "lstat", "access", "readlink"):
        setattr(os, name, follow_one(getattr(os, name)))


def _asked_by_a_chapter() -> bool:
    """Whether code of a notebook asks for what is going on: not the library, which tells by itself what it looks for,
    nor Python, to import a module."""
    frame = sys._getframe(2)
    if frame.f_globals.get("__name__", "").startswith(("importlib.", "_frozen_importlib")):
        return False
    while frame:
        name = frame.f_globals.get("__name__", "")
        if name == "__main__" and "In" in frame.f_globals:
            return True
        if name.startswith("rapport."):
            return False
        frame = frame.f_back
    return threading.current_thread() is not threading.main_thread()  # the library's have its frames


def _refuse(path: object, guarded: tuple[str, ...]) -> None:
    """Raise PermissionError when a chapter writes where chapters are read from: the next one, or the next build, could
    take it for data."""
    if isinstance(path, str | bytes | os.PathLike):
        path = os.path.abspath(os.fsdecode(path))
        if f"{path}{os.sep}".startswith(guarded) and "__pycache__" not in path:
            raise PermissionError(
                f"un chapitre n’écrit ni parmi les chapitres ni parmi les données ({path}). "
                "Gardez le résultat dans une variable, ou offrez-le aux lecteurs par telechargement(…)."
            )


def _of_a_year(path: object, data: tuple[str, ...]) -> str:
    """The path of a file from a folder of `data` that is named as a year, as « 2022/visites.csv »; "" for another."""
    if not isinstance(path, str | bytes | os.PathLike):
        return ""
    path = os.path.abspath(os.fsdecode(path))
    below = next((path.removeprefix(folder) for folder in data if path.startswith(folder)), "")
    return below if below.partition(os.sep)[0].isdecimal() else ""


def _source(path: str | bytes | os.PathLike) -> str:
    """The absolute path of a file; of a module, that of its source."""
    path = os.path.abspath(os.fsdecode(path))
    try:
        return importlib.util.source_from_cache(path)
    except ValueError:
        return path


def _folders(paths: Iterable[str | None]) -> tuple[str, ...]:
    """What the paths in these folders, as written and as they are, start with."""
    kept = [path for path in paths if path]
    return tuple({os.path.join(name, "") for path in kept for name in (os.path.abspath(path), os.path.realpath(path))})
