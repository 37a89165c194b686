"""The cells of the chapters of 2023 as plain scripts would run them, one process for each core, sharing the chapters.

Outputs are made and thrown away. ``script.py NOTEBOOKS DATA``.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path


def run(chemins: list[Path], donnees: str) -> None:
    """The code cells of notebooks, one after the other, in this process."""
    import matplotlib
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    from rapport.livre.sommaire import lire_carnet

    matplotlib.use("module://matplotlib_inline.backend_inline")
    os.chdir("chapters")
    # A script keeps no history, and does not look for garbage between chapters, as `shell.reset()` would.
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    for chemin in chemins:
        shell.user_ns.clear()
        shell.init_user_ns()
        shell.extension_manager.loaded.clear()
        with capture_output():
            for cellule in lire_carnet(chemin).cells:
                if cellule.cell_type == "code":
                    source = cellule.source
                    if "parameters" in cellule.metadata.get("tags", []):
                        source += f"\nannee = 2023\ndonnees = {donnees!r}"
                    shell.run_cell(source, store_history=True).raise_error()


if __name__ == "__main__":
    chapitres, coeurs = sorted(Path(sys.argv[1]).glob("*.ipynb")), os.cpu_count()
    lots = [chapitres[rang::coeurs] for rang in range(coeurs)]
    processus = [multiprocessing.get_context("spawn").Process(target=run, args=(lot, sys.argv[2])) for lot in lots]
    for un in processus:
        un.start()
    for un in processus:
        un.join()
    sys.exit(any(un.exitcode for un in processus))
