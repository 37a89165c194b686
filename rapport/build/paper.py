"""The PDF of an edition, made once its pages are; it lies beside them."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from pathlib import Path

from rapport.build.composing import Composers
from rapport.build.events import Event, Follower
from rapport.build.plan import Plan
from rapport.controle.erreurs import Refus
from rapport.livre import sommaire
from rapport.nombres.francais import espaces
from rapport.pages import pdf

WITHOUT = espaces(
    "il y faut WeasyPrint (« make book » l’installe) et la bibliothèque Pango (Debian, Ubuntu : apt-get install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 ; macOS : brew install pango)"
)


def make(
    plans: Sequence[Plan], anew: Collection[int], composers: Composers, follow: Follower, *, wanted: bool
) -> set[int]:
    """Make the PDFs whose pages were made, or that are not there, at the same time; not `wanted`: these go. `anew`: the
    years whose pages were made. Returns those whose pages got another PDF. Raises Refus where one has defects."""
    began, orders = time.monotonic(), []
    for plan in plans:
        if plan.year in anew or (wanted and not beside(plan).exists()):
            beside(plan).unlink(missing_ok=True)
            orders.append((plan, _order(plan, composers, follow) if wanted else None))
        elif wanted:
            follow(Event("pdf", "unchanged", plan.year))
    for plan, verdict in orders:
        if verdict:
            _tell(plan, verdict.result(), time.monotonic() - began, follow)
        pdf.link(plan.html, plan.year)
    return {plan.year for plan, _ in orders}


def beside(plan: Plan) -> Path:
    """Where the PDF of a plan lies."""
    return plan.html / pdf.name(plan.year)


def _order(plan: Plan, composers: Composers, follow: Follower) -> Future[list[str] | None]:
    """Have the PDF made, in another process, from the pages of a plan."""
    follow(Event("pdf", "started", plan.year))
    config = sommaire.lire_configuration(plan.project.root)
    document = pdf.document(plan.html, plan.year, plan.presentation, config["title"], config.get("author", ""))
    return composers.submit(pdf.write, document, plan.html, beside(plan))


def _tell(plan: Plan, complaints: list[str] | None, seconds: float, follow: Follower) -> None:
    if complaints:
        follow(Event("pdf", "failed", plan.year, seconds=seconds))
        raise Refus(f"Le PDF de l’édition {plan.year} a des défauts. Rien n’est publié.", complaints)
    if complaints is None:
        follow(Event("pdf", "absent", plan.year, message=WITHOUT))
    else:
        follow(Event("pdf", "done", plan.year, seconds=seconds))
