"""Prose as a template over the notebook's own variables.

A text is Markdown (MyST) with Jinja2 expressions: ``{{ total }} visites``. Numbers write themselves in French, with
their decimals and symbol. Each line, a sentence or a list item, stands alone: one that needs a number that is not known
is left out, the others are printed. In a draft, a value that is still to be filled is asked for instead.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from decimal import Decimal

from babel.dates import format_date
from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, UndefinedError

from rapport.chapitre.provenance import marquer_a_remplir, noms_a_remplir
from rapport.nombres import francais
from rapport.nombres.nombre import A_REMPLIR, Nombre, ecrire, sens


class ValeurManquante(Exception):
    """A sentence needs a number that is not known: ``nombre``."""

    def __init__(self, nombre: Nombre):
        super().__init__(nombre.motif)
        self.nombre = nombre


class ErreurDeTexte(Exception):
    """A template that cannot be rendered; the message is French and quotes the paragraph."""


_ecrivain: ContextVar[Callable[[Nombre, str], str]] = ContextVar("ecrivain", default=lambda n, texte: texte)
"""What becomes of a number once written: nothing, or a mark that tells where it comes from."""


def _ecrire(valeur):
    """How a value of the notebook is written in a sentence."""
    if isinstance(valeur, Nombre):
        return _ecrivain.get()(valeur, ecrire(_connu(valeur)))
    if isinstance(valeur, datetime.date):
        return francais.date(valeur)
    if isinstance(valeur, float | Decimal):
        raise TypeError(
            f"le nombre {valeur} n’a ni unité ni décimales ; calculez-le avec total(), evolution(), part() ou ecart()"
        )
    return valeur


def _connu(n):
    if isinstance(n, Nombre) and not n.connu:
        raise ValeurManquante(n)
    return n


def _marque(n, texte: str) -> str:
    return _ecrivain.get()(n, texte) if isinstance(n, Nombre) else texte


def arrondi(n: Nombre, decimales: int = 0) -> Nombre:
    """The same number written with so many decimals."""
    return _connu(n).avec(decimales=decimales)


def millions(n: Nombre, decimales: int = 1) -> str:
    """« 191,5 millions d’euros »."""
    valeur = Decimal(_connu(n)) / 1_000_000
    mot = francais.accord(valeur, "million")
    return (
        _marque(n, francais.nombre(valeur, decimales))
        + francais.INSECABLE
        + mot
        + (" d’euros" if n.unite == "€" else "")
    )


def absolu(n: Nombre) -> Nombre:
    """The size of a change, without its sign."""
    _connu(n)
    return Nombre(
        abs(Decimal(n)),
        unite=n.unite,
        decimales=n.decimales,
        origine=n.origine,
        calcul=n.calcul,
        operandes=n.operandes,
    )


def selon(n: Nombre, hausse: str, baisse: str, stable: str) -> str:
    """One of three wordings, by the sign of ``n`` as it is displayed."""
    return {1: hausse, -1: baisse, 0: stable}[sens(_connu(n))]


def variation(n: Nombre) -> str:
    """« en hausse de 4,2 % », « en baisse de 5,0 % », « stable »."""
    return selon(n, "en hausse de ", "en baisse de ", "stable") + (_ecrire(absolu(n)) if sens(n) else "")


def de_plus(n: Nombre, nom: str = "", pluriel: str | None = None) -> str:
    """« 97 abonnés de plus », « 9 places de moins », « autant »."""
    if not sens(_connu(n)):
        return "autant"
    compte = quantite(absolu(n), nom, pluriel) if nom else _ecrire(absolu(n))
    return f"{compte} {selon(n, 'de plus', 'de moins', '')}"


def quantite(n, nom: str, pluriel: str | None = None) -> str:
    """The number and its noun: « 1 visite », « 24 088 visites »."""
    return str(_ecrire(n)) + francais.INSECABLE + francais.accord(_connu(n), nom, pluriel)


def phrase(n, singulier: str, pluriel: str, en_lettres: bool = False, feminin: bool = False) -> str:
    """The number and all the words that agree with it: « 1 place a été supprimée », « 12 places ont été supprimées ».

    ``en_lettres``: small numbers in words (« deux places »), ``feminin``: « une » for one.
    """
    if en_lettres:
        return f"{lettres(n, feminin)} {francais.accord(_connu(n), singulier, pluriel)}"
    return quantite(n, singulier, pluriel)


def duree(minutes: Nombre) -> str:
    """« 34 h 43 » for a number of minutes."""
    heures, reste = divmod(int(_connu(minutes)), 60)
    return _marque(minutes, f"{heures}{francais.INSECABLE}h" + (f"{francais.INSECABLE}{reste:02d}" if reste else ""))


def mois(date: str) -> str:
    """« avril 2020 » for an ISO month or date."""
    annee, numero = map(int, date.split("-")[:2])
    return format_date(datetime.date(annee, numero, 1), "MMMM y", locale="fr")


LETTRES = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
]


def lettres(n, feminin: bool = False) -> str:
    """Small numbers in words (« deux », « une »), larger ones in digits."""
    valeur = int(_connu(n))
    if valeur == 1 and feminin:
        return _marque(n, "une")
    return _marque(n, LETTRES[valeur]) if 0 <= valeur < len(LETTRES) else str(_ecrire(n))


def majuscule(texte) -> str:
    """The same words with a capital, the mark of a number left as it is."""
    return re.sub(r"^((?:<[^>]*>)*)(\w)", lambda m: m[1] + m[2].upper(), str(_ecrire(texte)))


_ENVIRONNEMENT = Environment(undefined=StrictUndefined, finalize=_ecrire, keep_trailing_newline=False)
_ENVIRONNEMENT.filters |= {
    "arrondi": arrondi,
    "millions": millions,
    "absolu": absolu,
    "sans_unite": lambda n: _connu(n).avec(unite=None),
    "selon": selon,
    "variation": variation,
    "de_plus": de_plus,
    "quantite": quantite,
    "phrase": phrase,
    "lettres": lettres,
    "duree": duree,
    "mois": mois,
    "accord": lambda n, *noms: francais.accord(_connu(n), *noms),
    "majuscule": majuscule,
    "liste": francais.liste,
    "connu": lambda n: n.connu,
}


def unites(paragraphe: str) -> list[str]:
    """What is rendered, or left out, on its own: each line (sentence or list item), or all of it if it has blocks."""
    if "{%" in paragraphe:
        return [paragraphe]
    return re.split(r"\n(?! )", paragraphe)


def rendre(gabarit: str, contexte: dict, ecrivain: Callable[[Nombre, str], str] | None = None) -> str:
    """The Markdown of ``gabarit`` over the names of ``contexte``; lines with a missing number are left out.

    ``ecrivain`` receives each number and its French writing, and returns what is printed.
    Raises :class:`ErreurDeTexte` on an unknown name, a syntax error or a number without unit.
    """
    if ecrivain:
        jeton = _ecrivain.set(ecrivain)
        try:
            return rendre(gabarit, contexte)
        finally:
            _ecrivain.reset(jeton)
    paragraphes = re.split(r"\n\s*\n", gabarit.strip())
    rendus = (filter(None, (_rendre_unite(unite, contexte) for unite in unites(p))) for p in paragraphes)
    return "\n\n".join(filter(None, ("\n".join(_une_fois(lignes)) for lignes in rendus)))


def _une_fois(lignes: Iterable[str]) -> Iterator[str]:
    """What is to be filled is asked for once a paragraph."""
    demandees = set()
    for ligne in lignes:
        if ligne not in demandees:
            yield ligne
        if 'class="a-remplir"' in ligne:
            demandees.add(ligne)


def _rendre_unite(gabarit: str, contexte: dict) -> str:
    try:
        return _ENVIRONNEMENT.from_string(gabarit).render(contexte).rstrip()
    except ValeurManquante as erreur:
        return _a_remplir(gabarit, erreur.nombre)
    except UndefinedError as erreur:
        raise ErreurDeTexte(f"Nom inconnu dans le texte ({erreur}) : « {_extrait(gabarit)} »") from None
    except (TemplateSyntaxError, TypeError, ValueError, AttributeError) as erreur:
        raise ErreurDeTexte(f"Texte impossible à composer ({erreur}) : « {_extrait(gabarit)} »") from None


def _a_remplir(gabarit: str, n: Nombre) -> str:
    """What a draft prints in the place of a line (its list mark kept): the values that it waits for."""
    if n.motif != A_REMPLIR:
        return ""
    return re.match(r"(?:[-*] )?", gabarit)[0] + marquer_a_remplir(noms_a_remplir([n]))


def _extrait(texte: str, longueur: int = 120) -> str:
    return texte if len(texte) <= longueur else texte[:longueur] + "…"
