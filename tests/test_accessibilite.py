"""The published pages for every reader: axe's rules, keyboard alone, twice the size, colours that can be told apart."""

from __future__ import annotations

import re
from itertools import pairwise, product
from pathlib import Path

import axe_playwright_python
import pytest
from outils import DANS_UN_NAVIGATEUR, ECRANS, RACINE, pages_de

pytestmark = DANS_UN_NAVIGATEUR

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
REGLES = [
    *("wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa"),
    *("best-practice", "experimental"),
]
COULEURS = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"]
LARGEUR = ["target-size", "scrollable-region-focusable"]
VUES = [("bureau", "light", None), ("telephone", "dark", COULEURS + LARGEUR)]
"""How pages are seen, and with which rules: all of them once, then those whose answer changes."""


def defauts(page, *parties, regles: list[str] | None = None) -> list[str]:
    """What axe finds on the page or on the parts given: with all its rules, or with those named."""
    page.evaluate("axe => { if (!window.axe) (0, eval)(axe); }", AXE)
    return page.evaluate(
        """([parties, regles]) => {
            const ou = parties.length ? { include: parties.map((p) => [p]) } : document;
            const options = { runOnly: regles, resultTypes: ["violations"] };
            return axe.run(ou, options).then((r) => r.violations.map((v) =>
                `${v.id} : ${v.help} → ` + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")));
        }""",
        [parties, {"type": "rule", "values": regles} if regles else {"type": "tag", "values": REGLES}],
    )


def expliquer(page, selecteur) -> bool:
    """Open the bubble of the first element that matches, if there is one."""
    page.evaluate("document.activeElement.blur()")
    if not page.locator(selecteur).count():
        return False
    page.locator(selecteur).first.focus()
    assert page.locator("#bulle").is_visible()
    return True


def test_no_accessibility_violation_on_any_page(site, ouvrir):
    """All pages of the newest edition: all rules once, those of colours and sizes again, dark and on a phone; nothing
    overflows.

    Open at the same time: the menus, the data of every figure, the numbers made visible, the details of one; on the
    search page, its results. Then the bubble of a sigle, with the sigle. All rules on a phone: other editions, below.
    """
    trouves, pages, bulles = [], pages_de(site, 2023), 0
    assert len(pages) > 25
    for nom in pages:
        page = ouvrir(f"2023/{nom}.html" + ("?q=logement" if nom == "search" else ""), sans_csp=True)
        if nom == "search":
            page.locator("#search-results li p").first.wait_for()
        if page.locator("#bouton-origine").is_visible():
            page.click("#bouton-origine")
        for ecran, mode, regles in VUES:
            page.set_viewport_size(ECRANS[ecran])
            page.emulate_media(color_scheme=mode)
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            expliquer(page, "[data-n]")
            constats = defauts(page, regles=regles)
            if page.evaluate("document.documentElement.scrollWidth") > ECRANS[ecran]["width"]:
                constats.append("the page overflows sideways")
            if expliquer(page, "main a.sigle"):
                constats += defauts(page, "#bulle", "[aria-describedby=bulle]", regles=regles)
                bulles += 1
            trouves += [f"{nom} ({ecran}, {mode}) : {c}" for c in constats]
        page.context.close()
    assert not trouves, "\n".join(trouves)
    assert bulles > 20


def test_no_colour_depends_on_the_width():
    """So that those of dark pages, seen on a phone, are those of a wide screen, whose letters are not smaller."""
    style = (RACINE / "rapport" / "pages" / "theme" / "static" / "rapport.css").read_text(encoding="utf-8")
    etroits = re.findall(r"@media \((?:max|min)-width.*?\n\}", style, re.DOTALL)
    assert len(etroits) >= 3
    assert not re.search(r"(?:[\s;{])(?:color|background[\w-]*|opacity|fill|stroke|--[\w-]+)\s*:", "".join(etroits))


FAUTES = {
    "color-contrast": "document.querySelector('article p').style.color = '#ccc'",
    "color-contrast-enhanced": "document.querySelector('article p').style.color = '#6b6b6b'",
    "target-size": """document.querySelector('article').insertAdjacentHTML('afterbegin',
        '<div><button style="all:revert;width:9px;height:9px;padding:0;border:0">a</button>'
        + '<button style="all:revert;width:9px;height:9px;padding:0;border:0">b</button></div>')""",
}


@pytest.mark.parametrize("regles", [None, COULEURS + LARGEUR], ids=["all rules", "some"])
@pytest.mark.parametrize("regle", FAUTES)
def test_axe_would_see_a_fault(ouvrir, regle, regles):
    page = ouvrir("2023/relation-de-service.html", sans_csp=True)
    page.evaluate(FAUTES[regle])
    assert [c for c in defauts(page, regles=regles) if c.startswith(f"{regle} ")]


@pytest.mark.parametrize("annee", [2021, 2022])
def test_partial_editions_are_accessible_too(site, ouvrir, annee):
    """Here as a reader first sees them, on a phone: nothing opened."""
    for nom in pages_de(site, annee):
        page = ouvrir(f"{annee}/{nom}.html", "telephone", sans_csp=True)
        assert not defauts(page), nom
        page.context.close()


@pytest.mark.parametrize(("ecran", "mode"), product(ECRANS, ("light", "dark")))
def test_the_page_for_a_lost_reader_is_accessible_and_leads_home(ouvrir, ecran, mode):
    page = ouvrir("404.html", ecran, mode, sans_csp=True)
    assert not defauts(page)
    page.click("text=Revenir à l’accueil")
    page.wait_for_url("**/2023/index.html")


@pytest.mark.parametrize(("ecran", "mode"), [("bureau", "dark"), ("telephone", "light")])
def test_pages_of_figures_alone_are_accessible(site, ouvrir, ecran, mode):
    for fichier in sorted((site / "2023" / "fichiers").glob("*.html"))[::16]:
        page = ouvrir(f"2023/fichiers/{fichier.name}", ecran, mode, sans_csp=True)
        assert not defauts(page), fichier.name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), fichier.name
        page.context.close()


def test_skip_link_comes_first_and_leads_to_the_content(ouvrir):
    page = ouvrir("2023/chiffres-cles.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"


@pytest.mark.parametrize("ecran", ECRANS)
def test_a_whole_chapter_by_keyboard_alone(ouvrir, ecran):
    """Tab reaches every link, button, field, fold and wide table, each with a visible focus; Escape closes bubbles."""
    page = ouvrir("2023/relation-de-service.html", ecran)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.focus("#bouton-origine")
    page.keyboard.press("Enter")
    a_atteindre = page.evaluate(
        """() => {
            window.aVoir = [...document.querySelectorAll(
                "a[href], button, input, summary, [role=button], .cadre-tableau")]
                .filter((e) => e.checkVisibility())
                .filter((e) => !e.matches("div") || e.scrollWidth > e.clientWidth + 1);
            document.activeElement.blur();
            return window.aVoir.length;
        }"""
    )
    assert a_atteindre > 100
    sans_focus = []
    for _ in range(a_atteindre + 20):
        page.keyboard.press("Tab")
        etat = page.evaluate(
            """() => {
                const e = document.activeElement;
                window.aVoir = window.aVoir.filter((x) => x !== e);
                const bulle = document.querySelector("#bulle");
                return { visible: e === document.body || getComputedStyle(e).outlineStyle !== "none",
                         html: e.outerHTML.slice(0, 120), bulle: !bulle.hidden };
            }"""
        )
        if not etat["visible"]:
            sans_focus.append(etat["html"])
        if etat["bulle"]:
            page.keyboard.press("Escape")
            assert page.locator("#bulle").is_hidden()
    assert not sans_focus
    assert page.evaluate("window.aVoir.map(e => e.outerHTML.slice(0, 120))") == []


def test_the_words_of_every_figure_have_twelve_pixels_on_a_phone(site, ouvrir):
    tailles = """() => [...document.querySelectorAll("figure svg text")].map((mot) => [mot.textContent.trim(),
        parseFloat(getComputedStyle(mot).fontSize) * mot.ownerSVGElement.getScreenCTM().a])"""
    mots = 0
    for nom in pages_de(site, 2023):
        page = ouvrir(f"2023/{nom}.html", "telephone")
        lus = page.evaluate(tailles)
        assert [mot for mot in lus if mot[1] < 12] == [], nom
        mots += len(lus)
        page.close()
    assert mots > 100


def test_a_wide_table_scrolls_in_its_box_and_takes_the_focus(ouvrir):
    from playwright.sync_api import expect

    page = ouvrir("2023/prestations-legales.html", "telephone")
    cadre = page.locator(".cadre-tableau:has(> table.tableau)").first
    assert cadre.get_attribute("tabindex") == "0"
    assert cadre.get_attribute("aria-label")
    avant = cadre.evaluate("e => e.scrollLeft")
    cadre.focus()
    page.keyboard.press("ArrowRight")
    expect(cadre).not_to_have_js_property("scrollLeft", avant)


@pytest.mark.parametrize("nom", ["prestations-legales", "ce-qui-a-bouge"])
def test_a_table_on_a_phone_shows_its_first_column_and_the_newest_year_and_says_that_it_scrolls(ouvrir, nom):
    """No column is cut by the first one, nor the title of a group; a cue stands on each side that hides something."""
    page = ouvrir(f"2023/{nom}.html", "telephone")
    vues = page.evaluate(
        """() => [...document.querySelectorAll(".defile:has(> table.tableau)")].map((cadre) => {
            const bords = (e) => { const b = e.getBoundingClientRect(); return [b.left, b.right].map(Math.round); };
            const [coin, ...tetes] = cadre.querySelectorAll("thead th");
            const colonnes = [...cadre.querySelectorAll("thead tr:last-child th")].filter((th) => th !== coin);
            return { cadre: bords(cadre), coin: bords(coin),
                annees: colonnes.filter((th) => /^20\\d\\d/.test(th.textContent))
                    .map((th) => [th.textContent, bords(th)]),
                colonnes: colonnes.map(bords), groupes: [...cadre.querySelectorAll("tr.groupe span")].map(bords),
                suite: [cadre.classList.contains("a-gauche"), cadre.classList.contains("a-droite")],
                dit: getComputedStyle(cadre.querySelector("caption"), "::after").content,
                masque: getComputedStyle(cadre).maskImage };
        })"""
    )
    assert vues
    for vue in vues:
        gauche, droite = vue["cadre"]
        assert vue["coin"][0] == gauche
        assert "faire défiler" in vue["dit"]
        assert all(gauche <= g and d <= droite for g, d in vue["groupes"])
        assert not [c for c in vue["colonnes"] if c[0] < vue["coin"][1] - 1 < c[1] - 3], vue  # cut by the first
        assert vue["suite"] == [
            min(c[0] for c in vue["colonnes"]) < vue["coin"][1] - 1,
            vue["colonnes"][-1][1] > droite + 8,  # a few pixels hide nothing
        ]
        assert (vue["masque"] != "none") == vue["suite"][1]
        if vue["annees"]:
            derniere = max(annee for annee, _ in vue["annees"])
            lieu = next(lieu for annee, lieu in vue["annees"] if annee == derniere)
            assert vue["coin"][1] - 1 <= lieu[0] < lieu[1] <= droite, vue


def test_a_phone_begins_with_the_chapter(ouvrir):
    """Brand, search and menu stand on one line; the menu is folded, without JavaScript too, and brings the rest."""
    page = ouvrir("2023/prestations-legales.html", "telephone")
    assert page.locator("h1").bounding_box()["y"] < 150
    lignes = [page.locator(e).bounding_box() for e in (".marque", "#recherche", ".menu > summary")]
    assert all(a["x"] + a["width"] <= b["x"] for a, b in pairwise(lignes))
    assert max(ligne["y"] for ligne in lignes) < min(ligne["y"] + ligne["height"] for ligne in lignes)
    assert not page.locator(".reglages, .editions, .menu a").filter(visible=True).count()
    page.click(".menu > summary")
    assert page.locator("#bouton-theme").is_visible()
    assert page.locator(".menu a").first.is_visible()
    page.set_viewport_size(ECRANS["bureau"])
    assert page.locator(".menu a").first.is_visible()


@pytest.mark.parametrize("nom", ["index", "prestations-legales", "lexique", "fiabilite", "accessibilite", "search"])
def test_twice_the_size_loses_nothing(ouvrir, nom):
    """A 1280-pixel screen at 200 % is one of 640: no sideways scroll, the same words and controls, none cut off."""
    page = ouvrir(f"2023/{nom}.html")
    mots = "document.querySelector('main').innerText.replace(/\\s+/g, ' ')"
    controles = """[...document.querySelectorAll('header a, header button, header input')]
        .filter((e) => e.checkVisibility()).length"""
    avant = page.evaluate(mots), page.evaluate(controles)
    page.set_viewport_size({"width": 640, "height": 450})
    assert (page.evaluate(mots), page.evaluate(controles)) == avant
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    debordent = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((e) => e.checkVisibility())
            .filter((e) => !e.closest(".cadre-tableau, .invisible, svg, .evitement"))
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert debordent == []


CONTRASTES = """() => {
    const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rvb = (couleur) => {
        pixel.clearRect(0, 0, 1, 1); pixel.fillStyle = couleur; pixel.fillRect(0, 0, 1, 1);
        return [...pixel.getImageData(0, 0, 1, 1).data];
    };
    const clarte = (c) => [0.2126, 0.7152, 0.0722].reduce((somme, part, i) => {
        const v = c[i] / 255;
        return somme + part * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    }, 0);
    const contraste = (a, b) => {
        const [x, y] = [clarte(rvb(a)), clarte(rvb(b))].sort((m, n) => n - m);
        return (x + 0.05) / (y + 0.05);
    };
    const fondDe = (e) => {
        for (let x = e; x; x = x.parentElement) {
            const fond = getComputedStyle(x).backgroundColor;
            if (rvb(fond)[3] === 255) return fond;
        }
    };
    const releve = [];
    const noter = (genre, seuil, valeur, e) =>
        releve.push({ genre, seuil, valeur, html: e.outerHTML.slice(0, 150) });
    for (const svg of document.querySelectorAll("main svg")) {
        const fond = fondDe(svg.parentElement);
        const formes = [...svg.querySelectorAll("path, use, rect, circle, polyline")].filter((f) => !f.closest("defs"));
        const dans = (f, x, y) => {
            const b = f.getBoundingClientRect();
            return b.left <= x && x <= b.right && b.top <= y && y <= b.bottom;
        };
        for (const f of formes) {
            const s = getComputedStyle(f);
            const peintes = [s.fill, s.stroke].filter((c) => c !== "none");
            if (!peintes.length) continue;
            noter("marque", 3, Math.max(...peintes.map((c) => contraste(c, fond))), f);
        }
        const pleines = formes.filter((f) => getComputedStyle(f).fill !== "none");
        for (const t of svg.querySelectorAll("text")) {
            const b = t.getBoundingClientRect();
            const dessous = pleines.filter((f) => dans(f, b.left + b.width / 2, b.top + b.height / 2)).pop();
            const encre = getComputedStyle(t).fill;
            noter("texte", 4.5, contraste(encre, dessous ? getComputedStyle(dessous).fill : fond), t);
        }
    }
    return releve;
}"""


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_drawings_stand_out_from_their_background(site, ouvrir, mode):
    """In every drawing: text 4.5:1 on what it is written on, marks 3:1 on the page, as the browser computes colours."""
    page = ouvrir("2023/index.html", mode=mode)
    vus, faibles = 0, []
    for nom in pages_de(site, 2023):
        page.goto(page.url.rpartition("/")[0] + f"/{nom}.html")
        releve = page.evaluate(CONTRASTES)
        vus += len(releve)
        faibles += [f"{nom}: {r['genre']} {r['valeur']:.2f} {r['html']}" for r in releve if r["valeur"] < r["seuil"]]
    assert vus > 400
    assert not faibles, "\n".join(faibles)
