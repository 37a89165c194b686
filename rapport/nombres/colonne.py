"""Columns of numbers: the pandas type ``"nombre"``, an array of :class:`rapport.nombres.nombre.Nombre`.

pandas then computes as usual, exactly and with provenance. What is missing is never skipped by a sum, a mean, a median
or a running total: the result is missing, with the reason and the cells; only what has no object (SO) is left aside.
``dropna()`` first says that the known values will do. ``min``, ``max`` and sorts are about the known values.
"""

import functools
import operator
from collections.abc import Callable, Iterable
from decimal import Decimal
from numbers import Number

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype, register_extension_dtype, take
from pandas.api.indexers import check_array_indexer
from pandas.api.types import is_list_like, pandas_dtype

from rapport.nombres.nombre import SANS_OBJET, SIGNIFICATIONS, Nombre, ecrire, exact, resultat

NON_DISPONIBLE = Nombre.manquant()


@register_extension_dtype
class TypeNombre(ExtensionDtype):
    """The dtype: ``pd.Series([1, Decimal("2.50"), "NC"], dtype="nombre")``."""

    name = "nombre"
    type = Nombre
    na_value = NON_DISPONIBLE
    _is_numeric = True  # pandas draws, ranks and sums such columns

    @classmethod
    def construct_array_type(cls):
        return ColonneDeNombres

    def __repr__(self) -> str:
        return self.name

    def _get_common_dtype(self, dtypes):
        """Numbers beside plain numbers are still numbers; beside anything else, objects."""
        return self if all(t == self or (isinstance(t, np.dtype) and t.kind in "iuf") for t in dtypes) else None


def en_nombre(x) -> Nombre:
    """Any number, a reason to have none (« NC »…), or what pandas puts where there is nothing (ND), as a Nombre.

    Raises ``TypeError`` for anything else.
    """
    if isinstance(x, Nombre):
        return x
    if isinstance(x, str) and x in SIGNIFICATIONS:
        return Nombre.manquant(x)
    if isinstance(x, Number) and not isinstance(x, bool | complex) and x == x:
        valeur = exact(x)
        return Nombre(valeur, decimales=2 if isinstance(x, float) else max(0, -valeur.as_tuple().exponent))
    if is_list_like(x) or not pd.isna(x):
        raise TypeError(f"Un nombre attendu, trouvé « {x} ».")
    return NON_DISPONIBLE


class ColonneDeNombres(ExtensionArray):
    """The values of a column of dtype ``"nombre"``."""

    def __init__(self, valeurs: Iterable):
        """From numbers, see :func:`en_nombre`."""
        nombres = [en_nombre(x) for x in valeurs]
        self._nombres = np.empty(len(nombres), dtype=object)
        self._nombres[:] = nombres

    # --- What pandas asks of an array ------------------------------------------------------------------------------

    @property
    def dtype(self) -> TypeNombre:
        return TypeNombre()

    @property
    def nbytes(self) -> int:
        return self._nombres.nbytes

    @classmethod
    def _from_sequence(cls, scalars, *, dtype=None, copy=False):
        return cls(scalars)

    @classmethod
    def _from_scalars(cls, scalars, *, dtype):
        """Only for what holds a Nombre: the ages or the truths that a map gives are no such column."""
        if not any(isinstance(x, Nombre) for x in scalars):
            raise TypeError
        return cls(scalars)

    @classmethod
    def _from_factorized(cls, values, original):
        return cls(values)

    @classmethod
    def _concat_same_type(cls, to_concat):
        return cls(n for colonne in to_concat for n in colonne._nombres)

    def __len__(self) -> int:
        return len(self._nombres)

    def __iter__(self):
        return iter(self._nombres)

    def __getitem__(self, item):
        choisis = self._nombres[check_array_indexer(self, item)]
        return choisis if isinstance(choisis, Nombre) else ColonneDeNombres(choisis)

    def __setitem__(self, key, value) -> None:
        seul = not is_list_like(value)
        self._nombres[check_array_indexer(self, key)] = en_nombre(value) if seul else ColonneDeNombres(value)._nombres

    def __array__(self, dtype=None, copy=None):
        return self._nombres.astype(object if dtype is None else dtype)

    def isna(self) -> np.ndarray:
        return np.array([not n.connu for n in self._nombres], dtype=bool)

    def copy(self):
        return ColonneDeNombres(self._nombres)

    def take(self, indices, *, allow_fill=False, fill_value=None):
        fill_value = en_nombre(fill_value) if allow_fill else None
        return ColonneDeNombres(take(self._nombres, indices, allow_fill=allow_fill, fill_value=fill_value))

    def astype(self, dtype, copy=True):
        dtype = pandas_dtype(dtype)
        if isinstance(dtype, ExtensionDtype) and dtype != self.dtype and getattr(dtype, "_is_numeric", False):
            return pd.array(self.to_numpy(float), dtype=dtype)
        return super().astype(dtype, copy)

    def _values_for_factorize(self):
        return np.array([n if n.connu else None for n in self._nombres], dtype=object), None

    def value_counts(self, dropna=True):
        return super(ColonneDeNombres, self.dropna() if dropna else self).value_counts(dropna)

    def _formatter(self, boxed=False):
        return ecrire

    # --- Computations ----------------------------------------------------------------------------------------------

    def _reduce(self, name, *, skipna=True, keepdims=False, **kwargs):
        resume = getattr(self, name)(skipna) if name in ("argmin", "argmax") else _resume(name)(self._nombres)
        return (ColonneDeNombres if isinstance(resume, Nombre) else np.array)([resume]) if keepdims else resume

    def _groupby_op(self, *, how, has_dropped_na, min_count, ngroups, ids, **kwargs):
        if how in ("first", "last"):
            return self._groupby_first_last(how=how, min_count=min_count, ngroups=ngroups, ids=ids, skipna=True)
        groupes = [ids == groupe for groupe in range(ngroups)]
        if how == "cumsum":
            cumuls = self.copy()
            for groupe in groupes:
                cumuls[groupe] = self[groupe]._accumulate(how)
            return cumuls
        if how not in _RESUMES:
            raise NotImplementedError  # pandas then does it group by group, if columns can
        resumes = [_RESUMES[how](self._nombres[groupe]) for groupe in groupes]
        return np.array(resumes) if how in _STATISTIQUES else ColonneDeNombres(resumes)

    def _accumulate(self, name, *, skipna=True, **kwargs):
        if name != "cumsum":
            _resume(name)
        return ColonneDeNombres(somme(self._nombres[: fin + 1]) for fin in range(len(self)))

    def _quantile(self, qs, interpolation):
        return ColonneDeNombres(_quantile(self._nombres, q) for q in qs)

    def __neg__(self):
        return ColonneDeNombres(-n for n in self._nombres)

    def __abs__(self):
        return ColonneDeNombres(abs(n) for n in self._nombres)


def _operation(operation: Callable, renverse: bool = False, compare: bool = False):
    """The method of a column for an operator: element by element, with another column, a list or one number."""

    def appliquer(colonne, autre):
        if isinstance(autre, pd.Series | pd.Index | pd.DataFrame):
            return NotImplemented
        autres = list(autre) if is_list_like(autre) else [autre] * len(colonne)
        if len(autres) != len(colonne):
            raise ValueError(f"Longueurs différentes : {len(colonne)} et {len(autres)}.")
        paires = [(n, NON_DISPONIBLE if x is None or x is pd.NA else x) for n, x in zip(colonne, autres, strict=True)]
        resultats = [operation(x, n) if renverse else operation(n, x) for n, x in paires]
        return np.array(resultats, dtype=bool) if compare else ColonneDeNombres(resultats)

    return appliquer


for _nom in ("add", "sub", "mul", "truediv"):
    setattr(ColonneDeNombres, f"__{_nom}__", _operation(getattr(operator, _nom)))
    setattr(ColonneDeNombres, f"__r{_nom}__", _operation(getattr(operator, _nom), renverse=True))
for _nom in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(ColonneDeNombres, f"__{_nom}__", _operation(getattr(operator, _nom), compare=True))


# --- What a column is worth as a whole -----------------------------------------------------------------------------


def _resultat(calcul: str, nombres: Iterable[Nombre], valeur: Callable[[list[Decimal]], Decimal], decimales: int = 0):
    """A number computed from a column: missing as soon as a term is, ND if there is none."""
    termes = _termes(nombres)
    unite = next((n.unite for n in termes if n.unite), None)
    decimales = max(decimales, *(n.decimales for n in termes))
    return resultat(calcul, termes, lambda: valeur(list(map(Decimal, termes))), unite=unite, decimales=decimales)


def _termes(nombres: Iterable[Nombre]) -> tuple[Nombre, ...]:
    """What counts in a computation: all but what has no object, unless nothing has one."""
    tous = tuple(nombres)
    return tuple(n for n in tous if n.motif != SANS_OBJET) or tous or (NON_DISPONIBLE,)


def somme(nombres: Iterable[Nombre]) -> Nombre:
    """The exact sum, which knows its terms."""
    return _resultat("somme", nombres, lambda exacts: sum(exacts, Decimal(0)))


def _moyenne(nombres: Iterable[Nombre]) -> Nombre:
    return somme(nombres) / len(_termes(nombres))


def _quantile(nombres: Iterable[Nombre], q: float, calcul: str = "quantile") -> Nombre:
    """The value below which a share ``q`` of the numbers lies, between the two nearest ones."""

    def valeur(exacts):
        place = exact(q) * (len(exacts) - 1)
        bas, haut = (sorted(exacts)[min(int(place) + pas, len(exacts) - 1)] for pas in (0, 1))
        return bas + (haut - bas) * (place - int(place))

    return _resultat(calcul, nombres, valeur, decimales=1)


def _extreme(choisir: Callable) -> Callable:
    """The smallest or the greatest of the known numbers: one of them."""
    return lambda nombres: choisir((n for n in nombres if n.connu), default=None) or somme(nombres)


def _statistique(nom: str) -> Callable:
    """A plain float, NaN as soon as one of the numbers is missing."""
    return lambda nombres: getattr(pd.Series([float(n) for n in _termes(nombres)], dtype=float), nom)(skipna=False)


_STATISTIQUES = ("std", "var", "sem", "skew", "kurt")
_RESUMES = {nom: _statistique(nom) for nom in _STATISTIQUES} | {
    "sum": somme,
    "mean": _moyenne,
    "median": lambda nombres: _quantile(nombres, 0.5, "médiane"),
    "min": _extreme(min),
    "max": _extreme(max),
}


def _resume(nom: str) -> Callable[[Iterable[Nombre]], Nombre | float]:
    if nom not in _RESUMES:
        raise TypeError(f"Une colonne de nombres n’a pas de « {nom} ».")
    return _RESUMES[nom]


def _premiers(methode: Callable) -> Callable:
    """``nlargest`` or ``nsmallest`` of pandas, which only know numpy's types, for our columns too: by rank."""

    @functools.wraps(methode)
    def premiers(serie: pd.Series, n: int = 5, keep: str = "first") -> pd.Series:
        if not isinstance(serie.dtype, TypeNombre):
            return methode(serie, n, keep)
        return serie.iloc[methode(serie.rank(method="dense").reset_index(drop=True), n, keep).index]

    return premiers


pd.Series.nlargest, pd.Series.nsmallest = _premiers(pd.Series.nlargest), _premiers(pd.Series.nsmallest)


class _Croise(pd.DataFrame):
    """A frame where only what pandas left empty is missing, not what has a reason to be."""

    @property
    def _constructor(self):
        return _Croise

    def isna(self):
        return self.map(lambda x: x is NON_DISPONIBLE or (not isinstance(x, Nombre) and pd.isna(x)))

    def fillna(self, value):
        return self.mask(self.isna(), value)


def _croiser(methode: Callable) -> Callable:
    """``pivot_table`` of pandas leaves out what is missing and totals the rest; in our columns it stays and is summed,
    and ``fill_value`` is only for the crossings that no row has."""

    @functools.wraps(methode)
    def croiser(data: pd.DataFrame, *options, **autres) -> pd.DataFrame:
        lues = [data.iloc[:, rang] for rang in range(data.shape[1])]
        lues = [c.map(Nombre.avec) if isinstance(c.dtype, TypeNombre) else c for c in lues]
        return pd.DataFrame(methode(_Croise(pd.concat(lues, axis=1)), *options, **autres))

    return croiser


pd.DataFrame.pivot_table, pd.pivot_table = _croiser(pd.DataFrame.pivot_table), _croiser(pd.pivot_table)
