"""The chart forms that several chapters share: sorted bars, dumbbells, lines. Each returns ``(fig, ax)`` to be refined.

They take numbers (:class:`rapport.nombres.nombre.Nombre`), draw only the known ones and write the values on the marks.
"""

from __future__ import annotations

from itertools import compress, pairwise

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from rapport.chapitre.figures import BLEU, GRIS, axe_des_annees
from rapport.chapitre.ruptures import TIRETS
from rapport.nombres.calculs import evolution, ruptures
from rapport.nombres.nombre import ecrire

LARGEUR = 5.4
"""Width of every figure, in inches: at this width the text is readable on a phone."""
LIBELLE_LONG = 18
"""Labels longer than this (in characters) are written above their mark rather than beside it."""


def barres(serie: pd.Series, couleur=BLEU, etiquettes=None):
    """Horizontal bars, in the order of ``serie`` from top to bottom, with the value at the end of each bar.

    ``serie``: label → Nombre. ``couleur``: one colour, or one per bar. ``etiquettes``: texts instead of values.
    """
    traces = serie.map(lambda n: n.connu).astype(bool).tolist()
    connus = serie[traces]
    if connus.empty:
        return plt.subplots(figsize=(LARGEUR, 1))  # figure() shows nothing of it
    valeurs = connus.astype(float)
    textes = [ecrire(n) for n in connus] if etiquettes is None else list(compress(etiquettes, traces))
    if not isinstance(couleur, str):
        couleur = list(compress(couleur, traces))
    dessus = (valeurs >= 0).all() and any(len(str(nom)) > LIBELLE_LONG for nom in connus.index)
    fig, ax = plt.subplots(figsize=(LARGEUR, 0.3 + len(connus) * (0.62 if dessus else 0.4)))
    rectangles = ax.barh(range(len(connus)), valeurs, color=couleur, height=0.32 if dessus else 0.66)
    if dessus:
        for position, nom in enumerate(connus.index):
            ax.annotate(nom, (0, position), xytext=(0, 15), textcoords="offset points", va="center")
        ax.set_yticks([])
        ax.set_ylim(len(connus) - 0.6, -0.85)
    else:
        ax.set_yticks(range(len(connus)), connus.index)
        ax.set_ylim(len(connus) - 0.5, -0.5)
    ax.bar_label(rectangles, textes, padding=4)
    ax.margins(x=0.05 + 0.024 * max(len(t) for t in textes))
    if (valeurs >= 0).all():
        ax.set_xlim(left=0)
    else:
        ax.margins(x=0.12 + 0.03 * max(len(t) for t in textes))  # room for labels on both sides
        ax.axvline(0, color=GRIS, linewidth=1)
    ax.xaxis.set_visible(False)
    sns.despine(ax=ax, left=True, bottom=True)
    return fig, ax


def halteres(df: pd.DataFrame, zero: bool = True):
    """From one year to the next: a line per row, a diamond for the first column, a disc for the second.

    ``df``: two columns (years) of Nombre. The last value is written beside the line, with its change in percent when
    both years are known. ``zero``: start the axis at zero.
    """
    avant, apres = df.columns
    points = df.astype(float)
    if points.isna().all(axis=None):
        return plt.subplots(figsize=(LARGEUR, 1))  # figure() shows nothing of it
    dessus = any(len(str(nom)) > LIBELLE_LONG for nom in df.index)
    fig, ax = plt.subplots(figsize=(LARGEUR, 0.75 + len(df) * (0.62 if dessus else 0.45)))
    y = pd.Series(range(len(df)), index=df.index)
    bas, haut = points.min(axis=1), points.max(axis=1)
    traits = [TIRETS if ruptures(*ligne) else "solid" for ligne in df.itertuples(index=False, name=None)]
    ax.hlines(y, bas, haut, color=GRIS, linewidth=2, linestyles=traits)
    for annee, couleur, marque in ((avant, GRIS, "D"), (apres, BLEU, "o")):
        if points[annee].notna().any():
            ax.scatter(points[annee], y, color=couleur, marker=marque, s=55, zorder=3, label=str(annee))
    depart = 0 if zero else points.min().min()
    for nom, (ancien, nouveau) in zip(df.index, df.itertuples(index=False, name=None), strict=True):
        variation = evolution(nouveau, ancien)
        if haut[nom] == haut[nom]:
            texte = ecrire(nouveau) + (f" ({ecrire(variation)})" if variation.connu else "")
            ax.annotate(texte, (haut[nom], y[nom]), xytext=(9, 0), textcoords="offset points", va="center")
        if dessus:
            ax.annotate(nom, (depart, y[nom]), xytext=(0, 15), textcoords="offset points", va="center")
    if dessus:
        ax.set_yticks([])
    else:
        ax.set_yticks(y, df.index)
    ax.set_ylim(len(df) - 0.5, -0.9 if dessus else -0.5)
    etendue = (points.max().max() - depart) or 1
    ax.set_xlim(depart - 0.03 * etendue, points.max().max() + 0.75 * etendue)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0, handletextpad=0.2)
    ax.xaxis.set_visible(False)
    sns.despine(ax=ax, left=True, bottom=True)
    return fig, ax


def courbe(serie: pd.Series, couleur=BLEU):
    """A line over the years, with the value above each point; the axis starts at zero. ``serie``: year → Nombre.

    The line is cut at a break in the series.
    """
    connus = serie[serie.map(lambda n: n.connu)]
    if connus.empty:
        return plt.subplots(figsize=(LARGEUR, 1))  # figure() shows nothing of it
    valeurs = connus.astype(float)
    fig, ax = plt.subplots(figsize=(LARGEUR, 3.0))
    coupures = [0, *(i for i in range(1, len(connus)) if ruptures(*connus.iloc[i - 1 : i + 1])), len(connus)]
    for debut, fin in pairwise(coupures):
        ax.plot(valeurs.index[debut:fin], valeurs.iloc[debut:fin], color=couleur, marker="o")
    for annee, n in connus.items():
        ax.annotate(ecrire(n), (annee, float(n)), xytext=(0, 9), textcoords="offset points", ha="center")
    ax.set_ylim(0, valeurs.max() * 1.2)
    ax.margins(x=0.1)
    axe_des_annees(ax.xaxis)
    ax.yaxis.set_visible(False)
    sns.despine(ax=ax, left=True)
    return fig, ax
