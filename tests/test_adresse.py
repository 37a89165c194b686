"""One spelling for the address of a value, one answer to who gets it wrong."""

from __future__ import annotations

import pytest
from donnees_minimales import ecrire

from rapport.donnees.adresse import Adresse, AdresseInconnue
from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition


@pytest.fixture
def donnees(tmp_path):
    return Donnees(ecrire(tmp_path))


def refus(donnees, texte, **options) -> str:
    with pytest.raises(AdresseInconnue) as erreur:
        Adresse.lire(texte).verifier(donnees.schemas, donnees.admis, **options)
    return str(erreur.value)


@pytest.mark.parametrize(
    ("texte", "adresse", "series"),
    [
        ("appels", Adresse("indicateurs", ("appels",), "valeur"), ["appels"]),
        (
            "visites.siege.visites",
            Adresse("visites", ("siege",), "visites"),
            ["visites.siege.visites", "visites.visites"],
        ),
        (
            "agents.siege / cdi.agents",
            Adresse("agents", ("siege", "cdi"), "agents"),
            ["agents.siege / cdi.agents", "agents.agents"],
        ),
        ("visites.visites", Adresse("visites", (), "visites"), ["visites.visites", "visites.visites"]),
    ],
)
def test_an_address_is_read_and_written_the_same(donnees, texte, adresse, series):
    assert Adresse.lire(texte) == adresse
    assert str(adresse) == texte
    assert list(adresse.series) == series
    adresse.verifier(donnees.schemas, donnees.admis)


@pytest.mark.parametrize(
    ("texte", "dit"),
    [
        ("apels", "Code d’indicateur attendu, trouvé « apels ». Proches : « appels »."),
        ("Appels", "Proches : « appels »."),
        ("visite.siege.visites", "Table connue attendue, trouvé « visite ». Proches : « visites »."),
        ("publie.total.valeur", "Table connue attendue"),
        ("visites.sieg.visites", "Clé de la table « visites » attendue, trouvé « sieg ». Proches : « siege »."),
        ("visites.siege / cdi.visites", "Écrivez visites.<site>.visites."),
        ("agents.siege.agents", "Écrivez agents.<site> / <contrat>.agents."),
        ("visites.siege.montant", "Colonne de nombres de « visites » attendue, trouvé « montant ». Noms connus : « v"),
        ("visites.siege.site", "Colonne de nombres de « visites » attendue"),
        ("indicateurs.appels", "Un indicateur s’écrit par son code seul."),
        ("visites..visites", "Code d’indicateur, table.colonne ou table.clé.colonne attendu"),
        ("", "Code d’indicateur, table.colonne ou table.clé.colonne attendu"),
    ],
)
def test_an_address_of_nothing_is_refused_with_the_nearest_names(donnees, texte, dit):
    assert dit in refus(donnees, texte)


def test_a_whole_column_is_no_value(donnees):
    assert "écrivez table.clé.colonne" in refus(donnees, "visites.visites", colonne_entiere=False)


def test_a_notebook_speaks_the_same_language(donnees):
    ed = Edition(2023, donnees.dossier)
    assert ed["agents.siege / cdd.agents"] == 10
    assert ed["visites.siege.visites", 2022] == 18309
    for texte in ("visites.sieg.visites", "apels", "visites.visites", "indicateurs.appels"):
        with pytest.raises(AdresseInconnue):
            ed[texte]
    with pytest.raises(AdresseInconnue, match="Proches : « pamiers »"):
        ed.serie("visites", "visites", cles=["siege", "pamier"])
