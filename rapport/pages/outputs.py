"""The notebooks' figures and tables become numbered, referable, downloadable parts of the book.

Notebooks output their figures and tables as mime types of our own (beside HTML for JupyterLab); myst-nb hands them to
:class:`OutputRenderer`, through the entry point ``myst_nb.mime_renderers``.
"""

import json
from pathlib import Path

from docutils import nodes
from markupsafe import escape

from rapport.chapitre import figures, provenance, tables
from rapport.chapitre.affichage import EN_BREF
from rapport.chapitre.cartes import MIME as CARDS
from rapport.chapitre.cartes import rendre
from rapport.nombres import francais
from rapport.pages import domain, layout
from rapport.pages.markup import html
from rapport.pages.summary import Message
from rapport.pages.text import space


class Downloads(nodes.General, nodes.Element):
    """Foot of a figure or table: its ``nom`` (address), ``titre``, ``source``, ``data`` and ``alone`` (HTML: its
    values; what its own page shows), ``files`` (name → content)."""


class OutputRenderer:
    """Mime renderer of figures, tables and cards (a plugin of myst-nb)."""

    mime_priority_overrides = tuple(
        ("*", mime, 1) for mime in (figures.MIME, tables.MIME, tables.MIME_FICHIER, CARDS, EN_BREF)
    )

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Docutils nodes for one output, or None if it is not ours. The numbers of any output are noted."""
        if inline:
            return None
        page, content = renderer.renderer, data.content
        if numbers := data.output_metadata.get(provenance.NOMBRES):
            domain.of(page.sphinx_env).note_numbers(page.sphinx_env.docname, dict(numbers))
        if data.mime_type == tables.MIME_FICHIER:
            return [_downloads(page, content, data.line or 0)]
        if data.mime_type == EN_BREF:
            return [_fill(page, Message(weight=content["poids"]), content["texte"], data.line or 0)]
        if data.mime_type == CARDS:
            return [_cards(page, content["cartes"])]
        if data.mime_type not in (figures.MIME, tables.MIME):
            return None
        build = _figure if data.mime_type == figures.MIME else _table
        node, *rest = build(page, content, data.line or 0)
        page.document.note_explicit_target(node, node)
        return [node, *rest]


def _figure(page, content: dict, line: int) -> list[nodes.Element]:
    """What a figure is stands above its drawing; what must be known to read it, where it comes from, below."""
    node = nodes.figure(names=[content["nom"]], classes=["graphique"])
    node += _fill(page, nodes.caption(), content["titre"], line)
    node += [nodes.paragraph("", content["sujet"], classes=["sujet"])] if content["sujet"] else []
    drawing = f'<div class="dessin">{content["svg"]}</div>'
    node += html(f"</figcaption>\n{drawing}")
    node += _legend(page, content, line)
    title = escape(content["titre"])
    data = (
        f'<div class="cadre-tableau" tabindex="0" role="region" aria-label="Données : {title}"><table>'
        f"<caption>{title}</caption>{content['corps']}</table></div>"
    )
    node += _downloads(page, content, line, drawing, data)
    return [node]


def _table(page, content: dict, line: int) -> list[nodes.Element]:
    node = nodes.table(names=[content["nom"]], classes=["tableau"], sujet=space(content["sujet"]))
    node += _fill(page, nodes.title(), content["titre"], line)
    node += html(content["corps"])
    box = '<div class="cadre-tableau" tabindex="0" role="region" aria-labelledby="titre">'
    foot = _downloads(page, content, line, f"{box}<table>{content['corps']}</table></div>")
    return [node, *_legend(page, content, line), foot]


def _legend(page, content: dict, line: int) -> list[nodes.Element]:
    return [_fill(page, nodes.paragraph(classes=["legende"]), content["legende"], line)] if content["legende"] else []


def _cards(page, cards: list[dict]) -> nodes.Element:
    """Cards that lead to the chapters which this edition has; the others keep their words."""
    known = {name.rpartition("/")[2] for name in page.sphinx_env.found_docs}
    cards = [card if card["chapitre"] in known else card | {"chapitre": None} for card in cards]
    return html(rendre(cards))


def _downloads(page, content: dict, line: int, alone: str = "", data: str = "") -> Downloads:
    """The foot of an output. Its files are named with the year: those of two editions may lie in one folder."""
    config, name, files = page.sphinx_env.config, content["nom"], {"csv": content["csv"]}
    if "svg_seul" in content:
        files["svg"] = content["svg_seul"]
    if "json" in content:
        known = {key: content[key] for key in ("nom", "titre", "sujet", "source")} | {"edition": config.rapport_annee}
        licence, address = config.rapport_presentation.get("licence") or ("", "")
        known |= {"licence": {"nom": licence, "adresse": address}, "valeurs": content["json"]}
        files["json"] = json.dumps(known, ensure_ascii=False, indent=1) + "\n"
    suffix = f"-{config.rapport_annee}" if config.rapport_annee else ""
    files = {f"{name}{suffix}.{kind}": made for kind, made in files.items()}
    ours = [f"{name}{suffix}.{kind}" for kind in ("bib", "html") if "titre" in content]
    domain.of(page.sphinx_env).note_files(page.sphinx_env.docname, [*files, *ours], name, line)
    said = {key: content.get(key, "") for key in ("nom", "titre", "source")}
    if content.get("sujet"):
        said["titre"] += f". {content['sujet']}"
    return Downloads(files=files, data=data, alone=alone, **said)


def _fill(page, node: nodes.Element, text: str, line: int) -> nodes.Element:
    """`node` with the inline Markdown `text` in it."""
    with page.current_node_context(node):
        page.nested_render_text(text, line, inline=True)
    return node


def visit_downloads(translator, node: Downloads) -> None:
    """Write the files beside the page and the links to them."""
    builder = translator.builder
    folder = Path(builder.outdir) / "fichiers"
    folder.mkdir(exist_ok=True)
    root = "../" * builder.current_docname.count("/") + "fichiers/"
    links, name, about = [], "", ""
    for name, content in node["files"].items():
        (folder / name).write_text(content, encoding="utf-8-sig" if name.endswith(".csv") else "utf-8", newline="")
        kind = name.rpartition(".")[2].upper()
        links.append(f'<a href="{root}{name}" download>{"" if links else "Télécharger "}{kind}</a>')
    source = f'<p class="source">Source\u00a0: {escape(node["source"])}.</p>' if node["source"] else ""
    files = f'<p class="telechargements">{" ".join(links)}</p>'
    if node["titre"]:
        file, what = name.rpartition(".")[0], "Cette figure seule" if node["data"] else "Ce tableau seul"
        text, bibtex = _citation(translator.config, builder.current_docname, node)
        (folder / f"{file}.bib").write_text(bibtex, encoding="utf-8")
        (folder / f"{file}.html").write_text(_alone(builder, node), encoding="utf-8")
        about = (
            f'<p class="citer">Citer\u00a0: {escape(text)}. <a href="{root}{file}.bib" download>BibTeX</a></p>'
            f'<p class="integrer">Intégrer\u00a0: <a href="{root}{file}.html">{what}</a>, pour une autre page</p>'
        )
        files = f"<details><summary>Données et partage</summary>{node['data']}{files}{about}</details>"
    translator.body.append(f'{source}<div class="pied">{files}</div>')
    raise nodes.SkipNode


def _alone(builder, node: Downloads) -> str:
    """The page of a figure or a table alone, which other sites may show in theirs."""
    page, config = builder.current_docname, builder.config
    context = {"config": config, "page": page, "chapter": builder.env.titles[page].astext(), "node": node.attributes}
    context |= {"base": layout.base(config) if config.html_baseurl else ""}
    return builder.templates.render("figure.html", context | {"said": config.rapport_presentation})


def _citation(config, page: str, node: Downloads) -> tuple[str, str]:
    """How to cite a figure or a table, in words and in BibTeX: by its name, which no edition changes, and not by its
    number. Its address is said where that of the site is known."""
    said, year, report = config.rapport_presentation, config.rapport_annee, config.html_title or config.project
    address = f"{layout.base(config)}{page}.html#{node['nom']}" if config.html_baseurl else ""
    quoted = "".join(francais.emboiter([f"«\u00a0{node['titre']}\u00a0»"]))
    published = f"publié le {said['publie']}" if said.get("publie") else ""
    parts = (config.author, report, quoted, published, address)
    fields = {"author": f"{{{config.author}}}", "title": node["titre"], "howpublished": report, "edition": year}
    fields |= {"year": said.get("publication", "")[:4], "url": address, "note": said.get("extrait", "")}
    lines = [f"  {key} = {{{value}}}" for key, value in fields.items() if value]
    return ", ".join(filter(None, parts)), ",\n".join([f"@misc{{{node['nom']}-{year}", *lines]) + "\n}\n"
