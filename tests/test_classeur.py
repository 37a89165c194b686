"""`rapport excel`: the workbook of a year goes out, is filled, comes back; nothing is lost on the way.

`classeur_libreoffice.xlsx` was made from the export of the small data folder (`donnees_minimales`): opened in
LibreOffice 7.4 with a French locale, typed in through UNO (`cell.FormulaLocal`, which reads a text as the keyboard
does), and saved as « Calc MS Excel 2007 XML ». To make it anew after a change of headings: export again, type what
`TAPE_DANS_LIBREOFFICE` says, save.
"""

from __future__ import annotations

import csv
import datetime
import math
import os
import re
import shutil
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from annee_simulee import simuler
from donnees_minimales import ecrire as ecrire_donnees
from openpyxl import load_workbook
from openpyxl.styles import PatternFill
from outils import RACINE, anglais, contenu, simple

from rapport.controle.erreurs import Refus
from rapport.donnees import lignes
from rapport.donnees.dossier import Donnees
from rapport.saisie import changements, nouvelle_annee
from rapport.saisie.avancement import completude
from rapport.saisie.comparaison import egales
from rapport.saisie.excel import export, retour
from rapport.saisie.excel.classeur import ACCUEIL, LIGNE_TITRES, SOMME, noms_de_feuilles, tables
from rapport.saisie.excel.export import exporter

LIBREOFFICE = Path(__file__).parent / "classeur_libreoffice.xlsx"
TAPE_DANS_LIBREOFFICE = """
Indicateurs D5: 20 152 · D6: 87,2 % · D7: nc
Visites D5: 17393 · D6: 1 538 · F5: (vide) · A8: saint_girons · D8: =1200+34 · F8: 0,5 % · H8: ra2023
Prestations C5: 17 324 020,5 · C7: NC · D7: 18/08/2023
Agents A6, C6, D6, E6: (vides) · A8: lavelanet · C8: cdi · D8: 7 · E8: ra2023
"""


@pytest.fixture
def donnees(tmp_path: Path) -> Path:
    return ecrire_donnees(tmp_path)


@pytest.fixture
def vraies(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RACINE / "data", tmp_path / "data"))


def sortir(donnees: Path, annee: int = 2023) -> Path:
    chemin = donnees.parent / f"{annee}.xlsx"
    chemin.unlink(missing_ok=True)
    exporter(Donnees(donnees), annee, chemin)
    return chemin


def remplir(chemin: Path, **feuilles: dict[str, object]) -> Path:
    """Write values in cells: ``remplir(chemin, Visites={"C5": 12})``."""
    classeur = load_workbook(chemin)
    for feuille, valeurs in feuilles.items():
        for cellule, valeur in valeurs.items():
            classeur[feuille][cellule] = valeur
    classeur.save(chemin)
    return chemin


def rentrer(donnees: Path, chemin: Path) -> changements.Import:
    importe = retour.preparer(Donnees(donnees), chemin)
    changements.ecrire(importe)
    return importe


def ligne(donnees: Path, table: str, debut: str) -> str:
    """The line of a CSV of 2023 that begins so."""
    lignes = (donnees / "2023" / f"{table}.csv").read_text(encoding="utf-8").splitlines()
    return next(ligne for ligne in lignes if ligne.startswith(debut))


def erreurs(donnees: Path, chemin: Path) -> list[str]:
    """What the import refuses, with plain spaces; nothing is written."""
    avant = contenu(donnees)
    with pytest.raises(Refus) as refus:
        rentrer(donnees, chemin)
    assert contenu(donnees) == avant
    assert "rien n’est écrit" in refus.value.titre
    return [simple(ligne) for ligne in refus.value.lignes]


# --- Out and in again


@pytest.mark.parametrize("annee", [2018, 2021, 2022, 2023])
def test_an_export_that_nobody_touched_changes_nothing(vraies, annee):
    avant = contenu(vraies)
    assert rentrer(vraies, sortir(vraies, annee)).changements == []
    assert contenu(vraies) == avant


@pytest.mark.parametrize("annee", [2021, 2022, 2023])
def test_every_table_of_the_year_has_its_sheet(vraies, annee):
    feuilles = load_workbook(sortir(vraies, annee)).sheetnames
    attendues = {t.schema.name: t.feuille for t in tables(Donnees(vraies), annee)}
    assert {p.stem for p in (vraies / str(annee)).glob("*.csv")} == set(attendues)
    assert set(feuilles[1:-1]) == set(attendues.values())
    assert feuilles[0] == ACCUEIL


def test_the_workbook_holds_all_that_the_files_hold(vraies):
    """Were they emptied meanwhile, it would give them back."""
    classeur = sortir(vraies)
    completes = tables(Donnees(vraies), 2023)
    for table in completes:
        if not table.schema.facultatif:  # what these say must be said
            vides = [{c: ligne[c] for c in table.schema.primary_key} for ligne in table.lignes]
            texte = lignes.ecrire([champ.name for champ in table.schema.fields], vides)
            (vraies / "2023" / f"{table.schema.name}.csv").write_text(texte, encoding="utf-8")
    rentrer(vraies, classeur)
    for avant, apres in zip(completes, tables(Donnees(vraies), 2023), strict=True):
        for ancienne, nouvelle in zip(avant.lignes, apres.lignes, strict=True):
            assert [c for c in ancienne if not egales(nouvelle[c], ancienne[c])] == [], ancienne


@pytest.mark.parametrize(
    "contenu",
    [
        b"site,visites,part_pct,source\r\nsiege,17392,72.2,ra2023\r\n",
        b"\xef\xbb\xbfsite,visites,part_pct,source\nsiege,17392,72.2,ra2023",
        b'site,source,"visites",part_pct\nsiege,"ra2023",17392,"72.2"\n',
    ],
)
def test_a_file_is_read_however_it_is_written_and_rewritten_in_one_way_when_it_changes(donnees, contenu):
    chemin = donnees / "2023" / "visites.csv"
    chemin.write_bytes(contenu)
    classeur = sortir(donnees)
    assert rentrer(donnees, classeur).changements == []
    assert chemin.read_bytes() == contenu
    assert len(rentrer(donnees, remplir(classeur, Visites={"D5": 17393})).changements) == 1
    assert chemin.read_bytes() == b"site,visites,part_pct,source\nsiege,17393,72.2,ra2023\n"


# --- What the workbook shows


def test_the_year_before_stands_beside_what_is_to_fill(vraies):
    feuille = load_workbook(sortir(vraies))["Visites par lieu d’accueil"]
    titres = [c.value for c in feuille[LIGNE_TITRES]]
    assert titres[:4] == ["Lieu d’accueil\n(code)", "Lieu d’accueil\n(en clair)", "Visites\n2022", "Visites"]
    assert [c.value for c in feuille[LIGNE_TITRES + 1]][2:4] == [18309, 17392]
    saisie, rappel = feuille["D5"], feuille["C5"]
    assert feuille.protection.sheet
    assert not feuille.protection.password
    assert (saisie.protection.locked, rappel.protection.locked) == (False, True)
    assert saisie.fill.fgColor.rgb != rappel.fill.fgColor.rgb


def test_headings_define_their_column(vraies):
    feuille = load_workbook(sortir(vraies))["Prestations légales versées"]
    bulle = next(c for c in feuille[LIGNE_TITRES] if c.value == "Montant versé\n(€)").comment.text
    for morceau in ("en euros et centimes", "Unité\u00a0: €, 2 décimales", "NC (non communiqué)"):
        assert morceau in bulle


def test_codes_are_chosen_from_lists(vraies):
    classeur = load_workbook(sortir(vraies))
    for feuille, cellule, choix in [
        ("Visites par lieu d’accueil", "F5", "'Listes'!"),
        ("Événements de l’année", "D5", '"oui,non"'),
    ]:
        regles = [r for r in classeur[feuille].data_validations.dataValidation if cellule in r.sqref]
        assert [r.formula1.startswith(choix) for r in regles] == [True], feuille


def calculer(classeur, formule: str) -> Decimal | int:
    """The value of a formula of the workbook, of the few forms that it has, from its cells."""

    def plage(texte: str) -> list:
        feuille, _, cellules = texte.rpartition("!")
        return [c.value for (c,) in classeur[feuille.strip("'")][cellules] if c.value is not None]

    if somme := re.fullmatch(r"=SUBTOTAL\(9,(.+)\)", formule):
        return sum(Decimal(str(v)) for v in plage(somme[1]) if not isinstance(v, str))
    compte = re.sub(r"COUNTA\((.+?)\)", lambda m: str(sum(len(plage(p)) for p in m[1].split(","))), formule)
    if choix := re.fullmatch(r"=IF\(([\d*]+)=0,1,([\d*]+)-(\d+)\)", compte):
        a_remplir, _, remplies = (math.prod(map(int, partie.split("*"))) for partie in choix.groups())
        return a_remplir - remplies if a_remplir else 1
    return max(1, math.prod(map(int, re.fullmatch(r"=MAX\(1,([\d*]+)\)", compte)[1].split("*"))))


def test_sums_are_formulas_that_nobody_can_break_and_make_the_printed_totals(vraies):
    classeur = load_workbook(sortir(vraies))
    for nom, colonne, code in [
        ("Prestations légales versées", "D", "prestations_total_eur"),
        ("Visites par lieu d’accueil", "D", "visites_total"),
    ]:
        feuille = classeur[nom]
        (sommes,) = [rangee for rangee in feuille.iter_rows() if str(rangee[0].value).startswith(SOMME)]
        imprimee = Decimal(next(csv.reader([ligne(vraies, "publie", code)]))[2])
        somme = feuille[f"{colonne}{sommes[0].row}"]
        plage = f"'{nom}'!{somme.value.removeprefix('=SUBTOTAL(9,').removesuffix(')')}"
        assert calculer(classeur, f"=SUBTOTAL(9,{plage})") == imprimee
        assert all(cellule.protection.locked for cellule in sommes)


def test_numbers_look_french(vraies):
    classeur = load_workbook(sortir(vraies))
    assert classeur["Prestations légales versées"]["D5"].number_format == '[$-40C]#,##0.00"\u00a0€"'
    pourcentage = next(r for r in classeur["Indicateurs"].iter_rows() if r[0].value == "rendez_vous_delai_pct")
    valeur = next(c for c in pourcentage if "%" in c.number_format and not c.protection.locked)
    assert valeur.number_format == '[$-40C]#,##0.00"\u00a0"%'
    assert valeur.value == pytest.approx(0.8719)


def test_names_of_sheets_are_those_of_excel_and_do_not_depend_on_the_year(vraies):
    noms = noms_de_feuilles(Donnees(vraies))
    assert len({nom.lower() for nom in noms.values()}) == len(noms)
    assert all(0 < len(nom) <= 31 and not set(nom) & set("[]:*?/\\") for nom in noms.values())
    assert noms["visites"] == "Visites par lieu d’accueil"
    assert noms["ctg"] == "Couverture par les conventions…"
    shutil.rmtree(vraies / "2023")
    assert noms_de_feuilles(Donnees(vraies)) == noms


def test_the_first_sheet_counts_what_is_to_fill_and_what_is_still_empty(donnees):
    chemin = sortir(donnees)

    def comptes() -> dict[str, tuple]:
        classeur = load_workbook(chemin)
        lignes = [r for r in classeur[ACCUEIL].iter_rows(values_only=True) if str(r[1]).startswith("=MAX")]
        return {
            titre: (calculer(classeur, a_remplir), calculer(classeur, vides)) for titre, a_remplir, vides, _ in lignes
        }

    assert comptes() == {"Indicateurs": (6, 0), "Agents": (3, 0), "Prestations": (6, 0), "Visites": (3, 0)}
    remplir(chemin, Indicateurs={"D5": None, "E5": None, "D6": "NC"}, Prestations={"C7": None})
    assert comptes() == {"Indicateurs": (6, 2), "Agents": (3, 0), "Prestations": (6, 1), "Visites": (3, 0)}
    remplir(chemin, Agents={"A8": "lavelanet", "C8": "cdi"})  # a row that is added
    assert comptes()["Agents"] == (4, 1)
    remplir(chemin, Agents=dict.fromkeys(["A8", "C8", *(f"{c}{r}" for c in "ACDE" for r in (5, 6, 7))]))
    assert comptes()["Agents"] == (1, 1)  # a table without any row is still to be filled


def test_each_sheet_says_how_many_cells_it_waits_for(vraies):
    classeur = load_workbook(sortir(vraies))
    rangs = {cellule.value: cellule.row for (cellule,) in classeur[ACCUEIL].iter_rows(max_col=1)}
    for table in tables(Donnees(vraies), 2023):
        attendu = f"'{ACCUEIL}'!C{rangs[table.schema.title]}=0"
        assert (attendu in classeur[table.feuille]["A3"].value) == (not table.schema.facultatif)


def test_the_template_gives_its_looks(vraies, monkeypatch, tmp_path):
    modele = load_workbook(export.MODELE)
    modele._named_styles["Saisie"].fill = PatternFill("solid", fgColor="FF00FF00")
    modele._named_styles["À remplir"].fill = PatternFill("solid", fgColor="FFFF0000")
    modele["Table"].page_setup.orientation = "portrait"
    modele["Table"].delete_rows(5, 9)  # the examples of styles are of no use to the export
    modele[ACCUEIL]["A3"] = "Bonjour, {annee}."
    monkeypatch.setattr(export, "MODELE", tmp_path / "modele.xlsx")
    modele.save(export.MODELE)
    classeur = load_workbook(sortir(vraies))
    feuille = classeur["Visites par lieu d’accueil"]
    assert feuille["D5"].fill.fgColor.rgb == "FF00FF00"
    regles = [r for plage in feuille.conditional_formatting for r in plage.rules]
    assert {r.dxf.fill.bgColor.rgb for r in regles} == {"FFFF0000"}
    assert feuille.page_setup.orientation == "portrait"
    assert classeur[ACCUEIL]["A3"].value == "Bonjour, 2023."
    del modele["Table"]
    modele.save(export.MODELE)
    with pytest.raises(Refus) as refus:
        sortir(vraies)
    assert refus.value.lignes[0] == "Table"


# --- What is typed


@pytest.mark.parametrize(
    ("cellule", "tape", "attendu"),
    [
        ("C5", 17400, "siege,17400,"),
        ("C5", "17 400", "siege,17400,"),
        ("C5", "17\u202f400", "siege,17400,"),
        ("C5", "17\u00a0400,00", "siege,17400,"),
        ("C5", "17.400,0 ", "siege,17400,"),
        ("C5", 17400.000000000004, "siege,17400,"),
        ("C5", "nc", "siege,NC,"),
        ("C5", " N.S. ", "siege,NS,"),
        ("C5", "ND", "siege,ND,"),
        ("C5", None, "siege,,"),
        ("C5", "   ", "siege,,"),
        ("D5", 0.7225, "siege,17392,72.25,"),
        ("D5", "72,25 %", "siege,17392,72.25,"),
        ("D5", "72,5", "siege,17392,72.50,"),
        ("D5", 0.07, "siege,17392,7.00,"),
        ("D5", 1, "siege,17392,100.00,"),
    ],
)
def test_numbers_are_read_the_way_they_are_typed(donnees, cellule, tape, attendu):
    rentrer(donnees, remplir(sortir(donnees), Visites={{"C5": "D5", "D5": "F5"}[cellule]: tape}))
    assert ligne(donnees, "visites", "siege").startswith(attendu)


def test_a_percentage_typed_as_a_plain_number_in_a_cell_that_lost_its_format(donnees):
    chemin = sortir(donnees)
    classeur = load_workbook(chemin)
    classeur["Visites"]["F5"] = 72.25
    classeur["Visites"]["F5"].number_format = '0.00" %"'
    classeur.save(chemin)
    rentrer(donnees, chemin)
    assert ligne(donnees, "visites", "siege") == "siege,17392,72.25,ra2023"


@pytest.mark.parametrize(
    ("tape", "attendu"),
    [
        (datetime.datetime(2023, 6, 1), "2023-06-01"),
        (datetime.date(2023, 6, 1), "2023-06-01"),
        ("01/06/2023", "2023-06-01"),
        ("2023-06-01", "2023-06-01"),
        ("nd", "ND"),
    ],
)
def test_dates(donnees, tape, attendu):
    rentrer(donnees, remplir(sortir(donnees), Prestations={"D5": tape}))
    assert ligne(donnees, "prestations", "paje") == f"paje,17324016.13,{attendu},ra2023,"


@pytest.mark.parametrize(
    ("feuille", "table", "cle", "colonne", "tape", "attendu"),
    [
        ("Événements de l’année", "evenements", "acces_aux_droits", "En images", True, ",oui,"),
        ("Couverture par les conventions…", "ctg", "capfv", "Couvert par une CTG", False, "capfv,0,"),
        ("Permis de louer par commune", "permis_de_louer", "pamiers", "Depuis", "2021-06", ",2021-06,"),
        ("Écarts expliqués", "ecarts_expliques", "personnel_cdi", "Écart expliqué", 2, "personnel_cdi,2,"),
        ("Indicateurs", "indicateurs", "telephone_heures_semaine", "Valeur", 37.5, "semaine,37.50,"),
    ],
)
def test_other_cells_of_the_true_data(vraies, feuille, table, cle, colonne, tape, attendu):
    chemin = sortir(vraies)
    lu = load_workbook(chemin)[feuille]
    place = next(
        c for c in lu[LIGNE_TITRES] if str(c.value).split("\n")[0] == colonne and c.fill.fgColor.rgb[-1] == "4"
    )
    rang = next(r for r in range(LIGNE_TITRES + 1, lu.max_row + 1) if lu.cell(r, 1).value == cle)
    rentrer(vraies, remplir(chemin, **{feuille: {f"{place.column_letter}{rang}": tape}}))
    assert attendu in ligne(vraies, table, cle)


def test_what_libreoffice_saved_is_read(donnees):
    """`TAPE_DANS_LIBREOFFICE`, typed there, is this here."""
    importe = rentrer(donnees, LIBREOFFICE)
    assert {chemin.name for chemin in importe.fichiers} == {
        "indicateurs.csv", "agents.csv", "prestations.csv", "visites.csv",
    }  # fmt: skip
    lire = lambda nom: (donnees / "2023" / nom).read_text(encoding="utf-8").splitlines()[1:]  # noqa: E731
    assert lire("indicateurs.csv") == ["appels,20152,ra2023", "satisfaction_pct,87.20,ra2023", "solde_eur,NC,ra2023"]
    assert lire("visites.csv") == [
        "siege,17393,,ra2023",
        "lavelanet,1538,6.38,ra2023",
        "pamiers,3353,13.92,ra2023",
        "saint_girons,1234,0.50,ra2023",
    ]
    assert lire("prestations.csv") == [
        "paje,17324020.50,2023-12-31,ra2023,",
        "rsa_activite,-35.5,2023-12-31,ra2023,Des régularisations seulement.",
        'ars,NC,2023-08-18,ra2023,"Versée en août, pour la rentrée."',
    ]
    assert lire("agents.csv") == ["siege,cdi,107,ra2023", "pamiers,cdi,4,ra2023", "lavelanet,cdi,7,ra2023"]
    assert rentrer(donnees, LIBREOFFICE).changements == []


def test_rows_of_a_list_follow_the_sheet(vraies):
    chemin = sortir(vraies)
    feuille = load_workbook(chemin)["Places d’accueil supprimées"]
    premiere, deuxieme = ([c.value for c in feuille[rang]] for rang in (5, 6))
    echange = {f"{'ABCD'[i]}5": v for i, v in enumerate(deuxieme)} | {
        f"{'ABCD'[i]}6": v for i, v in enumerate(premiere)
    }
    importe = rentrer(vraies, remplir(chemin, **{"Places d’accueil supprimées": echange}))
    assert [c.colonne for c in importe.changements] == ["ordre des lignes"]
    assert (
        ligne(vraies, "places_supprimees", "Multi")
        == ((vraies / "2023" / "places_supprimees.csv").read_text(encoding="utf-8").splitlines()[1])
    )


def test_a_change_says_where_it_is_and_from_what_to_what(donnees):
    chemin = remplir(sortir(donnees), Visites={"D6": 1600})
    (changement,) = retour.preparer(Donnees(donnees), chemin).changements
    textes = [getattr(changement, nom) for nom in ("feuille", "cellule", "ligne", "colonne", "avant", "apres")]
    assert [simple(t) for t in textes] == [
        "Visites", "D6", "lavelanet", "Visites", "1 537 visites", "1 600 visites",
    ]  # fmt: skip


# --- What is wrong


@pytest.mark.parametrize(
    ("feuille", "valeurs", "message"),
    [
        (
            "Visites", {"D5": "beaucoup"},
            "Feuille « Visites », cellule D5 (siege – Visites) : nombre entier attendu (ex. 12345), "
            "trouvé « beaucoup ». Écrivez un nombre",
        ),
        ("Visites", {"D5": -3}, "cellule D5 (siege – Visites) : valeur positive ou nulle attendue"),
        ("Visites", {"D5": 12.5}, "cellule D5 (siege – Visites) : nombre entier attendu"),
        ("Visites", {"D5": "12,345"}, "cellule D5 (siege – Visites) : nombre entier attendu, trouvé « 12.345 »"),
        ("Visites", {"D5": "#REF!"}, "Le tableur n’a pas su calculer"),
        ("Visites", {"D5": datetime.date(2023, 2, 1)}, "cellule D5 (siege – Visites) : nombre entier attendu"),
        ("Visites", {"F5": 72.2}, "valeur d’au plus 100 % attendue"),
        ("Visites", {"H5": "ra2032"}, "Le plus proche est « ra2023 »"),
        ("Visites", {"A8": "quelque_part", "D8": 3, "H8": "ra2023"}, "cellule A8 (quelque_part – Lieu) : code de"),
        ("Prestations", {"D5": "32/01/2023"}, "date attendue"),
        ("Prestations", {"F5": "Deux\nlignes"}, "texte sur une seule ligne attendu"),
        ("Indicateurs", {"D5": 40000}, "cellule D5 (appels – Valeur) : valeur d’au plus 30 000 attendue"),
        ("Agents", {"C5": "stage"}, "« cdi » ou « cdd » attendu"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_as_in_the_data_with_its_cell(donnees, feuille, valeurs, message):
    trouvees = erreurs(donnees, remplir(sortir(donnees), **{feuille: valeurs}))
    assert len(trouvees) == 1
    assert message in trouvees[0]


@pytest.mark.parametrize("signe", [".", "..", "…", "-", ",", "-.", "s", "c", "x", "n/a", "***", "12 nd"])
def test_the_sign_of_a_blanked_count_is_refused_never_written(donnees, signe):
    (erreur,) = erreurs(donnees, remplir(sortir(donnees), Visites={"D5": signe}))
    assert "NC (non communiqué), NS (non significatif) ou ND (non disponible)" in erreur


def test_all_errors_at_once_and_nothing_of_what_is_right_is_written(donnees):
    chemin = remplir(sortir(donnees), Visites={"D5": "x", "D6": "y"}, Prestations={"C5": -1}, Indicateurs={"D5": 1})
    assert len(erreurs(donnees, chemin)) == 3


def test_a_formula_without_its_result_is_not_an_empty_cell(donnees):
    (erreur,) = erreurs(donnees, remplir(sortir(donnees), Visites={"D5": "=1+1"}))
    assert "cellule D5 : la formule n’a pas de résultat" in erreur


def _sans_feuille(classeur):
    del classeur["Visites"]


def _feuille_renommee(classeur):
    classeur["Visites"].title = "visites 2"


def _titre_change(classeur):
    classeur["Visites"]["D4"] = "Nombre"


def _sans_colonne(classeur):
    classeur["Visites"].delete_cols(8)


def _sans_ligne(classeur):
    classeur["Visites"].delete_rows(6)


def _ligne_en_double(classeur):
    classeur["Visites"]["A8"] = "siege"


def _sans_cle(classeur):
    classeur["Visites"]["A6"] = None


def _valeur_sans_cle(classeur):
    classeur["Agents"]["D12"] = 4


def _feuille_d_une_autre_annee(classeur):
    classeur["Visites"]["A1"] = "Visites – 2022"


def _classeur_d_une_autre_annee(classeur):
    classeur[ACCUEIL]["A1"] = "Classeur de saisie 2031"


def _sans_mode_d_emploi(classeur):
    del classeur[ACCUEIL]


@pytest.mark.parametrize(
    ("abimer", "message"),
    [
        (_sans_feuille, "Il manque la feuille « Visites »."),
        (_feuille_renommee, "Il manque la feuille « Visites »."),
        (_titre_change, "Feuille « Visites » : il manque la colonne « Visites » (ligne 4)."),
        (_sans_colonne, "Feuille « Visites » : il manque la colonne « Source (code) » (ligne 4)."),
        (_sans_ligne, "Feuille « Visites » : il manque la ligne « lavelanet »."),
        (_ligne_en_double, "cellule A8 (siege – Lieu) : clé unique attendue, trouvé « siege », déjà ligne 5."),
        (_sans_cle, "Feuille « Visites », cellule A6 : « Lieu (code) » est la clé de la ligne, et elle est vide."),
        (_valeur_sans_cle, "Feuille « Agents », cellule A12 : « Lieu (code) » est la clé de la ligne"),
        (_feuille_d_une_autre_annee, "Feuille « Visites » : c’est celle de 2022, dans le classeur de 2023."),
        (_classeur_d_une_autre_annee, "C’est le classeur de 2031, qui n’a pas de données ici. Années connues : 2022,"),
        (_sans_mode_d_emploi, "Ce n’est pas un classeur de « rapport excel export »."),
    ],
)  # fmt: skip
def test_a_damaged_workbook_is_refused(donnees, abimer, message):
    chemin = sortir(donnees)
    classeur = load_workbook(chemin)
    abimer(classeur)
    classeur.save(chemin)
    assert any(message in erreur for erreur in erreurs(donnees, chemin)), erreurs(donnees, chemin)


@pytest.mark.parametrize(
    ("contenu", "message"),
    [
        (b"", "Ce n’est pas un classeur."),
        (b"a,b\n1,2\n", "Ce n’est pas un classeur."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "C’est un ancien classeur (.xls), ou un classeur chiffré."),
        (b"PK\x03\x04 coup", "Le fichier est abîmé"),
        (b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "(.ods)"),
    ],
)
def test_what_is_no_workbook_is_refused(donnees, contenu, message):
    chemin = donnees.parent / "classeur.xlsx"
    chemin.write_bytes(contenu)
    (erreur,) = erreurs(donnees, chemin)
    assert message in erreur


@pytest.mark.parametrize(("verrou", "suite"), [(".~lock.2023.xlsx#", "LibreOffice"), ("~$2023.xlsx", "Excel")])
def test_an_open_workbook_is_not_read(donnees, verrou, suite):
    chemin = sortir(donnees)
    chemin.with_name(verrou).touch()
    assert f"Il est ouvert dans {suite}." in erreurs(donnees, chemin)[0]


def test_an_export_never_overwrites_a_file(donnees):
    chemin = remplir(sortir(donnees), Visites={"D5": 3})
    avant = chemin.read_bytes()
    with pytest.raises(Refus, match="existe déjà"):
        exporter(Donnees(donnees), 2023, chemin)
    assert chemin.read_bytes() == avant


def test_invalid_data_are_not_exported(donnees):
    (donnees / "2023" / "visites.csv").write_text("site,visites,part_pct,source\nsiege,1\n", encoding="utf-8")
    with pytest.raises(Refus) as refus:
        sortir(donnees)
    assert "visites.csv" in refus.value.lignes[0]
    assert "rapport check 2023" in refus.value.lignes[-1]


def test_a_file_that_cannot_be_replaced_leaves_all_as_they_were(donnees, monkeypatch):
    chemin = remplir(sortir(donnees), Visites={"D5": 3}, Prestations={"C5": 4})
    avant = contenu(donnees)
    vrai, appels = os.replace, []

    def replace(source, cible):
        appels.append(cible)
        if len(appels) == 2:
            raise PermissionError(13, "Permission non accordée", str(source))
        vrai(source, cible)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(Refus, match="restent ce qu’elles étaient"):
        rentrer(donnees, chemin)
    assert len(appels) == 2
    assert contenu(donnees) == avant


# --- A new year, and the command


def test_a_new_year_is_filled_in_its_workbook(vraies):
    """Out empty, filled with the values of a folder that holds the same year, in: the two folders are the same."""
    simulee = Path(shutil.copytree(vraies, vraies.parent / "simulee" / "data"))
    simuler(simulee)
    shutil.rmtree(vraies / "nomenclatures")
    shutil.copytree(simulee / "nomenclatures", vraies / "nomenclatures")
    nouvelle_annee.creer(vraies, 2024)
    chemin = sortir(vraies, 2024)
    assert rentrer(vraies, chemin).changements == []

    rempli = sortir(simulee, 2024)
    classeur, source = load_workbook(chemin), load_workbook(rempli)
    for table in tables(Donnees(vraies), 2024):
        feuille, pleine = classeur[table.feuille], source[table.feuille]
        titres = {c.value: c.column for c in pleine[LIGNE_TITRES]}
        for cellule in feuille[LIGNE_TITRES]:
            for rang in range(LIGNE_TITRES + 1, pleine.max_row + 1):
                cible, origine = feuille.cell(rang, cellule.column), pleine.cell(rang, titres[cellule.value])
                if not cible.protection.locked and not origine.protection.locked:
                    cible.value = origine.value
    classeur.save(chemin)
    rentrer(vraies, chemin)
    communes = [p.name for p in (vraies / "2024").glob("*.csv")]
    assert len(communes) > 20
    for nom in communes:
        assert (vraies / "2024" / nom).read_bytes() == (simulee / "2024" / nom).read_bytes(), nom
    assert sum(c.manquantes for c in completude(vraies, 2024, RACINE) if not _textes(vraies, c.chapitre)) == 0


def _textes(donnees: Path, chapitre: str) -> bool:
    return (donnees / "2024" / "textes" / f"{chapitre}.md").exists()


def test_the_command_goes_out_and_in(projet):
    fin = projet.rapport("excel", "export", "2023")
    assert fin.returncode == 0
    assert "rapport-2023.xlsx" in fin.stdout
    chemin = projet.racine / "rapport-2023.xlsx"
    fin = projet.rapport("excel", "import", chemin.name)
    assert (fin.returncode, fin.stderr) == (0, "")
    assert "rien à écrire" in fin.stdout

    indicateurs = projet.racine / "data" / "2023" / "indicateurs.csv"
    avant = indicateurs.read_bytes()
    titres = [c.value for c in load_workbook(chemin)["Indicateurs"][LIGNE_TITRES]]
    remplir(chemin, Indicateurs={f"{'ABCDEFGHI'[titres.index('Valeur')]}5": 15})
    fin = projet.rapport("excel", "import", chemin.name)  # nobody answers
    assert fin.returncode == 1
    assert "12 visites" in simple(fin.stdout)
    assert "15 visites" in simple(fin.stdout)
    assert "Rien n’est écrit." in fin.stderr
    assert indicateurs.read_bytes() == avant

    fin = projet.rapport("excel", "import", chemin.name, "--yes")
    assert fin.returncode == 0
    assert "effacée" not in fin.stdout
    assert indicateurs.read_bytes() == avant.replace(b"visiteurs,12", b"visiteurs,15")

    remplir(chemin, Indicateurs={f"{'ABCDEFGHI'[titres.index('Valeur')]}5": None})
    assert "Attention : une valeur sera effacée" in projet.rapport("excel", "import", chemin.name).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["export", "2031"], 2, "L’année « 2031 » n’existe pas. Années : 2023, 2022."),
        (["export", "2023", "--output", "a.ods"], 2, "--output attend un fichier .xlsx, pas « a.ods »."),
        (["export", "2023", "--output", "rien/a.xlsx"], 1, "ne peut pas être écrit"),
        (["import", "rien.xlsx"], 2, "Le fichier « rien.xlsx » n’existe pas."),
        (["import", "_config.yml"], 1, "_config.yml ne peut pas être importé : rien n’est écrit."),
        (["exporter"], 2, "La commande « exporter » n’existe pas. Commandes : export"),
    ],
)
def test_errors_of_the_command(projet, arguments, code, message):
    fin = projet.rapport("excel", *arguments)
    assert fin.returncode == code
    assert message in simple(fin.stderr)
    assert not list(projet.racine.glob("*.xlsx"))


def test_the_command_line_starts_without_openpyxl(projet):
    programme = "import sys, rapport.cli.app; sys.exit('openpyxl' in sys.modules)"
    assert projet.rapport(python=["-c", programme]).returncode == 0
    assert sys.modules["openpyxl"]


@pytest.mark.parametrize("commande", ["export", "import"])
def test_help_is_french(projet, commande):
    fin = projet.rapport("excel", commande, "--help")
    assert fin.returncode == 0
    assert f"Utilisation : rapport excel {commande}" in fin.stdout
    assert anglais(fin.stdout.replace(f"excel {commande}", "")) == []
