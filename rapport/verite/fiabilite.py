"""How far the printed figures can be relied on: each one recomputed, and the identities that hold every year.

``data/<year>/publie.csv`` holds derived figures as printed, with their formula (:mod:`rapport.verite.formules`);
``data/nomenclatures/identites.csv`` states what must be equal in any year, and ``data/<year>/ecarts_expliques.csv``
why it is not in one. The annex of the book shows what :func:`controles` and :func:`identites` find;
``rapport check`` refuses what :func:`erreurs` finds.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd

from rapport.controle.erreurs import Erreur, cite
from rapport.donnees.dossier import Donnees
from rapport.donnees.edition import Edition
from rapport.nombres.calculs import ecart, ruptures
from rapport.nombres.francais import arrondir, liste, nombre
from rapport.nombres.nombre import Nombre
from rapport.verite.formules import FormuleInvalide, lire

EGAL, ARRONDI, DIFFERENT = "égal", "égal à l’arrondi près", "différent"
INCALCULABLE = "non calculable"
VERDICTS = (EGAL, ARRONDI, DIFFERENT, INCALCULABLE)
"""What becomes of a printed figure, from the best to what cannot be told."""

TENUE, EXPLIQUEE, ROMPUE = "tenue", "expliquée", "rompue"
ETATS = (TENUE, EXPLIQUEE, ROMPUE, INCALCULABLE)
"""What becomes of an identity in a year."""
AU_PLUS = "au plus"
"""The relation of a part to its whole; the other one is « égal »."""

COLONNES = ["annee", "code", "chapitre", "libelle", "unite"]
COLONNES += ["imprime", "recalcule", "ecart", "verdict", "formule", "note"]


def comparer(imprime: Nombre, recalcule: Nombre) -> str:
    """The verdict on a printed figure. One that compares both sides of a break in series is not recomputed.

    Equal to the rounding is equal at the printed decimals, rounded half up: a truncated figure is different. A
    printed NS is equal to a computed NS, and to a change of nothing.
    """
    if recalcule.motif in ("ND", "NC", "SO") or (imprime.connu and not recalcule.connu and ruptures(recalcule)):
        return INCALCULABLE
    if imprime.motif == "NS":
        return EGAL if recalcule.motif == "NS" or recalcule == 0 else DIFFERENT
    if not (imprime.connu and recalcule.connu):
        return DIFFERENT
    if Decimal(imprime) == Decimal(recalcule):
        return EGAL
    return ARRONDI if arrondir(recalcule, imprime.decimales) == Decimal(imprime) else DIFFERENT


def controles(ed: Edition) -> pd.DataFrame:
    """Every derived figure that the report of the edition prints, recomputed: one row each, in the order of its pages.

    Earlier years are there as far as the same document prints them. Columns: ``annee``, ``code``, ``chapitre`` (the
    printed one), ``libelle``, ``unite``, ``imprime`` and ``recalcule`` (:class:`Nombre`), ``ecart`` (the right value,
    at the printed decimals, minus the printed one), ``verdict``, ``formule``, ``note`` (the likely cause of a
    difference).
    """
    lignes = [ligne for annee in ed.annees_connues("publie") for ligne in _lignes(ed, annee)]
    documents = {ligne["document"] for ligne in lignes if ligne["annee"] == ed.annee}
    imprimees = [ligne for ligne in lignes if ligne["document"] in documents]
    imprimees.sort(key=lambda ligne: (ligne["page"], ligne["chapitre"]))
    return pd.DataFrame(imprimees, columns=COLONNES)


def _lignes(ed: Edition, annee: int):
    for code, ligne in ed.donnees.table("publie", annee).iterrows():
        imprime = ed.publie(code, annee)
        recalcule = lire(ligne["formule"], ed)(annee) if ligne["formule"] else Nombre.manquant()
        # A difference shows at the printed decimals, or at two more where these hide it (NS, ND).
        decimales = imprime.decimales if imprime.connu else recalcule.decimales
        recalcule = recalcule.avec(decimales=decimales, unite=imprime.unite, signe=False)
        juste = Nombre(arrondir(recalcule, decimales), decimales=decimales) if recalcule.connu else recalcule
        source = imprime.origine.source
        yield {
            "annee": annee,
            "code": code,
            "document": source.document,
            "page": int(source.page or 0),
            "chapitre": source.section.split(",")[0],
            "libelle": ligne["libelle"],
            "unite": ligne["unite"],
            "imprime": imprime,
            "recalcule": recalcule,
            "ecart": ecart(juste, imprime),
            "verdict": comparer(imprime, recalcule),
            "formule": ligne["formule"],
            "note": ligne.get("note", "") or _revisees(recalcule),
        }


def _revisees(recalcule: Nombre) -> str:
    """Why a figure printed before a revision is not the one computed since."""
    noms = [f"{o.libelle}, {o.annee}" for o in recalcule.origines() if o.revision]
    return f"Révisé depuis l’impression : {liste(noms)}." if noms else ""


def identites(ed: Edition) -> pd.DataFrame:
    """Every identity in the edition's year, indexed by code.

    Columns: ``libelle``, ``chapitre``, ``relation`` (« égal », or « au plus » where the left side is a part of the
    right one), ``gauche``, ``droite`` and ``ecart`` (:class:`Nombre`), ``etat`` (one of :data:`ETATS`), ``explication``
    (empty unless the year explains the gap), ``formule_gauche`` and ``formule_droite``.
    """
    lignes = {}
    explications = ed.donnees.table("ecarts_expliques", ed.annee) if ed.connait("ecarts_expliques") else pd.DataFrame()
    for code, identite in ed.nomenclature("identites").iterrows():
        gauche, droite = (lire(identite[cote], ed, publies=True)(ed.annee) for cote in ("gauche", "droite"))
        difference = ecart(gauche, droite) if gauche.connu and droite.connu else gauche - droite
        explication = explications.loc[code] if code in explications.index else None
        lignes[code] = {
            "libelle": identite["libelle"],
            "chapitre": identite["chapitre"],
            "relation": identite["relation"],
            "gauche": gauche,
            "droite": droite,
            "ecart": difference,
            "etat": _etat(identite, difference, explication),
            "explication": explication["explication"] if explication is not None else "",
            "formule_gauche": identite["gauche"],
            "formule_droite": identite["droite"],
        }
    return pd.DataFrame.from_dict(lignes, orient="index")


def _etat(identite: pd.Series, difference: Nombre, explication: pd.Series | None) -> str:
    if not difference.connu:
        return INCALCULABLE
    exces = Decimal(difference) if identite["relation"] == AU_PLUS else abs(Decimal(difference))
    if exces <= Decimal(identite["tolerance"]):
        return TENUE
    return EXPLIQUEE if explication is not None and _explique(explication, difference) else ROMPUE


def _explique(explication: pd.Series, difference: Nombre) -> bool:
    """An explanation holds for one gap, at the decimals it is written with: another gap is another problem."""
    prevu = Decimal(explication["ecart"])
    return arrondir(difference, max(0, -prevu.as_tuple().exponent)) == prevu


# --- What `rapport check` says --------------------------------------------------------------------------------------


def erreurs(dossier: Path, annees: list[int], brouillon: bool = False) -> list[Erreur]:
    """Wrong formulas, and broken identities that the editions among ``annees`` do not explain.

    The files themselves must be valid already. In a draft, identities are no errors (yet).
    Formulas are checked in every table of published figures.
    """
    donnees = Donnees(dossier)
    trouvees = [e for annee in annees if donnees.existe("publie", annee) for e in _formules_publiees(dossier, annee)]
    if "nomenclatures/identites" not in donnees.schemas:
        return trouvees
    invalides = _formules_des_identites(dossier, donnees)
    trouvees += invalides
    if not (invalides or brouillon):
        trouvees += [
            e for annee in annees if annee in donnees.editions for e in identites_rompues(Edition(annee, dossier))
        ]
    return trouvees


def _formules_publiees(dossier: Path, annee: int) -> list[Erreur]:
    ed = Edition(annee, dossier)
    formules = ed.donnees.table("publie", annee)["formule"]
    return [
        e for code, texte in formules.items() if texte for e in _erreur_de_formule(ed, texte, ed.publie(code).origine)
    ]


def _formules_des_identites(dossier: Path, donnees: Donnees) -> list[Erreur]:
    if not donnees.annees:
        return []
    ed = Edition(donnees.annees[-1], dossier)
    cotes = [
        (identite[cote], identite["tolerance"].origine, cote)
        for _, identite in ed.nomenclature("identites").iterrows()
        for cote in ("gauche", "droite")
    ]
    return [e for texte, origine, cote in cotes for e in _erreur_de_formule(ed, texte, origine, cote)]


def _erreur_de_formule(ed: Edition, texte: str, origine, colonne: str = "formule") -> list[Erreur]:
    try:
        lire(texte, ed, publies=colonne != "formule")
    except FormuleInvalide as e:
        trouve = f"{e.trouve} (caractère {e.position} de la formule)"
        return [Erreur(origine.fichier, origine.ligne, colonne, e.attendu, trouve, e.message)]
    return []


def identites_rompues(ed: Edition) -> list[Erreur]:
    """Identities that break without an explanation, explanations of another gap or of an identity that holds."""
    nomenclature, resultat = ed.nomenclature("identites"), []
    explications = ed.donnees.table("ecarts_expliques", ed.annee) if ed.connait("ecarts_expliques") else pd.DataFrame()
    fichier = f"{ed.donnees.dossier.name}/{ed.annee}/ecarts_expliques.csv"
    for code, ligne in identites(ed).iterrows():
        montre = nombre(ligne["ecart"], ligne["ecart"].decimales) if ligne["ecart"].connu else ""
        if code in explications.index and ligne["etat"] in (TENUE, ROMPUE):
            origine = explications.loc[code, "ecart"].origine
            attendu = f"écart de l’identité {cite(ligne['libelle'])} attendu"
            message = f"L’écart est maintenant de {montre} : revoyez les données, ou l’explication."
            if ligne["etat"] == TENUE:
                message = "L’identité tient : supprimez la ligne."
            trouve = cite(str(explications.loc[code, "ecart"]))
            resultat.append(Erreur(fichier, origine.ligne, "ecart", attendu, trouve, message))
        elif ligne["etat"] == ROMPUE:
            origine = nomenclature.loc[code, "tolerance"].origine
            cotes = " et ".join(
                f"{nombre(ligne[cote], ligne[cote].decimales)} ({ligne['formule_' + cote]})"
                for cote in ("gauche", "droite")
            )
            message = (
                f"L’écart est de {montre}. Corrigez les données de {ed.annee}, ou expliquez-le par une ligne "
                f"« {code},{_brut(ligne['ecart'])},explication,source » dans {fichier}."
            )
            attendu = f"en {ed.annee}, identité {cite(ligne['libelle'])} attendue"
            resultat.append(Erreur(origine.fichier, origine.ligne, None, attendu, cotes, message))
    return resultat


def _brut(n: Nombre) -> str:
    return str(arrondir(n, n.decimales))
