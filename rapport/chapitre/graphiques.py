"""The chart forms that several chapters share: bars, bars side by side, changes, lines. Each returns ``(fig, ax)``.

They take numbers (:class:`rapport.nombres.nombre.Nombre`) and write the values on the marks. ``figure`` makes room for
what they write (:mod:`rapport.chapitre.mise_en_page`).
"""

from collections.abc import Iterable, Sequence
from itertools import compress, pairwise
from textwrap import fill

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from rapport.chapitre.figures import BLEU, GRIS, OCRE, PRUNE, VERMILLON, VERT
from rapport.chapitre.mise_en_page import largeur
from rapport.chapitre.svg import ENCRE
from rapport.nombres import calculs
from rapport.nombres.nombre import Nombre, ecrire

LARGEUR = 4.9
"""Width of every figure, in inches: at this width a phone shows texts of 12 points at 12 pixels at least."""
LIBELLE_LONG = 16
"""Labels longer than this (in characters) are written above their mark rather than beside it."""
LIBELLE_DE_VARIATION = 20
"""Where they stand beside the bars of changes, in the middle, they are folded at this many."""
LIGNE, ENTRE = 0.2, 0.14
"""Height of a line of text, and what parts two rows, in inches."""
PLEINE_LIGNE, DEMI_LIGNE = 46, 30
"""How many characters a line has room for, alone and at the end of a mark."""
DEMESURE = 300
"""A change greater than this (in percent), and far greater than the next one, is drawn cut: the others are seen."""


def barres(
    serie: pd.Series,
    couleur=VERT,
    etiquettes: Iterable[str] | None = None,
    parts: pd.Series | None = None,
    reperes: pd.Series | None = None,
):
    """Horizontal bars, in the order of ``serie`` from top to bottom, with the value at the end of each bar.

    ``serie``: label → Nombre; those that are not known are left out. ``couleur``: one colour, or one per bar.
    ``parts``: a Nombre for each bar, in the same order, written after its value, « 1 234 (12,3 %) », if known.
    ``etiquettes``: other texts instead of values. ``reperes``: a Nombre for each bar, a target or a limit, drawn as a
    line across it and written there with the name of the series, « objectif : 16 »; values then follow the names.
    """
    if etiquettes is None:
        precisions = [None] * len(serie) if parts is None else parts
        etiquettes = [_etiquette(n, p) for n, p in zip(serie, precisions, strict=True)]
    noms = serie.index
    if reperes is not None:
        noms = [f"{nom}\u00a0: {texte}" for nom, texte in zip(noms, etiquettes, strict=True)]
        etiquettes = [f"{reperes.name or 'repère'}\u00a0: {ecrire(n)}" if n.connu else "" for n in reperes]
    traces = [n.connu for n in serie]
    connus = serie[traces]
    if connus.empty:
        return plt.subplots(figsize=(LARGEUR, 1))  # figure() shows nothing of it
    if not isinstance(couleur, str):
        couleur = list(compress(couleur, traces))
    bouts, plafond = _longueurs(connus)
    place = DEMI_LIGNE if min(bouts) >= 0 else LIBELLE_LONG - 2  # on both sides
    textes = [fill(t + _coupee(n, plafond), place) for n, t in zip(connus, compress(etiquettes, traces), strict=True)]
    dessus = reperes is not None or _dessus(connus.index, min(bouts))
    fig, ax, places = _rangees(compress(noms, traces), 0.26, textes, dessus)
    ax.barh(places, bouts, color=couleur, height=0.26)
    loin = list(bouts)
    for rang, repere in enumerate(() if reperes is None else reperes[traces]):
        if repere.connu:
            ax.vlines(float(repere), places[rang] - 0.19, places[rang] + 0.19, color=ENCRE, linewidth=3)
            loin[rang] = max(bouts[rang], float(repere), key=abs)
    _annoter(ax, textes, loin, places, 4 if reperes is None else 9)
    return fig, _finir(ax, [*bouts, *loin])


def barres_jumelles(cadre: pd.DataFrame, couleurs: Sequence[str] = (PRUNE, OCRE)):
    """A horizontal bar per column in each row, with their values: two changes, or years, beside each other. More than
    two are told apart by the name of their column, written after the value; alone, a rise is blue, a fall vermilion."""
    plusieurs = len(cadre.columns) > 2
    fig, ax, places = _rangees(cadre.index, len(cadre.columns) * LIGNE, dessus=plusieurs)
    toutes, plafond = _longueurs([n for colonne in cadre for n in cadre[colonne]])
    for rang, (colonne, couleur) in enumerate(zip(cadre, couleurs, strict=False)):
        lieux = [place + LIGNE * (rang - (len(cadre.columns) - 1) / 2) for place in places]
        longueurs, _ = _longueurs(cadre[colonne], plafond)
        teintes = couleur if len(cadre.columns) > 1 else [BLEU if x >= 0 else VERMILLON for x in longueurs]
        ax.barh(lieux, longueurs, color=teintes, height=0.17, label=str(colonne))
        fin = f" ({colonne})" if plusieurs else ""
        _annoter(ax, [ecrire(n) + _coupee(n, plafond) + fin for n in cadre[colonne]], longueurs, lieux)
    if len(cadre.columns) == 2:
        _legender(ax)
    return fig, _finir(ax, toutes)


def variations(df: pd.DataFrame, ensemble: str | None = None, reste: str | None = None):
    """From one year to the next: a bar per row for its change, between its name (above, where names are long) and the
    change in figures, from the greatest rise to the greatest fall.

    ``df``: two columns (years) of Nombre. What rises goes to the right in blue, what falls to the left in vermilion. A
    row whose change is not known has its values alone. Bars are as long as the change in percent or, with ``ensemble``
    (the name of the row that is the sum of the others, written last under a line, without a bar), as the change in the
    unit of the values: what each row brings to the whole is seen. ``reste``, the name of the row that holds several
    others, if there is one, comes after them.
    """
    comparer = calculs.evolution if ensemble is None else calculs.ecart
    ordre = comparer(df.iloc[:, 1], df.iloc[:, 0]).reset_index(drop=True).sort_values(ascending=False, kind="stable")
    df = df.iloc[ordre.index]
    derniers = [nom for nom in (reste, ensemble) if nom in df.index]
    df = pd.concat([df.drop(index=derniers), df.loc[derniers]])
    evolutions, ecarts = (calcul(df.iloc[:, 1], df.iloc[:, 0]) for calcul in (calculs.evolution, comparer))
    longueurs, plafond = _longueurs(ecarts if ensemble is None else ecarts[:-1])
    longueurs += [0.0] if ensemble is not None else []  # its bar would squeeze all the others
    textes = []
    for avant, apres, evolution, ecart in zip(df.iloc[:, 0], df.iloc[:, 1], evolutions, ecarts, strict=True):
        valeurs = "\u00a0→\u00a0".join(ecrire(n) if n.connu else n.motif for n in (avant, apres))
        changements = [ecrire(n) for n in (ecart, evolution) if n.connu] if ensemble else [ecrire(evolution), valeurs]
        textes.append("\n".join(changements if ecart.connu else [valeurs]) + _coupee(ecart, plafond, "\n"))
    dessus = max((len(str(nom)) for nom in df.index), default=0) > 2 * LIBELLE_DE_VARIATION
    fig, ax, places = _rangees(df.index, 0.26, textes, dessus, large=LIBELLE_DE_VARIATION)
    noms = list(ax.texts) if dessus else ax.get_yticklabels()
    ax.barh(places, longueurs, color=[BLEU if longueur >= 0 else VERMILLON for longueur in longueurs], height=0.26)
    for texte, place in zip(textes, places, strict=True):
        lieu = {"xycoords": ("axes fraction", "data"), "xytext": (8, 0), "textcoords": "offset points"}
        ax.annotate(texte, (1, place), va="center", **lieu)
    for place in places[: len(longueurs) - (ensemble is not None)] if dessus else ():  # a whole line would cross names
        ax.vlines(0, place - 0.2, place + 0.2, color=GRIS, linewidth=1)
    if not dessus:
        ax.axvline(0, color=GRIS, linewidth=1)
    if ensemble is not None and len(df) > 1:
        nom, texte = (LIGNE * (mots.get_text().count("\n") + 1) for mots in (noms[-1], ax.texts[-1]))
        hauteur = nom + texte / 2 if dessus else max(nom, texte) / 2
        ax.axhline(places[-1] - hauteur - ENTRE / 2, color=GRIS, linewidth=1)
        for mots in (noms[-1], ax.texts[-1]):
            mots.set_fontweight("bold")
        if dessus and len(ensemble) <= PLEINE_LIGNE - 10:  # no bar stands between the name and the values
            noms[-1].set(position=(0, places[-1] - nom / 2), va="center")
            ax.texts[-1].xy = (1, places[-1] - nom / 2)
    return fig, _finir(ax, longueurs, axe=False)


def courbe(serie: pd.Series, couleur=VERT):
    """A line over the years, with the value above each point that has room for it; the axis goes from zero.

    ``serie``: year → Nombre. The line is cut at a break in the series.
    """
    connus = serie[[n.connu for n in serie]]
    if connus.empty:
        return plt.subplots(figsize=(LARGEUR, 1))  # figure() shows nothing of it
    valeurs = connus.astype(float)
    fig, ax = plt.subplots(figsize=(LARGEUR, 3.0))
    coupures = [0, *(i for i in range(1, len(connus)) if calculs.ruptures(*connus.iloc[i - 1 : i + 1])), len(connus)]
    for debut, fin in pairwise(coupures):
        ax.plot(valeurs.index[debut:fin], valeurs.iloc[debut:fin], color=couleur, marker="o", clip_on=False)
    bas, haut = min(0, valeurs.min()), max(0, valeurs.max())
    etendue = (haut - bas) or 1
    ax.set_ylim(bas, haut if haut > bas else 1)
    if bas:
        ax.axhline(0, color=GRIS, linewidth=1)
    marge = max(0.5, 0.1 * (valeurs.index[-1] - valeurs.index[0]))
    ax.set_xlim(valeurs.index[0] - marge, valeurs.index[-1] + marge)
    ax.set_xticks(valeurs.index, valeurs.index.map(str))
    ax.yaxis.set_visible(False)
    sns.despine(ax=ax, left=True)
    fig.draw_without_rendering()
    boites = []
    for annee in dict.fromkeys([*valeurs.index[[-1, 0]], valeurs.idxmax(), valeurs.idxmin(), *valeurs.index]):
        rang = valeurs.index.get_loc(annee)
        creux = valeurs.iloc[max(0, rang - 1) : rang + 2].min() == valeurs[annee] < valeurs.max()
        sens = -1 if (creux and valeurs[annee] - bas > 0.15 * etendue) or valeurs[annee] < 0 else 1
        lieu = {"xytext": (0, 9 * sens), "textcoords": "offset points", "va": "bottom" if sens > 0 else "top"}
        texte = ax.annotate(ecrire(connus[annee]), (annee, valeurs[annee]), ha="center", **lieu)
        boites.append(texte.get_window_extent().padded(2))
        if boites[-1].count_overlaps(boites[:-1]):
            texte.remove()
            boites.pop()
    return fig, ax


def _etiquette(n: Nombre, precision: Nombre | None) -> str:
    """« 1 234 (12,3 %) »."""
    return ecrire(n) + (f" ({ecrire(precision)})" if precision is not None and precision.connu else "")


def _dessus(noms: Iterable, minimum: float) -> bool:
    """Whether names stand above their marks: where some are long, and none goes to the left."""
    return minimum >= 0 and max((len(str(nom)) for nom in noms), default=0) > LIBELLE_LONG


def _rangees(
    noms: Iterable,
    epaisseur: float,
    textes: Sequence[str] = (),
    dessus: bool = False,
    large: int = LIBELLE_LONG,
):
    """``(fig, ax, places)``: a row for each name, from top to bottom, and where its marks stand. One unit is an inch.

    ``epaisseur``: that of the marks. ``textes``: those at their end, whose lines need room. ``dessus``: the names stand
    above the marks, not beside them, folded at ``large`` characters.
    """
    noms = [fill(str(nom), PLEINE_LIGNE if dessus else large) for nom in noms]
    debuts, places, fin = [], [], 0.05
    for nom, texte in zip(noms, textes or noms, strict=True):
        hauteur = LIGNE * (nom.count("\n") + 1)
        titre = hauteur if dessus else 0
        marque = max(epaisseur, 0 if dessus else hauteur, LIGNE * (texte.count("\n") + 1) if textes else 0)
        debuts.append(fin)
        places.append(fin + titre + marque / 2)
        fin += titre + marque + ENTRE
    fig, ax = plt.subplots(figsize=(LARGEUR, fin + 0.1))
    ax.set_ylim(fin, 0)
    ax.set_yticks([] if dessus else places, [] if dessus else noms)
    for nom, debut in zip(noms, debuts if dessus else (), strict=False):
        ax.annotate(nom, (0, debut), xycoords=("axes fraction", "data"), va="top")
    return fig, ax, places


def _longueurs(nombres: Iterable[Nombre], plafond: float | None = None) -> tuple[list[float], float]:
    """How long bars are, 0 for what is not known, and the length at which they are cut: changes without measure."""
    longueurs = [float(n) if n.connu else 0.0 for n in nombres]
    if plafond is None:
        changements = all(n.signe and n.unite == "%" for n in nombres if n.connu)
        tailles = sorted(map(abs, longueurs), reverse=True) if changements else []
        paires = (max(petite * 1.5, 50) for grande, petite in pairwise(tailles) if grande > max(DEMESURE, 8 * petite))
        plafond = next(paires, float("inf"))
    return [max(-plafond, min(plafond, longueur)) for longueur in longueurs], plafond


def _coupee(n: Nombre, plafond: float, avant: str = " ") -> str:
    return f"{avant}(barre coupée)" if abs(n) > plafond else ""


def _annoter(
    ax: plt.Axes, textes: Iterable[str], bouts: Iterable[float], places: Iterable[float], espace: float = 4
) -> None:
    """A text at the end of each bar, after so many points."""
    for texte, bout, place in zip(textes, bouts, places, strict=True):
        cote = {"xytext": (-espace, 0), "ha": "right"} if bout < 0 else {"xytext": (espace, 0)}
        ax.annotate(texte, (bout, place), textcoords="offset points", va="center", **cote)


def _legender(ax: plt.Axes, **options) -> None:
    """A legend above the axes, on as many lines as it takes."""
    libre = LARGEUR * 72 - 10 - max((largeur(nom.get_text()) for nom in ax.get_yticklabels()), default=0)
    marques, entrees = ax.get_legend_handles_labels()
    entrees = [fill(nom, int(libre // 8)) for nom in entrees]
    colonnes = max(1, int(libre // (max(map(largeur, entrees), default=0) + 33)))  # a mark, and what parts it
    lignes = -(-len(entrees) // colonnes) + sum(nom.count("\n") for nom in entrees)
    ax.figure.set_figheight(ax.figure.get_figheight() + LIGNE * 1.4 * lignes)
    ax.legend(marques, entrees, loc="lower left", bbox_to_anchor=(0, 1), ncols=colonnes, borderpad=0, **options)


def _finir(ax: plt.Axes, bouts: Iterable[float], axe: bool = True) -> plt.Axes:
    """Limits that hold zero and the ends of the marks; neither axis nor frame, the values are written on the marks."""
    bas, haut = min([0, *bouts]), max([0, *bouts])
    if axe and bas < 0:
        ax.axvline(0, color=GRIS, linewidth=1)
    ax.set_xlim(bas, haut if haut > bas else 1)
    ax.xaxis.set_visible(False)
    sns.despine(ax=ax, left=True, bottom=True)
    return ax
