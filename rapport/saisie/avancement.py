"""How far a year is filled, chapter by chapter.

A value counts once: with its source it is given, or given as missing for a reason (NC, NS, ND); without either it is
to be filled. A row that has no other value than to be there is one value; so is a block of a text.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from rapport.donnees import lignes, textes
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import SOURCE, Schema
from rapport.livre import sommaire
from rapport.livre.sections import chapitres_par_table
from rapport.nombres.nombre import MOTIFS

REMPLIE, MANQUANTE, MOTIVEE = "remplies", "manquantes", "motivees"


class Completude(NamedTuple):
    """A chapter, and how many of the year's values it waits for are given, to be filled, missing for a reason."""

    chapitre: str
    remplies: int
    manquantes: int
    motivees: int


def completude(dossier_donnees: str | Path, annee: int, racine: Path) -> list[Completude]:
    """One row a chapter that has values of its own in the year, in the order of the book.

    ``racine``: the project, for its chapters. Values that no chapter uses come last, under the chapter "". A file that
    cannot be read raises, as elsewhere.
    """
    donnees = Donnees(dossier_donnees)
    usages = chapitres_par_table(racine)
    comptes: dict[str, Counter] = {}

    def compter(chapitre: str, etat: str) -> None:
        comptes.setdefault(chapitre, Counter())[etat] += 1

    definitions = donnees.nomenclature("indicateurs") if "nomenclatures/indicateurs" in donnees.schemas else None
    for schema in (s for s in donnees.schemas.values() if s.a_saisir and donnees.existe(s.name, annee)):
        lecteurs = usages.get(schema.name, {})
        principal = max(lecteurs, key=lecteurs.get, default="")  # that uses it most, the first one among equals
        rangees = lignes.lire(donnees.chemin(schema.name, annee))
        if not rangees:
            compter(principal, MANQUANTE)
        for _, cellules in rangees:
            chapitre = principal
            if schema.name == "indicateurs":
                chapitre = definitions["chapitre"].get(cellules["code"], "")
            for etat in etats(schema, cellules):
                compter(chapitre, etat)
    for chemin in sorted((donnees.dossier / str(annee) / "textes").glob("*.md")):
        for _, contenu in textes.blocs(chemin.read_text(encoding="utf-8-sig")).values():
            compter(chemin.stem, MANQUANTE if textes.est_a_remplir(contenu) else REMPLIE)
    ordre = [*(c.nom for c in sommaire.lister_chapitres(racine)), ""]
    ordre = [*ordre, *(c for c in comptes if c not in ordre)]
    return [Completude(c, *(comptes[c][e] for e in (REMPLIE, MANQUANTE, MOTIVEE))) for c in ordre if c in comptes]


def etats(schema: Schema, cellules: dict[str, str]) -> list[str]:
    """The state of each value of a row: :data:`REMPLIE`, :data:`MANQUANTE` or :data:`MOTIVEE`."""
    sans_source = schema.champ(SOURCE) is not None and not cellules.get(SOURCE)
    valeurs = [cellules.get(champ.name, "") for champ in schema.colonnes_a_remplir] or [cellules.get(SOURCE, "")]
    return [MANQUANTE if sans_source or not v else MOTIVEE if v in MOTIFS else REMPLIE for v in valeurs]
