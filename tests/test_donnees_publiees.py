"""The committed data are valid, and their schemas say all that the book, the guide and the templates take from them."""

from __future__ import annotations

import re
from copy import deepcopy

import pytest
from frictionless import Schema as TableSchema
from outils import DONNEES

from rapport.donnees.schemas import NOMENCLATURES, Schemas, chemins_des_schemas
from rapport.verite.verification import verifier

SCHEMAS = Schemas(DONNEES)
PROPRIETES = {"name", "title", "description", "type", "unite", "reconduit", "total", "decimales", "constraints"}


@pytest.fixture(params=SCHEMAS.values(), ids=SCHEMAS.keys())
def schema(request):
    return request.param


def test_the_committed_data_are_valid_for_all_years():
    assert [str(erreur) for erreur in verifier(DONNEES)] == []


def test_every_schema_describes_data_that_exist(schema):
    dossiers = [DONNEES] if schema.est_nomenclature else sorted(DONNEES.glob("[0-9]*"))
    assert schema.facultatif or any((dossier / f"{schema.name}.csv").exists() for dossier in dossiers)


def test_a_schema_is_a_valid_table_schema(schema):
    """Frictionless knows the standard; `rapport check` does without it."""
    assert not list(TableSchema.metadata_validate(deepcopy(schema.descriptor)))


def test_a_schema_has_a_title_a_description_and_a_key(schema):
    assert schema.descriptor.get("title", "").strip()
    assert schema.descriptor.get("description", "").strip().endswith((".", "%"))
    assert schema.primary_key
    assert set(schema.primary_key) <= {champ.name for champ in schema.fields}


def test_a_missing_value_has_a_reason_in_every_table(schema):
    """Nomenclatures may leave cells empty; tables of a year say NC, NS or ND."""
    assert schema.missing_values == (("",) if schema.est_nomenclature else ("NC", "NS", "ND"))


def test_every_value_of_a_year_names_its_source(schema):
    if not schema.est_nomenclature and schema.name != "alertes_confirmees":  # which gives no value
        assert schema.champ("source").constraints == {"required": True}
        assert schema.nomenclatures()["source"] == "sources"


def test_every_column_has_a_name_a_french_title_and_a_description(schema):
    for champ, descriptor in zip(schema.fields, schema.descriptor["fields"], strict=True):
        assert set(descriptor) <= PROPRIETES, f"{champ.name}: a property that nothing reads"
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", champ.name)
        assert descriptor["title"][0].isupper(), champ.name
        assert descriptor["description"].endswith("."), champ.name
        assert "'" not in champ.title + champ.description, f"{champ.name}: French writes ’"


def test_the_unit_of_a_number_is_in_its_schema_as_in_its_name(schema):
    suffixes = {"_eur": "€", "_pct": "%", "_jours": "jours", "_heures": "heures", "_minutes": "minutes"}
    for champ in schema.fields:
        for suffixe, unite in suffixes.items():
            if champ.name.endswith(suffixe):
                assert champ.unite == unite, champ.name
        if champ.unite:
            assert champ.decimales is not None, champ.name


def test_codes_of_nomenclatures_are_first_and_unique(schema):
    if schema.est_nomenclature and schema.name != NOMENCLATURES + "ruptures":
        assert schema.fields[0].name == "code"
        assert schema.primary_key == (("code", "depuis") if schema.periodique else ("code",))


def test_a_code_that_tables_or_chapters_list_may_come_and_go(schema):
    """Sources, the glossary, dates, identities, breaks and thresholds do not depend on the year."""
    fixes = {"sources", "sigles", "reperes", "identites", "ruptures", "seuils"}
    if schema.est_nomenclature:
        assert schema.periodique == (schema.name.removeprefix(NOMENCLATURES) not in fixes)


def test_schemas_are_named_as_tables_then_nomenclatures():
    noms = list(chemins_des_schemas(DONNEES))
    assert "visites" in noms
    assert "nomenclatures/sites" in noms
    assert noms == sorted(noms, key=lambda nom: (nom.startswith(NOMENCLATURES), nom))
