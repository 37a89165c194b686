"""From a file as it is received (Cnaf, Insee, a ministry…) to a table of a year, by its recorded mapping.

What neither the file nor the mapping (:mod:`.correspondances`) says is refused, everything at once: a sign is never
taken for a number, no code is guessed, no row is left out.
"""

import re
from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from rapport.controle.cellules import NOMBRE, ou
from rapport.controle.erreurs import cite, liste
from rapport.controle.fichiers import lire_texte
from rapport.donnees.dossier import Donnees
from rapport.donnees.lignes import LigneIllisible, enregistrements
from rapport.donnees.schemas import SOURCE, Champ
from rapport.nombres.francais import espaces, nombre_exact
from rapport.nombres.nombre import MOTIFS
from rapport.saisie import changements, correspondances
from rapport.saisie.correspondances import Correspondance
from rapport.saisie.excel import cellules, lecture
from rapport.saisie.excel.classeur import Cellules, TableDuClasseur, exiger_valides

CLASSEURS = (".xlsx", ".xlsm", ".xls", ".ods")
SEPARATEURS = (";", "\t", "|", ",")


class Case(NamedTuple):
    """A cell of the file; ``format``: that of its number, in a workbook."""

    valeur: object = None
    format: str = ""

    @property
    def texte(self) -> str:
        return " ".join(cellules.lire(self.valeur, self.format, Champ("", ""), None, ()).split())


Rangees = dict[int, list[Case]]
"""The rows of a file by number, from 1."""


def preparer(donnees: Donnees, chemin: Path, table: str) -> changements.Import:
    """Read and check a file. Raises :class:`Refus`, with every error of the mapping, or of the file and its values."""
    schema = donnees.schemas[table]
    correspondance = correspondances.lire(donnees, schema)
    annee = int(correspondance.annee)
    exiger_valides(donnees, annee)
    lu = FichierLu(TableDuClasseur(schema.title, schema, donnees, annee), chemin, correspondance)
    conseil = (
        f"Dans {correspondances.chemin_de(donnees, table)}, « codes » traduit un texte, « signes » dit la raison d’un "
        "nombre absent (NC, NS ou ND), « totaux » et « ignorer » écartent des lignes, « garder » les choisit."
    )
    return changements.preparer(chemin, annee, [lu], espaces(conseil))


def proposer(donnees: Donnees, chemin: Path, table: str) -> str:
    """A first mapping of a file to a table. Raises :class:`Refus` if the file cannot be read."""
    _, rangees = lire(chemin)
    textes = [[case.texte for case in cases] for cases in rangees.values()]
    return correspondances.proposer(donnees, donnees.schemas[table], textes)


def lire(chemin: Path, feuille: str = "", titres: Collection[str] = ()) -> tuple[str, Rangees]:
    """The name of the sheet that is read ("" in a text), and the rows of a file. ``titres``: the headings that are
    looked for, if they are known. Raises :class:`Refus`."""
    if chemin.suffix.lower() in CLASSEURS:
        valeurs, formules = lecture.ouvrir(chemin)
        noms = [f.title for f in valeurs.worksheets]
        if feuille not in ("", *noms):
            raise lecture.refus(chemin, [f"Il n’a pas de feuille {cite(feuille)}. Ses feuilles : {liste(noms)}."])
        feuille = feuille or noms[0]
        # A formula without a result is read as it is written: no value comes of it.
        formules = {c.coordinate: c.value for rangee in formules[feuille].iter_rows() for c in rangee}
        case = lambda c: Case(formules[c.coordinate] if c.value is None else c.value, c.number_format)  # noqa: E731
        return feuille, {rang: [*map(case, r)] for rang, r in enumerate(valeurs[feuille].rows, start=1)} or {1: []}
    texte, erreurs = lire_texte(chemin, chemin.name)
    if not texte:
        raise lecture.refus(chemin, map(str, erreurs))
    lues, refusees = [], []
    for separateur in SEPARATEURS:
        try:
            lues.append({rang: [*map(Case, cases)] for rang, cases in enregistrements(texte, separateur)})
        except LigneIllisible as erreur:
            refusees.append(f"{chemin.name}, {erreur}")
    if not lues:
        raise lecture.refus(chemin, refusees[:1])
    return "", max(lues, key=lambda rangees: _vraisemblance(rangees, titres))


def _vraisemblance(rangees: Rangees, titres: Collection[str]) -> int:
    """How well a separator cuts a text: the headings that are together on a row, or else how regular the rows are."""
    if titres:
        return max(len({case.texte for case in cases} & set(titres)) for cases in rangees.values())
    return max((largeur - 1) * compte for largeur, compte in Counter(map(len, rangees.values())).items())


class FichierLu:
    """The rows of a file, as a :class:`~rapport.saisie.changements.Lecture`: what it does not give stays as it is."""

    complete = False

    def __init__(self, table: TableDuClasseur, chemin: Path, correspondance: Correspondance):
        self.table, self.nom, self.correspondance = table, chemin.name, correspondance
        titres = correspondance.colonnes | {f"garder {titre}": titre for titre in correspondance.garder}
        self.titres = {nom: " ".join(titre.split()) for nom, titre in titres.items()}
        self.places: dict[str, int] = {}
        self.lignes: dict[int, Cellules] = {}
        self.erreurs: list[str] = []
        self.feuille, rangees = lire(chemin, correspondance.feuille, self.titres.values())
        suite = self._sous_les_titres(rangees)
        for rang in [rang for rang in suite if not self._ligne(rang, suite[rang])]:
            self._total(rang, suite[rang])

    def cellule(self, rang: int, colonne: str | None) -> str:
        dans_un_classeur = self.feuille and colonne in self.places
        return f"{get_column_letter(self.places[colonne] + 1)}{rang}" if dans_un_classeur else f"ligne {rang}"

    def lieu(self, rang: int | None, colonne: str | None) -> str:
        feuille = f"feuille {cite(self.feuille)}" if self.feuille else ""
        cellule = self.cellule(rang, colonne) if rang else ""
        titre = f"colonne {cite(self.titres[colonne])}" if colonne in self.titres else ""
        return ", ".join(filter(None, (self.nom, feuille, cellule, titre)))

    def _erreur(self, rang: int, colonne: str | None, constat: str) -> None:
        self.erreurs.append(espaces(f"{self.lieu(rang, colonne)} : {constat}"))

    def _sous_les_titres(self, rangees: Rangees) -> Rangees:
        """Find the row that has the headings; returns those below it, none if it has not all of them once."""
        textes, voulus = {r: [case.texte for case in cases] for r, cases in rangees.items()}, {*self.titres.values()}
        rang = max(textes, key=lambda r: (len(voulus.intersection(textes[r])), sum(map(bool, textes[r]))))
        for nom, titre in self.titres.items():
            if textes[rang].count(titre) == 1:
                self.places[nom] = textes[rang].index(titre)
            else:
                attendu = f"une colonne de titre {cite(titre)} attendue, trouvé {textes[rang].count(titre)}"
                titres = liste(filter(None, textes[rang]))
                self._erreur(rang, None, f"{attendu}. Titres de cette ligne : {titres}.")
        return {} if self.erreurs else {r: cases for r, cases in rangees.items() if r > rang}

    def _case(self, cases: list[Case], nom: str) -> Case:
        return cases[self.places[nom]] if self.places[nom] < len(cases) else Case()

    def _ligne(self, rang: int, cases: list[Case]) -> bool:
        """Read a row, unless it is left out; false for a total."""
        schema, regle = self.table.schema, self.correspondance
        pleines = [case.texte for case in cases if case.texte]
        reperes = {*pleines[:1], *(self._case(cases, cle).texte for cle in schema.primary_key)}
        gardes = ((self._case(cases, f"garder {titre}").texte, voulu) for titre, voulu in regle.garder.items())
        if not pleines or any(texte not in ("", voulu) for texte, voulu in gardes) or _comme(reperes, regle.ignorer):
            return True
        if _comme(reperes, regle.totaux):
            return False
        lue = {SOURCE: regle.source} if schema.champ(SOURCE) else {}
        for champ in sorted(schema.fields, key=lambda c: c not in self.table.cles):
            if champ.name in self.places:
                _, decimales = self.table.precision(champ, lue.get(schema.primary_key[0], ""))
                lue[champ.name] = self._valeur(champ, self._case(cases, champ.name), decimales)
                if champ.numerique and not lue[champ.name]:  # it would empty what the table has
                    self._erreur(rang, champ.name, f"valeur attendue{ou(tuple(MOTIFS))}, trouvé une cellule vide.")
        ancienne = self.table.par_cle.get(self.table.cle(lue), {})
        self.lignes[rang] = {champ.name: "" for champ in schema.fields} | ancienne | lue
        return True

    def _valeur(self, champ: Champ, case: Case, decimales: int | None) -> str:
        """The text of a cell in the CSV; as it is, if neither a rule nor its type reads it."""
        traductions = self.correspondance.codes.get(champ.name, {})
        traductions = traductions | self.correspondance.signes if champ.numerique else traductions
        lue = traductions.get(case.texte) or cellules.lire(*case, champ, decimales, ())
        unite = self.correspondance.unites.get(champ.name)
        if unite and NOMBRE.fullmatch(lue):
            lue = cellules.avec_decimales(Decimal(lue) * correspondances.echelles(champ)[unite], decimales or 0)
        return lue

    def _total(self, rang: int, cases: list[Case]) -> None:
        """A total that the file gives is the sum of its rows, where it has a meaning; no less, if some are missing."""
        for champ in (c for c in self.table.schema.fields if c.total and c.name in self.places):
            total = self._valeur(champ, self._case(cases, champ.name), champ.decimales)
            termes = [ligne[champ.name] for ligne in self.lignes.values()]
            somme = sum((Decimal(terme) for terme in termes if NOMBRE.fullmatch(terme)), Decimal(0))
            toutes = all(map(NOMBRE.fullmatch, termes))
            if NOMBRE.fullmatch(total) and (Decimal(total) != somme if toutes else Decimal(total) < somme):
                constat = f"le total est {nombre_exact(Decimal(total))}, la somme des lignes {nombre_exact(somme)}."
                self._erreur(
                    rang, champ.name, f"{constat} S’il compte autre chose, passez-le de « totaux » à « ignorer »."
                )


def _comme(textes: Collection[str], formes: Collection[str]) -> bool:
    """Whether one of the texts is like one of the forms, whatever the case; « * » stands for anything."""
    motifs = "|".join(re.escape(forme).replace(r"\*", ".*") for forme in formes)
    return bool(formes) and any(re.fullmatch(motifs, texte, re.IGNORECASE) for texte in textes if texte)
