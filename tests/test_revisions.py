"""A past value corrected by a later edition: who reads which value, how it shows, what is refused."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest
from donnees_minimales import FICHIERS, ecrire
from outils import RACINE, simple

from rapport.chapitre import provenance, tables
from rapport.chapitre.figures import decrire
from rapport.donnees.edition import Edition
from rapport.nombres.calculs import evolution, total
from rapport.nombres.francais import INSECABLE
from rapport.verite.verification import verifier

ENTETE = "annee,adresse,ancienne,nouvelle,motif,source\n"
LIGNES = [
    "2023,visites.siege.visites,17392,17400,Huit visites oubliées.,ra2024",
    "2023,satisfaction_pct,87.19,86.5,Réponses comptées deux fois.,ra2024",
    "2023,agents.siege / cdd.agents,10,NC,Compte à refaire.,ra2024",
    "2022,visites.pamiers.part_pct,NC,12.57,Communiqué depuis.,ra2024",
]


@pytest.fixture
def donnees(tmp_path):
    """A year 2024 like 2023, whose edition corrects three values of 2023, and one of 2022."""
    dossier = ecrire(tmp_path)
    shutil.copy(RACINE / "data/schemas/revisions.yaml", dossier / "schemas")
    shutil.copytree(dossier / "2023", dossier / "2024")
    (dossier / "2024/edition.yaml").write_text("statut: provisoire\npublication: ND\n", encoding="utf-8")
    sources = dossier / "nomenclatures/sources.csv"
    sources.write_text(sources.read_text(encoding="utf-8") + "ra2024,Rapport 2024,7,Errata\n", encoding="utf-8")
    definir(dossier)
    reviser(dossier, 2024, *LIGNES)
    return dossier


def definir(dossier):
    """Give the indicators the definitions that an edition reads."""
    schema = dossier / "schemas/nomenclatures/indicateurs.yaml"
    champ = "  - {name: definition, title: Définition, description: Phrase., type: string}\nprimaryKey"
    schema.write_text(schema.read_text(encoding="utf-8").replace("primaryKey", champ), encoding="utf-8")
    indicateurs = dossier / "nomenclatures/indicateurs.csv"
    entete, *lignes = indicateurs.read_text(encoding="utf-8").splitlines()
    ecrites = [entete + ",definition", *(ligne + ",Une définition." for ligne in lignes)]
    indicateurs.write_text("\n".join(ecrites) + "\n", encoding="utf-8")


def reviser(dossier, edition, *lignes):
    chemin = dossier / f"{edition}/revisions.csv"
    chemin.parent.mkdir(exist_ok=True)
    chemin.write_text(ENTETE + "".join(ligne + "\n" for ligne in lignes), encoding="utf-8")


def test_revisions_are_valid_data(donnees):
    assert verifier(donnees) == []


def test_an_edition_without_revisions_may_say_so(donnees):
    reviser(donnees, 2024)
    assert verifier(donnees) == []
    assert not Edition(2024, donnees).connait("revisions")


def test_the_past_edition_stays_as_it_was_published(donnees):
    ed = Edition(2023, donnees)
    assert ed["visites.siege.visites"] == 17392
    assert ed["satisfaction_pct"].revision is None
    assert not ed.connait("revisions")
    assert ed.revisions().empty


def test_the_new_edition_reads_the_corrected_values(donnees):
    ed = Edition(2024, donnees)
    visites = ed.serie("visites", "visites")
    assert list(visites.loc["siege"]) == [17400, 17392]
    assert str(ed["satisfaction_pct", 2023]) == "86.5"
    assert ed.table("agents", 2023).loc[("siege", "cdd"), "agents"].motif == "NC"
    assert str(ed.table("visites", 2022).loc["pamiers", "part_pct"]) == "12.57"
    assert ed.connait("revisions")


def test_a_corrected_value_keeps_its_unit_and_names_its_new_cell(donnees):
    n = Edition(2024, donnees)["satisfaction_pct", 2023]
    assert (n.unite, n.decimales, n.origine.annee) == ("%", 2, 2023)
    assert (n.origine.fichier, n.origine.ligne, n.origine.colonne) == ("data/2024/revisions.csv", 3, "nouvelle")
    assert n.origine.source.document == "Rapport 2024"
    assert (n.revision.edition, n.revision.motif) == (2024, "Réponses comptées deux fois.")
    assert f"{n.revision.ancienne}" == f"87,19{INSECABLE}%"


def test_the_editions_after_still_read_it_and_may_correct_it_again(donnees):
    shutil.copytree(donnees / "2024", donnees / "2025")
    (donnees / "2025/revisions.csv").unlink()
    assert Edition(2025, donnees)["visites.siege.visites", 2023] == 17400
    assert Edition(2025, donnees).connait("revisions")
    reviser(donnees, 2025, "2023,visites.siege.visites,17400,17410,Dix de plus.,ra2024")
    assert verifier(donnees) == []
    assert Edition(2024, donnees)["visites.siege.visites", 2023] == 17400
    assert Edition(2025, donnees)["visites.siege.visites", 2023] == 17410
    liste = Edition(2025, donnees).revisions()
    siege = liste[[n.origine.libelle == "Siège – Visites" for n in liste["nouvelle"]]]
    assert siege[["edition", "ancienne", "nouvelle"]].values.tolist() == [[2025, 17400, 17410], [2024, 17392, 17400]]


def test_the_list_of_revisions(donnees):
    liste = Edition(2024, donnees).revisions()
    assert list(liste["table"]) == ["Visites", "Indicateurs", "Agents", "Visites"]
    assert [f"{n}" for n in liste["ancienne"]] == [
        "17\u202f392", f"87,19{INSECABLE}%", "10", "NC",
    ]  # fmt: skip
    assert liste["nouvelle"].iloc[1].origine.libelle == "Allocataires satisfaits"


def test_a_corrected_value_is_marked_wherever_it_shows(donnees):
    visites = Edition(2024, donnees).serie("visites", "visites")
    html = tables.corps_html(visites)
    assert html.count("révisé") == 1
    assert '17\u202f400\u00a0<span class="revise">révisé</span></td>' in html
    texte = tables.en_csv(visites, "Lieu")
    assert texte.splitlines()[0] == "Lieu;2023;2024;Révisions"
    assert f"siege;17400;17392;2023{INSECABLE}: révisé, 17\u202f392 jusque-là" in texte
    assert "17\u202f400 (révisé) (2023)" in decrire("Barres", "Visites", visites)
    assert provenance.marquer(visites.loc["siege", 2023], "17 400").endswith('<span class="revise">révisé</span>')


def test_a_figure_says_which_of_its_values_were_corrected(donnees):
    ed = Edition(2024, donnees)
    visites = ed.serie("visites", "visites")
    phrase = "Valeur révisée\u00a0: Siège – Visites, 2023."
    assert provenance.phrase_revisions(visites.to_numpy().ravel()) == phrase
    assert provenance.phrase_revisions([total(visites)[2023]]) == phrase
    assert provenance.phrase_revisions(visites[2024]) == ""
    deux = provenance.phrase_revisions([*visites[2023], ed["satisfaction_pct", 2023]])
    assert deux == "Valeurs révisées\u00a0: Siège – Visites, 2023 et Allocataires satisfaits, 2023."


def test_tables_without_a_corrected_value_have_no_column_for_it(donnees):
    assert "évis" not in tables.en_csv(Edition(2023, donnees).serie("visites", "visites"))


def test_a_number_tells_that_it_or_a_term_of_it_was_corrected(donnees):
    visites = Edition(2024, donnees).serie("visites", "visites")
    lui_meme = provenance.decrire(visites.loc["siege", 2023])["lignes"]
    assert lui_meme[-1] == "Valeur révisée par l’édition 2024\u00a0: 17\u202f392 jusque-là. Huit visites oubliées."
    change = provenance.decrire(evolution(visites.loc["siege", 2024], visites.loc["siege", 2023]))["lignes"]
    assert "Siège – Visites, 2023, révisé" in change[1]
    assert change[-1] == "Calculé avec une valeur révisée\u00a0: Siège – Visites, 2023."
    assert "révisé" not in str(provenance.decrire(visites.loc["pamiers", 2023]))


def cas(nom, avant, apres, ligne, colonne, *dit):
    return pytest.param(avant, apres, ligne, colonne, dit, id=nom)


@pytest.mark.parametrize(
    ("avant", "apres", "ligne", "colonne", "dit"),
    [
        cas("the edition's own year", "2022,visites", "2024,visites", 5, "annee", "année antérieure à 2024 attendue",
            "« 2024 »", "se corrige dans son fichier"),
        cas("no year", "2022,visites", "avant,visites", 5, "annee", "année attendue"),
        cas("unknown table", "visites.siege", "visite.siege", 2, "adresse", "table connue attendue",
            "Proches : « visites »."),
        cas("a nomenclature", "visites.siege.visites", "nomenclatures/sites.siege.parent", 2, "adresse",
            "table connue attendue"),
        cas("a table that the year has not", "2022,visites.pamiers.part_pct", "2022,agents.siege / cdi.agents", 5,
            "adresse", "table connue pour 2022 attendue", "Tables de 2022 : « visites »."),
        cas("unknown key", "visites.siege", "visites.siége", 2, "adresse", "clé de data/2023/visites.csv attendue",
            "Proches : « siege »."),
        cas("half a key", "siege / cdd", "siege", 4, "adresse", "Écrivez agents.<site> / <contrat>.agents."),
        cas("unknown column", "siege.visites,", "siege.visiteurs,", 2, "adresse",
            "colonne de nombres de « visites » attendue", "Proches : « visites »."),
        cas("a column of text", "siege.visites,", "siege.source,", 2, "adresse", "colonne de nombres",
            "Noms connus : « visites », « part_pct »."),
        cas("a whole column", "visites.siege.visites,", "visites.visites,", 2, "adresse",
            "adresse d’une valeur attendue"),
        cas("the spelling of old", "satisfaction_pct", "indicateurs.satisfaction_pct", 3, "adresse",
            "Un indicateur s’écrit par son code seul."),
        cas("not the published value", "17392,17400", "17393,17400", 2, "ancienne",
            "valeur connue jusque-là attendue (17392), trouvé « 17393 »", "data/2023/visites.csv, ligne 2"),
        cas("no change", "17392,17400", "17392,17392", 2, "nouvelle", "valeur différente de l’ancienne"),
        cas("too many decimals", "17392,17400", "17392,17400.5", 2, "nouvelle", "nombre entier attendu"),
        cas("out of the indicator's bounds", "87.19,86.5", "87.19,865", 3, "nouvelle", "au plus 100"),
        cas("not a number", "17392,17400", "17392,17 400", 2, "nouvelle", "Écrivez 17400."),
        cas("no reason", "Huit visites oubliées.", "", 2, "motif", "valeur obligatoire attendue"),
        cas("no source", "oubliées.,ra2024", "oubliées.,", 2, "source", "valeur obligatoire attendue"),
        cas("unknown source", "oubliées.,ra2024", "oubliées.,ra2026", 2, "source", "sources.csv attendu"),
    ],
)  # fmt: skip
def test_a_wrong_revision_is_refused(donnees, avant, apres, ligne, colonne, dit):
    chemin = donnees / "2024/revisions.csv"
    texte = chemin.read_text(encoding="utf-8")
    assert texte.count(avant) == 1
    chemin.write_text(texte.replace(avant, apres), encoding="utf-8")
    (erreur,) = verifier(donnees)
    assert (erreur.fichier, erreur.ligne, erreur.colonne) == ("data/2024/revisions.csv", ligne, colonne)
    ecrit = simple(str(erreur))
    assert not [mots for mots in dit if mots not in ecrit], ecrit


def test_twice_the_same_value_is_refused(donnees):
    reviser(donnees, 2024, LIGNES[0], LIGNES[0])
    assert [(e.ligne, e.attendu) for e in verifier(donnees)] == [(3, "clé unique attendue")]


def test_a_past_file_edited_in_silence_is_seen(donnees):
    visites = FICHIERS["2023/visites.csv"].replace("17392", "17400")
    (donnees / "2023/visites.csv").write_text(visites, encoding="utf-8")
    (erreur,) = verifier(donnees)
    assert (erreur.ligne, erreur.colonne) == (2, "ancienne")
    assert "Un fichier passé ne se modifie pas" in erreur.message


def test_a_second_revision_starts_from_the_first(donnees):
    reviser(donnees, 2025, "2023,visites.siege.visites,17392,17410,Dix de plus.,ra2024")
    erreurs = [e for e in verifier(donnees, [2025]) if e.colonne == "ancienne"]
    assert [e.attendu for e in erreurs] == ["valeur connue jusque-là attendue (17400)"]
    assert "data/2024/revisions.csv, ligne 2" in erreurs[0].message


def test_pandas_keeps_a_corrected_value_as_it_is(donnees):
    visites = Edition(2024, donnees).table("visites", 2023)
    assert visites["visites"].dtype == "nombre"
    assert isinstance(visites, pd.DataFrame)
    assert sum(n.revision is not None for n in visites["visites"]) == 1


def test_the_json_of_a_table_tells_every_revision_of_a_value_and_of_its_terms(donnees):
    shutil.copytree(donnees / "2024", donnees / "2025")
    reviser(donnees, 2025, "2023,visites.siege.visites,17400,17410,Dix de plus.,ra2024")
    visites = Edition(2025, donnees).serie("visites", "visites", annees=[2023])
    au_siege, _, somme = tables.en_json(
        pd.concat([visites.loc[["siege", "pamiers"]], total(visites).to_frame("Total").T])
    )
    assert au_siege["valeur"] == "17410"
    de = {"de": "Siège – Visites, 2023"}
    assert au_siege["revisions"] == [
        de | {"edition": 2025, "ancienne": "17400", "motif": "Dix de plus."},
        de | {"edition": 2024, "ancienne": "17392", "motif": "Huit visites oubliées."},
    ]
    assert somme["revisions"] == au_siege["revisions"]
    (siege_2022,) = tables.en_json(Edition(2024, donnees).serie("visites", "part_pct", [2022]).loc[["pamiers"]])
    assert [(r["ancienne"], r["edition"]) for r in siege_2022["revisions"]] == [(None, 2024)]
