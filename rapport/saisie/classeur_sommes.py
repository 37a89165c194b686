"""Which sums a sheet shows: those that the report states.

A formula that says how a published figure is recomputed, or an identity, holds sums of columns
(``total(prestations.montant_eur, mission='1')``): no list of them is kept elsewhere, but for the columns that their
schema says ``total: true``.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from rapport.donnees.dossier import Donnees

APPEL = re.compile(r"total\(\s*(\w+)\.(\w+)((?:\s*,\s*\w+\s*=\s*(?:'[^']*'|\"[^\"]*\"))*)\s*\)")
FILTRE = re.compile(r"(\w+)\s*=\s*['\"]([^'\"]*)['\"]")


@dataclass(frozen=True)
class Somme:
    """Columns that are added up, and over which rows: attribute (of the table or of its key's nomenclature) → value."""

    filtres: tuple[tuple[str, str], ...]
    colonnes: tuple[str, ...]


def sommes(donnees: Donnees, annee: int) -> dict[str, list[Somme]]:
    """Table → its sums, those of some rows before those of all. Formulas of this year and of those before count."""
    trouvees: dict[str, dict[tuple, list[str]]] = {}

    def noter(table: str, colonne: str, filtres: tuple) -> None:
        colonnes = trouvees.setdefault(table, {}).setdefault(filtres, [])
        if colonne not in colonnes:
            colonnes.append(colonne)

    for formule in _formules(donnees, annee):
        for table, colonne, filtres in APPEL.findall(formule):
            noter(table, colonne, tuple(sorted(FILTRE.findall(filtres))))
    for nom, schema in donnees.schemas.items():
        for champ in schema.descriptor["fields"]:
            if champ.get("total"):
                noter(nom, champ["name"], ())
    return {
        table: [Somme(filtres, tuple(colonnes)) for filtres, colonnes in sorted(groupes.items(), key=_partielles)]
        for table, groupes in trouvees.items()
    }


def _partielles(groupe) -> tuple:
    filtres, _ = groupe
    return (not filtres, filtres)


def _formules(donnees: Donnees, annee: int):
    for passee in (a for a in donnees.annees if a <= annee and donnees.existe("publie", a)):
        yield from _colonnes(donnees.chemin("publie", passee), "formule")
    identites = donnees.dossier / "nomenclatures" / "identites.csv"
    if identites.exists():
        yield from _colonnes(identites, "gauche", "droite")


def _colonnes(chemin: Path, *noms: str):
    with chemin.open(encoding="utf-8-sig", newline="") as flux:
        for ligne in csv.DictReader(flux):
            yield from (ligne.get(nom) or "" for nom in noms)
