"""A new edition without a line of code: from the folder of the year to its pages, as an analyst goes through it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from annee_simulee import A_VENIR, Lignes, changer_nomenclatures, rediger, remplir, reviser, tirer
from lxml import html
from openpyxl import load_workbook
from outils import RACINE, contenu

from rapport.donnees.dossier import Donnees
from rapport.livre import sommaire
from rapport.saisie.excel.classeur import LIGNE_TITRES
from rapport.saisie.excel.export import exporter

CHAPITRES = [c.nom for c in sommaire.lister_chapitres(RACINE)]
SANS_ANNEE = ("lexique", "accessibilite", "reproductible")
"""Pages that do not speak of the year."""


@dataclass
class Parcours:
    """What each step said, by name, and where the data and the built pages are."""

    donnees: Path
    sortie: Path
    etapes: dict[str, subprocess.CompletedProcess]
    ecrit_trop_tot: bool = False
    publie_trop_tot: bool = False

    @property
    def classeur(self) -> Path:
        return self.sortie.with_name("2024.xlsx")

    def rapport(self, etape: str, *arguments: str) -> subprocess.CompletedProcess:
        commande = [sys.executable, "-m", "rapport", *arguments, "--data", str(self.donnees)]
        options = {"env": {**os.environ, "CI": "true"}, "capture_output": True, "encoding": "utf-8", "timeout": 300}
        self.etapes[etape] = subprocess.run(commande, cwd=RACINE, check=False, **options)
        return self.etapes[etape]

    def saisir(self, tables: dict[str, Lignes]) -> None:
        """Type in the workbook what it would hold, were the rows in the data."""
        ailleurs = self.sortie.with_name("ailleurs")
        shutil.rmtree(ailleurs, ignore_errors=True)
        shutil.copytree(self.donnees, ailleurs / "data")
        remplir(ailleurs / "data", 2024, tables)
        exporter(Donnees(ailleurs / "data"), 2024, ailleurs / "2024.xlsx")
        plein, classeur = load_workbook(ailleurs / "2024.xlsx"), load_workbook(self.classeur)
        for feuille in classeur.worksheets[1:-1]:
            for rangee in plein[feuille.title].iter_rows(min_row=LIGNE_TITRES + 1):
                for cellule in rangee:
                    if not cellule.protection.locked and cellule.value is not None:
                        feuille[cellule.coordinate].value = cellule.value
        classeur.save(self.classeur)

    def taper(self, feuille: str, valeur: str) -> None:
        """Type a value in the first cell of the column to fill of a sheet."""
        classeur = load_workbook(self.classeur)
        classeur[feuille].cell(LIGNE_TITRES + 1, 4).value = valeur
        classeur.save(self.classeur)

    def page(self, nom: str) -> html.HtmlElement:
        return html.parse(self.sortie / "site" / "2024" / f"{nom}.html").getroot()

    def texte(self, nom: str) -> str:
        return " ".join(self.page(nom).find(".//article").text_content().split())


def code_du_projet() -> str:
    """A fingerprint of every file of the project but the data."""
    liste = subprocess.run(["git", "ls-files"], cwd=RACINE, capture_output=True, encoding="utf-8", check=True).stdout
    fichiers = [nom for nom in liste.split() if not nom.startswith("data/")]
    return hashlib.sha256(b"".join((RACINE / nom).read_bytes() for nom in fichiers)).hexdigest()


@pytest.fixture(scope="module")
def parcours(tmp_path_factory) -> Parcours:
    """The whole way, once: each test looks at a part of it."""
    dossier = tmp_path_factory.mktemp("parcours")
    p = Parcours(shutil.copytree(RACINE / "data", dossier / "data"), dossier / "build", {})
    code = code_du_projet()
    passe = {annee: contenu(p.donnees / annee) for annee in ("2021", "2022", "2023")}

    changer_nomenclatures(p.donnees, 2024)
    p.rapport("préparer", "new-year", "2024")
    p.rapport("sortir", "excel", "export", "2024", "--output", str(p.classeur))
    p.saisir(tirer(p.donnees, 2024, brouillon=True))
    vide = contenu(p.donnees)
    p.taper("Visites par lieu d’accueil", "beaucoup")
    p.rapport("rentrer trop vite", "excel", "import", str(p.classeur), "--yes")
    p.ecrit_trop_tot = contenu(p.donnees) != vide
    p.saisir(tirer(p.donnees, 2024, brouillon=True))
    p.rapport("rentrer", "excel", "import", str(p.classeur), "--yes")
    rediger(p.donnees, 2024)
    reviser(p.donnees, 2024)
    p.rapport("regarder", "check", "2024", "--draft")
    p.rapport("apercevoir", "build", "2024", "--draft", "--output", str(p.sortie))
    p.rapport("construire trop tôt", "build", "2024", "--output", str(p.sortie))
    p.publie_trop_tot = (p.sortie / "site").exists()
    p.saisir(tirer(p.donnees, 2024))
    p.rapport("rentrer le reste", "excel", "import", str(p.classeur), "--yes")
    p.rapport("vérifier", "check", "2024")
    p.rapport("regarder encore", "check", "2024", "--draft")
    p.rapport("construire", "build", "2024", "--output", str(p.sortie))

    assert code_du_projet() == code
    assert {annee: contenu(p.donnees / annee) for annee in passe} == passe
    return p


def sortie(parcours: Parcours, etape: str) -> str:
    """What a step printed, spaces made plain."""
    fin = parcours.etapes[etape]
    return " ".join((fin.stdout + fin.stderr).split())


def test_each_step_ends_as_it_should(parcours):
    codes = {etape: fin.returncode for etape, fin in parcours.etapes.items()}
    refuses = [etape for etape, code in codes.items() if code]
    assert refuses == ["rentrer trop vite", "construire trop tôt"], parcours.etapes


def test_a_workbook_with_a_wrong_cell_is_refused_whole(parcours):
    dit = sortie(parcours, "rentrer trop vite")
    assert "rien n’est écrit" in dit
    assert "« Visites par lieu d’accueil », cellule D5" in dit
    assert not parcours.ecrit_trop_tot


def test_the_workbook_shows_what_it_changes(parcours):
    assert re.search(r"Valeurs de 2024 : \d{3,} ajoutées", sortie(parcours, "rentrer"))
    assert re.search(r"Valeurs de 2024 : \d (ajoutée|modifiée)", sortie(parcours, "rentrer le reste"))


def test_what_is_missing_is_told_then_nothing_is(parcours):
    assert re.search(r"ariege-allocataires \d+ 1 0", sortie(parcours, "regarder"))
    assert re.search(r"Total \d+ 3 \d+", sortie(parcours, "regarder"))
    assert re.search(r"Total \d+ 0 \d+", sortie(parcours, "regarder encore"))
    assert "rien à vérifier" in sortie(parcours, "regarder encore")


def test_a_draft_marks_what_is_missing_and_says_what_it_is_on_every_page(parcours):
    dossier = parcours.sortie / "2024" / "brouillon" / "html"
    assert f"Brouillon 2024, non publié : {dossier / 'index.html'}" in sortie(parcours, "apercevoir")
    pages = {nom: html.parse(dossier / f"{nom}.html").getroot() for nom in CHAPITRES}
    bandeaux = {nom: page.find_class("bandeau")[0].text_content() for nom, page in pages.items()}
    assert all("Brouillon, qui n’est pas publié" in bandeau for bandeau in bandeaux.values())
    marques = {nom: {e.text_content() for e in page.find_class("a-remplir")} for nom, page in pages.items()}
    assert "à remplir\u00a0: Abonnés de la page Facebook" in marques["relation-de-service"]  # prose
    assert "à remplir\u00a0: Enfants nés dans l’année" in marques["ariege-allocataires"]  # prose, and a figure
    assert marques["indicateurs"] == {"à remplir"}  # a table
    assert marques["logement"] == set()
    assert {nom for nom, dit in bandeaux.items() if "encore à remplir" in dit} == {n for n, m in marques.items() if m}


def test_an_incomplete_year_is_not_published(parcours):
    dit = sortie(parcours, "construire trop tôt")
    assert f"Les données sont invalides : {2 * len(A_VENIR)} erreurs." in dit
    assert "indicateurs.csv, ligne" in dit
    assert not parcours.publie_trop_tot


def test_every_chapter_that_the_last_edition_has_is_there(parcours):
    pages = {p.stem for p in (parcours.sortie / "site" / "2024").glob("*.html")}
    assert set(CHAPITRES) <= pages


@pytest.mark.parametrize("nom", CHAPITRES)
def test_a_chapter_speaks_of_2024_and_names_2023_only_to_compare(parcours, nom):
    page = parcours.page(nom)
    assert "Rapport d’activité 2024" in page.find(".//header").text_content()
    if nom not in SANS_ANNEE:
        assert "2024" in parcours.texte(nom)
    autres = [p for p in phrases(page) if "2023" in p and not COMPARAISON.search(p)]
    assert autres == []


COMPARAISON = re.compile(
    r"par rapport à 2023|% depuis 2023|qu’en 2023|comparent? 2024 à 2023|entre 2023 et 2024|"
    r"\b2023 et (en |fin |pour )?2024|(était|contre|après) .*\ben 2023|"
    r"[Rr]apport (d’activité )?2023|Valeurs? révisées? : .*, 2023|"
    r"De 2022 à 2023, l’évolution était|celles de « ([^»]+ – )?2023 » totalisent"
)
"""How a sentence may name the year before: compared with, corrected, as the document that a value comes from, or as a
column of a table."""


def phrases(page: html.HtmlElement) -> list[str]:
    """The sentences of a page; not its tables and figures, whose columns are years, nor their sources."""
    article = page.find(".//article")
    for element in article.xpath(".//table | .//svg | .//script | .//*[contains(@class, 'source') or @class='pied']"):
        element.drop_tree()
    blocs = article.xpath(".//p | .//li | .//h1 | .//h2 | .//h3 | .//h4")
    return [p for bloc in blocs for p in re.split(r"(?<=[.!?]) ", " ".join(bloc.text_content().split()))]


def test_the_book_compares_with_the_year_before(parcours):
    assert "% depuis 2023" in parcours.texte("index")
    assert "Évolution du nombre de visites par site entre 2023 et 2024" in parcours.texte("relation-de-service")


def test_what_the_year_adds_retires_and_renames_is_followed(parcours):
    visites = parcours.texte("relation-de-service")
    assert "Mirepoix" in visites
    prestations = parcours.texte("prestations-legales")
    assert "Prime A" in prestations
    assert "Pays Foix-Varilhes et vallées" in parcours.texte("politique-territoriale")


def test_missing_values_keep_their_reason_and_a_revised_one_says_so(parcours):
    assert "NC" in [a.text for a in parcours.page("indicateurs").iter("abbr")]
    assert "révisé" in parcours.texte("prestations-legales")
    assert "Valeur révisée : " in parcours.texte("prestations-legales")  # under a figure
    assert "Paiements rattachés après la clôture." in parcours.texte("revisions")


def test_without_a_published_report_the_reliability_is_told_whole(parcours):
    dit = parcours.texte("fiabilite")
    assert re.search(r"\d+ valeurs sont saisies pour 2024, dans \d+ tables", dit)
    reserve = "(, sur \\d+ : pour les autres, une donnée n’est pas connue)?"
    assert re.search(rf"\d+ contrôles de cohérence ont été faits en 2024{reserve}\.", dit)
    assert re.search(r"\d+ contrôles sont satisfaits\.", dit)
    assert "Aucune valeur de 2024 n’est à lire avec prudence." in dit
    assert "Les chiffres dérivés publiés" not in [h.text for h in parcours.page("fiabilite").iter("h2")]
    lignes = parcours.page("fiabilite").xpath(".//table[@id='fiabilite-bilan']/tbody/tr/th")
    assert [ligne.text for ligne in lignes] == ["Égalités", "Parties d’un tout"]


def test_the_edition_is_said_provisional_on_every_page(parcours):
    for nom in CHAPITRES:
        assert "Édition provisoire" in parcours.page(nom).find(".//main").text_content(), nom
