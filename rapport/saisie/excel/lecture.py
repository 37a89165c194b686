"""Reading a workbook that came back from Excel or LibreOffice: its rows, as the text that the CSV would have.

What is no workbook of ours, or one whose sheets, headings or rows are damaged, is refused, everything at once.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from rapport.controle.erreurs import Refus, cite
from rapport.controle.fichiers import CLASSEURS
from rapport.donnees.adresse import SEPARATEUR
from rapport.donnees.dossier import Donnees
from rapport.donnees.refus import cause
from rapport.nombres.francais import espaces
from rapport.saisie.excel import cellules
from rapport.saisie.excel.classeur import (
    ACCUEIL,
    LIGNE_TITRES,
    SOMME,
    Cellules,
    Cle,
    TableDuClasseur,
    charger,
    noms_de_feuilles,
    tables,
)

TAILLE = 50 * 1024**2
"""Of the largest workbook, in bytes, once its parts are decompressed."""
LIGNES = 250_000
"""Of the longest sheet."""
ENREGISTREZ = "Enregistrez-le au format « Classeur Excel (.xlsx) », sans mot de passe."
REPRENEZ = "Reprenez la feuille d’un nouvel export, et recopiez-y les valeurs."


def lire(donnees: Donnees, chemin: Path) -> tuple[int, list[FeuilleLue]]:
    """The year of a workbook, and the sheets of its tables. Raises :class:`Refus`."""
    valeurs, formules = ouvrir(chemin)
    annee = _annee(valeurs, donnees, chemin)
    presentes = {table.feuille: table for table in tables(donnees, annee)}
    erreurs, feuilles = [], []
    for nom in noms_de_feuilles(donnees).values():
        table = presentes.get(nom)
        if table and nom in valeurs.sheetnames:
            feuilles.append(FeuilleLue(table, valeurs[nom], formules[nom]))
            erreurs += feuilles[-1].erreurs
        elif table and not table.schema.facultatif:
            erreurs.append(f"Il manque la feuille {cite(nom)}. {REPRENEZ}")
        elif nom in valeurs.sheetnames:
            erreurs.append(f"La table {cite(nom)} n’est plus dans {donnees.dossier.name}/{annee}.")
    if erreurs:
        raise refus(chemin, erreurs)
    return annee, feuilles


def refus(chemin: Path, lignes: list[str]) -> Refus:
    return Refus(f"{chemin} ne peut pas être importé\u00a0: rien n’est écrit.", map(espaces, lignes))


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


def _annee(classeur: Workbook, donnees: Donnees, chemin: Path) -> int:
    titre = str(classeur[ACCUEIL]["A1"].value) if ACCUEIL in classeur.sheetnames else ""
    trouvee = re.search(r"\b\d{4}\b", titre)
    if not trouvee:
        conseil = f"Sa première feuille est {cite(ACCUEIL)}, et son titre dit l’année."
        raise refus(chemin, [f"Ce n’est pas un classeur de « rapport excel export ». {conseil}"])
    annee = int(trouvee[0])
    if annee not in donnees.annees:
        connues = ", ".join(map(str, donnees.annees)) or "aucune"
        raise refus(chemin, [f"C’est le classeur de {annee}, qui n’a pas de données ici. Années connues : {connues}."])
    return annee


class FeuilleLue:
    """The sheet of a table, as a :class:`~rapport.saisie.changements.Lecture`. ``lettres``: column → letter;
    ``erreurs``: sentences, on what is not as it was exported."""

    def __init__(self, table: TableDuClasseur, valeurs: Worksheet, formules: Worksheet):
        self.table, self.valeurs, self.formules = table, valeurs, formules
        self.lettres: dict[str, str] = {}
        self.lignes: dict[int, Cellules] = {}
        self.erreurs: list[str] = []
        self._titres()
        if valeurs.max_row > LIGNES:
            self._erreur(f"elle va jusqu’à la ligne {valeurs.max_row}. Supprimez les lignes qui suivent le tableau.")
        if not self.erreurs:
            for rang in range(LIGNE_TITRES + 1, valeurs.max_row + 1):
                self._ligne(rang)
            self._cles()

    @property
    def complete(self) -> bool:
        return self.table.est_une_liste

    def cellule(self, rang: int, colonne: str) -> str:
        return f"{self.lettres[colonne]}{rang}"

    def lieu(self, rang: int | None, colonne: str | None) -> str:
        """« Feuille « Visites », cellule D7 »."""
        feuille = f"Feuille {cite(self.table.feuille)}"
        if rang is None:
            return feuille
        return f"{feuille}, {f'cellule {self.cellule(rang, colonne)}' if colonne in self.lettres else f'ligne {rang}'}"

    def _erreur(self, texte: str, rang: int | None = None, colonne: str | None = None) -> None:
        self.erreurs.append(f"{self.lieu(rang, colonne)} : {texte}")

    def _titres(self) -> None:
        """The year of the sheet, and the place of each column of the CSV."""
        trouve = _net(self.valeurs["A1"].value)
        autre = re.fullmatch(re.escape(_net(self.table.schema.title)) + r" – (\d{4})", trouve)
        if autre and trouve != _net(self.table.titre):
            self._erreur(f"c’est celle de {autre[1]}, dans le classeur de {self.table.annee}. {REPRENEZ}")
        titres = {_net(cellule.value): cellule.column for cellule in reversed(self.valeurs[LIGNE_TITRES])}
        for champ in self.table.schema.fields:
            titre = _net(self.table.titre_colonne(champ))
            if titre in titres:
                self.lettres[champ.name] = get_column_letter(titres[titre])
            else:
                self._erreur(f"il manque la colonne {cite(titre)} (ligne {LIGNE_TITRES}). {REPRENEZ}")

    def _ligne(self, rang: int) -> None:
        """Read a row, if there is something in it and it is no sum."""
        cle = self.table.cles[0].name
        if str(self.valeurs[f"{self.lettres[cle]}{rang}"].value).startswith(SOMME):
            return
        motifs = tuple(m for m in self.table.schema.missing_values if m)
        ligne: Cellules = {}
        for champ in sorted(self.table.schema.fields, key=lambda c: c not in self.table.cles):
            place = f"{self.lettres[champ.name]}{rang}"
            cellule = self.valeurs[place]
            if cellule.value is None and self.formules[place].data_type == "f":
                conseil = "Ouvrez le classeur dans un tableur et enregistrez-le, ou écrivez la valeur."
                self._erreur(f"la formule n’a pas de résultat. {conseil}", rang, champ.name)
            _, decimales = self.table.precision(champ, ligne.get(cle, ""))
            ligne[champ.name] = cellules.lire(cellule.value, cellule.number_format, champ, decimales, motifs)
        if any(ligne.values()):
            self.lignes[rang] = ligne

    def _cles(self) -> None:
        """Every row has its key; a table that has a row for each code keeps them all."""
        vues: set[Cle] = set()
        exigees = [c for c in self.table.cles if c is self.table.cles[0] or c.constraints.get("required")]
        for rang, ligne in self.lignes.items():
            cle = self.table.cle(ligne)
            if vide := next((champ for champ in exigees if not ligne[champ.name]), None):
                titre = cite(_net(self.table.titre_colonne(vide)))
                conseil = "Écrivez-la, ou videz toute la ligne pour la supprimer."
                self._erreur(f"{titre} est la clé de la ligne, et elle est vide. {conseil}", rang, vide.name)
            vues.add(cle)
        for cle in map(self.table.cle, [] if self.table.est_une_liste else self.table.lignes):
            if cle not in vues:
                self._erreur(f"il manque la ligne {cite(SEPARATEUR.join(cle))}. {REPRENEZ}")


def _net(valeur) -> str:
    """A heading on one line, whatever spaces a suite puts in it."""
    return " ".join(str(valeur or "").split())
