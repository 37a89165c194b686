"""A short round of each campaign (tests/campagnes/): a few of the cases that ``make campagne`` runs by the hundred."""

from __future__ import annotations

from importlib import import_module

import pytest
from campagnes import NOMS, mener

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("nom", NOMS)
def test_a_short_round_finds_no_fault(nom, tmp_path):
    nombre = import_module(f"campagnes.{nom}").COURT
    chiffres = mener(nom, nombre, tmp_path)
    assert chiffres["défauts"] == []
    assert chiffres["essais"] == nombre
