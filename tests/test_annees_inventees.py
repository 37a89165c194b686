"""Whatever data `rapport check` accepts, no chapter fails: years drawn from the schemas, every chapter run on them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from annees_inventees import annees, ecrire_annee, preparer
from execution_directe import Panne, executer
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine
from outils import RACINE

from rapport.donnees.dossier import Donnees
from rapport.verite.verification import verifier

pytestmark = pytest.mark.slow

EXEMPLES = int(os.environ.get("EXEMPLES", "3"))
"""How many years: a minute of them here, hundreds by `make years`."""
LOTS = max(1, min(EXEMPLES // 5, os.cpu_count()))
"""In how many parts, for processes to share."""
engine.BUFFER_SIZE *= 16  # two years take more choices than Hypothesis allows one example: it would throw most away


@pytest.fixture(scope="module")
def modele(tmp_path_factory) -> Path:
    dossier = shutil.copytree(RACINE / "data", tmp_path_factory.mktemp("inventees") / "data")
    preparer(dossier)
    return dossier


def essayer(modele: Path, numero: int) -> None:
    @seed(numero)
    @settings(
        max_examples=EXEMPLES // LOTS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def aucun_chapitre_ne_tombe(data):
        donnees = Donnees(modele)
        with tempfile.TemporaryDirectory() as temporaire:
            dossier = shutil.copytree(modele, Path(temporaire) / "data")
            for annee in (2024, 2025):
                ecrire_annee(dossier, annee, data.draw(annees(donnees, annee)))
            assert verifier(dossier, [2024, 2025]) == []
            pannes = [str(sortie) for sortie in executer(dossier, 2025).values() if isinstance(sortie, Panne)]
            assert not pannes

    aucun_chapitre_ne_tombe()


@pytest.mark.parametrize("lot", range(LOTS))
def test_no_chapter_fails_on_what_the_check_accepts(modele, lot):
    essayer(modele, lot)
