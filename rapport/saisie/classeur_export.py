"""From the data of a year to a workbook that an analyst fills in Excel or LibreOffice."""

from __future__ import annotations

import io
import os
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from rapport.donnees.dossier import Donnees
from rapport.saisie import classeur_accueil
from rapport.saisie.classeur import ACCUEIL, LISTES, ClasseurInvalide, TableDuClasseur, tables
from rapport.saisie.classeur_feuille import FeuilleDeTable
from rapport.saisie.classeur_formats import habiller
from rapport.saisie.classeur_listes import Listes
from rapport.saisie.classeur_sommes import sommes


def exporter(donnees: Donnees, annee: int, chemin: Path) -> list[TableDuClasseur]:
    """Write the workbook of a year; returns its tables. An existing file is never overwritten.

    Raises :class:`ClasseurInvalide` if the data cannot be read or the file cannot be written.
    """
    if chemin.exists():
        raise ClasseurInvalide(
            f"Le fichier {chemin} existe déjà\u00a0: rien n’est écrit.",
            ["Il contient peut-être une saisie. Déplacez-le, ou donnez un autre nom avec --output."],
        )
    presentes = tables(donnees, annee)
    if not presentes:
        raise ClasseurInvalide(f"L’année {annee} n’a aucune table à exporter.")
    flux = io.BytesIO()
    _classeur(presentes, donnees, annee).save(flux)
    provisoire = chemin.with_name(f".{chemin.name}.{os.getpid()}")
    try:
        provisoire.write_bytes(flux.getvalue())
        os.replace(provisoire, chemin)
    except OSError as erreur:
        provisoire.unlink(missing_ok=True)
        raise ClasseurInvalide(f"Le fichier {chemin} ne peut pas être écrit ({erreur.strerror}).") from erreur
    return presentes


def _classeur(presentes: list[TableDuClasseur], donnees: Donnees, annee: int) -> Workbook:
    classeur = Workbook()
    classeur.calculation.fullCalcOnLoad = True
    accueil = classeur.active
    accueil.title = ACCUEIL
    feuilles = [_nouvelle(classeur, table.feuille) for table in presentes]
    listes = Listes(_nouvelle(classeur, LISTES), presentes, donnees, annee)
    enoncees = sommes(donnees, annee)
    bilans = []
    for feuille, table in zip(feuilles, presentes, strict=True):
        try:
            remplie = FeuilleDeTable(feuille, table, listes, enoncees.get(table.schema.name, ()))
        except IllegalCharacterError as erreur:
            raise ClasseurInvalide(
                f"{table.fichier} contient un caractère invisible, qu’un classeur ne peut pas tenir.",
                [f"Corrigez les erreurs que montre «\u00a0rapport check {annee}\u00a0»."],
            ) from erreur
        bilans.append((table, remplie.bilan()))
    premiere = classeur_accueil.remplir(accueil, annee, bilans)
    for rang, (feuille, (table, bilan)) in enumerate(zip(feuilles, bilans, strict=True), start=premiere):
        feuille["A3"] = classeur_accueil.etat(rang, table, bilan)
        habiller(feuille["A3"], "etat")
    return classeur


def _nouvelle(classeur: Workbook, nom: str) -> Worksheet:
    feuille = classeur.create_sheet(nom)
    assert feuille.title == nom, f"the name of a sheet must be free and valid: {nom}"
    feuille.sheet_properties.pageSetUpPr = PageSetupProperties()
    return feuille
