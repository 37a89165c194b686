"""What the terminal shows of a build: a line per chapter that moves; plain lines in CI or in a file."""

from __future__ import annotations

import os

from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task
from rich.text import Text

from rapport.execution import Evenement

ETAPES = {
    "verification": "Vérification des données",
    "pages": "Composition du livre",
    "publication": "Publication",
}
_SIGNES = {"attend": ("·", "dim"), "commence": ("▸", "cyan"), "termine": ("✓", "green"), "echoue": ("✗", "bold red")}


class Affichage:
    """A follower (`Suivi`) of a build, to be used as a context manager."""

    def __init__(self, console: Console):
        self.console = console
        self.progression = None
        if console.is_terminal and not os.environ.get("CI"):
            self.progression = Progress(_Signe(), _Nom(), _Avancement(), console=console)
        self.lignes: dict[tuple, int] = {}

    def __enter__(self) -> Affichage:
        if self.progression:
            self.progression.start()
        return self

    def __exit__(self, *_) -> None:
        if self.progression:
            self.progression.stop()

    def __call__(self, evenement: Evenement) -> None:
        if evenement.etape == "verrou":
            message = f"Une autre construction est en cours dans {evenement.message} ; attente…"
            self.console.print(message, markup=False)
        elif self.progression:
            self._bouger(evenement)
        elif evenement.etat in ("commence", "termine", "echoue"):
            self._ecrire(evenement)

    def _bouger(self, evenement: Evenement) -> None:
        cle = (evenement.etape, evenement.annee, evenement.chapitre)
        if cle not in self.lignes:
            self.lignes[cle] = self.progression.add_task(_nom(evenement), start=False, total=None, etat="attend")
        ligne = self.lignes[cle]
        if evenement.etat == "avance":
            self.progression.update(ligne, completed=evenement.cellule - 1, total=evenement.cellules)
            return
        self.progression.update(ligne, etat=evenement.etat)
        if evenement.etat == "commence":
            self.progression.start_task(ligne)
        elif evenement.etat in ("termine", "echoue"):
            self.progression.stop_task(ligne)

    def _ecrire(self, evenement: Evenement) -> None:
        suite = {"commence": "…", "termine": " : terminé", "echoue": " : échec"}[evenement.etat]
        if evenement.duree:
            suite += f" ({secondes(evenement.duree)})"
        self.console.print(f"{_nom(evenement)}{suite}", markup=False)


def secondes(duree: float) -> str:
    """« 2,3 s », with the no-break space of French units."""
    return f"{duree:.1f}".replace(".", ",") + "\N{NO-BREAK SPACE}s"


def _nom(evenement: Evenement) -> str:
    morceaux = [ETAPES.get(evenement.etape), str(evenement.annee or ""), evenement.chapitre]
    return " ".join(m for m in morceaux if m)


class _Signe(ProgressColumn):
    def render(self, task: Task) -> Text:
        signe, style = _SIGNES[task.fields["etat"]]
        return Text(signe, style=style)


class _Nom(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(task.description, style="dim" if task.fields["etat"] == "attend" else "")


class _Avancement(ProgressColumn):
    """Cells done while a chapter runs, then how long it took."""

    def render(self, task: Task) -> Text:
        etat = task.fields["etat"]
        if etat == "attend":
            return Text("")
        temps = secondes(task.elapsed or 0)
        if etat == "commence" and task.total:
            return Text(f"cellule {int(task.completed) + 1} sur {int(task.total)}, {temps}", style="cyan")
        return Text(f"échec après {temps}" if etat == "echoue" else temps)
