"""The table of contents, and the rule that leaves out what an edition's data do not allow to print."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_output
from outils import PARAMETRES, code, md, notebook

from rapport.livre import sections, sommaire
from rapport.livre.sections import elaguer
from rapport.livre.sommaire import ErreurChapitre, lire_carnet, lister_chapitres, sommaire_a_plat


def titres(nb) -> list[str]:
    return [c.source.splitlines()[0] for c in nb.cells if c.cell_type == "markdown"]


def connait(*codes: str):
    return lambda code: code in codes


def test_chapters_in_book_order_with_their_part(projet):
    assert [(c.nom, c.partie) for c in lister_chapitres(projet.racine)] == [
        ("index", None),
        ("premier", "Une partie"),
        ("second", "Une partie"),
    ]


def test_missing_notebook_is_named(projet):
    projet.toc(["premier", "absent"])
    with pytest.raises(ErreurChapitre, match="« chapters/absent » n’existe pas"):
        lister_chapitres(projet.racine)


def test_same_name_twice(projet):
    projet.toc(["premier", "premier"])
    with pytest.raises(ErreurChapitre, match="deux chapitres s’appellent « premier »"):
        lister_chapitres(projet.racine)


def test_flat_toc_drops_chapters_and_empty_parts():
    toc = {
        "format": "jb-book",
        "root": "chapters/index",
        "parts": [
            {"caption": "Un", "chapters": [{"file": "chapters/a", "sections": [{"file": "chapters/b"}]}]},
            {"caption": "Deux", "chapters": [{"file": "chapters/c"}]},
        ],
    }
    plat = sommaire_a_plat(toc, ["index", "a"])
    assert plat == {
        "format": "jb-book",
        "root": "index",
        "parts": [{"caption": "Un", "chapters": [{"file": "a"}]}],
    }
    assert toc["parts"][0]["chapters"][0]["file"] == "chapters/a"


def test_everything_known_changes_nothing():
    nb = notebook(md("# T\n% données : a"), PARAMETRES, md("## S\n% données : a, b"), code("x = 1"))
    assert elaguer(nb, connait("a", "b")) == nb


def test_a_section_goes_with_its_cells_and_subsections_up_to_the_next_of_its_level():
    nb = notebook(
        md("# T"), code("1"), md("## A\n% données : a"), code("2"), md("### A1"), code("3"), md("## B"), code("4")
    )
    reste = elaguer(nb, connait())
    assert titres(reste) == ["# T", "## B"]
    assert [c.source for c in reste.cells if c.cell_type == "code"] == ["1", "4"]
    assert len(nb.cells) == 8, "the notebook given is left as it is"


def test_all_the_names_of_a_line_are_needed():
    nb = notebook(md("# T"), code("1"), md("## A\n% données : a, b"), code("2"))
    assert titres(elaguer(nb, connait("a"))) == ["# T"]


def test_the_chapter_goes_with_its_title():
    assert elaguer(notebook(md("# T\n% données : a"), PARAMETRES, md("## S"), code("1")), connait()) is None


@pytest.mark.parametrize(
    ("parent", "reste"),
    [
        ("## A", False),
        ("(cible)=\n## A\n% un commentaire", False),
        ("## A\n\nUne phrase.", True),
    ],
)
def test_a_heading_left_alone_goes_too(parent, reste):
    nb = notebook(
        md("# T"),
        code("1"),
        md(parent),
        md("### A1\n% données : a"),
        code("2"),
        md("### A2\n% données : b"),
        code("3"),
        md("## B"),
        code("4"),
    )
    assert ("## A" in elaguer(nb, connait()).cells[2].source) == reste
    assert "## A" in elaguer(nb, connait("b")).cells[2].source


def test_a_parent_with_a_cell_of_its_own_stays():
    nb = notebook(md("# T"), code("1"), md("## A"), code("2"), md("### A1\n% données : a"), code("3"))
    assert titres(elaguer(nb, connait())) == ["# T", "## A"]


def test_headings_left_alone_go_level_after_level():
    nb = notebook(md("# T"), code("1"), md("## A"), md("### A1"), md("#### A11\n% données : a"), code("2"))
    assert titres(elaguer(nb, connait())) == ["# T"]


def test_a_heading_that_never_had_anything_below_stays():
    assert titres(elaguer(notebook(md("# T"), code("1"), md("## A"), md("## B"), code("2")), connait())) == [
        "# T",
        "## A",
        "## B",
    ]


def test_a_heading_under_which_nothing_came_out_goes():
    """In an executed notebook, whose code is not shown: a text or an output, below too, keeps a heading."""
    sortie = new_output("display_data", {"text/plain": "1"})
    vide, pleine = code("1"), code("1")
    pleine.outputs = [sortie]
    nb = notebook(md("# T"), vide, md("## A"), vide, md("### A1"), vide, md("## B"), md("### B1"), pleine)
    nb.cells += [md("## C\n\nDu texte."), vide, md("## D"), md("Du texte.")]
    assert titres(sections.sans_titres_seuls(nb)) == ["# T", "## B", "### B1", "## C", "## D", "Du texte."]


def test_accents_and_spaces_of_the_line_do_not_matter():
    nb = notebook(md("# T"), code("1"), md("## A\n%donne\u0301es\u00a0:  a ,b"), code("2"))
    assert titres(elaguer(nb, connait("a", "b"))) == ["# T", "## A"]
    assert titres(elaguer(nb, connait("a"))) == ["# T"]


def test_a_line_that_no_heading_carries_is_refused(projet):
    projet.chapitre("premier", md("# T"), code("1"), md("Du texte\n\n% données : a"))
    with pytest.raises(ErreurChapitre, match=r"cellule 3.*cellule d’un titre"):
        elaguer(lire_carnet(projet.racine / "chapters" / "premier.ipynb"), connait())


def test_a_heading_in_code_or_in_a_fence_is_no_section():
    nb = notebook(
        md("# T"),
        code("# a comment in code: no Markdown cell\nx = 1"),
        md("Du texte\n\n```\n## A\n```"),
        md("## B"),
        code("1"),
    )
    assert len(sections.lire_sections(nb).sections[0].sections) == 1


def test_cells_keep_their_place_in_the_file(projet):
    chemin = projet.chapitre(
        "premier", md("# T"), code("1"), md("## A\n% données : a"), code("2"), md("## B"), code("3")
    )
    reste = elaguer(lire_carnet(chemin), connait())
    assert [c.metadata[sommaire.POSITION] for c in reste.cells] == [1, 2, 5, 6]


def test_a_file_that_is_no_notebook(projet):
    (projet.racine / "chapters" / "premier.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(ErreurChapitre, match=r"premier\.ipynb : ce n’est pas un notebook"):
        lire_carnet(projet.racine / "chapters" / "premier.ipynb")


@pytest.mark.parametrize(
    ("cellule", "tables"),
    [
        (code('ed.table("visites")'), {"visites"}),
        (code('ed["effectifs.cdi.agents"]'), {"effectifs"}),
        (code('ed[f"effectifs.{code}.agents", annee - 1]'), {"effectifs"}),
        (code('%%texte\n{{ ed["action_sociale.aides.depenses_eur"] }}'), {"action_sociale"}),
        (code('ed.publie("un_total")'), {"publie"}),
        (code('ed.nomenclature("prestations", depuis=annee); ed.libelles("visites")'), set()),
        (md("## Une section\n% données : visites, effectifs N-1"), {"visites", "effectifs"}),
        (md("Une phrase qui nomme visites."), set()),
    ],
)
def test_a_chapter_uses_the_tables_that_it_names(projet, cellule, tables):
    projet.chapitre("premier", md("# T"), PARAMETRES, cellule)
    usages = sections.chapitres_par_table(projet.racine)
    connues = {"visites", "effectifs", "action_sociale", "publie", "prestations"}
    assert {table for table, chapitres in usages.items() if "premier" in chapitres and table in connues} == tables
