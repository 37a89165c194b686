"""What changed in numbers between two data folders: which value, from what to what.

Cells are compared as they are written, so that a year that is still being filled, or that ``rapport check`` refuses,
can be compared too; only files that cannot be read raise. Sources and notes say where a value comes from: they are no
value. A cell without anything in it is no value either.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

import yaml

from rapport.controle.erreurs import INSECABLE, LONGUEUR_CITEE, nombre
from rapport.donnees.nomenclatures import Periode
from rapport.donnees.schemas import NOMENCLATURES, Champ, Schema, Schemas

DOCUMENTAIRES = ("source", "note")
PRESENT = "présent"
"""What is said of a row that has no other value than to be there."""

Ligne = dict[str, str]
Chapitre = Callable[[str], str]
"""Table → the chapter it belongs to."""


class DonneesIllisibles(Exception):
    """A folder that cannot be compared. ``titre`` and ``lignes`` (its errors) are French."""

    def __init__(self, titre: str, erreurs: Sequence[object] = ()):
        super().__init__(titre)
        self.titre, self.lignes = titre, [str(erreur) for erreur in erreurs]


@dataclass(frozen=True)
class Changement:
    """A value that is not the same in both folders, written in French; ``None`` on the side that does not have it."""

    annee: int
    chapitre: str
    libelle: str
    avant: str | None
    apres: str | None


def comparer(avant: Path, apres: Path, chapitre: Chapitre) -> list[Changement]:
    """Every value that changed, came or went, by year and chapter. Raises :class:`DonneesIllisibles`."""
    ancien, nouveau = _Dossier(avant), _Dossier(apres)
    annees = sorted(ancien.annees | nouveau.annees)
    noms = [nom for nom in {**nouveau.schemas, **ancien.schemas} if not nom.startswith(NOMENCLATURES)]
    changements = [
        changement for annee in annees for nom in noms for changement in _table(nom, annee, ancien, nouveau, chapitre)
    ]
    changements += [c for annee in annees for c in _edition(annee, ancien.edition(annee), nouveau.edition(annee))]
    return sorted(changements, key=lambda c: (c.annee, c.chapitre))


def comparer_derives(avant: Path, apres: Path) -> list[Changement]:
    """The derived figures (``publie.csv``) of the editions of both folders that are not what they were, recomputed.

    The data of both folders must be valid (``rapport check``).
    """
    from rapport.donnees.dossier import Donnees
    from rapport.donnees.edition import Edition
    from rapport.nombres.nombre import ecrire
    from rapport.verite.fiabilite import controles

    changements = []
    for annee in sorted({*Donnees(avant).editions} & {*Donnees(apres).editions}):
        anciens, nouveaux = (
            {ligne["code"]: ligne for _, ligne in controles(Edition(annee, d)).iterrows() if ligne["annee"] == annee}
            for d in (avant, apres)
        )
        for code in (code for code in nouveaux if code in anciens):
            ecrits = [ecrire(calcul[code]["recalcule"]) for calcul in (anciens, nouveaux)]
            if ecrits[0] != ecrits[1]:
                ligne = nouveaux[code]
                changements.append(Changement(annee, ligne["chapitre"], ligne["libelle"], *ecrits))
    return changements


class _Dossier:
    """One of the two folders. Whatever cannot be read raises DonneesIllisibles with every error that check finds."""

    def __init__(self, chemin: Path):
        self.chemin = chemin
        self.schemas: dict[str, Schema] = self._essayer(lambda: dict(Schemas(chemin)))
        self.annees = {int(p.name) for p in chemin.iterdir() if p.is_dir() and re.fullmatch(r"\d{4}", p.name)}
        if not (self.schemas and self.annees):
            raise DonneesIllisibles(f"{chemin} n’est pas un dossier de données (des années, des schémas).")
        self.nomenclature = lru_cache(maxsize=None)(self._nomenclature)

    def table(self, nom: str, annee: int) -> dict[tuple[str, ...], Ligne]:
        """The rows of a table by key, in the order of the file; none if the year does not have it."""
        chemin = self.chemin / str(annee) / f"{nom}.csv"
        return self._essayer(_lire, chemin, self.schemas[nom].primary_key) if chemin.exists() else {}

    def edition(self, annee: int) -> Ligne:
        """What the edition says of itself, nothing if the year is no edition."""
        chemin = self.chemin / str(annee) / "edition.yaml"
        return self._essayer(_lire_edition, chemin) if chemin.exists() else {}

    def decrire(self, nomenclature: str, code: str, annee: int) -> Ligne:
        """The row of a code: that of the year where it has several, its last one out of its periods; else empty."""
        lignes = [ligne for ligne in self.nomenclature(nomenclature) if ligne.get("code") == code]
        valides = [ligne for ligne in lignes if annee in Periode.lire(ligne)]
        return next(reversed(valides or lignes), {})

    def _nomenclature(self, nom: str) -> list[Ligne]:
        chemin = self.chemin / NOMENCLATURES / f"{nom}.csv"
        schema = self.schemas.get(NOMENCLATURES + nom)
        return list(self._essayer(_lire, chemin, schema.primary_key).values()) if schema and chemin.exists() else []

    def _essayer(self, lire, *arguments):
        try:
            return lire(*arguments)
        except (ValueError, LookupError, OSError, csv.Error) as erreur:  # SchemaInvalide is a ValueError
            from rapport.verite.verification import verifier

            erreurs = verifier(self.chemin)
            titre = f"Les données de {self.chemin} sont illisibles. « rapport check » y voit :"
            raise DonneesIllisibles(titre, erreurs or [erreur]) from erreur


def _lire(chemin: Path, cle: Sequence[str]) -> dict[tuple[str, ...], Ligne]:
    """The rows of a CSV by key. Raises ValueError, LookupError or csv.Error if it does not have their form."""
    lignes = {}
    with chemin.open(encoding="utf-8-sig", newline="") as flux:
        for ligne in csv.DictReader(flux, strict=True):
            if None in ligne or None in ligne.values():
                raise ValueError(f"{chemin.name} : une ligne n’a pas le nombre de cellules de l’en-tête.")
            valeurs = ligne[cle[0]], *(ligne.get(colonne, "") for colonne in cle[1:])  # « depuis » may be left out
            if valeurs in lignes:
                raise ValueError(f"{chemin.name} : la clé « {' / '.join(valeurs)} » est deux fois.")
            lignes[valeurs] = ligne
    return lignes


def _lire_edition(chemin: Path) -> Ligne:
    try:
        lue = yaml.safe_load(chemin.read_text(encoding="utf-8-sig"))
    except yaml.YAMLError as erreur:
        raise ValueError(f"{chemin.name} : {erreur}") from erreur
    if not isinstance(lue, dict):
        raise ValueError(f"{chemin.name} : statut et publication attendus.")
    return {str(cle): str(valeur) for cle, valeur in lue.items()}


def _edition(annee: int, ancienne: Ligne, nouvelle: Ligne) -> Iterator[Changement]:
    for cle in {**nouvelle, **ancienne}:
        if ancienne.get(cle) != nouvelle.get(cle):
            yield Changement(annee, "", f"Édition – {cle.capitalize()}", ancienne.get(cle), nouvelle.get(cle))


def _table(nom: str, annee: int, ancien: _Dossier, nouveau: _Dossier, chapitre: Chapitre) -> Iterator[Changement]:
    anciennes, nouvelles = (d.table(nom, annee) if nom in d.schemas else {} for d in (ancien, nouveau))
    for cle in {**nouvelles, **anciennes}:
        lignes = [anciennes.get(cle, {}), nouvelles.get(cle, {})]
        dossier, ligne = (nouveau, lignes[1]) if lignes[1] else (ancien, lignes[0])
        schema = dossier.schemas[nom]
        definition = dossier.decrire(nom, cle[0], annee) if nom == "indicateurs" else ligne
        lieu = annee, definition.get("chapitre") or chapitre(nom)
        libelle = definition.get("libelle") or _cle_en_clair(schema, cle, annee, dossier)
        libelle = libelle if nom == "indicateurs" else f"{schema.title} – {libelle}"
        chiffrees = _colonnes(schema, chiffrees=True)
        colonnes = _colonnes(schema, chiffrees=False) if all(lignes) else chiffrees
        for champ in colonnes:
            cellules = [texte.get(champ.name, "").strip() for texte in lignes]
            if not _egales(*cellules):
                seule = len(chiffrees) == 1 and champ in chiffrees
                unite = champ.unite or definition.get("unite")
                if nomenclature := schema.nomenclatures().get(champ.name):
                    cellules = [dossier.decrire(nomenclature, c, annee).get("libelle", c) for c in cellules]
                ecrites = (en_clair(cellule, champ, unite) for cellule in cellules)
                yield Changement(*lieu, libelle if seule else f"{libelle} – {champ.title}", *ecrites)
        if not colonnes and not all(lignes):
            yield Changement(*lieu, libelle, *(PRESENT if ligne else None for ligne in lignes))


def _colonnes(schema: Schema, chiffrees: bool) -> list[Champ]:
    """The columns of values; the texts among them count only where a row is in both folders, or has nothing else."""
    valeurs = [c for c in schema.fields if c.name not in (*schema.primary_key, *DOCUMENTAIRES)]
    return [c for c in valeurs if c.numerique or c.type == "date"] or valeurs if chiffrees else valeurs


def _cle_en_clair(schema: Schema, cle: Sequence[str], annee: int, dossier: _Dossier) -> str:
    nomenclatures = schema.nomenclatures()
    codes = zip(schema.primary_key, cle, strict=True)
    return " – ".join(
        (colonne in nomenclatures and dossier.decrire(nomenclatures[colonne], code, annee).get("libelle")) or code
        for colonne, code in codes
    )


def _egales(avant: str, apres: str) -> bool:
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
            return INSECABLE.join(filter(None, [nombre(Decimal(cellule)), unite]))
        if champ.type == "date":
            return datetime.date.fromisoformat(cellule).strftime("%d/%m/%Y")
    except (InvalidOperation, ValueError):
        return cellule
    texte = " ".join(cellule.split())
    return texte if len(texte) <= LONGUEUR_CITEE else texte[: LONGUEUR_CITEE - 1] + "…"


# --- What is shown ---------------------------------------------------------------------------------------------------

COLONNES = ("Chapitre", "Valeur", "Avant", "Après")
ABSENTE = "—"


def resume(changements: Sequence[Changement]) -> str:
    """« 2 modifiées, 1 ajoutée, 3 retirées », « aucune n’a changé »: to be said of values."""
    comptes = {
        "modifiée": sum(c.avant is not None and c.apres is not None for c in changements),
        "ajoutée": sum(c.avant is None for c in changements),
        "retirée": sum(c.apres is None for c in changements),
    }
    mots = [f"{nombre(n)}{INSECABLE}{mot}{'s' if n > 1 else ''}" for mot, n in comptes.items() if n]
    return ", ".join(mots) or "aucune n’a changé"


def par_annee(changements: Sequence[Changement]) -> dict[int, list[tuple[str, str, str, str]]]:
    """Year → rows of :data:`COLONNES`."""
    lignes: dict[int, list[tuple[str, str, str, str]]] = {}
    for c in changements:
        lignes.setdefault(c.annee, []).append((c.chapitre, c.libelle, c.avant or ABSENTE, c.apres or ABSENTE))
    return lignes


def markdown(titre: str, changements: Sequence[Changement]) -> str:
    """A heading that sums up and one table a year, as GitHub and GitLab read them; cells hold no markup."""
    blocs = [f"## {titre}{INSECABLE}: {resume(changements)}"]
    for annee, lignes in par_annee(changements).items():
        rangees = [COLONNES, ("---", "---", "--:", "--:"), *(tuple(map(_sans_balisage, ligne)) for ligne in lignes)]
        blocs += [f"### {annee}", "\n".join(f"| {' | '.join(rangee)} |" for rangee in rangees)]
    return "\n\n".join(blocs) + "\n"


def _sans_balisage(texte: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|~$&])", r"\\\1", texte)
