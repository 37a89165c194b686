"""French writing, to the code point: U+202F in numbers, U+00A0 before units, U+2212 as minus."""

import datetime
from decimal import Decimal

import pytest

from rapport.nombres import francais
from rapport.nombres.nombre import Nombre, ecrire
from rapport.pages.text import space


@pytest.mark.parametrize(
    ("valeur", "decimales", "signe", "attendu"),
    [
        (0, 0, False, "0"),
        (1234, 0, False, "1\u202f234"),
        (Decimal("191506562.50"), 2, False, "191\u202f506\u202f562,50"),
        (Decimal("-1234.5"), 1, False, "\u22121\u202f234,5"),
        (Decimal("2.345"), 2, False, "2,35"),
        (Decimal("-0.04"), 1, False, "0,0"),
        (5, 0, True, "+5"),
        (0, 0, True, "0"),
        (Decimal("999.995"), 2, False, "1\u202f000,00"),
    ],
)
def test_digits(valeur, decimales, signe, attendu):
    assert francais.nombre(valeur, decimales, signe) == attendu


@pytest.mark.parametrize(
    ("nombre", "attendu"),
    [
        (Nombre("4.236", unite="%", decimales=1, signe=True), "+4,2\u00a0%"),
        (Nombre("24088", unite="visites"), "24\u202f088"),
        (Nombre("12.5", unite="€", decimales=2), "12,50\u00a0€"),
        (Nombre.manquant("NC", unite="€"), "NC"),
    ],
)
def test_a_number_writes_its_own_unit(nombre, attendu):
    assert ecrire(nombre) == attendu
    assert f"{nombre}" == attendu


@pytest.mark.parametrize(("n", "attendu"), [(0, "visite"), (1, "visite"), (Decimal("1.9"), "visite"), (2, "visites")])
def test_plural_from_two(n, attendu):
    assert francais.accord(n, "visite") == attendu


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [(datetime.date(2023, 2, 2), "2\u00a0février 2023"), (datetime.date(2023, 6, 1), "1er\u00a0juin 2023")],
)
def test_dates(jour, attendu):
    assert francais.date(jour) == attendu


def test_first_of_the_month_is_the_only_ordinal():
    assert francais.date(datetime.date(2021, 11, 21)) == "21\u00a0novembre 2021"


@pytest.mark.parametrize(("mots", "attendu"), [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b et c")])
def test_lists(mots, attendu):
    assert francais.liste(mots) == attendu


@pytest.mark.parametrize(
    ("brut", "attendu"),
    [
        ("Il dit « oui » : bien !", "Il dit «\u00a0oui\u00a0»\u00a0: bien\u00a0!"),
        ("en moins de 7 jours", "en moins de 7\u00a0jours"),
        ("l'Ariège", "l’Ariège"),
        ("a : b", "a\u00a0: b"),
    ],
)
def test_spaces_that_do_not_break(brut, attendu):
    assert space(brut) == attendu
