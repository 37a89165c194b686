"""What chapters compute: changes, gaps, shares, contributions, on exact numbers and on columns of them.

A result is a :class:`rapport.nombres.nombre.Nombre` that knows its terms, or why it is missing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal

import pandas as pd

from rapport.nombres.colonne import en_nombre
from rapport.nombres.nombre import SANS_OBJET, Nombre, Rupture, motif_commun

BASES_MINIMALES = {"€": Decimal(1000)}
"""Smallest base, by unit, on which a change in percent has a meaning."""
BASE_MINIMALE = Decimal(5)
"""The same for counts and every other unit."""


def _un_a_un(fonction: Callable[..., Nombre], *arguments):
    """Apply ``fonction`` to numbers, or row by row to Series aligned on the first one: a column of numbers then."""
    series = [x for x in arguments if isinstance(x, pd.Series)]
    if not series:
        return fonction(*map(en_nombre, arguments))
    index = series[0].index
    colonnes = [x.reindex(index) if isinstance(x, pd.Series) else [x] * len(index) for x in arguments]
    lignes = zip(*(map(en_nombre, colonne) for colonne in colonnes), strict=True)
    return pd.Series([fonction(*ligne) for ligne in lignes], index=index, dtype="nombre")


def total(valeurs):
    """The exact sum of numbers (a Series, a list), or of each column of a DataFrame, whatever the type of columns."""
    return (valeurs.astype("nombre") if isinstance(valeurs, pd.DataFrame) else pd.Series(valeurs, dtype="nombre")).sum()


def moyenne(montant, nombre, decimales: int = 0):
    """``montant`` divided by ``nombre``, in the unit of ``montant``; numbers or Series."""
    return _un_a_un(lambda m, n: (m / n).avec(unite=m.unite, decimales=decimales), montant, nombre)


def arrondir(valeurs, decimales: int = 0):
    """The same number, Series or DataFrame, to be written with so many decimals; computations stay exact."""
    if isinstance(valeurs, Nombre):
        return valeurs.avec(decimales=decimales)
    return valeurs.map(lambda n: n.avec(decimales=decimales) if isinstance(n, Nombre) else n)


def ruptures(*nombres: Nombre) -> list[Rupture]:
    """The breaks that separate, in a series, the years that these numbers come from."""
    annees: dict[tuple[str, Rupture], set[int]] = {}
    for origine in (o for n in nombres for o in n.origines()):
        for rupture in origine.ruptures:
            annees.setdefault((rupture.serie, rupture), set()).add(origine.annee)
    return list(dict.fromkeys(rupture for (_, rupture), vues in annees.items() if rupture.separe(vues)))


def evolution(actuel, precedent, decimales: int = 1):
    """Change from ``precedent`` to ``actuel`` in percent of ``precedent``; numbers or Series.

    Missing where one of them is; not significant (NS) where the base is zero, tiny (see
    :data:`BASES_MINIMALES`) or of the other sign, and across a break in the series.
    """

    def une(a, p):
        attributs = {"unite": "%", "decimales": decimales, "signe": True, "calcul": "évolution", "operandes": (a, p)}
        if not (a.connu and p.connu):
            return Nombre.manquant(motif_commun(a, p), **attributs)
        if ruptures(a, p):
            return Nombre.manquant("NS", **attributs)
        if abs(p) < BASES_MINIMALES.get(p.unite, BASE_MINIMALE) or (a < 0) != (p < 0):
            return Nombre.manquant("NS", **attributs)
        return Nombre((Decimal(a) - Decimal(p)) / Decimal(p) * 100, **attributs)

    return _un_a_un(une, actuel, precedent)


def _sans_objet_nul(a: Nombre, p: Nombre) -> tuple[Nombre, Nombre]:
    """Zero for an amount or a count that has no object (SO) when the other one is known; a rate is no amount."""
    if a.connu == p.connu or "%" in (a.unite, p.unite):
        return a, p
    return tuple(Nombre(0, unite=n.unite) if n.motif == SANS_OBJET else n for n in (a, p))


def ecart(actuel, precedent):
    """``actuel`` minus ``precedent``, in their unit (in points for percentages); numbers or Series.

    What one of the years has not (SO) counts for nothing in it, so that gaps add up to that of the total. Across a
    break in the series, a gap is not significant (NS).
    """

    def une(a, p):
        difference = operator.sub(*_sans_objet_nul(a, p))
        if ruptures(a, p) and difference.connu:
            difference = Nombre.manquant("NS", unite=difference.unite, calcul="−", operandes=(a, p))
        return difference.avec(signe=True, unite="points" if difference.unite == "%" else difference.unite)

    return _un_a_un(une, actuel, precedent)


def part(valeur, ensemble, decimales: int = 1):
    """Share of ``valeur`` in ``ensemble``, in percent; numbers or Series."""

    def une(x, t):
        attributs = {"unite": "%", "decimales": decimales, "calcul": "part", "operandes": (x, t)}
        if not (x.connu and t.connu):
            return Nombre.manquant(motif_commun(x, t), **attributs)
        if t == 0:
            return Nombre.manquant("NS", **attributs)
        return Nombre(Decimal(x) / Decimal(t) * 100, **attributs)

    return _un_a_un(une, valeur, ensemble)


def contribution(actuel, precedent, ensemble_precedent, decimales: int = 2):
    """Part of the change of a whole that one term explains, in percentage points of the whole; numbers or Series.

    The contributions of all terms add up to the change of the whole in percent; a term that one of the years has not
    (SO) counts for nothing in it.
    """

    def une(a, p, t):
        a, p = _sans_objet_nul(a, p)
        attributs = {"unite": "points", "decimales": decimales, "signe": True}
        attributs |= {"calcul": "contribution", "operandes": (a, p, t)}
        if not (a.connu and p.connu and t.connu):
            return Nombre.manquant(motif_commun(a, p, t), **attributs)
        if t <= 0 or ruptures(a, p, t):
            return Nombre.manquant("NS", **attributs)
        return Nombre((Decimal(a) - Decimal(p)) / Decimal(t) * 100, **attributs)

    return _un_a_un(une, actuel, precedent, ensemble_precedent)
