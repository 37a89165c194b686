"""The declaration of accessibility: the order and the words of the official model; its state on the home page."""

from __future__ import annotations

import pytest
from lxml import html
from outils import simple

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
