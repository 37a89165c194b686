"""The revisions of an edition, against the past files that they correct."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from rapport.controle.cellules import NOMBRE
from rapport.controle.erreurs import Erreur, cite, liste, proche
from rapport.controle.fichiers import Feuille, lire_csv, lire_texte
from rapport.controle.table import ControleTable, Ligne
from rapport.donnees import revisions
from rapport.donnees.nomenclatures import Nomenclature
from rapport.donnees.schemas import Schema

Cellule = tuple[str, str, str, str]
"""Year, table, key, column: what a revision corrects."""


class ControleRevisions:
    """What is wrong in a ``revisions.csv`` beside the form of its cells, which ControleTable checks."""

    def __init__(
        self,
        dossier: Path,
        edition: int,
        schemas: Mapping[str, Schema],
        referentiels: Mapping[str, Nomenclature | None],
    ):
        self.dossier, self.edition = dossier, edition
        self.schemas, self.referentiels = schemas, referentiels
        self.fichier = self._nom(edition, revisions.TABLE)
        self.trouvees: list[Erreur] = []

    def erreurs(self) -> list[Erreur]:
        """Every error, by line."""
        for numero, ligne in self._lire(self.edition, revisions.TABLE):
            self._ligne(numero, ligne)
        return self.trouvees

    def _erreur(self, numero: int, colonne: str, ligne: Ligne, attendu: str, message: str) -> None:
        self.trouvees.append(Erreur(self.fichier, numero, colonne, attendu, cite(ligne[colonne]), message))

    def _ligne(self, numero: int, ligne: Ligne) -> None:
        """The first thing that is wrong in a row: what follows would not make sense."""
        annee, nom, cle, colonne = (ligne.get(c, "") for c in ("annee", "table", "cle", "colonne"))
        if "" in (annee, nom, cle, colonne) or not (annee.isascii() and annee.isdecimal()):
            return  # said by ControleTable
        if int(annee) >= self.edition:
            message = f"Une valeur de {self.edition} se corrige dans son fichier."
            return self._erreur(numero, "annee", ligne, f"année antérieure à {self.edition} attendue", message)
        schema = self._schema(numero, ligne)
        if schema is None:
            return None
        rangees = {
            revisions.SEPARATEUR.join(r.get(c, "") for c in schema.primary_key): (n, r)
            for n, r in self._lire(int(annee), nom)
        }
        if cle not in rangees:
            return self._erreur(
                numero, "cle", ligne, f"clé de {self._nom(annee, nom)} attendue", _plus_proche(cle, rangees)
            )
        numeriques = [c.name for c in schema.fields if c.numerique and c.name not in schema.primary_key]
        if colonne not in numeriques:
            attendu = f"colonne de nombres de {self._nom(annee, nom)} attendue"
            return self._erreur(numero, "colonne", ligne, attendu, f"Choisissez {liste(numeriques, 'ou')}.")
        return self._valeurs(numero, ligne, schema, *rangees[cle])

    def _schema(self, numero: int, ligne: Ligne) -> Schema | None:
        """The schema of the table to correct, if it can be corrected that year."""
        annee, nom = ligne["annee"], ligne["table"]
        tables = [t for t, s in self.schemas.items() if not s.est_nomenclature and t not in revisions.FIGEES]
        if nom not in tables:
            self._erreur(numero, "table", ligne, "table à corriger attendue", _plus_proche(nom, tables))
        elif not (self.dossier / annee / f"{nom}.csv").exists():
            connues = [t for t in tables if (self.dossier / annee / f"{t}.csv").exists()]
            message = f"Tables de {annee} : {liste(connues)}." if connues else "Vérifiez l’année."
            self._erreur(numero, "table", ligne, f"table connue pour {annee} attendue", message)
        else:
            return self.schemas[nom]
        return None

    def _valeurs(self, numero: int, ligne: Ligne, schema: Schema, rang: int, rangee: Ligne) -> None:
        """The old value is the one known until now, the new one another, such as its column has."""
        annee, nom, colonne = ligne["annee"], ligne["table"], ligne["colonne"]
        ancienne, nouvelle = ligne.get("ancienne", ""), ligne.get("nouvelle", "")
        if not all(v in schema.missing_values or NOMBRE.fullmatch(v) for v in (ancienne, nouvelle)):
            return  # said by ControleTable
        valeur, lieu = self._valeur_connue((annee, nom, ligne["cle"], colonne), rangee.get(colonne, ""), rang)
        if not _egales(ancienne, valeur):
            message = (
                f"La valeur est dans {lieu}. Un fichier passé ne se modifie pas : rétablissez-y la valeur publiée, ou "
                f"écrivez {valeur} ici."
            )
            self._erreur(numero, "ancienne", ligne, f"valeur connue jusque-là attendue ({valeur})", message)
        elif _egales(ancienne, nouvelle):
            message = "Corrigez-la, ou supprimez la ligne."
            self._erreur(numero, "nouvelle", ligne, "valeur différente de l’ancienne attendue", message)
        else:
            table = ControleTable(self.fichier, schema, Feuille(), self.referentiels, int(annee))
            if anomalie := table.anomalie(colonne, rangee | {colonne: nouvelle}):
                self._erreur(numero, "nouvelle", ligne, *anomalie)

    def _valeur_connue(self, cellule: Cellule, valeur: str, rang: int) -> tuple[str, str]:
        """The value of a past cell before this edition, and where it is written."""
        lieu = f"{self._nom(cellule[0], cellule[1])}, ligne {rang}"
        for edition in range(int(cellule[0]) + 1, self.edition):
            for numero, ligne in self._lire(edition, revisions.TABLE):
                if tuple(ligne.get(c) for c in ("annee", "table", "cle", "colonne")) == cellule:
                    valeur, lieu = ligne["nouvelle"], f"{self._nom(edition, revisions.TABLE)}, ligne {numero}"
        return valeur, lieu

    def _nom(self, annee: int | str, table: str) -> str:
        return f"{self.dossier.name}/{annee}/{table}.csv"

    def _lire(self, annee: int, table: str) -> list[tuple[int, Ligne]]:
        """Line number and cells of each row; none of a file that cannot be read, which has its own errors."""
        chemin = self.dossier / str(annee) / f"{table}.csv"
        texte = lire_texte(chemin, "")[0] if chemin.exists() else ""
        feuille = lire_csv(texte, "")[0] if texte else None
        if feuille is None:
            return []
        completes = ((n, cellules) for n, cellules in feuille.lignes if len(cellules) == len(feuille.entete))
        return [(numero, dict(zip(feuille.entete, cellules, strict=True))) for numero, cellules in completes]


def _egales(a: str, b: str) -> bool:
    return Decimal(a) == Decimal(b) if NOMBRE.fullmatch(a) and NOMBRE.fullmatch(b) else a == b


def _plus_proche(texte: str, choix: Iterable[str]) -> str:
    choix = list(choix)
    voisin = proche(texte, choix)
    return f"Le plus proche est {cite(voisin)}." if voisin else f"Choisissez {liste(choix[:12], 'ou')}."
