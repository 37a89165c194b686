"""`rapport importer`: a file as it is received becomes values of a table, by its recorded mapping, or nothing does."""

from __future__ import annotations

import datetime
import io
import sys
from pathlib import Path

import pytest
from donnees_minimales import FICHIERS
from donnees_minimales import ecrire as ecrire_donnees
from openpyxl import Workbook
from outils import LIT, PARAMETRES, anglais, contenu, dire, md, simple

from rapport.cli.app import main
from rapport.controle.erreurs import Refus
from rapport.donnees.dossier import Donnees
from rapport.saisie import changements, importation

RECU = """\
Caf de l’Ariège – fréquentation des accueils;;;
;;;
Année;Lieu d'accueil;Fréquentation\u00a0(1);Part
2023;Siège (Foix);17\u00a0500;72,25 %
2023;Lavelanet;1 537;6,4%
2023;Pamiers;3 353;s
2023;Saint-Girons;.;..
2022;Pamiers;3 094;12
2023;Total;23 000;100
;;;
Source : Cnaf, fichier FR6 ; données au 31 décembre, provisoires.
(1) « s » : secret statistique
"""
CORRESPONDANCE = """\
# Cnaf, fichier FR6, reçu chaque année en juin
annee: 2023
source: ra2023
colonnes:
  site: Lieu d'accueil
  visites: Fréquentation (1)
  part_pct: Part
codes:
  site:
    Siège (Foix): siege
    Lavelanet: lavelanet
    Pamiers: pamiers
    Saint-Girons: saint_girons
signes: {s: NC, ".": NS, "..": ND}
garder: {Année: 2023}
totaux: [Total*]
ignorer: ["Source*", "(1)*"]
"""
LU = """\
site,visites,part_pct,source
siege,17500,72.25,ra2023
lavelanet,1537,6.40,ra2023
pamiers,3353,NC,ra2023
saint_girons,NS,ND,ra2023
"""


@pytest.fixture
def donnees(tmp_path: Path) -> Path:
    dossier = ecrire_donnees(tmp_path)
    schema = FICHIERS["schemas/visites.yaml"].replace("    unite: visites", "    unite: visites\n    total: true")
    (dossier / "schemas/visites.yaml").write_text(schema, encoding="utf-8")
    (dossier / "correspondances").mkdir()
    (dossier / "correspondances/visites.yaml").write_text(CORRESPONDANCE, encoding="utf-8")
    return dossier


def recevoir(donnees: Path, texte: str = RECU, nom: str = "FR6.csv", encodage: str = "cp1252") -> Path:
    chemin = donnees.parent / nom
    chemin.write_bytes(texte.encode(encodage))
    return chemin


def corriger(donnees: Path, avant: str, apres: str) -> None:
    assert CORRESPONDANCE.count(avant) == 1
    chemin = donnees / "correspondances/visites.yaml"
    chemin.write_text(CORRESPONDANCE.replace(avant, apres), encoding="utf-8")


def importer(donnees: Path, chemin: Path) -> str:
    """Import a file of visits; returns what the table is then."""
    changements.ecrire(importation.preparer(Donnees(donnees), chemin, "visites"))
    return (donnees / "2023/visites.csv").read_text(encoding="utf-8")


def refus(donnees: Path, chemin: Path) -> list[str]:
    """What is refused, with plain spaces; nothing is written."""
    avant = contenu(donnees)
    with pytest.raises(Refus) as refus:
        importer(donnees, chemin)
    assert contenu(donnees) == avant
    assert "rien n’est écrit" in refus.value.titre
    return [simple(ligne) for ligne in refus.value.lignes]


# --- What is read


@pytest.mark.parametrize("encodage", ["latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("fin", ["\n", "\r\n"])
def test_a_raw_file_becomes_the_table(donnees, encodage, fin):
    texte = RECU.replace("’", "'").replace("–", "-") if encodage == "latin-1" else RECU
    assert importer(donnees, recevoir(donnees, texte.replace("\n", fin), encodage=encodage)) == LU


@pytest.mark.parametrize("separateur", ["\t", "|", ","])
def test_the_separator_is_found(donnees, separateur):
    lignes = [ligne.split(";") for ligne in RECU.replace("FR6 ;", "FR6").splitlines()]
    texte = "\n".join(separateur.join(f'"{c}"' if "," in c else c for c in cases) for cases in lignes)
    assert importer(donnees, recevoir(donnees, texte)) == LU


def test_a_workbook_becomes_the_table(donnees):
    """Real percentages, numbers that are numbers, a total that is a formula computed before, a second sheet."""
    classeur = Workbook()
    classeur.active.title = "Lisez-moi"
    feuille = classeur.create_sheet("Données")
    for ligne in RECU.splitlines():
        feuille.append([*ligne.split(";")][:4])
    for place, valeur in {"A4": 2023, "C4": 17500, "D4": 0.7225, "C5": 1537, "D5": 0.064, "C6": 3353.0}.items():
        feuille[place] = valeur
    feuille["D4"].number_format = feuille["D5"].number_format = "0.00%"
    feuille["A5"] = datetime.date(2023, 12, 31)
    classeur.save(donnees.parent / "FR6.xlsx")
    (erreur,) = refus(donnees, donnees.parent / "FR6.xlsx")[:1]
    assert "feuille « Lisez-moi »" in erreur
    corriger(donnees, "annee: 2023", "annee: 2023\nfeuille: Données")
    feuille["A5"] = "2023"
    classeur.save(donnees.parent / "FR6.xlsx")
    assert importer(donnees, donnees.parent / "FR6.xlsx") == LU
    feuille["C4"] = "beaucoup"
    classeur.save(donnees.parent / "FR6.xlsx")
    erreur, _ = refus(donnees, donnees.parent / "FR6.xlsx")
    assert erreur.startswith(
        "FR6.xlsx, feuille « Données », C4, colonne « Fréquentation (1) » (siege – Visites) : nombre entier attendu"
    )


def test_what_the_file_does_not_give_stays(donnees):
    corriger(donnees, "  part_pct: Part\n", "")
    lues = importer(donnees, recevoir(donnees, RECU.replace("2023;Pamiers;3 353;s\n", "").replace("23 000", "19 037")))
    assert lues == (
        "site,visites,part_pct,source\nsiege,17500,72.2,ra2023\nlavelanet,1537,6.38,ra2023\n"
        "pamiers,3353,13.92,ra2023\nsaint_girons,NS,,ra2023\n"
    )


def test_a_second_import_changes_nothing(donnees):
    chemin = recevoir(donnees)
    importer(donnees, chemin)
    importe = importation.preparer(Donnees(donnees), chemin, "visites")
    assert (importe.changements, importe.fichiers, importe.inchangees) == ([], {}, 8)


def test_a_table_that_the_year_has_not_yet_is_made_of_it(donnees):
    schema = (donnees / "schemas/visites.yaml").read_text(encoding="utf-8").replace("obligatoire: true\n", "")
    (donnees / "schemas/visites.yaml").write_text(schema, encoding="utf-8")
    (donnees / "2023/visites.csv").unlink()
    assert importer(donnees, recevoir(donnees)) == LU


def test_a_file_in_thousands(donnees):
    """The exact number, in the unit of the table; a total counts in the same unit, a sign stays one."""
    corriger(donnees, "codes:", "unites: {visites: milliers}\ncodes:")
    texte = RECU
    for avant, apres in {"17\u00a0500": "17,5", "1 537": "1,537", "3 353": "3,353", "23 000": "23"}.items():
        texte = texte.replace(avant, apres)
    assert importer(donnees, recevoir(donnees, texte)) == LU
    assert (
        "le total est 22 000, la somme des lignes 22 390"
        in refus(donnees, recevoir(donnees, texte.replace(";23;", ";22;")))[0]
    )


@pytest.mark.parametrize(
    ("unite", "recu", "lu"),
    [
        ("€", "1 234 567,89", "1234567.89"),
        ("k€", "1 234,5", "1234500.00"),
        ("k€", "0,001", "1.00"),
        ("M€", "1,23456789", "1234567.89"),
        ("M€", "1,2", "1200000.00"),
        ("M€", "0", "0.00"),
        ("M€", "s", "NC"),
    ],
)
def test_amounts_in_another_unit_are_exact(donnees, unite, recu, lu):
    (donnees / "correspondances/prestations.yaml").write_text(
        f"annee: 2023\nsource: ra2023\ncolonnes: {{prestation: Aide, montant_eur: Montant}}\n"
        f"unites: {{montant_eur: {unite}}}\nsignes: {{s: NC}}\n",
        encoding="utf-8",
    )
    chemin = recevoir(donnees, f"Aide;Montant\npaje;{recu}\n")
    prepare = importation.preparer(Donnees(donnees), chemin, "prestations")
    changements.ecrire(prepare)
    assert f"paje,{lu},2023-12-31,ra2023," in (donnees / "2023/prestations.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(("unite", "recu"), [("milliers", "17,5"), ("millions", "0,0175")])
def test_counts_in_another_unit_are_exact(donnees, unite, recu):
    corriger(donnees, "codes:", f"unites: {{visites: {unite}}}\ncodes:")
    texte = f"Année;Lieu d'accueil;Fréquentation (1);Part\n2023;Siège (Foix);{recu};72,25\n"
    assert "siege,17500,72.25,ra2023" in importer(donnees, recevoir(donnees, texte))


# --- What is refused


@pytest.mark.parametrize(
    ("avant", "apres", "message"),
    [
        ("Siège (Foix);", "Foix;", "ligne 4, colonne « Lieu d'accueil » (Foix – Lieu) : code de data/nomen"),
        ("Lavelanet;", "Lavelanett;", "trouvé « Lavelanett ». Le plus proche est « lavelanet »"),
        ("3 353;s", "c;s", "ligne 6, colonne « Fréquentation (1) » (pamiers – Visites) : nombre entier attendu"),
        ("3 353;s", "*;s", "NC (non communiqué), NS (non significatif) ou ND (non disponible)"),
        ("3 353;s", "n.d.;s", "trouvé « n.d. ». Écrivez ND."),
        ("3 353;s", ";s", "ou ND (non disponible), trouvé une cellule vide."),
        ("3 353;s", "3 353 (p);s", "trouvé « 3 353 (p) »"),
        ("3 353;s", "3.353;s", "nombre entier attendu, trouvé « 3.353 »"),
        ("72,25 %", "172,25 %", "ligne 4, colonne « Part » (siege – Part) : valeur d’au plus 100 % attendue"),
        ("2023;Lavelanet;", "2023;Pamiers;", "clé unique attendue, trouvé « pamiers », déjà ligne 5"),
        ("23 000", "22 000", "colonne « Fréquentation (1) » : le total est 22 000, la somme des lignes 22 390"),
        ("2023;Total;", "2023;Autres;", "trouvé « Autres »"),
        (";Part\n", ";Parts\n", "une colonne de titre « Part » attendue, trouvé 0. Titres de cette ligne : « Année »"),
        ("Année;", "Part;", "une colonne de titre « Part » attendue, trouvé 2"),
    ],
)  # fmt: skip
def test_what_the_mapping_does_not_say_is_refused(donnees, avant, apres, message):
    assert RECU.count(avant) == 1
    trouvees = refus(donnees, recevoir(donnees, RECU.replace(avant, apres)))
    assert any(message in erreur for erreur in trouvees), trouvees
    assert "« codes » traduit un texte" in trouvees[-1]


def test_a_total_of_known_values_is_their_sum(donnees):
    texte = RECU.replace("Saint-Girons;.;", "Saint-Girons;1 000;")
    erreur, _ = refus(donnees, recevoir(donnees, texte))
    assert "le total est 23 000, la somme des lignes 23 390" in erreur
    importer(donnees, recevoir(donnees, texte.replace("23 000", "23 390")))


def test_all_errors_come_at_once(donnees):
    texte = RECU.replace("Siège (Foix)", "Foix").replace("3 353", "c").replace("6,4%", "x")
    assert len(refus(donnees, recevoir(donnees, texte))) == 3 + 1  # and the advice


@pytest.mark.parametrize(
    ("avant", "apres", "message"),
    [
        ("annee: 2023", "annee: 2031", "annee : « 2031 » n’est pas admis ici."),
        ("source: ra2023", "source: ra2032", "source : « ra2032 » n’est pas admis ici. Proches : « ra2023 »."),
        ("part_pct: Part", "part: Part", "colonnes : « part » n’est pas admis ici. Proches : « part_pct »."),
        ("  site: Lieu d'accueil\n", "", "ligne 4 : colonnes : titre de « site » attendu."),
        ("Pamiers: pamiers", "Pamiers: pamier", "codes, site : « pamier » n’est pas admis ici. Proches : « pamiers »."),
        ("s: NC", "s: 0", "signes : « 0 » n’est pas admis ici."),
        ("[Total*]", '["*"]', "ligne 16 : totaux, ignorer : « * » désigne toutes les lignes"),
        ("codes:", "unites: {visites: k€}\ncodes:", "ligne 8 : unites, visites : « k€ » n’est pas admis ici."),
        ("codes:", "unites: {site: milliers}\ncodes:", "ligne 8 : unites, site : « milliers » n’est pas admis ici."),
        ("codes:", "codes: {", "visites.yaml, ligne 10 : correspondance en YAML attendue"),
        ("totaux:", "total:", "Ses sections : annee, source"),
        ("    Pamiers: pamiers", "    Pamiers: pamiers\n    Pamiers: siege", "« Pamiers » y est deux fois"),
        ("signes: {", "signes: [", "Elle ne se lit pas"),
        ("[Total*]", "Total", "totaux : forme inattendue."),
        ("  site:\n    Siège (Foix): siege\n", "  site: siege\n  autre:\n", "est à corriger"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused(donnees, avant, apres, message):
    corriger(donnees, avant, apres)
    with pytest.raises(Refus) as refuse:
        importer(donnees, recevoir(donnees))
    assert message in simple("\n".join([refuse.value.titre, *refuse.value.lignes]))


@pytest.mark.parametrize("octets", [b"", b"\n\n", b'a;"b', b"PK\x03\x04zip", b"\xd0\xcf\x11\xe0"])
@pytest.mark.parametrize("nom", ["FR6.csv", "FR6.xlsx"])
def test_a_file_that_cannot_be_read(donnees, nom, octets):
    (donnees.parent / nom).write_bytes(octets)
    assert refus(donnees, donnees.parent / nom)


def test_the_check_of_the_data_reads_the_mappings(donnees, capsys):
    assert main(["check", "--data", str(donnees)]) == 0
    corriger(donnees, "Pamiers: pamiers", "Pamiers: pamier")
    (donnees / "correspondances/visite.yaml").write_text("annee: 2023\n")
    (donnees / "correspondances/agents.yaml").write_text("annee: 2023\n codes: [\n")
    capsys.readouterr()
    assert main(["check", "--data", str(donnees)]) == 1
    dit = simple(capsys.readouterr().err)
    assert "correspondances/visites.yaml, ligne 12 : codes, site : « pamier » n’est pas admis ici. Proches" in dit
    assert (
        "correspondances/visite.yaml : correspondance d’une table (table.yaml) attendue, trouvé « visite.yaml »" in dit
    )
    assert "correspondances/agents.yaml, ligne 2 : correspondance en YAML attendue" in dit


# --- The command


def lancer(capsys, donnees: Path, *arguments: str) -> tuple[int, str, str]:
    code = main(["importer", *arguments, "--data", str(donnees)])
    sortie = capsys.readouterr()
    assert anglais(sortie.out + sortie.err) == []
    return code, simple(sortie.out), simple(sortie.err)


def test_what_changes_is_shown_then_written(donnees, capsys, monkeypatch):
    chemin = str(recevoir(donnees))
    avant = contenu(donnees)
    monkeypatch.setattr(sys, "stdin", io.StringIO("non\n"))
    code, dit, _ = lancer(capsys, donnees, chemin, "visites")
    assert code == 1
    assert contenu(donnees) == avant
    assert "Valeurs de 2023 : 4 modifiées, 3 ajoutées, 2 inchangées" in dit
    assert "ligne 4 siege Visites 17 392 visites 17 500 visites" in " ".join(dit.split())
    code, dit, _ = lancer(capsys, donnees, chemin, "visites", "--yes")
    assert code == 0
    assert (donnees / "2023/visites.csv").read_text(encoding="utf-8") == LU
    code, dit, _ = lancer(capsys, donnees, chemin, "visites", "--yes")
    assert "Le fichier dit la même chose que les données de 2023 : rien à écrire." in dit


@pytest.mark.parametrize("reste", ["", None])
def test_without_a_mapping_one_is_proposed_and_nothing_written(donnees, capsys, reste):
    """It can be completed and recorded as it is; an empty file, as a redirection leaves, is none."""
    recorded = donnees / "correspondances/visites.yaml"
    recorded.unlink() if reste is None else recorded.write_text(reste)
    texte = RECU.replace("2022;Pamiers;3 094;12\n", "").replace("FR6 ;", "FR6,")
    chemin, avant = str(recevoir(donnees, texte)), contenu(donnees)
    code, propose, err = lancer(capsys, donnees, chemin, "visites")
    assert (code, contenu(donnees)) == (1, avant)
    assert "complétez-la" in err
    assert "Siège (Foix): siege" in propose
    assert "visites: Fréquentation (1)" in propose
    propose = propose.replace("source: ''", "source: ra2023").replace("'..': ''", "'..': ND").replace(".: ''", ".: NS")
    recorded.write_text(propose.replace("s: ''", "s: NC"), encoding="utf-8")
    assert lancer(capsys, donnees, chemin, "visites", "--yes")[0] == 0


def test_what_does_not_exist_is_told(donnees, capsys):
    assert lancer(capsys, donnees, "nulle-part.csv", "visites")[0] == 2
    code, _, err = lancer(capsys, donnees, str(recevoir(donnees)), "visite")
    assert code == 2
    assert "La table « visite » n’existe pas. Tables : visites" in err


@pytest.mark.slow
def test_a_project_reads_its_mapping_when_it_is_checked_imports_and_is_built(projet):
    """The small project records one: the file becomes its numbers, its page shows them; a wrong one stops them all."""
    recu = projet.racine / "recu.csv"
    recu.write_bytes("Libellé;Nombre\r\nVisiteurs (total);1 500\r\nVisites rares;s\r\n".encode("latin-1"))
    projet.chapitre("premier", md("# Premier"), PARAMETRES, LIT, dire('f"{lu} en {annee}"'))
    assert projet.rapport("check").returncode == 0
    assert projet.rapport("importer", "recu.csv", "indicateurs", "--yes").returncode == 0
    assert projet.rapport("build", "2023").returncode == 0
    assert "1 500 en 2023" in simple((projet.site / "2023" / "premier.html").read_text(encoding="utf-8"))
    indicateurs = (projet.racine / "data" / "2023" / "indicateurs.csv").read_text(encoding="utf-8")
    assert indicateurs == "code,valeur,source,note\nvisiteurs,1500,r,\nrares,NC,r,\n"

    mapping = projet.racine / "data" / "correspondances" / "indicateurs.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("Visites rares: rares", "Visites rares: rare"))
    for commande in (("check",), ("importer", "recu.csv", "indicateurs", "--yes"), ("build", "2023")):
        fin = projet.rapport(*commande)
        assert fin.returncode != 0
        assert "correspondances/indicateurs.yaml, ligne 4 : codes, code : « rare » n’est pas admis" in simple(
            fin.stderr
        )
