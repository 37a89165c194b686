"""What several tests need: the project's root, small projects to build, plain words, a browser and a server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest
import typer
import yaml

RACINE = Path(__file__).resolve().parent.parent
DONNEES = RACINE / "data"

# --- Files and words


def contenu(dossier: Path) -> dict[str, bytes]:
    """Every file below a folder: name → content."""
    return {p.relative_to(dossier).as_posix(): p.read_bytes() for p in dossier.rglob("*") if p.is_file()}


def simple(texte: str) -> str:
    """The text with plain spaces where French has no-break ones."""
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def article(page: str) -> str:
    """The HTML of what a page says, without what surrounds it."""
    trouve = re.search(r"<article\b[^>]*>(.*?)</article>", page, re.DOTALL)
    assert trouve, "a page without an article"
    return trouve[1]


def commandes(commande=None, nom: tuple[str, ...] = ()) -> dict:
    """Every command of the application, the whole and its groups included: the words that call it → it."""
    if commande is None:
        from rapport.cli.app import app

        commande = typer.main.get_command(app)
    trouvees = {nom: commande}
    for mot, dessous in getattr(commande, "commands", {}).items():
        trouvees |= commandes(dessous, (*nom, mot))
    return trouvees


MOTS_ANGLAIS = re.compile(
    r"\b(the|this|for|usage|show|message|exit|error|missing|no such|invalid|try|default|required|commands?|text|"
    r"integer|path|list\[|bool|int|str|help(?! *Affiche)|aborted|did you mean|unexpected)\b",
    re.IGNORECASE,
)


def anglais(texte: str) -> list[str]:
    """English words of a help page or a message; names of commands and options, which stay, are not counted."""
    mots = "|".join(sorted({mot for nom in commandes() for mot in nom}, key=len, reverse=True))
    sans_noms = re.sub(rf"--?[a-z-]+|\brapport( ({mots})\b)*|^│ ({mots}) ", " ", texte, flags=re.MULTILINE)
    return [trouve[0] for trouve in MOTS_ANGLAIS.finditer(sans_noms)]


def attendre(condition: Callable[[], object], delai: float = 120) -> None:
    """Wait until the condition holds, `delai` seconds at most."""
    fin = time.monotonic() + delai
    while not condition():
        assert time.monotonic() < fin, "waited in vain"
        time.sleep(0.05)


# --- Notebooks and small projects


def md(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def code(source: str, *etiquettes: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(etiquettes)} if etiquettes else {})


def dire(expression: str) -> nbformat.NotebookNode:
    """A cell that writes a text, the value of a Python expression, on its page."""
    return code(f"from rapport.chapitre import markdown\nmarkdown({expression})")


PARAMETRES = code('annee = 2023\ndonnees = "../data"', "parameters")
LIT = code('from rapport.chapitre import ouvrir\n\nlu = ouvrir(annee, donnees)["visiteurs"]')


def notebook(*cellules: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A notebook of copies of the cells, each an `md` or a `code`."""
    nb = nbformat.v4.new_notebook(cells=[deepcopy(cellule) for cellule in cellules])
    nb.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.validate(nb)
    return nb


class PetitProjet:
    """A project in a folder of its own. `chapitre` replaces one notebook; `rapport` runs the command line."""

    def __init__(self, racine: Path):
        self.racine = racine
        self.site = racine / "_build" / "site"
        racine.mkdir(parents=True, exist_ok=True)
        shutil.copy(RACINE / "_config.yml", racine)
        self.toc(["premier", "second"])
        self.chapitre("index", md("# Accueil"), PARAMETRES, dire('f"Édition {annee}"'))
        self.chapitre("premier", md("# Premier\n% données : visiteurs"), PARAMETRES, LIT, dire('f"premier {annee}"'))
        self.chapitre(
            "second",
            md("# Second"),
            PARAMETRES,
            md("## Partout"),
            dire('"toujours"'),
            md("## Rare\n% données : rares"),
            dire('"rare"'),
        )
        for annee in (2022, 2023):
            self.donnee(annee, "edition.yaml", "statut: définitive\npublication: ND\n")
        self.donnee(2022, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,10,r,\n")
        self.donnee(2023, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,12,r,\nrares,1,r,\n")
        lignes = [f"{c},Visites,Nombre de visites.,visites,0,premier,annuel,," for c in ("visiteurs", "rares")]
        entete = "code,libelle,definition,unite,decimales,chapitre,nature,minimum,maximum"
        self.donnee("nomenclatures", "indicateurs.csv", "\n".join([entete, *lignes, ""]))
        self.donnee("nomenclatures", "sources.csv", "code,document,page,section\nr,Rapport,1,Une section\n")
        self.donnee(
            "correspondances",
            "indicateurs.yaml",
            "annee: 2023\nsource: r\ncolonnes: {code: Libellé, valeur: Nombre}\n"
            "codes: {code: {Visiteurs (total): visiteurs, Visites rares: rares}}\nsignes: {s: NC}\n",
        )
        for schema in ("indicateurs", "nomenclatures/indicateurs", "nomenclatures/sources"):
            cible = racine / "data" / "schemas" / f"{schema}.yaml"
            cible.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(RACINE / "data" / "schemas" / f"{schema}.yaml", cible)

    def toc(self, noms: list[str]) -> None:
        chapitres = [{"file": f"chapters/{nom}"} for nom in noms]
        toc = {"format": "jb-book", "root": "chapters/index"}
        toc["parts"] = [{"caption": "Une partie", "chapters": chapitres}]
        (self.racine / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True), encoding="utf-8")

    def chapitre(self, nom: str, *cellules: nbformat.NotebookNode) -> Path:
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


# --- Published pages in a browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ECRANS = {"bureau": {"width": 1280, "height": 900}, "telephone": {"width": 390, "height": 844}}

DANS_UN_NAVIGATEUR = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="aucun Chromium installé : les pages ne sont pas essayées"),
]


def pages_de(site: Path, annee: int) -> list[str]:
    return sorted(p.stem for p in (site / str(annee)).glob("*.html"))


class Serveur(ThreadingHTTPServer):
    """Serves the site with the headers that it ships."""

    daemon_threads = True

    def __init__(self, site: Path):
        regles = []  # the form of an address, and what goes with it
        for bloc in (site / "_headers").read_text(encoding="utf-8").split("\n\n"):
            chemin, *lignes = bloc.strip().splitlines()
            forme = re.sub(r":\w+", "[^/]+", chemin).replace("*", ".*")
            regles.append((forme, [ligne.strip().split(": ", 1) for ligne in lignes]))

        class Reponse(SimpleHTTPRequestHandler):
            def end_headers(self):
                adresse = self.path.partition("?")[0]
                for nom, valeur in (e for forme, entetes in regles if re.fullmatch(forme, adresse) for e in entetes):
                    self.send_header(nom, valeur)
                super().end_headers()

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), partial(Reponse, directory=str(site)))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def adresse(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"
