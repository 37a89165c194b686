"""Which benefits a figure or a table talks about: its title names them, or its rows and columns do.

Pages use it to say where else in the book the same benefits are treated.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pandas as pd


def prestations_citees(edition, titre: str, donnees: pd.DataFrame) -> dict[str, str]:
    """Benefit → its name, for those that ``titre`` contains or that a label of ``donnees`` is, in print order."""
    intitules = {_plier(x) for axe in donnees.axes for cle in axe for x in (cle if isinstance(cle, tuple) else (cle,))}
    titre = _plier(titre)
    return {
        sujet: nom
        for sujet, (nom, termes) in _prestations(edition).items()
        if any(terme in intitules or re.search(rf"(?<!\w){re.escape(terme)}(?!\w)", titre) for terme in termes)
    }


@lru_cache(maxsize=1)
def _prestations(edition) -> dict[str, tuple[str, set[str]]]:
    """Benefit → its name, and all the ways to call it or one of its components.

    Benefits whose sigles start alike (RSA socle, RSA jeunes) are one.
    """
    sujets: dict[str, tuple[str, set[str]]] = {}
    sujet_de = {"": ""}
    for code, p in edition.nomenclature("prestations", depuis=0).iterrows():
        sujet_de[code] = p["sigle"].split()[0] if p["sigle"] else code
        nom, termes = sujets.get(sujet_de[code], (p["libelle"], set()))
        if termes:
            nom = sujet_de[code]
        sujets[sujet_de[code]] = (nom, termes | {p["libelle"], p["libelle_court"], p["sigle"], nom})
    for code, aide in edition.nomenclature("aides", depuis=0).iterrows():
        sujet_de[code] = sujet_de[aide["prestation"]] or aide["libelle_court"]
        sujets.setdefault(sujet_de[code], (aide["libelle"], set()))[1].update((aide["libelle"], aide["libelle_court"]))
    for code, libelle in edition.libelles("prestations_fraude").items():
        if code in sujet_de:
            sujets[sujet_de[code]][1].add(libelle)
    return {sujet: (nom, {_plier(t) for t in termes if t}) for sujet, (nom, termes) in sujets.items()}


def _plier(texte) -> str:
    return str(texte).casefold().replace("'", "’").replace("\u00a0", " ")
