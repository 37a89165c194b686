"""What an edition says of its open data: to search engines in its home page, to portals in a catalogue.

What is said in French is in ``open_data.yaml``.
"""

import json
from importlib.resources import files

import jinja2
import yaml

FOLDER = "donnees-ouvertes"
PACKAGE, ARCHIVE, WORKBOOK, CATALOGUE = "datapackage.json", "donnees.zip", "donnees.xlsx", "catalogue.jsonld"
MEDIA = {ARCHIVE: "application/zip", WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_EU = "http://publications.europa.eu/resource/authority/"


def words_of(year: int, said: dict) -> dict:
    """What there is to say in French of the data of an edition."""
    template = files("rapport.pages").joinpath("open_data.yaml").read_text(encoding="utf-8")
    known = {"annee": year, **{name: said.get(name, "") for name in ("statut", "extrait")}}
    return yaml.safe_load(jinja2.Template(template).render(known, licence=said.get("licence") or ("", "")))


def schema_org(year: int, said: dict, base: str) -> str:
    """What search engines of data sets read in the home page (schema.org), as JSON."""
    words = words_of(year, said)
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": words["titre"],
        "description": words["description"].strip(),
        "keywords": words["mots_cles"],
        "inLanguage": "fr",
        "isAccessibleForFree": True,
        "temporalCoverage": _period(year, "/"),
        "spatialCoverage": words["lieu"],
        "creator": {"@type": "Organization", "name": words["editeur"]},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media, "contentUrl": f"{base}{FOLDER}/{name}"}
            for name, media in MEDIA.items()
        ],
    }
    described |= {"license": said["licence"][1]} if licensed(said) else {}
    described |= {"datePublished": said["publication"]} if said.get("publication") else {}
    return json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")


def catalogue(year: int, said: dict, base: str) -> dict:
    """The DCAT-AP catalogue of the edition, which a portal harvests. Its addresses are whole where `base` is known."""
    words, start = words_of(year, said), f"{base}{FOLDER}/"
    titles = {ARCHIVE: words["paquet"], WORKBOOK: words["classeur"]}
    publisher = {"@id": f"{start}{CATALOGUE}#editeur", "@type": "foaf:Agent", "foaf:name": words["editeur"]}
    licence = {"dct:license": {"@id": said["licence"][1], "@type": "dct:LicenseDocument"}} if licensed(said) else {}
    issued = said.get("publication")
    dated = {"dct:issued": {"@type": "xsd:date", "@value": issued}} if issued else {}
    first, last = _period(year, " ").split()
    common = {"dct:title": _fr(words["titre"]), "dct:description": _fr(words["description"].strip())}
    common |= {"dct:publisher": publisher, **licence, **dated}
    dataset = {
        "@id": f"{start}{CATALOGUE}#donnees",
        "@type": "dcat:Dataset",
        "dct:identifier": words["nom"],
        **common,
        "dcat:keyword": [_fr(word) for word in words["mots_cles"]],
        "dcat:theme": {"@id": f"{_EU}data-theme/SOCI", "@type": "skos:Concept"},
        "dct:accrualPeriodicity": {"@id": f"{_EU}frequency/ANNUAL", "@type": "dct:Frequency"},
        "dct:language": {"@id": f"{_EU}language/FRA", "@type": "dct:LinguisticSystem"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:date", "@value": first},
            "dcat:endDate": {"@type": "xsd:date", "@value": last},
        },
        "dcat:distribution": [
            {
                "@id": f"{start}{name}",
                "@type": "dcat:Distribution",
                "dct:title": _fr(titles[name]),
                "dcat:accessURL": {"@id": f"{start}{name}"},
                "dcat:downloadURL": {"@id": f"{start}{name}"},
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media}"},
                **licence,
            }
            for name, media in MEDIA.items()
        ],
    }
    vocabularies = {
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
    context = {"@context": vocabularies, "@id": f"{start}{CATALOGUE}", "@type": "dcat:Catalog"}
    return context | common | {"dcat:dataset": dataset}


def _period(year: int, separator: str) -> str:
    return f"{year}-01-01{separator}{year}-12-31"


def licensed(said: dict) -> bool:
    return bool(said.get("licence") and said["licence"][0])


def _fr(text: str) -> dict:
    return {"@language": "fr", "@value": text}
