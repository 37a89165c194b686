"""Matplotlib's SVG made fit to stand inside a page.

Colours of text and axes become ``currentColor`` so that the figure follows the theme, ids are prefixed so that two
figures of a page cannot clash, and inline styles become attributes (a strict Content-Security-Policy forbids styles).
"""

import re
from copy import deepcopy

from lxml import etree

ENCRE = "#1f2a33"
"""The colour of text and axes in ``rapport.mplstyle``; it becomes the page's own text colour."""

AUTOUR = ("titre", "pied")
"""The ids of what a file shows around a drawing, and a page does not: there, they are its own words."""

_SVG = "{http://www.w3.org/2000/svg}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_LIEN = "{http://www.w3.org/1999/xlink}href"


def formes(
    svg: str, prefixe: str, alt: str, titre: str, pied: str, cadre: tuple[float, ...], couleurs=()
) -> dict[str, str]:
    """Two forms of one drawing: ``svg`` to stand inside a page, ``svg_seul`` as a file of its own.

    The first shows ``cadre`` (x, y, width, height, in points) of it without what `AUTOUR` names, ``prefixe`` for its
    ids, ``alt`` as its accessible name. Words written in one of ``couleurs`` (those of marks, legible at 3:1) take the
    page's ink: words need 4.5:1, on a light page and on a dark one, which no single colour reaches.
    """
    racine = etree.fromstring(svg.encode(), etree.XMLParser(remove_comments=True, remove_blank_text=True))
    for element in list(racine.iter(f"{_SVG}metadata", f"{_SVG}style")):
        element.getparent().remove(element)
    autour = [groupe for groupe in racine.iter(f"{_SVG}g") if groupe.get("id") in AUTOUR]
    for groupe in autour:
        groupe.set("class", groupe.get("id"))
    utilises = set()
    for element in racine.iter():
        utilises |= _referencer(element, prefixe)
    for element in racine.iter():
        _alleger(element, prefixe, utilises)
    for element in racine.iter(f"{_SVG}text"):
        element.tail = "\n"  # the search must not glue a word to the next
        if element.get("fill", "").upper() in couleurs:
            element.set("fill", "currentColor")
    _elaguer(racine)
    for cle in ("width", "height", "version"):
        racine.attrib.pop(cle, None)
    racine.set("role", "img")
    etree.cleanup_namespaces(racine)
    seul = _isoler(deepcopy(racine), titre, pied)
    for groupe in autour:
        groupe.getparent().remove(groupe)
    racine.set("aria-label", alt)
    racine.set("class", "graphique")
    racine.set("viewBox", " ".join(f"{mesure:.2f}".rstrip("0").rstrip(".") for mesure in cadre))
    racine.set("width", racine.get("viewBox").split()[2])
    return {"svg": etree.tostring(racine, encoding="unicode"), "svg_seul": seul}


def _isoler(racine, titre: str, pied: str) -> str:
    """The figure as a file, readable on white: fixed ink, font and background; its title, and what it says of itself,
    for readers and for catalogues (Dublin Core)."""
    largeur, hauteur = racine.get("viewBox").split()[2:]
    for nom, valeur in (("width", largeur), ("height", hauteur), ("color", ENCRE), ("font-family", "sans-serif")):
        racine.set(nom, valeur)
    racine.set("aria-label", titre)
    metadonnees = etree.Element(f"{_SVG}metadata")
    for parent, nom, texte in (
        (racine, f"{_SVG}title", titre),
        (racine, f"{_SVG}desc", pied),
        (metadonnees, f"{_DC}title", titre),
        (metadonnees, f"{_DC}source", pied),
    ):
        etree.SubElement(parent, nom).text = texte
    racine.append(metadonnees)
    racine[:0] = [*racine[-3:], etree.Element(f"{_SVG}rect", width=largeur, height=hauteur, fill="#ffffff")]
    return etree.tostring(racine, encoding="unicode", xml_declaration=False)


def _elaguer(racine):
    """Remove what draws nothing: unpainted paths, groups that say nothing of their content; say each frame once."""
    for element in list(racine.iter(f"{_SVG}path")):
        if not element.get("d") or (element.get("fill") == "none" and not element.get("stroke")):
            element.getparent().remove(element)
    for groupe in reversed(list(racine.iter(f"{_SVG}g", f"{_SVG}defs"))):
        parent = groupe.getparent()
        if len(groupe) == 0:
            parent.remove(groupe)
        elif groupe.tag == f"{_SVG}g" and not groupe.attrib:
            place = parent.index(groupe)
            parent[place : place + 1] = list(groupe)
    for trace in list(racine.iterfind(".//*[@clip-path]")):  # what one frame cuts is one group, which says it once
        cadre, groupe = trace.attrib.pop("clip-path"), trace.getprevious()
        if groupe is None or dict(groupe.attrib) != {"clip-path": cadre}:
            groupe = etree.Element(f"{_SVG}g", {"clip-path": cadre})
            trace.addprevious(groupe)
        groupe.append(trace)


def _referencer(element, prefixe: str) -> set[str]:
    """Prefix the references of an element; return the ids it uses (unprefixed)."""
    vus = set()
    if lien := element.get(_LIEN):
        vus.add(lien[1:])
        del element.attrib[_LIEN]
        element.set("href", f"#{prefixe}-{lien[1:]}")
    for nom, valeur in element.attrib.items():
        if "url(#" in valeur:
            vus |= set(re.findall(r"url\(#([^)]+)\)", valeur))
            element.set(nom, valeur.replace("url(#", f"url(#{prefixe}-"))
    return vus


def _alleger(element, prefixe: str, utilises: set[str]):
    identifiant = element.attrib.pop("id", None)
    if identifiant in utilises:
        element.set("id", f"{prefixe}-{identifiant}")
    for declaration in element.attrib.pop("style", "").split(";"):
        propriete, _, valeur = declaration.partition(":")
        propriete, valeur = propriete.strip(), valeur.strip()
        if propriete and propriete != "font-family":
            element.set(propriete, "currentColor" if valeur.lower() == ENCRE else valeur)
    if trace := element.get("d"):
        element.set("d", re.sub(r"(\.\d\d)\d+", r"\1", " ".join(trace.split())))
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    if element.get("text-anchor") == "start":
        del element.attrib["text-anchor"]
    for nom in ("x", "y", "transform"):
        if nom in element.attrib:
            element.set(nom, re.sub(r"(\.\d\d)\d+", r"\1", element.get(nom)))
