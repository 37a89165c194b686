"""A year that goes against all that the sentences of 2023 were written for, such as an office could still have.

Counts are 0, 1 or 2; what grew shrinks; first and last are tied; targets are missed or exactly met, ceilings passed; a
benefit is renamed, another comes back, one site is left, an EPCI is split; nothing was printed, one event is dated,
tables are absent, others know some of their values. Variants: all counts are 1 (``uns``) or 0 (``zeros``), or five
indicators are known and nothing else (``pauvre``). `rapport check` accepts them all.
"""

from __future__ import annotations

import random
import re
from decimal import Decimal
from pathlib import Path

from annee_simulee import ecrire, lire

from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.donnees.textes import A_REMPLIR
from rapport.saisie.nouvelle_annee import creer
from rapport.verite.fiabilite import ROMPUE, identites

ANNEE, SOURCE = 2024, "notes-2024"
VARIANTES = ("contraire", "uns", "zeros", "pauvre")
LONG = "Allocation de soutien familial versée au parent qui élève seul un ou des enfants"
ABSENTES = ("accueils_loisirs", "fonds_modernisation", "familles_insee")
SANS_DONNEES = re.compile(rf"## ({'|'.join(ABSENTES)})\n[^#]*")
"""Blocks of text whose section asks for a table that the year has not."""
SANS_TEXTES = ("relation-de-service", "vulnerabilite")
RETIREES = re.compile(r"mutualisations (smtr|hari,(haute|terr))|prioritaires (foix|pam)|employeurs.*suppleant")
"""Rows left out of the lists: their table and their cells."""
REUNION = "Première réunion des partenaires de la Caf sur l’accueil des enfants de moins de trois ans"
LIBRES = {
    "evenements": [
        {"evenement": "reunion", "date": "", "libelle": REUNION, "en_images": "non", "chapitre": "", "section": ""}
    ],
    "places_supprimees": [{"etablissement": "Micro-crèche de Foix", "mode": "micro_creche"}],
}
"""The rows of the tables that begin empty each year."""
SEULS = ("enfants_nes", "facebook_abonnes", "fraudes_qualifiees", "personnel_effectif", "paej_jeunes")

VALEURS = """
visites: * 173920; delais: prestations_familiales 17.20 16; minima_sociaux 14.00 14;
accueil_jeune_enfant: multi_accueil 1 1 NC; creche_familiale 1 0 0; micro_creche 0 0 0;
relais_petite_enfance 2 NS 353451; action_sociale: * 4688686; accompagnement_social 0; logement_habitat 1;
aides_thematiques: violences_conjugales NC NC NC; equipement_numerique 1 0 100; caravanes 2 200 0;
transport_parents_separes 1 0 200; bafa_local 0 0 0; beneficiaires: * 1; af 8655; cf 15370; ars NC; asf 2012; ajpp 0;
pah NC; apl 0; rsa 62300; prime_activite 0; aah_hors_complement 3176; centres_sociaux: * 1; caf 0; composantes: * 1;
paje_clca 3939; aah_hors_complement 3053771; ctg: * 1; ccpm 0; ccpap 0; ccpo_haut 0; ccpo_bas 0;
demandes_travail_social: * 50; insertion 0; effectifs: * 29; direction 1; informatique 1; services_generaux 11;
alliance_durable 2; familles_allocataires: * 6123; trois_et_plus 1; financements_parentalite: reaap 76138 46;
clas 0 0; laep 76138 1; mediation ND 1; espaces_rencontre NC 0; fraudes_prestations: * 1; prime_noel 0;
permis_de_louer: * 0; pamiers 50; saverdun 50; benagues NC; prestations: * 9005490.20; paje 3942; af 22865752.37;
cf 43395967.20; ars 0; alt 1; pah 0; aah 3053772; aeeh 2734.75; ajpp 348024.65; ajpa 0.40; rsa_activite -9000;
rsa_jeunes 0; primes_exceptionnelles 0; frais_tutelle 1; allocation_differentielle 3600.50; pala 13128.43;
services_monenfant: * 2; garde_domicile 0; taux_couverture: * 50; vacances_familles: avs 0 NS 0 NS NS;
avf 1 100 500 0 1; indicateurs: taux_couverture_departement_pct 50; accueil_siege_minutes_semaine 60;
telephone_heures_semaine 32; appels_traites 245720; allocataires_portable_pct 0; mails_pris_en_charge_pct 0;
campagnes_email_ouverture_min_pct 40; campagnes_email_ouverture_max_pct 40; facebook_abonnes 801;
controles_place_rappels_eur 457215; chomage_ariege_pct 7.2; chomage_occitanie_pct 8.8; chomage_france_pct 7.2;
enfants_nes 1; fraudes_qualifiees 2; epci_ariege 9; parentalite_epci 9; parentalite_panier_epci 9;
ctg_signees_deux_ans 1; filoue_structures 2; personnel_effectif 102; personnel_cdi 102; personnel_temps_plein 102;
alliance_equipe_cdi 1; alliance_responsables 1; paej_etp 0.5; operateurs_etp 0.1; impayes_solution_pct 0;
budget_execution_personnel_pct 100; budget_regularisation_pct 7.5; budget_regularisation_national_pct 5;
budget_ecart_previsions_pct 3; actions_collectives_etp 0; rsa_montant_moyen_eur 518; ppa_montant_moyen_eur ND;
premiers_departs_age_min_ans 6; premiers_departs_age_max_ans 6; rsa_jeunes_allocataires 0; decence_insalubres 0;
operateurs_montant_controle_eur 1000; laep_nombre 1; cdap_partenaires 2; cdap_partenaires_controles 1; paej_jeunes 1;
paej_jeunes_nouveaux 0; fuh_dossiers 1; fuh_accords 0; impayes_offres 1; impayes_menages_maintenus 0;
decence_dossiers 1; decence_non_decents 1; decence_conservations 1; decence_conservations_levees 0;
operateurs_indus_eur 1000; operateurs_rappels_eur 0; operateurs_controles 1;
operateurs_controles_national 0
"""
"""Table: key of a row, and its numbers; « * » is every row that is not told."""


def simuler(donnees: Path, variante: str = "contraire", graine: int = 1) -> None:
    """Add the year to the data folder, whole and valid; the numbers that are not told are drawn with ``graine``."""
    _changer_nomenclatures(donnees / "nomenclatures")
    creer(donnees, ANNEE)
    for nom in ABSENTES:
        (donnees / str(ANNEE) / f"{nom}.csv").unlink()
    _remplir(Donnees(donnees), variante, random.Random(graine))
    _rediger(donnees / str(ANNEE) / "textes", variante)
    if variante != "pauvre":
        revision = {"annee": ANNEE - 1, "adresse": "prestations.rsa_activite.montant_eur", "ancienne": "2040.68"}
        revision |= {"nouvelle": "-10.00", "motif": "Des indus avaient été oubliés.", "source": SOURCE}
        ecrire(donnees / str(ANNEE) / "revisions.csv", [revision])
    _expliquer(donnees)


def _changer_nomenclatures(dossier: Path) -> None:
    sources = lire(dossier / "sources.csv")
    ecrire(dossier / "sources.csv", [*sources, {"code": SOURCE, "document": "Notes", "page": "1", "section": "Notes"}])
    prestations = lire(dossier / "prestations.csv")
    asf = next(p for p in prestations if p["code"] == "asf")
    revenue = asf | {"code": "prime_rentree", "libelle": "Prime de rentrée", "libelle_court": "Prime de rentrée"}
    prestations += [revenue | {"sigle": "", "jusqua": "2020"}, revenue | {"sigle": "", "depuis": str(ANNEE)}]
    prestations.insert(prestations.index(asf) + 1, asf | {"libelle": LONG, "sigle": "ASF", "depuis": str(ANNEE)})
    asf["jusqua"] = str(ANNEE - 1)
    ecrire(dossier / "prestations.csv", prestations)
    sites = lire(dossier / "sites.csv")
    ecrire(dossier / "sites.csv", [s | {"jusqua": "" if s["siege"] == "oui" else str(ANNEE - 1)} for s in sites])
    epci = lire(dossier / "epci.csv")
    coupe = next(e for e in epci if e["code"] == "ccpo")
    for rang, partie in enumerate(("Haut", "Bas")):
        nouveau = {"code": f"ccpo_{partie.lower()}", "sigle": f"CCPO{partie[0]}", "depuis": str(ANNEE)}
        nouveau |= {c: coupe[c].replace("Pays d’Olmes", f"{partie} Pays d’Olmes") for c in ("libelle", "libelle_court")}
        epci.append(coupe | nouveau | ({"ligne": "3", "colonne": "1"} if rang else {}))
    coupe["jusqua"] = str(ANNEE - 1)
    ecrire(dossier / "epci.csv", epci)
    motifs = {"fraudes_qualifiees": "Les fraudes aux aides locales sont comptées à part."}
    motifs |= {"beneficiaires.rsa.allocataires": "Les foyers sans droit en fin d’année sont comptés aussi."}
    ecrire(
        dossier / "ruptures.csv",
        [{"serie": s, "annee": str(ANNEE), "nature": "méthode", "motif": m} for s, m in motifs.items()],
    )


def _remplir(d: Donnees, variante: str, hasard: random.Random) -> None:
    dites, table = {}, ""
    for entree in VALEURS.split(";"):
        *tables, cle, nombres = re.fullmatch(r"\s*(?:(\w+): )?(\S+) (.*?)\s*", entree).groups()
        table = tables[0] or table
        dites[table, cle] = nombres.split()
    avant = {ligne["code"]: ligne["valeur"] for ligne in lire(d.chemin("indicateurs", ANNEE - 1))}
    for chemin in sorted((d.dossier / str(ANNEE)).glob("*.csv")):
        table, schema = chemin.stem, d.schemas[chemin.stem]
        lignes = [
            ligne
            for ligne in lire(chemin) or LIBRES[table]
            if not RETIREES.search(f"{table} {','.join(ligne.values())}")
        ]
        if variante == "pauvre":
            lignes = [ligne for ligne in lignes if schema.obligatoire and ligne.get("code", SEULS[0]) in SEULS]
        for ligne in lignes:
            cle = " / ".join(ligne[c] for c in schema.cle)
            ligne |= {c.name: f"{ANNEE}-12-31" for c in schema.fields if c.type == "date"} | {"source": SOURCE}
            champs = schema.colonnes_de_nombres
            unites = [champ.unite for champ in champs]
            if table == "indicateurs":
                unites = [d.nomenclature("indicateurs").loc[cle, "unite"]]
            tires = [_tirer(unite, avant.get(cle, "10"), hasard) for unite in unites]
            valeurs = dites.get((table, cle), dites.get((table, "*"), tires))
            for champ, unite, valeur in zip(champs, unites, valeurs, strict=True):
                ligne[champ.name] = ligne.get(champ.name) or _varier(variante, table, unite, valeur)
        ecrire(chemin, lignes) if lignes else chemin.unlink()


def _tirer(unite: str, avant: str, hasard: random.Random) -> str:
    """A number that was not told: nothing or hardly anything, or the same as the year before, or ten times it."""
    if unite == "%":
        return hasard.choice(("0", "100", avant))
    return hasard.choice(("0", "1", "2") if unite != "€" else ("0", "1", avant, str(Decimal(avant) * 10)))


def _varier(variante: str, table: str, unite: str, valeur: str) -> str:
    if variante == "pauvre":
        return valeur if table == "indicateurs" else "ND"
    if variante == "contraire" or unite in ("%", "€") or not valeur[0].isdigit():
        return valeur
    return {"uns": "1", "zeros": "0"}[variante]


def _rediger(textes: Path, variante: str) -> None:
    for chemin in textes.glob("*.md"):
        texte = SANS_DONNEES.sub("", chemin.read_text(encoding="utf-8"))
        texte = A_REMPLIR.sub("Rien n’a changé en {{ annee }}.", texte)
        chemin.write_text(texte, encoding="utf-8")
        if variante == "pauvre" or chemin.stem in SANS_TEXTES:
            chemin.unlink()


def _expliquer(donnees: Path) -> None:
    """Explain the identities that the year breaks."""
    trouvees = identites(Edition(ANNEE, donnees))
    rompues = trouvees[trouvees["etat"] == ROMPUE]
    if len(rompues):
        motif = {"explication": "Deux sources de l’année ne comptent pas la même chose.", "source": SOURCE}
        lignes = [{"identite": code, "ecart": str(ecart)} | motif for code, ecart in rompues["ecart"].items()]
        ecrire(donnees / str(ANNEE) / "ecarts_expliques.csv", lignes)
