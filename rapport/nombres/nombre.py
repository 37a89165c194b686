"""Exact numbers that know where they come from, or why they are missing.

A :class:`Nombre` is a :class:`decimal.Decimal`: amounts add up to the cent. It carries its unit, its decimals and the
cell or the computation it comes from. pandas keeps it in columns of dtype ``"nombre"``, see :mod:`.colonne`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Integral, Number

from rapport.nombres.francais import INSECABLE, SYMBOLES, arrondir, nombre

MOTIFS = {"NC": "non communiqué", "NS": "non significatif", "ND": "non disponible"}
"""Why a value is missing, in the data as on the page. The one place that says so."""
SANS_OBJET = "SO"
"""Why there is no value in a year when its code is not valid: nothing is missing, a sum is whole without it."""
SECRET = "SE"
"""Why a small count is not shown (:mod:`rapport.donnees.secret`), nor anything that is computed from it."""
SIGNIFICATIONS = MOTIFS | {SANS_OBJET: "sans objet", SECRET: "secret, un effectif trop petit pour être montré"}
"""What each reason that a book may publish means."""
REVISE = "révisé"
"""The mark of a value corrected since it was published."""
A_REMPLIR = "à remplir"
"""What a draft shows of a value that is still to be filled, and of all that depends on it."""
TERMES = 6
"""How many terms of a computation are spelled out; the others are counted."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document and where in it: a row of ``nomenclatures/sources.csv``."""

    code: str
    document: str
    page: str
    section: str


@dataclass(frozen=True, slots=True)
class Rupture:
    """From ``annee`` on, a series is counted in a way that cannot be compared with the years before; ``motif``: why.

    ``serie``: an indicator's code, « table.colonne » or « table.clé.colonne ». Told once for several. ``nature``:
    « méthode », or « périmètre » if other things are counted in the same way.
    """

    annee: int
    motif: str
    serie: str = field(default="", compare=False)
    nature: str = field(default="méthode", compare=False)

    def separe(self, annees) -> bool:
        """Whether some of the years are before the break and others after."""
        return min(annees, default=self.annee) < self.annee <= max(annees, default=self.annee)


@dataclass(frozen=True, slots=True)
class Revision:
    """A past value that the edition of a later year corrects. ``ancienne``: what was published until then."""

    edition: int
    ancienne: Nombre
    motif: str


@dataclass(frozen=True, slots=True)
class Origine:
    """The data cell a number was read from.

    ``fichier`` is relative to the project (``data/2023/visites.csv``), ``ligne`` counts from 1, header included.
    A revised value is that of ``revisions.csv``. ``note``: what its row says must be known to read it, if anything.
    """

    libelle: str
    definition: str
    annee: int | None
    fichier: str
    ligne: int
    colonne: str
    source: Source | None
    ruptures: tuple[Rupture, ...] = ()
    revision: Revision | None = None
    note: str = ""

    @property
    def table(self) -> str:
        """« visites »."""
        return self.fichier.rpartition("/")[2].removesuffix(".csv")

    @property
    def nom(self) -> str:
        """« Siège – Visites, 2023 »."""
        return self.libelle + (f", {self.annee}" if self.annee else "")


class Nombre(Decimal):
    """A number of the report: exact, with unit, decimals and provenance.

    ``motif`` is ``None`` for a known number; for a missing one it is a key of :data:`SIGNIFICATIONS`, or
    :data:`A_REMPLIR`, and the value is NaN. ``signe`` says that it is a change, to be written with its sign.

    Unlike a float NaN, a missing number equals itself (and nothing else): pandas takes it for missing in a column of
    dtype ``"nombre"`` only, and elsewhere does not skip it, so that the sum of a list or of a column of plain objects
    is missing rather than wrong. Of one number, ask ``connu``.
    """

    __slots__ = ("calcul", "decimales", "motif", "operandes", "origine", "signe", "unite")

    def __new__(cls, valeur, unite=None, decimales=0, motif=None, signe=False, origine=None, calcul=None, operandes=()):
        self = super().__new__(cls, "NaN" if motif else valeur)
        self.motif = "ND" if self.is_nan() and motif is None else motif
        self.unite, self.decimales, self.signe = unite, decimales, signe
        self.origine, self.calcul, self.operandes = origine, calcul, operandes
        return self

    @classmethod
    def manquant(cls, motif="ND", **attributs) -> Nombre:
        """A missing number: ``motif`` is NC, NS, ND or SO."""
        return cls("NaN", motif=motif, **attributs)

    @property
    def connu(self) -> bool:
        """Whether the value is known."""
        return self.motif is None

    def avec(self, valeur: Decimal | None = None, **attributs) -> Nombre:
        """The same number with other attributes (``decimales``, ``unite``, ``signe``…), or another value."""
        garde = {nom: getattr(self, nom) for nom in Nombre.__slots__}
        return Nombre(Decimal(self) if valeur is None else valeur, **(garde | attributs))

    def origines(self) -> list[Origine]:
        """The data cells this number comes from, each once, in the order of the computation."""
        propre = [self.origine] if self.origine else []
        if not self.operandes:
            return propre
        return list(dict.fromkeys([*propre, *(o for terme in self.operandes for o in terme.origines())]))

    @property
    def revision(self) -> Revision | None:
        """How the value itself was corrected since it was published; not those it is computed from."""
        return self.origine.revision if self.origine else None

    def a_remplir(self) -> list[Origine]:
        """The data cells that must be filled for this number to be known, each once."""
        if self.motif != A_REMPLIR:
            return []
        return list(dict.fromkeys(o for terme in self.operandes for o in terme.a_remplir())) or self.origines()[:1]

    def __deepcopy__(self, memo=None):
        return self

    __copy__ = __deepcopy__

    def __round__(self, decimales=0):
        """Half up, as :func:`arrondir`."""
        return self.avec(arrondir(self, decimales), decimales=max(decimales, 0))

    def __format__(self, spec):
        return format(Decimal(self), spec) if spec else ecrire(self)

    def __repr__(self):
        """« 1 537 visites (data/2023/visites.csv, ligne 3) », « NC : non communiqué (…) », « 60 % (part de …) »."""
        texte = ecrire(self) if self.connu else f"{self.motif} : {motif_en_clair(self.motif)}"
        mots = f" {self.unite}" if self.connu and self.unite and self.unite not in SYMBOLES else ""
        source = f"{self.origine.fichier}, ligne {self.origine.ligne}" if self.origine else formule(self)
        return texte + mots + (f" ({source})" if source else "")

    def __bool__(self):
        """Known and not zero."""
        return self.connu and super().__bool__()

    def __neg__(self):
        return _calcul("×", self, -1)

    def __abs__(self):
        return self if not self < 0 else -self

    __hash__ = Decimal.__hash__

    def __eq__(self, autre):
        return self is autre or super().__eq__(autre)

    def __ne__(self, autre):
        return self is not autre and super().__ne__(autre)


def exact(x) -> Decimal:
    """Any number as a plain decimal; a float as it is written."""
    if isinstance(x, Decimal):
        return Decimal(x)
    return Decimal(int(x)) if isinstance(x, Integral) else Decimal(str(float(x)))


def resultat(
    calcul: str, operandes: tuple[Nombre, ...], valeur: Callable[[], Decimal], significatif: bool = True, **attributs
) -> Nombre:
    """A computed number, which knows its operands: missing if one of them is, NS if it has no meaning."""
    motif = motif_commun(*operandes) or (None if significatif else "NS")
    return Nombre("NaN" if motif else valeur(), motif=motif, calcul=calcul, operandes=operandes, **attributs)


def motif_commun(*operandes: Nombre) -> str | None:
    """Why a result is missing: a value to fill, a secret, or else the reason its missing terms share, ND otherwise.

    ``None`` if no term is missing.
    """
    motifs = {o.motif for o in operandes if not o.connu}
    for motif in (A_REMPLIR, SECRET):
        if motif in motifs:
            return motif
    return motifs.pop() if len(motifs) == 1 else "ND" if motifs else None


_OPERATIONS = {"+": operator.add, "−": operator.sub, "×": operator.mul, "÷": operator.truediv}


def _calcul(symbole: str, a, b):
    """``a`` op ``b`` with provenance; at least one of them is a Nombre, the other may be any plain number."""
    if not (isinstance(a, Number) and isinstance(b, Number)):
        return NotImplemented
    if symbole == "+" and type(b) is not Nombre and b == 0:
        return a
    if symbole == "+" and type(a) is not Nombre and a == 0:
        return b
    operandes = gauche, droite = tuple(x if isinstance(x, Nombre) else Nombre(exact(x)) for x in (a, b))
    attributs = {"unite": _unite(symbole, gauche, droite)}
    attributs["decimales"] = max(gauche.decimales, droite.decimales, 2 if symbole == "÷" else 0)
    if symbole == "+" and gauche.connu != droite.connu and SANS_OBJET in (gauche.motif, droite.motif):
        seul = gauche if gauche.connu else droite
        return Nombre(Decimal(seul), calcul=symbole, operandes=operandes, **attributs)
    x, y = Decimal(gauche), Decimal(droite)
    return resultat(symbole, operandes, lambda: _OPERATIONS[symbole](x, y), symbole != "÷" or y != 0, **attributs)


def _compare(comparaison: Callable, nombre: Nombre, autre):
    """Missing numbers compare like NaN floats: never greater, never smaller (Decimal would raise)."""
    if not isinstance(autre, Number):
        return NotImplemented
    valeur = exact(autre)
    return not (nombre.is_nan() or valeur.is_nan()) and comparaison(Decimal(nombre), valeur)


for _nom, _symbole in {"add": "+", "sub": "−", "mul": "×", "truediv": "÷"}.items():
    setattr(Nombre, f"__{_nom}__", lambda n, autre, symbole=_symbole: _calcul(symbole, n, autre))
    setattr(Nombre, f"__r{_nom}__", lambda n, autre, symbole=_symbole: _calcul(symbole, autre, n))
for _comparer in (operator.lt, operator.le, operator.gt, operator.ge):
    setattr(Nombre, f"__{_comparer.__name__}__", lambda n, autre, comparer=_comparer: _compare(comparer, n, autre))


def _unite(symbole: str, a: Nombre, b: Nombre) -> str | None:
    if symbole in "+−" or a.unite is None or b.unite is None:
        return a.unite or b.unite
    return None


def formule(n: Nombre, termes: int | None = TERMES) -> str:
    """The computation in words: « évolution de 18 056 (Appels traités, 2022) à 24 572 (Appels traités, 2023) ».

    Empty for a number that is not computed. ``termes``: how many are spelled out, None: all.
    """
    ecrits = [_terme(o) for o in n.operandes]
    match n.calcul:
        case "évolution":
            return f"évolution de {ecrits[1]} à {ecrits[0]}"
        case "part":
            return f"part de {ecrits[0]} dans {ecrits[1]}"
        case "contribution":
            return f"écart entre {ecrits[0]} et {ecrits[1]}, rapporté à {ecrits[2]}"
        case symbole if symbole in _OPERATIONS or not ecrits:
            return f" {symbole} ".join(ecrits)
        case ensemble:
            detail = ", ".join(ecrits[:termes]) + (", …" if termes and len(ecrits) > termes else "")
            return f"{ensemble} de {len(ecrits)} valeurs\u00a0: {detail}"


def _terme(n: Nombre) -> str:
    if n.origine:
        return f"{ecrire(n)} ({libelle(n)})"
    return f"{ecrire(n)} (somme de {len(n.operandes)} valeurs)" if n.calcul == "somme" else ecrire(n)


def libelle(n: Nombre) -> str:
    """« Siège – Visites, 2023, révisé »: the name of a number that was read from a cell."""
    return n.origine.nom + (f", {REVISE}" if n.revision else "")


def ecrire(n: Nombre, unite: bool = True) -> str:
    """A :class:`Nombre` as it is read: its decimals, its sign if it is a change, its symbol; or NC, NS, ND."""
    if not n.connu:
        return n.motif
    symbole = INSECABLE + n.unite if unite and n.unite in SYMBOLES else ""
    return nombre(n, n.decimales, n.signe) + symbole


def ecrire_revise(n: Nombre) -> str:
    """The same, « (révisé) » after a value corrected since it was published, where there is only text."""
    return ecrire(n) + (f" ({REVISE})" if n.revision else "")


def motif_en_clair(motif: str) -> str:
    """« NC » → « non communiqué »."""
    return SIGNIFICATIONS.get(motif, "valeur à remplir")


def sens(n) -> int:
    """Sign of a number as it is displayed: 0 when it rounds to nothing."""
    affiche = arrondir(n, n.decimales if isinstance(n, Nombre) else 1)
    return (affiche > 0) - (affiche < 0)
