"""Breaks in series, in words: what stands under a figure or a table, and beside a line."""

import pandas as pd

from rapport.chapitre.cadres import nombres
from rapport.nombres.calculs import ruptures
from rapport.nombres.nombre import Rupture


def montrees(df: pd.DataFrame) -> list[Rupture]:
    """The breaks between the years that a frame of numbers compares."""
    return ruptures(*nombres(df))


def phrase(rupture: Rupture) -> str:
    """« Rupture de série en 2024 : … »."""
    return f"{etiquette(rupture.annee)}\u00a0: {rupture.motif}"


def etiquette(annee: int) -> str:
    """« Rupture de série en 2024 »: what stands beside the line."""
    return f"Rupture de série en {annee}"
