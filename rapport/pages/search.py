"""The search: the passages of the pages, in one script that the search page alone asks for (``recherche.js`` reads it).

A passage is a paragraph, an item, a caption, a row of a table, as readers see it. Sphinx's own index knows words only,
neither numbers nor what stands around them: it is not made.
"""

import json
import re
import unicodedata
from pathlib import Path

from lxml import html
from sphinx import addnodes
from sphinx.search.fr import SearchFrench

from rapport.pages import domain
from rapport.pages.layout import compact

PASSAGES = ["h1", "h2", "h3", "h4", "p", "li", "dd", "caption", "tr", "summary"]
LEFT_OUT = {"pied", "source", "suite"}
"""Classes of what is said elsewhere on the page, or says nothing of it."""
ASIDE = {"sources-et-methode", "legende", "pied"}
"""Sections (by their address) and classes of what is said of the numbers and not by them: found after the rest."""
LISTS = {"ce-qui-a-bouge", "donnees", "fiabilite", "indicateurs", "revisions", "series"}
"""The pages that list all the data or all the checks: what they say is searched, not what they fold or list."""


def fold(text: str) -> str:
    """The text in lower case, without accents."""
    letters = unicodedata.normalize("NFD", text.lower().replace("œ", "oe"))
    return "".join(c for c in letters if not unicodedata.combining(c))


_BEGIN, _END = "const LIVRE = ", ";\n"
_NOUNS, _QUESTIONS = {"ete", "etes", "sommes"}, {"combien", "comment", "pourquoi", "quand"}
STOP_WORDS = sorted({fold(word) for word in SearchFrench.stopwords} - _NOUNS | _QUESTIONS)
"""The words that no search looks for."""


def passages(page: str | bytes, whole: bool = True) -> list[list]:
    """``[anchor, heading, [passage, …], [passage told aside, …]]`` for each section of a built page, in order.
    `whole`: with all that it lists.

    A definition is told with its term: « RSA : Revenu de solidarité active. ».
    """
    sections: list[list] = []
    for node in html.document_fromstring(page).find(".//article").iter(*PASSAGES):
        around = [node, *node.iterancestors()]
        names = {name for e in around for name in (e.get("class") or "").split()}
        if LEFT_OUT & names and not (node.tag == "tr" and "pied" in names):  # a drawing is found by its data
            continue
        cells = [_text(cell) for cell in node] if node.tag == "tr" else [_text(node)]
        if node.tag == "dd":
            cells = ["\u00a0: ".join([*(_text(term) for term in node.itersiblings("dt", preceding=True))][:1] + cells)]
        if node.tag in ("h1", "h2", "h3", "h4"):
            place = "" if node.tag == "h1" else node.getparent().get("id") or node.get("id", "")
            sections.append([place, cells[0], [], []])
        elif sections and not _is_told_by_parts(node) and (whole or not _is_listed(around)):
            text = " · ".join(filter(None, cells))
            told = sections[-1][3 if ASIDE & {sections[-1][0], *names} else 2]
            if text and text not in told:
                told.append(text)
    return sections


def _is_told_by_parts(node: html.HtmlElement) -> bool:
    """Whether what an element says is said by those in it, or by the one it is in (or is only a head of columns)."""
    if node.tag == "tr":
        return node.find("td") is None
    return (node.tag == "li" and node.find("p") is not None) or (node.tag == "p" and node.getparent().tag == "dd")


def _is_listed(around: list[html.HtmlElement]) -> bool:
    return around[0].tag in ("tr", "li") or any(e.tag == "details" for e in around[1:] if around[0].tag != "summary")


def _text(node: html.HtmlElement) -> str:
    words = node.xpath(".//text()[not(parent::a[@class='lien' or @class='preuve'])]")
    return re.sub(r"[ \n\t]+", " ", "".join(words)).strip()


def leave_index_out(app) -> None:
    """No index of Sphinx's; the page that searches is made as the others are."""
    app.builder.search = False
    app.config.html_additional_pages = {**app.config.html_additional_pages, "search": "search.html"}


def publish_passages(app, error) -> None:
    """Write ``passages.js``: the pages in the order of the book, those that are of the last part (the annexes), the
    words that say the same. Those of the pages that were not written again are as they were."""
    if error:
        return
    env, file, written = app.env, Path(app.outdir, "passages.js"), domain.of(app.env).written
    before = json.loads(file.read_text(encoding="utf-8")[len(_BEGIN) : -len(_END)])["pages"] if file.is_file() else []
    known = {name: passages for name, _, passages in before if name not in written}
    order = [app.config.root_doc, *(page for part in _parts(env) for page in part)]
    annexes = set(next((part for part in _parts(env) if any(map(domain.is_glossary, part))), ()))
    pages = [
        [name, int(name in annexes), known[name] if name in known else _passages_of(Path(app.outdir, f"{name}.html"))]
        for name in dict.fromkeys(order)
        if name in env.found_docs
    ]
    synonyms = {word: [s.strip() for s in said.split(";")] for word, said in app.config.rapport_synonymes.items()}
    glossary, _ = domain.of(env).glossary()
    content = {"lexique": glossary, "pages": pages, "synonymes": synonyms, "vides": STOP_WORDS}
    file.write_text(f"{_BEGIN}{compact(content)}{_END}", encoding="utf-8")


def _passages_of(page: Path) -> list[list]:
    return passages(page.read_bytes(), page.stem not in LISTS)


def _parts(env) -> list[list[str]]:
    trees = env.tocs[env.config.root_doc].findall(addnodes.toctree)
    return [[page for _, page in tree["entries"] if page in env.found_docs] for tree in trees]
