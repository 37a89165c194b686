"""The year's own prose may use `ed`, `annee`, `reperes` and what its chapter gives it: nothing else."""

from __future__ import annotations

import re
import shutil

import pytest
from outils import PARAMETRES, RACINE, code, md, simple

from rapport.chapitre import seance
from rapport.chapitre.prose import ErreurDeTexte
from rapport.controle.textes import attentes_du_livre, carnets_du_livre, erreurs_texte, noms_donnes, textes_perdus
from rapport.donnees import textes
from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.livre.sommaire import lister_chapitres, trouver_racine
from rapport.verite.verification import verifier

DONNES = {
    "logement/permis_extension": {"entrees"},
    "politique-territoriale/ctg_signatures": {"signatures"},
    "politique-territoriale/ctg_ecart": {"reste"},
    "personnel/temps_plein": {"part_des_cdi"},
    "vulnerabilite/methode": {"verse"},
}
"""All that the texts of a year are given: a notebook that renames one of these still gives it under this name."""


def test_what_the_chapters_give_to_the_texts_of_a_year():
    chapitres = [chapitre.nom for chapitre in lister_chapitres(trouver_racine())]
    donnes = {f"{nom}/{bloc}": noms for nom in chapitres for bloc, noms in noms_donnes(nom).items() if noms}
    assert donnes == DONNES


@pytest.mark.parametrize(
    ("texte", "interdits"),
    [
        ('En {{ annee }}, {{ ed["visites"] | phrase("visite") }} ; {{ reperes.date["fin"] }}.', {}),
        ("{{ verse[annee] }}", {"verse": 1}),
        ("{{ donne }}", {}),
        ("Une ligne.\n\n{{ ed[code] }} et {{ code }}\n{{ texte_annee('a', 'b') }}", {"code": 3, "texte_annee": 4}),
        ("{% for n in ed.annees %}{{ n }}{% endfor %}{% set m = 1 %}{{ m }}", {}),
    ],
)
def test_names_that_a_text_may_not_use(texte, interdits):
    assert textes.noms_interdits(texte, ["donne"]) == interdits


def test_check_says_where_the_name_is_and_which_ones_may_stand_there():
    fichier = "data/2024/textes/logement.md"
    texte = "## contact\n\nRien.\n\n## permis_extension\n\nEn {{ annee }}, {{ entrees | liste }}.\n{{ extensions }}\n"
    assert erreurs_texte(texte.replace("{{ extensions }}", ""), fichier) == []
    (erreur,) = erreurs_texte(texte, fichier)
    assert simple(str(erreur)) == (
        "data/2024/textes/logement.md, ligne 8 : nom connu du texte attendu, trouvé « extensions ». "
        "Noms permis dans ce bloc : ed, annee, reperes, entrees. Lisez les données par ed[…], ou donnez ce nom dans le "
        'chapitre : texte_annee("logement", "permis_extension", extensions=extensions).'
    )


def test_a_block_that_no_chapter_of_the_book_calls_is_not_composed():
    assert erreurs_texte("## ancien\n\n{{ disparu }}\n", "data/2024/textes/logement.md") == []
    assert erreurs_texte("## bloc\n\n{{ disparu }}\n", "data/2024/textes/chapitre-retire.md") == []


def test_check_says_where_the_braces_are_wrong():
    (erreur,) = erreurs_texte("## contact\n\nUne ligne.\nEn {{ annee.\n", "data/2024/textes/logement.md")
    assert erreur.ligne == 4
    assert erreur.attendu == "texte à composer attendu"


def test_a_text_sees_nothing_of_the_notebook_but_what_it_is_given(projet, monkeypatch):
    projet.donnee(
        2023, "textes/premier.md", '## bloc\n\nEn {{ annee }}, {{ ed["visiteurs"] }} visites.\n{{ secret }}\n'
    )
    monkeypatch.setattr(seance.SEANCE, "edition", Edition(2023, projet.racine / "data"))
    monkeypatch.setattr(seance.SEANCE, "noms", {"secret": "Un mot.", "annee": 2000})
    with pytest.raises(ErreurDeTexte) as erreur:
        seance.composer('{{ texte_annee("premier", "bloc") }}')
    assert "data/2023/textes/premier.md, ligne 4 : nom inconnu « secret »" in str(erreur.value)
    assert "Noms permis dans ce bloc : ed, annee, reperes." in str(erreur.value)
    ecrit = seance.composer('{{ texte_annee("premier", "bloc", secret=secret) }}')
    assert "En 2023, 12" in str(ecrit)
    assert "Un mot." in str(ecrit)


def test_a_variable_named_as_what_texts_call_is_refused(monkeypatch):
    """It would be hidden, and the page would print the function."""
    monkeypatch.setattr(seance.SEANCE, "noms", {"pourquoi": "Un mot."})
    with pytest.raises(ErreurDeTexte, match="« pourquoi » est une fonction des textes : donnez un autre nom"):
        seance.composer("{{ pourquoi }}")


@pytest.mark.parametrize(
    ("fichier", "bloc", "cure"),
    [
        (
            "vulnerabilite",
            "recentralisation",
            "Sa section, « La recentralisation du RSA », attend « rsa_recentralisation_etp », que 2023",
        ),
        ("logement", "contacts", "Aucun chapitre ne l’appelle. Proches : « contact »."),
        ("logements", "contact", "Aucun chapitre ne l’appelle. Proches : « logement »."),
        ("logement", "contact", ""),
        ("logement", "permis_extension", ""),
    ],
)
def test_a_text_that_no_page_prints_is_an_error(tmp_path, fichier, bloc, cure):
    donnees = shutil.copytree(RACINE / "data", tmp_path / "data")
    shutil.rmtree(donnees / "2023/textes")
    (donnees / "2023/textes").mkdir()
    (donnees / f"2023/textes/{fichier}.md").write_text(f"## {bloc}\n\nDu nouveau.\n", encoding="utf-8")
    indicateurs = donnees / "2023/indicateurs.csv"
    contenu = re.sub("(?m)^rsa_recentralisation_etp,.*\n", "", indicateurs.read_text(encoding="utf-8"))
    indicateurs.write_text(contenu, encoding="utf-8")
    erreurs = textes_perdus(Edition(2023, donnees), carnets_du_livre())
    assert [(e.fichier, e.ligne) for e in erreurs] == [(f"data/2023/textes/{fichier}.md", 1)] * bool(cure)
    assert all(cure in simple(e.message) for e in erreurs)
    assert [e for e in verifier(donnees, [2023]) if "/textes/" in e.fichier] == erreurs


def test_words_that_stand_for_others_in_a_notebook_are_told_with_their_cell(projet):
    """Comments are not read; a build that would publish is refused, even where data have been checked before."""
    projet.chapitre("premier", md("# Premier"), PARAMETRES, code("# TODO\nx = 1"))
    assert attentes_du_livre(projet.racine) == []
    assert projet.rapport("build", "2023").returncode == 0
    projet.chapitre("premier", md("# Premier\n\nLa somme de XXX euros."), PARAMETRES, code("x = 1"))
    (erreur,) = attentes_du_livre(projet.racine)
    fin = projet.rapport("build", "2023")
    assert fin.returncode != 0
    assert str(erreur) in fin.stderr
    assert str(erreur).startswith("chapters/premier.ipynb, cellule 1, ligne 3")


def test_every_published_edition_says_its_licence_and_its_contact():
    """An extract says so: its status alone would make of it a whole report."""
    for annee in (editions := Donnees(RACINE / "data")).editions:
        assert {"licence", "contact"} <= set(editions.edition(annee))
    assert [a for a in editions.editions if "extrait" in editions.edition(a)] == [2021, 2022]
