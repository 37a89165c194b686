"""The chapter being run: its edition, and the notebook's variables, over which texts, titles and captions are written.

``%load_ext rapport.chapitre`` gives the variables, ``ouvrir`` the edition; nothing else is taken from the notebook.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from rapport.chapitre import prose, provenance
from rapport.chapitre.mots import Ecrit, majuscule
from rapport.donnees import textes
from rapport.donnees.adresse import remede
from rapport.donnees.edition import Edition
from rapport.livre.sections import EDITION
from rapport.livre.sommaire import SOMMAIRE, lire_sommaire
from rapport.nombres.francais import typographie
from rapport.nombres.nombre import Nombre, Source


@dataclass
class Seance:
    """One run of a notebook. ``noms``: its variables, as they are when a text is written; ``montres``: the numbers that
    it has shown; ``causes``: the sources of the explanations that it has given."""

    noms: dict[str, object] = field(default_factory=dict)
    edition: Edition | None = None
    montres: list[Nombre] = field(default_factory=list)
    causes: list[Source] = field(default_factory=list)


SEANCE = Seance()
"""The only one: a kernel runs one notebook."""


def commencer(noms: dict[str, object]) -> None:
    """Write the chapter's texts over these variables, from now on.

    Refuses what papermill was given (``-p``) and no cell before sets, but for what every chapter is given: papermill
    only warns, and the chapter would run for the year that is written in it.
    """
    connus = ["annee", "donnees"]
    for cellule in noms.get("In", ()):
        poses = re.findall(r"^(\w+)(?: *:[^=\n]+)? *=(?!=)", cellule, re.MULTILINE)
        inconnus = [nom for nom in poses if nom not in connus]
        if inconnus and cellule.startswith("# Parameters"):
            raise ValueError(f"le paramètre « {inconnus[0]} » n’existe pas. {remede(inconnus[0], connus)}")
        connus += poses
    SEANCE.noms = noms


def ouvrir(annee: int, donnees: str | Path = "../data") -> Edition:
    """The edition of a year, from which the chapter's texts take the facts of the year (``texte_annee``).

    ``donnees``: the data folder as seen from that of the notebooks, where JupyterLab runs them; it is found from the
    project's folder too, where papermill does.
    """
    depuis = [Path(lire_sommaire(Path())["root"]).parent] if Path(SOMMAIRE).is_file() else []
    dossiers = [dossier / donnees for dossier in (*depuis, Path())]
    trouve = next(filter(Path.is_dir, dossiers), donnees)
    demandes = _demandes()
    if demandes and demandes != [str(annee), str(Path(trouve).absolute())]:
        raise ValueError(f"la construction demande l’édition {demandes[0]} : écrivez ed = ouvrir(annee, donnees).")
    SEANCE.edition, SEANCE.montres, SEANCE.causes = Edition(annee, trouve), [], []
    provenance.FICHES.clear()
    return SEANCE.edition


def edition() -> Edition:
    """The edition that the chapter opened. Raises RuntimeError, in French, before :func:`ouvrir`."""
    if SEANCE.edition is None:
        raise RuntimeError("Aucune édition n’est ouverte : commencez par ed = ouvrir(annee, donnees).")
    return SEANCE.edition


def _demandes() -> list[str]:
    """The year and the data folder that a build asks for, if it is one that runs the chapter."""
    return os.environ.get(EDITION, "").splitlines()


def annee_connue() -> int | None:
    """The year after which the chapter can know nothing."""
    return SEANCE.edition.annee if SEANCE.edition else next(map(int, _demandes()[:1]), None)


def composer(gabarit: str) -> Ecrit:
    """A template written over the notebook's variables, and the year's own texts.

    Raises ErreurDeTexte where a variable bears the name of what texts call."""
    propres = {"texte_annee": _texte_annee, "sources": _sources, "pourquoi": _pourquoi}
    for nom in propres.keys() & SEANCE.noms.keys():
        raise prose.ErreurDeTexte(f"« {nom} » est une fonction des textes : donnez un autre nom à cette variable.")
    return prose.rendre(gabarit, SEANCE.noms | propres)


def _sources() -> str | Nombre:
    """Where the numbers that the chapter has shown come from; missing, which leaves the sentence out, if none has."""
    return " ; ".join(provenance.documents(SEANCE.montres, SEANCE.causes)) or Nombre.manquant()


def _pourquoi(code: str, forme: str = "") -> Ecrit:
    """Why what is at this address changed in the year, nothing if no source says it: a sentence, or the clause where
    ``forme`` has « {} » (« , car {} »). Its source is one of :func:`_sources`."""
    cause, source = edition().explication(code)
    SEANCE.causes += [source] if source else []
    if not cause:
        return Ecrit()
    cause = typographie(cause.removesuffix("."))
    return Ecrit(forme.replace("{}", cause)) if forme else majuscule(f"{cause}.")


def _texte_annee(chapitre: str, bloc: str, **donnes) -> Ecrit:
    """A block of the year's own prose, over the edition, its year, the landmarks (``reperes``) and what
    the chapter gives it, nothing else. Raises ErreurDeTexte for any other name."""
    ed = edition()
    titre, texte = ed.texte(chapitre, bloc)
    gabarit = textes.A_REMPLIR.sub(lambda m: provenance.marquer_a_remplir(m[1]), texte)
    for nom, ligne in textes.noms_interdits(texte, donnes).items():
        lieu = f"{ed.donnees.dossier.name}/{ed.annee}/textes/{chapitre}.md, ligne {titre + ligne}"
        raise prose.ErreurDeTexte(
            f"{lieu} : nom inconnu « {nom} ». {textes.remede_de_nom(chapitre, bloc, nom, donnes)}"
        )
    reperes = ed.reperes() if "nomenclatures/reperes" in ed.donnees.schemas else None
    return prose.rendre(gabarit, {"ed": ed, "annee": ed.annee, "reperes": reperes} | donnes, des_donnees=True)
