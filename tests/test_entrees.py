"""Bad input is refused, with its place and the cure, or harmless (`campagnes/entrees.py` lists it)."""

from __future__ import annotations

from functools import partial

import pytest
from campagnes import entrees


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
