"""How far a year is filled, chapter by chapter.

A value counts once: with its source it is given, or given as missing for a reason (NC, NS, ND); without either it is
to be filled. A row that has no other value than to be there is one value; so is a block of a text.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from rapport.donnees import textes
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import Champ, Schema
from rapport.nombres.nombre import MOTIFS
from rapport.saisie.nouvelle_annee import tables_a_saisir

SOURCE = "source"
REMPLIE, MANQUANTE, MOTIVEE = "remplies", "manquantes", "motivees"


class Completude(NamedTuple):
    """A chapter, and how many of the year's values it waits for are given, to be filled, missing for a reason."""

    chapitre: str
    remplies: int
    manquantes: int
    motivees: int


def completude(dossier_donnees: str | Path, annee: int, racine: Path | None = None) -> list[Completude]:
    """One row a chapter that has values of its own in the year, in the order of the book.

    ``racine``: the project, for its chapters (by default: the one around the current folder). Values that no chapter
    uses come last, under the chapter "". A file that cannot be read raises, as elsewhere.
    """
    donnees = Donnees(dossier_donnees)
    usages = chapitres_par_table(racine)
    comptes: dict[str, Counter] = {}

    def compter(chapitre: str, etat: str) -> None:
        comptes.setdefault(chapitre, Counter())[etat] += 1

    definitions = donnees.nomenclature("indicateurs") if "nomenclatures/indicateurs" in donnees.schemas else None
    for schema in tables_a_saisir(donnees):
        if not donnees.existe(schema.name, annee):
            continue
        lignes = _lire(donnees.chemin(schema.name, annee))
        principal = chapitre_principal(usages.get(schema.name, {}))
        if not lignes:
            compter(principal, MANQUANTE)
        for ligne in lignes:
            chapitre = principal
            if schema.name == "indicateurs":
                chapitre = definitions["chapitre"].get(ligne["code"], "")
            for etat in etats(schema, ligne):
                compter(chapitre, etat)
    for chemin in sorted((donnees.dossier / str(annee) / "textes").glob("*.md")):
        for _, contenu in textes.blocs(chemin.read_text(encoding="utf-8-sig")).values():
            compter(chemin.stem, MANQUANTE if textes.est_a_remplir(contenu) else REMPLIE)
    ordre = [*_chapitres(racine), ""]
    ordre = [*ordre, *(c for c in comptes if c not in ordre)]
    return [Completude(c, *(comptes[c][e] for e in (REMPLIE, MANQUANTE, MOTIVEE))) for c in ordre if c in comptes]


def etats(schema: Schema, ligne: dict[str, str]) -> list[str]:
    """What becomes of each value of a row: :data:`REMPLIE`, :data:`MANQUANTE` or :data:`MOTIVEE`."""
    sans_source = schema.champ(SOURCE) is not None and not ligne.get(SOURCE)
    valeurs = [ligne.get(champ.name, "") for champ in champs_de_valeur(schema)] or [ligne.get(SOURCE, "")]
    return [MANQUANTE if sans_source or not v else MOTIVEE if v in MOTIFS else REMPLIE for v in valeurs]


def champs_de_valeur(schema: Schema) -> list[Champ]:
    """The columns that a year fills: no key, no source, nothing optional, nothing carried over."""
    autres = (*schema.primary_key, SOURCE)
    return [c for c in schema.fields if c.name not in autres and c.constraints.get("required") and not c.reconduit]


def chapitres_par_table(racine: Path | None = None) -> dict[str, dict[str, int]]:
    """Table → the chapters that use it, in the order of the book, and how many times."""
    usages: dict[str, dict[str, int]] = {}
    for nom, notebook in _chapitres(racine).items():
        texte = notebook.read_text(encoding="utf-8")
        tables = re.findall(r'\(\\"([a-z_]+)\\"', texte)
        for liste in re.findall(r'% données :([^"\\]*)', texte):
            tables += re.findall(r"[a-z_]+", liste)
        for table in tables:
            usages.setdefault(table, {}).setdefault(nom, 0)
            usages[table][nom] += 1
    return usages


def chapitre_principal(usages: dict[str, int]) -> str:
    """The chapter that uses a table most, the first one of the book among equals; "" if there is none."""
    return max(usages, key=usages.get, default="")


def _chapitres(racine: Path | None) -> dict[str, Path]:
    from rapport.build import steps
    from rapport.livre import sommaire

    return {c.nom: c.chemin for c in sommaire.list_chapters(racine or steps.find_project().racine)}


def _lire(chemin: Path) -> list[dict[str, str]]:
    with chemin.open(encoding="utf-8-sig", newline="") as flux:
        return list(csv.DictReader(flux))
