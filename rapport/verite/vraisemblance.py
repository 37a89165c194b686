"""What looks odd in a year that is being filled: warnings to confirm, each with a reason, in the year's data.

A value is held against those of the years before, as the edition knows them. What is plausible comes from the series'
own history where it is long enough, else from ``nomenclatures/seuils.csv``. A value has one alert to settle at most.
"""

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from rapport.controle.erreurs import Erreur, cite
from rapport.controle.validation import ABSENTE, CONFIRMEES, tables_absentes
from rapport.donnees import textes
from rapport.donnees.adresse import EXPLICATIONS, Adresse
from rapport.donnees.edition import Edition
from rapport.nombres import calculs
from rapport.nombres.francais import espaces, nombre
from rapport.nombres.nombre import Nombre, ecrire
from rapport.verite.fiabilite import identites_rompues

EVOLUTION, UNITE, IDENTIQUE, TEXTE, EXPLICATION = "evolution", "unite", "identique", "texte", "explication"
IDENTITE, CONFIRMATION = "identite", "confirmation"
NATURES = {
    UNITE: "Erreur d’unité possible",
    EVOLUTION: "Évolution forte",
    IDENTIQUE: "Valeur de l’année précédente",
    TEXTE: "Texte de l’année précédente",
    ABSENTE: "Table que l’année précédente a",
    IDENTITE: "Identité qui ne tient pas",
    EXPLICATION: "Évolution forte dont la cause n’est pas dite",
    CONFIRMATION: "Confirmation sans objet",
}
"""Every nature of alert, in the order they are told."""

A_CONFIRMER = (UNITE, EVOLUTION, IDENTIQUE, TEXTE, ABSENTE, EXPLICATION)
"""Those that a row of :data:`CONFIRMEES` acknowledges; an identity has its own table, ``ecarts_expliques``."""

COLONNES = ("alerte", "adresse", "valeur", "motif")
HISTOIRE_MINIMALE = 3
"""Changes known before a series is judged by its own history…"""
MARGE = 2
"""…of which this many times the largest one is plausible, and never less than this, in percent or in points."""
SEUILS_MINIMAUX = {False: 5.0, True: 2.0}
FACTEURS = (10, 100, 1000)
CHIFFRES_REMARQUABLES = 4
"""Significant digits from which a value does not come twice by chance."""


@dataclass(frozen=True)
class Alerte:
    """Something odd. ``motif`` is why it was confirmed, empty if it was not; ``lieu`` and ``message`` are French.

    ``adresse`` is that of the value, or « textes.chapitre.bloc ».
    """

    nature: str
    adresse: str
    lieu: str
    message: str
    valeur: str = ""
    motif: str = ""

    @property
    def confirmation(self) -> tuple[str, ...]:
        """What confirms it: the first cells of a row of ``alertes_confirmees.csv``, the value in its shortest form."""
        return self.nature, self.adresse, self.valeur

    def __str__(self) -> str:
        return f"{self.lieu} : {self.message}".replace(" :", "\u00a0:")


@dataclass
class Cellule:
    """A number of the year, its address, what it was the year before (``avant``), and in all the years before that know
    it, oldest first."""

    adresse: Adresse
    valeur: Nombre
    avant: Nombre
    passe: dict[int, Nombre]
    parametre: bool

    @property
    def part(self) -> bool:
        return self.valeur.unite == "%"

    def alerte(self, nature: str, message: str) -> Alerte:
        o = self.valeur.origine
        lieu = f"{o.fichier}, ligne {o.ligne}, colonne {cite(o.colonne)}"
        return Alerte(nature, str(self.adresse), lieu, f"{o.libelle} : {message}", _abrege(self.valeur))


def alertes(dossier_donnees: str | Path, annee: int) -> list[Alerte]:
    """Everything odd in a year, by nature, confirmed or not. The files must be valid, or only wait to be filled."""
    ed = Edition(annee, dossier_donnees, brutes=True)
    motifs = _confirmations(ed)
    trouvees = [*_nombres(ed, motifs), *_textes(ed), *_absentes(ed), *(_identite(e) for e in identites_rompues(ed))]
    vues = [replace(a, motif=a.motif or motifs.get(a.confirmation, "")) for a in trouvees]
    fichier = f"{ed.donnees.dossier.name}/{annee}/{CONFIRMEES}.csv"
    for confirmation in motifs.keys() - {a.confirmation for a in trouvees}:
        quoi = ", ".join(filter(None, confirmation))
        vues.append(Alerte(CONFIRMATION, confirmation[1], fichier, f"« {quoi} » ne correspond à aucune alerte."))
    ordre = list(NATURES)
    return sorted(vues, key=lambda a: (ordre.index(a.nature), "." not in a.adresse))


def _confirmations(ed: Edition) -> dict[tuple[str, ...], str]:
    if CONFIRMEES not in ed.donnees.schemas or not ed.connait(CONFIRMEES):
        return {}
    lignes = ed.table(CONFIRMEES).iterrows()
    return {(*cle, _abrege(ligne["valeur"])): ligne["motif"] for cle, ligne in lignes}


def _abrege(valeur: Nombre | str) -> str:
    """« 12.50 » → « 12.5 »."""
    return f"{Decimal(valeur).normalize():f}" if valeur != "" else ""


def _identite(erreur: Erreur) -> Alerte:
    """The sentence is that of the check; the explanation goes to ``ecarts_expliques.csv``."""
    lieu, _, message = str(erreur).partition("\u00a0: ")
    return Alerte(IDENTITE, "identites.", lieu, message)


def _absentes(ed: Edition) -> Iterator[Alerte]:
    for nom in tables_absentes(ed.donnees.dossier, ed.annee, ed.donnees.schemas):
        titre = ed.donnees.schemas[nom].title
        yield Alerte(ABSENTE, nom, f"{ed.donnees.dossier.name}/{ed.annee}/{nom}.csv", f"pas de table {cite(titre)}.")


def _textes(ed: Edition) -> Iterator[Alerte]:
    """A block that names the year before, otherwise than in a period (2018-2023) or beside the year itself."""
    for chemin in sorted((ed.donnees.dossier / str(ed.annee) / "textes").glob("*.md")):
        fichier = f"{ed.donnees.dossier.name}/{ed.annee}/textes/{chemin.name}"
        for bloc, (numero, contenu) in textes.blocs(chemin.read_text(encoding="utf-8-sig")).items():
            phrases = re.sub(r"<!--.*?-->", "", contenu, flags=re.DOTALL).splitlines()
            citee = next((p for p in phrases if _cite_l_annee_d_avant(p, ed.annee)), None)
            if citee:
                message = f"le bloc {cite(bloc)} cite {ed.precedente} : {cite(citee)}."
                lieu = f"{fichier}, ligne {numero}"
                yield Alerte(TEXTE, f"textes.{chemin.stem}.{bloc}", lieu, message)


def _cite_l_annee_d_avant(phrase: str, annee: int) -> bool:
    nommee = re.search(rf"(?<![\d–-]){annee - 1}(?![\d–-])", re.sub(r"{{.*?}}", "", phrase))
    return bool(nommee) and str(annee) not in phrase


def _nombres(ed: Edition, motifs: Collection[tuple[str, ...]]) -> Iterator[Alerte]:
    """A large change is confirmed by its cause; by a motive too, but then its cause is asked for."""
    seuils = ed.nomenclature("seuils") if "nomenclatures/seuils" in ed.donnees.schemas else None
    for c in _cellules(ed):
        if alerte := _identique(c) or (None if seuils is None else _evolution(c, seuils)):
            cause = "" if alerte.nature == IDENTIQUE else ed.explication(alerte.adresse)[0]
            yield replace(alerte, motif=cause)
            confirmee = alerte.nature != IDENTIQUE and alerte.confirmation in motifs
            if confirmee and not cause and EXPLICATIONS in ed.donnees.schemas:
                fichier = f"{ed.donnees.dossier.name}/{ed.annee}/{EXPLICATIONS}.csv"
                message = f"de {ecrire(c.avant)} à {ecrire(c.valeur)} ; dites pourquoi dans {fichier}, avec la source."
                yield c.alerte(EXPLICATION, espaces(message))


def _cellules(ed: Edition) -> Iterator[Cellule]:
    """The numbers of the year that can be compared with the year before."""
    parametres = ed.nomenclature("indicateurs").query("nature == 'parametre'").index
    for schema in (s for s in ed.donnees.schemas.values() if s.a_saisir and ed.connait(s.name)):
        cles = ed.table(schema.name).index
        for champ in (c for c in schema.colonnes_a_remplir if c.numerique):
            serie = ed.serie(schema.name, champ.name, ed.annees_connues(schema.name), cles)
            for cle, valeurs in serie.T.items():
                valeur, avant = valeurs[ed.annee], valeurs.get(ed.precedente)
                if avant is not None and avant.connu and valeur.connu and not calculs.ruptures(valeur, avant):
                    adresse = Adresse(schema.name, cle if isinstance(cle, tuple) else (cle,), champ.name)
                    passe = valeurs.drop(ed.annee).dropna().to_dict()
                    yield Cellule(adresse, valeur, avant, passe, adresse.est_indicateur and cle in parametres)


def _evolution(c: Cellule, seuils) -> Alerte | None:
    """A change beyond what is plausible since a year; by about ten, a hundred or a thousand, it is perhaps the unit."""
    avant, annee = c.avant, c.avant.origine.annee
    seuil, plancher = _plausible(c, seuils)
    change = _changement(c.valeur, avant, c.part)
    if change <= seuil or abs(c.valeur - avant) <= plancher:
        return None
    fois = max(abs(c.valeur), abs(avant)) / (min(abs(c.valeur), abs(avant)) or 1)
    facteur = next((f for f in FACTEURS if f / 1.5 < fois < f * 1.5 and c.valeur * avant > 0), None)
    if facteur:
        sens = "plus" if abs(c.valeur) > abs(avant) else "moins"
        message = f"{ecrire(c.valeur)}, près de {nombre(facteur)} fois {sens} qu’en {annee} ({ecrire(avant)})."
        return c.alerte(UNITE, message)
    sens = "de plus" if c.valeur > avant else "de moins"
    unite = "points" if c.part else "%"
    mesure = f"{nombre(change, int(c.part))} {unite}" if math.isfinite(change) else "bien"
    message = (
        f"{ecrire(c.valeur)}, soit {mesure} {sens} qu’en {annee} ({ecrire(avant)}) ; "
        f"au-delà de {nombre(seuil)} {unite}, la valeur est à confirmer."
    )
    return c.alerte(EVOLUTION, espaces(message))


def _changement(valeur: Nombre, avant: Nombre, part: bool) -> float:
    """In percent of the year before; in points for a percentage."""
    difference = abs(Decimal(valeur) - Decimal(avant))
    if part:
        return float(difference)
    return float(difference / abs(Decimal(avant)) * 100) if avant else math.inf if difference else 0.0


def _plausible(c: Cellule, seuils) -> tuple[float, float]:
    """The largest plausible change (percent or points), and the smallest difference that matters."""
    genre = "part" if c.part else "montant" if c.valeur.unite == "€" else "nombre"
    propre = next((s for s in c.adresse.series if s in seuils.index), None)
    if (propre or genre) not in seuils.index:
        return math.inf, 0
    ligne = seuils.loc[propre or genre]
    seuil, plancher = float(ligne["seuil"]), ligne["plancher"]
    if plancher is None:
        plancher = 0 if c.part else 3 * math.sqrt(max(map(abs, (c.valeur, c.avant))))
    passes = [
        _changement(c.passe[b], c.passe[a], c.part)
        for a, b in pairwise(c.passe)
        if b == a + 1 and not calculs.ruptures(c.passe[a], c.passe[b])
    ]
    if not propre and len(passes) >= HISTOIRE_MINIMALE:
        seuil = max(MARGE * max(passes), SEUILS_MINIMAUX[c.part])
    return seuil, float(plancher)


def _identique(c: Cellule) -> Alerte | None:
    """The very value of a year before, with more digits than chance repeats."""
    chiffres = str(c.valeur).replace(".", "").strip("-0")
    if c.parametre or c.valeur != c.avant or len(chiffres) < CHIFFRES_REMARQUABLES:
        return None
    return c.alerte(IDENTIQUE, f"{ecrire(c.valeur)}, exactement comme en {c.avant.origine.annee}.")
