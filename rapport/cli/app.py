"""The command ``rapport``: reads what is asked, calls the steps of `build.steps`, says in French what happened.

Exit codes: 0 the work is whole · 1 invalid data, a failed chapter or a defect of the book · 2 the command is not
understood · 130 interrupted.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from rapport.cli import data_commands
from rapport.cli import serve_command as service
from rapport.cli.display import Affichage
from rapport.cli.french import (
    CONSOLE,
    ERREURS,
    Commande,
    ErreurUsage,
    Groupe,
    OptionDonnees,
    OptionSortie,
    choisir_annees,
    inconnu,
    ouvrir,
)

INTERROMPU = 130

app = typer.Typer(
    cls=Groupe,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    options_metavar="[OPTIONS]",
    rich_markup_mode="rich",
    help="Le rapport d’activité de la Caf de l’Ariège : des données au livre.",
)


@app.command(cls=Commande, rich_help_panel="Commandes", options_metavar="[OPTIONS]")
def build(
    annees: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ANNÉE", show_default=False, help="Les éditions à construire (par défaut : la plus récente)."
        ),
    ] = None,
    toutes: Annotated[bool, typer.Option("--all", metavar="", help="Construit toutes les éditions.")] = False,
    chapitres: Annotated[
        list[str] | None,
        typer.Option(
            "--chapter",
            metavar="NOM",
            show_default=False,
            help="Ne construit que ce chapitre, pour un aperçu qui n’est pas publié (option répétable).",
        ),
    ] = None,
    brouillon: Annotated[
        bool,
        typer.Option(
            "--draft",
            metavar="",
            help="Pour une année en cours de saisie : ce qui est à remplir est signalé dans les pages, non publiées.",
        ),
    ] = False,
    tout: Annotated[
        bool, typer.Option("--force", metavar="", help="Refait tout, même ce dont rien n’a changé.")
    ] = False,
    data: OptionDonnees = None,
    output: OptionSortie = None,
    jobs: Annotated[
        str | None,
        typer.Option(
            "--jobs",
            metavar="N",
            show_default=False,
            help="Le nombre de chapitres exécutés en même temps (par défaut : le nombre de processeurs).",
        ),
    ] = None,
) -> None:
    """Vérifie les données, exécute les chapitres, compose le livre et le publie.

    Seul ce qui a changé est refait. Rien n’est publié si quelque chose échoue : le dernier bon livre reste en place.
    """
    from rapport.build import steps
    from rapport.build.plan import DRAFT, PREVIEW, PUBLISH, find_project
    from rapport.livre.sommaire import lister_chapitres

    projet = find_project(data, output)
    taches = _jobs(jobs)
    editions = ouvrir(projet.data).editions
    if toutes and annees:
        raise ErreurUsage("Donnez des années ou l’option --all, pas les deux.")
    demandees = editions if toutes else choisir_annees(annees, editions, "L’édition", "Éditions") or editions[-1:]
    if not demandees:
        raise ErreurUsage(f"Aucune édition dans {projet.data} (un dossier ANNÉE avec un fichier edition.yaml).")
    if chapitres:
        connus = [chapitre.nom for chapitre in lister_chapitres(projet.root)]
        for nom in chapitres:
            if nom not in connus:
                raise ErreurUsage(inconnu("Le chapitre", nom, "Chapitres", connus))
    with Affichage(CONSOLE) as affichage:
        mode = DRAFT if brouillon else PREVIEW if chapitres else PUBLISH
        livres = steps.build(
            projet, demandees, mode=mode, chapters=chapitres or None, jobs=taches, follow=affichage, force=tout
        )
    for livre in livres:
        plan = livre.plan
        if chapitres or brouillon:
            for avertissement in livre.warnings:
                ERREURS.print(str(avertissement), markup=False, style="yellow")
            page = plan.html / (f"{chapitres[0]}.html" if chapitres and len(chapitres) == 1 else "index.html")
            quoi = "Brouillon" if brouillon else "Aperçu"
            CONSOLE.print(f"{quoi} {plan.year}, non publié : {page}", markup=False)
        else:
            page = projet.output / "site" / str(plan.year) / "index.html"
            CONSOLE.print(f"L’édition {plan.year} est prête : {page}", markup=False)
    if not (chapitres or brouillon):
        CONSOLE.print(f"Le livre : {projet.output / 'site' / 'index.html'}", markup=False)


@app.command(cls=Commande, rich_help_panel="Commandes", options_metavar="[OPTIONS]")
def check(
    annees: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ANNÉE",
            show_default=False,
            help="Les années à vérifier (par défaut : toutes ; avec --draft, la dernière).",
        ),
    ] = None,
    brouillon: Annotated[
        bool,
        typer.Option(
            "--draft",
            metavar="",
            help="Pour une année en cours de saisie : montre ce qui est à remplir et ce qui étonne, sans s’y arrêter.",
        ),
    ] = False,
    data: OptionDonnees = None,
) -> None:
    """Vérifie les données et montre toutes les erreurs, avec le fichier, la ligne et la colonne."""
    from rapport.build import steps
    from rapport.build.plan import find_project

    projet = find_project(data)
    connues = ouvrir(projet.data).annees
    demandees = choisir_annees(annees, connues, "L’année", "Années") or connues
    if brouillon:
        data_commands.verifier_brouillon(projet, demandees if annees else connues[-1:])
        return
    steps.check(projet, demandees)
    liste = ", ".join(map(str, demandees))
    CONSOLE.print(f"Les données sont valides ({liste}).", markup=False)


@app.command("list", cls=Commande, rich_help_panel="Commandes", options_metavar="[OPTIONS]")
def lister(data: OptionDonnees = None) -> None:
    """Montre les éditions et les chapitres."""
    from rapport.build.plan import find_project
    from rapport.livre.sommaire import lister_chapitres

    projet = find_project(data)
    donnees = ouvrir(projet.data)
    CONSOLE.print("[bold]Éditions[/]")
    for annee in reversed(donnees.editions):
        CONSOLE.print(f"  {annee}  {donnees.edition(annee).get('statut', '')}", markup=False)
    CONSOLE.print("[bold]Chapitres[/]")
    partie = None
    for chapitre in lister_chapitres(projet.root):
        if chapitre.partie != partie:
            partie = chapitre.partie
            CONSOLE.print(f"  {partie}", markup=False, style="dim")
        CONSOLE.print(f"  {'  ' if partie else ''}{chapitre.nom}", markup=False)


app.add_typer(service.app)
app.add_typer(data_commands.app)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    from rapport.controle.erreurs import Refus
    from rapport.livre.sommaire import ErreurChapitre

    try:
        code = app(args=argv, prog_name="rapport", standalone_mode=False) or 0
    except ErreurUsage as erreur:
        return _usage(str(erreur))
    except (Refus, ErreurChapitre) as erreur:
        ERREURS.print(getattr(erreur, "titre", str(erreur)), style="bold red", markup=False)
        for ligne in getattr(erreur, "lignes", ()):
            ERREURS.print(ligne, markup=False)
        return 1
    except typer.TyperException as erreur:
        return _usage(_traduire(erreur))
    if code == INTERROMPU:  # what Typer makes of KeyboardInterrupt
        ERREURS.print("Interrompu : rien n’est publié.")
    return code


def _usage(message: str) -> int:
    if message:
        ERREURS.print(message, style="bold red", markup=False)
        ERREURS.print("Pour voir ce qui existe : rapport --help, rapport list.")
    return 2


def _traduire(erreur: typer.TyperException) -> str:
    """Typer's usage errors in French. It has no catalogue for them; their classes and attributes say what is wrong."""
    option = getattr(erreur, "option_name", None)
    match type(erreur).__name__:
        case "NoSuchOption":
            proches = getattr(erreur, "possibilities", None)
            return f"L’option {option} n’existe pas." + (f" Proches : {', '.join(proches)}." if proches else "")
        case "BadOptionUsage" if "not take" in erreur.message:
            return f"L’option {option} ne prend pas de valeur."
        case "BadOptionUsage":
            return f"L’option {option} attend une valeur."
        case "MissingParameter":
            return f"Il manque {erreur.param.metavar} : rapport {erreur.ctx.info_name} --help."
        case "NoArgsIsHelpError":
            return ""
    return "Cette commande ne prend pas ces arguments."


def _jobs(texte: str | None) -> int:
    if texte is None:
        return os.cpu_count() or 1
    if not texte.isdecimal() or int(texte) < 1:
        raise ErreurUsage(f"--jobs attend un nombre entier à partir de 1, pas « {texte} ».")
    return int(texte)
