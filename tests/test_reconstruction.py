"""What changed is made again, and only that: which chapters run after an edit, and why they say that they do."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import copie as edits
import pytest
from copie import TOUS, Copie
from outils import PARAMETRES, code, contenu, md

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("modifications", "executes"),
    [
        (
            [edits.donnee_de_l_annee, edits.fichiers_touches_sans_etre_changes, edits.annee_suivante],
            {"conseil-administration": "data/2023/administrateurs.csv"},
        ),
        (
            [edits.donnee_de_l_annee_precedente, edits.nomenclature, edits.notebook],
            {
                "comparaison": "data/2022/accueils_loisirs.csv",
                "conseil-administration": "data/nomenclatures/organisations.csv",
                "index": "chapters/index.ipynb",
            },
        ),
        (
            [edits.texte_de_l_annee, edits.schema, edits.definition_que_toutes_les_pages_montrent],
            {
                "comparaison": "data/2023/textes/vacances-loisirs.md",
                "conseil-administration": "data/schemas/administrateurs.yaml",
                "lexique": "data/nomenclatures/sigles.csv",
            },
        ),
        ([edits.module_de_la_bibliotheque], dict.fromkeys(TOUS, "la bibliothèque")),
        ([edits.style_des_figures], dict.fromkeys(TOUS, "la bibliothèque")),
        ([edits.versions_installees], dict.fromkeys(TOUS, "requirements.txt")),
    ],
    ids=["one chapter", "three chapters", "three others", "library", "style", "versions"],
)
def test_inputs_changed(copie: Copie, modifications: list[Callable[[Copie], None]], executes: dict[str, str]):
    """Exactly the chapters that depend on them run, and each says why: for its own input, not for that of another."""
    for modifier in modifications:
        modifier(copie)
    assert copie.executes() == {chapitre: f"{cause} a changé" for chapitre, cause in executes.items()}


def test_a_new_past_year_may_matter_to_every_chapter(copie: Copie):
    shutil.copytree(copie.racine / "data" / "2018", copie.racine / "data" / "2017")
    assert set(copie.executes().values()) == {"la liste des années a changé"}


def test_force_runs_all_and_changes_nothing(copie: Copie):
    avant = contenu(copie.site)
    assert copie.executes("--force") == dict.fromkeys(TOUS, "tout est demandé")
    assert contenu(copie.site) == avant


def test_an_executed_notebook_that_was_tampered_with_is_made_again(copie: Copie):
    avant = contenu(copie.site)
    execute = copie.racine / "_build" / "2023" / "executes" / "index.ipynb"
    intact = execute.read_bytes()
    execute.write_bytes(intact.replace("Édition 2023".encode(), "Édition 2099".encode()))
    assert execute.read_bytes() != intact
    (copie.site / "2023" / "index.html").write_text("", encoding="utf-8")  # or else there is nothing to make
    assert copie.executes() == {"index": "le résultat précédent manque"}
    assert contenu(copie.site) == avant


def test_while_nothing_changes_there_is_nothing_to_do_for_the_same_request(copie: Copie):
    copie.construire()
    avant = contenu(copie.site)
    rien = f"Rien n’a changé depuis la dernière construction.\nLe livre : {copie.site / 'index.html'}\n"
    edits.fichiers_touches_sans_etre_changes(copie)
    assert copie.construire() == rien
    assert "PDF" not in copie.construire("--no-pdf")
    assert copie.construire("--no-pdf") == rien
    page = copie.site / "2023" / "index.html"
    page.write_text("", encoding="utf-8")
    assert copie.construire() != rien
    assert contenu(copie.site) == avant


def test_a_file_changed_while_its_chapter_runs_counts_as_changed(copie: Copie):
    """Which of the two contents the chapter read cannot be known: it runs again."""
    chemin = copie.racine / "data" / "nomenclatures" / "sites.csv"
    copie.chapitre(
        "index",
        md("# Accueil"),
        PARAMETRES,
        code(f"import os\nlu = open({str(chemin)!r}).read()\nos.utime({str(chemin)!r})"),
    )
    assert set(copie.executes()) == {"index"}
    assert "data/nomenclatures/sites.csv a changé" in copie.executes().values()
