"""The commands of an analyst who prepares a year, registered in :mod:`rapport.cli`."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rapport.commande import CONSOLE, Commande, ouvrir

app = typer.Typer()
PANNEAU = "Données"


@app.command(cls=Commande, rich_help_panel=PANNEAU, options_metavar="[OPTIONS]")
def changes(
    avant: Annotated[Path, typer.Argument(metavar="AVANT", show_default=False, help="Le dossier des données d’avant.")],
    apres: Annotated[
        Path | None,
        typer.Argument(
            metavar="APRÈS", show_default=False, help="Le dossier des données d’après (par défaut : celles du projet)."
        ),
    ] = None,
    en_markdown: Annotated[
        bool, typer.Option("--markdown", metavar="", help="Écrit du Markdown, pour un résumé en ligne.")
    ] = False,
) -> None:
    """Montre les valeurs qui ont changé entre deux dossiers de données : lesquelles, de combien à combien."""
    from rapport.construction import book
    from rapport.saisie import comparaison

    projet = book.find_project(apres)
    dossiers = ouvrir(avant).dossier, ouvrir(projet.donnees).dossier
    try:
        saisies = comparaison.comparer(*dossiers, _chapitres(projet.racine))
    except comparaison.DonneesIllisibles as erreur:
        raise book.ConstructionImpossible(erreur.titre, erreur.lignes) from erreur
    montrer = _en_markdown if en_markdown else _en_tableaux
    montrer("Valeurs saisies", saisies)
    try:
        montrer("Chiffres dérivés, recalculés", comparaison.comparer_derives(*dossiers))
    except (ValueError, LookupError, ArithmeticError, csv.Error):
        CONSOLE.print("Les chiffres dérivés ne sont pas comparés : voyez « rapport check ».", markup=False)


def _en_markdown(titre: str, changements) -> None:
    from rapport.saisie import comparaison

    CONSOLE.print(comparaison.markdown(titre, changements), markup=False)


def _en_tableaux(titre: str, changements) -> None:
    from rapport.saisie import comparaison

    CONSOLE.print(f"[bold]{titre}[/] : {comparaison.resume(changements)}")
    for annee, lignes in comparaison.par_annee(changements).items():
        tableau = Table(*comparaison.COLONNES, title=str(annee), title_justify="left", box=SIMPLE_HEAD)
        for colonne in tableau.columns[2:]:
            colonne.justify = "right"
        for ligne in lignes:
            tableau.add_row(*map(Text, ligne))
        CONSOLE.print(tableau, soft_wrap=False)


def _chapitres(racine: Path):
    """Table → the chapters that use it, as they are listed."""
    from rapport.construction import chapters

    textes = {c.nom: c.chemin.read_text(encoding="utf-8") for c in chapters.list_chapters(racine)}

    def chapitres(table: str) -> str:
        usage = re.compile(rf'\(\\"{table}\\"|% données :[^"]*\b{table}\b')
        return ", ".join(nom for nom, texte in textes.items() if usage.search(texte))

    return chapitres
