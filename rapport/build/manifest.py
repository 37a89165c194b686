"""What an edition was made from and with: its ``manifest.json``, beside the pages."""

import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path

from rapport.build.plan import Plan
from rapport.donnees.dossier import Donnees

PACKAGES = ["rapport", "jupyter-book", "sphinx", "myst-nb", "papermill", "ipython"]
PACKAGES += ["pandas", "matplotlib", "seaborn", "babel", "jinja2"]
"""Packages that decide what the pages look like and say; requirements.txt has all of them."""


def write(plan: Plan, content: dict) -> bool:
    """Write the manifest of an edition whose pages are made (`describe`), unless one says the same already (its date
    aside); whether it was."""
    file = plan.html / "manifest.json"
    if file.is_file():
        before = json.loads(file.read_text(encoding="utf-8"))
        if before | {"date": ""} == content | {"date": ""}:
            return False
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return True


def describe(plan: Plan) -> dict:
    """Year, date, versions, SHA-256 of the notebooks and of what is published of every data file that they read. The
    keys are French."""
    project, published = plan.project, Donnees(plan.project.data)
    recipes = filter(None, (plan.recipe(name) for name in plan.names))
    read = {Path(path) for recipe in recipes for path in recipe.files}
    data = sorted(path for path in read if path.is_relative_to(project.data) and path.is_file())
    return {
        "annee": plan.year,
        "date": _now().isoformat().replace("+00:00", "Z"),
        "python": platform.python_version(),
        "paquets": {name: version(name) for name in PACKAGES},
        "notebooks": {project.relative(c.path).as_posix(): c.sha256 for c in plan.chapters},
        "donnees": {path.relative_to(project.data).as_posix(): _digest(published.octets(path)) for path in data},
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _now() -> datetime.datetime:
    """Now, or SOURCE_DATE_EPOCH where a build must be reproducible; UTC, to the second."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
