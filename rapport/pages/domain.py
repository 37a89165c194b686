"""What the extension knows of each page, kept by Sphinx between builds: a domain, whose data follow the pages."""

import re
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.domains import Domain
from sphinx.util import logging

_LOG = logging.getLogger(__name__)
GLOSSARY = "lexique"
"""The page whose glossary explains the acronyms."""


class ReportDomain(Domain):
    """One dictionary by page (its docname) for each of:

    - ``numbers``: id → what is known of a number that the page writes (see `rapport.chapitre.provenance`),
    - ``files``: the files that it offers → what they are of (the name of a figure, a table…) and its line,
    - ``descriptions``: what it is about, in a sentence or two,
    - ``messages``: its messages, the heaviest first (see `rapport.pages.summary`),
    - ``essentials``: whether it shows those of the whole book,
    - ``glossary``: term → (definition, anchor), on the page of the glossary,
    - ``references``: what it refers to, by label.

    ``digest``: see `rapport.pages.updates`. Of this build alone, ``written`` are the pages that it wrote.
    """

    name = "rapport"
    label = "Rapport"
    by_page = ("numbers", "files", "descriptions", "messages", "essentials", "glossary", "references")
    initial_data = {**{part: {} for part in by_page}, "digest": ""}  # noqa: RUF012
    data_version = 4

    def __init__(self, env):
        super().__init__(env)
        self.written: set[str] = set()

    def note_numbers(self, page: str, numbers: dict[str, dict]) -> None:
        self.data["numbers"].setdefault(page, {}).update(numbers)

    def note_files(self, page: str, files: Iterable[str], name: str, line: int) -> None:
        self.data["files"].setdefault(page, {}).update(dict.fromkeys(files, (name, line)))

    def check_consistency(self):
        """Complain of a file that two pages offer: only one could be read. Sphinx does so of labels: of two figures."""
        owners: dict[str, str] = {}
        offered = self.data["files"]
        for page in sorted(offered):
            for file, (name, line) in offered[page].items():
                other = owners.setdefault(file, page)
                labels = all(Path(file).with_suffix(".bib").name in offered[p] for p in (page, other))
                if file.endswith(".csv") and other != page and not labels:
                    path = self.env.doc2path(other)
                    _LOG.warning("duplicate label %s, other instance in %s", name, path, location=(page, line))

    def glossary(self) -> tuple[str, dict[str, tuple[str, str]]]:
        """The page of the glossary, and term → (definition, anchor); nothing where the book has none."""
        return next(iter(self.data["glossary"].items()), ("", {}))

    def process_doc(self, env, docname, document):
        messages = self.data["messages"].get(docname, ())
        texts = [_words(nodes.paragraph("", "", *(n.deepcopy() for n in content))) for *_, content in messages] or [
            text for text in map(_words, document.findall(nodes.paragraph)) if len(text) > 60
        ][:1]
        self.data["descriptions"][docname] = summarize(" ".join(texts))
        self.data["references"][docname] = {str(node["reftarget"]).lower() for node in document.findall(pending_xref)}
        if is_glossary(docname):
            self.data["glossary"][docname] = _definitions(document)

    def clear_doc(self, docname):
        for part in self.by_page:
            self.data[part].pop(docname, None)

    def merge_domaindata(self, docnames, otherdata):
        for part in self.by_page:
            self.data[part].update({page: otherdata[part][page] for page in docnames if page in otherdata[part]})

    def resolve_any_xref(self, env, fromdocname, builder, target, node, contnode):
        return []


def is_glossary(docname: str) -> bool:
    return docname.rpartition("/")[2] == GLOSSARY


def summarize(text: str, length: int = 300) -> str:
    """The whole sentences of a text that fit in `length` characters, or the words of its first one and « … »."""
    if len(text) <= length:
        return text
    if sentences := re.match(rf".{{60,{length - 1}}}[.!?](?=\s)", text):
        return sentences[0]
    return text[: length - 1].rpartition(" ")[0].rstrip(" ,;:") + " …"


def _words(node: nodes.Element) -> str:
    """The text of a node, without the HTML around its numbers, on one line."""
    return " ".join("".join(t for t in node.findall(nodes.Text) if not isinstance(t.parent, nodes.raw)).split())


def _definitions(document: nodes.document) -> dict[str, tuple[str, str]]:
    found = {}
    for item in document.findall(nodes.definition_list_item):
        definition = " ".join(child.astext() for child in item if isinstance(child, nodes.definition))
        terms = [child for child in item if isinstance(child, nodes.term) and child["ids"]]
        found |= {term.astext().strip(): (definition, term["ids"][0]) for term in terms}
    return found


def of(env) -> ReportDomain:
    return env.get_domain(ReportDomain.name)
