"""A series that is counted in another way from a year on: nothing compares both sides, and the book says so."""

from __future__ import annotations

import re
import shutil

import matplotlib
import pandas as pd
import pytest
from donnees_minimales import ecrire
from outils import RACINE, simple

from rapport.chapitre import affichage, cartes, figures, graphiques, provenance, seance, tables
from rapport.chapitre.prose import rendre
from rapport.chapitre.ruptures import montrees, phrase
from rapport.donnees.edition import Edition
from rapport.nombres.calculs import contribution, ecart, evolution, part, ruptures, total
from rapport.nombres.nombre import Nombre
from rapport.verite.fiabilite import INCALCULABLE, comparer
from rapport.verite.verification import verifier

matplotlib.use("agg")
matplotlib.style.use(figures.STYLE)
MOTIF = "les visites sans rendez-vous ne sont plus comptées."
PHRASE = f"Rupture de série en 2023\u00a0: {MOTIF}"


@pytest.fixture
def donnees(tmp_path):
    """Visits are counted in another way from 2023 on."""
    dossier = ecrire(tmp_path)
    shutil.copy(RACINE / "data/schemas/nomenclatures/ruptures.yaml", dossier / "schemas/nomenclatures")
    shutil.copytree(dossier / "2023", dossier / "2024")
    rompre(dossier, f"visites.visites,2023,méthode,{MOTIF}")
    return dossier


def rompre(dossier, *lignes):
    contenu = "".join(f"{ligne}\n" for ligne in ["serie,annee,nature,motif", *lignes])
    (dossier / "nomenclatures/ruptures.csv").write_text(contenu, encoding="utf-8")


@pytest.fixture
def visites(donnees):
    return Edition(2023, donnees).serie("visites", "visites").loc[["siege", "pamiers"]]


def test_breaks_are_valid_data(donnees):
    series = ("visites.visites", "visites.part_pct", "visites.siege.visites", "appels")
    rompre(donnees, *(f"{serie},2023,méthode,motif." for serie in series))
    assert verifier(donnees) == []


def test_there_may_be_none(donnees):
    rompre(donnees)
    assert verifier(donnees) == []
    assert Edition(2023, donnees).nomenclature("ruptures").empty


def test_what_compares_both_sides_is_not_significant(visites):
    for compare in (evolution, ecart, lambda a, p: contribution(a, p, total(visites)[2022])):
        assert [n.motif for n in compare(visites[2023], visites[2022])] == ["NS", "NS"]
        assert compare(total(visites)[2023], total(visites)[2022]).motif == "NS"


def test_what_a_new_code_adds_is_not_compared_either(donnees, visites):
    nouveau = Edition(2023, donnees).serie("visites", "visites").loc["lavelanet"]
    sans_objet = Nombre.manquant("SO")
    assert contribution(nouveau[2023], sans_objet, total(visites)[2022]).motif == "NS"


def test_what_stays_on_one_side_is_known(donnees, visites):
    assert part(visites[2022], total(visites)[2022])["siege"].connu
    assert ecart(visites.loc["siege", 2023], visites.loc["pamiers", 2023]).connu
    apres = Edition(2024, donnees).serie("visites", "visites")
    assert evolution(apres[2024], apres[2023])["siege"] == 0


def test_other_series_are_not_concerned(donnees):
    parts = Edition(2023, donnees).serie("visites", "part_pct")
    assert ecart(parts.loc["siege", 2023], parts.loc["siege", 2022]).connu


def test_an_indicator_has_its_own_breaks(donnees):
    rompre(donnees, "appels,2024,méthode,autre plateforme.")
    table = {a: Edition(2024, donnees).table("indicateurs", a)["valeur"] for a in (2023, 2024)}
    assert evolution(table[2024]["appels"], table[2023]["appels"]).motif == "NS"
    assert evolution(table[2024]["satisfaction_pct"], table[2023]["satisfaction_pct"]).connu


def test_one_row_of_a_table_may_break_alone(donnees):
    rompre(donnees, f"visites.siege.visites,2023,méthode,{MOTIF}")
    visites = Edition(2023, donnees).serie("visites", "visites").loc[["siege", "pamiers"]]
    changes = evolution(visites[2023], visites[2022])
    assert changes["siege"].motif == "NS"
    assert changes["pamiers"].connu
    assert evolution(total(visites)[2023], total(visites)[2022]).motif == "NS"
    assert [phrase(r) for r in montrees(visites)] == [PHRASE]
    parts = Edition(2023, donnees).serie("visites", "part_pct")
    assert ecart(parts.loc["siege", 2023], parts.loc["siege", 2022]).connu


def test_a_break_of_a_row_adds_to_that_of_its_table(donnees):
    rompre(donnees, "visites.siege.visites,2022,méthode,un guichet de plus.", f"visites.visites,2023,méthode,{MOTIF}")
    visites = Edition(2023, donnees).serie("visites", "visites")
    assert ecart(visites.loc["pamiers", 2023], visites.loc["siege", 2022]).motif == "NS"
    assert [r.annee for r in visites.loc["siege", 2023].origine.ruptures] == [2023, 2022]
    assert [r.annee for r in visites.loc["pamiers", 2023].origine.ruptures] == [2023]


def test_an_edition_does_not_know_the_breaks_to_come(donnees):
    rompre(donnees, f"visites.visites,2024,méthode,{MOTIF}")
    assert not Edition(2023, donnees).table("visites").loc["siege", "visites"].origine.ruptures
    assert Edition(2024, donnees).table("visites").loc["siege", "visites"].origine.ruptures


def test_a_reason_that_is_already_there_is_kept():
    assert evolution(Nombre(1), Nombre.manquant("NC")).motif == "NC"


def test_a_frame_tells_the_breaks_it_compares_across(visites):
    assert [phrase(r) for r in montrees(visites)] == [PHRASE]
    assert montrees(visites[[2023]]) == []
    assert montrees(evolution(visites[2023], visites[2022]).to_frame()) == montrees(visites)


def test_a_missing_change_says_why(visites):
    changes = evolution(visites[2023], visites[2022]).to_frame("Évolution")
    assert f'<abbr title="non significatif. {PHRASE}">NS</abbr>' in tables.corps_html(changes)
    nuls = pd.DataFrame({"x": [evolution(Nombre(3), Nombre(0))]})
    assert '<abbr title="non significatif">NS</abbr>' in tables.corps_html(nuls)


def test_a_number_tells_the_breaks_of_its_series(visites):
    assert provenance.decrire(visites.loc["siege", 2023])["lignes"][-1] == PHRASE
    assert provenance.decrire(total(visites)[2023] + total(visites)[2022])["lignes"][-1] == PHRASE
    assert not ruptures(total(visites)[2023])


def test_the_alternative_text_says_it(visites):
    assert figures.decrire("Points reliés", "Visites", visites).endswith(f". {PHRASE}")


def dessin(fig, donnees):
    """The words and the number of dashed lines of a figure."""
    svg = figures.dessiner(fig, "f", "alt", montrees(donnees))["svg"]
    return re.sub(r"<[^>]+>", " ", svg), svg.count("stroke-dasharray")


def test_a_break_is_a_line_between_two_years(visites):
    serie = visites.loc["siege"]
    fig, ax = graphiques.courbe(serie)
    mots, tirets = dessin(fig, serie.to_frame())
    assert "Rupture de série en 2023" in mots
    assert tirets == 1
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [2022.5]
    assert [len(line.get_xdata()) for line in ax.lines][:2] == [1, 1], "the curve is cut"


def test_a_break_is_a_line_between_two_names_of_years(visites):
    points = visites.astype(float)
    fig, ax = matplotlib.pyplot.subplots()
    ax.barh([0, 1], points.loc["siege"])
    ax.set_yticks([0, 1], [2022, 2023])
    assert dessin(fig, visites)[1] == 1
    assert ax.lines[-1].get_ydata()[0] == 0.5


def test_a_figure_without_an_axis_of_years_says_it_below(visites):
    fig, _ = graphiques.variations(visites)
    mots, _ = dessin(fig, visites)
    assert "Rupture de série en 2023" in mots
    assert "→" in mots
    assert "%" not in mots


def test_a_figure_without_a_break_has_no_mark(donnees):
    rompre(donnees)
    visites = Edition(2023, donnees).serie("visites", "visites").loc[["siege", "pamiers"]]
    assert dessin(graphiques.variations(visites)[0], visites)[1] == 0
    mots, tirets = dessin(graphiques.courbe(visites.loc["siege"])[0], visites)
    assert "upture" not in mots
    assert tirets == 0


def test_a_printed_change_across_a_break_is_not_contradicted(visites):
    change = evolution(visites.loc["siege", 2023], visites.loc["siege", 2022])
    assert comparer(Nombre("-5.0", decimales=1), change) == INCALCULABLE


@pytest.mark.parametrize(
    ("ligne", "colonne", "dit"),
    [
        ("visites.visite,2023,méthode,m.", "serie", "colonne de nombres de « visites » attendue"),
        ("visites.visite,2023,méthode,m.", "serie", "Proches : « visites »."),
        ("visites.site,2023,méthode,m.", "serie", "colonne de nombres"),
        ("visite.visites,2023,méthode,m.", "serie", "Proches : « visites »."),
        ("indicateurs.valeur,2023,méthode,m.", "serie", "Un indicateur s’écrit par son code seul."),
        ("visites.sieges.visites,2023,méthode,m.", "serie", "clé de la table « visites » attendue"),
        ("visites.sieges.visites,2023,méthode,m.", "serie", "Proches : « siege »."),
        ("visites.siege / pamiers.visites,2023,méthode,m.", "serie", "Écrivez visites.<site>.visites."),
        ("visites.siege.visite,2023,méthode,m.", "serie", "Proches : « visites »."),
        ("appel,2023,méthode,m.", "serie", "Proches : « appels »."),
        ("appels,l’an dernier,méthode,m.", "annee", "année attendue"),
        ("appels,2023,,m.", "nature", "valeur obligatoire attendue"),
        ("appels,2023,comptage,m.", "nature", "méthode"),
        ("appels,2023,méthode,", "motif", "valeur obligatoire attendue"),
        ("appels,2023,méthode,<b>m</b>.", "motif", "texte sans HTML attendu"),
    ],
)
def test_a_wrong_break_is_refused(donnees, ligne, colonne, dit):
    rompre(donnees, "visites.visites,2022,méthode,m.", ligne)
    (erreur,) = verifier(donnees)
    assert (erreur.fichier, erreur.ligne, erreur.colonne) == ("data/nomenclatures/ruptures.csv", 3, colonne)
    assert dit in simple(str(erreur))


def test_the_same_break_twice_is_refused(donnees):
    rompre(donnees, "appels,2022,méthode,m.", "appels,2022,méthode,n.")
    assert [(e.ligne, e.attendu) for e in verifier(donnees)] == [(3, "clé unique attendue")]


def test_a_sentence_that_compares_both_sides_says_why_it_does_not(visites, monkeypatch):
    change = evolution(visites.loc["siege", 2023], visites.loc["siege", 2022])
    noms = {"visites": visites.loc["siege", 2023], "change": change, "nul": evolution(Nombre(3), Nombre(0))}
    gabarit = "{{ visites }} visites.\nC’est {{ change | variation }}.\nSoit {{ change }}.\nSoit {{ nul | variation }}."
    assert str(rendre(gabarit, noms)) == f"17\u202f392 visites.\n{PHRASE}"
    monkeypatch.setattr(seance.SEANCE, "noms", noms)
    legende = affichage._legender("Le siège : {{ change | variation }}.", visites)
    assert str(legende) == PHRASE, "told once"


def test_a_card_says_why_it_has_no_change(visites, monkeypatch):
    montrees = []
    monkeypatch.setitem(cartes.__globals__, "montrer", lambda sorties, _: montrees.append(sorties["text/html"]))
    cartes([{"titre": "Visites", "serie": visites.loc["siege"]}])
    assert PHRASE in montrees[0]
    cartes([{"titre": "Visites", "serie": visites.loc["siege"].mask(lambda s: s.index == 2022, Nombre.manquant("ND"))}])
    assert "2022\u00a0: non disponible" in montrees[1]
