"""Rows of CSV files: their lines and cells, whatever wrote the file."""

from __future__ import annotations

import pytest

from rapport.donnees import lignes
from rapport.donnees.lignes import Ligne, LigneIllisible


def lues(tmp_path, octets: bytes):
    chemin = tmp_path / "visites.csv"
    chemin.write_bytes(octets)
    return lignes.lire(chemin)


def test_a_row_knows_its_line_and_its_cells(tmp_path):
    assert lues(tmp_path, b"site,visites\nsiege,1\n") == [Ligne(2, {"site": "siege", "visites": "1"})]


def test_a_file_of_excel_is_read_as_any_other(tmp_path):
    assert lues(tmp_path, b'\xef\xbb\xbfsite,nom\r\nsiege,"Foix, si\xc3\xa8ge"\r\n') == [
        Ligne(2, {"site": "siege", "nom": "Foix, siège"})
    ]


def test_a_line_counts_blank_lines_and_those_within_a_cell(tmp_path):
    assert [x.numero for x in lues(tmp_path, b'site,nom\n"a\nb",c\n\n , \nd,e\n')] == [2, 6]


def test_an_empty_file_has_no_rows(tmp_path):
    assert lues(tmp_path, b"") == lues(tmp_path, b"site,visites\n") == []


@pytest.mark.parametrize(
    "octets", [b"site,visites\na,1\nsiege\n", b"site,visites\na,1\nb,1,2\n", b'site,v\na,1\n"b,2\n']
)
def test_a_row_that_is_none_is_refused_with_its_line(tmp_path, octets):
    with pytest.raises(LigneIllisible) as refus:
        lues(tmp_path, octets)
    assert refus.value.numero == 3


def test_what_is_written_is_read_again(tmp_path):
    rangees = [{"site": "siège", "nom": 'dit "le siège", à Foix'}, {"site": "pamiers", "autre": "de trop"}]
    texte = lignes.ecrire(["site", "nom"], rangees)
    relues = [x.cellules for x in lues(tmp_path, texte.encode())]
    assert relues == [rangees[0], {"site": "pamiers", "nom": ""}]
