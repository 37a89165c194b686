"""Series: all the years known of a value, and of what kind its last change is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from annee_simulee import ecrire, lire
from lxml import html
from outils import RACINE

from rapport.donnees.edition import Edition
from rapport.verite.series import changement, series, valeurs_de

SIEGE = "visites.siege.visites"


@pytest.fixture
def donnees(tmp_path: Path) -> Path:
    return shutil.copytree(RACINE / "data", tmp_path / "data")


def change(donnees: Path, adresse: str = SIEGE) -> pd.Series:
    ed = Edition(2023, donnees)
    return changement(ed, adresse, series(ed).set_index("adresse")["valeurs"][adresse])


def changer(donnees: Path, annee: int, valeur: str) -> None:
    chemin = donnees / str(annee) / "visites.csv"
    ecrire(chemin, [x | {"visites": valeur} if x["site"] == "siege" else x for x in lire(chemin)])


def test_series_have_two_known_years_and_the_chapter_that_tells_them():
    toutes = series(Edition(2023, RACINE / "data")).set_index("adresse")
    chapitres = {"fraudes_qualifiees": "relation-de-service", "prestations.af.montant_eur": "prestations-legales"}
    assert toutes.loc[list(chapitres), "chapitre"].to_dict() == chapitres
    assert list(toutes.at["fraudes_qualifiees", "valeurs"].index) == [2018, 2019, 2020, 2021, 2022, 2023]
    assert all(valeurs.notna().sum() > 1 for valeurs in toutes["valeurs"])
    assert "mails_recus" not in toutes.index  # known for one year
    assert toutes.index.is_unique


def test_a_real_change_has_its_gap_and_its_cause(donnees):
    du_siege = change(donnees)
    assert (du_siege["nature"], du_siege["ecart"], du_siege["raison"]) == ("réel", -917, "")
    places = change(donnees, "accueil_jeune_enfant.creche_familiale.places")
    assert (places["ecart"], places["raison"]) == (-9, "la crèche familiale de Ferrières a perdu des places")


@pytest.mark.parametrize(("nature", "dite"), [("méthode", "rupture"), ("périmètre", "périmètre")])
def test_no_change_is_computed_over_a_break_which_is_of_method_or_of_perimeter(donnees, nature, dite):
    rupture = {"serie": "visites.visites", "annee": "2023", "nature": nature, "motif": "Autrement."}
    ecrire(donnees / "nomenclatures/ruptures.csv", [rupture])
    du_siege = change(donnees)
    assert (du_siege["nature"], du_siege["raison"]) == (dite, "Autrement.")
    assert (du_siege["ecart"].motif, du_siege["evolution"].motif) == ("NS", "NS")


def test_a_revised_value_says_what_it_was(donnees):
    ligne = {"annee": "2022", "adresse": SIEGE, "ancienne": "18309", "nouvelle": "18000", "motif": "Oubliées."}
    ecrire(donnees / "2023/revisions.csv", [ligne | {"source": "ra2023-mails"}])
    du_siege = change(donnees)
    assert (du_siege["nature"], du_siege["ecart"]) == ("révision", -608)
    assert du_siege["raison"] == "18\u202f309 avant d’être révisé. Oubliées."


def test_a_code_that_ends_is_a_change_of_perimeter(donnees):
    chemin = donnees / "nomenclatures/sites.csv"
    shutil.copy(donnees / "2022/visites.csv", donnees / "2021/visites.csv")
    ecrire(chemin, [x | {"jusqua": "2022" if x["code"] == "siege" else ""} for x in lire(chemin)])
    table = donnees / "2023/visites.csv"
    ecrire(table, [x for x in lire(table) if x["site"] != "siege"])
    du_siege = change(donnees)
    assert (du_siege["nature"], du_siege["raison"]) == ("périmètre", "Le code n’existe plus en 2023.")
    assert du_siege["ecart"].motif == "SO"


def test_what_cannot_be_read_is_rounding_and_what_is_equal_no_change(donnees):
    changer(donnees, 2023, "18309")
    assert change(donnees)["nature"] == "aucun"
    for annee, montant in ((2022, "1000.000"), (2023, "1000.004")):
        chemin = donnees / str(annee) / "prestations.csv"
        ecrire(chemin, [x | {"montant_eur": montant} if x["prestation"] == "af" else x for x in lire(chemin)])
    assert change(donnees, "prestations.af.montant_eur")["nature"] == "arrondi"


def test_the_file_of_a_chapter_gives_source_and_status_of_each_year():
    toutes = series(Edition(2023, RACINE / "data"))
    lignes = valeurs_de(toutes[toutes["adresse"] == "appels_traites"])
    assert lignes["Année"].to_list() == ["2022", "2023"]
    assert set(lignes["Statut"]) == {"publié"}
    assert lignes["Source"].str.contains("Rapport d’activité 2023").all()


@pytest.mark.slow
def test_a_chapter_leads_to_how_its_values_have_moved(site):
    page = html.parse(site / "2023" / "relation-de-service.html").getroot()
    (lien,) = page.xpath("//p[@class='bouge']/a/@href")
    chemin, _, ancre = lien.partition("#")
    (tableau,) = html.parse(site / "2023" / chemin).getroot().xpath(f"//table[@id='{ancre}']")
    assert "Visites" in tableau.text_content()
    assert not html.parse(site / "2023" / "lexique.html").getroot().xpath("//p[@class='bouge']")
