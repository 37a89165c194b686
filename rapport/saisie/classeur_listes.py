"""The last sheet of the workbook: codes and what they mean. Drop-down lists take their codes from it."""

from __future__ import annotations

from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import NOMENCLATURES
from rapport.saisie.classeur import LISTES, TableDuClasseur
from rapport.saisie.classeur_formats import TEXTE, habiller

PREMIERE_LIGNE = 4


class Listes:
    """Nomenclature → the cells of its codes, and of their labels."""

    def __init__(self, feuille: Worksheet, tables: list[TableDuClasseur], donnees: Donnees, annee: int):
        self._bornes: dict[str, tuple[int, int]] = {}
        feuille["A1"] = "Codes que les listes proposent"
        habiller(feuille["A1"], "titre")
        feuille["A2"] = "Un code nouveau s’ajoute dans data/nomenclatures, puis le classeur s’exporte de nouveau."
        noms = sorted({nom for table in tables for nom in table.schema.nomenclatures().values()})
        for rang, nom in enumerate(noms):
            self._remplir(feuille, nom, 3 * rang + 1, donnees, annee)
        feuille.freeze_panes = f"A{PREMIERE_LIGNE}"
        feuille.protection.sheet = True

    def _remplir(self, feuille: Worksheet, nom: str, colonne: int, donnees: Donnees, annee: int) -> None:
        codes = donnees.nomenclature(nom, annee)
        titre = donnees.schemas[NOMENCLATURES + nom].title
        for decalage, entete in enumerate((titre, "En clair")):
            habiller(feuille.cell(PREMIERE_LIGNE - 1, colonne + decalage, entete), "entete")
        feuille.column_dimensions[get_column_letter(colonne)].width = 32
        feuille.column_dimensions[get_column_letter(colonne + 1)].width = 60
        for ligne, (code, valeurs) in enumerate(codes.iterrows(), start=PREMIERE_LIGNE):
            habiller(feuille.cell(ligne, colonne, code), "fixe", TEXTE)
            habiller(feuille.cell(ligne, colonne + 1, _en_clair(valeurs)), "fixe", TEXTE)
        self._bornes[nom] = (colonne, PREMIERE_LIGNE + max(len(codes), 1) - 1)

    def codes(self, nom: str) -> str:
        """« Listes!$A$4:$A$27 »."""
        return self._plage(nom, 0)

    def libelle(self, nom: str, cellule: str) -> str:
        """The formula of the label of the code that a cell holds."""
        rang = f"MATCH({cellule},{self._plage(nom, 0)},0)"
        return f'=IF({cellule}="","",IFERROR(INDEX({self._plage(nom, 1)},{rang}),"code inconnu"))'

    def _plage(self, nom: str, decalage: int) -> str:
        colonne, fin = self._bornes[nom]
        lettre = get_column_letter(colonne + decalage)
        return f"{quote_sheetname(LISTES)}!${lettre}${PREMIERE_LIGNE}:${lettre}${fin}"


def _en_clair(ligne) -> str:
    if "libelle" in ligne:
        return ligne["libelle"]
    if "document" in ligne:  # sources
        page = f", page {ligne['page']}" if ligne["page"] else ""
        return f"{ligne['document']}{page}\u00a0: {ligne['section']}"
    return ""
