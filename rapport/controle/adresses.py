"""The addresses that data files hold: each is that of something, and a revision starts from the value it corrects.

What is told here is beside the form of cells, which :class:`rapport.controle.table.ControleTable` checks.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pandas as pd

from rapport.controle.cellules import NOMBRE
from rapport.controle.erreurs import Erreur, cite, liste
from rapport.controle.fichiers import Feuille
from rapport.controle.table import ControleTable, Ligne
from rapport.donnees.adresse import EXPLICATIONS, FIGEES, SEPARATEUR, Adresse, AdresseInconnue, remede
from rapport.donnees.dossier import Donnees
from rapport.donnees.nomenclatures import Nomenclature
from rapport.donnees.schemas import NOMENCLATURES, Schema
from rapport.nombres.nombre import Nombre

SEUILS = NOMENCLATURES + "seuils"
COLONNES = {NOMENCLATURES + "ruptures": "serie", SEUILS: "code", EXPLICATIONS: "code"}
"""Table → the column of its addresses."""
GENRES = {SEUILS: ("montant", "nombre", "part")}
"""The thresholds that are those of all series of a kind."""

Defaut = tuple[str, str, str] | None
"""What is wrong in a row: the column, what is expected there, the cure."""
Referentiels = Mapping[str, Nomenclature | None]


def erreurs_lignes(fichier: str, feuille: Feuille, controler: Callable[[Ligne], Defaut]) -> list[Erreur]:
    """What is wrong in the complete rows of a file, one error a row."""
    erreurs = []
    for numero, cellules in feuille.lignes:
        ligne = dict(zip(feuille.entete, cellules, strict=False))
        if len(cellules) == len(feuille.entete) and (defaut := controler(ligne)):
            colonne, attendu, message = defaut
            erreurs.append(Erreur(fichier, numero, colonne, attendu, cite(ligne[colonne]), message))
    return erreurs


def controle_des_adresses(nom: str, schemas: Mapping[str, Schema], referentiels: Referentiels):
    """The check of the rows of a table of addresses, one of :data:`COLONNES`."""

    def admis(schema: Schema, colonne: str) -> Nomenclature | None:
        return referentiels.get(NOMENCLATURES + schema.nomenclatures.get(colonne, ""))

    def controler(ligne: Ligne) -> Defaut:
        colonne = COLONNES[nom]
        texte = ligne.get(colonne)
        try:
            if texte and texte not in GENRES.get(nom, ()):
                Adresse.lire(texte).verifier(schemas, admis)
        except AdresseInconnue as defaut:
            return colonne, defaut.attendu, defaut.message
        return None

    return controler


class ControleRevisions:
    """The check of the rows of the ``revisions.csv`` of an edition, against the past values that they correct."""

    def __init__(self, dossier: Path, edition: int, schemas: Mapping[str, Schema], referentiels: Referentiels):
        self.dossier, self.edition = dossier, edition
        self.schemas, self.referentiels = schemas, referentiels
        self.passe = Donnees(dossier, edition - 1, brutes=True)

    def __call__(self, ligne: Ligne) -> Defaut:
        """The first thing that is wrong in a row: what follows would not make sense."""
        annee, texte = ligne.get("annee", ""), ligne.get("adresse", "")
        if not texte or not (annee.isascii() and annee.isdecimal()):
            return None  # said by ControleTable
        if int(annee) >= self.edition:
            message = f"Une valeur de {self.edition} se corrige dans son fichier."
            return "annee", f"année antérieure à {self.edition} attendue", message
        try:
            adresse = Adresse.lire(texte)
            # A key is one of the table of the year.
            adresse.verifier(self.schemas, lambda *_: None, colonne_entiere=False)
            valeur = self._valeur(adresse, int(annee))
        except AdresseInconnue as defaut:
            return "adresse", defaut.attendu, defaut.message
        return self._valeurs(ligne, adresse, valeur) if valeur is not None else None

    def _valeur(self, adresse: Adresse, annee: int) -> Nombre | None:
        """The past value as the edition before knew it, ``None`` if its file cannot be read, which has its own errors.

        Raises :class:`AdresseInconnue` if the year has not the table, or the table not the key.
        """
        if not self.passe.existe(adresse.table, annee):
            connues = sorted(t.stem for t in (self.dossier / str(annee)).glob("*.csv") if t.stem not in FIGEES)
            message = f"Tables de {annee} : {liste(connues)}." if connues else "Vérifiez l’année."
            raise AdresseInconnue(f"table connue pour {annee} attendue", adresse.table, message)
        try:
            cadre = self.passe.table(adresse.table, annee)
        except Exception:
            cadre = pd.DataFrame()
        cle, colonne = adresse.place
        if colonne not in cadre or not cadre.index.is_unique:
            return None
        if cle not in cadre.index:
            cles = [SEPARATEUR.join(map(str, x if isinstance(x, tuple) else (x,))) for x in cadre.index]
            fichier = f"{self.dossier.name}/{annee}/{adresse.table}.csv"
            raise AdresseInconnue(f"clé de {fichier} attendue", adresse.cle_ecrite, remede(adresse.cle_ecrite, cles))
        return cadre.at[cle, colonne]

    def _valeurs(self, ligne: Ligne, adresse: Adresse, valeur: Nombre) -> Defaut:
        """The old value is the one known until now, the new one another, such as its column has."""
        ancienne, nouvelle, schema = ligne.get("ancienne", ""), ligne.get("nouvelle", ""), self.schemas[adresse.table]
        if not all(v in schema.missing_values or NOMBRE.fullmatch(v) for v in (ancienne, nouvelle)):
            return None  # said by ControleTable
        connue = valeur.motif or str(valeur)
        if not _egales(ancienne, connue):
            message = (
                f"La valeur est dans {valeur.origine.fichier}, ligne {valeur.origine.ligne}. Un fichier passé ne se "
                f"modifie pas : rétablissez-y la valeur publiée, ou écrivez {connue} ici."
            )
            return "ancienne", f"valeur connue jusque-là attendue ({connue})", message
        if _egales(ancienne, nouvelle):
            return "nouvelle", "valeur différente de l’ancienne attendue", "Corrigez-la, ou supprimez la ligne."
        table = ControleTable("", schema, Feuille(), self.referentiels, int(ligne["annee"]))
        corrigee = dict(zip(schema.primary_key, adresse.cle, strict=True)) | {adresse.colonne: nouvelle}
        anomalie = table.anomalie(adresse.colonne, corrigee)
        return ("nouvelle", *anomalie) if anomalie else None


def _egales(a: str, b: str) -> bool:
    return Decimal(a) == Decimal(b) if NOMBRE.fullmatch(a) and NOMBRE.fullmatch(b) else a == b
