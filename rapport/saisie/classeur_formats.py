"""How the workbook looks: number formats, colours, borders, widths. One place for export to take them from."""

from __future__ import annotations

import re

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.differential import DifferentialStyle

FRANCAIS = "[$-40C]"
"""What makes office suites write a number the French way, whatever their own language."""
TEXTE = "@"
DATE = "dd/mm/yyyy"
POURCENTAGE = '0"\u00a0"%'

BLEU, GRIS, BLANC = "1F3864", "595959", "FFFFFF"
A_SAISIR, A_REMPLIR, CALCULE, RAPPEL = "FFF8E1", "FFD180", "E3EAF4", "F2F2F2"

_FIN = Side(style="thin", color="BFBFBF")
CADRE = Border(left=_FIN, right=_FIN, top=_FIN, bottom=_FIN)
LIBRE = Protection(locked=False)


def _police(**attributs) -> Font:
    return Font(name="Calibri", **{"size": 11} | attributs)


STYLES = {
    "titre": {"font": _police(size=14, bold=True, color=BLEU)},
    "texte": {"font": _police(), "alignment": Alignment(wrap_text=True, vertical="top")},
    "etat": {"font": _police(bold=True, color=BLEU)},
    "lien": {"font": _police(color="0563C1", underline="single")},
    "entete": {
        "font": _police(bold=True, color=BLANC),
        "fill": PatternFill("solid", fgColor=BLEU),
        "alignment": Alignment(wrap_text=True, vertical="center", horizontal="center"),
        "border": CADRE,
    },
    "entete_rappel": {
        "font": _police(bold=True, color=BLEU),
        "fill": PatternFill("solid", fgColor=RAPPEL),
        "alignment": Alignment(wrap_text=True, vertical="center", horizontal="center"),
        "border": CADRE,
    },
    "fixe": {"font": _police(), "border": CADRE, "alignment": Alignment(vertical="top")},
    "rappel": {
        "font": _police(color=GRIS),
        "fill": PatternFill("solid", fgColor=RAPPEL),
        "border": CADRE,
        "alignment": Alignment(vertical="top"),
    },
    "saisie": {
        "font": _police(),
        "fill": PatternFill("solid", fgColor=A_SAISIR),
        "border": CADRE,
        "protection": LIBRE,
        "alignment": Alignment(vertical="top"),
    },
    "somme": {"font": _police(bold=True), "fill": PatternFill("solid", fgColor=CALCULE), "border": CADRE},
}
MANQUE = DifferentialStyle(fill=PatternFill(bgColor=A_REMPLIR))
"""A cell to fill that is empty."""


def habiller(cellule, style: str, format: str | None = None) -> None:
    """Give a cell one of :data:`STYLES`, and a number format."""
    for attribut, valeur in STYLES[style].items():
        setattr(cellule, attribut, valeur)
    if format:
        cellule.number_format = format


def format_de_nombre(unite: str | None, decimales: int | None) -> str:
    """« 17 324 016,13 € », « 87,19 % » (a real percentage: typed 87,19 or 87,19 %), « 1 537 »; no groups for years."""
    chiffres = "0" if unite is None else "#,##0"
    if decimales:
        chiffres += "." + "0" * decimales
    suffixe = {"€": '"\u00a0€"', "%": '"\u00a0"%'}.get(unite, "")
    return f"{FRANCAIS}{chiffres}{suffixe}"


def est_un_pourcentage(format: str) -> bool:
    """Whether a number format shows a hundredth as 1 %."""
    return "%" in re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", format or "")


def decimales_du_format(format: str) -> int:
    """How many decimals a number format shows."""
    trouvees = re.search(r"[0#]\.(0+)", format or "")
    return len(trouvees[1]) if trouvees else 0
