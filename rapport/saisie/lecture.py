"""Reading a workbook or a text that somebody filled or sent: its cells, and the rows of a table among them.

What is no file of its kind, or a damaged one, is refused.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from rapport.controle.erreurs import Refus, cite, liste
from rapport.controle.fichiers import CLASSEURS, lire_texte
from rapport.donnees.lignes import Cellules, LigneIllisible, enregistrements
from rapport.donnees.refus import cause
from rapport.donnees.schemas import Champ
from rapport.nombres.francais import espaces
from rapport.saisie.excel import cellules
from rapport.saisie.excel.classeur import TableDuClasseur, charger

TAILLE = 50 * 1024**2
"""Of the largest workbook, in bytes, once its parts are decompressed."""
LIGNES = 250_000
"""Of the longest sheet."""
EXTENSIONS = (".xlsx", ".xlsm", ".xls", ".ods")
SEPARATEURS = (";", "\t", "|", ",")
ENREGISTREZ = "Enregistrez-le au format « Classeur Excel (.xlsx) », sans mot de passe."
REPRENEZ = "Reprenez la feuille d’un nouvel export, et recopiez-y les valeurs."


class Case(NamedTuple):
    """A cell; ``format``: that of its number, in a workbook."""

    valeur: object = None
    format: str = ""

    @property
    def texte(self) -> str:
        """On one line, whatever spaces a suite puts in it."""
        return " ".join(cellules.lire(self.valeur, self.format, Champ("", ""), None, ()).split())


Rangees = dict[int, list[Case]]
"""The rows of a sheet or of a text by number, from 1."""


class TableLue:
    """The rows of a table that are read below its headings.

    ``lieu_lu``: where that is, in a sentence; ``feuille``: the sheet, "" in a text; ``titres``: column → heading.
    ``lignes``: row number there → column → text, in its order; ``erreurs``: sentences, on what cannot be read;
    ``complete``: the rows that it does not have are to be removed.
    """

    complete = False

    def __init__(self, table: TableDuClasseur, lieu_lu: str, feuille: str, titres: dict[str, str]):
        self.table, self.lieu_lu, self.feuille = table, lieu_lu, feuille
        self.titres = {nom: " ".join(titre.split()) for nom, titre in titres.items()}
        self.places: dict[str, int] = {}
        self.lignes: dict[int, Cellules] = {}
        self.erreurs: list[str] = []

    def cellule(self, rang: int, colonne: str | None) -> str:
        """« D7 », where a reader finds a cell."""
        dans_un_classeur = self.feuille and colonne in self.places
        return f"{get_column_letter(self.places[colonne] + 1)}{rang}" if dans_un_classeur else f"ligne {rang}"

    def lieu(self, rang: int | None, colonne: str | None) -> str:
        """« FR6.xlsx, feuille « Données », D7, colonne « Visites » »; without a row, or a column, what is known."""
        titre = f"colonne {cite(self.titres[colonne])}" if colonne in self.titres else ""
        return ", ".join(filter(None, (self.lieu_lu, self.cellule(rang, colonne) if rang else "", titre)))

    def erreur(self, rang: int | None, colonne: str | None, constat: str) -> None:
        self.erreurs.append(espaces(f"{self.lieu(rang, colonne)} : {constat}"))

    def sous_les_titres(self, rangees: Rangees) -> Rangees:
        """Find the row that has the headings; returns those below it, none if it has not all of them once."""
        textes, voulus = {r: [case.texte for case in cases] for r, cases in rangees.items()}, {*self.titres.values()}
        rang = max(textes, key=lambda r: (len(voulus.intersection(textes[r])), sum(map(bool, textes[r]))))
        for nom, titre in self.titres.items():
            if textes[rang].count(titre) == 1:
                self.places[nom] = textes[rang].index(titre)
            else:
                self.sans_titre(rang, titre, textes[rang])
        return {} if self.erreurs else {r: cases for r, cases in rangees.items() if r > rang}

    def sans_titre(self, rang: int, titre: str, textes: list[str]) -> None:
        """Tell of a heading that is not there, or not once."""
        attendu = f"une colonne de titre {cite(titre)} attendue, trouvé {textes.count(titre)}"
        self.erreur(rang, None, f"{attendu}. Titres de cette ligne : {liste(filter(None, textes))}.")

    def case(self, cases: list[Case], nom: str) -> Case:
        return cases[self.places[nom]] if self.places[nom] < len(cases) else Case()

    def lire(self, rang: int, cases: list[Case]) -> Cellules:
        """The cells of a row, in the columns that have a heading: the key first, which says how its values are read."""
        lue: Cellules = {}
        for champ in sorted(self.table.schema.fields, key=lambda c: c not in self.table.cles):
            if champ.name in self.places:
                _, decimales = self.table.precision(champ, lue.get(self.table.schema.primary_key[0], ""))
                lue[champ.name] = self.valeur(rang, champ, self.case(cases, champ.name), decimales)
        return lue

    def valeur(self, rang: int, champ: Champ, case: Case, decimales: int | None) -> str:
        """The text that the CSV has for a cell."""
        raise NotImplementedError


def refus(chemin: Path, lignes: list[str]) -> Refus:
    return Refus(f"{chemin} ne peut pas être importé\u00a0: rien n’est écrit.", map(espaces, lignes))


def lire(chemin: Path, feuille: str = "", titres: Collection[str] = ()) -> tuple[str, Rangees]:
    """The name of the sheet that is read ("" in a text), and the rows of a file. ``titres``: the headings that are
    looked for, if they are known. Raises :class:`Refus`."""
    if chemin.suffix.lower() in EXTENSIONS:
        valeurs, formules = ouvrir(chemin)
        noms = [f.title for f in valeurs.worksheets]
        if feuille not in ("", *noms):
            raise refus(chemin, [f"Il n’a pas de feuille {cite(feuille)}. Ses feuilles : {liste(noms)}."])
        feuille = feuille or noms[0]
        return feuille, lire_feuille(chemin, valeurs[feuille], formules[feuille])
    texte, erreurs = lire_texte(chemin, chemin.name)
    if not texte:
        raise refus(chemin, map(str, erreurs))
    lues, refusees = [], []
    for separateur in SEPARATEURS:
        try:
            lues.append({rang: [*map(Case, cases)] for rang, cases in enregistrements(texte, separateur)})
        except LigneIllisible as erreur:
            refusees.append(f"{chemin.name}, {erreur}")
    if not lues:
        raise refus(chemin, refusees[:1])
    return "", max(lues, key=lambda rangees: _vraisemblance(rangees, titres))


def _vraisemblance(rangees: Rangees, titres: Collection[str]) -> int:
    """How well a separator cuts a text: the headings that are together on a row, or else how regular the rows are."""
    if titres:
        return max(len({case.texte for case in cases} & set(titres)) for cases in rangees.values())
    return max((largeur - 1) * compte for largeur, compte in Counter(map(len, rangees.values())).items())


def lire_feuille(chemin: Path, valeurs: Worksheet, formules: Worksheet) -> Rangees:
    """The rows of a sheet. A formula without a result is read as it is written: no value comes of it."""
    if valeurs.max_row > LIGNES:
        conseil = "Supprimez les lignes qui suivent le tableau."
        lieu = f"Feuille {cite(valeurs.title)} : elle va jusqu’à la ligne {valeurs.max_row}."
        raise refus(chemin, [f"{lieu} {conseil}"])
    ecrites = {c.coordinate: c.value for rangee in formules.iter_rows() for c in rangee}
    case = lambda c: Case(ecrites[c.coordinate] if c.value is None else c.value, c.number_format)  # noqa: E731
    return {rang: [*map(case, rangee)] for rang, rangee in enumerate(valeurs.rows, start=1)} or {1: []}


def ouvrir(chemin: Path) -> tuple[Workbook, Workbook]:
    """The workbook with the values that formulas had when it was saved, and the same with the formulas."""
    for verrou, suite in ((f".~lock.{chemin.name}#", "LibreOffice"), (f"~${chemin.name}", "Excel")):
        if chemin.with_name(verrou).exists():
            conseil = f"Enregistrez-le et fermez-le. S’il est déjà fermé, supprimez le fichier {cite(verrou)}."
            raise refus(chemin, [f"Il est ouvert dans {suite}. {conseil}"])
    try:
        octets = chemin.read_bytes()
    except OSError as erreur:
        conseil = "S’il est ouvert dans un tableur, fermez-le ; sinon vérifiez ses droits."
        raise refus(chemin, [f"Il ne peut pas être lu ({cause(erreur)}). {conseil}"]) from erreur
    if not octets.startswith(b"PK\x03\x04"):
        ancien = octets.startswith(tuple(CLASSEURS))
        trouve = "C’est un ancien classeur (.xls), ou un classeur chiffré" if ancien else "Ce n’est pas un classeur"
        raise refus(chemin, [f"{trouve}. {ENREGISTREZ}"])
    if b"mimetypeapplication/vnd.oasis" in octets[:200]:
        raise refus(chemin, [f"C’est un document LibreOffice (.ods). {ENREGISTREZ}"])
    try:
        if defaut := _defaut_de_l_archive(octets):
            raise refus(chemin, [defaut])
        return charger(io.BytesIO(octets), data_only=True), charger(io.BytesIO(octets))
    except Refus:
        raise
    except Exception as erreur:  # whatever openpyxl raises, it is no workbook that it can read
        raise refus(chemin, [f"Le fichier est abîmé, ou n’est pas un classeur Excel. {ENREGISTREZ}"]) from erreur


def _defaut_de_l_archive(octets: bytes) -> str:
    """Why the parts of a workbook are not to be read: more than a memory holds, or entities, which no suite writes and
    which would bring other files in, or be without end. Raises what a damaged archive does."""
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        taille = sum(partie.file_size for partie in archive.infolist())
        if taille > TAILLE:
            return f"Il occupe {taille // 1024**2} Mo une fois ouvert, {TAILLE // 1024**2} au plus. {REPRENEZ}"
        textes = [partie for partie in archive.infolist() if partie.filename.endswith((".xml", ".rels"))]
        if any(re.search(rb"<!\0?(DOCTYPE|ENTITY|D\0O\0C)", archive.read(partie)) for partie in textes):
            return f"Il déclare une entité XML, que n’écrit aucun tableur. {ENREGISTREZ}"
    return ""
