"""Codes that come, go and change their name: what is valid in a year, what is refused, what an edition shows."""

from __future__ import annotations

import datetime
import shutil
from decimal import Decimal

import pytest
from annee_simulee import ecrire as ecrire_lignes
from annee_simulee import lire as lire_lignes
from annee_simulee import simuler
from donnees_minimales import ecrire
from execution_directe import executer
from outils import RACINE, simple

from rapport.chapitre.prose import rendre
from rapport.donnees.edition import Edition
from rapport.donnees.nomenclatures import Periode
from rapport.nombres.calculs import contribution, ecart, evolution, total
from rapport.nombres.nombre import Nombre
from rapport.verite.formules import lire
from rapport.verite.verification import verifier

PERIODES = """\
  - {name: depuis, title: Depuis, description: Année., type: integer, decimales: 0, constraints: {minimum: 1900}}
  - {name: jusqua, title: Jusqu’en, description: Année., type: integer, decimales: 0, constraints: {minimum: 1900}}
primaryKey: [code, depuis]
"""
SITES = """\
code,libelle,parent,depuis,jusqua
siege,Siège,,,2022
siege,Siège de Foix,,2023,
lavelanet,Lavelanet,siege,2023,
pamiers,Pamiers,siege,,
saint_girons,Saint-Girons,siege,,2022
"""
VISITES_2022 = """\
site,visites,part_pct,source
siege,18309,74.36,ra2023
pamiers,3094,NC,ra2023
saint_girons,2000,ND,ra2023
"""


@pytest.fixture
def donnees(tmp_path):
    """Saint-Girons closes at the end of 2022, Lavelanet opens in 2023, when the head office takes another name."""
    dossier = ecrire(tmp_path)
    schema = dossier / "schemas/nomenclatures/sites.yaml"
    schema.write_text(schema.read_text(encoding="utf-8").replace("primaryKey: [code]\n", PERIODES), encoding="utf-8")
    (dossier / "nomenclatures/sites.csv").write_text(SITES, encoding="utf-8")
    (dossier / "2022/visites.csv").write_text(VISITES_2022, encoding="utf-8")
    return dossier


@pytest.mark.parametrize(
    ("depuis", "jusqua", "annees", "dit"),
    [
        ("", "", {2021, 2022, 2023}, "toutes les années"),
        ("2022", "", {2022, 2023}, "depuis 2022"),
        ("", "2022", {2021, 2022}, "jusqu’en 2022"),
        ("2022", "2022", {2022}, "de 2022 à 2022"),
    ],
)
def test_a_period_holds_its_bounds(depuis, jusqua, annees, dit):
    periode = Periode.lire({"depuis": depuis, "jusqua": jusqua})
    assert {a for a in (2021, 2022, 2023) if a in periode} == annees
    assert str(periode) == dit


def test_a_row_without_these_columns_is_always_valid():
    assert Periode.lire({"code": "siege"}) == Periode()


def test_a_nomenclature_is_that_of_the_year(donnees):
    assert list(Edition(2022, donnees).nomenclature("sites").index) == ["siege", "pamiers", "saint_girons"]
    assert list(Edition(2023, donnees).nomenclature("sites").index) == ["siege", "lavelanet", "pamiers"]


def test_without_a_year_it_has_every_code_once(donnees):
    sites = Edition(2022, donnees).donnees.nomenclature("sites")
    assert list(sites.index) == ["siege", "lavelanet", "pamiers", "saint_girons"]
    assert sites.libelle["siege"] == "Siège de Foix"


def test_each_edition_shows_the_name_of_its_year(donnees):
    assert Edition(2022, donnees).libelles("sites")["siege"] == "Siège"
    assert Edition(2023, donnees).libelles("sites")["siege"] == "Siège de Foix"
    visites = Edition(2023, donnees).serie("visites", "visites")
    assert visites.loc["siege", 2022].origine.libelle == "Siège – Visites"
    assert visites.loc["siege", 2023].origine.libelle == "Siège de Foix – Visites"


def test_a_retired_code_keeps_its_label_and_its_last_value(donnees):
    ed = Edition(2023, donnees)
    assert ed.libelles("sites")["saint_girons"] == "Saint-Girons"
    visites = ed.serie("visites", "visites")
    assert list(visites.index) == ["siege", "lavelanet", "pamiers", "saint_girons"]
    assert visites.loc["saint_girons", 2022] == 2000
    assert visites.loc["saint_girons", 2023].motif == "SO"
    assert visites.loc["lavelanet", 2022].motif == "SO"


def test_a_label_of_the_future_is_not_known_yet(donnees):
    assert "lavelanet" not in Edition(2022, donnees).libelles("sites")


def test_a_valid_code_without_a_row_is_unknown_and_so_is_its_total(donnees):
    (donnees / "2022/visites.csv").write_text(VISITES_2022.replace("pamiers,3094,NC,ra2023\n", ""), encoding="utf-8")
    visites = Edition(2023, donnees).serie("visites", "visites")
    assert visites.loc["pamiers", 2022].motif == "ND"
    assert total(visites)[2022].motif == "ND"


def test_totals_are_whole_without_the_codes_of_other_years(donnees):
    visites = Edition(2023, donnees).serie("visites", "visites")
    assert list(map(int, total(visites))) == [18309 + 3094 + 2000, 17392 + 1537 + 3353]


def test_contributions_still_add_up_when_codes_come_and_go(donnees):
    visites = Edition(2023, donnees).serie("visites", "visites")
    ensemble = total(visites)
    apports = contribution(visites[2023], visites[2022], ensemble[2022])
    assert sum(map(Decimal, apports)) == pytest.approx(Decimal(evolution(ensemble[2023], ensemble[2022])))
    assert apports["saint_girons"] < 0 < apports["lavelanet"]


def test_what_is_without_object_has_no_change_but_adds_nothing():
    sans_objet = Nombre.manquant("SO")
    assert evolution(Nombre(10), sans_objet).motif == "SO"
    assert ecart(sans_objet, Nombre(10)) == -10
    assert ecart(Nombre(10, unite="%"), sans_objet).motif == "SO"
    assert sans_objet + Nombre(10) == 10
    assert (sans_objet + Nombre.manquant("NC")).motif == "ND"
    assert total([sans_objet, sans_objet]).motif == "SO"
    assert total([sans_objet, Nombre(1), Nombre.manquant("NC")]).motif == "NC"


def test_an_indicator_of_another_time_is_without_object(donnees):
    schema = donnees / "schemas/nomenclatures/indicateurs.yaml"
    schema.write_text(schema.read_text(encoding="utf-8").replace("primaryKey: [code]\n", PERIODES), encoding="utf-8")
    indicateurs = donnees / "nomenclatures/indicateurs.csv"
    lignes = indicateurs.read_text(encoding="utf-8").splitlines()
    fins = [",depuis,jusqua", ",,2022", ",2024,", ",,"]
    lignes = [ligne + fin for ligne, fin in zip(lignes, fins, strict=True)]
    indicateurs.write_text("\n".join(lignes) + "\n", encoding="utf-8")
    ed = Edition(2023, donnees)
    assert ed["satisfaction_pct", 2022].motif == "SO"
    assert ed["appels", 2024].motif == "SO"
    assert ed["solde_eur", 2022].motif == "ND"


def test_formulas_count_and_read_what_the_year_has(donnees):
    ed = Edition(2023, donnees)
    assert lire("compte(nomenclatures.sites)", ed)(2022) == 3
    assert lire("visites.lavelanet.visites", ed)(2022).motif == "SO"
    assert lire("visites.siege.visites + visites.lavelanet.visites", ed)(2022) == 18309


def erreur(donnees):
    (trouvee,) = verifier(donnees)
    return trouvee, simple(str(trouvee))


def remplacer(donnees, fichier, avant, apres):
    chemin = donnees / fichier
    texte = chemin.read_text(encoding="utf-8")
    assert texte.count(avant) == 1
    chemin.write_text(texte.replace(avant, apres), encoding="utf-8")


def test_codes_that_come_and_go_are_valid_data(donnees):
    assert verifier(donnees) == []


def test_the_columns_of_periods_may_be_absent(donnees):
    lignes = ["code,libelle,parent", "siege,Siège,", "lavelanet,L,", "pamiers,P,", "saint_girons,S,"]
    (donnees / "nomenclatures/sites.csv").write_text("\n".join([*lignes, ""]), encoding="utf-8")
    assert verifier(donnees) == []


def test_a_table_uses_the_codes_of_its_year(donnees):
    remplacer(donnees, "2023/visites.csv", "pamiers,3353", "saint_girons,3353")
    trouvee, texte = erreur(donnees)
    assert (trouvee.fichier, trouvee.ligne, trouvee.colonne) == ("data/2023/visites.csv", 4, "site")
    assert "code de data/nomenclatures/sites.csv valable en 2023 attendu" in texte
    assert "trouvé « saint_girons », valable jusqu’en 2022" in texte


def test_periods_of_a_code_do_not_overlap(donnees):
    remplacer(donnees, "nomenclatures/sites.csv", "siege,Siège,,,2022", "siege,Siège,,,2023")
    trouvee, texte = erreur(donnees)
    assert (trouvee.fichier, trouvee.ligne, trouvee.colonne) == ("data/nomenclatures/sites.csv", 3, "code")
    assert "« siege », déjà ligne 2 (ici depuis 2023, là jusqu’en 2023)" in texte


def test_a_period_begins_before_it_ends(donnees):
    remplacer(
        donnees, "nomenclatures/sites.csv", "lavelanet,Lavelanet,siege,2023,", "lavelanet,Lavelanet,siege,2023,2022"
    )
    trouvees = verifier(donnees)
    assert ("data/nomenclatures/sites.csv", 4, "jusqua") in [(e.fichier, e.ligne, e.colonne) for e in trouvees]


def test_a_label_may_be_that_of_a_code_of_other_years(donnees):
    remplacer(donnees, "nomenclatures/sites.csv", "lavelanet,Lavelanet", "lavelanet,Saint-Girons")
    assert verifier(donnees) == []
    remplacer(donnees, "nomenclatures/sites.csv", "pamiers,Pamiers", "pamiers,Saint-Girons")
    assert {(e.ligne, e.colonne) for e in verifier(donnees)} == {(5, "libelle"), (6, "libelle")}


def test_two_places_on_the_map_are_two_cells(tmp_path):
    """`uniqueKeys`: what columns are unique together; in the same year only."""
    donnees = shutil.copytree(RACINE / "data", tmp_path / "data")
    remplacer(donnees, "nomenclatures/epci.csv", "Pays de Tarascon,3,2", "Pays de Tarascon,3,3")
    trouvee, texte = erreur(donnees)
    assert (trouvee.fichier, trouvee.ligne) == ("data/nomenclatures/epci.csv", 9)
    assert "« 3 » et « 3 », déjà ligne 5" in texte


@pytest.mark.parametrize("date", ["2017-13", "2017-02-30", "2017-00"])
def test_a_date_at_the_precision_known_is_one_of_the_calendar(tmp_path, date):
    donnees = shutil.copytree(RACINE / "data", tmp_path / "data")
    remplacer(donnees, "nomenclatures/reperes.csv", "Cafpro par CDAP,2017,", f"Cafpro par CDAP,{date},")
    trouvee, texte = erreur(donnees)
    assert (trouvee.fichier, trouvee.colonne) == ("data/nomenclatures/reperes.csv", "date")
    assert f"date du calendrier attendue (AAAA, AAAA-MM ou AAAA-MM-JJ), trouvé « {date} »" in texte


# --- What no past edition learns ---------------------------------------------------------------------------------


def changer(donnees, fichier, code, **cellules):
    """A row of a nomenclature ends in 2023; from 2024 on, another one takes its place."""
    lignes = lire_lignes(donnees / "nomenclatures" / fichier)
    ancienne = next(ligne for ligne in lignes if ligne["code"] == code)
    lignes.append(ancienne | cellules | {"depuis": "2024", "jusqua": ""})
    ancienne["jusqua"] = "2023"
    ecrire_lignes(donnees / "nomenclatures" / fichier, lignes)


@pytest.mark.slow
def test_a_year_to_come_changes_nothing_of_the_past(tmp_path):
    """Landmarks, acronyms, identities, targets, parameters: what 2024 changes, the pages of 2023 do not know."""
    avant, apres = (shutil.copytree(RACINE / "data", tmp_path / nom / "data") for nom in ("avant", "apres"))
    simuler(apres, 2024)
    changer(apres, "reperes.csv", "cdap", date="2024")
    changer(apres, "sigles.csv", "aah", libelle="Autre allocation")
    changer(apres, "identites.csv", "personnel_cdi", tolerance="9")
    for fichier, nouvelle in {
        "sigles.csv": {"code": "zzz", "sigle": "ZZZ", "libelle": "Nouveau sigle", "source": "noms-officiels"},
        "reperes.csv": {"code": "neuf", "libelle": "Nouveau repère", "date": "2024", "source": "noms-officiels"},
        "identites.csv": {"code": "fausse", "libelle": "Nouvelle égalité", "gauche": "1", "relation": "égal"}
        | {"droite": "2", "tolerance": "0", "chapitre": "personnel"},
    }.items():
        chemin = apres / "nomenclatures" / fichier
        ecrire_lignes(chemin, [*lire_lignes(chemin), nouvelle | {"depuis": "2024"}])
    parametres = lire_lignes(apres / "2024/indicateurs.csv")
    next(p for p in parametres if p["code"] == "fdla_plafond_eur")["valeur"] = "99"
    ecrire_lignes(apres / "2024/indicateurs.csv", parametres)
    assert [e.ligne for e in verifier(apres)] == [len(lire_lignes(apres / "nomenclatures/identites.csv")) + 1]
    for annee in (2021, 2022, 2023):
        vues = [repr(executer(dossier, annee)).replace(str(dossier), "data") for dossier in (avant, apres)]
        assert vues[0] == vues[1]
    lexique, relation = (str(executer(apres, 2024, [nom])) for nom in ("lexique", "relation-de-service"))
    assert "ZZZ" in lexique
    assert "Autre allocation" in lexique
    assert "L’outil, qui a remplacé Cafpro en 2024," in relation


def test_a_landmark_out_of_its_period_leaves_its_sentence_out(tmp_path):
    donnees = shutil.copytree(RACINE / "data", tmp_path / "data")
    lignes = lire_lignes(donnees / "nomenclatures/reperes.csv")
    for ligne in lignes:
        ligne["jusqua"] = "2022"
    ecrire_lignes(donnees / "nomenclatures/reperes.csv", lignes)
    reperes = {annee: Edition(annee, donnees).reperes().date for annee in (2022, 2023)}
    assert reperes[2022]["filoue"] == "2019"
    assert reperes[2022]["fjt_circulaire"] == datetime.date(2020, 10, 14)
    for gabarit in ('En {{ date["filoue"] }}.', 'Le {{ date["fjt_circulaire"] }}.', '{{ date["pel_mission"] | mois }}'):
        assert rendre(gabarit, {"date": reperes[2022]})
        assert not rendre(gabarit, {"date": reperes[2023]})


@pytest.mark.parametrize("nature", ["unique", "parametre"])
def test_what_is_given_once_holds_until_it_changes(tmp_path, nature):
    donnees = shutil.copytree(RACINE / "data", tmp_path / "data")
    for annee in (2024, 2025):
        (donnees / str(annee)).mkdir()
        (donnees / str(annee) / "indicateurs.csv").write_text("code,valeur,source,note\n", encoding="utf-8")
    code = {"unique": "alliance_distance_km", "parametre": "fdla_plafond_eur"}[nature]
    ed = Edition(2024, donnees)
    assert ed[code] == ed[code, 2023]
    assert (ed[code].origine.annee, ed[code].origine.fichier) == (2023, "data/2023/indicateurs.csv")
    assert ed.connait(code)
    assert ed["appels_traites"].motif == "ND"
    assert ed[code, 2022].motif == "ND"  # it was not known yet
    (donnees / "2024/indicateurs.csv").write_text(
        f"code,valeur,source,note\n{code},NC,ra2023-edito,\n", encoding="utf-8"
    )
    assert [Edition(2025, donnees)[code, a].motif for a in (2023, 2024, 2025)] == [None, "NC", "NC"]
