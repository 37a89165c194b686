"""The built book: its golden values, its partial editions, what each page carries. All from one real, strict build."""

import csv
import json
import re
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from lxml import etree, html
from outils import DONNEES, simple

pytestmark = pytest.mark.slow


def page(site, nom, annee=2023):
    return html.parse(str(site / str(annee) / f"{nom}.html")).getroot()


def texte(element):
    for script in element.xpath(".//script"):
        script.drop_tree()
    return " ".join(simple(element.text_content()).split())


def tableau(site, nom_page, nom, annee=2023):
    """A table of the page, or that of a figure, as rows of texts."""
    (cible,) = page(site, nom_page, annee).xpath(f"//table[@id='{nom}'] | //figure[@id='{nom}']//table")
    return [[texte(c) for c in ligne.xpath("./th|./td")] for ligne in cible.xpath(".//tr")]


MISSIONS = {  # printed page 10, totals by mission
    2021: ["16 486 036,56", "34 177 557,83", "35 535 164,37", "94 982 031,99", "120 699,59"],
    2022: ["16 618 802,05", "35 736 295,96", "34 646 585,94", "97 906 233,99", "122 839,12"],
    2023: ["17 324 016,13", "38 548 448,92", "34 749 850,44", "100 742 368,28", "141 878,73"],
}


def a_l_euro(*imprimes: str) -> list[str]:
    """Printed amounts, as a table in whole euros writes them."""
    montants = [Decimal(imprime.replace("\u202f", "").replace(" ", "").replace(",", ".")) for imprime in imprimes]
    return [f"{montant.quantize(Decimal(1), ROUND_HALF_UP):,}".replace(",", " ") for montant in montants]


@pytest.mark.parametrize("annee", MISSIONS)
def test_totals_by_mission(site, annee):
    lignes = tableau(site, "prestations-legales", "tableau-prestations")
    colonne = [re.sub(r" \(.*", "", c) for c in lignes[0]].index(str(annee))
    assert [ligne[colonne] for ligne in lignes if ligne[0] == "Total de la mission"] == a_l_euro(*MISSIONS[annee])


def test_grand_total_of_benefits(site):
    derniere = tableau(site, "prestations-legales", "tableau-prestations")[-1]
    assert derniere[1:4] == a_l_euro("181 301 490,34", "185 030 757,06", "191 506 562,50")
    assert derniere[4] == "+3,5"


def test_changes_as_printed_and_ns_where_they_have_no_meaning(site):
    lignes = {ligne[0]: ligne[-2] for ligne in tableau(site, "prestations-legales", "tableau-prestations") if ligne[1:]}
    assert lignes["Allocation de soutien familial"] == "+50,6"
    assert lignes["Prêts à l’amélioration de l’habitat"] == "+194,9"
    assert lignes["Revenu de solidarité active « activité »"] == "NS"


def test_visits(site):
    assert tableau(site, "relation-de-service", "visites-par-site")[-1] == ["Tous les sites", "24 624", "24 088"]


@pytest.mark.parametrize(
    "phrase",
    [
        "les quatre sites de la Caf en comptent 24 088",
        "Les visites diminuent de 2,2 %",
        "34 h 43 par semaine en moyenne et 1 743 heures",
        "9,5 % des visites du siège. Cette part était de 10,4 % en 2022",
        "269 992 pièces sont arrivées par voie dématérialisée, soit 48,5 % des pièces reçues",
        "13,5 jours pour un maximum de 16 (prestations familiales)",
        "2,5 jours de moins (prestations familiales), 1,8 jour de moins (minima sociaux)",
        "La Caf a qualifié 193 fraudes en 2023",
        "Le nombre de fraudes qualifiées augmente de 12,2 % sur un an",
        "Deux éditions de la lettre « Acteurs et Territoires » ont paru en 2023",
    ],
)
def test_sentences_of_the_service_chapter(site, phrase):
    assert phrase in texte(page(site, "relation-de-service").xpath("//main")[0])


def test_social_action(site):
    assert tableau(site, "chiffres-cles", "action-sociale-postes")[-1] == ["Total", "17 322 103", "100,0"]


def test_the_glossary_has_the_96_entries_of_the_printed_report(site):
    with (DONNEES / "nomenclatures" / "sigles.csv").open(encoding="utf-8", newline="") as flux:
        imprimes = [s["sigle"] for s in csv.DictReader(flux) if s["source"].startswith("ra2023-lexique")]
    termes = [texte(dt) for dt in page(site, "lexique").xpath("//dl[contains(@class,'glossary')]/dt")]
    assert len(imprimes) == 96
    assert set(imprimes) <= set(termes)


def test_the_glossary_has_a_link_to_each_letter(site):
    lexique = page(site, "lexique")
    termes = {t.get("id"): texte(t)[0].upper() for t in lexique.xpath("//dl[contains(@class,'glossary')]/dt")}
    liens = lexique.xpath("//*[contains(@class,'lettres')]//a")
    assert [texte(lien) for lien in liens] == sorted(set(termes.values()))
    assert all(termes[lien.get("href")[1:]] == texte(lien) for lien in liens)


def test_an_event_leads_to_the_section_that_tells_it(site):
    liens = page(site, "temps-forts").xpath("//main//li[.//strong]//a/@href")
    menes = [lien.partition("#") for lien in liens if "#" in lien and not lien.startswith("lexique")]
    assert len(menes) >= 10
    for chapitre, _, ancre in menes:
        assert page(site, chapitre.removesuffix(".html")).xpath("//section[@id=$ancre]", ancre=ancre), ancre


def chapitres(site, annee):
    return sorted(c.stem for c in (site / str(annee)).glob("*.html") if c.stem not in ("genindex", "search"))


@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_no_page_shows_a_hole(site, annee):
    for nom in chapitres(site, annee):
        principal = page(site, nom, annee).xpath("//main")[0]
        for trou in ("nan", "NaN", "None", "{{", "}}", "Traceback", "undefined"):
            assert not re.search(rf"(?<![\w-]){re.escape(trou)}(?![\w-])", texte(principal)), (nom, trou)


@pytest.mark.parametrize("annee", [2021, 2022])
def test_a_partial_year_leaves_out_what_it_does_not_know(site, annee):
    service = texte(page(site, "relation-de-service", annee).xpath("//main")[0])
    assert f"fraudes en {annee}" in service
    assert "CDAP" not in service
    visites = page(site, "relation-de-service", annee).xpath("//figure[@id='visites-par-site']")
    assert bool(visites) == (annee == 2022)


def test_no_section_is_left_empty(site):
    for annee in (2021, 2022, 2023):
        for nom in chapitres(site, annee):
            for section in page(site, nom, annee).xpath("//main//section"):
                assert len(section) > 1, (annee, nom, texte(section))


def test_every_figure_is_whole(site):
    """Title, number, caption, drawing with its alternative text, data as a table and as files, source."""
    figures = 0
    for nom in chapitres(site, 2023):
        for figure in page(site, nom).xpath("//figure"):
            figures += 1
            assert re.match(r"Figure \d+", texte(figure.xpath(".//figcaption//span[@class='caption-number']")[0]))
            assert texte(figure.xpath(".//span[@class='caption-text']")[0])
            assert texte(figure.xpath("./figcaption/p[@class='sujet'] | ./p[@class='legende']")[0])
            (dessin,) = figure.xpath("./div[@class='dessin']/*[local-name()='svg']")
            assert len(dessin.get("aria-label")) > 30
            assert figure.xpath(".//details//td")
            for lien in figure.xpath(".//a[@download]/@href"):
                assert (site / "2023" / lien).stat().st_size > 0
            assert "Source" in texte(figure), figure.get("id")
    assert figures >= 14


def test_downloads_open_in_a_french_excel(site):
    brut = (site / "2023" / "fichiers" / "visites-par-site-2023.csv").read_bytes()
    assert brut.startswith(b"\xef\xbb\xbf")
    assert b"Tous les sites;24624;24088" in brut


def test_each_file_says_what_it_is_and_breaks_no_tool(site):
    """Title, report, source and licence: in the CSV without a line of their own, in pictures to be seen and read."""
    dossier = site / "2023" / "fichiers"
    brut = pd.read_csv(dossier / "visites-par-site-2023.csv", sep=";", decimal=",")
    assert brut["2023"].dtype.kind in "if"
    dit = brut["Titre, source et licence"].dropna().tolist()
    for mot in ("nombre de visites", "rapport d’activité 2023", "p. 11", "Licence Ouverte"):
        assert mot in simple(dit[0])
    assert len(dit) == 1
    nombres = json.loads((dossier / "visites-par-site-2023.json").read_text(encoding="utf-8"))
    assert nombres["licence"]["nom"] == "Licence Ouverte 2.0"
    (siege,) = [n for n in nombres["valeurs"] if n["intitule"] == "Siège" and n["colonne"] == "2023"]
    assert (siege["valeur"], siege["unite"], siege["statut"]) == ("17392", "visites", "publié")
    assert siege["cellule"] == {"fichier": "data/2023/visites.csv", "ligne": 2}
    assert siege["revisions"] == []
    nom = next(dossier.glob("contributions-prestations-*.svg")).stem
    trace = etree.fromstring((dossier / f"{nom}.svg").read_bytes())
    vus = " ".join("".join(texte.itertext()) for texte in trace.iter("{*}text"))
    assert "Licence Ouverte 2.0" in vus
    assert trace.findtext("{*}title")[:12] in vus


def test_the_first_of_the_month_is_raised_and_still_found(site):
    """Neither the tags of a page nor its search know a raised letter."""
    assert page(site, "logement").xpath("//main//p//sup/text()")[0] == "er"
    assert "depuis le 1er juin 2023" in texte(page(site, "logement").xpath("//main")[0])
    (description,) = page(site, "vulnerabilite").xpath("//meta[@name='description']/@content")
    assert "Depuis le 1er janvier 2023" in simple(description)
    assert "le 1er juin 2023" in simple((site / "2023" / "passages.js").read_text(encoding="utf-8"))
    for nom in chapitres(site, 2023):
        for mots in page(site, nom).xpath(
            "//main//article//text()[not(ancestor::*[local-name()='svg'] or ancestor::script or ancestor::code)]"
        ):
            assert not re.search(r"\b1(er|re)\b", mots), nom


def test_figures_tables_and_headings_have_an_address_and_a_citation(site):
    """By their name, which no edition changes, not by their number; a site without a known address gets none."""
    for nom in chapitres(site, 2023):
        for objet in (racine := page(site, nom)).xpath("//figure | //table[caption and @id] | //h2 | //h3"):
            cible = objet.get("id") or objet.getparent().get("id")
            assert objet.xpath(f".//a[@class='lien'][@href='#{cible}']"), (nom, texte(objet)[:50])
        for figure in racine.xpath("//figure"):
            (lien,) = figure.xpath(".//details//a[text()='BibTeX']/@href")
            bibtex = (site / "2023" / lien).read_text(encoding="utf-8")
            assert bibtex.startswith(f"@misc{{{figure.get('id')}-2023,")
            assert "url" not in bibtex
            (seule,) = figure.xpath("./div/details//a[@href=$page]", page=lien.replace(".bib", ".html"))
            assert texte(seule) == "Cette figure seule"
    cherches = (site / "2023" / "passages.js").read_text(encoding="utf-8")
    assert '#",' not in cherches
    assert '"Citer"' not in cherches


def test_published_numbers_tell_their_origin(site):
    nombres = json.loads((site / "2023" / "nombres.json").read_text(encoding="utf-8"))
    nombres = [n for n in nombres if n["chapitre"] == "relation-de-service"]
    siege = [n for n in nombres if n["valeur"] == "17392"]
    assert siege
    assert all(n["fichier"] == "data/2023/visites.csv" for n in siege)
    total = [n for n in nombres if n["valeur"] == "24088"]
    assert total
    assert all(n["formule"].startswith("somme de 4 valeurs") for n in total)


def test_no_english_permalink_nor_code_is_left(site):
    for nom in chapitres(site, 2023):
        assert not page(site, nom).xpath("//div[contains(@class,'cell_input')]")


def test_a_description_and_the_year_stand_in_each_page(site):
    for annee in (2022, 2023):
        for nom in chapitres(site, annee):
            racine = page(site, nom, annee)
            assert str(annee) in racine.findtext("head/title")
            assert "<" not in (racine.xpath("string(//meta[@name='description']/@content)"))
