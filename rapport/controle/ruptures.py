"""The breaks in series: each one names a series that exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rapport.controle.erreurs import Erreur, cite, liste, proche
from rapport.controle.fichiers import Feuille
from rapport.controle.table import INDICATEURS
from rapport.donnees.nomenclatures import Nomenclature
from rapport.donnees.revisions import SEPARATEUR
from rapport.donnees.schemas import NOMENCLATURES, Schema


def erreurs_ruptures(
    fichier: str, feuille: Feuille, schemas: Mapping[str, Schema], referentiels: Mapping[str, Nomenclature | None]
) -> list[Erreur]:
    """What is wrong in ``nomenclatures/ruptures.csv`` beside the form of its cells, which ControleTable checks."""
    if "serie" not in feuille.entete:
        return []
    rang, erreurs = feuille.entete.index("serie"), []
    for numero, cellules in feuille.lignes:
        serie = cellules[rang] if len(cellules) == len(feuille.entete) else ""
        for cherche, attendu, connues in _noms(serie, schemas, referentiels) if serie else ():
            if cherche not in connues:
                erreurs.append(Erreur(fichier, numero, "serie", attendu, cite(serie), _remede(cherche, list(connues))))
                break
    return erreurs


def _noms(serie: str, schemas, referentiels) -> Iterable[tuple[str, str, Iterable[str]]]:
    """The names that make a series, one after the other: each with what is expected, and what it may be."""
    tables = {nom: schema for nom, schema in schemas.items() if not schema.est_nomenclature and nom != "indicateurs"}
    table, *cle, colonne = serie.split(".", 2) if "." in serie else ["", serie]
    if not table:
        attendu = "code d’indicateur, table.colonne ou table.clé.colonne, attendu"
        yield serie, attendu, _codes(referentiels.get(INDICATEURS))
        return
    yield table, "table connue attendue avant le premier point", tables
    schema = tables[table]
    if cle:
        attendu = f"clé de {cite(table)} attendue entre les deux points"
        parties = cle[0].split(SEPARATEUR)
        if len(parties) != len(schema.primary_key):
            yield cle[0], attendu, [f"{SEPARATEUR.join(schema.primary_key)}"]
        nomenclatures = schema.nomenclatures()
        for partie, champ in zip(parties, schema.primary_key, strict=True):
            if champ in nomenclatures:
                yield partie, attendu, _codes(referentiels.get(NOMENCLATURES + nomenclatures[champ]))
    attendu = f"colonne de nombres de {cite(table)} attendue après le point"
    yield colonne, attendu, [c.name for c in schema.fields if c.numerique and c.name not in schema.primary_key]


def _codes(referentiel: Nomenclature | None) -> Iterable[str]:
    return referentiel or ()


def _remede(cherche: str, connues: list[str]) -> str:
    if voisin := proche(cherche, connues):
        return f"Le plus proche est {cite(voisin)}."
    return f"Choisissez {liste(connues, 'ou')}." if 0 < len(connues) <= 12 else "Vérifiez le nom."
