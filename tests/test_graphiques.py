"""The chart forms: what is written on the marks, and how frames get their totals and changes."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import same_color

from rapport.chapitre import arrondir, avec_evolution, avec_sous_totaux, connus
from rapport.chapitre.figures import BLEU, OCRE, STYLE, VERMILLON
from rapport.chapitre.graphiques import barres, barres_jumelles, variations
from rapport.nombres.calculs import evolution, part, total
from rapport.nombres.nombre import Nombre, ecrire

NC = Nombre.manquant("NC")


@pytest.fixture(autouse=True)
def style():
    with plt.style.context(STYLE):
        yield
    plt.close("all")


@pytest.fixture
def aides():
    """Two benefits, two parts; one part is not known."""
    parts = {"Adultes": [Nombre(3000), Nombre(10)], "Enfants": [Nombre(1000), NC]}
    return pd.DataFrame(parts, index=["RSA", "Prime"], dtype="nombre")


def textes(ax):
    """What is written on the marks."""
    return [t.get_text() for t in ax.texts]


def lus(valeurs):
    return [ecrire(n) for n in valeurs]


def test_bars_write_their_value_and_their_share_if_it_is_known():
    serie = pd.Series({"a": Nombre(1234), "b": Nombre(10), "c": NC})
    _, ax = barres(serie, parts=part(serie, pd.Series({"a": Nombre(10000), "b": NC, "c": NC})))
    assert textes(ax) == ["1\u202f234 (12,3\u00a0%)", "10"]


def test_changes_of_the_parts_of_a_whole_are_as_long_as_what_they_bring_to_it():
    visites = pd.DataFrame({2022: [100, 1000, 10], 2023: [90, 1100, 15]}, index=["Tous", "Siège", "Foix"])
    _, ax = variations(visites.astype("nombre"), ensemble="Tous")
    assert [barre.get_width() for barre in ax.patches] == [100, 5, 0]
    assert [nom.get_text() for nom in ax.get_yticklabels()] == ["Siège", "Foix", "Tous"]
    assert textes(ax) == ["+100\n+10,0\u00a0%", "+5\n+50,0\u00a0%", "−10\n−10,0\u00a0%"]
    assert [t.get_fontweight() for t in ax.texts] == ["normal", "normal", "bold"]
    _, ax = variations(visites.astype("nombre"), ensemble="Tous", reste="Siège")
    assert [nom.get_text() for nom in ax.get_yticklabels()] == ["Foix", "Siège", "Tous"]


def test_small_amounts_in_millions_have_a_change():
    assert ecrire(evolution(Nombre("0.9", unite="M€"), Nombre("0.6", unite="M€"))) == "+50,0\u00a0%"


def test_bars_without_shares_write_their_value():
    assert textes(barres(pd.Series({"a": Nombre(1234), "b": NC}))[1]) == ["1\u202f234"]


def test_shares_go_with_the_bars():
    with pytest.raises(ValueError, match="shorter"):
        barres(pd.Series({"a": Nombre(1), "b": Nombre(2)}), parts=pd.Series({"a": Nombre(1)}))


def test_years_side_by_side_are_named_after_their_values():
    cadre = pd.DataFrame({an: pd.Series({"a": Nombre(an - 2020)}, dtype="nombre") for an in (2021, 2022, 2023)})
    _, ax = barres_jumelles(cadre, couleurs=[OCRE, OCRE, BLEU])
    assert textes(ax)[-3:] == ["1 (2021)", "2 (2022)", "3 (2023)"]
    assert ax.get_legend() is None


def test_changes_of_a_single_measure_have_the_colours_of_changes():
    hausse, baisse = (Nombre(n, unite="%", signe=True) for n in (2, -3))
    _, ax = barres_jumelles(pd.DataFrame({"Montant": pd.Series({"a": hausse, "b": baisse}, dtype="nombre")}))
    assert [same_color(b.get_facecolor(), c) for b, c in zip(ax.patches, (BLEU, VERMILLON), strict=True)] == [
        True,
        True,
    ]
    assert ax.get_legend() is None


def test_long_names_stand_above_the_bars_of_changes():
    noms = ["Un nom qui prendrait trois lignes au moins à côté", "Court"]
    df = pd.DataFrame({2022: [Nombre(10), Nombre(10)], 2023: [Nombre(20), Nombre(5)]}, index=noms, dtype="nombre")
    _, ax = variations(df)
    assert textes(ax)[1] == "Court"
    assert [nom.get_text() for nom in ax.get_yticklabels()] == []


def test_twin_bars_stand_beside_each_other(aides):
    _, ax = barres_jumelles(aides, couleurs=[BLEU, OCRE])
    assert textes(ax) == ["3\u202f000", "10", "1\u202f000", "NC"]
    hauts = [[b.get_y() + b.get_height() for b in bande] for bande in ax.containers]
    assert all(adultes <= enfants - 0.17 for adultes, enfants in zip(*hauts, strict=True))


def test_sub_totals_follow_their_groups_and_the_total_ends_the_table():
    cadre = pd.DataFrame({2022: [Nombre(1), Nombre(2), NC], 2023: [Nombre(4), Nombre(5), Nombre(6)]}, index=list("abc"))
    cadre = cadre.astype("nombre")
    par = pd.Series({"c": "Deux", "b": "Un", "a": "Un"})
    resultat = avec_sous_totaux(cadre, par=par, sous_total="Total du groupe", total="Total")
    assert [*resultat.index] == [
        ("Un", "a"),
        ("Un", "b"),
        ("Un", "Total du groupe"),
        ("Deux", "c"),
        ("Deux", "Total du groupe"),
        ("Ensemble", "Total"),
    ]
    assert {str(dtype) for dtype in resultat.dtypes} == {"nombre"}
    assert lus(resultat[2022]) == ["1", "2", "3", "NC", "NC", "NC"]
    assert lus(resultat[2023]) == ["4", "5", "9", "6", "6", "15"]
    assert len(resultat.loc[("Ensemble", "Total"), 2023].operandes) == 3


def test_a_row_without_a_group_is_refused():
    cadre = pd.DataFrame({2023: [Nombre(1), Nombre(2)]}, index=list("ab"))
    with pytest.raises(ValueError, match=r"Lignes sans groupe : b\."):
        avec_sous_totaux(cadre, par=pd.Series({"a": "Un"}), sous_total="Total du groupe")


def test_a_change_follows_the_years():
    cadre = pd.DataFrame({2022: [Nombre(100)], 2023: [Nombre(110)], "Note": ["x"]}, index=["a"])
    resultat = avec_evolution(cadre, decimales=2, ecart=True)
    assert [*resultat] == [2022, 2023, "Évolution", "Écart", "Note"]
    assert lus(resultat.loc["a", ["Écart", "Évolution"]]) == ["+10", "+10,00\u00a0%"]
    assert [*cadre] == [2022, 2023, "Note"], "the frame given is left as it is"


def test_a_change_follows_each_pair_of_years():
    cadre = pd.DataFrame({2022: [Nombre(100)], 2023: [Nombre(110)]}, index=["a"])
    resultat = avec_evolution(pd.concat({"Montant": cadre, "Nombre": cadre}, axis=1))
    assert [*resultat] == [(m, c) for m in ("Montant", "Nombre") for c in (2022, 2023, "Évolution")]


def test_rounding_changes_what_is_written_of_a_series_and_of_a_frame():
    serie = pd.Series({"a": Nombre("1.25", decimales=2), "b": NC})
    assert lus(arrondir(serie, 1)) == ["1,3", "NC"]
    assert lus(arrondir(serie.to_frame("x"))["x"]) == ["1", "NC"]
    assert total(arrondir(serie[["a"]])) == Nombre("1.25")


def test_known_values_are_kept_or_all_of_them_if_none_is():
    assert [*connus(pd.Series({"a": NC, "b": Nombre(1)})).index] == ["b"]
    assert [*connus(pd.Series({"a": NC})).index] == ["a"]
