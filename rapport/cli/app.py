"""The command ``rapport``: reads what is asked, calls the rooms that do it, says in French what happened.

Exit codes: 0 the work is whole · 1 invalid data, a failed chapter or a defect of the book · 2 the command is not
understood · 130 interrupted.
"""

import os
import signal
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from typing import Annotated

import typer

from rapport.cli import data_commands
from rapport.cli.display import OUTPUT, BuildDisplay, say, show_refusal, show_warnings, use_any_encoding
from rapport.cli.french import (
    Commands,
    DataOption,
    OutputOption,
    UsageError,
    choose_editions,
    choose_years,
    open_project,
    unknown,
    whole_number,
)
from rapport.donnees.refus import Refus, cause
from rapport.nombres.francais import INSECABLE

INTERRUPTED = 130

app = Commands("Le rapport d’activité de la Caf de l’Ariège : des données au livre.")


@app.command()
def build(
    years: Annotated[list[str] | None, typer.Argument(metavar="ANNÉE")] = None,
    every: Annotated[bool, typer.Option("--all")] = False,
    chapters: Annotated[list[str] | None, typer.Option("--chapter", metavar="NOM")] = None,
    draft: Annotated[bool, typer.Option("--draft")] = False,
    force: Annotated[bool, typer.Option("--force")] = False,
    no_pdf: Annotated[bool, typer.Option("--no-pdf")] = False,
    data: DataOption = None,
    output: OutputOption = None,
    jobs: Annotated[str | None, typer.Option("--jobs", metavar="N")] = None,
    executor: Annotated[str | None, typer.Option("--executor", metavar="ADRESSE")] = None,
) -> None:
    """Vérifie les données, exécute les chapitres, compose le livre et le publie.

    Seul ce qui a changé est refait. Rien n’est publié si quelque chose échoue : le dernier bon livre reste en place.
    """
    from rapport.build.project import find_project, warm_up

    project = find_project(data, output)
    workers = whole_number("--jobs", jobs, 1) if jobs else os.cpu_count() or 1
    if every and years:
        raise UsageError("Donnez des années ou l’option --all, pas les deux.")
    request, start = [years, every, no_pdf], time.time()
    publishes = not (executor or chapters or draft)
    if publishes and not force and project.is_published(request):
        say(f"Rien n’a changé depuis la dernière construction.\nLe livre : {project.output / 'site' / 'index.html'}")
        return
    if not executor:
        warm_up(project, years or ())
    from rapport.build import steps
    from rapport.build.plan import DRAFT, PREVIEW, PUBLISH
    from rapport.livre import sommaire

    editions = choose_editions(years or (), project.data, every)
    known = [chapter.nom for chapter in sommaire.lister_chapitres(project.root)] if chapters else []
    for name in chapters or ():
        if name not in known:
            raise UsageError(unknown("Le chapitre", name, "Chapitres", known))
    mode = DRAFT if draft else PREVIEW if chapters else PUBLISH
    with BuildDisplay() as display:
        if executor:
            books = _on_cluster(project, editions, executor, mode is PUBLISH and not jobs, display, force)
        else:
            books = steps.build(
                project,
                editions,
                mode=mode,
                chapters=chapters or None,
                jobs=workers,
                follow=display,
                force=force,
                pdf=not no_pdf,
            )
    site = project.output / "site"
    if publishes:
        steps.remember(project, request, books, start, pdf=not no_pdf)
    if not (chapters or draft):
        for book in books:
            say(f"L’édition {book.plan.year} est prête : {site / str(book.plan.year) / 'index.html'}")
        say(f"Le livre : {site / 'index.html'}")
        return
    page = f"{chapters[0]}.html" if chapters and len(chapters) == 1 else "index.html"
    for book in books:
        show_warnings(book.warnings)
        say(f"{'Brouillon' if draft else 'Aperçu'} {book.plan.year}, non publié : {book.plan.html / page}")


def _on_cluster(project, editions: Sequence[int], address: str, whole: bool, display: BuildDisplay, force: bool):
    from rapport.build import cluster

    if not cluster.ADDRESS.fullmatch(address):
        raise UsageError(f"--executor attend l’adresse d’un ordonnanceur, comme dask://hôte:8786, pas « {address} ».")
    if not whole:
        raise UsageError("--executor fait des éditions entières : ni --chapter, ni --draft, ni --jobs avec lui.")
    return cluster.build(project, editions, address, follow=display, force=force)


@app.command()
def check(
    years: Annotated[list[str] | None, typer.Argument(metavar="ANNÉE")] = None,
    draft: Annotated[bool, typer.Option("--draft")] = False,
    data: DataOption = None,
) -> None:
    """Vérifie les données et montre toutes les erreurs, avec le fichier, la ligne et la colonne."""
    from rapport.build import steps

    project, source = open_project(data)
    known = source.annees
    chosen = choose_years(years or (), known, "L’année", "Années") or (known[-1:] if draft else known)
    steps.check(project, chosen, draft=draft)
    if draft:
        steps.check_mappings(project)
        for year in chosen:
            data_commands.show_progress(project, year)
            data_commands.show_oddities(project, year)
    else:
        say(f"Les données sont valides ({', '.join(map(str, chosen))}).")


@app.command("list")
def list_all(data: DataOption = None) -> None:
    """Montre les éditions et les chapitres."""
    from rapport.livre import sommaire

    project, source = open_project(data)
    say("Éditions", "bold")
    for year in reversed(source.editions):
        say(f"  {year}  {source.edition(year).get('statut', '')}")
    say("Chapitres", "bold")
    part = None
    for chapter in sommaire.lister_chapitres(project.root):
        if chapter.partie != part:
            part = chapter.partie
            say(f"  {part}", "dim")
        say(f"  {'  ' if part else ''}{chapter.nom}")


@app.command()
def serve(
    year: Annotated[str | None, typer.Argument(metavar="ANNÉE")] = None,
    port: Annotated[str, typer.Option("--port", metavar="N")] = "8000",
    no_browser: Annotated[bool, typer.Option("--no-browser")] = False,
    data: DataOption = None,
    output: OutputOption = None,
) -> None:
    """Montre le livre pendant qu’on l’écrit : chaque fichier enregistré refait les pages concernées.

    Rien n’est publié. Ce qui est à remplir est signalé ; une erreur s’affiche à la place de la page, jusqu’à sa
    correction.
    """
    from rapport.build.project import find_project
    from rapport.preview import watcher
    from rapport.preview.server import Server

    number = whole_number("--port", port, 0, 65535)
    project = find_project(data, output)
    (edition,) = choose_editions([year] if year else (), project.data)
    try:
        server = Server(edition, number)
    except OSError as error:
        raise Refus(
            f"Le port {port} est déjà pris par un autre programme. Choisissez-en un autre : rapport serve --port N."
        ) from error
    if OUTPUT.is_terminal and not no_browser:
        webbrowser.open(server.address)
    try:
        watcher.serve(project, edition, server, os.cpu_count() or 1, BuildDisplay(brief=True))
    except KeyboardInterrupt:
        say("Arrêté.")


app.add_typer(data_commands.app)


def _hear_again(unraisable) -> None:
    """Ctrl-C that came inside a finalizer, where Python loses it, comes again outside."""
    if unraisable.exc_type is KeyboardInterrupt:
        threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(unraisable)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    use_any_encoding()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end: as by Ctrl-C
    if hasattr(signal, "pthread_kill"):  # not on Windows
        sys.unraisablehook = _hear_again
    try:
        code = app(args=argv, prog_name="rapport", standalone_mode=False) or 0
    except Refus as refusal:
        show_refusal(refusal)
        return 2 if isinstance(refusal, UsageError) else 1
    except RuntimeError as error:  # « release unlocked lock »: Ctrl-C came inside one of threading's own waits
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        code = INTERRUPTED
    except (OSError, MemoryError) as error:
        where = [str(error.filename)] if getattr(error, "filename", None) else []
        show_refusal(Refus(f"Arrêt{INSECABLE}: {cause(error)}. Ce qui était publié n’a pas changé.", where))
        return 1
    if code == INTERRUPTED:  # what Typer makes of KeyboardInterrupt
        show_refusal(Refus("Interrompu : rien n’est publié."))
    return code
