"""The committed data are valid, and their schemas say all that the book, the guide and the templates take from them.

Each test goes through all the schemas, and lists what is wrong in each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TypeVar

import yaml
from frictionless import Schema as TableSchema
from outils import DONNEES

from rapport.donnees.schemas import NOMENCLATURES, Schemas, chemins_des_schemas
from rapport.verite.verification import verifier

T = TypeVar("T")
SCHEMAS = Schemas(DONNEES)
FICHIERS = {nom: yaml.safe_load(chemin.read_text("utf-8")) for nom, chemin in chemins_des_schemas(DONNEES).items()}
NOMENCLATURE = {nom: schema for nom, schema in SCHEMAS.items() if schema.est_nomenclature}
DE_L_ANNEE = {nom: schema for nom, schema in SCHEMAS.items() if not schema.est_nomenclature}
COLONNES = {
    f"{nom}.{champ.name}": (champ, description)
    for nom, schema in SCHEMAS.items()
    for champ, description in zip(schema.fields, FICHIERS[nom]["fields"], strict=True)
}
PROPRIETES = {"name", "title", "description", "type", "unite", "reconduit", "total", "decimales", "constraints"}
PROPRIETES |= {"de_l_annee", "date_partielle", "secret"}
UNITES = {"_eur": "€", "_pct": "%", "_jours": "jours", "_heures": "heures", "_minutes": "minutes"}


def sans(elements: Mapping[str, T], regle: Callable[[T], object]) -> list[str]:
    """The names of those that do not follow the rule."""
    return [nom for nom, element in elements.items() if not regle(element)]


def test_there_are_schemas_of_both_kinds():
    assert len(DE_L_ANNEE) > 20
    assert len(NOMENCLATURE) > 10
    assert len(COLONNES) > 150


def test_the_committed_data_are_valid_for_all_years():
    assert [str(erreur) for erreur in verifier(DONNEES)] == []


def test_every_schema_describes_data_that_exist():
    def existe(schema):
        dossiers = [DONNEES] if schema.est_nomenclature else DONNEES.glob("[0-9]*")
        return schema.facultatif or any((dossier / f"{schema.name}.csv").exists() for dossier in dossiers)

    assert sans(SCHEMAS, existe) == []


def test_every_schema_is_a_valid_table_schema():
    """Frictionless knows the standard; `rapport check` does without it."""
    fautes = {nom: list(TableSchema.metadata_validate(deepcopy(ecrit))) for nom, ecrit in FICHIERS.items()}
    assert {nom: dites for nom, dites in fautes.items() if dites} == {}


def test_every_schema_has_a_title_a_description_and_a_key():
    assert sans(FICHIERS, lambda ecrit: ecrit.get("title", "").strip()) == []
    assert sans(FICHIERS, lambda ecrit: ecrit.get("description", "").strip().endswith((".", "%"))) == []
    assert sans(SCHEMAS, lambda s: s.primary_key) == []
    assert sans(SCHEMAS, lambda s: set(s.primary_key) <= {champ.name for champ in s.fields}) == []


def test_a_missing_value_has_a_reason_in_every_table():
    """Nomenclatures may leave cells empty; tables of a year say NC, NS or ND; revisions, of a masked count, SE."""
    assert sans(NOMENCLATURE, lambda s: s.missing_values == ("",)) == []
    assert sans(DE_L_ANNEE, lambda s: s.missing_values == ("NC", "NS", "ND")) == ["revisions"]
    assert DE_L_ANNEE["revisions"].missing_values == ("NC", "NS", "ND", "SE")


def test_every_value_of_a_year_names_its_source():
    """But for the confirmed oddities, which give no value."""
    tables = {nom: schema for nom, schema in DE_L_ANNEE.items() if nom != "alertes_confirmees"}
    assert sans(tables, lambda s: s.champ("source").constraints == {"required": True}) == []
    assert sans(tables, lambda s: s.nomenclatures["source"] == "sources") == []


def test_every_column_has_a_name_a_french_title_and_a_description():
    """In French, which writes ’ for an apostrophe; with no property that nothing reads."""
    descriptions = {nom: description for nom, (_, description) in COLONNES.items()}
    assert sans(descriptions, lambda d: set(d) <= PROPRIETES) == []
    assert sans(descriptions, lambda d: re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", d["name"])) == []
    assert sans(descriptions, lambda d: d["title"][0].isupper()) == []
    assert sans(descriptions, lambda d: d["description"].endswith(".")) == []
    assert sans(descriptions, lambda d: "'" not in d["title"] + d["description"]) == []


def test_the_unit_of_a_number_is_in_its_schema_as_in_its_name():
    champs = {nom: champ for nom, (champ, _) in COLONNES.items()}
    for suffixe, unite in UNITES.items():
        assert sans(champs, lambda c, s=suffixe, u=unite: not c.name.endswith(s) or c.unite == u) == []
    assert sans(champs, lambda c: not c.unite or c.decimales is not None) == []


def test_codes_of_nomenclatures_are_first_and_unique():
    listes = {nom: schema for nom, schema in NOMENCLATURE.items() if nom != NOMENCLATURES + "ruptures"}
    assert sans(listes, lambda s: s.fields[0].name == "code") == []
    assert sans(listes, lambda s: s.primary_key == (("code", "depuis") if s.periodique else ("code",))) == []


def test_a_code_that_tables_or_chapters_list_may_come_and_go():
    """Sources and breaks say their year themselves."""
    fixes = {"sources", "ruptures"}
    assert {nom.removeprefix(NOMENCLATURES) for nom in sans(NOMENCLATURE, lambda s: s.periodique)} == fixes


def test_schemas_are_named_as_tables_then_nomenclatures():
    noms = list(chemins_des_schemas(DONNEES))
    assert "visites" in noms
    assert "nomenclatures/sites" in noms
    assert noms == sorted(noms, key=lambda nom: (nom.startswith(NOMENCLATURES), nom))
