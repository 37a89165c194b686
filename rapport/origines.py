"""What is known of a number that was read: its cell, its source, the breaks of its series, its revision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport.nombres import Nombre


@dataclass(frozen=True, slots=True)
class Source:
    """A document and where in it: a row of ``nomenclatures/sources.csv``."""

    code: str
    document: str
    page: str
    section: str


@dataclass(frozen=True, slots=True)
class Rupture:
    """From ``annee`` on, a series is counted in a way that cannot be compared with the years before; ``motif``: why.

    ``serie``: an indicator's code, « table.colonne » or « table.clé.colonne ». Told once for several.
    """

    annee: int
    motif: str
    serie: str = field(default="", compare=False)

    def separe(self, annees) -> bool:
        """Whether some of the years are before the break and others after."""
        return min(annees, default=self.annee) < self.annee <= max(annees, default=self.annee)


@dataclass(frozen=True, slots=True)
class Revision:
    """A past value that the edition of a later year corrects. ``ancienne``: what was published until then."""

    edition: int
    ancienne: Nombre
    motif: str


@dataclass(frozen=True, slots=True)
class Origine:
    """The data cell a number was read from.

    ``fichier`` is relative to the project (``data/2023/visites.csv``), ``ligne`` counts from 1, header included.
    A revised value is that of ``revisions.csv``.
    """

    libelle: str
    definition: str
    annee: int | None
    fichier: str
    ligne: int
    colonne: str
    source: Source | None
    ruptures: tuple[Rupture, ...] = ()
    revision: Revision | None = None
