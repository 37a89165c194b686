"""Prose as a template over the notebook's own variables.

A text is Markdown (MyST) with Jinja2 expressions: ``{{ total }} visites``. Numbers write themselves in French, with
their decimals and symbol. Each line, a sentence or a list item, stands alone: one that needs a number that is not known
is left out, the others are printed. In a draft, a value that is still to be filled is asked for instead.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from babel.dates import format_date
from jinja2 import Environment, StrictUndefined, TemplateError
from jinja2.nativetypes import NativeEnvironment

from rapport.chapitre import ruptures
from rapport.chapitre.bac_a_sable import BacASable
from rapport.chapitre.provenance import marquer, marquer_a_remplir, noms_a_remplir
from rapport.nombres import francais
from rapport.nombres.nombre import A_REMPLIR, SANS_OBJET, Nombre, ecrire, sens

EXTRAIT = 120
"""How much of a text an error quotes, in characters."""


class ValeurManquante(Exception):
    """A sentence needs a number that is not known, the exception's argument."""


class ErreurDeTexte(Exception):
    """A template that cannot be rendered; the message is French and quotes the paragraph."""


class Ecrit:
    """A text that still knows its numbers. ``str()`` gives plain words, :meth:`html` words whose numbers are marked.

    It is made of words, of numbers, which write themselves, of pairs (number, how it is written) and of other texts.
    Raises :class:`ValeurManquante` on a number that is not known.
    """

    def __init__(self, *morceaux):
        self.morceaux: list[str | tuple[Nombre, str]] = []
        for morceau in morceaux:
            if isinstance(morceau, Ecrit):
                self.morceaux += morceau.morceaux
            elif isinstance(morceau, Nombre):
                self.morceaux.append((morceau, ecrire(_connu(morceau))))
            elif isinstance(morceau, str | tuple | StrictUndefined) or not hasattr(morceau, "__len__"):
                self.morceaux.append(morceau if isinstance(morceau, tuple) else str(morceau))
            else:
                raise TypeError("un texte n’écrit pas une table : dites-en la liste, ou le nombre par phrase()")
        self.morceaux = [m for m in self.morceaux if m]

    def __str__(self) -> str:
        return "".join(m if isinstance(m, str) else m[1] for m in self.morceaux)

    def __bool__(self) -> bool:
        return bool(str(self).strip())

    def html(self) -> str:
        """The same, each number in a mark that tells where it comes from."""
        return "".join(m if isinstance(m, str) else marquer(*m) for m in self.morceaux)

    @property
    def nombres(self) -> list[Nombre]:
        """The numbers that are written, in their order."""
        return [m[0] for m in self.morceaux if not isinstance(m, str)]


def joindre(separateur: str, textes: Iterable) -> Ecrit:
    """The texts that say something, and ``separateur`` between them."""
    pleins = [texte for texte in textes if texte]
    return Ecrit(*(m for rang, texte in enumerate(pleins) for m in ((separateur, texte) if rang else (texte,))))


def _ecrire(valeur):
    """How a value of the notebook is written in a sentence."""
    if isinstance(valeur, Nombre):
        return Ecrit(valeur)
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


def _ecrit(n, texte: str) -> Ecrit:
    """``n`` written in another way."""
    return Ecrit((n, texte) if isinstance(n, Nombre) else texte)


def arrondi(n: Nombre, decimales: int = 0) -> Nombre:
    """The same number written with so many decimals."""
    return _connu(n).avec(decimales=decimales)


def millions(n: Nombre, decimales: int = 1) -> Ecrit:
    """« 191,5 millions d’euros »; less than it takes to be read in millions, to the unit."""
    valeur = Decimal(_connu(n)) / 1_000_000
    if not francais.arrondir(valeur, decimales):
        return Ecrit(arrondi(n))
    mots = francais.accord(francais.arrondir(valeur, decimales), "million") + (" d’euros" if n.unite == "€" else "")
    return Ecrit(_ecrit(n, francais.nombre(valeur, decimales)), francais.INSECABLE, mots)


def absolu(n: Nombre) -> Nombre:
    """The size of a change, without its sign."""
    return _connu(n).avec(abs(Decimal(n)), signe=False)


def selon(n: Nombre, hausse: str, baisse: str, stable: str) -> str:
    """One of three wordings, by the sign of ``n`` as it is displayed."""
    return {1: hausse, -1: baisse, 0: stable}[sens(_connu(n))]


def variation(n: Nombre) -> Ecrit:
    """« en hausse de 4,2 % », « en baisse de 5,0 % », « stable »."""
    return Ecrit(selon(n, "en hausse de ", "en baisse de ", "stable"), absolu(n) if sens(n) else "")


def de_plus(n: Nombre, nom: str = "", pluriel: str | None = None, autant: str = "", en_millions: bool = False) -> Ecrit:
    """« 97 abonnés de plus », « 9 places de moins », « autant d’abonnés » or what is said then; « 97 de plus »,
    « 6,5 millions d’euros de plus »."""
    if not sens(_connu(n)):
        return Ecrit(autant or "autant") if autant or not nom else _elider(Ecrit("autant de ", accord(2, nom, pluriel)))
    taille = millions(absolu(n)) if en_millions else phrase(absolu(n), nom, pluriel) if nom else absolu(n)
    return Ecrit(taille, selon(n, " de plus", " de moins", ""))


def pour_tous(ecarts: Iterable[Nombre], tous: str, partie: str, aucun: str) -> str:
    """One of three wordings, by whether all gaps, some or none are zero or more (a target that is met).

    What has no object (SO) does not count; what is not known leaves « all » and « none » unsaid.
    """
    ecarts = [n for n in ecarts if n.motif != SANS_OBJET]
    tenus = {sens(n) >= 0 for n in ecarts if n.connu}
    if len(tenus) == 2:
        return partie
    for n in ecarts or [Nombre.manquant()]:
        _connu(n)
    return tous if True in tenus else aucun


def accord(n, singulier: str, pluriel: str | None = None, aucun: str | None = None) -> str:
    """Words that agree with a number, or with how many there are, written elsewhere: « est » or « sont »."""
    return francais.accord(_connu(n), singulier, pluriel, aucun)


def phrase(
    n,
    singulier: str,
    pluriel: str | None = None,
    aucun: str | None = None,
    en_lettres: bool = False,
    feminin: bool = False,
) -> Ecrit:
    """The number and all the words that agree with it: « 1 place a été supprimée », « 12 places ont été supprimées ».

    ``n``: a number, or a collection of so many things. ``aucun``: what is said for none (« aucune place n’a été
    supprimée »). The number comes first, or where a wording has ``{}``; if one of them has, a wording without it does
    not write it (« l’autre est », « les {} autres sont »). ``en_lettres``: small numbers in words (« deux places »),
    ``feminin``: « une » for one. Without ``pluriel``, an « s » is added.
    """
    mots = accord(n, singulier, pluriel, aucun)
    ecrit = lettres(n, feminin) if en_lettres else Ecrit(_ecrire(len(n) if hasattr(n, "__len__") else n))
    avant, ici, apres = mots.partition("{}")
    if ici:
        return Ecrit(avant, ecrit, apres)
    if "{}" in singulier + (pluriel or "") or (aucun is not None and not francais.affiche(n)):
        nomme = re.search(r"(?i)\baucune?\b", mots) or re.match(r"\S*", mots)
        return Ecrit(mots[: nomme.start()], _ecrit(n, nomme[0]), mots[nomme.end() :])
    return Ecrit(ecrit, " " if en_lettres else francais.INSECABLE, mots)


def sauf_zero(n, forme: str, *mots: str, **options) -> Ecrit:
    """``forme`` with the number (« , soit {} »), nothing where it reads as zero: of « aucun », no share is told.

    ``mots`` and ``options`` are those of :func:`phrase`, of :func:`lettres` without ``mots``: « , sur deux dossiers ».
    """
    avant, _, apres = forme.partition("{}")
    ecrit = phrase(n, *mots, **options) if mots else lettres(n, **options) if options or hasattr(n, "__len__") else n
    return Ecrit(avant, ecrit, apres) if francais.affiche(_connu(n)) else Ecrit()


def entre(mini, maxi, forme: str = "entre {} et {}") -> Ecrit:
    """« entre 40 % et 60 % », or « 40 % » when both read the same."""
    mini, maxi = Ecrit(_ecrire(mini)), Ecrit(_ecrire(maxi))
    debut, milieu, fin = forme.split("{}")
    return mini if str(mini) == str(maxi) else Ecrit(debut, mini, milieu, maxi, fin)


def duree(minutes: Nombre) -> Ecrit:
    """« 34 h 43 » for a number of minutes."""
    heures, reste = divmod(int(_connu(minutes)), 60)
    reste = f"{francais.INSECABLE}{reste:02d}" if reste else ""
    return _ecrit(minutes, f"{heures}{francais.INSECABLE}h{reste}")


def mois(date, court: bool = False) -> str:
    """« avril 2020 » for an ISO month or a date; ``court``: « avr. »."""
    annee, numero = map(int, str(_connu(date)).split("-")[:2])
    return format_date(datetime.date(annee, numero, 1), "MMM" if court else "MMMM y", locale="fr")


VOYELLE = re.compile(r"(?!onz|oui\b)[aeiouyàâéèêëîïôûœ]|h(eure|abit|omme|éberg|ôpit|ôte|istoi|onor)", re.IGNORECASE)
LETTRES = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"]
LETTRES += ["onze", "douze", "treize", "quatorze", "quinze", "seize"]


def lettres(n, feminin: bool = False) -> Ecrit:
    """Small numbers in words (« deux », « une »), larger ones in digits."""
    valeur = len(n) if hasattr(n, "__len__") else _connu(n)
    if valeur not in range(len(LETTRES)):
        return Ecrit(_ecrire(valeur))
    return _ecrit(n, "une" if valeur == 1 and feminin else LETTRES[int(valeur)])


def majuscule(texte) -> Ecrit:
    """The same words with a capital."""
    debut, *suite = Ecrit(_ecrire(texte)).morceaux or [""]
    if isinstance(debut, str):
        return Ecrit(debut[:1].upper() + debut[1:], *suite)
    return Ecrit((debut[0], debut[1][:1].upper() + debut[1][1:]), *suite)


def liste(elements, forme: str = "{}") -> Ecrit:
    """« a, b et c », each written as ``forme`` (« {} » in quotation marks); of nothing, nothing can be said."""
    avant, _, apres = forme.partition("{}")
    *debut, dernier = [Ecrit(avant, e, apres) for e in elements] or [_connu(Nombre.manquant())]
    return joindre(" et ", [joindre(", ", debut), dernier])


CONTRACTIONS = {"de le ": "du ", "de les ": "des ", "à le ": "au ", "à les ": "aux "}


def _elider(ecrit: Ecrit) -> Ecrit:
    """« de », « à » and « que » before a word that was not known when they were typed: « d’Orlu », « d’une Caf »,
    « du complément familial »."""
    textes = [m if isinstance(m, str) else m[1] for m in ecrit.morceaux]
    for rang, suivant in enumerate(textes[1:]):
        if not isinstance(ecrit.morceaux[rang], str):
            continue
        if VOYELLE.match(suivant):
            ecrit.morceaux[rang] = re.sub(r"\b([Dd]|(?:lors|puis|quoi|jus)?[Qq]u)e $", r"\1’", ecrit.morceaux[rang])
        elif isinstance(ecrit.morceaux[rang + 1], str) and (trouve := re.search(r"\b(?:de|à) $", ecrit.morceaux[rang])):
            article = re.match(r"(?:les? )?", suivant)[0]
            if contracte := CONTRACTIONS.get(trouve[0] + article):
                ecrit.morceaux[rang] = ecrit.morceaux[rang][: trouve.start()] + contracte
                ecrit.morceaux[rang + 1] = suivant[len(article) :]
    return ecrit


def _emboiter(ecrit: Ecrit) -> Ecrit:
    """Quotation marks inside others, which came with a name, are written “ ”."""
    textes = iter(francais.emboiter(m for m in ecrit.morceaux if isinstance(m, str)))
    ecrit.morceaux = [next(textes) if isinstance(m, str) else m for m in ecrit.morceaux]
    return ecrit


# The native environment hands on what is printed as it is, so that numbers are still numbers.
_ENVIRONNEMENT = NativeEnvironment(undefined=StrictUndefined, finalize=_ecrire)
_DES_DONNEES = BacASable(undefined=StrictUndefined, finalize=_ecrire)
_FILTRES = [accord, arrondi, millions, absolu, selon, variation, de_plus, pour_tous]
_FILTRES += [entre, phrase, sauf_zero, lettres, duree, mois, majuscule, liste]
for _environnement in (_ENVIRONNEMENT, _DES_DONNEES):
    _environnement.filters |= {filtre.__name__: filtre for filtre in _FILTRES} | {
        "connu": lambda n: n.connu,
    }
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
        ecrit = _emboiter(_elider(Ecrit(*morceaux)))
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
