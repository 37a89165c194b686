"""Prose: a template over the notebook's variables, whose words follow the numbers."""

import re

import pytest

from rapport.chapitre import prose, provenance
from rapport.chapitre.prose import ErreurDeTexte
from rapport.nombres.calculs import evolution
from rapport.nombres.nombre import Nombre

VISITES = Nombre(24088, unite="visites")
INCONNU = Nombre.manquant("ND", unite="visites")


def rendre(gabarit, noms):
    return str(prose.rendre(gabarit, noms))


def test_numbers_write_themselves():
    assert rendre("{{ n }} visites", {"n": VISITES}) == "24\u202f088 visites"


def test_a_sentence_whose_number_is_unknown_is_left_out_alone():
    texte = "La Caf accueille.\nElle a reçu {{ n }} visites.\nElle répond aussi par mail."
    assert rendre(texte, {"n": INCONNU}) == "La Caf accueille.\nElle répond aussi par mail."


def test_a_list_loses_only_the_item_it_cannot_fill():
    assert rendre("- un : {{ a }}\n- deux : {{ b }}", {"a": VISITES, "b": INCONNU}) == "- un : 24\u202f088"


def test_a_paragraph_left_empty_leaves_no_gap():
    assert rendre("Avant.\n\n{{ n }} visites.\n\nAprès.", {"n": INCONNU}) == "Avant.\n\nAprès."


@pytest.mark.parametrize(
    ("actuel", "attendu"),
    [(110, "en hausse de 10,0\u00a0%"), (90, "en baisse de 10,0\u00a0%"), (100, "stable"), ("100.04", "stable")],
)
def test_wording_follows_the_number(actuel, attendu):
    assert rendre("{{ e | variation }}", {"e": evolution(Nombre(actuel), Nombre(100))}) == attendu


@pytest.mark.parametrize(
    ("ecart", "attendu"), [(97, "97\u00a0abonnés de plus"), (-1, "1\u00a0abonné de moins"), (0, "autant")]
)
def test_differences_in_words(ecart, attendu):
    assert rendre("{{ e | de_plus('abonné') }}", {"e": Nombre(ecart)}) == attendu


@pytest.mark.parametrize(
    ("gabarit", "attendu"),
    [
        ("{{ n | quantite('visite') }}", "24\u202f088\u00a0visites"),
        ("{{ m | millions }}", "191,5\u00a0millions d’euros"),
        ("{{ d | duree }}", "34\u00a0h\u00a043"),
        ("{{ u | lettres(feminin=True) | majuscule }}", "Une"),
        ("{{ '2020-04' | mois }}", "avril 2020"),
        ("{{ '2020-04-12' | mois(court=True) }}", "avr."),
        ("{{ m | arrondi }}", "191\u202f506\u202f563\u00a0€"),
    ],
)
def test_filters(gabarit, attendu):
    noms = {"n": VISITES, "m": Nombre("191506562.50", unite="€", decimales=2), "d": Nombre(2083), "u": Nombre(1)}
    assert rendre(gabarit, noms) == attendu


def test_an_unknown_name_is_an_error_that_quotes_the_sentence():
    with pytest.raises(ErreurDeTexte, match=r"Il y a eu .*visiteurs"):
        rendre("Il y a eu {{ visiteurs }} visites.", {})


@pytest.mark.parametrize(
    ("gabarit", "message"),
    [
        ("{{ visiteurs }} visites", "« visiteurs » n’est pas défini"),
        ("{{ n.visiteurs }} visites", "il n’y a pas de « visiteurs »"),
        ("{{ n | quantites('visite') }}", "le filtre « quantites » n’existe pas"),
        ("{{ n ", "il manque la fin"),
    ],
)
def test_what_is_wrong_in_a_text_is_told_in_french(gabarit, message):
    with pytest.raises(ErreurDeTexte, match=message):
        rendre(gabarit, {"n": VISITES})


def test_a_bare_float_is_refused():
    with pytest.raises(ErreurDeTexte, match="ni unité ni décimales"):
        rendre("{{ x }}", {"x": 0.1})


def test_a_text_still_knows_its_numbers_wherever_they_are_written():
    hausse = evolution(Nombre(110), Nombre(100))
    gabarit = "{{ n | quantite('visite') }}, {{ e | variation }}, {{ [u | lettres, 'a'] | liste | majuscule }}"
    ecrit = prose.rendre(gabarit, {"n": VISITES, "e": hausse, "u": Nombre(1)})
    assert str(ecrit) == "24\u202f088\u00a0visites, en hausse de 10,0\u00a0%, Un et a"
    marques = re.findall(r'<span data-n="(\w+)">([^<]+)</span>', ecrit.html())
    assert [texte for _, texte in marques] == ["24\u202f088", "10,0\u00a0%", "Un"]
    assert [cle for cle, _ in marques] == [provenance.cle(n) for n in ecrit.nombres]


def test_a_line_left_out_leaves_none_of_its_numbers():
    assert prose.rendre("Il y a {{ n }} visites, soit {{ x }}.", {"n": VISITES, "x": INCONNU}).nombres == []


@pytest.mark.parametrize(
    ("gabarit", "attendu"),
    [
        ("{{ n | phrase('place a été créée', 'places ont été créées') }}", "24\u202f088\u00a0places ont été créées"),
        ("{{ u | phrase('place a été créée', 'places ont été créées') }}", "1\u00a0place a été créée"),
        ("{{ u | phrase('place a', 'places ont', en_lettres=True, feminin=True) }}", "une place a"),
        ("{{ 2 | phrase('place a', 'places ont', en_lettres=True) }}", "deux places ont"),
    ],
)
def test_a_phrase_agrees_with_its_number(gabarit, attendu):
    assert rendre(gabarit, {"n": VISITES, "u": Nombre(1)}) == attendu
