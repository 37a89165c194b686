"""Reading `data/`: tables of a year and nomenclatures, as pandas frames of exact, documented numbers.

Reading trusts that the data is valid (``rapport check``); it still refuses, in French, what it cannot read.
"""

from __future__ import annotations

import datetime
import re
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd
import yaml

from rapport.donnees import lignes, nomenclatures, revisions
from rapport.donnees.adresse import FIGEES, Adresse, AdresseInconnue, DonneesAbsentes, remede
from rapport.donnees.nomenclatures import Nomenclature, Periode
from rapport.donnees.revisions import Correction
from rapport.donnees.schemas import Schema, Schemas, existe
from rapport.nombres.colonne import TypeNombre
from rapport.nombres.nombre import A_REMPLIR, MOTIFS, Nombre, Origine, Rupture, Source


class Donnees:
    """One data folder: which years and editions it has, its tables and its nomenclatures.

    ``edition``: the tables of earlier years are read as the edition of that year corrects them, that is with the
    revisions recorded in its folder and in those before; without it, as they were published.
    """

    def __init__(self, dossier: str | Path, edition: int | None = None):
        self.dossier = Path(dossier).resolve()
        if not self.dossier.is_dir():
            raise DonneesAbsentes(f"Le dossier de données « {self.dossier} » n’existe pas.")
        self.edition_lue = edition
        self.table = lru_cache(maxsize=None)(self._table)
        self.nomenclature = lru_cache(maxsize=None)(self._nomenclature)
        self.codes = lru_cache(maxsize=None)(self._codes)
        self._cadre = lru_cache(maxsize=None)(self._cadre_de_nomenclature)

    @cached_property
    def schemas(self):
        """Schemas by name: « prestations », « nomenclatures/sites »…"""
        return Schemas(self.dossier)

    @cached_property
    def annees(self) -> list[int]:
        """Years that have a folder, oldest first."""
        return sorted(int(p.name) for p in self.dossier.iterdir() if p.is_dir() and re.fullmatch(r"\d{4}", p.name))

    @cached_property
    def editions(self) -> list[int]:
        """Years that are published as an edition (their folder has an ``edition.yaml``), oldest first."""
        return [a for a in self.annees if (self.dossier / str(a) / "edition.yaml").exists()]

    def edition(self, annee: int) -> dict:
        """What the edition says of itself: ``statut``, ``publication``."""
        return yaml.safe_load((self.dossier / str(annee) / "edition.yaml").read_text(encoding="utf-8"))

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Code → document, page and section."""
        chemin = self.dossier / "nomenclatures" / "sources.csv"
        return {
            ligne["code"]: Source(ligne["code"], ligne["document"], ligne["page"], ligne["section"])
            for _, ligne in lignes.lire(chemin)
        }

    def chemin(self, table: str, annee: int) -> Path:
        """Where the table of a year is, or would be."""
        return self.dossier / str(annee) / f"{table}.csv"

    def existe(self, table: str, annee: int) -> bool:
        """Whether the year has this table."""
        return existe(self.chemin(table, annee))

    def _table(self, table: str, annee: int) -> pd.DataFrame:
        """The table of a year: index = its key(s), in the order of the file; numbers are of dtype ``"nombre"``.

        In a draft, it lacks the rows that are not described yet: without a number they keep their place, without a
        text (or a date, where rows have names of their own) there is nothing to show of them.

        Raises :class:`DonneesAbsentes` if the year does not have the table.
        """
        if table not in self.schemas:
            raise AdresseInconnue("table connue attendue", table, remede(table, self.schemas))
        if not self.existe(table, annee):
            raise DonneesAbsentes(f"La table « {table} » n’est pas connue pour {annee}.")
        schema = self.schemas[table]
        cadre = self._lire(self.chemin(table, annee), schema, annee).set_index(list(schema.primary_key))
        cadre = cadre[cadre[_descriptions(schema, cadre)].map(bool).all(axis=1)]
        for correction in self.corrections if table not in FIGEES else ():
            if (correction.adresse.table, correction.annee) == (table, annee):
                correction.appliquer(cadre)
        return cadre

    @cached_property
    def ruptures(self) -> dict[str, tuple[Rupture, ...]]:
        """Series (`Rupture.serie`) → its breaks, those after the edition unknown to it."""
        chemin = self.dossier / "nomenclatures" / "ruptures.csv"
        connues: dict[str, tuple[Rupture, ...]] = {}
        if existe(chemin):
            for _, ligne in lignes.lire(chemin):
                rupture = Rupture(int(ligne["annee"]), ligne["motif"], ligne["serie"])
                if self.edition_lue and rupture.annee > self.edition_lue:
                    continue
                connues[ligne["serie"]] = (*connues.get(ligne["serie"], ()), rupture)
        return connues

    @cached_property
    def corrections(self) -> list[Correction]:
        """The revisions of past values that the edition knows, oldest first; none without an edition."""
        dossiers = [a for a in self.annees if a <= (self.edition_lue or 0) and self.existe(revisions.TABLE, a)]
        lues = [(a, x) for a in dossiers for x in self.table(revisions.TABLE, a).reset_index().to_dict("records")]
        return [Correction.lire(edition, ligne) for edition, ligne in lues]

    def _nomenclature(self, nom: str, annee: int | None = None, depuis: int | None = None) -> pd.DataFrame:
        """A nomenclature as it is in a year, indexed by ``code``, in print order; all its codes without ``annee``.

        ``depuis``: with the codes retired since that year. A code that has several rows has the one that is valid in
        the year, or else its last one.
        """
        periode = Periode(annee if depuis is None else depuis, annee)
        return self._cadre(nom).iloc[self.codes(nom).rangs(periode)]

    def _codes(self, nom: str) -> Nomenclature:
        """The codes of a nomenclature, and when each is valid."""
        return Nomenclature.lire(self.dossier / "nomenclatures" / f"{nom}.csv", self._cle(nom))

    def admis(self, schema: Schema, colonne: str) -> Nomenclature | None:
        """The codes that a key column of a table may hold, ``None`` if anything goes (see :class:`Adresse`)."""
        nom = schema.nomenclatures().get(colonne)
        return self.codes(nom) if nom else None

    def valable(self, nom: str, code: str, annee: int) -> bool:
        """Whether a code is valid in a year (one that the nomenclature does not have at all is no matter of years)."""
        return self.codes(nom).valable(code, annee) or code not in self.codes(nom)

    def _cadre_de_nomenclature(self, nom: str) -> pd.DataFrame:
        schema = self.schemas[f"nomenclatures/{nom}"]
        return self._lire(self.dossier / f"{schema.name}.csv", schema, None).set_index(self._cle(nom))

    def _cle(self, nom: str) -> list[str]:
        return [c for c in self.schemas[f"nomenclatures/{nom}"].primary_key if c not in nomenclatures.COLONNES]

    def _lire(self, chemin: Path, schema, annee: int | None) -> pd.DataFrame:
        fichier = f"{self.dossier.name}/{chemin.relative_to(self.dossier).as_posix()}"
        lues = lignes.lire(chemin)
        colonnes = {}
        for champ in schema.fields:
            lire = self._lecture(champ, schema, annee, fichier)
            valeurs = [lire(numero, ligne) for numero, ligne in lues if champ.name in ligne]
            if valeurs or not lues:
                type_lu = TypeNombre() if champ.numerique and annee else object
                colonnes[champ.name] = pd.Series(valeurs, dtype=type_lu)
        return pd.DataFrame(colonnes)

    def _lecture(self, champ, schema, annee, fichier):
        """The function that turns a line into the typed value of one field."""
        if champ.type == "date":
            return lambda numero, ligne: datetime.date.fromisoformat(ligne[champ.name]) if ligne[champ.name] else None
        if not champ.numerique:
            return lambda numero, ligne: ligne[champ.name]
        cles = [cle for cle in schema.primary_key if cle not in nomenclatures.COLONNES]

        def nombre(numero, ligne):
            texte = ligne[champ.name]
            if not texte and annee is None:
                return None
            series = reversed(Adresse(schema.name, tuple(ligne[c] for c in cles), champ.name).series)
            noms = [self._libelle(schema, cle, ligne[cle], annee) for cle in cles]
            origine = Origine(
                libelle=" – ".join([*noms, champ.title]),
                definition=champ.description,
                annee=annee,
                fichier=fichier,
                ligne=numero,
                colonne=champ.name,
                source=self.sources.get(ligne.get("source")),
                ruptures=tuple(r for serie in series for r in self.ruptures.get(serie, ())) if annee else (),
            )
            motif = texte if texte in MOTIFS else None if texte else A_REMPLIR
            return Nombre(texte, motif=motif, unite=champ.unite, decimales=champ.decimales or 0, origine=origine)

        return nombre

    def _libelle(self, schema: Schema, cle: str, code: str, annee: int | None) -> str:
        """The label, in the year, of the code of a key; the code itself if there is none."""
        admis = self.admis(schema, cle)
        return (admis.ligne(code, annee).get("libelle") if admis else "") or code


def _descriptions(schema, cadre: pd.DataFrame) -> list[str]:
    """The columns without which a row of a table of a year cannot be shown."""
    types = ("string",) if set(schema.nomenclatures()) & set(schema.primary_key) else ("string", "date")
    exigees = [c.name for c in schema.fields if c.type in types and c.constraints.get("required")]
    return [colonne for colonne in exigees if colonne in cadre and colonne != "source"]
