"""Editions made on a cluster: a real Dask scheduler and real workers on this machine, each in a folder of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from outils import PARAMETRES, RACINE, PetitProjet, anglais, attendre, code, contenu, dire, md, simple

pytestmark = pytest.mark.slow

DATE = {"SOURCE_DATE_EPOCH": "1700000000"}
LENT = code("import time\n\ntime.sleep(3)")


class Grappe:
    """A scheduler, and the workers that are asked for."""

    def __init__(self, dossier: Path):
        self.dossier, self.travailleurs, self.processus = dossier, [], []
        dossier.mkdir()
        self._lancer("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(dossier / "adresse"))
        adresse = dossier / "adresse"
        attendre(lambda: adresse.exists() and "tcp://" in adresse.read_text())  # it is there before it is written
        tcp = re.search(r"tcp://([\d.:]+)", adresse.read_text())
        self.hote, self.adresse = tcp[1], f"dask://{tcp[1]}"

    def travailleur(self, bibliotheque: Path = RACINE) -> None:
        """One more worker, daemon or not as Dask decides, that runs the library of a folder."""
        ou = self.dossier / f"travailleur{len(self.travailleurs)}"
        ou.mkdir()
        options = ["--nthreads", "1", "--local-directory", str(ou), "--name", ou.name]
        journal = self._lancer("worker", f"tcp://{self.hote}", *options, ou=ou, PYTHONPATH=str(bibliotheque))
        attendre(lambda: "Registered to" in journal.read_text())
        self.travailleurs.append(self.processus[-1])

    def _lancer(self, role: str, *options: str, ou: Path | None = None, **env: str) -> Path:
        journal = (ou or self.dossier) / "journal"
        commande = [sys.executable, "-m", f"distributed.cli.dask_{role}", "--no-dashboard", *options]
        env = {**os.environ, "TMPDIR": tempfile.gettempdir(), **env}
        with journal.open("w") as sortie:
            fils = subprocess.Popen(commande, cwd=ou or self.dossier, env=env, stdout=sortie, stderr=subprocess.STDOUT)
        self.processus.append(fils)
        return journal

    def editions(self) -> list[psutil.Process]:
        """The processes that make an edition now."""
        trouves = []
        for processus in self.processus:
            if processus.poll() is None:
                dessous = psutil.Process(processus.pid).children(recursive=True)
                trouves += [fils for fils in dessous if "rapport.build.cluster" in _commande(fils)]
        return trouves

    def arreter(self) -> None:
        for processus in reversed(self.processus):
            processus.kill()
            processus.wait()


def _commande(processus: psutil.Process) -> list[str]:
    try:
        return processus.cmdline()
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def grappe(tmp_path):
    grappe = Grappe(tmp_path / "grappe")
    yield grappe
    grappe.arreter()


def test_a_cluster_makes_the_same_bytes_as_this_machine_and_once(projet: PetitProjet, grappe: Grappe):
    grappe.travailleur()
    ici = projet.rapport("build", "--all", "--output", "ici", env=DATE)
    assert ici.returncode == 0, ici.stderr
    la_bas = projet.rapport("build", "--all", "--executor", grappe.adresse, env=DATE)
    assert la_bas.returncode == 0, la_bas.stderr
    assert contenu(projet.site) == contenu(projet.racine / "ici" / "site")
    assert re.findall(r"Édition (\d+) : terminé", la_bas.stdout)
    # Nothing has changed: nothing is sent, even to nobody.
    grappe.arreter()
    encore = projet.rapport("build", "--all", "--executor", grappe.adresse, env=DATE)
    assert re.findall(r"Édition (\d+) : rien n’a changé", encore.stdout) == ["2022", "2023"], encore.stderr


def test_a_worker_killed_in_the_middle_loses_nothing(projet: PetitProjet, grappe: Grappe):
    projet.chapitre("premier", md("# Premier"), PARAMETRES, LENT, dire('f"premier {annee}"'))
    ici = projet.rapport("build", "--all", "--output", "ici", env=DATE)
    assert ici.returncode == 0, ici.stderr
    for _ in range(2):
        grappe.travailleur()
    processus = projet.lancer("build", "--all", "--executor", grappe.adresse, env=DATE)
    attendre(lambda: len(grappe.editions()) == 2)
    # The worker itself, under the nanny that would start another.
    victime = grappe.editions()[0]
    travailleur = victime.parent()
    grappe.travailleurs[0 if _est_sous(travailleur, grappe.travailleurs[0]) else 1].kill()
    travailleur.kill()
    attendre(lambda: not _commande(victime), delai=2)  # it does not go on for nobody
    _, erreurs = processus.communicate(timeout=120)
    assert processus.returncode == 0, erreurs
    assert contenu(projet.site) == contenu(projet.racine / "ici" / "site")


def _est_sous(processus: psutil.Process, ancetre: subprocess.Popen) -> bool:
    return ancetre.pid in [parent.pid for parent in processus.parents()]


def test_ctrl_c_stops_what_the_workers_do(projet: PetitProjet, grappe: Grappe):
    projet.chapitre("premier", md("# Premier"), PARAMETRES, code("import time\n\ntime.sleep(100)"))
    grappe.travailleur()
    processus = projet.lancer("build", "--executor", grappe.adresse)
    attendre(grappe.editions)
    processus.send_signal(signal.SIGINT)
    _, erreurs = processus.communicate(timeout=60)
    assert processus.returncode == 130, erreurs
    assert "Traceback" not in erreurs
    attendre(lambda: not grappe.editions(), delai=20)
    assert not projet.site.exists()


def test_what_fails_there_is_told_here(projet: PetitProjet, grappe: Grappe):
    grappe.travailleur()
    projet.chapitre("premier", md("# Premier"), PARAMETRES, code("visiteurs = 1 / 0"))
    fin = projet.rapport("build", "--all", "--executor", grappe.adresse)
    assert fin.returncode == 1
    assert "chapters/premier.ipynb, cellule 3, ligne 1 (édition 2022)" in fin.stderr
    assert "ZeroDivisionError" in fin.stderr
    assert "Traceback" not in fin.stderr
    assert not projet.site.exists()


def test_another_environment_is_refused_in_words(projet: PetitProjet, grappe: Grappe, tmp_path):
    autre = tmp_path / "autre"
    shutil.copytree(RACINE / "rapport", autre / "rapport", ignore=shutil.ignore_patterns("__pycache__"))
    (autre / "rapport" / "autre.txt").write_text("Un fichier de plus.\n", encoding="utf-8")
    grappe.travailleur(autre)
    fin = projet.rapport("build", "--executor", grappe.adresse)
    assert fin.returncode == 1
    assert "Des travailleurs n’ont pas le même environnement" in fin.stderr
    assert re.search(r"tcp://[\d.:]+ : rapport [0-9a-f]{12}, non [0-9a-f]{12}", fin.stderr)


def test_a_cluster_that_is_not_there_is_told_in_french(projet: PetitProjet, grappe: Grappe, tmp_path):
    sans_travailleur = projet.rapport("build", "--executor", grappe.adresse)
    assert f"L’ordonnanceur {grappe.adresse} n’a aucun travailleur." in simple(sans_travailleur.stderr)
    grappe.arreter()
    sans_ordonnanceur = projet.rapport("build", "--executor", grappe.adresse)
    assert f"Aucun ordonnanceur Dask ne répond à {grappe.adresse}." in sans_ordonnanceur.stderr
    (tmp_path / "sans").mkdir()
    (tmp_path / "sans" / "distributed.py").write_text("raise ImportError\n")
    chemin = os.pathsep.join([str(tmp_path / "sans"), str(RACINE)])
    sans_dask = projet.rapport("build", "--executor", grappe.adresse, env={"PYTHONPATH": chemin})
    assert "Dask n’est pas installé." in sans_dask.stderr
    assert "requirements-dask.txt" in sans_dask.stderr
    mal_ecrite = projet.rapport("build", "--executor", "tcp://ici")
    avec_brouillon = projet.rapport("build", "--draft", "--executor", grappe.adresse)
    assert [fin.returncode for fin in (sans_travailleur, sans_ordonnanceur, sans_dask)] == [1, 1, 1]
    assert [fin.returncode for fin in (mal_ecrite, avec_brouillon)] == [2, 2]
    assert "dask://hôte:8786" in mal_ecrite.stderr
    assert "ni --draft" in avec_brouillon.stderr
    for fin in (sans_travailleur, sans_ordonnanceur, sans_dask, mal_ecrite, avec_brouillon):
        assert "Traceback" not in fin.stderr
        assert not anglais(fin.stderr.replace("dask worker", "").replace("dask scheduler", "").replace("install", ""))
