"""A copy of the project, library and data whole, with a few chapters; and the edits after which it is built again."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import nbformat
from outils import PARAMETRES, RACINE, PetitProjet, code, dire, md

OUVRIR = "from rapport.chapitre import *\n%load_ext rapport.chapitre\ned = ouvrir(annee, donnees)"
TOUS = {"index", "comparaison", "conseil-administration", "lexique"}


class Copie(PetitProjet):
    """A copy of the project with the chapters `TOUS`; it runs its own copy of the library."""

    def __init__(self, racine: Path):
        self.racine, self.site = racine, racine / "_build" / "site"
        for nom in ("data", "rapport"):
            shutil.copytree(RACINE / nom, racine / nom, ignore=shutil.ignore_patterns("__pycache__"))
        (racine / "data" / "2023" / "textes" / "index.md").unlink()  # this first page says nothing of the year
        for nom in ("_config.yml", "requirements.txt"):
            shutil.copy(RACINE / nom, racine)
        self.toc(["comparaison", "conseil-administration", "lexique"])
        self.chapitre("index", md("# Accueil"), PARAMETRES, dire('f"Édition {annee}"'))
        self.chapitre(
            "comparaison",
            md("# Comparaison\n\nDu texte, avec l’AAH."),
            PARAMETRES,
            code(OUVRIR + '\nmontants = ed.serie("accueils_loisirs.ps_jeunes.montant_eur", [annee - 1, annee])'),
            code(
                "%%texte\nDe {{ montants[annee - 1] }} à {{ montants[annee] }}.\n\n"
                '{{ texte_annee("vacances-loisirs", "premiers_departs") }}'
            ),
        )
        for nom in ("conseil-administration", "lexique"):
            shutil.copy(RACINE / "chapters" / f"{nom}.ipynb", racine / "chapters")
        self.remplacer("chapters/conseil-administration.ipynb", " (voir [](chiffres-cles.ipynb))", "")

    def construire(self, *options: str, env: dict[str, str] | None = None) -> str:
        """Build the edition 2023; returns what was printed."""
        env = {"PYTHONPATH": str(self.racine), "SOURCE_DATE_EPOCH": "1700000000", **(env or {})}
        fin = self.rapport("build", "2023", *options, env=env)
        assert fin.returncode == 0, fin.stderr
        return fin.stdout

    def executes(self, *options: str) -> dict[str, str]:
        """Build; returns the chapters that ran, and why."""
        return dict(
            re.findall(r"^2023 ([\w-]+) : terminé \([^)]*\), (.*), \d sur \d$", self.construire(*options), re.M)
        )

    def remplacer(self, fichier: str, avant: str, apres: str) -> None:
        chemin = self.racine / fichier
        texte = chemin.read_text(encoding="utf-8")
        assert avant in texte
        chemin.write_text(texte.replace(avant, apres, 1), encoding="utf-8")


# --- Edits


def donnee_de_l_annee(copie: Copie) -> None:
    copie.remplacer("data/2023/administrateurs.csv", "titulaire", "suppleant")


def donnee_de_l_annee_precedente(copie: Copie) -> None:
    copie.remplacer("data/2022/accueils_loisirs.csv", "426981", "426982")


def nomenclature(copie: Copie) -> None:
    copie.remplacer("data/nomenclatures/organisations.csv", "Confédération", "Fédération")


def definition_que_toutes_les_pages_montrent(copie: Copie) -> None:
    copie.remplacer("data/nomenclatures/sigles.csv", "Allocation", "Nouvelle allocation")


def texte_de_l_annee(copie: Copie) -> None:
    copie.remplacer(
        "data/2023/textes/vacances-loisirs.md", "## premiers_departs\n\n", "## premiers_departs\n\nUne phrase de plus. "
    )


def schema(copie: Copie) -> None:
    copie.remplacer("data/schemas/administrateurs.yaml", "title: ", "title: Autre ")


def module_de_la_bibliotheque(copie: Copie) -> None:
    copie.remplacer("rapport/chapitre/prose.py", '"""', '"""Changed. ')


def style_des_figures(copie: Copie) -> None:
    copie.remplacer("rapport/chapitre/rapport.mplstyle", "axes.titlesize", "axes.labelpad: 7\naxes.titlesize")


def notebook(copie: Copie) -> None:
    copie.remplacer("chapters/index.ipynb", "# Accueil", "# Un autre accueil")


def tableau_retire(copie: Copie) -> None:
    chemin = copie.racine / "chapters" / "conseil-administration.ipynb"
    carnet = nbformat.read(chemin, as_version=4)
    carnet.cells = [c for c in carnet.cells if 'nom="tableau-representants-personnel"' not in c.source]
    nbformat.write(carnet, chemin)


def versions_installees(copie: Copie) -> None:
    copie.remplacer("requirements.txt", "pandas==", "# une autre version\npandas==")


def fichiers_touches_sans_etre_changes(copie: Copie) -> None:
    for dossier in ("data", "chapters", "rapport"):
        for chemin in (copie.racine / dossier).rglob("*"):
            os.utime(chemin)


def annee_suivante(copie: Copie) -> None:
    shutil.copytree(copie.racine / "data" / "2023", copie.racine / "data" / "2024")
