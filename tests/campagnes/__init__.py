"""Campaigns: many cases drawn at random from a seed, each held against a promise, with figures at the end.

A campaign is a module of this folder with `TITRE`, `COURT` and `LONG` (how many cases a short round and a long one
have) and ``essais(hasard, nombre, dossier)``, which yields an `Essai` a case. ``tests/test_campagnes.py`` runs the
short rounds, ``make campagne`` the long ones: the code is the same.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from random import Random

from outils import RACINE, PetitProjet

NOMS = ("coupures", "retouches", "entrees", "carnets", "portes", "machine", "charge")
SEULE = "charge"
"""The one that measures: after the others, which run as many at a time as there are processors."""
GRAINE = 2023
LIMITE = 120  # seconds that a command may take before it is said to hang


@dataclass(frozen=True)
class Essai:
    """A case that was tried, and what is wrong with what came of it: nothing, most of the time; `mesures`: what it
    took."""

    cas: str
    defauts: tuple[str, ...] = ()
    mesures: Mapping[str, float] = field(default_factory=dict)


def mener(nom: str, nombre: int, dossier: Path, graine: int = GRAINE, dire=lambda essai: None) -> dict:
    """Run `nombre` cases of a campaign in a folder; returns its figures, as JSON has them."""
    # A shell that starts it in the background has it ignore Ctrl-C, which its commands would ignore too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    campagne, debut = import_module(f"campagnes.{nom}"), time.monotonic()
    faits = []
    for essai in campagne.essais(Random(graine), nombre, dossier):
        faits.append(essai)
        dire(essai)
    return {
        "campagne": nom,
        "titre": campagne.TITRE,
        "graine": graine,
        "essais": len(faits),
        "distincts": len({essai.cas for essai in faits}),
        "en défaut": sum(bool(essai.defauts) for essai in faits),
        "secondes": round(time.monotonic() - debut),
        "mesures": {essai.cas: dict(essai.mesures) for essai in faits if essai.mesures},
        "défauts": [{"cas": essai.cas, "défauts": list(essai.defauts)} for essai in faits if essai.defauts],
    }


@dataclass
class Atelier:
    """A small project in a folder of its own, that can be put back as it was (`garder`, `retablir`), and where commands
    run with a folder of temporary files of their own."""

    dossier: Path
    numero: int = 0
    projet: PetitProjet = field(init=False)

    def __post_init__(self):
        self.projet = PetitProjet(self.dossier / "p")
        self.tmp.mkdir()

    @property
    def tmp(self) -> Path:
        return self.dossier / "t"

    @property
    def sortie(self) -> Path:
        return self.projet.racine / "_build"

    def garder(self) -> None:
        shutil.copytree(self.projet.racine, self.dossier / "g", symlinks=True)

    def retablir(self) -> None:
        """The project as it was kept, and no temporary file."""
        for dossier in (self.projet.racine, self.tmp):
            shutil.rmtree(dossier)
        self.tmp.mkdir()
        shutil.copytree(self.dossier / "g", self.projet.racine, symlinks=True)

    def lancer(self, *arguments: str, env: Mapping[str, str | None] | None = None, **options) -> Commande:
        """Start ``rapport`` with a mark that all its processes bear."""
        self.numero += 1
        marque = f"CAMPAGNE={self.dossier}/{self.numero}"
        nom, valeur = marque.split("=")
        voulu = {
            **os.environ,
            "CI": "true",
            "PYTHONPATH": str(RACINE),
            "SOURCE_DATE_EPOCH": "1700000000",
            "TMPDIR": str(self.tmp),
            nom: valeur,
            **(env or {}),
        }
        dit = self.dossier / f"{self.numero}.txt"
        with dit.open("wb") as flux:
            options = {"cwd": self.projet.racine, "stdout": flux, "stderr": flux, **options}
            processus = subprocess.Popen(
                [sys.executable, *options.pop("python", ["-m", "rapport"]), *arguments],
                env={cle: texte for cle, texte in voulu.items() if texte is not None},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **options,
            )
        return Commande(processus, marque.encode(), dit)

    def rapport(self, *arguments: str, **options) -> Commande:
        """Run ``rapport`` to its end."""
        commande = self.lancer(*arguments, **options)
        commande.finir()
        return commande


@dataclass
class Commande:
    """A command that runs, or has run."""

    processus: subprocess.Popen
    marque: bytes
    dit: Path
    pendue: bool = False

    @property
    def code(self) -> int | None:
        return self.processus.poll()

    @property
    def texte(self) -> str:
        return self.dit.read_text(encoding="utf-8", errors="replace")

    def finir(self, limite: float = LIMITE) -> None:
        """Wait for its end; one that hangs is killed, with all that it started."""
        try:
            self.processus.wait(limite)
        except subprocess.TimeoutExpired:
            self.pendue = True
            self.tuer()

    def tuer(self) -> None:
        for pid in self.vivants():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.processus.wait()

    def vivants(self) -> dict[int, str]:
        """The processes that bear its mark: number → command line."""
        trouves = {}
        for dossier in Path("/proc").glob("[0-9]*"):
            try:
                if self.marque in (dossier / "environ").read_bytes().split(b"\0"):
                    ligne = (dossier / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    trouves[int(dossier.name)] = ligne
            except OSError:  # it has just ended
                continue
        return trouves

    def defauts(self) -> Iterator[str]:
        """What no command may do, however it ends."""
        if self.pendue:
            yield f"ne finit pas en {LIMITE} secondes"
        if "Traceback (most recent call last)" in self.texte:
            yield f"pile d’appels de Python : {self.texte.strip()[-1500:]}"
        fin = time.monotonic() + 15
        while restes := self.vivants():
            if time.monotonic() > fin:
                yield f"processus restés : {sorted(restes.values())}"
                self.tuer()
                return
            time.sleep(0.05)
