"""The breaks in series: each one names a series that exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rapport.controle.erreurs import Erreur, cite, liste, proche
from rapport.controle.fichiers import Feuille
from rapport.schemas import Schema


def erreurs_ruptures(
    fichier: str, feuille: Feuille, schemas: Mapping[str, Schema], indicateurs: Iterable[str]
) -> list[Erreur]:
    """What is wrong in ``nomenclatures/ruptures.csv`` beside the form of its cells, which ControleTable checks."""
    if "serie" not in feuille.entete:
        return []
    rang, indicateurs, erreurs = feuille.entete.index("serie"), list(indicateurs), []
    tables = {nom: schema for nom, schema in schemas.items() if not schema.est_nomenclature and nom != "indicateurs"}
    for numero, cellules in feuille.lignes:
        serie = cellules[rang] if len(cellules) == len(feuille.entete) else ""
        table, point, colonne = serie.partition(".")
        if not point:
            attendu, connues, cherche = "code d’indicateur, ou table.colonne, attendu", indicateurs, serie
        elif table not in tables:
            attendu, connues, cherche = "table connue attendue avant le point", list(tables), table
        else:
            attendu, cherche = f"colonne de nombres de {cite(table)} attendue après le point", colonne
            cles = tables[table].primary_key
            connues = [c.name for c in tables[table].fields if c.numerique and c.name not in cles]
        if serie and cherche not in connues:
            voisin = proche(cherche, connues)
            message = f"Le plus proche est {cite(voisin)}." if voisin else "Vérifiez le nom."
            if not voisin and len(connues) <= 12:
                message = f"Choisissez {liste(connues, 'ou')}."
            erreurs.append(Erreur(fichier, numero, "serie", attendu, cite(serie), message))
    return erreurs
