"""The folder of a new year, whole, with everything that is to be filled in it.

Tables have the rows of the last year that has them, less the codes that are no longer valid, plus the new ones; cells
are empty. Carried over: legal parameters, with their source, and the columns that their schema says ``reconduit``.
Texts say what their chapter expects. The folder appears at once or not at all, and nothing that exists is touched.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from rapport.controle.erreurs import Refus
from rapport.donnees import lignes
from rapport.donnees.dossier import Donnees
from rapport.donnees.lignes import Cellules
from rapport.donnees.refus import cause
from rapport.donnees.schemas import Schema
from rapport.donnees.textes import a_remplir
from rapport.verite.verification import verifier

EDITION = "statut: provisoire\npublication: ND\n"


def creer(dossier_donnees: str | Path, annee: int) -> Path:
    """Create ``<dossier_donnees>/<annee>/`` from the year before; returns it. Raises :class:`Refus`.

    A folder that exists is never completed: what it lacks may be meant.
    """
    donnees = Donnees(dossier_donnees)
    cible = donnees.dossier / str(annee)
    _verifier(donnees, annee, cible)
    fichiers = {
        "edition.yaml": EDITION + _reconduits(donnees, annee - 1),
        **_tables(donnees, annee),
        **_textes(donnees, annee),
    }
    brouillon = donnees.dossier / f".{annee}.{os.getpid()}"
    try:
        for nom, contenu in fichiers.items():
            chemin = brouillon / nom
            chemin.parent.mkdir(parents=True, exist_ok=True)
            chemin.write_text(contenu, encoding="utf-8", newline="\n")
        brouillon.rename(cible)
    except OSError as erreur:
        raise Refus(f"{cible} ne peut pas être écrit ({cause(erreur)}).") from erreur
    finally:
        shutil.rmtree(brouillon, ignore_errors=True)
    return cible


def _verifier(donnees: Donnees, annee: int, cible: Path) -> None:
    if cible.exists():
        raise Refus(
            f"L’année {annee} existe déjà : rien n’est écrit.",
            [f"Pour la recommencer, déplacez ou supprimez d’abord le dossier {cible}."],
        )
    if annee - 1 not in donnees.annees:
        connues = ", ".join(map(str, donnees.annees)) or "aucune"
        raise Refus(
            f"{annee} ne peut pas être préparée : l’année d’avant, {annee - 1}, n’a pas de données.",
            [f"Années connues : {connues}."],
        )
    if erreurs := verifier(donnees.dossier, [annee - 1]):
        raise Refus(f"{annee} ne peut pas être préparée : les données de {annee - 1} sont invalides.", erreurs)


def _tables(donnees: Donnees, annee: int) -> dict[str, str]:
    fichiers = {}
    for schema in (s for s in donnees.schemas.values() if s.a_saisir):
        rangees = _indicateurs(donnees, annee) if schema.name == "indicateurs" else _rangees(donnees, schema, annee)
        fichiers[f"{schema.name}.csv"] = lignes.ecrire([champ.name for champ in schema.fields], rangees)
    return fichiers


def _indicateurs(donnees: Donnees, annee: int) -> Iterator[Cellules]:
    """Yearly indicators, to be filled; legal parameters as they were last known."""
    connus: dict[str, Cellules] = {}
    for passee in (a for a in donnees.annees if a < annee):
        connus |= {ligne["code"]: ligne for ligne in donnees.ecrites("indicateurs", passee)}
    for code, definition in donnees.nomenclature("indicateurs", annee).iterrows():
        if definition["nature"] == "annuel":
            yield {"code": code}
        elif definition["nature"] == "parametre":
            connu = connus.get(code, {})
            yield {"code": code} | {c: connu[c] for c in ("valeur", "source") if c in connu}


def _rangees(donnees: Donnees, schema: Schema, annee: int) -> list[Cellules]:
    """Keys (and what is carried over) of the rows to fill; none where rows are not the same from year to year."""
    modele = next((a for a in reversed(donnees.annees) if a < annee and donnees.existe(schema.name, a)), None)
    anciennes = donnees.ecrites(schema.name, modele) if modele else []
    nomenclatures = {c: n for c, n in schema.nomenclatures.items() if c in schema.primary_key}
    gardees = [c.name for c in schema.fields if c.name in nomenclatures or c.reconduit]
    if not set(schema.primary_key) <= set(gardees):
        return []
    valables = {colonne: list(donnees.nomenclature(nom, annee).index) for colonne, nom in nomenclatures.items()}
    reprises = [
        {c: ligne.get(c, "") for c in gardees}
        for ligne in anciennes
        if all(ligne[colonne] in codes for colonne, codes in valables.items())
    ]
    if len(nomenclatures) == len(schema.primary_key) == 1:
        (cle, codes), (nom,) = *valables.items(), nomenclatures.values()
        attendus = set(donnees.nomenclature(nom, modele).index if modele else codes)
        if attendus <= {ligne[cle] for ligne in anciennes} or not modele:  # it has a row for every code
            presentes = {ligne[cle]: ligne for ligne in reprises}
            return [presentes.get(code, {cle: code}) for code in codes]
    return reprises


def _reconduits(donnees: Donnees, annee: int) -> str:
    """What an edition says as the one before did: its licence, its contact."""
    dite = donnees.edition(annee) if annee in donnees.editions else {}
    return "".join(f"{cle}: {dite[cle]}\n" for cle in ("licence", "contact") if cle in dite)


def _textes(donnees: Donnees, annee: int) -> dict[str, str]:
    if "nomenclatures/textes" not in donnees.schemas:
        return {}
    textes: dict[str, list[str]] = {}
    for code, ligne in donnees.nomenclature("textes", annee).iterrows():
        chapitre, bloc = code.split("/")
        textes.setdefault(f"textes/{chapitre}.md", []).append(f"## {bloc}\n\n{a_remplir(ligne['attendu'])}\n")
    return {fichier: "\n".join(blocs) for fichier, blocs in textes.items()}
