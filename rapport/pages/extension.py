"""Sphinx extension: the notebooks' figures and tables become numbered, referable, downloadable parts of the book.

The notebooks output their figures and tables as two mime types of our own (beside HTML for JupyterLab); myst-nb hands
them to :class:`RenduDesSorties`, through the entry point ``myst_nb.mime_renderers``.
"""

from __future__ import annotations

import base64
from pathlib import Path

from docutils import nodes
from markupsafe import escape

from rapport.chapitre import figures, provenance, svg, tables
from rapport.pages import composition, search, updates


class Telechargements(nodes.General, nodes.Element):
    """Foot of a figure or table: its source, its data, its files (``fichiers``: name → content)."""


class RenduDesSorties:
    """Mime renderer of figures and tables (a plugin of myst-nb)."""

    mime_priority_overrides = tuple(("*", mime, 1) for mime in (figures.MIME, tables.MIME, tables.MIME_FICHIER))

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Docutils nodes for one output, or None if it is not ours."""
        if inline:
            return None
        if nombres := data.output_metadata.get(provenance.NOMBRES):
            env = renderer.renderer.sphinx_env
            composition.retenir(env, env.docname, dict(nombres))
        if data.mime_type == tables.MIME_FICHIER:
            fichiers = {f"{data.content['nom']}.csv": data.content["csv"]}
            return [_telechargements(renderer.renderer, fichiers, data.content["source"])]
        if data.mime_type not in (figures.MIME, tables.MIME):
            return None
        construire = _figure if data.mime_type == figures.MIME else _tableau
        noeud, *suite = construire(renderer.renderer, data.content, data.line or 0)
        renderer.renderer.document.note_explicit_target(noeud, noeud)
        return [noeud, *suite]


def _figure(rendu, contenu: dict, ligne: int) -> list[nodes.Element]:
    nom = contenu["nom"]
    noeud = nodes.figure(names=[nom], classes=["graphique"])
    noeud += _remplir(rendu, nodes.caption(), contenu["titre"], ligne)
    noeud += nodes.legend("", _remplir(rendu, nodes.paragraph(), contenu["legende"], ligne))
    noeud += _html(f'<div class="dessin">{contenu["svg"]}</div>')
    details = (
        f'<details class="donnees"><summary>Voir les données</summary><div class="cadre-tableau" tabindex="0" '
        f'role="region" aria-label="Données : {escape(contenu["titre"])}"><table>'
        f"<caption>{escape(contenu['titre'])}</caption>{contenu['corps']}</table></div></details>"
    )
    fichiers = {
        f"{nom}.csv": contenu["csv"],
        f"{nom}.svg": svg.isoler(contenu["svg"]),
        f"{nom}.png": base64.b64decode(contenu["png"]),
    }
    noeud += _telechargements(rendu, fichiers, contenu["source"], details)
    return [noeud]


def _tableau(rendu, contenu: dict, ligne: int) -> list[nodes.Element]:
    nom = contenu["nom"]
    noeud = nodes.table(names=[nom], classes=["tableau"])
    noeud += _remplir(rendu, nodes.title(), contenu["titre"], ligne)
    noeud += _html(contenu["corps"])
    legende = [_remplir(rendu, nodes.paragraph(classes=["legende"]), contenu["legende"], ligne)]
    pied = _telechargements(rendu, {f"{nom}.csv": contenu["csv"]}, contenu["source"])
    return [noeud, *(legende if contenu["legende"] else []), pied]


def _telechargements(rendu, fichiers: dict[str, str | bytes], source: str, details: str = "") -> Telechargements:
    updates.noter_fichiers(rendu.sphinx_env, rendu.sphinx_env.docname, fichiers)
    return Telechargements(fichiers=fichiers, source=source, details=details)


def _remplir(rendu, noeud: nodes.Element, texte: str, ligne: int) -> nodes.Element:
    with rendu.current_node_context(noeud):
        rendu.nested_render_text(texte, ligne, inline=True)
    return noeud


def _html(texte: str) -> nodes.raw:
    return nodes.raw("", texte, format="html")


def _visiter_telechargements(traducteur, noeud: Telechargements) -> None:
    """Write the files beside the page and the links to them."""
    constructeur = traducteur.builder
    dossier = Path(constructeur.outdir) / "fichiers"
    dossier.mkdir(exist_ok=True)
    racine = "../" * constructeur.current_docname.count("/")
    liens = []
    for nom, contenu in noeud["fichiers"].items():
        if isinstance(contenu, str):
            contenu = contenu.encode("utf-8-sig" if nom.endswith(".csv") else "utf-8")
        (dossier / nom).write_bytes(contenu)
        genre = nom.rpartition(".")[2].upper()
        liens.append(f'<a href="{racine}fichiers/{nom}" download>Télécharger ({genre})</a>')
    source = f'<p class="source">Source\u00a0: {escape(noeud["source"])}.</p>' if noeud["source"] else ""
    traducteur.body.append(
        f'{source}<div class="pied">{noeud["details"]}<p class="telechargements">{" ".join(liens)}</p></div>'
    )
    raise nodes.SkipNode


def setup(app):
    """Register the outputs of notebooks and the pages of the book."""
    app.add_node(Telechargements, html=(_visiter_telechargements, None))
    composition.setup(app)
    search.setup(app)
    updates.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
