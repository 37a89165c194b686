"""From the data and the notebooks to the published book: check → execute → stage → jupyter-book → publish.

Each step is a function that can run alone; `build` runs them all. What an edition needs on the way lies in
``<output>/<year>/``: ``executes/`` (executed notebooks), ``journaux/`` (what the kernels wrote), ``book/`` (the staged
book, flat), ``html/`` (its pages). Failures are `ConstructionImpossible`, with French lines for the terminal.
"""

from __future__ import annotations

import concurrent.futures
import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import nbformat
import yaml

from rapport import chapters, publication
from rapport.chapters import Chapitre, ErreurChapitre
from rapport.execution import Evenement, Resultat, Suivi, Tache, run_chapters

PAQUETS = ("rapport", "jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme", "papermill", "ipykernel", "pandas")
PAQUETS += ("matplotlib", "seaborn", "frictionless", "babel", "jinja2")

# The jupyter-book of this interpreter, whatever the PATH says; rapport first, for what it does to imports.
JUPYTER_BOOK = (sys.executable, "-c", "import rapport; from jupyter_book.cli.main import main; main()")


class ConstructionImpossible(Exception):
    """The book cannot be made; `lignes` say why, in French."""

    def __init__(self, titre: str, lignes: Iterable[object] = ()):
        super().__init__(titre)
        self.titre = titre
        self.lignes = [str(ligne) for ligne in lignes]


@dataclass(frozen=True)
class Projet:
    """The folders of a project: its root (``_toc.yml``), its data, and where what is built goes. All absolute."""

    racine: Path
    donnees: Path
    sortie: Path

    def travail(self, annee: int, apercu: bool = False) -> Path:
        return self.sortie / str(annee) / ("apercu" if apercu else "")


@dataclass
class Livre:
    """An edition on its way: the chapters that its data allow, the results of their execution, durations (s)."""

    annee: int
    statut: str  # « définitive » or « provisoire »
    travail: Path
    chapitres: list[Chapitre]
    notebooks: dict[str, nbformat.NotebookNode]
    resultats: list[Resultat] = field(default_factory=list)
    durees: dict[str, float] = field(default_factory=dict)
    avertissements: list[str] = field(default_factory=list)

    @property
    def html(self) -> Path:
        return self.travail / "html"


def find_project(donnees: Path | None = None, sortie: Path | None = None) -> Projet:
    """The project around the current folder, else the one this package belongs to."""
    ici = Path.cwd()
    candidats = [ici, *ici.parents, Path(__file__).resolve().parent.parent]
    racine = next((c for c in candidats if (c / chapters.TOC).is_file() and (c / "_config.yml").is_file()), None)
    if racine is None:
        raise ConstructionImpossible(
            "Aucun rapport ici : il manque _toc.yml et _config.yml. Lancez la commande depuis le dossier du projet."
        )
    return Projet(racine, (donnees or racine / "data").absolute(), (sortie or racine / "_build").absolute())


def build(
    projet: Projet, annees: Sequence[int], chapitres: Collection[str] | None = None, *, jobs: int, suivi: Suivi
) -> list[Livre]:
    """Make the editions `annees` and publish them together in ``<output>/site``.

    With `chapitres`, make only these, into ``<output>/<year>/apercu/``; nothing is published.
    Raises ConstructionImpossible when the data are invalid, a chapter fails or the book has warnings; the site is then
    what it was.
    """
    from rapport.data import Donnees

    suivi(Evenement("verification", "commence"))
    # An edition compares with the years before it, not with those after.
    check(projet, [annee for annee in Donnees(projet.donnees).annees if annee <= max(annees)])
    suivi(Evenement("verification", "termine"))
    with publication.lock(projet.sortie, lambda: suivi(Evenement("verrou", "attend", message=str(projet.sortie)))):
        publication.recover(projet.sortie)
        livres = [prepare(projet, annee, chapitres) for annee in annees]
        execute(projet, livres, jobs, suivi)
        for livre in livres:
            stage(projet, livre, apercu=chapitres is not None)
        make_html(livres, strict=chapitres is None, jobs=jobs, suivi=suivi)
        if chapitres is None:
            for livre in livres:
                write_manifest(projet, livre)
            suivi(Evenement("publication", "commence"))
            publication.publish(projet.sortie, {livre.annee: livre.html for livre in livres}, write_root)
            suivi(Evenement("publication", "termine"))
    return livres


def check(projet: Projet, annees: Sequence[int]) -> None:
    """Raise ConstructionImpossible, with one line per error, when the data of `annees` are invalid."""
    from rapport.validation import validate

    erreurs = validate(projet.donnees, annees)
    if erreurs:
        n = len(erreurs)
        raise ConstructionImpossible(f"Les données sont invalides : {n} erreur{'s' if n > 1 else ''}.", erreurs)


def prepare(projet: Projet, annee: int, noms: Collection[str] | None = None) -> Livre:
    """The chapters that the data of `annee` allow (only those in `noms` if given), pruned, in a cleared work folder."""
    from rapport.edition import Edition

    edition = Edition(annee, projet.donnees)
    statut = edition.donnees.edition(annee).get("statut", "")
    livre = Livre(annee, statut, projet.travail(annee, apercu=noms is not None), [], {})
    for chapitre in chapters.list_chapters(projet.racine):
        if noms is not None and chapitre.nom not in noms:
            continue
        try:
            nb = chapters.prune(chapters.read_notebook(chapitre.chemin), edition.connait)
        except (ErreurChapitre, LookupError) as erreur:
            message = erreur.args[0] if erreur.args else erreur
            raise ConstructionImpossible(f"{_relatif(chapitre.chemin, projet)}, {message}") from erreur
        if nb is not None:
            livre.chapitres.append(chapitre)
            livre.notebooks[chapitre.nom] = nb
    for nom in ("executes", "journaux", "book", "html"):
        shutil.rmtree(livre.travail / nom, ignore_errors=True)
    return livre


def execute(projet: Projet, livres: Sequence[Livre], jobs: int, suivi: Suivi) -> None:
    """Run the chapters of all `livres`; raises ConstructionImpossible, after the others finished, if some failed."""
    taches = [
        Tache(
            livre.annee,
            chapitre.nom,
            _relatif(chapitre.chemin, projet),
            livre.notebooks[chapitre.nom],
            livre.travail / "executes" / f"{chapitre.nom}.ipynb",
            livre.travail / "journaux" / f"{chapitre.nom}.log",
        )
        for livre in livres
        for chapitre in livre.chapitres
    ]
    for tache in taches:
        suivi(Evenement("execution", "attend", tache.annee, tache.chapitre))
    debut = time.monotonic()
    resultats = run_chapters(
        taches,
        data_dir=projet.donnees,
        cwd=projet.racine / "chapters",
        travail=projet.sortie,
        jobs=jobs,
        suivi=suivi,
    )
    for livre in livres:
        livre.resultats = [r for r in resultats if r.tache.annee == livre.annee]
        livre.durees["execution"] = time.monotonic() - debut
    echecs = [r.echec for r in resultats if r.echec]
    if echecs:
        n = len(echecs)
        titre = "Un chapitre a échoué." if n == 1 else f"{n} chapitres ont échoué."
        raise ConstructionImpossible(f"{titre} Rien n’est publié.", echecs)


def stage(projet: Projet, livre: Livre, apercu: bool = False) -> Path:
    """Lay out the book of one edition for jupyter-book: executed notebooks, contents, configuration, other files."""
    book = livre.travail / "book"
    book.mkdir(parents=True)
    dossier = projet.racine / "chapters"
    for chemin in dossier.iterdir() if dossier.is_dir() else ():
        if chemin.name.startswith(".") or chemin.suffix == ".ipynb" or chemin.name == "_build":
            continue
        if chemin.is_dir():
            shutil.copytree(chemin, book / chemin.name)
        else:
            shutil.copy2(chemin, book)
    for chapitre in livre.chapitres:
        shutil.copy2(livre.travail / "executes" / f"{chapitre.nom}.ipynb", book)

    toc = chapters.read_toc(projet.racine)
    noms = [chapitre.nom for chapitre in livre.chapitres]
    plat = chapters.flat_toc(toc, noms)
    if plat["root"] not in noms:
        if not apercu:
            raise ConstructionImpossible(f"L’édition {livre.annee} n’a pas les données de sa page d’accueil.")
        liens = "\n".join(f"- [](./{nom}.ipynb)" for nom in noms)
        (book / f"{plat['root']}.md").write_text(f"# Aperçu {livre.annee}\n\n{liens}\n", encoding="utf-8")
    _ecrire_yaml(book / chapters.TOC, plat)

    config = yaml.safe_load((projet.racine / "_config.yml").read_text(encoding="utf-8"))
    config["title"] = f"{config['title']} – {livre.annee}"
    config["execute"] = {**config.get("execute", {}), "execute_notebooks": "off"}
    config["exclude_patterns"] = []
    config["sphinx"]["config"] |= {"rapport_annee": str(livre.annee), "rapport_statut": livre.statut}
    _ecrire_yaml(book / "_config.yml", config)
    return book


def make_html(livres: Sequence[Livre], *, strict: bool, jobs: int, suivi: Suivi) -> None:
    """Run jupyter-book on the staged books, at most `jobs` at a time.

    Strictly, a warning is an error: raises ConstructionImpossible with the warnings. Otherwise they are left in
    `Livre.avertissements`, and only a book that could not be made raises.
    """
    processus: list[subprocess.Popen] = []
    arret = threading.Event()

    def faire(livre: Livre) -> int:
        if arret.is_set():
            return 1
        suivi(Evenement("pages", "commence", livre.annee))
        debut = time.monotonic()
        options = ["-W", "-n", "--keep-going"] if strict else []
        journal = livre.travail / "journaux" / "jupyter-book.log"
        journal.parent.mkdir(parents=True, exist_ok=True)
        cible = livre.travail / "book" / "_build" / "html"
        with subprocess.Popen(
            [*JUPYTER_BOOK, "build", str(livre.travail / "book"), "--all", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONUTF8": "1"},
        ) as p:
            processus.append(p)
            sortie, _ = p.communicate()
        sortie = re.sub(r"\x1b\[[0-9;]*m", "", sortie)  # it colours whatever NO_COLOR says
        journal.write_text(sortie, encoding="utf-8")
        livre.avertissements = _avertissements(sortie, livre)
        if p.returncode == 0:
            cible.rename(livre.html)
        livre.durees["pages"] = time.monotonic() - debut
        etat = "echoue" if p.returncode else "termine"
        suivi(Evenement("pages", etat, livre.annee, duree=livre.durees["pages"]))
        return p.returncode

    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        try:
            codes = list(pool.map(faire, livres))
        except BaseException:
            arret.set()
            for p in processus:
                if p.poll() is None:
                    p.kill()
            raise
    rates = [livre for livre, code in zip(livres, codes, strict=True) if code]
    if rates:
        lignes = []
        for livre in rates:
            journal = livre.travail / "journaux" / "jupyter-book.log"
            lignes += livre.avertissements or journal.read_text(encoding="utf-8").splitlines()[-15:]
            lignes.append(f"Journal complet : {journal}")
        annees = ", ".join(str(livre.annee) for livre in rates)
        raise ConstructionImpossible(f"jupyter-book signale des défauts ({annees}). Rien n’est publié.", lignes)


def write_manifest(projet: Projet, livre: Livre) -> None:
    """``manifest.json`` beside the pages: what the edition was made from, with what, when, and how long it took."""
    manifeste = {
        "annee": livre.annee,
        "date": _maintenant().isoformat().replace("+00:00", "Z"),
        "python": platform.python_version(),
        "paquets": {nom: _version(nom) for nom in PAQUETS},
        "notebooks": {_relatif(c.chemin, projet).as_posix(): _sha256(c.chemin) for c in livre.chapitres},
        "donnees": {
            chemin.relative_to(projet.donnees).as_posix(): _sha256(chemin)
            for chemin in sorted(projet.donnees.rglob("*"))
            if chemin.is_file() and not any(p.startswith(".") for p in chemin.relative_to(projet.donnees).parts)
        },
        "durees_s": {
            **{etape: round(duree, 2) for etape, duree in livre.durees.items()},
            "chapitres": {r.tache.chapitre: round(r.duree, 2) for r in livre.resultats},
        },
    }
    texte = json.dumps(manifeste, ensure_ascii=False, indent=2) + "\n"
    (livre.html / "manifest.json").write_text(texte, encoding="utf-8")


def write_root(site: Path, annees: Sequence[int]) -> None:
    """The files at the site's root. `annees`: its editions, newest first.

    ``index.html`` leads to the newest edition and lists them all; ``editions.js`` tells the pages, which stay as they
    were built, what the other editions are and which chapters they have; ``_headers`` is for the web server.
    """
    import jinja2

    modeles = files("rapport").joinpath("templates")
    jinja = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    for nom in ("index.html", "404.html"):
        modele = jinja.from_string(modeles.joinpath(nom).read_text(encoding="utf-8"))
        (site / nom).write_text(modele.render(annees=annees), encoding="utf-8")
    (site / "_headers").write_text(modeles.joinpath("_headers").read_text(encoding="utf-8"), encoding="utf-8")
    pages = {annee: sorted(p.stem for p in (site / str(annee)).glob("*.html")) for annee in annees}
    (site / "editions.js").write_text(f"window.EDITIONS = {json.dumps(pages)};\n", encoding="utf-8")


def _avertissements(sortie: str, livre: Livre) -> list[str]:
    """The warnings and errors in what jupyter-book wrote, each on one line that starts with the page."""
    book = f"{livre.travail / 'book'}{os.sep}"
    lignes = []
    for ligne in sortie.splitlines():
        if re.search(r"\b(WARNING|ERROR|CRITICAL)\b:?", ligne) and not ligne.startswith("build finished"):
            lignes.append(ligne.replace(book, ""))
    return lignes


def _relatif(chemin: Path, projet: Projet) -> Path:
    return chemin.relative_to(projet.racine) if chemin.is_relative_to(projet.racine) else chemin


def _ecrire_yaml(chemin: Path, contenu: dict) -> None:
    chemin.write_text(yaml.safe_dump(contenu, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _sha256(chemin: Path) -> str:
    return hashlib.sha256(chemin.read_bytes()).hexdigest()


def _version(paquet: str) -> str | None:
    try:
        return importlib.metadata.version(paquet)
    except importlib.metadata.PackageNotFoundError:
        return None


def _maintenant() -> datetime.datetime:
    """Now, or SOURCE_DATE_EPOCH where a build must be reproducible; UTC, to the second."""
    secondes = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.datetime.fromtimestamp(secondes, datetime.UTC)
