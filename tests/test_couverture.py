"""Every number of the printed report is in the data, and on the page of its chapter.

``faits_imprimes.csv`` lists the numbers, in the order of the print: ``page`` (the chapter), ``imprime`` (the number as
printed, with a point and no spaces; dates in ISO), ``contexte`` (the words around it), ``ou`` (where the data have it:
a year and a reference in the language of formulas, or a file) and ``exception`` (why it is no fact of the report: the
number of a note, the name of a law…; reviewed by hand). The table of contents, and the years that only say when a
number was measured, are not listed.
"""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

import pytest
from lxml import html
from outils import RACINE, simple

from rapport.chapitre.mots import LETTRES
from rapport.donnees.edition import Edition
from rapport.nombres.francais import arrondir
from rapport.verite.fiabilite import DIFFERENT, controles
from rapport.verite.formules import lire

with (RACINE / "tests" / "faits_imprimes.csv").open(encoding="utf-8", newline="") as flux:
    LISTE = list(csv.DictReader(flux))
FAITS = [fait for fait in LISTE if not fait["exception"]]
MOIS = ["janvier", "février", "mars", "avril", "mai", "juin"]
MOIS += ["juillet", "août", "septembre", "octobre", "novembre", "décembre"]
NOMBRE = re.compile(r"\d{1,3}(?:\u202f\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?")


@lru_cache
def edition():
    return Edition(2023, RACINE / "data")


@lru_cache
def contredits():
    """The published figures that the recomputation contradicts: the chapter has the right value, the annex both."""
    table = controles(edition())
    table = table[table["verdict"] == DIFFERENT]
    return {f"{ligne.annee} publie.{ligne.code}" for ligne in table.itertuples()}


def dire(fait):
    return " | ".join(fait[colonne] for colonne in ("page", "imprime", "contexte", "ou"))


def nombres(texte):
    """The numbers of a text, thousands joined, comma read as a point."""
    return {n.replace("\u202f", "").replace(",", ".") for n in NOMBRE.findall(texte)}


def est_date(texte):
    return re.fullmatch(r"\d{4}-\d\d(-\d\d)?", texte)


def est_dite(date, texte):
    """Whether a text says an ISO date or month: « 2 février », « 02/02/2023 », « avril 2020 »."""
    annee, mois, *jour = date.split("-")
    if not jour:
        return f"{MOIS[int(mois) - 1]} {annee}" in texte
    lettres = f"{'1er' if jour[0] == '01' else int(jour[0])} {MOIS[int(mois) - 1]}"
    return lettres in texte or f"{jour[0]}/{mois}/{annee}" in texte


# --- In the data ------------------------------------------------------------------------------------------------------


def dans_les_donnees(fait):
    if fait["ou"].startswith("data/"):
        contenu = simple((RACINE / fait["ou"]).read_text(encoding="utf-8"))
        if est_date(fait["imprime"]):
            return fait["imprime"] in contenu or est_dite(fait["imprime"], contenu)
        return fait["imprime"] in nombres(re.sub(r"(?<=\d)-(?=\d)", " ; ", contenu))
    annee, _, formule = fait["ou"].partition(" ")
    valeur = lire(formule, edition(), publies=True)(int(annee))
    return fait["imprime"] == valeur.motif if not valeur.connu else Decimal(fait["imprime"]) == valeur


def test_every_printed_number_is_in_the_data():
    perdus = []
    for fait in FAITS:
        try:
            trouve = dans_les_donnees(fait)
        except (ValueError, OSError):  # a reference that leads nowhere
            trouve = False
        if not trouve:
            perdus.append(dire(fait))
    assert not perdus, "\n".join([f"{len(perdus)} numbers are not in the data:", *perdus])


def test_an_exception_has_a_reason_and_no_place():
    assert not [dire(f) for f in LISTE if f["exception"] and f["ou"]]
    assert not [dire(f) for f in FAITS if not f["ou"]]
    assert len(FAITS) > 700


# --- In the book ------------------------------------------------------------------------------------------------------


def ecart_d_arrondis(*decimales: int) -> Decimal:
    """How far two roundings of one value can be from each other: 48,546 is 48,55 in the print and 48,5 in the book,
    6,476 is 6 there and 6,5 here."""
    return sum(Decimal(1).scaleb(-d) for d in decimales) / 2


class Page:
    """What a reader finds on a built page: its words, its numbers, and the cells they come from."""

    def __init__(self, site: Path, nom: str):
        (contenu,) = html.parse(str(site / "2023" / f"{nom}.html")).xpath("//main")
        cles = set(contenu.xpath(".//@data-n"))
        publies = json.loads((site / "2023" / "nombres.json").read_text(encoding="utf-8"))
        self.cellules = {(n["fichier"], n["ligne"], n["valeur"]) for n in publies if n["id"] in cles and "fichier" in n}
        for script in contenu.xpath(".//script"):
            script.drop_tree()
        for exposant in contenu.xpath(".//sup"):  # « 1er » is one word
            exposant.drop_tag()
        self.texte = re.sub(r"[ \t\n\u00a0]+", " ", " ".join(contenu.itertext()))
        self.nombres = nombres(self.texte)
        mots = set(re.findall(r"\w+", self.texte.lower()))
        self.nombres |= {str(i) for i, mot in enumerate(LETTRES) if mot in mots or (i == 1 and "une" in mots)}
        millions = re.findall(r"([\d,]+) (?:M€|millions?)", self.texte)
        self.millions = {n.replace(",", ".") for n in millions}

    def a_le_nombre(self, imprime: str) -> bool:
        """The number, whatever its sign; or itself rounded, as the book writes it with fewer decimals; or the number
        it is the rounding of."""
        exact = abs(Decimal(imprime))
        decimales = max(0, -exact.as_tuple().exponent)
        if any(arrondir(Decimal(n) * 1_000_000, 0) == exact.quantize(Decimal(100_000)) for n in self.millions):
            return True
        for n in self.nombres:
            lu = Decimal(n)
            moins = -lu.as_tuple().exponent
            proche = abs(exact - lu) <= ecart_d_arrondis(moins, decimales)
            if lu == exact or (proche and (moins > decimales or (moins < decimales and (moins or exact > 1000)))):
                return True
        return False

    def a_la_cellule(self, valeur) -> bool:
        fichier, ligne = valeur.origine.fichier, valeur.origine.ligne
        return any(
            f == fichier and ligne == n and arrondir(valeur, max(0, -Decimal(v).as_tuple().exponent)) == Decimal(v)
            for f, n, v in self.cellules
            if re.fullmatch(r"-?[\d.]+", v)
        )


def sur_la_page(fait, page):
    imprime = fait["imprime"]
    if est_date(imprime):
        return est_dite(imprime, page.texte)
    if imprime in ("NS", "NC", "ND"):
        return imprime in page.texte or "0" in page.nombres
    if fait["ou"].startswith("data/") or " publie." in fait["ou"] or "(" in fait["ou"]:
        return page.a_le_nombre(imprime)
    annee, _, formule = fait["ou"].partition(" ")
    return page.a_la_cellule(lire(formule, edition())(int(annee)))


@pytest.mark.slow
def test_every_printed_number_is_on_its_page(site):
    pages = cache(lambda nom: Page(site, nom))
    perdus = []
    for fait in FAITS:
        if not (site / "2023" / f"{fait['page']}.html").exists():
            perdus.append(f"{dire(fait)} (no such page)")
        elif not sur_la_page(fait, pages("fiabilite" if fait["ou"] in contredits() else fait["page"])):
            perdus.append(dire(fait))
    assert not perdus, "\n".join([f"{len(perdus)} numbers are not on the page of their chapter:", *perdus])


@pytest.mark.slow
@pytest.mark.parametrize("nom", ["jeunes", "relation-de-service"])
def test_the_check_is_not_blind(site, nom):
    """The numbers of the other chapters are not found on a page, but for small ones and dates."""
    page = Page(site, nom)
    autres = [fait for fait in FAITS if fait["page"] != nom]
    assert sum(sur_la_page(fait, page) for fait in autres) < len(autres) / 8
