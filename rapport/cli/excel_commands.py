"""``rapport excel``: the workbook of a year, out and in, registered in :mod:`rapport.cli.data_commands`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rapport.cli.french import CONSOLE, Commande, ErreurUsage, Groupe, OptionDonnees, choisir_annees, ouvrir

PANNEAU = "Commandes"
app = typer.Typer(
    cls=Groupe,
    no_args_is_help=True,
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    options_metavar="[OPTIONS]",
    help="Remplir une année dans Excel ou LibreOffice : exporter son classeur, puis l’importer.",
)


@app.command("export", cls=Commande, rich_help_panel=PANNEAU, options_metavar="[OPTIONS]")
def sortir(
    annee: Annotated[str, typer.Argument(metavar="ANNÉE", show_default=False, help="L’année à exporter.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FICHIER",
            show_default=False,
            help="Le classeur à écrire (par défaut : rapport-ANNÉE.xlsx, dans le dossier courant).",
        ),
    ] = None,
    data: OptionDonnees = None,
) -> None:
    """Écrit le classeur d’une année : une feuille par table, avec l’année précédente et ce qui est à remplir.

    Un fichier qui existe n’est jamais remplacé : il contient peut-être une saisie.
    """
    from rapport.build.plan import find_project
    from rapport.saisie.excel.export import exporter

    donnees = ouvrir(find_project(data).data)
    (annee_demandee,) = choisir_annees([annee], donnees.annees, "L’année", "Années")
    chemin = output or Path(f"rapport-{annee_demandee}.xlsx")
    if chemin.suffix.lower() != ".xlsx":
        raise ErreurUsage(f"--output attend un fichier .xlsx, pas « {chemin.name} ».")
    nombre = exporter(donnees, annee_demandee, chemin)
    CONSOLE.print(f"Le classeur de {annee_demandee} est prêt, avec {nombre} tables : {chemin}", markup=False)
    CONSOLE.print(f"Une fois rempli et fermé : rapport excel import {chemin}", markup=False)


@app.command("import", cls=Commande, rich_help_panel=PANNEAU, options_metavar="[OPTIONS]")
def rentrer(
    fichier: Annotated[Path, typer.Argument(metavar="FICHIER", show_default=False, help="Le classeur rempli (.xlsx).")],
    oui: Annotated[bool, typer.Option("--yes", metavar="", help="Écrit sans demander confirmation.")] = False,
    data: OptionDonnees = None,
) -> None:
    """Vérifie un classeur, montre ce qu’il change, puis l’écrit dans les données : tout, ou rien."""
    from rapport.build.plan import find_project
    from rapport.controle.erreurs import Refus
    from rapport.saisie.excel import retour

    donnees = ouvrir(find_project(data).data)
    if not fichier.is_file():
        raise ErreurUsage(f"Le fichier « {fichier} » n’existe pas.")
    importe = retour.preparer(donnees, fichier)
    if not importe.fichiers:
        CONSOLE.print(f"Le classeur dit la même chose que les données de {importe.annee} : rien à écrire.")
        return
    _montrer(importe)
    if not oui and not _confirmer():
        raise Refus("Rien n’est écrit.")
    retour.ecrire(importe)
    noms = ", ".join(chemin.name for chemin in importe.fichiers)
    CONSOLE.print(f"Écrit dans {donnees.dossier.name}/{importe.annee} : {noms}", markup=False)
    CONSOLE.print(f"Pour voir ce qui manque encore : rapport check {importe.annee} --draft", markup=False)


def _montrer(importe) -> None:
    """A table a sheet: cell, row, column, before → after."""
    nombre = len(importe.changements)
    pluriel = "s" if nombre > 1 else ""
    CONSOLE.print(f"[bold]Données de {importe.annee}[/] : {nombre} changement{pluriel}")
    for feuille, changements in groupby(importe.changements, key=lambda c: c.feuille):
        colonnes = ("Cellule", "Ligne", "Colonne", "Avant", "Après")
        tableau = Table(*colonnes, title=Text(feuille), title_justify="left", box=SIMPLE_HEAD)
        for c in changements:
            tableau.add_row(*map(Text, (c.cellule, c.ligne, c.colonne, c.avant or "—", c.apres or "—")))
        CONSOLE.print(tableau, soft_wrap=False)
    perdues = sum(not c.apres for c in importe.changements)
    if perdues:  # a colleague may have filled them since this workbook was exported
        quoi = f"{perdues} valeurs seront effacées" if perdues > 1 else "une valeur sera effacée"
        CONSOLE.print(f"Attention : {quoi}, que les données ont et que le classeur n’a pas.", style="bold yellow")


def _confirmer() -> bool:
    try:
        reponse = CONSOLE.input("Écrire ces changements ? (oui/non) ", markup=False)
    except EOFError:
        CONSOLE.print()
        CONSOLE.print("Personne ne répond : ajoutez --yes pour écrire sans confirmation.")
        return False
    return reponse.strip().lower() in ("o", "oui")
