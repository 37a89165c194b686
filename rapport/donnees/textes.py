"""The year's own prose, `textes/<chapter>.md`: a file of blocks (``## bloc``), some of them still to be written."""

import re
from collections.abc import Collection

from jinja2 import Environment, nodes

A_REMPLIR = re.compile(r"<!--\s*à remplir\s*:?\s*(.*?)\s*-->", re.DOTALL)
"""What stands for a text that is not written yet; its group says what the chapter expects."""
TOUJOURS = ("ed", "annee", "reperes")
"""The names that any text may use; the chapter that calls it may give it others."""


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
    return {nom: (numero, "\n".join(lignes).rstrip()) for nom, (numero, lignes) in trouves.items()}


def noms_interdits(contenu: str, donnes: Collection[str] = ()) -> dict[str, int]:
    """The names that a block uses and may not, those of Python's own (``__class__``) among them → the line of the first
    use, from 1. ``donnes``: names that it is given.

    Raises :class:`jinja2.TemplateSyntaxError` for what is no template.
    """
    arbre = Environment().parse(contenu)
    usages = list(arbre.find_all(nodes.Name))
    prives = {n.attr: n.lineno for n in arbre.find_all(nodes.Getattr) if n.attr.startswith("_")}
    permis = {*TOUJOURS, *donnes, *(usage.name for usage in usages if usage.ctx != "load")}
    return prives | {usage.name: usage.lineno for usage in reversed(usages) if usage.name not in permis}


def remede_de_nom(chapitre: str, bloc: str, nom: str, donnes: Collection[str] = ()) -> str:
    """What to do about a name that a block may not use."""
    permis = ", ".join([*TOUJOURS, *sorted(donnes)])
    return (
        f"Noms permis dans ce bloc : {permis}. Lisez les données par ed[…], ou donnez ce nom dans le chapitre : "
        f'texte_annee("{chapitre}", "{bloc}", {nom}={nom}).'
    )


def est_a_remplir(texte: str) -> bool:
    """Whether a block is not written, or not to its end."""
    return not texte or bool(A_REMPLIR.search(texte))
