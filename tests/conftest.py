"""A small project to build, the real site built once, a browser to open it. Real notebooks, kernels and Sphinx."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from copie import TOUS, Copie
from filelock import FileLock
from outils import CHROMIUM, ECRANS, RACINE, PetitProjet, Serveur

# A shell that starts the tests in the background has them ignore Ctrl-C, and all that they start with them.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def projet(tmp_path: Path) -> PetitProjet:
    return PetitProjet(tmp_path / "projet")


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The real site, all editions, built once for all the tests (of all pytest-xdist's workers)."""
    commun = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        commun = commun.parent
    sortie = commun / "livre"
    with FileLock(commun / "livre.lock"):
        if not (sortie / "site").exists():
            commande = [sys.executable, "-m", "rapport", "build", "--all", "--output", str(sortie)]
            fin = subprocess.run(commande, cwd=RACINE, capture_output=True, encoding="utf-8", check=False)
            if fin.returncode:
                pytest.fail(f"The book does not build:\n{fin.stdout}\n{fin.stderr}", pytrace=False)
    return sortie / "site"


@pytest.fixture(scope="session")
def originale(tmp_path_factory) -> Copie:
    """A copy of the project with a few chapters, built; `copie` puts it back as it was after each test. It does not
    move: chapters know where their data are."""
    copie = Copie(tmp_path_factory.mktemp("originale") / "projet")
    assert set(copie.executes()) == TOUS
    shutil.copytree(copie.racine, copie.racine.with_name("gardée"), symlinks=True)
    return copie


@pytest.fixture
def copie(originale: Copie):
    yield originale
    shutil.rmtree(originale.racine)
    shutil.copytree(originale.racine.with_name("gardée"), originale.racine, symlinks=True)


@pytest.fixture(scope="module")
def serveur(site):
    serveur = Serveur(site)
    yield serveur
    serveur.shutdown()


@pytest.fixture(scope="module")
def navigateur():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        navigateur = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield navigateur
        navigateur.close()


@pytest.fixture
def ouvrir(navigateur, serveur):
    """Open a page; what it asked for and complained of is in ``page.demandes`` and ``page.plaintes``."""
    contextes = []

    def ouvrir(chemin, ecran="bureau", mode="light", base=None, sans_csp=False):
        contexte = navigateur.new_context(
            viewport=ECRANS[ecran], color_scheme=mode, reduced_motion="reduce", bypass_csp=sans_csp
        )
        contextes.append(contexte)
        page = contexte.new_page()
        page.demandes, page.plaintes = [], []
        page.on("request", lambda r: page.demandes.append(r.url))
        page.on("console", lambda m: page.plaintes.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: page.plaintes.append(str(e)))
        page.goto(f"{base or serveur.adresse}/{chemin}")
        page.wait_for_load_state("load")
        return page

    yield ouvrir
    for contexte in contextes:
        contexte.close()


def pytest_collection_modifyitems(items):
    """Files with slow tests first: whole files go to workers in this order, and the last ones are short."""
    longs = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in longs)


# Where nothing may be skipped (.ci/run), a skipped test is a failed one.
SANS_SAUT = bool(os.environ.get("RAPPORT_SANS_SAUT"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _refuser_le_saut((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _refuser_le_saut((yield))


def _refuser_le_saut(compte_rendu):
    if SANS_SAUT and compte_rendu.skipped and not hasattr(compte_rendu, "wasxfail"):
        compte_rendu.outcome = "failed"
        compte_rendu.longrepr = f"Nothing may be skipped here (RAPPORT_SANS_SAUT): {compte_rendu.longrepr}"
    return compte_rendu
