"""A new year, from an empty folder to a published edition, without touching anything but `data/`."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
from annee_simulee import simuler
from outils import RACINE, contenu

from rapport.cli.app import main
from rapport.controle.erreurs import Refus
from rapport.controle.textes import noms_donnes
from rapport.livre import sommaire
from rapport.saisie.avancement import completude
from rapport.saisie.nouvelle_annee import creer
from rapport.verite.verification import verifier


@pytest.fixture
def donnees(tmp_path: Path) -> Path:
    """A copy of the published data."""
    return shutil.copytree(RACINE / "data", tmp_path / "data")


def lignes(chemin: Path) -> list[dict[str, str]]:
    with chemin.open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def colonne(chemin: Path, nom: str) -> list[str]:
    return [ligne[nom] for ligne in lignes(chemin)]


def periode(donnees: Path, nomenclature: str, **ligne: str) -> None:
    """Add a row to a nomenclature, or change that of its code."""
    chemin = donnees / "nomenclatures" / f"{nomenclature}.csv"
    rangees = lignes(chemin)
    connue = next((r for r in rangees if r["code"] == ligne["code"]), None)
    if connue:
        connue |= ligne
    else:
        rangees.append(ligne)
    with chemin.open("w", encoding="utf-8", newline="") as flux:
        redacteur = csv.DictWriter(flux, list(dict.fromkeys([*rangees[0], "depuis", "jusqua"])), lineterminator="\n")
        redacteur.writeheader()
        redacteur.writerows(rangees)


# --- The skeleton -----------------------------------------------------------------------------------------------------


def test_a_new_year_has_every_table_and_every_text(donnees):
    creer(donnees, 2024)
    tables = {p.stem for p in (donnees / "schemas").glob("*.yaml")} - {
        "publie",
        "ecarts_expliques",
        "explications",
        "revisions",
        "alertes_confirmees",
    }
    assert {p.stem for p in (donnees / "2024").glob("*.csv")} == tables
    assert (donnees / "2024" / "edition.yaml").read_text() == (
        "statut: provisoire\npublication: ND\nlicence: etalab-2.0\ncontact: https://www.caf.fr\n"
    )
    assert {p.name for p in (donnees / "2024" / "textes").iterdir()} == {
        p.name for p in (donnees / "2023" / "textes").iterdir()
    }


def test_nothing_else_is_touched(donnees):
    avant = contenu(donnees)
    creer(donnees, 2024)
    apres = contenu(donnees)
    assert {nom: apres[nom] for nom in avant} == avant
    assert all(nom.startswith("2024/") for nom in apres.keys() - avant.keys())


def test_keys_are_those_of_the_year_before_and_values_are_to_be_filled(donnees):
    creer(donnees, 2024)
    for nom in ("prestations", "visites", "composantes", "mutualisations", "vacances_familles"):
        avant, apres = (lignes(donnees / annee / f"{nom}.csv") for annee in ("2023", "2024"))
        cles = [c for c in avant[0] if c in ("prestation", "site", "aide", "mutualisation", "caf", "dispositif")]
        assert [[r[c] for c in cles] for r in apres] == [[r[c] for c in cles] for r in avant]
        assert not any(valeur for r in apres for c, valeur in r.items() if c not in cles)


def test_codes_come_and_go_with_their_periods(donnees):
    periode(donnees, "sites", code="mirepoix", libelle="Mirepoix", siege="non", depuis="2024")
    periode(donnees, "prestations", code="pala", jusqua="2023")
    nouvelle = {"libelle": "Prime nouvelle", "libelle_court": "Prime", "mission": "4", "negatif_admis": "non"}
    periode(donnees, "prestations", code="prime_nouvelle", depuis="2024", **nouvelle)
    creer(donnees, 2024)
    assert colonne(donnees / "2024" / "visites.csv", "site") == [
        "siege", "lavelanet", "pamiers", "saint_girons", "mirepoix",
    ]  # fmt: skip
    prestations = colonne(donnees / "2024" / "prestations.csv", "prestation")
    assert prestations == [c for c in colonne(donnees / "2023" / "prestations.csv", "prestation") if c != "pala"] + [
        "prime_nouvelle"
    ]


def test_a_table_that_details_some_codes_only_gets_no_others(donnees):
    aide = {"libelle": "Aide nouvelle", "libelle_court": "Aide", "prestation": "", "chapitre": "logement"}
    periode(donnees, "aides", code="aide_nouvelle", depuis="2024", **aide)
    creer(donnees, 2024)
    assert "aide_nouvelle" in colonne(donnees / "2024" / "beneficiaires.csv", "aide")  # it has a row for each aid
    assert "aide_nouvelle" not in colonne(donnees / "2024" / "composantes.csv", "aide")  # it has not


def test_rows_that_are_another_matter_each_year_are_not_carried_over(donnees):
    creer(donnees, 2024)
    for nom in ("evenements", "fonds_modernisation", "places_supprimees"):
        assert lignes(donnees / "2024" / f"{nom}.csv") == []


def test_people_and_places_are_carried_over_without_their_source(donnees):
    creer(donnees, 2024)
    attendues = [ligne | {"source": ""} for ligne in lignes(donnees / "2023" / "administrateurs.csv")]
    assert lignes(donnees / "2024" / "administrateurs.csv") == attendues


def test_legal_parameters_are_carried_over_and_what_is_entered_once_is_not_asked_again(donnees):
    creer(donnees, 2024)
    natures = {r["code"]: r["nature"] for r in lignes(donnees / "nomenclatures" / "indicateurs.csv")}
    avant, apres = (
        {r["code"]: (r["valeur"], r["source"]) for r in lignes(donnees / annee / "indicateurs.csv")}
        for annee in ("2023", "2024")
    )
    assert apres == {
        code: avant[code] if nature == "parametre" else ("", "")
        for code, nature in natures.items()
        if nature != "unique"
    }
    assert apres["pieces_seuil_jours"] == ("15", "ra2023-delais")


def test_each_text_says_what_its_chapter_expects(donnees):
    creer(donnees, 2024)
    texte = (donnees / "2024" / "textes" / "vie-sociale.md").read_text(encoding="utf-8")
    assert "## reunions\n\n<!-- à remplir : Les sujets des réunions du réseau départemental. -->\n" in texte
    parentalite = (donnees / "2024" / "textes" / "parentalite.md").read_text(encoding="utf-8")
    assert "total_imprime" not in parentalite  # it spoke of the printed report of 2023


def test_every_text_that_a_chapter_calls_is_described():
    chapitres = [chapitre.nom for chapitre in sommaire.lister_chapitres(RACINE)]
    appels = [f"{nom}/{bloc}" for nom in chapitres for bloc in noms_donnes(nom)]
    assert sorted(appels) == sorted(colonne(RACINE / "data" / "nomenclatures" / "textes.csv", "code"))


@pytest.mark.parametrize("annee", [2023, 2025, 2018])
def test_a_year_that_exists_or_does_not_follow_another_is_refused(donnees, annee):
    avant = contenu(donnees)
    with pytest.raises(Refus, match="existe déjà" if annee != 2025 else "2024, n’a pas de données"):
        creer(donnees, annee)
    assert contenu(donnees) == avant


def test_the_year_before_must_be_valid(donnees):
    chemin = donnees / "2023" / "visites.csv"
    chemin.write_text(chemin.read_text().replace("17392", "beaucoup"))
    avant = contenu(donnees)
    with pytest.raises(Refus, match="2023 sont invalides") as refus:
        creer(donnees, 2024)
    assert "visites.csv, ligne 2" in refus.value.lignes[0]
    assert contenu(donnees) == avant


def test_a_year_is_written_whole_or_not_at_all(donnees, monkeypatch):
    avant = contenu(donnees)
    ecrire = Path.write_text

    def disque_plein(chemin, *arguments, **options):
        if chemin.name == "visites.csv":
            raise OSError(28, "disque plein")
        return ecrire(chemin, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", disque_plein)
    with pytest.raises(Refus, match="il n’y a plus de place sur le disque"):
        creer(donnees, 2024)
    assert contenu(donnees) == avant
    assert not list(donnees.glob(".2024*"))


# --- What is to be filled ---------------------------------------------------------------------------------------------


def test_a_published_year_is_complete():
    assert all(ligne.manquantes == 0 for ligne in completude(RACINE / "data", 2023, RACINE))


def test_a_value_counts_once_it_has_its_source_or_a_reason(donnees):
    def relation() -> tuple[int, int, int]:
        return next(ligne[1:] for ligne in completude(donnees, 2024, RACINE) if ligne.chapitre == "relation-de-service")

    creer(donnees, 2024)
    remplies, manquantes, motivees = relation()
    assert (remplies, motivees) == (6, 0)  # the legal parameters
    visites = donnees / "2024" / "visites.csv"
    visites.write_text(visites.read_text().replace("siege,,", "siege,17000,").replace("pamiers,,", "pamiers,NC,src"))
    assert relation() == (remplies, manquantes - 1, 1)  # pamiers; siege still lacks its source
    visites.write_text(visites.read_text().replace("siege,17000,", "siege,17000,src"))
    assert relation() == (remplies + 1, manquantes - 2, 1)


def test_check_refuses_what_is_not_filled_texts_included(donnees):
    creer(donnees, 2024)
    erreurs = verifier(donnees, [2024])
    assert erreurs
    assert all(e.manque for e in erreurs)
    assert any(e.fichier.endswith("textes/vie-sociale.md") and "reunions" in e.attendu for e in erreurs)


def test_the_command_says_what_is_to_be_filled(donnees, capsys):
    assert main(["new-year", "2024", "--data", str(donnees)]) == 0
    sortie = capsys.readouterr().out
    assert re.search(r"conseil-administration +0 +43 +0", sortie)
    assert "rapport check 2024 --draft" in sortie
    assert main(["new-year", "2024", "--data", str(donnees)]) == 1
    assert "existe déjà : rien n’est écrit" in capsys.readouterr().err
    assert main(["new-year", "vingt", "--data", str(donnees)]) == 2


# --- A simulated year -------------------------------------------------------------------------------------------------


def test_a_simulated_year_is_valid_and_always_the_same(donnees, tmp_path):
    autre = shutil.copytree(donnees, tmp_path / "autre")
    simuler(donnees)
    assert verifier(donnees) == []
    simuler(autre)
    assert contenu(donnees) == contenu(autre)


def test_simulated_years_follow_each_other(donnees):
    for annee in range(2024, 2034):
        simuler(donnees, annee)
    assert verifier(donnees) == []


def test_a_simulated_draft_lacks_some_values(donnees):
    simuler(donnees, brouillon=True)
    erreurs = verifier(donnees)
    assert {e.colonne for e in erreurs} == {"valeur", "source"}
    assert all(e.manque for e in erreurs)
