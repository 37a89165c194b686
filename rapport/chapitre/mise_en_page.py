"""The layout of a figure, settled by measure: no mark nor text is cut, no text lies on another."""

from collections.abc import Iterator
from itertools import combinations
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation, Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

NOM = 28
"""Names of ticks longer than this (in characters) go on several lines."""
ESSAIS, CROISSANCE = 8, 1.2
"""How many times, and how much, a figure grows in height to part its texts."""


def largeur(texte: str) -> float:
    """The width of a text in points; of its longest line if it has several."""
    police = FontProperties()
    return max(
        (TextPath((0, 0), ligne, prop=police).get_extents().x1 for ligne in texte.split("\n") if ligne), default=0
    )


def ranger(fig: plt.Figure) -> None:
    """Settle the layout, in place.

    Limits go as far as marks and the texts tied to them; names of ticks are folded; a figure whose texts lie on each
    other grows in height.
    """
    attaches = [(ax, texte, dimensions) for ax in fig.axes for texte in ax.texts if (dimensions := _liees(ax, texte))]
    for _, texte, dimensions in attaches:
        texte.set_in_layout(len(dimensions) < 2)  # limits make room for it
        if isinstance(texte, Annotation):
            texte.set_annotation_clip(False)
    fig.draw_without_rendering()
    for axe in (axe for ax in fig.axes for axe in (ax.xaxis, ax.yaxis)):
        noms = [nom.get_text() for nom in axe.get_majorticklabels()]
        if any(len(ligne) > NOM for nom in noms for ligne in nom.split("\n")):
            axe.set_ticks(axe.get_majorticklocs(), [fill(nom, NOM) for nom in noms])
    hauteur = fig.get_figheight()
    for essai in range(ESSAIS + 2):
        fig.set_figheight(hauteur * CROISSANCE**essai if essai <= ESSAIS else hauteur)
        fig.draw_without_rendering()
        for ax in fig.axes:
            _etendre(ax, [(texte, dimensions) for porteur, texte, dimensions in attaches if porteur is ax])
        if not _chevauchements(fig):
            break
    for _, texte, _ in attaches:
        texte.set_in_layout(True)


def cadre(fig: plt.Figure) -> Bbox:
    """What is to be saved of a figure, in inches: its canvas, and all that leaves it."""
    toile, tout = fig.bbox_inches, fig.get_tightbbox()
    marge = toile.padded(0.02)
    return toile if marge.contains(*tout.min) and marge.contains(*tout.max) else Bbox.union([toile, tout])


def _liees(ax: plt.Axes, texte: Text) -> tuple[int, ...]:
    """The dimensions (0: x, 1: y) in which a text is tied to a value."""
    if isinstance(texte, Annotation):
        coordonnees = texte.xycoords if isinstance(texte.xycoords, tuple) else (texte.xycoords,) * 2
        return tuple(i for i in (0, 1) if coordonnees[i] == "data")
    par_dimension = texte.get_transform().contains_branch_separately(ax.transData)
    return tuple(i for i in (0, 1) if par_dimension[i])


def _etendre(ax: plt.Axes, attaches: list[tuple[Text, tuple[int, ...]]]) -> None:
    """Take the limits of the axes as far as the data, and the texts tied to them, go."""
    if ax.name != "rectilinear":
        return
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
        connues = [c for c in (coins[:, dimension] - debut) / etendue if np.isfinite(c)]
        minimum, maximum = min([0, *connues]), max([1, *connues])
        bas, haut = minimum, maximum
        for _ in range(40):
            pas = min(haut - bas, 6) / etendue
            bas = min([minimum, *(place - avant * pas for place, avant, _ in places)])
            haut = max([maximum, *(place + apres * pas for place, _, apres in places)])
        if (bas, haut) != (0, 1):
            vers = ax.transData.inverted().transform(ax.transAxes.transform([(bas, bas), (haut, haut)]))
            fixer(*vers[:, dimension])


def _chevauchements(fig: plt.Figure) -> bool:
    """Whether a text lies on another."""
    boites = [texte.get_window_extent().padded(-1) for texte in _ecrits(fig)]
    return any(a.overlaps(b) for a, b in combinations(boites, 2))


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
