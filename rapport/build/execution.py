"""Running chapters: each notebook through papermill, in a kernel of its own, several at a time.

The chapters of a build run in threads of this process; the work is done in the kernels, which are processes. A chapter
that fails is an `Echec` in the results, never an exception: the others go on.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import nbformat

from rapport.build import kernel
from rapport.livre import sections
from rapport.livre.sommaire import POSITION

# No cell of the report should come near this; a cell that hangs must not hang the build for ever.
DELAI_CELLULE = 600  # seconds
DELAI_DEMARRAGE = 120  # seconds; a loaded machine starts kernels slowly
MEMOIRE = 2 * 1024**3  # bytes that a chapter may allocate
PAQUET = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Tache:
    """One chapter to run for one year.

    `nb` is what runs (read by `sommaire.lire_carnet`, pruned); `notebook` is the file it comes from, which messages
    name; `sortie` receives the executed notebook, failed or not, `journal` what the kernel itself wrote, and `lectures`
    the files that it read (absolute paths, one a line), of the data, of `chapters/` and of this package. `recette` is
    where what it was made from is noted afterwards, and `raison` why it runs, in French.
    """

    annee: int
    chapitre: str
    notebook: Path
    nb: nbformat.NotebookNode
    sortie: Path
    journal: Path
    lectures: Path
    recette: Path
    raison: str = ""


@dataclass(frozen=True)
class Evenement:
    """What a build tells whoever follows it: `etat` of the chapter `chapitre`, or of a step when it is None.

    etat: "attend" (listed), "commence", "avance" (cell `cellule` of `cellules`), "termine" or "echoue" (after
    `duree` seconds; `message`: why it was done, or what failed), "reutilise" (nothing had changed), "bilan" (`duree`
    of a whole step, at the end).
    """

    etape: str
    etat: str
    annee: int | None = None
    chapitre: str | None = None
    cellule: int = 0
    cellules: int = 0
    duree: float = 0.0
    message: str = ""


Suivi = Callable[[Evenement], None]


@dataclass(frozen=True)
class Echec:
    """Why a chapter failed. `cellule` and `ligne` count from 1, in the notebook as the analyst opens it;
    None where the failure belongs to no cell (a kernel that does not start)."""

    annee: int
    notebook: Path
    erreur: str
    message: str
    cellule: int | None = None
    ligne: int | None = None
    code: str = ""

    def __str__(self) -> str:
        lieu = ""
        if self.cellule is not None:
            lieu = f", cellule {self.cellule}" + (f", ligne {self.ligne}" if self.ligne else "")
        code = f"\n    {self.code.strip()}" if self.code.strip() else ""
        return f"{self.notebook}{lieu} (édition {self.annee}) :{code}\n  {self.erreur} : {self.message}"


@dataclass(frozen=True)
class Resultat:
    tache: Tache
    duree: float  # seconds
    echec: Echec | None = None


class Interruption(Exception):
    """The build is being stopped: no new cell may start."""


@dataclass
class _Poste:
    """What the thread that runs one chapter and the papermill engine share."""

    tache: Tache
    env: dict[str, str]
    cwd: Path
    connexion: Path  # the kernel's connection file
    arret: threading.Event
    suivi: Suivi
    client: object = None
    nb: nbformat.NotebookNode | None = None  # being executed
    cellule: nbformat.NotebookNode | None = None  # the last one started

    def cellule_commence(self, cell, cell_index: int) -> None:
        if self.arret.is_set():
            raise Interruption
        self.cellule = cell
        total = len(self.nb.cells)
        self.suivi(Evenement("execution", "avance", self.tache.annee, self.tache.chapitre, cell_index + 1, total))

    def tuer_noyau(self) -> None:
        processus = getattr(getattr(getattr(self.client, "km", None), "provisioner", None), "process", None)
        if processus is not None and processus.poll() is None:
            processus.kill()


def prechauffer() -> None:
    """Start the process that kernels are forked from; called early, it warms up while the data are checked."""
    from rapport.build import kernels

    kernels.prechauffer(["rapport.build.warmup"])


def run_chapters(
    taches: Sequence[Tache], *, data_dir: Path, cwd: Path, travail: Path, jobs: int, suivi: Suivi
) -> list[Resultat]:
    """Run `taches`, at most `jobs` at a time, with the parameters ``annee`` and ``donnees`` (absolute path), in the
    folder `cwd`; `travail` holds what the kernels need beside. Results come in the order of `taches`.

    On KeyboardInterrupt the kernels are stopped before it goes on.
    """
    _enregistrer_moteur()
    prechauffer()
    env = {
        **os.environ,
        # The profile of whoever builds must not change the report.
        "IPYTHONDIR": str(travail.absolute() / ".ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        sections.DEJA_OTEES: "1",
        kernel.RACINES: os.pathsep.join({str(d) for c in (data_dir, cwd, PAQUET) for d in (c.absolute(), c.resolve())}),
        kernel.MEMOIRE: str(MEMOIRE),
    }
    arret = threading.Event()
    parametres = {"donnees": str(data_dir.absolute())}
    # The path of a socket is short on every system: connection files are kept out of the project's folders.
    with (
        tempfile.TemporaryDirectory(prefix="rapport-") as connexions,
        ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="chapitre") as pool,
    ):
        postes = [
            _Poste(
                tache,
                env | {kernel.LECTURES: str(tache.lectures.absolute())},
                cwd.absolute(),
                Path(connexions) / f"{numero}.json",
                arret,
                suivi,
            )
            for numero, tache in enumerate(taches)
        ]
        futurs = [pool.submit(_executer, poste, parametres) for poste in postes]
        try:
            while wait(futurs, timeout=0.5).not_done:  # Windows hears Ctrl-C only between two waits
                pass
        except BaseException:
            arret.set()
            for futur in futurs:
                futur.cancel()
            for poste in postes:
                poste.tuer_noyau()
            raise
    return [futur.result() for futur in futurs]


def _executer(poste: _Poste, parametres: dict) -> Resultat:
    tache = poste.tache
    poste.suivi(Evenement("execution", "commence", tache.annee, tache.chapitre))
    debut = time.monotonic()
    echec = None
    for fichier in (tache.sortie, tache.journal, tache.lectures):
        fichier.parent.mkdir(parents=True, exist_ok=True)
    try:
        _papermill(poste, {"annee": tache.annee, **parametres})
    except Exception as erreur:
        if poste.arret.is_set():
            raise Interruption from erreur
        echec = _echec(poste, erreur)
    if poste.nb is not None:
        nbformat.write(_propre(poste.nb), tache.sortie)
    duree = time.monotonic() - debut
    etat = "echoue" if echec else "termine"
    message = str(echec or tache.raison)
    poste.suivi(Evenement("execution", etat, tache.annee, tache.chapitre, duree=duree, message=message))
    return Resultat(tache, duree, echec)


def _papermill(poste: _Poste, parametres: dict) -> None:
    import papermill

    for essai in (1, 2):
        try:
            # Everything stays in memory: papermill changes the process's directory to read and write files, and the
            # other chapters run in the same process. For the same reason the directory goes to the kernel (engine).
            papermill.execute_notebook(
                poste.tache.nb,
                None,
                parameters=parametres,
                engine_name="rapport",
                kernel_name="python3",
                language="python",
                progress_bar=False,
                start_timeout=DELAI_DEMARRAGE,
                execution_timeout=DELAI_CELLULE,
                poste=poste,
            )
            return
        except RuntimeError:
            # A port reserved for the kernel can be taken by another program before the kernel opens it.
            if essai == 2 or poste.cellule is not None or poste.arret.is_set():
                raise


def _enregistrer_moteur() -> None:
    """Register the papermill engine ``rapport``; imported late, papermill and its friends take a second."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    from rapport.build import kernels

    if "rapport" in papermill_engines._engines:
        return
    # What goes wrong reaches the user as an Echec, not as library messages between the lines of the progress.
    for nom in ("papermill", "traitlets"):
        logging.getLogger(nom).addHandler(logging.NullHandler())
        logging.getLogger(nom).propagate = False
    demarrage = threading.Lock()

    class Client(PapermillNotebookClient):
        def create_kernel_manager(self):
            self.km = kernels.gestionnaire(self.connexion)
            return self.km

        def start_new_kernel(self, **kwargs):
            # jupyter_client picks free ports from a cache shared by the threads, without a lock of its own.
            with contextlib.nullcontext() if kernels.CHAUDS else demarrage:
                super().start_new_kernel(**kwargs)

    class Moteur(NBClientEngine):
        @classmethod
        def execute_managed_notebook(
            cls, nb_man, kernel_name, *, poste, start_timeout, execution_timeout, log_output=False, **_
        ):
            poste.nb = nb_man.nb
            poste.client = Client(
                nb_man,
                kernel_name=kernel_name,
                timeout=execution_timeout,
                startup_timeout=start_timeout,
                on_cell_start=poste.cellule_commence,
                shutdown_kernel="immediate",
                log=logging.getLogger("papermill"),
            )
            poste.client.connexion = str(poste.connexion)
            with poste.tache.journal.open("wb") as journal:
                poste.client.execute(env=poste.env, cwd=str(poste.cwd), stdout=journal, stderr=journal)

    papermill_engines.register("rapport", Moteur)


def _propre(nb: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """`nb` without what papermill and nbclient noted of this machine and this moment; what they injected is marked
    not to appear on the page."""
    from papermill.execute import remove_error_markers

    nb.metadata.pop("papermill", None)
    remove_error_markers(nb)
    for cellule in nb.cells:
        for cle in ("papermill", "execution", POSITION):
            cellule.metadata.pop(cle, None)
        if "injected-parameters" in cellule.metadata.get("tags", []):
            cellule.id = "parametres"  # papermill draws one at random
        if {"parameters", "injected-parameters"} & set(cellule.metadata.get("tags", [])):
            cellule.metadata["tags"] = [*cellule.metadata["tags"], "remove-cell"]
    return nb


def _echec(poste: _Poste, erreur: Exception) -> Echec:
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    tache = poste.tache
    nom, message, ligne, code = type(erreur).__name__, str(erreur).strip(), None, ""
    cellule = poste.cellule
    if isinstance(erreur, PapermillExecutionError):
        # Python 3.13 has a name of its own, of no use here, for code that stops too early.
        nom, message = erreur.ename.replace("_IncompleteInputError", "SyntaxError"), erreur.evalue
        ligne = _ligne(erreur.traceback)
        if nom.endswith("MemoryError"):
            message = f"la cellule demande plus de mémoire qu’un chapitre ne peut en prendre ({MEMOIRE >> 20} Mio)."
    elif isinstance(erreur, CellTimeoutError):
        message = f"la cellule n’a pas fini en {DELAI_CELLULE} secondes."
    elif isinstance(erreur, DeadKernelError):
        message = f"le noyau Jupyter s’est arrêté pendant cette cellule ; son journal : {tache.journal}"
    elif cellule is None and isinstance(erreur, RuntimeError):
        message = f"le noyau Jupyter n’a pas démarré ({message}) ; son journal : {tache.journal}"
    if cellule is not None:
        lignes = cellule.source.splitlines()
        code = lignes[ligne - 1] if ligne and ligne <= len(lignes) else (lignes or [""])[0]
    return Echec(
        tache.annee,
        tache.notebook,
        nom,
        message,
        cellule.metadata.get(POSITION) if cellule is not None else None,
        ligne,
        code,
    )


def _ligne(traceback: Sequence[str]) -> int | None:
    """The line of the cell where the error arose, as IPython's traceback gives it."""
    texte = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
    lieux = re.findall(r"Cell In\[\d+\], line (\d+)", texte)
    return int(lieux[0]) if lieux else None
