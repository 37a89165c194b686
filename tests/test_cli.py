"""The command line on a small project: real notebooks, kernels, Sphinx and processes."""

from __future__ import annotations

import html
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from outils import (
    PARAMETRES,
    RACINE,
    PetitProjet,
    anglais,
    article,
    attendre,
    code,
    commandes,
    contenu,
    dire,
    md,
    simple,
)

from rapport.build import publication
from rapport.cli import display
from rapport.cli.app import main

COMMANDES = commandes()

pytestmark = pytest.mark.slow


def texte(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def publier(projet, annee: int) -> dict[str, bytes]:
    """An edition published before, without building it; the content of the site."""
    vieux = projet.racine / "vieux"
    vieux.mkdir()
    (vieux / "index.html").write_text("une page", encoding="utf-8")
    publication.publish(projet.racine / "_build", {annee: vieux}, publication.root)
    return contenu(projet.site)


# --- Words


def test_the_commands_are_those_of_the_application():
    assert {(), ("build",), ("serve",), ("new-year",), ("excel", "import")} <= set(COMMANDES)


@pytest.mark.parametrize("commande", COMMANDES, ids=" ".join)
def test_help_is_french(commande, capsys, monkeypatch):
    """All of it: what it is for, and each argument, option and command, which all have a text."""
    monkeypatch.setattr(display.OUTPUT, "width", 80)
    assert main([*commande, "--help"]) == 0
    dit = capsys.readouterr().out
    assert f"Utilisation : {' '.join(['rapport', *commande])} [OPTIONS]" in dit
    assert "Affiche cette aide." in dit
    assert anglais(dit) == []
    mots = " ".join(re.sub("[│╭╮╰╯─]", " ", dit).split())
    objet = COMMANDES[commande]
    aide = yaml.safe_load((RACINE / "rapport" / "cli" / "aide.yaml").read_text(encoding="utf-8"))
    textes = aide["partout"] | aide.get(objet.name, {})
    dits = [textes[param.name] for param in objet.params]
    for dit in [objet.help, *dits, *(commande.help for commande in getattr(objet, "commands", {}).values())]:
        debut = " ".join(dit.partition("\n\n")[0].split())
        assert debut
        assert debut in mots
    for param in objet.params:
        assert param.metavar or param.is_flag, f"{param.name}: nothing says what it takes"
        assert (param.metavar or param.opts[0]) in mots


@pytest.mark.parametrize("commande", COMMANDES, ids=" ".join)
def test_an_option_that_no_command_has_is_refused_in_french(commande, capsys):
    assert main([*commande, "--inconnue"]) == 2
    sortie = capsys.readouterr()
    assert sortie.err.startswith("L’option --inconnue n’existe pas.")
    assert sortie.out == ""
    assert anglais(sortie.err) == []


@pytest.mark.parametrize(
    ("encodage", "attendu"),
    [
        ("cp1252", "1 537 « été » – œuvre…"),
        ("ascii", '1 537 " ete " - oeuvre...'),
        ("utf-8", "1\u202f537 « été » – œuvre…"),
    ],
)
def test_the_output_is_written_whatever_its_encoding(encodage, attendu, monkeypatch):
    """Windows redirects in cp1252, `LANG=C` may be ASCII: at worst a plain space, a letter without its accent."""
    for nom in ("stdout", "stderr"):
        monkeypatch.setattr(sys, nom, io.TextIOWrapper(io.BytesIO(), encoding=encodage))
    assert main(["list"]) == 0
    display.say("1\u202f537 « été » – œuvre…")
    assert main(["build", "1\u202f900"]) == 2
    display.show_table("Été", ["Année"], [["2\u202f023"]])
    octets = [(flux.flush(), flux.buffer.getvalue())[1] for flux in (sys.stdout, sys.stderr)]
    assert attendu in octets[0].decode(encodage).splitlines()
    assert "900" in octets[1].decode(encodage)


def test_the_search_for_english_finds_some():
    assert anglais("Usage: rapport [OPTIONS]\n│ --help  Show this message and exit.") == [
        "Usage", "Show", "this", "message", "exit",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["biuld"], "La commande « biuld » n’existe pas. Commandes : build, "),
        (["build", "--job", "2"], "L’option --job n’existe pas. Proches : --jobs."),
        (["--version"], "L’option --version n’existe pas."),
        (["build", "--jobs"], "L’option --jobs attend une valeur."),
        (["build", "--all=oui"], "L’option --all ne prend pas de valeur."),
        (["build", "--jobs", "deux"], "--jobs attend un nombre entier à partir de 1, pas « deux »."),
        (["build", "--jobs", "0"], "--jobs attend un nombre entier à partir de 1, pas « 0 »."),
        (["list", "tout"], "Cette commande ne prend pas ces arguments."),
        (["build", "2025"], "L’édition « 2025 » n’existe pas. Éditions : 2023, 2022."),
        (["build", "2020"], "L’édition « 2020 » n’existe pas. Éditions : 2022, 2023."),
        (["build", "tout"], "L’édition « tout » n’existe pas. Éditions : 2023, 2022."),
        (["build", "--all", "2023"], "Donnez des années ou l’option --all, pas les deux."),
        (["check", "1999"], "L’année « 1999 » n’existe pas. Années : 2022, 2023."),
        (["build", "--chapter", "secand"], "Le chapitre « secand » n’existe pas. Chapitres : second, "),
        (["build", "--data", "ailleurs"], "ailleurs » n’existe pas."),
    ],
)
def test_usage_errors_are_french_and_exit_with_2(projet, arguments, message):
    fin = projet.rapport(*arguments)
    assert fin.returncode == 2
    assert message in fin.stderr
    assert fin.stdout == ""
    assert anglais(fin.stderr) == []
    assert not projet.site.exists()


def test_without_a_command_the_help_is_shown(projet):
    fin = projet.rapport()
    assert fin.returncode == 2
    assert "Commandes" in fin.stdout
    assert fin.stderr == ""


def test_list(projet):
    fin = projet.rapport("list")
    assert fin.returncode == 0
    assert fin.stdout.splitlines() == [
        "Éditions",
        "  2023  définitive",
        "  2022  définitive",
        "Chapitres",
        "  index",
        "  Une partie",
        "    premier",
        "    second",
    ]


def test_check(projet):
    fin = projet.rapport("check")
    assert (fin.returncode, fin.stdout) == (0, "Les données sont valides (2022, 2023).\n")


def test_check_of_a_wrong_schema_names_its_file(projet):
    (schema,) = (projet.racine / "data" / "schemas").glob("indicateurs.yaml")
    schema.write_text(texte(schema).replace("type: number", "type: nombre"), encoding="utf-8")
    fin = projet.rapport("check")
    assert fin.returncode == 1
    assert "data/schemas/indicateurs.yaml" in fin.stderr
    assert "le type « nombre » est inconnu" in simple(fin.stderr)
    assert "Traceback" not in fin.stderr


# --- Builds


def test_invalid_data_stop_the_build_before_anything_runs(projet):
    projet.donnee(2022, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,douze,r,\nvisiteur,1,r,\n")
    for commande in (["check"], ["check", "2022"], ["build", "2023"]):
        fin = projet.rapport(*commande)
        assert fin.returncode == 1
        erreurs = fin.stderr.splitlines()
        assert erreurs[0] == "Les données sont invalides : 2 erreurs."
        assert len(erreurs) == 3
        assert "douze" in fin.stderr
    assert not (projet.racine / "_build" / "2023").exists()
    assert projet.rapport("check", "2023").returncode == 0


@pytest.fixture(scope="module")
def bati(tmp_path_factory):
    """A project whose two editions are built once; its tests only look."""
    projet = PetitProjet(tmp_path_factory.mktemp("bati") / "un dossier")
    projet.fin = projet.rapport("build", "--all")
    return projet


def test_build_all(bati):
    assert bati.fin.returncode == 0, bati.fin.stderr
    assert bati.fin.stderr == ""
    lignes = bati.fin.stdout.splitlines()
    assert lignes[-1] == f"Le livre : {bati.site / 'index.html'}"
    assert f"L’édition 2022 est prête : {bati.site / '2022' / 'index.html'}" in lignes
    termine = r"2023 premier : terminé \(\d+,\d\u00a0s\), première exécution, \d sur 6"
    assert any(re.fullmatch(termine, ligne) for ligne in lignes)
    temps = r"Temps : vérification S, exécution S, composition S, publication S, en tout S\."
    assert any(re.fullmatch(temps.replace("S", r"\d+,\d\u00a0s"), ligne) for ligne in lignes)


def test_each_edition_runs_with_its_year_and_prints_what_it_knows(bati):
    assert "Édition 2022" in texte(bati.site / "2022" / "index.html")
    assert "Édition 2023" in texte(bati.site / "2023" / "index.html")
    assert "Rare" in texte(bati.site / "2023" / "second.html")
    page = texte(bati.site / "2022" / "second.html")
    assert "Partout" in page
    assert "Rare" not in page


def test_pages_hide_code_and_parameters(bati):
    page = texte(bati.site / "2023" / "premier.html")
    assert "premier 2023" in page
    assert "annee =" not in page
    assert str(bati.racine) not in page


def test_titles_and_language(bati):
    page = texte(bati.site / "2023" / "premier.html")
    assert '<html lang="fr"' in page
    titre = html.unescape(re.search("<title>(.*?)</title>", page)[1])
    assert titre == "Premier – Rapport d’activité de la Caf de l’Ariège – 2023"
    assert 'data-annee="2023"' in page


def test_root_page_leads_to_the_newest_edition(bati):
    page = texte(bati.site / "index.html")
    assert '<meta http-equiv="refresh" content="0; url=2023/index.html">' in page
    assert 'href="2022/index.html"' in page
    assert '<html lang="fr">' in page
    assert "<script" not in page


def test_pages_can_know_the_other_editions(bati):
    valeur = texte(bati.site / "editions.js").removeprefix("window.EDITIONS = ").rstrip(";\n")
    assert set(json.loads(valeur)["2022"]) >= {"index", "premier", "second"}


def test_manifest(bati):
    manifeste = json.loads(texte(bati.site / "2022" / "manifest.json"))
    assert manifeste["annee"] == 2022
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", manifeste["date"])
    assert manifeste["paquets"]["jupyter-book"].startswith("1.")
    assert set(manifeste["notebooks"]) == {"chapters/index.ipynb", "chapters/premier.ipynb", "chapters/second.ipynb"}
    assert "2022/indicateurs.csv" in manifeste["donnees"]
    assert all(re.fullmatch("[0-9a-f]{64}", h) for h in manifeste["donnees"].values())
    assert str(bati.racine) not in texte(bati.site / "2022" / "manifest.json")


def test_the_other_editions_stay_and_the_date_can_be_set(bati, tmp_path):
    racine = tmp_path / "copie"
    shutil.copytree(bati.racine, racine, symlinks=True)
    copie = PetitProjet(racine)
    avant = contenu(copie.site / "2022")
    fin = copie.rapport("build", env={"SOURCE_DATE_EPOCH": "1700000000"})
    assert fin.returncode == 0, fin.stderr
    assert contenu(copie.site / "2022") == avant
    manifeste = json.loads(texte(copie.site / "2023" / "manifest.json"))
    assert manifeste["date"] == "2023-11-14T22:13:20Z"


def test_a_chapter_without_its_data_is_left_out_with_its_part(projet):
    projet.chapitre("premier", md("# Premier\n% données : rares"), PARAMETRES, code("x = 1"))
    projet.toc(["premier"])
    fin = projet.rapport("build", "2022")
    assert fin.returncode == 0, fin.stderr
    assert not (projet.site / "2022" / "premier.html").exists()
    assert "Une partie" not in texte(projet.site / "2022" / "index.html")


def test_a_failed_chapter(projet):
    avant = publier(projet, 2023)
    projet.chapitre(
        "premier",
        md("# Premier"),
        PARAMETRES,
        md("## Rare\n% données : rares"),
        code("x = 1"),
        code("x = 1\ny = x / 0"),
    )
    fin = projet.rapport("build", "2023")
    assert fin.returncode == 1
    assert fin.stderr.splitlines() == [
        "Un chapitre a échoué. Rien n’est publié.",
        f"chapters{os.sep}premier.ipynb, cellule 5, ligne 2 (édition 2023) :",
        "    y = x / 0",
        "  ZeroDivisionError : division by zero",
    ]
    assert "2023 premier : échec" in fin.stdout
    assert "2023 second : terminé" in fin.stdout
    assert contenu(projet.site) == avant


def test_a_name_that_no_table_and_no_indicator_has(projet):
    projet.chapitre("premier", md("# Premier\n% données : visiteur"), PARAMETRES)
    fin = projet.rapport("build", "2023")
    assert fin.returncode == 1
    assert "premier.ipynb" in fin.stderr
    assert "visiteurs" in fin.stderr, "the nearest name"


def test_a_defect_of_the_book_stops_the_publication(projet):
    """A reference to nothing."""
    projet.chapitre("premier", md("# Premier\n\nDu texte, voir {ref}`nulle-part`."), PARAMETRES, code("x = 1"))
    fin = projet.rapport("build", "2023")
    assert fin.returncode == 1
    assert "jupyter-book signale des défauts (2023). Rien n’est publié." in fin.stderr
    dit = simple(fin.stderr)
    assert "chapters/premier.ipynb, cellule 1, ligne 3 : lien vers « nulle-part », qui n’existe pas.\n" in dit
    assert not projet.site.exists()


def test_defects_are_said_in_french_where_they_are(projet):
    """A section before them is left out, for 2022 has no `rares`. What has no French words stays as Sphinx says it."""
    defauts = {
        "[ailleurs](./nulle-part.ipynb)": ", cellule 6, ligne 3 : lien vers « ./nulle-part.ipynb », qui n’existe pas.",
        "[là](./second.ipynb#rien)": (
            ", cellule 7, ligne 3 : le chapitre « second » n’a pas de section « rien » cette année."
        ),
        "#### Trop bas": (
            ", cellule 8, ligne 3 : un titre de niveau 2 est suivi d’un titre de niveau 4 : il manque un niveau."
        ),
        "{role}`x`": ", cellule 9, ligne 3 : le rôle MyST « role » n’existe pas.",
        "```{directive}\n```": ", cellule 10, ligne 3 : la directive MyST « directive » n’existe pas.",
        "```{code-block} langue\nx\n```": ", cellule 11, ligne 3 : Pygments lexer name 'langue' is not known",
        "Une image ![](rien.png)": " : l’image « rien.png » n’existe pas.",
    }
    avant = (md("# Premier"), PARAMETRES, md("## Rare\n% données : rares"), md("## Partout"), code("x = 1"))
    projet.chapitre("premier", *avant, *(md(f"## Texte {n}\n\n{texte}") for n, texte in enumerate(defauts)))
    dit = simple(projet.rapport("build", "2022").stderr)
    assert [d for d in defauts.values() if f"chapters/premier.ipynb{d}" not in dit] == [], dit


def test_a_link_to_a_chapter_that_the_edition_lacks(projet):
    projet.chapitre("second", md("# Second\n% données : rares"), PARAMETRES, code("x = 1"))
    projet.chapitre(
        "premier", md("# Premier\n\nDu texte, voir [le second](./second.ipynb)."), PARAMETRES, code("x = 1")
    )
    fin = projet.rapport("build", "2022")
    dit = simple(fin.stderr)
    assert (
        "premier.ipynb, cellule 1, ligne 3 : lien vers « ./second.ipynb », chapitre que l’édition 2022 n’a pas." in dit
    )


def test_two_figures_of_the_same_name(projet):
    for nom in ("premier", "second"):
        projet.chapitre(nom, md(f"# {nom}"), PARAMETRES, md("(repere)=\n## Section\n\nDu texte."))
    fin = projet.rapport("build", "2023")
    dit = simple(fin.stderr)
    assert "chapters/second.ipynb, cellule 3, ligne " in dit
    assert "« repere » est déjà le nom d’une figure, d’un tableau, d’un fichier ou d’un repère de premier.ipynb" in dit


def test_a_book_that_cannot_be_made_says_why(projet):
    config = projet.racine / "_config.yml"
    config.write_text(config.read_text(encoding="utf-8").replace("- rapport.pages.extension", "- inexistante"))
    fin = projet.rapport("build", "2023")
    assert fin.returncode == 1
    assert "Rien n’est publié." in fin.stderr
    assert "Could not import extension inexistante" in fin.stderr
    assert "Journal complet : " in fin.stderr


def test_preview_of_one_chapter(projet):
    projet.chapitre("premier", md("# Premier\n\nDu texte, voir {doc}`second`."), PARAMETRES, dire("'vu'"))
    projet.chapitre("second", md("# Second"), PARAMETRES, code("1 / 0"))
    fin = projet.rapport("build", "2023", "--chapter", "premier")
    assert fin.returncode == 0, fin.stderr
    apercu = projet.racine / "_build" / "2023" / "apercu" / "html"
    assert fin.stdout.splitlines()[-1] == f"Aperçu 2023, non publié : {apercu / 'premier.html'}"
    assert "vu" in texte(apercu / "premier.html")
    assert 'href="premier.html"' in texte(apercu / "index.html")
    assert fin.stderr == "", "a link to a chapter that the preview leaves out is no defect"
    assert not projet.site.exists()


def test_two_builds_at_once_the_second_waits(projet):
    pause = projet.racine / "pause"
    projet.chapitre(
        "premier",
        md("# Premier"),
        PARAMETRES,
        code(f"import os, time\nwhile os.path.exists({str(pause)!r}): time.sleep(0.1)"),
    )
    pause.touch()
    premier = projet.lancer("build", "2023")
    attendre(lambda: (projet.racine / "_build" / "2023").exists())
    second = projet.lancer("build", "2022")
    for ligne in second.stdout:
        if "Une autre construction est en cours" in ligne:
            assert str(projet.racine / "_build") in ligne
            break
    else:
        pytest.fail("the second build did not say that it waits")
    pause.unlink()
    assert premier.wait(120) == 0
    assert second.wait(120) == 0
    assert {"2022", "2023", "editions.js", "index.html"} <= {p.name for p in projet.site.iterdir()}
    for processus in (premier, second):
        processus.communicate()


def test_data_that_change_while_chapters_run_are_not_published(projet):
    """Some chapters may have read them before, others after."""
    avant = publier(projet, 2022)
    pause, vu = projet.racine / "pause", projet.racine / "vu"
    attend = f"import os, time\nopen({str(vu)!r}, 'w')\nwhile os.path.exists({str(pause)!r}): time.sleep(0.1)"
    projet.chapitre("premier", md("# Premier"), PARAMETRES, code(attend))
    pause.touch()
    processus = projet.lancer("build", "2023")
    attendre(vu.exists)
    projet.donnee(2023, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,13,r,\nrares,1,r,\n")
    pause.unlink()
    _, erreurs = processus.communicate(timeout=120)
    assert processus.returncode == 1
    assert "Les données ont changé pendant la construction : rien n’est publié." in erreurs
    assert contenu(projet.site) == avant
    assert projet.rapport("build", "2023").returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(("envoi", "retour"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_stopped_in_the_middle(projet, envoi, retour):
    """Ctrl-C, then kill -9: the kernels end, the site is what it was, and the next build goes through."""
    avant = publier(projet, 2022)
    pid = projet.racine / "pid"
    sain = projet.racine / "chapters" / "premier.ipynb"
    bon = sain.read_bytes()
    code_cellule = f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(120)"
    projet.chapitre("premier", md("# Premier"), PARAMETRES, code(code_cellule))
    processus = projet.lancer("build", "2023")
    attendre(lambda: pid.exists() and pid.read_text())
    processus.send_signal(envoi)
    _, erreurs = processus.communicate(timeout=60)
    assert processus.returncode == retour
    if envoi == signal.SIGINT:
        assert erreurs == "Interrompu : rien n’est publié.\n"
    attendre(lambda: not vivant(int(pid.read_text())))
    assert contenu(projet.site) == avant
    sain.write_bytes(bon)
    if envoi == signal.SIGKILL:
        assert projet.rapport("build", "2023").returncode == 0
        assert contenu(projet.site)["2022/index.html"] == avant["2022/index.html"]


def test_from_a_folder_that_is_no_project(tmp_path, projet, monkeypatch):
    """The installed command then builds the project it was installed from."""
    fin = subprocess.run(
        [sys.executable, "-m", "rapport", "list"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(RACINE)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert fin.returncode == 0
    assert "lexique" in fin.stdout


@pytest.mark.parametrize(
    ("fichier", "contenu", "message"),
    [
        ("_config.yml", "title: Rapport\nexecute: [\n", "_config.yml, ligne 2 : YAML illisible"),
        ("_config.yml", "author: Caf\n", "_config.yml : la clé « title » (le titre du livre) manque."),
        ("_toc.yml", "root: chapters/index\nparts: [\n", "_toc.yml, ligne 2 : YAML illisible"),
        ("_toc.yml", "format: jb-book\n", "_toc.yml : la clé « root » (la page d’accueil du livre) manque."),
    ],
)
def test_a_configuration_that_cannot_be_read(projet, fichier, contenu, message):
    (projet.racine / fichier).write_text(contenu, encoding="utf-8")
    fin = projet.rapport("build", "2023")
    assert fin.returncode == 1
    assert fin.stderr.startswith(message)
    assert not projet.site.exists()


@pytest.mark.slow
def test_plain_jupyter_book_on_the_checkout(tmp_path, site):
    """Without our runner: jupyter-book executes chapters itself, for the year that they say, in ordinary kernels as
    JupyterLab does; figures, tables and text are those of the edition. The first page and four chapters say it."""
    annexes = ["fiabilite", "donnees", "indicateurs"]  # which the others lead to, and which list all chapters
    chapitres = ["essentiel", "prestations-legales", "relation-de-service", "qualite-service", "lexique", *annexes]
    for nom in ("chapters", "data"):
        shutil.copytree(RACINE / nom, tmp_path / nom, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "_build"))
    shutil.copy(RACINE / "_config.yml", tmp_path)
    toc = {"format": "jb-book", "root": "chapters/index", "chapters": [{"file": f"chapters/{c}"} for c in chapitres]}
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    fin = subprocess.run(
        [Path(sys.executable).with_name("jupyter-book"), "build", "."],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert fin.returncode == 0, fin.stderr
    # ipykernel's word on its own transport is not about the book, nor are links to the chapters that it lacks.
    dits = [ligne for ligne in fin.stderr.splitlines() if "WARNING" in ligne]
    assert not [ligne for ligne in dits if "[IPKernelApp]" not in ligne and "[myst.xref_missing]" not in ligne]
    page = texte(tmp_path / "_build" / "html" / "chapters" / "index.html")
    assert "Rapport d’activité de la Caf de l’Ariège" in page
    seules = {p.name: contenu_de(p) for p in (tmp_path / "_build" / "html" / "chapters").glob("*.html")}
    edition = {p.name: contenu_de(p) for p in (site / "2023").glob("*.html") if p.name in seules}
    assert edition.keys() == seules.keys() >= {f"{nom}.html" for nom in chapitres}
    differentes = [nom for nom in edition if seules[nom] != edition[nom]]
    tous = {f"{nom}.html" for nom in ("index", "essentiel", *annexes)}  # they tell of all chapters
    assert set(differentes) <= tous


def contenu_de(page: Path) -> str:
    """The words of a page and of its figures, but their numbers, which count those of the chapters before, and their
    citations, which name the edition."""
    mots = " ".join(re.sub('<p class="citer">.*?</p>|<[^>]+>', " ", article(texte(page))).split())
    return re.sub(r"\b(Figure|Tableau) \d+", r"\1", mots)


def vivant(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_edit_leaves_no_stale_contents_nor_search(projet):
    """What the other pages and the search say of a chapter follows it, though their own notebooks did not change."""
    assert projet.rapport("build", "2023").returncode == 0
    projet.chapitre("second", md("# Tout autre\n\nDes papillons."), PARAMETRES, dire('"toujours"'))
    assert projet.rapport("build", "2023").returncode == 0
    edition = projet.site / "2023"
    for nom in ("index", "premier"):
        assert "Tout autre" in texte(edition / f"{nom}.html")
        assert "Second" not in texte(edition / f"{nom}.html")
    cherche = texte(edition / "passages.js")
    assert "papillons" in cherche
    assert "Second" not in cherche


def test_the_log_of_a_machine_has_lines_and_no_moving_bar(projet):
    fin = projet.rapport("build", "2023")
    dit = fin.stdout + fin.stderr
    assert fin.returncode == 0
    assert "\r" not in dit
    assert "\x1b" not in dit
    lignes = dit.splitlines()
    assert len(lignes) == len(set(lignes)) < 20


@pytest.mark.parametrize("place", ["a finalizer", "a wait of threading"])
def test_ctrl_c_is_heard_wherever_it_comes(tmp_path, place):
    """Python loses it in a finalizer; a wait of threading turns it into another error."""
    programme = tmp_path / "programme.py"
    programme.write_text(
        f"""
import os, signal, sys, time
from rapport.cli import app

class Finalise:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000): pass

def commande(**_):
    if {place == "a finalizer"}:
        Finalise()
        try:
            time.sleep(20)
        except KeyboardInterrupt:
            return app.INTERRUPTED  # as Typer does
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(20)
    finally:
        raise RuntimeError("release unlocked lock")

app.app = commande
print(app.main([]))
""",
        encoding="utf-8",
    )
    env = {**os.environ, "PYTHONPATH": str(RACINE), "CI": "true"}
    fin = subprocess.run([sys.executable, programme], env=env, capture_output=True, encoding="utf-8", timeout=15)
    assert "Interrompu : rien n’est publié." in simple(fin.stderr)
    assert "Traceback" not in fin.stderr
    assert fin.stdout.strip() == "130"
