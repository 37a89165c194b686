"""The open data of an edition: whole, valid for tools that are not ours, the same byte for byte, linked from home."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import time
import zipfile
from pathlib import Path

import pytest
from frictionless import Package
from jsonschema import Draft7Validator
from lxml import html
from openpyxl import load_workbook
from outils import DONNEES, simple
from pyshacl import validate
from rdflib import DCAT, Graph

from rapport.build import opening
from rapport.build.plan import PUBLISH, make_plan
from rapport.build.project import Project
from rapport.donnees.dossier import Donnees
from rapport.pages import open_data
from rapport.pages.catalogue import ARCHIVE, CATALOGUE, FOLDER, PACKAGE, WORKBOOK
from rapport.verite.verification import verifier

ANNEES = Donnees(DONNEES).editions
ADRESSE = "https://exemple.fr/rapport/2023/"
FORMES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
[] a sh:NodeShape ; sh:targetClass dcat:Catalog ;
    sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:datatype rdf:langString ] ,
        [ sh:path dct:description ; sh:minCount 1 ; sh:datatype rdf:langString ] ,
        [ sh:path dct:publisher ; sh:minCount 1 ; sh:maxCount 1 ; sh:class foaf:Agent ] ,
        [ sh:path dcat:dataset ; sh:minCount 1 ; sh:class dcat:Dataset ] .
[] a sh:NodeShape ; sh:targetClass dcat:Dataset ;
    sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:datatype rdf:langString ] ,
        [ sh:path dct:description ; sh:minCount 1 ; sh:datatype rdf:langString ] ,
        [ sh:path dct:publisher ; sh:maxCount 1 ; sh:class foaf:Agent ] ,
        [ sh:path dcat:keyword ; sh:minCount 1 ; sh:datatype rdf:langString ] ,
        [ sh:path dct:accrualPeriodicity ; sh:minCount 1 ; sh:maxCount 1 ; sh:class dct:Frequency ] ,
        [ sh:path dct:temporal ; sh:minCount 1 ; sh:class dct:PeriodOfTime ] ,
        [ sh:path dcat:distribution ; sh:minCount 1 ; sh:class dcat:Distribution ] .
[] a sh:NodeShape ; sh:targetClass dcat:Distribution ;
    sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcat:downloadURL ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcat:mediaType ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path dct:license ; sh:minCount 1 ; sh:maxCount 1 ; sh:class dct:LicenseDocument ] .
[] a sh:NodeShape ; sh:targetClass foaf:Agent ; sh:property [ sh:path foaf:name ; sh:minCount 1 ] .
"""
"""What DCAT-AP asks of a catalogue, its data sets and their distributions; and what the national portal scores."""


def ecrire(dossier: Path, annee: int, base: str = "") -> Path:
    dossier.mkdir()
    plan = make_plan(Project(DONNEES.parent, DONNEES, dossier), annee, PUBLISH)
    open_data.write(dossier, DONNEES, annee, plan.presentation, base)
    return dossier / FOLDER


@pytest.fixture(scope="module")
def ouvertes(tmp_path_factory):
    """Edition → its open data, written once."""
    racine = tmp_path_factory.mktemp("ouvertes")
    return {annee: ecrire(racine / str(annee), annee) for annee in ANNEES}


@pytest.fixture(scope="module", params=ANNEES)
def deballe(request, ouvertes, tmp_path_factory):
    """An edition, and its ZIP unpacked elsewhere."""
    ailleurs = tmp_path_factory.mktemp("ailleurs")
    zipfile.ZipFile(ouvertes[request.param] / ARCHIVE).extractall(ailleurs)
    return request.param, ailleurs


def test_the_zip_alone_rebuilds_every_table(deballe):
    annee, ailleurs = deballe
    if annee == ANNEES[-1]:  # the identities that all editions share speak of what the newest prints
        assert [str(erreur) for erreur in verifier(ailleurs, [annee])] == []
    reconstruites, nos = Donnees(ailleurs, annee), Donnees(DONNEES, annee)
    assert reconstruites.annees == [connue for connue in nos.annees if connue <= annee]
    for connue in reconstruites.annees:
        for nom in (nom for nom, schema in nos.schemas.items() if not schema.est_nomenclature):
            assert reconstruites.existe(nom, connue) == nos.existe(nom, connue)
            if nos.existe(nom, connue):
                assert reconstruites.table(nom, connue).equals(nos.table(nom, connue)), (nom, connue)


def test_plain_frictionless_accepts_the_package(deballe):
    """Every resource, every key and every cell: what `check` accepts, others accept."""
    _, ailleurs = deballe
    verdict = Package(str(ailleurs / PACKAGE)).validate()
    assert verdict.flatten(["name", "rowNumber", "fieldName", "note"]) == []
    assert len(verdict.tasks) > 20


def test_frictionless_sees_what_is_wrong(ouvertes, tmp_path):
    zipfile.ZipFile(ouvertes[2023] / ARCHIVE).extractall(tmp_path)
    visites = tmp_path / "2023" / "visites.csv"
    visites.write_text(visites.read_text("utf-8").replace("siege,", "paris,", 1), "utf-8")
    fautes = Package(str(tmp_path / PACKAGE)).validate().flatten(["type"])
    assert {faute for (faute,) in fautes} == {"foreign-key", "hash-count"}


def test_the_package_is_a_data_package_2(ouvertes):
    dit = json.loads((ouvertes[2023] / PACKAGE).read_text("utf-8"))
    assert dit["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert dit["licenses"][0]["title"] == "Licence Ouverte 2.0"
    noms = [ressource["name"] for ressource in dit["resources"]]
    assert len(noms) == len(set(noms))
    assert {r["type"] for r in dit["resources"]} == {"table"}
    archive = zipfile.ZipFile(ouvertes[2023] / ARCHIVE)
    for ressource in dit["resources"]:
        contenu = archive.read(ressource["path"])
        assert ressource["bytes"] == len(contenu)
        assert ressource["hash"] == f"sha256:{hashlib.sha256(contenu).hexdigest()}"
    assert all(r["title"] and r["description"] for r in dit["resources"])


@pytest.mark.parametrize("annee", ANNEES)
def test_it_has_the_official_profile(ouvertes, annee):
    """``profils/data-package-2-0.json``: the profile of the standard, as the package check-datapackage has it."""
    profil = json.loads((Path(__file__).parent / "profils" / "data-package-2-0.json").read_text("utf-8"))
    dit = json.loads((ouvertes[annee] / PACKAGE).read_text("utf-8"))
    juge = Draft7Validator(profil)
    assert [erreur.message for erreur in juge.iter_errors(dit)] == []
    dit["resources"][0]["schema"]["fields"][0]["type"] = "nombre"
    assert list(juge.iter_errors(dit))


def test_they_are_written_again_only_when_something_changed(tmp_path):
    donnees = shutil.copytree(DONNEES, tmp_path / "data")
    plan = make_plan(Project(DONNEES.parent, donnees, tmp_path / "_build"), 2023, PUBLISH)
    plan.html.mkdir(parents=True)

    def ecrites() -> dict[str, tuple[int, str]]:
        opening.write(plan, time.time())
        opening.lay(plan)
        fichiers = (plan.html / FOLDER).iterdir()
        return {p.name: (p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest()) for p in fichiers}

    premieres = ecrites()
    assert ecrites() == premieres
    visites = donnees / "2023" / "visites.csv"
    visites.write_text(visites.read_text("utf-8").replace("17392", "17393"), "utf-8")
    apres = ecrites()
    assert {nom for nom in apres if apres[nom][0] != premieres[nom][0]} == {PACKAGE, ARCHIVE, WORKBOOK, CATALOGUE}
    assert {nom for nom in apres if apres[nom][1] != premieres[nom][1]} == {PACKAGE, ARCHIVE, WORKBOOK}


def test_everything_is_the_same_byte_for_byte(ouvertes, tmp_path):
    """Made again elsewhere and later."""

    def empreintes(dossier):
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in dossier.iterdir()}

    assert set(empreintes(ouvertes[2023])) == {PACKAGE, ARCHIVE, WORKBOOK, CATALOGUE}
    assert empreintes(ecrire(tmp_path / "encore", 2023)) == empreintes(ouvertes[2023])
    for nom in (ARCHIVE, WORKBOOK):
        entrees = zipfile.ZipFile(ouvertes[2023] / nom).infolist()
        assert {entree.date_time for entree in entrees} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("annee", ANNEES)
def test_the_workbook_can_be_read_by_all(ouvertes, annee):
    """A title, a cover, a list of sheets; on each sheet one marked table, no cell empty or merged."""
    classeur = load_workbook(io.BytesIO((ouvertes[annee] / WORKBOOK).read_bytes()))
    assert str(annee) in classeur.properties.title
    accueil, sommaire, *feuilles = classeur.worksheets
    assert "Licence Ouverte" in " ".join(c.value for (c,) in accueil.iter_rows())
    assert [ligne[0].value for ligne in sommaire.iter_rows(min_row=3)] == [f.title for f in feuilles]
    assert all(ligne[0].hyperlink for ligne in sommaire.iter_rows(min_row=3))
    for feuille in feuilles:
        assert not feuille.merged_cells.ranges
        assert len(feuille.tables) == 1
        (zone,) = (table.ref for table in feuille.tables.values())
        assert all(cellule.value not in (None, "") for ligne in feuille[zone] for cellule in ligne), feuille.title


def test_the_workbook_says_the_numbers_of_the_data(ouvertes):
    classeur = load_workbook(ouvertes[2023] / WORKBOOK)
    lues = {ligne[0]: ligne[1] for ligne in classeur["visites"].iter_rows(min_row=4, values_only=True)}
    assert sum(lues.values()) == 24088  # page 11


@pytest.mark.parametrize("annee", ANNEES)
def test_portals_can_harvest_the_catalogue(tmp_path, annee):
    dossier = ecrire(tmp_path / "site", annee, ADRESSE)
    graphe = Graph().parse(dossier / CATALOGUE, format="json-ld")
    conforme, _, dit = validate(graphe, shacl_graph=Graph().parse(data=FORMES, format="turtle"), inference="none")
    assert conforme, dit
    fichiers = {str(adresse).removeprefix(ADRESSE) for adresse in graphe.objects(None, DCAT.downloadURL)}
    assert fichiers == {f"{FOLDER}/{ARCHIVE}", f"{FOLDER}/{WORKBOOK}"}


def test_the_shapes_see_a_catalogue_without_a_publisher(tmp_path):
    chemin = ecrire(tmp_path / "site", 2023, ADRESSE) / CATALOGUE
    incomplet = json.loads(chemin.read_text("utf-8"))
    del incomplet["dct:publisher"]
    graphe = Graph().parse(data=json.dumps(incomplet), format="json-ld")
    assert not validate(graphe, shacl_graph=Graph().parse(data=FORMES, format="turtle"), inference="none")[0]


@pytest.mark.slow
@pytest.mark.parametrize("annee", ANNEES)
def test_the_home_page_links_them_and_describes_them(site, annee):
    page = html.parse(str(site / str(annee) / "index.html")).getroot()
    liens = page.xpath(f"//a[starts-with(@href, '{FOLDER}/')]/@href")
    assert {Path(lien).name for lien in liens} == {PACKAGE, ARCHIVE, WORKBOOK, CATALOGUE}
    assert all((site / str(annee) / lien).is_file() for lien in liens)
    (dit,) = page.xpath("//script[@type='application/ld+json']/text()")
    jeu = json.loads(dit)
    assert (jeu["@type"], jeu["temporalCoverage"]) == ("Dataset", f"{annee}-01-01/{annee}-12-31")
    assert str(annee) in simple(jeu["name"])
    assert all((site / str(annee) / d["contentUrl"]).is_file() for d in jeu["distribution"])
