"""Figures of the book: one style, one palette, French axes, and the data behind every chart."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from rapport.chapitre import ruptures, svg
from rapport.nombres import francais
from rapport.nombres.nombre import Nombre, Rupture, ecrire_revise

MIME = "application/vnd.rapport.figure+json"
STYLE = Path(__file__).with_name("rapport.mplstyle")

BLEU, VERMILLON, VERT, PRUNE, OCRE, GRIS = "#0072B2", "#BF5009", "#00875F", "#B0578D", "#9A6B00", "#6F747C"
PALETTE = (BLEU, VERMILLON, VERT, PRUNE, OCRE, GRIS)
"""The palette of ``rapport.mplstyle``: blue for the year, grey for the year before, the others for categories."""


def mettre_en_style() -> None:
    """Draw in the style of the book from now on."""
    plt.style.use(STYLE)


def axe_des_annees(axe) -> None:
    """Whole years only, without a thousands separator."""
    axe.set_major_locator(MaxNLocator(integer=True))
    axe.set_major_formatter(lambda annee, _: str(int(annee)))


def _franciser(fig: plt.Figure) -> None:
    """French ticks wherever the notebook set none."""
    for axe in (axe for ax in fig.axes for axe in (ax.xaxis, ax.yaxis)):
        if isinstance(axe.get_major_formatter(), ScalarFormatter):
            bas, haut = sorted(axe.get_view_interval())
            if bas > 1950 and haut < 2100:
                axe_des_annees(axe)
            else:
                axe.set_major_formatter(lambda valeur, _: francais.nombre(valeur, int(not float(valeur).is_integer())))


def dessiner(fig: plt.Figure, prefixe: str, alt: str, separees: Sequence[Rupture] = ()) -> str:
    """The figure as inline SVG, with the breaks in series that separate its years.

    Its layout is settled then: other forms of it are drawn as they are.
    """
    _franciser(fig)
    ruptures.marquer(fig, separees)
    tampon = io.StringIO()
    fig.savefig(tampon, format="svg", metadata={"Date": None, "Creator": None})
    fig.set_layout_engine("none")
    return svg.integrer(tampon.getvalue(), prefixe, alt, PALETTE)


def photographier(fig: plt.Figure) -> str:
    """The figure as a PNG on white, in base64, for those who paste it into a document."""
    _franciser(fig)
    tampon = io.BytesIO()
    fig.savefig(tampon, format="png", dpi=150, facecolor="white", metadata={"Software": None})
    return base64.b64encode(tampon.getvalue()).decode()


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
