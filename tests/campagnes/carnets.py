"""Cells that do what none may: leave, hang on the keyboard, fill the screen, touch the data. All are built in one book,
of which every fault must be told; nothing of the data changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from outils import PARAMETRES, code, contenu, md

from campagnes import Atelier, Essai

TITRE = "Cellules de notebooks qui sortent de leur rôle : nommées, et sans effet"
TOUT = "from rapport.chapitre import *\n%load_ext rapport.chapitre\ned = ouvrir(annee, donnees)"
CELLULES = {
    "sys.exit": "import sys\nsys.exit(0)", "os._exit": "import os\nos._exit(0)", "print": "print('ici')",
    "100 Mo": "print('x' * 100_000_000)", "clavier": "input('Qui ?')", "mot de passe": "import getpass\ngetpass.getpass()",
    "écrit dans data": "open('../data/2023/x.csv', 'w').write('a')", "écrit dans chapters": "open('x.txt', 'w').write('a')",
    "efface des données": "import os\nos.unlink('../data/2022/indicateurs.csv')", "syntaxe": "def", "division": "1 / 0",
    "déplace des données": "import os\nos.rename('../data/2022', '../data/2021')",
    "vide un dossier": "import shutil\nshutil.rmtree('../data')", "module absent": "import pas_la", "magie": "%%text\nUn texte.", "avertissement": (
        "import warnings\nwarnings.warn('prudence')"), "récursion": "def f(): return f()\nf()", "signal": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"), "HTML": "from IPython.display import HTML\nHTML('<b>a</b>')",
    "mémoire": "x = bytearray(8 * 1024 ** 3)", "interruption": "raise KeyboardInterrupt", "trait nu": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"), "assert": "assert False",
}  # fmt: skip
COURT, LONG = 3, len(CELLULES)


def essais(hasard: Random, nombre: int, dossier: Path) -> Iterator[Essai]:
    """Each cell in a chapter of its own, all of them in one build."""
    noms = hasard.sample(list(CELLULES), min(nombre, LONG))
    atelier = Atelier(dossier)
    projet, rangs = atelier.projet, {nom: f"c{rang}" for rang, nom in enumerate(noms)}
    projet.toc(list(rangs.values()))
    for nom, chapitre in rangs.items():
        projet.chapitre(chapitre, md(f"# {chapitre}"), PARAMETRES, code(TOUT), code(CELLULES[nom]))
    donnees = contenu(projet.racine / "data")
    fin = atelier.rapport("build", "2023")
    communs = [*fin.defauts()] + ["accepté"] * (fin.code == 0)
    if len(fin.texte) > 1000 * (len(noms) + 5):
        communs.append(f"{len(fin.texte)} caractères à l’écran")
    if contenu(projet.racine / "data") != donnees:
        communs.append("les données ont changé")
    for nom, chapitre in rangs.items():
        dit = re.search(rf"chapters/{chapitre}\.ipynb, cellule 4[ ,(]", fin.texte)
        yield Essai(nom, (*communs, *([] if dit else ["la cellule n’est pas nommée"])))
