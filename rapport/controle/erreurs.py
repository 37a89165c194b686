"""One error in the data, and the French it is told in."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapport.donnees.adresse import proches
from rapport.donnees.refus import Refus as Refus
from rapport.nombres import francais
from rapport.nombres.francais import FINE, INSECABLE

LONGUEUR_CITEE = 60


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
        lieu = self.fichier
        if self.ligne is not None:
            lieu += f", ligne {francais.nombre(self.ligne)}"
        if self.colonne is not None:
            lieu += f", colonne {cite(self.colonne)}"
        trouve = f", trouvé {self.trouve}" if self.trouve else ""
        return f"{francais.espaces(lieu)}{INSECABLE}: {self.attendu}{trouve}. {self.message}"


def cite(texte: str) -> str:
    """« texte » on one line, invisible characters made visible, cut if long."""
    visible = "".join(f"[U+{ord(c):04X}]" if invisible(c) else c for c in texte) if a_des_invisibles(texte) else texte
    if len(visible) > LONGUEUR_CITEE:
        visible = visible[: LONGUEUR_CITEE - 1] + "…"
    return f"« {visible} »"


def liste(elements: Iterable[str], liaison: str = "et") -> str:
    """« a », « b » et « c »."""
    return francais.liste(map(cite, elements), liaison)


def a_des_invisibles(texte: str) -> bool:
    """Whether a text has characters that do not show."""
    imprimable = texte.replace(INSECABLE, " ").replace(FINE, " ").isprintable() and "\ufffd" not in texte
    return not imprimable and any(map(invisible, texte))


def invisible(c: str) -> bool:
    """Control, format, private-use and line-separator characters, and the mark of a lost one (U+FFFD)."""
    return unicodedata.category(c) in ("Cc", "Cf", "Co", "Zl", "Zp") or c == "\ufffd"


def proche(texte: str, choix: Iterable[str] | dict[str, str]) -> str | None:
    """The choice that ``texte`` was meant to be, if one is near; case and accents do not count.

    With a dict code → label, a label that is near leads to its code.
    """
    return next(iter(proches(texte, choix, n=1)), None)
