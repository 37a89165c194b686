"""The folders of a project, and what may be known of them before the rest of the library is imported."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from rapport.build import forks
from rapport.build.publication import SITE
from rapport.build.recipes import PACKAGE, Recipe, environment
from rapport.donnees.refus import Refus
from rapport.livre import sommaire


@dataclass(frozen=True)
class Project:
    """The folders of a project: its root (``_toc.yml``), its data, and where what is built goes. All absolute."""

    root: Path
    data: Path
    output: Path

    def relative(self, path: Path) -> Path:
        """`path` as messages name it."""
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path

    @property
    def bases(self) -> tuple[Path, ...]:
        """The folders that the names of files start from, in what is said of them."""
        return self.root, self.data.parent, PACKAGE.parent

    @property
    def verdict(self) -> Path:
        """Where what was last checked is noted."""
        return self.output / ".verification.json"

    @property
    def published(self) -> Path:
        """Where what the site was last made from is noted."""
        return self.output / ".publication.json"

    def note_published(self, request: object, files: Iterable[str], start: float) -> None:
        """Note that the site is what `request` made of `files` and of the project since `start` (``time.time()``)."""
        words = (self.root / name for name in ("chapters", sommaire.CONFIGURATION, sommaire.SOMMAIRE))
        recipe = Recipe.note(self._things(request), [self.data, *words, *files], self.output / SITE, start)
        recipe.write(self.published)

    def is_published(self, request: object) -> bool:
        """Whether the site is already what `request` would make it."""
        recipe = Recipe.read(self.published)
        return recipe is not None and not recipe.change(self._things(request), self.output / SITE, ())

    def _things(self, request: object) -> dict[str, object]:
        return {"la demande": request, "le dossier des données": str(self.data), **environment(self.root)}


def find_project(data: Path | None = None, output: Path | None = None) -> Project:
    """The project around the current folder, else the one this package belongs to; Refus if there is none."""
    root = sommaire.trouver_racine()
    if root is None:
        raise Refus(
            "Aucun rapport ici : il manque _toc.yml et _config.yml. Lancez la commande depuis le dossier du projet."
        )
    return Project(root, (data or root / "data").absolute(), (output or root / "_build").absolute())


def warm_up(project: Project, years: Collection[str]) -> None:
    """Warm up for the chapters of the editions `years`, while the command imports the rest, where some will run: files
    have changed since they were last checked."""
    if project.data.is_dir() and {path.name for path in project.data.iterdir()}.issuperset(years):
        recipe = Recipe.read(project.verdict)
        if recipe is None or recipe.changed_file(()):
            forks.warm_up(project.data)
