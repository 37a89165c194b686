"""The command that shows an edition while it is being written, registered in :mod:`rapport.cli.app`."""

from __future__ import annotations

import os
import webbrowser
from typing import Annotated

import typer

from rapport.cli.french import CONSOLE, Commande, ErreurUsage, OptionDonnees, OptionSortie, choisir_annees, ouvrir

app = typer.Typer()


@app.command(cls=Commande, rich_help_panel="Commandes", options_metavar="[OPTIONS]")
def serve(
    annee: Annotated[
        str | None,
        typer.Argument(metavar="ANNÉE", show_default=False, help="L’édition à montrer (par défaut : la plus récente)."),
    ] = None,
    port: Annotated[
        str,
        typer.Option(
            "--port",
            metavar="N",
            show_default=False,
            help="Le port de la page, sur cet ordinateur seulement (par défaut : 8000).",
        ),
    ] = "8000",
    sans_navigateur: Annotated[
        bool, typer.Option("--no-browser", metavar="", help="N’ouvre pas la page dans le navigateur.")
    ] = False,
    data: OptionDonnees = None,
    output: OptionSortie = None,
) -> None:
    """Montre le livre pendant qu’on l’écrit : chaque fichier enregistré refait les pages concernées.

    Rien n’est publié. Ce qui est à remplir est signalé ; une erreur s’affiche à la place de la page, jusqu’à sa
    correction.
    """
    from rapport.build.plan import find_project
    from rapport.controle.erreurs import Refus
    from rapport.preview import watcher
    from rapport.preview.server import Serveur

    if not port.isdecimal() or int(port) > 65535:
        raise ErreurUsage(f"--port attend un nombre de 0 à 65535, pas « {port} ».")
    projet = find_project(data, output)
    editions = ouvrir(projet.data).editions
    choisies = choisir_annees([annee] if annee else None, editions, "L’édition", "Éditions") or editions[-1:]
    if not choisies:
        raise ErreurUsage(f"Aucune édition dans {projet.data} (un dossier ANNÉE avec un fichier edition.yaml).")
    try:
        serveur = Serveur(choisies[0], int(port))
    except OSError as erreur:
        message = (
            f"Le port {port} est déjà pris par un autre programme. Choisissez-en un autre : rapport serve --port N."
        )
        raise Refus(message) from erreur
    if CONSOLE.is_terminal and not sans_navigateur:
        webbrowser.open(serveur.adresse)
    try:
        watcher.servir(projet, choisies[0], serveur, os.cpu_count() or 1)
    except KeyboardInterrupt:
        CONSOLE.print("Arrêté.")
