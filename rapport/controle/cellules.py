"""What one cell may hold: its type, the constraints of its column, how it is written; and how to write what was meant.

Each check returns ``None`` or a pair ``(attendu, message)``: what the cell should be and the cure, in French.
"""

import datetime
import html
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from rapport.controle.erreurs import a_des_invisibles, cite, liste, proche, trompeur
from rapport.donnees.adresse import identifiant
from rapport.donnees.schemas import Champ
from rapport.nombres.francais import liste as enumere
from rapport.nombres.francais import nombre_exact
from rapport.nombres.nombre import MOTIFS

Anomalie = tuple[str, str] | None

TYPES = {
    "number": "nombre attendu (ex. 12345.67)",
    "integer": "nombre entier attendu (ex. 12345)",
    "date": "date attendue (AAAA-MM-JJ, ex. 2023-01-31)",
    "year": "année attendue (ex. 2023)",
}
NOMBRE = re.compile(r"(?!-0(?:\.0+)?$)-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
"""One way to write each number: no first zero, which codes have, no negative zero."""
CHIFFRES = 15
"""Of the whole part of a number: those that a spreadsheet keeps."""
LONGUEUR = 2000
"""Of a text, in characters."""
MILLIERS = re.compile(r"-?[1-9][0-9]{0,2}([.,][0-9]{3})+")
BALISE = re.compile(r"<[A-Za-z/!?][^<>]*>?")
BALISAGE = re.compile(r"[`\\{}$]|\]\(|!\[|\*\*|~~|:::")
"""What Markdown, its directives or a template would take for theirs."""
ENTITE = re.compile(r"&#?\w+;")
ANNEES = range(1900, 2100)
MAL_DECODE = re.compile(r"[ÂÃÅ][^\x00-\x7f]|â€.")
ERREURS_EXCEL = re.compile(r"#(REF|VALEUR|VALUE|DIV/0|N/A|NOM|NAME|NOMBRE|NUM|NUL|NULL)[!?]?")


@lru_cache(maxsize=100_000)
def texte(valeur: str) -> Anomalie:
    """A text cell: nothing that a spreadsheet would run, a browser take for markup, or a reader not see."""
    if len(valeur) > LONGUEUR:
        remede = "Gardez l’essentiel ; un guillemet n’est peut-être pas refermé."
        return f"texte de {nombre_exact(Decimal(LONGUEUR))} caractères au plus attendu", remede
    if valeur != valeur.strip():
        return "texte sans espace au début ni à la fin attendu", f"Écrivez {cite(valeur.strip())}."
    if any(c in "\r\n" for c in valeur):
        return "texte sur une seule ligne attendu", "Supprimez le saut de ligne, ou refermez le guillemet."
    if a_des_invisibles(valeur):
        remede = "Supprimez ce caractère, ou retapez la cellule."
        if "\ufffd" in valeur:
            remede = "Le caractère d’origine est perdu : retapez-le."
        attendu = "invisible" if not any(map(trompeur, valeur)) else "invisible ni trompeur"
        return f"texte sans caractère {attendu} attendu", remede
    if valeur[:1] in ("=", "+", "-", "@"):
        remede = f"Un tableur prendrait {cite(valeur[0])} pour le début d’une formule : commencez par un mot."
        return "texte sans formule attendu", remede
    if ERREURS_EXCEL.fullmatch(valeur):
        return "texte attendu", "C’est une erreur de tableur : corrigez la formule, puis collez sa valeur."
    balise = BALISE.search(valeur)
    if balise:
        return "texte sans HTML attendu", f"Supprimez la balise {cite(balise[0])}."
    if balisage := BALISAGE.search(valeur):
        return "texte sans balisage attendu", f"Supprimez {cite(balisage[0])} : la cellule est imprimée telle quelle."
    entite = ENTITE.search(valeur)
    if entite and html.unescape(entite[0]) != entite[0]:
        return "texte sans HTML attendu", f"Remplacez {cite(entite[0])} par le caractère lui-même."
    lisible = MAL_DECODE.sub(lambda m: _redecoder(m[0]), valeur)
    if lisible != valeur:
        return "texte en UTF-8 attendu, accents lisibles", f"Écrivez {cite(lisible)}."
    return None


def _redecoder(suite: str) -> str:
    """« Ã© », which is UTF-8 read as Windows-1252, is « é »."""
    try:
        return suite.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return suite


def valeur_typee(valeur: str, champ: Champ, motifs: tuple[str, ...]) -> Anomalie:
    """A cell that cannot be read as its column's type."""
    ou_motif = ou(motifs)
    if valeur == "":
        return "valeur attendue", f"Écrivez la valeur{ou_motif}." if motifs else "Écrivez la valeur."
    if motif := motif_lu(valeur, motifs):
        return TYPES[champ.type], f"Écrivez {motif}."
    if champ.numerique:
        return _nombre(valeur, champ, ou_motif)
    if champ.type == "date":
        propre = date_iso(valeur)
        return TYPES["date"], f"Écrivez {propre}." if propre else "Corrigez la date."
    return TYPES[champ.type], f"Corrigez la valeur{ou_motif}." if motifs else "Corrigez la valeur."


def _nombre(valeur: str, champ: Champ, ou_motif: str) -> tuple[str, str]:
    attendu = TYPES[champ.type]
    brut = valeur.strip()
    if brut[:1] in ("=", "@") or re.match(r"[-+]\W*[A-Za-z]", brut):
        return attendu, "Une formule ne se calcule pas ici : collez sa valeur."
    if ERREURS_EXCEL.fullmatch(brut):
        return attendu, f"Le tableur n’a pas su calculer : écrivez la valeur{ou_motif}."
    if re.fullmatch(r"[-+]?[\d.,]+[eE][-+]?\d+", brut):
        return attendu, "Écrivez tous les chiffres, sans notation scientifique."
    propre = nombre_lu(valeur, champ.decimales)
    if propre is None:
        return attendu, f"Écrivez un nombre{ou_motif}."
    if champ.type == "integer" and "." in propre:
        return attendu, "Écrivez un nombre sans décimale."
    moins = ", avec le signe moins du clavier" if "\u2212" in valeur else ""
    return attendu, f"Écrivez {propre}{moins}."


def motif_lu(valeur: str, motifs: tuple[str, ...]) -> str | None:
    """The reason that a text plainly means, however it is typed: « n.d. », « (ns) », « Non communiqué ». ``None`` for a
    mere sign of a missing value (« . », « - », « s », « n/a »), of which only its sender knows the reason."""
    lettres = "" if re.search(r"\d", valeur) else identifiant(valeur)
    formes = {m: identifiant(MOTIFS.get(m, m)) for m in motifs if m}
    return next((m for m in formes if lettres.replace("_", "") == m.lower() or lettres.startswith(formes[m])), None)


def nombre_lu(valeur: str, decimales: int | None = None) -> str | None:
    """How to write a number typed the French, English or Excel way: « 12 345,67 € » → « 12345.67 ».

    ``None`` if it is not a number; a text without a digit (« . ») never is. One separator followed by three digits is
    read as that of thousands where the column has fewer than three decimals.
    """
    if not re.search(r"[0-9]", valeur):
        return None
    brut = re.sub(r"[\s'’_€%]", "", valeur).replace("\u2212", "-").removeprefix("+")
    if re.fullmatch(r"\([\d.,]+\)", brut):
        brut = "-" + brut[1:-1]
    signes = re.sub(r"[^.,]", "", brut)
    milliers = MILLIERS.fullmatch(brut) and (len(signes) > 1 or (decimales is not None and decimales < 3))
    if len(set(signes)) == 2:
        milliers_signe = "," if signes[-1] == "." else "."
        brut = brut.replace(milliers_signe, "").replace(",", ".")
    elif milliers:
        brut = re.sub("[.,]", "", brut)
    else:
        brut = brut.replace(",", ".")
    brut = re.sub(r"^(-?)\.", r"\g<1>0.", brut).removesuffix(".")
    brut = re.sub(r"^(-?)0+(?=[0-9])", r"\1", brut)
    if decimales == 0:
        brut = re.sub(r"\.0+$", "", brut)
    brut = re.sub(r"^-(0(\.0+)?)$", r"\1", brut)
    return brut if NOMBRE.fullmatch(brut) else None


def date_iso(valeur: str) -> str | None:
    """The ISO form of a date written « 31/01/2023 » or « 2023/1/31 », ``None`` if it is not a date."""
    parties = re.split(r"[-/. ]", valeur.strip().split("T")[0].split(" 00:")[0])
    if len(parties) != 3 or not all(p.isascii() and p.isdigit() for p in parties):
        return None
    annee, mois, jour = parties if len(parties[0]) == 4 else reversed(parties)
    try:
        date = datetime.date(int(annee), int(mois), int(jour)).isoformat()
        return date if len(annee) == 4 and int(annee) in ANNEES else None
    except ValueError:
        return None


def date_partielle(valeur: str) -> Anomalie:
    """A text that is no year, no month (2020-04) and no day of the calendar."""
    try:
        datetime.date.fromisoformat(f"{valeur}-01-01"[:10])
    except ValueError:
        return "date du calendrier attendue (AAAA, AAAA-MM ou AAAA-MM-JJ)", "Corrigez la date."
    return None


def date_de_l_annee(valeur: str, annee: int) -> Anomalie:
    """An ISO date out of the year that its table is about."""
    if int(valeur[:4]) == annee:
        return None
    remede = f"Corrigez la date, ou déplacez la ligne dans le dossier de son année, {valeur[:4]}."
    return f"date de {annee} attendue", remede


FORMES = {
    "integer": lambda valeur: "." not in valeur,
    "date": lambda valeur: date_iso(valeur) == valeur,
    "year": re.compile(r"(19|20)[0-9]{2}").fullmatch,
}
"""Types whose cells have a form of their own, beside that of numbers."""


def ou(motifs: tuple[str, ...]) -> str:
    """« , ou la raison de son absence : NC (non communiqué), NS (non significatif) ou ND (non disponible) »."""
    noms = [f"{m} ({MOTIFS[m]})" if m in MOTIFS else m for m in motifs if m]
    return f", ou la raison de son absence : {enumere(noms, 'ou')}" if noms else ""


def bornes(valeur: str, champ: Champ) -> Anomalie:
    """A number out of the bounds of its column."""
    suffixe = f"\u00a0{champ.unite}" if champ.unite in ("€", "%") else ""
    textes = (str(champ.constraints.get(borne)) for borne in ("minimum", "maximum"))
    minimum, maximum = (Decimal(texte) if NOMBRE.fullmatch(texte) else None for texte in textes)
    if minimum == 0 and Decimal(valeur) < 0:
        return "valeur positive ou nulle attendue", "Vérifiez le signe."
    if minimum is not None and Decimal(valeur) < minimum:
        return f"valeur d’au moins {nombre_exact(minimum)}{suffixe} attendue", "Vérifiez la valeur."
    if maximum is not None and Decimal(valeur) > maximum:
        return f"valeur d’au plus {nombre_exact(maximum)}{suffixe} attendue", "Vérifiez la valeur."
    return None


def precision(valeur: str, decimales: int | None) -> Anomalie:
    """A number written with more decimals than its column or indicator has."""
    entiers, _, decimaux = valeur.removeprefix("-").partition(".")
    ecrites = len(decimaux)
    if len(entiers) > CHIFFRES:
        return f"nombre de {CHIFFRES} chiffres au plus attendu, sans ses décimales", "Vérifiez la valeur."
    if decimales is None or ecrites <= decimales:
        return None
    if decimales > 0:
        pluriel = "s" if decimales > 1 else ""
        return f"nombre à {decimales} décimale{pluriel} au plus attendu", "Vérifiez la valeur."
    entier = nombre_lu(valeur, decimales)
    if MILLIERS.fullmatch(valeur):
        remede = f"Écrivez un nombre sans décimale. S’il s’agit de milliers, écrivez {entier}."
    else:
        remede = "Écrivez un nombre sans décimale." if "." in entier else f"Écrivez {entier}."
    return "nombre entier attendu", remede


def avec_zeros(code: str, admis: Callable[[str], object]) -> str | None:
    """The code that was meant where a spreadsheet took its first zeros away: « 9122 » → « 09122 »; ``None`` if none."""
    complets = (code.zfill(longueur) for longueur in range(len(code) + 1, len(code) + 5)) if code.isdecimal() else ()
    return next(filter(admis, complets), None)


def contraintes(valeur: str, champ: Champ, motifs: tuple[str, ...], cle: bool) -> Anomalie:
    """A cell that is not of the type of its column, or that breaks one of its constraints; the form and the bounds of
    numbers aside, which depend on the row. ``cle``: whether the column is a key, where a value is never missing."""
    limites = champ.constraints
    if valeur == "" or valeur in motifs:
        if not limites.get("required") or (valeur and champ.type != "string" and not cle):
            return None
        remede = f"{valeur} est réservé aux nombres. " if valeur else ""
        return "valeur obligatoire attendue", f"{remede}Écrivez la valeur."
    if champ.type in FORMES and not FORMES[champ.type](valeur):
        return valeur_typee(valeur, champ, motifs)
    choix = [str(v) for v in limites.get("enum", ())]
    if choix and valeur not in choix:
        voisin = avec_zeros(valeur, choix.__contains__) or proche(valeur, choix)
        remede = f"Le plus proche est {cite(voisin)}." if voisin else "Choisissez l’une de ces valeurs."
        return f"{liste(choix, 'ou')} attendu", remede
    if "pattern" in limites and not re.fullmatch(limites["pattern"], valeur):
        convient = re.compile(limites["pattern"]).fullmatch
        formes = (identifiant(valeur), identifiant(valeur).replace("_", "-"))
        propre = avec_zeros(valeur, convient) or next(filter(convient, formes), None)
        attendu = f"valeur de cette forme attendue : {cite(champ.description or limites['pattern'])}"
        return attendu, f"Écrivez {propre}." if propre else "Corrigez la valeur."
    if champ.type == "year":
        if int(valeur) < int(limites.get("minimum", valeur)):
            return f"valeur supérieure à {limites['minimum']} attendue", "Vérifiez la valeur."
        if int(valeur) > int(limites.get("maximum", valeur)):
            return f"valeur inférieure à {limites['maximum']} attendue", "Vérifiez la valeur."
    return None
