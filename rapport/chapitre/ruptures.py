"""Breaks in series, in words: what stands under a figure or a table, and beside a line."""

import pandas as pd

from rapport.chapitre.cadres import nombres
from rapport.nombres.calculs import ruptures
from rapport.nombres.nombre import Nombre, Rupture

RUPTURE = "Rupture de série"


def montrees(df: pd.DataFrame) -> list[Rupture]:
    """The breaks between the years that a frame of numbers compares."""
    return ruptures(*nombres(df))


def phrase(rupture: Rupture) -> str:
    """« Rupture de série en 2024 : … »."""
    return f"{etiquette(rupture.annee)}\u00a0: {rupture.motif}"


def raisons(n: Nombre) -> list[str]:
    """Why a change that is not significant is not computed: the breaks that it would compare across, if any."""
    return [phrase(r) for r in ruptures(n)] if n.motif == "NS" else []


def etiquette(annee: int) -> str:
    """« Rupture de série en 2024 »: what stands beside the line."""
    return f"{RUPTURE} en {annee}"
