"""The chart forms that several chapters share: bars, stacked, twin, dumbbells, lines. Each returns ``(fig, ax)``.

They take numbers (:class:`rapport.nombres.nombre.Nombre`), draw only the known ones and write the values on the marks.
"""

from collections.abc import Iterable, Sequence
from itertools import compress, pairwise

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from rapport.chapitre.figures import BLEU, GRIS, PALETTE, TIRETS, axe_des_annees
from rapport.nombres import calculs
from rapport.nombres.nombre import Nombre, ecrire

LARGEUR = 5.4
"""Width of every figure, in inches: at this width the text is readable on a phone."""
LIBELLE_LONG = 18
"""Labels longer than this (in characters) are written above their mark rather than beside it."""


def barres(serie: pd.Series, couleur=BLEU, etiquettes: Iterable[str] | None = None, parts: pd.Series | None = None):
    """Horizontal bars, in the order of ``serie`` from top to bottom, with the value at the end of each bar.

    ``serie``: label → Nombre. ``couleur``: one colour, or one per bar. ``parts``: a Nombre for each bar, in the same
    order, written after its value, « 1 234 (12,3 %) », if known. ``etiquettes``: other texts instead of values.
    """
    if etiquettes is None:
        precisions = [None] * len(serie) if parts is None else parts
        etiquettes = [_etiquette(n, p) for n, p in zip(serie, precisions, strict=True)]
    traces = [n.connu for n in serie]
    connus = serie[traces]
    if connus.empty:
        return plt.subplots(figsize=(LARGEUR, 1))  # figure() shows nothing of it
    valeurs, textes = connus.astype(float), list(compress(etiquettes, traces))
    if not isinstance(couleur, str):
        couleur = list(compress(couleur, traces))
    positives = (valeurs >= 0).all()
    dessus = positives and max(len(str(nom)) for nom in connus.index) > LIBELLE_LONG
    fig, ax = plt.subplots(figsize=(LARGEUR, 0.3 + len(connus) * (0.62 if dessus else 0.4)))
    rectangles = ax.barh(range(len(connus)), valeurs, color=couleur, height=0.32 if dessus else 0.66)
    if dessus:
        for rang, nom in enumerate(connus.index):
            _annoter(ax, nom, 0, rang, (0, 15))
    ax.set_yticks([] if dessus else range(len(connus)), [] if dessus else connus.index)
    ax.set_ylim(len(connus) - (0.6 if dessus else 0.5), -0.85 if dessus else -0.5)
    ax.bar_label(rectangles, textes, padding=4)
    ax.margins(x=0.05 + 0.024 * max(map(len, textes)))
    if positives:
        ax.set_xlim(left=0)
    else:
        _partager_a_zero(ax, textes)
    return fig, _denuder(ax)


def barres_empilees(cadre: pd.DataFrame, couleurs: Sequence[str] = PALETTE, ensemble: bool = False):
    """A horizontal bar per row, made of its columns end to end, one colour each.

    The value stands in each part or, with ``ensemble``, the sum of the row at the end of the bar. A row with a value
    that is not known is drawn without it, and has no sum.
    """
    fig, ax = plt.subplots(figsize=(LARGEUR, 1.2 + 0.35 * len(cadre)))
    debut = pd.Series(0.0, index=range(len(cadre)))
    for colonne, couleur in zip(cadre, couleurs, strict=False):
        longueurs = cadre[colonne].astype(float).fillna(0).set_axis(debut.index)
        bande = ax.barh(debut.index, longueurs, left=debut, color=couleur, height=0.6, label=colonne)
        if not ensemble:
            ax.bar_label(bande, [_si_connu(n) for n in cadre[colonne]], label_type="center", color="white")
        debut = debut + longueurs
    if ensemble:
        textes = [_si_connu(calculs.total(ligne)) for ligne in cadre.itertuples(index=False, name=None)]
        ax.bar_label(bande, textes, padding=4)
        ax.margins(x=0.05 + 0.024 * max(map(len, textes), default=0))
    ax.set_yticks(range(len(cadre)), cadre.index)
    ax.invert_yaxis()
    _legender(ax, len(cadre.columns))
    return fig, _denuder(ax)


def barres_jumelles(cadre: pd.DataFrame, couleurs: Sequence[str] = PALETTE):
    """Two horizontal bars per row, one for each column, with their values: two changes beside each other."""
    fig, ax = plt.subplots(figsize=(LARGEUR, 1 + 0.48 * len(cadre)))
    for colonne, couleur, decalage in zip(cadre, couleurs, (-0.2, 0.2), strict=False):
        rangs = [rang + decalage for rang in range(len(cadre))]
        bande = ax.barh(rangs, cadre[colonne].astype(float), color=couleur, height=0.36, label=colonne)
        ax.bar_label(bande, [_si_connu(n) for n in cadre[colonne]], padding=4)
    ax.set_yticks(range(len(cadre)), cadre.index)
    ax.invert_yaxis()
    _partager_a_zero(ax, [_si_connu(n) for colonne in cadre for n in cadre[colonne]])
    _legender(ax, len(cadre.columns))
    return fig, _denuder(ax)


def halteres(df: pd.DataFrame):
    """From one year to the next: a line per row, a diamond for the first column, a disc for the second.

    ``df``: two columns (years) of Nombre. The last value is written beside the line, with its change in percent when
    both years are known. The axis starts at zero.
    """
    avant, apres = df.columns
    points = df.astype(float)
    if points.isna().all(axis=None):
        return plt.subplots(figsize=(LARGEUR, 1))  # figure() shows nothing of it
    dessus = max(len(str(nom)) for nom in df.index) > LIBELLE_LONG
    fig, ax = plt.subplots(figsize=(LARGEUR, 0.75 + len(df) * (0.62 if dessus else 0.45)))
    y = pd.Series(range(len(df)), index=df.index)
    bas, haut = points.min(axis=1), points.max(axis=1)
    traits = [TIRETS if calculs.ruptures(*ligne) else "solid" for ligne in df.itertuples(index=False, name=None)]
    ax.hlines(y, bas, haut, color=GRIS, linewidth=2, linestyles=traits)
    for annee, couleur, marque in ((avant, GRIS, "D"), (apres, BLEU, "o")):
        if points[annee].notna().any():
            ax.scatter(points[annee], y, color=couleur, marker=marque, s=55, zorder=3, label=str(annee))
    for nom, (ancien, nouveau) in zip(df.index, df.itertuples(index=False, name=None), strict=True):
        if haut[nom] == haut[nom]:
            _annoter(ax, _etiquette(nouveau, calculs.evolution(nouveau, ancien)), haut[nom], y[nom], (9, 0))
        if dessus:
            _annoter(ax, nom, 0, y[nom], (0, 15))
    ax.set_yticks([] if dessus else y, [] if dessus else df.index)
    ax.set_ylim(len(df) - 0.5, -0.9 if dessus else -0.5)
    etendue = points.max().max() or 1
    ax.set_xlim(-0.03 * etendue, 1.75 * etendue)
    _legender(ax, 2, handletextpad=0.2)
    return fig, _denuder(ax)


def courbe(serie: pd.Series, couleur=BLEU):
    """A line over the years, with the value above each point; the axis starts at zero. ``serie``: year → Nombre.

    The line is cut at a break in the series.
    """
    connus = serie[[n.connu for n in serie]]
    if connus.empty:
        return plt.subplots(figsize=(LARGEUR, 1))  # figure() shows nothing of it
    valeurs = connus.astype(float)
    fig, ax = plt.subplots(figsize=(LARGEUR, 3.0))
    coupures = [0, *(i for i in range(1, len(connus)) if calculs.ruptures(*connus.iloc[i - 1 : i + 1])), len(connus)]
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


def _si_connu(n: Nombre) -> str:
    return ecrire(n) if n.connu else ""


def _etiquette(n: Nombre, precision: Nombre | None) -> str:
    """« 1 234 (12,3 %) »."""
    return ecrire(n) + (f" ({ecrire(precision)})" if precision is not None and precision.connu else "")


def _annoter(ax: plt.Axes, texte: str, x: float, y: float, decalage: tuple[int, int]) -> None:
    ax.annotate(texte, (x, y), xytext=decalage, textcoords="offset points", va="center")


def _partager_a_zero(ax: plt.Axes, textes: list[str]) -> None:
    """A line at zero, and room for labels on both sides."""
    ax.margins(x=0.12 + 0.03 * max(map(len, textes), default=0))
    ax.axvline(0, color=GRIS, linewidth=1)


def _legender(ax: plt.Axes, colonnes: int, **options) -> None:
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=colonnes, borderpad=0, **options)


def _denuder(ax: plt.Axes) -> plt.Axes:
    """Neither axis nor frame: the values are written on the marks."""
    ax.xaxis.set_visible(False)
    sns.despine(ax=ax, left=True, bottom=True)
    return ax
