"""From the data and the notebooks to the published book: check → execute → stage → jupyter-book → publish.

Each step is a function that can run alone; `build` runs them all, and does again only what its inputs changed
(`dependances`). What an edition needs on the way lies in ``<output>/<year>/``: ``executes/`` (executed notebooks and
their recipes), ``journaux/`` (what the kernels and jupyter-book wrote), ``book/`` (the staged book, flat),
``doctrees/`` (what Sphinx keeps), ``html/`` (its pages). Failures are `ConstructionImpossible`, with French lines for
the terminal.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rapport.build import execution, manifest, publication, recipes
from rapport.build.composing import Commande, Composeurs
from rapport.build.execution import Evenement, Suivi, Tache
from rapport.build.plan import BROUILLON, ConstructionImpossible, Livre, Projet, find_project
from rapport.build.recipes import PAQUET, Recette
from rapport.build.staging import stage
from rapport.build.warnings import comprendre
from rapport.livre import sections, sommaire
from rapport.livre.sommaire import ErreurChapitre

__all__ = ["ConstructionImpossible", "Livre", "Projet", "build", "check", "find_project", "stage"]


def build(
    projet: Projet,
    annees: Sequence[int],
    chapitres: Collection[str] | None = None,
    *,
    jobs: int,
    suivi: Suivi,
    tout: bool = False,
    brouillon: bool = False,
) -> list[Livre]:
    """Make the editions `annees` and publish them together in ``<output>/site``.

    With `chapitres`, make only these, into ``<output>/<year>/apercu/``; nothing is published. `tout`: run every chapter
    and make every page, changed or not. `brouillon`: what is still to be filled is marked instead of refused; the draft
    goes into ``<output>/<year>/brouillon/``, and is not published.
    Raises ConstructionImpossible when the data are invalid, a chapter fails or the book has warnings; the site is then
    what it was.
    """
    publier = chapitres is None and not brouillon
    etapes = _Etapes(suivi)
    with publication.lock(projet.sortie, lambda: suivi(Evenement("verrou", "attend", message=str(projet.sortie)))):
        publication.recover(projet.sortie)
        with etapes("verification"):
            verify(projet, annees, suivi, brouillon)
        livres = [prepare(projet, annee, chapitres, brouillon) for annee in annees]
        composeurs = Composeurs(min(jobs, len(livres)))
        try:
            with etapes("execution"):
                execute(projet, livres, jobs, suivi, tout, avant=composeurs.preparer)
            with etapes("pages"):
                for livre in livres:
                    stage(projet, livre, apercu=not publier)
                make_html(projet, livres, composeurs, strict=publier, suivi=suivi, tout=tout)
        finally:
            composeurs.fermer()
        if publier:
            with etapes("publication"):
                publish(projet, livres, suivi)
    etapes.bilan()
    return livres


class _Etapes:
    """How long each step takes, told at the end."""

    def __init__(self, suivi: Suivi):
        self._suivi, self._durees, self._debut = suivi, {}, time.monotonic()

    @contextmanager
    def __call__(self, etape: str) -> Iterator[None]:
        debut = time.monotonic()
        yield
        self._durees[etape] = time.monotonic() - debut

    def bilan(self) -> None:
        for etape, duree in self._durees.items():
            self._suivi(Evenement(etape, "bilan", duree=duree))
        self._suivi(Evenement("total", "bilan", duree=time.monotonic() - self._debut))


def verify(projet: Projet, annees: Sequence[int], suivi: Suivi, brouillon: bool = False) -> None:
    """`check` the data that the editions `annees` are made from, unless it was done and nothing has changed since."""
    from rapport.donnees.dossier import Donnees

    # An edition compares with the years before it, not with those after.
    utiles = [annee for annee in Donnees(projet.donnees).annees if annee <= max(annees)]
    choses = {"ce qui est vérifié": [utiles, brouillon], **_environnement(projet)}
    note = projet.sortie / ".verification.json"
    recette = Recette.lire(note)
    if recette and not recette.changement(choses, None, ()):
        suivi(Evenement("verification", "reutilise"))
        return
    suivi(Evenement("verification", "commence"))
    debut = time.time()
    execution.prechauffer()  # where data have changed, chapters will run
    check(projet, utiles, brouillon)
    fichiers = recipes.modules("rapport.verite.verification") | {projet.donnees}
    Recette.noter(choses, fichiers, None, debut).ecrire(note)
    suivi(Evenement("verification", "termine"))


def check(projet: Projet, annees: Sequence[int], brouillon: bool = False) -> None:
    """Raise ConstructionImpossible, with one line per error, when the data of `annees` are invalid.

    A draft (`brouillon`) may have values that are still to be filled.
    """
    from rapport.verite.verification import verifier

    erreurs = verifier(projet.donnees, annees, brouillon)
    if erreurs:
        n = len(erreurs)
        raise ConstructionImpossible(f"Les données sont invalides : {n} erreur{'s' if n > 1 else ''}.", erreurs)


def prepare(
    projet: Projet, annee: int, noms: Collection[str] | None = None, brouillon: bool = False, tolerant: bool = False
) -> Livre:
    """The chapters that the data of `annee` allow (only those in `noms` if given), without the sections that they do
    not allow. Raises ConstructionImpossible for a notebook that cannot be read; `tolerant`: it is among the `echecs` of
    the book, and a chapter that invalid data do not let know its sections is `en_attente` too."""
    from rapport.donnees.edition import Edition

    edition = Edition(annee, projet.donnees)
    publiee = edition.publication.isoformat() if edition.publication else ""
    statut = BROUILLON if brouillon else edition.statut
    travail = projet.travail(annee, "apercu" if noms is not None else BROUILLON if brouillon else "")
    livre = Livre(annee, statut, publiee, travail, [], {})
    for chapitre in sommaire.lister_chapitres(projet.racine):
        if noms is not None and chapitre.nom not in noms:
            continue
        try:
            nb = sections.elaguer(sommaire.lire_carnet(chapitre.chemin), edition.connait)
        except Exception as erreur:
            if not tolerant and not isinstance(erreur, ErreurChapitre | LookupError):
                raise
            message = f"{projet.relatif(chapitre.chemin)}, {erreur.args[0] if erreur.args else erreur}"
            if not tolerant:
                raise ConstructionImpossible(message) from erreur
            livre.chapitres.append(chapitre)
            livre.echecs[chapitre.nom] = message
            if not isinstance(erreur, ErreurChapitre):
                livre.en_attente.add(chapitre.nom)
            continue
        if nb is not None:
            livre.chapitres.append(chapitre)
            livre.notebooks[chapitre.nom] = nb
    return livre


def execute(
    projet: Projet,
    livres: Sequence[Livre],
    jobs: int,
    suivi: Suivi,
    tout: bool = False,
    avant=lambda: None,
    rates: Mapping[str, str] | None = None,
) -> None:
    """Run the chapters of all `livres` whose inputs have changed (`tout`: all of them), but those in `Livre.echecs` and
    `Livre.en_attente`.

    `avant` is called if some must run, before they do. `rates`: chapter → how it failed the last time; it is not run
    again before one of its inputs has changed. Raises ConstructionImpossible, after the others finished, if some
    failed, which are then among `Livre.echecs`.
    """
    rates = rates or {}
    taches, gardes, racines = [], [], _racines(projet)
    choses = {}
    for livre in livres:
        for chapitre in livre.chapitres:
            nom = chapitre.nom
            if nom in livre.echecs or nom in livre.en_attente:
                continue
            choses[livre.annee, nom] = _choses(projet, livre, chapitre)
            recette = livre.recette(nom)
            raison = "tout est demandé" if tout else "première exécution"
            if recette and not tout:
                echoue = recette.resultat is None
                raison = recette.changement(choses[livre.annee, nom], None if echoue else livre.execute(nom), racines)
                if echoue and not raison:
                    if nom in rates:
                        livre.echecs[nom] = rates[nom]
                        continue
                    raison = "la dernière exécution a échoué"
            suivi(Evenement("execution", "attend", livre.annee, nom))
            (taches if raison else gardes).append(_tache(projet, livre, chapitre, raison))
    for tache in gardes:
        suivi(Evenement("execution", "reutilise", tache.annee, tache.chapitre))
    if not taches:
        return
    debut = time.time()
    execution.prechauffer()
    avant()
    for tache in taches:
        tache.recette.unlink(missing_ok=True)
    resultats = execution.run_chapters(
        taches,
        data_dir=projet.donnees,
        cwd=projet.racine / "chapters",
        travail=projet.sortie,
        jobs=jobs,
        suivi=suivi,
    )
    for resultat in resultats:
        tache, echec = resultat.tache, resultat.echec
        if not echec or echec.ligne:  # what failed otherwise than in a line of the notebook may succeed the next time
            code = [c.source for c in tache.nb.cells if c.cell_type == "code"]
            fichiers = recipes.modules("rapport.build.execution", *recipes.modules_du_code(code))
            fichiers |= set(map(Path, tache.lectures.read_text(encoding="utf-8").splitlines()))
            sortie = None if echec else tache.sortie
            Recette.noter(choses[tache.annee, tache.chapitre], fichiers, sortie, debut).ecrire(tache.recette)
    for livre in livres:
        livre.resultats = [r for r in resultats if r.tache.annee == livre.annee]
        livre.echecs |= {r.tache.chapitre: str(r.echec) for r in livre.resultats if r.echec}
    echecs = [r.echec for r in resultats if r.echec]
    if echecs:
        n = len(echecs)
        titre = "Un chapitre a échoué." if n == 1 else f"{n} chapitres ont échoué."
        raise ConstructionImpossible(f"{titre} Rien n’est publié.", echecs)


def _tache(projet: Projet, livre: Livre, chapitre: sommaire.Chapitre, raison: str) -> Tache:
    sortie = livre.execute(chapitre.nom)
    return Tache(
        annee=livre.annee,
        chapitre=chapitre.nom,
        notebook=projet.relatif(chapitre.chemin),
        nb=livre.notebooks[chapitre.nom],
        sortie=sortie,
        journal=livre.travail / "journaux" / f"{chapitre.nom}.log",
        lectures=sortie.with_suffix(".lectures"),
        recette=sortie.with_suffix(".json"),
        raison=raison,
    )


def _choses(projet: Projet, livre: Livre, chapitre: sommaire.Chapitre) -> dict:
    """What a chapter depends on beside files."""
    from rapport.donnees.dossier import Donnees

    return {
        projet.relatif(chapitre.chemin).as_posix(): sommaire.contenu(sommaire.lire_carnet(chapitre.chemin)),
        "la liste des sections que les données permettent": sommaire.contenu(livre.notebooks[chapitre.nom]),
        "la liste des années": [annee for annee in Donnees(projet.donnees).annees if annee <= livre.annee],
        "le dossier des données": str(projet.donnees),
        **_environnement(projet),
    }


def _racines(projet: Projet) -> tuple[Path, ...]:
    """Where the names of files start, in what is said of them."""
    return projet.racine, projet.donnees.parent, PAQUET.parent


def _environnement(projet: Projet) -> dict:
    return {
        "requirements.txt": recipes.empreinte(projet.racine / "requirements.txt"),
        "la version de Python": platform.python_version(),
    }


def make_html(
    projet: Projet, livres: Sequence[Livre], composeurs: Composeurs, *, strict: bool, suivi: Suivi, tout: bool = False
) -> None:
    """Run jupyter-book on the staged books that have changed, and write their manifests.

    Pages are made from nothing where what makes them has changed (the configuration, the list of pages, the theme),
    and updated where only chapters have. Strictly, a warning is an error: raises ConstructionImpossible with the
    warnings. Otherwise they are left in `Livre.avertissements`, and only a book that could not be made raises.
    """
    faits, moment = [], time.time()
    for livre in livres:
        raison, depuis_rien = _a_composer(projet, livre, strict, tout)
        if raison:
            for nom in ("cadre", "contenu"):
                (livre.travail / f"{nom}.json").unlink(missing_ok=True)
            suivi(Evenement("pages", "commence", livre.annee))
            commande = Commande(livre.book, livre.html, livre.travail / "doctrees", livre.journal, strict, depuis_rien)
            faits.append((livre, raison, time.monotonic(), composeurs.composer(commande)))
        else:
            suivi(Evenement("pages", "reutilise", livre.annee))
    rates = []
    for livre, raison, debut, futur in faits:
        verdict = futur.result()
        livre.avertissements = comprendre(projet, livre, verdict.avertissements, strict)
        etat = "termine" if verdict.reussi else "echoue"
        suivi(Evenement("pages", etat, livre.annee, duree=time.monotonic() - debut, message=raison))
        if not verdict.reussi:
            rates.append(livre)
    for livre in livres:
        if livre not in rates:
            manifest.write(projet, livre)
            cadre, contenu = (livre.travail / f"{nom}.json" for nom in ("cadre", "contenu"))
            Recette.noter(_cadre(projet, livre, strict), _moyens(), livre.html, moment).ecrire(cadre)
            Recette.noter({}, [livre.book], livre.html, moment).ecrire(contenu)
    if rates:
        lignes = []
        for livre in rates:
            lignes += [*livre.avertissements, f"Journal complet : {livre.journal}"]
        annees = ", ".join(str(livre.annee) for livre in rates)
        raise ConstructionImpossible(f"jupyter-book signale des défauts ({annees}). Rien n’est publié.", lignes)


def publish(projet: Projet, livres: Sequence[Livre], suivi: Suivi) -> None:
    """Publish the pages of `livres`, unless the site has them already."""
    pages = {livre.annee: livre.html for livre in livres}
    if publication.up_to_date(projet.sortie, pages, publication.write_root):
        suivi(Evenement("publication", "reutilise"))
        return
    suivi(Evenement("publication", "commence"))
    publication.publish(projet.sortie, pages, publication.write_root)
    suivi(Evenement("publication", "termine"))


def _a_composer(projet: Projet, livre: Livre, strict: bool, tout: bool) -> tuple[str, bool]:
    """Why the pages must be made (empty: they need not be), and whether from nothing."""
    cadre, contenu = (Recette.lire(livre.travail / f"{nom}.json") for nom in ("cadre", "contenu"))
    if tout or not (cadre and contenu):
        return ("tout est demandé" if tout else "première composition"), True
    racines = _racines(projet)
    if raison := cadre.changement(_cadre(projet, livre, strict), livre.html, racines):
        return raison, True
    if contenu.changement({}, livre.html, racines):
        return "des chapitres ont changé", False
    return "", False


def _cadre(projet: Projet, livre: Livre, strict: bool) -> dict:
    """What the pages depend on beside the chapters and the theme."""
    return {
        "_config.yml": (livre.book / "_config.yml").read_text(encoding="utf-8"),
        sommaire.SOMMAIRE: (livre.book / sommaire.SOMMAIRE).read_text(encoding="utf-8"),
        "la sévérité": strict,
        **_environnement(projet),
    }


def _moyens() -> set[Path]:
    """The files that make pages out of executed notebooks."""
    return recipes.modules("rapport.pages.extension", "rapport.build.composing") | {PAQUET / "pages" / "theme"}
