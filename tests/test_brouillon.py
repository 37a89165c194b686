"""What a draft shows of what is still to be filled: in prose, tables, figures and texts, never in an edition."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from annee_simulee import simuler
from outils import RACINE

from rapport.chapitre import prose, provenance, tables
from rapport.donnees.edition import Edition
from rapport.nombres.calculs import evolution, part, total
from rapport.nombres.nombre import A_REMPLIR, Nombre
from rapport.saisie.nouvelle_annee import creer


@pytest.fixture(scope="module")
def vide(tmp_path_factory) -> Edition:
    """2024 with nothing filled yet."""
    donnees = shutil.copytree(RACINE / "data", tmp_path_factory.mktemp("vide") / "data")
    creer(donnees, 2024)
    return Edition(2024, donnees)


def test_an_empty_cell_is_a_number_to_fill_and_so_is_all_that_depends_on_it(vide):
    appels, visites = vide["appels_traites"], vide.table("visites")["visites"]
    for n in (appels, total(visites), evolution(appels, vide["appels_traites", 2023]), part(visites["siege"], appels)):
        assert n.motif == A_REMPLIR
    assert [o.libelle for o in (appels + visites["siege"] + appels).a_remplir()] == [
        "Appels téléphoniques traités",
        "Siège – Visites",
    ]
    assert (appels + Nombre.manquant("NC")).motif == A_REMPLIR  # not « NC »: filling comes first


def test_sections_of_values_to_fill_keep_their_place(vide):
    assert vide.connait("appels_traites")
    assert vide.connait("visites")
    assert not vide.connait("evenements")  # no row at all


def test_a_sentence_asks_for_the_values_that_it_waits_for(vide):
    contexte = {"ed": vide, "siege": vide.table("visites").loc["siege", "visites"]}
    appels = '{{ ed["appels_traites"] | phrase("appel") }} ont été traités.'
    gabarit = "\n".join(["La Caf répond.", appels, appels, "", "- {{ siege }} visites."])  # asked once a paragraph
    assert prose.rendre(gabarit, contexte).html() == (
        'La Caf répond.\n<span class="a-remplir">à remplir\u00a0: Appels téléphoniques traités</span>\n\n'
        '- <span class="a-remplir">à remplir\u00a0: Siège – Visites</span>'
    )


def test_a_long_list_of_values_is_counted(vide):
    noms = provenance.noms_a_remplir([total(vide.table("prestations")["montant_eur"])])
    assert noms.startswith("Prestation d’accueil du jeune enfant – Montant versé, ")
    assert noms.endswith(" et 21 autres")


def test_a_table_marks_its_cells_to_fill(vide):
    visites = vide.serie("visites", "visites")
    corps = tables.corps_html(visites)
    assert corps.count('<td class="nombre a-remplir"><abbr title="valeur à remplir">à remplir</abbr>') == len(visites)
    assert ";à remplir" in tables.en_csv(visites)


def test_an_edition_marks_nothing(tmp_path):
    donnees = shutil.copytree(RACINE / "data", tmp_path / "data")
    simuler(donnees)
    ed = Edition(2024, donnees)
    motifs = {v.motif for t in ("prestations", "visites", "indicateurs") for v in _nombres(ed.table(t))}
    assert motifs <= {None, "NC", "ND", "NS"}


def test_rows_that_are_not_described_yet_are_left_out(vide):
    dossier = vide.donnees.dossier
    (dossier / "2024" / "evenements.csv").write_text(
        "evenement,date,libelle,en_images,chapitre,section,source\n"
        "fete,2024-06-12,Fête de la Caf,oui,,,\n"
        "visite,,Visite du préfet,oui,,,\n"
        "reunion,2024-09-12,,non,,,\n"
    )
    assert list(Edition(2024, dossier).table("evenements").index) == ["fete"]


def _nombres(cadre: pd.DataFrame) -> list[Nombre]:
    return [v for v in cadre.to_numpy().ravel() if isinstance(v, Nombre)]
