"""Numbers and columns of numbers: exact, aware of their origin, honest about what is missing."""

from decimal import Decimal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from rapport.nombres.calculs import arrondir, contribution, ecart, evolution, moyenne, part, total
from rapport.nombres.nombre import Nombre, Origine

FINE, INSECABLE = "\u202f", "\u00a0"


def euros(valeur, **attributs):
    return Nombre(valeur, unite="€", decimales=2, **attributs)


def origine(ligne):
    return Origine(f"Ligne {ligne}", "", 2023, "data/2023/t.csv", ligne, "montant_eur", None)


def visites(valeur, ligne=2):
    return Nombre(valeur, unite="visites", origine=origine(ligne))


def colonne(*valeurs, index=None):
    """A column, each number from a row of its own: the row of the file is its rank, and 2."""
    nombres = [
        Nombre.manquant(v, origine=origine(i)) if isinstance(v, str) else visites(v, i)
        for i, v in enumerate(valeurs, 2)
    ]
    return pd.Series(nombres, index=list(index or "abcdef"[: len(nombres)]), dtype="nombre")


def lignes(nombre):
    return [o.ligne for o in nombre.origines()]


def ecrite(objet):
    return repr(objet).replace(FINE, " ").replace(INSECABLE, " ")


# --- One number ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nombre", "attendu"),
    [
        (visites(1537, 3), "1 537 visites (data/2023/t.csv, ligne 3)"),
        (euros("12.5", origine=origine(4)), "12,50 € (data/2023/t.csv, ligne 4)"),
        (visites(1) + visites(2, 3), "3 visites (1 (Ligne 2, 2023) + 2 (Ligne 3, 2023))"),
        (part(visites(1), visites(4, 3)), "25,0 % (part de 1 (Ligne 2, 2023) dans 4 (Ligne 3, 2023))"),
        (Nombre.manquant("NC", origine=origine(5)), "NC : non communiqué (data/2023/t.csv, ligne 5)"),
        (visites(1) / 0, "NS : non significatif (1 (Ligne 2, 2023) ÷ 0)"),
        (Nombre(3), "3"),
    ],
)
def test_a_number_shows_its_unit_and_where_it_comes_from(nombre, attendu):
    assert ecrite(nombre) == attendu


def test_str_is_for_computers_and_format_for_readers():
    assert (str(visites(1537)), f"{visites(1537)}", f"{visites(1537):.1f}") == ("1537", f"1{FINE}537", "1537.0")


def test_a_result_missing_for_several_reasons_is_not_available():
    assert (Nombre.manquant("NC") + Nombre.manquant("NS")).motif == "ND"


def test_comparing_a_missing_number_is_false_and_does_not_raise():
    assert not Nombre.manquant() > 0
    assert not Nombre.manquant() < 0
    assert Nombre.manquant() != Nombre.manquant()


def test_division_by_zero_is_not_significant():
    assert (Nombre(1) / Nombre(0)).motif == "NS"


# --- A column: what is missing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("resume", ["sum", "mean", "median"])
@pytest.mark.parametrize("motif", ["NC", "NS", "ND"])
def test_what_is_computed_from_a_missing_term_is_missing_and_knows_the_cells(resume, motif):
    resultat = getattr(colonne(1, motif, 3), resume)()
    assert (resultat.motif, lignes(resultat)) == (motif, [2, 3, 4])


def test_what_has_no_object_is_left_aside():
    serie = colonne(1, "SO", 3)
    assert (serie.sum(), serie.mean(), serie.median()) == (4, 2, 2)
    assert lignes(serie.sum()) == [2, 4]
    assert colonne("SO", "SO").sum().motif == "SO"


def test_dropping_what_is_missing_first_says_that_the_rest_will_do():
    connues = colonne(1, "NC", 3).dropna()
    assert (connues.dtype, connues.sum(), connues.mean()) == ("nombre", 4, 2)


def test_a_sum_of_nothing_is_not_available():
    assert colonne().sum().motif == "ND"


@pytest.mark.parametrize(
    "somme",
    [
        lambda serie: serie.to_frame("v").sum()["v"],
        lambda serie: serie.to_frame("v").T.sum(axis=1)["v"],
        lambda serie: serie.groupby([1] * len(serie)).sum()[1],
        lambda serie: serie.to_frame("v").groupby([1] * len(serie)).agg({"v": "sum"})["v"][1],
        lambda serie: serie.groupby([1] * len(serie)).transform("sum").iloc[0],
        lambda serie: serie.groupby([1] * len(serie)).cumsum().iloc[-1],
        lambda serie: serie.groupby([1] * len(serie)).agg(["sum", "max"])["sum"][1],
        lambda serie: serie.groupby([1] * len(serie)).agg(lambda groupe: groupe.sum())[1],
        lambda serie: serie.to_frame("v").pivot_table(values="v", index=[1] * len(serie), aggfunc="sum")["v"][1],
        lambda serie: pd.crosstab([*"xyx"], [1] * 3, serie.array, aggfunc="sum", margins=True).loc["All", "All"],
        lambda serie: serie.to_frame("v").agg(["sum", "mean"]).loc["sum", "v"],
        lambda serie: pd.to_numeric(serie).sum(),
        lambda serie: serie.agg("sum"),
        lambda serie: serie.cumsum().iloc[-1],
        lambda serie: serie.astype(object).sum(),
        lambda serie: pd.Series(list(serie)).sum(),
        lambda serie: pd.DataFrame({"v": list(serie)}).sum()["v"],
        lambda serie: pd.DataFrame({"v": list(serie)}).groupby([1] * len(serie))["v"].sum()[1],
        lambda serie: np.sum(serie),
        np.add.reduce,
        lambda serie: np.nansum(serie),
        lambda serie: np.asarray(serie).sum(),
        sum,
        total,
        lambda serie: total(serie.to_frame("v"))["v"],
        lambda serie: total(list(serie)),
    ],
)
def test_no_way_to_sum_skips_a_missing_term_nor_forgets_a_cell(somme):
    assert (somme(colonne(1, 2, 3)), lignes(somme(colonne(1, 2, 3)))) == (6, [2, 3, 4])
    assert (somme(colonne(1, "NC", 3)).motif, 3 in lignes(somme(colonne(1, "NC", 3)))) == ("NC", True)


def test_crossing_keeps_what_is_missing_and_fills_only_what_no_row_has():
    df = colonne(1, "NC", 3).to_frame("n").assign(site=["x", "x", "y"], annee=[2022, 2023, 2022])
    croise = df.pivot_table(index="site", columns="annee", values="n", aggfunc="sum", fill_value=0, margins=True)
    assert [[n.motif or int(n) for n in ligne] for ligne in croise.to_numpy()] == [
        [1, "NC", "NC"],
        [3, 0, 3],
        [4, "NC", "NC"],
    ]
    assert df.pivot_table(index="site", values="n", aggfunc="count").n.tolist() == [1, 1]
    flottants = pd.DataFrame({"site": ["x", "x", "y"], "n": [1, 2, np.nan]}).pivot_table(index="site", values="n")
    assert flottants.n.to_dict() == {"x": 1.5}


def test_a_running_total_stops_at_a_missing_term():
    assert [n.motif or int(n) for n in colonne(1, 2, "NC", 4).cumsum()] == [1, 3, "NC", "NC"]


def test_missing_numbers_are_missing_for_pandas_and_keep_their_reason():
    serie = colonne(1, "NC", "SO")
    assert list(serie.isna()) == [False, True, True]
    assert serie.count() == 1
    assert list(serie.fillna(0)) == [1, 0, 0]
    assert [n.motif for n in serie] == [None, "NC", "SO"]


def test_what_pandas_leaves_empty_is_not_available():
    assert colonne(1).reindex(["a", "z"])["z"].motif == "ND"
    assert pd.concat([colonne(1).to_frame("x"), colonne(1).to_frame("y")]).iloc[0, 1].motif == "ND"


# --- A column: as pandas does ----------------------------------------------------------------------------------------


def test_a_column_is_made_of_numbers_and_of_reasons_to_have_none():
    serie = pd.Series([1, 2.5, Decimal("3.25"), np.int64(4), "NC", None, float("nan"), visites(5)], dtype="nombre")
    assert [n.motif or str(n) for n in serie] == ["1", "2.5", "3.25", "4", "NC", "ND", "ND", "5"]
    for intrus in ("beaucoup", True, [1]):
        with pytest.raises(TypeError, match="Un nombre attendu"):
            pd.Series([intrus], dtype="nombre")


def test_columns_and_frames_print_as_the_book_does():
    serie = pd.Series([visites(18309), euros("1234.5"), Nombre.manquant("NC")], dtype="nombre")
    for objet in (serie, serie.to_frame("x"), serie.array):
        assert all(texte in ecrite(objet) for texte in ("18 309", "1 234,50 €", "NC"))
    assert f"<td>18{FINE}309</td>" in serie.to_frame("x").to_html()


def test_amounts_add_up_to_the_cent():
    assert pd.Series([euros("0.10")] * 3, dtype="nombre").sum() == Decimal("0.30")


@pytest.mark.parametrize(
    ("calcul", "attendu"),
    [
        (lambda s: s + s, [20, 40]),
        (lambda s: s - 1, [9, 19]),
        (lambda s: 1 - s, [-9, -19]),
        (lambda s: Decimal(2) * s, [20, 40]),
        (lambda s: s * [1, 2], [10, 40]),
        (lambda s: s / visites(10), [1, 2]),
        (lambda s: 100 / s, [10, 5]),
        (lambda s: -s, [-10, -20]),
        (lambda s: (-s).abs(), [10, 20]),
        (lambda s: s.round(-1), [10, 20]),
        (lambda s: s.shift().fillna(0), [0, 10]),
        (lambda s: s.clip(lower=15), [15, 20]),
        (lambda s: s.map(lambda n: n + 1), [11, 21]),
        (lambda s: s.where(s > 10, 0), [0, 20]),
    ],
)
def test_arithmetic_gives_columns_of_numbers(calcul, attendu):
    resultat = calcul(colonne(10, 20))
    assert (resultat.dtype, list(resultat)) == ("nombre", attendu)


def test_arithmetic_keeps_unit_and_origin():
    df = pd.DataFrame({2022: colonne(2), 2023: colonne(0, 3).loc[["b"]].set_axis(["a"])})
    difference = (df[2023] - df[2022])["a"]
    assert (difference, difference.unite, lignes(difference)) == (1, "visites", [3, 2])


def test_rows_that_one_side_lacks_are_not_available():
    assert (colonne(1, 2) - colonne(1))["b"].motif == "ND"
    with pytest.raises(ValueError, match="Longueurs différentes"):
        colonne(1, 2).array * [1]


def test_comparisons_give_masks_where_a_missing_number_is_never_true():
    serie = colonne(1, "NC", 3)
    assert list(serie > 1) == [False, False, True]
    assert list(serie == 1) == [True, False, False]
    assert list(serie.isin([3])) == [False, False, True]
    assert list(serie[serie >= 1]) == [1, 3]


def test_sorts_put_what_is_missing_last():
    serie = colonne(10, "NC", 9, 100)
    assert list(serie.sort_values().index) == list("cadb")
    assert list(serie.sort_values(ascending=False).index) == list("dacb")
    assert list(serie.to_frame("x").sort_values("x").index) == list("cadb")
    assert list(serie.nlargest(2).index) == ["d", "a"]
    assert list(serie.nsmallest(2).index) == ["c", "a"]
    assert list(serie.to_frame("x").nlargest(1, "x").index) == ["d"]
    assert list(pd.Series([1, 3, 2]).nlargest(2)) == [3, 2]
    assert list(serie.rank(ascending=False).dropna()) == [2, 3, 1]


def test_extremes_are_known_numbers_of_the_column():
    serie = colonne(10, "NC", 9)
    assert (lignes(serie.min()), lignes(serie.max()), serie.idxmin(), serie.idxmax()) == ([4], [2], "c", "a")
    assert serie.to_frame("x").idxmax()["x"] == "a"
    assert colonne("NC").max().motif == "NC"


def test_groups_are_summed_and_averaged_with_their_cells():
    df = colonne(1, 3, "NC", 5).to_frame("n").assign(groupe=["x", "x", "y", "z"])
    sommes, moyennes = df.groupby("groupe")["n"].sum(), df.groupby("groupe").mean()["n"]
    assert [n.motif or int(n) for n in sommes] == [4, "NC", 5]
    assert [n.motif or int(n) for n in moyennes] == [2, "NC", 5]
    assert (sommes.dtype, lignes(sommes["x"]), lignes(moyennes["x"])) == ("nombre", [2, 3], [2, 3])


def test_frames_are_reshaped_without_losing_the_type():
    df = pd.DataFrame({2022: colonne(1, 2), 2023: colonne(3, "NC")})
    for autre in (df.T, pd.concat([df, df]), pd.concat({"x": df}, axis=1), df.stack().unstack(), df.copy()):
        assert set(map(str, autre.dtypes)) == {"nombre"}
    longue = df.melt(ignore_index=False, var_name="annee").reset_index()
    assert longue["value"].dtype == "nombre"
    assert longue.pivot(index="index", columns="annee", values="value").loc["b", 2023].motif == "NC"
    assert df.dropna().index.tolist() == ["a"]
    assert pd.concat([df[2022], pd.Series(["texte"])]).dtype == object


@pytest.mark.parametrize("ligne", [lambda df: df.sum(), lambda df: [visites(3), "NC"], lambda df: [3, 4]])
def test_a_row_is_added_by_its_label(ligne):
    df = pd.DataFrame({2022: colonne(1, 2), 2023: colonne(3, 1)})
    df.loc["Total"] = ligne(df)
    assert (list(map(str, df.dtypes)), df.loc["Total", 2022]) == (["nombre"] * 2, 3)


def test_equal_values_are_one_value():
    serie = colonne(1, 2, 1, "NC")
    assert serie.value_counts()[1] == 2
    assert serie.nunique() == 2
    assert list(serie.drop_duplicates().dropna()) == [1, 2]


def test_statistics_are_floats_and_do_not_skip_either():
    assert colonne(1, 3).std() == pytest.approx(2**0.5)
    assert np.isnan(colonne(1, "NC", 3).std())
    assert colonne(1, 2, 3).describe()[["count", "mean", "min", "50%", "max"]].tolist() == [3, 2, 1, 2, 3]
    assert list(colonne(1, "NC", 3).describe()[["count", "min"]]) == [2, 1]
    assert pd.isna(colonne(1, "NC", 3).describe()["mean"])
    with pytest.raises(TypeError, match="prod"):
        colonne(1).prod()


def test_numpy_and_charts_take_columns_as_they_are():
    serie = colonne(1, "NC", 3)
    for flottants in (serie.astype(float), serie.to_numpy(float), np.asarray(serie, dtype=float)):
        np.testing.assert_array_equal(flottants, [1, np.nan, 3])
    assert all(isinstance(n, Nombre) for n in serie.to_numpy())
    fig, (ax, autre) = plt.subplots(2)
    ax.barh(serie.index, serie)
    serie.plot.barh(ax=autre)
    for barres in (ax.patches, autre.patches):
        assert [b.get_width() for b in barres][::2] == [1, 3]
    plt.close(fig)


# --- What chapters compute -------------------------------------------------------------------------------------------


def test_an_average_has_the_unit_of_what_is_shared():
    seule, serie = moyenne(euros(10), visites(4)), moyenne(pd.Series([euros(9)], dtype="nombre"), colonne(3, index="a"))
    assert (seule, f"{seule}") == (Decimal("2.5"), f"3{INSECABLE}€")
    assert serie.dtype == "nombre"


def test_rounding_is_only_written():
    precis = Nombre(Decimal("1.256"), decimales=3)
    cadre = arrondir(pd.DataFrame({"n": pd.Series([precis], dtype="nombre"), "texte": ["x"]}), 1)
    assert (f"{cadre.loc[0, 'n']}", cadre.loc[0, "n"], cadre.loc[0, "texte"]) == ("1,3", Decimal("1.256"), "x")
    assert (f"{arrondir(precis)}", f"{arrondir(cadre['n'], 2)[0]}") == ("1", "1,26")


@pytest.mark.parametrize(
    ("actuel", "precedent", "attendu"),
    [
        (euros("17324016.13"), euros("16618802.05"), Decimal("4.24")),
        (euros("13128.43"), euros("4452.44"), Decimal("194.86")),
        (euros("2040.68"), euros("-570.68"), "NS"),  # the sign changes
        (euros(-9000), euros(-5000), "NS"),  # nor has a change between two negatives a direction
        (euros(-9000), euros(5000), "NS"),
        (euros(360), euros(0), "NS"),  # no base
        (euros(500), euros(999), "NS"),  # base too small
        (Nombre(3), Nombre(4), "NS"),  # the same for a count
        (euros(1), Nombre.manquant("NC"), "NC"),
    ],
)
def test_change_in_percent_or_why_there_is_none(actuel, precedent, attendu):
    resultat = evolution(actuel, precedent)
    if isinstance(attendu, str):
        assert resultat.motif == attendu
    else:
        assert round(Decimal(resultat), 2) == attendu
        assert (resultat.unite, resultat.signe) == ("%", True)


@pytest.mark.parametrize(
    ("actuel", "precedent", "attendu"),
    [(1, 3196, "−99,97"), (1, 104482, "−99,999"), (0, 3196, "−100,0"), (96, 100, "−4,0")],
)
def test_what_is_not_all_lost_is_not_read_so(actuel, precedent, attendu):
    assert f"{evolution(Nombre(actuel), Nombre(precedent))}" == f"{attendu}{INSECABLE}%"


@pytest.mark.parametrize(
    ("valeur", "ensemble", "attendu"),
    [(1, 2551, "0,04"), (0, 2551, "0,0"), (2550, 2551, "99,96"), (2551, 2551, "100,0"), (1, 10**7, "0,00001")],
)
def test_a_share_is_read_as_nothing_or_all_only_if_it_is(valeur, ensemble, attendu):
    assert f"{part(Nombre(Decimal(1) / 3 * 3), Nombre(1))}" == f"100,0{INSECABLE}%"  # a hair from it, by division
    assert f"{part(Nombre(valeur), Nombre(ensemble))}" == f"{attendu}{INSECABLE}%"


@pytest.mark.parametrize(
    ("montant", "nombre", "attendu"),
    [(1, 3, "0,3"), (1, 2, "0,5"), (0, 3, "0"), (3, 3, "1"), (4, 3, "1,3"), (9, 4, "2")],
)
def test_a_mean_is_read_as_nothing_or_one_only_if_it_is(montant, nombre, attendu):
    assert f"{moyenne(Nombre(montant), Nombre(nombre))}" == attendu


def test_a_key_that_one_year_lacks_gives_nd_not_a_crash():
    resultat = evolution(pd.Series([euros(5000)], ["a"], dtype="nombre"), pd.Series([], [], dtype="nombre"))
    assert resultat["a"].motif == "ND"


def test_difference_of_percentages_is_in_points():
    assert ecart(Nombre(60, unite="%"), Nombre(50, unite="%")).unite == "points"


def test_share_of_nothing_has_no_meaning():
    assert part(Nombre(0), Nombre(0)).motif == "NS"


def test_contributions_add_up_to_the_change_of_the_whole():
    avant = pd.Series([euros(4000), euros(6000)], dtype="nombre")
    apres = pd.Series([euros(5000), euros(5500)], dtype="nombre")
    apports = contribution(apres, avant, total(avant))
    assert sum(map(Decimal, apports)) == Decimal(evolution(total(apres), total(avant)))
