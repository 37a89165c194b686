"""`edition.yaml`, which makes an edition of a year: its statut, its date of publication, its licence…"""

import re
from pathlib import Path

import yaml

from rapport.controle.cellules import date_iso
from rapport.controle.erreurs import Erreur, cite, liste, proche
from rapport.controle.fichiers import lire_texte
from rapport.donnees.dossier import LICENCES
from rapport.donnees.schemas import ligne_yaml

STATUTS = ("définitive", "provisoire")
CLES = ("statut", "publication")
FACULTATIVES = ("extrait", "licence", "contact")
MODELE = "Écrivez deux lignes, par exemple « statut: définitive » et « publication: 2024-06-30 » (ou ND)."


def erreurs_edition(chemin: Path, fichier: str) -> list[Erreur]:
    """Every error of an ``edition.yaml``."""
    texte, erreurs = lire_texte(chemin, fichier)
    if not texte:
        return erreurs
    try:
        racine = yaml.compose(texte, Loader=yaml.SafeLoader)
    except yaml.YAMLError as erreur:
        ligne = ligne_yaml(erreur, texte)
        return [*erreurs, Erreur(fichier, ligne, None, "deux lignes « clé: valeur » attendues", "", MODELE)]
    if not isinstance(racine, yaml.MappingNode):
        return [*erreurs, Erreur(fichier, 1, None, "statut et publication attendus", "", MODELE)]

    vues = set()
    for cle, valeur in racine.value:
        nom, lue, attendu = str(cle.value), str(valeur.value), ""
        if nom not in (*CLES, *FACULTATIVES) or nom in vues:
            attendu, lue = f"{liste((*CLES, *FACULTATIVES), 'ou')} attendu, une fois chacun", nom
            remede = "Corrigez ou supprimez la ligne."
        elif nom == "statut" and lue not in STATUTS:
            voisin = proche(lue, STATUTS)
            attendu = f"statut {liste(STATUTS, 'ou')} attendu"
            remede = f"Écrivez {cite(voisin)}." if voisin else "Choisissez l’un des deux."
        elif nom == "publication" and lue != "ND" and (propre := date_iso(lue)) != lue:
            attendu = "date de publication attendue (AAAA-MM-JJ, ou ND)"
            remede = f"Écrivez {propre}." if propre else "Écrivez la date, ou ND si elle n’est pas connue."
        elif nom == "licence" and lue not in LICENCES:
            attendu, remede = "licence connue attendue", f"Écrivez {liste(LICENCES, 'ou')}."
        elif nom == "contact" and not re.fullmatch(r"https://[^\s<>\"]+", lue):
            attendu, remede = "adresse d’une page attendue", "Écrivez-la en entier (https://…)."
        elif nom == "extrait" and (not isinstance(valeur, yaml.ScalarNode) or lue[-1:] != "."):
            attendu, remede = "phrase attendue", "Dites de quoi cette édition est l’extrait, jusqu’au point."
        if attendu:
            erreurs.append(Erreur(fichier, cle.start_mark.line + 1, None, attendu, cite(lue), remede))
        vues.add(nom)
    manquantes = [cle for cle in CLES if cle not in vues]
    return erreurs + [Erreur(fichier, None, None, f"ligne « {cle}: … » attendue", "", MODELE) for cle in manquantes]
