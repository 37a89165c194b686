"""The command ``rapport``: reads what is asked, calls the steps of `construction.book`, says in French what happened.

Exit codes: 0 the work is whole · 1 invalid data, a failed chapter or a defect of the book · 2 the command is not
understood · 130 interrupted.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rapport.affichage import Affichage

CONSOLE = Console(highlight=False, soft_wrap=True)
ERREURS = Console(highlight=False, soft_wrap=True, stderr=True)


INTERROMPU = 130


class ErreurUsage(Exception):
    """What was asked does not exist; the message is French."""


class _Francais:
    """Typer's own English words, in French: the help option, « Usage » and the types of arguments."""

    def get_help_option(self, ctx):
        option = super().get_help_option(ctx)
        option.help, option.metavar = "Affiche cette aide.", ""
        return option

    def get_params(self, ctx):
        parametres = super().get_params(ctx)
        for parametre in parametres:
            if parametre.param_type_name == "argument":
                parametre.display_type_rich = lambda ctx: None  # otherwise « <list[str]> »
        return parametres

    def format_usage(self, ctx, formatter):
        morceaux = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, morceaux, prefix="Utilisation : ")


class Commande(_Francais, typer.core.TyperCommand):
    pass


class Groupe(_Francais, typer.core.TyperGroup):
    def resolve_command(self, ctx, args):
        if not args[0].startswith("-") and args[0] not in self.commands:
            raise ErreurUsage(_inconnu("La commande", args[0], "Commandes", self.commands))
        return super().resolve_command(ctx, args)


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

Donnees = Annotated[
    Path | None,
    typer.Option("--data", metavar="DOSSIER", show_default=False, help="Le dossier des données (par défaut : data)."),
]


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
    data: Donnees = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DOSSIER",
            show_default=False,
            help="Le dossier de ce qui est construit (par défaut : _build).",
        ),
    ] = None,
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

    Rien n’est publié si quelque chose échoue : le dernier bon livre reste en place.
    """
    from rapport.construction import book

    projet = book.find_project(data, output)
    taches = _jobs(jobs)
    editions = _donnees(projet.donnees).editions
    if toutes and annees:
        raise ErreurUsage("Donnez des années ou l’option --all, pas les deux.")
    demandees = editions if toutes else _annees(annees, editions, "L’édition", "Éditions") or editions[-1:]
    if not demandees:
        raise ErreurUsage(f"Aucune édition dans {projet.donnees} (un dossier ANNÉE avec un fichier edition.yaml).")
    if chapitres:
        connus = [chapitre.nom for chapitre in book.chapters.list_chapters(projet.racine)]
        for nom in chapitres:
            if nom not in connus:
                raise ErreurUsage(_inconnu("Le chapitre", nom, "Chapitres", connus))
    with Affichage(CONSOLE) as affichage:
        livres = book.build(projet, demandees, chapitres or None, jobs=taches, suivi=affichage)
    for livre in livres:
        if chapitres:
            for ligne in livre.avertissements:
                ERREURS.print(ligne, markup=False, style="yellow")
            page = livre.html / ("index.html" if len(chapitres) > 1 else f"{chapitres[0]}.html")
            CONSOLE.print(f"Aperçu {livre.annee}, non publié : {page}", markup=False)
        else:
            page = projet.sortie / "site" / str(livre.annee) / "index.html"
            CONSOLE.print(f"L’édition {livre.annee} est prête : {page}", markup=False)
    if not chapitres:
        CONSOLE.print(f"Le livre : {projet.sortie / 'site' / 'index.html'}", markup=False)


@app.command(cls=Commande, rich_help_panel="Commandes", options_metavar="[OPTIONS]")
def check(
    annees: Annotated[
        list[str] | None,
        typer.Argument(metavar="ANNÉE", show_default=False, help="Les années à vérifier (par défaut : toutes)."),
    ] = None,
    data: Donnees = None,
) -> None:
    """Vérifie les données et montre toutes les erreurs, avec le fichier, la ligne et la colonne."""
    from rapport.construction import book

    projet = book.find_project(data)
    connues = _donnees(projet.donnees).annees
    demandees = _annees(annees, connues, "L’année", "Années") or connues
    book.check(projet, demandees)
    liste = ", ".join(map(str, demandees))
    CONSOLE.print(f"Les données sont valides ({liste}).", markup=False)


@app.command("list", cls=Commande, rich_help_panel="Commandes", options_metavar="[OPTIONS]")
def lister(data: Donnees = None) -> None:
    """Montre les éditions et les chapitres."""
    from rapport.construction import book

    projet = book.find_project(data)
    donnees = _donnees(projet.donnees)
    CONSOLE.print("[bold]Éditions[/]")
    for annee in reversed(donnees.editions):
        CONSOLE.print(f"  {annee}  {donnees.edition(annee).get('statut', '')}", markup=False)
    CONSOLE.print("[bold]Chapitres[/]")
    partie = None
    for chapitre in book.chapters.list_chapters(projet.racine):
        if chapitre.partie != partie:
            partie = chapitre.partie
            CONSOLE.print(f"  {partie}", markup=False, style="dim")
        CONSOLE.print(f"  {'  ' if partie else ''}{chapitre.nom}", markup=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    from rapport.construction import book

    try:
        code = app(args=argv, prog_name="rapport", standalone_mode=False) or 0
    except ErreurUsage as erreur:
        return _usage(str(erreur))
    except (book.ConstructionImpossible, book.ErreurChapitre) as erreur:
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
        case "NoArgsIsHelpError":
            return ""
    return "Cette commande ne prend pas ces arguments."


def _donnees(dossier: Path):
    from rapport.data import Donnees, DonneesAbsentes

    try:
        return Donnees(dossier)
    except DonneesAbsentes as erreur:
        raise ErreurUsage(str(erreur)) from erreur


def _annees(demandees: Sequence[str] | None, connues: Sequence[int], quoi: str, liste: str) -> list[int]:
    """The years asked, each once, in order; raises ErreurUsage for one that is not known."""
    annees = []
    for texte in demandees or ():
        if not texte.isdecimal() or int(texte) not in connues:
            proches = sorted(connues, key=lambda a: abs(a - int(texte))) if texte.isdecimal() else connues[::-1]
            noms = ", ".join(map(str, proches)) or "aucune"
            raise ErreurUsage(f"{quoi} « {texte} » n’existe pas. {liste} : {noms}.")
        if int(texte) not in annees:
            annees.append(int(texte))
    return annees


def _inconnu(quoi: str, nom: str, liste: str, connus: Sequence[str]) -> str:
    """« Le chapitre « x » n’existe pas. Chapitres : … », the nearest names first."""
    proches = sorted(connus, key=lambda c: -difflib.SequenceMatcher(None, nom, c).ratio())
    return f"{quoi} « {nom} » n’existe pas. {liste} : {', '.join(proches)}."


def _jobs(texte: str | None) -> int:
    if texte is None:
        return os.cpu_count() or 1
    if not texte.isdecimal() or int(texte) < 1:
        raise ErreurUsage(f"--jobs attend un nombre entier à partir de 1, pas « {texte} ».")
    return int(texte)
