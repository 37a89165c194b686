"""A whole new year that is not true, made from the one before, for tests and benchmarks.

Values change with a fixed seed, by a few percent, and agree with each other as `rapport check` wants them to. A benefit
is retired, a benefit and a site are added, an EPCI is renamed, some values are missing for a reason (and without one,
if asked), a value of the year before is revised. Years can follow each other, up to 2033.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from rapport.donnees.adresse import identifiant
from rapport.donnees.dossier import Donnees
from rapport.donnees.schemas import Champ, Schema
from rapport.donnees.textes import A_REMPLIR
from rapport.saisie.nouvelle_annee import creer

PREMIERE = 2024
SITES = (
    "Mirepoix",
    "Tarascon",
    "Saverdun",
    "Massat",
    "Seix",
    "Varilhes",
    "Mazères",
    "Le Fossat",
    "Quérigut",
    "Vernaux",
)
MOTIFS = {"linkedin_abonnes": "NC", "impayes_offres": "ND", "paej_entretiens": "NC", "ctg_signees_deux_ans": "NC"}
"""Indicators that the year does not know, and why."""
A_VENIR = ("facebook_abonnes", "courriers_recus", "enfants_nes")
"""Indicators that are not filled yet in a draft."""
STABLE = 50
"""Counts below this do not change: they are held together by too many identities."""
COMPOSEES = {
    "paje": ("paje_prime_base", "paje_clca", "paje_prepare", "paje_mode_garde"),
    "aah": ("aah_hors_complement", "complement_aah"),
}
"""Benefits whose amount is the sum of their components."""

Lignes = list[dict[str, str]]


def simuler(donnees: Path, annee: int = PREMIERE, graine: int = 1, brouillon: bool = False) -> None:
    """Add the year to the data folder, whole and valid; with ``brouillon``, some values are still to be filled."""
    changer_nomenclatures(donnees, annee)
    creer(donnees, annee)
    remplir(donnees, annee, tirer(donnees, annee, graine, brouillon))
    rediger(donnees, annee)
    reviser(donnees, annee)


def changer_nomenclatures(donnees: Path, annee: int) -> None:
    """What the year adds, retires and renames, and its source."""
    rang = annee - PREMIERE
    nomenclatures = donnees / "nomenclatures"

    prestations = lire(nomenclatures / "prestations.csv")
    retiree = f"prime_simulee_{annee - 1}" if rang else "pala"
    next(p for p in prestations if p["code"] == retiree)["jusqua"] = str(annee - 1)
    libelle = f"Prime {'ABCDEFGHIJ'[rang]}"
    ajoutee = {"code": f"prime_simulee_{annee}", "libelle": libelle, "libelle_court": libelle, "mission": "4"}
    prestations.append(ajoutee | {"negatif_admis": "non", "depuis": str(annee)})
    ecrire(nomenclatures / "prestations.csv", prestations)

    sites = lire(nomenclatures / "sites.csv")
    site = SITES[rang]
    sites.append({"code": identifiant(site), "libelle": site, "siege": "non", "depuis": str(annee)})
    ecrire(nomenclatures / "sites.csv", sites)

    epci = lire(nomenclatures / "epci.csv")
    codes = list(dict.fromkeys(e["code"] for e in epci))
    ancien = [e for e in epci if e["code"] == codes[rang % len(codes)]][-1]
    renomme = {colonne: f"{ancien[colonne]} et vallées" for colonne in ("libelle", "libelle_court")}
    epci.insert(epci.index(ancien) + 1, ancien | renomme | {"depuis": str(annee)})
    ancien["jusqua"] = str(annee - 1)
    ecrire(nomenclatures / "epci.csv", epci)

    sources = lire(nomenclatures / "sources.csv")
    source = {"code": source_de(annee), "document": "Données simulées", "page": "1", "section": "Simulation"}
    ecrire(nomenclatures / "sources.csv", [*sources, source])


def source_de(annee: int) -> str:
    return f"simulation-{annee}"


def tirer(donnees: Path, annee: int, graine: int = 1, brouillon: bool = False) -> dict[str, Lignes]:
    """Table → its rows filled, for the skeleton that is in the folder."""
    d = Donnees(donnees)
    hasard = random.Random(graine * 10_000 + annee)
    tendance = Decimal(str(round(hasard.uniform(1.005, 1.05), 4)))
    tables = {}
    for chemin in sorted((donnees / str(annee)).glob("*.csv")):
        schema = d.schemas[chemin.stem]
        lignes = lire(chemin) or list(_lignes_libres(schema.name, annee))
        connues = _dernieres_valeurs(d, schema, annee)
        for ligne in lignes:
            cle = tuple(ligne[c] for c in schema.primary_key)
            for champ in schema.fields:
                if not ligne.get(champ.name):
                    connue = connues.get((cle, champ.name), "")
                    ligne[champ.name] = _valeur(d, schema, champ, ligne, connue, annee, tendance, hasard)
        tables[schema.name] = lignes
    _accorder(tables, brouillon)
    return tables


def remplir(donnees: Path, annee: int, tables: dict[str, Lignes]) -> None:
    """Write the rows."""
    for nom, lignes in tables.items():
        ecrire(donnees / str(annee) / f"{nom}.csv", lignes)


def rediger(donnees: Path, annee: int) -> None:
    """Write a sentence for each text that is expected."""
    for chemin in (donnees / str(annee) / "textes").glob("*.md"):
        texte = A_REMPLIR.sub("En {{ annee }}, l’activité s’est poursuivie.", chemin.read_text(encoding="utf-8"))
        chemin.write_text(texte, encoding="utf-8")


def reviser(donnees: Path, annee: int) -> None:
    """Revise an amount of the year before."""
    if not (donnees / "schemas" / "revisions.yaml").exists():
        return
    ancienne = next(p for p in lire(donnees / str(annee - 1) / "prestations.csv") if p["prestation"] == "ars")
    montant = ancienne["montant_eur"]
    revision = {"annee": str(annee - 1), "adresse": "prestations.ars.montant_eur"}
    revision |= {"ancienne": montant, "nouvelle": str(Decimal(montant) + 1000)}
    revision |= {"motif": "Paiements rattachés après la clôture.", "source": source_de(annee)}
    ecrire(donnees / str(annee) / "revisions.csv", [revision])


def lire(chemin: Path) -> Lignes:
    with chemin.open(encoding="utf-8", newline="") as flux:
        return list(csv.DictReader(flux))


def ecrire(chemin: Path, lignes: Lignes) -> None:
    colonnes = list(dict.fromkeys(colonne for ligne in lignes for colonne in ligne))
    with chemin.open("w", encoding="utf-8", newline="") as flux:
        redacteur = csv.DictWriter(flux, colonnes, restval="", lineterminator="\n")
        redacteur.writeheader()
        redacteur.writerows(lignes)


def _lignes_libres(table: str, annee: int) -> Iterator[dict[str, str]]:
    """Rows of the tables that begin empty each year."""
    source = {"source": source_de(annee)}
    if table == "evenements":
        evenement = {"evenement": "journee_des_familles", "date": f"{annee}-06-12", "libelle": "Journée des familles"}
        yield evenement | {"en_images": "oui", "chapitre": "parentalite", "section": ""} | source
    elif table == "fonds_modernisation":
        projet = {"projet": "Cuisine de la crèche", "gestionnaire": "Commune de Foix", "date": f"{annee}-05-14"}
        yield projet | {"type_aide": "Investissement", "montant_eur": "4800"} | source
    elif table == "places_supprimees":
        yield {"etablissement": "Micro-crèche de Foix", "mode": "micro_creche", "places": "2"} | source


def _dernieres_valeurs(d: Donnees, schema: Schema, annee: int) -> dict[tuple, str]:
    """(key, column) → the last number known before the year, or else the last reason why there is none."""
    valeurs: dict[tuple, str] = {}
    for passee in (a for a in d.annees if a < annee and d.existe(schema.name, a)):
        for ligne in lire(d.chemin(schema.name, passee)):
            cle = tuple(ligne[c] for c in schema.primary_key)
            for colonne, valeur in ligne.items():
                if valeur[-1:].isdigit() or not valeurs.get((cle, colonne), "")[-1:].isdigit():
                    valeurs[cle, colonne] = valeur
    return valeurs


def _valeur(d, schema: Schema, champ: Champ, ligne, connue: str, annee: int, tendance: Decimal, hasard) -> str:
    if champ.name == "source":
        return source_de(annee)
    if champ.type == "date":
        return f"{annee}-12-31"
    if not champ.numerique:
        return ""
    unite, decimales = champ.unite, champ.decimales or 0
    if schema.name == "indicateurs":
        if ligne["code"] in MOTIFS:
            return MOTIFS[ligne["code"]]
        definition = d.nomenclature("indicateurs").loc[ligne["code"]]
        unite, decimales = definition["unite"], int(definition["decimales"])
    if not connue:
        connue = "125000.50" if unite == "€" else "1200"
    if not connue[-1].isdigit():
        return connue
    nombre = Decimal(connue)
    if unite == "%":
        nombre = max(Decimal(1), min(Decimal(99), nombre + Decimal(hasard.choice(("-0.8", "-0.3", "0.4", "0.9")))))
    elif unite == "€" or decimales or abs(nombre) >= STABLE:
        nombre *= tendance * Decimal(str(round(hasard.uniform(0.985, 1.015), 4)))
    return str(nombre.quantize(Decimal(1).scaleb(-decimales)))


def _accorder(tables: dict[str, Lignes], brouillon: bool) -> None:
    """Make what must be equal equal."""
    composantes = {ligne["aide"]: Decimal(ligne["montant_eur"]) for ligne in tables["composantes"]}
    for ligne in tables["prestations"]:
        if ligne["prestation"] in COMPOSEES:
            ligne["montant_eur"] = f"{sum(composantes[c] for c in COMPOSEES[ligne['prestation']]):.2f}"
    indicateurs = {ligne["code"]: ligne for ligne in tables["indicateurs"]}
    agents = sum(Decimal(ligne["cdi"]) for ligne in tables["effectifs"])
    temps_plein = agents - 18
    personnel = {"cdi": agents, "effectif": agents + 10, "temps_plein": temps_plein}
    for code, valeur in personnel.items():
        indicateurs[f"personnel_{code}"]["valeur"] = str(valeur)
    indicateurs["formation_agents"]["valeur"] = str(temps_plein)
    _vers_cent(tables["demandes_travail_social"], "demandes_pct")
    _vers_cent([ligne for ligne in tables["permis_de_louer"] if ligne["extension"] == "non"], "dossiers_pct")
    if brouillon:
        for code in A_VENIR:
            indicateurs[code] |= {"valeur": "", "source": ""}


def _vers_cent(lignes: Lignes, colonne: str) -> None:
    """The largest part takes what is missing to 100 %."""
    autres = sorted(lignes, key=lambda ligne: Decimal(ligne[colonne]))
    plus_grande = autres.pop()
    plus_grande[colonne] = str(100 - sum(Decimal(ligne[colonne]) for ligne in autres))
