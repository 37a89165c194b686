"""Nomenclatures: which row of a code is valid in a year, or was its last.

The optional columns ``depuis`` and ``jusqua`` give the years when a row is valid (included; empty or no column: no
bound). A code that changes (a renamed EPCI) has one row a period.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapport.donnees import lignes

Code = str | tuple[str, ...]
"""What names a row: a text, or several where the key has several columns."""

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
        fins = ((self.jusqua, autre.depuis), (autre.jusqua, self.depuis))
        return all(None in (fin, debut) or debut <= fin for fin, debut in fins)

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


TOUJOURS = Periode()


class Nomenclature:
    """The rows of a nomenclature, by code; ``lignes``: their cells, as written, in the order of the file.

    ``fichier`` is the name to tell of it (« data/nomenclatures/sites.csv »), ``cle`` the columns that name a row.
    """

    def __init__(self, fichier: str, rangees: Iterable[Mapping[str, str]], cle: Sequence[str] = ("code",)):
        self.fichier, self.lignes, self.cle = fichier, list(rangees), tuple(cle)
        self._rangs: dict[Code, list[int]] = {}
        self._periodes = [Periode.lire(ligne) for ligne in self.lignes]
        for rang, ligne in enumerate(self.lignes):
            valeurs = tuple(ligne.get(colonne, "") for colonne in cle)
            self._rangs.setdefault(valeurs if len(cle) > 1 else valeurs[0], []).append(rang)

    @classmethod
    def lire(cls, chemin: Path, cle: Sequence[str] = ("code",)) -> Nomenclature:
        """That of a file; errors are those of :func:`rapport.donnees.lignes.lire`."""
        fichier = "/".join(chemin.parts[-3:])
        return cls(fichier, [ligne.cellules for ligne in lignes.lire(chemin)], cle)

    def __contains__(self, code: object) -> bool:
        return code in self._rangs

    def __iter__(self) -> Iterator[Code]:
        return iter(self._rangs)

    def __len__(self) -> int:
        return len(self._rangs)

    def ligne(self, code: Code | None, annee: int | None = None) -> Mapping[str, str]:
        """The row of a code in a year, or else its last one; empty for an unknown code."""
        rangs = self._rangs.get(code, [])
        valables = [rang for rang in rangs if annee is not None and annee in self._periodes[rang]]
        return self.lignes[self._dernier(valables or rangs)] if rangs else {}

    def rangs(self, periode: Periode = TOUJOURS) -> list[int]:
        """The positions in ``lignes`` of the codes that are valid in a year of the period at least, each by its last
        row among those that are; in the order of the file."""
        gardes = ([r for r in rangs if self._periodes[r].chevauche(periode)] for rangs in self._rangs.values())
        return sorted(self._dernier(rangs) for rangs in gardes if rangs)

    def _dernier(self, rangs: list[int]) -> int:
        return max(rangs, key=lambda rang: self._periodes[rang].depuis or 0)

    def periodes(self, code: Code) -> list[Periode]:
        """When a code is valid: a period for each of its rows."""
        return [self._periodes[rang] for rang in self._rangs.get(code, ())]

    def valable(self, code: Code, annee: int) -> bool:
        """Whether a code is valid in a year."""
        return any(annee in periode for periode in self.periodes(code))
