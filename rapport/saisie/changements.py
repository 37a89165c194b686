"""What reading a file would change in the tables of a year, what is wrong in it, and all or nothing.

The same for a workbook that was filled (:mod:`.excel`) and for a file as it was received (:mod:`.importation`).
"""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapport.controle.erreurs import INSECABLE, Refus, cite, resumer
from rapport.controle.fichiers import Feuille
from rapport.controle.table import ControleTable
from rapport.donnees import lignes
from rapport.donnees.adresse import SEPARATEUR
from rapport.donnees.lignes import Cellules
from rapport.donnees.refus import cause
from rapport.donnees.schemas import NOMENCLATURES, Champ
from rapport.nombres.francais import espaces
from rapport.saisie.comparaison import egales, en_clair
from rapport.saisie.lecture import TableLue

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
    """What a file would change. Nothing is written before :func:`ecrire`."""

    annee: int
    changements: list[Changement]
    inchangees: int
    """How many values the tables have already."""
    fichiers: dict[Path, str]
    """The files that change, and their text as it would be."""


def preparer(chemin: Path, annee: int, lectures: Iterable[TableLue], conseil: str = "") -> Import:
    """Check what was read in a file. Raises :class:`Refus`, with every error, and the advice that is given."""
    changements, inchangees, fichiers, erreurs = [], 0, {}, []
    for lecture in lectures:
        table = lecture.table
        for ligne, ancienne, champ in _cellules(lecture):
            if champ.numerique and egales(ligne[champ.name], ancienne.get(champ.name, "")):
                ligne[champ.name] = ancienne.get(champ.name, "")  # « 46.5 » is « 46.50 »: it is written as it was
            pareille = ligne[champ.name] != "" and ligne[champ.name] == ancienne.get(champ.name)
            inchangees += pareille and champ in table.schema.valeurs
        rangees = _rangees(lecture)
        if rangees != table.lignes:
            changements += _changements(lecture)
            colonnes = [champ.name for champ in table.schema.fields]
            fichiers[table.donnees.chemin(table.schema.name, annee)] = lignes.ecrire(colonnes, rangees)
        erreurs += [*lecture.erreurs, *_erreurs(lecture)]
    if erreurs:
        raise Refus(
            f"{chemin} a des erreurs{INSECABLE}: rien n’est écrit.", [*erreurs, conseil] if conseil else erreurs
        )
    return Import(annee, changements, inchangees, fichiers)


def _cellules(lecture: TableLue) -> Iterator[tuple[Cellules, Cellules, Champ]]:
    """Each cell of each row that was read: the row, that of the table with the same key, if any, the column."""
    for ligne in lecture.lignes.values():
        ancienne = lecture.table.par_cle.get(lecture.table.cle(ligne), {})
        yield from ((ligne, ancienne, champ) for champ in lecture.table.schema.fields)


def _rangees(lecture: TableLue) -> list[Cellules]:
    """The rows that the table would have: in its order, new ones last; those that were read if they are all of them."""
    lues = {lecture.table.cle(ligne): ligne for ligne in lecture.lignes.values()}
    return list((lues if lecture.complete else lecture.table.par_cle | lues).values())


def _changements(lecture: TableLue) -> Iterator[Changement]:
    table, nom = lecture.table, lecture.table.feuille
    valeurs = [champ for champ in table.schema.fields if champ.name not in table.schema.primary_key]
    anciennes = table.par_cle
    rangs = {table.cle(ligne): rang for rang, ligne in lecture.lignes.items()}
    for cle, rang in rangs.items():
        lue, ancienne = lecture.lignes[rang], anciennes.get(cle, {})
        for champ in valeurs:
            avant, apres = ancienne.get(champ.name, ""), lue[champ.name]
            if avant != apres:
                unite, _ = table.precision(champ, cle[0])
                textes = [en_clair(texte, champ, unite) or "" for texte in (avant, apres)]
                yield Changement(nom, lecture.cellule(rang, champ.name), SEPARATEUR.join(cle), champ.title, *textes)
        if cle not in anciennes and not any(lue[champ.name] for champ in valeurs):
            yield Changement(nom, f"ligne {rang}", SEPARATEUR.join(cle), AJOUTEE, "", "vide")
    for cle in (cle for cle in anciennes if lecture.complete and cle not in rangs):
        perdues = (en_clair(anciennes[cle][champ.name], champ, champ.unite) for champ in valeurs)
        yield Changement(nom, "", SEPARATEUR.join(cle), SUPPRIMEE, ", ".join(filter(None, perdues)), "")
    if lecture.complete and [c for c in rangs if c in anciennes] != [c for c in anciennes if c in rangs]:
        yield Changement(nom, "", "", ORDRE, "", "celui de la feuille")


def _erreurs(lecture: TableLue) -> Iterator[str]:
    """What `rapport check` would say of the file, told of the sheet and its cells; an empty cell is not wrong yet."""
    table = lecture.table
    colonnes = [champ.name for champ in table.schema.fields]
    lue = Feuille(colonnes, [(rang, [ligne[c] for c in colonnes]) for rang, ligne in lecture.lignes.items()])
    referentiels = {NOMENCLATURES + nom: table.donnees.codes(nom) for nom in table.schema.nomenclatures.values()}
    fichier = f"{table.donnees.dossier.name}/{table.annee}/{table.schema.name}.csv"
    trouvees = ControleTable(fichier, table.schema, lue, referentiels, table.annee).erreurs()
    for erreur in resumer(trouvees):
        if not erreur.manque:
            champ = table.schema.champ(erreur.colonne or "")
            noms = [SEPARATEUR.join(table.cle(lecture.lignes[erreur.ligne]))] if erreur.ligne in lecture.lignes else []
            noms += [champ.title] if champ else []
            precision = f" ({' – '.join(noms)})" if noms else ""
            trouve = f", trouvé {erreur.trouve}" if erreur.trouve else ""
            lieu = espaces(lecture.lieu(erreur.ligne, erreur.colonne))
            yield f"{lieu}{precision}{INSECABLE}: {erreur.attendu}{trouve}. {erreur.message}"


def ecrire(importe: Import) -> None:
    """Write the files that change, all or none. Raises :class:`Refus`."""
    octets = {chemin: texte.encode() for chemin, texte in importe.fichiers.items()}
    remplacer(octets, f"Les données ne peuvent pas être écrites{INSECABLE}: elles restent ce qu’elles étaient.")


def remplacer(fichiers: Mapping[Path, bytes], refus: str) -> None:
    """Write files, all or none; ``refus``: the title of the :class:`Refus` that is raised if one cannot be written."""
    anciens = {chemin: chemin.read_bytes() if chemin.exists() else None for chemin in fichiers}
    provisoires = {chemin: chemin.with_name(f".{chemin.name}.{os.getpid()}") for chemin in fichiers}
    remplaces = []
    try:
        for chemin, octets in fichiers.items():
            provisoires[chemin].write_bytes(octets)
        for chemin, provisoire in provisoires.items():
            os.replace(provisoire, chemin)
            remplaces.append(chemin)
    except OSError as erreur:
        for chemin in remplaces:
            with contextlib.suppress(OSError):
                chemin.unlink() if anciens[chemin] is None else chemin.write_bytes(anciens[chemin])
        nom = cite(Path(erreur.filename or "").name.removeprefix(".").removesuffix(f".{os.getpid()}"))
        conseil = "Fermez le fichier s’il est ouvert, ou vérifiez les droits."
        raise Refus(refus, [f"{nom}{INSECABLE}: {cause(erreur)}. {conseil}"]) from erreur
    finally:
        for provisoire in provisoires.values():
            with contextlib.suppress(OSError):
                provisoire.unlink(missing_ok=True)
