"""What every command of ``rapport`` is made with: Typer in French, the terminal, usage errors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

CONSOLE = Console(highlight=False, soft_wrap=True)
ERREURS = Console(highlight=False, soft_wrap=True, stderr=True)


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
        morceaux = re.sub("[{}]", "", " ".join(self.collect_usage_pieces(ctx)))  # braces: « must be given »
        formatter.write_usage(ctx.command_path, morceaux, prefix="Utilisation : ")

    def format_help(self, ctx, formatter):
        from typer import rich_utils

        rich_utils.REQUIRED_LONG_STRING = "[obligatoire]"
        super().format_help(ctx, formatter)


class Commande(_Francais, typer.core.TyperCommand):
    pass


class Groupe(_Francais, typer.core.TyperGroup):
    def resolve_command(self, ctx, args):
        if not args[0].startswith("-") and args[0] not in self.commands:
            raise ErreurUsage(inconnu("La commande", args[0], "Commandes", self.commands))
        return super().resolve_command(ctx, args)


OptionDonnees = Annotated[
    Path | None,
    typer.Option("--data", metavar="DOSSIER", show_default=False, help="Le dossier des données (par défaut : data)."),
]
OptionSortie = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="DOSSIER",
        show_default=False,
        help="Le dossier de ce qui est construit (par défaut : _build).",
    ),
]


def ouvrir(dossier: Path):
    """The data of a folder; raises ErreurUsage if there is no such folder."""
    from rapport.donnees.dossier import Donnees, DonneesAbsentes

    try:
        return Donnees(dossier)
    except DonneesAbsentes as erreur:
        raise ErreurUsage(str(erreur)) from erreur


def choisir_annees(demandees: Sequence[str] | None, connues: Sequence[int], quoi: str, liste: str) -> list[int]:
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


def inconnu(quoi: str, nom: str, liste: str, connus: Sequence[str]) -> str:
    """« Le chapitre « x » n’existe pas. Chapitres : … », the nearest names first."""
    proches = sorted(connus, key=lambda c: -difflib.SequenceMatcher(None, nom, c).ratio())
    return f"{quoi} « {nom} » n’existe pas. {liste} : {', '.join(proches)}."
