"""Prose as a template over the notebook's own variables.

A text is Markdown (MyST) with Jinja2 expressions: ``{{ total }} visites``. Numbers write themselves in French, with
their decimals and symbol. Each line, a sentence or a list item, stands alone: one that needs a number that is not known
is left out, the others are printed. In a draft, a value that is still to be filled is asked for instead.
"""

import re
from collections.abc import Iterable, Iterator

from jinja2 import Environment, StrictUndefined, TemplateError
from jinja2.nativetypes import NativeEnvironment

from rapport.chapitre import mots, ruptures
from rapport.chapitre.bac_a_sable import BacASable
from rapport.chapitre.mots import Ecrit, ValeurManquante, joindre
from rapport.chapitre.provenance import marquer_a_remplir, noms_a_remplir
from rapport.nombres.nombre import A_REMPLIR, Nombre

EXTRAIT = 120
"""How much of a text an error quotes, in characters."""


class ErreurDeTexte(Exception):
    """A template that cannot be rendered; the message is French and quotes the paragraph."""


# The native environment hands on what is printed as it is, so that numbers are still numbers.
_ENVIRONNEMENT = NativeEnvironment(undefined=StrictUndefined, finalize=mots.ecrire_valeur)
_DES_DONNEES = BacASable(undefined=StrictUndefined, finalize=mots.ecrire_valeur)
_FILTRES = ["accord", "arrondi", "millions", "absolu", "selon", "variation", "evolue", "de_plus", "pour_tous"]
_FILTRES += ["entre", "phrase", "sauf_zero", "lettres", "duree", "mois", "majuscule", "liste"]
for _environnement in (_ENVIRONNEMENT, _DES_DONNEES):
    _environnement.filters |= {nom: getattr(mots, nom) for nom in _FILTRES} | {"connu": lambda n: n.connu}
# What Jinja says of the mistakes that an analyst makes.
_EN_FRANCAIS = {
    r"'(.+)' is undefined": "« {} » n’est pas défini",
    r"'.+' has no attribute '(.+)'": "il n’y a pas de « {} »",
    r"No filter named '(.+)'\.": "le filtre « {} » n’existe pas",
    r"unexpected '(.+)'": "« {} » n’est pas attendu",
    r"expected token '(.+)', got '(.+)'": "« {} » est attendu, non « {} »",
    r"unexpected end of template.*": "il manque la fin",
    r"access to attribute '(.+)' of .* is unsafe\.": "« {} » n’est pas permis dans un texte",
    r"no loader for this environment specified": "un texte n’en inclut pas d’autre",
}


def unites(paragraphe: str) -> list[str]:
    """What is rendered, or left out, on its own: each line (sentence or list item), or all of it if it has blocks."""
    if "{%" in paragraphe:
        return [paragraphe]
    return re.split(r"\n(?! )", paragraphe)


def rendre(gabarit: str, noms: dict, des_donnees: bool = False) -> Ecrit:
    """The Markdown of ``gabarit`` over the variables ``noms``; lines with a missing number are left out. A text that
    comes ``des_donnees`` is never code.

    Raises :class:`ErreurDeTexte` on an unknown name, a syntax error or a number without unit.
    """
    paragraphes = re.split(r"\n\s*\n", gabarit.strip())
    environnement = _DES_DONNEES if des_donnees else _ENVIRONNEMENT
    rendus = ((_rendre_unite(unite, noms, environnement) for unite in unites(p)) for p in paragraphes)
    return joindre("\n\n", (joindre("\n", _une_fois(lignes)) for lignes in rendus))


def _une_fois(lignes: Iterable[Ecrit]) -> Iterator[Ecrit]:
    """What is to be filled is asked for once a paragraph, and a break told once."""
    dites = set()
    for ligne in lignes:
        if str(ligne) not in dites:
            yield ligne
        if 'class="a-remplir"' in str(ligne) or str(ligne).startswith(ruptures.RUPTURE):
            dites.add(str(ligne))


def _rendre_unite(gabarit: str, noms: dict, environnement: Environment) -> Ecrit:
    try:
        morceaux = environnement.from_string(gabarit).generate(noms) if "{" in gabarit else [gabarit]
        ecrit = mots.emboiter(mots.elider(Ecrit(*morceaux)))
    except ValeurManquante as erreur:
        return Ecrit(_a_remplir(gabarit, *erreur.args))
    except (TemplateError, TypeError, ValueError, AttributeError) as erreur:
        extrait = gabarit if len(gabarit) <= EXTRAIT else gabarit[:EXTRAIT] + "…"
        raise ErreurDeTexte(f"Texte impossible à composer ({_dire(erreur)}) : « {extrait} »") from None
    if ecrit.morceaux and isinstance(ecrit.morceaux[-1], str):
        ecrit.morceaux[-1] = ecrit.morceaux[-1].rstrip()
    return ecrit


def _dire(erreur: Exception) -> str:
    """An error of a template in French, as far as it is known."""
    for motif, francaise in _EN_FRANCAIS.items():
        if trouve := re.fullmatch(motif, str(erreur)):
            return francaise.format(*trouve.groups())
    return str(erreur)


def _a_remplir(gabarit: str, n: Nombre) -> str:
    """What is printed in the place of a line: the break in series that it would compare across; in a draft, the values
    that it waits for (its list mark kept)."""
    if n.motif != A_REMPLIR:
        return " ".join(ruptures.raisons(n))
    return re.match(r"(?:[-*] )?", gabarit)[0] + marquer_a_remplir(noms_a_remplir([n]))
