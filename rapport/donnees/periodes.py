"""From which year to which year a row of a nomenclature is valid.

The optional columns ``depuis`` and ``jusqua`` of a nomenclature say so (years included; empty or no column: no bound).
A code that changes (a renamed EPCI) has one row a period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COLONNES = ("depuis", "jusqua")


@dataclass(frozen=True, slots=True)
class Periode:
    """Years from ``depuis`` to ``jusqua``, both included; ``None``: no bound."""

    depuis: int | None = None
    jusqua: int | None = None

    @classmethod
    def lire(cls, ligne: Mapping) -> Periode:
        """The period of a row, whose cells are texts or numbers; a cell that is no number bounds nothing."""
        return cls(*(_annee(ligne.get(colonne)) for colonne in COLONNES))

    def __contains__(self, annee: int) -> bool:
        return (self.depuis is None or self.depuis <= annee) and (self.jusqua is None or annee <= self.jusqua)

    def chevauche(self, autre: Periode) -> bool:
        """Whether a year belongs to both."""
        return not (self.finit_avant(autre) or autre.finit_avant(self))

    def finit_avant(self, autre: Periode) -> bool:
        """Whether this period ends before the other one begins."""
        return self.jusqua is not None and autre.depuis is not None and self.jusqua < autre.depuis

    def __str__(self) -> str:
        match self.depuis, self.jusqua:
            case None, None:
                return "toutes les années"
            case None, fin:
                return f"jusqu’en {fin}"
            case debut, None:
                return f"depuis {debut}"
            case debut, fin:
                return f"de {debut} à {fin}"


def _annee(cellule) -> int | None:
    texte = str(cellule) if cellule is not None else ""
    return int(texte) if texte.isdecimal() else None
