"""From a workbook that was filled to the files of its year.

What is no workbook of ours, or one whose sheets, headings or rows are damaged, is refused, everything at once.
"""

import re
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from rapport.controle.erreurs import cite
from rapport.donnees.adresse import SEPARATEUR
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import Champ
from rapport.saisie import changements
from rapport.saisie.excel import cellules
from rapport.saisie.excel.classeur import ACCUEIL, LIGNE_TITRES, SOMME, TableDuClasseur, noms_de_feuilles, tables
from rapport.saisie.lecture import REPRENEZ, Case, TableLue, lire_feuille, ouvrir, refus


def preparer(donnees: Donnees, chemin: Path) -> changements.Import:
    """Read and check a workbook. Raises :class:`Refus`, with every error of the sheets that change."""
    valeurs, formules = ouvrir(chemin)
    annee = _annee(valeurs, donnees, chemin)
    presentes = {table.feuille: table for table in tables(donnees, annee)}
    erreurs, feuilles = [], []
    for nom in noms_de_feuilles(donnees).values():
        table = presentes.get(nom)
        if table and nom in valeurs.sheetnames:
            feuilles.append(FeuilleLue(table, chemin, valeurs[nom], formules[nom]))
            erreurs += feuilles[-1].erreurs
        elif table and not table.schema.facultatif:
            erreurs.append(f"Il manque la feuille {cite(nom)}. {REPRENEZ}")
        elif nom in valeurs.sheetnames:
            erreurs.append(f"La table {cite(nom)} n’est plus dans {donnees.dossier.name}/{annee}.")
    if erreurs:
        raise refus(chemin, erreurs)
    return changements.preparer(chemin, annee, feuilles)


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


class FeuilleLue(TableLue):
    """The sheet of a table, as it was exported and filled."""

    def __init__(self, table: TableDuClasseur, chemin: Path, valeurs: Worksheet, formules: Worksheet):
        titres = {champ.name: table.titre_colonne(champ) for champ in table.schema.fields}
        super().__init__(table, f"Feuille {cite(table.feuille)}", table.feuille, titres)
        self.complete = table.est_une_liste
        rangees = lire_feuille(chemin, valeurs, formules)
        autre = re.fullmatch(rf"{re.escape(table.schema.title)} – (\d{{4}})", rangees[1][0].texte if rangees[1] else "")
        if autre and int(autre[1]) != table.annee:
            self.erreur(None, None, f"c’est celle de {autre[1]}, dans le classeur de {table.annee}. {REPRENEZ}")
        remplies = self.sous_les_titres(rangees)
        if not self.erreurs:
            for rang, cases in remplies.items():
                self._ligne(rang, cases)
            self._cles()

    def lieu(self, rang: int | None, colonne: str | None) -> str:
        """« Feuille « Visites », cellule D7 »."""
        if rang is None:
            return self.lieu_lu
        return f"{self.lieu_lu}, {'cellule ' if colonne in self.places else ''}{self.cellule(rang, colonne)}"

    def sans_titre(self, rang: int, titre: str, textes: list[str]) -> None:
        self.erreur(None, None, f"il manque la colonne {cite(titre)} (ligne {LIGNE_TITRES}). {REPRENEZ}")

    def valeur(self, rang: int, champ: Champ, case: Case, decimales: int | None) -> str:
        if isinstance(case.valeur, str) and case.valeur.startswith("="):
            conseil = "Ouvrez le classeur dans un tableur et enregistrez-le, ou écrivez la valeur."
            self.erreur(rang, champ.name, f"la formule n’a pas de résultat. {conseil}")
            return ""
        motifs = tuple(m for m in self.table.schema.missing_values if m)
        return cellules.lire(case.valeur, case.format, champ, decimales, motifs)

    def _ligne(self, rang: int, cases: list[Case]) -> None:
        """Read a row, if there is something in it and it is no sum."""
        if not self.case(cases, self.table.cles[0].name).texte.startswith(SOMME):
            ligne = self.lire(rang, cases)
            if any(ligne.values()):
                self.lignes[rang] = ligne

    def _cles(self) -> None:
        """Every row has its key; a table that has a row for each code keeps them all."""
        exigees = [c for c in self.table.cles if c is self.table.cles[0] or c.constraints.get("required")]
        for rang, ligne in self.lignes.items():
            if vide := next((champ for champ in exigees if not ligne[champ.name]), None):
                conseil = "Écrivez-la, ou videz toute la ligne pour la supprimer."
                titre = cite(self.titres[vide.name])
                self.erreur(rang, vide.name, f"{titre} est la clé de la ligne, et elle est vide. {conseil}")
        lues = {self.table.cle(ligne) for ligne in self.lignes.values()}
        for cle in map(self.table.cle, [] if self.complete else self.table.lignes):
            if cle not in lues:
                self.erreur(None, None, f"il manque la ligne {cite(SEPARATEUR.join(cle))}. {REPRENEZ}")
