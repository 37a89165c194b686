"""Frictionless: whether a schema is a Table Schema, and the reader of each column's cells.

A reader types a cell and applies the constraints of its column. Only that is taken from Frictionless: opening a table
with it copies the schema field by field, which made the check of all years take twice as long, and its look-up of
foreign keys copies the reference table for each file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy

from rapport.donnees.schemas import Schema

Lecteur = Callable[[str], tuple[object, dict[str, str] | None]]
"""Cell → its value, and a note by broken constraint (« type », « required », « enum »…)."""


def lecteurs(schema: Schema) -> dict[str, Lecteur]:
    """Column → the reader of its cells. Raises ``ValueError``, in French, on what is no Table Schema.

    An empty text is an absent value: where only NC, NS and ND say « missing », Table Schema would take it for one.
    """
    with _sans_grammaire_des_adresses():
        from frictionless import FrictionlessException
        from frictionless import Schema as TableSchema

        descriptor = deepcopy(schema.descriptor)
        for champ in descriptor["fields"]:
            if champ.get("type", "string") == "string":
                champ.setdefault("missingValues", [*schema.missing_values, ""])
        try:
            table_schema = TableSchema.from_descriptor(descriptor)
        except FrictionlessException as erreur:
            notes = " ; ".join(e.note for e in erreur.reasons or [erreur.error])
            raise ValueError(f"Frictionless en dit : {notes}.") from erreur
    for champ in table_schema.fields:
        _verifier_contraintes(champ)
    return {champ.name: champ.create_cell_reader() for champ in table_schema.fields}


def _verifier_contraintes(champ) -> None:
    """Frictionless accepts any pattern and any bound in a schema, then fails on the first cell."""
    lire = champ.create_value_reader()
    for nom in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if nom in champ.constraints and lire(champ.constraints[nom]) is None:
            raise ValueError(f"« {champ.name} » : {nom} n’est pas une valeur de la colonne.")
    try:
        re.compile(champ.constraints.get("pattern", ""))
    except re.error as erreur:
        raise ValueError(f"« {champ.name} » : pattern n’est pas une expression rationnelle ({erreur}).") from erreur


@contextmanager
def _sans_grammaire_des_adresses():
    """Load Frictionless without the grammar of international addresses, which takes 2 s to compile.

    jsonschema, which Frictionless uses, imports it where JupyterLab has installed it; no schema of ours needs it.
    """
    grammaire = "rfc3987_syntax"
    masquer = grammaire not in sys.modules
    if masquer:
        sys.modules[grammaire] = None
    try:
        import jsonschema  # noqa: F401

        yield
    finally:
        if masquer:
            del sys.modules[grammaire]
