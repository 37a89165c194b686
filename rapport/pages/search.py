"""The search, that finds French words with and without accents, singular or plural."""

from __future__ import annotations

import json
import re
import unicodedata
from html import unescape
from pathlib import Path

import snowballstemmer
import sphinx.search
from sphinx.search.fr import SearchFrench

_PLIER_JS = """
var Stemmer = function () {
  var racine = new FrenchStemmer();
  this.stemWord = function (mot) {
    mot = mot.toLowerCase().normalize("NFD").replace(/[\\u0300-\\u036f]/g, "").replace("œ", "oe");
    return racine.stemWord(mot.length > 3 ? mot.replace(/[sx]$/, "") : mot);
  };
};
"""


class FrancaisSansAccents(SearchFrench):
    """French search that ignores accents and plurals, the same way in the index and in the query."""

    js_stemmer_rawcode = ""

    @property
    def js_stemmer_code(self):
        """Sphinx's own French stemmer for the browser, behind the same folding as here."""
        scripts = Path(sphinx.search.__file__).with_name("minified-js")
        fichiers = ("base-stemmer.js", SearchFrench.js_stemmer_rawcode)
        return "\n".join((scripts / nom).read_text(encoding="utf-8") for nom in fichiers) + _PLIER_JS

    def init(self, options):
        self.racine = snowballstemmer.stemmer("french")

    def word_filter(self, word):
        """No numbers (the browser's side never looks for them) and no codes: half of what a reader would download."""
        return "_" not in word and not word[:1].isdigit() and super().word_filter(word)

    def stem(self, word):
        plie = unicodedata.normalize("NFD", word.lower().replace("œ", "oe"))
        plie = "".join(c for c in plie if not unicodedata.combining(c))
        return self.racine.stemWord(re.sub(r"[sx]$", "", plie) if len(plie) > 3 else plie)


def alleger_recherche(sortie: Path) -> None:
    """Make lighter what a search downloads, and add the pages' descriptions, which results show.

    The index is written without ASCII escapes, in the form that Sphinx reads when it updates the book; the scripts,
    without their comments and indentation.
    """
    descriptions = {}
    for page in sorted(sortie.glob("*.html")):
        if trouve := re.search(r'<meta name="description" content="([^"]*)">', page.read_text(encoding="utf-8")):
            descriptions[page.stem] = unescape(trouve[1])
    (sortie / "descriptions.js").write_text(f"const DESCRIPTIONS = {_json(descriptions)};\n", encoding="utf-8")
    chemin = sortie / "searchindex.js"
    index = json.loads(chemin.read_text(encoding="utf-8").removeprefix("Search.setIndex(").removesuffix(")"))
    chemin.write_text(f"Search.setIndex({_json(index)})", encoding="utf-8")
    for nom in ("searchtools.js", "doctools.js", "language_data.js"):
        chemin = sortie / "_static" / nom
        licence, fin, code = chemin.read_text(encoding="utf-8").partition("*/")
        code = re.sub(r"^\s*(//|/?\*).*\n|^\s+", "", code, flags=re.MULTILINE)
        chemin.write_text(licence + fin + code, encoding="utf-8")


def _json(contenu) -> str:
    return json.dumps(contenu, ensure_ascii=False, separators=(",", ":"))


def setup(app):
    """Called by :mod:`rapport.pages.extension`."""
    app.add_search_language(FrancaisSansAccents)
