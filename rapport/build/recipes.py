"""What a result was made from, so that it is made again only when that has changed.

A result (an executed chapter, the pages of an edition, the verdict on the data) leaves a `Recipe` beside it: the digest
of every file that it was made from, as they were, and of the few other things that count. Digests are of contents: a
file that was touched and not changed has not changed. So does an attempt that failed, without a result.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
UNSEEN = "?"
"""Instead of a file: what was read without telling what, in French."""


@dataclass(frozen=True)
class Recipe:
    """What a result was made from. `things`: French name → digest; `files`: what was read, as `reads` writes it (the
    absolute path of a file or, for a folder itself, of all that is below) → digest, None for what was looked for and is
    not there; `result`: digest of the result itself, None if there is none."""

    things: dict[str, str]
    files: dict[str, str | None]
    result: str | None

    @classmethod
    def note(
        cls, things: Mapping[str, object], files: Iterable[Path | str], result: Path | None, start: float
    ) -> Recipe:
        """The recipe of what was made since `start` (``time.time()``). `things`: anything that JSON can write. A file
        changed meanwhile may have been read before or after: it counts as changed."""
        paths = sorted(set(map(str, files)))
        digests = {path: "" if modified(path) >= start else digest(path) for path in paths}
        return cls(_digests(things), digests, result and digest(result))

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Recipe | None:
        """The recipe in a file; None if there is none that can be read."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def change(self, things: Mapping[str, object], result: Path | None, bases: Iterable[Path]) -> str:
        """Why the result must be made again, in French (« data/2023/visites.csv a changé »); "" if it need not be.

        `bases`: the folders from which files are named; the first that has the file.
        """
        return self.changed_thing(things) or self.changed_file(bases) or (self.changed_result(result) if result else "")

    def changed_thing(self, things: Mapping[str, object]) -> str:
        """`change`, files and result aside."""
        now = _digests(things)
        changed = (name for name in [*now, *self.things] if self.things.get(name) != now.get(name))
        return next((f"{name} a changé" for name in changed), "")

    def changed_file(self, bases: Iterable[Path]) -> str:
        for path, before in self.files.items():
            if path.startswith(UNSEEN):
                return path.removeprefix(UNSEEN)
            now = digest(path)
            if now != before:
                verb = "est nouveau" if before is None else "n’existe plus" if now is None else "a changé"
                return f"{_name(path, bases)} {verb}"
        return ""

    def changed_result(self, result: Path) -> str:
        return "" if self.result and digest(result) == self.result else "le résultat précédent manque"


def environment(root: Path) -> dict[str, object]:
    """What everything made in a project depends on: this library, the packages pinned in `root`, and Python."""
    return {
        "la bibliothèque": library(),
        "requirements.txt": digest(root / "requirements.txt"),
        "la version de Python": platform.python_version(),
    }


@cache
def library() -> str | None:
    """The digest of this package as it was when this process first asked: what it has imported does not change."""
    return digest(PACKAGE)


def digest(path: Path | str) -> str | None:
    """SHA-256 of a file, or of all the files below a folder with their names (compiled Python aside), or of these names
    alone if the path ends with a separator; None for what does not exist."""
    path = os.fspath(path)
    if not os.path.isdir(path):
        try:
            state = os.stat(path)
        except OSError:
            return None
        return _of_file(path, state.st_mtime_ns, state.st_ctime_ns, state.st_size)
    if path.endswith(os.sep):
        return _sha256("\n".join(sorted(set(os.listdir(path)) - {"__pycache__"})).encode())
    walked = (folder for folder in os.walk(path) if os.path.basename(folder[0]) != "__pycache__")
    files = sorted(os.path.join(folder, name)[len(path) + 1 :] for folder, _, names in walked for name in names)
    return _sha256("\n".join(f"{file} {digest(os.path.join(path, file))}" for file in files).encode())


@lru_cache(maxsize=10_000)
def _of_file(path: str, *state: int) -> str | None:
    """The digest of a file as it is in that `state`: many results are made from the same one."""
    try:
        return _sha256(Path(path).read_bytes())
    except OSError:
        return None


def modified(path: Path | str) -> float:
    """When a file last changed, or the last of those below a folder; 0 for what does not exist."""
    names_only = str(path).endswith(os.sep)
    path = Path(path)
    if path.is_dir() and not names_only:
        return max(map(modified, path.iterdir()), default=0)
    try:
        return path.stat().st_mtime
    except OSError:
        return 0


def _digests(things: Mapping[str, object]) -> dict[str, str]:
    return {
        name: _sha256(json.dumps(thing, ensure_ascii=False, sort_keys=True).encode()) for name, thing in things.items()
    }


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _name(path: str, bases: Iterable[Path]) -> str:
    """« data/2023/visites.csv »: as seen from the first of `bases` that it is in."""
    return next((Path(path).relative_to(b).as_posix() for b in bases if Path(path).is_relative_to(b)), path)
