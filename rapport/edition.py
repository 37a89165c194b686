"""The data of one edition, as the notebooks use it."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

import pandas as pd

from rapport.data import Donnees, DonneesAbsentes
from rapport.nombres import Nombre


class Edition:
    """A year's report: its figures, and those of the years before it.

    ``ed["visiteurs"]`` is an indicator of the year, ``ed["visiteurs", 2022]`` that of another one; a value that is not
    known is a missing :class:`Nombre` (ND), never an error. ``ed.table`` and ``ed.serie`` read tables.
    """

    def __init__(self, annee: int, donnees: str | Path = "../data"):
        self.donnees = Donnees(donnees)
        self.annee = int(annee)
        if self.annee not in self.donnees.annees:
            connues = ", ".join(map(str, self.donnees.annees))
            raise DonneesAbsentes(f"Aucune donnée pour {self.annee}. Années connues : {connues}.")

    @property
    def precedente(self) -> int:
        """The year before."""
        return self.annee - 1

    def connait(self, code: str, annee: int | None = None) -> bool:
        """Whether the year has this table, or a value for this indicator; « visites N-1 » asks for the year before."""
        annee = annee or self.annee
        code, _, recul = code.partition(" N-")
        annee -= int(recul or 0)
        if code in self.donnees.schemas:
            return self.donnees.existe(code, annee)
        return self[code, annee].connu

    def table(self, nom: str, annee: int | None = None) -> pd.DataFrame:
        """A table of the year: index = key(s), columns of :class:`Nombre` and of text.

        Rows follow the nomenclature of the (first) key, or the file where the key has none.
        """
        return self._ordonner(nom, self.donnees.table(nom, annee or self.annee))

    def serie(self, nom: str, colonne: str, annees=None) -> pd.DataFrame:
        """One column of a table over several years: a row per key, a column per year.

        ``annees`` defaults to the year before and the year. A year or a key without a value gives ND: every asked year
        is a column. Without any known year there is no row.
        """
        annees = list(annees or (self.precedente, self.annee))
        connues = {a: self.donnees.table(nom, a)[colonne] for a in annees if self.donnees.existe(nom, a)}
        if not connues:
            return pd.DataFrame(columns=annees, dtype=object)
        large = self._ordonner(nom, pd.concat(connues, axis=1))
        large = large.reindex(columns=annees).astype(object)
        return large.map(lambda x: x if isinstance(x, Nombre) else Nombre.manquant())

    def annees_connues(self, nom: str) -> list[int]:
        """Years up to this one that have the table ``nom``, oldest first."""
        return [a for a in self.donnees.annees if a <= self.annee and self.donnees.existe(nom, a)]

    def __getitem__(self, cle) -> Nombre:
        code, annee = cle if isinstance(cle, tuple) else (cle, self.annee)
        definition = self._indicateur(code)
        if annee in self.donnees.annees and self.donnees.existe("indicateurs", annee):
            valeurs = self.donnees.table("indicateurs", annee)
            if code in valeurs.index:
                return self._documenter(valeurs.loc[code, "valeur"], definition)
        return Nombre.manquant(unite=definition["unite"], decimales=int(definition["decimales"]))

    def valeurs(self, code: str, annees) -> pd.Series:
        """An indicator in the given years, ND where it is not known: index = years."""
        return pd.Series({a: self[code, a] for a in annees}, dtype=object)

    def chronique(self, code: str, depuis: int | None = None) -> pd.Series:
        """An indicator over the years up to this one where it is known: index = years, values = :class:`Nombre`."""
        valeurs = {a: self[code, a] for a in self.donnees.annees if (depuis or 0) <= a <= self.annee}
        return pd.Series({a: v for a, v in valeurs.items() if v.connu}, dtype=object)

    def publie(self, code: str, annee: int | None = None) -> Nombre:
        """A derived figure as the printed report gives it, for what cannot be recomputed; ND if there is none."""
        annee = annee or self.annee
        if not self.donnees.existe("publie", annee):
            return Nombre.manquant()
        table = self.donnees.table("publie", annee)
        if code not in table.index:
            return Nombre.manquant()
        ligne = table.loc[code]
        valeur = ligne["valeur"]
        decimales = max(0, -valeur.as_tuple().exponent) if valeur.connu else 0
        origine = replace(valeur.origine, libelle=ligne["libelle"])
        return valeur.avec(unite=ligne["unite"], decimales=decimales, origine=origine)

    def nomenclature(self, nom: str) -> pd.DataFrame:
        """A nomenclature, indexed by code, in print order."""
        return self.donnees.nomenclature(nom)

    def libelles(self, nom: str, colonne: str = "libelle") -> pd.Series:
        """Code → label of a nomenclature, to rename an index: ``df.rename(index=ed.libelles("sites"))``."""
        return self.donnees.nomenclature(nom)[colonne]

    def texte(self, chapitre: str, bloc: str) -> str:
        """A block of the year's own prose (``## bloc`` of ``textes/<chapitre>.md``); empty if there is none."""
        chemin = self.donnees.dossier / str(self.annee) / "textes" / f"{chapitre}.md"
        if not chemin.exists():
            return ""
        blocs = {}
        for ligne in chemin.read_text(encoding="utf-8-sig").splitlines():
            if ligne.startswith("## "):
                courant = blocs.setdefault(ligne[3:].strip(), [])
            elif blocs:
                courant.append(ligne)
        return "\n".join(blocs.get(bloc, [])).strip()

    def _indicateur(self, code: str) -> pd.Series:
        indicateurs = self.donnees.nomenclature("indicateurs")
        if code not in indicateurs.index:
            proches = difflib.get_close_matches(code, indicateurs.index, n=3)
            indice = f" Proches : {', '.join(proches)}." if proches else ""
            raise DonneesAbsentes(f"Aucun indicateur ne s’appelle « {code} ».{indice}")
        return indicateurs.loc[code]

    @staticmethod
    def _documenter(valeur: Nombre, definition: pd.Series) -> Nombre:
        origine = replace(valeur.origine, libelle=definition["libelle"], definition=definition["definition"])
        return valeur.avec(unite=definition["unite"], decimales=int(definition["decimales"]), origine=origine)

    def _ordonner(self, nom: str, cadre: pd.DataFrame) -> pd.DataFrame:
        schema = self.donnees.schemas[nom]
        nomenclature = schema.nomenclatures().get(schema.primary_key[0])
        if nomenclature is None:
            return cadre
        codes = self.donnees.nomenclature(nomenclature).index
        niveau = cadre.index.get_level_values(0) if cadre.index.nlevels > 1 else cadre.index
        return cadre.iloc[codes.get_indexer(niveau).argsort(kind="stable")]
