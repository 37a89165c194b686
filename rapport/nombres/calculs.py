"""What chapters compute: totals, changes, gaps, shares, contributions, on exact numbers and on Series of them.

A result is a :class:`rapport.nombres.nombre.Nombre` that knows its terms, or why it is missing.
"""

from __future__ import annotations

import operator
from decimal import Decimal

import pandas as pd

from rapport.nombres.nombre import SANS_OBJET, Nombre, Rupture, exact, motif_commun

BASES_MINIMALES = {"€": Decimal(1000)}
"""Smallest base, by unit, on which a change in percent has a meaning."""
BASE_MINIMALE = Decimal(5)
"""The same for counts and every other unit."""


def _un_a_un(fonction, *arguments):
    """Apply ``fonction`` to numbers, or element by element to aligned Series (dtype ``object`` kept)."""
    series = [x for x in arguments if isinstance(x, pd.Series)]
    if not series:
        return fonction(*arguments)
    index = series[0].index
    colonnes = [x.reindex(index) if isinstance(x, pd.Series) else [x] * len(index) for x in arguments]
    return pd.Series([fonction(*ligne) for ligne in zip(*colonnes, strict=True)], index=index, dtype=object)


def _nombre(x) -> Nombre:
    """``x`` as a Nombre (a NaN left by pandas where a key was absent becomes ND)."""
    if isinstance(x, Nombre):
        return x
    return Nombre.manquant() if pd.isna(x) else Nombre(exact(x), decimales=2 if isinstance(x, float) else 0)


def total(valeurs):
    """Exact sum of a Series (or of each column of a DataFrame), missing as soon as one term is missing.

    ``Series.sum()`` would skip the missing terms and understate the total. A term without object (SO) is not missing.
    """
    if isinstance(valeurs, pd.DataFrame):
        return pd.Series({c: total(valeurs[c]) for c in valeurs.columns}, dtype=object)
    tous = tuple(_nombre(x) for x in valeurs)
    termes = tuple(t for t in tous if t.motif != SANS_OBJET) or tous
    if not termes:
        return Nombre.manquant()
    attributs = {
        "unite": next((t.unite for t in termes if t.unite), None),
        "decimales": max(t.decimales for t in termes),
        "calcul": "somme",
        "operandes": termes,
    }
    if not all(t.connu for t in termes):
        return Nombre.manquant(motif_commun(*termes), **attributs)
    return Nombre(sum(map(Decimal, termes), Decimal(0)), **attributs)


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
        a, p = _nombre(a), _nombre(p)
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
        a, p = _nombre(a), _nombre(p)
        difference = operator.sub(*_sans_objet_nul(a, p))
        if ruptures(a, p) and difference.connu:
            difference = Nombre.manquant("NS", unite=difference.unite, calcul="−", operandes=(a, p))
        return difference.avec(signe=True, unite="points" if difference.unite == "%" else difference.unite)

    return _un_a_un(une, actuel, precedent)


def part(valeur, ensemble, decimales: int = 1):
    """Share of ``valeur`` in ``ensemble``, in percent; numbers or Series."""

    def une(x, t):
        x, t = _nombre(x), _nombre(t)
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
        a, p, t = _nombre(a), _nombre(p), _nombre(t)
        a, p = _sans_objet_nul(a, p)
        attributs = {"unite": "points", "decimales": decimales, "signe": True}
        attributs |= {"calcul": "contribution", "operandes": (a, p, t)}
        if not (a.connu and p.connu and t.connu):
            return Nombre.manquant(motif_commun(a, p, t), **attributs)
        if t <= 0 or ruptures(a, p, t):
            return Nombre.manquant("NS", **attributs)
        return Nombre((Decimal(a) - Decimal(p)) / Decimal(t) * 100, **attributs)

    return _un_a_un(une, actuel, precedent, ensemble_precedent)
