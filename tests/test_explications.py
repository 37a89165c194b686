"""Why values changed: what a source says of it is data, checked, asked for, and written in the chapters."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from annee_simulee import ecrire, lire
from outils import RACINE
from test_vraisemblance import cellule, confirmer, donnees, restantes, simulee  # noqa: F401

from rapport.chapitre import seance
from rapport.controle.validation import valider
from rapport.donnees.adresse import AdresseInconnue

SIEGE = "visites.siege.visites"


@pytest.fixture
def expliquees(tmp_path: Path) -> Path:
    """The published data, whose 2023 explains two values."""
    dossier = shutil.copytree(RACINE / "data", tmp_path / "data")
    expliquer(dossier, (SIEGE, "le site a fermé « deux mois »"), ("appels_traites", "les appels durent moins."))
    return dossier


def expliquer(dossier: Path, *causes: tuple[str, str], annee: int = 2023, source: str = "ra2023-mails") -> None:
    lignes = [{"code": code, "cause": cause, "source": source} for code, cause in causes]
    ecrire(dossier / str(annee) / "explications.csv", lignes)


def test_a_cause_is_written_where_there_is_one(expliquees):
    seance.ouvrir(2023, expliquees)
    assert str(seance.composer(f'{{{{ pourquoi("{SIEGE}") }}}}')) == "Le site a fermé «\u00a0deux mois\u00a0»."
    suite = "Moins de visites{{ pourquoi('appels_traites', ', car {}') }}{{ pourquoi('mails_recus', ', car {}') }}."
    assert str(seance.composer(suite)) == "Moins de visites, car les appels durent moins."
    assert not seance.composer('{{ pourquoi("visites.visites") }}')  # the total has no cause of its own
    seance.ouvrir(2022, expliquees)
    assert not seance.composer(f'{{{{ pourquoi("{SIEGE}") }}}}')


def test_the_source_of_a_cause_is_one_of_the_chapter(expliquees):
    seance.ouvrir(2023, expliquees)
    seance.composer(f'{{{{ pourquoi("{SIEGE}") }}}}')
    assert str(seance.composer("{{ sources() }}")) == "Rapport d’activité 2023 de la Caf de l’Ariège, p.\u00a011"


def test_an_unknown_address_is_refused(expliquees):
    seance.ouvrir(2023, expliquees)
    with pytest.raises(AdresseInconnue, match="visites"):
        seance.composer('{{ pourquoi("visite.siege.visites") }}')


@pytest.mark.parametrize(
    ("code", "cause", "source", "colonne", "dit"),
    [
        ("appels_traite", "une cause", "ra2023-mails", "code", "Proches : « appels_traites »"),
        ("visites.siege", "une cause", "ra2023-mails", "code", "colonne de nombres de « visites » attendue"),
        ("visites.siège.visites", "une cause", "ra2023-mails", "code", "clé de la table « visites »"),
        ("nombre", "une cause", "ra2023-mails", "code", "code d’indicateur attendu"),
        (SIEGE, "", "ra2023-mails", "cause", "valeur obligatoire attendue"),
        (SIEGE, "une cause", "", "source", "valeur obligatoire attendue"),
        (SIEGE, "une cause", "ra2032-mails", "source", "Le plus proche est « ra2023-mails »"),
    ],
)
def test_errors_have_a_place_and_a_cure(expliquees, code, cause, source, colonne, dit):
    expliquer(expliquees, (code, cause), source=source)
    (erreur,) = valider(expliquees, [2023])
    assert (erreur.fichier, erreur.ligne, erreur.colonne) == ("data/2023/explications.csv", 2, colonne)
    assert dit in str(erreur).replace("\u00a0", " ")


def test_a_large_change_without_a_cause_is_asked_about(donnees):  # noqa: F811
    cellule(donnees, "visites.visites", "siege", "35000")
    (alerte,) = restantes(donnees)
    assert alerte.nature == "evolution"
    confirmer(donnees, *alerte.confirmation)
    (demande,) = restantes(donnees)
    assert (demande.nature, demande.adresse) == ("explication", SIEGE)
    assert "dites pourquoi dans data/2024/explications.csv" in demande.message
    chemin = donnees / "2024" / "alertes_confirmees.csv"
    ecrire(chemin, [*lire(chemin), lire(chemin)[0] | {"alerte": "explication"}])  # no source says why
    assert restantes(donnees) == []


def test_a_cause_confirms_the_change(donnees):  # noqa: F811
    cellule(donnees, "visites.visites", "siege", "35000")
    expliquer(donnees, (SIEGE, "le siège ouvre le samedi"), annee=2024)
    assert restantes(donnees) == []


def test_what_no_source_explains_in_the_published_year_is_said():
    assert restantes(RACINE / "data", 2023) == []
