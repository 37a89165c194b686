"""Bad input: each is refused with its place and a cure, or read rightly; never a traceback, never accepted wrongly.

Files of data and workbooks are checked as the commands check them (`verifier`, `retour.preparer`), in this process;
notebooks are built, all of them in one book, of which every fault must be told.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from donnees_minimales import ecrire as ecrire_donnees
from openpyxl import load_workbook
from outils import PARAMETRES, anglais, code, contenu, md, notebook

from campagnes import Atelier, Essai
from rapport.controle.erreurs import Refus
from rapport.donnees.dossier import Donnees
from rapport.saisie.excel import retour
from rapport.saisie.excel.export import exporter
from rapport.verite.verification import verifier

TITRE = "Saisies fausses : refusées avec leur place et un remède"
COURT, LONG = 40, 400

VISITES, AGENTS, EDITION, TEXTE = "2023/visites.csv", "2023/agents.csv", "2023/edition.yaml", "2023/textes/edito.md"
PRESTATIONS, INDICATEURS = "2023/prestations.csv", "2023/indicateurs.csv"
BON = "lavelanet,1537,6.38,ra2023"

Mauvaise = tuple[str, Callable[[Path], object]]


def octets(fichier: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    """What replaces the bytes of a file of data."""

    def appliquer(donnees: Path) -> None:
        chemin = donnees / fichier
        chemin.write_bytes(change(chemin.read_bytes()))

    return appliquer


def remplace(fichier: str, avant: str, apres: str) -> Callable[[Path], object]:
    def change(lus: bytes) -> bytes:
        assert avant.encode() in lus, (fichier, avant)
        return lus.replace(avant.encode(), apres.encode(), 1)

    return octets(fichier, change)


def pose(fichier: str, texte: str = "a,b\n1,2\n") -> Callable[[Path], object]:
    def appliquer(donnees: Path) -> None:
        (donnees / fichier).parent.mkdir(parents=True, exist_ok=True)
        (donnees / fichier).write_text(texte, encoding="utf-8")

    return appliquer


# --- Files of data

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
    "cp1252 relu": "VersÃ©e", "commande": "Vers\x07ée", "U+202E": "Vers\u202eée", "séparateur": "Vers\u2028ée",
    "privé": "Vers\ue000ée", "à compléter": "à compléter", "TODO": "TODO : dire", "lorem": "Lorem ipsum dolor",
    "#REF!": "#REF!", "saut de ligne": "Versée\nen août", "retour": "Versée\ren août",
}  # fmt: skip
DATES = {
    "31/02": "31/02/2023", "31 février": "2023-02-31", "à l’anglaise": "12/31/2023", "nombre d’Excel": "45291",
    "mois 13": "2023-13-01", "sans jour": "2023-12", "heure": "2023-12-31T00:00", "deux chiffres": "31/12/23",
    "année 0": "0000-01-01", "autres chiffres": "２０２３-12-31", "mots": "fin décembre", "négative": "-2023-12-31",
}  # fmt: skip
CODES = {
    "majuscule": "Siege", "accent": "siège", "homoglyphe": "ѕiege", "espace sans chasse": "sie\u200bge", "espace": "siege ",
    "inconnu": "mazeres", "vide": "", "NFD": "sie\u0301ge", "chemin": "../siege", "point": "siege.", "en double": "pamiers",
    "barre": "siege/1", "guillemet": 'sie"ge', "très long": "s" * 5000,
}  # fmt: skip
BOMBE = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(8)
)
YAMLS = {
    "étiquette Python": "statut: !!python/object/apply:os.system ['true']\npublication: ND\n",
    "étiquette inconnue": "statut: !autre définitive\npublication: ND\n",
    "bombe": BOMBE, "profond": "[" * 3000, "tabulation": "statut:\tdéfinitive\n\tpublication: ND\n", "liste": "- a\n- b\n",
    "scalaire": "définitive", "vide": "", "clé en double": "statut: définitive\nstatut: provisoire\npublication: ND\n",
    "clé inconnue": "statut: définitive\npublication: ND\nlangue: fr\n", "statut mal écrit": "statut: definitif\npublication: ND\n",
    "date impossible": "statut: définitive\npublication: 2024-02-31\n", "javascript": (
        "statut: définitive\npublication: ND\ncontact: javascript:alert(1)\n"), "deux documents": "statut: a\n---\nstatut: b\n",
    "ancre sans suite": "statut: *x\npublication: ND\n", "clé liste": "? [a]\n: b\n", "sans fin": 'statut: "défi\n',
    "liste pour statut": "statut: [définitive]\npublication: ND\n", "récursif": "statut: &a [*a]\npublication: ND\n",
    "adresse en http": "statut: définitive\npublication: ND\ncontact: http://x.fr\n", "NUL": "statut: défi\0nitive\n",
    "nul": "statut:\npublication:\n", "licence": "statut: définitive\npublication: ND\nlicence: à moi\n",
}  # fmt: skip
BLOCS = {
    "script": "<script>alert(1)</script>", "iframe": '<iframe src="https://x.fr"></iframe>', "image": "![x](https://x.fr/i.png)",
    "javascript": "[ici](javascript:alert(1))", "javascript caché": "[ici](JaVaScRiPt&#58;alert(1))", "data": "[ici](data:text/html,x)",
    "directive d’inclusion": "```{include} ../../_config.yml\n```", "directive de code": "```{code-cell}\n1/0\n```",
    "directive brute": "```{raw} html\n<b>a</b>\n```", "deux-points": ":::{include} /etc/passwd\n:::",
    "rôle": "{download}`/etc/passwd`", "évaluation": "```{eval-rst}\n.. include:: /etc/passwd\n```",
    "figure": "```{figure} https://x.fr/i.png\n```", "attribut": '<a onclick="x()">a</a>', "style": '<p style="x">a</p>',
    "inclusion de Jinja": '{% include "/etc/passwd" %}', "import de Jinja": '{% import "os" as os %}',
    "extends": '{% extends "x" %}', "nom inconnu": "{{ secret }}", "accolades": "{{ annee", "bloc sans fin": "{% if annee %}a",
    "classe": "{{ ''.__class__.__mro__ }}", "globals": "{{ ed.texte.__globals__ }}", "config": "{{ self._TemplateReference__context }}",
    "cycler": "{{ cycler.__init__.__globals__.os }}", "lipsum": "{{ lipsum.__globals__ }}", "attr": "{{ ed|attr('__class__') }}",
    "à remplir": "<!-- à remplir : dire -->", "à compléter": "Il reste à compléter.",
}  # fmt: skip


def fichiers_de_donnees() -> Iterator[Mauvaise]:
    for nom, valeur in NOMBRES.items():
        yield f"nombre, {nom}", remplace(VISITES, "lavelanet,1537", f"lavelanet,{valeur}")
        yield f"nombre d’indicateur, {nom}", remplace(INDICATEURS, "appels,20151", f"appels,{valeur}")
    for nom, valeur in TEXTES.items():
        cellule = '"' + valeur.replace('"', '""') + '"'
        yield f"texte, {nom}", remplace(PRESTATIONS, '"Versée en août, pour la rentrée."', cellule)
    for nom, valeur in DATES.items():
        yield f"date, {nom}", remplace(PRESTATIONS, "4634773.37,2023-08-17", f"4634773.37,{valeur}")
    for nom, valeur in CODES.items():
        yield f"code, {nom}", remplace(VISITES, "siege,17392", f"{valeur},17392")
    for nom, texte in YAMLS.items():
        yield f"edition.yaml, {nom}", pose(EDITION, texte)
        yield f"schéma, {nom}", pose("schemas/visites.yaml", texte)
    for nom, bloc in BLOCS.items():
        yield f"texte de l’année, {nom}", pose(TEXTE, f"## message\n\n{bloc}\n")
    yield from formes()


def formes() -> Iterator[Mauvaise]:
    """What is wrong with a file as a file."""
    decode = lambda b: b.decode("utf-8")  # noqa: E731
    yield "Latin-1", octets(PRESTATIONS, lambda b: decode(b).encode("latin-1"))
    yield "Windows-1252", octets(PRESTATIONS, lambda b: decode(b).replace("août", "août €").encode("cp1252"))
    for nom in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        yield nom, octets(PRESTATIONS, lambda b, nom=nom: decode(b).encode(nom))
    yield "MacRoman", octets(PRESTATIONS, lambda b: decode(b).encode("mac-roman"))
    yield "octet nul", octets(VISITES, lambda b: b[:40] + b"\0" + b[40:])
    yield "octets au hasard", octets(VISITES, lambda b: bytes(range(256)) * 20)
    yield "coupé dans un caractère", octets(PRESTATIONS, lambda b: b[: b.index("û".encode()) + 1])
    yield "CR dans une cellule", octets(PRESTATIONS, lambda b: b.replace(b", pour", b"\r pour"))
    for signe in ";\t|":
        yield f"séparateur {signe!r}", octets(VISITES, lambda b, s=signe: b.replace(b",", s.encode()))
    yield "sep=", octets(VISITES, lambda b: b"sep=,\n" + b)
    yield "guillemet ouvert", octets(VISITES, lambda b: b.replace(b"lavelanet", b'"lavelanet'))
    yield "guillemet au milieu", octets(VISITES, lambda b: b.replace(b"lavelanet,", b'"lave"lanet,'))
    yield "cellule en trop", remplace(VISITES, BON, BON + ",")
    yield "cellule en moins", remplace(VISITES, BON, "lavelanet,1537,6.38")
    yield "ligne vide", remplace(VISITES, BON, "\n" + BON)
    yield "ligne de virgules", remplace(VISITES, BON, ",,,\n" + BON)
    yield "titre en double", remplace(VISITES, "visites,part_pct", "visites,visites")
    yield "titre avec un espace", remplace(VISITES, "visites,part", "visites ,part")
    yield "titre vide", remplace(VISITES, "visites,part_pct", "visites,")
    yield "titre inconnu", remplace(VISITES, "visites,part", "venues,part")
    yield "titre avec une majuscule", remplace(VISITES, "site,", "Site,")
    yield "titre avec un espace sans chasse", remplace(VISITES, "site,", "si\u200bte,")
    yield "sans titres", octets(VISITES, lambda b: b.partition(b"\n")[2])
    yield "titres seuls", octets(VISITES, lambda b: b.partition(b"\n")[0])
    yield "vide", octets(VISITES, lambda b: b"")
    yield "espaces seuls", octets(VISITES, lambda b: b" \n \n")
    yield "BOM seul", octets(VISITES, lambda b: b"\xef\xbb\xbf")
    yield "deux BOM", octets(VISITES, lambda b: b"\xef\xbb\xbf" * 2 + b)
    yield "un classeur", octets(VISITES, lambda b: b"PK\x03\x04" + b)
    yield "un ancien classeur", octets(VISITES, lambda b: b"\xd0\xcf\x11\xe0" + b)
    yield "du HTML", octets(VISITES, lambda b: b"<html><table><tr><td>1</td></tr></table></html>")
    yield "du JSON", octets(VISITES, lambda b: b'{"site": "siege"}\n')
    yield "conflit de Git", octets(VISITES, lambda b: b"<<<<<<< HEAD\n" + b + b"=======\n" + b + b">>>>>>> autre\n")
    yield "pointeur de LFS", octets(VISITES, lambda b: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    yield "cellule de 10 Mo", remplace(PRESTATIONS, "Versée en août", "Versée " * 1_500_000)
    yield "200 000 lignes fausses", octets(VISITES, lambda b: b + b"mazeres,x,y,z\n" * 200_000)
    yield "200 000 titres", octets(VISITES, lambda b: b",".join([b"titre"] * 200_000) + b"\n" + b)
    yield "dossier au nom d’une table", lambda d: ((d / VISITES).unlink(), (d / VISITES).mkdir())
    yield "lien mort", lambda d: ((d / VISITES).unlink(), (d / VISITES).symlink_to("ailleurs.csv"))
    yield "lien sur lui-même", lambda d: ((d / VISITES).unlink(), (d / VISITES).symlink_to("visites.csv"))
    yield "tube", lambda d: ((d / VISITES).unlink(), os.mkfifo(d / VISITES))
    yield "tube de texte", lambda d: ((d / TEXTE).unlink(), os.mkfifo(d / TEXTE))
    yield "périphérique", lambda d: ((d / VISITES).unlink(), (d / VISITES).symlink_to("/dev/zero"))
    for nom in ("2024 (copie)", "2023 - Copie", "20 23", "２０２３", "2023_old", "02023", "Nouveau dossier", "2203"):
        yield f"dossier « {nom} »", lambda d, nom=nom: shutil.copytree(d / "2023", d / nom)
    for nom in ("visites (1).csv", "visites - Copie.csv", "Visites.csv", "visites.CSV", "visites.xlsx", "visites.csv.csv",
                "vistes.csv", "visites.tsv", "visites.ods"):  # fmt: skip
        yield f"fichier « {nom} »", pose(f"2023/{nom}")
    yield "table à la racine", pose("visites.csv")
    yield "indicateurs absents", lambda d: (d / INDICATEURS).unlink()
    yield "nomenclature absente", lambda d: (d / "nomenclatures/sites.csv").unlink()
    yield "schémas absents", lambda d: shutil.rmtree(d / "schemas")
    yield "nomenclature en désordre", octets("nomenclatures/sites.csv", lambda b: b"code;libelle\n")


FORMATS_BONS = {
    # What is right, and must be accepted: nothing may be refused for its form alone.
    "BOM": octets(VISITES, lambda b: b"\xef\xbb\xbf" + b),
    "CRLF": octets(VISITES, lambda b: b.replace(b"\n", b"\r\n")),
    "CR": octets(VISITES, lambda b: b.replace(b"\n", b"\r")),
    "sans fin de ligne": octets(VISITES, lambda b: b.rstrip(b"\n")),
    "tout entre guillemets": octets(
        VISITES, lambda b: b"\n".join(b'"' + r.replace(b",", b'","') + b'"' for r in b.split())
    ),
    "colonnes en désordre": octets(
        VISITES, lambda b: b"\n".join(b",".join(reversed(r.split(b","))) for r in b.split()) + b"\n"
    ),
    "verrou de LibreOffice": pose("2023/.~lock.visites.csv#", ""),
    "verrou d’Excel": pose("2023/~$visites.xlsx", ""),
    "copie de Jupyter": pose("2023/.ipynb_checkpoints/visites-checkpoint.csv"),
    ".DS_Store": pose("2023/.DS_Store", "x"),
    "copie d’éditeur": pose("2023/visites.csv~"),
    "notes": pose("2023/lisez-moi.txt"),
    "zéro": remplace(VISITES, "lavelanet,1537", "lavelanet,0"),
    "apostrophe courbe": remplace(PRESTATIONS, "Versée en août, pour", "Versée à l’été, pour"),
    "guillemets doublés": remplace(PRESTATIONS, "Versée en août", 'Versée ""en août""'),
    "fine insécable": remplace(PRESTATIONS, "Versée en août,", "Versée en août\u202f: 12\u00a0%,"),
}
EN_PLUS = 250
"""How many lines a verdict may have."""


def juger_donnees(dossier: Path, change: Callable[[Path], object], bonne: bool) -> Iterator[str]:
    donnees = ecrire_donnees(dossier)
    change(donnees)
    try:
        erreurs = verifier(donnees)
    except Exception as erreur:
        yield f"{type(erreur).__name__} : {erreur}"[:300]
        return
    if bonne:
        if erreurs:
            yield f"refusé à tort : {erreurs[0]}"[:300]
        return
    if not erreurs:
        yield "accepté"
    yield from mal_dit([str(erreur) for erreur in erreurs])
    if erreurs and not all(erreur.fichier and erreur.message for erreur in erreurs):
        yield "refusé sans place ou sans remède"


def mal_dit(lignes: list[str]) -> Iterator[str]:
    if len(lignes) > EN_PLUS:
        yield f"{len(lignes)} messages"
    if longue := next((ligne for ligne in lignes if len(ligne) > 2000), ""):
        yield f"un message de {len(longue)} caractères"
    if mots := next(filter(None, (anglais(re.sub('«.*?»|".*?"', "", ligne)) for ligne in lignes[:EN_PLUS])), ()):
        yield f"des mots anglais : {mots}"


# --- Workbooks


def dans(feuille: str, **cellules: object) -> Callable:
    def change(classeur) -> None:
        for place, valeur in cellules.items():
            classeur[feuille][place] = valeur

    return change


def classeurs() -> Iterator[tuple[str, Callable]]:
    """What somebody did to a workbook: name, and a function of the open workbook."""
    for nom, valeur in NOMBRES.items():
        if valeur.strip() and nom not in ("tabulation",):
            yield f"classeur, nombre, {nom}", dans("Visites", D5=valeur)
    for nom, valeur in TEXTES.items():
        if "\x07" not in valeur:
            yield f"classeur, texte, {nom}", dans("Prestations", F5=valeur)
    yield "classeur, formule sans résultat", dans("Visites", D5="=1+1")
    yield "classeur, lien externe", dans("Visites", D5="='[autre.xlsx]Feuil1'!A1")
    yield "classeur, WEBSERVICE", dans("Visites", D5='=WEBSERVICE("https://x.fr")')
    yield "classeur, date pour nombre", dans("Visites", D5=__import__("datetime").datetime(2023, 1, 31))
    yield "classeur, booléen", dans("Visites", D5=True)
    yield "classeur, décimale pour entier", dans("Visites", D5=1537.5)
    yield "classeur, infini", dans("Visites", D5=1e308 * 10)
    yield "classeur, cellules fusionnées", lambda c: c["Visites"].merge_cells("A5:D5")
    yield "classeur, ligne de titres fusionnée", lambda c: c["Visites"].merge_cells("A4:D4")
    yield "classeur, feuille renommée", lambda c: setattr(c["Visites"], "title", "Feuil1")
    yield "classeur, feuille supprimée", lambda c: c.remove(c["Visites"])
    yield "classeur, colonne supprimée", lambda c: c["Visites"].delete_cols(4)
    yield "classeur, ligne de titres supprimée", lambda c: c["Visites"].delete_rows(4)
    yield "classeur, ligne insérée au-dessus", lambda c: c["Visites"].insert_rows(2)
    yield "classeur, ligne en double", lambda c: c["Visites"].append([c["Visites"][f"{x}5"].value for x in "ABCDEFGH"])
    yield "classeur, code inconnu", dans("Visites", A8="mazeres", D8=3)
    yield "classeur, valeur loin", dans("Visites", D9000=3)
    yield "classeur, titre réécrit", dans("Visites", D4="Nombre")
    yield "classeur, titre de deux colonnes", lambda c: dans("Visites", D4=c["Visites"]["F4"].value)(c)


def archives() -> Iterator[tuple[str, Callable[[bytes], bytes]]]:
    """What was done to the file of a workbook: name, and a function of its bytes."""

    def recrire(change: Callable[[str, bytes], bytes | None], plus: dict[str, bytes] | None = None):
        def faire(lus: bytes) -> bytes:
            sortie = io.BytesIO()
            with zipfile.ZipFile(io.BytesIO(lus)) as avant, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as apres:
                for nom in avant.namelist():
                    if (contenu := change(nom, avant.read(nom))) is not None:
                        apres.writestr(nom, contenu)
                for nom, contenu in (plus or {}).items():
                    apres.writestr(nom, contenu)
            return sortie.getvalue()

        return faire

    def xxe(entite: bytes) -> Callable[[str, bytes], bytes]:
        return lambda nom, lu: (
            lu.replace(b"<worksheet", b"<!DOCTYPE w [" + entite + b"]><worksheet", 1).replace(
                b"</sheetData>", b"&e;</sheetData>", 1
            )
            if nom.startswith("xl/worksheets/")
            else lu
        )

    fait_rire = b'<!ENTITY a "' + b"x" * 10000 + b'">' + b'<!ENTITY e "' + b"&a;" * 1000 + b'">'
    yield "archive, entité externe", recrire(xxe(b'<!ENTITY e SYSTEM "file:///etc/passwd">'))
    yield "archive, entité du réseau", recrire(xxe(b'<!ENTITY e SYSTEM "http://127.0.0.1:9/x">'))
    yield "archive, milliard de rires", recrire(xxe(fait_rire))
    yield (
        "archive, bombe",
        recrire(
            lambda n, lu: (
                lu.replace(b"</sheetData>", b" " * 500_000_000 + b"</sheetData>", 1)
                if n == "xl/worksheets/sheet1.xml"
                else lu
            )
        ),
    )
    yield (
        "archive, deux millions de lignes",
        recrire(
            lambda n, lu: (
                lu.replace(
                    b"</sheetData>", b'<row r="99999"><c r="A99999"><v>1</v></c></row>' * 2_000_000 + b"</sheetData>", 1
                )
                if n == "xl/worksheets/sheet2.xml"
                else lu
            )
        ),
    )
    yield "archive, sans feuilles", recrire(lambda n, lu: None if "worksheets" in n else lu)
    yield "archive, sans sommaire", recrire(lambda n, lu: None if n == "xl/workbook.xml" else lu)
    yield "archive, XML coupé", recrire(lambda n, lu: lu[: len(lu) // 2] if n.endswith("sheet2.xml") else lu)
    yield "archive, chaînes vides", recrire(lambda n, lu: b"" if n == "xl/sharedStrings.xml" else lu)
    yield "archive, coupée", lambda lus: lus[: len(lus) // 2]
    yield "archive, fin abîmée", lambda lus: lus[:-30] + b"\0" * 30
    yield "archive, milieu abîmé", lambda lus: lus[:3000] + b"\xff" * 400 + lus[3400:]
    yield (
        "archive, nom qui remonte",
        lambda lus: recrire(lambda n, lu: lu if "sheet2" not in n else None, {"../../x.xml": b"x"})(lus),
    )
    yield "archive vide", lambda lus: b"PK\x05\x06" + b"\0" * 18
    yield "archive, docx", recrire(lambda n, lu: None, {"word/document.xml": b"<w/>"})


def juger_classeur(dossier: Path, change: Callable | None, octets_du_fichier: Callable | None) -> Iterator[str]:
    donnees = ecrire_donnees(dossier)
    chemin = dossier / "c.xlsx"
    exporter(Donnees(donnees), 2023, chemin)
    if change:
        classeur = load_workbook(chemin)
        change(classeur)
        classeur.save(chemin)
    else:
        chemin.write_bytes(octets_du_fichier(chemin.read_bytes()))
    avant = contenu(donnees)
    try:
        importe = retour.preparer(Donnees(donnees), chemin)
    except Refus as refus:
        yield from mal_dit(refus.lignes)
        if not refus.lignes:
            yield "refusé sans un mot"
    except Exception as erreur:
        yield f"{type(erreur).__name__} : {erreur}"[:300]
    else:
        for fichier, texte in importe.fichiers.items():
            fichier.write_text(texte, encoding="utf-8")
        if erreurs := [e for e in verifier(donnees) if not e.manque]:
            yield f"accepté, et les données sont fausses : {erreurs[0]}"
        return
    if contenu(donnees) != avant:
        yield "refusé, et pourtant écrit"


# --- Notebooks

TOUT = "from rapport.chapitre import *\n%load_ext rapport.chapitre\ned = ouvrir(annee, donnees)"
CELLULES = {
    "sys.exit": "import sys\nsys.exit(0)", "os._exit": "import os\nos._exit(0)", "print": "print('ici')",
    "100 Mo": "print('x' * 100_000_000)", "clavier": "input('Qui ?')", "mot de passe": "import getpass\ngetpass.getpass()",
    "écrit dans data": "open('../data/2023/x.csv', 'w').write('a')", "écrit dans chapters": "open('x.txt', 'w').write('a')",
    "efface des données": "import os\nos.unlink('../data/2022/indicateurs.csv')", "syntaxe": "def", "division": "1 / 0",
    "déplace des données": "import os\nos.rename('../data/2022', '../data/2021')",
    "vide un dossier": "import shutil\nshutil.rmtree('../data')", "module absent": "import pas_la", "magie": "%%text\nUn texte.", "avertissement": (
        "import warnings\nwarnings.warn('prudence')"), "récursion": "def f(): return f()\nf()", "signal": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"), "HTML": "from IPython.display import HTML\nHTML('<b>a</b>')",
    "mémoire": "x = bytearray(8 * 1024 ** 3)", "interruption": "raise KeyboardInterrupt", "trait nu": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"), "assert": "assert False",
}  # fmt: skip
CARNETS = {
    "vide": "", "pas du JSON": "coucou", "liste": "[]", "nul": "null", "nombre": "12", "sans cellules": "{}",
    "ancien (3)": '{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}',
    "futur (9)": '{"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "cells": []}',
    "sans cellule": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
    "cellule inconnue": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "x", "source": "", "id": "a", "metadata": {}}]}',
    "cellules en texte": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": "a"}', "coupé": '{"nbformat": 4, "cel',
}  # fmt: skip


def juger_cellules(dossier: Path, noms: list[str]) -> Iterator[Essai]:
    """Each cell in a chapter of its own, all of them in one build."""
    atelier = Atelier(dossier)
    projet, rangs = atelier.projet, {nom: f"c{rang}" for rang, nom in enumerate(noms)}
    projet.toc(list(rangs.values()))
    for nom, chapitre in rangs.items():
        projet.chapitre(chapitre, md(f"# {chapitre}"), PARAMETRES, code(TOUT), code(CELLULES[nom]))
    donnees = contenu(projet.racine / "data")
    fin = atelier.rapport("build", "2023")
    communs = [*fin.defauts()] + ["accepté"] * (fin.code == 0)
    if len(fin.texte) > 1000 * (len(noms) + 5):
        communs.append(f"{len(fin.texte)} caractères à l’écran")
    if contenu(projet.racine / "data") != donnees:
        communs.append("les données ont changé")
    for nom, chapitre in rangs.items():
        dit = re.search(rf"chapters/{chapitre}\.ipynb, cellule 4[ ,(]", fin.texte)
        yield Essai(f"notebook, {nom}", (*communs, *([] if dit else ["la cellule n’est pas nommée"])))


def juger_carnet(dossier: Path, texte: str) -> Iterator[str]:
    from rapport.build.plan import PUBLISH, find_project, make_plan

    atelier = Atelier(dossier)
    (atelier.projet.racine / "chapters" / "premier.ipynb").write_text(texte, encoding="utf-8")
    ici = Path.cwd()
    os.chdir(atelier.projet.racine)
    try:
        make_plan(find_project(), 2023, PUBLISH)
    except Refus as refus:
        yield from mal_dit([refus.titre, *refus.lignes])
        if "chapters/premier.ipynb" not in refus.titre:
            yield f"le notebook n’est pas nommé : {refus.titre}"
    except Exception as erreur:
        yield f"{type(erreur).__name__} : {erreur}"[:300]
    else:
        yield "accepté"
    finally:
        os.chdir(ici)


def essais(hasard: Random, nombre: int, dossier: Path) -> Iterator[Essai]:
    conflit = "<<<<<<< HEAD\n" + str(notebook(md("# Premier"))) + "\n=======\n>>>>>>> autre\n"
    cas: list[tuple[str, Callable[[Path], Iterator[str]]]] = []
    for nom, change in fichiers_de_donnees():
        cas.append((nom, lambda ici, c=change: juger_donnees(ici, c, bonne=False)))
    for nom, change in FORMATS_BONS.items():
        cas.append((f"bon, {nom}", lambda ici, c=change: juger_donnees(ici, c, bonne=True)))
    for nom, change in classeurs():
        cas.append((nom, lambda ici, c=change: juger_classeur(ici, c, None)))
    for nom, change in archives():
        cas.append((nom, lambda ici, c=change: juger_classeur(ici, None, c)))
    for nom, texte in (CARNETS | {"en conflit": conflit}).items():
        cas.append((f"carnet, {nom}", lambda ici, t=texte: juger_carnet(ici, t)))
    hasard.shuffle(cas)
    cellules = list(CELLULES) if nombre >= len(cas) else hasard.sample(list(CELLULES), 3)
    for rang, (nom, juger) in enumerate(cas[: nombre - len(cellules)]):
        ici = dossier / str(rang)
        ici.mkdir()
        yield Essai(nom, tuple(juger(ici)))
        shutil.rmtree(ici)
    ici = dossier / "cellules"
    ici.mkdir()
    yield from juger_cellules(ici, cellules)
