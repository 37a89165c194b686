"""The form of every notebook: one skeleton, no outputs, no number typed in prose."""

import ast
import csv
import re
from itertools import pairwise

import nbformat
import pytest
from outils import RACINE

import rapport.chapitre
from rapport.build import gate
from rapport.livre.sommaire import lire_carnet, lister_chapitres

CHAPITRES = {chapitre.nom: chapitre.chemin for chapitre in lister_chapitres(RACINE)}
ADMIS = RACINE / "tests" / "nombres_admis.csv"
"""The reviewed list of numbers that may stand in prose: names of laws, of software."""

SUPERFLUES = {
    "dtype=object": 'dtype="nombre"',
    ".astype(float)": "pandas and the charts take numbers",
    "etiquettes = [f": "barres(serie, parts=…)",
    ".map(lambda n: n.connu)": "dropna(), notna()",
    ".apply(total)": ".sum()",
}
"""What a cell no longer needs, and what it is written with."""

chaque_chapitre = pytest.mark.parametrize("nom", CHAPITRES)


def cellules(nom):
    return nbformat.read(CHAPITRES[nom], as_version=4).cells


def code(nom):
    return [c.source for c in cellules(nom) if c.cell_type == "code"]


def admis(nom):
    with ADMIS.open(encoding="utf-8", newline="") as flux:
        return [ligne["texte"] for ligne in csv.DictReader(flux) if ligne["chapitre"] in (nom, "")]


def sans_gabarit(texte):
    """The words of a template: what stands outside its expressions, comments and link targets."""
    texte = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", texte, flags=re.DOTALL)
    texte = re.sub(r"(?m)^%.*$", "", texte)
    return re.sub(r"\]\([^)]*\)|https?://\S+", "", texte)


def proses(nom):
    """Every piece of prose of a chapter: Markdown, %%texte, and the sentences given to figures and tables."""
    for cellule in cellules(nom):
        if cellule.cell_type == "markdown" or cellule.source.startswith(("%%texte", "%%en_bref")):
            yield sans_gabarit(re.sub(r"^%%en_bref.*", "", cellule.source))
        elif not cellule.source.startswith("%%"):
            python = "\n".join(ligne for ligne in cellule.source.splitlines() if not ligne.startswith("%"))
            for appel in (n for n in ast.walk(ast.parse(python)) if isinstance(n, ast.Call)):
                for mot in appel.keywords:
                    if mot.arg in ("titre", "legende", "forme"):
                        textes = [n.value for n in ast.walk(mot.value) if isinstance(n, ast.Constant)]
                        yield sans_gabarit("".join(t for t in textes if isinstance(t, str)))


@chaque_chapitre
def test_no_outputs_nor_execution_counts(nom):
    for cellule in cellules(nom):
        assert not cellule.get("outputs")
        assert cellule.get("execution_count") is None


@chaque_chapitre
def test_same_skeleton(nom):
    premiere, parametres, preparation = cellules(nom)[:3]
    assert premiere.source.startswith("# ")
    assert parametres.metadata.get("tags") == ["parameters"]
    assert re.fullmatch(r'annee = \d{4}\ndonnees = "\.\./data"', parametres.source)
    assert "from rapport.chapitre import *\n" in preparation.source
    assert "%load_ext rapport.chapitre\ned = ouvrir(annee, donnees)" in preparation.source


@chaque_chapitre
def test_one_title(nom):
    titres = [c for c in cellules(nom) if c.cell_type == "markdown" and c.source.startswith("# ")]
    assert len(titres) == 1


@chaque_chapitre
def test_heading_levels_do_not_jump(nom):
    niveaux = [
        len(m[1]) for c in cellules(nom) if c.cell_type == "markdown" for m in re.finditer(r"(?m)^(#+) ", c.source)
    ]
    assert all(suivant <= niveau + 1 for niveau, suivant in pairwise(niveaux))


@pytest.mark.parametrize("nom", [nom for nom in CHAPITRES if nom not in ("index", "accessibilite", "reproductible")])
def test_sources_and_method_come_last(nom):
    titres = [c.source for c in cellules(nom) if c.cell_type == "markdown" and c.source.startswith("## ")]
    assert titres[-1].startswith("## Sources et méthode")


@chaque_chapitre
def test_no_number_is_typed_in_prose(nom):
    tolerances = admis(nom)
    for texte in proses(nom):
        for tolere in tolerances:
            texte = texte.replace(tolere, "")
        assert not re.search(r"\d", texte), f"number typed in: {texte.strip()!r}"


@chaque_chapitre
def test_sentences_use_the_typographic_apostrophe(nom):
    for texte in proses(nom):
        assert not re.search(r"\w'\w", texte), texte


@chaque_chapitre
@pytest.mark.parametrize("ancienne", SUPERFLUES)
def test_columns_of_numbers_need_no_incantation(nom, ancienne):
    assert not [source for source in code(nom) if ancienne in source], SUPERFLUES[ancienne]


def noms_employes(source):
    """The names that a cell's Python reads, and the functions that its templates call (filters are not names)."""
    for expression in re.findall(r"\{[{%].*?[}%]\}", source, flags=re.DOTALL):
        yield from re.findall(r"(?<![|.\w])\w+(?=\()", expression.replace("| ", "|"))
    if not source.startswith("%%"):
        python = "\n".join(ligne for ligne in source.splitlines() if not ligne.startswith("%"))
        yield from (n.id for n in ast.walk(ast.parse(python)) if isinstance(n, ast.Name))


def test_the_star_gives_only_what_chapters_use():
    employes = {nom for chapitre in CHAPITRES for source in code(chapitre) for nom in noms_employes(source)}
    assert set(rapport.chapitre.__all__) <= employes, sorted(set(rapport.chapitre.__all__) - employes)


def test_figures_and_tables_have_unique_names():
    noms = [n for nom in CHAPITRES for source in code(nom) for n in re.findall(r'\bnom="([^"]+)"', source)]
    assert len(noms) == len(set(noms)), sorted({n for n in noms if noms.count(n) > 1})
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", n) for n in noms)


IMPRIME = re.compile(
    r"(?i)\bimprimée?s?\b|\b(?:l’|rapport )imprim|\bd’impression\b|\ble rapport ne (?:dit|donne|le précise|permet)\b"
)


@pytest.mark.parametrize("nom", CHAPITRES)
def test_standing_text_knows_no_printed_report(nom):
    assert [m[0] for c in cellules(nom) for m in IMPRIME.finditer(sans_gabarit(c.source))] == []


@pytest.mark.parametrize(
    "chemin",
    [*(RACINE / "data" / "nomenclatures").glob("*.csv"), *(RACINE / "data" / "schemas").rglob("*.yaml")],
    ids=lambda c: c.name,
)
def test_descriptions_know_no_printed_report(chemin):
    texte = chemin.read_text(encoding="utf-8")
    texte = re.sub(r"(?m)^ra\d{4}-.*$", "", texte)  # a source is named as it is
    assert [m[0] for m in IMPRIME.finditer(texte)] == []


@pytest.mark.parametrize(
    "chemin", sorted((RACINE / "data").glob("2*/textes/*.md")), ids=lambda c: f"{c.parts[-3]}-{c.stem}"
)
def test_year_texts_type_no_number_but_dates(chemin):
    """Facts of a year may have dates and the names of periods; every other number comes from the data."""
    texte = sans_gabarit(chemin.read_text(encoding="utf-8"))
    texte = re.sub(r"\b(\d{1,2}(er)?[ \u00a0])?(\w+[ \u00a0])?(19|20)\d\d(-20\d\d)?\b", "", texte)
    mois = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    texte = re.sub(rf"\b\d{{1,2}}(er)?[ \u00a0]({mois})", "", texte)
    for tolere in admis(chemin.stem):
        texte = texte.replace(tolere, "")
    assert not re.search(r"\d", texte), re.findall(r".{0,30}\d+.{0,30}", texte)


def test_no_chapter_runs_again_when_nothing_has_changed():
    """None asks the hour, chance or the system; « environ » is a word."""
    assert {c.nom for c in lister_chapitres(RACINE) if gate.changing(lire_carnet(c.chemin))} == set()
