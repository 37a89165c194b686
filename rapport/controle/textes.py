"""The year's own prose: blocks that are still to be written, and those that use what is not theirs."""

from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, nodes

from rapport.controle.erreurs import Erreur, cite
from rapport.donnees.textes import A_REMPLIR, blocs, est_a_remplir, noms_interdits, remede
from rapport.livre.sommaire import ErreurChapitre, lire_carnet, lister_chapitres, trouver_racine


def erreurs_texte(texte: str, fichier: str) -> list[Erreur]:
    """The errors of a file: blocks still to be written, and names that a block uses and its chapter does not give."""
    erreurs = []
    chapitre = Path(fichier).stem
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
                message = remede(chapitre, bloc, nom, donnes)
                erreurs.append(Erreur(fichier, numero + ligne, None, "nom connu du texte attendu", cite(nom), message))
        except TemplateSyntaxError as erreur:
            message = "Vérifiez les accolades et les guillemets : {{ nom | filtre }}."
            erreurs.append(Erreur(fichier, numero + erreur.lineno, None, "texte à composer attendu", "", message))
    return erreurs


def noms_donnes(chapitre: str) -> dict[str, set[str]]:
    """Block that the notebook of a chapter calls → the names that it gives it (``texte_annee(…, nom=nom)``)."""
    donnes: dict[str, set[str]] = {}
    try:
        carnets = [c.chemin for c in lister_chapitres(trouver_racine()) if c.nom == chapitre]
        gabarits = [c.source for chemin in carnets for c in lire_carnet(chemin).cells if c.source.startswith("%%texte")]
        for appel in (a for gabarit in gabarits for a in Environment().parse(gabarit).find_all(nodes.Call)):
            if isinstance(appel.node, nodes.Name) and appel.node.name == "texte_annee":
                _, bloc = (argument.value for argument in appel.args)
                donnes.setdefault(bloc, set()).update(donne.key for donne in appel.kwargs)
    except (ErreurChapitre, TemplateSyntaxError):  # the build says it
        pass
    return donnes
