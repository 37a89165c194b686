"""From the data of a year to a workbook that an analyst fills in Excel or LibreOffice.

How it looks is not said here: ``modele.xlsx`` holds the first sheet, the sheet that every table starts from, that of
the lists, how they print, and the styles of cells, by name.
"""

import io
from copy import copy
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from rapport.controle.erreurs import Refus
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import NOMENCLATURES
from rapport.saisie.changements import remplacer
from rapport.saisie.excel import cellules
from rapport.saisie.excel.classeur import (
    ACCUEIL,
    ENTETE_DES_FEUILLES,
    LIGNE_TITRES,
    LISTES,
    TableDuClasseur,
    charger,
    tables,
)
from rapport.saisie.excel.feuille import ENTETE, FIXE, LIEN, STYLES, TOTAL, FeuilleDeTable, Plages, poser

MODELE = Path(__file__).with_name("modele.xlsx")
TABLE = "Table"
"""The sheet of the template that each table starts from."""
PART = '0"\u00a0"%'


def exporter(donnees: Donnees, annee: int, chemin: Path) -> int:
    """Write the workbook of a year; returns how many tables it has. An existing file is never overwritten.

    Raises :class:`Refus` if the data are invalid, or if the file cannot be written.
    """
    if chemin.exists():
        raise Refus(
            f"Le fichier {chemin} existe déjà\u00a0: rien n’est écrit.",
            ["Il contient peut-être une saisie. Déplacez-le, ou donnez un autre nom avec --output."],
        )
    presentes = tables(donnees, annee)
    if not presentes:
        raise Refus(f"L’année {annee} n’a aucune table à exporter.")
    flux = io.BytesIO()
    _classeur(presentes, donnees, annee).save(flux)
    remplacer({chemin: flux.getvalue()}, f"Le fichier {chemin} ne peut pas être écrit.")
    return len(presentes)


def _classeur(presentes: list[TableDuClasseur], donnees: Donnees, annee: int) -> Workbook:
    classeur = _modele()
    classeur.calculation.fullCalcOnLoad = True
    accueil, modele, listes = (classeur[nom] for nom in (ACCUEIL, TABLE, LISTES))
    plages = _remplir_les_listes(listes, presentes, donnees, annee)
    _remplacer(accueil, annee=annee)
    premiere = next(c.row for c in accueil["A"] if c.value == ENTETE_DES_FEUILLES) + 1
    for rang, table in enumerate(presentes, start=premiere):
        feuille = _feuille(classeur, modele, table, f"{quote_sheetname(ACCUEIL)}!C{rang}")
        remplie = FeuilleDeTable(feuille, table, plages)
        chiffres = ("s’il y a lieu", None, None)
        if not table.schema.facultatif:
            chiffres = (*remplie.reste(), f"=1-C{rang}/B{rang}")
        _avancement(accueil, rang, (table.schema.title, *chiffres), FIXE)
        accueil[f"A{rang}"].style = LIEN
        accueil[f"A{rang}"].hyperlink = Hyperlink(f"A{rang}", location=f"{quote_sheetname(table.feuille)}!A1")
    sommes = [f"=SUM({lettre}{premiere}:{lettre}{rang})" for lettre in "BC"]
    _avancement(accueil, rang + 1, ("Ensemble", *sommes, f"=1-C{rang + 1}/B{rang + 1}"), TOTAL)
    classeur.remove(modele)
    classeur.move_sheet(listes, len(classeur.sheetnames))
    return classeur


def _modele() -> Workbook:
    """The template. Raises :class:`Refus` if it lacks what the export takes from it."""
    classeur = charger(MODELE)
    presents = {*classeur.sheetnames, *classeur.named_styles}
    if manquants := [nom for nom in (ACCUEIL, TABLE, LISTES, *STYLES) if nom not in presents]:
        raise Refus(f"Il manque au modèle {MODELE.name} des feuilles ou des styles de cellule\u00a0:", manquants)
    if ENTETE_DES_FEUILLES not in [cellule.value for cellule in classeur[ACCUEIL]["A"]]:
        raise Refus(
            f"Il manque au modèle {MODELE.name} le titre «\u00a0{ENTETE_DES_FEUILLES}\u00a0» de la première feuille."
        )
    return classeur


def _feuille(classeur: Workbook, modele: Worksheet, table: TableDuClasseur, vides: str) -> Worksheet:
    """A sheet that looks and prints as that of the template, with its title; ``vides``: the cell that counts what is
    still to be filled."""
    feuille = classeur.copy_worksheet(modele)
    feuille.title = table.feuille
    feuille.protection, feuille.HeaderFooter = copy(modele.protection), copy(modele.HeaderFooter)
    feuille.sheet_view.showGridLines = modele.sheet_view.showGridLines
    feuille.print_title_rows = f"{LIGNE_TITRES}:{LIGNE_TITRES}"
    feuille.delete_rows(LIGNE_TITRES + 1, feuille.max_row)  # the examples of styles
    reste = "À compléter seulement s’il y a quelque chose à en dire."
    if not table.schema.facultatif:
        reste = f'=IF({vides}=0,"Tout est rempli.","Cellules à remplir\u00a0: "&{vides})'
    description = table.schema.description.strip().split("\n\n")[0]
    _remplacer(feuille, titre=table.titre, description=description, reste=reste)
    return feuille


def _remplacer(feuille: Worksheet, **textes: object) -> None:
    """Write the texts where the cells of the template say « {annee} », « {titre} »…"""
    for cellule in (c for rangee in feuille.iter_rows() for c in rangee if isinstance(c.value, str)):
        for nom, texte in textes.items():
            cellule.value = cellule.value.replace(f"{{{nom}}}", str(texte))


def _avancement(accueil: Worksheet, rang: int, valeurs: tuple[str | None, ...], style: str) -> None:
    """A row of the first sheet: a table, how many cells are to be filled, how many are still empty, the share."""
    for colonne, valeur in enumerate(valeurs, start=1):
        cellule = accueil.cell(rang, colonne, valeur)
        cellule.style = style
    cellule.number_format = PART


def _remplir_les_listes(
    feuille: Worksheet, presentes: list[TableDuClasseur], donnees: Donnees, annee: int
) -> dict[str, Plages]:
    """Write the codes that drop-down lists offer, and what they mean. Nomenclature → its cells."""
    plages = {}
    for rang, nom in enumerate(sorted({n for table in presentes for n in table.schema.nomenclatures.values()})):
        codes = donnees.nomenclature(nom, annee)
        libelles = [_en_clair(ligne) for ligne in codes.to_dict("records")]
        titres = donnees.schemas[NOMENCLATURES + nom].title, "En clair"
        lettres = [get_column_letter(3 * rang + colonne) for colonne in (1, 2)]
        for lettre, titre, textes, largeur in zip(lettres, titres, (codes.index, libelles), (32, 60), strict=True):
            poser(feuille[f"{lettre}3"], titre, ENTETE)
            feuille.column_dimensions[lettre].width = largeur
            for ligne, texte in enumerate(textes, start=4):
                poser(feuille[f"{lettre}{ligne}"], texte, FIXE, cellules.TEXTE)
        fin = 3 + max(len(codes), 1)
        plages[nom] = Plages(*(f"{quote_sheetname(LISTES)}!${lettre}$4:${lettre}${fin}" for lettre in lettres))
    feuille.freeze_panes = "A4"
    return plages


def _en_clair(definition: dict) -> str:
    """What a code means; for a source, the document and the place in it."""
    if "document" in definition:
        page = f", page {definition['page']}" if definition["page"] else ""
        return f"{definition['document']}{page}\u00a0: {definition['section']}"
    return definition.get("libelle", "")
