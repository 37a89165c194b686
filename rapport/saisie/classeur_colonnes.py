"""The columns of a sheet, from left to right: keys and their labels, then each value beside that of the year before."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property

from openpyxl.utils import get_column_letter

from rapport.controle.table import INDICATEURS
from rapport.donnees.edition import Edition
from rapport.donnees.schemas import Champ
from rapport.nombres.nombre import MOTIFS, Nombre
from rapport.saisie.classeur import TableDuClasseur

CLE, CLAIR, RAPPEL, SAISIE = "cle", "clair", "rappel", "saisie"
ATTRIBUTS_DES_INDICATEURS = ("unite", "chapitre")
LARGEURS = {"number": 17, "integer": 15, "date": 14}
LARGEUR_CODE, LARGEUR_TEXTE, LARGEUR_COURTE = 28, 50, 20


@dataclass(frozen=True)
class Colonne:
    """``genre``: :data:`CLE` and :data:`SAISIE` are read back, :data:`CLAIR` and :data:`RAPPEL` only shown."""

    genre: str
    titre: str
    rang: int
    champ: Champ | None
    attribut: str = ""
    """Of the nomenclature of the key, for a column that is :data:`CLAIR`."""

    @property
    def lettre(self) -> str:
        return get_column_letter(self.rang)


class Disposition:
    """The columns of a table's sheet, and what the year before has for its rows."""

    def __init__(self, table: TableDuClasseur):
        self.table = table

    @cached_property
    def rappels(self) -> dict[tuple[str, ...], dict[str, str]]:
        """Key → column → text, the year before, with the revisions known since."""
        table, avant = self.table, self.table.annee - 1
        if not table.donnees.existe(table.schema.name, avant):
            return {}
        cadre = Edition(table.annee, table.donnees.dossier).table(table.schema.name, avant)
        lignes = {}
        for cle, ligne in zip(cadre.index, cadre.to_dict("records"), strict=True):
            cles = cle if isinstance(cle, tuple) else (cle,)
            lignes[tuple(map(_texte, cles))] = {nom: _texte(valeur) for nom, valeur in ligne.items()}
        return lignes

    @cached_property
    def colonnes(self) -> list[Colonne]:
        table, titres = self.table, []
        cles = [champ for champ in table.champs if champ.name in table.schema.primary_key]
        for champ in cles:
            titres.append((CLE, table.titre_colonne(champ), champ, ""))
            if champ.name in table.schema.nomenclatures():
                titres.append((CLAIR, f"{champ.title}\n(en clair)", champ, "libelle"))
        for attribut in ATTRIBUTS_DES_INDICATEURS if table.schema.name == "indicateurs" else ():
            champ = table.donnees.schemas[INDICATEURS].champ(attribut)
            titres += [(CLAIR, champ.title, cles[0], attribut)] if champ else []
        connues = {table.cle(ligne) for ligne in table.lignes} & self.rappels.keys()
        for champ in table.champs:
            if champ not in cles:
                attendu = champ.type != "string" or champ.constraints.get("required")
                if attendu and any(self.rappels[cle].get(champ.name) for cle in connues):
                    titres.append((RAPPEL, f"{champ.title}\n{table.annee - 1}", champ, ""))
                titres.append((SAISIE, table.titre_colonne(champ), champ, ""))
        return [
            Colonne(genre, titre, rang, champ, attribut)
            for rang, (genre, titre, champ, attribut) in enumerate(titres, start=1)
        ]

    def de(self, *genres: str) -> list[Colonne]:
        return [colonne for colonne in self.colonnes if colonne.genre in genres]

    def saisie(self, nom: str) -> Colonne | None:
        """The column where a field is filled."""
        return next((c for c in self.de(CLE, SAISIE) if c.champ.name == nom), None)

    def largeur(self, colonne: Colonne) -> int:
        if colonne.attribut in ATTRIBUTS_DES_INDICATEURS:
            return LARGEUR_COURTE
        if colonne.genre == CLAIR:
            return LARGEUR_TEXTE
        champ = colonne.champ
        if champ.name in self.table.schema.nomenclatures():
            return LARGEUR_CODE
        if champ.type == "string":
            courte = "enum" in champ.constraints or "pattern" in champ.constraints
            return LARGEUR_CODE if courte else LARGEUR_TEXTE
        return LARGEURS.get(champ.type, LARGEUR_COURTE)

    def bulle(self, colonne: Colonne) -> str:
        """What the comment of a heading says: the definition, the unit, what to write when the value is missing."""
        champ, annee = colonne.champ, self.table.annee
        lignes = [champ.description]
        if colonne.genre == RAPPEL:
            return f"Valeur de {annee - 1}, pour mémoire."
        if colonne.genre == CLAIR:
            return "Ce que désigne le code."
        if champ.unite:
            decimales = f", {champ.decimales} décimale{'s' if champ.decimales > 1 else ''}" if champ.decimales else ""
            lignes.append(f"Unité\u00a0: {champ.unite}{decimales}.")
        if not champ.constraints.get("required"):
            lignes.append("Facultatif.")
        elif champ.type != "string" and colonne.genre == SAISIE:
            motifs = [f"{m} ({MOTIFS[m]})" for m in self.table.schema.missing_values if m in MOTIFS]
            if motifs:
                lignes.append(f"Valeur inconnue\u00a0: écrivez {', '.join(motifs[:-1])} ou {motifs[-1]}.")
        return "\n".join(filter(None, lignes))


def _texte(valeur) -> str:
    if isinstance(valeur, Nombre):
        return f"{valeur:f}" if valeur.connu else valeur.motif
    if isinstance(valeur, datetime.date):
        return valeur.isoformat()
    return "" if valeur is None else str(valeur)
