"""What changed in numbers between two data folders: which value, from what to what.

Sources and notes say where a value comes from: they are no value. A cell that is still to be filled is none either.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rapport.controle.erreurs import INSECABLE, LONGUEUR_CITEE, Refus
from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.donnees.lignes import Cellules
from rapport.donnees.schemas import Champ, Schema
from rapport.nombres.francais import nombre, nombre_exact
from rapport.nombres.nombre import ecrire
from rapport.verite.fiabilite import controles
from rapport.verite.verification import verifier

PRESENT = "présent"
"""What is said of a row that has no other value than to be there."""

Chapitre = Callable[[str], str]
"""Table → the chapter it belongs to."""


@dataclass(frozen=True)
class Changement:
    """A value that is not the same in both folders, written in French; ``None`` on the side that does not have it."""

    annee: int
    chapitre: str
    libelle: str
    avant: str | None
    apres: str | None


def ouvrir(dossier: Path) -> Donnees:
    """A folder to compare. Raises :class:`Refus` if it has no data, or some that ``rapport check`` refuses; a year that
    is still being filled will do."""
    donnees = Donnees(dossier)
    if not (donnees.annees and donnees.schemas):
        raise Refus(f"{dossier} n’est pas un dossier de données (des années, des schémas).")
    if erreurs := verifier(dossier, brouillon=True):
        raise Refus(f"Les données de {dossier} sont invalides : elles ne peuvent pas être comparées.", erreurs)
    return donnees


def comparer(avant: Donnees, apres: Donnees, chapitre: Chapitre) -> list[Changement]:
    """Every value that changed, came or went, by year and chapter."""
    annees = sorted({*avant.annees, *apres.annees})
    noms = [nom for nom, schema in {**apres.schemas, **avant.schemas}.items() if not schema.est_nomenclature]
    changements = [c for annee in annees for nom in noms for c in _table(nom, annee, avant, apres, chapitre)]
    changements += [c for annee in annees for c in _edition(annee, avant, apres)]
    return sorted(changements, key=lambda c: (c.annee, c.chapitre))


def comparer_derives(avant: Donnees, apres: Donnees) -> list[Changement]:
    """The derived figures (``publie.csv``) of the editions of both folders that are not what they were, recomputed."""
    changements = []
    for annee in sorted({*avant.editions} & {*apres.editions}):
        anciens, nouveaux = (
            {
                ligne["code"]: ligne
                for _, ligne in controles(Edition(annee, d.dossier)).iterrows()
                if ligne["annee"] == annee
            }
            for d in (avant, apres)
        )
        for code, ligne in nouveaux.items():
            ecrits = [ecrire(calcul[code]["recalcule"]) for calcul in (anciens, nouveaux) if code in calcul]
            if len({*ecrits}) == 2:
                changements.append(Changement(annee, ligne["chapitre"], ligne["libelle"], *ecrits))
    return changements


def _edition(annee: int, avant: Donnees, apres: Donnees) -> Iterator[Changement]:
    """What an edition says of itself: its status, its date of publication."""
    dits = [d.edition(annee) if annee in d.editions else {} for d in (avant, apres)]
    for cle in {**dits[1], **dits[0]}:
        if dits[0].get(cle) != dits[1].get(cle):
            yield Changement(annee, "", f"Édition – {cle.capitalize()}", dits[0].get(cle), dits[1].get(cle))


def _table(nom: str, annee: int, avant: Donnees, apres: Donnees, chapitre: Chapitre) -> Iterator[Changement]:
    anciennes, nouvelles = (_lire(donnees, nom, annee) for donnees in (avant, apres))
    for cle in {**nouvelles, **anciennes}:
        rangees = [anciennes.get(cle, {}), nouvelles.get(cle, {})]
        donnees, rangee = (apres, rangees[1]) if rangees[1] else (avant, rangees[0])
        schema = donnees.schemas[nom]
        definition = donnees.codes(nom).ligne(cle[0], annee) if nom == "indicateurs" else rangee
        lieu = annee, definition.get("chapitre") or chapitre(nom)
        libelle = definition.get("libelle") or donnees.nom(schema, rangee, annee)
        libelle = libelle if nom == "indicateurs" else f"{schema.title} – {libelle}"
        chiffrees = _colonnes(schema, chiffrees=True)
        colonnes = _colonnes(schema, chiffrees=False) if all(rangees) else chiffrees
        for champ in colonnes:
            cellules = [cellules.get(champ.name, "") for cellules in rangees]
            if not egales(*cellules):
                seule = len(chiffrees) == 1 and champ in chiffrees
                unite = champ.unite or definition.get("unite")
                lisibles = (donnees.libelle(schema, champ.name, cellule, annee) for cellule in cellules)
                ecrites = (en_clair(lisible, champ, unite) for lisible in lisibles)
                yield Changement(*lieu, libelle if seule else f"{libelle} – {champ.title}", *ecrites)
        if not colonnes and not all(rangees):
            yield Changement(*lieu, libelle, *(PRESENT if cellules else None for cellules in rangees))


def _lire(donnees: Donnees, nom: str, annee: int) -> dict[tuple[str, ...], Cellules]:
    """The rows of a table by key, in the order of the file; none if the year does not have it."""
    cle = donnees.schemas[nom].primary_key if nom in donnees.schemas else ()
    return {tuple(c[colonne] for colonne in cle): c for c in donnees.ecrites(nom, annee) if cle}


def _colonnes(schema: Schema, chiffrees: bool) -> list[Champ]:
    """The columns of values; the texts among them count only where a row is in both folders, or has nothing else."""
    chiffres = [c for c in schema.valeurs if c.numerique or c.type == "date"] if chiffrees else []
    return chiffres or list(schema.valeurs)


def egales(avant: str, apres: str) -> bool:
    """Whether two cells say the same value: « 46.5 » and « 46.50 » do."""
    try:
        return Decimal(avant) == Decimal(apres)
    except InvalidOperation:
        return avant == apres


def en_clair(cellule: str, champ: Champ, unite: str | None) -> str | None:
    """« 17392 » → « 17 392 visites », « 2023-06-01 » → « 01/06/2023 », a text on one line; as it is if it is wrong."""
    if not cellule:
        return None
    try:
        if champ.numerique:
            nombre = Decimal(cellule)
            return INSECABLE.join(filter(None, [nombre_exact(nombre), unite])) if nombre.is_finite() else cellule
        if champ.type == "date":
            return datetime.date.fromisoformat(cellule).strftime("%d/%m/%Y")
    except (InvalidOperation, ValueError):
        return cellule
    texte = " ".join(cellule.split())
    return texte if len(texte) <= LONGUEUR_CITEE else texte[: LONGUEUR_CITEE - 1] + "…"


COLONNES = ("Chapitre", "Valeur", "Avant", "Après")
ABSENTE = "—"


def resume(changements: Sequence[Changement]) -> str:
    """« 2 modifiées, 1 ajoutée, 3 retirées », « aucune n’a changé »: to be said of values."""
    comptes = {
        "modifiée": sum(bool(c.avant and c.apres) for c in changements),
        "ajoutée": sum(not c.avant for c in changements),
        "retirée": sum(not c.apres for c in changements),
    }
    mots = [f"{nombre(n)}{INSECABLE}{mot}{'s' if n > 1 else ''}" for mot, n in comptes.items() if n]
    return ", ".join(mots) or "aucune n’a changé"


def par_annee(changements: Sequence[Changement]) -> dict[int, list[tuple[str, str, str, str]]]:
    """Year → rows of :data:`COLONNES`."""
    rangees: dict[int, list[tuple[str, str, str, str]]] = {}
    for c in changements:
        rangees.setdefault(c.annee, []).append((c.chapitre, c.libelle, c.avant or ABSENTE, c.apres or ABSENTE))
    return rangees


def markdown(titre: str, changements: Sequence[Changement]) -> str:
    """A heading that sums up and one table a year, as GitHub and GitLab read them; cells hold no markup."""
    blocs = [f"## {titre}{INSECABLE}: {resume(changements)}"]
    for annee, rangees in par_annee(changements).items():
        ecrites = [COLONNES, ("---", "---", "--:", "--:"), *(tuple(map(_sans_balisage, r)) for r in rangees)]
        blocs += [f"### {annee}", "\n".join(f"| {' | '.join(rangee)} |" for rangee in ecrites)]
    return "\n\n".join(blocs) + "\n"


def _sans_balisage(texte: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|~$&])", r"\\\1", texte)
