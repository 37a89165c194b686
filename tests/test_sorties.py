"""Figures and tables: what a page receives of them."""

import re
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from rapport.chapitre import affichage, cartes, figures, provenance, seance, svg, tables
from rapport.chapitre.cartes import MIME as CARTES
from rapport.chapitre.graphiques import barres, barres_jumelles, courbe, variations
from rapport.nombres.calculs import evolution, total
from rapport.nombres.nombre import Nombre, Origine, Source
from rapport.pages.outputs import OutputRenderer

SOURCE = Source("ra", "Rapport imprimé", "11", "L’accueil")


def nombre(valeur, ligne=2, **attributs):
    origine = Origine("Siège – Visites", "Visites de l’année.", 2023, "data/2023/visites.csv", ligne, "visites", SOURCE)
    return Nombre(valeur, unite="visites", origine=origine, **attributs)


@pytest.fixture
def visites():
    df = pd.DataFrame({2022: [nombre(18309), Nombre.manquant("NC")], 2023: [nombre(17392), nombre(1537)]}, dtype=object)
    return df.set_axis(["Siège", "Lavelanet & environs"])


@pytest.fixture(autouse=True)
def style():
    with plt.style.context(figures.STYLE):
        yield
    plt.close("all")


def lire(corps):
    return ElementTree.fromstring(f"<table>{corps}</table>".replace("&nbsp;", " "))


def test_every_header_cell_has_its_scope(visites):
    arbre = lire(tables.corps_html(visites, "Site"))
    assert {th.get("scope") for th in arbre.findall("thead//th")} == {"col"}
    assert {th.get("scope") for th in arbre.findall("tbody//th")} == {"row"}


def test_a_missing_value_says_why(visites):
    abbr = lire(tables.corps_html(visites)).find(".//abbr")
    assert (abbr.text, abbr.get("title")) == ("NC", "non communiqué")


def test_labels_are_escaped(visites):
    assert "Lavelanet &amp; environs" in tables.corps_html(visites)


def test_a_unit_shared_by_a_column_stands_in_its_head():
    df = pd.DataFrame({"Montant": [Nombre("12.5", unite="€", decimales=2)]}, index=["a"], dtype=object)
    html = tables.corps_html(df)
    assert "(€)" in html
    assert "12,50</td>" in html


def test_two_column_levels_make_two_head_rows(visites):
    df = pd.concat({"Visites": visites, "Encore": visites}, axis=1)
    tetes = lire(tables.corps_html(df)).findall("thead/tr")
    assert [th.get("colspan") for th in tetes[0]] == [None, "2", "2"]
    assert len(tetes[1]) == 4


def test_groups_have_a_title_row_and_totals_stand_out(visites):
    df = pd.concat({"Groupe": visites})
    html = tables.corps_html(df, totaux=["Siège"])
    assert 'scope="rowgroup"' in html
    assert '<tr class="total"><th scope="row">Siège' in html


def test_csv_opens_in_a_french_excel(visites):
    lignes = tables.en_csv(visites, "Site").splitlines()
    assert lignes == ["Site;2022;2023", "Siège;18309;17392", "Lavelanet & environs;NC;1537"]


def test_the_source_is_that_of_the_numbers_shown(visites):
    assert tables.source(visites) == "Rapport imprimé, p.\u00a011"
    assert tables.source(total(visites[[2023]]).to_frame()).endswith("calculs de la présente édition")


def test_alternative_text_gives_the_values(visites):
    texte = figures.decrire("Barres", "Visites", visites)
    assert texte.startswith("Barres\u00a0: Visites. Siège\u00a0: 18\u202f309 (2022), 17\u202f392 (2023)")
    assert "NC (2022)" in texte


def dessin(fig, alt="Texte"):
    return figures.dessiner(fig, "fig", alt)["svg"]


def test_the_drawing_takes_the_page_ink_and_needs_no_inline_style(visites):
    texte = dessin(barres(visites[2023])[0])
    assert "currentColor" in texte
    assert "style=" not in texte
    assert "<style" not in texte
    assert 'role="img" aria-label="Texte"' in texte


def test_two_drawings_of_a_page_share_no_id(visites):
    ids = [set(re.findall(r' id="([^"]+)"', figures.dessiner(variations(visites)[0], nom, "")["svg"])) for nom in "ab"]
    assert not ids[0] & ids[1]


def test_references_inside_a_drawing_resolve(visites):
    texte = dessin(courbe(pd.Series({2022: nombre(1), 2023: nombre(2)}, dtype=object))[0])
    vises = set(re.findall(r'(?:url\(#|href="#)([\w-]+)', texte))
    assert vises <= set(re.findall(r' id="([^"]+)"', texte))


def test_axes_are_written_in_french():
    fig, ax = plt.subplots()
    ax.plot([0, 1], [0, 20000])
    texte = dessin(fig)
    assert "20\u202f000" in texte
    assert "0,5" in texte or "0,2" in texte


def test_years_have_no_thousands_separator():
    fig, ax = plt.subplots()
    ax.plot([2018, 2023], [1, 2])
    assert "2\u202f0" not in dessin(fig)


def test_what_a_frame_cuts_says_it_once(visites):
    fait = dessin(barres(visites[2023])[0])
    assert fait.count("<path") > 1
    assert len(re.findall(r"clip-path=(\S+)>", fait)) == len(set(re.findall(r"clip-path=(\S+)>", fait))) == 1


def test_the_downloaded_drawing_stands_alone(visites):
    formes = figures.dessiner(barres(visites[2023])[0], "f", "Texte", (), "Visites & co", "Source : x. Licence.")
    racine = ElementTree.fromstring(formes["svg_seul"])
    assert racine.get("color") == svg.ENCRE
    assert [element.tag.rpartition("}")[2] for element in racine[:4]] == ["title", "desc", "metadata", "rect"]
    assert racine[3].get("fill") == "#ffffff"
    ecrits = ["".join(texte.itertext()) for texte in racine.iter("{http://www.w3.org/2000/svg}text")]
    assert (ecrits.count("Visites & co"), ecrits.count("Source : x. Licence.")) == (1, 1)
    assert "Visites" not in formes["svg"]
    assert "Licence" not in formes["svg"]


def test_a_change_from_an_unknown_year_has_its_values_alone(visites):
    texte = dessin(variations(visites.assign(**{"2022": Nombre.manquant()})[["2022", 2023]])[0])
    assert "ND\u00a0→\u00a017\u202f392" in texte
    assert "%" not in texte


@pytest.mark.parametrize(
    "couleur", [getattr(figures, c) for c in ("BLEU", "VERMILLON", "VERT", "PRUNE", "OCRE", "GRIS")]
)
@pytest.mark.parametrize("fond", ["#fdfbf7", "#14191d"])
def test_every_colour_stands_out_on_both_backgrounds(couleur, fond):
    def luminance(code):
        canaux = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        lineaires = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]
        return sum(c * p for c, p in zip(lineaires, (0.2126, 0.7152, 0.0722), strict=True))

    clair, sombre = sorted((luminance(couleur), luminance(fond)), reverse=True)
    assert (clair + 0.05) / (sombre + 0.05) >= 3


def test_blue_says_that_something_rises_and_vermilion_that_it_falls_and_nothing_else():
    """Neither a quantity, nor its part, nor a target, which is a line of the ink of words."""
    hausses = pd.DataFrame(
        {"un": [nombre(9), nombre(8)], "deux": [nombre(3), nombre(9)]}, index=["a", "b"], dtype="nombre"
    )
    siennes = [
        dessin(forme[0]).lower()
        for forme in (
            barres(hausses["un"], reperes=hausses["deux"]),
            barres(hausses["un"]),
            barres_jumelles(hausses),
            courbe(hausses["un"].set_axis([2022, 2023])),
        )
    ]
    for couleur in (figures.BLEU.lower(), figures.VERMILLON.lower()):
        assert not [trace for trace in siennes if couleur in trace]
        assert couleur in dessin(variations(hausses)[0]).lower()
    with plt.style.context(["default", figures.STYLE]):
        tour = {couleur.upper() for couleur in plt.rcParams["axes.prop_cycle"].by_key()["color"]}
    assert figures.VERT in tour
    assert not tour & {figures.BLEU, figures.VERMILLON}


def test_a_base_number_tells_its_cell_and_source():
    lignes = provenance.decrire(nombre(17392))["lignes"]
    assert lignes[:2] == [
        "Valeur exacte\u00a0: 17\u202f392\u00a0(visites).",
        "Siège – Visites, 2023\u00a0: Visites de l’année.",
    ]
    assert lignes[-2:] == [
        "Source\u00a0: Rapport imprimé, p.\u00a011 (L’accueil).",
        "Donnée\u00a0: visites.csv (2023), ligne 2.",
    ]


def test_a_number_tells_what_must_be_known_to_read_it():
    n = nombre(17392)
    note = "Le siège a fermé en août."
    assert provenance.decrire(n.avec(origine=replace(n.origine, note=note)))["lignes"][-1] == f"À savoir\u00a0: {note}"


def test_the_sources_of_a_chapter_are_those_of_what_it_has_shown(monkeypatch):
    monkeypatch.setattr(seance.SEANCE, "montres", [])
    assert not seance.composer("Les nombres viennent de : {{ sources() }}.")
    autre = Source("s", "Statistiques", "", "Visites")
    n = nombre(1)
    affichage.montrer({"text/plain": ""}, [n, total([n, n.avec(origine=replace(n.origine, source=autre))])])
    dit = "Les nombres viennent de : Rapport imprimé, p.\u00a011 ; Statistiques."
    assert str(seance.composer("Les nombres viennent de : {{ sources() }}.")) == dit


def parts(*valeurs, decimales=1):
    return [Nombre(v, unite="%", decimales=decimales) for v in valeurs]


@pytest.mark.parametrize(
    ("valeurs", "dit"),
    [
        (parts("33.34", "33.33", "33.33"), "celles de « Part » totalisent 99,9\u00a0%."),
        (parts("33.4", "33.3", "33.3"), ""),  # what is shown adds up
        (parts("33.34", "33.33", "30"), ""),  # changes, that make no whole
        ([*parts("60", "39.996"), *parts("0.004", decimales=3)], ""),  # 100,003 is read as the whole too
        ([*parts("33.34", "33.33"), Nombre.manquant("NC")], ""),
    ],
)
def test_shares_that_rounding_parts_from_their_total_say_so(valeurs, dit):
    df = pd.DataFrame({"Part": valeurs}, index=list("abc"), dtype="nombre")
    phrase = tables.phrase_arrondis(df)
    assert phrase == (f"Les valeurs sont arrondies une à une\u00a0: {dit}" if dit else "")


def test_rounded_amounts_are_held_against_the_shown_total():
    montants = [Nombre(v, unite="€") for v in ("10.4", "10.4", "20.8")]
    df = pd.DataFrame({2023: montants}, index=["a", "b", "Total"], dtype="nombre")
    assert "celles de « 2023 » totalisent 20\u00a0€" in tables.phrase_arrondis(df, totaux=["Total"])
    assert tables.phrase_arrondis(df.iloc[:2]) == ""


def test_a_derived_number_tells_its_computation():
    fiche = provenance.decrire(evolution(nombre(110), nombre(100, ligne=3)))
    assert fiche["formule"].startswith("évolution de 100 (Siège – Visites, 2023) à 110")
    assert fiche["valeur"] == "10.0"


@pytest.mark.parametrize(
    ("n", "dit"),
    [
        (Nombre("191506562.91", unite="€"), "191\u202f506\u202f562,91\u00a0€"),
        (Nombre("2.5", unite="€"), "2,50\u00a0€"),
        (Nombre("17392", unite="visites"), "17\u202f392\u00a0(visites)"),
        (Nombre("1E+3"), "1\u202f000"),
        (evolution(Nombre(104), Nombre(103)), "+0,9708…\u00a0%"),  # cut, not rounded
        (Nombre("12.5000", decimales=1), "12,5"),
        (Nombre("0.1234567", decimales=6), "0,123456…"),
    ],
)
def test_a_number_tells_its_exact_value(n, dit):
    assert (
        provenance.decrire(n.avec(operandes=n.operandes or (Nombre(1),)))["lignes"][0] == f"Valeur exacte\u00a0: {dit}."
    )


def test_a_long_sum_is_told_whole_to_the_reader():
    somme = total([nombre(i) for i in range(30)])
    assert provenance.decrire(somme)["lignes"][1].count("Siège") == 30
    assert provenance.decrire(somme)["formule"].endswith(", …")


def test_equal_numbers_share_an_id_and_others_do_not():
    assert provenance.cle(nombre(1)) == provenance.cle(nombre(1))
    assert provenance.cle(nombre(1)) != provenance.cle(nombre(2))
    assert [cle for cle, _ in provenance.fiches([nombre(1), nombre(2), nombre(1)])] == [
        provenance.cle(nombre(1)),
        provenance.cle(nombre(2)),
    ]


def test_a_card_leads_to_its_chapter_where_the_edition_has_it():
    carte = {"titre": "Visites", "valeur": "<span>12</span>", "chapitre": "present"}
    page = SimpleNamespace(sphinx_env=SimpleNamespace(found_docs={"chapters/present"}))
    contenu = {"cartes": [carte, carte | {"titre": "Élus & co", "chapitre": "absent"}]}
    donnees = SimpleNamespace(mime_type=CARTES, content=contenu, output_metadata={})
    (noeud,) = OutputRenderer.handle_mime(SimpleNamespace(renderer=page), donnees, inline=False)
    titres = re.findall(r'<span class="carte-titre">(.*?)</span> <span', noeud.astext())
    assert titres == ['<a class="carte-lien" href="present.html">Visites</a>', "Élus &amp; co"]
    assert '<span class="carte-valeur"><span>12</span></span>' in noeud.astext()


def test_a_card_draws_the_years_known_without_a_gap_and_says_what_is_not_known(monkeypatch):
    montrees = []
    monkeypatch.setitem(cartes.__globals__, "montrer", lambda sorties, _: montrees.append(sorties[CARTES]["cartes"][0]))
    inconnu = Nombre.manquant("ND")
    for valeurs in ([inconnu, 40, 10, 30, 20], [40, 10, inconnu, 30, 20], [40, 10, 30, inconnu, 20]):
        annees = range(2024 - len(valeurs), 2024)
        serie = pd.Series(dict(zip(annees, map(Nombre, valeurs), strict=True)), dtype="nombre")
        cartes([{"titre": "Visites", "serie": serie, "note": "{{ 'stables' }}"}])
    longue, coupee, seule = montrees
    assert longue["periode"] == "de 2020 à 2023"
    assert "courbe" not in coupee
    assert "courbe" not in seule
    assert seule["evolution"] == "stables"
    assert "2022" in longue["evolution"]
