"""Reading a workbook that came back from Excel or LibreOffice: its rows, as the text that the CSV would have.

What is no workbook of ours, or one whose sheets, headings or rows are damaged, is refused, everything at once.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from rapport.controle.erreurs import cite
from rapport.controle.fichiers import CLASSEURS
from rapport.donnees.dossier import Donnees
from rapport.saisie import classeur_cellules as cellules
from rapport.saisie.classeur import ACCUEIL, LIGNE_TITRES, SOMME, TITRE, ClasseurInvalide, TableDuClasseur, tables
from rapport.saisie.classeur_accueil import ENTETE_FEUILLE

ENREGISTREZ = "Enregistrez-le au format « Classeur Excel (.xlsx) », sans mot de passe."
REPRENEZ = "Reprenez la feuille d’un nouvel export, et recopiez-y les valeurs."
LIGNES_DU_HAUT = 20
LIGNES_VIDES = 500


@dataclass
class FeuilleLue:
    """The rows of a sheet, in its order: row number in the sheet → column of the CSV → text."""

    table: TableDuClasseur
    lettres: dict[str, str]
    lignes: dict[int, dict[str, str]] = field(default_factory=dict)

    def lieu(self, rang: int | None, colonne: str | None) -> str:
        """« Feuille « Visites », cellule D7 »."""
        feuille = f"Feuille {cite(self.table.feuille)}"
        if rang is None:
            return feuille
        if colonne not in self.lettres:
            return f"{feuille}, ligne {rang}"
        return f"{feuille}, cellule {self.lettres[colonne]}{rang}"


def lire(donnees: Donnees, chemin: Path) -> tuple[int, list[FeuilleLue]]:
    """The year of a workbook, and the sheets of its tables. Raises :class:`ClasseurInvalide`."""
    valeurs, formules = _ouvrir(chemin)
    annee = _annee(valeurs, donnees, chemin)
    presentes = {table.schema.title: table for table in tables(donnees, annee)}
    erreurs, feuilles = [], []
    for titre in _annoncees(valeurs[ACCUEIL]):
        table = presentes.get(titre)
        if table is None:
            erreurs.append(f"La table {cite(titre)} n’est plus dans {donnees.dossier.name}/{annee}.")
        elif table.feuille not in valeurs.sheetnames:
            erreurs.append(f"Il manque la feuille {cite(table.feuille)}. {REPRENEZ}")
        else:
            lecture = _Lecture(table, valeurs[table.feuille], formules[table.feuille])
            erreurs += lecture.erreurs
            feuilles.append(lecture.feuille)
    if erreurs or not feuilles:
        raise _refus(chemin, erreurs or ["La première feuille ne cite aucune table."])
    return annee, feuilles


def _refus(chemin: Path, lignes: list[str]) -> ClasseurInvalide:
    lignes = [re.sub("« | (?=[»:;?])", lambda m: m[0].replace(" ", "\u00a0"), ligne) for ligne in lignes]
    return ClasseurInvalide(f"{chemin} ne peut pas être importé\u00a0: rien n’est écrit.", lignes)


def _ouvrir(chemin: Path) -> tuple[Workbook, Workbook]:
    """The workbook with the values that formulas had when it was saved, and the same with the formulas."""
    for verrou, suite in ((f".~lock.{chemin.name}#", "LibreOffice"), (f"~${chemin.name}", "Excel")):
        if chemin.with_name(verrou).exists():
            conseil = f"Enregistrez-le et fermez-le. S’il est déjà fermé, supprimez le fichier {cite(verrou)}."
            raise _refus(chemin, [f"Il est ouvert dans {suite}. {conseil}"])
    try:
        octets = chemin.read_bytes()
    except OSError as erreur:
        conseil = "S’il est ouvert dans un tableur, fermez-le ; sinon vérifiez ses droits."
        raise _refus(chemin, [f"Il ne peut pas être lu ({erreur.strerror}). {conseil}"]) from erreur
    if not octets.startswith(b"PK\x03\x04"):
        nature = next((nature for debut, nature in CLASSEURS.items() if octets.startswith(debut)), None)
        trouve = "C’est un ancien classeur (.xls), ou un classeur chiffré" if nature else "Ce n’est pas un classeur"
        raise _refus(chemin, [f"{trouve}. {ENREGISTREZ}"])
    if b"mimetypeapplication/vnd.oasis" in octets[:200]:
        raise _refus(chemin, [f"C’est un document LibreOffice (.ods). {ENREGISTREZ}"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl does not keep is of no use here
            return load_workbook(io.BytesIO(octets), data_only=True), load_workbook(io.BytesIO(octets))
    except Exception as erreur:  # whatever openpyxl raises, it is no workbook that it can read
        raise _refus(chemin, [f"Le fichier est abîmé, ou n’est pas un classeur Excel. {ENREGISTREZ}"]) from erreur


def _annee(classeur: Workbook, donnees: Donnees, chemin: Path) -> int:
    titre = str(classeur[ACCUEIL]["A1"].value) if ACCUEIL in classeur.sheetnames else ""
    trouvee = re.fullmatch(rf"{TITRE} (\d{{4}})", titre.strip())
    if not trouvee:
        conseil = f"Sa première feuille est {cite(ACCUEIL)}, son titre {cite(TITRE)} et l’année."
        raise _refus(chemin, [f"Ce n’est pas un classeur de « rapport excel export ». {conseil}"])
    annee = int(trouvee[1])
    if annee not in donnees.annees:
        connues = ", ".join(map(str, donnees.annees)) or "aucune"
        raise _refus(chemin, [f"C’est le classeur de {annee}, qui n’a pas de données ici. Années connues : {connues}."])
    return annee


def _annoncees(accueil: Worksheet) -> list[str]:
    """The titles of the tables that the first sheet lists."""
    titres = None
    for (valeur,) in accueil.iter_rows(min_col=1, max_col=1, values_only=True):
        if titres is not None and (valeur is None or accueil.title == valeur):
            break
        if titres is not None:
            titres.append(str(valeur).strip())
        elif valeur == ENTETE_FEUILLE:
            titres = []
    return (titres or [])[:-1]  # the last row is their total


class _Lecture:
    """One sheet. `erreurs` are sentences; `feuille` has what could be read."""

    def __init__(self, table: TableDuClasseur, valeurs: Worksheet, formules: Worksheet):
        self.table, self.valeurs, self.formules = table, valeurs, formules
        self.erreurs: list[str] = []
        champs = [champ for champ in table.champs if champ.name in table.schema.primary_key]
        self.obligatoires = [c.name for c in champs if c is champs[0] or c.constraints.get("required")]
        ligne, rangs = self._titres()
        self.rangs = rangs
        self.feuille = FeuilleLue(table, {nom: get_column_letter(rang) for nom, rang in rangs.items()})
        if not self.erreurs:
            self._lignes(ligne + 1)
            self._cles()

    def _erreur(self, texte: str, rang: int | None = None, colonne: str | None = None) -> None:
        lieu = self.feuille.lieu(rang, colonne) if rang else f"Feuille {cite(self.table.feuille)}"
        self.erreurs.append(f"{lieu} : {texte}")

    def _titres(self) -> tuple[int, dict[str, int]]:
        """The row of headings, and the place of each column of the CSV."""
        trouve = _net(self.valeurs["A1"].value)
        autre = re.fullmatch(re.escape(_net(self.table.schema.title)) + r" – (\d{4})", trouve)
        if autre and trouve != self.table.titre:
            self._erreur(f"c’est celle de {autre[1]}, dans le classeur de {self.table.annee}. {REPRENEZ}")
        attendus = {_net(self.table.titre_colonne(champ)): champ.name for champ in self.table.champs}
        meilleure, places = LIGNE_TITRES, {}
        for ligne in range(1, min(self.valeurs.max_row, LIGNES_DU_HAUT) + 1):
            titres = {_net(cellule.value): cellule.column for cellule in reversed(self.valeurs[ligne])}
            trouves = {attendus[titre]: rang for titre, rang in titres.items() if titre in attendus}
            if len(trouves) > len(places):
                meilleure, places = ligne, trouves
        for titre, nom in attendus.items():
            if nom not in places:
                self._erreur(f"il manque la colonne {cite(titre)} (ligne {meilleure}). {REPRENEZ}")
        return meilleure, places

    def _lignes(self, premiere: int) -> None:
        derniere = premiere
        for rang in range(premiere, self.valeurs.max_row + 1):  # a suite may declare a million rows that hold nothing
            if self._ligne(rang):
                derniere = rang
            elif rang - derniere > LIGNES_VIDES:
                break

    def _ligne(self, rang: int) -> bool:
        """Read a row; whether there was something in it."""
        cle, *_ = self.table.schema.primary_key
        debut = self.formules.cell(rang, self.rangs[cle]).value
        if str(debut or "").removeprefix('="').startswith(SOMME):
            return True
        ligne: dict[str, str] = {}
        for champ in sorted(self.table.champs, key=lambda c: c.name not in self.table.schema.primary_key):
            place = rang, self.rangs[champ.name]
            cellule = self.valeurs.cell(*place)
            if cellule.value is None and self.formules.cell(*place).data_type == "f":
                conseil = "Ouvrez le classeur dans un tableur et enregistrez-le, ou écrivez la valeur."
                self._erreur(f"la formule n’a pas de résultat. {conseil}", rang, champ.name)
            ligne[champ.name] = self._texte(cellule, champ, ligne.get(cle, ""))
        if any(ligne.values()):
            self.feuille.lignes[rang] = ligne
        return rang in self.feuille.lignes

    def _texte(self, cellule: Cell, champ, cle: str) -> str:
        _, decimales = self.table.precision(champ, cle)
        motifs = tuple(m for m in self.table.schema.missing_values if m)
        return cellules.lire(cellule.value, cellule.number_format, champ, decimales, motifs)

    def _cles(self) -> None:
        """Every row has its key, once; a table that has a row for each code keeps them all."""
        vues: dict[tuple[str, ...], int] = {}
        for rang, ligne in self.feuille.lignes.items():
            cle = self.table.cle(ligne)
            vide = next((c for c in self.obligatoires if not ligne[c]), None)
            if vide:
                conseil = "Écrivez-la, ou videz toute la ligne pour la supprimer."
                titre = _net(self.table.titre_colonne(self.table.schema.champ(vide)))
                self._erreur(f"{cite(titre)} est la clé de la ligne, et elle est vide. {conseil}", rang, vide)
            elif cle in vues:
                conseil = "Gardez une seule des deux lignes."
                nom = cite(" / ".join(cle))
                self._erreur(f"{nom} est déjà ligne {vues[cle]}. {conseil}", rang, self.table.schema.primary_key[0])
            vues.setdefault(cle, rang)
        absentes = (
            [] if self.table.est_une_liste else [c for c in map(self.table.cle, self.table.lignes) if c not in vues]
        )
        for cle in absentes:
            self._erreur(f"il manque la ligne {cite(' / '.join(cle))}. {REPRENEZ}")


def _net(valeur) -> str:
    """A heading on one line, whatever spaces a suite puts in it."""
    return " ".join(str(valeur or "").split())
