"""Reading `data/`: tables of a year and nomenclatures, as pandas frames of exact, documented numbers.

Reading trusts that the data is valid (``rapport check``); it still refuses, in French, what it cannot read.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd
import yaml

from rapport.donnees import lignes
from rapport.donnees.adresse import (
    FIGEES,
    INDICATEURS,
    PUBLIE,
    REVISIONS,
    Adresse,
    AdresseInconnue,
    DonneesAbsentes,
    remede,
)
from rapport.donnees.fichiers import existe
from rapport.donnees.lignes import Cellules, Ligne
from rapport.donnees.nomenclatures import Nomenclature, Periode
from rapport.donnees.schemas import Champ, Schema, Schemas
from rapport.donnees.secret import Secret
from rapport.nombres.colonne import TypeNombre
from rapport.nombres.nombre import A_REMPLIR, SECRET, SIGNIFICATIONS, Nombre, Origine, Revision, Rupture, Source

LICENCES = {
    "etalab-2.0": (
        "Licence Ouverte 2.0",
        "https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf",
    )
}
"""What the data of an edition may be published under: code (SPDX) → name, address."""


_TEXTES = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
CITEES = ("ancienne", "nouvelle", "valeur")
"""The columns that repeat the value of a cell, in the tables that speak of others by their address."""


@dataclass(frozen=True)
class Audit:
    """An audit of accessibility that an edition declares. ``conformite``: the share of the criteria that are met, in
    percent, of the version ``rgaa`` of the reference."""

    date: datetime.date
    auditeur: str
    rgaa: str
    conformite: Nombre

    @property
    def etat(self) -> str:
        """What the law calls it."""
        totale, partielle = self.conformite == 100, self.conformite >= 50
        return f"{'totalement' if totale else 'partiellement' if partielle else 'non'} conforme"


@dataclass(frozen=True)
class Correction:
    """A row of ``revisions.csv``: the value that the folder of ``edition`` gives to a cell of an earlier year.

    The past files stay as they were published; an edition reads them with its own corrections and those before.
    """

    edition: int
    annee: int
    adresse: Adresse
    nouvelle: Nombre
    motif: str

    def appliquer(self, cadre: pd.DataFrame) -> None:
        """Put the new value in the table of its year, in place. Raises ``KeyError`` if the table has no such cell."""
        place = self.adresse.place
        ancienne, nouvelle = cadre.loc[place], self.nouvelle.origine
        origine = replace(
            ancienne.origine,
            fichier=nouvelle.fichier,
            ligne=nouvelle.ligne,
            colonne=nouvelle.colonne,
            source=nouvelle.source,
            revision=Revision(self.edition, ancienne, self.motif),
            note="",
        )
        cadre.loc[place] = self.nouvelle.avec(unite=ancienne.unite, decimales=ancienne.decimales, origine=origine)


class Donnees:
    """One data folder: which years and editions it has, its tables and its nomenclatures.

    ``edition``: the tables of earlier years are read as the edition of that year corrects them, that is with the
    revisions recorded in its folder and in those before; without it, as they were published.
    ``brutes``: as they are written, small counts too, to be checked and never published.
    """

    def __init__(self, dossier: str | Path, edition: int | None = None, brutes: bool = False):
        self.dossier = Path(dossier).resolve()
        if not self.dossier.is_dir():
            raise DonneesAbsentes(f"Le dossier de données « {self.dossier} » n’existe pas.")
        self.edition_lue, self.brutes = edition, brutes
        self.table = lru_cache(maxsize=None)(self._table)
        self.existe = lru_cache(maxsize=None)(self._existe)
        self.edition = lru_cache(maxsize=None)(self._edition)
        self.rencontres = lru_cache(maxsize=None)(self._rencontres)
        self.nomenclature = lru_cache(maxsize=None)(self._nomenclature)
        self.codes = lru_cache(maxsize=None)(self._codes)
        self.lignes_de_nomenclature = lru_cache(maxsize=None)(self._lignes_de_nomenclature)

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

    def _edition(self, annee: int) -> dict:
        """What the edition says of itself, as texts, quoted or not: ``statut``, ``publication``, and maybe ``extrait``
        (why it holds a part of its year alone), ``licence`` (a key of `LICENCES`), ``contact`` (a web address); of its
        declaration of accessibility, ``declaration`` (its date), ``schema_pluriannuel`` and ``plan_actions`` (web
        addresses), ``audit`` (its date), ``auditeur``, ``rgaa`` (its version) and ``conformite`` (percent);
        ``petits_effectifs_acceptes_par`` and ``petits_effectifs_acceptes_le``: who accepted that small counts be shown,
        and when."""
        return yaml.load((self.dossier / str(annee) / "edition.yaml").read_text(encoding="utf-8"), _TEXTES)

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Code → document, page and section."""
        lues = lignes.lire(self.dossier / "nomenclatures" / "sources.csv")
        return {c["code"]: Source(c["code"], c["document"], c["page"], c["section"]) for _, c in lues}

    def chemin(self, table: str, annee: int) -> Path:
        """Where the table of a year is, or would be."""
        return self.dossier / str(annee) / f"{table}.csv"

    def _existe(self, table: str, annee: int) -> bool:
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
        decrites = [all(ligne) for ligne in zip(*(cadre[c] for c in _descriptions(schema, cadre)), strict=True)]
        cadre = cadre if all(decrites) else cadre[decrites]
        for correction in self.corrections if table not in FIGEES else ():
            if (correction.adresse.table, correction.annee) == (table, annee):
                correction.appliquer(cadre)
        return cadre

    def _rencontres(self, table: str, colonne: str) -> list[str]:
        """The codes that a key column of a table holds in any year."""
        cadres = (self.table(table, annee) for annee in self.annees if self.existe(table, annee))
        return list(dict.fromkeys(code for cadre in cadres for code in cadre.index.get_level_values(colonne)))

    def ecrites(self, table: str, annee: int) -> list[Cellules]:
        """The rows of a table as they are written, small counts too; none if the year does not have it."""
        chemin = self.chemin(table, annee)
        return [cellules for _, cellules in lignes.lire(chemin)] if chemin.exists() else []

    def lignes(self, table: str, annee: int) -> list[Ligne]:
        """The rows of a table of a year, their cells as they may be published (:mod:`rapport.donnees.secret`)."""
        lues, schema = lignes.lire(self.chemin(table, annee)), self.schemas[table]
        if self.brutes:
            return lues
        return [Ligne(numero, self._publiees(schema, cellules, annee)) for numero, cellules in lues]

    def octets(self, chemin: Path) -> bytes:
        """A file of the folder as it may be published."""
        table, annee = chemin.stem, chemin.parent.name
        if chemin.suffix != ".csv" or not annee.isdigit() or table not in self.schemas:
            return chemin.read_bytes()
        ecrites, publiees = lignes.lire(chemin), self.lignes(table, int(annee))
        if ecrites == publiees:
            return chemin.read_bytes()
        return lignes.ecrire(list(ecrites[0].cellules), [ligne.cellules for ligne in publiees]).encode()

    def _publiees(self, schema: Schema, cellules: Cellules, annee: int) -> Cellules:
        publiees = dict(cellules)
        for champ in schema.fields:
            if champ.name in cellules and (secret := self.secret(schema, champ, cellules, annee)):
                texte = secret.publie(cellules[champ.name])
                publiees[champ.name] = texte if champ.numerique or texte != SECRET else ""
        return publiees

    def regle(self, origine: Origine | None) -> Secret | None:
        """The rule of the column that a number was read from, if it has one."""
        schema = self.schemas.get(origine.table) if origine else None
        champ = schema.champ(origine.colonne) if schema else None
        return champ.secret if champ else None

    def secret(self, schema: Schema, champ: Champ, cellules: Cellules, annee: int | None) -> Secret | None:
        """The rule of a cell: that of its column; where its row speaks of another cell, by its address, of that one."""
        if "adresse" in cellules and champ.name in CITEES:
            annee = int(cellules.get("annee") or annee)
            try:
                adresse = Adresse.lire(cellules["adresse"])
            except AdresseInconnue:
                return None
            schema = self.schemas.get(adresse.table)
            champ = schema and schema.champ(adresse.colonne)
            cellules = dict(zip(schema.cle, adresse.cle, strict=False)) if schema else {}
        if not (champ and champ.secret):
            return None
        unite = champ.unite
        if schema.name == INDICATEURS:
            unite = self.codes(INDICATEURS).ligne(cellules.get("code", ""), annee).get("unite")
        return champ.secret if champ.secret.concerne(unite) else None

    @cached_property
    def ruptures(self) -> dict[str, tuple[Rupture, ...]]:
        """Series (`Rupture.serie`) → its breaks, those after the edition unknown to it."""
        chemin = self.dossier / "nomenclatures" / "ruptures.csv"
        connues: dict[str, tuple[Rupture, ...]] = {}
        for _, ligne in lignes.lire(chemin) if existe(chemin) else ():
            rupture = Rupture(int(ligne["annee"]), ligne["motif"], ligne["serie"], ligne["nature"])
            if not self.edition_lue or rupture.annee <= self.edition_lue:
                connues[rupture.serie] = (*connues.get(rupture.serie, ()), rupture)
        return connues

    @cached_property
    def corrections(self) -> list[Correction]:
        """The revisions of past values that the edition knows, oldest first; none without an edition."""
        return [
            Correction(annee, int(ligne.annee), Adresse.lire(ligne.adresse), ligne.nouvelle, ligne.motif)
            for annee in self.annees
            if annee <= (self.edition_lue or 0) and self.existe(REVISIONS, annee)
            for ligne in self.table(REVISIONS, annee).reset_index().itertuples()
        ]

    def _nomenclature(self, nom: str, annee: int | None = None, depuis: int | None = None) -> pd.DataFrame:
        """A nomenclature as it is in a year, indexed by ``code``, in print order; all its codes without ``annee``.

        ``depuis``: with the codes retired since that year. A code that has several rows has the one that is valid in
        the year, or else its last one.
        """
        periode = Periode(annee if depuis is None else depuis, annee)
        return self.lignes_de_nomenclature(nom).iloc[self.codes(nom).rangs(periode)]

    def _codes(self, nom: str) -> Nomenclature:
        """The codes of a nomenclature, and when each is valid."""
        schema = self.schemas[f"nomenclatures/{nom}"]
        return Nomenclature.lire(self.dossier / f"{schema.name}.csv", schema.cle)

    def admis(self, schema: Schema, colonne: str) -> Nomenclature | None:
        """The codes that a key column of a table may hold, ``None`` if anything goes (see :class:`Adresse`)."""
        nom = schema.nomenclatures.get(colonne)
        return self.codes(nom) if nom else None

    def _lignes_de_nomenclature(self, nom: str) -> pd.DataFrame:
        """Every row of a nomenclature, indexed by ``code``: a code has one for each of its periods."""
        schema = self.schemas[f"nomenclatures/{nom}"]
        return self._lire(self.dossier / f"{schema.name}.csv", schema, None).set_index(list(schema.cle))

    def _lire(self, chemin: Path, schema: Schema, annee: int | None) -> pd.DataFrame:
        fichier = f"{self.dossier.name}/{chemin.relative_to(self.dossier).as_posix()}"
        lues = lignes.lire(chemin) if annee is None else self.lignes(schema.name, annee)
        colonnes = {}
        for champ in schema.fields:
            presentes = [ligne for ligne in lues if champ.name in ligne.cellules]
            if presentes or not lues:
                valeurs = [self._valeur(ligne, champ, schema, annee, fichier) for ligne in presentes]
                colonnes[champ.name] = pd.Series(valeurs, dtype=TypeNombre() if champ.numerique and annee else object)
        return pd.DataFrame(colonnes)

    def _valeur(self, ligne: Ligne, champ: Champ, schema: Schema, annee: int | None, fichier: str):
        """A cell: a date, a text, a :class:`Nombre`; ``None`` where a nomenclature, or a date, has nothing."""
        texte = ligne.cellules[champ.name]
        if not texte and (champ.type == "date" or (champ.numerique and annee is None)):
            return None
        if not champ.numerique:
            return datetime.date.fromisoformat(texte) if champ.type == "date" else texte
        cle = tuple(ligne.cellules[colonne] for colonne in schema.cle)
        series = reversed(Adresse(schema.name, cle, champ.name).series)
        dit = self._propre(schema, ligne.cellules, annee) if champ.name == "valeur" else {}
        origine = Origine(
            libelle=dit.get("libelle") or f"{self.nom(schema, ligne.cellules, annee)} – {champ.title}",
            definition=dit.get("definition", champ.description),
            annee=annee,
            fichier=fichier,
            ligne=ligne.numero,
            colonne=champ.name,
            source=self.sources.get(ligne.cellules.get("source")),
            ruptures=tuple(r for serie in series for r in self.ruptures.get(serie, ())) if annee else (),
            note=ligne.cellules.get("note", ""),
        )
        motif = texte if texte in SIGNIFICATIONS else None if texte else A_REMPLIR
        decimales = int(dit.get("decimales", champ.decimales or 0))
        return Nombre(texte, motif=motif, unite=dit.get("unite", champ.unite), decimales=decimales, origine=origine)

    def _propre(self, schema: Schema, cellules: Mapping[str, str], annee: int | None) -> Mapping[str, object]:
        """What a value is where its row says so and not its column (``libelle``, ``unite``, ``decimales``…): that of
        an indicator, by its nomenclature, or a figure as it was printed."""
        if schema.name == INDICATEURS:
            return self.codes(INDICATEURS).ligne(cellules["code"], self.edition_lue or annee)
        if schema.name == PUBLIE:
            decimales = len(cellules["valeur"].partition(".")[2])
            return {"libelle": cellules["libelle"], "unite": cellules["unite"], "decimales": decimales}
        return {}

    def nom(self, schema: Schema, cellules: Cellules, annee: int | None) -> str:
        """« Siège », the name of a row: what the codes of its key mean in the year."""
        return " – ".join(self.libelle(schema, colonne, cellules[colonne], annee) for colonne in schema.cle)

    def libelle(self, schema: Schema, colonne: str, code: str, annee: int | None) -> str:
        """The label, in the year, of the code of a column; the code itself if there is none."""
        admis = self.admis(schema, colonne)
        return (admis.ligne(code, annee).get("libelle") if admis else "") or code


def _descriptions(schema, cadre: pd.DataFrame) -> list[str]:
    """The columns without which a row of a table of a year cannot be shown."""
    types = ("string",) if set(schema.nomenclatures) & set(schema.primary_key) else ("string", "date")
    exigees = [c.name for c in schema.fields if c.type in types and c.constraints.get("required")]
    return [colonne for colonne in exigees if colonne in cadre and colonne != "source"]
