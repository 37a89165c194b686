"""The year's own prose: blocks that are still to be written, and those that use what is not theirs."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes
from nbformat import NotebookNode

from rapport.controle.cellules import BALISE
from rapport.controle.erreurs import Erreur, a_des_invisibles, cite, liste
from rapport.controle.fichiers import erreurs_attentes
from rapport.donnees.adresse import DonneesAbsentes, proches, remede
from rapport.donnees.edition import Edition
from rapport.donnees.textes import A_REMPLIR, blocs, est_a_remplir, noms_interdits, remede_de_nom
from rapport.livre.sections import Section, lire_sections
from rapport.livre.sommaire import (
    CONFIGURATION,
    POSITION,
    ErreurChapitre,
    lire_carnet,
    lister_chapitres,
    trouver_racine,
)
from rapport.nombres.francais import nombre

LIGNE = 5000
DIRECTIVE = re.compile(r"`{3,}|~{3,}|:{3,}|\{[\w:.+-]+\}(?=`)|\{%-?\s*(?:include|import|from|extends|macro|call)\b")
LIEN = re.compile(r"(!?)\[[^\]]*\](?:\(<?([^)\s]*)|:\s*(\S+))")
ADRESSE = re.compile(r"https://|mailto:|#|[\w-]+\.ipynb\b|images/[^.]|\{\{")
COMMENTAIRE = re.compile(r"(?m)(?:^|(?<=\s))#.*")


def erreurs_texte(texte: str, fichier: str) -> list[Erreur]:
    """The errors of a file: blocks still to be written, and names that a block uses and its chapter does not give."""
    erreurs = []
    chapitre = Path(fichier).stem
    lignes = texte.splitlines()
    titres = [(rang, ligne) for rang, ligne in enumerate(lignes, start=1) if ligne.startswith("## ")]
    avant = lignes[: titres[0][0] - 1 if titres else None]
    if perdue := next((rang for rang, ligne in enumerate(avant, start=1) if ligne.strip()), None):
        message = "Mettez cette ligne sous un titre de bloc : seuls les blocs sont imprimés."
        erreurs.append(Erreur(fichier, perdue, None, "bloc « ## nom » attendu", cite(lignes[perdue - 1]), message))
    for rang, titre in titres:
        if titre in [autre for autre_rang, autre in titres if autre_rang < rang]:
            message = "Donnez-lui un autre nom, ou réunissez les deux."
            erreurs.append(Erreur(fichier, rang, None, "bloc écrit une seule fois attendu", cite(titre), message))
    for rang, ligne in enumerate(lignes, start=1):
        if defaut := _defaut_d_ecriture(ligne):
            erreurs.append(Erreur(fichier, rang, None, *defaut))
    for bloc, (numero, contenu) in blocs(texte).items():
        if est_a_remplir(contenu):
            attendu = A_REMPLIR.search(contenu)
            trouve = cite(f"à remplir : {attendu[1]}") if attendu else "un bloc vide"
            message = "Écrivez-le à la place de cette ligne, ou supprimez le bloc s’il n’y a rien à dire."
            erreurs.append(Erreur(fichier, numero, None, f"texte du bloc {cite(bloc)} attendu", trouve, message, True))
        try:
            donnes = noms_donnes(chapitre).get(bloc) if noms_interdits(contenu) else None
            interdits = {} if donnes is None else noms_interdits(contenu, donnes)  # what is not called is not composed
            for nom, ligne in interdits.items():
                message = remede_de_nom(chapitre, bloc, nom, donnes)
                erreurs.append(Erreur(fichier, numero + ligne, None, "nom connu du texte attendu", cite(nom), message))
        except (TemplateSyntaxError, RecursionError) as erreur:
            message = "Vérifiez les accolades et les guillemets : {{ nom | filtre }}."
            ligne = numero + getattr(erreur, "lineno", 0)
            erreurs.append(Erreur(fichier, ligne, None, "texte à composer attendu", "", message))
    return erreurs


def _defaut_d_ecriture(ligne: str) -> tuple[str, str, str] | None:
    """What is expected of a line, what it has instead, the cure: a text of the year is sentences, lists and links."""
    if len(ligne) > LIGNE:
        return f"ligne de {nombre(LIGNE)} caractères au plus attendue", cite(ligne), "Coupez-la en phrases."
    if a_des_invisibles(ligne):
        return "texte sans caractère invisible ni trompeur attendu", cite(ligne), "Retapez le mot où il est."
    if balise := BALISE.search(A_REMPLIR.sub("", ligne)):
        return "texte sans HTML attendu", cite(balise[0]), "Retirez-le, ou écrivez en Markdown."
    if directive := DIRECTIVE.search(ligne):
        message = "Une directive s’écrit dans le chapitre, non dans un texte de l’année."
        return "texte sans directive attendu", cite(directive[0]), message
    if lien := next((lien for lien in LIEN.finditer(ligne) if not ADRESSE.match(lien[2] or lien[3] or "")), None):
        message = "Un lien mène à un chapitre (nom.ipynb) ou à une page (https://…), une image est de chapters/images."
        return "lien vers une page attendu", cite(lien[0]), message
    return None


def textes_perdus(ed: Edition, carnets: Mapping[str, NotebookNode]) -> list[Erreur]:
    """The blocks of an edition that no page prints: none of the notebooks (of :func:`carnets_du_livre`) calls them, or
    only in sections that the year lacks.

    Those of a chapter that the book leaves out (``_toc.yml``) wait for it, if their file is not one misnamed.
    """
    appels: dict[tuple[str, str], list[Section | None]] = {}
    for carnet in carnets.values():
        try:
            absentes = lire_sections(carnet).absentes(ed.connait)
        except (ErreurChapitre, DonneesAbsentes):  # the build says it
            absentes = []
        otees = {id(c): absente for absente in absentes for s in absente.toutes() for c in s.cellules}
        for cellule in carnet.cells:
            for appel in _appels(cellule.source):
                appels.setdefault(appel, []).append(otees.get(id(cellule)))
    erreurs = []
    for chemin in sorted((ed.donnees.dossier / str(ed.annee) / "textes").glob("*.md")) if appels else ():
        if chemin.stem not in carnets and not proches(chemin.stem, carnets.keys()):
            continue
        fichier = f"{ed.donnees.dossier.name}/{ed.annee}/textes/{chemin.name}"
        for bloc, (numero, contenu) in blocs(chemin.read_text(encoding="utf-8-sig")).items():
            sections = appels.get((chemin.stem, bloc), [])
            if not est_a_remplir(contenu) and None not in sections:
                message = _pourquoi(ed, sections[0]) if sections else _jamais_appele(chemin.stem, bloc, appels)
                erreurs.append(Erreur(fichier, numero, None, "bloc que le livre imprime attendu", cite(bloc), message))
    return erreurs


def attentes_du_livre(racine: Path) -> list[Erreur]:
    """What is still to be written in the notebooks and the configuration of the book; comments are not read."""
    erreurs = []
    for nom, carnet in carnets_du_livre(racine).items():
        for cellule in carnet.cells:
            lieu = f"chapters/{nom}.ipynb, cellule {cellule.metadata[POSITION]}"
            code = cellule.cell_type == "code" and not cellule.source.startswith("%%texte")
            erreurs += erreurs_attentes(COMMENTAIRE.sub("", cellule.source) if code else cellule.source, lieu)
    if (reglages := racine / CONFIGURATION).is_file():
        erreurs += erreurs_attentes(COMMENTAIRE.sub("", reglages.read_text(encoding="utf-8")), CONFIGURATION)
    return erreurs


def _pourquoi(ed: Edition, absente: Section) -> str:
    codes = dict.fromkeys(code for s in absente.toutes() for code in s.donnees() if not ed.connait(code))
    return (
        f"Sa section, « {absente.titre} », attend {liste(codes)}, que {ed.annee} n’a pas : "
        "donnez ces valeurs, ou supprimez le bloc."
    )


def _jamais_appele(chapitre: str, bloc: str, appels: Iterable[tuple[str, str]]) -> str:
    chapitres = [nom for nom, _ in appels]
    nom, connus = (bloc, [b for c, b in appels if c == chapitre]) if chapitre in chapitres else (chapitre, chapitres)
    return f"Aucun chapitre ne l’appelle. {remede(nom, connus)} Supprimez le bloc s’il n’a plus de place."


def carnets_du_livre(racine: Path | None = None, seul: str = "") -> dict[str, NotebookNode]:
    """The notebooks of the book by their names, or that of the chapter ``seul``; none if it cannot be read, which the
    build says."""
    try:
        chapitres = lister_chapitres(racine or trouver_racine())
        return {c.nom: lire_carnet(c.chemin) for c in chapitres if seul in ("", c.nom)}
    except (ErreurChapitre, TypeError):
        return {}


@lru_cache(maxsize=4096)
def _appels(source: str) -> dict[tuple[str, str], set[str]]:
    """The blocks that a cell calls (``texte_annee("chapitre", "bloc", nom=nom)``): chapter and block → names given."""
    appels: dict[tuple[str, str], set[str]] = {}
    if "texte_annee" not in source:
        return appels
    try:
        arbre = Environment().parse(source)
    except TemplateSyntaxError:  # the build says it
        return {}
    for appel in arbre.find_all(nodes.Call):
        if isinstance(appel.node, nodes.Name) and appel.node.name == "texte_annee":
            chapitre, bloc = (argument.value for argument in appel.args)
            appels.setdefault((chapitre, bloc), set()).update(donne.key for donne in appel.kwargs)
    return appels


def noms_donnes(chapitre: str) -> dict[str, set[str]]:
    """Block that the notebook of a chapter calls → the names that it gives it (``texte_annee(…, nom=nom)``)."""
    donnes: dict[str, set[str]] = {}
    for cellule in (c for carnet in carnets_du_livre(seul=chapitre).values() for c in carnet.cells):
        for (nom, bloc), noms in _appels(cellule.source).items():
            if nom == chapitre:
                donnes.setdefault(bloc, set()).update(noms)
    return donnes
