"""What chapters compute: changes, gaps, shares, contributions, on exact numbers and on columns of them.

A result is a :class:`rapport.nombres.nombre.Nombre` that knows its terms, or why it is missing. Each also takes Series,
row by row on the index of the first one, and then returns a Series of dtype ``"nombre"``.
"""

import functools
from collections.abc import Callable
from decimal import Decimal

import pandas as pd

from rapport.nombres import francais
from rapport.nombres.colonne import en_nombre
from rapport.nombres.nombre import SANS_OBJET, Nombre, Rupture, resultat

BASES_MINIMALES = {"€": Decimal(1000), "M€": Decimal("0.001")}
"""Smallest base, by unit, on which a change in percent has a meaning."""
BASE_MINIMALE = Decimal(5)
"""The same for counts and every other unit."""
LISIBLES = 10
"""Decimals that are too many to be read: what does not differ before them is the same."""


def _par_ligne(calcul: Callable[..., Nombre]) -> Callable:
    """Let a function of numbers take Series too; a key that one of them lacks gives ND."""

    @functools.wraps(calcul)
    def calculer(*termes, **options):
        series = [x for x in termes if isinstance(x, pd.Series)]
        if not series:
            return calcul(*map(en_nombre, termes), **options)
        index = series[0].index
        colonnes = [x.reindex(index) if isinstance(x, pd.Series) else [x] * len(index) for x in termes]
        lignes = (map(en_nombre, ligne) for ligne in zip(*colonnes, strict=True))
        return pd.Series([calcul(*ligne, **options) for ligne in lignes], index=index, dtype="nombre")

    return calculer


def total(valeurs):
    """The exact sum of numbers (a Series, a list), or of each column of a DataFrame, whatever the type of columns."""
    return (valeurs.astype("nombre") if isinstance(valeurs, pd.DataFrame) else pd.Series(valeurs, dtype="nombre")).sum()


def arrondir(valeurs, decimales: int = 0):
    """The same number, Series or DataFrame, to be written with so many decimals; computations stay exact."""
    if isinstance(valeurs, Nombre):
        return valeurs.avec(decimales=decimales)
    return valeurs.map(lambda n: n.avec(decimales=decimales) if isinstance(n, Nombre) else n)


def en_millions(valeurs):
    """Amounts in euros, a Series or DataFrame, in millions (M€), to be written with one decimal."""
    return (valeurs / 1_000_000).map(lambda n: n.avec(unite="M€", decimales=1) if isinstance(n, Nombre) else n)


def ruptures(*nombres: Nombre) -> list[Rupture]:
    """The breaks that separate, in a series, the years that these numbers come from."""
    annees: dict[tuple[str, Rupture], set[int]] = {}
    for origine in (o for n in nombres for o in n.origines()):
        for rupture in origine.ruptures:
            annees.setdefault((rupture.serie, rupture), set()).add(origine.annee)
    return list(dict.fromkeys(rupture for (_, rupture), vues in annees.items() if rupture.separe(vues)))


def _sans_confondre(n: Nombre, *bornes: int) -> Nombre:
    """``n`` with the decimals it takes not to be read as one of ``bornes`` while it is another number."""
    for decimales in range(n.decimales, LISIBLES if n.connu else 0):
        if not any(n != borne and francais.arrondir(n, decimales) == borne for borne in bornes):
            return n.avec(decimales=decimales)
    return n


@_par_ligne
def moyenne(montant, nombre, *, decimales: int = 0):
    """``montant`` divided by ``nombre``, in the unit of ``montant``; not read as nothing, nor as 1, if it is not."""
    return _sans_confondre((montant / nombre).avec(unite=montant.unite, decimales=decimales), 0, 1)


@_par_ligne
def evolution(actuel, precedent, *, decimales: int = 1):
    """Change from ``precedent`` to ``actuel`` in percent of ``precedent``.

    Missing where one of them is; not significant (NS) where one is negative, the base is zero or tiny (see
    :data:`BASES_MINIMALES`), and across a break in the series. It has the decimals it takes not to be read as −100 %
    while something is left.
    """
    assez = precedent >= BASES_MINIMALES.get(precedent.unite, BASE_MINIMALE)
    significatif = assez and actuel >= 0 and not ruptures(actuel, precedent)
    a, p = Decimal(actuel), Decimal(precedent)
    attributs = {"unite": "%", "decimales": decimales, "signe": True}
    taux = resultat("évolution", (actuel, precedent), lambda: (a - p) / p * 100, significatif, **attributs)
    return _sans_confondre(taux, -100)


def _sans_objet_nul(a: Nombre, p: Nombre) -> tuple[Nombre, Nombre]:
    """Zero for an amount or a count that has no object (SO) when the other one is known; a rate is no amount."""
    if a.connu == p.connu or "%" in (a.unite, p.unite):
        return a, p
    return tuple(Nombre(0, unite=n.unite) if n.motif == SANS_OBJET else n for n in (a, p))


@_par_ligne
def ecart(actuel, precedent):
    """``actuel`` minus ``precedent``, in their unit (in points for percentages).

    What one of the years has not (SO) counts for nothing in it, so that gaps add up to that of the total. Across a
    break in the series, a gap is not significant (NS).
    """
    a, p = _sans_objet_nul(actuel, precedent)
    difference = a - p
    if difference.connu and ruptures(actuel, precedent):
        difference = Nombre.manquant("NS", unite=difference.unite, calcul="−", operandes=(actuel, precedent))
    return difference.avec(signe=True, unite="points" if difference.unite == "%" else difference.unite)


@_par_ligne
def part(valeur, ensemble, *, decimales: int = 1):
    """Share of ``valeur`` in ``ensemble``, in percent; not read as nothing, nor as the whole, if it is not."""
    x, t = Decimal(valeur), Decimal(ensemble)
    attributs = {"unite": "%", "decimales": decimales}
    return _sans_confondre(
        resultat("part", (valeur, ensemble), lambda: x / t * 100, ensemble != 0, **attributs), 0, 100
    )


@_par_ligne
def contribution(actuel, precedent, ensemble_precedent, *, decimales: int = 2):
    """Part of the change of a whole that one term explains, in percentage points of the whole.

    The contributions of all terms add up to the change of the whole in percent; a term that one of the years has not
    (SO) counts for nothing in it.
    """
    termes = (*_sans_objet_nul(actuel, precedent), ensemble_precedent)
    significatif = ensemble_precedent > 0 and not ruptures(*termes)
    a, p, t = map(Decimal, termes)
    attributs = {"unite": "points", "decimales": decimales, "signe": True}
    return resultat("contribution", termes, lambda: (a - p) / t * 100, significatif, **attributs)
