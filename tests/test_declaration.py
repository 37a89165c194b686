"""The declaration of accessibility: the order and the words of the official model; its state on the home page."""

from __future__ import annotations

import shutil

import pytest
from execution_directe import executer
from lxml import html
from outils import DONNEES, simple

from rapport.donnees.edition import Edition
from rapport.verite.verification import verifier

pytestmark = pytest.mark.slow

TITRES = [
    "Déclaration d’accessibilité",
    "État de conformité",
    "Établissement de cette déclaration d’accessibilité",
    "Outils pour évaluer l’accessibilité",
    "Pages du site ayant fait l’objet de la vérification de conformité",
    "Retour d’information et contact",
    "Voies de recours",
]
PHRASES = [
    "s’engage à rendre ses sites internet, intranet, extranet et ses progiciels accessibles (et ses applications "
    "mobiles et mobilier urbain numérique) conformément à l’article 47 de la loi n° 2005-102 du 11 février 2005.",
    "met en œuvre la stratégie et les actions suivantes",
    "Cette déclaration d’accessibilité s’applique à",
    "n’a pas fait l’objet d’un audit de conformité et est réputé non conforme avec le référentiel "
    "général d’amélioration de l’accessibilité (RGAA).",
    "pour être orienté vers une alternative accessible ou obtenir le contenu sous une autre forme",
    "vous êtes en droit de faire parvenir vos doléances ou une demande de saisine au Défenseur des droits.",
    "Défenseur des droits, Libre réponse 71120, 75342 Paris Cedex 07.",
]
EDITIONS = pytest.mark.parametrize("annee", [2021, 2022, 2023])


def page(site, annee, nom):
    return html.parse(str(site / str(annee) / f"{nom}.html")).getroot()


@EDITIONS
def test_its_parts_come_in_the_official_order(site, annee):
    titres = page(site, annee, "accessibilite").xpath("//article//*[self::h1 or self::h2 or self::h3]")
    assert [simple(titre.text_content()).removesuffix("#").strip() for titre in titres] == TITRES


@EDITIONS
def test_it_says_the_official_sentences_in_order(site, annee):
    (dit,) = page(site, annee, "accessibilite").xpath("//article")
    texte = " ".join(simple(dit.text_content()).split())
    places = [texte.find(phrase) for phrase in PHRASES]
    assert -1 not in places
    assert places == sorted(places)


@EDITIONS
def test_the_home_page_says_the_state_and_leads_to_it(site, annee):
    (lien,) = page(site, annee, "index").xpath("//footer//a[@href='accessibilite.html']")
    assert simple(lien.text_content()) == "Accessibilité : non conforme"


# --- An audit, as data

AUDIT = "declaration: 2025-03-02\naudit: 2025-02-01\nauditeur: Un cabinet\nrgaa: 4.1\nconformite: {}\n"


@pytest.fixture
def avec(tmp_path, monkeypatch):
    """The data with lines more in the edition of 2023, in 2026."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    donnees = shutil.copytree(DONNEES, tmp_path / "data")

    def avec(lignes):
        edition = donnees / "2023" / "edition.yaml"
        edition.write_text((DONNEES / "2023" / "edition.yaml").read_text(encoding="utf-8") + lignes, encoding="utf-8")
        return donnees

    return avec


@pytest.mark.parametrize(
    ("conformite", "etat"),
    [
        ("100", "totalement conforme"),
        ("99.9", "partiellement conforme"),
        ("50", "partiellement conforme"),
        ("49.9", "non conforme"),
    ],
)
def test_the_state_is_that_of_the_audit(avec, conformite, etat):
    donnees = avec(AUDIT.format(conformite) + "plan_actions: https://www.caf.fr/plan\n")
    assert verifier(donnees, [2023]) == []
    assert Edition(2023, donnees).audit.etat == etat
    sorties = executer(donnees, 2023, ["accessibilite"])["accessibilite"]
    dit = simple("\n".join(str(valeur) for sortie in sorties for valeur in sortie.values()))
    dit = html.fromstring(f"<div>{dit}</div>").text_content()
    assert f"est {etat} avec le référentiel général d’amélioration de l’accessibilité (RGAA), version 4.1." in dit
    taux = conformite.replace(".", ",")
    assert f"réalisé par Un cabinet le 1er février 2025 révèle que {taux} % des critères du RGAA version 4.1" in dit
    assert "a été établie le 2 mars 2025" in dit
    assert "(https://www.caf.fr/plan)" in dit
    assert ("La liste des contenus non accessibles" in dit) == (conformite != "100")
    assert "réputé" not in dit


@pytest.mark.parametrize(
    ("avant", "apres", "dit"),
    [
        ("audit: 2025-02-01", "audit: 2023-01-01", "audit d’accessibilité de moins de 3 ans attendu"),
        ("audit: 2025-02-01", "audit: 01/02/2025", "Écrivez 2025-02-01."),
        ("rgaa: 4.1\n", "", "ligne « rgaa: … » attendue"),
        ("conformite: 80", "conformite: 120", "de 0 à 100"),
        ("Un cabinet", '""', "nom de l’auteur de l’audit attendu"),
    ],
)
def test_an_audit_that_is_old_or_not_whole_is_told(avec, avant, apres, dit):
    lignes = AUDIT.format("80")
    assert avant in lignes
    (erreur,) = verifier(avec(lignes.replace(avant, apres)), [2023])
    assert dit in simple(str(erreur))


def test_three_years_to_the_day(avec):
    assert verifier(avec(AUDIT.format("80").replace("audit: 2025-02-01", "audit: 2023-01-02")), [2023]) == []
