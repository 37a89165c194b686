"""Words that follow a number: the texts that know their numbers, and the filters of the templates."""

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal

from babel.dates import format_date
from jinja2 import StrictUndefined

from rapport.chapitre.provenance import marquer
from rapport.nombres import francais
from rapport.nombres.nombre import SANS_OBJET, Nombre, ecrire, sens


class ValeurManquante(Exception):
    """A sentence needs a number that is not known, the exception's argument."""


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
                self.morceaux.append((morceau, ecrire(lu(_connu(morceau)))))
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


def ecrire_valeur(valeur):
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


def lu(n):
    """A number as a sentence says it: one decimal, two below 1; more where it would read as nothing or as the whole.

    Amounts keep their cents. Tables, figures and « Origine des nombres » have the number as it is.
    """
    if not isinstance(n, Nombre) or n.unite == "€":
        return n
    decimales = min(n.decimales, 1 if abs(n) >= 1 else 2)
    dite, bornes = abs(francais.arrondir(n, decimales)), (0, 100)
    return n if dite in bornes and abs(n) != dite else n.avec(decimales=decimales)


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


def evolue(n: Nombre, pluriel: bool = False) -> Ecrit:
    """« augmente de 4,2 % », « diminue de 6,5 millions d’euros », « reste stable »; ``pluriel``: « augmentent de »."""
    if not sens(_connu(n)):
        return Ecrit("restent stables" if pluriel else "reste stable")
    verbe = selon(n, "augmente", "diminue", "") + ("nt" if pluriel else "")
    return Ecrit(f"{verbe} de ", millions(absolu(n)) if n.unite == "€" else absolu(n))


def de_plus(n: Nombre, nom: str = "", pluriel: str | None = None, autant: str = "", en_millions: bool = False) -> Ecrit:
    """« 97 abonnés de plus », « 9 places de moins », « autant d’abonnés » or what is said then; « 97 de plus »,
    « 6,5 millions d’euros de plus »."""
    if not sens(_connu(n)):
        return Ecrit(autant or "autant") if autant or not nom else elider(Ecrit("autant de ", accord(2, nom, pluriel)))
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
    return francais.accord(lu(_connu(n)), singulier, pluriel, aucun)


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
    ecrit = lettres(n, feminin) if en_lettres else Ecrit(ecrire_valeur(len(n) if hasattr(n, "__len__") else n))
    avant, ici, apres = mots.partition("{}")
    if ici:
        return Ecrit(avant, ecrit, apres)
    if "{}" in singulier + (pluriel or "") or (aucun is not None and not francais.affiche(n)):
        nomme = re.search(r"(?i)\baucune?\b", mots) or re.match(r"\S*", mots)
        return Ecrit(mots[: nomme.start()], _ecrit(n, nomme[0]), mots[nomme.end() :])
    return Ecrit(ecrit, " " if en_lettres else francais.INSECABLE, mots)


def sauf_zero(n, forme: str, *mots: str, **options) -> Ecrit:
    """``forme`` with the number (« , soit {} »), nothing where it is unknown or reads as zero: of « aucun », no share.

    ``mots`` and ``options`` are those of :func:`phrase`, of :func:`lettres` without ``mots``: « , sur deux dossiers ».
    """
    if (isinstance(n, Nombre) and not n.connu) or not francais.affiche(n):
        return Ecrit()
    avant, _, apres = forme.partition("{}")
    ecrit = phrase(n, *mots, **options) if mots else lettres(n, **options) if options or hasattr(n, "__len__") else n
    return Ecrit(avant, ecrit, apres)


def entre(mini, maxi, forme: str = "entre {} et {}") -> Ecrit:
    """« entre 40 % et 60 % », or « 40 % » when both read the same."""
    mini, maxi = Ecrit(ecrire_valeur(mini)), Ecrit(ecrire_valeur(maxi))
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
        return Ecrit(ecrire_valeur(valeur))
    return _ecrit(n, "une" if valeur == 1 and feminin else LETTRES[int(valeur)])


def majuscule(texte) -> Ecrit:
    """The same words with a capital."""
    debut, *suite = Ecrit(ecrire_valeur(texte)).morceaux or [""]
    if isinstance(debut, str):
        return Ecrit(debut[:1].upper() + debut[1:], *suite)
    return Ecrit((debut[0], debut[1][:1].upper() + debut[1][1:]), *suite)


def liste(elements, forme: str = "{}") -> Ecrit:
    """« a, b et c », each written as ``forme`` (« {} » in quotation marks); of nothing, nothing can be said."""
    avant, _, apres = forme.partition("{}")
    *debut, dernier = [Ecrit(avant, e, apres) for e in elements] or [_connu(Nombre.manquant())]
    return joindre(" et ", [joindre(", ", debut), dernier])


CONTRACTIONS = {"de le ": "du ", "de les ": "des ", "à le ": "au ", "à les ": "aux "}


def elider(ecrit: Ecrit) -> Ecrit:
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


def emboiter(ecrit: Ecrit) -> Ecrit:
    """Quotation marks inside others, which came with a name, are written “ ”."""
    textes = iter(francais.emboiter(m for m in ecrit.morceaux if isinstance(m, str)))
    ecrit.morceaux = [next(textes) if isinstance(m, str) else m for m in ecrit.morceaux]
    return ecrit
