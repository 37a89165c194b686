"""Small counts: what is published of the numbers of a column where few people are counted.

A column of a schema may have a rule, ``secret: {traitement: …, seuil: …}``; every reader of the data is given what it
says (:meth:`rapport.donnees.dossier.Donnees.lignes`), so that pages, downloads and open data cannot differ.
"""

from dataclasses import dataclass
from decimal import Decimal

from rapport.nombres.nombre import MOTIFS, SECRET

SIGNALE, ARRONDI, MASQUE = "signale", "arrondi-5", "masque"
PAS = 5


@dataclass(frozen=True)
class Secret:
    """The rule of a column. A count from 1 to ``seuil``, excluded, is small: ``signale`` shows it and tells how many
    there are, ``masque`` publishes :data:`SECRET` in its place; ``arrondi-5`` rounds all counts to the nearest five.

    ``unites``: those that it is about, where the rows of a column have their own (indicators); empty: all.
    """

    traitement: str
    seuil: int = PAS
    unites: tuple[str, ...] = ()

    def concerne(self, unite: str | None) -> bool:
        return not self.unites or unite in self.unites

    def petit(self, valeur: Decimal) -> bool:
        """Whether a known value is a small count."""
        return 0 < valeur < self.seuil

    def publie(self, texte: str) -> str:
        """What is published of a cell."""
        if not texte or texte in (*MOTIFS, SECRET):
            return texte
        valeur = Decimal(texte)
        if self.traitement == ARRONDI:
            return str(int((valeur / PAS).quantize(Decimal(1), "ROUND_HALF_UP")) * PAS)
        return SECRET if self.traitement == MASQUE and self.petit(valeur) else texte

    def bornes(self, valeur: Decimal) -> tuple[Decimal, Decimal] | None:
        """Between which counts a reader of the published cell can place its value; ``None`` if it is shown."""
        if self.traitement == MASQUE and self.petit(valeur):
            return Decimal(1), Decimal(self.seuil - 1)
        if self.traitement == ARRONDI:
            arrondie = Decimal(self.publie(str(valeur)))
            return max(Decimal(0), arrondie - PAS // 2), arrondie + PAS // 2
        return None
