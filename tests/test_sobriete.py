"""What a page weighs, and the page that says it; how far the book is reproducible, and the page that proves it."""

from __future__ import annotations

from urllib.parse import urlparse

import pytest
from lxml import html
from outils import DANS_UN_NAVIGATEUR, RACINE, simple

from rapport.chapitre.mots import lettres
from rapport.donnees.edition import Edition

pytestmark = pytest.mark.slow


def mesures(site, annee) -> dict[str, str]:
    """Measure → value, as the page of the edition says them."""
    lignes = html.parse(str(site / str(annee) / "ecoconception.html")).getroot().xpath("//article//tbody/tr")
    return {simple(ligne[0].text_content()): simple(ligne[1].text_content()) for ligne in lignes}


class TestLePoidsDuneLecture:
    pytestmark = DANS_UN_NAVIGATEUR

    @pytest.mark.parametrize(
        ("annee", "nom", "mesure"),
        [
            (2021, "index", "Page d’accueil, avec tout ce qu’elle charge"),
            (2023, "index", "Page d’accueil, avec tout ce qu’elle charge"),
            (2023, "search", "Page de recherche, avec tout ce qu’elle charge"),
        ],
    )
    def test_a_page_weighs_what_is_said(self, site, ouvrir, navigateur, serveur, annee, nom, mesure):
        """With its icon, which a browser without a window does not ask for."""
        page = navigateur.new_page()
        recus: dict[str, int] = {}
        page.on("response", lambda reponse: recus.update({reponse.url: len(reponse.body())}))
        page.goto(f"{serveur.adresse}/{annee}/{nom}.html", wait_until="networkidle")
        page.close()
        icone = f"{serveur.adresse}/{annee}/_static/favicon.svg"
        recus.setdefault(icone, (site / str(annee) / "_static" / "favicon.svg").stat().st_size)
        dites = mesures(site, annee)
        editions = {url: poids for url, poids in recus.items() if url.endswith("/editions.js")}
        assert len(editions) == 1
        attendu = sum(recus.values()) - sum(editions.values())
        assert dites[mesure] == f"{attendu / 1000:.0f} ko"
        if nom == "index":
            assert dites["Fichiers demandés pour l’afficher"] == str(len(recus))
            assert attendu <= 150_000
        assert {urlparse(url).netloc for url in recus} == {urlparse(serveur.adresse).netloc}
        assert dites["Fichiers demandés à un autre site"] == "0"
        assert dites["Polices à télécharger"] == "0"


def test_every_page_leads_to_the_sheet(site):
    for page in (site / "2023").glob("*.html"):
        assert html.parse(str(page)).getroot().xpath("//footer//a[@href='ecoconception.html' or @href='#']"), page.name


@pytest.fixture(scope="module")
def criteres():
    return Edition(2023, RACINE / "data").nomenclature("criteres_rap")


def test_the_eighteen_criteria_are_those_of_the_three_levels(criteres):
    assert criteres["niveau"].value_counts().to_dict() == {"base": 5, "argent": 9, "or": 4}


def test_a_criterion_that_is_met_has_a_proof_that_exists(criteres):
    for code, critere in criteres.iterrows():
        assert critere["etat"] == "non" or critere["fichier"] or critere["page"], code
        assert not critere["fichier"] or (RACINE / critere["fichier"]).exists(), code


@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_the_page_says_each_criterion_and_its_proof(site, annee, criteres):
    (article,) = html.parse(str(site / str(annee) / "reproductible.html")).getroot().xpath("//article")
    dit = simple(article.text_content())
    for critere in criteres.itertuples():
        assert f"{simple(critere.libelle)} : {critere.etat}." in dit
        assert not critere.fichier or f"Preuve : {critere.fichier}." in dit
    liens = article.xpath(".//li//a/@href")
    assert {lien for lien in liens if lien.endswith(".html")} == {f"{p}.html" for p in criteres["page"] if p}
    assert all((site / str(annee) / lien).exists() for lien in liens if lien.endswith(".html"))
    remplis, partiels = ((criteres["etat"] == etat).sum() for etat in ("oui", "en partie"))
    compte = f"en {len(criteres)} critères. Le rapport en remplit {remplis}, et {lettres(partiels)} en partie."
    assert compte in " ".join(dit.split())
