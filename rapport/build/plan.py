"""What is to be built: the mode of a build, and the plan of one edition. All frozen."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import nbformat

from rapport.build import gate
from rapport.build.project import Project
from rapport.build.recipes import Recipe, digest
from rapport.controle.erreurs import Refus
from rapport.donnees.edition import Edition
from rapport.livre import sections, sommaire
from rapport.livre.sommaire import Chapitre, ErreurChapitre
from rapport.nombres.francais import date
from rapport.pages import catalogue

DRAFT_STATUS = "brouillon"
"""The status of an edition whose year is still being filled, and the folder it is made in."""
PREVIEW_FOLDER = "apercu"


@dataclass(frozen=True)
class Mode:
    """What an edition is built for.

    `publish`: for readers, so any defect of the book is an error. `draft`: its year is still being filled; what is to
    fill is marked instead of refused. `tolerant`: what cannot be done leaves the rest (``rapport serve``).
    """

    publish: bool = False
    draft: bool = False
    tolerant: bool = False


PUBLISH = Mode(publish=True)
PREVIEW = Mode()
DRAFT = Mode(draft=True)
LIVE = Mode(draft=True, tolerant=True)


@dataclass(frozen=True)
class PlannedChapter:
    """A chapter of an edition. `notebook`: what runs, without the sections that the data do not allow; None when that
    cannot be known, `failure` saying why, in French, and `invalid_data` whether the notebook itself is not to blame.
    `content` and `sha256` are those of the file."""

    name: str
    path: Path
    content: list | None = None
    sha256: str | None = None
    notebook: nbformat.NotebookNode | None = None
    failure: str = ""
    invalid_data: bool = False


@dataclass(frozen=True)
class Plan:
    """One edition to build, in `folder`. `presentation`: what pages say of it, "" where it is not known:
    ``statut`` (`DRAFT_STATUS` too), ``publication`` (ISO date), ``extrait``, ``contact``, ``licence`` (name and
    address), ``accessibilite`` (its state). `years`: those whose data count, its own last."""

    project: Project
    mode: Mode
    year: int
    presentation: dict[str, str | list[str]]
    years: tuple[int, ...]
    folder: Path
    chapters: tuple[PlannedChapter, ...]

    @property
    def names(self) -> set[str]:
        return {chapter.name for chapter in self.chapters}

    def chapter(self, name: str) -> PlannedChapter | None:
        return next((chapter for chapter in self.chapters if chapter.name == name), None)

    @property
    def failures(self) -> dict[str, str]:
        """Chapter → why it cannot run."""
        return {chapter.name: chapter.failure for chapter in self.chapters if chapter.failure}

    @property
    def book(self) -> Path:
        """The staged book."""
        return self.folder / "book"

    @property
    def html(self) -> Path:
        """Its pages."""
        return self.folder / "html"

    def log(self, name: str) -> Path:
        """What the kernel of a chapter, or jupyter-book, wrote."""
        return self.folder / "journaux" / f"{name}.log"

    def executed(self, chapter: str) -> Path:
        """The executed notebook of a chapter; its recipe lies beside it."""
        return self.folder / "executes" / f"{chapter}.ipynb"

    @property
    def pages_recipe(self) -> Path:
        """Where what the pages were made from is noted."""
        return self.folder / "pages.json"

    def recipe(self, chapter: str) -> Recipe | None:
        return Recipe.read(self.executed(chapter).with_suffix(".json"))


def make_plan(project: Project, year: int, mode: Mode, chapters: Collection[str] | None = None) -> Plan:
    """The plan of an edition: the chapters that its data allow (only those in `chapters`, if given).

    Raises Refus for a notebook that cannot be read; a tolerant plan has it, with its failure.
    """
    edition = Edition(year, project.data)
    part = PREVIEW_FOLDER if chapters is not None else DRAFT_STATUS if mode.draft else ""
    listed = sommaire.lister_chapitres(project.root)
    planned = [_plan_chapter(project, c, edition, mode) for c in listed if chapters is None or c.nom in chapters]
    return Plan(
        project,
        mode,
        year,
        presentation={
            "statut": DRAFT_STATUS if mode.draft else edition.statut,
            "publication": edition.publication.isoformat() if edition.publication else "",
            "publie": date(edition.publication) if edition.publication else "",
            **{cle: getattr(edition, cle) for cle in ("extrait", "contact")},
            "licence": list(edition.licence),
            "accessibilite": edition.audit.etat if edition.audit else "non conforme",
            "ouvertes": catalogue.FOLDER if mode.publish else "",
        },
        years=tuple(a for a in edition.donnees.annees if a <= year),
        folder=project.output / str(year) / part,
        chapters=tuple(chapter for chapter in planned if chapter is not None),
    )


def _plan_chapter(project: Project, chapter: Chapitre, edition: Edition, mode: Mode) -> PlannedChapter | None:
    """None: the data of the edition do not allow the chapter."""
    try:
        sha256, read = digest(chapter.chemin), sommaire.lire_carnet(chapter.chemin)
        gate.check_notebook(read)
        pruned = sections.elaguer(read, edition.connait)
    except Exception as error:
        if not mode.tolerant and not isinstance(error, ErreurChapitre | LookupError):
            raise
        message, name = str(error.args[0] if error.args else error), str(project.relative(chapter.chemin))
        there = str(chapter.chemin) in message
        failure = message.replace(str(chapter.chemin), name) if there else f"{name}, {message}"
        if not mode.tolerant:
            raise Refus(failure) from error
        invalid_data = not isinstance(error, ErreurChapitre)
        return PlannedChapter(chapter.nom, chapter.chemin, failure=failure, invalid_data=invalid_data)
    if pruned is None:
        return None
    return PlannedChapter(chapter.nom, chapter.chemin, sommaire.contenu(read), sha256, pruned)
