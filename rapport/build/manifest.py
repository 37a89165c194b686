"""What an edition was made from and with: its ``manifest.json``, beside the pages."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path

from rapport.build.plan import Livre, Projet
from rapport.build.recipes import empreinte

PAQUETS = ["rapport", "jupyter-book", "sphinx", "myst-nb", "papermill", "ipykernel"]
PAQUETS += ["pandas", "matplotlib", "seaborn", "babel", "jinja2"]
"""Packages that decide what the pages look like and say; requirements.txt has all of them."""


def write(projet: Projet, livre: Livre) -> None:
    """Write the manifest of an edition whose pages are made, unless one says the same already (its date aside)."""
    fichier = livre.html / "manifest.json"
    contenu = describe(projet, livre)
    if fichier.is_file():
        ancien = json.loads(fichier.read_text(encoding="utf-8"))
        if ancien | {"date": ""} == contenu | {"date": ""}:
            return
    fichier.write_text(json.dumps(contenu, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def describe(projet: Projet, livre: Livre) -> dict:
    """Year, date, versions, SHA-256 of the notebooks and of every data file that they read."""
    recettes = filter(None, (livre.recette(chapitre.nom) for chapitre in livre.chapitres))
    lus = {Path(chemin) for recette in recettes for chemin in recette.fichiers}
    donnees = sorted(chemin for chemin in lus if chemin.is_relative_to(projet.donnees) and chemin.is_file())
    return {
        "annee": livre.annee,
        "date": _maintenant().isoformat().replace("+00:00", "Z"),
        "python": platform.python_version(),
        "paquets": {nom: _version(nom) for nom in PAQUETS},
        "notebooks": {projet.relatif(c.chemin).as_posix(): empreinte(c.chemin) for c in livre.chapitres},
        "donnees": {chemin.relative_to(projet.donnees).as_posix(): empreinte(chemin) for chemin in donnees},
    }


def _version(paquet: str) -> str | None:
    try:
        return importlib.metadata.version(paquet)
    except importlib.metadata.PackageNotFoundError:
        return None


def _maintenant() -> datetime.datetime:
    """Now, or SOURCE_DATE_EPOCH where a build must be reproducible; UTC, to the second."""
    secondes = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.datetime.fromtimestamp(secondes, datetime.UTC)
