"""From the data and the notebooks to the published book: check → execute → stage → jupyter-book → publish.

Each step is a function that can run alone; `build` runs them all. What an edition needs on the way lies in
``<output>/<year>/``: ``executes/`` (executed notebooks), ``journaux/`` (what the kernels wrote), ``book/`` (the staged
book, flat), ``html/`` (its pages). Failures are `ConstructionImpossible`, with French lines for the terminal.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import yaml

from rapport.construction import chapters, manifest, publication
from rapport.construction.chapters import Chapitre, ErreurChapitre
from rapport.construction.execution import Evenement, Resultat, Suivi, Tache, run_chapters

# The jupyter-book of this interpreter, whatever the PATH says; rapport first, for what it does to imports.
JUPYTER_BOOK = (sys.executable, "-c", "import rapport; from jupyter_book.cli.main import main; main()")


BROUILLON = "brouillon"
"""The status of a book whose year is still being filled, and the folder it is made in."""


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

    def travail(self, annee: int, part: str = "") -> Path:
        """Where an edition is made; in a folder `part` of its own, what is not to be published."""
        return self.sortie / str(annee) / part


@dataclass
class Livre:
    """An edition on its way: the chapters that its data allow, the results of their execution, durations (s)."""

    annee: int
    statut: str  # « définitive » or « provisoire », or `BROUILLON`
    publication: str  # ISO date, empty if it is not known
    travail: Path
    chapitres: list[Chapitre]
    notebooks: dict[str, nbformat.NotebookNode]
    resultats: list[Resultat] = field(default_factory=list)
    durees: dict[str, float] = field(default_factory=dict)
    avertissements: list[str] = field(default_factory=list)

    @property
    def html(self) -> Path:
        return self.travail / "html"

    @property
    def journal(self) -> Path:
        """What jupyter-book wrote."""
        return self.travail / "journaux" / "jupyter-book.log"


def find_project(donnees: Path | None = None, sortie: Path | None = None) -> Projet:
    """The project around the current folder, else the one this package belongs to."""
    ici = Path.cwd()
    candidats = [ici, *ici.parents, Path(__file__).resolve().parents[2]]
    racine = next((c for c in candidats if (c / chapters.TOC).is_file() and (c / "_config.yml").is_file()), None)
    if racine is None:
        raise ConstructionImpossible(
            "Aucun rapport ici : il manque _toc.yml et _config.yml. Lancez la commande depuis le dossier du projet."
        )
    return Projet(racine, (donnees or racine / "data").absolute(), (sortie or racine / "_build").absolute())


def build(
    projet: Projet,
    annees: Sequence[int],
    chapitres: Collection[str] | None = None,
    *,
    jobs: int,
    suivi: Suivi,
    brouillon: bool = False,
) -> list[Livre]:
    """Make the editions `annees` and publish them together in ``<output>/site``.

    With `chapitres`, make only these, into ``<output>/<year>/apercu/``; nothing is published. `brouillon`:
    what is still to be filled is marked instead of refused; the draft goes into ``<output>/<year>/brouillon/``, and is
    not published.
    Raises ConstructionImpossible when the data are invalid, a chapter fails or the book has warnings; the site is then
    what it was.
    """
    from rapport.data import Donnees

    publier = chapitres is None and not brouillon
    suivi(Evenement("verification", "commence"))
    # An edition compares with the years before it, not with those after.
    check(projet, [annee for annee in Donnees(projet.donnees).annees if annee <= max(annees)], brouillon)
    suivi(Evenement("verification", "termine"))
    with publication.lock(projet.sortie, lambda: suivi(Evenement("verrou", "attend", message=str(projet.sortie)))):
        publication.recover(projet.sortie)
        livres = [prepare(projet, annee, chapitres, brouillon) for annee in annees]
        execute(projet, livres, jobs, suivi)
        for livre in livres:
            stage(projet, livre, apercu=not publier)
        make_html(livres, strict=publier, jobs=jobs, suivi=suivi)
        if publier:
            for livre in livres:
                write_manifest(projet, livre)
            suivi(Evenement("publication", "commence"))
            publication.publish(projet.sortie, {livre.annee: livre.html for livre in livres}, publication.write_root)
            suivi(Evenement("publication", "termine"))
    return livres


def check(projet: Projet, annees: Sequence[int], brouillon: bool = False) -> None:
    """Raise ConstructionImpossible, with one line per error, when the data of `annees` are invalid.

    A draft (`brouillon`) may have values that are still to be filled.
    """
    from rapport.controle.validation import validate

    erreurs = validate(projet.donnees, annees, brouillon)
    if erreurs:
        n = len(erreurs)
        raise ConstructionImpossible(f"Les données sont invalides : {n} erreur{'s' if n > 1 else ''}.", erreurs)


def prepare(projet: Projet, annee: int, noms: Collection[str] | None = None, brouillon: bool = False) -> Livre:
    """The chapters that the data of `annee` allow (only those in `noms` if given), pruned, in a cleared work folder."""
    from rapport.edition import Edition

    edition = Edition(annee, projet.donnees)
    publication = edition.publication.isoformat() if edition.publication else ""
    statut = BROUILLON if brouillon else edition.statut
    travail = projet.travail(annee, "apercu" if noms is not None else BROUILLON if brouillon else "")
    livre = Livre(annee, statut, publication, travail, [], {})
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
            livre.travail / "executes" / f"{chapitre.nom}.lectures",
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
    config["sphinx"]["config"] |= {
        "rapport_annee": str(livre.annee),
        "rapport_statut": livre.statut,
        "rapport_publication": livre.publication,
    }
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
        code = _jupyter_book(livre, ["-W", "-n", "--keep-going"] if strict else [], processus)
        livre.durees["pages"] = time.monotonic() - debut
        suivi(Evenement("pages", "echoue" if code else "termine", livre.annee, duree=livre.durees["pages"]))
        return code

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
            lignes += [*livre.avertissements, f"Journal complet : {livre.journal}"]
        annees = ", ".join(str(livre.annee) for livre in rates)
        raise ConstructionImpossible(f"jupyter-book signale des défauts ({annees}). Rien n’est publié.", lignes)


def write_manifest(projet: Projet, livre: Livre) -> None:
    """``manifest.json`` beside the pages: what the edition was made from, with what, when, and how long it took."""
    durees = {etape: round(duree, 2) for etape, duree in livre.durees.items()}
    durees["chapitres"] = {r.tache.chapitre: round(r.duree, 2) for r in livre.resultats}
    notebooks = {_relatif(c.chemin, projet).as_posix(): c.chemin for c in livre.chapitres}
    manifeste = manifest.describe(livre.annee, notebooks, projet.donnees) | {"durees_s": durees}
    texte = json.dumps(manifeste, ensure_ascii=False, indent=2) + "\n"
    (livre.html / "manifest.json").write_text(texte, encoding="utf-8")


def _jupyter_book(livre: Livre, options: Sequence[str], processus: list[subprocess.Popen]) -> int:
    """Build one staged book; its exit code. The running process is added to `processus`."""
    with subprocess.Popen(
        [*JUPYTER_BOOK, "build", str(livre.travail / "book"), "--all", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},  # its words are looked at below
    ) as p:
        processus.append(p)
        sortie, _ = p.communicate()
    sortie = re.sub(r"\x1b\[[0-9;]*m", "", sortie)  # it colours whatever NO_COLOR says
    livre.journal.parent.mkdir(parents=True, exist_ok=True)
    livre.journal.write_text(sortie, encoding="utf-8")
    lignes = sortie.replace(f"{livre.travail / 'book'}{os.sep}", "").splitlines()
    livre.avertissements = [ligne for ligne in lignes if re.search(r"\b(WARNING|ERROR|CRITICAL)\b", ligne)]
    if p.returncode == 0:
        (livre.travail / "book" / "_build" / "html").rename(livre.html)
    elif "build finished with problems" not in sortie:
        livre.avertissements += [ligne for ligne in lignes if re.match(r"[\w.]*(Error|Exception)\b", ligne)]
    return p.returncode


def _relatif(chemin: Path, projet: Projet) -> Path:
    return chemin.relative_to(projet.racine) if chemin.is_relative_to(projet.racine) else chemin


def _ecrire_yaml(chemin: Path, contenu: dict) -> None:
    chemin.write_text(yaml.safe_dump(contenu, allow_unicode=True, sort_keys=False), encoding="utf-8")
