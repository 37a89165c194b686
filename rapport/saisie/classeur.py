"""The workbook of a year, as both its export and its import know it: which sheets, which columns, which rows.

A sheet is a table of ``data/<year>/``: its title, then a row of headings, then a row a key, then sums. A heading is
that of the schema, which is how the import finds a column again; what else stands on a sheet is there to be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rapport.donnees.adresse import identifiant
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import Champ, Schema
from rapport.saisie.csv_fidele import FichierCsv

ACCUEIL = "Mode d’emploi"
LISTES = "Listes"
TITRE = "Classeur de saisie"
LIGNE_TITRES = 4
SOMME = "Σ"
"""First character of the key of a row of sums, which is no data."""
LONGUEUR_MAXIMALE = 31
"""Of the name of a sheet."""
MOTS_DE_LIAISON = {"à", "au", "d’un", "de", "des", "du", "en", "et", "la", "le", "les", "par", "pour", "selon", "sur"}
LIGNES_LIBRES = 15


class ClasseurInvalide(Exception):
    """The workbook cannot be made or read. ``titre`` and ``lignes`` (why) are French."""

    def __init__(self, titre: str, lignes: Iterable[object] = ()):
        super().__init__(titre)
        self.titre, self.lignes = titre, [str(ligne) for ligne in lignes]


@dataclass(frozen=True)
class TableDuClasseur:
    """A table of a year, and the sheet it has in the workbook."""

    feuille: str
    schema: Schema
    csv: FichierCsv
    donnees: Donnees
    annee: int

    @property
    def titre(self) -> str:
        return f"{self.schema.title} – {self.annee}"

    @property
    def fichier(self) -> str:
        """The file, as errors name it."""
        return f"{self.donnees.dossier.name}/{self.annee}/{self.schema.name}.csv"

    @cached_property
    def champs(self) -> tuple[Champ, ...]:
        """The columns, in the order of the schema."""
        return tuple(champ for champ in self.schema.fields if champ.name in self.csv.entete)

    @cached_property
    def lignes(self) -> list[dict[str, str]]:
        """The rows of the file: column → text."""
        return [dict(zip(self.csv.entete, ligne.cellules, strict=True)) for ligne in self.csv.lignes]

    def cle(self, ligne: dict[str, str]) -> tuple[str, ...]:
        return tuple(ligne[colonne] for colonne in self.schema.primary_key)

    def titre_colonne(self, champ: Champ) -> str:
        """The heading of a column to fill, with its unit, or that it takes codes."""
        precision = "code" if champ.name in self.schema.nomenclatures() else champ.unite
        if precision and identifiant(precision) == identifiant(champ.title):
            return champ.title
        return f"{champ.title}\n({precision})" if precision else champ.title

    @cached_property
    def _nomenclature_de_la_cle(self) -> str | None:
        """The nomenclature that the whole key comes from, ``None`` if the rows are a list made by hand."""
        return (
            self.schema.nomenclatures().get(self.schema.primary_key[0]) if len(self.schema.primary_key) == 1 else None
        )

    @cached_property
    def codes_absents(self) -> list[str]:
        """The codes of the key that are valid in the year and have no row."""
        if self._nomenclature_de_la_cle is None:
            return []
        presents = {self.cle(ligne)[0] for ligne in self.lignes}
        codes = self.donnees.nomenclature(self._nomenclature_de_la_cle, self.annee).index
        return [code for code in codes if code not in presents]

    @property
    def lignes_libres(self) -> int:
        """How many rows can be added: none where every code has its row."""
        if self._nomenclature_de_la_cle is None:
            return LIGNES_LIBRES
        return min(len(self.codes_absents), LIGNES_LIBRES)

    @property
    def est_une_liste(self) -> bool:
        """Whether its rows are chosen by whoever fills it: they can be removed, and follow the order of the sheet."""
        if self._nomenclature_de_la_cle is None:
            return True
        return bool(self.codes_absents) and not self.schema.obligatoire

    def precision(self, champ: Champ, cle: str) -> tuple[str | None, int | None]:
        """Unit and decimals of a column in a row: an indicator has its own."""
        if self.schema.name == "indicateurs" and champ.name == "valeur":
            definitions = self.donnees.nomenclature("indicateurs", self.annee)
            if cle not in definitions.index:
                return None, None
            return definitions.loc[cle, "unite"], int(definitions.loc[cle, "decimales"])
        return champ.unite, champ.decimales


def tables(donnees: Donnees, annee: int) -> list[TableDuClasseur]:
    """The tables that the year has, in the order of the sheets. Raises :class:`ClasseurInvalide`."""
    feuilles = noms_de_feuilles(donnees)
    resultat, illisibles = [], []
    for nom in feuilles:
        if donnees.existe(nom, annee):
            try:
                csv = FichierCsv.lire(donnees.chemin(nom, annee))
                table = TableDuClasseur(feuilles[nom], donnees.schemas[nom], csv, donnees, annee)
                _verifier(table)
                resultat.append(table)
            except (ValueError, OSError) as erreur:
                illisibles.append(f"{donnees.dossier.name}/{annee}/{nom}.csv\u00a0: {erreur}")
    if illisibles:
        conseil = f"Corrigez d’abord les erreurs que montre «\u00a0rapport check {annee}\u00a0»."
        raise ClasseurInvalide(f"Des tables de {annee} ne peuvent pas être lues.", [*illisibles, conseil])
    # Tables that only speak of values given elsewhere come last.
    return sorted(resultat, key=lambda t: (t.schema.name != "indicateurs", t.schema.facultatif, _tri(t)))


def _tri(table: TableDuClasseur) -> str:
    return identifiant(table.schema.title)


def _verifier(table: TableDuClasseur) -> None:
    """Raises ``ValueError`` on what a sheet could not give back."""
    entete = table.csv.entete
    connues = {champ.name for champ in table.schema.fields}
    if (
        len(set(entete)) != len(entete)
        or not set(entete) <= connues
        or not set(table.schema.primary_key) <= set(entete)
    ):
        raise ValueError("ses colonnes ne sont pas celles du schéma")
    cles = [table.cle(ligne) for ligne in table.lignes]
    for rang, cle in enumerate(cles):
        if cle in cles[:rang]:
            raise ValueError(f"la clé «\u00a0{' / '.join(cle)}\u00a0» y est deux fois")


def noms_de_feuilles(donnees: Donnees) -> dict[str, str]:
    """Table → name of its sheet, whatever the tables that a year has: the title of the schema, cut at a word."""
    noms: dict[str, str] = {}
    for nom in donnees.schemas:
        if not donnees.schemas[nom].est_nomenclature:
            titre = " ".join(re.sub(r"[\[\]:*?/\\]", " ", donnees.schemas[nom].title).split()).strip("'")
            noms[nom] = _unique(titre, [ACCUEIL, LISTES, *noms.values()])
    return noms


def _unique(titre: str, pris: list[str]) -> str:
    rang, essai = 1, _couper(titre, LONGUEUR_MAXIMALE)
    while essai.lower() in (nom.lower() for nom in pris):
        rang += 1
        suffixe = f" ({rang})"
        essai = _couper(titre, LONGUEUR_MAXIMALE - len(suffixe)) + suffixe
    return essai


def _couper(titre: str, longueur: int) -> str:
    if len(titre) <= longueur:
        return titre
    mots = f"{titre} "[:longueur].split(" ")[:-1]  # the last one may be cut
    while mots[1:] and mots[-1] in MOTS_DE_LIAISON:
        mots.pop()
    return " ".join(mots) + "…" if mots else titre[: longueur - 1] + "…"
