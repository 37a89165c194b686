"""The workbook of a year, as both its export and its import know it: which sheets, which columns, which rows.

A sheet is a table of ``data/<year>/``: its title, then a row of headings, then a row a key, then sums. A heading is
that of the schema, which is how the import finds a column again; what else stands on a sheet is there to be read.
"""

import re
import textwrap
import warnings
from dataclasses import dataclass
from functools import cached_property

from openpyxl import Workbook, load_workbook

from rapport.controle.erreurs import Refus
from rapport.controle.validation import valider
from rapport.donnees.adresse import identifiant
from rapport.donnees.dossier import Donnees
from rapport.donnees.lignes import Cellules
from rapport.donnees.schemas import Champ, Schema

ACCUEIL, LISTES = "Mode d’emploi", "Listes"
ENTETE_DES_FEUILLES = "Feuille"
"""Of the column that lists the sheets on the first one."""
LIGNE_TITRES = 4
SOMME = "Σ"
"""First character of the key of a row of sums, which is no data."""
LONGUEUR_MAXIMALE = 31
"""Of the name of a sheet."""
DERNIERS_MOTS = re.compile("( (à|au|de|des|du|en|et|la|le|les|par|pour|selon|sur))+…$")
"""Those that a name does not end with when it is cut."""
LIGNES_LIBRES = 15

Cle = tuple[str, ...]


@dataclass(frozen=True)
class TableDuClasseur:
    """A table of a year, and the sheet it has in the workbook."""

    feuille: str
    schema: Schema
    donnees: Donnees
    annee: int

    @property
    def titre(self) -> str:
        return f"{self.schema.title} – {self.annee}"

    @cached_property
    def lignes(self) -> list[Cellules]:
        """The rows of the file: column → text; none if there is no file yet."""
        return self.donnees.ecrites(self.schema.name, self.annee)

    @cached_property
    def par_cle(self) -> dict[Cle, Cellules]:
        """The rows of the file by key."""
        return {self.cle(ligne): ligne for ligne in self.lignes}

    @property
    def cles(self) -> list[Champ]:
        """The columns of the key."""
        return [champ for champ in self.schema.fields if champ.name in self.schema.primary_key]

    def cle(self, ligne: Cellules) -> Cle:
        return tuple(ligne[colonne] for colonne in self.schema.primary_key)

    def titre_colonne(self, champ: Champ) -> str:
        """The heading of a column to fill, with its unit, or that it takes codes."""
        precision = "code" if champ.name in self.schema.nomenclatures else champ.unite
        if precision and identifiant(precision) == identifiant(champ.title):
            return champ.title
        return f"{champ.title}\n({precision})" if precision else champ.title

    @cached_property
    def nomenclature_de_la_cle(self) -> str | None:
        """The nomenclature that the whole key comes from, ``None`` if the rows are a list made by hand."""
        seule = len(self.schema.primary_key) == 1
        return self.schema.nomenclatures.get(self.schema.primary_key[0]) if seule else None

    @cached_property
    def lignes_libres(self) -> int:
        """How many rows can be added: none where every code of the year has its row."""
        if self.nomenclature_de_la_cle is None:
            return LIGNES_LIBRES
        presents = {self.cle(ligne)[0] for ligne in self.lignes}
        codes = self.donnees.nomenclature(self.nomenclature_de_la_cle, self.annee).index
        return min(len([code for code in codes if code not in presents]), LIGNES_LIBRES)

    @property
    def est_une_liste(self) -> bool:
        """Whether its rows are chosen by whoever fills it: they can be removed, and follow the order of the sheet."""
        return self.nomenclature_de_la_cle is None or (self.lignes_libres > 0 and not self.schema.obligatoire)

    def precision(self, champ: Champ, cle: str) -> tuple[str | None, int | None]:
        """Unit and decimals of a column in a row: an indicator has its own."""
        if self.schema.name == "indicateurs" and champ.name == "valeur":
            definition = self.donnees.codes("indicateurs").ligne(cle, self.annee)
            return (definition["unite"], int(definition["decimales"])) if definition else (None, None)
        return champ.unite, champ.decimales


def charger(fichier, **options) -> Workbook:
    """A workbook; openpyxl does not warn of what it leaves out, which is of no use here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_workbook(fichier, **options)


def tables(donnees: Donnees, annee: int) -> list[TableDuClasseur]:
    """The tables that the year has, in the order of the sheets. Raises :class:`Refus` if its data are invalid."""
    exiger_valides(donnees, annee)
    noms = {nom: feuille for nom, feuille in noms_de_feuilles(donnees).items() if donnees.existe(nom, annee)}
    presentes = [TableDuClasseur(feuille, donnees.schemas[nom], donnees, annee) for nom, feuille in noms.items()]
    # Tables that only speak of values given elsewhere come last.
    ordre = lambda t: (t.schema.name != "indicateurs", t.schema.facultatif, identifiant(t.schema.title))  # noqa: E731
    return sorted(presentes, key=ordre)


def exiger_valides(donnees: Donnees, annee: int) -> None:
    """Raise :class:`Refus` if the data of a year are invalid; what is still to be filled does not matter."""
    if erreurs := valider(donnees.dossier, [annee], brouillon=True):
        conseil = f"Corrigez d’abord ces erreurs, que montre aussi «\u00a0rapport check {annee} --draft\u00a0»."
        raise Refus(f"Les données de {annee} sont invalides.", [*erreurs, conseil])


def noms_de_feuilles(donnees: Donnees) -> dict[str, str]:
    """Table → name of its sheet, whatever the tables that a year has: the title of the schema, cut at a word, or the
    name of the table where another one has this title."""
    noms: dict[str, str] = {}
    for nom, schema in donnees.schemas.items():
        if not schema.est_nomenclature:
            titre = re.sub(r"[\[\]:*?/\\]", " ", schema.title).strip("' ")
            titre = DERNIERS_MOTS.sub("…", textwrap.shorten(titre, LONGUEUR_MAXIMALE, placeholder="…"))
            pris = {autre.lower() for autre in (ACCUEIL, LISTES, *noms.values())}
            noms[nom] = nom[:LONGUEUR_MAXIMALE] if titre.lower() in pris else titre
    return noms
