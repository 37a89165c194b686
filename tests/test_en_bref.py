"""« En bref » at the head of a chapter, « L’essentiel de l’année » on the home page and on a page to print."""

import pytest
import yaml
from lxml import html

from rapport.chapitre import affichage
from rapport.chapitre.seance import SEANCE
from rapport.donnees.edition import Edition
from rapport.livre.sommaire import lister_chapitres
from rapport.nombres.nombre import Nombre
from tests.outils import RACINE

SANS_MESSAGE = {
    "index", "essentiel", "edito", "temps-forts", "donnees", "indicateurs", "lexique", "accessibilite",
    "reproductible", "ecoconception", "revisions", "search", "genindex", "ce-qui-a-bouge", "series",
}  # fmt: skip
"""Pages that report no activity of their own."""


def article(site, nom, annee=2023):
    return html.parse(site / str(annee) / f"{nom}.html").getroot().find(".//article")


def mots(element) -> str:
    return " ".join(element.text_content().split())


def en_bref(page) -> list:
    return page.xpath(".//*[contains(@class, 'en-bref')]//li")


@pytest.fixture
def dire(monkeypatch):
    """Run ``%%en_bref`` with some variables; what it outputs."""
    montres = []
    monkeypatch.setattr(affichage, "display", lambda sorties, **_: montres.append(sorties[affichage.EN_BREF]))
    monkeypatch.setattr(SEANCE, "edition", Edition(2023, RACINE / "data"))

    def dire(ligne, cellule, **noms):
        montres.clear()
        monkeypatch.setattr(SEANCE, "noms", noms)
        affichage.en_bref(ligne, cellule)
        return montres

    return dire


@pytest.mark.parametrize(
    ("ligne", "hausse", "poids"),
    [("6", "0", 6), ("6, hausse", "12", 7.2), ("6, hausse", "-12", 7.2), ("6, hausse", "250", 9), ("10", "0", 10)],
)
def test_a_message_weighs_its_importance_and_its_change(dire, ligne, hausse, poids):
    (message,) = dire(ligne, "Hausse.", hausse=Nombre(hausse, unite="%"))
    assert message["poids"] == poids


def test_a_change_that_is_not_known_adds_nothing(dire):
    assert dire("6, hausse", "Hausse.", hausse=Nombre.manquant("ND"))[0]["poids"] == 6


def test_a_message_whose_number_is_not_known_is_not_told(dire):
    assert dire("6", "Reçus : {{ n | phrase('visite') }}.", n=Nombre.manquant("ND")) == []


def test_an_importance_out_of_scale_is_refused(dire):
    for ligne in ("11", "", "6, hausse"):
        with pytest.raises(ValueError, match="écrivez l’importance du message, de 1 à 10"):
            dire(ligne, "Texte.", hausse="forte")


@pytest.mark.slow
def test_messages_open_their_chapter_and_lead_to_their_proof(site):
    page = article(site, "relation-de-service")
    titre, bref = page.xpath(".//h1")[0], page.xpath(".//section[@class='en-bref']")[0]
    assert bref.getprevious() is titre
    assert 3 <= len(en_bref(page)) <= 5
    for lien in page.xpath(".//a[@class='preuve']/@href"):
        (section,) = page.xpath(f".//section[@id='{lien.removeprefix('#')}']")
        assert section.xpath(".//p | .//figure | .//table")


@pytest.mark.slow
def test_messages_that_follow_each_other_and_have_one_proof_share_its_link(site):
    liens = article(site, "parentalite").xpath(".//section[@class='en-bref']//li")
    assert [[*m.xpath(".//a[@class='preuve']/@href")] for m in liens][:2] == [["#les-prestations-legales"], []]


@pytest.mark.slow
def test_every_chapter_announces_its_year(site):
    """Three to five messages; two where all that is known is one list or one team."""
    pages = {page.stem for page in (site / "2023").glob("*.html")} - SANS_MESSAGE
    comptes = {nom: len(en_bref(article(site, nom))) for nom in pages}
    assert len(comptes) > 15
    assert {nom: n for nom, n in comptes.items() if not 3 <= n <= 5} == {
        "alliance-durable": 2,
        "conseil-administration": 2,
    }


@pytest.mark.slow
def test_the_description_of_a_chapter_is_its_messages(site):
    page = html.parse(site / "2023" / "relation-de-service.html").getroot()
    (description,) = page.xpath("//meta[@name='description']/@content")
    premier = mots(en_bref(page)[0].xpath(".//p")[0]).split(" Le")[0]
    assert " ".join(description.split()).startswith(premier[:60])


@pytest.mark.slow
@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_the_essential_is_that_of_the_chapters(site, annee):
    """In groups, the heaviest first; the home page tells the first ones of each group of the page to print."""
    court, long = (_groupes(article(site, nom, annee)) for nom in ("index", "essentiel"))
    assert court
    assert list(court) == list(long)
    for titre, messages in court.items():
        assert 1 <= len(messages) <= 2
        assert len(long[titre]) <= 3
        assert [mots(m) for m in messages] == [mots(m) for m in long[titre]][: len(messages)]
    accueil = [message for messages in long.values() for message in messages]
    pages = [m.xpath(".//a[@class='preuve']/@href")[0].partition("#") for m in accueil]
    for (page, _, ancre), message in zip(pages, accueil, strict=True):
        chapitre = article(site, page.removesuffix(".html"), annee)
        assert chapitre.xpath(f".//*[@id='{ancre}']")
        phrase = mots(message).rpartition(".")[0]
        assert any(mots(m).startswith(phrase) for m in en_bref(chapitre)), phrase
    noms = [page for page, *_ in pages]
    assert max(map(noms.count, noms), default=0) <= 2


def _groupes(page) -> dict[str, list]:
    """The messages of a page under the heading of their group."""
    return {mots(groupe.find("p")): groupe.xpath(".//li") for groupe in page.xpath(".//div[@class='groupe']")}


@pytest.mark.slow
@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_the_home_page_opens_with_the_year(site, annee):
    """A few sentences, before any heading, that name the year and tell what is known of it."""
    debut = article(site, "index", annee).xpath("(.//p)[1]")[0]
    assert not debut.xpath("preceding::h2[ancestor::article]")
    assert f" {annee}" in mots(debut).partition(". ")[0]
    assert 1 <= mots(debut).count(". ") + 1 <= 4


def test_what_the_home_page_tells_of_a_chapter_is_in_one_group():
    reglages = yaml.safe_load((RACINE / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    places = [place for noms in reglages["rapport_groupes"].values() for place in noms]
    assert len(places) == len(set(places)) > 10
    assert {place.partition("#")[0] for place in places} <= {c.nom for c in lister_chapitres(RACINE)}


@pytest.mark.slow
def test_the_essential_is_printed_on_one_page(site, ouvrir):
    page = ouvrir("2023/essentiel.html")
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
