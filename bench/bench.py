"""How long a build takes, beside the same chapters run by a plain loop of ``papermill`` commands and jupyter-book.

``make bench`` (``ARGS="--year 2022 -n 5"``): both are timed in turn, in one run; prints the medians and their ratio,
and writes them with a description of the machine to ``_build/bench.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from rapport.construction import book

RACINE = Path(__file__).resolve().parent.parent
# What rapport/__init__.py does to imports, for the loop too: the comparison is of ways to run, not of that.
SANS_GRAMMAIRE = "import sys; sys.modules['rfc3987_syntax'] = None; "
PAPERMILL = (sys.executable, "-c", SANS_GRAMMAIRE + "from papermill.__main__ import papermill; papermill()")
JUPYTER_BOOK = (sys.executable, "-c", SANS_GRAMMAIRE + "from jupyter_book.cli.main import main; main()")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--year", type=int, default=2023)
    parser.add_argument("-n", type=int, default=3, help="repetitions of each (default: 3)")
    arguments = parser.parse_args()

    temps: dict[str, list[float]] = {"rapport build": [], "papermill loop + jupyter-book": []}
    for tour in range(arguments.n):
        for nom, mesurer in zip(temps, (time_rapport, time_loop), strict=True):
            with tempfile.TemporaryDirectory() as dossier:
                temps[nom].append(mesurer(arguments.year, Path(dossier)))
            print(f"{tour + 1}/{arguments.n}  {nom:<30} {temps[nom][-1]:6.1f} s", flush=True)

    medianes = {nom: statistics.median(durees) for nom, durees in temps.items()}
    ratio = medianes["papermill loop + jupyter-book"] / medianes["rapport build"]
    print(f"\nMedian of {arguments.n}, edition {arguments.year}:")
    for nom, mediane in medianes.items():
        print(f"  {nom:<30} {mediane:6.1f} s")
    print(f"  {'ratio':<30} {ratio:6.2f}")
    resultat = {
        "annee": arguments.year,
        "secondes": temps,
        "medianes_s": medianes,
        "rapport_des_medianes": ratio,
        "machine": machine(),
    }
    sortie = RACINE / "_build" / "bench.json"
    sortie.parent.mkdir(exist_ok=True)
    sortie.write_text(json.dumps(resultat, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"\nWritten to {sortie.relative_to(RACINE)}")


def time_rapport(annee: int, dossier: Path) -> float:
    """Seconds for ``rapport build``, from nothing to the published site."""
    return _chronometrer([sys.executable, "-m", "rapport", "build", str(annee), "--output", str(dossier)])


def time_loop(annee: int, dossier: Path) -> float:
    """Seconds for ``papermill`` on each chapter in turn, then ``jupyter-book build``.

    The chapters are those of the edition, without the sections that its data do not allow, as ``rapport build`` runs
    them; preparing them and laying out the book is not timed.
    """
    projet = book.Projet(RACINE, RACINE / "data", dossier)
    livre = book.prepare(projet, annee)
    duree = 0.0
    for nom, nb in livre.notebooks.items():
        entree, sortie = dossier / f"{nom}.ipynb", livre.travail / "executes" / f"{nom}.ipynb"
        sortie.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, entree)
        parametres = [
            "-p",
            "annee",
            str(annee),
            "-p",
            "donnees",
            str(projet.donnees),
            "--cwd",
            str(RACINE / "chapters"),
        ]
        duree += _chronometrer([*PAPERMILL, str(entree), str(sortie), *parametres, "--no-progress-bar"])
    return duree + _chronometrer([*JUPYTER_BOOK, "build", str(book.stage(projet, livre))])


def _chronometrer(commande: list[str]) -> float:
    debut = time.perf_counter()
    fin = subprocess.run(commande, cwd=RACINE, capture_output=True, encoding="utf-8", check=False)
    duree = time.perf_counter() - debut
    if fin.returncode:
        sys.exit(f"{' '.join(commande)}\n{fin.stdout}\n{fin.stderr}")
    return duree


def machine() -> dict:
    """What the figures were measured on."""
    modele = ""
    if (cpuinfo := Path("/proc/cpuinfo")).exists():
        lignes = cpuinfo.read_text().splitlines()
        modele = next((ligne.split(":", 1)[1].strip() for ligne in lignes if ligne.startswith("model name")), "")
    return {
        "systeme": platform.platform(),
        "processeur": modele or platform.processor(),
        "coeurs": os.cpu_count(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
