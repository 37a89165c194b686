"""The year's own prose, `textes/<chapter>.md`: a file of blocks (``## bloc``), some of them still to be written."""

from __future__ import annotations

import re

A_REMPLIR = re.compile(r"<!--\s*à remplir\s*:?\s*(.*?)\s*-->", re.DOTALL)
"""What stands for a text that is not written yet; its group says what the chapter expects."""


def a_remplir(attendu: str) -> str:
    """The line that stands for a text to be written."""
    return f"<!-- à remplir : {attendu} -->"


def blocs(texte: str) -> dict[str, tuple[int, str]]:
    """Name of each block (``## bloc``) → line of its heading, from 1, and its text."""
    trouves: dict[str, tuple[int, list[str]]] = {}
    courant: list[str] = []
    for numero, ligne in enumerate(texte.splitlines(), start=1):
        if ligne.startswith("## "):
            courant = trouves.setdefault(ligne[3:].strip(), (numero, []))[1]
        else:
            courant.append(ligne)
    return {nom: (numero, "\n".join(lignes).strip()) for nom, (numero, lignes) in trouves.items()}


def est_a_remplir(texte: str) -> bool:
    """Whether a block is not written, or not to its end."""
    return not texte or bool(A_REMPLIR.search(texte))
