"""The words of the pages: no-break spaces where French wants them, acronyms explained."""

import re

from docutils import nodes
from markupsafe import escape
from sphinx.transforms import SphinxTransform

from rapport.nombres import francais
from rapport.pages import domain
from rapport.pages.markup import html


class FrenchSpacing(SphinxTransform):
    """No-break spaces and curved apostrophes in every text of the book but code."""

    default_priority = 700

    def apply(self, **kwargs):
        for text in list(self.document.findall(nodes.Text)):
            if isinstance(text.parent, nodes.literal | nodes.literal_block | nodes.raw | nodes.comment):
                continue
            if (spaced := space(text.astext())) != text.astext():
                text.parent.replace(text, nodes.Text(spaced))


def space(text: str) -> str:
    """« x » and « : ; ! ? % € » with no-break spaces, numbers kept with the word they count, curved apostrophes."""
    text = re.sub(r"(?<=\d) (?=[^\W\d_])", "\u00a0", francais.espaces(text))
    return re.sub(r"(?<=\w)'(?=\w)", "’", text)


def explain_acronyms(app, doctree, docname) -> None:
    """Link the first use of each term of the glossary on a page that is not the glossary, and under a figure those
    that only its drawing has; a term that the text has just explained waits for its next use."""
    page, definitions = domain.of(app.env).glossary()
    if not definitions or domain.is_glossary(docname):
        return
    glossary = app.builder.get_relative_uri(docname, page)
    longest_first = sorted(map(re.escape, definitions), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w-])({'|'.join(longest_first)})(?![\w-])")
    seen: set[str] = set()

    def link(term: str) -> str:
        definition, anchor = definitions[term]
        explained = escape(f"{term}\u00a0: {definition}")
        return f'<a class="sigle" data-definition="{explained}" href="{glossary}#{escape(anchor)}">{escape(term)}</a>'

    for text in list(doctree.findall(nodes.Text)):
        if _stands_alone(text):
            continue
        parts, end = [], 0
        for match in pattern.finditer(text.astext()):
            term = match[1]
            if term in seen or _says(text.astext()[: match.start()], definitions[term][0]):
                continue
            seen.add(term)
            parts += [nodes.Text(text.astext()[end : match.start()]), html(link(term))]
            end = match.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text.astext()[end:])])
    for figure in doctree.findall(nodes.figure):  # a drawing holds no link: what its words mean stands under it
        drawn = re.sub(r"<[^>]*>", " ", " ".join(raw.astext() for raw in figure.findall(nodes.raw)))
        terms = [term for term in dict.fromkeys(pattern.findall(drawn)) if term not in seen]
        seen.update(terms)
        if terms:
            meanings = [f"{link(term)}\u00a0: {escape(definitions[term][0].partition('.')[0])}" for term in terms]
            figure.insert(-1, html('<p class="source">' + "\u00a0; ".join(meanings) + ".</p>\n"))


def _says(before: str, definition: str) -> bool:
    """Whether a text that ends in a parenthesis has just said a definition: « revenu de solidarité active (RSA) »."""
    said, meant = (re.sub(r"[^\w]+", " ", t).strip().lower() for t in (before, definition.partition(".")[0]))
    return before.endswith("(") and said.endswith(meant)


def _stands_alone(node) -> bool:
    """Whether a text is of a kind that holds no link: title, caption, code, another link."""
    kinds = (nodes.title, nodes.reference, nodes.literal, nodes.raw, nodes.comment, nodes.caption)
    while node is not None and not isinstance(node, kinds):
        node = node.parent
    return node is not None
