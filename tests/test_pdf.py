"""The PDF of an edition: accessible (PDF/UA-1), whole, made again when its pages change, the same byte for byte."""

from __future__ import annotations

import io
from pathlib import Path

import page as pdfua
import pikepdf
import pytest
from lxml import html
from outils import DONNEES, PARAMETRES, RACINE, PetitProjet, code, contenu, md, simple

from rapport.donnees.dossier import Donnees
from rapport.pages import pdf

pytest.importorskip("weasyprint", reason="Pango n’est pas installé : le PDF n’est pas essayé", exc_type=OSError)
pytestmark = pytest.mark.slow

ANNEES = Donnees(DONNEES).editions


def defauts(contenu: bytes) -> list[str]:
    """What a PDF does that PDF/UA-1 forbids."""
    rapport = pdfua.validate_pdf_bytes(contenu, profile="pdf/ua-1")
    return [f"{defaut.rule_id} : {defaut.message}" for defaut in rapport.failures]


def enfants(element) -> list:
    return [e for e in (element.K if "/K" in element else ()) if isinstance(e, pikepdf.Dictionary) and "/S" in e]


def balises(element, nom: str) -> list:
    """The tags of a name under a tag of the structure of a PDF."""
    dessous = [trouve for e in enfants(element) for trouve in balises(e, nom)]
    return [element, *dessous] if str(element.S) == f"/{nom}" else dessous


def structure(element, retrait: str = "") -> list[str]:
    """The tags under one, a line each, without those that mean nothing."""
    lignes = []
    for e in enfants(element):
        muette = str(e.S) in ("/NonStruct", "/Span", "/Div")
        lignes += [] if muette else [f"{retrait}{str(e.S)[1:]}"]
        lignes += structure(e, retrait if muette else retrait + "  ")
    return lignes


def signets(entrees) -> list:
    return [(str(e.title), signets(e.children)) for e in entrees]


# --- The real editions


@pytest.fixture(scope="module", params=ANNEES)
def edition(site, request) -> Path:
    return site / str(request.param)


@pytest.fixture
def document(edition):
    with pikepdf.open(edition / pdf.name(int(edition.name))) as ouvert:
        yield ouvert


def lieux(document) -> dict:
    """The places that links may lead to: name → page."""
    return {str(nom): lieu[0] for nom, lieu in pikepdf.NameTree(document.Root.Names.Dests).items()}


def titre(page: html.HtmlElement) -> str:
    return " ".join(page.find(".//h1").text_content().removesuffix("#").split())


def chapitres(edition: Path) -> dict[str, html.HtmlElement]:
    """Name → page, in the order of the menu."""
    menu = html.parse(edition / "index.html").getroot().xpath("//nav[@class='chapitres']//li/a/@href")
    return {nom.removesuffix(".html"): html.parse(edition / nom).getroot() for nom in menu}


def test_an_edition_has_a_pdf_that_pdf_ua_1_finds_no_fault_with(edition):
    assert defauts((edition / pdf.name(int(edition.name))).read_bytes()) == []


def test_the_validator_sees_a_figure_without_its_alternative(document):
    figure = balises(document.Root.StructTreeRoot.K[0], "Figure")[0]
    del figure.Alt
    casse = io.BytesIO()
    document.save(casse)
    assert [d for d in defauts(casse.getvalue()) if "Figure" in d or "FIGURE" in d]


def test_the_home_page_leads_to_it_and_says_what_it_weighs(edition):
    (lien,) = html.parse(edition / "index.html").getroot().xpath("//p[@class='pdf' and not(@hidden)]/a")
    poids = f"{(edition / lien.get('href')).stat().st_size / 1e6:.1f}".replace(".", ",")
    assert simple(lien.text) == f"Le rapport entier, à imprimer (PDF, {poids} Mo)"


def test_it_says_what_it_is(document, edition):
    annee = edition.name
    assert str(document.docinfo["/Title"]) == f"Rapport d’activité de la Caf de l’Ariège – {annee}"
    assert str(document.docinfo["/Author"]) == "Caf de l’Ariège"
    assert document.Root.Lang == "fr"
    assert document.Root.ViewerPreferences.DisplayDocTitle


def test_every_chapter_is_in_it_in_order_with_its_headings_as_bookmarks(document, edition):
    with document.open_outline() as plan:
        parties = signets(plan.root)
    assert parties[0] == ("Sommaire", [])
    trouves = [chapitre for _, chapitres in parties[1:] for chapitre in chapitres]
    attendus = [(titre(page), page) for page in chapitres(edition).values()]
    assert [nom for nom, _ in trouves] == [nom for nom, _ in attendus]
    for (_, sections), (nom, page) in zip(trouves, attendus, strict=True):
        attendues = [h.text_content().removesuffix("#") for h in page.find(".//article").iter("h2")]
        assert [section for section, _ in sections] == attendues, nom


def test_every_drawing_has_the_alternative_of_its_page(document, edition):
    attendues = [
        dessin.get("aria-label")
        for page in chapitres(edition).values()
        for dessin in page.xpath("//article//figure//svg[@aria-label]")
    ]
    figures = balises(document.Root.StructTreeRoot.K[0], "Figure")
    assert [str(figure.Alt) for figure in figures] == attendues


def test_its_links_lead_to_its_own_pages_or_to_the_web(document):
    liens = [lien for page in document.pages for lien in page.get("/Annots", ())]
    internes = [str(lien.Dest) for lien in liens if "/Dest" in lien]
    assert len(internes) > 30
    assert set(internes) <= lieux(document).keys()
    assert all(str(lien.A.URI).startswith(("https://", "http://", "mailto:")) for lien in liens if "/A" in lien)


def test_a_link_says_in_words_where_it_leads(document):
    dits = {(str(lien.get("/Dest", "")), str(lien.Contents)) for p in document.pages for lien in p.get("/Annots", ())}
    assert ("lexique--term-Caf", "Caf\u00a0: Caisse d’allocations familiales.") in dits
    assert [dit for lieu, dit in dits if not dit.strip() or dit == lieu] == []


def test_a_chapter_whose_tables_are_wide_has_landscape_pages(document, edition):
    couches = [lieu for lieu, page in lieux(document).items() if page.MediaBox[2] > page.MediaBox[3]]
    larges = [
        nom
        for nom, page in chapitres(edition).items()
        if any(
            sum(int(c.get("colspan", 1)) for c in rang) > 5
            for rang in page.xpath("//article//table//tr[not(ancestor::figure)]")
        )
    ]
    assert larges
    assert [nom for nom in chapitres(edition) if nom in couches] == larges


# --- A small one

TOUT = """Une phrase, et [la suite](second.ipynb) ou [l’accueil](index.ipynb), qui ne s’imprime pas.

- un
- deux

  1. dessous
  2. encore

![Un été](images/ete.svg) ![](images/ete.svg)

$\\frac{a}{b}$
"""
DONNEES_MONTREES = """import matplotlib.pyplot as plt
import pandas as pd
from rapport.chapitre import *
ed = ouvrir(annee, donnees)
t = pd.DataFrame({"Visites": [ed["visiteurs"]] * 2}, index=pd.Index(["Foix", "Pamiers"], name="Lieu"))"""
TABLEAU = 'tableau(t, nom="lieux", titre="Les visites")'
FIGURE = """fig, ax = plt.subplots()
ax.bar(["Foix", "Pamiers"], [12, 12])
figure(fig, nom="barres", titre="Foix vaut Pamiers", legende="Une légende.", donnees=t, forme="Barres")"""
STRUCTURE = """
Sect
  H1
  Sect
    H2
    P
      Link
    L
      LI
        LBody
          P
      LI
        LBody
          P
          L
            LI
              LBody
                P
            LI
              LBody
                P
    P
      Figure
      Figure
    P
    P
  Sect
    H2
    Table
      Caption
      THead
        TR
          TH
          TH
      TBody
        TR
          TH
          TD
        TR
          TH
          TD
    P
    Caption
      P
    Figure
    P
    P
"""


@pytest.fixture(scope="module")
def petit(tmp_path_factory) -> PetitProjet:
    """A small project whose first chapter has all that a page may have, with its two editions built."""
    projet = PetitProjet(tmp_path_factory.mktemp("pdf") / "projet")
    image = projet.racine / "chapters" / "images" / "ete.svg"
    image.parent.mkdir()
    image.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>')
    cellules = [md("# Premier"), PARAMETRES, code(DONNEES_MONTREES), md("## Des mots"), md(TOUT)]
    projet.chapitre("premier", *cellules, md('<a id="ici"></a>\n\n## Des données'), code(TABLEAU), code(FIGURE))
    projet.construire = lambda *options, **autres: _construire(projet, *options, **autres)
    projet.construire("--all")
    return projet


def _construire(projet: PetitProjet, *options: str, **autres) -> str:
    fin = projet.rapport("build", *options, **autres)
    assert fin.returncode == 0, fin.stdout + fin.stderr
    return simple(fin.stdout)


def octets(projet: PetitProjet, annee: int = 2023, sortie: str = "_build") -> bytes:
    return (projet.racine / sortie / "site" / str(annee) / pdf.name(annee)).read_bytes()


def test_the_structure_of_a_chapter(petit):
    with pikepdf.open(io.BytesIO(octets(petit))) as document:
        _, _, premier, *_ = enfants(document.Root.StructTreeRoot.K[0])  # after the cover and the contents
        assert "\n".join(structure(premier)) == STRUCTURE.strip()


def test_whatever_a_chapter_shows_pdf_ua_1_finds_no_fault(petit):
    assert [defauts(octets(petit, annee)) for annee in (2022, 2023)] == [[], []]


def test_it_is_the_same_made_from_nothing_and_without_the_other_edition(petit):
    petit.construire("2023", "--output", "ailleurs")
    assert octets(petit, sortie="ailleurs") == octets(petit)


def test_it_is_made_again_when_what_it_prints_has_changed(petit):
    avant = octets(petit)
    petit.chapitre("second", md("# Le second"), PARAMETRES)
    assert "PDF du livre 2023 : terminé" in petit.construire("2023")
    assert octets(petit) != avant
    assert defauts(octets(petit)) == []


def test_an_edition_may_appear_without_it(petit):
    petit.construire("2023", "--no-pdf")
    assert octets(petit)  # it had not changed
    petit.chapitre("second", md("# Un autre second"), PARAMETRES)
    assert "PDF" not in petit.construire("2023", "--no-pdf")
    assert html.parse(petit.site / "2023" / "index.html").getroot().xpath("//p[@class='pdf' and @hidden and not(a)]")
    assert not list((petit.site / "2023").glob("*.pdf"))
    assert "PDF du livre 2023 : terminé" in petit.construire("2023")
    assert octets(petit)


def test_without_pango_the_edition_appears_and_it_is_said_what_to_install(petit, tmp_path):
    """A machine without the library is one where importing WeasyPrint says what ours here says."""
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    petit.chapitre("second", md("# Encore un second"), PARAMETRES)
    dit = petit.construire("2023", env={"PYTHONPATH": f"{tmp_path}:{RACINE}"})
    assert (
        "PDF du livre 2023 : pas fait, il y faut WeasyPrint (« make book » l’installe) et la bibliothèque Pango" in dit
    )
    assert "apt-get install libpango" in dit
    assert not list((petit.site / "2023").glob("*.pdf"))
    assert "PDF du livre 2023 : terminé" in petit.construire("2023"), "once it is installed"


def test_what_weasyprint_complains_of_is_a_defect_and_nothing_is_published(petit):
    avant = contenu(petit.site)
    (petit.racine / "chapters" / "images" / "vide.png").write_bytes(b"rien")
    petit.chapitre("second", md("# Un second\n\n![Une photo](images/vide.png)"), PARAMETRES)
    fin = petit.rapport("build", "2023")
    assert fin.returncode == 1
    assert simple(fin.stderr).startswith("Le PDF de l’édition 2023 a des défauts. Rien n’est publié.")
    assert "vide.png" in fin.stderr
    assert contenu(petit.site) == avant
