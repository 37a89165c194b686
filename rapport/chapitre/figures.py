"""Figures of the book: one style, one palette, French axes, and the data behind every chart."""

import io
import warnings
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.colors import same_color
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from rapport.chapitre import mise_en_page, ruptures, svg
from rapport.nombres import francais
from rapport.nombres.nombre import Nombre, Rupture, ecrire_revise

MIME = "application/vnd.rapport.figure+json"
STYLE = Path(__file__).with_name("rapport.mplstyle")

BLEU, VERMILLON, VERT, PRUNE, OCRE, GRIS = "#0072B2", "#BF5009", "#00875F", "#B0578D", "#9A6B00", "#6F747C"
PALETTE = (VERT, BLEU, VERMILLON, PRUNE, OCRE, GRIS)
"""Green for quantities, grey for those of years before; blue for what rises, vermilion for what falls, and both for
nothing else; plum and ochre for two measures side by side."""

PIXELS = (
    "Figure « {} » : elle contient une image faite de pixels (imshow…), que les pages du livre n’affichent pas. "
    "Tracez-la avec sns.heatmap ou ax.pcolormesh."
)

TIRETS = (0, (3, 3))
"""The dashes of a break in a series."""


def mettre_en_style(fig: plt.Figure | None = None) -> None:
    """Draw in the style of the book from now on, whatever a theme or a file of the user's says.

    ``fig``: a figure just made; matplotlib calls this for each one (``figure.hooks``), before it has axes.
    """
    plt.style.use(["default", STYLE])
    warnings.filterwarnings("ignore", "The figure layout has changed to tight")  # by seaborn's grids
    if fig is not None:
        fig.set_facecolor("none")


def _franciser(fig: plt.Figure) -> None:
    """French ticks wherever the notebook set none, with the decimals that part them."""
    for axe in (axe for ax in fig.axes for axe in (ax.xaxis, ax.yaxis)):
        if isinstance(axe.get_major_formatter(), ScalarFormatter):
            bas, haut = sorted(axe.get_view_interval())
            if bas > 1950 and haut < 2100:  # years: whole, without a thousands separator
                axe.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
                axe.set_major_formatter(lambda annee, _: str(int(annee)))
            else:
                axe.set_major_formatter(lambda valeur, _, axe=axe: francais.nombre(valeur, _decimales(axe)))


def _decimales(axe) -> int:
    """How many decimals the ticks of an axis need."""
    places = axe.get_majorticklocs()
    pas = min((abs(b - a) for a, b in pairwise(places)), default=1) or 1
    return next((d for d in range(12) if all(abs(round(p, d) - p) < pas / 100 for p in places)), 12)


def dessiner(
    fig: plt.Figure, prefixe: str, alt: str, separees: Sequence[Rupture] = (), titre: str = "", pied: str = ""
) -> dict[str, str]:
    """The figure, drawn once, with the breaks in series that separate its years: ``svg`` to stand inside a page,
    ``svg_seul`` a file to be pasted anywhere, ``titre`` above it and, below, ``pied``: its year, its source, its
    licence.

    Raises ``ValueError`` for a picture made of pixels, which the pages may not show.
    """
    encre = plt.rcParams["text.color"]
    mettre_en_style()
    for element in fig.findobj():
        element.set_rasterized(False)
        if isinstance(element, Text) and same_color(element.get_color(), encre):
            element.set_color(svg.ENCRE)
    _franciser(fig)
    _marquer_ruptures(fig, separees)
    mise_en_page.ranger(fig)
    mise_en_page.separer_lignes(fig)
    vu = mise_en_page.cadre(fig)
    tout = mise_en_page.encadrer(fig, vu, dict(zip(svg.AUTOUR, (titre, pied), strict=True)))
    trace = io.StringIO()
    fig.savefig(trace, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches=tout)
    if "<image" in trace.getvalue():
        raise ValueError(PIXELS.format(prefixe))
    cadre = [72 * mesure for mesure in (vu.x0 - tout.x0, tout.y1 - vu.y1, vu.width, vu.height)]
    return svg.formes(trace.getvalue(), prefixe, alt, titre, pied, cadre, PALETTE)


def decrire(forme: str, titre: str, donnees: pd.DataFrame, maximum: int = 12) -> str:
    """Alternative text computed from the data: what it is, then the values, row by row, and what separates them."""
    lignes = []
    for cle, ligne in zip(donnees.index, donnees.itertuples(index=False, name=None), strict=True):
        nom = " – ".join(map(str, cle)) if isinstance(cle, tuple) else str(cle)
        valeurs = [(c, v) for c, v in zip(donnees.columns, ligne, strict=True) if isinstance(v, Nombre)]
        seule = len(donnees.columns) == 1
        lignes.append(f"{nom} : " + ", ".join(ecrire_revise(v) + ("" if seule else f" ({c})") for c, v in valeurs))
    reste = " ; les autres valeurs sont dans le tableau de données" if len(lignes) > maximum else ""
    phrases = [f"{forme} : {titre}.", f"{' ; '.join(lignes[:maximum])}{reste}."]
    return francais.typographie(" ".join([*phrases, *map(ruptures.phrase, ruptures.montrees(donnees))]))


def _marquer_ruptures(fig: plt.Figure, connues: Sequence[Rupture]) -> None:
    """Draw each break where an axis has years; where none has, say it under the figure."""
    reste = []
    for annee in sorted({r.annee for r in connues}):
        places = [(ax, axe, p) for ax in fig.axes for axe in ("x", "y") if (p := _place(ax, axe, annee)) is not None]
        for ax, axe, place in places:
            _tracer(ax, axe, place, annee)
        if not places:
            reste.append(annee)
    if reste:
        fig.supxlabel("\n".join(map(ruptures.etiquette, reste)), x=0.01, ha="left", fontsize="medium")


def _tracer(ax: plt.Axes, axe: str, place: float, annee: int) -> None:
    style = {"color": GRIS, "linestyle": TIRETS, "linewidth": 1.2, "zorder": 0}
    if axe == "x":
        ax.axvline(place, **style)
        lieu, decalage, ancrage = ("data", "axes fraction"), (0, 4), "center"
    else:
        ax.axhline(place, **style)
        lieu, decalage, ancrage = ("axes fraction", "data"), (0, 2), "right"
    ax.annotate(ruptures.etiquette(annee), (place, 1) if axe == "x" else (1, place), xycoords=lieu, xytext=decalage,
                textcoords="offset points", ha=ancrage, va="bottom")  # fmt: skip


def _place(ax: plt.Axes, axe: str, annee: int) -> float | None:
    """Between the last year before the break and the first one after, on an axis whose ticks are years."""
    ticks = (ax.xaxis if axe == "x" else ax.yaxis) if ax.axison else None
    if ticks is None or not ticks.get_visible():
        return None
    bas, haut = sorted(ticks.get_view_interval())
    places = ticks.get_majorticklocs()
    noms = map(str, ticks.get_major_formatter().format_ticks(places))
    annees = {int(nom): p for nom, p in zip(noms, places, strict=True) if _est_annee(nom) and bas <= p <= haut}
    avant, apres = [a for a in annees if a < annee], [a for a in annees if a >= annee]
    if not (avant and apres):
        return None
    if all(p == a for a, p in annees.items()):
        return annee - 0.5
    return (annees[max(avant)] + annees[min(apres)]) / 2


def _est_annee(nom: str) -> bool:
    return len(nom) == 4 and nom.isdecimal() and nom[:2] in ("19", "20")
