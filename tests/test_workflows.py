"""Continuous publication: what the files of GitHub and GitLab promise, and the scripts that both run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from outils import RACINE, simple

GITHUB = RACINE / ".github" / "workflows" / "publish.yml"
GITLAB = RACINE / ".gitlab-ci.yml"
FICHIERS = [*sorted(GITHUB.parent.glob("*")), GITLAB]
SCRIPTS = [RACINE / ".ci" / nom for nom in ("run", "site", "changes", "pango", "audit")]


@pytest.fixture(scope="module")
def github() -> dict:
    contenu = yaml.safe_load(GITHUB.read_text(encoding="utf-8"))
    return contenu | {"on": contenu[True]}  # YAML 1.1 reads « on » as true


@pytest.fixture(scope="module")
def gitlab() -> dict:
    return yaml.safe_load(GITLAB.read_text(encoding="utf-8"))


def etapes(github: dict, *taches: str) -> list[dict]:
    return [etape for nom in taches or github["jobs"] for etape in github["jobs"][nom]["steps"]]


def avec(github: dict, action: str, *taches: str) -> list[dict]:
    """The steps that use an action."""
    return [e for e in etapes(github, *taches) if e.get("uses", "").startswith(f"actions/{action}@")]


@pytest.mark.parametrize(
    ("schema", "fichier"),
    [(("vendor.github-workflows",), GITHUB), (("vendor.gitlab-ci", "--data-transform", "gitlab-ci"), GITLAB)],
    ids=["github", "gitlab"],
)
def test_files_have_the_form_that_their_forge_publishes(schema, fichier, tmp_path):
    def verifier(chemin):
        commande = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *schema, str(chemin)]
        return subprocess.run(commande, capture_output=True, encoding="utf-8", check=False)

    assert verifier(fichier).returncode == 0, verifier(fichier).stdout
    casse = tmp_path / fichier.name
    casse.write_text(re.sub("timeout(-minutes)?: .*", r"timeout\1: [1]", fichier.read_text(encoding="utf-8")))
    assert verifier(casse).returncode == 1


# --- Privileges


def test_every_action_is_pinned_by_commit_with_its_version_in_a_comment():
    lignes = [ligne for f in FICHIERS for ligne in f.read_text(encoding="utf-8").splitlines() if "uses:" in ligne]
    assert len(lignes) >= 7
    versions = {}
    for ligne in lignes:
        epinglee = re.fullmatch(r"\s*(?:- )?uses: (actions/[a-z-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", ligne)
        assert epinglee, ligne
        assert versions.setdefault(epinglee[1], epinglee[2]) == epinglee[2], "an action has one version"


def test_privileges_are_the_least(github):
    assert github["permissions"] == {"contents": "read"}
    ecritures = {
        (nom, droit)
        for nom, tache in github["jobs"].items()
        for droit, valeur in tache["permissions"].items()
        if valeur != "read"
    }
    assert ecritures == {("deploy", "pages"), ("deploy", "id-token")}
    assert not [e for e in etapes(github, "deploy") if "run" in e], "what may write runs nothing of the repository"
    assert all(e["with"]["persist-credentials"] is False for e in avec(github, "checkout"))
    texte = GITHUB.read_text(encoding="utf-8")
    assert "pull_request_target" not in texte
    assert "secrets" not in texte


def test_nothing_of_an_event_is_pasted_into_a_shell(github):
    assert not [e["run"] for e in etapes(github) if "${{" in e.get("run", "")]


def test_jobs_end_by_themselves(github, gitlab):
    assert all(tache["timeout-minutes"] <= 60 for tache in github["jobs"].values())
    assert all(gitlab[nom]["timeout"] for nom in taches_gitlab(gitlab))


# --- What runs, and when


def taches_gitlab(gitlab: dict) -> list[str]:
    return [nom for nom, tache in gitlab.items() if isinstance(tache, dict) and "script" in tache]


def test_the_default_branch_is_published_once_tested(github, gitlab):
    deploiement = github["jobs"]["deploy"]
    defaut = "github.ref_name == github.event.repository.default_branch"
    assert deploiement["if"] == defaut
    assert sorted(deploiement["needs"]) == ["book", "test"]
    assert [e["if"] for e in avec(github, "upload-pages-artifact", "book")] == [defaut]
    assert gitlab["pages"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
    assert sorted(gitlab["pages"]["needs"]) == ["book", "test"]


def test_both_forges_run_the_same_scripts(github, gitlab):
    def scripts(commandes):
        return [c.split()[0] for c in commandes if c.startswith(".ci/")]

    for tache, attendus in {"test": [".ci/run"], "book": [".ci/site", ".ci/changes"]}.items():
        assert scripts(e["run"] for e in etapes(github, tache) if "run" in e) == attendus
        assert scripts(gitlab[tache]["script"]) == attendus


def test_no_year_is_named():
    annees = {f.name: re.findall(r"\b20\d\d\b", f.read_text(encoding="utf-8")) for f in [*FICHIERS, *SCRIPTS]}
    assert {nom: trouvees for nom, trouvees in annees.items() if trouvees} == {}


def test_scripts_can_be_run_stop_at_the_first_error_and_ask_make_for_the_tests_and_for_every_edition():
    demandees = {}
    for script in SCRIPTS:
        assert os.access(script, os.X_OK), script
        texte = script.read_text(encoding="utf-8")
        assert "set -euo pipefail" in texte, script
        demandees[script.name] = re.findall(r"^(?:exec )?make (.*)$", texte, re.MULTILINE)
    assert demandees == {"run": ["test"], "site": ["book YEAR=all"], "changes": [], "pango": [], "audit": []}
    cibles = re.findall(r"^([a-z]+):", (RACINE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"test", "book"} <= set(cibles)


# --- What the scripts do, in a repository of their own


@pytest.fixture
def depot(projet):
    """The small project as a repository with one commit, the scripts, and `rapport` where they look for it."""
    shutil.copytree(RACINE / ".ci", projet.racine / ".ci")
    rapport = projet.racine / ".venv" / "bin" / "rapport"
    rapport.parent.mkdir(parents=True)
    rapport.write_text(f'#!/bin/sh\nPYTHONPATH={RACINE} exec {sys.executable} -m rapport "$@"\n')
    rapport.chmod(0o755)
    (projet.racine / ".gitignore").write_text(".venv/\n_build/\npublic/\n")
    git(projet, "init", "-q")
    enregistrer(projet)
    return projet


def git(projet, *arguments: str) -> str:
    identite = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    commande = ["git", *identite, *arguments]
    return subprocess.run(commande, cwd=projet.racine, check=True, capture_output=True, encoding="utf-8").stdout.strip()


def enregistrer(projet) -> str:
    git(projet, "add", "-A")
    git(projet, "commit", "-q", "-m", "Un état")
    return git(projet, "rev-parse", "HEAD")


def lancer(projet, script: str, *arguments: str) -> str:
    commande = [projet.racine / ".ci" / script, *arguments]
    fin = subprocess.run(commande, cwd="/", capture_output=True, encoding="utf-8", check=False)
    assert (fin.returncode, fin.stderr) == (0, "")
    return simple(fin.stdout)


def test_changes_tells_the_numbers_that_changed_since_a_commit(depot):
    avant = git(depot, "rev-parse", "HEAD")
    depot.donnee(2023, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,15,r,\nrares,1,r,\n")
    enregistrer(depot)
    for depuis in (avant, "HEAD^1"):
        assert "| premier | Visites | 12 visites | 15 visites |" in lancer(depot, "changes", depuis)
    assert "Valeurs saisies : aucune n’a changé" in lancer(depot, "changes", "HEAD")


@pytest.mark.parametrize("depuis", [(), ("",), ("0" * 40,), ("HEAD^1",)])
def test_changes_says_when_there_is_nothing_to_compare_with(depot, depuis):
    assert lancer(depot, "changes", *depuis).startswith("Pas de données antérieures à comparer")


def test_changes_compares_nothing_with_data_that_were_invalid(depot):
    depot.donnee(2023, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,douze,r,\nrares,1,r,\n")
    avant = enregistrer(depot)
    depot.donnee(2023, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,12,r,\nrares,1,r,\n")
    assert lancer(depot, "changes", avant).startswith("Les données antérieures ne passent pas")


def test_site_is_made_of_files_at_the_date_of_the_commit(depot):
    """`make book` is replaced: a link to a version, as the real one leaves it, and the date that it was given."""
    (depot.racine / "Makefile").write_text(
        "book:\n"
        '\t@test "$(YEAR)" = all && mkdir -p _build/.versions/1/2023\n'
        "\t@echo page > _build/.versions/1/2023/index.html; chmod 700 _build/.versions/1/2023\n"
        "\t@echo $$SOURCE_DATE_EPOCH > _build/.versions/1/date\n"
        "\t@ln -sfn .versions/1 _build/site\n"
    )
    (depot.racine / "public").mkdir()
    (depot.racine / "public" / "ancien.html").write_text("d’une autre fois")
    lancer(depot, "site")
    public = depot.racine / "public"
    assert not [p for p in [public, *public.rglob("*")] if p.is_symlink()]
    assert sorted(p.relative_to(public).as_posix() for p in public.rglob("*")) == ["2023", "2023/index.html", "date"]
    assert (public / "2023").stat().st_mode & 0o777 == 0o755
    assert (public / "date").read_text().strip() == git(depot, "log", "-1", "--format=%ct")


# --- Known vulnerabilities


def test_pins_are_audited_but_for_what_was_reviewed(github, gitlab, tmp_path):
    """`.ci/audit` asks with every list of pins, and passes over the identifiers of `.ci/reviewed`, each with its date
    and its reason."""
    assert {"run": ".ci/audit"} in etapes(github, "audit")
    assert gitlab["audit"]["script"] == [".ci/audit"]
    projet, demande = tmp_path / "projet", tmp_path / "demande"
    shutil.copytree(RACINE / ".ci", projet / ".ci")
    for liste in RACINE.glob("requirements*.txt"):
        shutil.copy(liste, projet)
    with (projet / ".ci" / "reviewed").open("a", encoding="utf-8") as revues:
        revues.write("GHSA-aaaa-bbbb-cccc 2026-11-26 only on Windows\n")
    faux = tmp_path / "bin" / "python3"  # `python3 -m venv DIR`: the tools of DIR note what they are asked
    faux.parent.mkdir()
    faux.write_text(
        f'#!/bin/sh\nmkdir -p "$3/bin"\nfor t in python pip-audit; do\n'
        f'printf \'#!/bin/sh\\necho "$@" >> {demande}\\n\' > "$3/bin/$t"; chmod +x "$3/bin/$t"; done\n'
    )
    faux.chmod(0o755)
    chemins = {"PATH": f"{faux.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([projet / ".ci" / "audit"], env={**os.environ, **chemins}, check=True)
    installe, audit = demande.read_text(encoding="utf-8").splitlines()
    assert re.search(r"pip-audit==[\d.]+$", installe)
    assert "--ignore-vuln GHSA-aaaa-bbbb-cccc" in audit
    for liste in RACINE.glob("requirements*.txt"):
        assert f"--requirement {liste.name}" in audit


def test_what_was_reviewed_says_when_and_why():
    lignes = (RACINE / ".ci" / "reviewed").read_text(encoding="utf-8").splitlines()
    assert all(ligne.startswith("#") or re.fullmatch(r"[\w-]+ \d{4}-\d\d-\d\d \S.+", ligne) for ligne in lignes)
