"""The whole edition as one PDF, for paper and archives: tagged, that a screen reader can read (PDF/UA-1).

It is made from the pages as they were built, in a frame (``theme/pdf.html``) and a style sheet of its own
(``theme/pdf.css``). Its fonts, the same on every machine, are those that Matplotlib brings and measures drawings in.
"""

import hashlib
import logging
import re
import sys
from functools import partial
from importlib.util import find_spec
from logging.handlers import BufferingHandler
from pathlib import Path
from urllib.parse import unquote

import jinja2
from lxml import etree
from lxml import html as lxml_html
from markupsafe import Markup

from rapport.nombres import francais
from rapport.pages import THEME

_FONTS = Path(find_spec("matplotlib").submodule_search_locations[0], "mpl-data", "fonts", "ttf")
_FACES = (
    ("Rapport", "Sans", "normal", "normal"),
    ("Rapport", "Sans-Bold", "bold", "normal"),
    ("Rapport", "Sans-Oblique", "normal", "italic"),
    ("Rapport", "Sans-BoldOblique", "bold", "italic"),
    ("Titres", "Serif-Bold", "bold", "normal"),
    ("Code", "SansMono", "normal", "normal"),
)
"""Family of the style sheet, font, weight, style."""
_CONTROLS = ".//script | .//svg[@aria-hidden] | .//*[@class='lien' or @class='pied' or @class='carte-tendance']"
_WIDE = 6
"""From so many columns on, a table wants a landscape page: its chapter has such pages."""
_PLACE = re.compile(r'<p class="pdf".*?</p>')


def name(year: int) -> str:
    """The name of the file."""
    return f"rapport-activite-{year}.pdf"


def document(html: Path, year: int, said: dict, title: str, author: str) -> str:
    """The pages `html` of an edition as one HTML document, made for paper. `said`: what it says of itself (`Plan`)."""
    menu = lxml_html.fromstring((html / "index.html").read_text(encoding="utf-8")).find(".//nav[@class='chapitres']")
    pages = {link.get("href").removesuffix(".html") for link in menu.xpath(".//li/a")}
    parts: list[dict] = []
    for node in menu.iter("ul"):
        caption = node.getparent().findtext("summary") if node.getparent().get("class") == "partie" else ""
        links = ((link.get("href").removesuffix(".html"), link.text_content()) for link in node.iter("a"))
        chapters = [_chapter(html / f"{page}.html", page, words, pages) for page, words in links]
        parts.append({"caption": caption, "chapters": chapters})
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string((THEME / "pdf.html").read_text(encoding="utf-8")).render(
        title=title,
        year=year,
        author=author,
        said=said,
        parts=parts,
    )


def _chapter(path: Path, page: str, title: str, pages: set[str]) -> dict:
    """A chapter: ``id``, ``title``, ``wide``, and ``content``, which is what the page says without its controls. Its
    places, and those of other `pages` that it leads to, are named with their page."""
    article = lxml_html.fromstring(path.read_text(encoding="utf-8")).find(".//article")
    for link in article.xpath(".//div[@class='pied'][not(details)]//a"):  # of files without a figure or a table
        file = etree.Element("p")
        file.text = f"{link.get('href').rpartition('/')[2]}, sur le site"
        link.getparent().getparent().addprevious(file)
    for node in article.xpath(_CONTROLS):
        node.drop_tree()
    for node in article.xpath(".//*[@id][not(ancestor-or-self::svg)]"):
        node.set("id", f"{page}--{node.get('id')}")
    for link in article.xpath(".//a[@href]"):
        target, _, place = link.get("href").partition("#")
        target = target.removesuffix(".html") if target else page
        if target in pages:
            link.set("href", f"#{target}--{place}" if place else f"#{target}")
        if link.get("class") == "preuve":
            link.addnext(etree.Element("span", {"class": "renvoi", "data-vers": link.get("href")}))
        for inner in list(link.iterdescendants("span")):
            inner.drop_tag()  # each would be a link of its own
        if target not in pages and not re.match("https?:|mailto:", target):
            link.drop_tag()
    for place in article.xpath(".//a[not(@href)]"):
        place.tag = "span"  # it leads nowhere
    for folded in article.xpath(".//details"):
        folded.tag = "div"
    for words in article.xpath(".//summary"):
        words.tag = "p"
        words.set("class", "pli")
    for image in article.iter("img"):
        picture = (path.parent / unquote(image.get("src"))).read_bytes()
        image.set("alt", image.get("alt") or " ")  # one without would be a fault
        image.set("data-digest", hashlib.sha256(picture).hexdigest())
    for drawing in article.iter("svg"):
        if drawing.find("title") is None:
            alternative = etree.Element("title")
            alternative.text = drawing.attrib.pop("aria-label", " ")
            drawing.insert(0, alternative)
    for box in article.xpath(".//div[contains(@class, 'cell') or contains(@class, 'cadre-tableau')]"):
        box.drop_tag()
    columns = (sum(int(cell.get("colspan", 1)) for cell in row) for row in article.iter("tr"))
    content = "".join(etree.tostring(node, encoding="unicode", method="html") for node in article)
    return {"id": page, "title": title, "wide": max(columns, default=0) >= _WIDE, "content": Markup(content)}


def write(document: str, html: Path, target: Path) -> list[str] | None:
    """Write the PDF of the `document` of the pages `html`, unless there is something to complain of it: it is returned.
    None: a library that it takes is not on this machine."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
    except (ImportError, OSError):
        return None
    faces = [
        f"@font-face {{ font-family: {family}; src: url({(_FONTS / f'DejaVu{font}.ttf').as_uri()}); "
        f"font-weight: {weight}; font-style: {style} }}"
        for family, font, weight, style in _FACES
    ]
    complaints, logger = BufferingHandler(sys.maxsize), logging.getLogger("weasyprint")
    complaints.setLevel(logging.WARNING)
    logger.addHandler(complaints)
    try:
        fonts = FontConfiguration()
        style = CSS(
            string="\n".join([*faces, (THEME / "pdf.css").read_text(encoding="utf-8")]),
            font_config=fonts,
            base_url=f"{THEME.as_uri()}/",
        )
        made = HTML(string=document, base_url=f"{html.as_uri()}/").write_pdf(
            finisher=partial(_say_links, document),
            stylesheets=[style],
            font_config=fonts,
            pdf_variant="pdf/ua-1",
            pdf_identifier=hashlib.md5(document.encode(), usedforsecurity=False).hexdigest().encode(),
        )
    finally:
        logger.removeHandler(complaints)
    if not complaints.buffer:
        target.write_bytes(made)
    return [record.getMessage() for record in complaints.buffer]


def _say_links(document: str, _, made) -> None:
    """Have each link of a PDF say in words where it leads: WeasyPrint gives the address."""
    from pydyf import Dictionary, String

    links = lxml_html.fromstring(document).xpath("//a[@href]")
    words = {link.get("href").removeprefix("#"): link.get("data-definition") or link.text_content() for link in links}
    for element in made.objects:
        if isinstance(element, Dictionary) and element.get("Subtype") == "/Link":
            address = element["Contents"].string
            element["Contents"] = String(words.get(address, address))


def link(html: Path, year: int) -> None:
    """Have the home page lead to the PDF beside it, and say what it weighs; or no longer, where there is none. What the
    page itself weighs was measured: it stays the same."""
    home, file = html / "index.html", html / name(year)
    said = '<p class="pdf" hidden>'
    if file.is_file():
        weight = francais.nombre(file.stat().st_size / 1e6, 1)
        said = f'<p class="pdf"><a href="{file.name}">Le rapport entier, à imprimer (PDF, {weight}\u00a0Mo)</a>'
    before = home.read_text(encoding="utf-8")
    if found := _PLACE.search(before):
        room = len(found[0].encode()) - len(f"{said}</p>".encode())
        now = before.replace(found[0], f"{said}{' ' * room}</p>")
        if now != before:
            home.write_text(now, encoding="utf-8")
