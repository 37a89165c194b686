"""What a notebook reads of its edition: one cell, a table, a series."""

from __future__ import annotations

import pytest
from donnees_minimales import ecrire

from rapport.donnees.dossier import DonneesAbsentes
from rapport.donnees.edition import Edition


@pytest.fixture
def ed(tmp_path):
    return Edition(2023, ecrire(tmp_path))


def motifs(serie):
    return [n.motif or int(n) for n in serie]


def test_numbers_of_a_table_are_columns_of_numbers(ed):
    table = ed.table("visites")
    assert table["visites"].dtype == "nombre"
    assert (table["visites"].sum(), table["source"].dtype) == (22282, object)
    assert list(table.index) == ["siege", "lavelanet", "pamiers"]
    assert ed.table("visites", 2022)["part_pct"].sum().motif == "NC"


def test_a_table_belongs_to_whoever_asks(ed):
    for lire in (lambda: ed.table("visites"), lambda: ed.table("agents"), lambda: ed.nomenclature("sites")):
        avant = lire().copy()
        abimee = lire()
        abimee.iloc[0, 0] = None
        abimee["x"] = 1
        abimee.loc["nouveau"] = None
        abimee.index.name = "autre"
        abimee.columns = range(abimee.shape[1])
        assert lire().equals(avant)
        assert lire().index.names == avant.index.names


def test_a_cell_is_the_same_number_by_each_road(ed):
    cellule = ed["visites.siege.visites"]
    assert (cellule.origine.fichier, cellule.origine.ligne) == ("data/2023/visites.csv", 2)
    assert cellule is ed.table("visites").loc["siege", "visites"]
    assert cellule is ed.serie("visites", "visites").loc["siege", 2023]
    assert cellule is ed.serie("visites.siege.visites")[2023]


def test_a_column_over_the_years(ed):
    visites = ed.serie("visites", "visites")
    assert {a: motifs(visites[a]) for a in visites} == {2022: [18309, "ND", 3094], 2023: [17392, 1537, 3353]}
    assert list(visites.index) == ["siege", "lavelanet", "pamiers"]
    assert set(map(str, visites.dtypes)) == {"nombre"}
    choisies = ed.serie("visites", "visites", [2023, 2021], cles=["pamiers", "saint_girons"])
    assert (motifs(choisies[2023]), motifs(choisies[2021])) == ([3353, "ND"], ["ND", "ND"])
    assert motifs(ed.serie("agents", "agents", [2023]).loc["siege", 2023]) == [107, 10]
    assert ed.serie("agents", "agents", [2021]).empty


def test_a_value_over_the_years(ed):
    assert motifs(ed.serie("visites.siege.visites", [2022, 2023, 2021])) == [18309, 17392, "ND"]
    connues = ed.serie("visites.lavelanet.visites")
    assert (list(connues.index), connues.dtype) == ([2023], "nombre")
    assert list(ed.serie("visites.siege.visites").loc[2023:]) == [17392]


def test_what_has_no_name_is_refused(ed):
    for lire in (
        lambda: ed.serie("visites.sieg.visites"),
        lambda: ed.serie("visites.visites"),
        lambda: ed.serie("visites", "visite"),
        lambda: ed.table("visite"),
    ):
        with pytest.raises(DonneesAbsentes):
            lire()
