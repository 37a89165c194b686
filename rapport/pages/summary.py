"""What the year's reader is told first: « En bref » at the head of a chapter, and the essential of all of them.

Chapters output messages, each with its weight, where their sections prove them; here they are brought together.
"""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from markupsafe import escape
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from rapport.pages import domain
from rapport.pages.markup import html

IN_A_CHAPTER = 4
IN_A_GROUP = 3
IN_A_SHORT_GROUP = 2
OF_ONE_CHAPTER = 2
"""How many messages are told at the head of a chapter; in a group of those of the book; and, in it, of one chapter."""


class Message(nodes.General, nodes.Element):
    """One message: a paragraph, and its ``weight``."""


class Essential(nodes.General, nodes.Element):
    """The place of the messages of the whole book."""


class EssentialDirective(SphinxDirective):
    """``{essentiel}``: the messages of the book that weigh the most, in groups; with ``:court:``, fewer of them."""

    option_spec: ClassVar = {"court": directives.flag}

    def run(self):
        domain.of(self.env).data["essentials"][self.env.docname] = True
        return [Essential(each=IN_A_SHORT_GROUP if "court" in self.options else IN_A_GROUP)]


class InBrief(SphinxTransform):
    """Messages leave their cells for the head of the chapter, the heaviest first, each with a link to its section."""

    default_priority = 710  # after the no-break spaces

    def apply(self, **kwargs):
        found = []
        for message in list(self.document.findall(Message)):
            section = _ancestor(message, lambda node: isinstance(node, nodes.section))
            words = [node.deepcopy() for node in message]
            for node in (inner for word in words for inner in word.findall()):
                node.document = None  # which would be kept whole with each message
            found.append((message["weight"], section["ids"][0], section[0].astext(), words))
            cell = _ancestor(message, lambda node: node.get("nb_element") == "cell_code")
            cell.parent.remove(cell)
        if not found:
            return
        found.sort(key=lambda message: -message[0])
        domain.of(self.env).data["messages"][self.env.docname] = found
        chapter = self.document.next_node(nodes.section)
        own = chapter["ids"][0]
        told = [(content, f"#{anchor}" if anchor != own else "", title) for _, anchor, title, content in found]
        chapter[1:1] = _list(told[:IN_A_CHAPTER], "En bref")


def write_essential(app, doctree, docname) -> None:
    """Put the heaviest messages of the book, in groups, where a page asks for them."""
    for place in list(doctree.findall(Essential)):
        written = []
        for title, messages in grouped(app.env, place["each"]):
            told = [
                (content, f"{app.builder.get_relative_uri(docname, page)}#{anchor}", app.env.titles[page].astext())
                for page, anchor, content in messages
            ]
            written += [html(f'<div class="groupe"><p><b>{escape(title)}</b></p>'), *_list(told, ""), html("</div>")]
        place.parent.replace(place, [html('<div class="groupes">'), *written, html("</div>")])


def grouped(env, each: int) -> list[tuple[str, list]]:
    """The groups that have messages: title, and their heaviest messages: page, anchor of the section, words.

    The setting ``rapport_groupes`` (title → chapters, or sections of them) says which; the first has all the others.
    """
    groups = env.config.rapport_groupes or {"": []}
    place = {name: title for title, names in groups.items() for name in names}
    found: dict[str, list] = {title: [] for title in groups}
    for page, messages in domain.of(env).data["messages"].items():
        chapter, told = page.rpartition("/")[2], dict.fromkeys(found, 0)
        for weight, anchor, _, content in messages:
            title = place.get(f"{chapter}#{anchor}") or place.get(chapter) or next(iter(groups))
            if told[title] < OF_ONE_CHAPTER:
                told[title] += 1
                found[title].append((weight, page, anchor, content))
    for messages in found.values():
        messages.sort(key=lambda message: (-message[0], message[1]))
    return [(title, [m[1:] for m in messages[:each]]) for title, messages in found.items() if messages]


def _list(told: list[tuple[list[nodes.Node], str, str]], title: str) -> list[nodes.Node]:
    """Messages (words, address of the proof if elsewhere, its name) as a list, under a ``title`` if it has one; two
    of those that follow each other and have one proof share its link."""
    items, before = [], ["", *(address for _, address, _ in told)]
    for (content, address, name), previous in zip(told, before, strict=False):
        link = [html(f' <a class="preuve" href="{escape(address)}">{escape(name)}</a>')]
        link = [] if not address or (title and address == previous) else link
        items.append(nodes.list_item("", nodes.paragraph("", "", *(node.deepcopy() for node in content), *link)))
    link = '<a class="lien" href="#en-bref" title="Lien direct">#</a>'
    begin = f'<section class="en-bref" aria-labelledby="en-bref"><h2 id="en-bref">{title}{link}</h2>' if title else ""
    return [
        html(begin or '<div class="en-bref">'),
        nodes.bullet_list("", *items),
        html("</section>" if title else "</div>"),
    ]


def _ancestor(node: nodes.Node, is_it) -> nodes.Element:
    node = node.parent
    while not is_it(node):
        node = node.parent
    return node
