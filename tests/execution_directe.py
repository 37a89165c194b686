"""Every chapter's code, run in this very process on the data of a folder: no kernel, no page."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from unittest import mock

import matplotlib as mpl
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from outils import RACINE

from rapport.donnees.edition import Edition
from rapport.livre.sections import DEJA_OTEES, elaguer
from rapport.livre.sommaire import POSITION, lire_carnet, lister_chapitres

CARNETS = {c.nom: lire_carnet(c.chemin) for c in lister_chapitres(RACINE)}


class Panne(Exception):
    """A cell that fails: chapter, cell (from 1), what it raised."""

    def __str__(self) -> str:
        nom, cellule, erreur = self.args
        return f"{nom}, cellule {cellule} : {type(erreur).__name__} : {erreur}"


def executer(donnees: Path, annee: int, chapitres=CARNETS) -> dict[str, list | Panne]:
    """Chapter → what its cells show of the edition, in order (MIME type → content), or the cell that fails first.

    Chapters and sections that the edition lacks are left out, as in a build.
    """
    connait, sorties = Edition(annee, donnees).connait, {}
    mpl.use("agg")
    with mock.patch.dict(os.environ, {DEJA_OTEES: "1"}):
        for nom in chapitres:
            if carnet := elaguer(CARNETS[nom], connait):
                try:
                    sorties[nom] = list(_montre(nom, carnet, donnees, annee))
                except Panne as panne:
                    sorties[nom] = panne
    return sorties


def _montre(nom: str, carnet, donnees: Path, annee: int):
    principal = sys.modules["__main__"]
    ip = InteractiveShell.instance()
    sys.modules["__main__"] = principal  # multiprocessing starts children from the true one, not from IPython's
    ip.user_ns.clear()
    ip.init_user_ns()
    ip.extension_manager.loaded.clear()
    for cellule in (c for c in carnet.cells if c.cell_type == "code"):
        with capture_output() as capture, contextlib.chdir(RACINE):
            resultat = ip.run_cell(cellule.source, silent=True)
        if panne := resultat.error_before_exec or resultat.error_in_exec:
            raise Panne(nom, cellule.metadata[POSITION], panne)
        yield from (sortie.data for sortie in capture.outputs)
        if "parameters" in cellule.metadata.get("tags", ()):
            ip.user_ns |= {"annee": annee, "donnees": str(donnees)}
