"""How long builds take and how much memory, each as a ratio of two things measured in turn in one run.

``make bench`` (``ARGS="-n 5"``): prints the table of what was measured against the bars that the project sets itself,
and writes it with a description of the machine to ``_build/bench.json``. Each number is a median of at least three.
The reference is what one would do without this project: the ``papermill`` command on each chapter in turn, then
``jupyter-book build``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
from rich.console import Console
from rich.table import Table

from rapport.build.plan import PUBLISH, make_plan
from rapport.build.project import Project
from rapport.build.staging import stage
from rapport.livre.sections import DEJA_OTEES

ICI = Path(__file__).resolve().parent
RACINE = ICI.parent
sys.path.append(str(RACINE / "tests"))
# What rapport/__init__.py does to imports, for the loop too: the comparison is of ways to run, not of that.
SANS_GRAMMAIRE = "import sys; sys.modules['rfc3987_syntax'] = None; "
PAPERMILL = (sys.executable, "-c", SANS_GRAMMAIRE + "from papermill.__main__ import papermill; papermill()")
JUPYTER_BOOK = (sys.executable, "-c", SANS_GRAMMAIRE + "from jupyter_book.cli.main import main; main()")
SECTIONS_OTEES = {DEJA_OTEES: "1"}
"""Notebooks that lost these sections beforehand do not look for them, in the loop and in the script either."""
DIX = range(2024, 2034)
CINQUANTE = range(2024, 2074)
VALEUR = ("2023/vacances_familles.csv", re.compile(r"(?<=,)\d+(?=,)"))
"""The file where one number changes, which one chapter shows (the two annexes of the data read every file)."""
PAGE = "vacances-loisirs"
"""That chapter."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=3, help="repetitions of each (default and least: 3)")
    parser.add_argument("--fifty", action="store_true", help="fifty editions against ten too, once (ten minutes more)")
    options = parser.parse_args()
    fois = max(3, options.n)
    mesures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as dossier:
        donnees = prepare_data(Path(dossier) / "data")
        for tour in range(fois):
            for nom, mesure in measure(Path(dossier) / str(tour), donnees):
                mesures.setdefault(nom, []).append(mesure)
                unite = "MiB" if nom == "memory" else "s"
                print(f"{tour + 1}/{fois}  {nom:<28} {mesure:7.1f} {unite}", flush=True)
            shutil.rmtree(Path(dossier) / str(tour))
        for nom, mesure in fifty(Path(dossier)) if options.fifty else ():
            mesures[nom] = [mesure]
            print(f"1/1  {nom:<28} {mesure:7.1f} {'MiB' if 'memory' in nom else 's'}", flush=True)
    lignes = bars({nom: statistics.median(valeurs) for nom, valeurs in mesures.items()})
    show(lignes)
    sortie = RACINE / "_build" / "bench.json"
    sortie.parent.mkdir(exist_ok=True)
    resultat = {"repetitions": fois, "measured": mesures, "bars": lignes, "machine": machine()}
    sortie.write_text(json.dumps(resultat, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"Written to {sortie.relative_to(RACINE)}")


def prepare_data(donnees: Path, annees: range = DIX) -> Path:
    """A copy of the data, with more years made from 2023."""
    from annee_simulee import simuler

    shutil.copytree(RACINE / "data", donnees)
    for annee in annees:
        simuler(donnees, annee)
    return donnees


def measure(dossier: Path, donnees: Path) -> Iterator[tuple[str, float]]:
    """Everything once, in seconds (memory: MiB), in folders below `dossier`."""
    boucle, pages = papermill_loop(dossier / "boucle", donnees)
    yield "papermill loop", boucle
    yield "jupyter-book", pages
    # The PDF, which the loop does not make, is measured by itself.
    commun = ["--no-pdf", "--data", str(donnees)]
    yield "execution", _chronometrer([sys.executable, str(ICI / "execution.py"), str(donnees), str(dossier / "seuls")])
    script = [sys.executable, str(ICI / "script.py"), str(dossier / "boucle"), str(donnees)]
    yield "plain script", _chronometrer(script, **SECTIONS_OTEES)
    livre = [*commun, "--output", str(dossier / "livre")]
    yield "build from nothing", _rapport("2023", *livre)
    yield "build, nothing changed", _rapport("2023", *livre)
    with _une_valeur_changee(donnees):
        yield "build, one value changed", _rapport("2023", *livre)
    yield "PDF of an edition", _rapport("2023", *livre[1:])
    yield "serve, one value changed", _serve(donnees, dossier / "serve")
    yield "one edition", _rapport("2024", *commun, "--output", str(dossier / "un"))
    yield "ten editions", _rapport(*map(str, DIX), *commun, "--output", str(dossier / "dix"))
    yield "memory", _memoire("2023", "--jobs", "2", *commun, "--output", str(dossier / "memoire"))[1]


def fifty(dossier: Path) -> Iterator[tuple[str, float]]:
    """Ten editions, then fifty, each in the data of fifty years: how long, and the most memory."""
    commun = ["--jobs", "2", "--no-pdf", "--data", str(prepare_data(dossier / "data50", CINQUANTE))]
    for mot, annees in (("ten", CINQUANTE[-10:]), ("fifty", CINQUANTE)):
        duree, memoire = _memoire(*map(str, annees), *commun, "--output", str(dossier / mot))
        yield f"{mot} of fifty years", duree
        yield f"{mot} of fifty years, memory", memoire


def bars(m: dict[str, float]) -> list[dict]:
    """What was measured (medians, s) against what is wanted: ``ratio`` at least or at most ``bar``."""
    boucle, tout = m["papermill loop"], m["papermill loop"] + m["jupyter-book"]
    lignes = [
        ("execution of all chapters, against the papermill loop", boucle / m["execution"], "at least", 10),
        ("the same, against one plain script on as many cores", m["execution"] / m["plain script"], "at most", 1),
        ("whole build, against that loop, then jupyter-book", tout / m["build from nothing"], "at least", 7.5),
        ("nothing changed, of the whole by that loop", m["build, nothing changed"] / tout, "at most", 1 / 100),
        ("one value changed, of the same", m["build, one value changed"] / tout, "at most", 1 / 25),
        ("the new page after saving one value, of the same", m["serve, one value changed"] / tout, "at most", 1 / 80),
        ("ten editions, of ten times one", m["ten editions"] / (10 * m["one edition"]), "at most", 0.65),
        ("the PDF of an edition (s)", m["PDF of an edition"], "at most", 30),
        ("memory of all processes, two jobs (GiB)", m["memory"] / 1024, "at most", 1.5),
    ]
    if "fifty of fifty years" in m:
        temps = m["fifty of fifty years"] / (5 * m["ten of fifty years"])
        memoire = m["fifty of fifty years, memory"] / m["ten of fifty years, memory"]
        lignes += [("time an edition, fifty against ten", temps, "at most", 1.1)]
        lignes += [("memory, fifty editions against ten", memoire, "at most", 1.25)]
    return [
        {
            "what": quoi,
            "ratio": round(ratio, 4),
            "wanted": sens,
            "bar": round(barre, 4),
            "met": ratio >= barre if sens == "at least" else ratio <= barre,
        }
        for quoi, ratio, sens, barre in lignes
    ]


def show(lignes: list[dict]) -> None:
    table = Table("what", "measured", "bar", "")
    for ligne in lignes:
        table.add_row(
            ligne["what"],
            f"{ligne['ratio']:.3f}",
            f"{ligne['wanted']} {ligne['bar']:.3f}",
            "met" if ligne["met"] else "MISSED",
        )
    Console().print(table)


def papermill_loop(dossier: Path, donnees: Path) -> tuple[float, float]:
    """Seconds for ``papermill`` on each chapter in turn, and for ``jupyter-book build``.

    The chapters are those of the edition, without the sections that its data do not allow, as ``rapport build`` runs
    them; preparing them (in `dossier`) and laying out the book is not timed.
    """
    plan = make_plan(Project(RACINE, donnees, dossier / "livre"), 2023, PUBLISH)
    duree = 0.0
    for chapitre in plan.chapters:
        entree, sortie = dossier / f"{chapitre.name}.ipynb", plan.executed(chapitre.name)
        sortie.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(chapitre.notebook, entree)
        parametres = ["-p", "annee", "2023", "-p", "donnees", str(donnees), "--cwd", str(RACINE / "chapters")]
        commande = [*PAPERMILL, str(entree), str(sortie), *parametres, "--no-progress-bar"]
        duree += _chronometrer(commande, **SECTIONS_OTEES)
    stage(plan, plan.names)
    return duree, _chronometrer([*JUPYTER_BOOK, "build", str(plan.book)])


@contextmanager
def _une_valeur_changee(donnees: Path) -> Iterator[None]:
    nom, nombre = VALEUR
    chemin = donnees / nom
    avant = chemin.read_text(encoding="utf-8")
    apres = nombre.sub(lambda trouve: str(int(trouve[0]) + 1), avant, count=1)
    assert apres != avant
    chemin.write_text(apres, encoding="utf-8")
    yield
    chemin.write_text(avant, encoding="utf-8")


def _rapport(*arguments: str) -> float:
    return _chronometrer([sys.executable, "-m", "rapport", "build", *arguments])


def _serve(donnees: Path, sortie: Path) -> float:
    """Seconds from saving a value to when ``rapport serve`` tells its page, open in a browser, to reload."""
    commande = [sys.executable, "-m", "rapport", "serve", "2023", "--port", "0", "--no-browser"]
    commande += ["--data", str(donnees), "--output", str(sortie)]
    flux = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "encoding": "utf-8"}
    with subprocess.Popen(commande, cwd=RACINE, **flux) as processus:
        adresse = next(filter(None, (re.search(r"http://[\d.:]+", ligne) for ligne in processus.stdout)))[0]
        with urllib.request.urlopen(f"{adresse}/evenements/{PAGE}", timeout=120) as evenements:
            versions = (ligne for ligne in evenements if ligne.startswith(b"data:"))
            next(versions)
            with _une_valeur_changee(donnees):
                debut = time.perf_counter()
                next(versions)
                duree = time.perf_counter() - debut
        processus.terminate()
    return duree


def _chronometrer(commande: list[str], **variables: str) -> float:
    """Seconds that a command takes, from start to end."""
    debut = time.perf_counter()
    fin = subprocess.run(
        commande, cwd=RACINE, env=os.environ | variables, capture_output=True, encoding="utf-8", check=False
    )
    duree = time.perf_counter() - debut
    if fin.returncode:
        sys.exit(f"{' '.join(commande)}\n{fin.stdout}\n{fin.stderr}")
    return duree


def _memoire(*arguments: str) -> tuple[float, float]:
    """How long a build took (s) while it was watched, and the most memory (MiB) that it and its processes had at one
    time; what they share is counted once."""
    debut = time.perf_counter()
    processus = subprocess.Popen(
        [sys.executable, "-m", "rapport", "build", *arguments], cwd=RACINE, stdout=subprocess.DEVNULL
    )
    maximum, fini = 0, threading.Event()

    def sonder() -> None:
        nonlocal maximum
        while not fini.wait(0.05):
            maximum = max(maximum, sum(map(_pss, [racine, *_descendants(racine)])))

    racine = psutil.Process(processus.pid)
    sonde = threading.Thread(target=sonder)
    sonde.start()
    if processus.wait():
        sys.exit("rapport build failed")
    duree = time.perf_counter() - debut
    fini.set()
    sonde.join()
    return duree, maximum / 2**20


def _descendants(processus: psutil.Process) -> list[psutil.Process]:
    try:
        return processus.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _pss(processus: psutil.Process) -> int:
    try:
        return processus.memory_full_info().pss
    except psutil.Error:
        return 0


def machine() -> dict:
    """What the figures were measured on."""
    modele = ""
    if (cpuinfo := Path("/proc/cpuinfo")).exists():
        lignes = cpuinfo.read_text().splitlines()
        modele = next((ligne.split(":", 1)[1].strip() for ligne in lignes if ligne.startswith("model name")), "")
    return {
        "system": platform.platform(),
        "processor": modele or platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
