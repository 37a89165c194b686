"""Small counts: what the rule of a column publishes, everywhere alike; nothing else gives back what it hides."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from outils import DONNEES, RACINE, simple

from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.donnees.schemas import SchemaInvalide, Schemas, lire_schema
from rapport.donnees.secret import Secret
from rapport.verite import secret
from rapport.verite.verification import verifier

ADRESSE = "effectifs.informatique.cdi"
TOTAL = "personnel_cdi,Agents en CDI : le total annoncé et la somme des domaines,personnel_cdi,égal,"


@pytest.fixture
def donnees(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DONNEES, tmp_path / "data"))


def regler(donnees: Path, table: str, traitement: str, seuil: int = 5) -> None:
    """Give the columns of a table that have a rule another one."""
    chemin = donnees / "schemas" / f"{table}.yaml"
    ancienne = "traitement: signale, seuil: 5"
    texte = chemin.read_text("utf-8")
    assert ancienne in texte
    chemin.write_text(texte.replace(ancienne, f"traitement: {traitement}, seuil: {seuil}"), "utf-8")


def changer(chemin: Path, avant: str, apres: str) -> None:
    texte = chemin.read_text("utf-8")
    assert avant in texte
    chemin.write_text(texte.replace(avant, apres, 1), "utf-8")


def sans_identites_du_personnel(donnees: Path) -> None:
    """No other number of the data speaks of the domains of the staff."""
    mots = ("effectifs", "personnel_part", "vie_informatique", "personnel_domaines")
    for chemin in (donnees / "nomenclatures" / "identites.csv", donnees / "2023" / "publie.csv"):
        lignes = chemin.read_text("utf-8").splitlines(True)
        chemin.write_text("".join(x for x in lignes if not any(mot in x for mot in mots)), "utf-8")


def refus(donnees: Path) -> list[tuple[str, int, str]]:
    """The cells that `check` says may be found again."""
    lues = {annee: Edition(annee, donnees, brutes=True) for annee in Donnees(donnees).annees}
    return [(e.fichier, e.ligne, e.colonne) for e in secret.erreurs(Donnees(donnees), lues)]


# --- The rule


@pytest.mark.parametrize(
    ("traitement", "ecrites", "publiees"),
    [
        ("signale", ["0", "1", "4", "5", "NC"], ["0", "1", "4", "5", "NC"]),
        ("arrondi-5", ["0", "2", "3", "7", "12", "8", "ND"], ["0", "0", "5", "5", "10", "10", "ND"]),
        ("masque", ["0", "1", "4", "5", "NS", "SE", ""], ["0", "SE", "SE", "5", "NS", "SE", ""]),
    ],
)
def test_what_a_rule_publishes(traitement, ecrites, publiees):
    regle = Secret(traitement, 5)
    assert list(map(regle.publie, ecrites)) == publiees
    assert list(map(regle.publie, publiees)) == publiees  # what is published stays what it is


@pytest.mark.parametrize("regle", [{"traitement": "cacher"}, {"traitement": "masque", "seuil": 2}])
def test_a_rule_that_hides_nothing_is_no_rule(tmp_path, regle):
    """Of a count that is 1 or nothing, everything is known."""
    schema = tmp_path / "agents.yaml"
    colonnes = [{"name": "site"}, {"name": "cdi", "type": "integer", "secret": regle}]
    schema.write_text(yaml.safe_dump({"fields": colonnes, "primaryKey": "site"}), encoding="utf-8")
    with pytest.raises(SchemaInvalide, match=r"« cdi ».*secret"):
        lire_schema(schema, "agents")


def test_columns_that_count_people_have_a_rule():
    personnes = {"agents", "allocataires", "familles", "enfants", "personnes", "foyers"}
    for nom, schema in Schemas(DONNEES).items():
        for champ in schema.colonnes_de_nombres:
            assert champ.secret or champ.unite not in personnes, f"{nom}.{champ.name}"


# --- What is computed


def test_what_is_computed_from_a_masked_count_is_masked(donnees):
    regler(donnees, "effectifs", "masque")
    ed = Edition(2023, donnees)
    cache = ed[ADRESSE]
    assert (cache.motif, cache.is_nan()) == ("SE", True)
    assert ed["effectifs.action_sociale.cdi"] == 29
    assert (cache / ed["personnel_cdi"]).motif == "SE"
    assert ed.table("effectifs")["cdi"].sum().motif == "SE"


def test_a_correction_follows_the_rule_of_what_it_corrects(donnees):
    (donnees / "2023" / "revisions.csv").write_text(
        "annee,adresse,ancienne,nouvelle,motif,source\n2022,beneficiaires.paje_clca.allocataires,4,3,Compté deux fois."
        ",ra2023-familles\n",
        "utf-8",
    )
    regler(donnees, "beneficiaires", "masque")
    for chemin in (donnees / "2023").glob("publie.csv"):
        gardees = [x for x in chemin.read_text("utf-8").splitlines(True) if "paje_clca" not in x]
        chemin.write_text("".join(gardees), "utf-8")
    assert refus(donnees) == []
    ed = Edition(2023, donnees)
    assert ed["beneficiaires.paje_clca.allocataires", 2022].motif == "SE"
    ((_, ligne),) = ed.revisions().iterrows()
    assert (ligne["ancienne"].motif, ligne["nouvelle"].motif) == ("SE", "SE")
    publiee = ed.donnees.octets(donnees / "2023" / "revisions.csv").decode()
    assert "2022,beneficiaires.paje_clca.allocataires,SE,SE," in publiee


# --- What gives a masked count back


def test_nothing_gives_back_what_nothing_speaks_of(donnees):
    regler(donnees, "aides_thematiques", "masque")
    assert verifier(donnees, [2023]) == []


def test_a_total_of_one_masked_count_is_refused(donnees):
    sans_identites_du_personnel(donnees)
    changer(donnees / "2023" / "effectifs.csv", "direction,3,", "direction,30,")
    with (donnees / "nomenclatures" / "identites.csv").open("a", encoding="utf-8") as fichier:
        fichier.write(f"{TOTAL}total(effectifs.cdi),0,personnel,,\n")
    regler(donnees, "effectifs", "masque")
    assert refus(donnees) == [("data/2023/effectifs.csv", 4, "cdi")]


@pytest.mark.parametrize(("un", "autre", "refuse"), [(3, 4, False), (1, 4, False), (4, 4, True), (1, 1, True)])
def test_two_masked_counts_share_a_total_unless_it_leaves_one_choice(donnees, un, autre, refuse):
    """Two counts of 1 to 4 that make 8 are both 4."""
    sans_identites_du_personnel(donnees)
    changer(donnees / "2023" / "effectifs.csv", "direction,3,", f"direction,{un},")
    changer(donnees / "2023" / "effectifs.csv", "informatique,4,", f"informatique,{autre},")
    with (donnees / "nomenclatures" / "identites.csv").open("a", encoding="utf-8") as fichier:
        fichier.write(f"{TOTAL}total(effectifs.cdi),0,personnel,,\n")
    regler(donnees, "effectifs", "masque")
    cellules = [("data/2023/effectifs.csv", 2, "cdi"), ("data/2023/effectifs.csv", 4, "cdi")]
    assert refus(donnees) == (cellules if refuse else [])


def test_two_statements_about_one_masked_count_are_refused(donnees):
    """Each total hides it, their difference does not."""
    regler(donnees, "effectifs", "masque")
    assert ("data/2023/effectifs.csv", 4, "cdi") in refus(donnees)


def test_a_printed_share_of_a_masked_count_is_refused(donnees):
    """Even that of an earlier year, that the edition prints: the change of 4 to 0 is −100 %."""
    regler(donnees, "beneficiaires", "masque")
    assert refus(donnees) == [("data/2022/beneficiaires.csv", 4, "allocataires")]


def test_a_total_of_one_rounded_count_is_refused_and_of_many_is_not(donnees):
    regler(donnees, "indicateurs", "arrondi-5")
    assert [ligne for f, ligne, c in refus(donnees) if c == "valeur"]
    shutil.copytree(DONNEES / "schemas", donnees / "schemas", dirs_exist_ok=True)
    sans_identites_du_personnel(donnees)
    with (donnees / "nomenclatures" / "identites.csv").open("a", encoding="utf-8") as fichier:
        fichier.write(f"{TOTAL}total(effectifs.cdi),0,personnel,,\n")
    regler(donnees, "effectifs", "arrondi-5")
    assert refus(donnees) == []
    assert Edition(2023, donnees)[ADRESSE] == 5


def test_a_note_that_says_the_count_is_refused(donnees):
    regler(donnees, "indicateurs", "masque")
    lignes = (donnees / "2023" / "indicateurs.csv").read_text("utf-8").splitlines(True)
    rang = next(i for i, ligne in enumerate(lignes) if ligne.startswith("rsa_jeunes_allocataires,2,"))
    changer(donnees / "2023" / "indicateurs.csv", lignes[rang], lignes[rang].rstrip(",\n") + ",Ils sont 2.\n")
    assert ("data/2023/indicateurs.csv", rang + 1, "note") in refus(donnees)


def test_the_refusal_is_said_in_french_and_tells_no_count(donnees):
    regler(donnees, "effectifs", "masque")
    dits = [simple(str(e)) for e in verifier(donnees, [2023]) if e.attendu == secret.ATTENDU]
    assert dits
    assert all("Le nombre caché s’en déduit" in dit and "colonne « cdi »" in dit for dit in dits)
    assert not any(re.search(r"\b[34]\b", dit.partition("« cdi »")[2]) for dit in dits)


# --- What is told of those that are shown


def test_those_that_are_shown_are_listed_to_the_analyst():
    dits = subprocess.run(
        [sys.executable, "-m", "rapport", "check", "2023", "--draft"], cwd=RACINE, capture_output=True, encoding="utf-8"
    ).stdout
    montres = secret.petits(Edition(2023, DONNEES))
    assert f"Petits effectifs montrés ({len(montres)})" in dits
    assert all(f"{n.origine.fichier}, ligne {n.origine.ligne}" in dits for n in montres)


def test_who_accepted_them_is_data_and_not_known():
    for annee in (2022, 2023):
        assert secret.petits(Edition(annee, DONNEES))
        ecrit = yaml.safe_load((DONNEES / str(annee) / "edition.yaml").read_text("utf-8"))
        assert ecrit["petits_effectifs_acceptes_par"] == ecrit["petits_effectifs_acceptes_le"] == "ND"
        assert Edition(annee, DONNEES).acceptation == ("ND", "ND")


# --- The whole site

PLANTE = "47653"
SOMME = str(47653 + 10 + 31 + 0 + 11)


@pytest.mark.slow
def test_a_masked_count_is_nowhere_in_the_site(donnees, tmp_path, site):
    """Neither it nor what gives it back: pages, figures, tables, files, archives, the digest of its file."""
    montres = {Path(nom).suffix for nom in trouves(site, ["7255"])}  # a sum of the same table, which is shown
    assert montres >= {".html", ".csv", ".json"}, "the search sees what is shown"
    chemin = donnees / "2023" / "aides_thematiques.csv"
    changer(chemin, "transport_parents_separes,1,", f"transport_parents_separes,{PLANTE},")
    with (donnees / "2023" / "alertes_confirmees.csv").open("a", encoding="utf-8") as fichier:
        adresse = "aides_thematiques.transport_parents_separes.familles"
        fichier.write(f"evolution,{adresse},{PLANTE},Vérifié.\n")
    interdits = [PLANTE, SOMME, hashlib.sha256(chemin.read_bytes()).hexdigest()]
    regler(donnees, "aides_thematiques", "masque", 50000)
    site = construire(donnees, tmp_path / "cache")
    assert trouves(site, interdits) == []
    page = (site / "2023" / "donnees.html").read_text("utf-8")
    assert "masqué" in page
    with zipfile.ZipFile(site / "2023" / "donnees-ouvertes" / "donnees.zip") as archive:
        assert "transport_parents_separes,SE," in archive.read("2023/aides_thematiques.csv").decode()


def construire(donnees: Path, sortie: Path) -> Path:
    commande = [sys.executable, "-m", "rapport", "build", "2023", "--data", str(donnees), "--output", str(sortie)]
    env = {**os.environ, "CI": "true"}
    fin = subprocess.run(commande, cwd=RACINE, env=env, capture_output=True, encoding="utf-8", timeout=570)
    assert fin.returncode == 0, fin.stdout + fin.stderr
    return sortie / "site"


def trouves(site: Path, interdits: list[str]) -> list[str]:
    """The files of a site, those inside archives too, that hold one of the texts, whatever spaces cut it."""
    lus = {str(p.relative_to(site)): p.read_bytes() for p in site.rglob("*") if p.is_file()}
    for nom, octets in list(lus.items()):
        if octets.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(octets)) as archive:
                lus |= {f"{nom}/{dedans}": archive.read(dedans) for dedans in archive.namelist()}
    textes = {nom: re.sub(r"\s", "", octets.decode("utf-8", "replace")) for nom, octets in lus.items()}
    return [nom for nom, texte in textes.items() if any(interdit in texte for interdit in interdits)]
