"""Past values that a later edition corrects: the rows of ``data/<edition>/revisions.csv``.

The past files stay as they were published; an edition reads them with its own corrections and those before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rapport.nombres.nombre import Revision

if TYPE_CHECKING:
    import pandas as pd

    from rapport.nombres.nombre import Nombre

TABLE = "revisions"
SEPARATEUR = " / "
"""Between the codes of a key that has several columns."""
FIGEES = (TABLE, "publie")
"""Tables that nothing revises: what was printed, and the corrections themselves."""


def adresse(table: str, cle: Sequence[str], colonne: str) -> str:
    """« table.clé.colonne »: a row's series, as data name it."""
    return f"{table}.{SEPARATEUR.join(cle)}.{colonne}"


@dataclass(frozen=True)
class Correction:
    """A row of ``revisions.csv``: the value that the folder of ``edition`` gives to a cell of an earlier year."""

    edition: int
    annee: int
    table: str
    cle: tuple[str, ...]
    colonne: str
    nouvelle: Nombre
    motif: str

    @classmethod
    def lire(cls, edition: int, ligne: Mapping) -> Correction:
        """One row, as :mod:`rapport.donnees.dossier` reads it."""
        cle = tuple(ligne["cle"].split(SEPARATEUR))
        cellule = int(ligne["annee"]), ligne["table"], cle, ligne["colonne"]
        return cls(edition, *cellule, ligne["nouvelle"], ligne["motif"])

    @property
    def place(self) -> tuple:
        """Where the cell is in its table: row and column, for ``.loc``."""
        return (self.cle if len(self.cle) > 1 else self.cle[0], self.colonne)

    def appliquer(self, cadre: pd.DataFrame) -> None:
        """Put the new value in the table of its year, in place. Raises ``KeyError`` if the table has no such cell."""
        ancienne, nouvelle = cadre.loc[self.place], self.nouvelle.origine
        origine = replace(
            ancienne.origine,
            fichier=nouvelle.fichier,
            ligne=nouvelle.ligne,
            colonne=nouvelle.colonne,
            source=nouvelle.source,
            revision=Revision(self.edition, ancienne, self.motif),
        )
        cadre.loc[self.place] = self.nouvelle.avec(unite=ancienne.unite, decimales=ancienne.decimales, origine=origine)
