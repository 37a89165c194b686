"""What chapters do to frames of numbers before they show them: sub-totals, changes."""

from typing import NamedTuple

import pandas as pd

from rapport.nombres import calculs, francais
from rapport.nombres.nombre import SANS_OBJET, Nombre


def nombres(df: pd.DataFrame) -> list[Nombre]:
    """The numbers of a frame, known or not, row by row."""
    return [v for v in df.to_numpy().ravel() if isinstance(v, Nombre)]


def connus(serie: pd.Series) -> pd.Series:
    """The known values of a series; all of them if none is known, so that there is a first one, which prose omits."""
    gardes = serie[[n.connu for n in serie]]
    return serie if gardes.empty else gardes


class Extreme(NamedTuple):
    """The highest or the lowest of a series. Of a series that has none, the value is missing and nothing bears it.

    ``valeur``: the number; ``noms``: the labels that bear it, several when it is shared; ``reserve``: what a sentence
    must add when some values are not known (« parmi les valeurs connues », a space before it), or nothing.
    """

    valeur: Nombre
    noms: list
    reserve: str


def plus_haut(serie: pd.Series) -> Extreme:
    """The highest value of a series, as it is displayed; none if all are equal, or if a break keeps them apart.

    SO values are left aside."""
    return _extreme(serie, max)


def plus_bas(serie: pd.Series) -> Extreme:
    """The lowest value of a series, likewise."""
    return _extreme(serie, min)


def _extreme(serie: pd.Series, choisir) -> Extreme:
    affichees = {nom: francais.affiche(n) for nom, n in serie.items() if n.connu}
    inconnues = any(not n.connu and n.motif != SANS_OBJET for n in serie)
    if len(set(affichees.values())) < 2 or calculs.ruptures(*serie):
        return Extreme(Nombre.manquant(), [], "")
    gagnante = choisir(affichees.values())
    noms = [nom for nom, valeur in affichees.items() if valeur == gagnante]
    return Extreme(serie[noms[0]], noms, " parmi les valeurs connues" if inconnues else "")


def avec_sous_totaux(
    cadre: pd.DataFrame, par: pd.Series, sous_total: str, total: str = "", ensemble: str = "Ensemble"
) -> pd.DataFrame:
    """The rows of ``cadre`` in groups, each followed by its sub-total, and all by the total.

    ``par``: the group of each row, by the same index; groups come in the order of their first row. ``sous_total`` and
    ``total`` are the labels of the added rows; the last one stands in a group ``ensemble``. Returns a frame
    whose index has two levels: group, row. Raises ValueError for a row that has no group.
    """
    par = par.reindex(cadre.index)
    if par.isna().any():
        raise ValueError(f"Lignes sans groupe : {', '.join(map(str, par.index[par.isna()]))}.")
    blocs = {groupe: _suivi_de(bloc, sous_total) for groupe, bloc in cadre.groupby(par, sort=False)}
    if total:
        blocs[ensemble] = _suivi_de(cadre, total).iloc[-1:]
    return pd.concat(blocs)


def _suivi_de(cadre: pd.DataFrame, libelle: str) -> pd.DataFrame:
    return pd.concat([cadre, calculs.total(cadre).to_frame(libelle).T])


def avec_evolution(cadre: pd.DataFrame, decimales: int = 1, ecart: bool = False) -> pd.DataFrame:
    """``cadre`` with the change in percent from the last year but one to the last, after the years; with ``ecart``,
    the gap after it.

    Columns: years, or two levels (measure, year), where each measure has its change. Other columns keep their place.
    """
    if cadre.columns.nlevels == 1:
        return _evolution(cadre, decimales, ecart)
    mesures = cadre.columns.unique(0)
    return pd.concat({mesure: _evolution(cadre[mesure], decimales, ecart) for mesure in mesures}, axis=1)


def _evolution(cadre: pd.DataFrame, decimales: int, ecart: bool) -> pd.DataFrame:
    annees = [colonne for colonne in cadre.columns if isinstance(colonne, int)]
    if len(annees) < 2:
        return cadre
    place = cadre.columns.get_loc(annees[-1]) + 1
    avant, apres = cadre[annees[-2]], cadre[annees[-1]]
    complet = cadre.copy()
    if ecart:
        complet.insert(place, "Écart", calculs.ecart(apres, avant))
    complet.insert(place, "Évolution", calculs.evolution(apres, avant, decimales=decimales))
    return complet
