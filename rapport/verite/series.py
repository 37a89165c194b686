"""Every series of the book that has two known years, and what each of its changes is.

A change is computed between two years that can be compared; where they cannot, what keeps them apart is said.
"""

from collections.abc import Iterator

import pandas as pd

from rapport.chapitre import provenance
from rapport.chapitre.carnets import chapitres
from rapport.donnees.adresse import Adresse
from rapport.donnees.edition import Edition
from rapport.donnees.schemas import Schema
from rapport.livre.sections import chapitres_par_table
from rapport.livre.sommaire import trouver_racine
from rapport.nombres import calculs
from rapport.nombres.nombre import REVISE, SANS_OBJET, Nombre, ecrire, motif_en_clair, sens

REEL, REVISION, RUPTURE, PERIMETRE, ARRONDI, STABLE = "réel", "révision", "rupture", "périmètre", "arrondi", "aucun"
COLONNES = ["chapitre", "table", "adresse", "libelle", "valeurs"]
CHANGEMENTS = ["ecart", "evolution", "nature", "raison"]


def series(ed: Edition) -> pd.DataFrame:
    """A row for each indicator and each cell of a table that has two known years or more, in the order of the book.

    Columns: ``chapitre`` (the notebook that its nomenclature names, or has its name, or reads it most), ``table``
    (its title), ``adresse``, ``libelle``, ``valeurs`` (Series of :class:`Nombre` by year, all that its table has).
    """
    usages = chapitres_par_table(trouver_racine())
    lignes = []
    for schema, adresse, valeurs in _series(ed):
        nomenclature = schema.nomenclatures.get(schema.primary_key[0])
        codes = ed.nomenclature(nomenclature, depuis=0) if nomenclature else pd.DataFrame()
        lecteurs, nom = usages.get(schema.name, {"": 0}), schema.name.replace("_", "-")
        chapitre = next((c for c in lecteurs if c.startswith(nom)), max(lecteurs, key=lecteurs.get))
        chapitre = codes["chapitre"].get(adresse.cle[0], chapitre) if "chapitre" in codes else chapitre
        libelle = valeurs.dropna().iloc[-1].origine.libelle
        lignes.append([chapitre, schema.title, str(adresse), libelle, valeurs])
    cadre = pd.DataFrame(lignes, columns=COLONNES)
    return cadre.sort_values("chapitre", key=lambda noms: noms.map(chapitres()["rang"]), kind="stable")


def _series(ed: Edition) -> Iterator[tuple[Schema, Adresse, pd.Series]]:
    for nom, schema in ed.donnees.schemas.items():
        annees = ed.annees_connues(nom) if schema.a_saisir else []
        cles = dict.fromkeys(cle for a in reversed(annees) for cle in ed.cles(nom, a))
        for champ in schema.colonnes_de_nombres if len(annees) > 1 else ():
            for cle in cles:
                adresse = Adresse(nom, cle if isinstance(cle, tuple) else (cle,), champ.name)
                valeurs = ed.serie(str(adresse), None if adresse.est_indicateur else annees)
                if valeurs.notna().sum() > 1:
                    yield schema, adresse, valeurs


def changement(ed: Edition, adresse: str, valeurs: pd.Series) -> pd.Series:
    """What the last change of a series is: ``ecart`` and ``evolution`` (:class:`Nombre`) between its last two years
    that are known or have no object, its ``nature`` and its ``raison``, maybe empty: why it is so.

    A year that the code has not, on one side, is a change of perimeter, and so is a break of which the data say it; any
    other break keeps two years apart by its method; a difference that cannot be read is one of rounding; the reason of
    a real change is its cause, if a source says it.
    """
    connues = valeurs[[n.connu or n.motif == SANS_OBJET for n in valeurs]]
    avant, apres = connues.iloc[-2:]
    ecart, evolution = calculs.ecart(apres, avant), calculs.evolution(apres, avant)
    revisees = [n for n in (avant, apres) if n.revision]
    if separees := calculs.ruptures(avant, apres):
        nature = PERIMETRE if all(r.nature == PERIMETRE for r in separees) else RUPTURE
        raison = " ".join(r.motif for r in separees)
    elif SANS_OBJET in (avant.motif, apres.motif):
        quand = f"existe depuis {connues.index[-1]}" if apres.connu else f"n’existe plus en {connues.index[-1]}"
        ecart = evolution = Nombre.manquant(SANS_OBJET)
        nature, raison = PERIMETRE, f"Le code {quand}."
    elif revisees:
        nature = REVISION
        raison = " ".join(f"{ecrire(n.revision.ancienne)} avant d’être {REVISE}. {n.revision.motif}" for n in revisees)
    elif sens(ecart):
        nature, raison = REEL, ed.explication(adresse)[0] if connues.index[-1] == ed.annee else ""
    else:
        nature, raison = (ARRONDI if ecart else STABLE), ""
    return pd.Series([ecart, evolution, nature, raison], index=CHANGEMENTS)


def valeurs_de(lignes: pd.DataFrame) -> pd.DataFrame:
    """The values of some of the `series`, a row each, indexed by label: year, value, unit, status, source, address."""
    valeurs = [
        [ligne.libelle, str(annee), n, n.unite or "", _statut(n), "".join(provenance.documents([n])), ligne.adresse]
        for ligne in lignes.itertuples()
        for annee, n in ligne.valeurs.items()
    ]
    colonnes = ["Série", "Année", "Valeur", "Unité", "Statut", "Source", "Adresse"]
    return pd.DataFrame(valeurs, columns=colonnes).set_index("Série")


def _statut(n: Nombre) -> str:
    return motif_en_clair(n.motif) if not n.connu else REVISE if n.revision else "publié"
