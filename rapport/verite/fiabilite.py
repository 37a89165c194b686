"""How far the numbers of a year can be relied on: what is checked, what does not agree, what must be known of them.

``data/nomenclatures/identites.csv`` states what must be equal in any year, and ``data/<year>/ecarts_expliques.csv``
why it is not in one; the column ``note`` of a table, what must be known to read a value. Where a document gives derived
figures too, ``data/<year>/publie.csv`` holds them, with their formula (:mod:`rapport.verite.formules`). The annex of
the book shows what :func:`identites`, :func:`reserves` and :func:`controles` find; ``rapport check`` refuses what
:func:`erreurs` finds.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import pandas as pd

from rapport.controle.erreurs import Erreur, cite
from rapport.donnees import secret
from rapport.donnees.adresse import PUBLIE
from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.donnees.schemas import Schema
from rapport.nombres.calculs import ecart, ruptures
from rapport.nombres.francais import arrondir, liste, nombre
from rapport.nombres.nombre import A_REMPLIR, SECRET, Nombre, Origine
from rapport.verite.formules import FormuleInvalide, lire

EGAL, ARRONDI, DIFFERENT = "égal", "égal à l’arrondi près", "différent"
INCALCULABLE = "non calculable"
VERDICTS = (EGAL, ARRONDI, DIFFERENT, INCALCULABLE)
"""What becomes of a published figure, from the best to what cannot be told."""

TENUE, EXPLIQUEE, ROMPUE = "tenue", "expliquée", "rompue"
"""What becomes of an identity in a year, or it cannot be told."""
ISSUES = dict.fromkeys((TENUE, EGAL, ARRONDI), "Concordent")
ISSUES |= dict.fromkeys((EXPLIQUEE, ROMPUE, DIFFERENT), "Diffèrent") | {INCALCULABLE: "Non vérifiables"}
"""The same, told in three words."""
AU_PLUS = "au plus"
"""The relation of a part to its whole; the other one is « égal »."""

IDENTITES = "nomenclatures/identites"
COTES = ("gauche", "droite")
"""The two sides of an identity: each is a formula."""

RESERVES = ["annee", "document", "page", "chapitre", "libelle", "valeur", "note"]
CONTROLES = [*RESERVES, "code", "recalcule", "ecart", "verdict"]


def valeurs(ed: Edition, annee: int | None = None) -> list[Nombre]:
    """The numbers that the year gives, or gives as missing for a reason, table after table."""
    return [
        n
        for schema, cadre in tables(ed, annee or ed.annee)
        for champ in schema.colonnes_de_nombres
        if champ.name in cadre
        for n in cadre[champ.name]
        if n.motif != A_REMPLIR
    ]


def tables(ed: Edition, annee: int) -> Iterator[tuple[Schema, pd.DataFrame]]:
    """The tables that a year gives values in."""
    for nom, schema in ed.donnees.schemas.items():
        if schema.a_saisir and ed.donnees.existe(nom, annee):
            yield schema, ed.donnees.table(nom, annee)


def reserves(ed: Edition) -> pd.DataFrame:
    """What must be known to read some values: a row for each that has a note, in the order of sources.

    Earlier years are there as far as the same document gives them. Columns: ``annee``, ``document``, ``page`` and
    ``chapitre`` of the document, ``libelle`` and ``valeur`` (:class:`Nombre`) of the first number of the row, ``note``.
    """
    lignes = []
    for annee in ed.annees:
        for _, cadre in tables(ed, annee):
            for _, ligne in cadre[cadre["note"] != ""].iterrows() if "note" in cadre else ():
                valeur = next(v for v in ligne if isinstance(v, Nombre))
                lignes.append([annee, *_lieu(valeur), valeur.origine.libelle, valeur, ligne["note"]])
    return _de_la_meme_source(ed, pd.DataFrame(lignes, columns=RESERVES))


def _lieu(n: Nombre) -> list:
    """Document, page and chapter that a number comes from."""
    source = n.origine.source
    return [source.document, int(source.page or 0), source.section.split(",")[0]] if source else ["", 0, ""]


def _de_la_meme_source(ed: Edition, cadre: pd.DataFrame) -> pd.DataFrame:
    """The rows of the year, and of earlier years those that a document which the year cites gives too; by page."""
    cites = cadre.loc[cadre["annee"] == ed.annee, "document"]
    gardes = cadre[cadre["document"].isin(cites)]
    return gardes.sort_values(["document", "page", "chapitre"], kind="stable", ignore_index=True)


def comparer(publie: Nombre, recalcule: Nombre) -> str:
    """The verdict on a published figure. One that compares both sides of a break in series is not recomputed.

    Equal to the rounding is equal at the published decimals, rounded half up: a truncated figure is different. A
    published NS is equal to a computed NS, and to a change of nothing.
    """
    if recalcule.motif in ("ND", "NC", "SO", SECRET) or (publie.connu and not recalcule.connu and ruptures(recalcule)):
        return INCALCULABLE
    if publie.motif in ("ND", "NC"):  # the document leaves its place empty
        return INCALCULABLE
    if publie.motif == "NS":
        return EGAL if recalcule.motif == "NS" or recalcule == 0 else DIFFERENT
    if not (publie.connu and recalcule.connu):
        return DIFFERENT
    if Decimal(publie) == Decimal(recalcule):
        return EGAL
    return ARRONDI if arrondir(recalcule, publie.decimales) == Decimal(publie) else DIFFERENT


def controles(ed: Edition) -> pd.DataFrame:
    """Every derived figure published for the edition's year, recomputed: a row each; none for a year without any.

    The rows and columns of :func:`reserves` (``note``: the likely cause of a difference), with ``code``, ``recalcule``
    (:class:`Nombre`), ``ecart`` (the right value, at the published decimals, minus the published one), ``verdict``.
    """
    lignes = [ligne for annee in ed.annees_connues(PUBLIE) for ligne in _controles(ed, annee)]
    return _de_la_meme_source(ed, pd.DataFrame(lignes, columns=CONTROLES))


def _controles(ed: Edition, annee: int) -> Iterator[list]:
    for code, ligne in ed.donnees.table(PUBLIE, annee).iterrows():
        publie = ligne["valeur"]
        recalcule = _sans_arrondi(ed, lire(ligne["formule"], ed)(annee)) if ligne["formule"] else Nombre.manquant()
        # A difference shows at the published decimals, or at two more where these hide it (NS, ND).
        decimales = publie.decimales if publie.connu else recalcule.decimales
        recalcule = recalcule.avec(decimales=decimales, unite=publie.unite, signe=False)
        juste = Nombre(arrondir(recalcule, decimales), decimales=decimales) if recalcule.connu else recalcule
        note = ligne.get("note", "") or _revisees(recalcule)
        resultat = [code, recalcule, ecart(juste, publie), comparer(publie, recalcule)]
        yield [annee, *_lieu(publie), ligne["libelle"], publie, note, *resultat]


def _revisees(recalcule: Nombre) -> str:
    """Why a figure published before a revision is not the one computed since."""
    noms = [f"{o.libelle}, {o.annee}" for o in recalcule.origines() if o.revision]
    return f"Révisé depuis sa publication : {liste(noms)}." if noms else ""


def identites(ed: Edition) -> pd.DataFrame:
    """Every identity in the edition's year, indexed by code.

    Columns: ``libelle``, ``chapitre``, ``relation`` (« égal », or « au plus » where the left side is a part of the
    right one), ``tolerance``, ``formule_gauche`` and ``formule_droite``, ``gauche``, ``droite`` and ``ecart``
    (:class:`Nombre`), ``explique`` (the gap that the year explains, ND if none) and ``explication`` (empty if none),
    ``etat`` (a key of :data:`ISSUES`).
    """
    cadre = ed.nomenclature("identites").rename(columns={cote: f"formule_{cote}" for cote in COTES})
    for cote in COTES:
        cadre[cote] = [_sans_arrondi(ed, lire(texte, ed, publies=True)(ed.annee)) for texte in cadre[f"formule_{cote}"]]
    cotes = list(zip(cadre["gauche"], cadre["droite"], strict=True))
    cadre["ecart"] = [ecart(g, d) if g.connu and d.connu else g - d for g, d in cotes]
    explications = {}
    if ed.connait("ecarts_expliques"):
        explications = ed.donnees.table("ecarts_expliques", ed.annee).to_dict("index")
    sans = {"ecart": Nombre.manquant(), "explication": ""}
    cadre["explique"] = [explications.get(code, sans)["ecart"] for code in cadre.index]
    cadre["explication"] = [explications.get(code, sans)["explication"] for code in cadre.index]
    cadre["etat"] = [_etat(identite) for identite in cadre.itertuples()]
    return cadre


def _sans_arrondi(ed: Edition, n: Nombre) -> Nombre:
    """The number; a secret where it is computed from counts that are published rounded, which prove nothing."""
    regles = () if ed.donnees.brutes else filter(None, map(ed.donnees.regle, n.origines()))
    if all(regle.traitement != secret.ARRONDI for regle in regles):
        return n
    return Nombre.manquant(SECRET, unite=n.unite, decimales=n.decimales)


def _etat(identite) -> str:
    """An explanation holds for one gap, at the decimals it is written with: another gap is another problem."""
    difference, explique = identite.ecart, identite.explique
    if not difference.connu:
        return INCALCULABLE
    if (difference if identite.relation == AU_PLUS else abs(difference)) <= identite.tolerance:
        return TENUE
    decimales = max(0, -explique.as_tuple().exponent) if explique.connu else 0
    return EXPLIQUEE if arrondir(difference, decimales) == explique else ROMPUE


# --- What `rapport check` says --------------------------------------------------------------------------------------


def erreurs(donnees: Donnees, lues: Mapping[int, Edition], annees: list[int], brouillon: bool = False) -> list[Erreur]:
    """Wrong formulas, and broken identities that the editions among ``annees`` do not explain; ``lues``: every year.

    The files themselves must be valid already. In a draft, identities are no errors (yet).
    Formulas are checked in every table of published figures.
    """
    trouvees = []
    for ed, texte, origine, colonne in _formules(donnees, lues, annees):
        try:
            lire(texte, ed, publies=colonne in COTES)
        except FormuleInvalide as e:
            trouve = f"{e.trouve} (caractère {e.position} de la formule)"
            trouvees.append(Erreur(origine.fichier, origine.ligne, colonne, e.attendu, trouve, e.message))
    if brouillon or IDENTITES not in donnees.schemas or any(e.colonne in COTES for e in trouvees):
        return trouvees
    editions = [annee for annee in annees if annee in donnees.editions]
    return trouvees + [e for annee in editions for e in identites_rompues(lues[annee])]


def _formules(
    donnees: Donnees, lues: Mapping[int, Edition], annees: list[int]
) -> Iterator[tuple[Edition, str, Origine, str]]:
    """Each formula of the years and of the identities: edition that it is about, text, row and column of its cell."""
    for annee in annees:
        if donnees.existe(PUBLIE, annee):
            figures = lues[annee].table(PUBLIE)
            cellules = zip(figures["formule"], figures["valeur"], strict=True)
            yield from ((lues[annee], texte, n.origine, "formule") for texte, n in cellules if texte)
    if IDENTITES in donnees.schemas and donnees.annees:
        ed = lues[donnees.annees[-1]]
        for _, identite in donnees.lignes_de_nomenclature("identites").iterrows():
            yield from ((ed, identite[cote], identite["tolerance"].origine, cote) for cote in COTES)


def identites_rompues(ed: Edition) -> list[Erreur]:
    """Identities that break without an explanation, explanations of another gap or of an identity that holds."""
    trouvees = []
    fichier = f"{ed.donnees.dossier.name}/{ed.annee}/ecarts_expliques.csv"
    for code, ligne in identites(ed).iterrows():
        montre = _montre(ligne["ecart"])
        if ligne["explique"].connu and ligne["etat"] in (TENUE, ROMPUE):
            attendu = f"écart de l’identité {cite(ligne['libelle'])} attendu"
            message = f"L’écart est maintenant de {montre} : revoyez les données, ou l’explication."
            if ligne["etat"] == TENUE:
                message = "L’identité tient : supprimez la ligne."
            trouve = cite(str(ligne["explique"]))
            trouvees.append(Erreur(fichier, ligne["explique"].origine.ligne, "ecart", attendu, trouve, message))
        elif ligne["etat"] == ROMPUE:
            origine = ligne["tolerance"].origine
            brut = arrondir(ligne["ecart"], ligne["ecart"].decimales)
            message = (
                f"L’écart est de {montre}. Corrigez les données de {ed.annee}, ou expliquez-le par une ligne "
                f"« {code},{brut},explication,source » dans {fichier}."
            )
            attendu = f"en {ed.annee}, identité {cite(ligne['libelle'])} attendue"
            trouve = " et ".join(f"{_montre(ligne[cote])} ({ligne[f'formule_{cote}']})" for cote in COTES)
            trouvees.append(Erreur(origine.fichier, origine.ligne, None, attendu, trouve, message))
    return trouvees


def _montre(n: Nombre) -> str:
    return nombre(n, n.decimales) if n.connu else ""
