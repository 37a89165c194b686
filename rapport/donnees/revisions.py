"""Past values that a later edition corrects: the rows of ``data/<edition>/revisions.csv``.

The past files stay as they were published; an edition reads them with its own corrections and those before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rapport.donnees.adresse import Adresse
from rapport.nombres.nombre import Revision

if TYPE_CHECKING:
    import pandas as pd

    from rapport.nombres.nombre import Nombre

TABLE = "revisions"


@dataclass(frozen=True)
class Correction:
    """A row of ``revisions.csv``: the value that the folder of ``edition`` gives to a cell of an earlier year."""

    edition: int
    annee: int
    adresse: Adresse
    nouvelle: Nombre
    motif: str

    @classmethod
    def lire(cls, edition: int, ligne: Mapping) -> Correction:
        """One row, as :mod:`rapport.donnees.dossier` reads it."""
        adresse = Adresse.lire(ligne["adresse"])
        return cls(edition, int(ligne["annee"]), adresse, ligne["nouvelle"], ligne["motif"])

    def appliquer(self, cadre: pd.DataFrame) -> None:
        """Put the new value in the table of its year, in place. Raises ``KeyError`` if the table has no such cell."""
        place = self.adresse.place
        ancienne, nouvelle = cadre.loc[place], self.nouvelle.origine
        origine = replace(
            ancienne.origine,
            fichier=nouvelle.fichier,
            ligne=nouvelle.ligne,
            colonne=nouvelle.colonne,
            source=nouvelle.source,
            revision=Revision(self.edition, ancienne, self.motif),
        )
        cadre.loc[place] = self.nouvelle.avec(unite=ancienne.unite, decimales=ancienne.decimales, origine=origine)
