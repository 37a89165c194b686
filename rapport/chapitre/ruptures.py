"""Breaks in series, shown: a sentence under the figure or the table, a dashed line and a label in the figure."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd

from rapport.chapitre.cadres import nombres
from rapport.nombres.calculs import ruptures
from rapport.nombres.nombre import Rupture

TIRETS = (0, (3, 3))
COULEUR = "#6F747C"
"""The grey of the palette, which reads on both themes."""


def montrees(df: pd.DataFrame) -> list[Rupture]:
    """The breaks between the years that a frame of numbers compares."""
    return ruptures(*nombres(df))


def phrase(rupture: Rupture) -> str:
    """« Rupture de série en 2024 : … »."""
    return f"{etiquette(rupture.annee)}\u00a0: {rupture.motif}"


def marquer(fig: plt.Figure, connues: Sequence[Rupture]) -> None:
    """Draw each break where an axis has years; where none has, say it under the figure."""
    reste = []
    for annee in sorted({r.annee for r in connues}):
        places = [(ax, axe, p) for ax in fig.axes for axe in ("x", "y") if (p := _place(ax, axe, annee)) is not None]
        for ax, axe, place in places:
            _tracer(ax, axe, place, annee)
        if not places:
            reste.append(annee)
    if reste:
        fig.supxlabel("\n".join(map(etiquette, reste)), x=0.01, ha="left", fontsize="medium")


def etiquette(annee: int) -> str:
    """What stands beside the line."""
    return f"Rupture de série en {annee}"


def _tracer(ax: plt.Axes, axe: str, place: float, annee: int) -> None:
    style = {"color": COULEUR, "linestyle": TIRETS, "linewidth": 1.2, "zorder": 0}
    if axe == "x":
        ax.axvline(place, **style)
        lieu, decalage, ancrage = ("data", "axes fraction"), (0, 4), "center"
    else:
        ax.axhline(place, **style)
        lieu, decalage, ancrage = ("axes fraction", "data"), (0, 2), "right"
    ax.annotate(etiquette(annee), (place, 1) if axe == "x" else (1, place), xycoords=lieu, xytext=decalage,
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
