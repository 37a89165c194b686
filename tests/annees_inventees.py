"""Years that the schemas allow and that nobody would think of: whatever `rapport check` accepts, chapters must stand.

Every table and every indicator of a year is drawn from its schema and its nomenclatures: absent, one row or all of
them, values that are zero, one, huge, equal, negative where that is allowed, or missing.
"""

from __future__ import annotations

import datetime
import itertools
import re
from decimal import Decimal
from pathlib import Path

from annee_simulee import Lignes, ecrire, lire
from hypothesis import strategies as st

from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import Champ, Schema

SOURCE = "ra2023-chiffres-cles"
AUTRES = ("explications", "publie", "revisions", "ecarts_expliques", "alertes_confirmees")
"""Tables that speak of other values: the year has none, but for the reason why it lacks a compulsory table."""
NOMBRES = ("0", "1", "2", "3", "12", "480", "100000", "987654321")
TEXTES = ("A", "Un nom", "Un intitulé bien plus long que ce que l’on écrit d’ordinaire à cet endroit du rapport")
MANIERES = ("pleine", "pleine", "libre", "libre", "égale", "nulle", "vide")
"""How the numbers of a table are drawn: any, all known, all the same, all zero, all missing."""


def preparer(dossier: Path) -> None:
    """Identities are those of true years; past editions, which keep theirs, stay as they are."""
    chemin = dossier / "nomenclatures" / "identites.csv"
    ecrire(
        chemin, [ligne | {"jusqua": ligne["jusqua"] or "2023"} for ligne in lire(chemin) if ligne["depuis"] < "2024"]
    )


@st.composite
def annees(draw, donnees: Donnees, annee: int) -> dict[str, Lignes]:
    """Table → its rows, for a year that comes after those of the folder; an absent table is not there."""
    tables, absentes = {}, []
    for schema in (s for s in donnees.schemas.values() if not s.est_nomenclature and s.name not in AUTRES):
        if schema.name != "indicateurs" and draw(st.integers(0, 11)) == 0:
            absentes.append(schema)
            continue
        manieres = MANIERES[:4] if schema.name == "indicateurs" else MANIERES
        maniere, commune = draw(st.sampled_from(manieres)), draw(st.sampled_from(NOMBRES))
        cles = draw(_cles(donnees, schema, annee))
        tables[schema.name] = [
            {
                champ.name: draw(_cellule(donnees, schema, champ, annee, dict(cle), maniere, commune))
                for champ in schema.fields
            }
            for cle in cles
        ]
    tables["alertes_confirmees"] = [
        {"alerte": "absente", "adresse": schema.name, "valeur": "", "motif": "Pas reçue."} for schema in absentes
    ]
    return tables


def ecrire_annee(dossier: Path, annee: int, tables: dict[str, Lignes]) -> None:
    (dossier / str(annee)).mkdir()
    (dossier / str(annee) / "edition.yaml").write_text("statut: provisoire\npublication: ND\n", encoding="utf-8")
    for nom, lignes in tables.items():
        if lignes:
            ecrire(dossier / str(annee) / f"{nom}.csv", lignes)


def _cles(donnees: Donnees, schema: Schema, annee: int):
    """Lists of keys, each as pairs column, code: all of them, all but one, or any."""
    nomenclatures, colonnes = schema.nomenclatures, []
    for colonne in schema.primary_key:
        nom = nomenclatures.get(colonne)
        codes = list(donnees.nomenclature(nom, annee).index) if nom else [f"ligne_{n}" for n in range(30)]
        colonnes.append([(colonne, code) for code in codes])
    toutes = list(itertools.product(*colonnes))
    sans_une = st.sampled_from(toutes).map(lambda cle: [c for c in toutes if c != cle] or toutes)
    quelconques = st.lists(st.sampled_from(toutes), min_size=1, max_size=40, unique=True)
    return st.just(toutes) | sans_une if schema.name == "indicateurs" else st.just(toutes) | sans_une | quelconques


def _cellule(donnees: Donnees, schema: Schema, champ: Champ, annee: int, cle: dict, maniere: str, commune: str):
    if champ.name in cle:
        return st.just(cle[champ.name])
    if champ.name == "source":
        return st.just(SOURCE)
    if champ.numerique:
        return _nombre(donnees, schema, champ, annee, cle, maniere, commune)
    contraintes = champ.constraints
    jours = st.dates(datetime.date(annee, 1, 1), datetime.date(annee, 12, 31)).map(str)
    if champ.type == "date":
        valeurs = jours
    elif champ.date_partielle:
        valeurs = (jours | jours.map(lambda jour: jour[:7])).filter(re.compile(contraintes["pattern"]).fullmatch)
    elif "enum" in contraintes:
        valeurs = st.sampled_from(contraintes["enum"])
    elif champ.name in schema.nomenclatures:
        valeurs = st.sampled_from(list(donnees.nomenclature(schema.nomenclatures[champ.name], annee).index))
    elif "pattern" in contraintes:
        valeurs = st.from_regex(contraintes["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii"))
    else:
        valeurs = st.sampled_from(TEXTES)
    return valeurs if contraintes.get("required") else st.just("") | valeurs


def _nombre(donnees: Donnees, schema: Schema, champ: Champ, annee: int, cle: dict, maniere: str, commune: str):
    unite, decimales, bornes = champ.unite, champ.decimales or 0, dict(champ.constraints)
    if schema.name == "indicateurs":
        definition = donnees.nomenclature("indicateurs", annee).loc[cle["code"]]
        unite, decimales = definition["unite"], int(definition["decimales"])
        bornes |= {b: definition[b] for b in ("minimum", "maximum") if definition[b] is not None}
    negatif = schema.name == "prestations" and donnees.codes("prestations").ligne(cle["prestation"])["negatif_admis"]
    bas = Decimal("-1e9") if negatif == "oui" else Decimal(str(bornes.get("minimum", 0)))
    haut = Decimal(str(bornes.get("maximum", 100 if unite == "%" else "1e9")))

    def borner(texte: str) -> str:
        return str(min(max(Decimal(texte), bas), haut).quantize(Decimal(1).scaleb(-decimales)))

    connus = st.sampled_from(NOMBRES).map(borner)
    if decimales:
        connus |= st.decimals(max(bas, Decimal(-5)), min(haut, Decimal(200)), places=decimales).map(str).map(borner)
    if negatif == "oui":
        connus |= st.sampled_from(("-1", "-35", "-99999")).map(borner)
    motifs = st.sampled_from([m for m in schema.missing_values if m])
    return {
        "libre": connus | connus | connus | motifs,
        "pleine": connus,
        "égale": st.just(borner(commune)),
        "nulle": st.just(borner("0")),
        "vide": motifs,
    }[maniere]
