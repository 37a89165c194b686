"""Pages of the book: our own layout, French typography, explained sigles, and the origin of numbers.

The content is Sphinx's and Jupyter Book's; the markup, style and behaviour are in ``theme/``.
"""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

from docutils import nodes
from markupsafe import Markup
from sphinx.transforms import SphinxTransform

from rapport.nombres import francais
from rapport.pages.search import alleger_recherche
from rapport.pages.vignette import NOM, peindre

THEME = Path(__file__).with_name("theme")
LEXIQUE = "lexique"
"""The page whose glossary explains the sigles."""
UTILES = [
    "rapport.css",
    "rapport.js",
    "theme.js",
    "recherche.js",
    "favicon.svg",
    "couverture.svg",
    "documentation_options.js",
    "doctools.js",
    "language_data.js",
    "searchtools.js",
]
"""Static files that our pages load; the theme's others are dropped from the built site."""


# --- Typography ----------------------------------------------------------------------------------------------


class Typographie(SphinxTransform):
    """No-break spaces where French wants them, in every text of the book but code."""

    default_priority = 700

    def apply(self, **kwargs):
        for texte in list(self.document.findall(nodes.Text)):
            if isinstance(texte.parent, nodes.literal | nodes.literal_block | nodes.raw | nodes.comment):
                continue
            if (soigne := soigner(texte.astext())) != texte.astext():
                texte.parent.replace(texte, nodes.Text(soigne))


def soigner(texte: str) -> str:
    """« x » and « : ; ! ? % € » with no-break spaces, numbers kept with the word they count, curved apostrophes."""
    texte = re.sub(r"(?<=\d) (?=[^\W\d_])", "\u00a0", francais.espaces(texte))
    return re.sub(r"(?<=\w)'(?=\w)", "’", texte)


# --- Sigles --------------------------------------------------------------------------------------------------


class Sigle(nodes.Inline, nodes.TextElement):
    """The first use of a sigle on a page: a link to the glossary, explained on hover and focus."""


def _visiter_sigle(traducteur, noeud):
    definition = traducteur.encode(noeud["definition"])
    traducteur.body.append(f'<a class="sigle" href="{noeud["adresse"]}" data-definition="{definition}">')


def _quitter_sigle(traducteur, noeud):
    traducteur.body.append("</a>")


def expliquer_sigles(app, doctree, docname):
    """Link the first use of each glossary term on a page that is not the glossary."""
    if docname.rpartition("/")[2] == LEXIQUE or app.builder.format != "html":
        return
    page, definitions = glossaire(app)
    if not definitions:
        return
    motif = re.compile(
        r"(?<![\w-])(" + "|".join(sorted(map(re.escape, definitions), key=len, reverse=True)) + r")(?![\w-])"
    )
    exclus = (nodes.title, nodes.reference, nodes.literal, nodes.raw, nodes.comment, nodes.caption, Sigle)
    vus: set[str] = set()
    for texte in list(doctree.findall(nodes.Text)):
        if _dans(texte, exclus):
            continue
        morceaux, fin = [], 0
        for trouve in motif.finditer(texte.astext()):
            if trouve[1] in vus:
                continue
            vus.add(trouve[1])
            definition, ancre = definitions[trouve[1]]
            adresse = app.builder.get_relative_uri(docname, page) + f"#{ancre}"
            sigle = Sigle("", trouve[1], adresse=adresse, definition=f"{trouve[1]}\u00a0: {definition}")
            morceaux += [nodes.Text(texte.astext()[fin : trouve.start()]), sigle]
            fin = trouve.end()
        if morceaux:
            texte.parent.replace(texte, [*morceaux, nodes.Text(texte.astext()[fin:])])


def _dans(noeud, classes) -> bool:
    while noeud is not None:
        if isinstance(noeud, classes):
            return True
        noeud = noeud.parent
    return False


def glossaire(app) -> tuple[str, dict[str, tuple[str, str]]]:
    """The glossary's page, and term → (definition, anchor)."""
    if not hasattr(app, "_glossaire_du_rapport"):
        page = next((d for d in app.env.found_docs if d.rpartition("/")[2] == LEXIQUE), "")
        definitions = {}
        for item in app.env.get_doctree(page).findall(nodes.definition_list_item) if page else ():
            termes = [n for n in item if isinstance(n, nodes.term)]
            texte = " ".join(n.astext() for n in item if isinstance(n, nodes.definition))
            definitions |= {t.astext().strip(): (texte, t["ids"][0]) for t in termes if t["ids"]}
        app._glossaire_du_rapport = (page, definitions)
    return app._glossaire_du_rapport


# --- Layout --------------------------------------------------------------------------------------------------


def preparer(app, config):
    """Our templates and static files come before the theme's."""
    config.templates_path.insert(0, str(THEME))
    config.html_static_path.append(str(THEME / "static"))


def composer_page(app, pagename, templatename, context, doctree):
    """What the layout needs beside Sphinx's own context."""
    context["edition"] = app.config.rapport_annee
    context["provisoire"] = app.config.rapport_statut == "provisoire"
    context["brouillon"] = app.config.rapport_statut == "brouillon"
    context["publication"] = _date(app.config.rapport_publication)
    context["liens_bas"] = [(p, t) for p, t in app.config.rapport_liens_bas if p in app.env.found_docs]
    context["menu"] = _menu(context, pagename)
    context["sommaire"] = _sommaire(context.get("toc", ""))
    if doctree is not None:
        paragraphes = map(_texte, doctree.findall(nodes.paragraph))
        context["description"] = resumer(next(filter(lambda t: len(t) > 60, paragraphes), ""))
        corps = context["body"].replace(' aria-level="2" class="caption" role="heading"', ' class="caption"')
        corps = re.sub(r"<script\b.*?</script>", "", corps, flags=re.DOTALL)  # thebe's, that nobody asked for
        if pagename == app.config.root_doc and app.config.rapport_annee:
            annee = f' <span class="couverture-annee">{app.config.rapport_annee}</span></h1>'
            corps = corps.replace("</h1>", annee, 1)
        corps = _delier(corps, app.env.found_docs)
        context["a_remplir"] = 'a-remplir"' in corps
        context["body"] = corps + _origines(app.env.rapport_nombres.get(pagename, {}), corps)


def _date(iso: str) -> str:
    """« 30 juin 2024 », nothing for a date that is not known."""
    return francais.date(datetime.date.fromisoformat(iso)) if iso else ""


def _delier(corps: str, pages) -> str:
    """The cards' links to the chapters that this edition has; the others keep their words."""
    lien = r'<a class="carte-lien" href="([\w-]+)\.html">(.*?)</a>'
    connues = {page.rpartition("/")[2] for page in pages}
    return re.sub(lien, lambda m: m[0] if m[1] in connues else m[2], corps)


def resumer(texte: str, longueur: int = 300) -> str:
    """The whole sentences of a text that fit in `longueur` characters, or the words of its first one and « … »."""
    if len(texte) <= longueur:
        return texte
    if phrases := re.match(rf".{{60,{longueur - 1}}}[.!?](?=\s)", texte):
        return phrases[0]
    return texte[: longueur - 1].rpartition(" ")[0].rstrip(" ,;:") + " …"


def _texte(noeud) -> str:
    """The words of a node, without the HTML that surrounds its numbers."""
    return " ".join("".join(t for t in noeud.findall(nodes.Text) if not isinstance(t.parent, nodes.raw)).split())


def _menu(context, pagename: str) -> Markup:
    html = context["toctree"](collapse=True, maxdepth=1, includehidden=True, titles_only=True) or ""
    html = re.sub(r'<p aria-level="\d" class="caption" role="heading">', '<p class="caption">', html)
    html = re.sub(r'<a class="current reference internal" href="#">', '<a href="#contenu" aria-current="page">', html)
    return Markup(html)


def _sommaire(toc: str) -> Markup:
    """The headings of the page, without the title itself."""
    interieur = re.match(r"<ul>\s*<li>.*?</a>(.*)</li>\s*</ul>\s*$", toc.strip(), re.DOTALL)
    return Markup(interieur[1] if interieur and "<li>" in interieur[1] else "")


def _origines(nombres: dict[str, dict], corps: str) -> str:
    """What the page can tell of its numbers, as data: ``textes``, and id → places in it (many lines are shared)."""
    textes: dict[str, int] = {}
    utiles = {
        cle: [textes.setdefault(ligne, len(textes)) for ligne in nombres[cle]["lignes"]]
        for cle in re.findall(r'data-n="(\w+)"', corps)
        if cle in nombres
    }
    if not utiles:
        return ""
    contenu = {"textes": list(textes), "nombres": utiles}
    texte = json.dumps(contenu, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="origines">{texte}</script>'


def alleger(app, erreur):
    """Publish the numbers; drop the theme's files that no page loads."""
    if erreur or app.builder.format != "html":
        return
    sortie = Path(app.outdir)
    if any(app.env.rapport_nombres.values()):
        nombres = [
            {"id": cle, "chapitre": page, **{k: v for k, v in fiche.items() if k != "lignes"}, "texte": fiche["lignes"]}
            for page, fiches in sorted(app.env.rapport_nombres.items())
            for cle, fiche in sorted(fiches.items())
        ]
        texte = json.dumps(nombres, ensure_ascii=False, indent=1)
        (sortie / "nombres.json").write_text(texte + "\n", encoding="utf-8")
    alleger_recherche(sortie)
    for chemin in sorted((sortie / "_static").rglob("*"), reverse=True):
        if chemin.is_dir():
            if not any(chemin.iterdir()):
                chemin.rmdir()
        elif chemin.relative_to(sortie / "_static").as_posix() not in UTILES:
            chemin.unlink()
    peindre(sortie / "_static" / NOM, app.config.rapport_annee)


# --- Numbers collected while reading -------------------------------------------------------------------------


def retenir(env, docname: str, nombres: dict) -> None:
    """Remember the numbers of a page."""
    _tous(env).setdefault(docname, {}).update(nombres)


def _tous(env) -> dict[str, dict]:
    if not hasattr(env, "rapport_nombres"):
        env.rapport_nombres = {}
    return env.rapport_nombres


def _purger(app, env, docname):
    _tous(env).pop(docname, None)


def _fusionner(app, env, docnames, autre):
    _tous(env).update({d: _tous(autre)[d] for d in docnames if d in _tous(autre)})


def setup(app):
    """Called by :mod:`rapport.pages.extension`."""
    app.add_config_value("rapport_annee", "", "html")
    app.add_config_value("rapport_statut", "", "html")
    app.add_config_value("rapport_publication", "", "html")
    app.add_config_value("rapport_liens_bas", [], "html")
    app.add_transform(Typographie)
    app.add_node(Sigle, html=(_visiter_sigle, _quitter_sigle))
    app.connect("config-inited", preparer)
    app.connect("builder-inited", lambda app: _tous(app.env))
    app.connect("env-purge-doc", _purger)
    app.connect("env-merge-info", _fusionner)
    app.connect("doctree-resolved", expliquer_sigles)
    app.connect("html-page-context", composer_page, priority=900)
    app.connect("build-finished", alleger, priority=900)
