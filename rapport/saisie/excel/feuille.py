"""The sheet of a table: keys and what they mean, then each value to fill beside that of the year before, then sums."""

import datetime
import math
from copy import copy
from typing import NamedTuple

from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from rapport.controle.table import INDICATEURS
from rapport.donnees.edition import Edition
from rapport.donnees.lignes import Cellules
from rapport.donnees.schemas import Champ
from rapport.nombres.nombre import MOTIFS, Nombre
from rapport.saisie.excel import cellules
from rapport.saisie.excel.classeur import LIGNE_TITRES, SOMME, Cle, TableDuClasseur

ENTETE, ENTETE_DE_RAPPEL, FIXE, RAPPEL, SAISIE = "En-tête", "En-tête de rappel", "Fixe", "Rappel", "Saisie"
A_REMPLIR, TOTAL, LIEN = "À remplir", "Somme", "Lien"
STYLES = (ENTETE, ENTETE_DE_RAPPEL, FIXE, RAPPEL, SAISIE, A_REMPLIR, TOTAL, LIEN)
"""The styles of cells that the template has."""
PREMIERE = LIGNE_TITRES + 1
HAUTEUR_DE_LIGNE = 15  # points
LARGEURS = {"number": 17, "integer": 15, "date": 14}
LARGEUR_CODE, LARGEUR_TEXTE, LARGEUR_COURTE = 28, 50, 20


class Colonne(NamedTuple):
    """``style`` is that of its cells: what is in :data:`SAISIE` is read back, the rest is only shown. ``attribut``: of
    the nomenclature of the key, for a column that says what a code means."""

    style: str
    titre: str
    champ: Champ
    attribut: str = ""


class Plages(NamedTuple):
    """The cells of the codes of a nomenclature, and those of what they mean."""

    codes: str
    libelles: str


class FeuilleDeTable:
    """Fills a sheet made from the template, below its title. ``plages``: nomenclature → its cells."""

    def __init__(self, feuille: Worksheet, table: TableDuClasseur, plages: dict[str, Plages]):
        self.feuille, self.table, self.plages = feuille, table, plages
        # A cell takes the colours of a style; those of a rule have to be copied from one.
        exemple = feuille.cell(PREMIERE, 1)
        exemple.style = A_REMPLIR
        self.couleur = PatternFill(bgColor=copy(exemple.fill.fgColor))
        self.rappels = _rappels(table)
        self.colonnes = _colonnes(table, self.rappels)
        self.fin = PREMIERE + max(len(table.lignes) + table.lignes_libres, 1) - 1
        for rang, colonne in enumerate(self.colonnes, start=1):
            self._colonne(colonne, get_column_letter(rang))
        figees = [c for c in self.colonnes if c.champ in table.cles and c.attribut in ("", "libelle")]
        feuille.freeze_panes = feuille.cell(PREMIERE, min(len(figees), 2) + 1)
        feuille.auto_filter.ref = f"A{LIGNE_TITRES}:{get_column_letter(len(self.colonnes))}{self.fin}"

    def reste(self) -> tuple[str, str]:
        """Two formulas: how many cells are to be filled (in rows that have a key), how many of them are still empty."""
        nom = quote_sheetname(self.table.feuille)
        exigees = [
            f"{nom}!{self._plage(get_column_letter(rang))}"
            for rang, c in enumerate(self.colonnes, start=1)
            if c.style == SAISIE and c.champ not in self.table.cles and c.champ.constraints.get("required")
        ]
        a_remplir = f"COUNTA({nom}!{self._plage('A')})*{len(exigees)}"
        remplies = f"COUNTA({','.join(exigees)})" if exigees else "0"
        return f"=MAX(1,{a_remplir})", f"=IF({a_remplir}=0,1,{a_remplir}-{remplies})"

    def _plage(self, lettre: str) -> str:
        return f"{lettre}{PREMIERE}:{lettre}{self.fin}"

    def _colonne(self, colonne: Colonne, lettre: str) -> None:
        feuille, champ = self.feuille, colonne.champ
        entete = feuille[f"{lettre}{LIGNE_TITRES}"]
        entete.value, entete.style = colonne.titre, ENTETE if colonne.style == SAISIE else ENTETE_DE_RAPPEL
        if bulle := _bulle(colonne, self.table):
            entete.comment = _commentaire(bulle)
        largeur = feuille.column_dimensions[lettre].width = _largeur(colonne, self.table)
        lignes = [*self.table.lignes, *([{}] * (self.fin - PREMIERE + 1 - len(self.table.lignes)))]
        remplir = self._en_clair if colonne.attribut else self._valeur
        for rang, ligne in enumerate(lignes, start=PREMIERE):
            cellule = feuille[f"{lettre}{rang}"]
            remplir(cellule, colonne, ligne)
            if cellule.data_type == "s" and len(cellule.value) > largeur:  # not every suite makes room for a long text
                hauteur = HAUTEUR_DE_LIGNE * math.ceil(len(cellule.value) / (largeur - 4))
                feuille.row_dimensions[rang].height = max(feuille.row_dimensions[rang].height or 0, hauteur)
        if colonne.style == SAISIE:
            self._aider(champ, lettre)
        if any(c.champ.total for c in self.colonnes):
            total = feuille[f"{lettre}{self.fin + 1}"]
            format = cellules.format_de_cellule("0", champ, champ.unite, champ.decimales)
            poser(total, f"=SUBTOTAL(9,{self._plage(lettre)})" if champ.total else None, TOTAL, format)
            if lettre == "A":
                total.value = f"{SOMME} des valeurs connues"

    def _valeur(self, cellule: Cell, colonne: Colonne, ligne: Cellules) -> None:
        champ, cle = colonne.champ, self.table.cle(ligne) if ligne else ("",)
        fixe = ligne and champ in self.table.cles and not self.table.est_une_liste
        valeurs = self.rappels.get(cle, {}) if colonne.style == RAPPEL else ligne
        texte, (unite, decimales) = valeurs.get(champ.name, ""), self.table.precision(champ, cle[0])
        format = cellules.format_de_cellule(texte, champ, unite, decimales)
        poser(cellule, cellules.valeur(texte, champ, unite), FIXE if fixe else colonne.style, format)

    def _en_clair(self, cellule: Cell, colonne: Colonne, ligne: Cellules) -> None:
        """What a code means: as a formula, where the code can be typed."""
        nomenclature, annee = self.table.schema.nomenclatures[colonne.champ.name], self.table.annee
        definition = self.table.donnees.codes(nomenclature).ligne(ligne.get(colonne.champ.name), annee)
        poser(cellule, definition.get(colonne.attribut), FIXE)
        if colonne.attribut == "libelle" and "definition" in definition:
            cellule.comment = _commentaire(definition["definition"])
        if colonne.attribut == "libelle" and (not ligne or self.table.est_une_liste):
            code, (codes, libelles) = cellule.offset(0, -1).coordinate, self.plages[nomenclature]
            cellule.value = f'=IF({code}="","",IFERROR(INDEX({libelles},MATCH({code},{codes},0)),"code inconnu"))'

    def _aider(self, champ: Champ, lettre: str) -> None:
        """Codes are chosen from a list; a cell to fill changes colour once it is filled."""
        nomenclature, choix = self.table.schema.nomenclatures.get(champ.name), champ.constraints.get("enum")
        if nomenclature or choix:
            source = self.plages[nomenclature].codes if nomenclature else f'"{",".join(map(str, choix))}"'
            liste = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=True)
            liste.errorStyle = "warning"  # a source may be added to its nomenclature before the import
            liste.errorTitle, liste.error = "Hors de la liste", "L’import refuse ce que la liste ne contient pas."
            liste.add(self._plage(lettre))
            self.feuille.add_data_validation(liste)
        if champ.constraints.get("required") and lettre != "A":
            regle = FormulaRule(formula=[f'AND($A{PREMIERE}<>"",{lettre}{PREMIERE}="")'], fill=self.couleur)
            self.feuille.conditional_formatting.add(self._plage(lettre), regle)


def poser(cellule: Cell, valeur, style: str, format: str | None = None) -> None:
    """Give a cell its value, a style of the template, a number format."""
    cellule.style, cellule.value = style, valeur
    if format:
        cellule.number_format = format


def _commentaire(texte: str) -> Comment:
    return Comment(texte, "rapport", width=340, height=60 + 18 * (len(texte) // 45))


def _rappels(table: TableDuClasseur) -> dict[Cle, Cellules]:
    """Key → column → text, the year before, with the revisions known since."""
    avant = table.annee - 1
    if not table.donnees.existe(table.schema.name, avant):
        return {}
    cadre = Edition(table.annee, table.donnees.dossier).table(table.schema.name, avant)
    cles = [cle if isinstance(cle, tuple) else (cle,) for cle in cadre.index]
    lignes = [{nom: _texte(valeur) for nom, valeur in ligne.items()} for ligne in cadre.to_dict("records")]
    return dict(zip([tuple(map(_texte, cle)) for cle in cles], lignes, strict=True))


def _texte(valeur) -> str:
    if isinstance(valeur, Nombre):
        return f"{valeur:f}" if valeur.connu else valeur.motif
    if isinstance(valeur, datetime.date):
        return valeur.isoformat()
    return "" if valeur is None else str(valeur)


def _colonnes(table: TableDuClasseur, rappels: dict[Cle, Cellules]) -> list[Colonne]:
    """The columns of a sheet, from left to right."""
    colonnes, nomenclatures = [], table.schema.nomenclatures
    for champ in table.cles:
        colonnes.append(Colonne(SAISIE, table.titre_colonne(champ), champ))
        if champ.name in nomenclatures:
            colonnes.append(Colonne(FIXE, f"{champ.title}\n(en clair)", champ, "libelle"))
    if table.schema.name == "indicateurs":
        definitions = map(table.donnees.schemas[INDICATEURS].champ, ("unite", "chapitre"))
        colonnes += [Colonne(FIXE, c.title, table.cles[0], c.name) for c in definitions if c]
    connues = {table.cle(ligne) for ligne in table.lignes} & rappels.keys()
    for champ in (c for c in table.schema.fields if c not in table.cles):
        attendu = champ.type != "string" or champ.constraints.get("required")
        if attendu and any(rappels[cle].get(champ.name) for cle in connues):
            colonnes.append(Colonne(RAPPEL, f"{champ.title}\n{table.annee - 1}", champ))
        colonnes.append(Colonne(SAISIE, table.titre_colonne(champ), champ))
    return colonnes


def _largeur(colonne: Colonne, table: TableDuClasseur) -> int:
    champ = colonne.champ
    if colonne.attribut:
        return LARGEUR_TEXTE if colonne.attribut == "libelle" else LARGEUR_COURTE
    if champ.type != "string":
        return LARGEURS.get(champ.type, LARGEUR_COURTE)
    courte = champ.name in table.schema.nomenclatures or {"enum", "pattern"} & champ.constraints.keys()
    return LARGEUR_CODE if courte else LARGEUR_TEXTE


def _bulle(colonne: Colonne, table: TableDuClasseur) -> str:
    """What the comment of a heading says: the definition, the unit, what to write when the value is missing."""
    champ = colonne.champ
    if colonne.attribut:
        return "Ce que désigne le code."
    if colonne.style == RAPPEL:
        return f"Valeur de {table.annee - 1}, pour mémoire."
    lignes = [champ.description] if champ.description else []
    if champ.unite:
        decimales = f", {champ.decimales} décimale{'s' if champ.decimales > 1 else ''}" if champ.decimales else ""
        lignes.append(f"Unité\u00a0: {champ.unite}{decimales}.")
    motifs = [f"{m} ({MOTIFS[m]})" for m in table.schema.missing_values if m in MOTIFS]
    if not champ.constraints.get("required"):
        lignes.append("Facultatif.")
    elif champ.type != "string" and champ not in table.cles and motifs:
        lignes.append(f"Valeur inconnue\u00a0: écrivez {', '.join(motifs[:-1])} ou {motifs[-1]}.")
    return "\n".join(lignes)
