"""One error in the data, and the French it is told in."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rapport.donnees.adresse import proches
from rapport.donnees.refus import Refus as Refus
from rapport.nombres import francais
from rapport.nombres.francais import FINE, INSECABLE

LONGUEUR_CITEE = 60
DITES, COMPTEES = 10, 1000
"""How many errors of one kind are told; up to how many those of a column are counted, and looked for."""
ESPACES = (" ", INSECABLE, FINE)


@dataclass(frozen=True)
class Erreur:
    """What is wrong in a data file, where, and what to do.

    ``fichier`` is relative to the project (``data/2023/visites.csv``); ``ligne`` counts from 1, header
    included, and is ``None`` when the file as a whole is wrong. ``attendu`` and ``trouve`` are noun phrases
    (``trouve`` is empty when there is nothing to show), ``message`` is the cure, as sentences.
    ``manque``: something is not filled yet, which a draft may bear; the rest is wrong.
    """

    fichier: str
    ligne: int | None
    colonne: str | None
    attendu: str
    trouve: str
    message: str
    manque: bool = False

    def __post_init__(self):
        for champ in ("attendu", "trouve", "message"):
            object.__setattr__(self, champ, francais.espaces(getattr(self, champ)))

    def __str__(self) -> str:
        lieu = visible(self.fichier)
        if self.ligne is not None:
            lieu += f", ligne {francais.nombre(self.ligne)}"
        if self.colonne is not None:
            lieu += f", colonne {cite(self.colonne)}"
        trouve = f", trouvé {self.trouve}" if self.trouve else ""
        return f"{francais.espaces(lieu)}{INSECABLE}: {self.attendu}{trouve}. {self.message}"


def resumer(erreurs: Iterable[Erreur]) -> list[Erreur]:
    """The errors by place, the first of each kind (in a file and a column, the row of headings as one, what is expected
    there); then how many others there are, and where they end."""
    gardees, suites = [], Counter()
    dernieres: dict[tuple, Erreur] = {}
    for erreur in sorted(erreurs, key=lambda e: (e.fichier, e.ligne or 0, e.colonne or "")):
        sorte = (erreur.fichier, erreur.attendu, erreur.colonne if erreur.ligne != 1 else None)
        suites[sorte] += 1
        if suites[sorte] <= DITES:
            gardees.append(erreur)
        else:
            dernieres[sorte] = erreur
    for sorte, derniere in dernieres.items():
        fin = f", jusqu’à la ligne {francais.nombre(derniere.ligne)}" if derniere.ligne else ""
        au_moins = "au moins " if suites[sorte] >= COMPTEES else ""
        reste = suites[sorte] - DITES
        autres = f"{francais.nombre(reste)} {francais.accord(reste, 'autre erreur', 'autres erreurs')}"
        trouve = f"{au_moins}{autres} de cette sorte{fin}"
        message = "Corrigez-les comme les premières."
        gardees.append(replace(derniere, ligne=None, colonne=sorte[2], trouve=trouve, message=message))
    return gardees


def cite(texte: str) -> str:
    """« texte » on one line, invisible characters made visible, cut if long."""
    vu = visible(texte[: LONGUEUR_CITEE + 1])
    return f"« {vu if len(vu) <= LONGUEUR_CITEE else vu[: LONGUEUR_CITEE - 1] + '…'} »"


def visible(texte: str) -> str:
    """The same on one line, each character that does not show as what it is by its number."""
    return "".join(f"[U+{ord(c):04X}]" if invisible(c) else c for c in texte) if a_des_invisibles(texte) else texte


def liste(elements: Iterable[str], liaison: str = "et") -> str:
    """« a », « b » et « c »."""
    return francais.liste(map(cite, elements), liaison)


def a_des_invisibles(texte: str) -> bool:
    """Whether a text has characters that do not show, or not as what they are."""
    return not (texte.isascii() and texte.isprintable()) and any(map(invisible, set(texte)))


@lru_cache(maxsize=4096)
def invisible(c: str) -> bool:
    """Characters that do not show (control, format, unknown ones), show as others (spaces that French does not use,
    :func:`trompeur`), or are a mark apart from its letter; and the mark of a lost one (U+FFFD)."""
    nature = unicodedata.category(c)
    return nature[0] in "CM" or (nature[0] == "Z" and c not in ESPACES) or c in "\ufffd\u2800" or trompeur(c)


@lru_cache(maxsize=4096)
def trompeur(c: str) -> bool:
    """Letters and digits that are not those of French, and may look the same: a Cyrillic « а », a full-width « １ »."""
    if c.isascii() or c in "µªº":
        return False
    nature = unicodedata.category(c)
    lettre = nature in ("Lu", "Ll", "Lt", "Lo")
    return nature in ("Nd", "Nl") or (lettre and not unicodedata.name(c, "").startswith("LATIN"))


def proche(texte: str, choix: Iterable[str] | dict[str, str]) -> str | None:
    """The choice that ``texte`` was meant to be, if one is near; case and accents do not count.

    With a dict code → label, a label that is near leads to its code.
    """
    return next(iter(proches(texte, choix, n=1)), None)
