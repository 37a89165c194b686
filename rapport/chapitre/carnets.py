"""The book that the notebook being run is a chapter of."""

from pathlib import Path

import pandas as pd

from rapport.livre.sections import lire_sections, noms_cites
from rapport.livre.sommaire import ErreurChapitre, lire_carnet, lister_chapitres, trouver_racine


def chapitres() -> pd.DataFrame:
    """The chapters of the book, in order: index = name, columns ``rang``, ``titre`` and ``noms`` (the names of tables
    that the notebook reads, among others)."""
    racine = trouver_racine()
    if racine is None:
        raise ErreurChapitre(f"Aucun livre autour de {Path.cwd()} : il manque _toc.yml et _config.yml.")
    carnets = {chapitre.nom: lire_carnet(chapitre.chemin) for chapitre in lister_chapitres(racine)}
    lignes = [
        (rang, lire_sections(c).sections[0].titre, frozenset(noms_cites(c))) for rang, c in enumerate(carnets.values())
    ]
    return pd.DataFrame(lignes, index=list(carnets), columns=["rang", "titre", "noms"])
