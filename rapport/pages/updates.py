"""Updating a book whose pages exist: which pages are written again, and which files go.

Sphinx writes the chapters that changed. The others show things of them too: their titles in the menu, the numbers of
their figures, the titles of those that they refer to, the definitions of the glossary. `digest` is of all that; when it
changes, every page is written again.
"""

import hashlib
import json
from pathlib import Path

from rapport.pages import domain


def digest(env) -> str:
    """A digest of all that a page may take from the others."""
    standard, asked = env.get_domain("std"), set().union(*domain.of(env).data["references"].values())
    labels = {name: label if name in asked else label[:2] for name, label in standard.labels.items()}
    content = {
        "titles": {page: title.astext() for page, title in env.titles.items()},
        "contents": env.toctree_includes,
        "numbers": [env.toc_fignumbers, env.toc_secnumbers],
        "references": [labels, standard.anonlabels, sorted(standard.objects.items())],
        "glossary": domain.of(env).glossary(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def pages_to_write(app, env) -> list[str]:
    """Every page when what they show of each other has changed; otherwise, beside those read again, those that show
    messages of others."""
    known = domain.of(env).data
    before, known["digest"] = known["digest"], digest(env)
    return sorted(env.found_docs if before not in ("", known["digest"]) else known["essentials"])


def remove_files(app, error) -> None:
    """Remove the files that no chapter offers any more."""
    offered = set().union(*domain.of(app.env).data["files"].values())
    for path in (Path(app.outdir) / "fichiers").glob("*"):
        if not error and path.name not in offered:
            path.unlink()
