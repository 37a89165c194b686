"""The published pages in a real browser: accessible, French, light, private, and doing what they promise."""

from __future__ import annotations

import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="aucun Chromium installé : les pages ne sont pas essayées"),
]

ECRANS = {"bureau": {"width": 1280, "height": 900}, "telephone": {"width": 390, "height": 844}}
AXE = {
    "runOnly": {
        "type": "tag",
        "values": [
            *("wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa"),
            *("best-practice", "experimental"),
        ],
    }
}
TECHNIQUES = ("genindex", "search")


class Serveur(ThreadingHTTPServer):
    """Serves the site with the headers that it ships."""

    daemon_threads = True

    def __init__(self, site: Path):
        lignes = (site / "_headers").read_text(encoding="utf-8").splitlines()[1:]
        entetes = [ligne.strip().split(": ", 1) for ligne in lignes if ligne.strip()]

        class Reponse(SimpleHTTPRequestHandler):
            def end_headers(self):
                for nom, valeur in entetes:
                    self.send_header(nom, valeur)
                super().end_headers()

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), partial(Reponse, directory=str(site)))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def adresse(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture(scope="module")
def serveur(site):
    serveur = Serveur(site)
    yield serveur
    serveur.shutdown()


@pytest.fixture(scope="module")
def navigateur():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        navigateur = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield navigateur
        navigateur.close()


@pytest.fixture
def ouvrir(navigateur, serveur):
    """Open a page; what it asked for and complained of is in ``page.demandes`` and ``page.plaintes``."""
    contextes = []

    def ouvrir(chemin, ecran="bureau", mode="light", base=None, sans_csp=False):
        contexte = navigateur.new_context(
            viewport=ECRANS[ecran], color_scheme=mode, reduced_motion="reduce", bypass_csp=sans_csp
        )
        contextes.append(contexte)
        page = contexte.new_page()
        page.demandes, page.plaintes = [], []
        page.on("request", lambda r: page.demandes.append(r.url))
        page.on("console", lambda m: page.plaintes.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: page.plaintes.append(str(e)))
        page.goto(f"{base or serveur.adresse}/{chemin}")
        page.wait_for_load_state("load")
        return page

    yield ouvrir
    for contexte in contextes:
        contexte.close()


@pytest.fixture(scope="session")
def axe():
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def pages_de(site, annee):
    return sorted(p.stem for p in (site / str(annee)).glob("*.html"))


def defauts(axe, page):
    resultat = axe.run(page, options=AXE)
    return [
        f"{v['id']} : {v['help']} → " + " | ".join(n["html"][:160] for n in v["nodes"][:3])
        for v in resultat.response["violations"]
    ]


@pytest.mark.parametrize("ecran", ECRANS)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_no_accessibility_violation_on_any_page(site, ouvrir, axe, ecran, mode):
    """All pages of the newest edition, everything that opens opened; nothing overflows, nothing complains."""
    trouves = {}
    for nom in pages_de(site, 2023):
        page = ouvrir(f"2023/{nom}.html", ecran, mode, sans_csp=True)  # axe injects itself
        page.evaluate("document.querySelectorAll('article details').forEach(d => { d.open = true; })")
        if page.locator("#bouton-origine").is_visible():
            page.click("#bouton-origine")
            page.locator("[data-n]").first.focus()
        constats = defauts(axe, page)
        if page.evaluate("document.documentElement.scrollWidth") > ECRANS[ecran]["width"]:
            constats.append("the page overflows sideways")
        if constats:
            trouves[nom] = constats
        page.context.close()
    assert not trouves, "\n".join(f"{nom}: {c}" for nom, cs in trouves.items() for c in cs)


@pytest.mark.parametrize("annee", [2021, 2022])
def test_partial_editions_are_accessible_too(site, ouvrir, axe, annee):
    for nom in pages_de(site, annee):
        page = ouvrir(f"{annee}/{nom}.html", "telephone", sans_csp=True)
        assert not defauts(axe, page), nom
        page.context.close()


def test_the_page_for_a_lost_reader_is_accessible_and_leads_home(ouvrir, axe):
    page = ouvrir("404.html", sans_csp=True)
    assert not defauts(axe, page)
    page.click("text=Revenir à l’accueil")
    page.wait_for_url("**/2023/index.html")


def test_structure_of_every_page(site, ouvrir):
    for nom in pages_de(site, 2023):
        page = ouvrir(f"2023/{nom}.html")
        assert page.get_attribute("html", "lang") == "fr"
        assert page.locator("h1").count() == 1, nom
        niveaux = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])")
        assert niveaux[0] == 1, nom
        assert all(b <= a + 1 for a, b in pairwise(niveaux)), nom
        assert page.locator("main").count() == 1
        assert page.plaintes == [], nom  # nothing in the console, under the policy that the site ships
        page.context.close()


def test_no_request_leaves_and_no_cookie_is_set(site, ouvrir, serveur):
    for nom in pages_de(site, 2023):
        page = ouvrir(f"2023/{nom}.html")
        assert not [url for url in page.demandes if not url.startswith(serveur.adresse)], nom
        assert page.context.cookies() == []
        page.context.close()


def test_weight(site, navigateur, serveur):
    """A first visit weighs 400 KB at most, uncompressed and everything included; the next page 120 KB.

    The two annexes that list every datum and every check may weigh 200 KB.
    """
    for nom in pages_de(site, 2023):
        contexte = navigateur.new_context()
        page = contexte.new_page()
        poids = []
        page.on("response", lambda r, poids=poids: poids.append((r.url, len(r.body()))))
        page.goto(f"{serveur.adresse}/2023/{nom}.html", wait_until="networkidle")
        assert sum(octets for _, octets in poids) <= 400_000, nom
        vus = {url for url, _ in poids}
        poids.clear()
        suivante = "lexique" if nom != "lexique" else "chiffres-cles"
        page.goto(f"{serveur.adresse}/2023/{suivante}.html", wait_until="networkidle")
        assert sum(octets for url, octets in poids if url not in vus) <= 120_000, nom
        contexte.close()
    for nom in pages_de(site, 2023):
        if nom not in TECHNIQUES:
            limite = 200_000 if nom in ("donnees", "fiabilite") else 120_000
            assert (site / "2023" / f"{nom}.html").stat().st_size <= limite, nom


def test_works_from_a_file(site, ouvrir):
    page = ouvrir("2023/relation-de-service.html", base=f"file://{site.resolve()}")
    assert page.plaintes == []
    page.hover("[data-n] >> nth=0")
    assert page.locator("#bulle").is_visible()
    page.fill("#recherche", "fraude")
    page.press("#recherche", "Enter")
    page.locator("#search-results li").first.wait_for()
    assert page.plaintes == []


def test_the_book_from_its_door_to_a_figure(ouvrir):
    page = ouvrir("index.html")
    page.wait_for_url("**/2023/index.html")
    page.click("text=Les prestations légales versées >> nth=0")
    assert page.locator("h1").inner_text() == "Les prestations légales versées"
    figure = page.locator("figure").first
    assert figure.locator("svg[role=img]").get_attribute("aria-label")
    figure.locator("summary").click()
    assert figure.locator("details table").is_visible()
    with page.expect_download() as telechargement:
        figure.locator("a[download]").first.click()
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
        ("deliberation", None),
    ],
)
def test_search_ignores_accents_and_plurals(ouvrir, requete, trouve):
    page = ouvrir(f"2023/search.html?q={requete}")
    page.locator(".search-summary", has_text=re.compile("recherche", re.IGNORECASE)).wait_for()
    liens = page.eval_on_selector_all("#search-results a", "as => as.map(a => a.getAttribute('href'))")
    if trouve:
        assert any(lien.startswith(trouve) for lien in liens), liens
    assert not re.search(r"Search|match", page.inner_text("main"))


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
    page = ouvrir("2023/relation-de-service.html")
    nombre = page.locator("[data-n]", has_text="17\u202f392").first
    nombre.hover()
    bulle = page.locator("#bulle").inner_text()
    assert "data/2023/visites.csv, ligne 2" in bulle
    assert "Rapport d’activité 2023" in bulle
    derive = page.locator("[data-n]", has_text="24\u202f088").first
    derive.hover()
    assert "somme de 4 valeurs" in page.locator("#bulle").inner_text()


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


def test_skip_link_comes_first_and_leads_to_the_content(ouvrir):
    page = ouvrir("2023/chiffres-cles.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


def test_focus_is_visible(ouvrir):
    page = ouvrir("2023/chiffres-cles.html")
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_the_other_edition_opens_at_the_same_page_where_it_exists(site, ouvrir):
    page = ouvrir("2023/relation-de-service.html")
    page.click("text=Édition 2022")
    page.wait_for_url("**/2022/relation-de-service.html")
    seule = next(nom for nom in pages_de(site, 2023) if nom not in pages_de(site, 2021))
    page = ouvrir(f"2023/{seule}.html")
    page.click("text=Édition 2021")
    page.wait_for_url("**/2021/index.html")


def test_the_chosen_mode_is_kept(ouvrir):
    page = ouvrir("2023/chiffres-cles.html")
    clair = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#bouton-theme")
    sombre = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sombre != clair
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == sombre


def test_a_wide_table_scrolls_in_its_box_and_takes_the_focus(ouvrir):
    page = ouvrir("2023/prestations-legales.html", "telephone")
    cadre = page.locator(".pst-scrollable-table-container").first
    assert cadre.get_attribute("tabindex") == "0"
    assert cadre.get_attribute("aria-label")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_twice_the_text_size_loses_nothing(ouvrir):
    page = ouvrir("2023/prestations-legales.html")
    page.set_viewport_size({"width": 640, "height": 450})  # 1280 px at 200 %
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_a_printed_chapter_has_its_text_and_none_of_the_controls(ouvrir):
    page = ouvrir("2023/chiffres-cles.html")
    page.emulate_media(media="print")
    assert page.locator("article").is_visible()
    for controle in (".recherche", ".chapitres", ".sommaire", ".telechargements >> nth=0"):
        assert page.locator(controle).is_hidden()


ANGLAIS = re.compile(
    r"\b(the|search|next|previous|toggle|skip to|contents|click|show|hide|page not found|home|download|back to top|"
    r"last updated|theme|navigation|link to|index of|built with|figure of|table of|loading|results?)\b",
    re.IGNORECASE,
)


def test_nothing_is_left_in_english(site, ouvrir):
    """Every visible string and every label of every page."""
    restes = {}
    for nom in pages_de(site, 2023):
        page = ouvrir(f"2023/{nom}.html")
        textes = page.evaluate(
            """() => {
                const textes = [document.title, document.querySelector("body").innerText];
                for (const e of document.querySelectorAll("*"))
                    for (const a of ["aria-label", "title", "alt", "placeholder"])
                        if (e.hasAttribute(a)) textes.push(e.getAttribute(a));
                return textes;
            }"""
        )
        trouves = {m[0] for t in textes for m in ANGLAIS.finditer(t)}
        if trouves:
            restes[nom] = trouves
        page.context.close()
    assert not restes
