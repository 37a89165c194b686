"""The picture that a shared link shows (``og:image``): the cover, with the year."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

NOM = "vignette.png"
TAILLE = (1200, 630)
NUIT, MONT, AVANT, SOLEIL, PECHE = "#14506b", "#2b6a86", "#0d3a4f", "#e08a3c", "#ffd3a6"
# The ridges of couverture.svg, in 800ths of the width: the same landscape.
CRETE = [
    (0, 112),
    (90, 66),
    (150, 96),
    (246, 34),
    (328, 92),
    (390, 62),
    (480, 114),
    (554, 70),
    (640, 120),
    (720, 86),
    (800, 122),
]
COLLINE = [(0, 140), (120, 96), (210, 130), (320, 88), (420, 132), (510, 102), (620, 136), (710, 108), (800, 134)]


def peindre(chemin: Path, annee: str) -> None:
    """Write the picture of a year; the same bytes for the same year."""
    from PIL import Image, ImageDraw, ImageFont

    polices = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
    serif = polices / "DejaVuSerif-Bold.ttf"
    image = Image.new("RGB", TAILLE, NUIT)
    dessin = ImageDraw.Draw(image)
    largeur, hauteur = TAILLE
    dessin.ellipse((927, 422, 993, 488), fill=SOLEIL)
    for ligne, couleur in ((CRETE, MONT), (COLLINE, AVANT)):
        points = [(x * 1.5, hauteur - (150 - y) * 1.5) for x, y in ligne]
        dessin.polygon([*points, (largeur, hauteur), (0, hauteur)], fill=couleur)
    dessin.text((80, 70), annee, PECHE, ImageFont.truetype(serif, 100))
    dessin.text(
        (80, 210), "Rapport d’activité\nde la Caf de l’Ariège", "white", ImageFont.truetype(serif, 68), spacing=16
    )
    image.quantize(32).save(chemin, optimize=True)
