"""The terminal: what is said of a build while it runs, tables, refusals. No other room prints."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from rapport.build.events import Event
from rapport.donnees.refus import Refus

OUTPUT = Console(emoji=False, highlight=False, soft_wrap=True)
ERRORS = Console(emoji=False, highlight=False, soft_wrap=True, stderr=True)

IN_ASCII = {"’": "'", "‘": "'", "«": '"', "»": '"', "−": "-", "–": "-", "—": "-", "→": "->", "œ": "oe", "€": "EUR"}
"""What is written of characters that the encoding of the output lacks and Unicode does not decompose."""
STEPS = {
    "check": "Vérification des données",
    "compose": "Composition du livre",
    "pdf": "PDF du livre",
    "publish": "Publication",
    "edition": "Édition",
}
DURATIONS = {
    "check": "vérification",
    "run": "exécution",
    "compose": "composition",
    "publish": "publication",
    "edition": "éditions",
    "total": "en tout",
}


def use_any_encoding() -> None:
    """Make stdout and stderr write what their encoding lacks (cp1252, ASCII) as what is nearest to it: U+202F is a
    plain space, « é » is « e » in ASCII. Nothing is ever refused for its characters."""
    codecs.register_error("nearest", _nearest)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="nearest")


def _nearest(error: UnicodeEncodeError) -> tuple[str, int]:
    plain = (unicodedata.normalize("NFKD", IN_ASCII.get(c, c)) for c in error.object[error.start : error.end])
    return "".join(text.encode("ascii", "ignore").decode() or "?" for text in plain), error.end


def say(text: object, style: str = "") -> None:
    """Print a text as it is."""
    OUTPUT.print(str(text), markup=False, style=style)


def show_refusal(refusal: Refus) -> None:
    """Print on stderr why something cannot be done."""
    ERRORS.print(refusal.titre, style="bold red", markup=False)
    for line in refusal.lignes:
        ERRORS.print(line, markup=False)


def show_warnings(warnings: Iterable[object]) -> None:
    """Print on stderr what is to be mended, but stops nothing."""
    for warning in warnings:
        ERRORS.print(str(warning), markup=False, style="yellow")


def show_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0, total: Sequence[str] = ()
) -> None:
    """Print a table, a row of totals at its foot; its last `right` columns are aligned on the right."""
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD, show_footer=bool(total))
    for place, column in enumerate(columns):
        justify = "right" if place >= len(columns) - right else "left"
        table.add_column(column, total[place] if total else "", justify=justify)
    for row in rows:
        table.add_row(*map(Text, row))
    OUTPUT.print(table, soft_wrap=False)


class BuildDisplay:
    """A follower of builds, to be used as a context manager: what runs moves at the bottom of a terminal, what is done
    stays above; elsewhere (CI), plain lines. `brief`: nothing of what has not changed."""

    say, refuse, warn = staticmethod(say), staticmethod(show_refusal), staticmethod(show_warnings)

    def __init__(self, brief: bool = False):
        self.brief = brief
        self.progress = None
        if OUTPUT.is_terminal and not os.environ.get("CI"):
            columns = TextColumn("[cyan]▸[/] {task.description}{task.fields[place]}"), TimeElapsedColumn()
            self.progress = Progress(*columns, console=OUTPUT, transient=True)
        self.lines: dict[str, int] = {}  # what runs → its line at the bottom
        self.chapters = self.done = 0
        self.durations: list[str] = []

    def __enter__(self) -> BuildDisplay:
        if self.progress:
            self.progress.start()
        return self

    def __exit__(self, *_) -> None:
        if self.progress:
            for line in self.lines.values():
                self.progress.remove_task(line)
            self.lines.clear()
            self.progress.stop()

    def __call__(self, event: Event) -> None:
        name = _name(event)
        if event.step == "lock":
            say(f"Une autre construction est en cours dans {event.message} ; attente…")
        elif event.state == "waiting":
            self.chapters += not self.brief
        elif event.state == "timed":
            self.durations.append(f"{DURATIONS[event.step]} {seconds(event.seconds)}")
            if event.step == "total":
                say(f"Temps : {', '.join(self.durations)}.")
        elif event.state == "unchanged":
            if not self.brief:
                self._finish(name, event)
        elif event.state == "started":
            if self.progress:
                self.lines[name] = self.progress.add_task(name, total=None, place="")
            else:
                say(f"{name}…")
        elif event.state == "running":
            if self.progress:
                self.progress.update(self.lines[name], place=f", cellule {event.cell} sur {event.cells}")
        else:
            if self.progress:
                self.progress.remove_task(self.lines.pop(name))
            self._finish(name, event)

    def _finish(self, name: str, event: Event) -> None:
        failed = event.state == "failed"
        end = {"failed": "échec", "unchanged": "rien n’a changé", "absent": "pas fait"}.get(event.state, "terminé")
        if event.seconds:
            end += f" ({seconds(event.seconds)})"
        if event.message and not failed:
            end += f", {event.message}"
        if event.chapter and not self.brief:
            self.done += 1
            end += f", {self.done} sur {self.chapters}"
        sign = ("[bold red]✗[/] " if failed else "[green]✓[/] ") if self.progress else ""
        OUTPUT.print(Text.from_markup(sign).append(f"{name} : {end}"))


def seconds(duration: float) -> str:
    """« 2,3 s », with the no-break space of French units."""
    return f"{duration:.1f}".replace(".", ",") + "\N{NO-BREAK SPACE}s"


def _name(event: Event) -> str:
    parts = [STEPS.get(event.step), str(event.year or ""), event.chapter]
    return " ".join(part for part in parts if part)
