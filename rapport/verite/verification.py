"""Whether the data may be published: files that are right (:mod:`rapport.controle`), and what they state as well."""

from collections.abc import Iterable
from pathlib import Path

from rapport.controle.erreurs import Erreur, resumer
from rapport.controle.textes import carnets_du_livre, textes_perdus
from rapport.controle.validation import valider
from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.verite import fiabilite, secret


def verifier(dossier: Path | str, annees: Iterable[int] | None = None, brouillon: bool = False) -> list[Erreur]:
    """Every error of the files of the years (``None``: all); of files without any, those of formulas and identities.

    An empty list means that the data can be published; with ``brouillon``, that a draft can be looked at: what is not
    filled yet and identities that do not hold yet are left out. Bad data never raises.
    """
    annees = None if annees is None else list(annees)
    if erreurs := valider(dossier, annees, brouillon):
        return erreurs
    donnees = Donnees(dossier)
    try:
        lues = {annee: Edition(annee, donnees.dossier, brutes=True) for annee in donnees.annees}
        annees = donnees.annees if annees is None else annees
        erreurs = fiabilite.erreurs(donnees, lues, annees, brouillon)
        erreurs += [] if erreurs or brouillon else secret.erreurs(donnees, lues)
        carnets = carnets_du_livre()
        for annee in sorted(set(annees) & set(donnees.editions)):
            publiee = Edition(annee, donnees.dossier) if secret.cache(donnees) else lues[annee]
            erreurs += textes_perdus(publiee, carnets)
    except (ValueError, ArithmeticError, LookupError):  # they read other years too, which may not be valid
        message = "Lancez « rapport check » sans année : il dit laquelle ne l’est pas."
        attendu = "données valides attendues pour toutes les années"
        erreurs = [Erreur(donnees.dossier.name, None, None, attendu, "", message)]
    return resumer(erreurs)
