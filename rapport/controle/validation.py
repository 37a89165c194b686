"""Whether the data may be published: every error of every file at once, in French.

This module walks the data folder. ``fichiers`` reads bytes, ``table`` checks a table, ``cellules`` a cell,
``edition_yaml`` an `edition.yaml`, ``textes`` prose; ``erreurs`` words what they find. The formulas and the identities
of valid files are checked by :func:`rapport.verite.verification.verifier`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from rapport.controle.adresses import COLONNES, ControleRevisions, controle_des_adresses, erreurs_lignes
from rapport.controle.cellules import ANNEES
from rapport.controle.edition_yaml import erreurs_edition
from rapport.controle.erreurs import Erreur, cite, proche, resumer
from rapport.controle.fichiers import Feuille, lire_csv, lire_texte
from rapport.controle.table import ControleTable
from rapport.controle.textes import erreurs_texte
from rapport.donnees import lignes
from rapport.donnees.adresse import INDICATEURS, REVISIONS
from rapport.donnees.nomenclatures import Nomenclature
from rapport.donnees.schemas import NOMENCLATURES, Schema, SchemaInvalide, chemins_des_schemas, lire_schema

CONFIRMEES, ABSENTE = "alertes_confirmees", "absente"
"""The table where a year says that what is odd in it is right; what it says there of a table that it has not."""
DES_DONNEES = {".csv", ".yaml", ".yml", ".md", ".xlsx"}
DOSSIERS = ("nomenclatures", "schemas", "correspondances")
"""What a data folder has beside the years; the last one is that of :mod:`rapport.saisie.importation`."""
CLASSEURS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers", ".tsv")
RESTES = re.compile(r"\.|~\$|__|#|README|Thumbs\.db$|desktop\.ini$|.*(~|\.(bak|orig|tmp|swp|old|part))$", re.IGNORECASE)
"""What is beside the data without being some: hidden files, what tools and suites leave, copies kept of a version."""


def valider(dossier: Path | str, annees: Iterable[int] | None = None, brouillon: bool = False) -> list[Erreur]:
    """Every error in schemas, nomenclatures and the folders of the years (``None``: all), by file and line.

    An empty list means that the files are valid; with ``brouillon``, that a draft can be looked at: what is not filled
    yet is left out. Bad data never raises.
    """
    return _Validation(Path(dossier), brouillon).erreurs_des_annees(annees)


class _Validation:
    """One walk over a data folder."""

    def __init__(self, dossier: Path, brouillon: bool = False):
        self.dossier, self.brouillon = dossier.resolve(), brouillon
        self.erreurs: list[Erreur] = []
        self.chemins_schemas: dict[str, Path] = {}
        self.schemas: dict[str, Schema] = {}
        self.referentiels: dict[str, Nomenclature | None] = {}

    def erreurs_des_annees(self, annees: Iterable[int] | None) -> list[Erreur]:
        if not self.dossier.is_dir():
            return [Erreur(str(self.dossier), None, None, "dossier de données attendu", "", "Vérifiez son nom.")]
        connues = self._annees()
        self._schemas()
        self._nomenclatures()
        editions = [a for a in connues if (self.dossier / str(a) / "edition.yaml").exists()]
        for annee in connues if annees is None else dict.fromkeys(annees):
            if annee in connues:
                self._annee(annee)
                self._presences(annee, connues, editions)
            else:
                message = f"Années connues : {', '.join(map(str, connues)) or 'aucune'}."
                self._erreur(self.dossier / str(annee), "dossier d’année attendu", "", message)
        if self.brouillon:
            self.erreurs = [e for e in self.erreurs if not e.manque]
        return resumer(self.erreurs)

    def _fichier(self, chemin: Path) -> str:
        return (Path(self.dossier.name) / chemin.relative_to(self.dossier)).as_posix()

    def _erreur(self, chemin: Path, attendu: str, trouve: str, message: str, ligne=None, colonne=None) -> None:
        self.erreurs.append(Erreur(self._fichier(chemin), ligne, colonne, attendu, trouve, message))

    def _annees(self) -> list[int]:
        """The years that have a folder. A folder that is meant for a year and is none is an error."""
        annees, douteux = [], []
        for chemin in _visibles(self.dossier):
            nom = chemin.name
            if chemin.suffix.lower() == ".csv":
                message = "Déplacez ce fichier dans le dossier de son année."
                self._erreur(chemin, "table dans un dossier d’année attendue", "", message)
            elif chemin.is_dir() and nom.isascii() and nom.isdecimal() and len(nom) == 4 and int(nom) in ANNEES:
                annees.append(int(nom))
            elif not (nom in DOSSIERS and chemin.is_dir()):
                dedans = {p.suffix for p in chemin.rglob("*")} if chemin.is_dir() else {chemin.suffix}
                douteux += [chemin] if dedans & DES_DONNEES or any(c.isdigit() for c in nom) else []
        for chemin in douteux:
            voisin = proche(chemin.name, [*DOSSIERS, *map(str, annees)])
            message = "Renommez-le, ou sortez-le du dossier de données."
            message = f"Le plus proche est {cite(voisin)}. {message}" if voisin else message
            nature = "dossier" if chemin.is_dir() else "fichier"
            self._erreur(chemin, "dossier d’année attendu (ex. 2023)", f"le {nature} {cite(chemin.name)}", message)
        return sorted(annees)

    def _schemas(self) -> None:
        self.chemins_schemas = chemins_des_schemas(self.dossier)
        if not self.chemins_schemas:
            self._erreur(self.dossier / "schemas", "schémas (.yaml) attendus", "aucun", "Rétablissez-les.")
        for nom, chemin in self.chemins_schemas.items():
            try:
                self.schemas[nom] = lire_schema(chemin, nom)
            except SchemaInvalide as erreur:
                detail = " ".join(erreur.message.splitlines())
                self._erreur(chemin, "schéma Table Schema en YAML attendu", "", detail, erreur.ligne)
        for nom, schema in self.schemas.items():
            self._references(self.chemins_schemas[nom], schema)

    def _references(self, chemin: Path, schema: Schema) -> None:
        """Codes come from a nomenclature that exists."""
        connues = [nom for nom in self.chemins_schemas if nom.startswith(NOMENCLATURES)]
        for colonne, nom in schema.nomenclatures.items():
            if NOMENCLATURES + nom not in connues:
                voisine = proche(NOMENCLATURES + nom, connues)
                message = f"Le plus proche est {cite(voisine)}." if voisine else "Décrivez-la par un schéma."
                attendu, trouve = "nomenclature connue attendue", cite(NOMENCLATURES + nom)
                self._erreur(chemin, attendu, trouve, message, colonne=colonne)

    def _nomenclatures(self) -> None:
        """Read them all, then check them: they refer to each other."""
        feuilles = {}
        for nom in (n for n in self.chemins_schemas if n.startswith(NOMENCLATURES)):
            chemin = self.dossier / f"{nom}.csv"
            if chemin.exists():
                feuilles[chemin] = self._lire(chemin)
                self.referentiels[nom] = self._referentiel(chemin, feuilles[chemin])
            else:
                self._erreur(chemin, "nomenclature attendue (un schéma la décrit)", "", "Rétablissez le fichier.")
        for chemin, feuille in feuilles.items():
            self._controler(chemin, NOMENCLATURES + chemin.stem, feuille)
        self._fichiers_inconnus(self.dossier / "nomenclatures", NOMENCLATURES)
        for dossier in (self.dossier / "schemas", self.dossier / "schemas" / NOMENCLATURES):
            connus = {*map(_nom, self.chemins_schemas.values()), NOMENCLATURES}
            self._autres_fichiers(dossier, connus, "schéma (.yaml) attendu")

    def _referentiel(self, chemin: Path, feuille: Feuille | None) -> Nomenclature | None:
        if feuille is None or not feuille.lignes or "code" not in feuille.entete:
            return None
        lignes = (dict(zip(feuille.entete, cellules, strict=False)) for _, cellules in feuille.lignes)
        return Nomenclature(self._fichier(chemin), [ligne for ligne in lignes if ligne])

    def _annee(self, annee: int) -> None:
        dossier = self.dossier / str(annee)
        for nom in self.chemins_schemas:
            chemin = dossier / f"{nom}.csv"
            if not nom.startswith(NOMENCLATURES) and (chemin.exists() or chemin.is_symlink()):
                self._controler(chemin, nom, self._lire(chemin), annee)
        self._fichiers_inconnus(dossier, "", ("edition.yaml", "textes/"))
        if (dossier / "edition.yaml").exists():
            self.erreurs += erreurs_edition(dossier / "edition.yaml", self._fichier(dossier / "edition.yaml"))
        textes = sorted((dossier / "textes").glob("*.md"))
        self._autres_fichiers(dossier / "textes", {*map(_nom, textes)}, "texte d’un chapitre (.md) attendu")
        for chemin in textes:
            texte, erreurs = lire_texte(chemin, self._fichier(chemin))
            self.erreurs += erreurs + erreurs_texte(texte, self._fichier(chemin))

    def _presences(self, annee: int, connues: list[int], editions: list[int]) -> None:
        """The files that an edition has at least. Years before the first edition only hold past values."""
        dossier = self.dossier / str(annee)
        attendue = annee == connues[-1] or annee > min(editions, default=annee)
        if annee not in editions and attendue:
            message = "Créez-le avec deux lignes : « statut: provisoire » et « publication: ND »."
            self._erreur(dossier / "edition.yaml", "fichier attendu pour une édition", "", message)
        for nom in tables_absentes(self.dossier, annee, self.schemas) if annee in editions else ():
            if nom not in self._absences_dites(dossier):
                message = "Créez-la avec les mêmes colonnes que l’année précédente."
                if CONFIRMEES in self.schemas:
                    ou = f"une ligne « {ABSENTE},{nom},,motif » dans {self._fichier(dossier)}/{CONFIRMEES}.csv"
                    message = f"{message[:-1]}, ou dites pourquoi l’année ne l’a pas : {ou}."
                attendu = f"table obligatoire attendue ({self.schemas[nom].title})"
                fichier = f"{self._fichier(dossier)}/{nom}.csv"
                self.erreurs.append(Erreur(fichier, None, None, attendu, "", message, manque=True))

    def _absences_dites(self, dossier: Path) -> set[str]:
        """The tables that a year says that it has not."""
        try:
            confirmees = lignes.lire(dossier / f"{CONFIRMEES}.csv")
        except (OSError, ValueError):  # none, or it has its own error
            return set()
        return {c["adresse"] for _, c in confirmees if c.keys() >= {"alerte", "adresse"} and c["alerte"] == ABSENTE}

    def _autres_fichiers(self, dossier: Path, connus: Collection[str], attendu: str) -> None:
        """What a folder has beside what is read there (a folder: « textes/ »), and would never be read."""
        for chemin in _visibles(dossier):
            nom = _nom(chemin)
            if nom not in connus:
                voisin = proche(nom, [*connus, f"{chemin.stem}.md"] if "texte" in attendu else connus)
                message = "Renommez-le, ou sortez-le du dossier de données : il ne serait jamais lu."
                message = f"Le plus proche est {cite(voisin)}. {message}" if voisin and voisin != nom else message
                self._erreur(chemin, attendu, cite(nom), message)

    def _fichiers_inconnus(self, dossier: Path, prefixe: str, autres: Collection[str] = ()) -> None:
        """Files that look like data and would never be read."""
        schemas = (n for n in self.chemins_schemas if n.startswith(NOMENCLATURES) == bool(prefixe))
        tables = [n.removeprefix(prefixe) for n in schemas]
        vus = {*autres, *(_nom(p) for p in _visibles(dossier) if p.suffix.lower() in (".csv", *CLASSEURS))}
        self._autres_fichiers(dossier, vus, "fichier de l’année attendu" if autres else "nomenclature (.csv) attendue")
        for chemin in _visibles(dossier):
            if chemin.suffix.lower() in CLASSEURS:
                message = "Exportez la feuille en CSV (UTF-8, virgules) et sortez le classeur du dossier."
                self._erreur(chemin, "table au format CSV attendue", f"un fichier {cite(chemin.suffix)}", message)
            elif chemin.suffix.lower() == ".csv" and (chemin.suffix != ".csv" or chemin.stem not in tables):
                voisin = proche(chemin.stem, tables)
                message = "Renommez-la, supprimez-la, ou décrivez-la par un schéma."
                message = f"Le plus proche est {cite(voisin + '.csv')}. {message}" if voisin else message
                trouve = f"la table inconnue {cite(chemin.name)}"
                self._erreur(chemin, "table décrite par un schéma attendue", trouve, message)

    def _lire(self, chemin: Path) -> Feuille | None:
        texte, erreurs = lire_texte(chemin, self._fichier(chemin))
        feuille, suite = lire_csv(texte, self._fichier(chemin)) if texte else (None, [])
        self.erreurs += erreurs + suite
        return feuille

    def _controler(self, chemin: Path, nom: str, feuille: Feuille | None, annee: int | None = None) -> None:
        if feuille is None or nom not in self.schemas:
            return
        fichier = self._fichier(chemin)
        self.erreurs += ControleTable(fichier, self.schemas[nom], feuille, self.referentiels, annee).erreurs()
        if nom in COLONNES:
            controler = controle_des_adresses(nom, self.schemas, self.referentiels)
            self.erreurs += erreurs_lignes(fichier, feuille, controler)
        elif nom == REVISIONS:
            controler = ControleRevisions(self.dossier, annee, self.schemas, self.referentiels)
            self.erreurs += erreurs_lignes(fichier, feuille, controler)


def tables_absentes(dossier: Path, annee: int, schemas: Mapping[str, Schema]) -> list[str]:
    """What an edition lacks: the compulsory tables that the year before has, and the indicators anyway."""
    chemins = [(nom, *(dossier / str(a) / f"{nom}.csv" for a in (annee, annee - 1))) for nom in schemas]
    attendues = [
        (nom, ici) for nom, ici, avant in chemins if nom == INDICATEURS or (schemas[nom].obligatoire and avant.exists())
    ]
    return sorted(nom for nom, chemin in attendues if not chemin.exists())


def _nom(chemin: Path) -> str:
    """« visites.csv », « textes/ » for a folder."""
    return f"{chemin.name}/" if chemin.is_dir() else chemin.name


def _visibles(dossier: Path) -> list[Path]:
    """What a folder holds, without what tools leave there: `.ipynb_checkpoints`, locks of office suites."""
    return sorted(p for p in dossier.glob("*") if not RESTES.match(p.name))
