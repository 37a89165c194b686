"""From a workbook that was filled to the files of its year."""

from pathlib import Path

from rapport.donnees.dossier import Donnees
from rapport.saisie import changements
from rapport.saisie.excel import lecture


def preparer(donnees: Donnees, chemin: Path) -> changements.Import:
    """Read and check a workbook. Raises :class:`Refus`, with every error of the sheets that change."""
    annee, feuilles = lecture.lire(donnees, chemin)
    return changements.preparer(chemin, annee, feuilles)
