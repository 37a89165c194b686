"""The revisions of an edition, against the past files that they correct."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from rapport.controle.cellules import NOMBRE
from rapport.controle.erreurs import Erreur, cite, liste
from rapport.controle.fichiers import Feuille, lire_csv, lire_texte
from rapport.controle.table import ControleTable, Ligne
from rapport.donnees import revisions
from rapport.donnees.adresse import FIGEES, SEPARATEUR, Adresse, AdresseInconnue, remede
from rapport.donnees.nomenclatures import Nomenclature
from rapport.donnees.schemas import Schema


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
        annee, texte = ligne.get("annee", ""), ligne.get("adresse", "")
        if not texte or not (annee.isascii() and annee.isdecimal()):
            return  # said by ControleTable
        if int(annee) >= self.edition:
            message = f"Une valeur de {self.edition} se corrige dans son fichier."
            return self._erreur(numero, "annee", ligne, f"année antérieure à {self.edition} attendue", message)
        try:
            adresse = Adresse.lire(texte)
            # A key is one of the file of the year, which `_rangee` looks for.
            adresse.verifier(self.schemas, lambda *_: None, colonne_entiere=False)
            rang, rangee = self._rangee(annee, adresse)
        except AdresseInconnue as defaut:
            return self._erreur(numero, "adresse", ligne, defaut.attendu, defaut.message)
        return self._valeurs(numero, ligne, adresse, rang, rangee)

    def _rangee(self, annee: str, adresse: Adresse) -> tuple[int, Ligne]:
        """The line and the row of the cell to correct, in the file of its year. Raises :class:`AdresseInconnue`."""
        fichier, cle = self._nom(annee, adresse.table), self.schemas[adresse.table].primary_key
        if not (self.dossier / annee / f"{adresse.table}.csv").exists():
            connues = sorted(t.stem for t in (self.dossier / annee).glob("*.csv") if t.stem not in FIGEES)
            message = f"Tables de {annee} : {liste(connues)}." if connues else "Vérifiez l’année."
            raise AdresseInconnue(f"table connue pour {annee} attendue", adresse.table, message)
        rangees = {tuple(r.get(c, "") for c in cle): (n, r) for n, r in self._lire(int(annee), adresse.table)}
        if adresse.cle not in rangees:
            message = remede(adresse.cle_ecrite, map(SEPARATEUR.join, rangees))
            raise AdresseInconnue(f"clé de {fichier} attendue", adresse.cle_ecrite, message)
        return rangees[adresse.cle]

    def _valeurs(self, numero: int, ligne: Ligne, adresse: Adresse, rang: int, rangee: Ligne) -> None:
        """The old value is the one known until now, the new one another, such as its column has."""
        annee, schema = int(ligne["annee"]), self.schemas[adresse.table]
        ancienne, nouvelle = ligne.get("ancienne", ""), ligne.get("nouvelle", "")
        if not all(v in schema.missing_values or NOMBRE.fullmatch(v) for v in (ancienne, nouvelle)):
            return  # said by ControleTable
        lieu = f"{self._nom(annee, adresse.table)}, ligne {rang}"
        valeur, lieu = self._valeur_connue(ligne, rangee.get(adresse.colonne, ""), lieu)
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
            table = ControleTable(self.fichier, schema, Feuille(), self.referentiels, annee)
            if anomalie := table.anomalie(adresse.colonne, rangee | {adresse.colonne: nouvelle}):
                self._erreur(numero, "nouvelle", ligne, *anomalie)

    def _valeur_connue(self, cellule: Ligne, valeur: str, lieu: str) -> tuple[str, str]:
        """The value of a past cell before this edition, and where it is written; ``valeur``, ``lieu``: as published."""
        for edition in range(int(cellule["annee"]) + 1, self.edition):
            for numero, ligne in self._lire(edition, revisions.TABLE):
                if all(ligne.get(c) == cellule[c] for c in ("annee", "adresse")):
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
