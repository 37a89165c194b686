"""What `rapport build` itself refuses of a chapter: before it runs, and of what it shows once it has."""

from __future__ import annotations

import re

import nbformat
import pytest
from outils import PARAMETRES, PetitProjet, code, md, simple

from rapport.build import gate
from rapport.build.plan import PUBLISH, make_plan
from rapport.build.project import Project
from rapport.donnees.refus import Refus
from rapport.livre.sommaire import ErreurChapitre, contenu, lire_carnet, lister_chapitres

pytestmark = pytest.mark.slow

OURS = code("from rapport.chapitre import *\n%load_ext rapport.chapitre")
OFFERED = "import pandas as pd\ned = ouvrir(annee, donnees)\ntelechargement(pd.DataFrame({{'Lieu': ['Foix']}}), '{}')"
CHAPTERS = {  # chapter → its cells, and what is said of them, in order
    "imprime": (
        [code("print(donnees)"), code('markdown(f"Lu dans {donnees}.")')],
        ["cellule 4 (édition 2023)", "la cellule imprime « ", "%%texte", "cellule 5 : la cellule montre « ", "machine"],
    ),
    "brut": (
        [
            code("import pandas as pd, matplotlib.pyplot as plt\npd.DataFrame({'a': [1.5]})"),
            code("plt.plot([1, 2])\nplt.show()"),
            code("from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>gras</b>'))"),
            code("display(Markdown('*texte*'))"),
            code("1 + 1"),
        ],
        ["un tableau", "tableau(…)", "cellule 5", "figure(fig, …)", "cellule 6", "du HTML", "cellule 7", "« 2 »"],
    ),
    "machine": (
        [
            code("lu = None"),
            code("%%texte\nIl y a {{ lu }} visites."),
            code("markdown(f'Soit {0.1 + 0.2}.')"),
            code("import pandas as pd\nmarkdown(pd.DataFrame({'a': [1]}).to_html())"),
            code("markdown('| a |\\n|---|\\n| 1 |')"),
            code("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    markdown(f'{e!r}')"),
            code("import tempfile\nmarkdown(f'Lu dans {tempfile.gettempdir()}.')"),
        ],
        [
            *("cellule 5 (", "« None »", "cellule 6", "« 0.30000000000000004 »", "cellule 7", "un tableau"),
            *("cellule 8", "un tableau", "cellule 9", "« ZeroDivisionError »", "cellule 10", "machine"),
        ],
    ),
    "avertit": ([code("import warnings\nwarnings.warn('à éviter')")], ["« UserWarning: à éviter »"]),
    "fil": (
        [code("import threading\nfil = threading.Thread(target=lambda: 1 / 0)\nfil.start()\nfil.join()")],
        ["un avertissement", "ZeroDivisionError: division by zero »"],
    ),
    "long": (
        [code("import warnings\nwarnings.warn('à éviter ' + 'x' * 900 + ' : la cause')")],
        ["« UserWarning: à éviter x", "x […] x", "x : la cause »"],
    ),
    "magie": ([code("%%text\nUn texte."), code("x = 1")], ["magie %%text inconnue. Proches : « %%texte »."]),
    "double": (
        [code(OFFERED.format("un-nom")), code("x = 1"), code(OFFERED.format("un-nom"))],
        ["cellule 6 (édition 2023)", "« un-nom » est déjà le nom", "de la cellule 4 : donnez-en un autre."],
    ),
    **{
        f"annee-{rang}": ([code(change), code("x = 1")], ["cellule 4 (", "elle change « annee » ou « donnees »"])
        for rang, change in enumerate(
            [
                "exec('annee = 2022')",
                "globals().update(donnees='../autre')",
                "from un_module import *",
                "%run un_module.py",
            ]
        )
    },
    "plus-tard": (
        [
            code("from rapport.donnees.edition import Edition\nlu = Edition(2024, donnees)['visiteurs']"),
            code("%%texte\nIl y a {{ lu | phrase('visite') }}."),
        ],
        ["cellule 5", "« Visites, 2024 »", "l’édition 2023", "ouvrir(annee, donnees)"],
    ),
    "arrete": (
        [code("import warnings\nwarnings.filterwarnings('ignore')\nimport sys\nsys.exit(0)"), code("x = 1")],
        ["cellule 4 (édition 2023)", "SystemExit : la cellule arrête le chapitre"],
    ),
    "leve": ([code("x = 1\n1 / 0", "raises-exception"), code("x = 2")], ["cellule 4, ligne 2", "ZeroDivisionError"]),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> dict[str, str]:
    """Chapter → what the build says of it. One build for all."""
    project = PetitProjet(tmp_path_factory.mktemp("gate") / "projet")
    project.toc(list(CHAPTERS))
    (project.racine / "chapters" / "un_module.py").write_text("annee = 2022\n")
    project.donnee(2024, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,13,r,\n")
    project.donnee(2024, "edition.yaml", "statut: définitive\npublication: ND\n")
    for name, (cells, _) in CHAPTERS.items():
        project.chapitre(name, md(f"# {name}"), PARAMETRES, OURS, *cells)
    end = project.rapport("build", "2023")
    assert end.returncode == 1
    assert not project.site.exists()
    title, *parts = re.split(r"(?m)^chapters/", simple(end.stderr))
    assert title == f"{len(CHAPTERS)} chapitres ont échoué. Rien n’est publié.\n"
    return {part.partition(".ipynb")[0]: part for part in parts}


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_is_not_made_for_readers_is_refused(said, name):
    place = 0
    for words in CHAPTERS[name][1]:
        place = said[name].find(words, place)
        assert place >= 0, (words, said[name])


def test_two_chapters_do_not_offer_files_of_one_name(projet):
    """Only one of them could be read; nothing is published, and the name is told again as long as it is not mended."""
    cells = [md("# Titre"), PARAMETRES, OURS, code(OFFERED.format("un-nom"))]
    for name in ("premier", "second"):
        projet.chapitre(name, *cells)
    for _ in range(2):
        end = projet.rapport("build", "2023")
        assert (end.returncode, projet.site.exists()) == (1, False)
        said = "chapters/second.ipynb, cellule 4 : « un-nom » est déjà le nom d’une figure, d’un tableau, d’un fichier"
        assert f"{said} ou d’un repère de premier.ipynb : donnez-en un autre." in simple(end.stderr)
    projet.chapitre("second", *cells[:3], code(OFFERED.format("autre-nom")))
    assert projet.rapport("build", "2023").returncode == 0


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([code('annee = 2023\ndonnees = "../data"')], "notebook : le chapitre ne prend pas annee ni donnees"),
        ([code('anne = 2023\ndonnees = "../data"', "parameters")], "cellule 2 : le chapitre ne prend pas annee,"),
        ([code("annee = 2023", "parameters")], "cellule 2 : le chapitre ne prend pas donnees,"),
        ([PARAMETRES, code("%%time\nannee = 2023")], "cellule 3 : elle change « annee »"),
        ([PARAMETRES, code("for annee in (2022, 2023):\n    x = 1")], "cellule 3 : elle change « annee »"),
        ([PARAMETRES, code("import os as donnees")], "cellule 3 : elle change « donnees »"),
    ],
)
def test_a_chapter_that_could_show_another_year_does_not_run(projet, cells, message):
    notebook = lire_carnet(projet.chapitre("premier", md("# Premier"), *cells))
    with pytest.raises(ErreurChapitre) as refusal:
        gate.check_notebook(notebook)
    assert message in str(refusal.value)


@pytest.mark.parametrize("cell", [md("Du texte."), md("## Section"), code("x = 1")])
def test_a_chapter_without_a_title_does_not_run(projet, cell):
    with pytest.raises(ErreurChapitre, match="le chapitre n’a pas de titre"):
        gate.check_notebook(lire_carnet(projet.chapitre("premier", cell, PARAMETRES)))


@pytest.mark.parametrize(
    "cell",
    [
        code("%%texte\nEn {{ annee }} <a href='x.html'>lien</a>, annee = 2"),
        code("[annee for annee in (1, 2)]\nf = lambda annee: annee\ndef g(annee):\n    annee = 2"),
    ],
)
def test_what_only_looks_like_it_runs(projet, cell):
    gate.check_notebook(lire_carnet(projet.chapitre("premier", md("# Premier"), PARAMETRES, cell)))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('{\n "cells"', '{\n<<<<<<< HEAD\n "cells"', "chapters/premier.ipynb, ligne 2 : conflit de fusion Git"),
        ('"nbformat": 4', '"nbformat": 3', "chapters/premier.ipynb : notebook au format 3."),
        ('"cells"', "cells", "chapters/premier.ipynb : ce n’est pas un notebook lisible (ligne 2)"),
        ('"id": "b"', '"id": "a"', "chapters/premier.ipynb, cellule 3 : elle a l’identifiant de la cellule 1."),
    ],
)
def test_a_notebook_that_cannot_be_read_says_where_once(projet, before, after, message):
    title, last = md("# Premier"), code("x = 1")
    title["id"], last["id"] = "a", "b"
    path = projet.chapitre("premier", title, PARAMETRES, last)
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    project = Project(projet.racine, projet.racine / "data", projet.racine / "_build")
    with pytest.raises(Refus) as refusal:
        make_plan(project, 2023, PUBLISH)
    assert str(refusal.value).startswith(message)


def test_cells_without_an_identifier_are_the_same_at_each_reading(projet):
    path = projet.chapitre("premier", md("# Premier"), PARAMETRES)
    path.write_text(re.sub(r'"id": "[^"]+",', "", path.read_text(encoding="utf-8")), encoding="utf-8")
    assert contenu(lire_carnet(path)) == contenu(lire_carnet(path))


@pytest.mark.parametrize(
    "text", ["Licence Ouverte 2.0, version 1.2.3, `0.5`.", "[là](a-0.5.csv), <b class='a 0.5'>12,5</b>, le 2.10.23."]
)
def test_what_only_looks_written_for_machines_is_shown(text):
    output = nbformat.v4.new_output("display_data", {"text/markdown": text, "text/plain": text})
    cell = nbformat.v4.new_code_cell("x = 1", outputs=[output], execution_count=1)
    assert gate.defects(nbformat.v4.new_notebook(cells=[cell]), []) == []


@pytest.mark.parametrize("name", ["search", "Genindex"])
def test_a_chapter_does_not_take_the_page_of_another(projet, name):
    projet.chapitre(name, md("# Titre"), PARAMETRES)
    projet.toc([name])
    with pytest.raises(ErreurChapitre, match=f"« {name} » est le nom d’une page"):
        lister_chapitres(projet.racine)
