"""The rows of CSV files: the one way to read them, and to write them.

:func:`lire` reads a file that is known to be well formed, as those that ``rapport check`` accepts:

    for numero, cellules in lignes.lire(chemin):
        cellules["code"]

:func:`enregistrements` is what it stands on: the records of a text as they come, for whoever tells what is wrong with
a file (:mod:`rapport.controle.fichiers`).
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rapport.donnees import fichiers


class LigneIllisible(ValueError):
    """A record without the form of a row: quotes that do not match, cells without a column. ``numero``: its line;
    ``longue``: whether a cell has no end in sight."""

    def __init__(self, numero: int, message: str, longue: bool = False):
        super().__init__(message)
        self.numero, self.longue = numero, longue


Cellules = dict[str, str]
"""The cells of a row, by column."""


class Ligne(NamedTuple):
    """A row: the line of the file where it starts, from 1, header included; its cells."""

    numero: int
    cellules: Cellules


def lire(chemin: Path) -> list[Ligne]:
    """The rows of a file in UTF-8, in its order, without blank lines.

    Raises :class:`LigneIllisible` if a row has not as many cells as the header, `UnicodeError` and
    :class:`~rapport.donnees.fichiers.FichierIllisible` if the file cannot be read; all are ``ValueError``.
    """
    # Line ends are left to the csv module: a cell may hold some.
    texte = fichiers.octets(chemin).decode("utf-8-sig")
    entete, *suite = [x for x in enregistrements(texte) if x[1]] or [(1, [])]
    for numero, cellules in suite:
        if len(cellules) != len(entete[1]):
            message = f"{chemin.name}, ligne {numero} : une ligne n’a pas le nombre de cellules de l’en-tête."
            raise LigneIllisible(numero, message)
    return [Ligne(numero, dict(zip(entete[1], cellules, strict=True))) for numero, cellules in suite]


def enregistrements(texte: str, separateur: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each record, header included; a blank line has no cells.

    Raises :class:`LigneIllisible` at the first one whose quotes do not match.
    """
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
    debut = 1
    try:
        for cellules in lecteur:
            yield debut, cellules if any(c.strip() for c in cellules) else []
            debut = lecteur.line_num + 1
    except csv.Error as erreur:
        longue = "field limit" in str(erreur)
        cause = "une cellule est énorme, ou un guillemet" if longue else "un guillemet"
        raise LigneIllisible(debut, f"ligne {debut} : {cause} n’est pas refermé.", longue) from erreur


def ecrire(colonnes: Sequence[str], lignes: Iterable[Mapping[str, str]]) -> str:
    """The text of a CSV file; a cell that a row does not have is empty, one that no column has is left out."""
    flux = io.StringIO()
    redacteur = csv.DictWriter(flux, colonnes, restval="", extrasaction="ignore", lineterminator="\n")
    redacteur.writeheader()
    redacteur.writerows(lignes)
    return flux.getvalue()
