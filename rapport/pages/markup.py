"""What chapters write beside plain Markdown: pictures, formulas, HTML. What a published page could not show is told."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from rapport.nombres.francais import typographie

_LOADS = {"src", "srcset", "poster", "data", "background", "action", "formaction", "href", "xlink:href"}
_OUTSIDE = re.compile(r"(https?:|mailto:|tel:)", re.IGNORECASE)
_REFUSED = ["script", "style", "link", "meta", "base", "iframe", "frame", "object", "embed", "applet", "form"]
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(equation|align|gather|multline)\*?\}")
_log = logging.getLogger(__name__)


class Html(nodes.raw):
    """HTML that is ours, and known to be right."""


def html(text: str) -> Html:
    return Html("", text, format="html")


class PicturesAndFormulas(SphinxTransform):
    """Pictures are found whatever their name, or told if they are not of the book; formulas become MathML."""

    default_priority = 600

    def apply(self, **kwargs):
        for image in self.document.findall(nodes.image):
            image["uri"] = unquote(image["uri"])  # the parser quoted it
            if re.match(r"\w+:|//", image["uri"]):
                _tell(
                    f"l’image « {_short(image['uri'])} » n’est pas un fichier du livre, et la politique de sécurité du "
                    "site la refuse : enregistrez-la dans chapters/images.",
                    image,
                )
        for formula in list(self.document.findall(lambda node: isinstance(node, nodes.math | nodes.math_block))):
            try:
                tex = _ENVIRONMENT.sub("", formula.astext())
                formula.parent.replace(formula, html(tex2mathml(tex, as_block=isinstance(formula, nodes.math_block))))
            except MathError as error:
                cause = ", ".join(re.findall('"(.+?)"', str(error)))
                _tell(f"la formule « {_short(formula.astext())} » n’est pas comprise ({cause}).", formula)


def check_html(app, doctree, docname) -> None:
    """Tell of HTML that names files, which nothing copies, or that the site's policy would not let act; fold in French
    what the tags hide-output and hide-cell fold."""
    for raw in doctree.findall(nodes.raw):
        if not isinstance(raw, Html):
            tags = _Tags(raw)
            tags.feed(raw.astext())
            tags.close()
    for folded in list(doctree.findall(HideCodeCellNode)):
        summary = html("<details><summary>Voir le résultat</summary>\n")
        folded.parent.replace(folded, [summary, *folded.children, html("</details>\n")])


def _tell(fault: str, node: nodes.Node) -> None:
    _log.warning("%s", typographie(fault), location=node)


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


class _Tags(HTMLParser):
    """Tells of the tags of `node` as it is fed them."""

    def __init__(self, node: nodes.Node):
        super().__init__()
        self.node = node

    def handle_starttag(self, tag, attributes):
        text = _short(self.get_starttag_text())
        names = {name for name, _ in attributes}
        if tag in _REFUSED or "style" in names or any(name.startswith("on") for name in names):
            _tell(f"la politique de sécurité du site refuse le HTML « {text} » : retirez-le.", self.node)
        elif any(name in _LOADS and not _is_free(tag, value or "") for name, value in attributes):
            _tell(
                f"le HTML « {text} » désigne un fichier, que rien ne publie : écrivez en Markdown "
                "![description](fichier) pour une image, [texte](fichier) pour un lien.",
                self.node,
            )


def _is_free(tag: str, address: str) -> bool:
    """Whether an address needs no file: another site that a link leads to, a part of the same drawing."""
    return bool(_OUTSIDE.match(address)) if tag == "a" else address.startswith("#")
