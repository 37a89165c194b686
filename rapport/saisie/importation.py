"""From a file as it is received (Cnaf, Insee, a ministry…) to a table of a year, by its recorded mapping.

What neither the file nor the mapping (:mod:`.correspondances`) says is refused, everything at once: a sign is never
taken for a number, no code is guessed, no row is left out.
"""

import re
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path

from rapport.controle.cellules import NOMBRE, ou
from rapport.controle.erreurs import cite
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import SOURCE, Champ
from rapport.nombres.francais import espaces, nombre_exact
from rapport.nombres.nombre import MOTIFS
from rapport.saisie import changements, correspondances
from rapport.saisie.correspondances import Correspondance
from rapport.saisie.excel import cellules
from rapport.saisie.excel.classeur import TableDuClasseur, exiger_valides
from rapport.saisie.lecture import Case, TableLue, lire


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


class FichierLu(TableLue):
    """The rows of a file as it was received: what it does not give stays as it is."""

    def __init__(self, table: TableDuClasseur, chemin: Path, correspondance: Correspondance):
        self.correspondance = correspondance
        titres = correspondance.colonnes | {f"garder {titre}": titre for titre in correspondance.garder}
        feuille, rangees = lire(chemin, correspondance.feuille, [" ".join(titre.split()) for titre in titres.values()])
        super().__init__(table, f"{chemin.name}, feuille {cite(feuille)}" if feuille else chemin.name, feuille, titres)
        suite = self.sous_les_titres(rangees)
        for rang in [rang for rang in suite if not self._ligne(rang, suite[rang])]:
            self._total(rang, suite[rang])

    def _ligne(self, rang: int, cases: list[Case]) -> bool:
        """Read a row, unless it is left out; false for a total."""
        schema, regle = self.table.schema, self.correspondance
        pleines = [case.texte for case in cases if case.texte]
        reperes = {*pleines[:1], *(self.case(cases, cle).texte for cle in schema.primary_key)}
        gardes = ((self.case(cases, f"garder {titre}").texte, voulu) for titre, voulu in regle.garder.items())
        if not pleines or any(texte not in ("", voulu) for texte, voulu in gardes) or _comme(reperes, regle.ignorer):
            return True
        if _comme(reperes, regle.totaux):
            return False
        lue = ({SOURCE: regle.source} if schema.champ(SOURCE) else {}) | self.lire(rang, cases)
        for champ in schema.fields:
            if champ.numerique and lue.get(champ.name) == "":  # it would empty what the table has
                self.erreur(rang, champ.name, f"valeur attendue{ou(tuple(MOTIFS))}, trouvé une cellule vide.")
        ancienne = self.table.par_cle.get(self.table.cle(lue), {})
        self.lignes[rang] = {champ.name: "" for champ in schema.fields} | ancienne | lue
        return True

    def valeur(self, rang: int, champ: Champ, case: Case, decimales: int | None) -> str:
        """As it is, if neither a rule nor its type reads it."""
        traductions = self.correspondance.codes.get(champ.name, {})
        traductions = traductions | self.correspondance.signes if champ.numerique else traductions
        lue = traductions.get(case.texte) or cellules.lire(case.valeur, case.format, champ, decimales, ())
        unite = self.correspondance.unites.get(champ.name)
        if unite and NOMBRE.fullmatch(lue):
            lue = cellules.avec_decimales(Decimal(lue) * correspondances.echelles(champ)[unite], decimales or 0)
        return lue

    def _total(self, rang: int, cases: list[Case]) -> None:
        """A total that the file gives is the sum of its rows, where it has a meaning; no less, if some are missing."""
        for champ in (c for c in self.table.schema.fields if c.total and c.name in self.places):
            total = self.valeur(rang, champ, self.case(cases, champ.name), champ.decimales)
            termes = [ligne[champ.name] for ligne in self.lignes.values()]
            somme = sum((Decimal(terme) for terme in termes if NOMBRE.fullmatch(terme)), Decimal(0))
            toutes = all(map(NOMBRE.fullmatch, termes))
            if NOMBRE.fullmatch(total) and (Decimal(total) != somme if toutes else Decimal(total) < somme):
                constat = f"le total est {nombre_exact(Decimal(total))}, la somme des lignes {nombre_exact(somme)}."
                self.erreur(
                    rang, champ.name, f"{constat} S’il compte autre chose, passez-le de « totaux » à « ignorer »."
                )


def _comme(textes: Collection[str], formes: Collection[str]) -> bool:
    """Whether one of the texts is like one of the forms, whatever the case; « * » stands for anything."""
    motifs = "|".join(re.escape(forme).replace(r"\*", ".*") for forme in formes)
    return bool(formes) and any(re.fullmatch(motifs, texte, re.IGNORECASE) for texte in textes if texte)
