"""Chapters run through papermill in kernels of their own; a failure is told, and stops nothing else."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from conftest import PARAMETRES, notebook
from jupyter_client import AsyncKernelManager

from rapport.construction import execution
from rapport.construction.chapters import read_notebook
from rapport.construction.execution import Tache, run_chapters


class Atelier:
    """Runs notebooks given by name; `evenements` is what the follower was told."""

    def __init__(self, dossier: Path):
        self.dossier = dossier
        self.evenements = []
        (dossier / "chapters").mkdir()

    def __call__(self, jobs: int = 2, suivi=None, **notebooks: tuple[str, ...]) -> dict:
        taches = []
        for nom, cellules in notebooks.items():
            chemin = self.dossier / "chapters" / f"{nom}.ipynb"
            nbformat.write(notebook(*cellules), chemin)
            taches.append(
                Tache(
                    2022,
                    nom,
                    chemin.relative_to(self.dossier),
                    read_notebook(chemin),
                    self.sortie(nom),
                    self.dossier / f"{nom}.log",
                )
            )
        resultats = run_chapters(
            taches,
            data_dir=self.dossier / "données",
            cwd=self.dossier / "chapters",
            travail=self.dossier / "travail",
            jobs=jobs,
            suivi=suivi or self.evenements.append,
        )
        return {r.tache.chapitre: r for r in resultats}

    def sortie(self, nom: str) -> Path:
        return self.dossier / "executes" / f"{nom}.ipynb"

    def textes(self, nom: str) -> list[str]:
        nb = nbformat.read(self.sortie(nom), as_version=4)
        return [o.text.strip() for c in nb.cells if c.cell_type == "code" for o in c.outputs if "text" in o]


@pytest.fixture
def executer(tmp_path):
    return Atelier(tmp_path)


def test_parameters_folder_and_interpreter(executer):
    code = "import os, sys\nprint(annee, donnees, os.getcwd(), sys.executable, sep='\\n')"
    resultats = executer(un=("# T", PARAMETRES, code))
    assert resultats["un"].echec is None
    dossier = executer.dossier
    attendu = ["2022", dossier / "données", (dossier / "chapters").resolve(), sys.executable]
    assert executer.textes("un") == ["\n".join(map(str, attendu))]


def test_the_users_own_kernels_and_profile_do_not_count(executer, monkeypatch, tmp_path):
    noyau = tmp_path / "jupyter" / "kernels" / "python3"
    noyau.mkdir(parents=True)
    (noyau / "kernel.json").write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "python"}')
    profil = tmp_path / "ipython" / "profile_default" / "startup"
    profil.mkdir(parents=True)
    (profil / "00.py").write_text("du_profil = 1")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    executer(un=("# T", PARAMETRES, "print('du_profil' in globals())"))
    assert executer.textes("un") == ["False"]


def test_chapters_run_at_the_same_time_and_apart(executer):
    # Each waits for the file of the other: one after the other, they would wait for ever.
    code = (
        "import pathlib, time\npathlib.Path('{0}').touch()\n"
        "while not pathlib.Path('{1}').exists(): time.sleep(0.01)\nvaleur = '{0}'"
    )
    resultats = executer(
        un=("# T", code.format("a", "b"), "print(valeur)"), deux=("# T", code.format("b", "a"), "print(valeur)")
    )
    assert not any(r.echec for r in resultats.values())
    assert executer.textes("un") == ["a"]
    assert executer.textes("deux") == ["b"]


def test_a_failure_names_notebook_cell_line_and_error_and_the_others_finish(executer):
    resultats = executer(
        bon=("# T", PARAMETRES, "print('fini')"),
        mauvais=("# T", PARAMETRES, "## S", "x = 1\n\ny = x / 0  # ici", "print('jamais')"),
    )
    echec = resultats["mauvais"].echec
    assert (str(echec.notebook), echec.cellule, echec.ligne) == (os.path.join("chapters", "mauvais.ipynb"), 4, 3)
    assert (echec.erreur, echec.message, echec.code) == ("ZeroDivisionError", "division by zero", "y = x / 0  # ici")
    assert str(echec).splitlines() == [
        f"chapters{os.sep}mauvais.ipynb, cellule 4, ligne 3 (édition 2022) :",
        "    y = x / 0  # ici",
        "  ZeroDivisionError : division by zero",
    ]
    assert executer.textes("bon") == ["fini"]
    assert executer.sortie("mauvais").exists(), "the failed notebook is there to look at"


def test_the_line_is_that_of_the_cell_not_of_what_it_calls(executer):
    resultats = executer(
        un=("# T", "def f():\n    raise KeyError('clé')", "import json\n\njson.loads('{')"),
        deux=("# T", "def f():\n    raise KeyError('clé')", "1\n2\nf()"),
    )
    assert (resultats["un"].echec.cellule, resultats["un"].echec.ligne) == (3, 3)
    assert (resultats["deux"].echec.cellule, resultats["deux"].echec.ligne) == (3, 3)
    assert resultats["deux"].echec.message == "'clé'"


def test_a_syntax_error_has_its_line(executer):
    echec = executer(un=("# T", PARAMETRES, "a = 1\nb = (\n"))["un"].echec
    assert (echec.erreur, echec.cellule, echec.ligne) == ("SyntaxError", 3, 2)


def test_a_kernel_that_dies(executer):
    resultats = executer(un=("# T", PARAMETRES, "1", "import os\nos._exit(1)"), deux=("# T", "print('fini')"))
    echec = resultats["un"].echec
    assert (echec.erreur, echec.cellule) == ("DeadKernelError", 4)
    assert "le noyau Jupyter s’est arrêté" in echec.message
    assert executer.textes("deux") == ["fini"]


@pytest.mark.parametrize("rates", [1, 2])
def test_a_kernel_that_does_not_start_is_tried_once_more(executer, monkeypatch, rates):
    """Its ports, free when they were chosen, can be taken a moment later by another program."""
    vraie = AsyncKernelManager.format_kernel_cmd
    essais = []

    def commande(self, **options):
        essais.append(1)
        return [sys.executable, "-c", "raise SystemExit(1)"] if len(essais) <= rates else vraie(self, **options)

    monkeypatch.setattr(AsyncKernelManager, "format_kernel_cmd", commande)
    resultat = executer(un=("# T", "print('fini')"))["un"]
    assert len(essais) == 2
    if rates == 1:
        assert executer.textes("un") == ["fini"]
    else:
        assert resultat.echec.cellule is None
        assert "le noyau Jupyter n’a pas démarré" in str(resultat.echec)


def test_a_cell_that_hangs(executer, monkeypatch):
    monkeypatch.setattr(execution, "DELAI_CELLULE", 2)
    echec = executer(un=("# T", "import time\ntime.sleep(60)"))["un"].echec
    assert (echec.cellule, echec.message) == (2, "la cellule n’a pas fini en 2 secondes.")


def test_what_is_told_while_it_runs(executer):
    executer(un=("# T", PARAMETRES, "1"), deux=("# T", "1 / 0"))
    etats = [(e.etat, e.cellule, e.cellules) for e in executer.evenements if e.chapitre == "un"]
    assert etats == [("commence", 0, 0), *[("avance", n, 4) for n in (1, 2, 3, 4)], ("termine", 0, 0)]
    assert [e.etat for e in executer.evenements if e.chapitre == "deux"][-1] == "echoue"
    assert all(e.duree > 0 for e in executer.evenements if e.etat in ("termine", "echoue"))


def test_nothing_of_this_machine_in_the_executed_notebook(executer):
    executer(un=("# T", PARAMETRES, "1 + 1"))
    nb = nbformat.read(executer.sortie("un"), as_version=4)
    assert "papermill" not in nb.metadata
    assert all(set(c.metadata) <= {"tags"} for c in nb.cells)
    caches = [c.source for c in nb.cells if "remove-cell" in c.metadata.get("tags", [])]
    assert len(caches) == 2, "the parameters, as written and as injected"


def test_an_interruption_stops_the_kernels(executer):
    noyau = executer.dossier / "pid"
    debut = time.monotonic()

    def interrompre():
        while not noyau.exists() or not noyau.read_text():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrompre, daemon=True).start()
    code = f"import os, time\nopen({str(noyau)!r}, 'w').write(str(os.getpid()))\ntime.sleep(120)"
    with pytest.raises(KeyboardInterrupt):
        executer(jobs=1, un=("# T", code), deux=("# T", "1"))
    assert time.monotonic() - debut < 60
    with pytest.raises(ProcessLookupError):
        os.kill(int(noyau.read_text()), 0)
    assert not executer.sortie("deux").exists(), "what had not begun does not begin"
