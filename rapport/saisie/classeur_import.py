"""From a workbook that was filled to the files of its year: what would change, what is wrong, and all or nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rapport.controle.erreurs import INSECABLE, cite
from rapport.controle.fichiers import Feuille
from rapport.controle.table import INDICATEURS, ControleTable
from rapport.donnees.dossier import Donnees
from rapport.donnees.nomenclatures import Nomenclature
from rapport.donnees.schemas import NOMENCLATURES
from rapport.saisie import classeur_cellules as cellules
from rapport.saisie import classeur_lecture
from rapport.saisie.classeur import ClasseurInvalide
from rapport.saisie.classeur_lecture import FeuilleLue
from rapport.saisie.comparaison import en_clair

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
    fichiers: dict[Path, bytes]
    """The files that change, as they would be."""


def preparer(donnees: Donnees, chemin: Path) -> Import:
    """Read and check a workbook. Raises :class:`ClasseurInvalide`, with every error of the sheets that change."""
    annee, feuilles = classeur_lecture.lire(donnees, chemin)
    changements, fichiers, erreurs = [], {}, []
    for feuille in feuilles:
        _garder_l_ecriture(feuille)
        octets = _octets(feuille)
        if octets != feuille.table.csv.octets():
            changements += _changements(feuille)
            fichiers[donnees.chemin(feuille.table.schema.name, annee)] = octets
            erreurs += _erreurs(feuille)
    if erreurs:
        raise ClasseurInvalide(f"{chemin} a des erreurs{INSECABLE}: rien n’est écrit.", erreurs)
    return Import(annee, changements, fichiers)


def _garder_l_ecriture(feuille: FeuilleLue) -> None:
    """A cell that says what the file says already is written as in the file."""
    anciennes = {feuille.table.cle(ligne): ligne for ligne in feuille.table.lignes}
    for ligne in feuille.lignes.values():
        ancienne = anciennes.get(feuille.table.cle(ligne), {})
        for champ in feuille.table.champs:
            if champ.name in ancienne and cellules.egal(ligne[champ.name], ancienne[champ.name], champ):
                ligne[champ.name] = ancienne[champ.name]


def _octets(feuille: FeuilleLue) -> bytes:
    """The file with the rows of the sheet: in its own order, new rows last, or in that of the sheet if it is a list."""
    table = feuille.table
    anciennes = dict(zip(map(table.cle, table.lignes), table.csv.lignes, strict=True))
    lues = {table.cle(ligne): ligne for ligne in feuille.lignes.values()}
    ordre = list(lues) if table.est_une_liste else [*anciennes, *(cle for cle in lues if cle not in anciennes)]
    lignes = []
    for cle in ordre:
        if cle in anciennes:
            ligne = anciennes[cle].copie()
            for position, colonne in enumerate(table.csv.entete):
                ligne.changer(position, lues[cle][colonne])
        else:
            ligne = table.csv.nouvelle_ligne(lues[cle])
        lignes.append(ligne)
    return table.csv.octets(lignes)


def _changements(feuille: FeuilleLue) -> Iterator[Changement]:
    table, nom = feuille.table, feuille.table.feuille
    valeurs = [champ for champ in table.champs if champ.name not in table.schema.primary_key]
    anciennes = {table.cle(ligne): ligne for ligne in table.lignes}
    rangs = {table.cle(ligne): rang for rang, ligne in feuille.lignes.items()}
    for cle, rang in rangs.items():
        lue, ancienne = feuille.lignes[rang], anciennes.get(cle, {})
        for champ in valeurs:
            avant, apres = ancienne.get(champ.name, ""), lue[champ.name]
            if avant != apres:
                unite, _ = table.precision(champ, cle[0])
                textes = [en_clair(texte, champ, unite) or "" for texte in (avant, apres)]
                yield Changement(nom, f"{feuille.lettres[champ.name]}{rang}", _nom(cle), champ.title, *textes)
        if cle not in anciennes and not any(lue[champ.name] for champ in valeurs):
            yield Changement(nom, f"ligne {rang}", _nom(cle), AJOUTEE, "", "vide")
    for cle in (cle for cle in anciennes if cle not in rangs):
        perdues = (en_clair(anciennes[cle][champ.name], champ, champ.unite) for champ in valeurs)
        yield Changement(nom, "", _nom(cle), SUPPRIMEE, ", ".join(filter(None, perdues)), "")
    if table.est_une_liste and [c for c in rangs if c in anciennes] != [c for c in anciennes if c in rangs]:
        yield Changement(nom, "", "", ORDRE, "", "celui de la feuille")


def _nom(cle: tuple[str, ...]) -> str:
    return " / ".join(cle)


def _erreurs(feuille: FeuilleLue) -> list[str]:
    """What `rapport check` would say of the file, told of the sheet and its cells; an empty cell is not wrong yet."""
    table = feuille.table
    colonnes = table.csv.entete
    lue = Feuille(colonnes, [(rang, [ligne[c] for c in colonnes]) for rang, ligne in feuille.lignes.items()])
    referentiels = _referentiels(table.donnees, [*(cle.resource for cle in table.schema.foreign_keys), INDICATEURS])
    controle = ControleTable(table.fichier, table.schema, lue, referentiels, table.annee)
    textes = []
    for erreur in sorted(
        (e for e in controle.erreurs() if not e.manque), key=lambda e: (e.ligne or 0, e.colonne or "")
    ):
        champ = table.schema.champ(erreur.colonne or "")
        noms = [_nom(table.cle(feuille.lignes[erreur.ligne]))] if erreur.ligne in feuille.lignes else []
        noms += [champ.title] if champ else []
        precision = f" ({' – '.join(noms)})" if noms else ""
        trouve = f", trouvé {erreur.trouve}" if erreur.trouve else ""
        lieu = feuille.lieu(erreur.ligne, erreur.colonne).replace("« ", f"«{INSECABLE}").replace(" »", f"{INSECABLE}»")
        textes.append(f"{lieu}{precision}{INSECABLE}: {erreur.attendu}{trouve}. {erreur.message}")
    return textes


def _referentiels(donnees: Donnees, noms: list[str]) -> dict[str, Nomenclature]:
    resultat = {}
    for nom in dict.fromkeys(n for n in noms if n.startswith(NOMENCLATURES)):
        chemin = donnees.dossier / f"{nom}.csv"
        if chemin.exists():
            resultat[nom] = Nomenclature.lire(chemin)
    return resultat


def ecrire(importe: Import) -> None:
    """Write the files that change, all or none. Raises :class:`ClasseurInvalide`."""
    anciens = {chemin: chemin.read_bytes() for chemin in importe.fichiers}
    provisoires = {chemin: chemin.with_name(f".{chemin.name}.{os.getpid()}") for chemin in importe.fichiers}
    remplaces = []
    try:
        for chemin, octets in importe.fichiers.items():
            provisoires[chemin].write_bytes(octets)
        for chemin, provisoire in provisoires.items():
            os.replace(provisoire, chemin)
            remplaces.append(chemin)
    except OSError as erreur:
        for chemin in remplaces:
            with contextlib.suppress(OSError):
                chemin.write_bytes(anciens[chemin])
        nom = cite(Path(erreur.filename or "").name.removeprefix(".").removesuffix(f".{os.getpid()}"))
        raise ClasseurInvalide(
            f"Les données ne peuvent pas être écrites{INSECABLE}: elles restent ce qu’elles étaient.",
            [f"{nom}{INSECABLE}: {erreur.strerror}. Fermez le fichier s’il est ouvert, ou vérifiez les droits."],
        ) from erreur
    finally:
        for provisoire in provisoires.values():
            with contextlib.suppress(OSError):
                provisoire.unlink(missing_ok=True)
