"""Every kind of bad data: what is said, and where.

A case takes a valid folder (`donnees_minimales.FICHIERS`), breaks one thing in one file, and names the one error
that comes out: its line, its column and words of its message (no-break spaces written as spaces here).
"""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from donnees_minimales import FICHIERS, ecrire
from outils import RACINE, simple

from rapport.controle.cellules import bornes, contraintes, date_iso, nombre_lu
from rapport.controle.erreurs import Erreur
from rapport.donnees.edition import Edition
from rapport.donnees.schemas import Champ, lire_schema
from rapport.verite.verification import verifier

VISITES = "2023/visites.csv"
PRESTATIONS = "2023/prestations.csv"
INDICATEURS = "2023/indicateurs.csv"
EDITION = "2023/edition.yaml"
SCHEMA = "schemas/visites.yaml"


@pytest.fixture
def donnees(tmp_path: Path) -> Path:
    return ecrire(tmp_path)


def lisible(erreur: Erreur) -> str:
    return simple(str(erreur))


def places(erreurs: list[Erreur]) -> list[tuple[str, int | None, str | None]]:
    return [(e.fichier, e.ligne, e.colonne) for e in erreurs]


@dataclass
class Cas:
    """One change of one file, and the error it must give."""

    nom: str
    fichier: str
    avant: str
    apres: str
    ligne: int | None
    colonne: str | None
    dit: tuple[str, ...] = field(default=())


def cas(nom, fichier, avant, apres, ligne, colonne, *dit):
    return pytest.param(Cas(nom, fichier, avant, apres, ligne, colonne, dit), id=nom)


def brise(donnees: Path, cas: Cas) -> None:
    texte = FICHIERS[cas.fichier]
    assert texte.count(cas.avant) == 1, "the case changes exactly one place"
    (donnees / cas.fichier).write_text(texte.replace(cas.avant, cas.apres), encoding="utf-8", newline="")


def seule_erreur(donnees: Path, cas: Cas) -> None:
    erreurs = verifier(donnees)
    assert places(erreurs) == [(f"data/{cas.fichier}", cas.ligne, cas.colonne)], list(map(str, erreurs))
    for mots in cas.dit:
        assert mots in lisible(erreurs[0])
    assert "\n" not in str(erreurs[0])


def test_valid_data_give_no_error(donnees):
    assert verifier(donnees) == []
    assert verifier(donnees, [2022, 2023]) == []


# fmt: off
NOMBRES = [
    cas("space between thousands", VISITES, ",1537,", ",1 537,", 3, "visites",
        "nombre entier attendu (ex. 12345)", "trouvé « 1 537 »", "Écrivez 1537."),
    cas("no-break space", VISITES, ",1537,", ",1\u00a0537,", 3, "visites", "Écrivez 1537."),
    cas("narrow no-break space", VISITES, ",1537,", ",1\u202f537,", 3, "visites", "Écrivez 1537."),
    cas("comma for decimals, quoted", PRESTATIONS, "17324016.13", '"17 324 016,13"', 2, "montant_eur",
        "nombre attendu (ex. 12345.67)", "trouvé « 17 324 016,13 »", "Écrivez 17324016.13."),
    cas("comma for decimals cuts the cell in two", PRESTATIONS, "17324016.13", "17 324 016,13", 2, "montant_eur",
        "trouvé « 17 324 016,13 »", "Écrivez 17324016.13.", "La virgule sépare les colonnes."),
    cas("English thousands", VISITES, ",1537,", ',"1,537",', 3, "visites", "Écrivez 1537."),
    cas("German thousands", VISITES, ",1537,", ",1.537,", 3, "visites", "trouvé « 1.537 »",
        "S’il s’agit de milliers, écrivez 1537."),
    cas("unit in the cell", PRESTATIONS, "17324016.13", "17324016.13 €", 2, "montant_eur", "Écrivez 17324016.13."),
    cas("percent sign", VISITES, "72.2,", "72.2 %,", 2, "part_pct", "Écrivez 72.2."),
    cas("typographic minus", PRESTATIONS, ",-35.5,", ",\u221235.5,", 3, "montant_eur",
        "Écrivez -35.5, avec le signe moins du clavier."),
    cas("scientific notation", VISITES, ",1537,", ",1.5E+03,", 3, "visites", "sans notation scientifique"),
    cas("NaN is no number", PRESTATIONS, "17324016.13", "NaN", 2, "montant_eur", "nombre attendu"),
    cas("underscores of programmers", VISITES, ",1537,", ",1_537,", 3, "visites", "Écrivez 1537."),
    cas("spaces around", VISITES, ",1537,", ", 1537,", 3, "visites", "Écrivez 1537."),
    cas("text in an amount", PRESTATIONS, "17324016.13", "environ 17 M", 2, "montant_eur",
        "nombre attendu", "trouvé « environ 17 M »",
        "la raison de son absence : NC (non communiqué), NS (non significatif) ou ND (non disponible)."),
    cas("reason in lower case", PRESTATIONS, "17324016.13", "n.c.", 2, "montant_eur", "Écrivez NC."),
    cas("reason in words", PRESTATIONS, "17324016.13", "Non communiquée", 2, "montant_eur", "Écrivez NC."),
    cas("reason beside a number", PRESTATIONS, "17324016.13", "12 nd", 2, "montant_eur", "Écrivez un nombre, ou"),
    cas("error of a spreadsheet", PRESTATIONS, "17324016.13", "#REF!", 2, "montant_eur", "tableur"),
    cas("formula in an amount", PRESTATIONS, "17324016.13", "=SUM(B3:B9)", 2, "montant_eur",
        "trouvé « =SUM(B3:B9) »", "collez sa valeur"),
    cas("decimals in a count", VISITES, ",1537,", ",1537.5,", 3, "visites", "nombre entier attendu"),
    cas("too many decimals", PRESTATIONS, "17324016.13", "17324016.135", 2, "montant_eur",
        "nombre à 2 décimales au plus attendu"),
    cas("no value and no reason", PRESTATIONS, "17324016.13", "", 2, "montant_eur",
        "valeur attendue, trouvé une cellule vide", "NC (non communiqué), NS (non significatif) ou ND"),
]

BORNES = [
    cas("negative amount", PRESTATIONS, "17324016.13", "-17324016.13", 2, "montant_eur",
        "valeur positive ou nulle attendue", "trouvé « -17324016.13 »"),
    cas("above the maximum of the schema", VISITES, ",1537,", ",153700,", 3, "visites",
        "valeur d’au plus 100 000 attendue"),
    cas("share above 100 %", VISITES, "72.2,", "172.2,", 2, "part_pct", "valeur d’au plus 100 % attendue"),
    cas("negative share", VISITES, "72.2,", "-72.2,", 2, "part_pct", "valeur positive ou nulle attendue"),
    cas("indicator in percent above 100", INDICATEURS, "87.19", "871.9", 3, "valeur", "au plus 100 % attendue"),
    cas("indicator above its maximum", INDICATEURS, "20151", "201510", 2, "valeur", "d’au plus 30 000 attendue"),
    cas("indicator below its minimum", INDICATEURS, "-12.5", "-1200.5", 4, "valeur",
        "valeur d’au moins −100 € attendue"),
    cas("indicator is not negative by default", INDICATEURS, "20151", "-20151", 2, "valeur", "positive ou nulle"),
    cas("count indicator with decimals", INDICATEURS, "20151", "20.151", 2, "valeur",
        "nombre entier attendu", "S’il s’agit de milliers, écrivez 20151."),
    cas("indicator with too many decimals", INDICATEURS, "87.19", "87.191", 3, "valeur", "2 décimales au plus"),
    cas("indicator typed in French", INDICATEURS, "20151", '"20 151"', 2, "valeur", "Écrivez 20151."),
]

CLES = [
    cas("duplicate key", VISITES, "pamiers,3353", "siege,3353", 4, "site",
        "clé unique attendue", "« siege », déjà ligne 2"),
    cas("duplicate key of two columns", "2023/agents.csv", "siege,cdd", "siege,cdi", 3, None,
        "clé unique attendue, trouvé « siege » et « cdi », déjà ligne 2"),
    cas("value that is twice where it is unique", "nomenclatures/sites.csv", "Saint-Girons", "Pamiers", 5, "libelle",
        "valeur unique attendue, trouvé « Pamiers », déjà ligne 4"),
    cas("unknown code", VISITES, "lavelanet,", "lavelanett,", 3, "site", "trouvé « lavelanett »",
        "code de data/nomenclatures/sites.csv attendu", "Le plus proche est « lavelanet » : écrivez-le"),
    cas("code typed as a name", VISITES, "lavelanet,", "Saint-Girons,", 3, "site",
        "Le plus proche est « saint_girons »"),
    cas("label for code", PRESTATIONS, "ars,46", "Allocation rentrée scolaire,46", 4, "prestation",
        "Le plus proche est « ars »"),
    cas("code that resembles none", VISITES, "lavelanet,", "toulouse,", 3, "site", "ajoutez-le à la nomenclature"),
    cas("space after a code", VISITES, "lavelanet,", "lavelanet ,", 3, "site", "Écrivez « lavelanet »."),
    cas("empty key", VISITES, "lavelanet,", ",", 3, "site", "valeur obligatoire attendue", "une cellule vide"),
    cas("reason for a key", VISITES, "lavelanet,", "NC,", 3, "site", "valeur obligatoire attendue", "« NC »",
        "NC est réservé aux nombres."),
    cas("value without source", VISITES, "6.38,ra2023", "6.38,", 3, "source", "valeur obligatoire attendue"),
    cas("reason for a source", VISITES, "6.38,ra2023", "6.38,NC", 3, "source", "NC est réservé aux nombres."),
    cas("unknown source", VISITES, "6.38,ra2023", "6.38,ra2032", 3, "source", "Le plus proche est « ra2023 »"),
    cas("unknown parent in the same nomenclature", "nomenclatures/sites.csv", "Pamiers,siege", "Pamiers,siège", 4,
        "parent", "code de data/nomenclatures/sites.csv attendu", "Le plus proche est « siege »"),
    cas("code that is not written as one", "nomenclatures/sites.csv", "saint_girons,", "Saint-Girons,", 5, "code",
        "sans accent", "Écrivez saint_girons."),
    cas("page missing from a nomenclature", "nomenclatures/sources.csv", ",11,", ",,", 2, "page",
        "valeur obligatoire attendue, trouvé une cellule vide"),
    cas("value out of a short list", "nomenclatures/prestations.csv", "enfant,non", "enfant,nom", 2,
        "negatif_admis", "« oui » ou « non » attendu", "Le plus proche est « non »."),
    cas("label missing from a nomenclature", "nomenclatures/sites.csv", "pamiers,Pamiers", "pamiers,", 4, "libelle",
        "valeur obligatoire"),
    cas("code without its first zero", VISITES, "lavelanet,", "9122,", 3, "site", "code de"),
    cas("date as Excel shows it", PRESTATIONS, "2023-08-17", "17/08/2023", 4, "versement",
        "date attendue (AAAA-MM-JJ, ex. 2023-01-31)", "Écrivez 2023-08-17."),
    cas("day that does not exist", PRESTATIONS, "2023-08-17", "2023-02-30", 4, "versement", "date attendue"),
]

COLONNES = [
    cas("missing column", PRESTATIONS, FICHIERS[PRESTATIONS], "prestation,montant_eur,versement,source\n"
        "paje,1,2023-12-31,ra2023\n", 1, "note", "colonne « note » : colonne attendue (Note). Ajoutez-la."),
    cas("title forgotten, its cells there", VISITES, "site,visites,part_pct,source\n", "site,visites,part_pct\n", 1,
        "source", "colonne attendue (Source). Ajoutez-la."),
    cas("extra column", VISITES, FICHIERS[VISITES], "site,visites,part_pct,source,evolution\n"
        "siege,1,1,ra2023,12\n", 1, "evolution", "trouvé « evolution »", "« visites »", "Supprimez-la"),
    cas("misspelt column", VISITES, "part_pct,source", "parts_pct,source", 1, "parts_pct",
        "colonne « part_pct » attendue", "trouvé « parts_pct »", "Renommez-la."),
    cas("missing key column", "2023/agents.csv", FICHIERS["2023/agents.csv"],
        "contrat,agents,source\ncdi,107,ra2023\ncdi,4,ra2023\n", 1, "site", "colonne attendue (Lieu)"),
    cas("column twice", VISITES, FICHIERS[VISITES], "site,visites,part_pct,source,visites\nsiege,1,1,ra2023,2\n",
        1, "visites", "trouvé deux colonnes « visites »"),
    cas("column without a title", VISITES, FICHIERS[VISITES], "site,visites,part_pct,source,\nsiege,1,1,ra2023,\n",
        1, None, "une colonne sans titre, la 5ᵉ"),
    cas("no header", VISITES, "site,visites,part_pct,source\n", "", 1, None,
        "titres de colonnes attendus", "« site,visites,part_pct,source »"),
    cas("header only", VISITES, FICHIERS[VISITES].partition("\n")[2], "", None, None,
        "au moins une ligne de données attendue", "supprimez-le si l’année n’a pas ces données"),
    cas("too many cells", PRESTATIONS,
        '"Versée en août, pour la rentrée."', "Versée en août, pour la rentrée.", 4, None,
        "5 cellules attendues", "trouvé 6", "Mettez entre guillemets"),
    cas("too few cells", VISITES, "lavelanet,1537,6.38,ra2023", "lavelanet,1537,6.38", 3, None,
        "4 cellules attendues", "trouvé 3", "Il manque « source »"),
    cas("blank line", VISITES, "pamiers,", "\npamiers,", 4, None, "une ligne vide", "Supprimez-la."),
    cas("line of commas", VISITES, "pamiers,", ",,,\npamiers,", 4, None, "une ligne vide"),
    cas("many blank lines at the end", VISITES, "13.92,ra2023\n", "13.92,ra2023\n" + ",,,\n" * 900, 5, None,
        "900 lignes vides à la suite"),
    cas("quote never closed", PRESTATIONS, "rentrée.\"", "rentrée.", 4, None, "guillemets", "n’est pas refermé"),
    cas("text after a quote", PRESTATIONS, "\"Versée en août,", "\"Versée\" en août,", 4, None, "guillemets"),
    cas("quote that swallows a line", PRESTATIONS,
        "paje,17324016.13,2023-12-31,ra2023,\nrsa_activite,-35.5,2023-12-31",
        "paje,17324016.13,2023-12-31,ra2023,\"\nrsa_activite,-35.5,2023-12-31\"", 2, None, "n’est pas refermé"),
]

TEXTES = [
    cas("formula in a text", PRESTATIONS, "Des régularisations seulement.", "=HYPERLINK(A1)", 3, "note",
        "texte sans formule attendu", "trouvé « =HYPERLINK(A1) »", "commencez par un mot"),
    cas("plus", PRESTATIONS, "Des régularisations seulement.", "+ de 100", 3, "note", "formule"),
    cas("minus", PRESTATIONS, "Des régularisations seulement.", "-1+2", 3, "note", "formule"),
    cas("at sign", PRESTATIONS, "Des régularisations seulement.", "@SUM(A1)", 3, "note", "formule"),
    cas("error of a spreadsheet in a text", PRESTATIONS, "Des régularisations seulement.", "#N/A", 3, "note",
        "erreur de tableur"),
    cas("HTML tag", PRESTATIONS, "Des régularisations seulement.", "Des <b>régularisations</b>", 3, "note",
        "texte sans HTML attendu", "Supprimez la balise « <b> »."),
    cas("HTML entity", PRESTATIONS, "Des régularisations seulement.", "100&nbsp;%", 3, "note",
        "Remplacez « &nbsp; » par le caractère lui-même."),
    cas("control character", PRESTATIONS, "Des régularisations seulement.", "Des\x07régularisations", 3, "note",
        "caractère invisible", "[U+0007]"),
    cas("zero-width space", VISITES, "lavelanet,", "lave\u200blanet,", 3, "site", "[U+200B]",
        "Supprimez ce caractère"),
    cas("line break in a cell", PRESTATIONS, "Des régularisations seulement.", '"Des\nrégularisations"', 3, "note",
        "texte sur une seule ligne attendu"),
    cas("UTF-8 read as Windows-1252", PRESTATIONS, "Des régularisations", "Des rÃ©gularisations", 3, "note",
        "Écrivez « Des régularisations seulement. »."),
    cas("lost character", PRESTATIONS, "Des régularisations", "Des r\ufffdgularisations", 3, "note", "[U+FFFD]",
        "retapez-le"),
    cas("space at the end", PRESTATIONS, "seulement.", "seulement. ", 3, "note", "sans espace au début ni à la fin"),
]

EDITIONS = [
    cas("unknown statut", EDITION, "définitive", "definitif", 1, None,
        "statut « définitive » ou « provisoire » attendu", "trouvé « definitif »", "Écrivez « définitive »."),
    cas("French date", EDITION, "2024-06-30", "30/06/2024", 2, None, "AAAA-MM-JJ, ou ND",
        "Écrivez 2024-06-30."),
    cas("impossible date", EDITION, "2024-06-30", "2024-06-31", 2, None, "date de publication attendue"),
    cas("unknown key", EDITION, "publication: 2024-06-30\n", "publication: ND\nauteur: X\n", 3, None,
        "« statut », « publication », « extrait », « licence », « contact »", "petits_effectifs_acceptes_le"),
    cas("missing key", EDITION, "publication: 2024-06-30\n", "", None, None, "ligne « publication: … » attendue"),
    cas("unknown licence", EDITION, "2024-06-30\n", "2024-06-30\nlicence: libre\n", 3, None, "licence connue attendue",
        "Écrivez « etalab-2.0 »."),
    cas("contact that is no page", EDITION, "2024-06-30\n", "2024-06-30\ncontact: la Caf\n", 3, None,
        "adresse d’une page attendue"),
    cas("extract without its sentence", EDITION, "2024-06-30\n", "2024-06-30\nextrait: oui\n", 3, None,
        "phrase attendue"),
    cas("placeholder", "2023/textes/edito.md", "L’année écoulée.", "Écrire à : [adresse à compléter].", 3, None,
        "texte définitif attendu", "trouvé « à compléter »"),
    cas("broken YAML", EDITION, "publication: 2024-06-30", "publication: [", 2, None,
        "deux lignes « clé: valeur » attendues"),
    cas("not a mapping", EDITION, FICHIERS[EDITION], "définitive\n", 1, None, "statut et publication attendus"),
]

SCHEMAS = [
    cas("broken YAML in a schema", SCHEMA, 'unite: "%"', "unite: %", 13, None, "YAML illisible"),
    cas("bracket never closed in a schema", SCHEMA, "[NC, NS, ND]", "[NC, NS, ND", 23, None, "YAML illisible"),
    cas("NUL in a schema", SCHEMA, "title: Visites\ndescription", "title: Vis\0ites\ndescription", None, None,
        "YAML illisible"),
    cas("no fields", SCHEMA, FICHIERS[SCHEMA], "title: Visites\n", None, None, "« fields »"),
    cas("field without a name", SCHEMA, "  - name: visites\n    title", "  - title", None, None,
        "La 2ᵉ colonne n’a pas de « name »"),
    cas("unknown type", SCHEMA, "type: integer", "type: entier", None, None,
        "« visites » : le type « entier » est inconnu"),
    cas("unknown constraint", SCHEMA, "minimum: 0, maximum", "mini: 0, maximum", None, None,
        "« visites » : la contrainte « mini » est inconnue"),
    cas("pattern that is none", SCHEMA, "constraints: {minimum: 0, maximum: 100000}",
        "constraints: {}\n  - {name: x, constraints: {pattern: \"[\"}}", None, None, "expression rationnelle"),
    cas("bound that is no number", SCHEMA, "maximum: 100000", "maximum: cent mille", None, None, "maximum"),
    cas("decimals that are no number", SCHEMA, "decimales: 0", "decimales: zéro", None, None, "un entier"),
    cas("foreign key to a table", SCHEMA, "nomenclatures/sites,", "prestations,", None, None,
        "« prestations » n’est pas une nomenclature"),
    cas("foreign key without a reference", SCHEMA, "fields: [site], reference", "fields: [site], ref", None, None,
        "Il manque « reference »."),
    cas("foreign key to nowhere", SCHEMA, "nomenclatures/sites,", "nomenclatures/site,", None, "site",
        "nomenclature connue attendue", "Le plus proche est « nomenclatures/sites »."),
    cas("foreign key to no column", SCHEMA, "sites, fields: [code]", "sites, fields: [sigle]", None, None,
        "une nomenclature donne ses codes (fields: [code])"),
]
# fmt: on


@pytest.mark.parametrize("cas", NOMBRES + BORNES + CLES + COLONNES + TEXTES + EDITIONS + SCHEMAS)
def test_one_thing_broken_is_one_error_in_its_place(donnees, cas):
    brise(donnees, cas)
    seule_erreur(donnees, cas)


BOM = b"\xef\xbb\xbf"
COMME_EXCEL = FICHIERS[PRESTATIONS].replace(",", ";").replace("\n", "\r\n")


def octets(nom, contenu, ligne, *dit, fichier=PRESTATIONS):
    return pytest.param(fichier, contenu, ligne, dit, id=nom)


# fmt: off
OCTETS = [
    octets("Latin-1", FICHIERS[PRESTATIONS].replace("’", "'").encode("latin-1"), 3,
           "encodage UTF-8 attendu", "« régularisations » en Windows-1252 ou Latin-1", "Enregistrez le fichier"),
    octets("UTF-16", FICHIERS[PRESTATIONS].encode("utf-16"), None, "encodage UTF-8 attendu", "UTF-16"),
    octets("UTF-16 without BOM", FICHIERS[PRESTATIONS].encode("utf-16-le"), None, "UTF-16"),
    octets("big-endian UTF-16", FICHIERS[PRESTATIONS].encode("utf-16-be"), None, "UTF-16"),
    octets("NUL byte", FICHIERS[PRESTATIONS].encode().replace(b"Des r", b"Des \0r"), 3, "un octet nul"),
    octets("semicolons, UTF-8 with BOM", BOM + COMME_EXCEL.encode(), 1,
           "virgule entre les colonnes attendue", "trouvé le séparateur « point-virgule »", "LibreOffice"),
    octets("tabs", FICHIERS[PRESTATIONS].replace(",", "\t").encode(), 1, "« tabulation »"),
    octets("first line for Excel", b"sep=,\n" + FICHIERS[PRESTATIONS].encode(), 1, "« sep=, »", "propre à Excel"),
    octets("empty file", b"", None, "un fichier vide", "supprimez-le si l’année n’a pas ces données"),
    octets("BOM and nothing else", BOM, None, "un fichier vide"),
    octets("spaces and line ends", b"  \r\n\r\n", None, "un fichier vide"),
    octets("workbook under the name of a CSV", b"PK\x03\x04\x14\x00", None, "un classeur (.xlsx ou .ods)"),
    octets("prose in Latin-1", "## bloc\n\nDe l'été".encode("latin-1"), 3, "« l'été »",
           fichier="2023/textes/edito.md"),
    octets("edition in Latin-1", FICHIERS[EDITION].encode("latin-1"), 1, "« définitive »", fichier=EDITION),
    octets("schema in Latin-1", "title: Libellé".encode("latin-1"), None, "YAML illisible",
           fichier="schemas/visites.yaml"),
]
# fmt: on


@pytest.mark.parametrize(("fichier", "contenu", "ligne", "dit"), OCTETS)
def test_wrong_bytes_are_one_error_with_the_cure(donnees, fichier, contenu, ligne, dit):
    (donnees / fichier).write_bytes(contenu)
    erreurs = verifier(donnees)
    assert places(erreurs) == [(f"data/{fichier}", ligne, None)], list(map(str, erreurs))
    for mots in dit:
        assert mots in lisible(erreurs[0])


def test_what_excel_saves_by_default_has_two_errors(donnees):
    """« CSV (séparateur : point-virgule) » is in Windows-1252 besides: both are said at once."""
    (donnees / PRESTATIONS).write_bytes(COMME_EXCEL.encode("cp1252"))
    assert [e.attendu for e in verifier(donnees)] == [
        "virgule entre les colonnes attendue",
        "encodage UTF-8 attendu",
    ]


@pytest.mark.parametrize("lignes", ["\n", "\r\n", "\r"])
def test_a_bom_and_any_line_ends_are_read_rightly(donnees, lignes):
    for nom in FICHIERS:
        if nom.endswith(".csv"):
            (donnees / nom).write_bytes(BOM + FICHIERS[nom].replace("\n", lignes).encode())
    assert verifier(donnees) == []
    texte = FICHIERS[VISITES].replace("1537", "1 537").replace("\n", lignes)
    (donnees / VISITES).write_bytes(BOM + texte.encode())
    assert places(verifier(donnees)) == [(f"data/{VISITES}", 3, "visites")]


def test_columns_are_read_by_name_in_any_order(donnees):
    (donnees / VISITES).write_text("visites,source,site,part_pct\n17392,ra2023,siege,72.2\nx,ra2023,pamiers,1\n")
    assert places(verifier(donnees)) == [(f"data/{VISITES}", 3, "visites")]


def test_lines_are_counted_right_after_a_line_break_in_a_cell(donnees):
    texte = FICHIERS[PRESTATIONS].replace("Des régularisations seulement.", '"Des\nrégularisations"')
    (donnees / PRESTATIONS).write_text(texte.replace("4634773.37", "quatre"), encoding="utf-8")
    assert places(verifier(donnees)) == [
        (f"data/{PRESTATIONS}", 3, "note"),
        (f"data/{PRESTATIONS}", 5, "montant_eur"),
    ]


def test_lines_are_counted_right_after_blank_lines(donnees):
    texte = FICHIERS[VISITES].replace("lavelanet,1537", "\n\nlavelanet,beaucoup").replace("pamiers", "siege")
    (donnees / VISITES).write_text(texte)
    erreurs = verifier(donnees)
    assert [(e.ligne, e.colonne) for e in erreurs] == [(3, None), (5, "visites"), (6, "site")]
    assert ", déjà ligne 2" in lisible(erreurs[2])


@pytest.mark.parametrize("ligne", ["lavelanet,1537,6,ra2023,38", "lavelanet,1 537,5,6.38,ra2023,x"])
def test_a_comma_in_a_text_is_not_taken_for_decimals(donnees, ligne):
    (donnees / VISITES).write_text(FICHIERS[VISITES].replace("lavelanet,1537,6.38,ra2023", ligne))
    erreur = verifier(donnees)[0]
    assert (erreur.ligne, erreur.colonne) == (3, None)
    assert "Mettez entre guillemets" in lisible(erreur)


SIGNES = (
    ". .. … - – — −. , * *** s c x n/a na nd n.d. N.D n/d ns NS. nc (nc) non&communiqué "
    "#N/A ? < % € () (.) -. ' NaN null secret o O"
)


@pytest.mark.parametrize("signe", SIGNES.replace("&", " ").split(" "))
@pytest.mark.parametrize(("fichier", "valeur"), [(VISITES, "1537"), (PRESTATIONS, "17324016.13")])
def test_the_sign_of_a_blanked_count_is_never_a_number(donnees, fichier, valeur, signe):
    """It is refused with the reasons to choose from, or with the one that it means; no advice is to write a number."""
    (donnees / fichier).write_text(FICHIERS[fichier].replace(valeur, f'"{signe}"'), encoding="utf-8")
    (erreur,) = verifier(donnees)
    voulu = {"nd": "ND", "ns": "NS", "nc": "NC"}.get("".join(filter(str.isalpha, signe)).lower())
    attendu = f"Écrivez {voulu}." if voulu else "NC (non communiqué), NS (non significatif) ou ND (non disponible)"
    assert attendu in lisible(erreur)
    assert not any(c.isdecimal() for c in erreur.message)
    assert nombre_lu(signe, 0) is None


def test_a_rate_has_no_bound_but_those_of_its_schema(donnees):
    schema = FICHIERS[SCHEMA].replace("constraints: {maximum: 100, minimum: 0}", "constraints: {}")
    (donnees / SCHEMA).write_text(schema, encoding="utf-8")
    (donnees / VISITES).write_text(FICHIERS[VISITES].replace("72.2,", "160.8,").replace(",6.38", ",-6.38"))
    assert verifier(donnees) == []


def test_the_coverage_rates_of_the_project_may_pass_100():
    champ = lire_schema(RACINE / "data/schemas/taux_couverture.yaml", "taux_couverture").champ("taux_pct")
    assert bornes("160.8", champ) is None
    assert bornes("16080", champ)


@pytest.mark.parametrize(("jour", "attendu"), [("2020-02-29", "date de 2023 attendue"), ("2024-01-01", "2024.")])
def test_an_event_of_the_year_has_a_date_of_the_year(donnees, jour, attendu):
    schema = FICHIERS["schemas/prestations.yaml"].replace("type: date}", "type: date, de_l_annee: true}")
    (donnees / "schemas/prestations.yaml").write_text(schema, encoding="utf-8")
    assert verifier(donnees) == []
    (donnees / PRESTATIONS).write_text(FICHIERS[PRESTATIONS].replace("2023-08-17", jour), encoding="utf-8")
    (erreur,) = verifier(donnees)
    assert (erreur.ligne, erreur.colonne) == (4, "versement")
    assert attendu in lisible(erreur)


@pytest.mark.parametrize("table", ["evenements", "services_monenfant", "fonds_modernisation"])
def test_the_dated_tables_of_the_project_ask_for_dates_of_the_year(table):
    assert lire_schema(RACINE / f"data/schemas/{table}.yaml", table).champ("date").de_l_annee


def test_a_code_that_lost_its_first_zero_is_given_back(donnees):
    """Where the form of codes, or a list of them, says how many signs there are."""
    champ = Champ("commune", "Commune", constraints={"pattern": "[0-9]{5}"})
    assert contraintes("9122", champ, (), True)[1] == "Écrivez 09122."
    assert contraintes("912", champ, (), True)[1] == "Écrivez 00912."
    assert contraintes("91220a", champ, (), True)[1] == "Corrigez la valeur."
    champ = Champ("departement", "Département", constraints={"enum": ["09", "31"]})
    assert "« 09 »" in contraintes("9", champ, (), True)[1]


@pytest.mark.parametrize("date", ["2024-06-30", "'2024-06-30'", '"2024-06-30"', "!!str 2024-06-30"])
def test_a_date_of_publication_is_read_the_same_quoted_or_not(donnees, date):
    (donnees / EDITION).write_text(f"statut: définitive\npublication: {date}\n", encoding="utf-8")
    assert verifier(donnees) == []
    assert Edition(2023, donnees).publication == datetime.date(2024, 6, 30)


@pytest.mark.parametrize(
    ("tape", "decimales", "lu"),
    [
        ("12 345,67", 2, "12345.67"),
        ("12\u202f345,67\u00a0€", 2, "12345.67"),
        ("1.234.567,8", 2, "1234567.8"),
        ("1,234,567.8", 2, "1234567.8"),
        ("1'234", 0, "1234"),
        ("12,345", 2, "12345"),
        ("12,345", 3, "12.345"),
        ("0,125", 2, "0.125"),
        ("20 151,00", 0, "20151"),
        ("20 151,50", 0, "20151.50"),
        (",5", 1, "0.5"),
        ("5,", 0, "5"),
        ("+5", 0, "5"),
        ("(1 234)", 0, "-1234"),
        ("12.34.56", 2, None),
        ("12-34", 0, None),
        ("douze", 0, None),
        ("", 0, None),
    ],
)
def test_a_number_typed_by_hand_is_understood(tape, decimales, lu):
    assert nombre_lu(tape, decimales) == lu


@pytest.mark.parametrize(
    ("tape", "lue"),
    [
        ("31/01/2023", "2023-01-31"),
        ("1.2.2023", "2023-02-01"),
        ("2023/1/31", "2023-01-31"),
        ("2023-01-31 00:00:00", "2023-01-31"),
        ("31/02/2023", None),
        ("31/01/23", None),
        ("45000", None),
    ],
)
def test_a_date_typed_by_hand_is_understood(tape, lue):
    assert date_iso(tape) == lue


@pytest.mark.parametrize("motif", ["NC", "NS", "ND"])
def test_a_missing_value_says_why(donnees, motif):
    """Also where the schema asks for a value (`required`): what is refused is a cell left empty."""
    (donnees / PRESTATIONS).write_text(FICHIERS[PRESTATIONS].replace("17324016.13", motif), encoding="utf-8")
    assert verifier(donnees) == []


def test_a_folder_under_the_name_of_a_table(donnees):
    (donnees / VISITES).unlink()
    (donnees / VISITES).mkdir()
    assert places(verifier(donnees)) == [(f"data/{VISITES}", None, None)]


def test_a_broken_nomenclature_is_said_once_not_at_each_use(donnees):
    (donnees / "nomenclatures/sites.csv").write_bytes(b"")
    assert places(verifier(donnees)) == [("data/nomenclatures/sites.csv", None, None)]


def dossier(donnees: Path, nom: str) -> None:
    (donnees / nom).mkdir()
    (donnees / nom / "visites.csv").write_text(FICHIERS[VISITES], encoding="utf-8")


def supprime(nom):
    return lambda donnees: (donnees / nom).unlink()


def ajoute(nom, contenu="x"):
    return lambda donnees: (donnees / nom).write_text(contenu, encoding="utf-8")


def renomme(avant, apres):
    return lambda donnees: (donnees / avant).rename(donnees / apres)


# fmt: off
DEPLACES = [
    (supprime("2023/indicateurs.csv"), "2023/indicateurs.csv", ["table obligatoire attendue (Indicateurs)"]),
    (supprime("2023/visites.csv"), "2023/visites.csv", ["table obligatoire attendue (Visites)"]),
    (supprime("2023/edition.yaml"), "2023/edition.yaml", ["fichier attendu pour une édition", "statut: provisoire"]),
    (supprime("nomenclatures/sites.csv"), "nomenclatures/sites.csv", ["nomenclature attendue"]),
    (renomme("2023/visites.csv", "2023/visite.csv"), "2023/visite.csv", ["Le plus proche est « visites.csv »."]),
    (ajoute("2023/visites (copie).csv"), "2023/visites (copie).csv", ["la table inconnue « visites (copie).csv »"]),
    (ajoute("2022/rendez_vous.csv"), "2022/rendez_vous.csv", ["table décrite par un schéma attendue"]),
    (ajoute("2022/indicateurs.CSV"), "2022/indicateurs.CSV", ["Le plus proche est « indicateurs.csv »."]),
    (ajoute("2023/visites.xlsx"), "2023/visites.xlsx", ["table au format CSV attendue", "« .xlsx »"]),
    (ajoute("nomenclatures/epci.csv"), "nomenclatures/epci.csv", ["la table inconnue « epci.csv »"]),
    (ajoute("visites.csv"), "visites.csv", ["Déplacez ce fichier dans le dossier de son année."]),
    (lambda d: dossier(d, "20233"), "20233", ["dossier d’année attendu (ex. 2023)", "Le plus proche est « 2023 »."]),
    (lambda d: dossier(d, "2o23"), "2o23", ["trouvé le dossier « 2o23 »"]),
    (lambda d: dossier(d, "2023 (copie)"), "2023 (copie)", ["sortez-le du dossier de données"]),
    (lambda d: dossier(d, "0223"), "0223", ["dossier d’année attendu"]),
    (lambda d: dossier(d, "nomenclature"), "nomenclature", ["Le plus proche est « nomenclatures »."]),
    (lambda d: (d / "2O21").mkdir(), "2O21", ["dossier d’année attendu"]),
]
# fmt: on


@pytest.mark.parametrize(("change", "fichier", "dit"), DEPLACES, ids=[fichier for _, fichier, _ in DEPLACES])
def test_files_and_folders_out_of_place(donnees, change, fichier, dit):
    change(donnees)
    erreurs = [e for e in verifier(donnees) if e.fichier == f"data/{fichier}"]
    assert len(erreurs) == 1
    assert (erreurs[0].ligne, erreurs[0].colonne) == (None, None)
    for mots in dit:
        assert mots in lisible(erreurs[0])


def test_files_that_tools_leave_are_ignored(donnees):
    for nom in (".ipynb_checkpoints", "2023/.ipynb_checkpoints", "__pycache__"):
        (donnees / nom).mkdir()
        (donnees / nom / "visites-checkpoint.csv").write_text("x")
    for nom in ("2023/~$visites.xlsx", "2023/.~lock.visites.csv#", "README.md", "2023/.gitkeep"):
        (donnees / nom).write_text("x")
    assert verifier(donnees) == []


def test_years_before_the_first_edition_hold_past_values_only(donnees):
    (donnees / "2022/visites.csv").unlink()
    assert verifier(donnees) == []


def test_a_year_after_the_first_edition_is_one_too(donnees):
    (donnees / "2024").mkdir()
    (donnees / "2024/visites.csv").write_text(FICHIERS[VISITES], encoding="utf-8")
    assert places(verifier(donnees)) == [("data/2024/edition.yaml", None, None)]


def test_a_year_between_two_editions_is_one_too(donnees):
    shutil.copytree(donnees / "2023", donnees / "2021")
    assert places(verifier(donnees)) == [("data/2022/edition.yaml", None, None)]


def test_only_the_newest_edition_needs_every_table(donnees):
    (donnees / "2022/edition.yaml").write_text(FICHIERS[EDITION], encoding="utf-8")
    (donnees / "2022/visites.csv").unlink()
    assert places(verifier(donnees)) == [("data/2022/indicateurs.csv", None, None)]


def test_only_the_years_asked_are_checked_and_nomenclatures_always(donnees):
    (donnees / VISITES).write_bytes(b"")
    (donnees / "nomenclatures/prestations.csv").write_bytes(b"")
    assert [e.fichier for e in verifier(donnees, [2022])] == ["data/nomenclatures/prestations.csv"]
    assert [e.fichier for e in verifier(donnees, [2023])] == [f"data/{VISITES}", "data/nomenclatures/prestations.csv"]


def test_an_unknown_year_names_those_that_exist(donnees):
    erreurs = verifier(donnees, [2019, 2023])
    assert places(erreurs) == [("data/2019", None, None)]
    assert "Années connues : 2022, 2023." in lisible(erreurs[0])


def test_no_data_folder_and_an_empty_one(tmp_path):
    assert "dossier de données attendu" in lisible(verifier(tmp_path / "donnee")[0])
    (tmp_path / "vide").mkdir()
    assert places(verifier(tmp_path / "vide")) == [("vide/schemas", None, None)]


def test_all_errors_of_all_files_come_at_once(donnees):
    casse = {
        VISITES: FICHIERS[VISITES].replace("17392", "17 392").replace("1537", "-1537").replace("pamiers", "pamier"),
        PRESTATIONS: FICHIERS[PRESTATIONS].replace("17324016.13", "").replace("ars,", "paje,"),
        "2022/visites.csv": FICHIERS["2022/visites.csv"].replace("visites", "visiteurs"),
        EDITION: "statut: finale\npublication: bientôt\n",
        "nomenclatures/sites.csv": FICHIERS["nomenclatures/sites.csv"].replace("Lavelanet", "<i>Lavelanet</i>"),
    }
    for nom, texte in casse.items():
        (donnees / nom).write_text(texte, encoding="utf-8")
    assert places(verifier(donnees)) == [
        ("data/2022/visites.csv", 1, "visiteurs"),
        (f"data/{EDITION}", 1, None),
        (f"data/{EDITION}", 2, None),
        (f"data/{PRESTATIONS}", 2, "montant_eur"),
        (f"data/{PRESTATIONS}", 4, "prestation"),
        (f"data/{VISITES}", 2, "visites"),
        (f"data/{VISITES}", 3, "visites"),
        (f"data/{VISITES}", 4, "site"),
        ("data/nomenclatures/sites.csv", 3, "libelle"),
    ]


def test_a_long_cell_is_quoted_in_part(donnees):
    (donnees / VISITES).write_text(FICHIERS[VISITES].replace("17392", "x" * 500))
    assert f"trouvé « {'x' * 59}… »" in lisible(verifier(donnees)[0])


def test_french_typography_of_a_message(donnees):
    texte = FICHIERS[VISITES].replace("17392", "1 234,5").replace("visites", "visites", 1)
    (donnees / VISITES).write_text(texte.replace("siege,1 234,5", 'siege,"1 234,5"'), encoding="utf-8")
    assert str(verifier(donnees)[0]) == (
        "data/2023/visites.csv, ligne 2, colonne «\u00a0visites\u00a0»\u00a0: nombre entier attendu (ex. 12345), "
        "trouvé «\u00a01 234,5\u00a0». Écrivez un nombre sans décimale."
    )
    erreur = Erreur("data/x.csv", 12345, None, "valeur d’au plus 1 attendue", "« 2 »", "Vérifiez : oui.")
    assert str(erreur) == (
        "data/x.csv, ligne 12\u202f345\u00a0: valeur d’au plus 1 attendue, trouvé «\u00a02\u00a0». Vérifiez\u00a0: oui."
    )
