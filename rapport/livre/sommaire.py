"""The book's table of contents, and the notebooks that it lists.

``_toc.yml`` is the one list of chapters and of their order; the command line, the runner, the staged book and the
chapters themselves all read it through this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from rapport.donnees.fichiers import CHARGEUR, cause_yaml, ligne_yaml
from rapport.donnees.refus import Refus

if TYPE_CHECKING:
    import nbformat

SOMMAIRE = "_toc.yml"
CONFIGURATION = "_config.yml"
LISTES = ("chapters", "parts", "sections")
"""Under these keys, an entry of the table of contents lists others."""
RESERVES = ("search", "genindex", "py-modindex")
"""The pages that Sphinx makes."""
POSITION = "cellule_origine"
"""In the metadata of a cell: its place in the file, from 1."""


class ErreurChapitre(Refus):
    """The table of contents, the configuration or a notebook does not follow the rules. The message is French."""


@dataclass(frozen=True)
class Chapitre:
    """One chapter: its page name (the file's stem), its notebook, and the caption of its part (None for the root)."""

    nom: str
    chemin: Path
    partie: str | None = None


def trouver_racine() -> Path | None:
    """The folder of the book that the current folder is in, else that of this package's own book; None without any."""
    ici = Path.cwd()
    candidats = [ici, *ici.parents, Path(__file__).resolve().parents[2]]
    return next((c for c in candidats if (c / SOMMAIRE).is_file() and (c / CONFIGURATION).is_file()), None)


def lire_sommaire(racine: Path) -> dict:
    """The content of ``_toc.yml`` in the folder `racine`, as written."""
    return _lire_yaml(racine / SOMMAIRE, "root", "la page d’accueil du livre")


def lire_configuration(racine: Path) -> dict:
    """The content of ``_config.yml`` in the folder `racine`, as written."""
    return _lire_yaml(racine / CONFIGURATION, "title", "le titre du livre")


def _lire_yaml(chemin: Path, cle: str, sens: str) -> dict:
    """The mapping in a YAML file, which has `cle`."""
    texte = chemin.read_text(encoding="utf-8")
    try:
        contenu = yaml.load(texte, CHARGEUR)
    except yaml.YAMLError as erreur:
        lieu = f"{chemin.name}, ligne {ligne_yaml(erreur, texte)}"
        raise ErreurChapitre(f"{lieu} : YAML illisible{cause_yaml(erreur)}.") from erreur
    if not isinstance(contenu, dict) or cle not in contenu:
        raise ErreurChapitre(f"{chemin.name} : la clé « {cle} » ({sens}) manque.")
    return contenu


def lister_chapitres(racine: Path) -> list[Chapitre]:
    """The chapters that ``_toc.yml`` lists, in the order of the book; the first one is the landing page.

    Raises ErreurChapitre when a listed notebook does not exist, or would make a page that there is already.
    """
    chapitres: list[Chapitre] = []
    for fichier, partie in _fichiers(lire_sommaire(racine)):
        chemin = racine / (fichier if fichier.endswith(".ipynb") else f"{fichier}.ipynb")
        if not chemin.is_file():
            raise ErreurChapitre(f"{SOMMAIRE} : le chapitre « {fichier} » n’existe pas ({chemin}).")
        if any(c.nom == chemin.stem for c in chapitres):
            raise ErreurChapitre(f"{SOMMAIRE} : deux chapitres s’appellent « {chemin.stem} ».")
        if chemin.stem.lower() in RESERVES or (chapitres and chemin.stem.lower() == "index"):
            raise ErreurChapitre(f"{SOMMAIRE} : « {chemin.stem} » est le nom d’une page que le livre fait lui-même.")
        chapitres.append(Chapitre(chemin.stem, chemin, partie))
    return chapitres


def _fichiers(entree: dict, partie: str | None = None) -> Iterator[tuple[str, str | None]]:
    """The notebooks that an entry of the table of contents lists, each with the caption of its part."""
    yield from ((entree[cle], partie) for cle in ("root", "file") if cle in entree)
    for cle in LISTES:
        for suivante in entree.get(cle) or []:
            yield from _fichiers(suivante, suivante.get("caption", partie))


def sommaire_a_plat(entree: dict, noms: Collection[str]) -> dict | None:
    """An entry of ``_toc.yml`` (the whole, first) for a staged book, where every page lies in one folder: only the
    pages in `noms`, no empty part; None if nothing is left of it.

    Subsections of a page that is left out are left out with it.
    """
    plat = entree | {cle: _page(entree[cle]) for cle in ("root", "file") if cle in entree}
    if "file" in plat and plat["file"] not in noms:
        return None
    for cle in (cle for cle in LISTES if cle in plat):
        plat[cle] = [garde for e in plat[cle] or [] if (garde := sommaire_a_plat(e, noms))]
    plat = {cle: valeur for cle, valeur in plat.items() if valeur not in ([], None)}
    return plat if not set(LISTES) & entree.keys() or plat.keys() & {"root", "file", *LISTES} else None


def _page(fichier: str) -> str:
    return Path(fichier).name.removesuffix(".ipynb")


def lire_carnet(chemin: Path) -> nbformat.NotebookNode:
    """The notebook at `chemin`, each cell marked with its place (from 1): later messages name the cell of the file
    that the analyst opens, whatever was left out or inserted meanwhile (`POSITION` in the cell's metadata).

    It is not to be changed: whoever reads the same file is given the same one.
    """
    try:
        return _lire_carnet(chemin, chemin.read_text(encoding="utf-8"))
    except (OSError, ValueError) as erreur:
        raise ErreurChapitre(f"{chemin} : ce n’est pas un notebook lisible.") from erreur


@lru_cache(maxsize=128)
def _lire_carnet(chemin: Path, texte: str) -> nbformat.NotebookNode:
    import nbformat  # slow to load: a command that runs nothing does without it

    try:
        if conflit := re.search(r"^(?:<{7}|={7}|>{7})(?!\S)", texte, re.MULTILINE):
            ligne = texte.count("\n", 0, conflit.start()) + 1
            raise ErreurChapitre(f"{chemin}, ligne {ligne} : conflit de fusion Git, à résoudre.")
        ecrit = json.loads(texte)
        if (version := ecrit["nbformat"]) != 4:
            raise ErreurChapitre(
                f"{chemin} : notebook au format {version}. Enregistrez-le au format 4, par JupyterLab."
            )
        _identifier(chemin, ecrit)
        carnet = nbformat.v4.reads(json.dumps(ecrit))
        for position, cellule in enumerate(carnet.cells, start=1):
            cellule.metadata[POSITION] = position
            if not isinstance(cellule.source, str):
                raise TypeError("the source of a cell is a text")
    except ErreurChapitre:
        raise
    except Exception as erreur:
        lieu = f" (ligne {erreur.lineno})" if isinstance(erreur, json.JSONDecodeError) else ""
        raise ErreurChapitre(f"{chemin} : ce n’est pas un notebook lisible{lieu}.") from erreur
    return carnet


def _identifier(chemin: Path, ecrit: dict) -> None:
    """Give its place as identifier to each cell that has none: nbformat would draw one at random at each reading."""
    connus: dict[str, int] = {}
    for position, cellule in enumerate(ecrit["cells"], start=1):
        if "id" not in cellule and ecrit.get("nbformat_minor", 0) >= 5:
            cellule["id"] = f"cellule-{position}"
        if (premiere := connus.setdefault(cellule.get("id") or str(position), position)) != position:
            raise ErreurChapitre(
                f"{chemin}, cellule {position} : elle a l’identifiant de la cellule {premiere}. "
                "Copiez-la et collez-la dans JupyterLab, puis supprimez celle-ci."
            )


def contenu(carnet: nbformat.NotebookNode) -> list:
    """What makes a notebook what it is, to compare two: its cells without their outputs, and its metadata without what
    each run writes there."""
    cellules = [
        [c.cell_type, c.get("id"), c.source, {cle: v for cle, v in c.metadata.items() if cle != POSITION}]
        for c in carnet.cells
    ]
    return [cellules, {cle: v for cle, v in carnet.metadata.items() if cle != "language_info"}]
