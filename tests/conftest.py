"""A small project to build: three chapters, two editions, a few indicators. Real notebooks, kernels and Sphinx."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from filelock import FileLock
from navigateur import CHROMIUM, ECRANS, Serveur

RACINE = Path(__file__).resolve().parent.parent

# A shell that starts the tests in the background has them ignore Ctrl-C, and all that they start with them.
signal.signal(signal.SIGINT, signal.default_int_handler)

PARAMETRES = 'annee = 2023\ndonnees = "../data"'
LIT = 'open(f"{donnees}/{annee}/indicateurs.csv").read().count("visiteurs")'


def notebook(*cellules: str | tuple[str, str]) -> nbformat.NotebookNode:
    """A notebook: strings that start with ``#``, ``%`` or ``(`` followed by a space or a target are Markdown, others
    are code; the first code cell is the parameters."""
    nb = nbformat.v4.new_notebook()
    nb.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    for source in cellules:
        if source.lstrip().startswith(("#", "% ", "(", "Du texte")):
            nb.cells.append(nbformat.v4.new_markdown_cell(source))
        else:
            nb.cells.append(nbformat.v4.new_code_cell(source))
            if source == PARAMETRES:
                nb.cells[-1].metadata["tags"] = ["parameters"]
    return nb


class PetitProjet:
    """A project in a folder of its own. `chapitre` replaces one notebook; `rapport` runs the command line."""

    def __init__(self, racine: Path):
        self.racine = racine
        self.site = racine / "_build" / "site"
        racine.mkdir(parents=True, exist_ok=True)
        shutil.copy(RACINE / "_config.yml", racine)
        self.toc(["premier", "second"])
        self.chapitre("index", "# Accueil", PARAMETRES, 'print(f"Édition {annee}")')
        self.chapitre("premier", "# Premier\n% données : visiteurs", PARAMETRES, LIT, 'print("premier", annee)')
        self.chapitre(
            "second", "# Second", PARAMETRES, "## Partout", "1 + 1", "## Rare\n% données : rares", 'print("rare")'
        )
        for annee in (2022, 2023):
            self.donnee(annee, "edition.yaml", "statut: définitive\npublication: ND\n")
        self.donnee(2022, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,10,r,\n")
        self.donnee(2023, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,12,r,\nrares,1,r,\n")
        lignes = [f"{c},Visites,Nombre de visites.,visites,0,premier,annuel,," for c in ("visiteurs", "rares")]
        entete = "code,libelle,definition,unite,decimales,chapitre,nature,minimum,maximum"
        self.donnee("nomenclatures", "indicateurs.csv", "\n".join([entete, *lignes, ""]))
        self.donnee("nomenclatures", "sources.csv", "code,document,page,section\nr,Rapport,1,Une section\n")
        for schema in ("indicateurs", "nomenclatures/indicateurs", "nomenclatures/sources"):
            cible = racine / "data" / "schemas" / f"{schema}.yaml"
            cible.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(RACINE / "data" / "schemas" / f"{schema}.yaml", cible)

    def toc(self, noms: list[str]) -> None:
        chapitres = [{"file": f"chapters/{nom}"} for nom in noms]
        toc = {"format": "jb-book", "root": "chapters/index"}
        toc["parts"] = [{"caption": "Une partie", "chapters": chapitres}]
        (self.racine / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True), encoding="utf-8")

    def chapitre(self, nom: str, *cellules: str) -> Path:
        chemin = self.racine / "chapters" / f"{nom}.ipynb"
        chemin.parent.mkdir(exist_ok=True)
        nbformat.write(notebook(*cellules), chemin)
        return chemin

    def donnee(self, dossier: int | str, fichier: str, contenu: str) -> Path:
        chemin = self.racine / "data" / str(dossier) / fichier
        chemin.parent.mkdir(parents=True, exist_ok=True)
        chemin.write_text(contenu, encoding="utf-8")
        return chemin

    def lancer(self, *arguments: str, **options) -> subprocess.Popen:
        """Start ``rapport`` in the project's folder, output in a pipe."""
        env = {**os.environ, "CI": "true", "PYTHONPATH": str(RACINE), **options.pop("env", {})}
        return subprocess.Popen(
            [sys.executable, *(options.pop("python", None) or ["-m", "rapport"]), *arguments],
            cwd=self.racine,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            **options,
        )

    def rapport(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run ``rapport`` to its end; ``returncode``, ``stdout`` and ``stderr`` of the result are what it gave."""
        processus = self.lancer(*arguments, **options)
        sortie, erreurs = processus.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, processus.returncode, sortie, erreurs)


def pages(site: Path) -> dict[str, bytes]:
    """Every file of a site: name → content."""
    return {p.relative_to(site).as_posix(): p.read_bytes() for p in site.rglob("*") if p.is_file()}


@pytest.fixture
def projet(tmp_path: Path) -> PetitProjet:
    return PetitProjet(tmp_path / "projet")


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The real site, all editions, built once for all the tests (of all pytest-xdist's workers)."""
    commun = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        commun = commun.parent
    sortie = commun / "livre"
    with FileLock(commun / "livre.lock"):
        if not (sortie / "site").exists():
            commande = [sys.executable, "-m", "rapport", "build", "--all", "--output", str(sortie)]
            fin = subprocess.run(commande, cwd=RACINE, capture_output=True, encoding="utf-8", check=False)
            if fin.returncode:
                pytest.fail(f"The book does not build:\n{fin.stdout}\n{fin.stderr}", pytrace=False)
    return sortie / "site"


@pytest.fixture(scope="module")
def serveur(site):
    serveur = Serveur(site)
    yield serveur
    serveur.shutdown()


@pytest.fixture(scope="module")
def navigateur():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        navigateur = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield navigateur
        navigateur.close()


@pytest.fixture
def ouvrir(navigateur, serveur):
    """Open a page; what it asked for and complained of is in ``page.demandes`` and ``page.plaintes``."""
    contextes = []

    def ouvrir(chemin, ecran="bureau", mode="light", base=None, sans_csp=False):
        contexte = navigateur.new_context(
            viewport=ECRANS[ecran], color_scheme=mode, reduced_motion="reduce", bypass_csp=sans_csp
        )
        contextes.append(contexte)
        page = contexte.new_page()
        page.demandes, page.plaintes = [], []
        page.on("request", lambda r: page.demandes.append(r.url))
        page.on("console", lambda m: page.plaintes.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: page.plaintes.append(str(e)))
        page.goto(f"{base or serveur.adresse}/{chemin}")
        page.wait_for_load_state("load")
        return page

    yield ouvrir
    for contexte in contextes:
        contexte.close()


# Where nothing may be skipped (.ci/run), a skipped test is a failed one.
SANS_SAUT = bool(os.environ.get("RAPPORT_SANS_SAUT"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _refuser_le_saut((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _refuser_le_saut((yield))


def _refuser_le_saut(compte_rendu):
    if SANS_SAUT and compte_rendu.skipped and not hasattr(compte_rendu, "wasxfail"):
        compte_rendu.outcome = "failed"
        compte_rendu.longrepr = f"Nothing may be skipped here (RAPPORT_SANS_SAUT): {compte_rendu.longrepr}"
    return compte_rendu
