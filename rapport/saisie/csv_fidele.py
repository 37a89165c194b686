"""A CSV file whose cells can be changed one by one: all the rest stays as it is written, byte for byte.

What stays: the order of columns, the quotes that nothing asks for, line ends, the mark of order of bytes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

CELLULE = re.compile(r'("(?:[^"]|"")*"|(?!")[^,\r\n]*)(,|\r\n|\r|\n|$)')


@dataclass
class Ligne:
    """A record: its cells as they are written, quotes included, and the end of its line ("" at the end of a file)."""

    ecrites: list[str]
    fin: str

    @property
    def cellules(self) -> list[str]:
        return [_lire(ecrite) for ecrite in self.ecrites]

    def changer(self, position: int, valeur: str) -> None:
        """Give a cell another value; it stays as it is written if that is its value already."""
        ecrite = self.ecrites[position]
        if _lire(ecrite) != valeur:
            self.ecrites[position] = _ecrire(valeur, entre_guillemets=ecrite.startswith('"'))

    def copie(self) -> Ligne:
        return Ligne(list(self.ecrites), self.fin)


class FichierCsv:
    """The header (names of columns) and the rows of a CSV in UTF-8.

    Raises ``UnicodeDecodeError`` on another encoding, ``ValueError`` where quotes do not match or a row has not as many
    cells as the header.
    """

    def __init__(self, octets: bytes):
        self._marque = codecs.BOM_UTF8 if octets.startswith(codecs.BOM_UTF8) else b""
        texte = octets.removeprefix(self._marque).decode("utf-8")
        self._entete, *self.lignes = list(_decouper(texte)) or [Ligne([""], "")]
        self.entete = self._entete.cellules
        for numero, ligne in enumerate(self.lignes, start=2):
            if len(ligne.ecrites) != len(self.entete):
                raise ValueError(
                    f"enregistrement {numero}\u00a0: {len(ligne.ecrites)} cellules, pas {len(self.entete)}"
                )

    @classmethod
    def lire(cls, chemin: Path) -> FichierCsv:
        return cls(chemin.read_bytes())

    def nouvelle_ligne(self, valeurs: dict[str, str]) -> Ligne:
        """A row that the file does not have yet: column → value, empty for the columns left out."""
        return Ligne([_ecrire(valeurs.get(colonne, "")) for colonne in self.entete], self._fin_de_ligne)

    def octets(self, lignes: list[Ligne] | None = None) -> bytes:
        """The file with these rows (by default its own): only the last one may lack the end of its line, if it did."""
        lignes = self.lignes if lignes is None else lignes
        toutes = [self._entete, *lignes]
        derniere = (self.lignes or [self._entete])[-1].fin
        texte = "".join(",".join(ligne.ecrites) + (ligne.fin or self._fin_de_ligne) for ligne in toutes[:-1])
        return self._marque + (texte + ",".join(toutes[-1].ecrites) + (toutes[-1].fin if derniere else "")).encode()

    @property
    def _fin_de_ligne(self) -> str:
        return self._entete.fin or "\n"


def _decouper(texte: str):
    cellules, position = [], 0
    while position < len(texte) or cellules:
        trouvee = CELLULE.match(texte, position)
        if trouvee is None:
            raise ValueError(f"guillemets mal fermés après {position} caractères")
        ecrite, separateur = trouvee.groups()
        cellules.append(ecrite)
        position = trouvee.end()
        if separateur != ",":
            yield Ligne(cellules, separateur)
            cellules = []


def _lire(ecrite: str) -> str:
    return ecrite[1:-1].replace('""', '"') if ecrite.startswith('"') else ecrite


def _ecrire(valeur: str, entre_guillemets: bool = False) -> str:
    if entre_guillemets or re.search(r'[,"\r\n]', valeur):
        return '"' + valeur.replace('"', '""') + '"'
    return valeur
