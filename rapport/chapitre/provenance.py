"""Where a number comes from, in words a reader understands, and the mark that lets a page tell it.

Every number a notebook writes is given a short id; what is known of it (definition, unit, source, data cell, or the
computation and its terms) travels beside the outputs to the book, which shows it on demand and publishes it.
"""

import hashlib
import json
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal

from markupsafe import Markup

from rapport.chapitre import ruptures
from rapport.nombres import calculs, francais
from rapport.nombres.nombre import A_REMPLIR, REVISE, TERMES, Nombre, Source, ecrire, formule, libelle, motif_en_clair

NOMBRES = "nombres"
"""The key, in the metadata of an output, of what is known of the numbers that it holds."""
MARQUE_REVISE = Markup(' <span class="revise">{}</span>').format(REVISE)
FICHES: dict[int, tuple[Nombre, str, dict]] = {}
"""Of the chapter being run: the identity of a number → it, its id and its description."""
NOMMEES = 3
"""How many cells to fill are named; the others are counted."""


def marquer(n: Nombre, texte: str) -> Markup:
    """``texte`` as HTML that knows what number it is, and says if it was revised."""
    return Markup('<span data-n="{}">{}</span>{}').format(cle(n), texte, MARQUE_REVISE if n.revision else "")


def marquer_a_remplir(texte: str) -> Markup:
    """What a draft shows in the place of what is still to be filled: « à remplir : Appels traités »."""
    return Markup('<span class="a-remplir">{}</span>').format(francais.typographie(f"{A_REMPLIR} : {texte}"))


def noms_a_remplir(valeurs: Iterable[Nombre]) -> str:
    """The cells that must be filled for these numbers to be known: « Appels traités, Mails reçus », empty if none."""
    noms = list(dict.fromkeys(origine.libelle for n in valeurs for origine in n.a_remplir()))
    autres = len(noms) - NOMMEES
    suite = f" et {autres} {francais.accord(autres, 'autre')}" if autres > 0 else ""
    return ", ".join(noms[:NOMMEES]) + suite


def cle(n: Nombre) -> str:
    """The id of a number: a digest of what is known of it."""
    return fiche(n)[0]


def fiches(nombres: Iterable[Nombre]) -> list[tuple[str, dict]]:
    """The id and the description of each number, in their order: the keys of a mapping are sorted when a notebook is
    written."""
    return list(dict(map(fiche, nombres)).items())


def fiche(n: Nombre) -> tuple[str, dict]:
    """The id and the description of a number, not to be changed: made once, for a page writes most of them again."""
    if id(n) not in FICHES:
        connue = decrire(n)
        digest = hashlib.sha256(json.dumps(connue, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        FICHES[id(n)] = (n, digest[:8], connue)
    return FICHES[id(n)][1:]


def decrire(n: Nombre) -> dict:
    """Value, unit, and ``lignes``: what to tell the reader, most important first; base numbers have their cell."""
    fiche = {"valeur": str(francais.arrondir(n, n.decimales)) if n.connu else n.motif, "unite": n.unite or ""}
    lignes = [f"Valeur exacte\u00a0: {_exact(n)}."] if n.connu else []
    if n.origine:
        o = n.origine
        lignes.append(libelle(n) + (f"\u00a0: {o.definition}" if o.definition else ""))
        if o.source:
            lignes.append(f"Source\u00a0: {documents([n])[0]} ({o.source.section}).")
        lignes.append(f"Donnée\u00a0: {_cellules([o])}.")
        if o.note:
            lignes.append(f"À savoir\u00a0: {o.note}")
        lignes += [ruptures.phrase(r) for r in o.ruptures]
        if r := o.revision:
            avant = ecrire(r.ancienne)
            lignes.append(f"Valeur révisée par l’édition {r.edition}\u00a0: {avant} jusque-là. {r.motif}")
        return fiche | {"lignes": lignes, "fichier": o.fichier, "ligne": o.ligne}
    if not n.operandes:
        return fiche | {"lignes": ["Nombre compté par l’édition."]}
    entiere = formule(n, termes=None)
    lignes.append(f"Calcul\u00a0: {entiere}.")
    if cites := documents([n]):
        lignes.append(f"Source\u00a0: {' ; '.join(cites)}.")
    if n.origines():
        lignes.append(f"Données\u00a0: {_cellules(n.origines())}.")
    lignes += [ruptures.phrase(r) for r in calculs.ruptures(n)]
    if revisees := [o.nom for o in n.origines() if o.revision]:
        lignes.append(f"Calculé avec une valeur révisée\u00a0: {francais.liste(revisees)}.")
    return fiche | {"lignes": lignes, "formule": entiere if len(n.operandes) <= TERMES else formule(n)}


def _exact(n: Nombre) -> str:
    """« 191 506 563,12 € », « 17 392 (visites) »; « 3,5001… % »: cut after four decimals, or those of the number."""
    valeur = Decimal(n)
    decimales = max(n.decimales, min(-valeur.normalize().as_tuple().exponent, 4))
    if n.unite == "€" and decimales:
        decimales = max(decimales, 2)
    coupee = valeur.quantize(Decimal(1).scaleb(-decimales), rounding=ROUND_DOWN)
    chiffres = francais.nombre(coupee, decimales, n.signe) + ("" if coupee == valeur else "…")
    mot = n.unite if n.unite in francais.SYMBOLES else f"({n.unite})" if n.unite else ""
    return francais.INSECABLE.join(filter(None, [chiffres, mot]))


def documents(nombres: Iterable[Nombre], autres: Iterable[Source] = ()) -> list[str]:
    """« Rapport d’activité 2023…, p. 10 et 33 »: the documents that numbers come from, in their order; then others."""
    pages: dict[str, set[str]] = {}
    for source in (*(o.source for n in nombres for o in n.origines() if o.source), *autres):
        pages.setdefault(source.document, set()).update([source.page] if source.page else [])
    rangees = {document: sorted(trouvees, key=lambda p: (len(p), p)) for document, trouvees in pages.items()}
    return [d + (f", p.{francais.INSECABLE}{francais.liste(p)}" if p else "") for d, p in rangees.items()]


def phrase_revisions(nombres: Iterable[Nombre]) -> str:
    """« Valeur révisée : Siège – Visites, 2023. »: what was corrected of numbers, or of what they are computed from."""
    revisees = list(dict.fromkeys(o.nom for n in nombres for o in n.origines() if o.revision))
    debut = "Valeur révisée" if len(revisees) == 1 else "Valeurs révisées"
    return f"{debut}\u00a0: {francais.liste(revisees)}." if revisees else ""


def revisions(n: Nombre) -> list[dict]:
    """The corrections of a number, or of what it is computed from, last first: which value, by which edition, what was
    published until then (``None`` if it was missing), why."""
    dites = []
    for origine in n.origines():
        while origine and (r := origine.revision):
            ancienne = str(r.ancienne) if r.ancienne.connu else None
            dites.append({"de": origine.nom, "edition": r.edition, "ancienne": ancienne, "motif": r.motif})
            origine = r.ancienne.origine
    return dites


def absence(n: Nombre) -> str:
    """Why a number is missing: « non significatif ; rupture de série en 2024 : … »."""
    return ". ".join([motif_en_clair(n.motif), *ruptures.raisons(n)])


def _cellules(origines) -> str:
    """« visites.csv (2023), lignes 2 à 5 ; visites.csv (2022), ligne 3 »: rows of files that editions publish."""
    fichiers: dict[str, set[int]] = {}
    for o in origines:
        annee, nom = o.fichier.split("/")[-2:]
        fichiers.setdefault(f"{nom} ({annee})", set()).add(o.ligne)
    return " ; ".join(f"{fichier}, {_lignes(sorted(numeros))}" for fichier, numeros in fichiers.items())


def _lignes(numeros: list[int]) -> str:
    suites: list[list[int]] = []
    for numero in numeros:
        if suites and numero == suites[-1][-1] + 1:
            suites[-1].append(numero)
        else:
            suites.append([numero])
    textes = [str(s[0]) if len(s) == 1 else f"{s[0]} à {s[-1]}" for s in suites]
    return ("ligne " if len(numeros) == 1 else "lignes ") + francais.liste(textes)
