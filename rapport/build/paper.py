"""The PDF of an edition, made once its pages are, unless it was made from the same ones; it lies beside them."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from rapport.build.composing import Composers
from rapport.build.events import Event, Follower
from rapport.build.plan import Plan
from rapport.build.recipes import Recipe, environment
from rapport.controle.erreurs import Refus
from rapport.livre import sommaire
from rapport.nombres.francais import espaces
from rapport.pages import pdf

WITHOUT = espaces(
    "il y faut WeasyPrint (« make book » l’installe) et la bibliothèque Pango (Debian, Ubuntu : apt-get install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ; macOS : brew install pango)"
)


@dataclass(frozen=True)
class Paper:
    """A PDF looked at since `began` (``time.monotonic()``). No `verdict`: it is not made, it has not changed or is not
    wanted."""

    plan: Plan
    things: dict
    began: float
    verdict: Future[list[str] | None] | None = None

    @property
    def file(self) -> Path:
        """Where it is kept: the folder of the pages is emptied when they are made from nothing."""
        return self.plan.folder / "rapport.pdf"

    @property
    def note(self) -> Path:
        return self.plan.folder / "pdf.json"


def make(
    plans: Sequence[Plan],
    anew: Collection[int],
    composers: Composers,
    follow: Follower,
    *,
    force: bool,
    wanted: bool,
) -> set[int]:
    """Make the PDFs whose pages have changed, at the same time; not `wanted`: these go. `anew`: the years whose
    pages were made. Returns those whose pages got another PDF. Raises Refus where one has defects."""
    papers = []
    for plan in plans:
        if plan.year in anew or (wanted and not _beside(plan).exists()):
            papers.append(_order(plan, composers, follow, force, wanted))
        elif wanted:
            follow(Event("pdf", "unchanged", plan.year))
    for paper in papers:
        _finish(paper, follow)
    return {paper.plan.year for paper in papers}


def _beside(plan: Plan) -> Path:
    return plan.html / pdf.name(plan.year)


def _order(plan: Plan, composers: Composers, follow: Follower, force: bool, wanted: bool) -> Paper:
    """Have the PDF made, in another process, from the pages of a plan."""
    config = sommaire.lire_configuration(plan.project.root)
    document = pdf.document(plan.html, plan.year, plan.presentation, config["title"], config.get("author", ""))
    things = {"ce qui s’imprime": hashlib.sha256(document.encode()).hexdigest(), **environment(plan.project.root)}
    paper = Paper(plan, things, time.monotonic())
    recipe = Recipe.read(paper.note)
    if recipe and not force and not recipe.change(things, paper.file, ()):
        follow(Event("pdf", "unchanged", plan.year))
        return paper
    for file in (paper.note, paper.file):
        file.unlink(missing_ok=True)
    if not wanted:
        return paper
    follow(Event("pdf", "started", plan.year))
    return replace(paper, verdict=composers.submit(pdf.write, document, plan.html, paper.file))


def _finish(paper: Paper, follow: Follower) -> None:
    """Put the PDF beside the pages, and have them lead to it."""
    plan = paper.plan
    if paper.verdict is not None:
        complaints, seconds = paper.verdict.result(), time.monotonic() - paper.began
        if complaints:
            follow(Event("pdf", "failed", plan.year, seconds=seconds))
            raise Refus(f"Le PDF de l’édition {plan.year} a des défauts. Rien n’est publié.", complaints)
        if complaints is None:
            follow(Event("pdf", "absent", plan.year, message=WITHOUT))
        else:
            follow(Event("pdf", "done", plan.year, seconds=seconds))
            Recipe.note(paper.things, (), paper.file, 0).write(paper.note)
    if paper.file.is_file():
        shutil.copyfile(paper.file, _beside(plan))
    else:
        _beside(plan).unlink(missing_ok=True)
    pdf.link(plan.html, plan.year)
