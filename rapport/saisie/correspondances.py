"""What a file received means for a table: ``data/correspondances/<table>.yaml``, and a first draft of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml

from rapport.controle.cellules import motif_lu, nombre_lu
from rapport.controle.erreurs import INSECABLE, Erreur, Refus, cite, liste, proche
from rapport.controle.fichiers import lire_texte
from rapport.donnees.adresse import remede
from rapport.donnees.dossier import Donnees
from rapport.donnees.fichiers import cause_yaml, exiger_simple, ligne_yaml
from rapport.donnees.schemas import SOURCE, Champ, Schema

ECHELLES = {"€": {"€": 1, "k€": 1000, "M€": 1_000_000}, "%": {"%": 1}}
"""Unit of a column of a table → units that a file may give it in → what one is worth; `ECHELLE` for other units."""
ECHELLE = {"milliers": 1000, "millions": 1_000_000}
TOTAL = re.compile(r"(total|ensemble)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Correspondance:
    """``colonnes``: column of the table → heading in the file; ``codes``: column → text in the file → code;
    ``signes``: sign of a missing number → NC, NS or ND; ``garder``: heading → the only text of the rows that count, in
    a file of several years or subjects. A row whose key, or first cell, is like one of ``totaux`` is held against the
    sum of the others; like one of ``ignorer``, it is left out (« * » stands for anything). ``feuille``: that of a
    workbook; "": the first one. ``unites``: column → unit of the file, where that of the table is a thousand or a
    million times smaller (`ECHELLES`)."""

    annee: str = ""
    source: str = ""
    feuille: str = ""
    colonnes: dict[str, str] = field(default_factory=dict)
    unites: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    signes: dict[str, str] = field(default_factory=dict)
    garder: dict[str, str] = field(default_factory=dict)
    totaux: list[str] = field(default_factory=list)
    ignorer: list[str] = field(default_factory=list)


def chemin_de(donnees: Donnees, table: str) -> Path:
    """Where the mapping of a table is recorded, or would be."""
    return donnees.dossier / "correspondances" / f"{table}.yaml"


def lire(donnees: Donnees, schema: Schema) -> Correspondance:
    """The mapping of a table. Raises :class:`Refus` if it is not one."""
    correspondance, erreurs = _lire(chemin_de(donnees, schema.name), donnees, schema)
    if erreurs:
        titre = f"La correspondance de {cite(schema.name)} est à corriger{INSECABLE}: rien n’est écrit."
        raise Refus(titre, map(str, erreurs))
    return correspondance


def verifier(donnees: Donnees) -> list[Erreur]:
    """What is wrong in the mappings that are recorded; those of no table are, too."""
    erreurs = []
    tables = [nom for nom, schema in donnees.schemas.items() if not schema.est_nomenclature]
    for chemin in sorted(donnees.dossier.glob("correspondances/[!.~]*")):
        if chemin.suffix == ".yaml" and chemin.stem in tables:
            erreurs += _lire(chemin, donnees, donnees.schemas[chemin.stem])[1]
        else:
            remede_ = remede(chemin.stem, tables)
            attendu = "correspondance d’une table (table.yaml) attendue"
            erreurs.append(Erreur(_fichier(chemin), None, None, attendu, cite(chemin.name), remede_))
    return erreurs


def _fichier(chemin: Path) -> str:
    return "/".join(chemin.parts[-3:])


def _lire(chemin: Path, donnees: Donnees, schema: Schema) -> tuple[Correspondance, list[Erreur]]:
    vide = Correspondance()
    texte, erreurs = lire_texte(chemin, _fichier(chemin))
    if not texte:
        return vide, erreurs
    try:
        exiger_simple(texte)
        lue = yaml.load(texte, _Textes)
        correspondance = Correspondance(**{nom: valeur or getattr(vide, nom, "") for nom, valeur in lue.items()})
        lignes = {str(nom): nom.ligne for nom in lue}
        inattendues = [nom for nom, v in vars(correspondance).items() if not isinstance(v, type(getattr(vide, nom)))]
        remede_ = "Voyez le guide, « Importer un fichier reçu »."
        defauts = [(nom, f"{nom} : forme inattendue", remede_) for nom in inattendues]
        defauts = defauts or _defauts(correspondance, donnees, schema)
        return correspondance, erreurs + [
            Erreur(_fichier(chemin), getattr(mot, "ligne", lignes.get(mot)), None, attendu, "", message)
            for mot, attendu, message in defauts
        ]
    except (yaml.YAMLError, AttributeError, TypeError) as erreur:
        message = f"Elle ne se lit pas{cause_yaml(erreur)}. Ses sections : {', '.join(vars(vide))}."
        ligne = ligne_yaml(erreur, texte)
        return vide, [*erreurs, Erreur(_fichier(chemin), ligne, None, "correspondance en YAML attendue", "", message)]


class _Texte(str):
    """A text of a mapping, which knows its line."""

    ligne: int | None = None


class _Textes(yaml.BaseLoader):
    """All is text."""

    def construct_scalar(self, node):
        texte = _Texte(super().construct_scalar(node))
        texte.ligne = node.start_mark.line + 1
        return texte


def _defauts(correspondance: Correspondance, donnees: Donnees, schema: Schema) -> Iterator[tuple[str, str, str]]:
    """What is wrong: the text that is (or its section), what is said of it, the cure."""
    noms, nomenclatures = [champ.name for champ in schema.fields], schema.nomenclatures
    sans_source = SOURCE not in noms or SOURCE in correspondance.colonnes
    sections = [
        ("annee", [correspondance.annee], [*map(str, donnees.annees)]),
        ("source", [] if sans_source else [correspondance.source], donnees.sources),
        ("colonnes", correspondance.colonnes, noms),
        ("codes", correspondance.codes, noms),
        ("signes", correspondance.signes.values(), schema.missing_values),
    ]
    for nom, codes in correspondance.codes.items():
        if nom in nomenclatures:
            sections.append((f"codes, {nom}", codes.values(), donnees.codes(nomenclatures[nom])))
    for nom, unite in correspondance.unites.items():
        champ = schema.champ(nom)
        sections.append((f"unites, {nom}", [unite], echelles(champ) if champ and champ.unite else ()))
    for section, ecrits, admis in sections:
        for ecrit in dict.fromkeys(ecrits):
            if ecrit not in admis:
                yield ecrit, f"{section} : {cite(ecrit)} n’est pas admis ici", remede(ecrit, admis)
    for nom in dict.fromkeys([*schema.primary_key, *correspondance.colonnes]):
        if not correspondance.colonnes.get(nom):
            yield "colonnes", f"colonnes : titre de {cite(nom)} attendu", "Écrivez le titre qu’elle a dans le fichier."
    for forme in (*correspondance.totaux, *correspondance.ignorer):
        if not forme.strip("* "):
            message = "Écrivez ce que les lignes ont de propre."
            yield forme, f"totaux, ignorer : {cite(forme)} désigne toutes les lignes", message


def echelles(champ: Champ) -> dict[str, int]:
    """The units that a file may give a column in, and how many of the column's own unit each is worth."""
    return ECHELLES.get(champ.unite, ECHELLE)


def proposer(donnees: Donnees, schema: Schema, rangees: Sequence[Sequence[str]]) -> str:
    """A first mapping for a file whose rows are given as texts: headings, codes, totals, notes and signs, guessed."""
    entete = max(range(len(rangees)), key=lambda rang: sum(map(_est_un_mot, rangees[rang])))
    titres, *suite = rangees[entete:]
    lignes = [rangee for rangee in suite if sum(map(bool, rangee)) > 1]
    contenus = {titre: [r[i] for r in lignes if i < len(r)] for i, titre in enumerate(titres) if titre}
    propose = Correspondance(annee=str(max(donnees.annees, default="")))
    propose.ignorer.extend(case for rangee in suite if rangee not in lignes for case in rangee if case)
    for champ in (c for c in schema.fields if c.name != SOURCE and (c.numerique or c.constraints.get("required"))):
        titre = proche(champ.title, list(contenus)) or proche(champ.name, list(contenus)) or ""
        if nom := schema.nomenclatures.get(champ.name):
            libelles = {code: donnees.codes(nom).ligne(code).get("libelle", "") for code in donnees.codes(nom)}
            codes = {t: {c: proche(c, libelles) or "" for c in cases if c} for t, cases in contenus.items()}
            titre = max(codes, key=lambda t: (len({*codes[t].values()} - {""}), t == titre), default="")
            totaux = {c: None for c in codes.get(titre, ()) if TOTAL.match(c)}
            propose.totaux.extend(totaux)
            propose.codes[champ.name] = {c: v for c, v in codes.get(titre, {}).items() if c not in (*totaux, v)}
        elif champ.numerique:
            chiffres = [t for t, cases in contenus.items() if any(map(nombre_lu, cases)) and len({*cases}) > 1]
            seuls = [t for t in chiffres if any("%" in case for case in contenus[t]) == (champ.unite == "%")]
            titre = titre or (seuls[0] if len(seuls) == 1 else "")
            signes = filter(_est_un_mot, contenus.get(titre, ()))
            propose.signes.update({c: motif_lu(c, schema.missing_values) or "" for c in signes})
        propose.colonnes[champ.name] = titre
    texte = yaml.safe_dump(asdict(propose), allow_unicode=True, sort_keys=False, width=1000)
    return f"# Titres du fichier : {liste(filter(None, titres))}. Complétez ce qui est vide ('').\n{texte}"


def _est_un_mot(case: str) -> bool:
    return bool(case) and nombre_lu(case) is None
