"""From the cell of a workbook to the text that the CSV has, and back.

A cell may hold a number, a date, a boolean, or a text that was meant as one: « 12 345,67 », « nc », « 31/01/2024 ».
What cannot be understood is kept as it is typed: the checks of the data then say what is expected there.
"""

import datetime
import math
import re
from decimal import Decimal

from rapport.controle.cellules import NOMBRE, date_iso, motif_lu, nombre_lu
from rapport.donnees.schemas import Champ

FRANCAIS = "[$-40C]"
"""What makes office suites write a number the French way, whatever their own language."""
TEXTE, DATE = "@", "dd/mm/yyyy"


def lire(valeur, format: str, champ: Champ, decimales: int | None, motifs: tuple[str, ...]) -> str:
    """The text of a cell whose value is ``valeur`` and number format ``format``, in a column of the CSV.

    ``decimales``: those that a number is written with; ``None``: those that the cell shows.
    """
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return _booleen(valeur, champ)
    if isinstance(valeur, datetime.datetime | datetime.date):
        return _date(valeur, format)
    if isinstance(valeur, int | float):
        return _nombre(valeur, format, champ, decimales)
    texte = str(valeur).strip()
    if champ.numerique:
        return _texte_numerique(texte, decimales, motifs)
    if champ.type == "date":
        return motif_lu(texte, motifs) or date_iso(texte) or texte
    return texte


def valeur(texte: str, champ: Champ, unite: str | None) -> int | float | datetime.date | str | None:
    """What a cell holds for a text of the CSV: a number, a date, or the text."""
    if champ.numerique and NOMBRE.fullmatch(texte):
        nombre = Decimal(texte) / 100 if unite == "%" else Decimal(texte)
        return int(nombre) if nombre == nombre.to_integral_value() else float(nombre)
    if champ.type == "date":
        try:
            return datetime.date.fromisoformat(texte)
        except ValueError:
            return texte or None
    return texte or None


def format_de_cellule(texte: str, champ: Champ, unite: str | None, decimales: int | None) -> str:
    """How a cell shows its value: « 17 324 016,13 € », « 87,19 % » (a real percentage, which can be typed 87,19 or
    87,19 %), « 1 537 »; no groups for years, nor for what has no unit."""
    if champ.type == "date":
        return DATE
    if not champ.numerique or (decimales is None and not texte):
        return TEXTE  # a text keeps all the decimals that are typed
    if decimales is None:
        decimales = len(texte.partition(".")[2])
    chiffres = ("0" if unite is None else "#,##0") + ("." + "0" * decimales if decimales else "")
    return FRANCAIS + chiffres + {"€": '"\u00a0€"', "%": '"\u00a0"%'}.get(unite, "")


def _booleen(valeur: bool, champ: Champ) -> str:
    if "oui" in champ.constraints.get("enum", ()):
        return "oui" if valeur else "non"
    if champ.constraints.get("maximum") == 1:
        return "1" if valeur else "0"
    return "VRAI" if valeur else "FAUX"


def _date(valeur: datetime.date, format: str) -> str:
    """The day, or the month where the cell shows no day: what a suite makes of « 2021-05 »."""
    jour = valeur.date() if isinstance(valeur, datetime.datetime) else valeur
    montre = re.sub(r'"[^"]*"|\[[^\]]*\]', "", format or "").lower()
    return jour.isoformat() if "d" in montre or "j" in montre or not montre else jour.isoformat()[:7]


def _nombre(valeur: float, format: str, champ: Champ, decimales: int | None) -> str:
    if not math.isfinite(valeur):
        return "#NOMBRE!"  # what a suite shows of it
    nombre = Decimal(f"{valeur:.15g}") + 0  # the digits that office suites keep (the others are noise), and one zero
    if not champ.numerique:
        return f"{nombre.normalize():f}"
    if "%" in re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", format or ""):  # it shows a hundredth as 1 %
        nombre *= 100
    if decimales is None:
        montrees = re.search(r"[0#]\.(0+)", format or "")
        decimales = len(montrees[1]) if montrees else 0
    return avec_decimales(nombre, decimales)


def avec_decimales(nombre: Decimal, decimales: int) -> str:
    """All its digits, and zeros up to the decimals that are shown."""
    ecrites = max(-nombre.normalize().as_tuple().exponent, decimales, 0)
    return f"{nombre:.{ecrites}f}"


def _texte_numerique(texte: str, decimales: int | None, motifs: tuple[str, ...]) -> str:
    if motif := motif_lu(texte, motifs):
        return motif
    brut = nombre_lu(texte)  # a lone separator is that of decimals, in French, whatever those of the column
    if brut is None:
        return texte
    return avec_decimales(Decimal(brut), len(brut.partition(".")[2]) if decimales is None else decimales)
