"""Chapters run through papermill in kernels of their own; a failure is told, and stops nothing else."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from outils import PARAMETRES, code, md, notebook

from rapport.build import execution, forks, gate
from rapport.build.execution import Task, run_tasks
from rapport.build.recipes import Recipe
from rapport.livre.sommaire import lire_carnet

pytestmark = pytest.mark.slow


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
                Task(
                    2022,
                    nom,
                    chemin.relative_to(self.dossier),
                    lire_carnet(chemin),
                    self.sortie(nom),
                    self.dossier / f"{nom}.log",
                    "première exécution",
                )
            )
        forks.warm_up(self.dossier / "données")
        resultats = run_tasks(
            taches,
            data=self.dossier / "données",
            folder=self.dossier / "chapters",
            work=self.dossier / "travail",
            jobs=jobs,
            follow=suivi or self.evenements.append,
        )
        return {r.task.chapter: r for r in resultats}

    def sortie(self, nom: str) -> Path:
        return self.dossier / "executes" / f"{nom}.ipynb"

    def textes(self, nom: str) -> list[str]:
        nb = nbformat.read(self.sortie(nom), as_version=4)
        return [o.text.strip() for c in nb.cells if c.cell_type == "code" for o in c.outputs if "text" in o]


@pytest.fixture(autouse=True)
def sorties_libres(monkeypatch):
    """These notebooks print: it is how they tell what goes on in their kernels. `test_gate` tries what may be shown."""
    monkeypatch.setattr(gate, "defects", lambda *_: [])


@pytest.fixture(params=["warm", "ordinary"])
def executer(request, tmp_path, monkeypatch):
    """Runs notebooks in kernels forked from a warm process, then in ordinary ones, as where there is no forking."""
    if request.param == "warm" and not forks.FORKED:
        pytest.skip("no forking on this system")
    monkeypatch.setattr(forks, "FORKED", request.param == "warm")
    return Atelier(tmp_path)


def test_parameters_folder_and_interpreter(executer):
    source = "import os, sys\nprint(annee, donnees, os.getcwd(), sys.executable, sep='\\n')"
    resultats = executer(un=(md("# T"), PARAMETRES, code(source)))
    assert resultats["un"].failure is None
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
    executer(un=(md("# T"), PARAMETRES, code("print('du_profil' in globals())")))
    assert executer.textes("un") == ["False"]


def test_chapters_run_at_the_same_time_and_apart(executer):
    # Each waits for the file of the other: one after the other, they would wait for ever.
    source = (
        "import pathlib, time\npathlib.Path('../{0}').touch()\n"
        "while not pathlib.Path('../{1}').exists(): time.sleep(0.01)\nvaleur = '{0}'"
    )
    resultats = executer(
        un=(md("# T"), code(source.format("a", "b")), code("print(valeur)")),
        deux=(md("# T"), code(source.format("b", "a")), code("print(valeur)")),
    )
    assert not any(r.failure for r in resultats.values())
    assert executer.textes("un") == ["a"]
    assert executer.textes("deux") == ["b"]


def test_a_failure_names_notebook_cell_line_and_error_and_the_others_finish(executer):
    resultats = executer(
        bon=(md("# T"), PARAMETRES, code("print('fini')")),
        mauvais=(md("# T"), PARAMETRES, md("## S"), code("x = 1\n\ny = x / 0  # ici"), code("print('jamais')")),
    )
    echec = resultats["mauvais"].failure
    assert (str(echec.path), echec.cell, echec.line) == (os.path.join("chapters", "mauvais.ipynb"), 4, 3)
    assert (echec.error, echec.message, echec.code) == ("ZeroDivisionError", "division by zero", "y = x / 0  # ici")
    assert str(echec).splitlines() == [
        f"chapters{os.sep}mauvais.ipynb, cellule 4, ligne 3 (édition 2022) :",
        "    y = x / 0  # ici",
        "  ZeroDivisionError : division by zero",
    ]
    assert executer.textes("bon") == ["fini"]
    assert executer.sortie("mauvais").exists(), "the failed notebook is there to look at"


def test_what_a_cell_outputs_is_what_a_kernel_would_keep(executer):
    montrer = "from IPython.display import HTML, display\n"
    executer(
        un=(
            md("# T"),
            code("import sys\nprint('a')\nprint('b')\nprint('c', file=sys.stderr)\n1 + 1"),
            code(
                montrer
                + "m = display(HTML('<b>x</b>'), display_id='m')\n_ = display(HTML('y'), display_id='m', update=True)"
            ),
            code("from IPython.display import clear_output\nprint('perdu')\nclear_output()\nprint('gardé')"),
            code("import asyncio\nawait asyncio.sleep(0)\n'attendu';"),
            code("import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"),
        )
    )
    cellules = nbformat.read(executer.sortie("un"), as_version=4).cells[2:]  # after the title and the parameters
    vus = [[(o.output_type, o.get("text") or sorted(o.data)) for o in cellule.outputs] for cellule in cellules]
    assert vus == [
        [("stream", "a\nb\n"), ("stream", "c\n"), ("execute_result", ["text/plain"])],
        [("display_data", ["text/html", "text/plain"])],
        [("stream", "gardé\n")],
        [],
        [("display_data", ["image/png", "text/plain"])],
    ]
    assert cellules[0].outputs[2].execution_count == 2
    assert base64.b64decode(cellules[4].outputs[0].data["image/png"]).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("source", "erreur", "dit"),
    [
        ("input('?')", "StdinNotImplementedError", "attend une réponse au clavier"),
        ("import getpass\ngetpass.getpass()", "StdinNotImplementedError", "attend une réponse au clavier"),
        ("exit()", "SystemExit", "arrête le chapitre"),
        ("raise SystemExit", "SystemExit", "arrête le chapitre"),
        ("x = = 1", "SyntaxError", "invalid syntax"),
    ],
)
def test_what_stops_a_cell_is_told(tmp_path, source, erreur, dit):
    echec = Atelier(tmp_path)(un=(md("# T"), code(source), code("print('jamais')")))["un"].failure
    assert (echec.error, echec.cell) == (erreur, 2)
    assert dit in echec.message


def test_the_line_is_that_of_the_cell_not_of_what_it_calls(executer):
    resultats = executer(
        un=(md("# T"), code("def f():\n    raise KeyError('clé')"), code("import json\n\njson.loads('{')")),
        deux=(md("# T"), code("def f():\n    raise KeyError('clé')"), code("1\n2\nf()")),
    )
    assert (resultats["un"].failure.cell, resultats["un"].failure.line) == (3, 3)
    assert (resultats["deux"].failure.cell, resultats["deux"].failure.line) == (3, 3)
    assert resultats["deux"].failure.message == "'clé'"


def test_a_syntax_error_has_its_line(executer):
    echec = executer(un=(md("# T"), PARAMETRES, code("a = 1\nb = (\n")))["un"].failure
    assert (echec.error, echec.cell, echec.line) == ("SyntaxError", 3, 2)


def test_a_kernel_that_dies(executer):
    resultats = executer(
        un=(md("# T"), PARAMETRES, code("1"), code("import os\nos._exit(1)")), deux=(md("# T"), code("print('fini')"))
    )
    echec = resultats["un"].failure
    assert (echec.error, echec.cell) == ("DeadKernelError", 4)
    assert "le noyau Jupyter s’est arrêté" in echec.message
    assert executer.textes("deux") == ["fini"]


@pytest.mark.parametrize("rates", [1, 2])
def test_a_kernel_that_does_not_start_is_tried_once_more(executer, monkeypatch, rates):
    """The process that it is forked from can be killed meanwhile."""
    contexte, essais = forks.context, []

    def rate(target, args, daemon):
        return contexte().Process(target=os._exit, args=(1,), daemon=daemon)

    def lance():
        essais.append(None)
        return SimpleNamespace(Process=rate) if len(essais) <= rates else contexte()

    monkeypatch.setattr(forks, "context", lance)
    resultat = executer(un=(md("# T"), code("print('fini')")))["un"]
    assert len(essais) == 2
    if rates == 1:
        assert executer.textes("un") == ["fini"]
    else:
        assert resultat.failure.cell is None
        assert "le noyau Jupyter n’a pas démarré" in str(resultat.failure)


def test_a_cell_that_hangs(executer, monkeypatch):
    monkeypatch.setattr(execution, "CELL_TIMEOUT", 2)
    echec = executer(un=(md("# T"), code("import time\ntime.sleep(60)")))["un"].failure
    assert (echec.cell, echec.message) == (2, "la cellule n’a pas fini en 2 secondes.")


def test_what_is_told_while_it_runs(executer):
    executer(un=(md("# T"), PARAMETRES, code("1")), deux=(md("# T"), code("1 / 0")))
    etats = [(e.state, e.cell, e.cells) for e in executer.evenements if e.chapter == "un"]
    assert etats == [("started", 0, 0), *[("running", n, 4) for n in (1, 2, 3, 4)], ("done", 0, 0)]
    assert [e.state for e in executer.evenements if e.chapter == "deux"][-1] == "failed"
    assert all(e.seconds > 0 for e in executer.evenements if e.state in ("done", "failed"))


def test_nothing_of_this_machine_in_the_executed_notebook(executer):
    executer(un=(md("# T"), PARAMETRES, code("1 + 1")))
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
    source = f"import os, time\nopen({str(noyau)!r}, 'w').write(str(os.getpid()))\ntime.sleep(120)"
    with pytest.raises(KeyboardInterrupt):
        executer(jobs=1, un=(md("# T"), code(source)), deux=(md("# T"), code("1")))
    assert time.monotonic() - debut < 60
    with pytest.raises(ProcessLookupError):
        os.kill(int(noyau.read_text()), 0)
    assert not executer.sortie("deux").exists(), "what had not begun does not begin"


def test_nothing_leaks_from_a_chapter_to_the_next(executer):
    """What a chapter does to the style, the folder, the environment, a module or the locale stays in its process."""
    etat = """
import os, pathlib, random, sys, warnings
import babel.numbers, matplotlib as mpl, matplotlib.pyplot as plt, pandas as pd
import rapport.nombres.nombre as n
from rapport.chapitre import seance
"""
    montrer = """
print(mpl.rcParams["font.size"], len(plt.get_fignums()), pathlib.Path.cwd().name, os.environ.get("FUITE"))
print(n.MOTIFS, pd.get_option("display.precision"), hasattr(babel.numbers, "fuite"), len(warnings.filters))
print(sys.path, seance.SEANCE.noms, "fuite" in globals())
"""
    salir = """
fuite = mpl.rcParams["font.size"] = 31
plt.figure()
os.chdir("/")
os.environ["FUITE"] = "oui"
n.MOTIFS["XX"] = babel.numbers.fuite = "oui"
pd.set_option("display.precision", 1)
warnings.simplefilter("error")
sys.path.append("fuite")
seance.commencer({"fuite": "oui"})
"""
    resultats = executer(
        jobs=1,
        avant=(md("# T"), code(etat), code(montrer)),
        sale=(md("# T"), code(etat), code(salir), code(montrer)),
        apres=(md("# T"), code(etat), code(montrer)),
    )
    assert not any(r.failure for r in resultats.values())
    assert executer.textes("avant") == executer.textes("apres") != executer.textes("sale")


def test_a_warm_kernel_is_as_clean_as_an_ordinary_one(tmp_path, monkeypatch):
    """What the warm process did before the first fork leaves no trace that a notebook could see."""
    source = """
import os, sys
import matplotlib as mpl, matplotlib.pyplot as plt, pandas
from rapport.chapitre import Nombre
%load_ext rapport.chapitre
print(dict(mpl.rcParams), plt.get_fignums(), plt.style.library.keys() >= {"classic"})
print(os.environ["MPLBACKEND"], mpl.get_backend(), os.getcwd())
print(sorted(n for n in globals() if not n.startswith("_")), __name__, sys.argv[0] == "")
fig, ax = plt.subplots()
_ = ax.plot([1, 2])
fig
"""
    prose = "%%texte\n{{ Nombre(3) }} visites."  # the numbers of this sentence, and no other
    textes = {}
    for nom, chauds in (("warm", True), ("ordinary", False)):
        monkeypatch.setattr(forks, "FORKED", chauds and forks.FORKED)
        (tmp_path / nom).mkdir()
        atelier = Atelier(tmp_path / nom)
        assert atelier(un=(md("# T"), code(source), code(prose)))["un"].failure is None
        nb = nbformat.read(atelier.sortie("un"), as_version=4)
        textes[nom] = str([c.get("outputs") for c in nb.cells]).replace(str(tmp_path / nom), "")
    assert textes["warm"] == textes["ordinary"]
    assert "image/png" in textes["warm"]


def test_a_chapter_that_wants_too_much_memory_fails_alone(executer, monkeypatch):
    monkeypatch.setattr(execution, "MEMORY", 1024**3)
    resultats = executer(
        gros=(md("# T"), code("import numpy as np"), code("x = np.ones(10**9)"), code("print('jamais')")),
        petit=(md("# T"), code("import numpy as np"), code("print(np.ones(10**6).sum())")),
    )
    echec = resultats["gros"].failure
    assert echec.cell == 3
    assert "mémoire" in echec.message
    assert executer.textes("petit") == ["1000000.0"]


def test_the_files_that_a_chapter_reads_are_noted(executer):
    """Data and its own folder; those it looked for and did not find; not those of the system."""
    donnees = executer.dossier / "données"
    donnees.mkdir()
    (donnees / "lu.csv").write_text("a\n1\n")
    (donnees / "autre.csv").write_text("a\n1\n")
    source = """
import pathlib
import pandas as pd
from rapport.donnees.fichiers import existe
pd.read_csv(f"{donnees}/lu.csv"), pathlib.Path("local.txt").read_text(), open("/etc/hostname").read()
existe(pathlib.Path(donnees) / "absent.csv")
"""
    (executer.dossier / "chapters" / "local.txt").write_text("x")
    resultat = executer(un=(md("# T"), PARAMETRES, code("%load_ext rapport.chapitre"), code(source)))["un"]
    assert resultat.failure is None
    lus = Recipe.read(resultat.task.recipe).files
    assert {Path(chemin): empreinte is not None for chemin, empreinte in lus.items()} == {
        donnees / "lu.csv": True,
        donnees / "absent.csv": False,
        executer.dossier / "chapters" / "local.txt": True,
    }


@pytest.mark.skipif(not forks.FORKED, reason="no forking on this system")
def test_kernels_are_warm_whether_the_data_have_to_be_checked_or_not(projet):
    chaud = code("import sys\nassert 'rapport.build.warmup' in sys.modules")
    projet.chapitre("premier", md("# Premier\n% données : visiteurs"), PARAMETRES, chaud)
    for options in ([], ["--force"]):
        fin = projet.rapport("build", "2023", *options)
        assert fin.returncode == 0, fin.stdout + fin.stderr


def test_a_forked_process_leaves_it_to_the_command_to_say_that_memory_lacks():
    def said(error: str) -> str:
        code = f"import sys; from rapport.build.kernel import tell; sys.excepthook = tell; raise {error}"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr

    assert said("MemoryError") == ""
    assert "ValueError: bad" in said("ValueError('bad')")
