"""What a chapter's notebook imports: its edition, its computations, and the display of texts, figures and tables.

A chapter begins with ``from rapport.chapitre import *``, ``%load_ext rapport.chapitre`` and
``ed = ouvrir(annee, donnees)``.
"""

from rapport.chapitre.absences import brancher
from rapport.chapitre.affichage import en_bref, figure, markdown, tableau, telechargement, texte
from rapport.chapitre.cadres import avec_evolution, avec_sous_totaux, connus, plus_bas, plus_haut
from rapport.chapitre.carnets import chapitres
from rapport.chapitre.cartes import cartes
from rapport.chapitre.figures import GRIS, VERT, mettre_en_style
from rapport.chapitre.graphiques import barres, barres_jumelles, courbe, variations
from rapport.chapitre.mots import mois
from rapport.chapitre.seance import commencer, ouvrir
from rapport.chapitre.svg import ENCRE
from rapport.nombres.calculs import arrondir, contribution, ecart, en_millions, evolution, moyenne, part, total
from rapport.nombres.francais import date as ecrire_date
from rapport.nombres.francais import liste
from rapport.nombres.nombre import SIGNIFICATIONS, Nombre, ecrire

__all__ = ["ENCRE", "GRIS", "SIGNIFICATIONS", "VERT", "Nombre"]
__all__ += ["contribution", "ecart", "evolution", "moyenne", "ouvrir", "part", "total"]
__all__ += ["arrondir", "avec_evolution", "avec_sous_totaux", "connus", "en_millions", "plus_bas", "plus_haut"]
__all__ += ["barres", "barres_jumelles", "courbe", "variations"]
__all__ += ["cartes", "chapitres", "figure", "markdown", "tableau", "telechargement"]
__all__ += ["ecrire", "ecrire_date", "liste", "mois"]


def load_ipython_extension(ip) -> None:
    """Style of the figures, templates over the notebook's variables, the cell magics; sections that the year lacks."""
    mettre_en_style()
    brancher(ip)
    commencer(ip.user_ns)
    for magie in (texte, en_bref):
        ip.register_magic_function(magie, magic_kind="cell", magic_name=magie.__name__)
