"""What the terminal shows of a build: what runs moves at the bottom, what is done stays above; plain lines in CI."""

from __future__ import annotations

import os

from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from rapport.build.execution import Evenement

ETAPES = {
    "verification": "Vérification des données",
    "pages": "Composition du livre",
    "publication": "Publication",
}


DUREES = {
    "verification": "vérification",
    "execution": "exécution",
    "pages": "composition",
    "publication": "publication",
    "total": "en tout",
}


class Affichage:
    """A follower (`Suivi`) of a build, to be used as a context manager. `bref`: what has not changed is not told."""

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

    def __call__(self, evenement: Evenement) -> None:
        nom = _nom(evenement)
        if evenement.etape == "verrou":
            message = f"Une autre construction est en cours dans {evenement.message} ; attente…"
            self.console.print(message, markup=False)
        elif evenement.etat == "attend":
            self.chapitres += not self.bref
        elif evenement.etat == "bilan":
            self.durees.append(f"{DUREES[evenement.etape]} {secondes(evenement.duree)}")
            if evenement.etape == "total":
                self.console.print(f"Temps : {', '.join(self.durees)}.", markup=False)
        elif evenement.etat == "reutilise":
            if not self.bref:
                self._finir(nom, evenement)
        elif evenement.etat == "commence":
            if self.progression:
                self.lignes[nom] = self.progression.add_task(nom, total=None)
            else:
                self.console.print(f"{nom}…", markup=False)
        elif evenement.etat == "avance":
            if self.progression:
                self.progression.update(self.lignes[nom], completed=evenement.cellule, total=evenement.cellules)
        else:
            if self.progression:
                self.progression.remove_task(self.lignes.pop(nom))
            self._finir(nom, evenement)

    def _finir(self, nom: str, evenement: Evenement) -> None:
        rate = evenement.etat == "echoue"
        suite = {"echoue": "échec", "reutilise": "rien n’a changé"}.get(evenement.etat, "terminé")
        if evenement.duree:
            suite += f" ({secondes(evenement.duree)})"
        if evenement.message and not rate:
            suite += f", {evenement.message}"
        if evenement.chapitre and not self.bref:
            self.finis += 1
            suite += f", {self.finis} sur {self.chapitres}"
        signe = ("[bold red]✗[/] " if rate else "[green]✓[/] ") if self.progression else ""
        self.console.print(Text.from_markup(signe).append(f"{nom} : {suite}"))


def secondes(duree: float) -> str:
    """« 2,3 s », with the no-break space of French units."""
    return f"{duree:.1f}".replace(".", ",") + "\N{NO-BREAK SPACE}s"


def _nom(evenement: Evenement) -> str:
    morceaux = [ETAPES.get(evenement.etape), str(evenement.annee or ""), evenement.chapitre]
    return " ".join(m for m in morceaux if m)


class _Avancement(ProgressColumn):
    """Where a chapter is, and since when it runs."""

    def render(self, task: Task) -> Text:
        temps = secondes(task.elapsed or 0)
        if task.total:
            temps = f"cellule {int(task.completed)} sur {int(task.total)}, {temps}"
        return Text(temps, style="cyan")
