"""The published pages in a real browser: French, light, private, and doing what they promise."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urljoin

import pytest
import yaml
from lxml import etree, html
from outils import DANS_UN_NAVIGATEUR, PARAMETRES, RACINE, Serveur, code, md, pages_de, simple
from PIL import Image

pytestmark = DANS_UN_NAVIGATEUR

TECHNIQUES = ("search",)
ANNEXES = {
    Path(c["file"]).name
    for c in yaml.safe_load((RACINE / "_toc.yml").read_text(encoding="utf-8"))["parts"][-1]["chapters"]
}


@pytest.fixture(scope="module")
def visites(site, navigateur, serveur):
    """Every page of the newest edition, visited once: what it asked for, complained of, and shows.

    The weight of a first visit, and of a second page read after it, is that of the files asked for, uncompressed.
    """

    def octets(demandes):
        return sum(
            (site / url.removeprefix(serveur.adresse + "/").partition("?")[0]).stat().st_size for url in demandes
        )

    def visite(nom):
        contexte = navigateur.new_context()
        page = contexte.new_page()
        demandes, plaintes = [], []
        page.on("request", lambda r: demandes.append(r.url))
        page.on("console", lambda m: plaintes.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: plaintes.append(str(e)))
        page.goto(f"{serveur.adresse}/2023/{nom}.html", wait_until="load")
        vue = page.evaluate(
            """() => ({
                lang: document.documentElement.lang,
                titre: document.title,
                mains: document.querySelectorAll("main").length,
                niveaux: [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((h) => +h.tagName[1]),
                icone: document.querySelector("link[rel=icon]").href,
                entete: Object.fromEntries([...document.querySelectorAll("head meta")].map((m) =>
                    [m.getAttribute("property") ?? m.name, m.content])),
                textes: [document.title, document.body.innerText,
                    ...["aria-label", "title", "alt", "placeholder"].flatMap((a) =>
                        [...document.querySelectorAll(`[${a}]`)].map((e) => e.getAttribute(a)))],
            })"""
        )
        premiere = set(demandes)
        suivante = "lexique" if nom != "lexique" else "chiffres-cles"
        page.goto(f"{serveur.adresse}/2023/{suivante}.html", wait_until="load")
        seconde = set(demandes) - premiere
        cookies = contexte.cookies()
        contexte.close()
        internes = {url for url in premiere | seconde if url.startswith(serveur.adresse)}
        return SimpleNamespace(
            **vue,
            plaintes=plaintes,
            cookies=cookies,
            externes=(premiere | seconde) - internes,
            premiere=octets(premiere & internes),
            seconde=octets(seconde & internes),
        )

    return {nom: visite(nom) for nom in pages_de(site, 2023)}


def test_structure_of_every_page(visites):
    for nom, vue in visites.items():
        assert vue.lang == "fr"
        assert vue.mains == 1, nom
        assert vue.niveaux[0] == 1, nom
        assert vue.niveaux.count(1) == 1, nom
        assert all(b <= a + 1 for a, b in pairwise(vue.niveaux)), nom
        assert vue.plaintes == [], nom  # nothing in the console, under the policy that the site ships


def test_every_page_says_what_it_is_to_browsers_and_networks(site, visites):
    for nom, vue in visites.items():
        assert "2023" in vue.titre, nom
        assert (site / "2023" / "_static" / Path(vue.icone).name).is_file(), nom
        assert {"og:title", "og:type", "og:site_name", "og:locale", "og:image", "og:image:alt"} <= set(vue.entete), nom
        assert (site / "2023" / vue.entete["og:image"]).is_file(), nom
        if nom not in TECHNIQUES:
            description = vue.entete["description"]
            assert vue.entete["og:description"] == description, nom
            assert re.search(r"[.!?…]$", description), (nom, description)  # never cut in mid-word
    assert len({vue.titre for vue in visites.values()}) == len(visites)


def test_no_request_leaves_and_no_cookie_is_set(visites):
    for nom, vue in visites.items():
        assert not vue.externes, nom
        assert vue.cookies == [], nom


def test_weight(site, visites):
    """A first visit weighs 400 KB at most, uncompressed and everything included; the next page 120 KB.

    The two annexes that list every datum and every check may weigh 200 KB.
    """
    for nom, vue in visites.items():
        assert 20_000 < vue.premiere <= 400_000, nom
        assert 10_000 < vue.seconde <= 120_000, nom
        if nom not in TECHNIQUES:
            limite = 200_000 if nom in ("donnees", "fiabilite") else 120_000
            assert (site / "2023" / f"{nom}.html").stat().st_size <= limite, nom


@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_every_link_leads_somewhere(site, annee):
    """To a page or a file of the edition, and to a place in that page: menus, contents, cards, acronyms, downloads."""
    pages = {nom: html.parse(str(site / str(annee) / f"{nom}.html")) for nom in pages_de(site, annee)}
    ancres = {f"{nom}.html": set(page.xpath("//@id")) for nom, page in pages.items()}
    perdus = []
    for nom, page in pages.items():
        liens = page.xpath("//a/@href[not(contains(., '//')) and not(starts-with(., 'mailto:'))]")
        assert len(liens) > 10, nom
        for lien in liens:
            cible, _, ancre = lien.partition("#")
            cible = cible or f"{nom}.html"
            if not (site / str(annee) / cible).is_file() or (ancre and ancre not in ancres[cible]):
                perdus.append((nom, lien))
    assert not perdus


def test_works_from_a_file(site, ouvrir):
    page = ouvrir("2023/relation-de-service.html", base=f"file://{site.resolve()}")
    assert page.plaintes == []
    page.click("#bouton-origine")
    page.click("[data-n] >> nth=0")
    assert page.locator("#bulle").is_visible()
    page.fill("#recherche", "fraude")
    page.press("#recherche", "Enter")
    page.locator("#search-results li").first.wait_for()
    assert page.plaintes == []


def test_the_book_from_its_door_to_a_figure(ouvrir):
    page = ouvrir("index.html")
    page.wait_for_url("**/2023/index.html")
    page.click(".menu summary:has-text('Prestations et service')")
    page.click(".menu a:has-text('Les prestations légales versées')")
    assert page.locator("h1").inner_text() == "Les prestations légales versées"
    figure = page.locator("figure").first
    assert figure.locator("svg[role=img]").get_attribute("aria-label")
    figure.locator("summary", has_text="données").click()
    assert figure.locator("details table").is_visible()
    with page.expect_download() as telechargement:
        figure.locator(".telechargements a").first.click()
    assert Path(telechargement.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("requete", "trouve"),
    [
        ("allocataire", "relation-de-service"),
        ("allocataires", "relation-de-service"),
        ("prestations legales", "prestations-legales"),
        ("téléconseillers", "relation-de-service"),
        ("teleconseiller", "relation-de-service"),
        ("CDAP", "relation-de-service"),
        ("élus", "politique-territoriale"),
        ("elues", "politique-territoriale"),
        ("l'enfant", "arrivee-enfant"),
        ("l’enfant", "arrivee-enfant"),
    ],
)
def test_search_ignores_accents_and_plurals(ouvrir, requete, trouve):
    page, liens = chercher(ouvrir, requete)
    assert any(lien.startswith(trouve) for lien in liens), liens
    assert not re.search(r"Search|match", page.inner_text("main"))


def chercher(ouvrir, requete):
    """The page of the results, and the chapters that it leads to."""
    page = ouvrir(f"2023/search.html?q={requete}")
    page.locator(".search-summary").wait_for()
    return page, page.eval_on_selector_all("#search-results a", "as => as.map(a => a.getAttribute('href'))")


@pytest.mark.parametrize("formes", [("été", "ete", "Étés"), ("même", "meme", "Même"), ("sommes", "somme")])
def test_all_ways_to_write_a_word_have_one_answer(ouvrir, formes):
    """Those that French search leaves out (« a été », « nous sommes ») too: found where they are nouns."""
    pages = [{lien.partition("#")[0] for lien in chercher(ouvrir, forme)[1]} for forme in formes]
    assert pages == pages[:1] * len(formes)
    assert bool(pages[0]) == (formes[0] != "même")


@pytest.mark.parametrize(
    ("requete", "premier", "marque"),
    [
        ("creche", "arrivee-enfant.html#", "crèche"),
        ("combien d'allocataires", "ariege-allocataires.html#", "allocataires"),
        ("191 506 563", "prestations-legales.html#le-detail", "191 506 563"),
        ("191.5", "index.html", "191,5"),
        ("visites Pamiers", "relation-de-service.html#laccueil", "visites"),
        ("nounou", "arrivee-enfant.html#", "garde"),  # by a synonym
        ("ASF", "prestations-legales.html#", "soutien familial"),  # by the glossary
        ("recentralizasion", "vulnerabilite.html#la-recentralisation-du-rsa", "recentralisation"),  # by a mistake
    ],
)
def test_search_leads_to_the_passage_that_answers(ouvrir, requete, premier, marque):
    page, liens = chercher(ouvrir, requete)
    assert any(lien.startswith(premier) for lien in liens[:2]), liens[:5]
    vu = page.locator("#search-results li").nth(0 if liens[0].startswith(premier) else 1)
    assert marque.lower() in simple(" ".join(vu.locator("mark").all_inner_texts())).lower()
    annexes = [lien.partition(".")[0] in ANNEXES for lien in liens]
    assert annexes == sorted(annexes)  # after the chapters
    assert page.input_value("#recherche") == requete
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('#recherche'))")
    assert page.locator(".suggestion").count() == (requete == "recentralizasion")


def test_search_takes_no_verb_for_a_noun_and_offers_the_right_spelling(ouvrir):
    page, _ = chercher(ouvrir, "eleves")
    assert "s’élève" not in page.inner_text("#search-results")
    page, liens = chercher(ouvrir, "recentralizasion")
    page.click(".suggestion a")
    page.locator(".search-summary").wait_for()
    assert page.input_value("#recherche") == "recentralisation"
    assert page.eval_on_selector_all("#search-results li a", "as => as.map(a => a.getAttribute('href'))") == liens[1:]


def test_a_book_of_its_own_is_searched_without_accents_and_says_when_it_was_published(projet, ouvrir):
    """« délibération » and « élève » are not in the real book: a small one has them, and a publication date."""
    projet.chapitre(
        "premier",
        md("# Premier\n\nDu texte : les délibérations du conseil.\n\nUn nombre élevé s’élève."),
        md("## Les écoles\n\nPour les élèves."),
        PARAMETRES,
        code("x = 1"),
    )
    projet.donnee(2023, "edition.yaml", "statut: définitive\npublication: 2024-06-03\n")
    fin = projet.rapport("build", "2023")
    assert fin.returncode == 0, fin.stderr
    petit = Serveur(projet.site)
    for requete in ("deliberation", "délibérations"):
        page = ouvrir(f"2023/search.html?q={requete}", base=petit.adresse)
        page.locator("#search-results a[href^=premier]").wait_for()
    for requete in ("eleves", "élève"):
        page = ouvrir(f"2023/search.html?q={requete}", base=petit.adresse)
        page.locator("#search-results a[href='premier.html#les-ecoles']").wait_for()
        assert page.locator("#search-results li").count() == 1
    page.goto(f"{petit.adresse}/2023/premier.html")
    assert "publié le 3 juin 2024" in simple(page.inner_text("footer"))
    petit.shutdown()


def test_a_sigle_is_explained_by_pointer_and_keyboard(ouvrir):
    page = ouvrir("2023/relation-de-service.html")
    sigle = page.locator("a.sigle").first
    bulle = page.locator("#bulle")
    sigle.hover()
    assert bulle.is_visible()
    assert sigle.inner_text() in bulle.inner_text()
    page.keyboard.press("Escape")
    assert bulle.is_hidden()
    page.mouse.move(0, 0)
    sigle.focus()
    assert bulle.is_visible()
    assert sigle.get_attribute("aria-describedby") == "bulle"
    assert page.evaluate("document.querySelector('#bulle').getAttribute('role')") == "tooltip"


def test_a_number_tells_where_it_comes_from(ouvrir):
    """Asked for, never by the pointer that passes: the exact value first; the row in the file that is published."""
    page = ouvrir("2023/relation-de-service.html")
    nombre, bulle = page.locator("[data-n]", has_text="17\u202f392").first, page.locator("#bulle")
    nombre.click()
    assert bulle.is_hidden()
    page.click("#bouton-origine")
    nombre.hover()
    assert bulle.is_hidden()
    nombre.click()
    dit = simple(bulle.inner_text())
    assert dit.startswith("Valeur exacte : 17 392 (visites).")
    assert "Rapport d’activité 2023" in dit
    assert "data/" not in dit
    lien = bulle.locator("a", has_text="visites.csv (2023), ligne 2")
    fichier, _, rang = lien.get_attribute("href").partition("#row=")
    adresse = page.evaluate("href => new URL(href, location).href", fichier)
    lignes = page.request.get(adresse).text().splitlines()
    assert "17392" in lignes[int(rang) - 1].split(";")
    derive = page.locator("[data-n]", has_text="24\u202f088").first
    derive.click()
    assert "somme de 4 valeurs" in bulle.inner_text()


def test_a_rounded_number_says_its_exact_value_and_folds_a_long_sum_and_the_choice_is_kept(ouvrir):
    page = ouvrir("2023/relation-de-service.html")
    page.click("#bouton-origine")
    page.goto(page.url.replace("relation-de-service", "prestations-legales"))
    page.locator("[data-n]", has_text=re.compile("^191,5")).first.click()
    bulle = page.locator("#bulle")
    assert simple(bulle.inner_text()).startswith("Valeur exacte : 191 506 562,50 €.")
    detail = bulle.locator("details p")
    assert detail.is_hidden()
    page.keyboard.press("Enter")  # into the bubble
    page.keyboard.press("Enter")
    assert detail.inner_text().count("2023") == 24
    page.keyboard.press("Escape")
    assert bulle.is_hidden()
    assert page.evaluate("document.activeElement.textContent").startswith("191,5")
    page.click("#bouton-origine")
    page.reload()
    assert page.get_attribute("#bouton-origine", "aria-pressed") == "false"


def test_numbers_are_reached_by_keyboard_once_asked_for(ouvrir):
    page = ouvrir("2023/relation-de-service.html")
    assert page.locator("[data-n][tabindex='0']").count() == 0
    page.focus("#bouton-origine")
    page.keyboard.press("Enter")
    assert page.get_attribute("#bouton-origine", "aria-pressed") == "true"
    page.locator("[data-n]").first.focus()
    assert page.locator("#bulle").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#bulle").is_hidden()


def test_the_other_edition_opens_at_the_same_page_where_it_exists(site, ouvrir):
    page = ouvrir("2023/relation-de-service.html")
    page.click("text=Édition 2022")
    page.wait_for_url("**/2022/relation-de-service.html")
    seule = next(nom for nom in pages_de(site, 2023) if nom not in pages_de(site, 2021))
    page = ouvrir(f"2023/{seule}.html")
    assert "accueil" in page.locator("text=Édition 2021").get_attribute("title")
    page.click("text=Édition 2021")
    page.wait_for_url("**/2021/index.html")


def test_the_other_edition_opens_at_the_section_that_is_read_and_the_lists_say_where_the_reader_is(ouvrir):
    page = ouvrir("2023/relation-de-service.html")
    assert page.locator(".haut").is_hidden()
    page.evaluate("document.querySelector('#le-telephone').scrollIntoView()")
    page.locator(".sommaire a[aria-current]", has_text="Le téléphone").wait_for()
    page.locator(".editions a", has_text="Édition 2022").dispatch_event("click")  # a click scrolls to the top
    page.wait_for_url("**/2022/relation-de-service.html#le-telephone")
    page = ouvrir("2023/alliance-durable.html")  # one of the last chapters
    bas = page.locator(".menu [aria-current]").bounding_box()
    assert bas["y"] + bas["height"] <= 900
    page = ouvrir("2023/arrivee-enfant.html")
    page.evaluate("scrollTo(0, 3000)")
    page.click("text=Haut de la page")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_what_a_reader_without_javascript_lacks_is_said(navigateur, serveur):
    contexte = navigateur.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = contexte.new_page()
    page.goto(f"{serveur.adresse}/2023/relation-de-service.html")
    assert page.locator("h1").bounding_box()["y"] < 150
    assert "ni la recherche, ni l’origine des nombres" in page.inner_text("footer")
    page.click(".menu > summary")
    assert page.locator(".menu a").first.is_visible()
    contexte.close()


def test_sigles_are_not_explained_beside_their_meaning(ouvrir):
    page = ouvrir("2023/vulnerabilite.html")
    assert "(RSA)" in page.inner_text("article")
    avant = page.locator("a.sigle", has_text=re.compile("^RSA$")).evaluate("a => a.previousSibling?.textContent ?? ''")
    assert not avant.endswith("revenu de solidarité active (")


def test_the_chosen_mode_is_kept(ouvrir):
    page = ouvrir("2023/chiffres-cles.html")
    clair = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("text=Mode sombre")
    assert page.inner_text("#bouton-theme") == "Mode clair"
    sombre = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sombre != clair
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == sombre


def test_a_printed_chapter_has_its_text_and_none_of_the_controls(ouvrir):
    page = ouvrir("2023/chiffres-cles.html")
    page.emulate_media(media="print")
    assert page.locator("article").is_visible()
    for controle in (".recherche", ".chapitres", ".sommaire", ".telechargements >> nth=0"):
        assert page.locator(controle).is_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert re.search(r"chiffres-cles\.html – imprimé le \d", simple(page.inner_text(".imprime")))


ANGLAIS = re.compile(
    r"\b(the|search|next|previous|toggle|skip to|contents|click|show|hide|page not found|home|download|back to top|"
    r"last updated|theme|navigation|link to|index of|built with|figure of|table of|loading|results?)\b",
    re.IGNORECASE,
)


def test_nothing_is_left_in_english(visites):
    """Every visible string and every label of every page."""
    for nom, vue in visites.items():
        assert not {m[0] for t in vue.textes for m in ANGLAIS.finditer(t)}, nom


def test_a_figure_stands_in_the_page_of_another_site_and_chapters_do_not(site, serveur, ouvrir):
    """With its title, source, licence and chapter, whatever its page; the code for it is under the figure."""
    page = ouvrir("2023/prestations-legales.html")
    figure = page.locator("figure").first
    figure.locator("summary").click()
    code = figure.locator(".integrer code").text_content()
    assert "frame" in code
    assert f'title="{figure.locator(".caption-text").inner_text()}"' in code
    page.set_content(code + f'<iframe id="chapitre" src="{serveur.adresse}/2023/prestations-legales.html"></iframe>')
    page.wait_for_timeout(500)
    seule, chapitre = (cadre.content_frame() for cadre in page.query_selector_all("iframe"))
    dit = seule.locator("main").inner_text()
    assert all(mot in dit for mot in ("Source", "Licence Ouverte", "2023", "Les prestations légales versées"))
    assert seule.locator("svg").count() == 1
    assert chapitre.locator("main").count() == 0


def test_a_figure_is_taken_as_a_picture_drawn_from_its_file_at_the_click(ouvrir):
    """Twice as fine as the file, with its title and its source; the link is back as it was for a second click."""
    page = ouvrir("2023/prestations-legales.html")
    page.locator("figure summary").first.click()
    liens = page.locator("figure .telechargements").first
    svg, png = (liens.get_by_role("link", name=nom) for nom in ("SVG", "PNG"))
    for _ in range(2):
        with page.expect_download() as attendu:
            png.click()
        assert attendu.value.suggested_filename == svg.get_attribute("href").rpartition("/")[2].replace("svg", "png")
        image = Image.open(attendu.value.path())
        boite = etree.fromstring(page.request.get(urljoin(page.url, svg.get_attribute("href"))).body()).get("viewBox")
        assert all(abs(points - 2 * float(m)) <= 2 for points, m in zip(image.size, boite.split()[2:], strict=True))
        haut, dessin, bas = (image.convert("L").crop((0, a, image.width, b)) for a, b in (
            (0, 60), (60, image.height - 60), (image.height - 60, image.height)))  # fmt: skip
        assert all(min(partie.getdata()) < 100 < 250 < max(partie.getdata()) for partie in (haut, dessin, bas))


@pytest.mark.parametrize("perdue", ["404.html", "2023/vacances.html", "2023/fichiers/vacances.html"])
def test_a_lost_reader_can_search_from_wherever(site, serveur, ouvrir, perdue):
    page = ouvrir("404.html")
    page.route(f"**/{perdue}", lambda route: route.fulfill(path=site / "404.html", content_type="text/html"))
    page.goto(f"{serveur.adresse}/{perdue}")
    assert page.locator("#recherche").input_value() == ("" if perdue == "404.html" else "vacances")
    page.fill("#recherche", "vacances")
    page.press("#recherche", "Enter")
    page.locator("#search-results li").first.wait_for()


def test_a_number_has_an_address_which_opens_its_origin(site, ouvrir):
    nombres = json.loads((site / "2023" / "nombres.json").read_text(encoding="utf-8"))
    nombre = next(n for n in nombres if n["chapitre"] == "relation-de-service" and n["valeur"] == "17392")
    page = ouvrir(f"2023/{nombre['adresse']}")
    assert simple(page.locator("#bulle").inner_text()).startswith("Valeur exacte : 17 392")
    assert page.locator("#bulle a", has_text="Adresse de ce nombre").get_attribute("href") in nombre["adresse"]
