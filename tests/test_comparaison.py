"""`rapport changes`: what changed in numbers between two data folders, from what to what."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from donnees_minimales import ecrire
from outils import RACINE, simple

from rapport.controle.erreurs import Refus
from rapport.saisie import comparaison
from rapport.saisie.comparaison import Changement


@pytest.fixture
def avant(tmp_path: Path) -> Path:
    return ecrire(tmp_path / "avant")


@pytest.fixture
def apres(tmp_path: Path) -> Path:
    return ecrire(tmp_path / "apres")


def changer(dossier: Path, fichier: str, ancien: str, nouveau: str) -> None:
    texte = (dossier / fichier).read_text(encoding="utf-8")
    assert texte.count(ancien) == 1, "the case changes exactly one place"
    (dossier / fichier).write_text(texte.replace(ancien, nouveau), encoding="utf-8")


def lisibles(changements: list[Changement]) -> list[tuple]:
    """Without the chapter, no-break spaces written as spaces."""
    return [
        tuple(simple(x) if isinstance(x, str) else x for x in champs)
        for champs in ((c.annee, c.libelle, c.avant, c.apres) for c in changements)
    ]


def comparer(avant: Path, apres: Path) -> list[tuple]:
    dossiers = map(comparaison.ouvrir, (avant, apres))
    return lisibles(comparaison.comparer(*dossiers, lambda table: table))


@pytest.mark.parametrize(
    ("fichier", "ancien", "nouveau", "attendu"),
    [
        (
            "2023/visites.csv", "siege,17392", "siege,17400",
            (2023, "Visites – Siège – Visites", "17 392 visites", "17 400 visites"),
        ),
        ("2023/visites.csv", "13.92", "NC", (2023, "Visites – Pamiers – Part", "13,92 %", "NC")),
        ("2023/visites.csv", "13.92", "", (2023, "Visites – Pamiers – Part", "13,92 %", None)),
        ("2022/visites.csv", ",NC,", ",12.50,", (2022, "Visites – Pamiers – Part", "NC", "12,50 %")),
        ("2023/indicateurs.csv", "-12.5", "1212.5", (2023, "Solde", "−12,5 €", "1 212,5 €")),
        (
            "2023/prestations.csv", "2023-08-17", "2023-08-18",
            (2023, "Prestations – Allocation de rentrée scolaire – Versement", "17/08/2023", "18/08/2023"),
        ),
        ("2023/agents.csv", "siege,cdd,10", "siege,cdd,11", (2023, "Agents – Siège – cdd", "10", "11")),
        ("2023/agents.csv", "siege,cdd,10,ra2023\n", "", (2023, "Agents – Siège – cdd", "10", None)),
        ("2023/indicateurs.csv", "appels,20151,ra2023\n", "", (2023, "Appels traités", "20 151 appels", None)),
        ("2023/edition.yaml", "définitive", "provisoire", (2023, "Édition – Statut", "définitive", "provisoire")),
    ],
)  # fmt: skip
def test_a_changed_value_says_what_it_is_and_from_what_to_what(avant, apres, fichier, ancien, nouveau, attendu):
    changer(apres, fichier, ancien, nouveau)
    assert comparer(avant, apres) == [attendu]
    annee, libelle, de, a = attendu
    assert comparer(apres, avant) == [(annee, libelle, a, de)]


@pytest.mark.parametrize(
    ("fichier", "ancien", "nouveau"),
    [
        ("2023/visites.csv", "72.2", "72.20"),
        ("2023/prestations.csv", "Versée en août, pour la rentrée.", "Versée en août."),
        ("nomenclatures/sites.csv", "pamiers,Pamiers", "pamiers,Ville de Pamiers"),
        ("2023/textes/edito.md", "écoulée", "passée"),
    ],
)
def test_what_is_no_value_does_not_count(avant, apres, fichier, ancien, nouveau):
    changer(apres, fichier, ancien, nouveau)
    assert comparer(avant, apres) == []


def test_the_order_of_rows_does_not_count(avant, apres):
    lignes = (apres / "2023/visites.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (apres / "2023/visites.csv").write_text("".join([lignes[0], *reversed(lignes[1:])]), encoding="utf-8")
    assert comparer(avant, apres) == []


def test_a_new_year_is_all_added_and_values_to_fill_are_no_values(avant, apres):
    shutil.copytree(apres / "2023", apres / "2024")
    (apres / "2024" / "visites.csv").write_text(
        "site,visites,part_pct,source\nsiege,,,\npamiers,12,,\n", encoding="utf-8"
    )
    trouves = comparer(avant, apres)
    assert {annee for annee, *_ in trouves} == {2024}
    assert all(ancien is None for _, _, ancien, _ in trouves)
    assert [c for c in trouves if c[1].startswith("Visites")] == [
        (2024, "Visites – Pamiers – Visites", None, "12 visites")
    ]


def test_a_row_without_values_is_told_by_its_presence(avant, apres):
    for dossier in (avant, apres):
        schema = dossier / "schemas/agents.yaml"
        schema.write_text(schema.read_text(encoding="utf-8").replace("[site, contrat]", "[site, contrat, agents]"))
    changer(apres, "2023/agents.csv", "siege,cdd,10,ra2023\n", "")
    assert comparer(avant, apres) == [(2023, "Agents – Siège – cdd – 10", "présent", None)]


def test_a_renamed_code_has_the_label_of_its_year(avant, apres):
    for dossier in (avant, apres):
        sites = dossier / "nomenclatures/sites.csv"
        entete, siege, *autres = sites.read_text(encoding="utf-8").splitlines()
        sieges = [
            siege.replace("Siège", nom) + bornes
            for nom, bornes in (("Ancien siège", ",,2022"), ("Nouveau siège", ",2023,"))
        ]
        sites.write_text(
            "\n".join([f"{entete},depuis,jusqua", *sieges, *(f"{a},," for a in autres), ""]), encoding="utf-8"
        )
        schema = dossier / "schemas/nomenclatures/sites.yaml"
        annees = "".join(f"  - {{name: {nom}, title: {nom}, type: year}}\n" for nom in ("depuis", "jusqua"))
        texte = schema.read_text(encoding="utf-8").replace("primaryKey: [code]", f"{annees}primaryKey: [code, depuis]")
        schema.write_text(texte, encoding="utf-8")
    changer(apres, "2022/visites.csv", "18309", "18310")
    changer(apres, "2023/visites.csv", "17392", "17393")
    assert [libelle for _, libelle, *_ in comparer(avant, apres)] == [
        "Visites – Ancien siège – Visites",
        "Visites – Nouveau siège – Visites",
    ]


@pytest.mark.parametrize(
    ("fichier", "contenu", "dit"),
    [
        ("2023/visites.csv", "site;visites;source\nsiege;1;ra2023\n", "data/2023/visites.csv, ligne 1"),
        ("2023/visites.csv", "site,visites,part_pct,source\nsiege,1\n", "data/2023/visites.csv, ligne 2"),
        (
            "2023/visites.csv",
            "site,visites,part_pct,source\nsiege,1,2,r\nsiege,1,2,r\n",
            "data/2023/visites.csv, ligne 3",
        ),
        ("2023/visites.csv", 'site,visites,part_pct,source\n"siege,1,2,r\n', "data/2023/visites.csv, ligne 2"),
        (
            "2023/visites.csv",
            "site,visites,part_pct,source\nsiege,beaucoup,2,ra2023\n",
            "data/2023/visites.csv, ligne 2",
        ),
        ("2023/edition.yaml", "définitive", "data/2023/edition.yaml"),
        ("2023/edition.yaml", "statut: [", "data/2023/edition.yaml"),
        ("schemas/visites.yaml", "title: [", "data/schemas/visites.yaml"),
    ],
)
def test_what_check_refuses_is_told_as_check_tells_it(avant, apres, fichier, contenu, dit):
    (apres / fichier).write_text(contenu, encoding="utf-8")
    for dossiers in ((avant, apres), (apres, avant)):
        with pytest.raises(Refus) as erreur:
            comparer(*dossiers)
        assert str(apres) in erreur.value.titre
        assert any(dit in simple(ligne) for ligne in erreur.value.lignes)


def test_a_file_in_another_encoding_is_told(avant, apres):
    (apres / "nomenclatures/sites.csv").write_bytes("code,libelle,parent\nsiege,Siège,\n".encode("cp1252"))
    changer(apres, "2023/visites.csv", "17392", "17393")
    with pytest.raises(Refus) as erreur:
        comparer(avant, apres)
    assert "UTF-8" in "".join(erreur.value.lignes)


def test_markdown_holds_no_markup_of_the_data(avant, apres):
    changer(apres, "nomenclatures/sites.csv", "siege,Siège", "siege,Siège | *x*")
    changer(apres, "2023/visites.csv", "17392", "17393")
    dossiers = map(comparaison.ouvrir, (avant, apres))
    texte = comparaison.markdown("Valeurs", comparaison.comparer(*dossiers, lambda table: "un-chapitre"))
    ligne = next(ligne for ligne in texte.splitlines() if "17" in ligne and "un-chapitre" in ligne)
    assert "Siège \\| \\*x\\* – Visites" in ligne


# --- The command ------------------------------------------------------------------------------------------------------


def lire(fin) -> str:
    return simple(fin.stdout)


def test_command_says_when_nothing_changed(projet):
    fin = projet.rapport("changes", "data")
    assert (fin.returncode, fin.stderr) == (0, "")
    assert fin.stdout.splitlines() == [
        "Valeurs saisies : aucune n’a changé",
        "Chiffres dérivés, recalculés : aucune n’a changé",
    ]


def test_command_shows_entered_values_and_the_derived_figures_that_follow(tmp_path, projet):
    apres = Path(shutil.copytree(RACINE / "data", tmp_path / "data"))
    changer(apres, "2023/visites.csv", "siege,17392", "siege,18392")
    fin = projet.rapport("changes", str(RACINE / "data"), str(apres), "--markdown")
    assert (fin.returncode, fin.stderr) == (0, "")
    saisies, derives = lire(fin).split("## Chiffres dérivés, recalculés : ")
    assert saisies.startswith("## Valeurs saisies : 1 modifiée\n\n### 2023\n")
    assert "| Visites par lieu d’accueil – Siège | 17 392 visites | 18 392 visites |" in saisies
    assert "| Visites : total | 24 088 | 25 088 |" in derives
    assert "Prestations" not in derives
    tableau = lire(projet.rapport("changes", str(RACINE / "data"), str(apres), env={"COLUMNS": "160"}))
    assert "Visites par lieu d’accueil – Siège" in tableau
    assert "17 392 visites   18 392 visites" in tableau


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Il manque AVANT : rapport changes --help."),
        (["nulle-part"], 2, "nulle-part » n’existe pas."),
        (["chapters"], 1, "chapters n’est pas un dossier de données (des années, des schémas)."),
        (["--data", "data"], 2, "L’option --data n’existe pas."),
    ],
)
def test_wrong_folders_are_told(projet, arguments, code, message):
    fin = projet.rapport("changes", *arguments)
    assert (fin.returncode, fin.stdout) == (code, "")
    assert message in fin.stderr


def test_data_that_check_refuses_are_told_and_nothing_is_compared(projet, tmp_path):
    avant = Path(shutil.copytree(projet.racine / "data", tmp_path / "avant"))
    projet.donnee(2023, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,douze,r,\nrares,1,r,\n")
    fin = projet.rapport("changes", str(avant))
    assert (fin.returncode, fin.stdout) == (1, "")
    assert "sont invalides : elles ne peuvent pas être comparées" in simple(fin.stderr)
    assert "data/2023/indicateurs.csv, ligne 2" in fin.stderr
