"""The search, that finds French words with and without accents, singular or plural."""

import re
import unicodedata
from pathlib import Path

from sphinx import package_dir
from sphinx.search import js_index
from sphinx.search.fr import SearchFrench

from rapport.pages import domain
from rapport.pages.layout import compact

_IN_THE_BROWSER = r"""
var splitQuery = (requete) => requete.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/œ/g, "oe")
  .split(/[^\p{Letter}\p{Number}_]+/u).filter(Boolean);
var Stemmer = function () {
  var racine = new FrenchStemmer();
  this.stemWord = (mot) => racine.stemWord(mot.length > 3 ? mot.replace(/[sx]$/, "") : mot);
};
"""
"""Words are folded as they are split, before stop words are left out: what `FoldedFrench` does."""


def fold(text: str) -> str:
    """The text in lower case, without accents."""
    letters = unicodedata.normalize("NFD", text.lower().replace("œ", "oe"))
    return "".join(c for c in letters if not unicodedata.combining(c))


class FoldedFrench(SearchFrench):
    """French search that ignores accents and plurals, the same way in the index and in the query."""

    stopwords = {fold(word) for word in SearchFrench.stopwords} - {"ete", "etes", "sommes"}  # nouns of the report too
    js_stemmer_rawcode = ""  # Sphinx would embed it as it is, and publish its sources too

    @property
    def js_stemmer_code(self) -> str:
        """Sphinx's own French stemmer for the browser, behind the same folding as here."""
        scripts = Path(package_dir, "search", "minified-js")
        names = ("base-stemmer.js", SearchFrench.js_stemmer_rawcode)
        return "\n".join((scripts / name).read_text(encoding="utf-8") for name in names) + _IN_THE_BROWSER

    def split(self, input):
        return super().split(fold(input))

    def word_filter(self, word):
        """No numbers (the browser never looks for them), no codes: half of the index."""
        return "_" not in word and not word[:1].isdigit() and super().word_filter(word)

    def stem(self, word):
        return super().stem(re.sub(r"[sx]$", "", word) if len(word) > 3 else word)


class CompactIndex:
    """How the index is written: Sphinx's form, without ASCII escapes, spaces, and the words that no page has any more.

    (Sphinx updates an index by taking the pages to write out of it, and keeps their words.)
    """

    load = staticmethod(js_index.load)

    @staticmethod
    def dump(index: dict, stream) -> None:
        words = {
            part: {w: pages for w, pages in index[part].items() if pages != []} for part in ("terms", "titleterms")
        }
        stream.write(f"{js_index.PREFIX}{compact(index | words)}{js_index.SUFFIX}")


def use_compact_index(app) -> None:
    app.builder.indexer_format = CompactIndex


def publish_descriptions(app, error) -> None:
    """Write what the pages are about, which the results of a search show."""
    if not error:
        descriptions = {page: text for page, text in domain.of(app.env).data["descriptions"].items() if text}
        path = Path(app.outdir) / "descriptions.js"
        path.write_text(f"const DESCRIPTIONS = {compact(descriptions)};\n", encoding="utf-8")
