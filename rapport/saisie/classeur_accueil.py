"""The first sheet of the workbook: what is to be done, and how far each sheet is."""

from __future__ import annotations

from openpyxl.formatting.rule import DataBarRule
from openpyxl.styles import Alignment
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from rapport.nombres.francais import espaces as typographie
from rapport.nombres.nombre import MOTIFS
from rapport.saisie.classeur import ACCUEIL, TITRE, TableDuClasseur
from rapport.saisie.classeur_formats import BLEU, POURCENTAGE, habiller

ENTETE_FEUILLE = "Feuille"
COLONNES = (ENTETE_FEUILLE, "À remplir", "Remplies", "Sans valeur, avec le motif", "Manquantes", "Avancement")
LARGEURS = (62, 13, 13, 17, 13, 20)


def remplir(feuille: Worksheet, annee: int, bilans: list[tuple[TableDuClasseur, dict[str, str]]]) -> int:
    """Fill the sheet; returns the row of the first table."""
    feuille["A1"] = f"{TITRE} {annee}"
    habiller(feuille["A1"], "titre")
    for rang, largeur in enumerate(LARGEURS):
        feuille.column_dimensions["ABCDEF"[rang]].width = largeur
    ligne = 3
    for texte in map(typographie, _consignes(annee)):
        cellule = feuille.cell(ligne, 1, texte)
        feuille.merge_cells(start_row=ligne, end_row=ligne, start_column=1, end_column=len(COLONNES))
        habiller(cellule, "texte")
        feuille.row_dimensions[ligne].height = 15 * (1 + len(texte) // 130) + 3
        ligne += 1
    ligne += 1
    for rang, titre in enumerate(COLONNES, start=1):
        habiller(feuille.cell(ligne, rang, titre), "entete")
    feuille.row_dimensions[ligne].height = 32
    premiere = ligne + 1
    for ligne, (table, bilan) in enumerate(bilans, start=premiere):
        _bilan(feuille, ligne, table, bilan)
    _total(feuille, premiere, ligne)
    feuille.conditional_formatting.add(f"F{premiere}:F{ligne + 1}", DataBarRule("num", 0, "num", 1, color="9DC3E6"))
    feuille.page_setup.orientation, feuille.page_setup.fitToHeight = "portrait", 0
    feuille.sheet_properties.pageSetUpPr.fitToPage = True
    feuille.sheet_view.showGridLines = False
    feuille.protection.sheet = True
    return premiere


def etat(ligne: int, table: TableDuClasseur, bilan: dict[str, str]) -> str:
    """The formula that tells on the sheet of a table what the first sheet says of it."""
    if table.schema.facultatif:
        return "À compléter seulement s’il y a quelque chose à en dire."
    a_remplir, manquantes = (f"'{ACCUEIL}'!{colonne}{ligne}" for colonne in "BE")
    reste = f'IF({manquantes}=1,"1 valeur manque",{manquantes}&" valeurs manquent")&" sur "&{a_remplir}'
    lignes = bilan["lignes"].removeprefix("=")
    return f'=IF({lignes}=0,"Aucune ligne encore.",IF({manquantes}=0,"Tout est rempli.",{reste}&"."))'


def _consignes(annee: int) -> list[str]:
    motifs = ", ".join(f"{motif} ({sens})" for motif, sens in MOTIFS.items())
    return [
        "1. Remplissez les cellules jaunes. Une cellule orange attend encore sa valeur. Les autres sont protégées, "
        f"sans mot de passe. Une colonne {annee - 1} rappelle l’année précédente ; le titre de chaque colonne a une "
        "bulle qui la définit.",
        f"2. Une valeur qui n’existe pas s’écrit par son motif : {motifs}. Une cellule vide reste à remplir.",
        "3. Écrivez les nombres à la française, sans leur unité ; un pourcentage s’écrit 87,19 %. Les totaux et les "
        "sous-totaux (lignes Σ) se calculent tout seuls.",
        "4. Chaque valeur a une source, à choisir dans la liste. Un document nouveau s’ajoute d’abord dans "
        "data/nomenclatures/sources.csv ; la feuille « Listes » dit ce que désignent les codes.",
        "5. Les lignes jaunes vides, sous les autres, servent à en ajouter. Là où la première colonne est jaune, vider "
        "une ligne la supprime.",
        f"6. Les textes de l’année ne sont pas dans ce classeur : ils s’écrivent dans data/{annee}/textes ; le statut "
        f"et la date de publication dans data/{annee}/edition.yaml.",
        "7. Enregistrez au format .xlsx, fermez, puis lancez : rapport excel import, suivi du nom du fichier. La "
        "commande vérifie tout, montre ce qui change et demande confirmation avant d’écrire. Vous pouvez l’importer "
        "plusieurs fois, même incomplet.",
    ]


def _bilan(feuille: Worksheet, ligne: int, table: TableDuClasseur, bilan: dict[str, str]) -> None:
    cellule = feuille.cell(ligne, 1, table.schema.title)
    cellule.hyperlink = Hyperlink(cellule.coordinate, location=f"{quote_sheetname(table.feuille)}!A1")
    complement = table.schema.facultatif
    nombres = {
        "B": bilan["a_remplir"],
        "C": f"=B{ligne}-D{ligne}-E{ligne}",
        "D": bilan["motivees"],
        "E": bilan["manquantes"],
        "F": f"=1-E{ligne}/B{ligne}",
    }
    for rang in range(1, len(COLONNES) + 1):
        habiller(feuille.cell(ligne, rang), "fixe")
    habiller(cellule, "lien")
    for colonne, formule in nombres.items():
        cellule = feuille[f"{colonne}{ligne}"]
        cellule.value = None if complement else formule
        cellule.number_format = POURCENTAGE if colonne == "F" else "#,##0"
        cellule.alignment = Alignment(horizontal="right")
    if complement:
        feuille[f"B{ligne}"] = "s’il y a lieu"


def _total(feuille: Worksheet, premiere: int, derniere: int) -> None:
    ligne = derniere + 1
    habiller(feuille.cell(ligne, 1, "Ensemble"), "somme")
    for colonne in "BCDE":
        cellule = feuille[f"{colonne}{ligne}"]
        cellule.value = f"=SUM({colonne}{premiere}:{colonne}{derniere})"
        habiller(cellule, "somme", "#,##0")
    feuille[f"F{ligne}"] = f'=IF(B{ligne}=0,"",1-E{ligne}/B{ligne})'
    habiller(feuille[f"F{ligne}"], "somme", POURCENTAGE)
    feuille[f"F{ligne}"].alignment = Alignment(horizontal="right")
    feuille.sheet_properties.tabColor = BLEU
