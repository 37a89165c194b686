"""What an edition says of its open data: to people, to search engines in its home page, to portals in a catalogue.

All that is said is in ``open_data.yaml``.
"""

import json
from importlib.resources import files

import jinja2
import yaml

from rapport.donnees.fichiers import CHARGEUR

FOLDER = "donnees-ouvertes"
PACKAGE, ARCHIVE, WORKBOOK, CATALOGUE = "datapackage.json", "donnees.zip", "donnees.xlsx", "catalogue.jsonld"


def described(year: int, said: dict, base: str) -> dict:
    """What there is to say of the data of an edition: words for people, ``schema_org``, ``catalogue`` (DCAT-AP) and
    ``paquet`` (Data Package). `said`: what the edition says of itself (`Plan`); addresses are whole where that of the
    edition, `base`, is known."""
    template = files("rapport.pages").joinpath("open_data.yaml").read_text(encoding="utf-8")
    licence = said.get("licence") or ("", "")
    text = jinja2.Template(template, trim_blocks=True, lstrip_blocks=True).render(
        **{name: said.get(name, "") for name in ("statut", "publication", "extrait")},
        annee=year,
        licence=licence if licence[0] else None,
        adresse=f"{base}{FOLDER}/",
        archive=ARCHIVE,
        classeur=WORKBOOK,
        fiche=CATALOGUE,
    )
    return yaml.load(text, CHARGEUR)


def schema_org(year: int, said: dict, base: str) -> str:
    """What search engines of data sets read in the home page (schema.org), as JSON."""
    return json.dumps(described(year, said, base)["schema_org"], ensure_ascii=False).replace("<", "\\u003c")
