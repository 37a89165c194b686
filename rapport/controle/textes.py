"""Blocks of the year's own prose that are still to be written: not for readers."""

from __future__ import annotations

from rapport.controle.erreurs import Erreur, cite
from rapport.donnees.textes import A_REMPLIR, blocs, est_a_remplir


def erreurs_texte(texte: str, fichier: str) -> list[Erreur]:
    """The blocks of a file that are still to be written: each is something missing."""
    erreurs = []
    for nom, (numero, contenu) in blocs(texte).items():
        if est_a_remplir(contenu):
            attendu = A_REMPLIR.search(contenu)
            trouve = cite(f"à remplir : {attendu[1]}") if attendu else "un bloc vide"
            message = "Écrivez-le à la place de cette ligne, ou supprimez le bloc s’il n’y a rien à dire."
            erreurs.append(Erreur(fichier, numero, None, f"texte du bloc {cite(nom)} attendu", trouve, message, True))
    return erreurs
