"""The sections of a notebook, the data that each needs, and the rule that leaves out those that a year lacks.

The rule is the same for an edition, which is built without these sections, and for a notebook that runs whole.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from rapport.livre.sommaire import POSITION, ErreurChapitre, lire_carnet, lister_chapitres

# A heading may be preceded, in its cell, by MyST targets and comments.
_AVANT_TITRE = re.compile(r"^\s*(?:\(.*\)=\s*|%.*)?$")
_TITRE = re.compile(r"^(#{1,6})\s+(\S.*)")
_DONNEES = re.compile(r"^\s*%\s*donn[ée]es?\s*:(.*)$", re.IGNORECASE)
# Nomenclatures have names of their own, some of which are also those of tables.
_NOMENCLATURE = re.compile(r'\.(?:nomenclature|libelles)\("\w+"')
_CITATION = re.compile(r'"([a-z_]+)(?:\.[^"\n]*)?"|\.(\w+)\(')

EDITION = "RAPPORT_EDITION"
"""Environment: the year and the data folder that a kernel's notebook is run for, a line each."""
DEJA_OTEES = "RAPPORT_SECTIONS_OTEES"
"""Environment: set in a kernel whose notebook has already lost what the year lacks."""


@dataclass(eq=False)
class Section:
    """A heading cell, the cells that follow it, and the sections below it. Level 0 is the notebook itself."""

    niveau: int
    titre: str = ""
    cellules: list[nbformat.NotebookNode] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def donnees(self) -> list[str]:
        """The addresses of the values without which the section is not printed (``% données : a, b``)."""
        return _donnees(self.cellules[0]) if self.niveau else []

    def contenu(self, execute: bool = False) -> bool:
        """Whether the section itself, its subsections aside, has anything but its heading; once the notebook is
        executed, whether a reader sees anything, for code is not shown."""
        premiere = self.cellules[0].source.splitlines() if self.cellules else []
        texte = [ligne for ligne in premiere if not _AVANT_TITRE.match(ligne)]
        suite = [c.outputs if execute and c.cell_type == "code" else c.source.strip() for c in self.cellules[1:]]
        return len(texte) > 1 or any(suite)

    def toutes(self) -> Iterator[Section]:
        """Itself and the sections below it, in order."""
        yield self
        for section in self.sections:
            yield from section.toutes()

    def absentes(self, connait: Callable[[str], bool]) -> list[Section]:
        """Itself if it is left out, else those below it that are: a ``% données :`` names what `connait` does not know.

        A section left with its heading alone, all its subsections gone, goes too.
        """
        if not all(map(connait, self.donnees())):
            return [self]
        absentes = [absente for section in self.sections for absente in section.absentes(connait)]
        vide = self.niveau and self.sections and absentes == self.sections and not self.contenu()
        return [self] if vide else absentes


def lire_sections(carnet: nbformat.NotebookNode) -> Section:
    """The tree of the sections of `carnet`. A section runs from a heading cell to the next heading of the same or
    higher level; a heading cell is a Markdown cell that starts with a heading (MyST targets and comments may come
    first). Raises ErreurChapitre when a ``% données :`` line stands outside a heading cell.
    """
    racine = Section(0)
    ouvertes = [racine]
    for cellule in carnet.cells:
        niveau, titre = _titre(cellule)
        if not niveau:
            if _donnees(cellule):
                lieu = f"cellule {cellule.metadata.get(POSITION, '?')}"
                raise ErreurChapitre(f"{lieu} : la ligne « % données : … » doit se trouver dans la cellule d’un titre.")
            ouvertes[-1].cellules.append(cellule)
            continue
        while ouvertes[-1].niveau >= niveau:
            ouvertes.pop()
        section = Section(niveau, titre, [cellule])
        ouvertes[-1].sections.append(section)
        ouvertes.append(section)
    return racine


def elaguer(carnet: nbformat.NotebookNode, connait: Callable[[str], bool]) -> nbformat.NotebookNode | None:
    """A copy of `carnet` without the sections that are left out (:meth:`Section.absentes`).

    None when the chapter itself (its first section) goes.
    """
    elague = copy.deepcopy(carnet)
    racine = lire_sections(elague)
    absentes = racine.absentes(connait)
    if racine.sections and racine.sections[0] in absentes:
        return None
    otees = {id(cellule) for absente in absentes for section in absente.toutes() for cellule in section.cellules}
    elague.cells = [cellule for cellule in elague.cells if id(cellule) not in otees]
    return elague


def sans_titres_seuls(carnet: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """An executed notebook without the headings, but for its title, under which nothing came out; same cells."""
    sections = [section for section in lire_sections(carnet).toutes() if section.niveau > 1]
    seules = [s for s in sections if not any(sous.contenu(execute=True) for sous in s.toutes())]
    seuls = {id(section.cellules[0]) for section in seules}
    return nbformat.NotebookNode(carnet, cells=[cellule for cellule in carnet.cells if id(cellule) not in seuls])


def noms_cites(carnet: nbformat.NotebookNode) -> Counter[str]:
    """The names of tables that a notebook writes (and other words), and in how many cells: on their own, in the address
    of a value, as the method that reads the table (``ed.publie``), in a ``% données :`` line."""
    cites: Counter[str] = Counter()
    for cellule in carnet.cells:
        noms = [re.split(r"\.| N-", code)[0] for code in _donnees(cellule)]
        if cellule.cell_type == "code":
            noms += [a or b for a, b in _CITATION.findall(_NOMENCLATURE.sub("", cellule.source))]
        cites.update(set(noms))
    return cites


def chapitres_par_table(racine: Path) -> dict[str, Counter[str]]:
    """Table → the chapters of the book in the folder `racine` that name it, in order, and in how many cells."""
    usages: dict[str, Counter[str]] = {}
    for chapitre in lister_chapitres(racine):
        for nom, fois in noms_cites(lire_carnet(chapitre.chemin)).items():
            usages.setdefault(nom, Counter())[chapitre.nom] = fois
    return usages


def _titre(cellule: nbformat.NotebookNode) -> tuple[int, str]:
    """The level and the text of the heading that starts the cell; 0 and nothing when it is no heading cell."""
    if cellule.cell_type == "markdown":
        for ligne in cellule.source.splitlines():
            if not _AVANT_TITRE.match(ligne):
                titre = _TITRE.match(ligne)
                return (len(titre[1]), titre[2].strip()) if titre else (0, "")
    return 0, ""


def _donnees(cellule: nbformat.NotebookNode) -> list[str]:
    if cellule.cell_type != "markdown":
        return []
    lignes = unicodedata.normalize("NFC", cellule.source).splitlines()
    codes = ",".join(trouve[1] for ligne in lignes if (trouve := _DONNEES.match(ligne)))
    return [code.strip() for code in codes.split(",") if code.strip()]
