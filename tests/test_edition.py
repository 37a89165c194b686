"""What a notebook reads of its edition: one cell, a table, a series."""

from __future__ import annotations

import shutil

import pytest
from donnees_minimales import ecrire
from execution_directe import executer
from outils import RACINE, simple

from rapport.donnees.adresse import AdresseInconnue
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


@pytest.mark.parametrize(
    ("code", "connu"),
    [
        ("visites", True),
        ("visites N-1", True),
        ("visites.siege", True),
        ("visites.pamiers", False),
        ("visites.visites", True),
        ("visites.part_pct", False),
        ("visites.siege.visites", True),
        ("visites.siege.part_pct", False),
        ("visites.lavelanet N-1", False),
        ("agents.siege / cdi", True),
        ("agents.pamiers / cdi.agents", False),
        ("agents.siege / cdi N-1", False),
        ("appels", True),
        ("satisfaction_pct", False),
        ("prestations", False),
    ],
)
def test_a_section_waits_for_a_table_a_row_a_column_a_cell_or_an_indicator(tmp_path, code, connu):
    """What is ND, or a table of ND, is not known."""
    donnees = ecrire(tmp_path)
    for fichier, contenu in {
        "visites": "site,visites,part_pct,source\nsiege,17392,ND,ra2023\npamiers,ND,NC,ra2023\n",
        "prestations": "prestation,montant_eur,versement,source,note\npaje,ND,2023-12-31,ra2023,\n",
        "indicateurs": "code,valeur,source\nappels,1,ra2023\nsatisfaction_pct,NC,ra2023\n",
        "agents": "site,contrat,agents,source\nsiege,cdi,107,ra2023\npamiers,cdi,ND,ra2023\n",
    }.items():
        (donnees / f"2023/{fichier}.csv").write_text(contenu, encoding="utf-8")
    assert Edition(2023, donnees).connait(code) == connu


@pytest.mark.parametrize(
    ("code", "dit"),
    [
        ("visite", "Proches : « visites »."),
        ("visites.sieges", "Clé de la table « visites » attendue, trouvé « sieges ». Proches : « siege »."),
        ("visites.siege.visite", "Colonne de nombres de « visites » attendue"),
        ("agents.siege", "Écrivez agents.<site> / <contrat>"),
    ],
)
def test_a_section_that_waits_for_nothing_that_exists_is_told(tmp_path, code, dit):
    with pytest.raises(AdresseInconnue) as erreur:
        Edition(2023, ecrire(tmp_path)).connait(code)
    assert dit in simple(str(erreur.value))


def test_an_unknown_convention_is_not_said_to_be_none(tmp_path):
    donnees = shutil.copytree(RACINE / "data", tmp_path / "data")
    ctg = donnees / "2023/ctg.csv"
    texte = ctg.read_text(encoding="utf-8").replace("capfv,1", "capfv,ND").replace("ccal,1", "ccal,0")
    ctg.write_text(texte, encoding="utf-8")
    (sorties,) = executer(donnees, 2023, ["politique-territoriale"]).values()
    (dite,) = (s for s in map(str, sorties) if "sans convention" in s)
    assert "Arize-Lèze" in dite
    assert "Foix-Varilhes" not in dite
