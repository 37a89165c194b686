"""What every command of ``rapport`` is made of: Typer with French help and French errors, shared options, answers to
what does not exist."""

import difflib
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from rapport.cli.display import OUTPUT
from rapport.donnees.refus import Refus

DataOption = Annotated[Path | None, typer.Option("--data", metavar="DOSSIER")]
OutputOption = Annotated[Path | None, typer.Option("--output", metavar="DOSSIER")]
YesOption = Annotated[bool, typer.Option("--yes")]

_ERRORS = {
    r"No such option: (\S+) \(Possible options: (.+)\)": "L’option {} n’existe pas. Proches : {}.",
    r"No such option: (\S+)": "L’option {} n’existe pas.",
    r"Option '(.+)' requires an argument\.": "L’option {} attend une valeur.",
    r"Option '(.+)' does not take a value\.": "L’option {} ne prend pas de valeur.",
    r"Missing argument '(.+)'\.": "Il manque {} : {command} --help.",
}
"""What Typer says of arguments that it does not understand, in French: it has no translations of its own."""


class UsageError(Refus):
    """The command is not understood, or what it names does not exist; `message` is French."""

    def __init__(self, message: str):
        super().__init__(message, ["Pour voir ce qui existe : rapport --help, rapport list."])


class _French:
    """A command of Typer whose help and errors are French: what its parameters are is said in ``aide.yaml``."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:
        if not args and isinstance(self, TyperGroup):
            self.format_help(ctx, None)
            ctx.exit(2)
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            raise UsageError(_in_french(error.format_message(), ctx.command_path)) from error

    def format_help(self, ctx, formatter) -> None:
        """Print the help; `formatter`, which would be written to, is left empty."""
        said = yaml.safe_load(Path(__file__).with_name("aide.yaml").read_text(encoding="utf-8"))
        said = said["partout"] | said.get(self.name, {})
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        options = [(", ".join(p.opts), p.metavar or "", said[p.name]) for p in self.params if p not in arguments]
        usage = [ctx.command_path, "[OPTIONS]", *map(_usage, arguments)]
        commands = getattr(self, "commands", {})
        if commands:
            usage.append("COMMANDE [ARGUMENTS]…")
        OUTPUT.print(Padding(Text(f"Utilisation : {' '.join(usage)}", "bold"), 1), soft_wrap=False)
        first, *others = (part.replace("\n", " ") for part in self.help.split("\n\n"))
        for text, style in [(first, ""), *((text, "dim") for text in others)]:
            OUTPUT.print(Padding(Text(text, style), (0, 1, 1, 1)), soft_wrap=False)
        required = {p.name: " (obligatoire)" if p.required else "" for p in arguments}
        _panel("Arguments", [(p.metavar, said[p.name] + required[p.name]) for p in arguments])
        _panel("Options", [*options, ("--help", "", "Affiche cette aide.")])
        for panel in dict.fromkeys(command.rich_help_panel for command in commands.values()):
            inside = {name: command.help for name, command in commands.items() if command.rich_help_panel == panel}
            _panel(panel or "Commandes", [(name, text.partition("\n\n")[0]) for name, text in inside.items()])


class _Command(_French, TyperCommand):
    pass


class _Group(_French, TyperGroup):
    def resolve_command(self, ctx, args):
        if not args[0].startswith("-") and args[0] not in self.commands:
            raise UsageError(unknown("La commande", args[0], "Commandes", self.commands))
        return super().resolve_command(ctx, args)


class Commands(typer.Typer):
    """Commands whose help and errors are French; `description` is the help of a group."""

    def __init__(self, description: str = ""):
        super().__init__(cls=_Group, help=description, add_completion=False, pretty_exceptions_enable=False)

    def command(self, name: str | None = None, **options):
        return super().command(name, cls=_Command, **options)


def unknown(what: str, name: str, title: str, known: Collection[str]) -> str:
    """« Le chapitre « x » n’existe pas. Chapitres : … », the nearest names first."""
    near = sorted(known, key=lambda k: -difflib.SequenceMatcher(None, name, k).ratio())
    return f"{what} « {name} » n’existe pas. {title} : {', '.join(near)}."


def choose_years(asked: Sequence[str], known: Sequence[int], what: str, title: str) -> list[int]:
    """The years asked, each once, in order; raises UsageError for one that is not known."""
    for text in asked:
        if not text.isdecimal() or int(text) not in known:
            near = sorted(known, key=lambda year: abs(year - int(text))) if text.isdecimal() else known[::-1]
            raise UsageError(f"{what} « {text} » n’existe pas. {title} : {', '.join(map(str, near)) or 'aucune'}.")
    return list(dict.fromkeys(map(int, asked)))


def choose_editions(asked: Sequence[str], folder: Path, every: bool = False) -> list[int]:
    """The editions asked (`every`: all of them; none: the newest) among those of a folder of data.

    Raises UsageError for one that does not exist, or if there is none."""
    editions = open_data(folder).editions
    if not editions:
        raise UsageError(f"Aucune édition dans {folder} (un dossier ANNÉE avec un fichier edition.yaml).")
    return editions if every else choose_years(asked, editions, "L’édition", "Éditions") or editions[-1:]


def whole_number(option: str, text: str, least: int, most: int | None = None) -> int:
    """The number that an option was given; raises UsageError if it is none from `least` to `most` (None: no limit)."""
    if text.isdecimal() and least <= int(text) and (most is None or int(text) <= most):
        return int(text)
    bounds = f"à partir de {least}" if most is None else f"de {least} à {most}"
    kind = "nombre entier" if most is None else "nombre"
    raise UsageError(f"{option} attend un {kind} {bounds}, pas « {text} ».")


def open_data(folder: Path):
    """The :class:`Donnees` of a folder; raises UsageError if there is no such folder."""
    from rapport.donnees.dossier import Donnees, DonneesAbsentes

    try:
        return Donnees(folder)
    except DonneesAbsentes as error:
        raise UsageError(str(error)) from error


def open_project(data: Path | None):
    """The :class:`Project` around, and the :class:`Donnees` of its data folder, or of `data`; raises UsageError."""
    from rapport.build.project import find_project

    project = find_project(data)
    return project, open_data(project.data)


def _in_french(message: str, command: str) -> str:
    for pattern, french in _ERRORS.items():
        if found := re.fullmatch(pattern, message):
            return french.format(*found.groups(), command=command)
    return "Cette commande ne prend pas ces arguments."


def _usage(argument) -> str:
    name = argument.metavar if argument.required else f"[{argument.metavar}]"
    return name if argument.nargs == 1 else f"{name}..."


def _panel(title: str, rows: Sequence[Sequence[str]]) -> None:
    if rows:
        table = Table.grid(padding=(0, 2))
        for *names, text in rows:
            table.add_row(*(Text(name, "bold cyan") for name in names), Text(text.replace("\n", " ")))
        OUTPUT.print(Panel(table, title=title, title_align="left", border_style="dim"), soft_wrap=False)
