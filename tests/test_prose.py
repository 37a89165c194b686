"""Prose: a template over the notebook's variables, whose words follow the numbers."""

import re
from decimal import Decimal

import pandas as pd
import pytest

from rapport.chapitre import plus_bas, plus_haut, prose, provenance
from rapport.chapitre.prose import ErreurDeTexte
from rapport.nombres.calculs import evolution, part
from rapport.nombres.nombre import Nombre, Origine, Rupture

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
    ("actuel", "attendu", "pluriel"),
    [
        (110, "augmente de 10,0\u00a0%", "augmentent de 10,0\u00a0%"),
        (90, "diminue de 10,0\u00a0%", "diminuent de 10,0\u00a0%"),
        (0, "diminue de 100,0\u00a0%", "diminuent de 100,0\u00a0%"),
        ("100.04", "reste stable", "restent stables"),
        (None, "", ""),
    ],
)
def test_a_verb_follows_the_number(actuel, attendu, pluriel):
    noms = {"e": evolution(INCONNU if actuel is None else Nombre(actuel), Nombre(100))}
    assert rendre("{{ e | evolue }}", noms) == attendu
    assert rendre("{{ e | evolue(pluriel=True) }}", noms) == pluriel


def test_a_verb_takes_an_amount_in_millions():
    assert rendre("{{ e | evolue }}", {"e": Nombre(-6450000, unite="€", signe=True)}) == (
        "diminue de 6,5\u00a0millions d’euros"
    )
    assert rendre("{{ e | evolue }}", {"e": evolution(Nombre(10), Nombre(0))}) == ""  # from nothing, no rate


@pytest.mark.parametrize(
    ("valeur", "unite", "attendu"),
    [
        ("87.19", "%", "87,2\u00a0%"),
        ("0.83", "%", "0,83\u00a0%"),
        ("-1.05", "%", "−1,1\u00a0%"),
        ("99.98", "%", "99,98\u00a0%"),
        ("0.004", "%", "0,004\u00a0%"),
        ("100.00", "%", "100,0\u00a0%"),
        ("13.47", "jours", "13,5"),
        ("12", "visites", "12"),
        ("12.34", "€", "12,34\u00a0€"),
    ],
)
def test_a_sentence_says_one_decimal_and_keeps_the_number(valeur, unite, attendu):
    n = Nombre(valeur, unite=unite, decimales=max(0, -Decimal(valeur).as_tuple().exponent))
    ecrit = prose.rendre("{{ n }}", {"n": n})
    assert (str(ecrit), ecrit.nombres) == (attendu, [n])
    assert ecrit.nombres[0].decimales == n.decimales


def test_words_agree_with_the_decimals_that_are_said():
    assert rendre("{{ n | phrase('jour') }}", {"n": Nombre("1.96", decimales=2)}) == "2,0\u00a0jours"


@pytest.mark.parametrize(("n", "attendu"), [(3, "3 accords, soit 60,0\u00a0%."), (0, "aucun accord.")])
def test_a_share_of_none_is_not_told(n, attendu):
    gabarit = "{{ n | phrase('accord', aucun='aucun accord') }}{{ p | sauf_zero(', soit {}') }}."
    dit = rendre(gabarit, {"n": Nombre(n), "p": part(Nombre(n), Nombre(5))})
    assert dit.replace("3\u00a0", "3 ") == attendu
    sans_part = rendre(gabarit, {"n": Nombre(n), "p": INCONNU})
    assert sans_part == ("aucun accord." if n == 0 else "3\u00a0accords.")


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("{{ noms | liste('de {}') }}", "du complément familial, de l’aide au logement et des frais de tutelle"),
        ("celle de {{ noms[0] }}, à {{ noms[2] }}", "celle du complément familial, aux frais de tutelle"),
        ("à {{ noms[0] }}, voilà {{ noms[2] }}", "au complément familial, voilà les frais de tutelle"),
    ],
)
def test_a_name_with_its_article_takes_the_contraction(texte, attendu):
    assert rendre(texte, {"noms": ["le complément familial", "l’aide au logement", "les frais de tutelle"]}) == attendu


def test_what_is_compared_with_nothing_is_told_alone():
    """The whole of a share, the words of its noun, and what a change is in millions."""
    noms = {"n": Nombre(2), "zero": Nombre(0), "e": Nombre("6450000", unite="€", signe=True)}
    assert rendre("{{ n | sauf_zero(', sur {}', 'dossier', 'dossiers') }}", noms) == ", sur 2\u00a0dossiers"
    assert rendre("un{{ n | sauf_zero(', sur {}', feminin=True) }}", noms) == "un, sur deux"
    assert rendre("un{{ zero | sauf_zero(', sur {}', 'dossier', 'dossiers') }}", noms) == "un"
    assert rendre("{{ e | de_plus(en_millions=True) }}", noms) == "6,5\u00a0millions d’euros de plus"
    assert rendre("{{ zero | de_plus(en_millions=True) }}", noms) == "autant"


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [("RSA", "« RSA »"), ("RSA «\u00a0socle\u00a0»", "« RSA “socle” »"), ("« A » et « B »", "« “A” et “B” »")],
)
def test_quotation_marks_inside_others_are_not_the_same(nom, attendu):
    assert rendre("« {{ nom }} » et {{ ['a'] | liste('« {} »') }}", {"nom": nom}) == f"{attendu} et « a »"


@pytest.mark.parametrize(
    ("ecart", "attendu"), [(97, "97\u00a0abonnés de plus"), (-1, "1\u00a0abonné de moins"), (0, "autant d’abonnés")]
)
def test_differences_in_words(ecart, attendu):
    assert rendre("{{ e | de_plus('abonné') }}", {"e": Nombre(ecart)}) == attendu
    assert rendre("{{ e | de_plus('abonné', autant='autant') }}", {"e": Nombre(ecart)}) == attendu.replace(
        " d’abonnés", ""
    )


@pytest.mark.parametrize(
    ("gabarit", "attendu"),
    [
        ("{{ n | phrase('visite') }}", "24\u202f088\u00a0visites"),
        ("{{ m | millions }}", "191,5\u00a0millions d’euros"),
        ("{{ (m - 191500000) | millions }}", "6\u202f563\u00a0€"),
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
        ("{{ n | phrases('visite') }}", "le filtre « phrases » n’existe pas"),
        ("{{ n ", "il manque la fin"),
    ],
)
def test_what_is_wrong_in_a_text_is_told_in_french(gabarit, message):
    with pytest.raises(ErreurDeTexte, match=message):
        rendre(gabarit, {"n": VISITES})


@pytest.mark.parametrize("valeur", [pd.DataFrame({"a": ["x"]}), pd.Series(["x"]), ["x"], {"x": 1}])
def test_a_table_is_never_printed_in_a_sentence(valeur):
    with pytest.raises(ErreurDeTexte, match="n’écrit pas une table"):
        rendre("{{ t }}", {"t": valeur})
    assert rendre("un{{ t | sauf_zero(', sur {}') }}", {"t": valeur}) == "un, sur un"


def test_a_bare_float_is_refused():
    with pytest.raises(ErreurDeTexte, match="ni unité ni décimales"):
        rendre("{{ x }}", {"x": 0.1})


def test_a_text_still_knows_its_numbers_wherever_they_are_written():
    hausse = evolution(Nombre(110), Nombre(100))
    gabarit = "{{ n | phrase('visite') }}, {{ e | variation }}, {{ [u | lettres, 'a'] | liste | majuscule }}"
    ecrit = prose.rendre(gabarit, {"n": VISITES, "e": hausse, "u": Nombre(1)})
    assert str(ecrit) == "24\u202f088\u00a0visites, en hausse de 10,0\u00a0%, Un et a"
    marques = re.findall(r'<span data-n="(\w+)">([^<]+)</span>', ecrit.html())
    assert [texte for _, texte in marques] == ["24\u202f088", "10,0\u00a0%", "Un"]
    assert [cle for cle, _ in marques] == [provenance.cle(n) for n in ecrit.nombres]


def test_a_line_left_out_leaves_none_of_its_numbers():
    assert prose.rendre("Il y a {{ n }} visites, soit {{ x }}.", {"n": VISITES, "x": INCONNU}).nombres == []


CREEES = "'place a été créée', 'places ont été créées', aucun='aucune place n’a été créée'"
AUTRES = "'l’autre est en CDD', 'les {} autres sont en CDD', aucun='aucun autre n’est en CDD'"


@pytest.mark.parametrize(
    ("n", "attendu"),
    [
        (VISITES, "24\u202f088\u00a0places ont été créées"),
        (1, "1\u00a0place a été créée"),
        (0, "aucune place n’a été créée"),
        (Nombre("1.95", decimales=1), "2,0\u00a0places ont été créées"),
        (Nombre("1.94", decimales=1), "1,9\u00a0place a été créée"),
        (["a", "b"], "2\u00a0places ont été créées"),
    ],
)
def test_a_phrase_agrees_with_its_number_as_it_is_read(n, attendu):
    assert rendre(f"{{{{ n | phrase({CREEES}) }}}}", {"n": n}) == attendu


@pytest.mark.parametrize(
    ("n", "attendu"),
    [(1, "une place a été créée"), (2, "deux places ont été créées"), (0, "aucune place n’a été créée")],
)
def test_a_phrase_in_words(n, attendu):
    assert rendre(f"{{{{ n | phrase({CREEES}, en_lettres=True, feminin=True) }}}}", {"n": Nombre(n)}) == attendu


@pytest.mark.parametrize(
    ("n", "attendu", "marque"),
    [
        (1, "L’autre est en CDD", "L’autre"),
        (5, "Les cinq autres sont en CDD", "cinq"),
        (0, "Aucun autre n’est en CDD", "Aucun"),
    ],
)
def test_a_number_inside_its_phrase_or_said_without_digits_still_tells_where_it_comes_from(n, attendu, marque):
    ecrit = prose.rendre(f"{{{{ n | phrase({AUTRES}, en_lettres=True) | majuscule }}}}", {"n": Nombre(n)})
    assert str(ecrit) == attendu
    assert re.findall(r'<span data-n="\w+">([^<]+)</span>', ecrit.html()) == [marque]


@pytest.mark.parametrize(
    ("suite", "attendu"),
    [
        ("de {{ 1 | lettres(feminin=True) }} Caf", "d’une Caf"),
        ("lorsque {{ o }} signe", "lorsqu’Orlu signe"),
        ("la politique {{ 1 | phrase('a {} axe') }}", "la politique a 1 axe"),
        ("de {{ 11 | lettres }} ans", "de onze ans"),
        ("de {{ 'Foix' }}", "de Foix"),
        ("{{ zero | de_plus('heure') }}", "autant d’heures"),
        ("de {{ h }}", "de Haute-Garonne"),
        ("de {{ n }}", "de 24\u202f088"),
    ],
)
def test_de_and_que_lose_their_vowel_before_another(suite, attendu):
    assert rendre(suite, {"n": VISITES, "o": "Orlu", "h": "Haute-Garonne", "zero": Nombre(0)}) == attendu


@pytest.mark.parametrize(
    ("marges", "attendu"),
    [
        ([2, 0], "tenu"),
        ([2, -1], "en partie"),
        ([-2, -1], "dépassé"),
        ([2, None], ""),
        ([-2, None], ""),
        ([2, -1, None], "en partie"),
        ([2, "SO"], "tenu"),
        ([], ""),
    ],
)
def test_all_some_or_none_of_a_set(marges, attendu):
    """What is not known is neither: it leaves « all » and « none » unsaid."""
    connues = [m if isinstance(m, int) else Nombre.manquant(m or "ND") for m in marges]
    noms = {"m": [Nombre(m) if isinstance(m, int) else m for m in connues]}
    assert rendre("{{ m | pour_tous('tenu', 'en partie', 'dépassé') }}", noms) == attendu


@pytest.mark.parametrize(("a", "b", "attendu"), [(40, 60, "Entre 40 et 60"), (40, 40, "40"), (40, None, "")])
def test_two_ends_that_read_the_same_are_said_once(a, b, attendu):
    noms = {"a": Nombre(a), "b": INCONNU if b is None else Nombre(b)}
    assert rendre("{{ a | entre(b, 'Entre {} et {}') }}", noms) == attendu


@pytest.mark.parametrize(
    ("valeurs", "haut", "noms", "reserve"),
    [
        ({"a": 1, "b": 3, "c": 3}, 3, ["b", "c"], ""),
        ({"a": 1, "b": 3, "c": "ND"}, 3, ["b"], " parmi les valeurs connues"),
        ({"a": 1, "b": 3, "c": "SO"}, 3, ["b"], ""),
        ({"a": 3, "b": 3}, None, [], ""),
        ({"a": 3}, None, [], ""),
        ({"a": "ND"}, None, [], ""),
        ({}, None, [], ""),
    ],
)
def test_the_highest_with_ties_and_unknowns(valeurs, haut, noms, reserve):
    lus = {k: Nombre(v) if isinstance(v, int) else Nombre.manquant(v) for k, v in valeurs.items()}
    extreme = plus_haut(pd.Series(lus, dtype="nombre"))
    assert (extreme.valeur if extreme.valeur.connu else None, extreme.noms, extreme.reserve) == (haut, noms, reserve)
    if not noms:
        assert rendre("Le plus haut est {{ h.noms | liste }}.", {"h": extreme}) == ""


def test_nothing_is_highest_across_a_break():
    rupture = (Rupture(2023, "comptées autrement", "fraudes"),)
    serie = pd.Series({annee: lu(annee, ruptures=rupture) for annee in (2022, 2023)}, dtype="nombre")
    assert plus_haut(serie).noms == []
    assert plus_haut(pd.Series({a: lu(a) for a in (2022, 2023)}, dtype="nombre")).noms == [2023]


def lu(annee: int, **attributs) -> Nombre:
    """A number read from a year's file."""
    return Nombre(annee, origine=Origine("Fraudes", "", annee, "f.csv", 2, "fraudes", None, **attributs))


def test_the_lowest_is_equal_to_what_reads_the_same():
    serie = pd.Series(
        {"a": Nombre("1.04", decimales=1), "b": Nombre("1.01", decimales=1), "c": Nombre(2)}, dtype="nombre"
    )
    assert plus_bas(serie).noms == ["a", "b"]
