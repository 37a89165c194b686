"""The open data of an edition: one package that rebuilds its tables, one workbook, and what catalogues ask for.

All of it lies in `FOLDER`, beside the pages, and is the same byte for byte whenever it is made from the same data.
"""

import hashlib
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import yaml
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table

from rapport.donnees import lignes
from rapport.donnees.dossier import Donnees
from rapport.donnees.fichiers import CHARGEUR
from rapport.donnees.schemas import Schema, chemins_des_schemas
from rapport.donnees.secret import MASQUE
from rapport.nombres.nombre import MOTIFS, SECRET, SIGNIFICATIONS
from rapport.pages.catalogue import ARCHIVE, CATALOGUE, FOLDER, PACKAGE, WORKBOOK, described

PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
SOURCES = "nomenclatures/sources.csv"
_THEN = (1980, 1, 1, 0, 0, 0)  # the first date that a ZIP can hold


def write(place: Path, data: Path, year: int, said: dict, base: str) -> None:
    """Write the open data of an edition in `place`. `said`: what the edition says of itself (`Plan`); `base`: its
    address, "" where it is not known."""
    folder = place / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    words, donnees = described(year, said, base), Donnees(data, year)
    years = [str(known) for known in donnees.annees if known <= year]
    package = {
        path.relative_to(data).as_posix(): donnees.octets(path)
        for name in (*years, "nomenclatures", "schemas", "correspondances")
        for path in (data / name).rglob("*")
        if path.is_file()
    }
    package |= _as_known(package, year)
    package[PACKAGE] = _json(words["paquet"] | {"resources": _resources(package, data)})
    contents = {
        PACKAGE: package[PACKAGE],
        ARCHIVE: _zip(package),
        WORKBOOK: _workbook(donnees, year, words),
        CATALOGUE: _json(words["catalogue"]),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def _as_known(package: dict[str, bytes], year: int) -> dict[str, bytes]:
    """The nomenclatures as the edition knows them: what a later year adds or ends changes nothing of it."""
    read = {path: list(lignes.enregistrements(text.decode("utf-8-sig"))) for path, text in package.items()
            if path.endswith(".csv")}  # fmt: skip
    tables = {cell for path, rows in read.items() if path[0].isdigit() for _, cells in rows for cell in cells}
    cited = tables.union(cell for path, rows in read.items() if path != SOURCES for _, cells in rows for cell in cells)
    known = {}
    for path, ((_, header), *rows) in ((path, rows) for path, rows in read.items() if path.startswith("nomenclatures")):
        kept = []
        for row in (dict(zip(header, cells, strict=True)) for _, cells in rows if cells):
            if int(row.get("jusqua") or 0) >= year:
                row["jusqua"] = ""
            later = int(row.get("depuis") or row.get("annee") or 0) > year
            used = row[header[0]] in (cited if path == SOURCES else tables)
            kept += [row] if not later and (used or (path != SOURCES and not row.get("jusqua"))) else []
        columns = [c for c in header if c not in ("depuis", "jusqua") or any(row[c] for row in kept)]
        known[path] = lignes.ecrire(columns, kept).encode()
    return known


def _resources(package: dict[str, bytes], data: Path) -> list[dict]:
    """What ``datapackage.json`` says of the files: a resource for each table of each year and for each nomenclature."""
    written = {
        name: yaml.load(path.read_text(encoding="utf-8"), CHARGEUR) for name, path in chemins_des_schemas(data).items()
    }
    tables = {
        path: re.sub(r"^\d{4}/", "", path).removesuffix(".csv") for path in sorted(package) if path.endswith(".csv")
    }
    return [_resource(path, package[path], written[name], package) for path, name in tables.items() if name in written]


def _resource(path: str, content: bytes, written: dict, package: dict[str, bytes]) -> dict:
    header = next(lignes.enregistrements(content.decode("utf-8-sig")))[1]
    described = {field["name"]: field for field in written["fields"]}
    missing = written.get("missingValues", [""])
    masked = any(field.get("secret", {}).get("traitement") == MASQUE for field in written["fields"])
    missing = [*missing, SECRET] if masked else missing
    signed = any(
        "negatif_admis"
        in package.get(f"{key['reference']['resource']}.csv", b"").decode("utf-8-sig").partition("\n")[0]
        for key in written.get("foreignKeys", ())
    )
    fields = [_field(described[name], missing, signed) for name in header]
    keys = [
        {"fields": key["fields"], "reference": key["reference"] | {"resource": _name(key["reference"]["resource"])}}
        for key in written.get("foreignKeys", ())
        if set(key["fields"]) <= set(header) and f"{key['reference']['resource']}.csv" in package
    ]
    schema = {"$schema": PROFILE, "fields": fields}
    schema |= {name: written[name] for name in ("title", "description") if name in written} | {"missingValues": missing}
    key = [name for name in written["primaryKey"] if name in header]
    whole = all(described[name].get("constraints", {}).get("required") for name in key)
    # No part of a primary key may be empty, for the standard; the beginning of a period may.
    schema |= {"primaryKey": key} if whole else {"uniqueKeys": [key]}
    schema |= {"foreignKeys": keys} if keys else {}
    return {
        "name": _name(path.removesuffix(".csv")),
        "type": "table",
        "path": path,
        "title": written["title"],
        "description": written.get("description", ""),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": schema,
    }


def _field(described: dict, missing: list[str], signed: bool) -> dict:
    """A column as any validator can check it: a value that a reason may replace is not required, an optional one may be
    empty, and where some codes may be negative (`signed`) no number is bounded for the others."""
    constraints = dict(described.get("constraints", {}))
    optional = not constraints.get("required")
    if optional or set(missing) & set(MOTIFS):
        constraints.pop("required", None)
    if signed:
        constraints.pop("minimum", None)
    return described | {"constraints": constraints} | ({"missingValues": sorted({"", *missing})} if optional else {})


def _workbook(donnees: Donnees, year: int, words: dict) -> bytes:
    """The tables of the year for a person: a cover, a list of the sheets, one table a sheet, codes in plain words."""
    book, said = Workbook(), words["feuilles"]
    book.properties.title, book.properties.creator = words["titre"], words["editeur"]
    book.properties.language = "fr"
    cover, contents = book.active, book.create_sheet(said["sommaire"])
    cover.title = said["accueil"]
    for line in (words["titre"], words["description"], *words["notes"]):
        cover.append([line])
    contents.append([said["sommaire"]])
    contents.append([said["feuille"], said["table"], said["contenu"], said["lignes"]])
    for name, schema in donnees.schemas.items():
        if schema.est_nomenclature or not donnees.existe(name, year):
            continue
        rows = _plain_rows(donnees, schema, year)
        if not rows:
            continue
        sheet = book.create_sheet(name[:31])
        sheet.append([f"{schema.title}, {year}"])
        sheet.append([schema.description.strip().split("\n")[0]])
        for row in rows:
            sheet.append(row)
        area = f"A3:{get_column_letter(len(rows[0]))}{len(rows) + 2}"
        sheet.add_table(Table(displayName=f"t_{name}", ref=area))
        contents.append([sheet.title, schema.title, schema.description.strip().split("\n")[0], len(rows) - 1])
        link = contents.cell(contents.max_row, 1)
        link.hyperlink, link.style = f"#'{sheet.title}'!A1", "Hyperlink"
    contents.add_table(Table(displayName="t_sommaire", ref=f"A2:D{contents.max_row}"))
    for sheet in book.worksheets:
        sheet["A1"].font = Font(bold=True, size=14)
        for column in range(1, sheet.max_column + 1):
            sheet.column_dimensions[get_column_letter(column)].width = 100 if sheet is cover else 28
    for row in cover.iter_rows():
        row[0].alignment = Alignment(wrap_text=True)
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    core = parts["docProps/core.xml"]
    parts["docProps/core.xml"] = re.sub(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>", b"", core)
    return _zip(parts)


def _plain_rows(donnees: Donnees, schema: Schema, year: int) -> list[list]:
    """The titles of the columns, then the rows of the year as they are written, labels in the place of codes."""
    read = [row.cellules for row in donnees.lignes(schema.name, year)]
    fields = [field for field in schema.fields if any(row.get(field.name) for row in read)]

    def plain(field, text: str):
        if field.numerique:
            return text if text in SIGNIFICATIONS or not text else float(text) if "." in text else int(text)
        known = donnees.admis(schema, field.name)
        row = known.ligne(text, year) if known else {}
        return row.get("libelle") or ", ".join(filter(None, map(row.get, ("document", "page", "section")))) or text

    rows = [[plain(field, row.get(field.name, "")) for field in fields] for row in read]
    return [[field.title for field in fields], *([[c if c != "" else "–" for c in r] for r in rows])] if rows else []


def _zip(contents: dict[str, bytes]) -> bytes:
    """A ZIP that depends on its contents alone."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, _THEN)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _name(path: str) -> str:
    return path.replace("/", ".")


def _json(content: dict) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n").encode()
