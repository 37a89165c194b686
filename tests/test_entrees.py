"""Bad input is refused, with its place and the cure, or harmless (`campagnes/entrees.py` lists it)."""

from __future__ import annotations

import csv
import io
from functools import partial

import pytest
import yaml
from campagnes import entrees
from donnees_minimales import FICHIERS
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

TEXTES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30)
VALEURS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.times(),
    TEXTES,
)


def en_csv(lignes: list[list[str]]) -> bytes:
    flux = io.StringIO()
    csv.writer(flux, lineterminator="\n").writerows(lignes)
    return flux.getvalue().encode()


YAML = st.recursive(VALEURS, lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXTES, v, max_size=3), max_leaves=8)
CONTENUS = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda texte: texte.encode("utf-8", "surrogatepass")),
    st.lists(st.lists(TEXTES, min_size=1, max_size=6), max_size=6).map(en_csv),
    YAML.map(lambda valeur: yaml.safe_dump(valeur, allow_unicode=True).encode()),
)
QUELQUES = settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.generate])


@pytest.mark.parametrize("entree", [e for e in entrees.VERIFIEES if not e.lente], ids=lambda e: e.nom)
def test_bad_data_are_refused_where_they_are_with_a_cure(entree):
    assert not entrees.essayer(partial(entrees.verifiee, entree), entree.nom)


@pytest.mark.parametrize("nom", entrees.CARNETS)
def test_a_bad_notebook_is_refused_before_it_runs(nom):
    assert not entrees.essayer(partial(entrees.carnet, entrees.CARNETS[nom]), nom)


CHOISIS = [
    "1E400",
    "formula without a result",
    "billion laughs in sheets",
    "entity of a file in sheets",
    "500 MB of zeros",
]


@pytest.mark.parametrize("nom", CHOISIS)
def test_a_bad_workbook_is_refused_and_writes_nothing(nom):
    refaire, dit = entrees.CLASSEURS[nom]
    assert not entrees.essayer(partial(entrees.importee, refaire, dit), nom)


@pytest.mark.parametrize("nom", ["result of a formula", "macros", "path in the archive", "filtered"])
def test_a_harmless_workbook_is_read(nom):
    assert not entrees.essayer(partial(entrees.importee, entrees.CLASSEURS_ADMIS[nom], entrees.ADMIS), nom)


@pytest.mark.parametrize("graine", range(40))
def test_random_damage_breaks_nothing(graine):
    assert not entrees.essayer(entrees.hasardeuse, graine)


@QUELQUES
@given(st.sampled_from(sorted(FICHIERS)), CONTENUS)
def test_whatever_a_file_holds_is_read_or_refused_in_words(fichier, contenu):
    assert not entrees.essayer(partial(entrees.contenue, fichier, contenu), 0)


@QUELQUES
@given(st.sampled_from(["2023/visites.csv", "2023/agents.csv", "nomenclatures/sites.csv"]), st.data())
def test_whatever_the_cells_of_a_table_hold_is_read_or_refused_in_words(fichier, tirage):
    lignes = list(csv.reader(io.StringIO(FICHIERS[fichier])))
    for _ in range(tirage.draw(st.integers(1, 3))):
        ligne = tirage.draw(st.sampled_from(lignes))
        ligne[tirage.draw(st.integers(0, len(ligne) - 1))] = tirage.draw(TEXTES | VALEURS.map(str))
    assert not entrees.essayer(partial(entrees.contenue, fichier, en_csv(lignes)), 0)


@settings(QUELQUES, max_examples=15)
@given(st.dictionaries(st.tuples(st.sampled_from("ABCDEFGH"), st.integers(4, 12)), VALEURS, min_size=1, max_size=4))
def test_whatever_a_workbook_holds_is_read_or_refused_in_words(cellules):
    def remplir(feuille) -> None:
        for (colonne, rang), valeur in cellules.items():
            feuille[f"{colonne}{rang}"] = valeur

    assert not entrees.essayer(partial(entrees.importee, entrees.feuille(remplir), None), 0)
