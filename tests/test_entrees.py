"""Bad input is refused, with its place and the cure, or harmless (`campagnes/entrees.py` lists it)."""

from __future__ import annotations

import pytest
from campagnes import entrees


@pytest.mark.parametrize("entree", [e for e in entrees.VERIFIEES if not e.lente], ids=lambda e: e.nom)
def test_bad_data_are_refused_where_they_are_with_a_cure(entree):
    assert not entrees.essayer(lambda dossier, hasard: entrees.verifiee(entree, dossier, hasard), entree.nom)


@pytest.mark.parametrize("graine", range(40))
def test_random_damage_breaks_nothing(graine):
    assert not entrees.essayer(entrees.hasardeuse, graine)
