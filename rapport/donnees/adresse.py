"""The address of a value: the one spelling of it, in notebooks, in formulas and in data.

- ``appels``: an indicator, by its code;
- ``visites.siege.visites``: a cell of a table, by its key and its column; the codes of a key of several columns are
  joined by « / » (``agents.siege / cdi.agents``);
- ``visites.visites``: a whole column of a table.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport.donnees.schemas import Schema

SEPARATEUR = " / "
"""Between the codes of a key that has several columns."""
INDICATEURS = "indicateurs"
REVISIONS = "revisions"
PUBLIE = "publie"
EXPLICATIONS = "explications"
FIGEES = (REVISIONS, PUBLIE)
"""Tables whose cells have no address: corrections are about other cells, and what was printed is no input."""
FORME = "code d’indicateur, table.colonne ou table.clé.colonne"

Codes = Callable[["Schema", str], Collection[str] | None]
"""Schema and key column → the codes that it may hold; ``None`` if anything goes."""


class DonneesAbsentes(LookupError):
    """A table, an indicator, a year… that the data folder does not have; the message is French."""


class AdresseInconnue(DonneesAbsentes):
    """An address of nothing: what was expected, the name found in its place, the cure (``message``), in French."""

    def __init__(self, attendu: str, trouve: str, message: str):
        super().__init__(f"{attendu[0].upper()}{attendu[1:]}, trouvé « {trouve} ». {message}")
        self.attendu, self.trouve, self.message = attendu, trouve, message


@dataclass(frozen=True)
class Adresse:
    """A cell, or a whole column (no ``cle``). An indicator is the row of its code in the table of indicators."""

    table: str
    cle: tuple[str, ...]
    colonne: str

    @classmethod
    def lire(cls, texte: str) -> Adresse:
        """The address that a text writes, of anything or of nothing (:meth:`verifier`).

        Raises :class:`AdresseInconnue` for what has not the form of one.
        """
        if not texte or "" in texte.split("."):
            raise AdresseInconnue(f"{FORME} attendu", texte, "Écrivez des noms entre les points.")
        if "." not in texte:
            return cls.indicateur(texte)
        table, *cle, colonne = [texte.partition(".")[0], *texte.partition(".")[2].rsplit(".", 1)]
        if table == INDICATEURS:
            raise AdresseInconnue(f"{FORME} attendu", texte, "Un indicateur s’écrit par son code seul.")
        return cls(table, tuple(cle[0].split(SEPARATEUR)) if cle else (), colonne)

    @classmethod
    def indicateur(cls, code: str) -> Adresse:
        """That of an indicator."""
        return cls(INDICATEURS, (code,), "valeur")

    @property
    def est_indicateur(self) -> bool:
        return self.table == INDICATEURS

    @property
    def cle_ecrite(self) -> str:
        """« siege / cdi »."""
        return SEPARATEUR.join(self.cle)

    @property
    def place(self) -> tuple:
        """Where the cell is in the frame of its table: row and column, for ``.loc``."""
        return (self.cle if len(self.cle) > 1 else self.cle[0], self.colonne)

    @property
    def series(self) -> tuple[str, ...]:
        """What names the series that a cell belongs to, from the narrowest: its own address, that of its column."""
        return (str(self),) if self.est_indicateur else (str(self), f"{self.table}.{self.colonne}")

    def __str__(self) -> str:
        if self.est_indicateur:
            return self.cle_ecrite
        return ".".join([self.table, *([self.cle_ecrite] if self.cle else []), self.colonne])

    def verifier(self, schemas: Mapping[str, Schema], codes: Codes, colonne_entiere: bool = True) -> None:
        """Raise :class:`AdresseInconnue` if no table of a year has such a column of numbers, or may have such a key.

        ``colonne_entiere``: whether the address of a whole column will do.
        """
        if self.table not in schemas or self.table in FIGEES or schemas[self.table].est_nomenclature:
            tables = [nom for nom in schemas if "/" not in nom and nom not in (INDICATEURS, *FIGEES)]
            raise AdresseInconnue("table connue attendue", self.table, remede(self.table, tables))
        schema = schemas[self.table]
        if not (self.cle or colonne_entiere):
            message = "C’est celle d’une colonne entière : écrivez table.clé.colonne."
            raise AdresseInconnue("adresse d’une valeur attendue", str(self), message)
        attendu = "code d’indicateur attendu" if self.est_indicateur else f"clé de la table « {self.table} » attendue"
        if self.cle and len(self.cle) != len(schema.primary_key):
            forme = SEPARATEUR.join(f"<{colonne}>" for colonne in schema.primary_key)
            raise AdresseInconnue(attendu, self.cle_ecrite, f"Écrivez {self.table}.{forme}.{self.colonne}.")
        for code, colonne in zip(self.cle, schema.primary_key, strict=False):
            admis = codes(schema, colonne)
            if admis is not None and code not in admis:
                raise AdresseInconnue(attendu, code, remede(code, admis))
        colonnes = [champ.name for champ in schema.colonnes_de_nombres]
        if self.colonne not in colonnes:
            attendu = f"colonne de nombres de « {self.table} » attendue"
            raise AdresseInconnue(attendu, self.colonne, remede(self.colonne, colonnes))


def remede(nom: str, choix: Iterable[str]) -> str:
    """The sentence that helps whoever wrote an unknown name: the nearest ones, or all of a few."""
    choix = list(dict.fromkeys(choix))
    if trouves := proches(nom, choix):
        return f"Proches : {', '.join(f'« {nom} »' for nom in trouves)}."
    return f"Noms connus : {', '.join(f'« {nom} »' for nom in choix)}." if 0 < len(choix) <= 12 else "Vérifiez le nom."


def proches(texte: str, choix: Iterable[str] | Mapping[str, str], n: int = 3) -> list[str]:
    """The choices that ``texte`` was perhaps meant to be, the nearest first; case and accents do not count.

    With a mapping code → label, a label that is near leads to its code.
    """
    formes = {identifiant(c): c for c in reversed(list(choix))}
    if isinstance(choix, Mapping):
        formes = {identifiant(libelle): code for code, libelle in choix.items()} | formes
    return [formes[forme] for forme in difflib.get_close_matches(identifiant(texte), formes, n=n)]


def identifiant(texte: str) -> str:
    """A text as a code would write it: « Saint-Girons » → « saint_girons »."""
    sans_accent = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", sans_accent.lower()).strip("_")
