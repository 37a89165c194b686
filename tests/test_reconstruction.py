"""Only what changed is made again, and the site is then the same, byte for byte, as one made from nothing.

A copy of the project, library and data whole, with a few chapters. Each test edits one input, builds, and compares.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from outils import PARAMETRES, RACINE, PetitProjet, contenu

OUVRIR = "from rapport.chapitre import *\n%load_ext rapport.chapitre\ned = ouvrir(annee, donnees)"
AVEC_NOTRE_BIBLIOTHEQUE = {"comparaison", "conseil-administration", "lexique"}
TOUS = {"index", *AVEC_NOTRE_BIBLIOTHEQUE}


class Copie(PetitProjet):
    """A copy of the project with the chapters `TOUS`; it runs its own copy of the library."""

    def __init__(self, racine: Path):
        self.racine, self.site = racine, racine / "_build" / "site"
        for nom in ("data", "rapport"):
            shutil.copytree(RACINE / nom, racine / nom, ignore=shutil.ignore_patterns("__pycache__"))
        for nom in ("_config.yml", "requirements.txt"):
            shutil.copy(RACINE / nom, racine)
        self.toc(["comparaison", "conseil-administration", "lexique"])
        self.chapitre("index", "# Accueil", PARAMETRES, 'print(f"Édition {annee}")')
        self.chapitre(
            "comparaison",
            "# Comparaison",
            PARAMETRES,
            OUVRIR + '\nmontants = ed.serie("accueils_loisirs.ps_jeunes.montant_eur", [annee - 1, annee])',
            "%%texte\nDe {{ montants[annee - 1] }} à {{ montants[annee] }}.\n\n"
            '{{ texte_annee("vacances-loisirs", "sejours_courts") }}',
        )
        for nom in ("conseil-administration", "lexique"):
            shutil.copy(RACINE / "chapters" / f"{nom}.ipynb", racine / "chapters")

    def construire(self, *options: str, env: dict[str, str] | None = None) -> str:
        """Build the edition 2023; returns what was printed."""
        env = {"PYTHONPATH": str(self.racine), "SOURCE_DATE_EPOCH": "1700000000", **(env or {})}
        fin = self.rapport("build", "2023", *options, env=env)
        assert fin.returncode == 0, fin.stderr
        return fin.stdout

    def executes(self, *options: str) -> dict[str, str]:
        """Build; returns the chapters that ran, and why."""
        return dict(re.findall(r"^2023 ([\w-]+) : terminé \([^)]*\), (.*), \d sur 4$", self.construire(*options), re.M))

    def remplacer(self, fichier: str, avant: str, apres: str) -> None:
        chemin = self.racine / fichier
        texte = chemin.read_text(encoding="utf-8")
        assert avant in texte
        chemin.write_text(texte.replace(avant, apres, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def originale(tmp_path_factory) -> Copie:
    """Built once; `copie` puts it back as it was, build and all, after each test."""
    copie = Copie(tmp_path_factory.mktemp("originale") / "projet")
    assert set(copie.executes()) == TOUS
    shutil.copytree(copie.racine, copie.racine.with_name("gardée"))
    return copie


@pytest.fixture
def copie(originale: Copie):
    yield originale
    shutil.rmtree(originale.racine)
    shutil.copytree(originale.racine.with_name("gardée"), originale.racine)


def le_meme_site_que_de_rien(copie: Copie, *options: str, env: dict[str, str] | None = None) -> None:
    autre = copie.racine.with_name("de_rien")
    shutil.rmtree(autre, ignore_errors=True)
    copie.construire("--output", str(autre), *options, env=env)
    attendues = contenu(autre / "site")
    obtenues = contenu(copie.site)
    assert obtenues.keys() == attendues.keys()
    assert [nom for nom in attendues if obtenues[nom] != attendues[nom]] == []


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
        "data/2023/textes/vacances-loisirs.md", "## sejours_courts\n\n", "## sejours_courts\n\nUne phrase de plus. "
    )


def schema(copie: Copie) -> None:
    copie.remplacer("data/schemas/administrateurs.yaml", "title: ", "title: Autre ")


def module_de_la_bibliotheque(copie: Copie) -> None:
    copie.remplacer("rapport/chapitre/prose.py", '"""', '"""Changed. ')


def style_des_figures(copie: Copie) -> None:
    copie.remplacer("rapport/chapitre/rapport.mplstyle", "axes.titlesize", "axes.labelpad: 7\naxes.titlesize")


def notebook(copie: Copie) -> None:
    copie.remplacer("chapters/index.ipynb", "# Accueil", "# Un autre accueil")


def versions_installees(copie: Copie) -> None:
    copie.remplacer("requirements.txt", "pandas==", "# une autre version\npandas==")


def fichiers_touches_sans_etre_changes(copie: Copie) -> None:
    for dossier in ("data", "chapters", "rapport"):
        for chemin in (copie.racine / dossier).rglob("*"):
            os.utime(chemin)


def annee_suivante(copie: Copie) -> None:
    shutil.copytree(copie.racine / "data" / "2023", copie.racine / "data" / "2024")


@pytest.mark.parametrize(
    ("modifier", "attendus", "raison"),
    [
        (donnee_de_l_annee, {"conseil-administration"}, "data/2023/administrateurs.csv a changé"),
        (donnee_de_l_annee_precedente, {"comparaison"}, "data/2022/accueils_loisirs.csv a changé"),
        (nomenclature, {"conseil-administration"}, "data/nomenclatures/organisations.csv a changé"),
        (definition_que_toutes_les_pages_montrent, {"lexique"}, "data/nomenclatures/sigles.csv a changé"),
        (texte_de_l_annee, {"comparaison"}, "data/2023/textes/vacances-loisirs.md a changé"),
        (schema, {"conseil-administration"}, "data/schemas/administrateurs.yaml a changé"),
        (module_de_la_bibliotheque, AVEC_NOTRE_BIBLIOTHEQUE, "rapport/chapitre/prose.py a changé"),
        (style_des_figures, AVEC_NOTRE_BIBLIOTHEQUE, "rapport/chapitre/rapport.mplstyle a changé"),
        (notebook, {"index"}, "chapters/index.ipynb a changé"),
        (versions_installees, TOUS, "requirements.txt a changé"),
        (fichiers_touches_sans_etre_changes, set(), None),
        (annee_suivante, set(), None),
    ],
)
def test_one_input_changed(copie: Copie, modifier: Callable[[Copie], None], attendus: set[str], raison: str | None):
    """Exactly the chapters that depend on it run, each says why, and the site is as if it were made from nothing."""
    modifier(copie)
    assert copie.executes() == dict.fromkeys(attendus, raison)
    le_meme_site_que_de_rien(copie)


def test_a_new_past_year_may_matter_to_every_chapter(copie: Copie):
    shutil.copytree(copie.racine / "data" / "2018", copie.racine / "data" / "2017")
    assert set(copie.executes().values()) == {"la liste des années a changé"}


def test_a_chapter_less_and_a_chapter_more(copie: Copie):
    """Its page, its figures and its words in the search go with it, and come back with it."""
    avant = contenu(copie.site)
    copie.toc(["comparaison", "lexique"])
    assert copie.executes() == {}
    assert not (copie.site / "2023" / "conseil-administration.html").exists()
    le_meme_site_que_de_rien(copie)
    copie.toc(["comparaison", "conseil-administration", "lexique"])
    assert copie.executes() == {}
    assert contenu(copie.site) == avant


def test_force_runs_all(copie: Copie):
    avant = contenu(copie.site)
    assert copie.executes("--force") == dict.fromkeys(TOUS, "tout est demandé")
    assert contenu(copie.site) == avant


def test_an_executed_notebook_that_was_tampered_with_is_made_again(copie: Copie):
    execute = copie.racine / "_build" / "2023" / "executes" / "index.ipynb"
    execute.write_bytes(execute.read_bytes().replace("Édition 2023".encode(), "Édition 2099".encode()))
    assert copie.executes() == {"index": "le résultat précédent manque"}
    le_meme_site_que_de_rien(copie)


def test_a_file_changed_while_its_chapter_runs_counts_as_changed(copie: Copie):
    """Which of the two contents the chapter read cannot be known: it runs again."""
    chemin = copie.racine / "data" / "2023" / "edition.yaml"
    copie.chapitre(
        "index", "# Accueil", PARAMETRES, f"open({str(chemin)!r}).read()\nopen({str(chemin)!r}, 'a').write('\\n')"
    )
    assert set(copie.executes()) == {"index"}
    assert "data/2023/edition.yaml a changé" in copie.executes().values()


def test_the_site_does_not_depend_on_jobs_clock_or_place(copie: Copie):
    """With one job or four, in another time zone, in another folder; at another time only the date of the manifest
    differs."""
    le_meme_site_que_de_rien(copie, "--jobs", "1", env={"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7"})
    le_meme_site_que_de_rien(copie, "--jobs", "4", env={"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "8"})
    autre = copie.racine.with_name("datee")
    copie.construire("--output", str(autre), env={"SOURCE_DATE_EPOCH": "1800000000"})
    ici, la = contenu(copie.site), contenu(autre / "site")
    differents = {nom for nom in la if la[nom] != ici[nom]}
    assert differents == {"2023/manifest.json"}
