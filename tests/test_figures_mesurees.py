"""Figures of any data: measured in their SVG, nothing is cut and nothing lies on anything else."""

from __future__ import annotations

import re
import shutil
import warnings
from decimal import Decimal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import papermill
import pytest
import seaborn as sns
from annee_simulee import ecrire, lire
from mesures import defauts
from outils import RACINE

from rapport.chapitre import (
    affichage,
    barres,
    barres_jumelles,
    courbe,
    figure,
    tableau,
    telechargement,
    variations,
)
from rapport.chapitre.figures import MIME, mettre_en_style
from rapport.chapitre.seance import SEANCE
from rapport.chapitre.tables import en_csv
from rapport.donnees.edition import Edition
from rapport.nombres.nombre import Nombre

LONG = (
    "Aide à l’équipement des ménages modestes et très modestes du département et de ses trois arrondissements, versée "
    "une seule fois dans l’année"
)
MOYEN = "Allocation de rentrée scolaire des familles de quatre enfants et plus"


def serie(*valeurs, unite="€", noms=None, **attributs) -> pd.Series:
    nombres = [
        Nombre.manquant(v) if isinstance(v, str) else Nombre(str(v), unite=unite, decimales=attributs.get("d", 0))
        for v in valeurs
    ]
    if attributs.get("signe"):
        nombres = [n.avec(signe=True) for n in nombres]
    return pd.Series(nombres, index=noms or [f"nom {rang}" for rang in range(len(nombres))], dtype="nombre")


SERIES = {
    "one": serie(12),
    "zeros": serie(0, 0, 0),
    "fifteen": serie(*range(1_000_000, 16_000_000, 1_000_000)),
    "fifteen_equal": serie(*[1_234_567] * 15),
    "negatives": serie(-5000, -20, 300, 0, -1),
    "all_negative": serie(-10, -20),
    "missing": serie("NC", 12, "ND", 0, "SO"),
    "rates": serie(0, 100, 50, unite="%"),
    "huge": serie(987_654_321_098, 1),
    "changes": serie(9900, 12, -5, 0.3, "NS", unite="%", d=1, signe=True),
    "long_names": serie(12, -3, 0, noms=[LONG, "Court", MOYEN]),
    "long_names_up": serie(12, 30, 0, noms=[MOYEN, "Court", LONG]),
}


def annees(valeurs: pd.Series) -> pd.Series:
    return valeurs.set_axis(range(2024 - len(valeurs), 2024))


def deux(valeurs: pd.Series, colonnes=("Aide moyenne de la Caf", "Reste à charge")) -> pd.DataFrame:
    """The values, and the same in the other order."""
    return pd.DataFrame({colonnes[0]: valeurs, colonnes[1]: valeurs.iloc[::-1].set_axis(valeurs.index)}, dtype="nombre")


def pourcent(valeurs: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"Familles monoparentales": valeurs, "Autres familles": 100 - valeurs})


FORMES = {
    "barres": barres,
    "barres_parts": lambda s: barres(s, parts=s),
    "barres_reperes": lambda s: barres(s, reperes=deux(s).iloc[:, 1]),
    "barres_etiquettes": lambda s: barres(s, etiquettes=[LONG] * len(s)),
    "barres_jumelles": lambda s: barres_jumelles(deux(s, ("Montant", "Allocataires"))),
    "variations": lambda s: variations(deux(s, (2022, 2023))),
    "variations_ensemble": lambda s: variations(deux(s, (2022, 2023)), ensemble=next(reversed(s.index), None)),
    "courbe": lambda s: courbe(annees(s)),
}


@pytest.fixture(autouse=True)
def montrees(monkeypatch):
    """What is shown, with the style of the book."""
    sorties = []
    monkeypatch.setattr(affichage, "display", lambda contenu, **_: sorties.append(contenu))
    monkeypatch.setattr(SEANCE, "edition", Edition(2023, RACINE / "data"))
    mettre_en_style()
    yield sorties
    plt.close("all")
    plt.style.use("default")


def montrer(montrees, fig, donnees) -> str:
    """The SVG of a figure, as the page receives it; empty if it is not shown."""
    figure(fig, nom="essai", titre="Essai", legende="", donnees=donnees, forme="Barres")
    return next((sortie["text/html"].split("</p>", 1)[1].rsplit("<p>", 2)[0] for sortie in montrees), "")


@pytest.mark.filterwarnings("error::UserWarning", "error::RuntimeWarning")
@pytest.mark.parametrize("forme", FORMES)
@pytest.mark.parametrize("donnees", SERIES)
def test_nothing_is_cut_nor_covered(montrees, forme, donnees):
    fig, _ = FORMES[forme](SERIES[donnees])
    assert defauts(montrer(montrees, fig, SERIES[donnees].to_frame("Valeur"))) == []


@pytest.mark.filterwarnings("error::UserWarning", "error::RuntimeWarning")
@pytest.mark.parametrize("forme", FORMES)
@pytest.mark.parametrize("donnees", [serie("NC"), serie("NC", "ND"), serie()], ids=["one", "two", "none"])
def test_a_figure_without_a_known_value_is_not_shown(montrees, forme, donnees):
    fig, _ = FORMES[forme](donnees)
    assert montrer(montrees, fig, donnees.to_frame("Valeur")) == ""


def barres_au_dela(ax):
    ax.bar_label(ax.barh([0, 1], [75, 30]), ["75 % en Ariège", "30"])
    ax.set_xlim(0, 30)


def trait_au_bord(ax):
    ax.barh([0, 1], [75, 30])
    ax.axvline(75)
    ax.xaxis.set_visible(False)
    ax.annotate("Ariège : 75 %", (75, 0), xycoords=("data", "axes fraction"), va="top", ha="center")


def noms_longs(ax):
    ax.barh([LONG, MOYEN, "Court"], [1, 2, 3])


def rangs_serres(ax):
    ax.barh([f"nom {rang}" for rang in range(40)], range(40))


def bouts_proches(ax):
    for y in (100, 101, 101, 0):
        ax.plot([0, 1], [50, y])
        ax.annotate(f"{y} abonnés", (1, y), xytext=(9, 0), textcoords="offset points")


def legende_large(ax):
    ax.plot([1, 2], label=MOYEN)
    ax.plot([2, 1], label=MOYEN)
    ax.legend(ncols=2)


def titre_long(ax):
    ax.plot([1, 2])
    ax.set_title(MOYEN)


def noms_sous_les_barres(ax):
    ax.bar([MOYEN, "Complément de libre choix", "Court"], [1, 2, 3])


def dates(ax):
    jours = pd.date_range("2023-01-01", periods=12, freq="MS")
    ax.plot(jours, range(12))
    ax.annotate("un événement long à dire", (jours[-1], 11))


def carte(ax):
    ax.set_axis_off()
    for x in range(3):
        ax.add_patch(plt.Rectangle((x, 0), 1, 1))
        ax.text(x + 0.5, 0.5, "Portes d’Ariège", ha="center")


def logarithme_renverse(ax):
    ax.plot([1e6, 10], [0, 1])
    ax.set_xscale("log")
    ax.invert_xaxis()
    ax.annotate("dix ménages de plus que les autres", (10, 1))


@pytest.mark.filterwarnings("error::UserWarning", "error::RuntimeWarning")
@pytest.mark.parametrize(
    "dessin",
    [
        barres_au_dela,
        trait_au_bord,
        noms_longs,
        rangs_serres,
        bouts_proches,
        legende_large,
        titre_long,
        noms_sous_les_barres,
        dates,
        carte,
        logarithme_renverse,
    ],
)
def test_what_a_cell_draws_by_hand_is_not_cut_either(montrees, dessin):
    fig, ax = plt.subplots(figsize=(4.9, 2))
    dessin(ax)
    assert defauts(montrer(montrees, fig, serie(1).to_frame("Valeur"))) == []


# --- What is drawn


def test_each_line_of_a_label_is_aligned_by_itself_and_an_arrow_stays(montrees):
    fig, ax = plt.subplots(figsize=(4.9, 2))
    ax.barh(["Nom sur\ndeux lignes"], [1])
    ax.annotate("vu\nici", (1, 0), (0.5, 0), arrowprops={"arrowstyle": "->"})
    montrer(montrees, fig, serie(1).to_frame("Valeur"))
    dessous, dessus = (next(t for t in fig.texts if t.get_text() == mot) for mot in ("deux lignes", "Nom sur"))
    assert dessous.get_position()[0] == dessus.get_position()[0]
    assert dessous.get_position()[1] < dessus.get_position()[1]
    assert {dessous.get_horizontalalignment(), dessus.get_horizontalalignment()} == {"right"}
    assert ax.texts[0].get_visible()


def ecrits(ax):
    return [t.get_text() for t in ax.texts]


def test_a_value_follows_its_name_and_its_target_is_told_past_the_bar_and_the_line():
    _, ax = barres(serie(170, 150, "NC", 5), reperes=serie(160, 160, 160, "NC").rename("objectif"))
    noms = serie(170, 150, "NC", 5).index
    vus = [" ".join(texte.split()) for texte in ecrits(ax)]
    assert vus[:3] == [f"{noms[0]} : 170 €", f"{noms[1]} : 150 €", f"{noms[3]} : 5 €"]
    assert vus[3:] == ["objectif : 160 €", "objectif : 160 €", ""]
    assert [texte.xy[0] for texte in ax.texts[3:]] == [170, 160, 5]
    _, sans_nom = barres(serie(170), reperes=serie(160))
    assert " ".join(ecrits(sans_nom)[-1].split()) == "repère : 160 €"
    assert [trait.get_segments()[0][0][0] for trait in ax.collections] == [160, 160]


def test_a_change_without_measure_is_cut_and_says_so():
    _, ax = barres(SERIES["changes"])
    assert ax.patches[0].get_width() <= 50
    assert ecrits(ax)[0] == "+9\u202f900,0\u00a0%\n(barre coupée)"
    assert barres(SERIES["huge"])[1].patches[0].get_width() == 987_654_321_098, "an amount is drawn as it is"


def test_a_change_says_both_values_or_why_one_is_missing():
    donnees = pd.DataFrame({2022: serie(10000, 10000, 1537, "NC"), 2023: serie(15000, 8000, "SO", 12)})
    _, ax = variations(donnees.set_axis(list("abcd")))
    assert [" ".join(texte.split()) for texte in ecrits(ax)] == [
        "+50,0 % 10 000 € → 15 000 €",
        "−20,0 % 10 000 € → 8 000 €",
        "1 537 € → SO",
        "NC → 12 €",
    ]
    assert [round(barre.get_width()) for barre in ax.patches] == [50, -20, 0, 0]


def test_a_line_of_one_year_has_one_tick_and_negatives_are_seen(montrees):
    fig, ax = courbe(pd.Series({2023: Nombre(12)}))
    svg = montrer(montrees, fig, serie(12).to_frame("Valeur"))
    assert re.findall(r">\s*((?:19|20)\d\d)\s*<", svg) == ["2023"]
    _, ax = courbe(pd.Series({2020: Nombre(10), 2021: Nombre(-5), 2022: Nombre(-20)}))
    assert ax.get_ylim()[0] <= -20 < 10 <= ax.get_ylim()[1]
    _, ax = courbe(pd.Series({2020: Nombre(-1), 2021: Nombre(-5), 2022: Nombre(-20)}))
    assert ax.get_ylim()[0] <= -20 < 0 <= round(ax.get_ylim()[1], 6)


@pytest.mark.parametrize(
    ("valeurs", "attendus"),
    [
        ([0.02, 0.06, 0.13], ["0,00", "0,02", "0,04", "0,06", "0,08", "0,10", "0,12"]),
        ([0, 0.00003], ["0,000000", "0,000010", "0,000020", "0,000030"]),
        ([0, 9], ["0", "2", "4", "6", "8"]),
        ([0, 50000], ["0", "10\u202f000", "20\u202f000"]),
        ([0, 1], ["0,0", "0,2", "0,4", "0,6", "0,8", "1,0"]),
    ],
)
def test_ticks_have_the_decimals_that_they_need(montrees, valeurs, attendus):
    fig, ax = plt.subplots()
    ax.barh(range(len(valeurs)), valeurs)
    ax.set_yticks([])
    ecrits = re.findall(r">([\d,\u202f]+)</text>", montrer(montrees, fig, serie(1).to_frame("Valeur")))
    assert ecrits[: len(attendus)] == attendus


# --- Style and pixels


def test_the_style_of_the_book_holds_whatever_a_cell_sets(montrees):
    def dessin():
        fig, ax = plt.subplots()
        ax.barh(["a"], [1])
        ax.set_title("Titre")
        sortie = montrer(montrees, fig, serie(1).to_frame("Valeur"))
        montrees.clear()
        return sortie

    attendu = dessin()
    for deranger in (
        sns.set_theme,
        lambda: sns.set_theme("talk", "darkgrid"),
        lambda: plt.style.use("ggplot"),
        lambda: plt.rcParams.update({"axes.grid": True, "savefig.bbox": "tight", "svg.fonttype": "path"}),
    ):
        deranger()
        assert dessin() == attendu


def test_a_grid_of_seaborn_needs_no_care(montrees):
    df = pd.DataFrame({"x": [1, 2, 3, 4], "y": [1, 2, 3, 4], "g": ["a", "a", "b", "b"]})
    with warnings.catch_warnings(record=True) as avis:
        mettre_en_style()
        fig = sns.relplot(df, x="x", y="y", col="g").figure
        assert defauts(montrer(montrees, fig, serie(1).to_frame("Valeur"))) == []
    assert avis == []


def test_words_written_after_a_theme_have_the_ink_of_the_page(montrees):
    fig, ax = plt.subplots()
    sns.set_theme()
    ax.set_title("Titre")
    assert "#262626" not in montrer(montrees, fig, serie(1).to_frame("Valeur"))


def test_a_heat_map_is_drawn_and_pixels_are_refused(montrees):
    fig, ax = plt.subplots()
    sns.heatmap(np.arange(12).reshape(3, 4), ax=ax, rasterized=True)
    ax.scatter([1], [1], rasterized=True)
    svg = montrer(montrees, fig, serie(1).to_frame("Valeur"))
    assert "<image" not in svg
    assert svg.count("<path") > 12
    fig, ax = plt.subplots()
    ax.imshow([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match=r"« essai ».* image faite de pixels .*sns\.heatmap"):
        montrer(montrees, fig, serie(1).to_frame("Valeur"))


# --- What is refused


@pytest.mark.parametrize("nom", ["part/agents", "../../x", "", "taux #1", "été", "Taux", "a_b", "-a", None, "x" * 81])
def test_a_name_that_is_no_address_is_refused_at_once(montrees, nom):
    fig, _ = barres(serie(1))
    donnees = serie("NC").to_frame("Valeur")
    for appel in (
        lambda: figure(fig, nom=nom, titre="", legende="", donnees=donnees, forme=""),
        lambda: tableau(donnees.iloc[:0], nom=nom, titre=""),
        lambda: telechargement(donnees, nom=nom),
    ):
        with pytest.raises(
            ValueError, match=r"minuscules sans accent, des chiffres et des traits d’union, par exemple nom="
        ):
            appel()
    assert montrees == []


def test_a_name_that_would_do_is_proposed():
    with pytest.raises(ValueError, match='nom="taux-1"'):
        tableau(pd.DataFrame(), nom="taux #1", titre="")


@pytest.mark.parametrize(
    "valeur", [8132.625939182662, np.float32(0.3), True, np.bool_(False), float("nan"), pd.NA, pd.NaT, Decimal("1.5")]
)
def test_a_table_refuses_what_is_no_number_of_the_book(montrees, valeur):
    for df in (
        pd.DataFrame({"Moyenne": [valeur]}, index=["a"]),
        pd.DataFrame({"Moyenne": ["x", valeur]}, index=["a", "b"], dtype=object),
        pd.DataFrame({"Moyenne": ["x"]}, index=[valeur]),
        pd.DataFrame({valeur: ["x"]}),
    ):
        with pytest.raises(
            TypeError, match=r"« t », (colonne « Moyenne »|titres des (lignes|colonnes)) : « .* » ne s’écrit pas"
        ):
            tableau(df, nom="t", titre="")
    assert montrees == []


def test_a_table_takes_numbers_words_and_years(montrees):
    df = pd.DataFrame({2023: serie(1.5, "NC", d=1), "Note": ["oui", None], "Rang": [1, 2]})
    tableau(df, nom="t", titre="")
    assert len(montrees) == 1


@pytest.mark.parametrize("mot", ["=SOMME(A1)", "+ de 60 ans", "- de 25 ans", "@nom", "\tx"])
def test_words_that_a_spreadsheet_would_compute_are_neutralised(mot):
    valeurs = [Nombre(-5), mot]
    for df in (
        pd.DataFrame({mot: valeurs}, index=[mot, "a"]),
        pd.DataFrame({mot: valeurs}, index=[("g", mot), (mot, "a")]),
    ):
        cellules = [c.strip('"') for ligne in en_csv(df, mot).split("\r\n") for c in ligne.split(";")]
        assert not [c for c in cellules if c != "-5" and c.startswith(("=", "+", "-", "@", "\t"))]
        assert f"'{mot}" in cellules
        assert "-5" in cellules


# --- What chapters draw by hand, of hard data

DIFFICILES = {
    "2021/taux_couverture": {None: {"taux_pct": "51.4"}},
    "2023/delais": {"prestations_familiales": {"delai_jours": "17.2"}, "minima_sociaux": {"delai_jours": "1"}},
    "2023/familles_allocataires": {"un": {"familles": "3"}, "trois_et_plus": {"familles": "30990"}},
    "2023/indicateurs": {
        "linkedin_abonnes": {"valeur": "801"},
    },
}
"""File → key (any, if None) → what is changed."""
CHAPITRES = {
    "arrivee-enfant": ["couverture-par-intercommunalite"],
    "ariege-allocataires": ["familles-enfants"],
    "relation-de-service": ["delais-objectifs", "fraudes-qualifiees", "visites-par-site"],
    "vacances-loisirs": ["vacances-financements"],
}


@pytest.fixture(scope="module")
def difficile(tmp_path_factory):
    """The data, with targets missed, rates of 0 and 100 %."""
    dossier = shutil.copytree(RACINE / "data", tmp_path_factory.mktemp("difficile") / "data")
    for fichier, cles in DIFFICILES.items():
        lignes = lire(dossier / f"{fichier}.csv")
        for ligne in lignes:
            ligne |= cles.get(next(iter(ligne.values())), cles.get(None, {}))
        ecrire(dossier / f"{fichier}.csv", lignes)
    return dossier


@pytest.mark.slow
@pytest.mark.parametrize("chapitre", CHAPITRES)
def test_no_chapter_draws_a_figure_that_is_cut_or_covered(difficile, tmp_path, chapitre):
    parametres = {"annee": 2023, "donnees": str(difficile)}
    options = {"cwd": str(RACINE / "chapters"), "progress_bar": False}
    carnet = papermill.execute_notebook(
        str(RACINE / "chapters" / f"{chapitre}.ipynb"), str(tmp_path / "c.ipynb"), parametres, **options
    )
    sorties = [sortie for cellule in carnet.cells for sortie in cellule.get("outputs", ())]
    assert not [sortie for sortie in sorties if sortie.output_type == "stream" and sortie.name == "stderr"]
    figures = {s.data[MIME]["nom"]: s.data[MIME]["svg"] for s in sorties if MIME in s.get("data", ())}
    assert set(CHAPITRES[chapitre]) <= set(figures)
    assert {nom: trouves for nom, svg in figures.items() if (trouves := defauts(svg))} == {}


@pytest.mark.slow
def test_no_figure_of_the_book_is_cut_or_covered(site):
    fichiers = sorted(site.glob("2*/fichiers/*.svg"))
    assert len(fichiers) > 40
    trouves = {f"{f.parts[-3]} {f.stem}": defauts(f.read_text(encoding="utf-8")) for f in fichiers}
    assert {nom: defaut for nom, defaut in trouves.items() if defaut} == {}
