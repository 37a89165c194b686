"""Sections that the year lacks, where a notebook runs whole, as in JupyterLab or with papermill.

An edition is built without these sections. Here their cells do nothing, and the first one says why.
"""

import os
from functools import lru_cache
from pathlib import Path

from rapport.chapitre.seance import SEANCE
from rapport.donnees.adresse import DonneesAbsentes
from rapport.donnees.edition import Edition
from rapport.livre.sections import DEJA_OTEES, Section, lire_sections
from rapport.livre.sommaire import ErreurChapitre, lire_carnet, lister_chapitres, trouver_racine
from rapport.nombres import francais

Place = tuple[Path, Section | None]
"""Where a cell stands: its notebook, and the section that is left out with it, if any."""


def brancher(ip) -> None:
    """Pass over the cells of the sections that the year lacks, from now on; nothing where they have been left out."""
    if DEJA_OTEES not in os.environ:
        ip.input_transformers_cleanup.insert(0, Absences().remplacer)


class Absences:
    """What runs instead of a cell. A kernel is not told its notebook: the cell is looked for in those of the book."""

    def __init__(self):
        self._annonces: dict[tuple, str] = {}

    def remplacer(self, lignes: list[str]) -> list[str]:
        """The lines of a cell as they are, or what its section says instead, once."""
        source = "".join(lignes).strip()
        places = _places(SEANCE.edition, source) if SEANCE.edition and source else []
        if not places or not all(section for _, section in places):
            return lignes
        carnet, section = places[0]
        annonce = (SEANCE.edition, carnet, section.titre)
        if self._annonces.setdefault(annonce, source) != source:
            return ["pass\n"]
        return [f"print({_message(SEANCE.edition, section)!r})\n"]


def _message(edition: Edition, section: Section) -> str:
    quoi = "ce chapitre" if section.niveau == 1 else f"cette section (« {section.titre} »)"
    for sections in ([section], section.toutes()):
        if codes := [code for s in sections for code in s.donnees() if not edition.connait(code)]:
            break
    manque = francais.liste(dict.fromkeys(codes))
    return f"L’année {edition.annee} n’a pas de données pour {quoi} : rien n’en est exécuté. Il manque : {manque}."


def _places(edition: Edition, source: str) -> list[Place]:
    """Where a cell of that source stands in the book; nowhere for what is not in it (yet)."""
    racine = trouver_racine()
    if racine is None:
        return []
    try:
        chemins = [chapitre.chemin for chapitre in lister_chapitres(racine)]
    except ErreurChapitre:
        return []
    places = [_places_du_carnet(edition, chemin, chemin.stat().st_mtime_ns) for chemin in chemins]
    return [trouvees[source] for trouvees in places if source in trouvees]


@lru_cache(maxsize=256)
def _places_du_carnet(edition: Edition, chemin: Path, date: int) -> dict[str, Place]:
    """Source of a cell → its place, for the code cells of a notebook as it was saved at that date."""
    try:
        carnet = lire_carnet(chemin)
        absentes = lire_sections(carnet).absentes(edition.connait)
    except (ErreurChapitre, DonneesAbsentes):  # the build says it
        return {}
    otees = {
        id(cellule): absente for absente in absentes for section in absente.toutes() for cellule in section.cellules
    }
    code = [cellule for cellule in carnet.cells if cellule.cell_type == "code"]
    code.sort(key=lambda cellule: id(cellule) not in otees)  # what stands in two sections runs, if one of them does
    return {cellule.source.strip(): (chemin, otees.get(id(cellule))) for cellule in code}
