"""A site made again after an edit is the same, byte for byte, as one made from nothing, wherever and however."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import copie as edits
import pytest
from copie import TOUS, Copie
from outils import PARAMETRES, contenu, dire, md

pytestmark = pytest.mark.slow


def le_meme_site_que_de_rien(copie: Copie, *options: str, env: dict[str, str] | None = None) -> None:
    autre = copie.racine.with_name("de_rien")
    shutil.rmtree(autre, ignore_errors=True)
    copie.construire("--output", str(autre), *options, env=env)
    attendues = contenu(autre / "site")
    obtenues = contenu(copie.site)
    assert obtenues.keys() == attendues.keys()
    assert [nom for nom in attendues if obtenues[nom] != attendues[nom]] == []


@pytest.mark.parametrize(
    ("modifications", "executes"),
    [
        # What other pages show changes (`comparaison` has an acronym); a table is removed, and its files go.
        ([edits.definition_que_toutes_les_pages_montrent, edits.tableau_retire], {"lexique", "conseil-administration"}),
        # Data, texts, nomenclatures, schemas and notebooks of three chapters; the other is not touched.
        (
            [
                *(edits.donnee_de_l_annee, edits.donnee_de_l_annee_precedente, edits.texte_de_l_annee, edits.notebook),
                *(edits.nomenclature, edits.schema, edits.fichiers_touches_sans_etre_changes, edits.annee_suivante),
            ],
            {"conseil-administration", "comparaison", "index"},
        ),
        # The library, its style, what is installed: everything runs, in a folder that holds pages of before.
        ([edits.module_de_la_bibliotheque, edits.style_des_figures, edits.versions_installees], TOUS),
    ],
    ids=["glossary and table", "chapters", "library"],
)
def test_edits_leave_the_site_as_if_it_were_made_from_nothing(
    copie: Copie, modifications: list[Callable[[Copie], None]], executes: set[str]
):
    for modifier in modifications:
        modifier(copie)
    assert set(copie.executes()) == executes
    le_meme_site_que_de_rien(copie)


def test_the_title_of_a_table_changes_on_the_pages_that_refer_to_it(copie: Copie):
    copie.chapitre("index", md("# Accueil\n\nVoir {ref}`tableau-administrateurs`."), PARAMETRES, dire("'Bonjour'"))
    titre, compte = "Administrateurs par collège", "{{ ensemble.titulaire | phrase('titulaire') }} par collège"
    copie.remplacer("chapters/conseil-administration.ipynb", titre, compte)
    copie.construire()
    avant = contenu(copie.site)["2023/index.html"]
    edits.donnee_de_l_annee(copie)
    assert set(copie.executes()) == {"conseil-administration"}
    assert contenu(copie.site)["2023/index.html"] != avant
    le_meme_site_que_de_rien(copie)


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


def test_the_site_does_not_depend_on_jobs_clock_or_place(copie: Copie):
    """With one job or four, in another time zone, in another folder; at another time only the date of the manifest
    differs."""
    le_meme_site_que_de_rien(copie, "--jobs", "1", env={"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7"})
    autre = copie.racine.with_name("datee")
    env = {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "8", "SOURCE_DATE_EPOCH": "1800000000"}
    copie.construire("--output", str(autre), "--jobs", "4", env=env)
    ici, la = contenu(copie.site), contenu(autre / "site")
    assert la.keys() == ici.keys()
    assert {nom for nom in la if la[nom] != ici[nom]} == {"2023/manifest.json"}
