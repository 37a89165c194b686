"""The rooms of the library: what each may import, as the code itself says it, imports inside functions included."""

from __future__ import annotations

import ast
import json
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from outils import RACINE

ROOMS = (
    "nombres", "donnees", "livre", "chapitre", "controle", "verite", "saisie", "pages", "build", "preview", "cli",
)  # fmt: skip
"""A room imports only itself and those before it."""
LONGEST = 350  # lines of a module
PLOTTING = {"pandas", "matplotlib", "seaborn"}
"""What a chapter may import beside `rapport.chapitre` and the standard library."""


def modules(root: Path) -> dict[str, Path]:
    """Every module below the folder `root` of a package, by its full name."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(source: str, module: str, package: bool, known) -> set[str]:
    """The modules that `source` imports, wherever in it: in functions and for type checking too.

    A name imported from a package is its module of that name if `known` has one, else the package. `module` (a
    `package` or not) is what relative imports start from.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                start = module.split(".")[: None if package and node.level == 1 else -(node.level - package)]
                base = ".".join([*start, base]).rstrip(".")
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= {name if name in known else base for name in names}
    return found - {"__future__"}


def graph(root: Path) -> dict[str, set[str]]:
    """Module → all that it imports. A package whose `__init__` imports nothing of its own is not among these."""
    known = modules(root)
    return {
        name: imported(path.read_text(encoding="utf-8"), name, path.name == "__init__.py", known) - {name}
        for name, path in known.items()
    }


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """The modules of a circle of imports, in order; none: there is no circle."""
    try:
        TopologicalSorter({name: found & arrows.keys() for name, found in arrows.items()}).prepare()
    except CycleError as error:
        return error.args[1][::-1]
    return []


def room(module: str) -> str:
    """« build » for ``rapport.build.steps``."""
    return [*module.split("."), ""][1]


ARROWS = graph(RACINE / "rapport")


def outside(names: set[str]) -> set[str]:
    """The packages that imported modules belong to, but ours."""
    return {name.split(".")[0] for name in names} - {"rapport"}


def test_every_module_is_in_a_room():
    assert {room(name) for name in ARROWS} == {*ROOMS, "", "__main__"}
    alone = {path.name for path in (RACINE / "rapport").glob("*.py")}
    assert alone == {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("name", ["", *ROOMS])
def test_imports_go_one_way(name):
    """A room imports only those before it; the package itself imports none."""
    allowed = {*ROOMS[: ROOMS.index(name) + 1]} if name else set()
    wrong = [
        f"{module} imports {found}"
        for module, names in ARROWS.items()
        for found in sorted(names)
        if room(module) == name and room(found) in ROOMS and room(found) not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_there_is_no_circle():
    assert circle(ARROWS) == []


def test_the_check_is_not_blind(tmp_path):
    """A circle that is hidden in a function, behind a relative import, and one floor below its root, is found."""
    files = {
        "house/__init__.py": "",
        "house/hall/__init__.py": "from . import door",
        "house/hall/door.py": "import json\n\n\ndef open_it():\n    from ..attic import stairs\n\n    return stairs",
        "house/attic/__init__.py": "",
        "house/attic/stairs.py": "class Step:\n    def up(self):\n        from house.hall.door import open_it",
        "house/attic/typed.py": "if TYPE_CHECKING:\n    from house.hall import door, bell",
    }
    for name, source in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    arrows = graph(tmp_path / "house")
    assert arrows["house.hall"] == {"house.hall.door"}
    assert arrows["house.hall.door"] == {"json", "house.attic.stairs"}
    assert arrows["house.attic.typed"] == {"house.hall.door", "house.hall"}
    found = circle(arrows)
    assert set(found) == {"house.hall.door", "house.attic.stairs"}
    (tmp_path / "house/attic/stairs.py").write_text("", encoding="utf-8")
    assert circle(graph(tmp_path / "house")) == []


def test_no_module_is_long():
    lengths = {name: len(p.read_text(encoding="utf-8").splitlines()) for name, p in modules(RACINE / "rapport").items()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_only_the_command_line_knows_the_terminal():
    for name, names in ARROWS.items():
        if room(name) not in ("cli", "__main__"):
            assert not outside(names) & {"typer", "click", "rich"}, name


CHAPTERS = {path.stem: path for path in sorted((RACINE / "chapters").glob("*.ipynb"))}
SHOWN = {"fiabilite": {"rapport.verite.fiabilite"}, "donnees": {"rapport.verite.secret"}}
SHOWN |= {name: {"rapport.verite.series"} for name in ("ce-qui-a-bouge", "series")}
"""What a chapter imports beside its helpers, because it is what the chapter shows."""


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_imports_only_its_helpers_and_what_draws(name):
    cells = json.loads(CHAPTERS[name].read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for text in code if not text.startswith("%%") for line in text.splitlines()]
    names = imported("\n".join(line for line in lines if not line.startswith("%")), name, False, ARROWS)
    assert {found for found in names if room(found) in ROOMS} <= {"rapport.chapitre", *SHOWN.get(name, ())}
    assert outside(names) <= PLOTTING | sys.stdlib_module_names
