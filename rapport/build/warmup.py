"""What the process that kernels are forked from does before the first fork: import what notebooks use, and draw, write
and compute a little once, so that fonts, locales and templates are loaded too.

Nothing of it may show in a kernel: matplotlib is left without a backend, which it sets up with the kernel's own shell.
"""

import contextlib
import gc
import importlib
import os
import signal
import sys

os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as in every kernel
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

with contextlib.chdir(os.environ.get("MATPLOTLIBRC", ".")):  # the one of the folder comes first
    # Ctrl-C is the command's business: what is forked here is born deaf to it, and listens once it is ready.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    from rapport.build.kernel import tell

    sys.excepthook = tell
    gc.disable()  # what is imported stays
    import matplotlib
import nbformat
import pandas as pd
from matplotlib.figure import Figure

import rapport.chapitre as n
from rapport.build.forks import DATA
from rapport.chapitre import figures, prose, tables
from rapport.donnees.dossier import Donnees

with matplotlib.rc_context(fname=figures.STYLE):
    deux_ans = pd.DataFrame({1: [n.Nombre(10, unite="€")], 2: [n.Nombre(20, unite="€")]}, index=["Répétition"])
    fig = Figure()
    barres = fig.subplots().barh(deux_ans.index, deux_ans[2].astype(float), label="été")
    fig.axes[0].bar_label(barres, [n.ecrire(deux_ans.iloc[0, 1])])
    fig.axes[0].legend()
    figures.dessiner(fig, "repetition", figures.decrire("Barres", "Répétition", deux_ans), titre="Titre", pied="Pied")
    tables.corps_html(deux_ans)
    prose.rendre("{{ a | variation }}, {{ a | phrase('an') }}", {"a": n.evolution(n.Nombre(20), n.Nombre(10))}).html()

nbformat.validate(nbformat.v4.new_notebook())
with contextlib.suppress(Exception):  # what is wrong with them is told where they are used
    dict(Donnees(os.environ[DATA]).schemas)  # kept by their content
# What a kernel imports as it starts, and most chapters as they run.
for module in (
    "IPython.core.application",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics.display",
    "IPython.core.magics.extension",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "encodings.utf_8_sig",
    "faulthandler",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.csvs",
    "pandas.io.formats.html",
    "pdb",
    "rapport.build.shell",
    "sqlite3",
):
    importlib.import_module(module)

# The forks have these objects for good: looking for garbage among them would only copy their memory. They make little
# of it themselves.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
gc.enable()
