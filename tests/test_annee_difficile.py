"""A year full of holes, whose codes change, with a break in series and a revision: every page stands and says so."""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from annee_simulee import ecrire, lire, simuler, source_de
from lxml import html
from mesures import defauts
from outils import RACINE, simple

from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.livre.sommaire import lister_chapitres
from rapport.nombres.nombre import ecrire as en_francais
from rapport.verite.fiabilite import controles

pytestmark = pytest.mark.slow

CHAPITRES = [c.nom for c in lister_chapitres(RACINE)]
INTACTES = ("prestations", "visites", "revisions")
PALA = "Prêts à l’amélioration du lieu d’accueil des assistants maternels"
MOTIF = "les visites sans rendez-vous ne sont plus comptées."
DONNEES = re.compile(r"% données : ([\w, -]+)")
TROUS = re.compile(r"(?<![\w-])(nan|NaN|None|\{\{|\}\}|Traceback|undefined|\(\s*\)|«\s*»)(?![\w-])")


@pytest.fixture(scope="module")
def donnees(tmp_path_factory) -> Path:
    """2024, simulated, then made difficult."""
    dossier = shutil.copytree(RACINE / "data", tmp_path_factory.mktemp("difficile") / "data")
    simuler(dossier, 2024)
    trouer(dossier, 2024, part=0.4)
    rompre(dossier, ("visites.visites", 2024, MOTIF), ("enfants_nes", 2022, "les adoptions sont comptées aussi."))
    ajouter_revision(dossier, "appels_traites")
    (dossier / "2024" / "edition.yaml").write_text("statut: provisoire\npublication: 2025-06-01\n", encoding="utf-8")
    return dossier


def trouer(dossier: Path, annee: int, part: float) -> None:
    """Make a part of the numbers missing for a reason, but for what the tests below read and what chapters demand."""
    hasard, schemas = random.Random(5), Donnees(dossier).schemas
    carnets = [c.chemin.read_text(encoding="utf-8") for c in lister_chapitres(RACINE)]
    exiges = {code for carnet in carnets for codes in DONNEES.findall(carnet) for code in codes.split(", ")}
    for chemin in sorted((dossier / str(annee)).glob("*.csv")):
        if chemin.stem in INTACTES:
            continue
        schema = schemas[chemin.stem]
        colonnes = [c.name for c in schema.fields if c.numerique and c.name not in schema.primary_key]
        lignes = lire(chemin)
        for ligne in (ligne for ligne in lignes if ligne.get("code") not in exiges):
            ligne |= {c: hasard.choice(("NC", "ND")) for c in colonnes if hasard.random() < part}
        ecrire(chemin, lignes)


def rompre(dossier: Path, *ruptures: tuple[str, int, str]) -> None:
    with (dossier / "nomenclatures" / "ruptures.csv").open("w", encoding="utf-8", newline="") as flux:
        csv.writer(flux, lineterminator="\n").writerows(
            [("serie", "annee", "nature", "motif"), *((s, a, "méthode", m) for s, a, m in ruptures)]
        )


def ajouter_revision(dossier: Path, indicateur: str) -> None:
    """A second revision, of an indicator."""
    ancienne = next(i["valeur"] for i in lire(dossier / "2023/indicateurs.csv") if i["code"] == indicateur)
    revision = {"annee": "2023", "adresse": indicateur}
    revision |= {"ancienne": ancienne, "nouvelle": str(int(ancienne) + 100), "motif": "Appels oubliés."}
    chemin = dossier / "2024" / "revisions.csv"
    ecrire(chemin, [*lire(chemin), revision | {"source": source_de(2024)}])


@pytest.fixture(scope="module")
def site(donnees) -> Path:
    sortie = donnees.parent / "build"
    commande = [sys.executable, "-m", "rapport", "build", "2024", "--no-pdf", "--data", str(donnees)]
    commande += ["--output", str(sortie)]
    fin = subprocess.run(
        commande, cwd=RACINE, env={**os.environ, "CI": "true"}, capture_output=True, encoding="utf-8", timeout=300
    )
    assert fin.returncode == 0, fin.stdout[-3000:] + fin.stderr[-3000:]
    return sortie / "site" / "2024"


def article(site: Path, nom: str) -> html.HtmlElement:
    return html.parse(site / f"{nom}.html").getroot().find(".//article")


def mots(element: html.HtmlElement) -> str:
    return " ".join(simple(element.text_content()).split())


def lignes(site: Path, nom: str, tableau: str) -> dict[str, list[str]]:
    """The rows of a table, or of that of a figure, by their label."""
    (cible,) = article(site, nom).xpath(f".//table[@id='{tableau}'] | .//figure[@id='{tableau}']//table")
    rangees = [[mots(c) for c in r.xpath("./th|./td")] for r in cible.xpath(".//tbody/tr")]
    return {rangee[0]: rangee[1:] for rangee in rangees}


@pytest.mark.parametrize("nom", CHAPITRES)
def test_no_page_shows_a_hole(site, nom):
    page = article(site, nom)
    for element in page.xpath(".//script | .//style"):
        element.drop_tree()
    assert not TROUS.search(mots(page)), TROUS.search(mots(page))
    assert not [section for section in page.xpath(".//section") if len(section) < 2]


@pytest.mark.parametrize("nom", CHAPITRES)
def test_no_chart_nor_table_is_empty(site, nom):
    for figure in article(site, nom).xpath(".//figure"):
        assert len(figure.xpath(".//*[local-name()='svg']//*[local-name()='path' or local-name()='use']")) > 0
        cellules = [mots(c) for c in figure.xpath(".//details//td")]
        assert any(re.search(r"\d", c) for c in cellules), figure.get("id")
    for table in article(site, nom).xpath(".//table"):
        assert table.xpath(".//tbody/tr"), table.get("id")


def test_no_chart_is_cut_nor_covered(site):
    fichiers = sorted((site / "fichiers").glob("*.svg"))
    assert len(fichiers) > 20
    trouves = {fichier.stem: defauts(fichier.read_text(encoding="utf-8")) for fichier in fichiers}
    assert {nom: defaut for nom, defaut in trouves.items() if defaut} == {}


def test_the_first_page_says_what_the_edition_is(site):
    assert "Cette édition est provisoire ; elle est publiée le 1er juin 2025." in mots(article(site, "index"))


def test_a_retired_benefit_keeps_its_past_and_has_no_object_any_more(site):
    retiree = lignes(site, "prestations-legales", "tableau-prestations")[PALA]
    assert retiree[2:] == ["SO", "SO", "0"]  # it was 0 € the year before


def test_a_new_benefit_and_a_new_site_have_no_past(site):
    prestations = lignes(site, "prestations-legales", "tableau-prestations")
    assert prestations["Prime A"][:2] == ["SO", "SO"]
    assert prestations["Prime A"][2:] == ["129 527", "SO", "+129 527"]  # all of it adds to the total
    assert lignes(site, "relation-de-service", "visites-par-site")["Mirepoix"][0] == "SO"


def test_totals_are_whole_all_the_same(site):
    total = lignes(site, "prestations-legales", "tableau-prestations")["Total des prestations légales"]
    assert all(re.search(r"\d", cellule) for cellule in total)


def test_a_renamed_epci_has_its_name_of_the_year(site, donnees):
    territoires = mots(article(site, "politique-territoriale"))
    assert "Pays Foix-Varilhes et vallées" in territoires
    assert not re.search("Pays Foix-Varilhes(?! et vallées)", territoires)
    assert Edition(2023, donnees).libelles("epci", "libelle_court")["capfv"] == "Pays Foix-Varilhes"


def test_a_break_is_told_drawn_and_compared_across_by_nothing(site):
    page = article(site, "relation-de-service")
    (figure,) = page.xpath(".//figure[@id='visites-par-site']")
    assert f"Rupture de série en 2024 : {MOTIF}" in mots(figure.find("p[@class='legende']"))
    assert "Rupture de série en 2024" in mots(figure.xpath(".//*[local-name()='svg']")[0])
    assert "%" not in mots(figure.xpath(".//*[local-name()='svg']")[0])


def test_a_revised_value_is_marked_and_listed(site):
    assert "révisé" in lignes(site, "prestations-legales", "tableau-prestations")["Allocation de rentrée scolaire"][1]
    liste = lignes(site, "revisions", "tableau-revisions")
    assert liste["Allocation de rentrée scolaire – Montant versé"][1:4] == [
        "4 634 773,37 €", "4 635 773,37 € révisé", "+1 000,00 €",
    ]  # fmt: skip
    assert liste["Appels téléphoniques traités"][-1] == "Appels oubliés."


def test_the_past_edition_is_computed_as_it_was_published(donnees):
    avant, apres = (controles(Edition(2023, d)) for d in (RACINE / "data", donnees))
    colonnes = ["code", "libelle", "verdict", "note"]
    assert avant[colonnes].equals(apres[colonnes])
    assert list(map(en_francais, avant["recalcule"])) == list(map(en_francais, apres["recalcule"]))
