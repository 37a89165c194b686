"""Faults of the machine: what the system refuses is said in French, or does not matter; nothing is lost.

Each case builds a project whose site is published and that has a change pending. Afterwards the site is whole, of one
state; without the fault, the next build makes what a build from nothing makes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from outils import anglais, contenu

from campagnes import Atelier, Commande, Essai

TITRE = "Défauts de la machine : dits en français, rien n’est perdu"
COURT, LONG = 2, 100

VALEURS = "code,valeur,source,note\nvisiteurs,{},r,\nrares,1,r,\n"
PYTHON = ["-m", "rapport"]


class Machine(Atelier):
    def preparer(self) -> None:
        self.sites = {}
        for valeur in (13, 12):
            self.projet.donnee(2023, "indicateurs.csv", VALEURS.format(valeur))
            shutil.rmtree(self.sortie, ignore_errors=True)
            commande = self.rapport("build", "2023")
            assert commande.code == 0, commande.texte
            self.sites[valeur] = contenu(self.projet.site)
        self.projet.donnee(2023, "indicateurs.csv", VALEURS.format(13))
        self.garder()

    def sous(self, prepare: str, *arguments: str, **options) -> Commande:
        """Run `rapport` after shell commands, in a mount namespace of its own; `$P`, `$T`: the project, the temporary
        files."""
        programme = f'P={self.projet.racine}; T={self.tmp}; {prepare}; exec "$@"'
        commande = ["-c", "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"]
        prefixe = ["unshare", "--mount"] if "mount" in prepare else []
        lignes = [*prefixe, "bash", "-c", programme, "-", os.sys.executable, *PYTHON]
        return self.rapport(*lignes, *(arguments or ("build", "2023")), python=commande, **options)

    def juger(self, commande: Commande | None, doit_reussir: bool, muette: bool = False) -> Iterator[str]:
        if commande:
            yield from commande.defauts()
            if commande.code and doit_reussir:
                yield f"échoue : {commande.texte[-200:]}"
            if commande.code and not commande.texte.strip() and not muette:
                yield "échoue sans un mot"
            # What a cell or a program of the system says stays in its own words.
            dit = [r for r in commande.texte.splitlines() if not re.search("Error|bash:|OpenBLAS", r)]
            if commande.code and (mots := anglais("\n".join(dit))):
                yield f"des mots anglais : {mots} ({commande.texte[-300:]})"
        if contenu(self.projet.site) not in self.sites.values():
            yield "le site n’est d’aucun état"
        suite = self.rapport("build", "2023")
        if suite.code:
            yield f"la construction suivante échoue : {suite.texte[-300:]}"
        elif contenu(self.projet.site) != self.sites[13]:
            yield "la construction suivante n’est pas celle qui part de rien"


def plein(dossier: str, option: str) -> str:
    """A folder put on a small file system of its own, without space (`size`) or without names (`nr_inodes`)."""
    return (
        f"mkdir /tmp/cplein.$$; cp -a {dossier}/. /tmp/cplein.$$; mount -t tmpfs -o {option} tmpfs {dossier}; "
        f"cp -a /tmp/cplein.$$/. {dossier} 2>/dev/null; rm -rf /tmp/cplein.$$"
    )


# Name, what comes before in a shell, whether the build succeeds all the same.
AVEC_MONTAGES = [
    ("disque plein sous la sortie", "mount -t tmpfs -o size=2m tmpfs $P/_build", False),
    ("disque presque plein sous la sortie", "mount -t tmpfs -o size=6m tmpfs $P/_build", False),
    ("plus d’inodes sous la sortie", "mount -t tmpfs -o nr_inodes=40 tmpfs $P/_build", False),
    ("sortie en lecture seule", "mount --bind $P/_build $P/_build; mount -o remount,ro,bind $P/_build", False),
    ("projet en lecture seule", "mount --bind $P $P; mount -o remount,ro,bind $P", False),
    ("données en lecture seule", "mount --bind $P/data $P/data; mount -o remount,ro,bind $P/data", True),
    ("chapitres en lecture seule", "mount --bind $P/chapters $P/chapters; mount -o remount,ro,bind $P/chapters", True),
    ("temporaires pleins", "mount -t tmpfs -o size=4k tmpfs $T", False),
    ("temporaires sans inodes", "mount -t tmpfs -o nr_inodes=1 tmpfs $T", False),
    ("temporaires en lecture seule", "mount --bind $T $T; mount -o remount,ro,bind $T", False),
    ("/dev/shm plein", "mount -t tmpfs -o size=4k tmpfs /dev/shm; head -c 4096 /dev/zero > /dev/shm/x", False),
    ("/dev/shm en lecture seule", "mount --bind /dev/shm /dev/shm; mount -o remount,ro,bind /dev/shm", False),
    ("sortie sur un autre disque", "mount -t tmpfs tmpfs $P/_build", True),
    ("temporaires sur un autre disque", "mount -t tmpfs tmpfs $T", True),
    ("sans /proc", "mount -t tmpfs tmpfs /proc", True),
]
SANS_MONTAGES = [
    ("TMPDIR de 100 caractères", f"D=$T/{'x' * 100}; mkdir $D; export TMPDIR=$D", True),
    ("32 fichiers ouverts", "ulimit -n 32", False),
    ("64 fichiers ouverts", "ulimit -n 64", False),
    ("16 fichiers ouverts", "ulimit -n 16", False),
    ("300 Mo de mémoire", "ulimit -v 300000", False),
    ("600 Mo de mémoire", "ulimit -v 600000", False),
    ("1,2 Go de mémoire", "ulimit -v 1200000", False),
    ("fichiers de 1 Ko au plus", "ulimit -f 1", False),
    ("fichiers de 100 Ko au plus", "ulimit -f 100", False),
    ("umask 077", "umask 077", True),
    ("umask 777", "umask 777", False),
    ("sans HOME", "unset HOME", True),
    ("HOME absent", "export HOME=/nulle/part", True),
    ("sans TMPDIR", "unset TMPDIR", True),
    ("TMPDIR absent", "export TMPDIR=/nulle/part", True),
    ("TMPDIR accentué", 'mkdir "$T/été à  Foix"; export TMPDIR="$T/été à  Foix"', True),
    ("sans PATH", "unset PATH", True),
    ("LANG=C", "export LANG=C LC_ALL=C PYTHONUTF8=0", True),
    ("LANG inconnue", "export LANG=xx_YY.UTF-8 LC_ALL=xx_YY.UTF-8", True),
    ("sortie en ASCII", "export PYTHONIOENCODING=ascii", True),
    ("sortie en cp1252", "export PYTHONIOENCODING=cp1252", True),
    ("fuseau de Kiritimati", "export TZ=Pacific/Kiritimati", True),
    ("fuseau absurde", "export TZ=XXX-27:59", True),
    ("fuseau sans nom", "export TZ=", True),
    ("sortie standard fermée", "exec >&-", False),
    ("sorties fermées", "exec >&- 2>&-", False),
    ("entrée fermée", "exec <&-", True),
    ("sortie standard pleine", "exec >/dev/full", False),
    ("fichiers de demain", "find $P -exec touch -d tomorrow {} +", True),
    ("fichiers de 1970", "find $P -exec touch -d @1 {} +", True),
    ("dossier des chapitres de Jupyter illisible", "export JUPYTER_CONFIG_DIR=/nulle JUPYTER_DATA_DIR=/nulle", True),
    ("réglages de matplotlib absents", "export MPLCONFIGDIR=/nulle/part", True),
    ("Python optimisé", "export PYTHONOPTIMIZE=2", True),
    ("hachage fixé", "export PYTHONHASHSEED=7", True),
]
CHEMINS = [
    "deux mots",
    "été à Foix",
    "l’année",
    "a%20b",
    "a#b",
    "a&b;c",
    "$HOME",
    "(copie)",
    "x" * 120,
    "数据",
    "a[1]*",
]


def cas_simples(machine: Machine) -> Iterator[tuple[str, Callable[[], Iterator[str]]]]:
    """What a shell can prepare. Mounts are for who may mount."""
    montages = AVEC_MONTAGES if os.geteuid() == 0 and not subprocess.call(["unshare", "--mount", "true"]) else []
    for nom, prepare, reussit in [*SANS_MONTAGES, *montages]:
        yield nom, lambda p=prepare, r=reussit: machine.juger(machine.sous(p), r, muette="2>&-" in p)


def chemin(machine: Machine, nom: str) -> Iterator[str]:
    """A project in a folder with an odd name."""
    ailleurs = machine.dossier / nom / "p"
    shutil.copytree(machine.projet.racine, ailleurs, symlinks=True)
    commande = machine.rapport("build", "2023", cwd=ailleurs)
    yield from commande.defauts()
    if commande.code:
        yield f"échoue : {commande.texte[-300:]}"
    elif contenu(ailleurs / "_build" / "site") != machine.sites[13]:
        yield "d’autres octets qu’ailleurs"
    shutil.rmtree(machine.dossier / nom)


def ensemble(machine: Machine, combien: int) -> Iterator[str]:
    """Several builds at once."""
    commandes = [machine.lancer("build", "2023") for _ in range(combien)]
    for commande in commandes:
        commande.finir(600)
        yield from commande.defauts()
        if commande.code:
            yield f"échoue : {commande.texte[-300:]}"
    yield from machine.juger(None, True)


def donnees_mouvantes(machine: Machine) -> Iterator[str]:
    """A file of data that changes all the time while a build checks it, and then runs."""
    table, fini = machine.projet.racine / "data" / "2023" / "indicateurs.csv", threading.Event()

    def bouger() -> None:
        valeur = 12
        while not fini.is_set():
            valeur = 25 - valeur
            provisoire = table.with_suffix(".tmp")
            provisoire.write_text(VALEURS.format(valeur), encoding="utf-8")
            provisoire.replace(table)
            time.sleep(0.05)
        table.write_text(VALEURS.format(13), encoding="utf-8")

    fil = threading.Thread(target=bouger)
    fil.start()
    commande = machine.rapport("build", "2023")
    fini.set()
    fil.join()
    yield from commande.defauts()
    yield from machine.juger(None, True)


def essais(hasard: Random, nombre: int, dossier: Path) -> Iterator[Essai]:
    machine = Machine(dossier)
    machine.preparer()
    cas = list(cas_simples(machine))
    cas += [(f"dossier « {nom[:20]} »", lambda n=nom: chemin(machine, n)) for nom in CHEMINS]
    cas += [(f"{n} constructions à la fois", lambda n=n: ensemble(machine, n)) for n in (2, 5, 20)]
    cas += [("données qui changent pendant la construction", lambda: donnees_mouvantes(machine))]
    for nom, juger in cas[:nombre]:
        machine.retablir()
        yield Essai(nom, tuple(juger()))
