"""The data of one edition, as the notebooks use it."""

import datetime
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from rapport.donnees import textes
from rapport.donnees.adresse import EXPLICATIONS, INDICATEURS, PUBLIE, REVISIONS, Adresse, AdresseInconnue, remede
from rapport.donnees.dossier import LICENCES, Audit, Donnees, DonneesAbsentes
from rapport.donnees.fichiers import existe
from rapport.nombres.colonne import ColonneDeNombres
from rapport.nombres.nombre import A_REMPLIR, Nombre, Origine, Source

DECLARATION = ("declaration", "schema_pluriannuel", "plan_actions")
ANNUEL = "annuel"
"""The nature of the indicators that each year gives anew."""


class Edition:
    """A year's report: its figures, and those of the years before it.

    ``ed["visiteurs"]`` is an indicator of the year, ``ed["visites.siege.visites"]`` a cell of a table, by its key and
    its column, ``ed["visiteurs", 2022]`` that of another year; a value that is not known is a missing :class:`Nombre`
    (ND, or SO in a year when its code is not valid), never an error. ``ed.table`` and ``ed.serie`` read tables.
    ``brutes``: see :class:`Donnees`.
    """

    def __init__(self, annee: int, donnees: str | Path = "../data", brutes: bool = False):
        self.annee = int(annee)
        self.donnees = Donnees(donnees, edition=self.annee, brutes=brutes)
        if self.annee not in self.donnees.annees:
            connues = ", ".join(map(str, self.donnees.annees))
            raise DonneesAbsentes(f"Aucune donnée pour {self.annee}. Années connues : {connues}.")

    @property
    def annees(self) -> list[int]:
        """The years that have a folder, up to this one, oldest first: an edition knows nothing of later years."""
        return [a for a in self.donnees.annees if a <= self.annee]

    @property
    def precedente(self) -> int:
        """The year before."""
        return self.annee - 1

    @property
    def statut(self) -> str:
        """« provisoire » or « définitive »; empty for a year that is no edition."""
        return self._presentation.get("statut", "")

    @property
    def publication(self) -> datetime.date | None:
        """The date of publication, ``None`` if it is not known."""
        date = self._presentation.get("publication", "ND")
        return datetime.date.fromisoformat(date) if date != "ND" else None

    @property
    def extrait(self) -> str:
        """Why the edition holds a part of its year alone; empty for a whole one."""
        return self._presentation.get("extrait", "")

    @property
    def licence(self) -> tuple[str, str]:
        """The name and the address of the licence of the data, empty if it is not known."""
        return LICENCES.get(self._presentation.get("licence"), ("", ""))

    @property
    def contact(self) -> str:
        """The web address to write to, empty if it is not known."""
        return self._presentation.get("contact", "")

    @property
    def declaration(self) -> dict[str, str | datetime.date]:
        """What the declaration of accessibility says: ``declaration`` (its date), ``schema_pluriannuel`` and
        ``plan_actions`` (web addresses); empty texts for what is not known."""
        dite = {cle: self._presentation.get(cle, "") for cle in DECLARATION}
        etablie = dite["declaration"]
        return dite | ({"declaration": datetime.date.fromisoformat(etablie)} if etablie else {})

    @property
    def audit(self) -> Audit | None:
        """The audit of accessibility that the edition declares, ``None`` if none has been made."""
        dit = self._presentation
        if "audit" not in dit:
            return None
        fichier, ligne = f"{self.donnees.dossier.name}/{self.annee}/edition.yaml", list(dit).index("conformite") + 1
        libelle = "Part des critères du RGAA respectés"
        origine = Origine(libelle, "D’après l’audit.", self.annee, fichier, ligne, "conformite", None)
        decimales = len(dit["conformite"].partition(".")[2])
        taux = Nombre(dit["conformite"], unite="%", decimales=decimales, origine=origine)
        return Audit(datetime.date.fromisoformat(dit["audit"]), dit["auditeur"], dit["rgaa"], taux)

    @property
    def acceptation(self) -> tuple[str, str]:
        """Who accepted that small counts are shown, and when (ISO date); ND where it is not known."""
        return tuple(self._presentation.get(f"petits_effectifs_acceptes_{quoi}", "ND") for quoi in ("par", "le"))

    @property
    def _presentation(self) -> dict:
        return self.donnees.edition(self.annee) if self.annee in self.donnees.editions else {}

    def connait(self, code: str, annee: int | None = None) -> bool:
        """Whether the year has a value there: in a table, a row (« visites.siege »), a column, a cell, an indicator.
        « visites N-1 » asks for the year before. A table without any number, as a list of names, has a row at least.

        What a draft has still to fill counts as known, so that its place is kept; but for a table without any row.
        Raises :class:`AdresseInconnue`.
        """
        code, _, recul = code.partition(" N-")
        annee = (annee or self.annee) - int(recul or 0)
        if code == REVISIONS:
            return bool(self.donnees.corrections)  # those of earlier editions still hold
        table, _, suite = code.partition(".")
        if not suite and table not in (connues := [*self.donnees.schemas, *self.donnees.codes(INDICATEURS)]):
            raise AdresseInconnue("table ou code d’indicateur attendu", table, remede(table, connues))
        if table not in self.donnees.schemas:
            return _connu_ou_a_remplir(self[code, annee])
        colonnes = [c.name for c in self.donnees.schemas[table].colonnes_de_nombres]
        if suite and suite not in colonnes:
            cellules = [code] if "." in suite else [f"{code}.{colonne}" for colonne in colonnes]
            return any(_connu_ou_a_remplir(self[cellule, annee]) for cellule in cellules)
        cadre = self.donnees.table(table, annee) if self.donnees.existe(table, annee) else pd.DataFrame()
        nombres = (n for colonne in ([suite] if suite else colonnes) if colonne in cadre for n in cadre[colonne])
        return any(map(_connu_ou_a_remplir, nombres)) if colonnes else not cadre.empty

    def table(self, nom: str, annee: int | None = None) -> pd.DataFrame:
        """A table of the year, for the caller to keep: index = key(s), columns of numbers (``"nombre"``) and of text.

        Rows follow the nomenclature of the (first) key, or the file where the key has none.
        """
        return self.donnees.table(nom, annee or self.annee).loc[self.cles(nom, annee)]

    def cles(self, nom: str, annee: int | None = None) -> list:
        """The keys of a table of the year, in the order of its rows."""
        return self._ordre(nom, self.donnees.table(nom, annee or self.annee).index)

    def serie(self, nom: str, colonne: str | Iterable[int] | None = None, annees=None, cles=None):
        """Values over several years; a year or a key without a value gives ND, or SO where its code is not valid.

        ``serie("visites", "visites", annees, cles)``: one column of a table, as a DataFrame with a row per key and a
        column per year, the year before and the year by default. ``cles``: these rows only, in this order, whether the
        tables have them or not. Without any known year, and without ``cles``, there is no row.

        ``serie("appels_traites", annees)``, ``serie("visites.siege.visites", annees)``: an indicator or a cell, by its
        address, as a Series indexed by year. Without ``annees``, all those up to this one where it is known, or to be
        filled.
        """
        if not isinstance(colonne, str):
            return self._chronique(nom, annees if colonne is None else colonne)
        annees = list(annees or (self.precedente, self.annee))
        cles = None if cles is None else list(cles)
        for cle in cles or [()]:
            adresse = Adresse(nom, cle if isinstance(cle, tuple) else (cle,), colonne)
            adresse.verifier(self.donnees.schemas, self.donnees.admis)
        if cles is None:
            tables = [self.donnees.table(nom, a).index for a in annees if self.donnees.existe(nom, a)]
            cles = self._ordre(nom, list(dict.fromkeys(cle for index in tables for cle in index)))
        noms = list(self.donnees.schemas[nom].primary_key)
        index = pd.MultiIndex.from_tuples(cles, names=noms) if len(noms) > 1 else pd.Index(cles, name=noms[0])
        valeurs = {a: ColonneDeNombres(self._cellule(nom, cle, colonne, a) for cle in cles) for a in annees}
        return pd.DataFrame(valeurs, index=index, columns=annees)

    def _chronique(self, adresse: str, annees: Iterable[int] | None) -> pd.Series:
        lue = self._adresse(adresse)
        demandees = self.annees if annees is None else annees
        valeurs = {a: self._cellule(lue.table, *lue.place, a) for a in demandees}
        if annees is None:
            valeurs = {a: n for a, n in valeurs.items() if _connu_ou_a_remplir(n)}
        return pd.Series(list(valeurs.values()), index=pd.Index(valeurs, dtype="int64"), dtype="nombre")

    def annees_connues(self, nom: str) -> list[int]:
        """Years up to this one that have the table ``nom``, oldest first."""
        return [a for a in self.annees if self.donnees.existe(nom, a)]

    def __getitem__(self, cle) -> Nombre:
        code, annee = cle if isinstance(cle, tuple) else (cle, self.annee)
        adresse = self._adresse(code)
        return self._cellule(adresse.table, *adresse.place, annee)

    def _adresse(self, texte: str) -> Adresse:
        """The address of a value. Raises :class:`AdresseInconnue`."""
        adresse = Adresse.lire(texte)
        adresse.verifier(self.donnees.schemas, self.donnees.admis, colonne_entiere=False)
        return adresse

    def _cellule(self, table: str, cle, colonne: str, annee: int) -> Nombre:
        """The value of a cell, or why there is none. An indicator that is no yearly one holds until it changes."""
        cadre = self.donnees.table(table, annee) if self.donnees.existe(table, annee) else pd.DataFrame()
        if cle in cadre.index and colonne in cadre:
            return cadre.at[cle, colonne]
        motif = "ND" if self._valable(table, cle, annee) else "SO"
        if table != INDICATEURS:
            return Nombre.manquant(motif)
        if motif == "ND" and (donnee := self._annee_de_reprise(cle, annee)):
            return self._cellule(table, cle, colonne, donnee)
        definition = self.donnees.codes(INDICATEURS).ligne(cle, self.annee)
        return Nombre.manquant(motif, unite=definition["unite"], decimales=int(definition["decimales"]))

    def _annee_de_reprise(self, code: str, annee: int) -> int | None:
        """The last year before that one that gives an indicator which is no yearly one, ``None`` if there is none."""
        if self.donnees.codes(INDICATEURS).ligne(code, annee).get("nature", ANNUEL) == ANNUEL:
            return None
        passees = (a for a in reversed(self.annees) if a < annee and self.donnees.existe(INDICATEURS, a))
        return next((a for a in passees if code in self.donnees.table(INDICATEURS, a).index), None)

    def publie(self, code: str, annee: int | None = None) -> Nombre:
        """A derived figure as the printed report gives it, for what cannot be recomputed; ND if there is none."""
        return self._cellule(PUBLIE, code, "valeur", annee or self.annee)

    def explication(self, code: str) -> tuple[str, Source | None]:
        """Why what is at this address changed in the year (a column: its total), and which source says so; empty and
        ``None`` if nobody does. Raises :class:`AdresseInconnue`."""
        adresse = Adresse.lire(code)
        adresse.verifier(self.donnees.schemas, self.donnees.admis)
        existe = self.donnees.existe(EXPLICATIONS, self.annee)
        connues = self.donnees.table(EXPLICATIONS, self.annee) if existe else pd.DataFrame()
        if str(adresse) not in connues.index:
            return "", None
        cause, source = connues.loc[str(adresse), ["cause", "source"]]
        return cause, self.donnees.sources.get(source)

    def revisions(self) -> pd.DataFrame:
        """The past values that this edition and those before correct, a row each, newest edition first.

        Columns: ``edition``, ``annee``, ``table`` (its title), ``ancienne``, ``nouvelle`` (:class:`Nombre`), ``motif``.
        """
        lignes = []
        for c in self.donnees.corrections:
            nombre = self[str(c.adresse), c.annee]
            while nombre.revision.edition > c.edition:
                nombre = nombre.revision.ancienne
            table = self.donnees.schemas[c.adresse.table].title
            lignes.append([c.edition, c.annee, table, nombre.revision.ancienne, nombre, c.motif])
        colonnes = ["edition", "annee", "table", "ancienne", "nouvelle", "motif"]
        cadre = pd.DataFrame(lignes, columns=colonnes).astype({"ancienne": "nombre", "nouvelle": "nombre"})
        return cadre.sort_values("edition", ascending=False, kind="stable")

    def nomenclature(self, nom: str, depuis: int | None = None) -> pd.DataFrame:
        """A nomenclature as it is in the year, indexed by code, in print order.

        ``depuis``: with the codes retired since that year, as they last were; a comparison with N-1 needs them.
        """
        return self.donnees.nomenclature(nom, self.annee, depuis).copy()

    def libelles(self, nom: str, colonne: str = "libelle") -> pd.Series:
        """Code → label of a nomenclature, retired codes too: ``df.rename(index=ed.libelles("sites"))``."""
        return self.nomenclature(nom, depuis=0)[colonne]

    def noms(self, nom: str) -> pd.Series:
        """Code → how a sentence says it (« les allocations familiales »), or its label in quotation marks."""
        lignes = self.nomenclature(nom, depuis=0)
        return lignes["nom"].where(lignes["nom"] != "", "« " + lignes["libelle"] + " »")

    def reperes(self) -> pd.DataFrame:
        """The landmarks, indexed by code: ``date`` is a date, or the text of a year or of a month (2020-04).

        It is missing (SO) in a year when the landmark is not valid, as a number would be: the sentence goes.
        """
        cadre, valables = self.donnees.nomenclature("reperes").copy(), self.nomenclature("reperes")["date"]
        cadre["date"] = [_date(valables[c]) if c in valables else Nombre.manquant("SO") for c in cadre.index]
        return cadre

    def texte(self, chapitre: str, bloc: str) -> tuple[int, str]:
        """A block of the year's own prose (``## bloc`` of ``textes/<chapitre>.md``), after the line of its heading;
        empty if there is none."""
        chemin = self.donnees.dossier / str(self.annee) / "textes" / f"{chapitre}.md"
        if not existe(chemin):
            return 0, ""
        return textes.blocs(chemin.read_text(encoding="utf-8-sig")).get(bloc, (0, ""))

    def _valable(self, nom: str, cle, annee: int) -> bool:
        """Whether every code of the key of a table is valid in a year; an unknown one is no matter of years."""
        schema = self.donnees.schemas[nom]
        codes = zip(schema.primary_key, cle if isinstance(cle, tuple) else (cle,), strict=True)
        admis = ((code, self.donnees.admis(schema, colonne) or ()) for colonne, code in codes)
        return all(nomenclature.valable(code, annee) for code, nomenclature in admis if code in nomenclature)

    def _ordre(self, nom: str, cles: Iterable) -> list:
        """The keys of a table in the order of the nomenclature of the first of their columns, if it has one."""
        schema = self.donnees.schemas[nom]
        nomenclature = schema.nomenclatures.get(schema.primary_key[0])
        if nomenclature is None:
            return list(cles)
        rangs = {code: rang for rang, code in enumerate(self.donnees.nomenclature(nomenclature, self.annee, 0).index)}
        return sorted(cles, key=lambda cle: rangs.get(cle[0] if isinstance(cle, tuple) else cle, -1))


def _date(texte: str) -> datetime.date | str:
    return datetime.date.fromisoformat(texte) if texte.count("-") == 2 else texte


def _connu_ou_a_remplir(n: Nombre) -> bool:
    return n.motif in (None, A_REMPLIR)
