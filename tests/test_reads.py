"""All that a chapter depends on is seen, however it reads it; what cannot be seen has it run each time."""

from __future__ import annotations

import py_compile
import re

import pytest
from outils import PARAMETRES, PetitProjet, code, dire, md, simple

pytestmark = pytest.mark.slow

SAME = {  # chapters that nothing changes: what they do goes as in any kernel
    "processus": "from multiprocessing import Pool\ndef plus(n):\n    return n + 1\n"
    "with Pool(2) as pool:\n    lu = pool.map(plus, [1, 2])",
    "executeur": "from concurrent.futures import ProcessPoolExecutor\n"
    "with ProcessPoolExecutor(2) as pool:\n    lu = list(pool.map(abs, [-1, 2]))",
    "style": "import matplotlib as mpl\nlu = int(mpl.rcParams['axes.grid'])\nassert not lu",
    "temporaire": "import tempfile\nwith tempfile.TemporaryFile('w+') as f:\n    f.write('1')\nlu = 1",
}
CHANGE = "le chapitre demande l’heure, le hasard ou une variable du système"
READERS = {  # chapter → how it reads, and why it runs again once what it reads has changed
    "module": ("import outils\nlu = outils.V", "chapters/outils.py a changé"),
    "annexe": ("import pandas as pd\nlu = pd.read_csv('../annexes/a.csv').a[0]", "annexes/a.csv a changé"),
    "liste": ("import glob\nlu = len(glob.glob('../annexes/*.csv'))", "annexes a changé"),
    "parcours": ("from pathlib import Path\nlu = len(list(Path('../annexes').iterdir()))", "annexes a changé"),
    "existence": ("import os\nlu = int(os.path.exists('../annexes/b.csv'))", "annexes/b.csv est nouveau"),
    "base": (
        "import sqlite3\nsqlite3.connect(':memory:').execute(\"attach '../annexes/x.db' as x\")\nlu = 1",
        "sqlite3 peut lire d’autres fichiers",
    ),
    "fil": (
        "from concurrent.futures import ThreadPoolExecutor\nimport glob\nwith ThreadPoolExecutor(1) as pool:\n"
        "    lu = len(list(pool.map(glob.glob, ['../annexes/*.csv']))[0])",
        "annexes a changé",
    ),
    "droit": ("import os\nlu = int(os.access('../annexes/b.csv', os.R_OK))", "annexes/b.csv est nouveau"),
    "lien": ("import os\nlu = int(os.path.lexists('../annexes/b.csv'))", "annexes/b.csv est nouveau"),
    "attendu": ("try:\n    import neuf\nexcept ImportError:\n    pass\nlu = 1", "chapters/neuf.py est nouveau"),
    "html": (
        "import pandas as pd\nlu = len(pd.read_html('../annexes/x.html'))",
        "lxml.etree peut lire d’autres fichiers",
    ),
    "fourche": (
        "from multiprocessing import Process\ndef lire():\n    open('../annexes/a.csv').read()\n"
        "p = Process(target=lire)\np.start()\np.join()\nlu = p.exitcode",
        "annexes/a.csv a changé",
    ),
    "xml": ("from lxml import etree\nlu = etree.parse('c.xml').getroot().text", "lxml peut lire d’autres fichiers"),
    "heure": ("import datetime\nlu = datetime.date.today().year", CHANGE),
    "hasard": ("import numpy as np\nlu = np.random.default_rng().integers(9)", CHANGE),
    "variable": ("import os\nlu = os.environ.get('UNE_VARIABLE', 'rien')", CHANGE),
    "commande": (
        "import subprocess\nlu = subprocess.check_output(['true'])",
        "une commande peut lire d’autres fichiers",
    ),
}
REFUSED = {
    "garde": ("open('cache.csv', 'w')", "chapters/garde.ipynb, cellule 3, ligne 1", "ni parmi les chapitres"),
    "autre-chemin": (
        "import pandas as pd\nlu = pd.read_csv(f'{donnees}/2022/visites.csv')",
        "chapters/autre-chemin.ipynb, cellule 3, ligne 2",
        "non par leur fichier (2022/visites.csv)",
    ),
    "fichier-ouvert": (
        "import io\nlu = len(io.FileIO('../data/2023/visites.csv').read())",
        "chapters/fichier-ouvert.ipynb, cellule 3, ligne 2",
        "Écrivez ed.table(…)",
    ),
    "autre-annee": (
        "from rapport.chapitre import *\ned = ouvrir(2022, donnees)",
        "chapters/autre-annee.ipynb, cellule 3, ligne 2",
        "la construction demande l’édition 2023",
    ),
}


def built(project: PetitProjet, tmp_path) -> tuple[dict[str, str], str]:
    """Build; the chapters that ran, each with why, and what was said of those that failed. The folder of temporary
    files has a long name, and the user's matplotlib a configuration."""
    long = tmp_path / ("long" * 30)
    long.mkdir(exist_ok=True)
    for folder in (project.racine, long):
        (folder / "matplotlibrc").write_text("axes.grid: True\n")
    end = project.rapport("build", "2023", env={"TMPDIR": str(long), "MATPLOTLIBRC": str(long)})
    return dict(re.findall(r"^2023 ([\w-]+) : terminé \([^)]*\), (.*), \d+ sur \d+$", end.stdout, re.M)), end.stderr


def test_what_a_chapter_reads(tmp_path):
    project = PetitProjet(tmp_path / "projet")
    annexes = project.racine / "annexes"
    annexes.mkdir()
    (annexes / "a.csv").write_text("a\n1\n")
    (annexes / "x.db").touch()
    (annexes / "x.html").write_text("<table><tr><td>1</td></tr></table>")
    module = project.racine / "chapters" / "outils.py"
    module.write_text("V = 1\n")
    py_compile.compile(str(module))  # what is run is not the source, which counts
    (project.racine / "chapters" / "c.xml").write_text("<a>1</a>")
    cells = SAME | {name: cell for name, (cell, *_) in (READERS | REFUSED).items()}
    for name, cell in cells.items():
        project.chapitre(name, md(f"# {name}"), PARAMETRES, code(cell), *([dire("str(lu)")] if "lu =" in cell else []))

    project.toc(list(cells))
    ran, said = built(project, tmp_path)
    assert ran.keys() == cells.keys() - REFUSED.keys() | {"index"}, said
    for _, place, message in REFUSED.values():
        assert place in simple(said)
        assert message in simple(said)
    assert not (project.racine / "chapters" / "cache.csv").exists()

    project.toc(list(SAME | READERS))
    unseen = {name: reason for name, (_, reason) in READERS.items() if "peut lire" in reason or reason == CHANGE}
    assert built(project, tmp_path) == (unseen, "")

    module.write_text("V = 22\n")
    (project.racine / "chapters" / "neuf.py").write_text("V = 1\n")
    for name in ("a.csv", "b.csv"):
        (annexes / name).write_text("a\n3\n")
    assert built(project, tmp_path) == ({name: reason for name, (_, reason) in READERS.items()}, "")
