"""Every sigle that a reader meets in the built book has an entry in its glossary."""

import csv
import re

import pytest
from copie import OUVRIR, Copie
from lxml import html
from outils import DONNEES, PARAMETRES, code, md

MOT = re.compile(r"[^\W_]+")
CHIFFRE_ROMAIN = re.compile(r"[IVX]+")

PAS_DES_SIGLES = {
    # reasons of missing values, said in full beside each of them and on the landing page
    *("NC", "NS", "ND", "SO", "SE"),
    # forms of dates, in the descriptions of columns
    *("AAAA", "MM", "JJ"),
    # names of products
    *("JavaScript", "LinkedIn", "OpenStreetMap"),
}
"""The reviewed words with two capitals or more that need no entry."""


def lire(chemin):
    with chemin.open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def noms_de_personnes():
    """Surnames, which the report prints in capitals."""
    noms = " ".join(ligne["nom"] for chemin in DONNEES.glob("2*/administrateurs.csv") for ligne in lire(chemin))
    return set(MOT.findall(noms))


def est_un_sigle(mot):
    """Two capitals or more, as in RSA, PreParE or IQL0; a roman numeral is none."""
    return sum(lettre.isupper() for lettre in mot) >= 2 and not CHIFFRE_ROMAIN.fullmatch(mot)


def mots_de_la_page(chemin):
    principal = html.parse(str(chemin)).getroot().xpath("//main")[0]
    for script in principal.xpath(".//script | .//code"):  # names of files and of columns are not words
        script.drop_tree()
    return {mot for texte in principal.itertext() for mot in MOT.findall(texte)}


def sigles_de_la_page(chemin):
    return set(filter(est_un_sigle, mots_de_la_page(chemin)))


def entrees(annee):
    """The words of the glossary's terms: « CQP GCA » explains both."""
    racine = html.parse(str(annee / "lexique.html")).getroot()
    termes = racine.xpath("//dl[contains(@class,'glossary')]/dt")
    return {mot.upper() for terme in termes for mot in MOT.findall(terme.text_content())}


def test_what_is_a_sigle():
    assert [m for m in MOT.findall("Le RSA, la PreParE et l’IQL0 ; XIV, Caf, PAJE-AAH") if est_un_sigle(m)] == [
        *("RSA", "PreParE", "IQL0", "PAJE", "AAH")
    ]


@pytest.mark.slow
@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_every_sigle_of_the_book_is_in_the_glossary(site, annee):
    connus = entrees(site / str(annee)) | {mot.upper() for mot in PAS_DES_SIGLES | noms_de_personnes()}
    assert len(connus) > 100
    absents = {
        chemin.stem: sorted(mots)
        for chemin in sorted((site / str(annee)).glob("*.html"))
        if (mots := {mot for mot in sigles_de_la_page(chemin) if mot.upper() not in connus})
    }
    assert absents == {}


@pytest.mark.slow
def test_no_reviewed_word_is_useless(site):
    """The list of exceptions stays short: what the book no longer says leaves it."""
    rencontres = set().union(*(sigles_de_la_page(chemin) for chemin in site.glob("*/*.html")))
    assert sorted(PAS_DES_SIGLES - rencontres) == []


@pytest.mark.slow
@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_a_sigle_is_written_in_one_way(site, annee):
    """« Paje » is said as a word, « RSA » letter by letter: as the glossary, which explains them, writes them."""
    sigles = {ligne["sigle"] for ligne in lire(DONNEES / "nomenclatures" / "sigles.csv")}
    ecrits = {sigle.upper(): sigle for sigle in sigles if len(sigle) > 3}
    autrement = {
        (chemin.stem, mot)
        for chemin in (site / str(annee)).glob("*.html")
        for mot in mots_de_la_page(chemin)
        if mot != mot.lower() and ecrits.get(mot.upper(), mot) != mot
    }
    assert autrement == set()


def test_the_glossary_explains_each_sigle_once():
    sigles = [ligne["sigle"].upper() for ligne in lire(DONNEES / "nomenclatures" / "sigles.csv")]
    assert sorted({sigle for sigle in sigles if sigles.count(sigle) > 1}) == []


@pytest.mark.slow
def test_a_sigle_that_only_a_drawing_has_is_explained_under_it(tmp_path):
    copie = Copie(tmp_path / "copie")
    trace = """t = pd.DataFrame({"Montant": [ed["accueils_loisirs.ps_jeunes.montant_eur"]] * 2}, index=["ASF", "AAH"])
fig, ax = barres(t["Montant"])
figure(fig, nom="essai", titre="Un dessin", legende="", donnees=t, forme="Barres")"""
    copie.chapitre(
        "comparaison", md("# Comparaison\n\nL’AAH."), PARAMETRES, code(f"import pandas as pd\n{OUVRIR}\n{trace}")
    )
    copie.construire()
    page = html.parse(copie.site / "2023" / "comparaison.html").getroot()
    (dessous,) = page.xpath("//figure[@id='essai']/p[@class='source'][a[@class='sigle']]")
    assert " ".join(dessous.text_content().split()) == "ASF : Allocation de soutien familial."
    assert "Allocation de soutien familial" in dessous.find("a").get("data-definition")
