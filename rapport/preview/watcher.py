"""``rapport serve``: makes a draft of one edition, shows it, and makes again what each change concerns.

The chapters that somebody looks at come first. A chapter that fails, or that reads invalid data, gives way to the error
on its page; the others go on. A change of the library restarts this process, which has it imported, once it can be
imported again.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from rapport.build import composing, steps
from rapport.build.events import Event, Follower
from rapport.build.plan import DRAFT_STATUS, LIVE, Plan, Project, make_plan
from rapport.build.recipes import PACKAGE
from rapport.build.steps import Book, RunResult
from rapport.cli.display import Affichage
from rapport.cli.french import CONSOLE, ERREURS
from rapport.controle.erreurs import Refus
from rapport.livre import sommaire
from rapport.preview.server import TOUTES, Serveur, lire

IMPORTS = "rapport.cli.app", "rapport.build.warmup", "rapport.pages.extension"
"""The modules whose import proves that the library can be used again."""


class Atelier:
    """One edition, made again and again; its pages go to `serveur`."""

    def __init__(self, projet: Project, annee: int, serveur: Serveur, jobs: int):
        self.projet, self.annee, self.serveur, self.jobs = projet, annee, serveur, jobs
        self.composeurs = composing.Composers(1)
        # The last pages that could be made, and what is to be said above some.
        self.fichiers = lire(projet.output / str(annee) / DRAFT_STATUS / "html")
        self.notes: dict[str, str] = {}
        self.rates: dict[str, str] = {}  # chapter → how it failed, the last time it did
        serveur.montrer(self.fichiers, {}, {})

    def construire(self) -> None:
        """Make what has changed, and show it; what fails is shown too."""
        try:
            with Affichage(CONSOLE, bref=True) as suivi, steps.lock(self.projet, suivi):
                self._construire(suivi)
        except Exception as erreur:  # whatever it is, the next change may mend it
            self.serveur.montrer(self.fichiers, {TOUTES: _dire(erreur)}, self.notes)

    def _construire(self, suivi: Follower) -> None:
        invalides = None
        try:
            steps.check_again(self.projet, [self.annee], LIVE, suivi)
        except Refus as erreur:
            suivi(Event("check", "failed"))
            invalides = erreur
        try:
            plan = make_plan(self.projet, self.annee, LIVE)
        except Exception:
            if invalides:
                raise invalides from None
            raise
        echecs = plan.failures
        if invalides:
            _dire(invalides)
            echecs = {nom: echec for nom, echec in echecs.items() if not plan.chapter(nom).invalid_data}
        for echec in echecs.values():
            ERREURS.print(echec, markup=False)
        if invalides:
            for nom, lignes in self._concernes(plan, invalides).items():
                echecs[nom] = "\n\n".join(filter(None, [echecs.get(nom), lignes]))
        possibles = plan.names - echecs.keys()
        regardes = possibles & self.serveur.regardees()
        if regardes and self.fichiers:
            fait = self._executer(plan, regardes, suivi)
            if fait.results:
                self._composer(fait, echecs, suivi)
        self._composer(self._executer(plan, possibles, suivi), echecs, suivi)

    def _executer(self, plan: Plan, noms: set[str], suivi: Follower) -> RunResult:
        (fait,) = steps.run([plan], self.composeurs, jobs=self.jobs, follow=suivi, only=noms, known_failures=self.rates)
        if refus := steps.failures([fait]):
            _dire(refus)
        self.rates |= {r.task.chapter: str(r.failure) for r in fait.results if r.failure}
        return fait

    def _composer(self, fait: RunResult, echecs: dict[str, str], suivi: Follower) -> None:
        """Make the pages that can be made, and show them."""
        for livre in steps.compose([fait], self.composeurs, follow=suivi):
            self._noter(livre)
        self.serveur.montrer(self.fichiers, dict(fait.failures) | echecs, self.notes)

    def _noter(self, livre: Book) -> None:
        if not livre.made:
            self.notes = {TOUTES: _dire(steps.defects([livre]))}
            return
        fichiers = lire(livre.plan.html)
        if fichiers == self.fichiers and TOUTES not in self.notes:
            return
        nouvelles: dict[str, list[str]] = {}
        for avertissement in livre.warnings:
            ERREURS.print(str(avertissement), markup=False, style="yellow")
            nouvelles.setdefault(avertissement.page or TOUTES, []).append(str(avertissement))
        # What is said of a page is said when it is made again, and holds as long as it is not.
        restent = {p: n for p, n in self.notes.items() if fichiers.get(f"{p}.html") == self.fichiers.get(f"{p}.html")}
        restent.pop(TOUTES, None)
        self.notes = restent | {page: "\n".join(lignes) for page, lignes in nouvelles.items()}
        self.fichiers = fichiers

    def _concernes(self, plan: Plan, invalides: Refus) -> dict[str, str]:
        """The chapters that read a file with errors → these; every chapter for a file that none is known to read."""
        concernes: dict[str, list[str]] = {}
        noms = plan.names
        lus = {nom: recette.files for nom in noms if (recette := plan.recipe(nom))}
        for erreur in invalides.causes:
            chemin = str(self.projet.data.parent / erreur.fichier)
            for nom in {nom for nom in lus if chemin in lus[nom]} | (noms - lus.keys()) or noms:
                concernes.setdefault(nom, [invalides.titre]).append(str(erreur))
        return {nom: "\n\n".join(lignes) for nom, lignes in concernes.items()}


def servir(projet: Project, annee: int, serveur: Serveur, jobs: int) -> None:
    """Make, show and make again until KeyboardInterrupt. Restarts the process when the library changes."""
    changements, arret = _veiller(projet)
    atelier = Atelier(projet, annee, serveur, jobs)
    threading.Thread(target=serveur.serve_forever, daemon=True).start()
    try:
        atelier.construire()
        CONSOLE.print(f"L’édition {annee} : {serveur.adresse} (Ctrl-C pour arrêter).", markup=False)
        while True:
            changes = _suivants(changements)
            if any(chemin.is_relative_to(PACKAGE) for chemin in changes):
                if panne := _panne_de_la_bibliotheque():
                    ERREURS.print(panne, markup=False)
                    serveur.montrer(atelier.fichiers, {TOUTES: panne}, {})
                    continue
                CONSOLE.print("La bibliothèque a changé : le serveur redémarre.")
                _redemarrer(serveur, atelier.composeurs.close)
            atelier.construire()
    finally:
        arret.set()
        serveur.shutdown()
        serveur.server_close()
        atelier.composeurs.close()


def _veiller(projet: Project) -> tuple[queue.Queue[set[Path]], threading.Event]:
    """What changes, as it changes, and how to stop watching. Editors replace files: their folders are watched."""
    import watchfiles

    changements, arret = queue.Queue(), threading.Event()
    base = watchfiles.DefaultFilter(ignore_dirs=[*watchfiles.DefaultFilter.ignore_dirs, ".ipynb_checkpoints"])

    def veiller(dossiers: list[Path], filtre, recursif: bool) -> None:
        options = {"recursive": recursif, "stop_event": arret, "raise_interrupt": False}
        for lot in watchfiles.watch(*dossiers, watch_filter=filtre, **options):
            changements.put({Path(chemin) for _, chemin in lot})

    def racine(changement, chemin: str) -> bool:
        return Path(chemin).name in (sommaire.SOMMAIRE, "_config.yml", "requirements.txt")

    chapitres = projet.root / "chapters"
    for arguments in (([projet.data, chapitres, PACKAGE], base, True), ([projet.root], racine, False)):
        threading.Thread(target=veiller, args=arguments, daemon=True).start()
    return changements, arret


def _suivants(changements: queue.Queue[set[Path]]) -> set[Path]:
    """All that has changed since, once something has."""
    changes = None
    while changes is None:
        try:
            changes = changements.get(timeout=0.5)  # Windows hears Ctrl-C only between two waits
        except queue.Empty:
            continue
    while not changements.empty():
        changes |= changements.get()
    return changes


def _panne_de_la_bibliotheque() -> str:
    """Why the library cannot be imported, in the words of Python; "" if it can be."""
    commande = [sys.executable, "-c", f"import {', '.join(IMPORTS)}"]
    fin = subprocess.run(commande, capture_output=True, encoding="utf-8", check=False)
    return f"La bibliothèque ne peut pas être importée.\n\n{fin.stderr}" if fin.returncode else ""


def _redemarrer(serveur: Serveur, fermer: Callable[[], None]) -> None:
    """This process again, from the start, on the same port. Pages are told by the new one."""
    fermer()
    serveur.shutdown()
    serveur.server_close()
    suite = [*sys.argv[1:], "--port", str(serveur.server_port), "--no-browser"]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "rapport", *suite])


def _dire(erreur: Exception) -> str:
    """Tell the terminal, and return what is to be shown."""
    lignes = [getattr(erreur, "titre", str(erreur)), *getattr(erreur, "lignes", ())]
    ERREURS.print(lignes[0], style="bold red", markup=False)
    for ligne in lignes[1:]:
        ERREURS.print(ligne, markup=False)
    return "\n\n".join(lignes)
