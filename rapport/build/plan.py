"""The project, and an edition on its way from data to pages: what the steps of a build hand to each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from rapport.build.execution import Resultat
from rapport.build.recipes import Recette
from rapport.livre import sommaire
from rapport.livre.sommaire import Chapitre

if TYPE_CHECKING:
    from rapport.build.warnings import Avertissement

BROUILLON = "brouillon"
"""The status of a book whose year is still being filled, and the folder it is made in."""


class ConstructionImpossible(Exception):
    """The book cannot be made; `lignes` say why, in French, and `causes` are what they tell of."""

    def __init__(self, titre: str, causes: Iterable[object] = ()):
        super().__init__(titre)
        self.titre = titre
        self.causes = list(causes)
        self.lignes = [str(cause) for cause in self.causes]


@dataclass(frozen=True)
class Projet:
    """The folders of a project: its root (``_toc.yml``), its data, and where what is built goes. All absolute."""

    racine: Path
    donnees: Path
    sortie: Path

    def travail(self, annee: int, part: str = "") -> Path:
        """Where an edition is made; in a folder `part` of its own, what is not to be published."""
        return self.sortie / str(annee) / part

    def relatif(self, chemin: Path) -> Path:
        """`chemin` as messages name it."""
        return chemin.relative_to(self.racine) if chemin.is_relative_to(self.racine) else chemin


@dataclass
class Livre:
    """An edition on its way: the chapters that its data allow (`notebooks`: pruned), and what became of them."""

    annee: int
    statut: str  # « définitive » or « provisoire », or `BROUILLON`
    publication: str  # ISO date, empty if it is not known
    travail: Path
    chapitres: list[Chapitre]
    notebooks: dict[str, nbformat.NotebookNode]
    resultats: list[Resultat] = field(default_factory=list)  # of the chapters that ran
    echecs: dict[str, str] = field(default_factory=dict)  # chapter → why it has no new page, in French
    en_attente: set[str] = field(default_factory=set)  # the chapters whose pages stay as they are, for now
    avertissements: list[Avertissement] = field(default_factory=list)

    @property
    def html(self) -> Path:
        return self.travail / "html"

    @property
    def book(self) -> Path:
        """The staged book."""
        return self.travail / "book"

    @property
    def journal(self) -> Path:
        """What jupyter-book wrote."""
        return self.travail / "journaux" / "jupyter-book.log"

    def execute(self, chapitre: str) -> Path:
        """The executed notebook of a chapter; its recipe and the list of what it read lie beside it."""
        return self.travail / "executes" / f"{chapitre}.ipynb"

    def recette(self, chapitre: str) -> Recette | None:
        return Recette.lire(self.execute(chapitre).with_suffix(".json"))


def find_project(donnees: Path | None = None, sortie: Path | None = None) -> Projet:
    """The project around the current folder, else the one this package belongs to."""
    racine = sommaire.trouver_racine()
    if racine is None:
        raise ConstructionImpossible(
            "Aucun rapport ici : il manque _toc.yml et _config.yml. Lancez la commande depuis le dossier du projet."
        )
    return Projet(racine, (donnees or racine / "data").absolute(), (sortie or racine / "_build").absolute())
