"""What looks odd in a year that is being filled, and how it is said to be right."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from annee_simulee import ecrire, lire, simuler
from outils import RACINE, simple

from rapport.cli.app import main
from rapport.saisie.avancement import completude
from rapport.verite.verification import verifier
from rapport.verite.vraisemblance import alertes


@pytest.fixture(scope="module")
def simulee(tmp_path_factory) -> Path:
    dossier = tmp_path_factory.mktemp("simulee") / "data"
    shutil.copytree(RACINE / "data", dossier)
    simuler(dossier)
    return dossier


@pytest.fixture
def donnees(simulee: Path, tmp_path: Path) -> Path:
    """The published data and a simulated 2024, in which nothing is odd."""
    return shutil.copytree(simulee, tmp_path / "data")


def cellule(donnees: Path, table: str, cle: str, valeur: str | Callable[[str], str], annee: int = 2024) -> None:
    """Change a cell of the year: ``table.colonne``, the first column is the key."""
    nom, colonne = table.split(".")
    chemin = donnees / str(annee) / f"{nom}.csv"
    lignes = lire(chemin)
    ligne = next(ligne for ligne in lignes if next(iter(ligne.values())) == cle)
    ligne[colonne] = valeur if isinstance(valeur, str) else valeur(ligne[colonne])
    ecrire(chemin, lignes)


def confirmer(donnees: Path, *confirmation: str) -> None:
    colonnes = ("alerte", "adresse", "valeur", "motif")
    ecrire(donnees / "2024" / "alertes_confirmees.csv", [dict(zip(colonnes, (*confirmation, "Vérifié."), strict=True))])


def restantes(donnees: Path, annee: int = 2024) -> list:
    return [a for a in alertes(donnees, annee) if not a.motif]


def valeur(donnees: Path, table: str, cle: str, annee: int) -> str:
    nom, colonne = table.split(".")
    return next(x[colonne] for x in lire(donnees / str(annee) / f"{nom}.csv") if next(iter(x.values())) == cle)


def test_a_plausible_year_has_nothing_odd(donnees):
    assert restantes(donnees) == []


def test_what_is_odd_in_the_last_published_year_has_been_confirmed():
    assert restantes(RACINE / "data", 2023) == []
    assert len(alertes(RACINE / "data", 2023)) > 5


def test_past_editions_have_few_oddities():
    assert 0 < len(restantes(RACINE / "data", 2022)) <= 6


@pytest.mark.parametrize(
    ("table", "cle", "change", "nature", "dit"),
    [
        ("prestations.montant_eur", "af", lambda v: f"{float(v) * 1.4:.2f}", "evolution", "% de plus qu’en 2023"),
        ("prestations.montant_eur", "af", lambda v: f"{float(v) / 2:.2f}", "evolution", "% de moins qu’en 2023"),
        ("prestations.montant_eur", "af", lambda v: f"{float(v) * 100:.2f}", "unite", "100 fois plus"),
        ("prestations.montant_eur", "af", lambda v: f"{float(v) / 1000:.2f}", "unite", "1 000 fois moins"),
        ("prestations.montant_eur", "af", lambda v: f"{float(v) * 10:.2f}", "unite", "près de 10 fois plus"),
        ("prestations.montant_eur", "af", lambda v: f"{float(v) * 400:.2f}", "evolution", "soit 41 697 % de plus"),
        ("indicateurs.valeur", "pieces_delai_pct", "0.9", "unite", "100 fois moins"),
        ("indicateurs.valeur", "pieces_delai_pct", "75", "evolution", "points de moins"),
        ("visites.visites", "siege", "17392", "identique", "17 392, exactement comme en 2023"),
    ],
)  # fmt: skip
def test_a_value_that_looks_wrong_is_told_once(donnees, table, cle, change, nature, dit):
    cellule(donnees, table, cle, change)
    (alerte,) = restantes(donnees)
    nom, colonne = table.split(".")
    assert (alerte.nature, alerte.adresse) == (nature, cle if nom == "indicateurs" else f"{nom}.{cle}.{colonne}")
    assert f"data/2024/{table.split('.')[0]}.csv, ligne " in str(alerte)
    assert dit in simple(str(alerte))


def test_two_values_that_were_swapped_are_both_told(donnees):
    pamiers, siege = (valeur(donnees, "visites.visites", site, 2024) for site in ("pamiers", "siege"))
    cellule(donnees, "visites.visites", "pamiers", siege)
    cellule(donnees, "visites.visites", "siege", pamiers)
    vues = restantes(donnees)
    assert [a.nature for a in vues] == ["evolution"] * 2
    assert [a.adresse for a in vues] == ["visites.siege.visites", "visites.pamiers.visites"]


def test_chance_explains_the_changes_of_small_numbers(donnees):
    cellule(donnees, "centres_sociaux.centres", "association", "2")  # it was 1
    cellule(donnees, "centres_sociaux.centres", "caf", "3")
    assert restantes(donnees) == []


def test_a_series_with_a_history_is_judged_by_it(donnees):
    cellule(donnees, "indicateurs.valeur", "enfants_nes", "1130")  # 961 in 2023, 18 % more
    assert not [a for a in restantes(donnees) if a.adresse == "enfants_nes"]  # it changed as much before
    for annee, naissances in ((2019, "960"), (2020, "955"), (2021, "962"), (2022, "958"), (2023, "961")):
        cellule(donnees, "indicateurs.valeur", "enfants_nes", naissances, annee)
    (alerte,) = [a for a in restantes(donnees) if a.adresse == "enfants_nes"]
    assert "au-delà de 5" in str(alerte)


def test_a_series_may_have_a_threshold_of_its_own(donnees):
    cellule(donnees, "prestations.montant_eur", "af", lambda v: f"{float(v) * 1.4:.2f}")
    seuils = donnees / "nomenclatures" / "seuils.csv"
    avant = seuils.read_text()
    for periode, attendues in (("2024,2024", 0), (",2023", 1), ("2025,", 1)):
        seuils.write_text(avant + f"prestations.af.montant_eur,60,,Réforme annoncée.,{periode}\n")
        assert len(restantes(donnees)) == attendues, periode


def test_a_threshold_that_the_year_has_not_is_no_crash(donnees):
    cellule(donnees, "prestations.montant_eur", "af", lambda v: f"{float(v) * 1.4:.2f}")
    seuils = donnees / "nomenclatures" / "seuils.csv"
    seuils.write_text(re.sub(r"(?m)^(montant.*),,$", r"\1,,2023", seuils.read_text()))
    assert restantes(donnees) == []


def test_an_identity_that_does_not_hold_is_odd_in_a_draft_and_wrong_in_an_edition(donnees):
    cellule(donnees, "demandes_travail_social.demandes_pct", "insertion", lambda v: str(int(v) + 5))
    (alerte,) = restantes(donnees)
    assert alerte.nature == "identite"
    assert "ecarts_expliques.csv" in str(alerte)
    assert verifier(donnees, [2024], brouillon=True) == []
    assert len(verifier(donnees, [2024])) == 1


@pytest.mark.parametrize(
    ("phrase", "odd"),
    [
        ("Le forum s’est tenu en mars 2023.", True),
        ("Le service a fêté ses dix ans en {{ annee - 1 }}.", False),
        ("La convention 2018-2023 a pris fin.", False),
        ("Les comptes de 2023 ont été validés en 2024.", False),
    ],
)
def test_a_text_that_still_names_last_year_is_told(donnees, phrase, odd):
    chemin = donnees / "2024" / "textes" / "vie-sociale.md"
    chemin.write_text(f"## reunions\n\n{phrase}\n", encoding="utf-8")
    assert [a.confirmation for a in restantes(donnees)] == [("texte", "textes.vie-sociale.reunions", "")] * odd


def test_a_confirmed_oddity_is_not_told_again(donnees):
    cellule(donnees, "visites.visites", "siege", "17392")
    confirmer(donnees, "identique", "visites.siege.visites", "17392")
    assert verifier(donnees) == []
    assert restantes(donnees) == []
    assert [a.motif for a in alertes(donnees, 2024)] == ["Vérifié."]


def test_a_confirmation_is_that_of_a_value(donnees):
    cellule(donnees, "prestations.montant_eur", "af", lambda montant: f"{float(montant) * 1.7:.2f}")
    (alerte,) = restantes(donnees)
    confirmer(donnees, *alerte.confirmation)
    assert [a.nature for a in restantes(donnees)] == ["explication"]
    confirmer(donnees, *alerte.confirmation[:-1], f"{alerte.valeur}00")  # the same number
    assert [a.nature for a in restantes(donnees)] == ["explication"]
    cellule(donnees, "prestations.montant_eur", "af", lambda montant: f"{float(montant) * 1.7:.2f}")
    assert [a.nature for a in restantes(donnees)] == ["evolution", "confirmation"]


def test_a_confirmation_of_nothing_is_told(donnees):
    confirmer(donnees, "identique", "visites.siege.visites", "17392")
    (alerte,) = restantes(donnees)
    assert "« identique, visites.siege.visites, 17392 » ne correspond à aucune alerte" in str(alerte).replace(
        "\u00a0", " "
    )


def test_values_to_fill_are_not_odd(donnees):
    cellule(donnees, "visites.visites", "siege", "")
    cellule(donnees, "prestations.montant_eur", "af", "NC")
    assert restantes(donnees) == []


def test_check_draft_tells_oddities_and_stops_at_errors(donnees, capsys):
    cellule(donnees, "visites.visites", "siege", "17392")
    plein = next(c for c in completude(donnees, 2024, RACINE) if c.chapitre == "relation-de-service")
    assert (plein.manquantes, plein.motivees) == (0, 1)
    cellule(donnees, "visites.visites", "pamiers", "")
    assert main(["check", "2024", "--draft", "--data", str(donnees)]) == 0
    sortie = " ".join(simple(capsys.readouterr().out).split())
    assert f"relation-de-service {plein.remplies - 1} 1 1" in sortie
    assert "Ce qui étonne en 2024 : 1 à vérifier" in sortie
    assert "identique,visites.siege.visites,17392,pourquoi elle est juste" in sortie
    assert main(["check", "2024", "--data", str(donnees)]) == 1  # a draft is no edition
    capsys.readouterr()
    cellule(donnees, "visites.visites", "pamiers", "beaucoup")
    assert main(["check", "2024", "--draft", "--data", str(donnees)]) == 1
    assert "visites.csv, ligne 4, colonne « visites »" in simple(capsys.readouterr().err)


def test_years_across_a_break_are_not_compared(donnees):
    cellule(donnees, "visites.visites", "siege", "30000")
    assert [a.nature for a in restantes(donnees)] == ["evolution"]
    ruptures = donnees / "nomenclatures" / "ruptures.csv"
    ruptures.write_text(
        ruptures.read_text() + "visites.visites,2024,méthode,les visites des permanences sont comptées.\n"
    )
    assert restantes(donnees) == []


def test_a_confirmation_that_cannot_be_read_is_an_error(donnees):
    confirmer(donnees, "etrange", "visites.siege.visites", "17392")
    (erreur,) = verifier(donnees, [2024], brouillon=True)
    assert "alertes_confirmees.csv, ligne 2, colonne" in str(erreur)
    assert "evolution" in str(erreur)


def test_a_compulsory_table_may_be_absent_if_the_year_says_why(donnees):
    """Whatever edition: the cure of the check is one that it accepts, and no later year changes what it says."""
    for annee in (2023, 2024):
        (donnees / str(annee) / "delais.csv").unlink()
    assert [(a.nature, a.adresse) for a in restantes(donnees, 2023)] == []  # nor does 2022 have it
    (donnees / "2024" / "visites.csv").write_text("site,visites,source\n", encoding="utf-8")
    (entete,) = verifier(donnees, [2024])
    assert "supprimez-le" in entete.message
    (donnees / "2024" / "visites.csv").unlink()
    (absente,) = verifier(donnees, [2024])
    assert absente.fichier == "data/2024/visites.csv"
    assert "« absente,visites,,motif » dans data/2024/alertes_confirmees.csv" in simple(absente.message)
    assert verifier(donnees, [2024], brouillon=True) == []
    assert [a.confirmation for a in restantes(donnees)] == [("absente", "visites", "")]
    confirmer(donnees, "absente", "visites", "")
    assert verifier(donnees) == []
    assert restantes(donnees) == []
