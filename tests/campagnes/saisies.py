"""Bad workbooks and notebooks: each is refused with its place and a cure, or read rightly; never a traceback, never
accepted wrongly (files of data: `campagnes.entrees`).

Workbooks are read as the command reads them (`retour.preparer`), in this process; notebooks are built, all of them in
one book, of which every fault must be told.
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

TITRE = "Classeurs et notebooks faux : refusés avec leur place et un remède"
COURT, LONG = 20, 400

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
EN_PLUS = 250
"""How many lines a verdict may have."""


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
