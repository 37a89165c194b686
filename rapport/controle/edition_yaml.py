"""`edition.yaml`, which makes an edition of a year: its statut, its date of publication, its licence…"""

import datetime
import os
import re
import time
from pathlib import Path

import yaml

from rapport.controle.cellules import date_iso
from rapport.controle.cellules import texte as texte_libre
from rapport.controle.erreurs import Erreur, cite, liste, proche
from rapport.controle.fichiers import lire_texte
from rapport.donnees.dossier import LICENCES
from rapport.donnees.fichiers import YamlComplique, exiger_simple, ligne_yaml

STATUTS = ("définitive", "provisoire")
CLES = ("statut", "publication")
AUDIT = ("audit", "auditeur", "rgaa", "conformite")
"""What is said of an audit of accessibility: all of it, or nothing."""
ACCEPTATION = ("petits_effectifs_acceptes_par", "petits_effectifs_acceptes_le")
FACULTATIVES = ("extrait", "licence", "contact", "declaration", "schema_pluriannuel", "plan_actions", *AUDIT)
FACULTATIVES += ACCEPTATION
MODELE = "Écrivez deux lignes, par exemple « statut: définitive » et « publication: 2024-06-30 » (ou ND)."
DUREE = 3  # years that an audit of accessibility holds, by law


def erreurs_edition(chemin: Path, fichier: str) -> list[Erreur]:
    """Every error of an ``edition.yaml``."""
    texte, erreurs = lire_texte(chemin, fichier)
    if not texte:
        return erreurs
    try:
        exiger_simple(texte)
        racine = yaml.compose(texte, Loader=yaml.SafeLoader)
    except yaml.YAMLError as erreur:
        ligne = ligne_yaml(erreur, texte)
        trouve = erreur.problem if isinstance(erreur, YamlComplique) else ""
        return [*erreurs, Erreur(fichier, ligne, None, "deux lignes « clé: valeur » attendues", trouve, MODELE)]
    if not isinstance(racine, yaml.MappingNode):
        return [*erreurs, Erreur(fichier, 1, None, "statut et publication attendus", "", MODELE)]

    vues: dict[str, str] = {}
    for cle, valeur in racine.value:
        nom, lue = (str(n.value) if isinstance(n, yaml.ScalarNode) else "" for n in (cle, valeur))
        if nom not in (*CLES, *FACULTATIVES):
            attendu, lue = f"{liste((*CLES, *FACULTATIVES), 'ou')} attendu", nom
            remede = "Corrigez ou supprimez la ligne."
        elif not isinstance(valeur, yaml.ScalarNode):
            attendu, remede = "une seule valeur attendue", "Écrivez-la sur la même ligne, sans crochets ni accolades."
        else:
            attendu, remede = texte_libre(lue) or _anomalie(nom, lue)
        if attendu:
            erreurs.append(Erreur(fichier, cle.start_mark.line + 1, None, attendu, cite(lue), remede))
        vues[nom] = lue
    manquantes = [cle for cle in CLES if cle not in vues]
    erreurs += [Erreur(fichier, None, None, f"ligne « {cle}: … » attendue", "", MODELE) for cle in manquantes]
    if any(cle in vues for cle in AUDIT):
        remede = "Un audit a sa date, son auteur, la version du RGAA et le pourcentage de critères respectés."
        manquantes = [cle for cle in AUDIT if cle not in vues]
        erreurs += [Erreur(fichier, None, None, f"ligne « {cle}: … » attendue", "", remede) for cle in manquantes]
    return erreurs


def _anomalie(nom: str, lue: str) -> tuple[str, str]:
    """What is expected in the place of a value, and the cure; empty if it is right."""
    if nom == "statut" and lue not in STATUTS:
        voisin = proche(lue, STATUTS)
        return f"statut {liste(STATUTS, 'ou')} attendu", f"Écrivez {cite(voisin)}." if voisin else "Choisissez."
    if nom in ("publication", ACCEPTATION[1]) and lue != "ND" and (propre := date_iso(lue)) != lue:
        remede = f"Écrivez {propre}." if propre else "Écrivez la date, ou ND si elle n’est pas connue."
        quelle = "de publication" if nom == "publication" else "d’acceptation"
        return f"date {quelle} attendue (AAAA-MM-JJ, ou ND)", remede
    if nom in ("declaration", "audit") and (propre := date_iso(lue)) != lue:
        return "date attendue (AAAA-MM-JJ)", f"Écrivez {propre}." if propre else "Écrivez la date, ou retirez la ligne."
    if nom == "audit" and (age := _age(datetime.date.fromisoformat(lue))) < 0:
        return "date d’un audit déjà fait attendue", "Corrigez-la, ou attendez pour le déclarer."
    if nom == "audit" and age >= DUREE:
        attendu = f"audit d’accessibilité de moins de {DUREE} ans attendu"
        return attendu, "Faites-le refaire, ou retirez ses lignes : le site est alors « réputé non conforme »."
    if nom == "conformite" and not re.fullmatch(r"100|[0-9]{1,2}(\.[0-9]{1,2})?", lue):
        return "pourcentage de critères respectés attendu", "Écrivez un nombre de 0 à 100, comme 83.5."
    if nom == "rgaa" and not re.fullmatch(r"[0-9](\.[0-9])*", lue):
        return "version du RGAA attendue", "Écrivez-la comme 4.1."
    if nom == "licence" and lue not in LICENCES:
        return "licence connue attendue", f"Écrivez {liste(LICENCES, 'ou')}."
    if nom in ("contact", "schema_pluriannuel", "plan_actions") and not re.fullmatch(r"https://[^\s<>\"]+", lue):
        return "adresse d’une page attendue", "Écrivez-la en entier (https://…)."
    if nom == "extrait" and lue[-1:] != ".":
        return "phrase attendue", "Dites de quoi cette édition est l’extrait, jusqu’au point."
    if nom == "auditeur" and not lue:
        return "nom de l’auteur de l’audit attendu", "Écrivez-le."
    return "", ""


def _age(audit: datetime.date) -> int:
    """In whole years, today (the day of SOURCE_DATE_EPOCH where a build must be reproducible); negative before it."""
    secondes = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    jour = datetime.datetime.fromtimestamp(secondes, datetime.UTC).date()
    return jour.year - audit.year - ((jour.month, jour.day) < (audit.month, audit.day))
