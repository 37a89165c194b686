"""The Sphinx theme « rapport »: what its templates (in ``theme/``) are given, and how they want the content written."""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.writers.html5 import HTML5Translator

from rapport.pages import catalogue, domain


class ReportTranslator(HTML5Translator):
    """Sphinx's HTML, with tables that scroll in a box, captions that are no headings, and the year on the cover."""

    def visit_table(self, node):
        self.body.append('<div class="cadre-tableau">')
        super().visit_table(node)

    def depart_table(self, node):
        super().depart_table(node)
        self.body.append("</div>\n")

    def depart_figure(self, node):
        """Without the end of a caption that docutils makes last: ours ends before the drawing."""
        if "graphique" in node["classes"]:
            self.body.append("</figure>\n")
        else:
            super().depart_figure(node)

    def visit_title(self, node):
        if isinstance(node.parent, addnodes.compact_paragraph):  # a part of the table of contents
            self.body.append('<p class="caption"><span class="caption-text">')
            self.context.append("</span></p>\n")
        else:
            super().visit_title(node)

    def add_permalink_ref(self, node, title):
        if node["ids"] and not isinstance(node, nodes.term) and not isinstance(node.parent, nodes.document):
            self.body.append(f'<a class="lien" href="#{node["ids"][0]}" title="Lien direct">#</a>')
        if isinstance(node, nodes.table) and node.get("sujet"):
            self.body.append(f'\n<span class="sujet">{self.encode(node["sujet"])}</span>')

    def depart_title(self, node):
        on_cover = self.builder.current_docname == self.config.root_doc and self.section_level == 1
        if on_cover and isinstance(node.parent, nodes.section) and self.config.rapport_annee:
            year = (
                f"{self.config.rapport_annee}{', extrait' if self.config.rapport_presentation.get('extrait') else ''}"
            )
            self.body.append(f' <span class="couverture-annee">{year}</span>')
        super().depart_title(node)


def base(config) -> str:
    """The address of the edition, where that of the site is known (``html_baseurl``)."""
    return config.html_baseurl.rstrip("/") + "/" + (f"{config.rapport_annee}/" if config.rapport_annee else "")


ORDINAL = re.compile(r"\b1(ers?|res?)\b(?![^<]*>)(?![^<]*</(?:text|code))")
"""« 1er » where HTML may raise it: neither in a tag, nor in a drawing. It is still searched, and heard, as « 1er »."""

MOVED = "bouge-"
"""What the name of a table begins with that says how the values of a chapter have moved; the chapter's follows."""


def add_context(app, pagename, templatename, context, doctree) -> None:
    """What the templates need beside Sphinx's own context."""
    config, env, known = app.config, app.env, domain.of(app.env).data
    domain.of(env).written.add(pagename)
    said = config.rapport_presentation
    address = base(config) if config.html_baseurl else ""
    open_home = pagename == config.root_doc and said.get("ouvertes")
    context["body"] = ORDINAL.sub(r"1<sup>\1</sup>", context.get("body", ""))
    context |= {
        "base": address,
        "edition": config.rapport_annee,
        "status": said.get("statut"),
        "extract": said.get("extrait"),
        "licence": said.get("licence"),
        "contact": said.get("contact"),
        "open_data": said.get("ouvertes"),
        "dataset": catalogue.schema_org(config.rapport_annee, said, address) if open_home else "",
        "published": said.get("publie"),
        "footer_links": [
            (page, text.format(**said)) for page, text in config.rapport_liens_bas if page in env.found_docs
        ],
        "menu": list(env.tocs[config.root_doc].findall(addnodes.toctree)),
        "titles": env.titles,
        "sections": [section for page in _sections(env.tocs.get(pagename, ())) for section in page["sections"]],
        "description": known["descriptions"].get(pagename, context.get("description", "")),
        "moved": env.get_domain("std").anonlabels.get(f"{MOVED}{pagename}"),
        "to_fill": 'a-remplir"' in context["body"],
        "numbers": _numbers(_written(known["numbers"], pagename, context["body"])),
    }


def _sections(toc: nodes.Element) -> list[dict]:
    """The headings of a page as Sphinx lists them: ``anchor``, ``title``, and ``sections`` of the same kind."""
    return [
        {
            "anchor": item.next_node(nodes.reference)["anchorname"],
            "title": item.next_node(nodes.reference).astext(),
            "sections": [s for child in item if isinstance(child, nodes.bullet_list) for s in _sections(child)],
        }
        for item in toc
        if isinstance(item, nodes.list_item)
    ]


def _written(numbers: dict[str, dict[str, dict]], pagename: str, body: str) -> dict[str, dict]:
    """Id → what is known of each number of a page; some are taken from the messages of other pages."""
    own = numbers.get(pagename, {})
    taken = dict.fromkeys(key for key in re.findall(r'data-n="(\w+)"', body) if key not in own)
    return own | {key: known[key] for key in taken for known in numbers.values() if key in known}


def _numbers(numbers: dict[str, dict]) -> str:
    """What a page can tell of its numbers: ``textes``, and id → places in it (many lines are shared). Empty: none."""
    texts: dict[str, int] = {}
    places = {key: [texts.setdefault(text, len(texts)) for text in known["lignes"]] for key, known in numbers.items()}
    return compact({"textes": list(texts), "nombres": places}).replace("<", "\\u003c") if places else ""


def compact(content) -> str:
    """JSON in as few bytes as can be."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def publish_numbers(app, error) -> None:
    """Write all the numbers of the book and what is known of them: ``nombres.json``."""
    pages = domain.of(app.env).data["numbers"]
    file = Path(app.outdir) / "nombres.json"
    if error or not any(pages.values()):
        file.unlink(missing_ok=True)
        return
    numbers = [
        {"id": key, "chapitre": page, "adresse": f"{page}.html#nombre-{key}"}
        | {k: v for k, v in known.items() if k != "lignes"}
        | {"texte": known["lignes"]}
        for page, of_page in sorted(pages.items())
        for key, known in sorted(of_page.items())
    ]
    text = json.dumps(numbers, ensure_ascii=False, indent=1)
    file.write_text(text + "\n", encoding="utf-8")
