"""Formulas, verdicts on published figures, notes, identities: on a small data folder, then on the committed data."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pytest
from donnees_minimales import ecrire
from outils import DONNEES, simple

from rapport.donnees.edition import Edition
from rapport.nombres.francais import arrondir
from rapport.nombres.nombre import Nombre
from rapport.verite.fiabilite import (
    ARRONDI,
    DIFFERENT,
    EGAL,
    EXPLIQUEE,
    INCALCULABLE,
    ROMPUE,
    TENUE,
    comparer,
    controles,
    identites,
    reserves,
    valeurs,
)
from rapport.verite.formules import FormuleInvalide, lire
from rapport.verite.verification import verifier

SCHEMAS = ("publie", "ecarts_expliques", "nomenclatures/identites", "nomenclatures/indicateurs")

INDICATEURS = """\
code,libelle,definition,unite,decimales,chapitre,nature,minimum,maximum
appels,Appels traités,Appels.,appels,0,accueil,annuel,,
satisfaction_pct,Allocataires satisfaits,Satisfaction.,%,2,accueil,annuel,,
solde_eur,Solde,Solde.,€,2,accueil,annuel,-100,
"""
PUBLIE = """\
code,libelle,valeur,unite,formule,source,note
total,Visites : total,22282,visites,total(visites.visites),ra2023,
siege_pct,Part du siège,78,%,"part(visites.siege.visites, total(visites.visites))",ra2023,
hausse_siege,Évolution au siège,-5.00,%,evolution(visites.siege.visites),ra2023,Le rapport tronque.
mails,Mails : évolution,1.23,%,,ra2023,Le nombre de l’année précédente n’est pas connu.
"""
IDENTITES = """\
code,libelle,gauche,relation,droite,tolerance,chapitre
visites_publiees,Visites : le total publié et le détail,publie.total,égal,total(visites.visites),0,accueil
visites_siege,"Visites du siège, dans le total",visites.siege.visites,au plus,total(visites.visites),0,accueil
sites,Sites : la table et la liste,compte(visites),égal,compte(nomenclatures.sites),0,accueil
parts,Parts des sites : leur somme et 100 %,total(visites.part_pct),égal,100,8,accueil
inconnue,Visites de Saint-Girons,visites.saint_girons.visites,égal,0,0,accueil
"""
NOTE = "  - {name: note, title: Note, description: Facultative., type: string}\n"
ECARTS = """\
identite,ecart,explication,source
sites,-1,Saint-Girons n’ouvre que l’an prochain.,ra2023
"""


@pytest.fixture
def dossier(tmp_path):
    """A valid data folder: one identity does not hold and is explained, another one cannot be computed."""
    data = ecrire(tmp_path)
    for nom in SCHEMAS:
        shutil.copy(DONNEES / "schemas" / f"{nom}.yaml", data / "schemas" / f"{nom}.yaml")
    for nom, contenu in {
        "nomenclatures/indicateurs": INDICATEURS,
        "nomenclatures/identites": IDENTITES,
        "2023/publie": PUBLIE,
        "2023/ecarts_expliques": ECARTS,
    }.items():
        (data / f"{nom}.csv").write_text(contenu, encoding="utf-8")
    return data


@pytest.fixture
def ed(dossier):
    return Edition(2023, dossier)


def remplacer(dossier, fichier, avant, apres):
    chemin = dossier / fichier
    texte = chemin.read_text(encoding="utf-8")
    assert avant in texte
    chemin.write_text(texte.replace(avant, apres), encoding="utf-8")


# --- Formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formule", "attendu", "unite"),
    [
        ("visites.siege.visites", "17392", "visites"),
        ("appels", "20151", "appels"),
        ("solde_eur", "-12.5", "€"),
        ("total(visites.visites)", "22282", "visites"),
        ("total(visites.visites, parent='siege')", "4890", "visites"),
        ("total(prestations.montant_eur, negatif_admis='non')", "21958789.50", "€"),
        ("compte(visites)", "3", None),
        ("compte(visites, parent='siege')", "2", None),
        ("compte(visites, site='pamiers')", "1", None),
        ("compte(nomenclatures.sites)", "4", None),
        ("compte(nomenclatures.sites, parent='siege')", "3", None),
        ("part(visites.siege.visites, 34784)", "50", "%"),
        ("ecart(visites.siege.visites)", "-917", "visites"),
        ("evolution(2 * visites.pamiers.visites)", "8.371", "%"),
        ("en(2022, visites.pamiers.visites)", "3094", "visites"),
        ("visites.siege.visites + visites.pamiers.visites - 45", "20700", "visites"),
        ("(visites.siege.visites − 392) ÷ 1000 × 2", "34", "visites"),
        ("-visites.pamiers.visites", "-3353", "visites"),
        ("0.5 * 3", "1.5", None),
    ],
)
def test_a_formula_gives_its_value(ed, formule, attendu, unite):
    resultat = lire(formule, ed)(2023)
    assert round(Decimal(resultat), 3) == Decimal(attendu)
    assert resultat.unite == unite


@pytest.mark.parametrize(
    ("formule", "motif"),
    [
        ("visites.lavelanet.visites + 0 * ecart(visites.lavelanet.visites)", "ND"),  # a key that 2022 lacks
        ("visites.saint_girons.visites", "ND"),
        ("ecart(prestations.paje.montant_eur)", "ND"),  # a table that 2022 lacks
        ("en(1999, visites.siege.visites)", "ND"),
        ("ecart(visites.pamiers.part_pct)", "NC"),  # the reason its terms share
        ("en(2022, visites.pamiers.part_pct)", "NC"),
        ("visites.siege.visites / (visites.siege.visites - 17392)", "NS"),
    ],
)
def test_a_formula_without_its_data_is_missing(ed, formule, motif):
    assert lire(formule, ed)(2023).motif == motif


def test_a_formula_remembers_its_cells(ed):
    origines = lire("part(visites.siege.visites, total(visites.visites))", ed)(2023).origines()
    assert {o.fichier for o in origines} == {"data/2023/visites.csv"}
    assert [o.ligne for o in origines] == [2, 3, 4]


def test_an_evolution_is_exact_even_on_a_small_base(dossier):
    """The book writes NS on so small a base; what was printed is checked all the same."""
    remplacer(dossier, "2023/visites.csv", "siege,17392", "siege,1")
    remplacer(dossier, "2022/visites.csv", "siege,18309", "siege,4")
    assert lire("evolution(visites.siege.visites)", Edition(2023, dossier))(2023) == Decimal(-75)


@pytest.mark.parametrize(
    ("formule", "position", "messages"),
    [
        ("visites.siege", 1, ["adresse d’une valeur attendue", "table.clé.colonne"]),
        ("visites.sieg.visites", 1, ["« sieg »", "« siege »"]),
        ("visites.siege.visite", 1, ["« visite »", "« visites »"]),
        ("visites.siege.source", 1, ["colonne de nombres"]),
        ("visite.siege.visites", 1, ["table connue", "« visites »"]),
        ("1 + apels", 5, ["code d’indicateur", "« appels »"]),
        ("total(visites)", 7, ["total(table.colonne)"]),
        ("total(visites.visites, parents='siege')", 32, ["attribut", "« parent »"]),
        ("total(visites.visites, parent='siège')", 31, ["« siège »", "« siege »"]),
        ("total(visites.visites, parent=siege)", 31, ["entre apostrophes"]),
        ("total(visites.visites, parent=’siege’)", 31, ["guillemets droits"]),
        ("totale(visites.visites)", 1, ["« totale »", "« total »"]),
        ("part(visites.siege.visites)", 1, ["2 arguments attendus"]),
        ("evolution(visites.siege.visites, 2)", 1, ["1 argument attendu"]),
        ("compte(nomenclatures.site)", 8, ["« sites »"]),
        ("compte(visites.siege.visites)", 8, ["compte(table)"]),
        ("en(an, 1)", 4, ["année attendue"]),
        ("publie.total", 1, ["un chiffre publié n’est jamais une donnée"]),
        ("1 +", 1, ["formule attendue"]),
        ("", 1, ["la fin du texte"]),
        ("visites['siege']", 1, ["valeur attendue"]),
        ("__import__('os').system('true')", 1, ["valeur attendue"]),
        ("open('secret')", 1, ["fonction connue"]),
        ("[x for x in visites]", 1, ["valeur attendue"]),
        ("'é' + inconnu.a.b", 1, ["valeur attendue"]),
        ("1 if 1 else 2", 1, ["valeur attendue"]),
        ("2 ** 8", 1, ["valeur attendue"]),
        ("True", 1, ["valeur attendue"]),
        ("(" * 2000 + ")" * 2000, None, ["formule attendue"]),
    ],
)
def test_a_wrong_formula_says_what_and_where(ed, formule, position, messages):
    with pytest.raises(FormuleInvalide) as trouvee:
        lire(formule, ed)
    for message in messages:
        assert message in str(trouvee.value)
    assert position in (None, trouvee.value.position)


def test_only_identities_refer_to_published_figures(ed):
    assert lire("publie.total", ed, publies=True)(2023) == 22282
    assert lire("publie.total", ed, publies=True)(2022).motif == "ND"
    with pytest.raises(FormuleInvalide, match="« total »"):
        lire("publie.totale", ed, publies=True)


# --- Verdicts ---------------------------------------------------------------------------------------------------------


def publie(texte):
    if texte in ("NS", "ND"):
        return Nombre.manquant(texte)
    return Nombre(texte, decimales=max(0, -Decimal(texte).as_tuple().exponent))


@pytest.mark.parametrize(
    ("ecrit", "calcule", "verdict"),
    [
        ("24088", "24088", EGAL),
        ("3.50", "3.5", EGAL),
        ("0", "0", EGAL),
        ("3.5", "3.5001", ARRONDI),
        ("63", "62.5", ARRONDI),  # half up
        ("-63", "-62.5", ARRONDI),
        ("191506563", "191506562.50", ARRONDI),
        ("62", "62.5", DIFFERENT),  # truncated
        ("194.85", "194.859", DIFFERENT),
        ("-5", "5", DIFFERENT),
        ("NS", "NS", EGAL),
        ("NS", "0", EGAL),  # « NS » for no change
        ("NS", "12", DIFFERENT),
        ("12", "NS", DIFFERENT),
        ("ND", "14.89", INCALCULABLE),  # the document leaves its place empty
        ("12", "ND", INCALCULABLE),
        ("NS", "ND", INCALCULABLE),
    ],
)
def test_verdicts(ecrit, calcule, verdict):
    assert comparer(publie(ecrit), publie(calcule)) == verdict


def test_controls_recompute_every_published_figure(ed):
    table = controles(ed).set_index("code")
    assert table["verdict"].to_dict() == {
        "total": EGAL,
        "siege_pct": ARRONDI,
        "hausse_siege": DIFFERENT,
        "mails": INCALCULABLE,
    }
    assert format(table.loc["hausse_siege", "ecart"]) == "−0,01"
    assert format(table.loc["hausse_siege", "recalcule"]) == "−5,01\u00a0%"
    assert table.loc["hausse_siege", "note"] == "Le rapport tronque."
    assert set(table["chapitre"]) == {"L’accueil"}


def test_controls_of_an_edition_hold_to_its_document(dossier):
    """Earlier years are checked as far as the edition's own report prints them, not those of older reports."""
    remplacer(dossier, "nomenclatures/sources.csv", "ra2023,", "ra2022,Rapport 2022,1,Accueil\nra2023,")
    lignes = PUBLIE.replace("22282", "21403").splitlines()
    (dossier / "2022" / "publie.csv").write_text("\n".join(lignes[:3]).replace("78,%", "86,%"), encoding="utf-8")
    assert list(controles(Edition(2023, dossier))["annee"]) == [2022, 2022, 2023, 2023, 2023, 2023]
    remplacer(dossier, "2022/publie.csv", "ra2023", "ra2022")
    assert set(controles(Edition(2023, dossier))["annee"]) == {2023}


def test_a_year_without_published_figures_has_none_to_control(dossier):
    (dossier / "2022" / "publie.csv").write_text(PUBLIE, encoding="utf-8")
    (dossier / "2023" / "publie.csv").unlink()
    assert controles(Edition(2023, dossier)).empty
    assert set(identites(Edition(2023, dossier))["etat"]) == {TENUE, EXPLIQUEE, INCALCULABLE}


# --- Values and what must be known of them ----------------------------------------------------------------------------


def test_values_are_those_given_or_missing_for_a_reason(dossier):
    assert len(valeurs(Edition(2023, dossier))) == 15
    remplacer(dossier, "2023/visites.csv", "siege,17392,72.2", "siege,NC,")
    assert [n.motif for n in valeurs(Edition(2023, dossier))].count("NC") == 1
    assert len(valeurs(Edition(2023, dossier))) == 14


def test_every_note_of_a_value_is_told(dossier):
    remplacer(dossier, "schemas/indicateurs.yaml", "primaryKey", NOTE + "primaryKey")
    (dossier / "2023" / "indicateurs.csv").write_text(
        "code,valeur,source,note\nappels,20151,ra2023,Standard fermé en août.\n", encoding="utf-8"
    )
    notees = reserves(Edition(2023, dossier))
    assert notees[["libelle", "note"]].to_numpy().tolist() == [
        ["Appels traités", "Standard fermé en août."],
        ["RSA « activité » – Montant", "Des régularisations seulement."],
        ["Allocation de rentrée scolaire – Montant", "Versée en août, pour la rentrée."],
    ]
    assert reserves(Edition(2022, dossier)).empty


@pytest.mark.parametrize("annee", [2022, 2023])
def test_a_note_that_asks_for_caution_begins_with_it(annee):
    notes = reserves(Edition(annee, DONNEES))["note"]
    prudentes = notes[notes.str.contains("prudence", case=False)]
    assert prudentes.str.fullmatch(r"Prudence\. [A-ZÀ-Ý].*").all()
    assert (len(prudentes) > 0) == (annee == 2023)


# --- Identities -------------------------------------------------------------------------------------------------------


def etats(dossier):
    return identites(Edition(2023, dossier))["etat"].to_dict()


def test_identities_hold_are_explained_or_unknown(dossier):
    assert etats(dossier) == {
        "visites_publiees": TENUE,
        "visites_siege": TENUE,
        "sites": EXPLIQUEE,
        "parts": TENUE,
        "inconnue": INCALCULABLE,
    }
    assert [str(e) for e in verifier(dossier)] == []


@pytest.mark.parametrize(
    ("code", "fichier", "avant", "apres"),
    [
        ("visites_publiees", "2023/visites.csv", "siege,17392", "siege,17393"),
        ("visites_publiees", "2023/publie.csv", "22282", "22283"),
        ("visites_siege", "nomenclatures/identites.csv", "au plus,total(visites.visites)", "au plus,17391"),
        ("parts", "nomenclatures/identites.csv", "100,8", "100,7"),
        ("sites", "2023/ecarts_expliques.csv", "sites,-1", "sites,-2"),
        ("inconnue", "2023/visites.csv", "pamiers,3353", "saint_girons,3353"),
    ],
)
def test_a_broken_identity_is_an_error(dossier, code, fichier, avant, apres):
    remplacer(dossier, fichier, avant, apres)
    assert etats(dossier)[code] == ROMPUE
    assert verifier(dossier, [2023])


def test_a_broken_identity_names_both_sides_and_the_cure(dossier):
    remplacer(dossier, "2023/visites.csv", "siege,17392", "siege,17393")
    (erreur,) = verifier(dossier)
    texte = simple(str(erreur))
    assert (erreur.fichier, erreur.ligne) == ("data/nomenclatures/identites.csv", 2)
    assert "en 2023, identité « Visites : le total publié et le détail » attendue" in texte
    assert "22 282 (publie.total) et 22 283 (total(visites.visites))" in texte
    assert "L’écart est de −1." in texte
    assert "« visites_publiees,-1,explication,source » dans data/2023/ecarts_expliques.csv" in texte


def test_the_suggested_line_explains_the_gap(dossier):
    remplacer(dossier, "2023/visites.csv", "siege,17392", "siege,17393")
    chemin = dossier / "2023" / "ecarts_expliques.csv"
    chemin.write_text(ECARTS + "visites_publiees,-1,Une visite comptée deux fois.,ra2023\n", encoding="utf-8")
    assert etats(dossier)["visites_publiees"] == EXPLIQUEE
    assert verifier(dossier) == []


def test_an_explanation_of_nothing_is_an_error(dossier):
    remplacer(dossier, "2023/ecarts_expliques.csv", "sites,-1", "parts,-1")
    messages = {(e.fichier, e.ligne): e.message for e in verifier(dossier)}
    assert "L’identité tient" in messages["data/2023/ecarts_expliques.csv", 2]
    assert ("data/nomenclatures/identites.csv", 4) in messages


def test_only_editions_answer_for_identities(dossier):
    (dossier / "2022" / "publie.csv").write_text(PUBLIE, encoding="utf-8")  # 22282 is not the total of 2022
    assert verifier(dossier) == []


@pytest.mark.parametrize(
    ("fichier", "avant", "apres", "ligne", "colonne"),
    [
        ("2023/publie.csv", "evolution(visites.siege", "evolution(visites.sieje", 4, "formule"),
        ("nomenclatures/identites.csv", "publie.total", "publie.totaux", 2, "gauche"),
        ("nomenclatures/identites.csv", "compte(nomenclatures.sites)", "compte(nomenclature.sites)", 4, "droite"),
    ],
)
def test_a_wrong_formula_is_an_error_of_its_file_and_line(dossier, fichier, avant, apres, ligne, colonne):
    remplacer(dossier, fichier, avant, apres)
    (erreur,) = verifier(dossier)
    assert (erreur.fichier, erreur.ligne, erreur.colonne) == (f"data/{fichier}", ligne, colonne)
    assert "caractère" in erreur.trouve


def test_another_year_that_cannot_be_read_is_told(dossier):
    remplacer(dossier, "nomenclatures/identites.csv", "compte(visites)", "ecart(visites.siege.visites)")
    remplacer(dossier, "2022/visites.csv", "siege,18309", "siege,dix")
    (erreur,) = verifier(dossier, [2023])
    assert "toutes les années" in erreur.attendu


def test_a_folder_without_identities_nor_published_figures_is_fine(tmp_path):
    assert verifier(ecrire(tmp_path), [2022, 2023]) == []


# --- The committed data -----------------------------------------------------------------------------------------------

CONTREDITS = {  # what the printed report says and its own tables contradict
    (2022, "parentalite_total_eur"): "38464088",
    (2022, "parentalite_total_allocataires"): "20070",
    (2022, "vulnerabilite_total_eur"): "93097735.39",
    (2023, "personnel_cdi_total"): "106",
    (2023, "enfant_evolution_clca_eur"): "-63.45",
    (2023, "enfant_evolution_financement_eur"): "10",
    (2023, "parentalite_total_eur"): "41631227",
    (2023, "parentalite_total_allocataires"): "20046",
    (2023, "evolution_parentalite_total_eur"): "8.23",
    (2023, "evolution_parentalite_total_allocataires"): "-0.12",
    (2023, "parentalite_panier_pct"): "63",
    (2023, "evolution_logement_pah_eur"): "194.86",
    (2023, "logement_permis_extension"): "2",
    (2023, "vulnerabilite_rsa_eur"): "37846813",
    (2023, "vulnerabilite_total_eur"): "96240282.41",
    (2023, "evolution_vulnerabilite_total_eur"): "3.38",
    (2023, "contact_information_conseil_pct"): "35",
    (2023, "contact_accompagnements_pct"): "65",
}


@pytest.fixture(scope="module")
def imprimes():
    return controles(Edition(2023, DONNEES))


def test_the_contradictions_of_the_printed_report(imprimes):
    differents = imprimes[imprimes["verdict"] == DIFFERENT]
    assert {
        (ligne.annee, ligne.code): str(arrondir(ligne.recalcule, ligne.recalcule.decimales))
        for ligne in differents.itertuples()
    } == CONTREDITS


def test_every_figure_that_is_not_confirmed_has_a_note(imprimes):
    douteux = imprimes[imprimes["verdict"].isin([DIFFERENT, INCALCULABLE])]
    assert list(douteux.loc[douteux["note"] == "", "code"]) == []


def test_the_printed_report_is_covered(imprimes):
    assert len(imprimes) >= 210
    assert (imprimes["verdict"] == INCALCULABLE).sum() < 10


@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_no_identity_breaks_without_an_explanation(annee):
    table = identites(Edition(annee, DONNEES))
    assert len(table) >= 25
    assert list(table.index[table["etat"] == ROMPUE]) == []
