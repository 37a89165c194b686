"""What Sphinx complains of, said in French, in the place where the analyst can mend it.

myst-nb counts ten thousand lines a cell of the executed notebook: in ``essai.ipynb:110003``, line 2 of the eleventh.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rapport.build.plan import Livre, Projet
from rapport.livre import sommaire
from rapport.nombres.francais import typographie

PAR_CELLULE = 10_000
AJOUTEE = "injected-parameters"
"""The tag of the cell that papermill adds."""
_FORME = re.compile(
    r"(?P<page>[\w-]+)\.ipynb:(?:(?P<lieu>\d*):)? (?:WARNING|ERROR|CRITICAL): (?P<dit>.+?)(?: \[[\w.]+\])?"
)
_LIEN = "lien vers « {} », qui n’existe pas."
_EN_FRANCAIS = {
    r"'myst' cross-reference target not found: '(.+)'": _LIEN,
    r"undefined label: '(.+)'": _LIEN,
    r"unknown document: '(.+)'": _LIEN,
    r"image file not readable: (.+)": "l’image « {} » n’existe pas.",
    r"duplicate label (.+), other instance in (.+)": (
        "« {} » est déjà le nom d’une figure, d’un tableau ou d’un repère de {} : donnez-en un autre."
    ),
    r'Duplicate explicit target name: "(.+)"\.': "le repère « {} » existe deux fois.",
    r"Non-consecutive header level increase; H(\d) to H(\d)": (
        "un titre de niveau {} est suivi d’un titre de niveau {} : il manque un niveau."
    ),
    r'Unknown interpreted text role "(.+)"\.': "le rôle MyST « {} » n’existe pas.",
    r"Unknown directive type: '(.+)'": "la directive MyST « {} » n’existe pas.",
    r"stderr was found in the cell outputs of cell \d+": "la cellule a des avertissements (stderr).",
}
"""What an analyst may meet; other complaints stay as Sphinx says them."""


@dataclass(frozen=True)
class Avertissement:
    """A complaint about a page (None: about the whole book)."""

    page: str | None
    texte: str

    def __str__(self) -> str:
        return self.texte


def comprendre(projet: Projet, livre: Livre, lignes: list[str], strict: bool) -> list[Avertissement]:
    """The complaints in `lignes`, from the log of the book. A link to a chapter that the book leaves out is none in a
    book that will not be published."""
    absents = {chapitre.nom for chapitre in sommaire.lister_chapitres(projet.racine)} - livre.notebooks.keys()
    trouves = []
    for ligne in lignes:
        forme = _FORME.fullmatch(ligne)
        chapitre = next((c for c in livre.chapitres if forme and c.nom == forme["page"]), None)
        if chapitre is None:
            trouves.append(Avertissement(None, ligne))
            continue
        dit, noms = _traduire(forme["dit"])
        if dit == _LIEN and Path(noms[0]).stem in absents:
            if not strict:
                continue
            dit = f"lien vers « {{}} », chapitre que l’édition {livre.annee} n’a pas."
        fichier = projet.relatif(chapitre.chemin)
        lieu = _lieu(livre, chapitre.nom, int(forme["lieu"] or 0))
        trouves.append(Avertissement(chapitre.nom, typographie(f"{fichier}{lieu} : {dit}").format(*noms)))
    return trouves


def _traduire(dit: str) -> tuple[str, tuple[str, ...]]:
    for motif, phrase in _EN_FRANCAIS.items():
        if forme := re.fullmatch(motif, dit):
            return phrase, forme.groups()
    return "{}", (dit,)


def _lieu(livre: Livre, nom: str, ligne: int) -> str:
    """« , cellule 9, ligne 2 », in the notebook as the analyst opens it; nothing if it has no place there."""
    rang, ligne = divmod(ligne, PAR_CELLULE)
    executees = sommaire.lire_carnet(livre.book / f"{nom}.ipynb").cells
    ajoutees = [AJOUTEE in cellule.metadata.get("tags", []) for cellule in executees[:rang]]
    cellules = livre.notebooks[nom].cells if nom in livre.notebooks else []
    place = rang - 1 - sum(ajoutees)
    # A page that could not be made again is that of an older notebook.
    if not ajoutees or ajoutees[-1] or place >= len(cellules):
        return ""
    cellule = cellules[place]
    lieu = f", cellule {cellule.metadata[sommaire.POSITION]}"
    # The text of a code cell is not what was read.
    return f"{lieu}, ligne {ligne - 1}" if cellule.cell_type == "markdown" and ligne > 1 else lieu
