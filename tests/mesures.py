"""What is wrong with a figure, measured in its SVG: texts cut or lying on each other, marks cut by their axes."""

from __future__ import annotations

import re
from itertools import combinations

from lxml import etree
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Bbox

SVG = "{http://www.w3.org/2000/svg}"
MESURE = RendererAgg(1, 1, 720)
XY = re.compile(r"(-?[\d.]+) (-?[\d.]+)(?= [A-Zz]|$)")

DECALAGE = re.compile(r"translate\((-?[\d.]+)[ ,]+(-?[\d.]+)\)")


def textes(racine) -> list[tuple[str, Bbox]]:
    """Each level text and its box, in the units of the SVG; but for formulas (powers of ten)."""
    lus = []
    for element in racine.iter(f"{SVG}text"):
        if "rotate" in element.get("transform", "") or not element.get("font-size"):
            continue
        taille = float(element.get("font-size").removesuffix("px"))
        police = FontProperties(family="DejaVu Sans", size=taille, weight=element.get("font-weight", "normal"))
        largeur = MESURE.get_text_width_height_descent(element.text, police, ismath=False)[0] / 10
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        for porteur in (element, *element.iterancestors()):
            if decale := DECALAGE.match(porteur.get("transform", "")):
                x, y = x + float(decale[1]), y + float(decale[2])
        x -= {"end": largeur, "middle": largeur / 2}.get(element.get("text-anchor"), 0)
        lus.append((element.text, Bbox([(x, y - 0.74 * taille), (x + largeur, y + 0.2 * taille)])))
    return lus


def defauts(svg: str) -> list[str]:
    """What is cut or covered, in words; nothing if the figure is right."""
    racine = etree.fromstring(svg.encode())
    x, y, largeur, hauteur = map(float, racine.get("viewBox").split())
    ecrits, vue = textes(racine), Bbox.from_bounds(x - 1, y - 1, largeur + 2, hauteur + 2)
    trouves = [f"cut: {texte}" for texte, b in ecrits if not (vue.contains(*b.min) and vue.contains(*b.max))]
    serres = [(texte, boite.padded(-0.75)) for texte, boite in ecrits]
    trouves += [f"covered: {a} / {b}" for (a, ba), (b, bb) in combinations(serres, 2) if ba.overlaps(bb)]
    cadres = {}
    for clip in racine.iter(f"{SVG}clipPath"):
        x, y, w, h = (float(clip[0].get(nom)) for nom in ("x", "y", "width", "height"))
        cadres[clip.get("id")] = Bbox([(x - 1, y - 1), (x + w + 1, y + h + 1)])
    for trace in racine.iter(f"{SVG}path", f"{SVG}use"):
        porteur = next((e for e in (trace, *trace.iterancestors()) if e.get("clip-path")), None)
        if porteur is None or trace.getparent().tag in (f"{SVG}defs", f"{SVG}clipPath"):
            continue
        cadre = cadres[porteur.get("clip-path")[5:-1]]
        points = [(trace.get("x"), trace.get("y"))] if trace.tag == f"{SVG}use" else XY.findall(trace.get("d"))
        if trace.tag == f"{SVG}path" and len(set(points)) < 2:
            continue  # nothing is drawn
        dehors = [p for p in points if not cadre.contains(*map(float, p))]
        trouves += [f"mark out of its axes: {dehors[0]}"] if dehors else []
    return trouves
