"""The sheet of eco-design: what the pages of an edition weigh, measured once they are all written."""

import posixpath
import re
from pathlib import Path
from statistics import median

from lxml import html

from rapport.nombres import francais

PAGE = "ecoconception"
_LOADED = "//script/@src | //img/@src | //link[@rel='stylesheet' or @rel='icon']/@href"
_COVER = "_static/couverture.svg"
"""The one picture that the style names, for the home page."""
_OF_THE_SITE = "../editions.js"
"""The list of editions, which is that of the site and not of this edition."""


def publish_sheet(app, error) -> None:
    """Write ``ecoconception.html``."""
    if error or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    loaded = {page: _loaded(folder / f"{page}.html") for page in sorted(app.env.found_docs)}
    whole = {page: _whole(folder / f"{page}.html", names) for page, names in loaded.items()}
    alone = [_whole(page, _loaded(page)) for page in sorted((folder / "fichiers").glob("*.html"))]
    search = folder / "search.html"
    home, heaviest = app.config.root_doc, max(whole, key=whole.get)
    context = {
        "title": "Écoconception",
        "description": "Ce que pèsent les pages de l’édition, mesuré à chaque construction, et pourquoi.",
        "home_weight": _kilobytes(whole[home]),
        "files": len(loaded[home]) + 2,  # the page itself, and the list of editions
        "median": _kilobytes(median(whole.values())),
        "search": _kilobytes(_whole(search, _loaded(search))),
        "alone": _kilobytes(median(alone)) if alone else "",
        "heaviest": (heaviest, app.env.titles[heaviest].astext(), _kilobytes(whole[heaviest])),
        "style": _kilobytes(_weight(folder / "_static" / "rapport.css")),
        "scripts": _kilobytes(sum(_weight(folder / name) for name in loaded[home] if name.endswith(".js"))),
        "elsewhere": sum(bool(re.match(r"(?:https?:)?//", name)) for names in loaded.values() for name in names),
        "fonts": (folder / "_static" / "rapport.css").read_text(encoding="utf-8").count("@font-face"),
        "pages": len(whole),
    }
    app.builder.handle_page(PAGE, context, f"{PAGE}.html")


def _loaded(page: Path) -> list[str]:
    """The addresses of what a page loads to be shown, each once, without what makes them new in caches."""
    tree = html.document_fromstring(page.read_bytes())
    found = {_plain(str(address)) for address in tree.xpath(_LOADED)} - {_OF_THE_SITE}
    return sorted(found | ({_COVER} if tree.xpath("//body[@class='accueil']") else set()))


def _plain(address: str) -> str:
    """An address without its « ./ »; one of another site as it is."""
    return address if "//" in address else posixpath.normpath(address.partition("?")[0])


def _whole(page: Path, loaded: list[str]) -> int:
    return _weight(page) + sum(_weight(page.parent / name) for name in loaded)


def _weight(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _kilobytes(size: float) -> str:
    return f"{francais.nombre(size / 1000, 0)}\N{NO-BREAK SPACE}ko"
