"""Whether small counts that are masked or rounded could be found again from what is published beside them.

What is published beside a cell is what :mod:`rapport.verite.fiabilite` knows of it: identities, and figures that were
printed with the formula that recomputes them, in every edition. Each states something of the sum of the hidden cells
that it speaks of. These stay hidden where at least two of them share a sum, each can still be one count or another, and
nothing else speaks of them; all the rest is refused, what no addition explains too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rapport.controle.erreurs import Erreur, cite
from rapport.donnees.adresse import PUBLIE
from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.donnees.secret import SIGNALE, Secret
from rapport.nombres.nombre import Nombre, ecrire
from rapport.verite import fiabilite
from rapport.verite.formules import lire

Place = tuple[str, int, str]
"""File, line and column of a cell."""
ATTENDU = "petit effectif que rien de publié ne redonne attendu"


@dataclass(frozen=True)
class _Enonce:
    """What is published of a sum of hidden cells: ``termes``, each once with its sign; ``None`` if it is no sum.
    ``reste``: how far from its least and from its most possible value the sum is."""

    dit: str
    egal: bool
    caches: dict[Place, Nombre]
    termes: tuple[tuple[Place, int], ...] | None
    reste: tuple[Decimal, Decimal]

    @property
    def redonne(self) -> bool:
        """Whether it tells the value of one of its cells, or may do."""
        if self.termes is None:
            return True
        moins, plus = self.reste
        return (len(self.termes) == 1 or not moins or not plus) if self.egal else not moins


def cache(donnees: Donnees) -> bool:
    """Whether a rule hides anything."""
    return any(c.secret and c.secret.traitement != SIGNALE for s in donnees.schemas.values() for c in s.fields)


def erreurs(donnees: Donnees, lues: Mapping[int, Edition]) -> list[Erreur]:
    """Every hidden cell that another number, or a note, gives back, in any edition. ``lues``: years → the data of their
    edition as they are written."""
    enonces: dict[tuple, _Enonce] = {}
    trouvees = {}
    for ed in (lues[annee] for annee in donnees.editions if cache(donnees)):
        for enonce in _enonces(ed):
            enonces.setdefault((enonce.termes or enonce.dit, enonce.egal), enonce)
        trouvees |= {(e.fichier, e.ligne): e for e in _notes(ed)}
    for enonce in enonces.values():
        ailleurs = (e for e in enonces.values() if e is not enonce and e.caches.keys() & enonce.caches.keys())
        if enonce.redonne or next(ailleurs, None):
            for cle in enonce.caches:
                message = (
                    "Le nombre caché s’en déduit : retirez-le, ou cachez aussi une autre valeur qu’il compte (« SE »)."
                )
                trouvees.setdefault(cle, Erreur(*cle, ATTENDU, f"{cite(enonce.dit)}, qui le redonne", message))
    return list(trouvees.values())


def _enonces(ed: Edition) -> Iterator[_Enonce]:
    for _, identite in fiabilite.identites(ed).iterrows():
        egal = identite["relation"] != fiabilite.AU_PLUS
        yield from _enonce(ed, identite["libelle"], egal, identite["gauche"], identite["droite"])
    for annee in ed.annees_connues(PUBLIE):
        for _, figure in ed.donnees.table(PUBLIE, annee).query("formule != ''").iterrows():
            dit, calcule = f"{figure['libelle']}, {annee}", lire(figure["formule"], ed)(annee)
            yield from _enonce(ed, dit, True, calcule, figure["valeur"])


def _enonce(ed: Edition, dit: str, egal: bool, gauche: Nombre, droite: Nombre) -> Iterator[_Enonce]:
    """What one side being the other, or no more than it, says of the hidden cells; nothing where it cannot be known."""
    caches = {_place(f): f for n in (gauche, droite) for f in _feuilles(n) if _bornes(ed, f)}
    if not caches or not (gauche.connu and droite.connu):
        return
    sommes = [_somme(gauche, 1), _somme(droite, -1)]
    termes, reste = None, (Decimal(0), Decimal(0))
    if None not in sommes:
        vus = sorted((_place(n), signe) for somme in sommes for n, signe in somme if n.origine and _place(n) in caches)
        if len(vus) == len(caches):
            # The same sum is the same statement, whichever side it stands on.
            termes = tuple((place, signe * vus[0][1] if egal else signe) for place, signe in vus)
            ecarts = [_ecarts(_bornes(ed, caches[place]), Decimal(caches[place]), signe) for place, signe in termes]
            moins, plus = (sum(cote) for cote in zip(*ecarts, strict=True))
            if not egal:  # « no more than » is known of the sum as a whole: it is as far as the other side allows
                marge = Decimal(droite) - Decimal(gauche)
                if marge >= plus:
                    return  # it says nothing that is not known already
                moins += marge
            reste = moins, plus
    yield _Enonce(dit, egal, caches, termes, reste)


def _place(n: Nombre) -> Place:
    return n.origine.fichier, n.origine.ligne, n.origine.colonne


def _ecarts(bornes: tuple[Decimal, Decimal], valeur: Decimal, signe: int) -> tuple[Decimal, Decimal]:
    moins, plus = valeur - bornes[0], bornes[1] - valeur
    return (moins, plus) if signe > 0 else (plus, moins)


def _feuilles(n: Nombre) -> Iterator[Nombre]:
    """The cells that a number is computed from."""
    if n.origine:
        yield n
    for terme in n.operandes:
        yield from _feuilles(terme)


def _somme(n: Nombre, signe: int) -> list[tuple[Nombre, int]] | None:
    """The cells that a number adds or takes away; ``None`` if it is computed in another way."""
    if n.origine or not n.operandes:
        return [(n, signe)]
    if n.calcul not in ("+", "−", "somme"):
        return None
    signes = [signe, -signe] if n.calcul == "−" else [signe] * len(n.operandes)
    parties = [_somme(terme, s) for terme, s in zip(n.operandes, signes, strict=True)]
    return None if None in parties else [terme for partie in parties for terme in partie]


def _bornes(ed: Edition, n: Nombre) -> tuple[Decimal, Decimal] | None:
    """What a reader knows of a hidden cell; ``None`` for one that is shown, or not known."""
    secret = regle(ed, n)
    return secret.bornes(Decimal(n)) if secret and n.connu else None


def regle(ed: Edition, n: Nombre) -> Secret | None:
    """The rule of the cell that a number was read from, that of the corrected one if it is revised."""
    while n.revision:
        n = n.revision.ancienne
    secret = ed.donnees.regle(n.origine)
    return secret if secret and secret.concerne(n.unite) else None


def _notes(ed: Edition) -> Iterator[Erreur]:
    """The notes that say the number which their row hides."""
    for n in (n for annee in ed.annees for n in fiabilite.valeurs(ed, annee) if _bornes(ed, n)):
        if re.search(rf"(?<!\d){re.escape(ecrire(n, unite=False))}(?!\d)", n.origine.note):
            o, message = n.origine, "Récrivez la note sans ce nombre."
            yield Erreur(o.fichier, o.ligne, "note", ATTENDU, "la note, qui le dit", message)


def petits(ed: Edition) -> list[Nombre]:
    """The small counts of the year that are shown, whose column says that they are to be told."""
    regles = ((n, regle(ed, n)) for n in fiabilite.valeurs(ed) if n.connu)
    return [n for n, secret in regles if secret and secret.traitement == SIGNALE and secret.petit(Decimal(n))]
