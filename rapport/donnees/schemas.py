"""Reading `data/schemas/`: what the tables and nomenclatures are made of.

A schema is a Table Schema (https://specs.frictionlessdata.io/table-schema) in YAML, the only description of a column;
``unite``, ``decimales``, ``reconduit``, ``total``, ``de_l_annee``, ``date_partielle``, ``secret``,
``obligatoire`` and ``facultatif`` are ours. The attributes that the standard defines keep its names here (``name``,
``title``, ``primary_key``…).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml
from jsonschema import Draft7Validator

from rapport.donnees.fichiers import (
    CHARGEUR,
    FichierIllisible,
    cause_yaml,
    exiger_simple,
    ligne_yaml,
    octets,
    signaler,
)
from rapport.donnees.nomenclatures import COLONNES
from rapport.donnees.secret import MASQUE, Secret
from rapport.nombres.nombre import SECRET

SOURCE, NOTE = "source", "note"
"""The columns that say where a value comes from, and what must be known to read it."""
NOMENCLATURES = "nomenclatures/"
"""Prefix of the names of nomenclatures among schemas: ``nomenclatures/sites``."""


class SchemaInvalide(ValueError):
    """A schema file that cannot be read. The message is French; ``ligne`` counts from 1, or is ``None``."""

    def __init__(self, chemin: Path, ligne: int | None, message: str):
        lieu = f"{chemin}, ligne {ligne}" if ligne else str(chemin)
        super().__init__(f"{lieu}\u00a0: {message}")
        self.chemin, self.ligne, self.message = chemin, ligne, message


@dataclass(frozen=True)
class Champ:
    """A column. ``unite`` and ``decimales`` are ``None`` where they have no meaning.

    ``reconduit``: a new year begins with the cells of the year before (names, places…), to be looked at again;
    ``total``: the sum of the column means something; ``de_l_annee``: its dates are of the year of the table;
    ``date_partielle``: its texts are days, months or years of the calendar; ``secret``: what is published of small
    counts.
    """

    name: str
    title: str
    description: str = ""
    type: str = "string"
    unite: str | None = None
    decimales: int | None = None
    constraints: dict = field(default_factory=dict)
    reconduit: bool = False
    total: bool = False
    de_l_annee: bool = False
    date_partielle: bool = False
    secret: Secret | None = None

    @classmethod
    def lire(cls, descripteur: dict) -> Champ:
        """The column that a mapping of the file describes; attributes of the standard that are not ours are ignored."""
        attributs = {nom: descripteur[nom] for nom in cls.__dataclass_fields__ if nom in descripteur}
        if "secret" in attributs:
            attributs["secret"] = Secret(**attributs["secret"])
        return cls(**{"title": attributs["name"]} | attributs)

    @property
    def numerique(self) -> bool:
        return self.type in ("number", "integer")


@dataclass(frozen=True)
class Schema:
    """A table: ``name`` is « visites » or « nomenclatures/sites ».

    ``obligatoire``: an edition has it if the year before does. ``facultatif``: it may have no row, for there may be
    nothing to say. ``unique_keys``: groups of columns, each unique as the primary key is. ``nomenclatures``: column →
    name of the nomenclature that its codes come from (« sites »).
    """

    name: str
    title: str
    description: str
    fields: tuple[Champ, ...]
    primary_key: tuple[str, ...]
    unique_keys: tuple[tuple[str, ...], ...]
    nomenclatures: dict[str, str]
    missing_values: tuple[str, ...]
    obligatoire: bool
    facultatif: bool

    def champ(self, name: str) -> Champ | None:
        """The column of that name, ``None`` if there is none."""
        return next((c for c in self.fields if c.name == name), None)

    @property
    def cle(self) -> tuple[str, ...]:
        """The columns that name a row: the key, its period aside."""
        return tuple(colonne for colonne in self.primary_key if colonne not in COLONNES)

    @property
    def valeurs(self) -> tuple[Champ, ...]:
        """The columns that say something: neither the key, nor where a value comes from and what is noted of it."""
        return tuple(c for c in self.fields if c.name not in (*self.primary_key, SOURCE, NOTE))

    @property
    def colonnes_de_nombres(self) -> tuple[Champ, ...]:
        """The columns of values: numbers, the key aside."""
        return tuple(c for c in self.fields if c.numerique and c.name not in self.primary_key)

    @property
    def colonnes_a_remplir(self) -> tuple[Champ, ...]:
        """The columns that a year fills: no key, no source, nothing optional, nothing carried over."""
        autres = (*self.primary_key, SOURCE)
        return tuple(
            c for c in self.fields if c.name not in autres and c.constraints.get("required") and not c.reconduit
        )

    @property
    def a_saisir(self) -> bool:
        """Whether a year is made of it: no nomenclature, nor a table that only speaks of values given elsewhere."""
        return not (self.est_nomenclature or self.facultatif)

    @property
    def est_nomenclature(self) -> bool:
        return self.name.startswith(NOMENCLATURES)

    @property
    def periodique(self) -> bool:
        """Whether rows may be valid for some years only (:mod:`rapport.donnees.nomenclatures`)."""
        return self.est_nomenclature and all(map(self.champ, COLONNES))


def chemins_des_schemas(data_dir: Path) -> dict[str, Path]:
    """Name → file of every schema of a data folder, tables first."""
    dossier = Path(data_dir) / "schemas"
    fichiers = [*sorted(dossier.glob("*.yaml")), *sorted(dossier.glob(NOMENCLATURES + "*.yaml"))]
    return {chemin.relative_to(dossier).with_suffix("").as_posix(): chemin for chemin in fichiers}


class Schemas(Mapping[str, Schema]):
    """Every schema of a data folder, by name; each is read when it is first asked for.

    Raises :class:`SchemaInvalide` if that one cannot be read.
    """

    def __init__(self, data_dir: Path):
        self._dossier = Path(data_dir) / "schemas"
        self._chemins = chemins_des_schemas(data_dir)
        self._lus: dict[str, Schema] = {}

    def __getitem__(self, name: str) -> Schema:
        if name not in self._lus:
            self._lus[name] = lire_schema(self._chemins[name], name)
        return self._lus[name]

    def __contains__(self, name: object) -> bool:
        signaler(self._dossier / f"{name}.yaml")
        return name in self._chemins

    def __iter__(self) -> Iterator[str]:
        signaler(self._dossier)
        return iter(self._chemins)

    def __len__(self) -> int:
        return len(self._chemins)


def lire_schema(chemin: Path, name: str) -> Schema:
    """One schema. Raises :class:`SchemaInvalide`."""
    try:
        texte = octets(chemin).decode("utf-8-sig")
    except FichierIllisible as erreur:
        raise SchemaInvalide(chemin, None, f"YAML illisible (c’est {erreur}).") from erreur
    except UnicodeError as erreur:
        raise SchemaInvalide(chemin, None, "YAML illisible. Enregistrez le fichier en UTF-8.") from erreur
    return _lire(chemin, name, texte)


@lru_cache(maxsize=1024)
def _lire(chemin: Path, name: str, texte: str) -> Schema:
    """The same schema is read for each edition, and at each change under ``rapport serve``."""
    try:
        exiger_simple(texte)
        descriptor = yaml.load(texte, Loader=CHARGEUR)
    except (yaml.YAMLError, ValueError) as erreur:
        raise SchemaInvalide(chemin, ligne_yaml(erreur, texte), f"YAML illisible{cause_yaml(erreur)}.") from erreur
    if defaut := _defaut(descriptor):
        raise SchemaInvalide(chemin, None, defaut)
    schema = _schema(name, descriptor)
    if defaut := _incoherence(schema):
        raise SchemaInvalide(chemin, None, defaut)
    return schema


def _defaut(descriptor: object) -> str:
    """What ``schema.yaml`` does not allow in a schema, in French; empty if it is well formed."""
    erreur = next(_FORME.iter_errors(descriptor), None)
    if erreur is None:
        return ""
    message = erreur.schema.get("attendu", "Forme inattendue. Comparez avec le schéma d’une autre table.")
    message = message.format(valeur=erreur.instance)
    if erreur.validator == "required":
        message = f"Il manque « {next(nom for nom in erreur.validator_value if nom not in erreur.instance)} »."
    if [*erreur.absolute_path][:1] == ["fields"] and len(erreur.absolute_path) > 1:
        rang = erreur.absolute_path[1]
        champ = descriptor["fields"][rang]
        if not isinstance(champ, dict) or "name" not in champ:
            return f"La {rang + 1}ᵉ colonne n’a pas de « name »."
        return f"« {champ['name']} »\u00a0: {message}"
    return message


def _incoherence(schema: Schema) -> str:
    """Why a table cannot be made of its columns, in French; empty if it can."""
    noms = [champ.name for champ in schema.fields]
    if double := next((nom for nom in noms if noms.count(nom) > 1), None):
        return f"Deux colonnes s’appellent « {double} »."
    cles = [schema.primary_key, *schema.unique_keys, tuple(schema.nomenclatures)]
    if inconnue := next((nom for cle in cles for nom in cle if nom not in noms), None):
        return f"La clé « {inconnue} » n’est pas une colonne. Colonnes : {', '.join(noms)}."
    for champ in schema.fields:
        bornes = {nom: champ.constraints[nom] for nom in ("minimum", "maximum") if nom in champ.constraints}
        for nom, borne in bornes.items():
            if champ.type in ("string", "date") or not math.isfinite(borne):
                return f"« {champ.name} »\u00a0: {nom} n’est pas une valeur de la colonne."
        if bornes.get("minimum", -math.inf) > bornes.get("maximum", math.inf):
            return f"« {champ.name} »\u00a0: minimum est plus grand que maximum."
    return ""


def _schema(name: str, descriptor: dict) -> Schema:
    cles = [(*_liste(cle["fields"]), cle["reference"]["resource"]) for cle in descriptor.get("foreignKeys", [])]
    champs = tuple(map(Champ.lire, descriptor["fields"]))
    masque = any(champ.secret and champ.secret.traitement == MASQUE for champ in champs)
    return Schema(
        name=name,
        title=descriptor.get("title", name),
        description=descriptor.get("description", ""),
        fields=champs,
        primary_key=_liste(descriptor.get("primaryKey", [])),
        unique_keys=tuple(map(_liste, descriptor.get("uniqueKeys", []))),
        nomenclatures={colonne: nomenclature.removeprefix(NOMENCLATURES) for colonne, nomenclature in cles},
        missing_values=(*_liste(descriptor.get("missingValues", [""])), *([SECRET] if masque else ())),
        obligatoire=bool(descriptor.get("obligatoire", False)),
        facultatif=bool(descriptor.get("facultatif", False)),
    )


def _liste(valeur) -> tuple[str, ...]:
    """Table Schema lets a list of one be written without brackets."""
    return (valeur,) if isinstance(valeur, str) else tuple(valeur)


_FORME = Draft7Validator(
    yaml.load(Path(__file__).with_name("schema.yaml").read_text(encoding="utf-8"), Loader=CHARGEUR),
    format_checker=Draft7Validator.FORMAT_CHECKER,
)
