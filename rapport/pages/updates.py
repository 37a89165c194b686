"""Updating a book whose pages exist: which pages are written again, and which files go.

Sphinx writes the chapters that changed. The others show things of them too: their titles in the menu, the numbers of
their figures, the definitions of the glossary. `visage` is all of that; when it changes, every page is written again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from docutils import nodes

from rapport.pages import composition


def visage(app, env) -> str:
    """A digest of all that a page may take from the others."""
    standard = env.get_domain("std")
    contenu = {
        "titres": {nom: titre.astext() for nom, titre in env.titles.items()},
        "sommaire": env.toctree_includes,
        "numeros": [env.toc_fignumbers, env.toc_secnumbers],
        "renvois": [standard.labels, standard.anonlabels, standard.objects],
        "lexique": composition.glossaire(app),
    }
    return hashlib.sha256(json.dumps(_simple(contenu), sort_keys=True).encode()).hexdigest()


def _simple(valeur):
    """`valeur` as JSON can write it, in an order of its own."""
    if isinstance(valeur, dict):
        return {str(cle): _simple(v) for cle, v in valeur.items()}
    if isinstance(valeur, set | frozenset):
        return sorted(map(str, valeur))
    if isinstance(valeur, list | tuple):
        return [_simple(v) for v in valeur]
    return valeur.astext() if isinstance(valeur, nodes.Node) else str(valeur)


def pages_a_recrire(app, env) -> list[str]:
    """Every page when what they show of each other has changed; otherwise, beside those that were read again, the
    pages with index entries, which Sphinx would drop from the search (`nettoyer_la_recherche`)."""
    ancien, env.rapport_visage = getattr(env, "rapport_visage", None), visage(app, env)
    if ancien not in (None, env.rapport_visage):
        return sorted(env.found_docs)
    return [nom for nom, entrees in env.get_domain("index").entries.items() if entrees]


def nettoyer_la_recherche(app) -> list:
    """Sphinx updates a search index by taking the pages to write out of it; a word that was theirs alone stays, with no
    page. A search index made from nothing has no such word."""
    for mots in (app.builder.indexer._mapping, app.builder.indexer._title_mapping):
        for mot in [mot for mot, pages in mots.items() if not pages]:
            del mots[mot]
    return []


def noter_fichiers(env, docname: str, noms) -> None:
    """Remember the files that a page offers."""
    _fichiers(env).setdefault(docname, set()).update(noms)


def _fichiers(env) -> dict[str, set[str]]:
    if not hasattr(env, "rapport_fichiers"):
        env.rapport_fichiers = {}
    return env.rapport_fichiers


def _purger(app, env, docname) -> None:
    _fichiers(env).pop(docname, None)


def _fusionner(app, env, docnames, autre) -> None:
    _fichiers(env).update({d: _fichiers(autre)[d] for d in docnames if d in _fichiers(autre)})


def ranger(app, erreur) -> None:
    """Remove the pages and the files that no chapter makes any more."""
    if erreur or app.builder.format != "html":
        return
    sortie = Path(app.outdir)
    offerts = set().union(*_fichiers(app.env).values())
    for chemin in (sortie / "fichiers").glob("*"):
        if chemin.name not in offerts:
            chemin.unlink()


def setup(app) -> None:
    """Called by :mod:`rapport.pages.extension`."""
    app.connect("env-get-updated", pages_a_recrire, priority=900)
    app.connect("env-purge-doc", _purger)
    app.connect("env-merge-info", _fusionner)
    app.connect("html-collect-pages", nettoyer_la_recherche)
    app.connect("build-finished", ranger)
