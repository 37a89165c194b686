"""Whatever happens to a build, readers find a whole site: the old one or the new one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from outils import RACINE, contenu

from rapport.build import publication
from rapport.build.publication import lock, publish, published, recover

LIENS = pytest.mark.skipif(os.name == "nt", reason="kill -9 and links: not on Windows")


def edition(dossier: Path, marque: str) -> Path:
    """The pages of an edition: a site is whole when all its pages bear the same mark."""
    pages = dossier / f"pages-{marque}"
    (pages / "images").mkdir(parents=True, exist_ok=True)
    for nom in ("index.html", "a.html", "images/b.svg"):
        (pages / nom).write_text(marque, encoding="utf-8")
    return pages


def accueil(pages: dict[int, list[str]]) -> dict[str, str]:
    assert all(noms == ["a", "index"] for noms in pages.values())
    return {"index.html": " ".join(map(str, pages))}


def attendu(**marques: str) -> dict[str, bytes]:
    annees = {cle.removeprefix("a"): marque for cle, marque in marques.items()}
    pages = {f"{a}/{nom}": m for a, m in annees.items() for nom in ("index.html", "a.html", "images/b.svg")}
    pages["index.html"] = " ".join(sorted(annees, reverse=True))
    return {nom: texte.encode() for nom, texte in pages.items()}


@pytest.fixture(params=["links", "no links"])
def sortie(request, tmp_path, monkeypatch):
    """The output folder, with links and without (as on most Windows machines)."""
    if request.param == "no links":

        def refuser(*_, **__):
            raise OSError("no links here")

        monkeypatch.setattr(os, "symlink", refuser)
    return tmp_path / "_build"


def test_first_edition_then_another_then_the_first_again(sortie, tmp_path):
    site = publish(sortie, {2023: edition(tmp_path, "un")}, accueil)
    assert contenu(site) == attendu(a2023="un")
    publish(sortie, {2022: edition(tmp_path, "deux")}, accueil)
    assert contenu(site) == attendu(a2023="un", a2022="deux")
    publish(sortie, {2023: edition(tmp_path, "trois")}, accueil)
    assert contenu(site) == attendu(a2023="trois", a2022="deux")
    assert published(sortie) == [2023, 2022]


def test_the_previous_version_is_kept_and_no_other(sortie, tmp_path):
    for marque in ("un", "deux", "trois", "quatre"):
        publish(sortie, {2023: edition(tmp_path, marque)}, accueil)
    versions = [contenu(v)["2023/a.html"] for v in sorted((sortie / ".versions").iterdir())]
    autres = [v for v in versions if v != b"quatre"]
    assert autres == [b"trois"]


def test_the_pages_built_are_copied(sortie, tmp_path):
    """A later build works in the same folder; the site must not change under its readers."""
    pages = edition(tmp_path, "un")
    site = publish(sortie, {2023: pages}, accueil)
    (pages / "a.html").write_text("autre")
    assert contenu(site) == attendu(a2023="un")


def test_the_command_of_the_guide_copies_the_site_and_not_a_link(sortie, tmp_path):
    guide = (RACINE / "docs" / "guide-analyste.md").read_text(encoding="utf-8")
    commande = re.search(r"^cp .* _build/site/\. ", guide, re.MULTILINE)[0].split()
    publish(sortie, {2023: edition(tmp_path, "un")}, accueil)
    subprocess.run([*commande, str(tmp_path / "copie")], cwd=tmp_path, check=True)
    shutil.rmtree(sortie)
    assert contenu(tmp_path / "copie") == attendu(a2023="un")


def test_a_plain_folder_becomes_a_link(tmp_path):
    """A site that was copied from elsewhere, or made where there are no links."""
    sortie = tmp_path / "_build"
    (sortie / "site").mkdir(parents=True)
    edition(tmp_path, "vieux").rename(sortie / "site" / "2022")
    site = publish(sortie, {2023: edition(tmp_path, "un")}, accueil)
    assert contenu(site) == attendu(a2023="un", a2022="vieux")
    if os.name != "nt":
        assert site.is_symlink()
        assert not Path(os.readlink(site)).is_absolute(), "the folder can be moved"


def test_recover_without_anything(tmp_path):
    recover(tmp_path)
    assert list(tmp_path.iterdir()) == []


def publier_et_mourir(sortie: Path, etape: int) -> int:
    """Publish in a process that kills itself (kill -9) before the nth thing it does to the disk; its exit status."""
    if fils := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(fils, 0)[1])
    reste = etape

    def pieger(module, nom):
        vraie = getattr(module, nom)

        def fausse(*arguments, **options):
            nonlocal reste
            reste -= 1
            if reste == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return vraie(*arguments, **options)

        setattr(module, nom, fausse)

    # Everything that publication does to the disk goes through these.
    for nom in ("mkdir", "rename", "replace", "link", "unlink", "rmdir", "symlink"):
        pieger(os, nom)
    for nom in ("copy2", "copytree", "rmtree"):
        pieger(shutil, nom)
    try:
        with lock(sortie):
            recover(sortie)
            publish(sortie, {2023: sortie.parent / "pages-nouveau"}, accueil)
        os._exit(0)
    finally:
        os._exit(1)


@LIENS
@pytest.mark.parametrize("liens", ["links", "no links"])
def test_killed_at_every_step_the_site_is_whole(tmp_path, liens, monkeypatch):
    """kill -9 before each thing that publication does to the disk, one after the other until it gets to the end."""
    if liens == "no links":
        monkeypatch.setattr(os, "symlink", lambda *_, **__: (_ for _ in ()).throw(OSError()))
    sortie = tmp_path / "_build"
    edition(tmp_path, "nouveau")
    vieux = attendu(a2023="vieux", a2022="vieux")
    nouveau = attendu(a2023="nouveau", a2022="vieux")
    vus, absences, etape = [], 0, 0
    while True:
        etape += 1
        publish(sortie, {2023: edition(tmp_path, "vieux"), 2022: edition(tmp_path, "vieux")}, accueil)
        fin = publier_et_mourir(sortie, etape)
        assert fin in (0, -signal.SIGKILL)
        absent = not (sortie / "site").exists()
        absences += absent
        recover(sortie)
        vus.append(contenu(sortie / "site"))
        assert vus[-1] in (vieux, nouveau), f"killed at step {etape}"
        if absent:
            assert liens == "no links"
        restes = [p.name for p in sortie.iterdir() if p.name.startswith(".site")]
        restes += [p.name for p in (sortie / ".versions").iterdir() if not p.name.isdigit()]
        assert not restes
        assert len(list((sortie / ".versions").iterdir())) <= 2
        if fin == 0:
            break
    assert etape > 10, "the trap did not catch what publication does"
    assert vieux in vus
    assert nouveau in vus[:-1], "killed after the switch, too"
    assert absences <= 1, "without links, one moment between two renames; with links, none"


@LIENS
def test_killed_at_every_step_of_the_first_publication_there_is_no_site_or_a_whole_one(tmp_path):
    edition(tmp_path, "nouveau")
    for etape in range(1, 100):
        sortie = tmp_path / f"_build{etape}"
        fin = publier_et_mourir(sortie, etape)
        if sortie.exists():
            recover(sortie)
        if (sortie / "site").exists():
            assert contenu(sortie / "site") == attendu(a2023="nouveau"), f"killed at step {etape}"
        if fin == 0:
            return
    pytest.fail("it never got to the end")


def test_a_reader_never_meets_half_a_site(tmp_path):
    """Reads without pause while versions follow one another."""
    sortie = tmp_path / "_build"
    publish(sortie, {2023: edition(tmp_path, "un")}, accueil)
    fini = threading.Event()
    lus: list[str] = []

    def lire():
        while not fini.is_set():
            lus.append((sortie / "site" / "2023" / "a.html").read_text())

    lecteur = threading.Thread(target=lire)
    lecteur.start()
    try:
        for _ in range(20):
            publish(sortie, {2023: edition(tmp_path, "deux")}, accueil)
            publish(sortie, {2023: edition(tmp_path, "un")}, accueil)
    finally:
        fini.set()
        lecteur.join()
    assert set(lus) <= {"un", "deux"}
    assert len(lus) > 40


def test_the_lock_makes_wait_and_says_so(tmp_path):
    dits, ordre = [], []
    tenu, rendre = threading.Event(), threading.Event()

    def premier():
        with lock(tmp_path):
            tenu.set()
            rendre.wait(10)
            ordre.append("premier")

    fil = threading.Thread(target=premier)
    fil.start()
    tenu.wait(10)

    def attente():
        dits.append("attente")
        rendre.set()

    with lock(tmp_path, attente):
        ordre.append("second")
    fil.join()
    assert dits == ["attente"]
    assert ordre == ["premier", "second"]


def test_names_that_are_no_year_are_left_alone(tmp_path):
    (tmp_path / "site" / "notes").mkdir(parents=True)
    assert published(tmp_path) == []
    assert publication.SITE == "site"
