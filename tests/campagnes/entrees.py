"""Bad input, as a campaign: files that no one should publish, and what is said of them.

An `Entree` breaks one thing in a valid project, in a place that the seed chooses, and says what must come of it: an
error in that place whose words match `dit`, or, where `dit` is `ADMIS`, nothing at all. `juger` tells what is wrong
with the answer: a Python error, another place, other words, no cure, English, a message without end. After the cases
comes random damage to random files; `tests/test_entrees.py` runs the fast cases one by one.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import os
import re
import shutil
import tempfile
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, count, islice
from pathlib import Path
from random import Random

from donnees_minimales import FICHIERS, ecrire
from openpyxl import load_workbook
from outils import anglais

from campagnes import Essai
from rapport.build import gate
from rapport.controle.erreurs import Erreur, Refus
from rapport.donnees.dossier import Donnees
from rapport.livre import sommaire
from rapport.saisie import changements
from rapport.saisie.excel import export, retour
from rapport.verite.verification import verifier

VISITES, PRESTATIONS, INDICATEURS = "2023/visites.csv", "2023/prestations.csv", "2023/indicateurs.csv"
AGENTS, EDITION, TEXTE = "2023/agents.csv", "2023/edition.yaml", "2023/textes/edito.md"
SITES, SCHEMA = "nomenclatures/sites.csv", "schemas/visites.yaml"
ADMIS = ""
"""Harmless, and accepted as such."""
LONGUEUR = 20_000
"""Of all that is said of one bad file, in characters."""

Lieu = tuple[str, int | None, str | None]
"""File, line, column; a `None` leaves the line or the column open."""
Abimer = Callable[[Path, Random], Lieu]


@dataclass(frozen=True)
class Entree:
    """`nom` says what is bad; `abimer` does it to a data folder, and returns where it is to be told; `dit`: words of
    what is said (a regular expression), or `ADMIS`. `lente`: for the long round."""

    nom: str
    abimer: Abimer
    dit: str
    lente: bool = False


# --- What is done to a folder


def cellule(fichier: str, colonne: str) -> Callable[[str], Abimer]:
    """Put a value in a column, in a row that the seed chooses."""

    def mettre(valeur: str) -> Abimer:
        def abimer(donnees: Path, hasard: Random) -> Lieu:
            entete, *lignes = csv.reader(io.StringIO(FICHIERS[fichier]))
            rang = hasard.randrange(len(lignes))
            lignes[rang][entete.index(colonne)] = valeur
            flux = io.StringIO()
            csv.writer(flux, lineterminator="\n").writerows([entete, *lignes])
            (donnees / fichier).write_text(flux.getvalue(), encoding="utf-8", newline="")
            return fichier, rang + 2, colonne

        return abimer

    return mettre


def octets(fichier: str) -> Callable[[Callable[[bytes], bytes]], Abimer]:
    """Change the bytes of a file."""

    def changer(change: Callable[[bytes], bytes]) -> Abimer:
        def abimer(donnees: Path, hasard: Random) -> Lieu:
            (donnees / fichier).write_bytes(change((donnees / fichier).read_bytes()))
            return fichier, None, None

        return abimer

    return changer


def contenu(fichier: str) -> Callable[[str | bytes], Abimer]:
    """Write a file whole."""

    def ecrire_tout(texte: str | bytes) -> Abimer:
        return pose(fichier, texte)

    return ecrire_tout


def pose(fichier: str, texte: str | bytes = "x", lieu: str = "") -> Abimer:
    """Add a file, and its folders; it is told at ``lieu``, or where it is."""

    def abimer(donnees: Path, hasard: Random) -> Lieu:
        (donnees / fichier).parent.mkdir(parents=True, exist_ok=True)
        (donnees / fichier).write_bytes(texte if isinstance(texte, bytes) else texte.encode())
        return lieu or fichier, None, None

    return abimer


def schema(avant: str, apres: str) -> Abimer:
    """Change one place of the schema of visits."""
    assert FICHIERS[SCHEMA].count(avant), avant
    return contenu(SCHEMA)(FICHIERS[SCHEMA].replace(avant, apres, 1))


def sauf(fichier: str, faire: Callable[[Path], object]) -> Abimer:
    """Put something else in the place of a file."""

    def abimer(donnees: Path, hasard: Random) -> Lieu:
        chemin = donnees / fichier
        shutil.rmtree(chemin) if chemin.is_dir() else chemin.unlink(missing_ok=True)
        faire(chemin)
        return fichier, None, None

    return abimer


def groupe(genre: str, abimer: Callable, valeurs: dict, dit: str, lente: bool = False) -> list[Entree]:
    return [Entree(f"{genre}: {nom}", abimer(valeur), dit, lente) for nom, valeur in valeurs.items()]


# --- Cells

NOMBRES = {
    "NaN": "NaN",
    "inf": "inf",
    "minus inf": "-inf",
    "Infinity": "Infinity",
    "1e400": "1e400",
    "exponent": "1E5",
    "minus zero": "-0",
    "decimal minus zero": "-0.0",
    "hexadecimal": "0x1F",
    "underscore": "1_000",
    "Arabic digits": "١٢٣",
    "Bengali digits": "১২",
    "full-width digits": "１２３",
    "superscript": "1²",
    "Roman": "Ⅻ",
    "fraction": "½",
    "thin space": "1\u2009537",
    "U+202F": "1\u202f537",
    "no-break space first": "\u00a01537",
    "typographic minus": "−5",
    "two points": "1.5.2",
    "euro": "1537 €",
    "thousands": "12k",
    "two minuses": "--5",
    "plus": "+5",
    "minus at the end": "5-",
    "in brackets": "(5)",
    "division": "1/2",
    "400 digits": "9" * 400,
    "5000 digits": "9" * 5000,
    "first zeros": "0017392",
    "letter O": "17O",
    "letter l": "l537",
    "TRUE": "TRUE",
    "null": "null",
    "formula": "=1+1",
    "zero-width space": "15\u200b37",
    "soft hyphen": "15\u00ad37",
    "right to left": "\u202e1537",
    "combining stroke": "1\u0338537",
    "no whole part": ".5",
    "point at the end": "5.",
    "tab": "\t1537",
    "line end": "1537\n",
    "apostrophe": "'1537",
    "form feed": "1\x0c537",
    "a word": "mille",
    "Mongolian separator": "1\u180e537",
    "empty": "",
    "spaces": "   ",
    "a code": "siege",
    "a date": "2023-01-01",
}
DATES = {
    "31/02": "31/02/2023",
    "29 February": "2023-02-29",
    "month 13": "2023-13-01",
    "serial number": "45000",
    "without hyphens": "20230101",
    "week": "2023-W01-1",
    "hour": "2023-01-31T00:00",
    "year 0": "0000-01-01",
    "year 9999": "9999-12-31",
    "year 10000": "10000-01-01",
    "year 1": "0001-01-01",
    "Arabic digits": "٢٠٢٣-٠١-٠١",
    "typographic minus": "2023−01−31",
    "words": "31 janvier 2023",
    "no-break hyphen": "2023‑01‑31",
    "two dates": "2023-01-31 2023-02-01",
    "negative": "-2023-01-01",
    "two digits": "23-01-31",
    "NaT": "NaT",
}
CODES = {
    "Cyrillic а": "lаvelanet",
    "zero-width space": "lave\u200blanet",
    "capitals": "LAVELANET",
    "nbsp": "pamiers\u00a0",
    "apostrophe": "'pamiers",
    "right to left": "\u202epamiers",
    "100 000 signs": "x" * 100_000,
    "decomposed": "sie\u0301ge",
    "path": "../../etc/passwd",
    "script link": "javascript:alert(1)",
    "template": "{{ 7*7 }}",
    "formula": "=cmd|calc",
    "full-width": "ｓｉｅｇｅ",
    "ligature": "ﬁn",
    "Greek ο": "siegο",
    "emoji": "siege\U0001f600",
    "newline": "siege\n",
}
TEXTES = {
    "Jinja": "{{ ed }}",
    "Jinja include": '{% include "/etc/passwd" %}',
    "Jinja comment": "{# x #}",
    "script link": "[x](javascript:alert(1))",
    "remote image": "![](http://mal.example/x.png)",
    "reference image": "![x]",
    "include directive": "```{include} /etc/passwd```",
    "download role": "{download}`../../x`",
    "raw role": "{raw}`html`",
    "colon fence": ":::{note}",
    "autolink": "<http://mal.example>",
    "open script": "<script",
    "end tag": "</script>",
    "entity": "&lt;script&gt;",
    "numeric entity": "&#60;script&#62;",
    "CDATA": "<![CDATA[x]]>",
    "PHP": "<?php x ?>",
    "comment": "<!-- x",
    "doctype": "<!DOCTYPE x>",
    "SVG": "<svg/onload=alert(1)>",
    "formula": "$\\input{x}$",
    "bold": "**gras** et la suite",
    "strike": "~~x~~",
    "code": "`code`",
    "backslash": "C:\\temp\\new",
    "dashes": "---",
    "=": "=1+1",
    "tab then =": "\t=1",
    "@": "@SUM(1)",
    "CR": "a\rb",
    "LF": "a\nb",
    "U+2028": "a\u2028b",
    "NEL": "a\u0085b",
    "vertical tab": "a\x0bb",
    "BEL": "a\x07b",
    "right to left": "a\u202eb",
    "joiner": "a\u200db",
    "BOM inside": "a\ufeffb",
    "soft hyphen": "a\u00adb",
    "tag character": "a\U000e0041b",
    "private use": "a\ue000b",
    "noncharacter": "a\ufffeb",
    "Hangul filler": "a\u3164b",
    "Braille blank": "a\u2800b",
    "decomposed": "e\u0301te\u0301",
    "500 accents": "a" + "\u0300" * 500,
    "variation selector": "a\ufe0fb",
    "Ogham space": "a\u1680b",
    "ideographic space": "a\u3000b",
    "Cyrillic": "Pаmiers",
    "full-width =": "Ａ＝1",
    "mojibake": "Ã©tÃ©",
    "lost character": "r\ufffdgle",
    "100 000 characters": "mot " * 25_000 + "fin",
    "Excel error": "#REF!",
}
TEXTES_ADMIS = {
    "emoji": "Une fête \U0001f389",
    "heading": "# Titre",
    "pipe": "a | b",
    "address": "https://exemple.fr",
    "<": "a < b",
    "percent": "% de parts",
    "no-break spaces": "12\u202f000\u00a0€ : « oui »",
    "ordinals": "2ᵉ, n° 3, 5 µm, œuvre",
}
DIX_MEGAOCTETS = "mot " * 2_500_000

CELLULES = [
    *groupe("count", cellule(VISITES, "visites"), NOMBRES, r"attendue?"),
    *groupe("amount", cellule(PRESTATIONS, "montant_eur"), NOMBRES | {".5": ".5"}, r"attendue?"),
    *groupe("indicator", cellule(INDICATEURS, "valeur"), NOMBRES, r"attendue?"),
    *groupe("day", cellule(PRESTATIONS, "versement"), DATES, r"date attendue"),
    *groupe("code", cellule(VISITES, "site"), CODES, r"attendu"),
    *groupe("new code", cellule(SITES, "code"), CODES, r"attendu"),
    *groupe("note", cellule(PRESTATIONS, "note"), {n: t for n, t in TEXTES.items() if n != "CR"}, r"attendu"),
    *groupe("label", cellule(SITES, "libelle"), {n: t for n, t in TEXTES.items() if n != "CR"}, r"attendu"),
    *groupe("harmless note", cellule(PRESTATIONS, "note"), TEXTES_ADMIS, ADMIS),
]

# --- Bytes

FICHIER = {
    "Latin-1": lambda b: b.decode().replace("’", "'").encode("latin-1"),
    "UTF-16": lambda b: b.decode().encode("utf-16"),
    "UTF-16 without BOM": lambda b: b.decode().encode("utf-16-le"),
    "UTF-32": lambda b: b.decode().encode("utf-32"),
    "DOS": lambda b: b.decode().replace("’", "'").encode("cp850"),
    "Macintosh": lambda b: b.decode().encode("mac-roman"),
    "EBCDIC": lambda b: b.decode().replace("’", "'").encode("cp500"),
    "NUL": lambda b: b.replace(b"paje", b"pa\0je"),
    "all NUL": lambda b: b"\0" * 1000,
    "CR in a cell": lambda b: b.replace(b"paje,", b"paje\r,"),
    "CR CR LF": lambda b: b.replace(b"\n", b"\r\r\n"),
    "semicolons": lambda b: b.replace(b",", b";"),
    "tabs": lambda b: b.replace(b",", b"\t"),
    "bars": lambda b: b.replace(b",", b"|"),
    "spaces": lambda b: b.replace(b",", b" "),
    "colons": lambda b: b.replace(b",", b":"),
    "full-width commas": lambda b: b.replace(b",", "，".encode()),
    "semicolons in one row": lambda b: b.replace(b"ars,4634773.37,", b"ars;4634773.37;"),
    "two BOM": lambda b: b"\xef\xbb\xbf" * 2 + b,
    "BOM in the middle": lambda b: b.replace(b"paje", "\ufeffpaje".encode()),
    "DOS end of file": lambda b: b + b"\x1a",
    "form feed at the end": lambda b: b + b"\x0c",
    "comment first": lambda b: b"# commentaire\n" + b,
    "title first": lambda b: b"Prestations 2023,,,,\n" + b,
    "total last": lambda b: b + b"Total,22000000,,ra2023,\n",
    "twice": lambda b: b + b,
    "header again": lambda b: b + b.split(b"\n")[0] + b"\n",
    "gzip": gzip.compress,
    "web page": lambda b: b"<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table></body></html>",
    "JSON": lambda b: b'[{"prestation": "paje"}]',
    "XML with an entity": lambda b: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "PDF": lambda b: b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "PNG": lambda b: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "workbook": lambda b: b"PK\x03\x04" + b"\0" * 50,
    "Git conflict": lambda b: b.replace(b"ars,", b"<<<<<<< HEAD\nars,", 1) + b"=======\nars,1\n>>>>>>> b\n",
    "comma at the end of rows": lambda b: b.replace(b"\n", b",\n"),
    "blank lines first": lambda b: b"\n\n" + b,
    "spaces first": lambda b: b"  " + b,
    "single quotes": lambda b: b.replace(b"paje", b"'paje'"),
    "curly quotes": lambda b: b.replace(b"paje", "“paje”".encode()),
    "quote not closed": lambda b: b.replace(b"paje,", b'"paje,'),
    "quote in a cell": lambda b: b.replace(b"paje,", b'pa"je,'),
    "backslash before a quote": lambda b: b.replace(b'"Vers', b'"Ver\\"s'),
    "line break in a heading": lambda b: b.replace(b"montant_eur", b'"montant\n_eur"', 1),
    "space before a heading": lambda b: b.replace(b"montant_eur", b" montant_eur", 1),
    "capital headings": lambda b: b.replace(b"montant_eur", b"MONTANT_EUR", 1),
    "zero-width space in a heading": lambda b: b.replace(b"montant_eur", "montant\u200b_eur".encode(), 1),
    "no-break space after a heading": lambda b: b.replace(b"montant_eur", "montant_eur\u00a0".encode(), 1),
    "Cyrillic heading": lambda b: b.replace(b"montant_eur", "mоntant_eur".encode(), 1),
    "heading twice": lambda b: b.replace(b"montant_eur", b"prestation", 1),
    "heading in words": lambda b: b.replace(b"montant_eur", "Montant versé".encode(), 1),
    "heading of 1 MB": lambda b: b.replace(b"montant_eur", b"m" * 1_000_000, 1),
    "1000 unknown headings": lambda b: b.replace(b"note\n", b",".join(b"c%d" % i for i in range(1000)) + b"\n", 1),
    "100 000 cells in a row": lambda b: b.replace(b"paje,", b"paje," + b"," * 100_000, 1),
    "commas alone": lambda b: b",,,,\n" * 5,
    "a quote alone": lambda b: b'"',
    "cut in a cell": lambda b: b[:-20],
    "cut in a character": lambda b: b[: b.index("é".encode()) + 1],
    "surrogate": lambda b: b.replace("é".encode(), b"\xed\xa0\x80", 1),
    "overlong": lambda b: b.replace(b"paje", b"\xc1\x81", 1),
    "U+2028 for line ends": lambda b: b.replace(b"\n", "\u2028".encode()),
    "NEL for line ends": lambda b: b.replace(b"\n", "\u0085".encode()),
    "20 000 blank lines": lambda b: b + b"\n" * 20_000,
    "note of 10 MB": lambda b: b.replace(b"seulement.", DIX_MEGAOCTETS.encode()),
    "word to be written": lambda b: b.replace(b"seulement.", "[à compléter]".encode()),
}
FICHIER_ADMIS = {
    "BOM": lambda b: b"\xef\xbb\xbf" + b,
    "CRLF": lambda b: b.replace(b"\n", b"\r\n"),
    "CR": lambda b: b.replace(b"\n", b"\r"),
    "quotes around headings": lambda b: b.replace(b"prestation,montant_eur", b'"prestation","montant_eur"'),
    "no line end last": lambda b: b.rstrip(b"\n"),
}
ENTETE = "site,visites,part_pct,source\n"
ENORMES = {
    "200 000 wrong rows": ENTETE + "toulouse,beaucoup,x,rien\n" * 200_000,
    "200 000 times the same key": ENTETE + "siege,1,1,ra2023\n" * 200_000,
    "200 000 short rows": ENTETE + "siege,1,1\n" * 200_000,
    "200 000 unknown codes": ENTETE + "".join(f"code_{i},1,1,ra2023\n" for i in range(200_000)),
    "100 000 rows and blank lines": ENTETE + "siege,1,1,ra2023\n\n" * 100_000,
    "65 MB": ENTETE + "siege,1,1,ra2023\n" * 4_000_000,
}
OCTETS = [
    *groupe("file", octets(PRESTATIONS), FICHIER, r"attendu"),
    *groupe("harmless file", octets(PRESTATIONS), FICHIER_ADMIS, ADMIS),
    *groupe(
        "table", contenu(VISITES), {"2000 wrong rows": ENTETE + "toulouse,beaucoup,x,rien\n" * 2000}, "autres erreurs"
    ),
    *groupe("table", contenu(VISITES), ENORMES, r"attendu", lente=True),
    Entree(
        "nomenclature: 20 000 wrong rows",
        contenu(SITES)("code,libelle,parent\n" + "".join(f"Code {i},Libellé {i},x\n" for i in range(20_000))),
        "attendu",
        lente=True,
    ),
]

# --- What is no file, and files that are not read


def _tube(chemin: Path) -> None:
    os.mkfifo(chemin)


def _vers(cible: str) -> Callable[[Path], None]:
    return lambda chemin: chemin.symlink_to(cible)


PARTOUT = (VISITES, EDITION, TEXTE, SITES, SCHEMA, "2023/agents.csv")
SPECIAUX = [
    *(Entree(f"pipe: {f}", sauf(f, _tube), "spécial") for f in PARTOUT),
    *(Entree(f"device without end: {f}", sauf(f, _vers("/dev/zero")), "spécial") for f in PARTOUT),
    *(Entree(f"folder: {f}", sauf(f, Path.mkdir), "un dossier|attendu") for f in PARTOUT),
    *(Entree(f"link to nothing: {f}", sauf(f, _vers("rien")), "attendu") for f in PARTOUT),
    *(Entree(f"link to itself: {f}", sauf(f, _vers(Path(f).name)), "attendu") for f in PARTOUT),
    Entree("file for the folder of texts", sauf("2023/textes", Path.touch), "fichier de l’année attendu"),
    Entree("file for a year", pose("2024"), "dossier d’année attendu"),
    Entree("file for the schemas", sauf("schemas", Path.touch), "attendu"),
    Entree("newline in a name", pose("2023/vis\nites.csv"), re.escape("vis[U+000A]ites.csv")),
]
JAMAIS_LUS = [
    *("2023/visites (1).csv", "2023/Copie de visites.csv", "2023/visites.csv.gz", "2023/visites.csv.txt"),
    *("2023/visites.CSV", "2023/visites.csv ", "2023/VISITES.csv", "2023/visites.tsv", "2023/visites.ods"),
    *("2023/visites.xlsb", "2023/visites.xlsm", "2023/visites.json", "2023/visites.numbers", "2023/visites.parquet"),
    *("2023/visites", "2023/edition.yml", "2023/Edition.yaml", "2023/edition (1).yaml", "2023/textes/edito.txt"),
    *("2023/textes/edito.MD", "2023/textes/edito.markdown", "2023/textes/edito.docx", "2023/publie.csv"),
    *("nomenclatures/sites (1).csv", "nomenclatures/sites.xlsx", "nomenclatures/sites.json", "schemas/visites.yml"),
    *("schemas/visites (copie).yaml", "schemas/VISITES.yaml", "schemas/x.json", "2023.zip", "x.csv", "edition.yaml"),
    *("rapport-2023.xlsx",),
]
DOSSIERS = {
    "2024 (copie)/visites.csv": "2024 (copie)",
    "2024 - Copie/visites.csv": "2024 - Copie",
    "2024_old/x": "2024_old",
    "２０２４/visites.csv": "２０２４",
    "2024 /visites.csv": "2024 ",
    "sauvegarde/visites.csv": "sauvegarde",
    "archive/2023/visites.csv": "archive",
    "textes/edito.md": "textes",
    "0223/visites.csv": "0223",
    "2023/2023/visites.csv": "2023/2023",
    "2023/nomenclatures/sites.csv": "2023/nomenclatures",
    "2023/texte/edito.md": "2023/texte",
    "2023/textes/anciens/edito.md": "2023/textes/anciens",
    "schemas/anciens/visites.yaml": "schemas/anciens",
}
LAISSES = [
    *("2023/visites.csv~", "2023/visites.csv.bak", "2023/visites.csv.orig", "2023/#visites.csv#", "2023/visites.tmp"),
    *("2023/.visites.csv.swp", "2023/Thumbs.db", "2023/.DS_Store", "2023/desktop.ini", "2023/edition.yaml~"),
    *("2023/~$visites.csv", "2023/.~lock.visites.csv#", "schemas/visites.yaml.bak", "README.md", "2023/README.txt"),
    *("2023/.ipynb_checkpoints/visites-checkpoint.csv", "__pycache__/x.pyc", "2024~/visites.csv"),
]
FICHIERS_EN_TROP = [
    *(Entree(f"never read: {nom}", pose(nom), "attendue?") for nom in JAMAIS_LUS),
    *(Entree(f"folder: {nom}", pose(nom, lieu=lieu), "attendu") for nom, lieu in DOSSIERS.items()),
    *(Entree(f"left by a tool: {nom}", pose(nom), ADMIS) for nom in LAISSES),
]

# --- YAML and texts

BOMBE = "".join(f"{a}: &{a} [{', '.join(['*' + b] * 9)}]\n" for a, b in zip("bcdefghij", "abcdefghi", strict=True))
BOMBE = f"a: &a [x, x, x]\n{BOMBE}"
BON = "statut: définitive\npublication: ND\n"
EDITIONS = {
    "Python tag": '!!python/object/apply:os.system ["touch piege"]\n',
    "bomb": BOMBE + BON,
    "alias": "statut: &a x\nextrait: *a\n",
    "recursion": "statut: &a [*a]\npublication: ND\n",
    "key twice": "statut: provisoire\n" + BON,
    "tab": BON + "\tx: y\n",
    "100 000 brackets": "statut: " + "[" * 100_000,
    "5000 braces": "statut: " + "{a: " * 5000,
    "two documents": BON + "---\n" + BON,
    "directive": "%YAML 9.9\n---\n" + BON,
    "binary": "statut: !!binary aaaa\npublication: ND\n",
    "list": "- statut: définitive\n",
    "merge": "<<: {statut: définitive}\npublication: ND\n",
    "number for a key": "1: 2\n" + BON,
    "null key": "? \n: x\n" + BON,
    "list for a key": "? [a, b]\n: x\n" + BON,
    "unknown alias": "statut: *inconnu\npublication: ND\n",
    "30 February": "statut: définitive\npublication: 2023-02-30\n",
    "hour": "statut: définitive\npublication: 2023-02-28T10:00:00Z\n",
    "5000 digits": "statut: définitive\npublication: " + "9" * 5000,
    "list of one": "statut: [définitive]\npublication: ND\n",
    "mapping for a date": "statut: définitive\npublication: {a: b}\n",
    "script for a contact": BON + "contact: javascript:alert(1)\n",
    "quote in a contact": BON + 'contact: https://x/"onclick=\n',
    "list of contacts": BON + "contact: [https://x]\n",
    "HTML": BON + "extrait: <script>alert(1)</script>.\n",
    "template": BON + 'extrait: "{{ 7*7 }}."\n',
    "two lines": BON + "extrait: |\n  a\n  b.\n",
    "list of licences": BON + "licence: [etalab-2.0]\n",
    "empty": "",
    "null": "null\n",
    "comment alone": "# rien\n",
    "Arabic digits": "statut: définitive\npublication: ٢٠٢٣-٠١-٠١\n",
    "BEL": 'statut: "d\\u0007"\npublication: ND\n',
    "year 9999": "statut: définitive\npublication: 9999-12-31\n",
    "year 1": "statut: définitive\npublication: 0001-01-01\n",
    "audit to come": BON + "audit: 2098-01-01\nauditeur: X\nrgaa: 4.1\nconformite: 83\n",
    "2 MB": BON + "#" + "x" * 2_000_000,
    "rate in Arabic digits": BON + "audit: 2026-01-01\nauditeur: X\nrgaa: 4.1\nconformite: ٨٣\n",
    "Git conflict": "<<<<<<< HEAD\n" + BON + "=======\n" + BON + ">>>>>>> b\n",
}
SCHEMAS = {
    "Python tag": contenu(SCHEMA)('!!python/object/apply:os.system ["touch piege"]\n'),
    "bomb": contenu(SCHEMA)(BOMBE),
    "bomb of fields": contenu(SCHEMA)(BOMBE + "fields: *j\n"),
    "recursion": contenu(SCHEMA)("fields: &a [*a]\n"),
    "100 000 brackets": contenu(SCHEMA)("fields: " + "[" * 100_000),
    "key twice": schema("title: V", "title: A\ntitle: V"),
    "minimum NaN": schema("minimum: 0", "minimum: .nan"),
    "maximum inf": schema("maximum: 100000", "maximum: .inf"),
    "1e400": schema("maximum: 100000", "maximum: 1e400"),
    "text for a bound": schema("maximum: 100000", 'maximum: "5"'),
    "bounds the wrong way": schema("minimum: 0, maximum: 100000", "minimum: 10, maximum: 1"),
    "date for a bound": schema("minimum: 0", "minimum: 2023-01-01"),
    "negative decimals": schema("decimales: 0", "decimales: -1"),
    "a billion decimals": schema("decimales: 0", "decimales: 1000000000"),
    "decimals true": schema("decimales: 0", "decimales: true"),
    "number for a name": schema("name: visites", "name: 3"),
    "path for a name": schema("name: visites", 'name: "../x"'),
    "list for a name": schema("name: visites", "name: [a]"),
    "name twice": schema("name: part_pct", "name: visites"),
    "key of no column": schema("primaryKey: [site]", "primaryKey: [rien]"),
    "no key": schema("primaryKey: [site]", "primaryKey: []"),
    "number for a key": schema("primaryKey: [site]", "primaryKey: 3"),
    "mapping for a key": schema("primaryKey: [site]", "primaryKey: {a: b}"),
    "numbers for reasons": schema("[NC, NS, ND]", "[1, 2]"),
    "unknown reason": schema("[NC, NS, ND]", "[NC, XX]"),
    "null in a list": schema("minimum: 0, maximum", "enum: [null], maximum"),
    "list of constraints": schema("constraints: {required: true}", "constraints: [a]"),
    "list for a title": schema("title: Visites", "title: [a]"),
    "list for a description": schema("description: Une ligne par", "description: [a]\nautre: Une ligne par"),
    "foreign key from no column": schema("fields: [site], ref", "fields: [rien], ref"),
    "null foreign keys": schema("foreignKeys:", "foreignKeys: null\nx:"),
    "text for foreign keys": schema("foreignKeys:", "foreignKeys: abc\nx:"),
    "list for a type": schema("type: integer", "type: [a]"),
    "no type": schema("type: integer", "type:"),
    "number for a unit": schema("unite: visites", "unite: 3"),
    "number for unique keys": schema("primaryKey", "uniqueKeys: 3\nprimaryKey"),
    "unique key of no column": schema("primaryKey", "uniqueKeys: [[rien]]\nprimaryKey"),
    "UTF-16": octets(SCHEMA)(lambda b: b.decode().encode("utf-16")),
    "empty": contenu(SCHEMA)(""),
    "list": contenu(SCHEMA)("- a\n"),
}
PROSE = {
    "script": "<script>alert(1)</script>",
    "private names": "{{ ed.__class__ }}",
    "range": "{% for x in range(9) %}x{% endfor %}",
    "include directive": "```{include} /etc/passwd\n```",
    "colon fence": ":::{note}\nx\n:::",
    "role": "{download}`../../x`",
    "Jinja include": '{% include "/etc/passwd" %}',
    "Jinja import": '{% import "os" as os %}',
    "not closed": "{{ ed",
    "os": "{{ os }}",
    "Git conflict": "<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> b",
    "script link": "[x](javascript:alert(1))",
    "path": "[x](/etc/passwd)",
    "relative path": "[x](../../secret.txt)",
    "data link": "[x](data:text/html,x)",
    "remote image": "![x](http://mal.example/x.png)",
    "link defined below": "[x]: javascript:alert(1)",
    "2 MB": "mot " * 500_000,
    "3000 braces": "{{" * 3000,
    "BEL": "A\x07.",
    "right to left": "A\u202eb.",
    "zero-width space": "A\u200bb.",
    "Cyrillic": "Pаmiers.",
    "decomposed": "e\u0301te\u0301.",
    "to be written": "TODO",
    "comment": "<!-- secret -->",
}
ECRITS = [
    *groupe("edition", contenu(EDITION), EDITIONS, "attendue?"),
    *groupe(
        "harmless edition",
        contenu(EDITION),
        {"tag": "statut: !x définitive\npublication: ND\n", "CRLF": BON.replace("\n", "\r\n")},
        ADMIS,
    ),
    *(Entree(f"schema: {nom}", abimer, "attendu") for nom, abimer in SCHEMAS.items()),
    Entree("harmless schema: CRLF", octets(SCHEMA)(lambda b: b.replace(b"\n", b"\r\n")), ADMIS),
    *groupe("text", lambda t: contenu(TEXTE)(f"## message\n\n{t}\n"), PROSE, "attendue?"),
    *groupe(
        "text",
        contenu(TEXTE),
        {
            "no block": "Du texte sans bloc.\n",
            "block twice": "## a\n\nA.\n\n## a\n\nB.\n",
            "title first": "# Titre\n\n## a\n\nA.\n",
            "NUL": "## a\n\nA\0.\n",
            "UTF-16": "## a\n\nÀ.\n".encode("utf-16"),
            "Latin-1": "## a\n\nÀ.\n".encode("latin-1"),
        },
        "attendue?",
    ),
    Entree("harmless text: CR", contenu(TEXTE)("## message\r\rÀ.\r"), ADMIS),
]
VERIFIEES = [*CELLULES, *OCTETS, *SPECIAUX, *FICHIERS_EN_TROP, *ECRITS]
"""What `rapport check` reads."""

# --- Judgement

DE_PYTHON = re.compile(r"Traceback|\b\w+Error\b|\bErrno\b|object at 0x|ScalarNode|codec can't")


def defaut_de_message(textes: list[str]) -> str:
    """What is wrong with what is said: too much of it, no sentence, words of Python."""
    if sum(map(len, textes)) > LONGUEUR:
        return f"{sum(map(len, textes))} characters are said"
    for texte in textes:
        if "\n" in texte or not texte.rstrip().endswith((".", "»", ")", "]")):
            return f"no sentence on one line: {texte[:200]}"
        if DE_PYTHON.search(texte):
            return f"words of Python: {texte[:200]}"
        if mots := anglais(re.sub(r'«.*?»|".*?"', "", texte)):
            return f"English {mots}: {texte[:200]}"
    return ""


def juger(entree: Entree, erreurs: list[Erreur], lieu: Lieu) -> str:
    """What is wrong with the errors of a case, "" if nothing is."""
    textes = list(map(str, erreurs))
    if defaut := defaut_de_message(textes):
        return defaut
    if entree.dit is ADMIS:
        return f"refused: {textes[0]}" if textes else ""
    fichier, ligne, colonne = lieu
    la = [e for e in erreurs if e.fichier in (f"data/{fichier}", f"data/{Path(fichier).parent.as_posix()}")]
    la = [e for e in la if ligne in (None, e.ligne) and colonne in (None, e.colonne)]
    if not la:
        return f"nothing is said of {lieu}: {textes[:2] or 'accepted'}"
    if not any(re.search(entree.dit, str(e)) for e in la):
        return f"not the words: {la[0]}"
    return "" if all(e.message.strip() for e in la) else f"no cure: {la[0]}"


def verifiee(entree: Entree, dossier: Path, hasard: Random) -> str:
    """Break a valid folder, check it: what is wrong with the answer. What is accepted can be read."""
    donnees = ecrire(dossier)
    lieu = entree.abimer(donnees, hasard)
    try:
        erreurs = verifier(donnees)
        if not erreurs:
            _lire_tout(donnees)
    except Exception:
        return f"Python error: {traceback.format_exc(limit=-2)}"
    return juger(entree, erreurs, lieu)


def _lire_tout(dossier: Path) -> None:
    donnees = Donnees(dossier)
    for annee in donnees.annees:
        for nom in (nom for nom in donnees.schemas if "/" not in nom and donnees.existe(nom, annee)):
            for valeur in donnees.table(nom, annee).to_numpy().ravel():
                str(valeur)


def hasardeuse(dossier: Path, hasard: Random) -> str:
    """Damage a random file at random: refused or not, nothing breaks, and what is accepted can be read."""
    donnees = ecrire(dossier)
    chemin = donnees / hasard.choice(sorted(FICHIERS))
    octets_ = bytearray(chemin.read_bytes())
    for _ in range(hasard.randint(1, 4)):
        debut = hasard.randrange(len(octets_))
        fin = min(len(octets_), debut + hasard.choice([1, 1, 3, 20, 200]))
        morceau = hasard.choice(
            [b"", hasard.randbytes(3), b"\n", b",", b'"', b"\0", "é".encode(), bytes(octets_[debut:fin]) * 2]
        )
        octets_[debut:fin] = morceau
        octets_ = octets_ or bytearray(b" ")
    return contenue(chemin.relative_to(donnees).as_posix(), bytes(octets_), dossier, hasard)


def contenue(fichier: str, octets_: bytes, dossier: Path, _: Random) -> str:
    """A file that holds anything: refused in words or not, nothing breaks, and what is accepted can be read."""
    donnees = ecrire(dossier)
    (donnees / fichier).write_bytes(octets_)
    try:
        erreurs = verifier(donnees)
        if not erreurs:
            _lire_tout(donnees)
    except Exception:
        return f"Python error of {fichier}: {traceback.format_exc(limit=-2)}"
    return defaut_de_message(list(map(str, erreurs)))


# --- Workbooks


def exporte(donnees: Path) -> bytes:
    """The workbook of 2023, as it is exported."""
    chemin = donnees.parent / "exporte.xlsx"
    export.exporter(Donnees(donnees), 2023, chemin)
    return chemin.read_bytes()


def feuille(change: Callable, nom: str = "Visites") -> Callable[[bytes, Random], bytes]:
    """Change a sheet, as a spreadsheet would."""

    def refaire(classeur: bytes, hasard: Random) -> bytes:
        ouvert = load_workbook(io.BytesIO(classeur))
        change(ouvert[nom])
        flux = io.BytesIO()
        ouvert.save(flux)
        return flux.getvalue()

    return refaire


def valeur(saisie: object, nom: str = "Visites", place: str = "D5") -> Callable[[bytes, Random], bytes]:
    """Type something in a cell: D5 of the visits is a count."""
    return feuille(lambda f: f.__setitem__(place, saisie), nom)


def parties(change: Callable[[str, bytes], bytes | None], ajouts: dict[str, bytes] | None = None):
    """Change the parts of the archive (None: without it), and add some."""

    def refaire(classeur: bytes, hasard: Random) -> bytes:
        flux = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(classeur)) as lu, zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as ecrit:
            for nom in lu.namelist():
                if (partie := change(nom, lu.read(nom))) is not None:
                    ecrit.writestr(nom, partie)
            for nom, ajout in (ajouts or {}).items():
                ecrit.writestr(nom, ajout)
        return flux.getvalue()

    return refaire


VISITES_DU_CLASSEUR = "xl/worksheets/sheet5.xml"


def brute(xml: str) -> Callable[[bytes, Random], bytes]:
    """Put XML in the place of the cell D5, a count of visits: what a spreadsheet would not write."""

    def remplacer(nom: str, b: bytes) -> bytes:
        cellule = re.compile(rb'<c r="D5"[^>]*?(/>|>.*?</c>)', re.DOTALL)
        return cellule.sub(xml.encode(), b) if nom == VISITES_DU_CLASSEUR else b

    return parties(remplacer)


def entite(partie: str, entites: str) -> Callable[[bytes, Random], bytes]:
    def declarer(nom: str, b: bytes) -> bytes:
        if partie not in nom:
            return b
        b = re.sub(rb"^<\?xml[^>]*\?>", b"", b)
        return f"<!DOCTYPE x [{entites}]>".encode() + re.sub(rb"<t>[^<]*</t>|<v>[^<]*</v>", b"<t>&a;</t>", b, count=1)

    return parties(declarer)


XXE = '<!ENTITY a SYSTEM "file:///etc/passwd">'
RIRES = (
    '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    + '<!ENTITY a "&a11;">'
)
CLASSEURS = {
    "text": (valeur("beaucoup"), "D5"),
    "formula without a result": (valeur("=1+1"), "D5"),
    "negative": (valeur(-3), "D5"),
    "#REF!": (valeur("#REF!"), "D5"),
    "day": (valeur(datetime.date(2023, 2, 1)), "D5"),
    "hour": (valeur(datetime.time(2, 1)), "D5"),
    "31/02": (valeur("31/02/2023"), "D5"),
    "duration": (valeur(datetime.timedelta(hours=30)), "D5"),
    "boolean": (valeur(True), "D5"),
    "1e400 in words": (valeur("1e400"), "D5"),
    "Arabic digits": (valeur("١٢٣"), "D5"),
    "zero-width space": (valeur("1\u200b537"), "D5"),
    "error": (brute('<c r="D5" t="e"><v>#DIV/0!</v></c>'), "D5"),
    "error of a formula": (brute('<c r="D5" t="e"><f>1/0</f><v>#DIV/0!</v></c>'), "D5"),
    "NaN": (brute('<c r="D5"><v>NaN</v></c>'), "D5|abîmé"),
    "INF": (brute('<c r="D5"><v>INF</v></c>'), "D5|abîmé"),
    "1E400": (brute('<c r="D5"><v>1E400</v></c>'), "D5|abîmé"),
    "no number": (brute('<c r="D5"><v>abc</v></c>'), "D5|abîmé"),
    "string that does not exist": (brute('<c r="D5" t="s"><v>99999</v></c>'), "abîmé"),
    "style that does not exist": (brute('<c r="D5" s="99999"><v>1</v></c>'), "abîmé"),
    "cell of no column": (brute('<c r="ZZZZZ5"><v>1</v></c>'), "abîmé|D5"),
    "bad ISO date": (brute('<c r="D5" t="d"><v>2023-02-31</v></c>'), "abîmé|D5"),
    "huge day": (brute('<c r="D5" t="d"><v>99999-01-01</v></c>'), "abîmé|D5"),
    "merged keys": (feuille(lambda f: f.merge_cells("A5:A6")), "A6"),
    "heading changed": (feuille(lambda f: f.__setitem__("D4", "Nombre")), "colonne"),
    "row deleted": (feuille(lambda f: f.delete_rows(6)), "lavelanet"),
    "column deleted": (feuille(lambda f: f.delete_cols(8)), "colonne"),
    "sheet renamed": (feuille(lambda f: setattr(f, "title", "visites 2")), "Visites"),
    "other year": (feuille(lambda f: f.__setitem__("A1", "Visites – 2022")), "2022"),
    "key twice": (feuille(lambda f: f.__setitem__("A6", "siege")), "A6|lavelanet"),
    "HTML": (feuille(lambda f: f.__setitem__("A5", "<script>")), "A5|siege"),
    "entity of a file in sheets": (entite("sheet5", XXE), "abîmé|entité"),
    "billion laughs in sheets": (entite("sheet5", RIRES), "abîmé|entité"),
    "500 MB of zeros": (parties(lambda n, b: b, {"xl/media/zeros.bin": b"\0" * 500_000_000}), "Mo"),
    "truncated": (lambda b, _: b[: len(b) // 2], "abîmé"),
    "wrong sums": (lambda b, h: b[:2000] + h.randbytes(500) + b[2500:], "abîmé"),
    "not closed XML": (parties(lambda n, b: b[: len(b) // 2] if "sheet5" in n else b), "abîmé"),
    "empty archive": (lambda b, _: b"PK\x05\x06" + b"\0" * 18, "classeur"),
    "archive of something else": (lambda b, _: gzip.compress(b), "classeur"),
    "a CSV": (lambda b, _: b"a,b\n1,2\n", "classeur"),
    "nothing": (lambda b, _: b"", "classeur"),
    "last row of a spreadsheet": (feuille(lambda f: f.__setitem__("D1048576", "x")), "1048576"),
}
# Typed by hand in a workbook: refused in words, or read rightly.
NOMBRES = {
    "NaN": "NaN", "nan": "nan", "inf": "inf", "moins l’infini": "-inf", "1e400": "1e400", "1e3": "1e3", "moins zéro": "-0",
    "zéros devant": "0012", "chiffres arabes": "١٢٣", "chiffres devanagari": "१२३", "chiffres pleins": "１２３",
    "U+202F": "1\u202f537", "U+00A0": "1\u00a0537", "espace": "1 537", "apostrophe": "1'537", "point de milliers": "1.537.000",
    "signe moins": "−1537", "tiret": "–1537", "plus": "+1537", "hexadécimal": "0x601", "souligné": "1_537", "vide": "",
    "espace seul": " ", "point": ".", "tiret seul": "-", "euro": "1537 €", "pour cent": "15 %", "fraction": "1/2",
    "exposant": "15³", "O pour zéro": "15O7", "l pour un": "l537", "#REF!": "#REF!", "#N/A": "#N/A", "formule": "=1+1",
    "n.d.": "n.d.", "nc": "nc", "secret": "s", "tabulation": "1537\t", "espace sans chasse": "1537\u200b",
    "BOM dedans": "\ufeff1537", "U+202E": "\u202e1537", "texte": "beaucoup", "négatif": "-1537", "immense": "9" * 400,
    "décimale": "1537.5", "décimales nulles": "1537.00", "vrai": "True", "nul": "null", "None": "None", "∞": "∞", "½": "½",
    "chiffre romain": "Ⅻ", "point final": "1537.", "point devant": ".5", "deux points": "15..37", "HTML": "<b>1</b>",
}  # fmt: skip
TEXTES = {
    "HTML": "<script>alert(1)</script>", "image": '<img src="https://x.fr/i.png">', "commentaire": "<!-- a -->",
    "entité": "a &eacute; b", "formule": "=SOMME(A1)", "plus": "+33", "arobase": "@SOMME", "moins": "- de 25 ans",
    "espace devant": " Versée", "espace derrière": "Versée ", "espace sans chasse": "Ver\u200bsée", "U+FFFD": "Vers\ufffde",
    "cp1252 relu": "VersÃ©e", "U+202E": "Vers\u202eée", "séparateur": "Vers\u2028ée",
    "privé": "Vers\ue000ée", "à compléter": "à compléter", "TODO": "TODO : dire", "lorem": "Lorem ipsum dolor",
    "#REF!": "#REF!", "saut de ligne": "Versée\nen août", "retour": "Versée\ren août",
}  # fmt: skip
CLASSEURS |= {
    **{f"number: {nom}": (valeur(saisie), None) for nom, saisie in NOMBRES.items()},
    **{f"text: {nom}": (valeur(saisie, "Prestations", "F5"), None) for nom, saisie in TEXTES.items()},
    "link to another workbook": (valeur("='[autre.xlsx]Feuil1'!A1"), "D5"),
    "WEBSERVICE": (valeur('=WEBSERVICE("https://x.fr")'), "D5"),
    "a half": (valeur(1537.5), "D5"),
    "headings merged": (feuille(lambda f: f.merge_cells("A4:D4")), "colonne"),
    "headings deleted": (feuille(lambda f: f.delete_rows(4)), "colonne|titre"),
    "sheet deleted": (feuille(lambda f: f.parent.remove(f)), "Visites"),
    "row inserted above": (feuille(lambda f: f.insert_rows(2)), "colonne|titre"),
    "row twice": (feuille(lambda f: f.append([c.value for c in f[5]])), "siege"),
    "unknown code": (feuille(lambda f: (f.__setitem__("A8", "mazeres"), f.__setitem__("D8", 3))), "A8"),
    "value far below": (feuille(lambda f: f.__setitem__("D9000", 3)), "9000"),
    "heading twice": (feuille(lambda f: f.__setitem__("D4", f["F4"].value)), "colonne"),
    "entity of the network": (entite("sheet5", '<!ENTITY a SYSTEM "http://127.0.0.1:9/x">'), "entité"),
    "500 MB of spaces in a sheet": (
        parties(lambda n, b: b.replace(b"</sheetData>", b" " * 500_000_000 + b"</sheetData>") if "sheet5" in n else b),
        "Mo",
    ),
    "two million rows": (
        parties(
            lambda n, b: (
                b.replace(
                    b"</sheetData>", b'<row r="99999"><c r="A99999"><v>1</v></c></row>' * 2_000_000 + b"</sheetData>"
                )
                if "sheet5" in n
                else b
            )
        ),
        "Mo",
    ),
    "no sheets": (parties(lambda n, b: None if "worksheets" in n else b), "classeur"),
    "no contents": (parties(lambda n, b: None if n == "xl/workbook.xml" else b), "abîmé|classeur"),
    "no strings": (parties(lambda n, b: b"" if n == "xl/sharedStrings.xml" else b), None),
    "bytes damaged at the end": (lambda b, _: b[:-30] + b"\0" * 30, "abîmé"),
    "a text document": (parties(lambda n, b: None, {"word/document.xml": b"<w/>"}), "abîmé|classeur"),
}
CLASSEURS_ADMIS = {
    "as it was": lambda b, _: b,
    "result of a formula": brute('<c r="D5"><f>1+1</f><v>2</v></c>'),
    "a percentage": brute('<c r="D5"><v>2.0</v></c>'),
    "minus zero": brute('<c r="D5"><v>-0</v></c>'),
    "rows hidden": feuille(lambda f: setattr(f.row_dimensions[6], "hidden", True)),
    "columns hidden": feuille(lambda f: setattr(f.column_dimensions["D"], "hidden", True)),
    "sheet hidden": feuille(lambda f: setattr(f, "sheet_state", "hidden")),
    "filtered": feuille(lambda f: setattr(f.auto_filter, "ref", "A4:H7")),
    "column added": feuille(lambda f: f.__setitem__("Z4", "À moi")),
    "blank row inserted": feuille(lambda f: f.insert_rows(6)),
    "sheet added": feuille(lambda f: f.parent.create_sheet("Brouillon")),
    "macros": parties(lambda n, b: b, {"xl/vbaProject.bin": b"macro"}),
    "external link": parties(lambda n, b: b, {"xl/externalLinks/externalLink1.xml": b"<x/>"}),
    "path in the archive": parties(lambda n, b: b, {"../../piege.txt": b"x"}),
    "nbsp in a number": valeur("17\u00a0393"),
}


def importee(refaire: Callable, dit: str | None, dossier: Path, hasard: Random) -> str:
    """Import a workbook: what is wrong with the answer. What is refused writes nothing. `dit` None: whatever it is."""
    donnees = ecrire(dossier)
    chemin = dossier / "rendu.xlsx"
    chemin.write_bytes(refaire(exporte(donnees), hasard))
    avant = {p: p.read_bytes() for p in donnees.rglob("*") if p.is_file()}
    try:
        importe = retour.preparer(Donnees(donnees), chemin)
        if dit:
            return f"accepted: {importe.changements[:2]}"
        changements.ecrire(importe)
        textes = [str(erreur) for erreur in verifier(donnees) if not erreur.manque]  # what is to fill may be imported
        return f"accepted, and invalid: {textes[0]}" if textes else ""
    except Refus as refus:
        textes = [refus.titre + ".", *refus.lignes]
        if defaut := defaut_de_message(textes):
            return defaut
        if {p: p.read_bytes() for p in donnees.rglob("*") if p.is_file()} != avant:
            return "refused, and written"
        if dit is None:
            return ""
        return "" if dit and re.search(dit, "".join(refus.lignes)) else f"refused: {refus.lignes[:2]}"
    except Exception:
        return f"Python error: {traceback.format_exc(limit=-2)}"


# --- Notebooks

CARNET = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Titre"},
            {
                "cell_type": "code",
                "execution_count": None,
                "id": "b",
                "metadata": {"tags": ["parameters"]},
                "outputs": [],
                "source": 'annee = 2023\ndonnees = "../data"',
            },
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    },
    indent=1,
)
CARNETS = {
    "empty": "",
    "cut": CARNET[:-40],
    "list": "[]",
    "number": "3",
    "null": "null",
    "not JSON": CARNET.replace('"cells"', "cells"),
    "Latin-1": CARNET.replace("Titre", "été").encode("latin-1"),
    "UTF-16": CARNET.encode("utf-16"),
    "NUL": CARNET.replace("Titre", "Ti\0tre"),
    "format 3": CARNET.replace('"nbformat": 4', '"nbformat": 3'),
    "format 99": CARNET.replace('"nbformat": 4', '"nbformat": 99'),
    "format in words": CARNET.replace('"nbformat": 4', '"nbformat": "quatre"'),
    "Git conflict": CARNET.replace('{\n "cells"', '{\n<<<<<<< HEAD\n "cells"'),
    "cells that are a text": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": "a"}',
    "nothing in it": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
    "no cells": CARNET.replace('"cells"', '"cellules"'),
    "null cells": '{"cells": null, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "unknown kind of cell": CARNET.replace('"markdown"', '"prose"'),
    "number for a source": CARNET.replace('"# Titre"', "12"),
    "same identifier": CARNET.replace('"id": "b"', '"id": "a"'),
    "100 000 brackets": "[" * 100_000,
    "no title": CARNET.replace("# Titre", "Titre"),
    "no parameters": CARNET.replace('"parameters"', '"parametres"'),
    "no year": CARNET.replace("annee =", "anne ="),
}


def carnet(contenu_: str | bytes, dossier: Path, hasard: Random) -> str:
    """Read a notebook as a build does before it runs it: what is wrong with the answer."""
    chemin = dossier / "chapitre.ipynb"
    chemin.write_bytes(contenu_ if isinstance(contenu_, bytes) else contenu_.encode())
    try:
        gate.check_notebook(sommaire.lire_carnet(chemin))
        return "accepted"
    except Refus as refus:
        return defaut_de_message([f"{refus.titre}"])
    except Exception:
        return f"Python error: {traceback.format_exc(limit=-2)}"


# --- The campaign

TITRE = "Fichiers faux : refusés avec leur ligne, leur colonne et un remède"
COURT, LONG = 10, 1000


def essais(hasard: Random, nombre: int, dossier: Path) -> Iterator[Essai]:
    """Every case, in an order of the seed, then random damage to random files."""
    cas = [(e.nom, partial(verifiee, e)) for e in VERIFIEES]
    cas += [(f"notebook: {n}", partial(carnet, c)) for n, c in CARNETS.items()]
    cas += [(f"workbook: {n}", partial(importee, f, dit)) for n, (f, dit) in CLASSEURS.items()]
    cas += [(f"harmless workbook: {n}", partial(importee, f, ADMIS)) for n, f in CLASSEURS_ADMIS.items()]
    hasard.shuffle(cas)
    degats = ((f"damage {rang}", hasardeuse) for rang in count())
    for nom, essai in islice(chain(cas, degats), nombre):
        defaut = essayer(essai, f"{hasard.random()} {nom}")
        yield Essai(nom, (defaut,) if defaut else ())


def essayer(essai: Callable[[Path, Random], str], graine: object) -> str:
    """Try in a folder of its own; what is wrong."""
    with tempfile.TemporaryDirectory(prefix="entrees-") as dossier:
        return essai(Path(dossier), Random(str(graine)))
