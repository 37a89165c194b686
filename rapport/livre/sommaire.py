"""The book's table of contents and the chapters it lists.

``_toc.yml`` is the one list of chapters and of their order; the command line, the runner and the staged book all
read it through this module. Here too is the rule that leaves out of an edition what its data do not allow to print.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import yaml

from rapport.donnees.schemas import ligne_yaml

TOC = "_toc.yml"
CONFIG = "_config.yml"
POSITION = "cellule_origine"

# A heading may be preceded, in its cell, by MyST targets and comments.
_AVANT_TITRE = re.compile(r"^\s*(?:\(.*\)=\s*|%.*)?$")
_TITRE = re.compile(r"^(#{1,6})\s+\S")
_DONNEES = re.compile(r"^\s*%\s*donn[ée]es?\s*:(.*)$", re.IGNORECASE)


class ErreurChapitre(Exception):
    """The table of contents, the configuration or a notebook does not follow the rules. The message is French."""


@dataclass(frozen=True)
class Chapitre:
    """One chapter: its page name (the file's stem), its notebook, and the caption of its part (None for the root)."""

    nom: str
    chemin: Path
    partie: str | None = None


def read_toc(racine: Path) -> dict:
    """The content of ``_toc.yml`` in the folder `racine`, as written."""
    return _lire_yaml(racine / TOC, "root", "la page d’accueil du livre")


def read_config(racine: Path) -> dict:
    """The content of ``_config.yml`` in the folder `racine`, as written."""
    return _lire_yaml(racine / CONFIG, "title", "le titre du livre")


def _lire_yaml(chemin: Path, cle: str, sens: str) -> dict:
    """The mapping in a YAML file, which has `cle`."""
    texte = chemin.read_text(encoding="utf-8")
    try:
        contenu = yaml.safe_load(texte)
    except yaml.YAMLError as erreur:
        cause = getattr(erreur, "problem", None) or erreur
        lieu = f"{chemin.name}, ligne {ligne_yaml(erreur, texte)}"
        raise ErreurChapitre(f"{lieu} : YAML illisible ({cause}).") from erreur
    if not isinstance(contenu, dict) or cle not in contenu:
        raise ErreurChapitre(f"{chemin.name} : la clé « {cle} » ({sens}) manque.")
    return contenu


def list_chapters(racine: Path) -> list[Chapitre]:
    """The chapters that ``_toc.yml`` lists, in the order of the book; the first one is the landing page.

    Raises ErreurChapitre when a listed notebook does not exist, or when two of them would make the same page.
    """
    toc = read_toc(racine)
    fichiers: list[tuple[str, str | None]] = [(toc["root"], None)]

    def parcourir(entrees: list[dict] | None, partie: str | None) -> None:
        for entree in entrees or []:
            if "file" in entree:
                fichiers.append((entree["file"], partie))
            parcourir(entree.get("sections"), partie)

    parcourir(toc.get("chapters"), None)
    for partie in toc.get("parts") or []:
        parcourir(partie.get("chapters"), partie.get("caption"))

    chapitres: list[Chapitre] = []
    for fichier, partie in fichiers:
        chemin = racine / (fichier if fichier.endswith(".ipynb") else f"{fichier}.ipynb")
        if not chemin.is_file():
            raise ErreurChapitre(f"{TOC} : le chapitre « {fichier} » n’existe pas ({chemin}).")
        if any(c.nom == chemin.stem for c in chapitres):
            raise ErreurChapitre(f"{TOC} : deux chapitres s’appellent « {chemin.stem} ».")
        chapitres.append(Chapitre(chemin.stem, chemin, partie))
    return chapitres


def read_notebook(chemin: Path) -> nbformat.NotebookNode:
    """The notebook at `chemin`, each cell marked with its place (from 1): later messages name the cell of the file
    that the analyst opens, whatever was left out or inserted meanwhile (`POSITION` in the cell's metadata).
    """
    try:
        nb = nbformat.read(chemin, as_version=4)
    except Exception as erreur:
        raise ErreurChapitre(f"{chemin} : ce n’est pas un notebook lisible ({erreur}).") from erreur
    for position, cellule in enumerate(nb.cells, start=1):
        cellule.metadata[POSITION] = position
    return nb


def contenu(nb: nbformat.NotebookNode) -> list:
    """What makes a notebook what it is, to compare two: its cells without their outputs, and its metadata without what
    each run writes there."""
    cellules = [
        [c.cell_type, c.get("id"), c.source, {cle: v for cle, v in c.metadata.items() if cle != POSITION}]
        for c in nb.cells
    ]
    return [cellules, {cle: v for cle, v in nb.metadata.items() if cle != "language_info"}]


def flat_toc(toc: dict, noms: Collection[str]) -> dict:
    """`toc` for a staged book, where every page lies in one folder: only the pages in `noms`, no empty part.

    Subsections of a page that is left out are left out with it.
    """

    def garder(entrees: list[dict] | None) -> list[dict]:
        gardees = []
        for entree in entrees or []:
            if "file" in entree:
                if (nom := _stem(entree["file"])) not in noms:
                    continue
                entree = {**entree, "file": nom}
            if "sections" in entree:
                entree = {**entree, "sections": garder(entree["sections"])}
                if not entree["sections"]:
                    del entree["sections"]
            gardees.append(entree)
        return gardees

    plat = {**toc, "root": _stem(toc["root"])}
    if "chapters" in toc:
        plat["chapters"] = garder(toc["chapters"])
    if "parts" in toc:
        parties = [{**p, "chapters": garder(p.get("chapters"))} for p in toc["parts"] or []]
        plat["parts"] = [p for p in parties if p["chapters"]]
    return {cle: valeur for cle, valeur in plat.items() if valeur not in ([], None)}


def _stem(fichier: str) -> str:
    return Path(fichier).name.removesuffix(".ipynb")


@dataclass
class Section:
    """A heading cell, the cells that follow it, and the sections below it. Level 0 is the notebook itself."""

    niveau: int
    cellules: list[nbformat.NotebookNode] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def donnees(self) -> list[str]:
        """The tables and indicators without which the section is not printed (``% données : a, b``)."""
        return _donnees(self.cellules[0]) if self.niveau else []

    def contenu(self) -> bool:
        """Whether the section itself, its subsections aside, has anything but its heading."""
        premiere = self.cellules[0].source.splitlines() if self.cellules else []
        texte = [ligne for ligne in premiere if not _AVANT_TITRE.match(ligne)]
        return len(texte) > 1 or any(c.source.strip() for c in self.cellules[1:])


def sections(nb: nbformat.NotebookNode) -> Section:
    """The tree of the sections of `nb`. A section runs from a heading cell to the next heading of the same or higher
    level; a heading cell is a Markdown cell that starts with a heading (MyST targets and comments may come first).
    """
    racine = Section(0)
    ouvertes = [racine]
    for cellule in nb.cells:
        niveau = _niveau(cellule)
        if niveau is None:
            if _donnees(cellule):
                place = cellule.metadata.get(POSITION, "?")
                raise ErreurChapitre(
                    f"cellule {place} : la ligne « % données : … » doit se trouver dans la cellule d’un titre."
                )
            ouvertes[-1].cellules.append(cellule)
            continue
        while ouvertes[-1].niveau >= niveau:
            ouvertes.pop()
        section = Section(niveau, [cellule])
        ouvertes[-1].sections.append(section)
        ouvertes.append(section)
    return racine


def prune(nb: nbformat.NotebookNode, connait: Callable[[str], bool]) -> nbformat.NotebookNode | None:
    """A copy of `nb` without the sections whose ``% données :`` names something that `connait` does not know.

    A section left with its heading alone, all its subsections gone, goes too. None when the chapter itself (its
    first section) goes. Raises ErreurChapitre when a ``% données :`` line stands outside a heading cell.
    """
    elague = copy.deepcopy(nb)
    arbre = sections(elague)
    gardees: list[nbformat.NotebookNode] = []

    def parcourir(section: Section) -> bool:
        """Append the cells of `section` that stay to `gardees`; False when nothing of it stays."""
        if not all(connait(code) for code in section.donnees()):
            return False
        debut = len(gardees)
        gardees.extend(section.cellules)
        restent = [parcourir(sous_section) for sous_section in section.sections]
        if section.niveau and restent and not any(restent) and not section.contenu():
            del gardees[debut:]
            return False
        return True

    parcourir(arbre)
    if arbre.sections and not any(c is arbre.sections[0].cellules[0] for c in gardees):
        return None
    elague.cells = gardees
    return elague


def _niveau(cellule: nbformat.NotebookNode) -> int | None:
    """The level of the heading that starts the cell, None when it is no heading cell."""
    if cellule.cell_type != "markdown":
        return None
    for ligne in cellule.source.splitlines():
        if not _AVANT_TITRE.match(ligne):
            titre = _TITRE.match(ligne)
            return len(titre[1]) if titre else None
    return None


def _donnees(cellule: nbformat.NotebookNode) -> list[str]:
    if cellule.cell_type != "markdown":
        return []
    lignes = unicodedata.normalize("NFC", cellule.source).splitlines()
    codes = ",".join(trouve[1] for ligne in lignes if (trouve := _DONNEES.match(ligne)))
    return [code.strip() for code in codes.split(",") if code.strip()]
