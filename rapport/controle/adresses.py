"""The addresses that nomenclatures hold: each one is that of something."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rapport.controle.erreurs import Erreur, cite
from rapport.controle.fichiers import Feuille
from rapport.donnees.adresse import Adresse, AdresseInconnue
from rapport.donnees.nomenclatures import Nomenclature
from rapport.donnees.schemas import NOMENCLATURES, Schema

COLONNES = {"ruptures": "serie", "seuils": "code"}
"""Nomenclature → the column of its addresses."""
GENRES = ("montant", "nombre", "part")
"""The thresholds that are those of all series of a kind."""


def erreurs_adresses(
    nom: str,
    fichier: str,
    feuille: Feuille,
    schemas: Mapping[str, Schema],
    referentiels: Mapping[str, Nomenclature | None],
) -> list[Erreur]:
    """What is wrong in a nomenclature of addresses beside the form of its cells, which ControleTable checks."""

    def admis(schema: Schema, colonne: str) -> Collection[str] | None:
        return referentiels.get(NOMENCLATURES + schema.nomenclatures().get(colonne, ""))

    colonne = COLONNES[nom]
    rang, erreurs = feuille.entete.index(colonne) if colonne in feuille.entete else None, []
    for numero, cellules in feuille.lignes if rang is not None else ():
        texte = cellules[rang] if len(cellules) == len(feuille.entete) else ""
        try:
            if texte and not (nom == "seuils" and texte in GENRES):
                Adresse.lire(texte).verifier(schemas, admis)
        except AdresseInconnue as defaut:
            erreurs.append(Erreur(fichier, numero, colonne, defaut.attendu, cite(texte), defaut.message))
    return erreurs
