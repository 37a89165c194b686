"""A year that goes against the others: the data are accepted, every page stands, and past editions do not change."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from annee_contraire import ANNEE, VARIANTES, simuler
from lxml import html
from mesures import defauts
from outils import RACINE, contenu, simple

from rapport.livre.sommaire import lister_chapitres
from rapport.verite.verification import verifier

CHAPITRES = [c.nom for c in lister_chapitres(RACINE)]
TROUS = re.compile(r"(?<![\w-])(nan|NaN|None|\{\{|\}\}|Traceback|undefined|\(\s*\)|«\s*»)(?![\w-])")


@pytest.fixture(scope="module")
def donnees(tmp_path_factory) -> Path:
    dossier = shutil.copytree(RACINE / "data", tmp_path_factory.mktemp("contraire") / "data")
    simuler(dossier)
    return dossier


@pytest.fixture(scope="module")
def contraire(donnees) -> Path:
    """The site, with the edition before it too."""
    commande = [sys.executable, "-m", "rapport", "build", str(ANNEE - 1), str(ANNEE), "--data", str(donnees)]
    commande += ["--output", str(donnees.parent / "build")]
    env = {**os.environ, "CI": "true"}
    fin = subprocess.run(commande, cwd=RACINE, env=env, capture_output=True, encoding="utf-8", timeout=600)
    assert fin.returncode == 0, fin.stdout[-3000:] + fin.stderr[-3000:]
    return donnees.parent / "build" / "site"


@pytest.mark.parametrize("variante", VARIANTES)
def test_the_check_accepts_the_year(tmp_path, variante):
    dossier = shutil.copytree(RACINE / "data", tmp_path / "data")
    simuler(dossier, variante)
    assert verifier(dossier) == []


@pytest.mark.slow
@pytest.mark.parametrize("nom", CHAPITRES)
def test_no_page_shows_a_hole(contraire, nom):
    chemin = contraire / str(ANNEE) / f"{nom}.html"
    page = html.parse(chemin).getroot().find(".//article")
    for element in page.xpath(".//script | .//style"):
        element.drop_tree()
    mots = " ".join(simple(page.text_content()).split())
    assert not TROUS.search(mots), TROUS.search(mots)
    assert not [section for section in page.xpath(".//section") if len(section) < 2]
    for table in page.xpath(".//table"):
        assert table.xpath(".//tbody/tr"), table.get("id")


@pytest.mark.slow
def test_the_edition_before_is_byte_for_byte_what_it_is_without_the_year(contraire, site):
    avec, sans = (contenu(dossier / str(ANNEE - 1)) for dossier in (contraire, site))
    assert avec.keys() == sans.keys()
    assert [nom for nom in sans if avec[nom] != sans[nom] and nom != "manifest.json"] == []


@pytest.mark.slow
def test_no_chart_is_cut_nor_covered(contraire):
    fichiers = sorted((contraire / str(ANNEE) / "fichiers").glob("*.svg"))
    assert len(fichiers) > 20
    trouves = {fichier.stem: defauts(fichier.read_text(encoding="utf-8")) for fichier in fichiers}
    assert {nom: defaut for nom, defaut in trouves.items() if defaut} == {}
