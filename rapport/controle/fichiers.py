"""From the bytes of a data file to text, and from text to the cells of a CSV, with errors that say the cure.

Reading goes on after an error as far as it can, so that all errors of a file come out at once.
"""

import codecs
import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rapport.controle.erreurs import Erreur, cite
from rapport.donnees import fichiers, lignes
from rapport.donnees.lignes import LigneIllisible

ENREGISTREZ = "Enregistrez le fichier en UTF-8."
ENREGISTREZ_CSV = (
    "Enregistrez le fichier en UTF-8, avec des virgules entre les colonnes : dans LibreOffice, Enregistrer sous, "
    "« Éditer les paramètres du filtre », jeu de caractères « Unicode (UTF-8) », séparateur « , » ; Excel en français "
    "met des points-virgules."
)
REMPLISSEZ = "Remplissez le fichier, ou supprimez-le si l’année n’a pas ces données."

EN_ATTENTE = re.compile(
    r"(?i:\bà compléter\b|[(\[]\s*à (?:confirmer|définir|préciser|renseigner)\b|\blorem ipsum\b)"
    r"|\b(?:TODO|FIXME|TBD|XXX+)\b"
)
"""Words that no reader should see."""
ATTENTE = "Écrivez-le, ou retirez la phrase si on ne le sait pas : rien n’est publié tant que ces mots y sont."

CLASSEURS = {b"PK\x03\x04": "un classeur (.xlsx ou .ods)", b"\xd0\xcf\x11\xe0": "un classeur Excel (.xls)"}
SEPARATEURS = {";": "point-virgule", "\t": "tabulation", "|": "barre verticale"}


def lire_texte(chemin: Path, fichier: str) -> tuple[str, list[Erreur]]:
    """The text of a file, without BOM ("" if there is none), and what is wrong with it as a file."""
    erreur = partial(Erreur, fichier, None, None)
    try:
        octets = fichiers.octets(chemin)
    except fichiers.FichierIllisible as e:
        return "", [erreur("fichier lisible attendu", e.trouve, e.remede)]
    for debut, nature in CLASSEURS.items():
        if octets.startswith(debut):
            return "", [erreur("fichier texte attendu", nature, f"Exportez la feuille. {ENREGISTREZ_CSV}")]
    texte, erreurs = _decoder(octets, fichier, ENREGISTREZ_CSV if chemin.suffix == ".csv" else ENREGISTREZ)
    if not texte.strip():
        return "", [*erreurs, erreur("contenu attendu", "un fichier vide", REMPLISSEZ)]
    if conflit := fichiers.CONFLIT.search(texte):
        ligne = texte.count("\n", 0, conflit.start()) + 1
        message = "Gardez une des deux versions, et supprimez ces marques."
        attendu = "texte d’une seule version attendu"
        return "", [*erreurs, Erreur(fichier, ligne, None, attendu, "un conflit de fusion Git", message)]
    return texte, [*erreurs, *erreurs_attentes(texte, fichier)]


def erreurs_attentes(texte: str, fichier: str) -> list[Erreur]:
    """The words of a text that stand for others, still to be written."""
    return [
        Erreur(fichier, numero, None, "texte définitif attendu", cite(trouve[0]), ATTENTE, True)
        for numero, ligne in enumerate(texte.splitlines(), start=1)
        for trouve in EN_ATTENTE.finditer(ligne)
    ]


def _decoder(octets: bytes, fichier: str, remede: str) -> tuple[str, list[Erreur]]:
    utf16 = _utf16(octets)
    if utf16:
        nature = "de l’UTF-16 (« Texte Unicode » d’Excel)"
        erreur = Erreur(fichier, None, None, "encodage UTF-8 attendu", nature, remede)
        return octets.decode(utf16, errors="replace").removeprefix("\ufeff"), [erreur]
    erreurs = []
    if b"\0" in octets:
        ligne = octets.count(b"\n", 0, octets.index(b"\0")) + 1
        message = "Supprimez-le, ou enregistrez de nouveau le fichier depuis le tableur."
        erreurs.append(Erreur(fichier, ligne, None, "texte attendu", "un octet nul", message))
        octets = octets.replace(b"\0", b"")
    octets = octets.removeprefix(codecs.BOM_UTF8)
    try:
        return octets.decode("utf-8"), erreurs
    except UnicodeDecodeError as erreur:
        texte = octets.decode("cp1252", errors="replace")
        ligne = octets.count(b"\n", 0, erreur.start) + 1
        autour = texte[max(0, erreur.start - 15) : erreur.start + 15]
        mot = next((m for m in autour.replace(",", " ").split() if not m.isascii()), autour)
        trouve = f"{cite(mot)} en Windows-1252 ou Latin-1"
        erreurs.append(Erreur(fichier, ligne, None, "encodage UTF-8 attendu", trouve, remede))
        return texte, erreurs


def _utf16(octets: bytes) -> str | None:
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if octets[1:4:2] == b"\0\0" and octets[0:1] != b"\0":
        return "utf-16-le"
    return "utf-16-be" if octets[0:3:2] == b"\0\0" and octets[1:2] != b"\0" else None


@dataclass
class Feuille:
    """The cells of a CSV: the header, and each record with the line it starts on (no cell: a blank line)."""

    entete: list[str] = field(default_factory=list)
    lignes: list[tuple[int, list[str]]] = field(default_factory=list)


def lire_csv(texte: str, fichier: str) -> tuple[Feuille | None, list[Erreur]]:
    """The cells of a CSV text; ``None`` when its separator is not the comma (one error, not one per line)."""
    if erreur := _separateur(texte, fichier):
        return None, [erreur]
    erreurs, enregistrements = [], []
    try:
        for enregistrement in lignes.enregistrements(texte):
            enregistrements.append(enregistrement)
    except LigneIllisible as erreur:
        dire = _cellule_sans_fin if erreur.longue else guillemets
        erreurs.append(dire(fichier, erreur.numero))
    if not enregistrements:
        return None, erreurs
    (_, entete), *suite = enregistrements
    return Feuille(entete, suite), erreurs


def guillemets(fichier: str, ligne: int) -> Erreur:
    """The error for a cell whose quotes do not match."""
    trouve = 'un « " » qui n’est pas refermé, ou que du texte suit'
    remede = "Refermez-le à la fin de la cellule ; pour citer dans un texte, employez « … »."
    return Erreur(fichier, ligne, None, 'guillemets « " » par paires attendus', trouve, remede)


def _cellule_sans_fin(fichier: str, ligne: int) -> Erreur:
    message = 'Refermez le guillemet « " » qui l’ouvre, ou raccourcissez-la.'
    return Erreur(fichier, ligne, None, "cellule de longueur ordinaire attendue", "une cellule énorme", message)


def _separateur(texte: str, fichier: str) -> Erreur | None:
    premiere = texte.lstrip("\r\n").splitlines()[0]
    if premiere.lower().startswith("sep="):
        message = "Supprimez cette ligne, propre à Excel, et séparez les colonnes par des virgules."
        return Erreur(fichier, 1, None, "ligne des titres de colonnes attendue", cite(premiere), message)
    separateur = max(SEPARATEURS, key=premiere.count)
    if premiere.count(separateur) <= premiere.count(","):
        return None
    trouve = f"le séparateur {cite(SEPARATEURS[separateur])}"
    return Erreur(fichier, 1, None, "virgule entre les colonnes attendue", trouve, ENREGISTREZ_CSV)
