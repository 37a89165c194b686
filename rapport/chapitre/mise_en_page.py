"""The layout of a figure, settled by measure: no mark nor text is cut, no text lies on another."""

import math
import warnings
from collections.abc import Iterator
from itertools import combinations
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

NOM = 28
"""Names of ticks longer than this (in characters) go on several lines."""
CARACTERE = 7.5
"""The width of a character, in points."""
ESSAIS, CROISSANCE = 8, 1.2
"""How many times, and how much, a figure grows in height to part its texts."""


_FINESSE = 720
_MESURE = RendererAgg(1, 1, _FINESSE)


def largeur(texte: str) -> float:
    """The width of a text in points; of its longest line if it has several."""
    mesures = [
        _MESURE.get_text_width_height_descent(ligne, FontProperties(), ismath=False) for ligne in texte.split("\n")
    ]
    return max(large for large, _, _ in mesures) * 72 / _FINESSE


def ranger(fig: plt.Figure) -> None:
    """Settle the layout, once and for all forms of the figure.

    Limits go as far as marks and the texts tied to them; names of ticks are folded; a figure whose texts lie on each
    other grows in height, or else they part.
    """
    if not any(ax.get_label() == "<colorbar>" for ax in fig.axes):  # it keeps the layout that it was made for
        fig.set_layout_engine("constrained")  # seaborn's grids have another one
    attaches = [(ax, texte, dimensions) for ax in fig.axes for texte in ax.texts if (dimensions := _liees(ax, texte))]
    legendes = [legende for ax in fig.axes if (legende := ax.get_legend())]
    for _, texte, dimensions in attaches:
        texte.set_in_layout(len(dimensions) < 2)  # limits make room for it
        if isinstance(texte, Annotation):
            texte.set_annotation_clip(False)
    for legende in legendes:
        legende.set_in_layout(legende.get_window_extent().width < fig.bbox.width)
    for ax in fig.axes:
        bas, haut = sorted(ax.get_xlim())
        vus = sum(bas <= place <= haut for place in ax.get_xticks())
        _plier(ax.yaxis, NOM)
        _plier(ax.xaxis, ax.bbox.width / fig.dpi * 72 / max(1, vus) / CARACTERE)
    hauteur, limites = fig.get_figheight(), [(ax, ax.get_xlim(), ax.get_ylim()) for ax in fig.axes]
    with warnings.catch_warnings(action="ignore"):  # of a figure that is too small: it grows
        for essai in range(2 * ESSAIS):
            fig.set_figheight(hauteur * CROISSANCE**essai if essai < ESSAIS else hauteur)
            for ax, x, y in limites:
                ax.set(xlim=x, ylim=y)
            fig.draw_without_rendering()
            etendus = [_etendre(ax, [tenu for porteur, *tenu in attaches if porteur is ax]) for ax in fig.axes]
            if any(etendus):
                fig.draw_without_rendering()
            genes = _chevauchements(fig)
            if not genes:
                break
            for haut, bas in genes if essai >= ESSAIS else ():
                _ecarter(haut, bas)
    with plt.rc_context({"figure.constrained_layout.use": False}):
        fig.set_layout_engine()  # none: « none » would stay one, for which each form is drawn twice
    for element in (*legendes, *(texte for _, texte, _ in attaches)):
        element.set_in_layout(True)


def separer_lignes(fig: plt.Figure) -> None:
    """Write each line of a text by itself: in the size and the font of the page too, they stay aligned. A text with an
    arrow or a box stays whole."""
    for texte in list(_ecrits(fig)):
        if texte.get_bbox_patch() or getattr(texte, "arrow_patch", None):
            continue
        if len(lignes := texte.get_text().split("\n")) > 1 and not texte.get_rotation():
            boite = texte.get_window_extent().transformed(fig.transFigure.inverted())
            cote = texte.get_horizontalalignment()
            x = {"left": boite.x0, "right": boite.x1}.get(cote, (boite.x0 + boite.x1) / 2)
            options = {"color": texte.get_color(), "fontproperties": texte.get_fontproperties(), "ha": cote}
            for rang, ligne in enumerate(lignes):
                y = boite.y1 - (rang + 0.5) * boite.height / len(lignes)
                fig.text(x, y, ligne, va="center", parse_math=texte.get_parse_math(), **options)
            texte.set_visible(False)


def cadre(fig: plt.Figure) -> Bbox:
    """What is to be saved of a figure, in inches: its canvas, and all that leaves it."""
    toile, tout = fig.bbox_inches, fig.get_tightbbox()
    marge = toile.padded(0.02)
    return toile if marge.contains(*tout.min) and marge.contains(*tout.max) else Bbox.union([toile, tout])


def encadrer(fig: plt.Figure, tout: Bbox, textes: dict[str, str]) -> Bbox:
    """Write a title above ``tout`` (inches) and a line below, folded to its width; returns what holds them all.

    ``textes``: the group of the drawing that each makes → its words, the title first."""
    marge = 0.12
    styles = ((tout.y1 + marge, "bottom", {"weight": "bold", "size": 11}), (tout.y0 - marge, "top", {"size": 7.5}))
    ecrits = [
        fig.text(tout.x0 / fig.get_figwidth(), y / fig.get_figheight(), va=vertical, gid=nom, parse_math=False,
                 s=fill(texte, int(tout.width * 72 / (options["size"] * 0.62))), **options)
        for (nom, texte), (y, vertical, options) in zip(textes.items(), styles, strict=True)
    ]  # fmt: skip
    boites = [texte.get_window_extent().transformed(fig.dpi_scale_trans.inverted()) for texte in ecrits]
    return Bbox.union([tout, *boites]).padded(marge)


def _plier(axe, place: float) -> None:
    """Fold the names of ticks that have more characters than there is room for; of plain numbers and dates, leave some
    out."""
    noms = [nom.get_text() for nom in axe.get_majorticklabels()]
    plus_long = max((len(ligne) for nom in noms for ligne in nom.split("\n")), default=0)
    if axe.get_visible() and plus_long > place and "$" not in "".join(noms):
        pas = 1 if any(map(str.isalpha, "".join(noms))) else math.ceil(plus_long / place)
        axe.set_ticks(axe.get_majorticklocs()[::pas], [fill(nom, max(8, int(place))) for nom in noms[::pas]])


def _liees(ax: plt.Axes, texte: Text) -> tuple[int, ...]:
    """The dimensions (0: x, 1: y) in which a text is tied to a value."""
    if ax.name != "rectilinear":
        return ()
    if isinstance(texte, Annotation):
        coordonnees = texte.xycoords if isinstance(texte.xycoords, tuple) else (texte.xycoords,) * 2
        return tuple(i for i in (0, 1) if coordonnees[i] == "data")
    par_dimension = texte.get_transform().contains_branch_separately(ax.transData)
    return tuple(i for i in (0, 1) if par_dimension[i])


def _etendre(ax: plt.Axes, attaches: list[tuple[Text, tuple[int, ...]]]) -> bool:
    """Take the limits of the axes as far as the data, and the texts tied to them, go; returns whether they moved."""
    if ax.name != "rectilinear" or ax.get_aspect() != "auto":
        return False
    avant = ax.viewLim.frozen()
    coins = ax.transData.transform(ax.dataLim.get_points())
    for dimension, (debut, etendue, fixer) in enumerate(
        ((ax.bbox.x0, ax.bbox.width, ax.set_xlim), (ax.bbox.y0, ax.bbox.height, ax.set_ylim))
    ):
        places = []
        for texte, dimensions in attaches:
            boite = texte.get_window_extent()
            if dimension in dimensions and texte.get_text() and np.isfinite(boite.extents).all():
                lieu = texte.xy if isinstance(texte, Annotation) else texte.get_position()
                lieu = [ax.convert_xunits(lieu[0]), ax.convert_yunits(lieu[1])]
                ancre = ax.transData.transform([x if i in dimensions else 0 for i, x in enumerate(lieu)])[dimension]
                bas, haut = (boite.intervalx, boite.intervaly)[dimension]
                places.append(((ancre - debut) / etendue, ancre - bas + 1, haut - ancre + 1))
        lineaire = (ax.get_xscale(), ax.get_yscale())[dimension] == "linear"
        connues = [c for c in (coins[:, dimension] - debut) / etendue if lineaire and np.isfinite(c)]
        minimum, maximum = min([0, *connues]), max([1, *connues])
        bas, haut = minimum, maximum
        for _ in range(40):
            pas = min(haut - bas, 6) / etendue
            bas = min([minimum, *(place - avant * pas for place, avant, _ in places)])
            haut = max([maximum, *(place + apres * pas for place, _, apres in places)])
        if (bas, haut) != (0, 1):
            vers = ax.transData.inverted().transform(ax.transAxes.transform([(bas, bas), (haut, haut)]))
            fixer(*vers[:, dimension])
    return not np.array_equal(avant.get_points(), ax.viewLim.get_points())


def _chevauchements(fig: plt.Figure) -> list[tuple[Text, Text]]:
    """The texts that lie on each other, two by two, the upper one first."""
    ecrits = sorted(((t, t.get_window_extent().padded(-1)) for t in _ecrits(fig)), key=lambda e: -e[1].y0)
    return [(a, b) for (a, ici), (b, la) in combinations(ecrits, 2) if ici.overlaps(la)]


def _ecarter(haut: Text, bas: Text) -> None:
    """Move two texts that stand beside their marks away from each other, by a few points."""
    for texte, pas in ((haut, 3), (bas, -3)):
        if isinstance(texte, Annotation) and texte.anncoords == "offset points":
            texte.xyann = (texte.xyann[0], texte.xyann[1] + pas)


def _ecrits(fig: plt.Figure) -> Iterator[Text]:
    """The level texts that are drawn: not the ticks that are out of view."""
    caches = set()
    for ax in fig.axes:
        for axe in (ax.xaxis, ax.yaxis):
            bas, haut = sorted(axe.get_view_interval())
            visible = ax.axison and axe.get_visible()
            caches |= {axe.label, axe.offsetText} if not visible else set()
            for tick in (*axe.get_major_ticks(), *axe.get_minor_ticks()):
                caches |= {tick.label1, tick.label2} if not (visible and bas <= tick.get_loc() <= haut) else set()
    for texte in fig.findobj(Text):
        if texte.get_visible() and texte.get_text().strip() and texte.get_rotation() % 90 == 0 and texte not in caches:
            yield texte
