"""What the terminal shows of a build: what runs moves at the bottom, what is done stays above; plain lines in CI."""

from __future__ import annotations

import os

from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from rapport.build.events import Event

ETAPES = {
    "check": "Vérification des données",
    "compose": "Composition du livre",
    "publish": "Publication",
}


DUREES = {
    "check": "vérification",
    "run": "exécution",
    "compose": "composition",
    "publish": "publication",
    "total": "en tout",
}


class Affichage:
    """A follower (`Follower`) of a build, to be used as a context manager. `bref`: what has not changed is not told."""

    def __init__(self, console: Console, bref: bool = False):
        self.console = console
        self.bref = bref
        self.progression = None
        if console.is_terminal and not os.environ.get("CI"):
            colonnes = TextColumn("[cyan]▸[/] {task.description}"), _Avancement()
            self.progression = Progress(*colonnes, console=console, transient=True)
        self.lignes: dict[str, int] = {}  # what runs → its line at the bottom
        self.chapitres = self.finis = 0
        self.durees: list[str] = []

    def __enter__(self) -> Affichage:
        if self.progression:
            self.progression.start()
        return self

    def __exit__(self, *_) -> None:
        if self.progression:
            self.progression.stop()

    def __call__(self, evenement: Event) -> None:
        nom = _nom(evenement)
        if evenement.step == "lock":
            message = f"Une autre construction est en cours dans {evenement.message} ; attente…"
            self.console.print(message, markup=False)
        elif evenement.state == "waiting":
            self.chapitres += not self.bref
        elif evenement.state == "timed":
            self.durees.append(f"{DUREES[evenement.step]} {secondes(evenement.seconds)}")
            if evenement.step == "total":
                self.console.print(f"Temps : {', '.join(self.durees)}.", markup=False)
        elif evenement.state == "unchanged":
            if not self.bref:
                self._finir(nom, evenement)
        elif evenement.state == "started":
            if self.progression:
                self.lignes[nom] = self.progression.add_task(nom, total=None)
            else:
                self.console.print(f"{nom}…", markup=False)
        elif evenement.state == "running":
            if self.progression:
                self.progression.update(self.lignes[nom], completed=evenement.cell, total=evenement.cells)
        else:
            if self.progression:
                self.progression.remove_task(self.lignes.pop(nom))
            self._finir(nom, evenement)

    def _finir(self, nom: str, evenement: Event) -> None:
        rate = evenement.state == "failed"
        suite = {"failed": "échec", "unchanged": "rien n’a changé"}.get(evenement.state, "terminé")
        if evenement.seconds:
            suite += f" ({secondes(evenement.seconds)})"
        if evenement.message and not rate:
            suite += f", {evenement.message}"
        if evenement.chapter and not self.bref:
            self.finis += 1
            suite += f", {self.finis} sur {self.chapitres}"
        signe = ("[bold red]✗[/] " if rate else "[green]✓[/] ") if self.progression else ""
        self.console.print(Text.from_markup(signe).append(f"{nom} : {suite}"))


def secondes(duree: float) -> str:
    """« 2,3 s », with the no-break space of French units."""
    return f"{duree:.1f}".replace(".", ",") + "\N{NO-BREAK SPACE}s"


def _nom(evenement: Event) -> str:
    morceaux = [ETAPES.get(evenement.step), str(evenement.year or ""), evenement.chapter]
    return " ".join(m for m in morceaux if m)


class _Avancement(ProgressColumn):
    """Where a chapter is, and since when it runs."""

    def render(self, task: Task) -> Text:
        temps = secondes(task.elapsed or 0)
        if task.total:
            temps = f"cellule {int(task.completed)} sur {int(task.total)}, {temps}"
        return Text(temps, style="cyan")
