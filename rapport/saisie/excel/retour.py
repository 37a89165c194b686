"""From a workbook that was filled to the files of its year: what would change, what is wrong, and all or nothing."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rapport.controle.erreurs import INSECABLE, Refus, cite
from rapport.controle.fichiers import Feuille
from rapport.controle.table import ControleTable
from rapport.donnees import lignes
from rapport.donnees.adresse import SEPARATEUR
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import NOMENCLATURES
from rapport.nombres.francais import espaces
from rapport.saisie.comparaison import egales, en_clair
from rapport.saisie.excel import lecture
from rapport.saisie.excel.classeur import Cellules
from rapport.saisie.excel.lecture import FeuilleLue

ORDRE, AJOUTEE, SUPPRIMEE = "ordre des lignes", "ligne ajoutée", "ligne supprimée"


@dataclass(frozen=True)
class Changement:
    """A cell that would change, as it is read: « 1 537 visites ». ``avant`` or ``apres`` is empty for an empty cell."""

    feuille: str
    cellule: str
    ligne: str
    colonne: str
    avant: str
    apres: str


@dataclass(frozen=True)
class Import:
    """What a workbook would change. Nothing is written before :func:`ecrire`."""

    annee: int
    changements: list[Changement]
    fichiers: dict[Path, str]
    """The files that change, and their text as it would be."""


def preparer(donnees: Donnees, chemin: Path) -> Import:
    """Read and check a workbook. Raises :class:`Refus`, with every error of the sheets that change."""
    annee, feuilles = lecture.lire(donnees, chemin)
    changements, fichiers, erreurs = [], {}, []
    for feuille in feuilles:
        table = feuille.table
        _garder_l_ecriture(feuille)
        rangees = _rangees(feuille)
        if rangees != table.lignes:
            changements += _changements(feuille)
            colonnes = [champ.name for champ in table.schema.fields]
            fichiers[donnees.chemin(table.schema.name, annee)] = lignes.ecrire(colonnes, rangees)
            erreurs += _erreurs(feuille)
    if erreurs:
        raise Refus(f"{chemin} a des erreurs{INSECABLE}: rien n’est écrit.", erreurs)
    return Import(annee, changements, fichiers)


def _garder_l_ecriture(feuille: FeuilleLue) -> None:
    """A number that the file has already is written as it is there: « 46.5 » is « 46.50 »."""
    anciennes = {feuille.table.cle(ligne): ligne for ligne in feuille.table.lignes}
    for ligne in feuille.lignes.values():
        ancienne = anciennes.get(feuille.table.cle(ligne), {})
        for champ in feuille.table.schema.fields:
            if champ.numerique and egales(ligne[champ.name], ancienne.get(champ.name, "")):
                ligne[champ.name] = ancienne.get(champ.name, "")


def _rangees(feuille: FeuilleLue) -> list[Cellules]:
    """The rows of the sheet: in the order of the file, new ones last, or in that of the sheet if it is a list."""
    lues = {feuille.table.cle(ligne): ligne for ligne in feuille.lignes.values()}
    anciennes = [] if feuille.table.est_une_liste else map(feuille.table.cle, feuille.table.lignes)
    return [lues[cle] for cle in dict.fromkeys([*anciennes, *lues])]


def _changements(feuille: FeuilleLue) -> Iterator[Changement]:
    table, nom = feuille.table, feuille.table.feuille
    valeurs = [champ for champ in table.schema.fields if champ.name not in table.schema.primary_key]
    anciennes = {table.cle(ligne): ligne for ligne in table.lignes}
    rangs = {table.cle(ligne): rang for rang, ligne in feuille.lignes.items()}
    for cle, rang in rangs.items():
        lue, ancienne = feuille.lignes[rang], anciennes.get(cle, {})
        for champ in valeurs:
            avant, apres = ancienne.get(champ.name, ""), lue[champ.name]
            if avant != apres:
                unite, _ = table.precision(champ, cle[0])
                textes = [en_clair(texte, champ, unite) or "" for texte in (avant, apres)]
                cellule = f"{feuille.lettres[champ.name]}{rang}"
                yield Changement(nom, cellule, SEPARATEUR.join(cle), champ.title, *textes)
        if cle not in anciennes and not any(lue[champ.name] for champ in valeurs):
            yield Changement(nom, f"ligne {rang}", SEPARATEUR.join(cle), AJOUTEE, "", "vide")
    for cle in (cle for cle in anciennes if cle not in rangs):
        perdues = (en_clair(anciennes[cle][champ.name], champ, champ.unite) for champ in valeurs)
        yield Changement(nom, "", SEPARATEUR.join(cle), SUPPRIMEE, ", ".join(filter(None, perdues)), "")
    if table.est_une_liste and [c for c in rangs if c in anciennes] != [c for c in anciennes if c in rangs]:
        yield Changement(nom, "", "", ORDRE, "", "celui de la feuille")


def _erreurs(feuille: FeuilleLue) -> Iterator[str]:
    """What `rapport check` would say of the file, told of the sheet and its cells; an empty cell is not wrong yet."""
    table = feuille.table
    colonnes = [champ.name for champ in table.schema.fields]
    lue = Feuille(colonnes, [(rang, [ligne[c] for c in colonnes]) for rang, ligne in feuille.lignes.items()])
    referentiels = {NOMENCLATURES + nom: table.donnees.codes(nom) for nom in table.schema.nomenclatures().values()}
    fichier = f"{table.donnees.dossier.name}/{table.annee}/{table.schema.name}.csv"
    trouvees = ControleTable(fichier, table.schema, lue, referentiels, table.annee).erreurs()
    for erreur in sorted(trouvees, key=lambda e: (e.ligne or 0, e.colonne or "")):
        if not erreur.manque:
            champ = table.schema.champ(erreur.colonne or "")
            noms = [SEPARATEUR.join(table.cle(feuille.lignes[erreur.ligne]))] if erreur.ligne in feuille.lignes else []
            noms += [champ.title] if champ else []
            precision = f" ({' – '.join(noms)})" if noms else ""
            trouve = f", trouvé {erreur.trouve}" if erreur.trouve else ""
            lieu = espaces(feuille.lieu(erreur.ligne, erreur.colonne))
            yield f"{lieu}{precision}{INSECABLE}: {erreur.attendu}{trouve}. {erreur.message}"


def ecrire(importe: Import) -> None:
    """Write the files that change, all or none. Raises :class:`Refus`."""
    anciens = {chemin: chemin.read_bytes() for chemin in importe.fichiers}
    provisoires = {chemin: chemin.with_name(f".{chemin.name}.{os.getpid()}") for chemin in importe.fichiers}
    remplaces = []
    try:
        for chemin, texte in importe.fichiers.items():
            provisoires[chemin].write_text(texte, encoding="utf-8", newline="\n")
        for chemin, provisoire in provisoires.items():
            os.replace(provisoire, chemin)
            remplaces.append(chemin)
    except OSError as erreur:
        for chemin in remplaces:
            with contextlib.suppress(OSError):
                chemin.write_bytes(anciens[chemin])
        nom = cite(Path(erreur.filename or "").name.removeprefix(".").removesuffix(f".{os.getpid()}"))
        raise Refus(
            f"Les données ne peuvent pas être écrites{INSECABLE}: elles restent ce qu’elles étaient.",
            [f"{nom}{INSECABLE}: {erreur.strerror}. Fermez le fichier s’il est ouvert, ou vérifiez les droits."],
        ) from erreur
    finally:
        for provisoire in provisoires.values():
            with contextlib.suppress(OSError):
                provisoire.unlink(missing_ok=True)
