"""What a file received means for a table: ``data/correspondances/<table>.yaml``, and a first draft of it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml

from rapport.controle.cellules import motif_lu, nombre_lu
from rapport.controle.erreurs import INSECABLE, Refus, cite, liste, proche
from rapport.donnees.adresse import remede
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import SOURCE, Schema
from rapport.nombres.francais import espaces

TOTAL = re.compile(r"(total|ensemble)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Correspondance:
    """``colonnes``: column of the table → heading in the file; ``codes``: column → text in the file → code;
    ``signes``: sign of a missing number → NC, NS or ND; ``garder``: heading → the only text of the rows that count, in
    a file of several years or subjects. A row whose key, or first cell, is like one of ``totaux`` is held against the
    sum of the others; like one of ``ignorer``, it is left out (« * » stands for anything). ``feuille``: that of a
    workbook; "": the first one."""

    annee: str = ""
    source: str = ""
    feuille: str = ""
    colonnes: dict[str, str] = field(default_factory=dict)
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
    chemin, vide = chemin_de(donnees, schema.name), Correspondance()
    try:
        lue = yaml.load(chemin.read_text(encoding="utf-8-sig"), _TextesUniques)
        correspondance = Correspondance(**{nom: valeur or getattr(vide, nom, "") for nom, valeur in lue.items()})
        formes = {nom: type(valeur) for nom, valeur in vars(vide).items()}
        erreurs = [f"{n} : forme inattendue." for n, v in vars(correspondance).items() if not isinstance(v, formes[n])]
        erreurs = erreurs or list(_defauts(correspondance, donnees, schema))
    except (yaml.YAMLError, AttributeError, TypeError, ValueError, OSError) as erreur:
        message = f"Elle ne se lit pas ({' '.join(str(erreur).split())}). Ses sections : {', '.join(vars(vide))}."
        erreurs = [message]
    if erreurs:
        raise Refus(f"La correspondance {chemin} est à corriger{INSECABLE}: rien n’est écrit.", map(espaces, erreurs))
    return correspondance


class _TextesUniques(yaml.BaseLoader):
    """All is text, and a key comes once."""

    def construct_mapping(self, node, deep=False):
        for cle, compte in Counter(cle.value for cle, _ in node.value).items():
            if compte > 1:
                raise ValueError(f"{cite(cle)} y est {compte} fois, à partir de la ligne {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


def _defauts(correspondance: Correspondance, donnees: Donnees, schema: Schema) -> Iterator[str]:
    noms, nomenclatures = [champ.name for champ in schema.fields], schema.nomenclatures()
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
    for section, ecrits, admis in sections:
        for ecrit in dict.fromkeys(ecrits):
            if ecrit not in admis:
                yield f"{section} : {cite(ecrit)} n’est pas admis ici. {remede(ecrit, admis)}"
    for nom in dict.fromkeys([*schema.primary_key, *correspondance.colonnes]):
        if not correspondance.colonnes.get(nom):
            yield f"colonnes : écrivez le titre que {cite(nom)} a dans le fichier."
    for forme in (*correspondance.totaux, *correspondance.ignorer):
        if not forme.strip("* "):
            yield f"totaux, ignorer : {cite(forme)} désigne toutes les lignes. Écrivez ce que les lignes ont de propre."


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
        if nom := schema.nomenclatures().get(champ.name):
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
