"""`make lab`: a chapter runs alone in JupyterLab, in French, and shows what the edition shows."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from outils import RACINE

CHAPITRE = "relation-de-service"
PATIENCE = 90  # seconds; the machine may be busy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not hasattr(os, "setsid"), reason="make et les signaux d’un terminal POSIX"),
]


@pytest.fixture
def atelier(tmp_path):
    """A copy of the project, with the tools that run these tests, and the address of its JupyterLab."""
    projet = tmp_path / "projet"
    for nom in ("chapters", "data", ".jupyterlab"):
        shutil.copytree(RACINE / nom, projet / nom)
    for nom in ("Makefile", "_toc.yml", "_config.yml", "pyproject.toml"):
        shutil.copy(RACINE / nom, projet)
    (projet / ".venv").symlink_to(sys.prefix)
    (projet / "rapport").symlink_to(RACINE / "rapport")
    arguments = "--no-browser --allow-root --ServerApp.port=0 --IdentityProvider.token=essai"
    installes = ("-o", ".venv/.base", "-o", ".venv/.dev")
    lab = subprocess.Popen(
        ["make", "lab", *installes, f"ARGS={arguments}"],
        cwd=projet,
        env={**os.environ, "HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "jupyter")},
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    dit = ""
    while not (trouve := re.search(r"http://127\.0\.0\.1:\d+/lab", dit)):
        ligne = lab.stderr.readline()
        assert ligne, f"JupyterLab does not start:\n{dit}"
        dit += ligne
    yield projet, trouve[0]
    os.killpg(lab.pid, signal.SIGTERM)
    lab.communicate(timeout=30)


def test_a_chapter_runs_alone_and_shows_what_the_edition_shows(atelier, navigateur, site):
    projet, adresse = atelier
    fichier = projet / "chapters" / f"{CHAPITRE}.ipynb"
    avant = nbformat.read(fichier, as_version=4)
    page = navigateur.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(f"{adresse}/tree/chapters/{CHAPITRE}.ipynb?token=essai")
    page.get_by_text("Python 3 (ipykernel) | Inactif", exact=True).wait_for(timeout=PATIENCE * 1000)

    menu(page, "Exécution", "Exécuter toutes les cellules")
    code = [i for i, cellule in enumerate(avant.cells) if cellule.cell_type == "code"]
    seul = enregistre(page, fichier, lambda nb: nb.cells[code[-1]].execution_count)
    edition = nbformat.read(site.parent / "2023" / "executes" / f"{CHAPITRE}.ipynb", as_version=4)
    assert montre(seul) == montre(edition)
    assert sum("svg" in str(sorties) for sorties in montre(seul)) > 3
    assert page.locator(".jp-OutputArea svg").last.is_visible()

    menu(page, "Édition", "Effacer les sorties de toutes les cellules")
    vide = enregistre(page, fichier, lambda nb: not montre(nb))
    assert [c.source for c in vide.cells] == [c.source for c in avant.cells]
    page.close()
    while time.time() < fichier.stat().st_mtime + 2:  # the last save may be under way
        time.sleep(0.5)
    fin = subprocess.run(["make", "lint", "-o", ".venv/.base", "-o", ".venv/.dev"], cwd=projet, check=False)
    assert fin.returncode == 0


def menu(page, *noms: str) -> None:
    for nom in noms:
        page.get_by_role("menuitem", name=nom, exact=True).click()


def enregistre(page, fichier: Path, condition) -> nbformat.NotebookNode:
    """The notebook, saved until it meets `condition`."""
    fin = time.monotonic() + PATIENCE
    while time.monotonic() < fin:
        page.keyboard.press("Control+s")
        time.sleep(1)
        try:
            nb = nbformat.read(fichier, as_version=4)
        except nbformat.reader.NotJSONError:  # it is being written
            continue
        if condition(nb):
            return nb
    raise AssertionError("waited in vain")


def montre(nb: nbformat.NotebookNode) -> list:
    """What the cells show: text, tables, drawings, numbers and where they come from."""
    return [[sortie.get("data") for sortie in c.outputs] for c in nb.cells if c.cell_type == "code" and c.outputs]
