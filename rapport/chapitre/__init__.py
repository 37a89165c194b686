"""What a chapter's notebook imports: its edition, its computations, and the display of texts, figures and tables.

``%load_ext rapport.chapitre`` applies the style and adds the cell magic ``%%texte``.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from IPython import get_ipython
from IPython.display import display
from jinja2 import Environment
from markupsafe import Markup

from rapport.chapitre import figures, prose, provenance, ruptures, sujets, tables
from rapport.chapitre.figures import BLEU, GRIS, OCRE, PRUNE, VERMILLON, VERT, axe_des_annees, axe_en_francais
from rapport.chapitre.graphiques import barres, courbe, halteres
from rapport.donnees import textes
from rapport.donnees.edition import Edition
from rapport.nombres import francais
from rapport.nombres.calculs import arrondir, contribution, ecart, evolution, moyenne, part, total
from rapport.nombres.francais import accord, liste, nombre
from rapport.nombres.nombre import A_REMPLIR, Nombre, ecrire, sens

__all__ = [
    "BLEU",
    "GRIS",
    "OCRE",
    "PRUNE",
    "VERMILLON",
    "VERT",
    "Edition",
    "Nombre",
    "accord",
    "arrondir",
    "axe_des_annees",
    "axe_en_francais",
    "barres",
    "cartes",
    "connus",
    "contribution",
    "courbe",
    "ecart",
    "ecrire",
    "evolution",
    "figure",
    "halteres",
    "liste",
    "markdown",
    "moyenne",
    "nombre",
    "part",
    "tableau",
    "telechargement",
    "total",
]


def load_ipython_extension(ip) -> None:
    """Style of the figures, and ``%%texte``."""
    plt.style.use(figures.STYLE)
    ip.register_magic_function(_texte, magic_kind="cell", magic_name="texte")


def _texte(ligne: str, cellule: str) -> None:
    """Cell magic: a paragraph of the chapter, as a template over the notebook's variables."""
    markdown(_composer(cellule))


def _composer(gabarit: str, ecrivain=provenance.marquer) -> str:
    noms = get_ipython().user_ns
    return prose.rendre(gabarit, noms | {"texte_annee": _texte_annee}, ecrivain)


def _titrer(gabarit: str) -> str:
    """A title: its numbers carry no mark, for it is also read aloud, indexed and listed."""
    return prose.rendre(gabarit, get_ipython().user_ns)


def _legender(gabarit: str, df: pd.DataFrame) -> str:
    """A caption, and what separates the years that the numbers compare."""
    return " ".join(filter(None, [_composer(gabarit), *map(ruptures.phrase, ruptures.montrees(df))]))


def _prestations(titre: str, donnees: pd.DataFrame) -> list[tuple[str, str]]:
    """The benefits of a figure or table, for those who want to know where else they are treated. Pairs: the keys of a
    mapping are sorted when the notebook is written."""
    return list(sujets.prestations_citees(get_ipython().user_ns["ed"], titre, donnees).items())


def _montrer(sorties: dict) -> None:
    """Display one output, and beside it what is known of the numbers it holds."""
    display(sorties, raw=True)
    if nombres := provenance.prendre():
        display({provenance.MIME: nombres}, raw=True)


def _texte_annee(chapitre: str, bloc: str) -> str:
    """A block of the year's own prose, itself a template over the notebook's variables."""
    texte = get_ipython().user_ns["ed"].texte(chapitre, bloc)
    return _composer(textes.A_REMPLIR.sub(lambda m: provenance.marquer_a_remplir(m[1]), texte))


def connus(serie: pd.Series) -> pd.Series:
    """The known values of a series; all of them if none is known, so that there is a first one, which prose omits."""
    gardes = serie[[n.connu for n in serie]]
    return serie if gardes.empty else gardes


def markdown(texte: str) -> None:
    """Show Markdown (MyST) computed by the notebook; nothing if it is empty."""
    if texte:
        _montrer({"text/markdown": texte, "text/plain": texte})


def tableau(
    df: pd.DataFrame,
    nom: str,
    titre: str,
    legende: str = "",
    entete: str = "",
    sous_totaux=(),
    totaux=(),
    origine: bool = True,
):
    """Show a numbered table.

    ``df``: one row per line, its index as row headers (two levels: groups); columns of :class:`Nombre` or text (two
    levels: two head rows). ``nom``: unique in the book, the table's address and file name. ``titre`` and ``legende``
    are templates like ``%%texte``. ``origine=False`` for long catalogues, whose numbers need not tell where they come
    from. An empty frame shows nothing.
    """
    if df.empty:
        return
    titre, legende = _titrer(titre), _legender(legende, df)
    corps = tables.corps_html(df, entete, sous_totaux, totaux, origine)
    contenu = {
        "nom": nom,
        "titre": titre,
        "legende": legende,
        "corps": corps,
        "csv": tables.en_csv(df, entete),
        "source": tables.source(df),
        "prestations": _prestations(titre, df),
    }
    apercu = f"<table><caption>{titre}</caption>{corps}</table><p>{legende}</p><p>Source : {contenu['source']}</p>"
    _montrer({tables.MIME: contenu, "text/html": apercu, "text/plain": titre})


def telechargement(df: pd.DataFrame, nom: str, entete: str = "") -> None:
    """Offer a table as a CSV file, with its source, without showing it."""
    contenu = {"nom": nom, "csv": tables.en_csv(df, entete), "source": tables.source(df)}
    _montrer({tables.MIME_FICHIER: contenu, "text/html": df.to_html(), "text/plain": nom})


def figure(fig: plt.Figure, nom: str, titre: str, legende: str, donnees: pd.DataFrame, forme: str, entete: str = ""):
    """Show a numbered figure with its data, and close it.

    ``legende`` says what to see; ``forme`` what it is (« Barres horizontales »), for the text alternative, which is
    computed from ``donnees``: the frame of :class:`Nombre` that is drawn, printed as a table and offered as CSV.
    """
    titre, legende = _titrer(titre), _legender(legende, donnees)
    nombres = [v for v in donnees.to_numpy().ravel() if isinstance(v, Nombre)]
    legende = " ".join(filter(None, (legende, provenance.phrase_revisions(nombres))))
    manque = provenance.noms_a_remplir(nombres)
    if manque and manque not in legende:
        legende = " ".join(filter(None, (legende, provenance.marquer_a_remplir(manque))))
    if not any(n.connu for n in nombres):
        plt.close(fig)
        markdown(legende if manque else "")
        return
    dessin = figures.dessiner(fig, nom, figures.decrire(forme, titre, donnees), ruptures.montrees(donnees))
    photo = figures.photographier(fig)
    plt.close(fig)
    contenu = {
        "nom": nom,
        "titre": titre,
        "legende": legende,
        "svg": dessin,
        "png": photo,
        "corps": tables.corps_html(donnees, entete),
        "csv": tables.en_csv(donnees, entete),
        "source": tables.source(donnees),
        "prestations": _prestations(titre, donnees),
    }
    apercu = f"<p><b>{titre}</b><br>{legende}</p>{dessin}<p>Source : {contenu['source']}</p>"
    _montrer({figures.MIME: contenu, "text/html": apercu, "text/plain": titre})


_CARTES = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<ul class="cartes">
{% for c in cartes %}
<li class="carte"><span class="carte-titre">\
{% if c.chapitre %}<a class="carte-lien" href="{{ c.chapitre }}.html">{{ c.titre }}</a>\
{% else %}{{ c.titre }}{% endif %}</span> <span class="carte-valeur">{{ c.valeur }}</span>
{% if c.evolution %}
<span class="carte-evolution">{% if c.fleche %}<span aria-hidden="true">{{ c.fleche }}</span> {% endif %}\
{{ c.evolution }}</span>
{% endif %}{% if c.courbe %}<span class="carte-tendance">{{ c.courbe }} {{ c.periode }}</span>{% endif %}</li>
{% endfor %}
</ul>
""")


def cartes(lignes: list[dict]) -> None:
    """Show key numbers as cards: a list of ``{"titre": …, "serie": Series of Nombre by year, oldest first}``.

    Each card has the last value, its change on the year before if known, and a small line where three years are known;
    with a ``"chapitre"`` (a notebook's name) it leads there. A card whose last value is not known is left out, unless
    it is still to be filled.
    """
    rendues = []
    for ligne in lignes:
        serie = ligne["serie"]
        dernier = serie.iloc[-1]
        if not dernier.connu and dernier.motif != A_REMPLIR:
            continue
        carte = {"titre": _titrer(ligne["titre"]), "chapitre": ligne.get("chapitre")}
        carte |= {"valeur": provenance.marquer(dernier, _abreger(dernier))}
        if len(serie) > 1:
            variation = evolution(dernier, serie.iloc[-2])
            if separees := ruptures.montrees(serie.iloc[-2:].to_frame()):
                carte["evolution"] = ruptures.etiquette(separees[-1].annee)
            elif variation.connu:
                fleche = {1: "▲", -1: "▼", 0: "="}[sens(variation)]
                ecrite = provenance.marquer(variation, ecrire(variation))
                carte |= {"evolution": ecrite + f" depuis {serie.index[-2]}", "fleche": fleche}
        if len(serie) > 2 and all(v.connu for v in serie) and not ruptures.montrees(serie.to_frame()):
            periode = f"de {serie.index[0]} à {serie.index[-1]}"
            carte |= {"courbe": Markup(_courbe(serie.astype(float))), "periode": periode}
        rendues.append(carte)
    if rendues:
        _montrer({"text/html": _CARTES.render(cartes=rendues), "text/plain": "Chiffres clés"})


def _abreger(n: Nombre) -> str:
    """« 191,5 M€ » for large amounts, the plain number otherwise."""
    if n.unite == "€" and abs(n) >= 1_000_000:
        return francais.nombre(float(n) / 1_000_000, 1) + francais.INSECABLE + "M€"
    return ecrire(n.avec(decimales=0 if n.unite == "€" else n.decimales))


def _courbe(serie: pd.Series) -> str:
    """A trend line without axes; the numbers beside it say the rest."""
    bas, etendue = serie.min(), (serie.max() - serie.min()) or 1
    points = [(4 + i * 72 / (len(serie) - 1), 20 - (v - bas) * 16 / etendue) for i, v in enumerate(serie)]
    trace = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        '<svg class="courbe" viewBox="0 0 80 24" width="80" height="24" aria-hidden="true">'
        f'<polyline points="{trace}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="currentColor"/></svg>'
    )
