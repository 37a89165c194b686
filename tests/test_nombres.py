"""Numbers: exact, aware of their origin, honest about what is missing."""

from decimal import Decimal

import pandas as pd
import pytest

from rapport.nombres.calculs import contribution, ecart, evolution, part, total
from rapport.nombres.nombre import Nombre, Origine


def euros(valeur, **attributs):
    return Nombre(valeur, unite="€", decimales=2, **attributs)


def origine(ligne):
    return Origine(f"Ligne {ligne}", "", 2023, "data/2023/t.csv", ligne, "montant_eur", None)


def test_amounts_add_up_to_the_cent():
    assert total(pd.Series([euros("0.10")] * 3, dtype=object)) == Decimal("0.30")


def test_a_total_knows_the_cells_it_comes_from():
    somme = total(pd.Series([euros(1, origine=origine(2)), euros(2, origine=origine(3))], dtype=object))
    assert [o.ligne for o in somme.origines()] == [2, 3]


def test_pandas_arithmetic_keeps_unit_and_origin():
    df = pd.DataFrame({2022: [euros(2, origine=origine(2))], 2023: [euros(3, origine=origine(3))]}, dtype=object)
    difference = (df[2023] - df[2022]).iloc[0]
    assert (difference, difference.unite) == (1, "€")
    assert {o.ligne for o in difference.origines()} == {2, 3}


def test_a_total_with_a_missing_term_is_missing():
    somme = total(pd.Series([euros(1), Nombre.manquant("NC")], dtype=object))
    assert somme.motif == "NC"


def test_a_result_missing_for_several_reasons_is_not_available():
    assert (Nombre.manquant("NC") + Nombre.manquant("NS")).motif == "ND"


def test_a_missing_number_keeps_its_reason_and_is_missing_for_pandas():
    serie = pd.Series([Nombre.manquant("NC")], dtype=object)
    assert serie.isna().all()
    assert serie.iloc[0].motif == "NC"


@pytest.mark.parametrize(
    ("actuel", "precedent", "attendu"),
    [
        (euros("17324016.13"), euros("16618802.05"), Decimal("4.24")),
        (euros("13128.43"), euros("4452.44"), Decimal("194.86")),
        (euros("2040.68"), euros("-570.68"), "NS"),  # the sign changes
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


def test_a_key_that_one_year_lacks_gives_nd_not_a_crash():
    resultat = evolution(pd.Series([euros(5000)], ["a"], dtype=object), pd.Series([], [], dtype=object))
    assert resultat["a"].motif == "ND"


def test_difference_of_percentages_is_in_points():
    assert ecart(Nombre(60, unite="%"), Nombre(50, unite="%")).unite == "points"


def test_share_of_nothing_has_no_meaning():
    assert part(Nombre(0), Nombre(0)).motif == "NS"


def test_contributions_add_up_to_the_change_of_the_whole():
    avant = pd.Series([euros(4000), euros(6000)], dtype=object)
    apres = pd.Series([euros(5000), euros(5500)], dtype=object)
    apports = contribution(apres, avant, total(avant))
    assert sum(map(Decimal, apports)) == Decimal(evolution(total(apres), total(avant)))


def test_comparing_a_missing_number_is_false_and_does_not_raise():
    assert not Nombre.manquant() > 0
    assert not Nombre.manquant() < 0


def test_division_by_zero_is_not_significant():
    assert (Nombre(1) / Nombre(0)).motif == "NS"
