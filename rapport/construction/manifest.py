"""What an edition was made from and with: the content of its ``manifest.json``."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path

PAQUETS = ["rapport", "jupyter-book", "sphinx", "myst-nb", "papermill", "ipykernel"]
PAQUETS += ["pandas", "matplotlib", "seaborn", "frictionless", "babel", "jinja2"]
"""Packages that decide what the pages look like and say; requirements.txt has all of them."""


def describe(annee: int, notebooks: Mapping[str, Path], donnees: Path) -> dict:
    """Year, date, versions, SHA-256 of the `notebooks` (name → file) and of every file of the data folder."""
    fichiers = {chemin.relative_to(donnees): chemin for chemin in sorted(donnees.rglob("*")) if chemin.is_file()}
    return {
        "annee": annee,
        "date": _maintenant().isoformat().replace("+00:00", "Z"),
        "python": platform.python_version(),
        "paquets": {nom: _version(nom) for nom in PAQUETS},
        "notebooks": {nom: _sha256(chemin) for nom, chemin in notebooks.items()},
        "donnees": {
            nom.as_posix(): _sha256(chemin)
            for nom, chemin in fichiers.items()
            if not any(partie.startswith(".") for partie in nom.parts)
        },
    }


def _sha256(chemin: Path) -> str:
    return hashlib.sha256(chemin.read_bytes()).hexdigest()


def _version(paquet: str) -> str | None:
    try:
        return importlib.metadata.version(paquet)
    except importlib.metadata.PackageNotFoundError:
        return None


def _maintenant() -> datetime.datetime:
    """Now, or SOURCE_DATE_EPOCH where a build must be reproducible; UTC, to the second."""
    secondes = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.datetime.fromtimestamp(secondes, datetime.UTC)
