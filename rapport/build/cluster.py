"""Making editions on a Dask cluster: whole editions, each a pure function of bytes. No disk is shared.

What they are made from (notebooks, settings, data) travels once as an archive, known by its digest; the pages of an
edition come back as another. A worker makes an edition in a process of its own (`main`), with the kernels of any build:
Dask's own processes may not have children. An edition whose worker is lost is made again by another; when the command
is stopped, so are these processes. A worker whose library or packages are not those of here is refused.

The workers run what they are sent: the cluster is trusted, as is whoever reaches its scheduler.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rapport.build import manifest, publication, steps
from rapport.build.events import Event, Follower
from rapport.build.plan import PUBLISH, Plan, make_plan
from rapport.build.project import Project
from rapport.build.recipes import Recipe, library
from rapport.build.steps import Book
from rapport.controle.erreurs import Refus
from rapport.livre.sommaire import CONFIGURATION, SOMMAIRE

ADDRESS = re.compile(r"dask://([^/\s]+:\d+)")
"""The address of a scheduler, as it is given."""
PINS = "requirements.txt"
PATIENCE = 10  # seconds, for a scheduler to answer and for a first worker to be there
POLL = 0.5  # seconds, between two looks at whether an edition is made or no longer wanted


def build(project: Project, years: Sequence[int], address: str, *, follow: Follower, force: bool = False) -> list[Book]:
    """Make the editions `years` on the cluster whose scheduler is at `address` (`ADDRESS`), and publish them together.

    Raises Refus where `steps.build` does, and when the cluster cannot be used; the site is then what it was.
    """
    timer = steps.Timer(follow)
    with steps.lock(project, follow):
        publication.recover(project.output)
        with timer("check"):
            steps.check_again(project, years, PUBLISH, follow)
        plans = [make_plan(project, year, PUBLISH) for year in years]
        with timer("edition"):
            _make(project, plans, address, follow, force)
        with timer("publish"):
            steps.publish(plans, follow)
    timer.tell()
    return [Book(plan, made=True) for plan in plans]


def environment(packages: Iterable[str]) -> dict[str, str]:
    """What pages depend on and does not travel: this library (the start of its digest), Python, and `packages`."""
    versions = {name: manifest.version(name) or "absent" for name in packages}
    return {"rapport": library()[:12], "Python": platform.python_version()} | versions


def differences(expected: Mapping[str, str]) -> list[str]:
    """What of an environment is not so in this process, in French."""
    found = environment(expected.keys() - environment(()).keys())
    return [f"{name} {found[name]}, non {wanted}" for name, wanted in expected.items() if found[name] != wanted]


def _pinned(requirements: Path) -> list[str]:
    """The packages whose versions a project says."""
    text = requirements.read_text(encoding="utf-8") if requirements.exists() else ""
    return re.findall(r"^([\w.-]+)==", text, re.MULTILINE)


def _make(project: Project, plans: Sequence[Plan], address: str, follow: Follower, force: bool) -> None:
    """Make the pages of `plans` that have changed since they were, and put them in their places."""
    parts = [*map(project.root.joinpath, (SOMMAIRE, CONFIGURATION, PINS, "chapters")), project.data]
    start, things = time.time(), steps.environment(project.root)
    wanted = []
    for plan in plans:
        recipe = Recipe.read(_note(plan))
        if force or recipe is None or recipe.change(things, plan.html, project.bases):
            wanted.append(plan)
        else:
            follow(Event("edition", "unchanged", plan.year))
    if not wanted:
        return
    refused = []
    for plan, pages, lines in _on_cluster(project, wanted, address, follow):
        if lines:
            refused += [f"Édition {plan.year} :", *lines]
            continue
        _replace(plan.html, pages)
        Recipe.note(things, parts, plan.html, start).write(_note(plan))
    if refused:
        raise Refus("Des éditions n’ont pas pu être faites. Rien n’est publié.", refused)


def _on_cluster(
    project: Project, plans: Sequence[Plan], address: str, follow: Follower
) -> Iterator[tuple[Plan, bytes, list[str]]]:
    """Each plan with the archive of its pages, or why there are none, as they come."""
    try:
        import distributed
    except ImportError:
        install = f"{sys.executable} -m pip install -r requirements-dask.txt"
        raise Refus("Dask n’est pas installé.", [f"Installez-le : {install}"]) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is told by a Refus
    here, sources = environment(_pinned(project.root / PINS)), sources_of(project)
    with _client(distributed, address, here) as client:
        # A task, and not data scattered on a worker: it comes again where that worker is lost.
        parcel = client.submit(bytes, sources, key=f"rapport-{hashlib.sha256(sources).hexdigest()}")
        stop = distributed.Event(f"rapport-{uuid.uuid4()}")
        epoch, began, futures = os.environ.get("SOURCE_DATE_EPOCH", ""), time.monotonic(), {}
        try:
            for plan in plans:
                follow(Event("edition", "started", plan.year))
                futures[client.submit(make, parcel, plan.year, here, stop.name, epoch, pure=False)] = plan
            for future in distributed.as_completed(futures):
                plan = futures[future]
                if error := future.exception():
                    pages, lines = b"", [f"Les travailleurs s’arrêtent avant la fin : {error}"]
                else:
                    pages, lines = future.result()
                state = "failed" if lines else "done"
                follow(Event("edition", state, plan.year, seconds=time.monotonic() - began))
                yield plan, pages, lines
        except BaseException:
            stop.set()
            client.cancel(list(futures))
            raise


def _client(distributed, address: str, here: Mapping[str, str]):
    """A client of the scheduler, whose workers all have the environment `here`."""
    host = ADDRESS.fullmatch(address)[1]
    try:
        client = distributed.Client(f"tcp://{host}", timeout=PATIENCE)
    except (OSError, TimeoutError) as error:
        start = "Lancez-le (dask scheduler), ou vérifiez l’adresse et le réseau."
        raise Refus(f"Aucun ordonnanceur Dask ne répond à {address}.", [start]) from error
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        found = client.run(differences, here, on_error="return")
    except TimeoutError:
        client.close()
        raise Refus(f"L’ordonnanceur {address} n’a aucun travailleur.", [f"Lancez : dask worker {host}"]) from None
    unlike = {worker: _said(answer) for worker, answer in found.items() if answer}
    if unlike:
        client.close()
        lines = [f"{worker} : {', '.join(answer)}" for worker, answer in sorted(unlike.items())]
        raise Refus("Des travailleurs n’ont pas le même environnement : rien ne leur est confié.", lines)
    return client


def _said(answer: object) -> list[str]:
    return answer if isinstance(answer, list) else [f"la bibliothèque n’y est pas, ou n’est pas la même ({answer})"]


def make(sources: bytes, year: int, expected: Mapping[str, str], stop: str, epoch: str) -> tuple[bytes, list[str]]:
    """The pages of an edition, as an archive; or why there are none, in French. Runs in a worker.

    `expected`: the environment of whoever asks; `stop`: the name of the event that ends it; `epoch`: its
    SOURCE_DATE_EPOCH, "" for none."""
    from distributed import Event as Flag
    from distributed import get_worker

    if lines := differences(expected):  # of a worker that came later
        return b"", lines
    jobs, flag = max(1, (os.cpu_count() or 1) // get_worker().state.nthreads), Flag(stop)
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        _unpack(sources, Path(folder, "sources"))
        command = [sys.executable, "-m", __name__, folder, str(year), str(jobs)]
        env = os.environ | ({"SOURCE_DATE_EPOCH": epoch} if epoch else {})
        process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, start_new_session=True)
        while process.poll() is None:
            try:
                process.wait(POLL)
            except subprocess.TimeoutExpired:
                if flag.is_set():
                    os.killpg(process.pid, signal.SIGKILL)
        refusal, html = Path(folder, "refus.json"), Path(folder, "output", str(year), "html")
        if refusal.exists():
            return b"", json.loads(refusal.read_text(encoding="utf-8"))
        if process.returncode:
            return b"", [f"le processus de cette édition s’est arrêté ({process.returncode})."]
        return _pack({p.relative_to(html).as_posix(): p for p in html.rglob("*") if p.is_file()}), []


def main(folder: str, year: str, jobs: str) -> None:
    """Make one edition from ``<folder>/sources`` in ``<folder>/output``; say why not in ``<folder>/refus.json``.

    Ends with the worker, which holds the other end of its standard input.
    """
    threading.Thread(target=_end_with_worker, daemon=True).start()
    sources = Path(folder, "sources")
    project = Project(sources, sources / "data", Path(folder, "output"))
    try:
        steps.build(project, [int(year)], mode=PUBLISH, jobs=int(jobs), follow=lambda event: None)
    except Refus as refusal:
        said = [refusal.titre, *map(str, refusal.lignes)]
        Path(folder, "refus.json").write_text(json.dumps(said), encoding="utf-8")


def _end_with_worker() -> None:
    os.read(0, 1)  # nothing is ever written there: it returns when the worker ends
    os.killpg(0, signal.SIGKILL)


def _note(plan: Plan) -> Path:
    """Where what the pages were made from, elsewhere, is noted."""
    return plan.folder / "grappe.json"


def sources_of(project: Project) -> bytes:
    """The archive of what editions are made from; the data folder is called ``data`` in it."""
    files = {name: project.root / name for name in (SOMMAIRE, CONFIGURATION, PINS) if (project.root / name).exists()}
    for name, folder in (("chapters", project.root / "chapters"), ("data", project.data)):
        found = (p for p in folder.rglob("*") if p.is_file() and p.parent.name != "__pycache__")
        files |= {f"{name}/{p.relative_to(folder).as_posix()}": p for p in found}
    return _pack(files)


def _pack(files: Mapping[str, Path]) -> bytes:
    """An archive of files, by the name they have in it: the same bytes for the same contents."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, path in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return stream.getvalue()


def _unpack(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


def _replace(html: Path, pages: bytes) -> None:
    """Put pages in the place of those that are there, once they are whole."""
    aside = html.with_name("html.partiel")
    shutil.rmtree(aside, ignore_errors=True)
    _unpack(pages, aside)
    shutil.rmtree(html, ignore_errors=True)
    aside.rename(html)


if __name__ == "__main__":
    main(*sys.argv[1:])
