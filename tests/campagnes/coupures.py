"""Kills: signals at random moments, to any process of any command that writes.

Each time, with a good site published and a change pending: the site is whole and of one state, nothing is left of the
command, and the next build makes by itself what a build from nothing makes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from outils import attendre, contenu

from campagnes import LIMITE, Atelier, Commande, Essai

TITRE = "Coupures : SIGKILL, SIGTERM, SIGINT à un instant quelconque"
COURT, LONG = 2, 150

SIGNAUX = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
COMMANDES = {  # command → which of its processes are struck
    ("build", "2023"): ("commande", "serveur de fourches", "noyau", "fabrique de pages"),
    ("build", "--all"): ("commande", "serveur de fourches", "noyau", "fabrique de pages"),
    ("serve", "--port", "0"): ("commande", "serveur de fourches", "noyau", "fabrique de pages"),
    ("excel", "import", "../rempli.xlsx", "--yes"): ("commande",),
    ("new-year", "2024"): ("commande",),
}
VALEURS = "code,valeur,source,note\nvisiteurs,{},r,\nrares,1,r,\n"
DUREE = {"build": 6.0, "serve": 8.0, "excel": 3.0, "new-year": 3.0}  # seconds, more or less


class Coupures(Atelier):
    """The states: 12 visitors is published, 13 is the change pending, 14 is in the workbook."""

    def preparer(self) -> None:
        self.sites: dict[int, dict[str, bytes]] = {}
        self.tables = {valeur: VALEURS.format(valeur).encode() for valeur in (12, 13, 14)}
        self.table = self.projet.donnee(2023, "indicateurs.csv", VALEURS.format(14))
        assert self.rapport("excel", "export", "2023", "--output", "../rempli.xlsx").code == 0
        assert self.rapport("new-year", "2024").code == 0
        annee = self.projet.racine / "data" / "2024"
        self.annee = contenu(annee)
        shutil.rmtree(annee)
        self.table.write_bytes(self.tables[12])
        assert self.rapport("build", "--all").code == 0
        self.sites[12] = contenu(self.projet.site)  # from nothing
        self.table.write_bytes(self.tables[13])
        self.garder()

    def site(self, valeur: int) -> dict[str, bytes]:
        """What a build from nothing publishes with a value."""
        if valeur not in self.sites:
            avant, ailleurs = self.table.read_bytes(), self.dossier / "n"
            self.table.write_bytes(self.tables[valeur])
            neuve = self.rapport("build", "2022", "2023", "--output", str(ailleurs))
            assert neuve.code == 0, neuve.texte
            self.sites[valeur] = contenu(ailleurs / "site")
            shutil.rmtree(ailleurs)
            self.table.write_bytes(avant)
        return self.sites[valeur]

    def couper(self, hasard: Random, arguments: tuple[str, ...], victime: str, envoi: signal.Signals) -> list[str]:
        """One kill; what it did wrong."""
        self.retablir()
        commande = self.lancer(*arguments)
        duree = DUREE[arguments[0]]
        pid = commande.processus.pid
        if victime == "commande":
            time.sleep(hasard.uniform(0, duree))
        else:
            pid = self.guetter(commande, victime)
            time.sleep(hasard.expovariate(4))
        ouverts = semaphores(commande)
        with contextlib.suppress(ProcessLookupError):  # it had ended
            os.kill(pid, envoi)
        if arguments[0] == "serve":
            self.arreter(commande, victime)
        commande.finir()
        defauts = [*commande.defauts(), *self.restes(), *self.etat()]
        try:
            attendre(lambda: not any(semaphore.exists() for semaphore in ouverts), 5)
        except AssertionError:
            defauts.append("des sémaphores restent")
        return [*defauts, *self.suite()]

    def guetter(self, commande: Commande, victime: str) -> int:
        """The number of a process of the kind that is struck, or of the command if none comes."""
        fin = time.monotonic() + LIMITE
        while commande.code is None and time.monotonic() < fin:
            for pid, ligne in commande.vivants().items():
                if "forkserver" in ligne and nature(pid, commande.processus.pid) == victime:
                    return pid
            if "Ctrl-C" in commande.texte:
                break
            time.sleep(0.01)
        return commande.processus.pid

    def arreter(self, commande: Commande, victime: str) -> None:
        """`serve` goes on when another of its processes is struck, and stops when asked."""
        if victime != "commande":
            time.sleep(1)
        for _ in range(2):
            if commande.code is None:
                commande.processus.send_signal(signal.SIGINT)
                try:
                    commande.processus.wait(20)
                except subprocess.TimeoutExpired:
                    continue

    def restes(self) -> Iterator[str]:
        """What the command left outside the project."""
        try:
            attendre(lambda: not os.listdir(self.tmp), 5)
        except AssertionError:
            yield f"restes temporaires : {sorted(os.listdir(self.tmp))}"

    def etat(self) -> Iterator[str]:
        """The site and the data are of one state."""
        if contenu(self.projet.site) not in (self.site(valeur) for valeur in self.tables):
            yield "le site n’est d’aucun état"
        if self.table.read_bytes() not in self.tables.values():
            yield "la table n’est d’aucun état"
        annee = self.projet.racine / "data" / "2024"
        if annee.exists() and contenu(annee) != self.annee:
            yield "l’année nouvelle est à moitié écrite"
        ailleurs = {p.name for p in (self.projet.racine / "data").iterdir()}
        if etrangers := ailleurs - {"2022", "2023", "2024", "nomenclatures", "schemas", "correspondances"}:
            yield f"restes dans data/ : {sorted(etrangers)}"
        if autres := {p.name for p in (self.projet.racine / "data" / "2023").iterdir()} - {
            "indicateurs.csv",
            "edition.yaml",
        }:
            yield f"restes dans data/2023/ : {sorted(autres)}"

    def suite(self) -> Iterator[str]:
        """The next build makes by itself what a build from nothing makes."""
        valeur = next((v for v, octets in self.tables.items() if octets == self.table.read_bytes()), None)
        suite = self.rapport("build", "2022", "2023")
        if suite.code:
            yield f"la construction suivante échoue : {suite.texte[-300:]}"
            return
        yield from suite.defauts()
        if valeur and contenu(self.projet.site) != self.site(valeur):
            yield "la construction suivante n’est pas celle qui part de rien"
        noms = {p.name for p in self.sortie.iterdir()}
        if restes := [n for n in noms if n.startswith(".site.")] + [*self.sortie.glob(".versions/*.partiel")]:
            yield f"restes dans _build : {restes}"


def nature(pid: int, commande: int) -> str:
    """What a process of the fork server is."""
    try:
        champs = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    parent, session = int(champs[1]), int(champs[3])
    if parent == commande:
        return "serveur de fourches"
    return "noyau" if session == pid else "fabrique de pages"


def semaphores(commande: Commande) -> set[Path]:
    """Those that the processes of a command have open."""
    trouves = set()
    for pid in commande.vivants():
        with contextlib.suppress(OSError):
            trouves |= set(re.findall(r"/dev/shm/sem\.\S+", Path(f"/proc/{pid}/maps").read_text(errors="replace")))
    return set(map(Path, trouves))


def essais(hasard: Random, nombre: int, dossier: Path) -> Iterator[Essai]:
    atelier = Coupures(dossier)
    atelier.preparer()
    cas = [(c, v, s) for c, victimes in COMMANDES.items() for v in victimes for s in SIGNAUX]
    hasard.shuffle(cas)
    for numero in range(nombre):
        commande, victime, envoi = cas[numero % len(cas)]
        defauts = atelier.couper(hasard, commande, victime, envoi)
        yield Essai(f"{numero + 1} : {' '.join(commande)}, {victime}, {envoi.name}", tuple(defauts))
