"""The guide of analysts names only what exists: commands and options, targets, files, columns, headings."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import pytest
import typer
from outils import RACINE

from rapport.cli.app import app
from rapport.donnees.schemas import chemins_des_schemas, lire_schema

GUIDE = (RACINE / "docs" / "guide-analyste.md").read_text(encoding="utf-8")
BLOCS = re.findall(r"(?ms)^ *```(\w+)\n(.*?)^ *```", GUIDE)
PROSE = re.sub(r"(?ms)^ *```.*?^ *```", "", GUIDE)
CODE = re.findall(r"`([^`\n]+)`", PROSE)
LIGNES = [ligne.strip() for langue, bloc in BLOCS if langue == "sh" for ligne in bloc.splitlines()]
COMMANDES = sorted({c for c in [*CODE, *LIGNES] if c.startswith("rapport ")})
CIBLES = sorted(set(re.findall(r"\bmake ([a-z]+)", "\n".join([*CODE, *LIGNES]))))
FICHIERS = sorted({c for c in CODE if re.fullmatch(r"\.?[\w./*<>-]+(/|\.(csv|md|yml|yaml|ipynb))", c)})
PRODUITS = ("_build/",)
"""What commands make."""


@pytest.mark.parametrize("ligne", COMMANDES)
def test_a_command_and_its_options_exist(ligne):
    commande = typer.main.get_command(app)
    mots = shlex.split(ligne)[1:]
    while mots and hasattr(commande, "commands"):
        nom = mots.pop(0)
        assert nom in commande.commands, ligne
        commande = commande.commands[nom]
    options = {option for p in commande.params for option in p.opts}
    assert {mot for mot in mots if mot.startswith("--")} <= options


@pytest.mark.parametrize("cible", CIBLES)
def test_a_target_exists(cible):
    assert re.search(rf"^{cible}:", (RACINE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("nom", [f for f in FICHIERS if not f.startswith(PRODUITS)])
def test_a_file_exists_or_has_a_schema(nom):
    modele = nom.replace("<année>", "2023").replace("2024", "2023").replace("<chapitre>", "logement")
    ailleurs = [RACINE, RACINE / "data" / "2023"]
    schemas = RACINE / "data" / "schemas" / Path(modele).with_suffix(".yaml").name
    assert any(list(dossier.glob(modele)) for dossier in ailleurs) or schemas.exists()


def test_rows_of_examples_have_the_columns_of_a_table():
    chemins = chemins_des_schemas(RACINE / "data").items()
    tables = {frozenset(champ.name for champ in lire_schema(chemin, nom).fields) for nom, chemin in chemins}
    exemples = [list(csv.reader(bloc.splitlines())) for _, bloc in BLOCS if re.match(r"[a-z]+(,[a-z_]+)+\n", bloc)]
    assert exemples
    for entetes, *lignes in exemples:
        assert any(set(entetes) <= table for table in tables), entetes
        assert all(len(ligne) == len(entetes) for ligne in lignes), entetes


def test_links_lead_to_a_heading():
    titres = {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in re.findall(r"(?m)^## (.+)$", PROSE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PROSE)) == titres


def test_each_step_has_its_check():
    sections = re.split(r"(?m)^## ", PROSE)[1:]
    assert [s.splitlines()[0] for s in sections if "**Vérifier" not in s] == ["Comment les données sont rangées"]
