"""French writing of numbers, dates and lists.

Digits come from Babel (CLDR); the conventions of the book are fixed here: U+202F between thousands, U+00A0 before a
unit, a comma for decimals, U+2212 as minus sign.
"""

import datetime
import functools
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

INSECABLE = "\u00a0"
FINE = "\u202f"
MOINS = "\u2212"
SYMBOLES = ("€", "%")
"""Units that are written after the number; other units are words of the sentence."""


def arrondir(x, decimales: int) -> Decimal:
    """``x`` rounded half up, as printed documents do (2,345 → 2,35)."""
    return Decimal(x).quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_HALF_UP)


def nombre(x, decimales: int = 0, signe: bool = False) -> str:
    """Digits of ``x`` in French: ``nombre(Decimal("-1234.5"), 1)`` → « −1 234,5 »; ``signe`` writes « + » too."""
    exact = arrondir(x if isinstance(x, Decimal | int) else Decimal(str(x)), decimales)
    prefixe = MOINS if exact < 0 else "+" if signe and exact > 0 else ""
    return prefixe + _chiffres(abs(exact), decimales)


@functools.cache  # a chapter writes each number several times
def _chiffres(exact: Decimal, decimales: int) -> str:
    motif = "#,##0" + ("." + "0" * decimales if decimales else "")
    return format_decimal(exact, format=motif, locale="fr", decimal_quantization=False).replace(INSECABLE, FINE)


def nombre_exact(x: Decimal) -> str:
    """Digits of ``x`` with the decimals that it is written with."""
    return nombre(x, max(0, -x.as_tuple().exponent))


def affiche(n) -> Decimal | int:
    """The value that is read: rounded to the decimals of a number that has some; how many there are of a collection."""
    if hasattr(n, "__len__"):
        return len(n)
    return arrondir(n, n.decimales) if hasattr(n, "decimales") else n


def accord(n, singulier: str, pluriel: str | None = None, aucun: str | None = None) -> str:
    """The words that agree with ``n`` as it is read: plural from 2 up (« 1,9 heure », « 2,0 heures »), ``aucun`` for 0.

    ``n``: a number, or a collection of so many things.
    """
    valeur = abs(affiche(n))
    if valeur == 0 and aucun is not None:
        return aucun
    return singulier if valeur < 2 else singulier + "s" if pluriel is None else pluriel


def date(d: datetime.date) -> str:
    """« 1er juin 2023 », « 2 février 2023 »."""
    jour = "1er" if d.day == 1 else str(d.day)
    return jour + INSECABLE + format_date(d, "MMMM y", locale="fr")


def liste(elements, liaison: str = "et") -> str:
    """« a, b et c »."""
    mots = [str(e) for e in elements]
    return f" {liaison} ".join([", ".join(mots[:-1]), mots[-1]]) if len(mots) > 1 else "".join(mots)


def emboiter(morceaux: Iterable[str]) -> list[str]:
    """The pieces of a text, whose quotation marks inside others are written “ ”: « RSA “socle” »."""
    ouvertes = 0

    def ecrire(signe: re.Match) -> str:
        nonlocal ouvertes
        ouvre = "«" in signe[0]
        ouvertes += 1 if ouvre else -1
        return signe[0] if ouvertes < 1 + ouvre else "“" if ouvre else "”"

    return [re.sub(r"«\s*|\s*»", ecrire, morceau) for morceau in morceaux]


def espaces(texte: str) -> str:
    """No-break spaces where French wants them: inside « », before : ; ! ? % €."""
    for signe in ":;!?%€»":
        texte = texte.replace(" " + signe, INSECABLE + signe)
    return texte.replace("« ", "«" + INSECABLE)


def typographie(texte: str) -> str:
    """Its no-break spaces (:func:`espaces`), and apostrophes curved.

    Code and link targets are not for this function: it is meant for labels and sentences.
    """
    return espaces(texte).replace("'", "’")
