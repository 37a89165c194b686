"""A notebook that runs whole says which sections the year lacks, and runs the rest."""

from __future__ import annotations

import nbformat
import papermill
import pytest
from outils import PARAMETRES, RACINE, code, dire, md

from rapport.chapitre.absences import Absences
from rapport.chapitre.seance import SEANCE
from rapport.donnees.edition import Edition
from rapport.livre import sections
from rapport.livre.sommaire import lire_carnet, lister_chapitres

PREPARATION = "from rapport.chapitre import *\n\n%load_ext rapport.chapitre\ned = ouvrir(annee, donnees)"
RARE = "## Rare\n% données : rares"


def executer(carnet, sortie, annee: int, cwd) -> list:
    """The code cells of `carnet`, run by papermill as its command does."""
    options = {"parameters": {"annee": annee}, "kernel_name": "python3", "progress_bar": False}
    papermill.execute_notebook(str(carnet), str(sortie), cwd=str(cwd), **options)
    cellules = nbformat.read(sortie, as_version=4).cells
    return [c for c in cellules if c.cell_type == "code" and "injected-parameters" not in c.metadata.get("tags", [])]


def ecrit(cellule) -> str:
    return "".join(sortie.text for sortie in cellule.outputs if sortie.output_type == "stream")


@pytest.mark.parametrize("ou", [".", "chapters"])
def test_a_section_that_the_year_lacks_says_so_once_and_does_nothing(projet, tmp_path, ou):
    """Wherever the kernel runs: in the project's folder, as the command papermill, or in that of the notebooks."""
    carnet = projet.chapitre(
        "second",
        md("# Second"),
        PARAMETRES,
        code(PREPARATION),
        md(RARE),
        code('1 / ed["rares"]'),
        code("x = 1"),
        md("## Partout"),
        code("print(annee)"),
    )
    cellules = executer(carnet, tmp_path / "sortie.ipynb", 2022, projet.racine / ou)
    absente = (
        "L’année 2022 n’a pas de données pour cette section (« Rare ») : rien n’en est exécuté. Il manque : rares."
    )
    assert [ecrit(cellule).strip() for cellule in cellules] == ["", "", absente, "", "2022"]


@pytest.mark.slow
@pytest.mark.parametrize(("nom", "annee"), [("logement", 2022), ("logement", 2021), ("relation-de-service", 2022)])
def test_the_chapters_run_to_their_end_in_a_year_that_lacks_much(nom, annee, tmp_path):
    """What is passed over is what the edition leaves out; the other cells show something, or nothing, as there."""
    chemin = RACINE / "chapters" / f"{nom}.ipynb"
    cellules = executer(chemin, tmp_path / "sortie.ipynb", annee, RACINE)
    elague = sections.elaguer(lire_carnet(chemin), Edition(annee, RACINE / "data").connait)
    restent = {cellule.source for cellule in elague.cells} if elague else set()
    passees = [c for c in cellules if c.source not in restent and "ouvrir(annee" not in c.source]
    muettes = [c for c in passees if not c.outputs]
    assert all(f"L’année {annee} n’a pas de données" in ecrit(c) for c in passees if c not in muettes)
    assert not any("n’a pas de données" in ecrit(c) for c in cellules if c not in passees)
    assert passees


@pytest.mark.parametrize(
    ("parametre", "dit"),
    [("anne", "« anne » n’existe pas. Proches : « annee »"), ("ville", "Noms connus : « annee », « donnees »")],
)
def test_a_mistyped_parameter_is_refused_with_the_near_one(projet, tmp_path, parametre, dit):
    carnet = projet.chapitre("second", md("# Second"), PARAMETRES, code(PREPARATION))
    options = {"parameters": {parametre: 2022}, "kernel_name": "python3", "progress_bar": False}
    with pytest.raises(papermill.PapermillExecutionError, match=dit):
        papermill.execute_notebook(str(carnet), str(tmp_path / "s.ipynb"), cwd=str(projet.racine), **options)


class Noyau:
    """What a kernel would run instead of a cell of the project's notebooks, in a year."""

    def __init__(self, projet, annee: int, monkeypatch):
        monkeypatch.chdir(projet.racine / "chapters")
        monkeypatch.setattr(SEANCE, "edition", Edition(annee, projet.racine / "data"))
        self._absences = Absences()

    def __call__(self, source: str) -> str:
        return "".join(self._absences.remplacer(source.splitlines(keepends=True))).strip()


def test_cells_run_as_they_are_where_the_year_has_the_data(projet, monkeypatch):
    assert Noyau(projet, 2023, monkeypatch)('print("rare")') == 'print("rare")'


def test_the_cell_that_says_it_says_it_again(projet, monkeypatch):
    projet.chapitre("second", md("# Second"), PARAMETRES, md(RARE), code('print("un")'), code('print("deux")'))
    noyau = Noyau(projet, 2022, monkeypatch)
    assert "cette section (« Rare »)" in noyau('print("un")')
    assert noyau('print("deux")') == "pass"
    assert "cette section (« Rare »)" in noyau('print("un")')


def test_a_chapter_that_the_year_lacks(projet, monkeypatch):
    projet.chapitre(
        "premier", md("# Premier\n% données : rares"), PARAMETRES, code("print(1)"), md("## Section"), code("print(2)")
    )
    noyau = Noyau(projet, 2022, monkeypatch)
    assert "L’année 2022 n’a pas de données pour ce chapitre" in noyau("print(1)")
    assert noyau("print(2)") == "pass"


def test_a_heading_left_alone_names_what_its_sections_lack(projet, monkeypatch):
    projet.chapitre(
        "premier", md("# Premier"), PARAMETRES, md("## Parent"), md("### Fille\n% données : rares"), code("print(1)")
    )
    assert "(« Parent ») : rien n’en est exécuté. Il manque : rares." in Noyau(projet, 2022, monkeypatch)("print(1)")


def test_a_cell_that_is_nowhere_or_also_elsewhere_runs(projet, monkeypatch):
    """A cell being written, and one that stands in another section too: nobody is told which of the two it is."""
    projet.chapitre(
        "second", md("# Second"), PARAMETRES, md(RARE), code("print(1)"), md("## Partout"), code("print(1)")
    )
    noyau = Noyau(projet, 2022, monkeypatch)
    assert noyau("print(3)") == "print(3)"
    assert noyau("print(1)") == "print(1)"


def test_a_notebook_saved_again_is_read_again(projet, monkeypatch):
    noyau = Noyau(projet, 2022, monkeypatch)
    cellule = dire('"rare"')
    assert "cette section" in noyau(cellule.source)
    projet.chapitre("second", md("# Second"), PARAMETRES, md("## Rare"), cellule)
    assert noyau(cellule.source) == cellule.source


@pytest.mark.parametrize("cellule", ["% données : rares", "## Rare\n% données : inconnue"])
def test_a_notebook_that_breaks_the_rules_is_left_to_the_build(projet, monkeypatch, cellule):
    projet.chapitre("second", md("# Second"), PARAMETRES, md(cellule), code("print(1)"))
    assert Noyau(projet, 2022, monkeypatch)("print(1)") == "print(1)"


def test_the_cells_of_a_chapter_differ(projet):
    """A section is known by the sources of its cells."""
    for chapitre in lister_chapitres(RACINE):
        sources = [c.source.strip() for c in lire_carnet(chapitre.chemin).cells if c.cell_type == "code"]
        assert len(sources) == len(set(sources)), chapitre.nom
