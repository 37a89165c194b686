"""Words stay true whatever the numbers: each sentence is written with others than its own, and what is read agrees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product

import matplotlib.pyplot as plt
import pytest
from jinja2 import nodes
from outils import RACINE

import rapport.chapitre
from rapport.chapitre import prose, seance
from rapport.livre.sommaire import lire_carnet, lister_chapitres
from rapport.nombres.nombre import Nombre


def mots(liste: str) -> list[str]:
    return liste.split()


VALEURS = (0, 1, 2, None, 12345)
"""What each number becomes, in its turn and with all the others."""
COMPTENT = ("accord", "phrase", "lettres", "liste")
"""The filters that a collection may be given to, for how many things it has."""
SANS_NOMBRE = ("accord", "selon", "pour_tous", "variation", "evolue", "de_plus", "connu", "mois", "texte_annee")
"""What writes words that already follow their number."""
NEUTRES = mots(
    """
    à afin ainsi après au aux autour avant avec c’est chaque contre d’une d’un d’ dans de depuis des donc dont
    du en entre environ et euros fin hors l’ la le les mais moins ni notamment ou où par parmi pendant plus pour
    qu’ que qui sans sauf se selon seulement soit son sous sur toujours un une vers y
    """
)
"""What may follow a number that is not given its noun: none of these words agrees with it (« {{ n }} en tout »)."""
INVARIABLES = mots(
    """
    accès appui autrefois avis bas bonus Caf cas choix Clas concours corps cours dans des dès depuis fois gros
    jamais km Laep mais mauvais mieux moins mois pays palais parcours pas plus processus progrès propos relais
    rendez-vous repas repos sans secours ses sous succès temps tiers toujours très trois univers vers vis-à-vis
    ETP
    """
)
"""Words that end like a plural and are none, or do not vary."""
NON_VERBES = mots(
    """
    adolescent agent appartient argent client comment content différent équivalent établissement excédent fréquent
    intervenant parent patient permanent présent précédent récent référent souvent suivant urgent vent vient
    """
)
"""Words in « -ent » that are no verb; those in « -ment » are not taken for one either."""
MOIS = mots(
    """
    janvier février mars avril mai juin juillet août septembre octobre novembre décembre
    """
)
DETERMINANTS = re.compile(r"(?i)(?:^|[\s(«’])(les|ces|aux|des|leurs|ses|nos|tous|toutes|quelques|ceux|celles) $")
VERBE = re.compile(r"\b(a|est|avait|était|ont|sont|avaient|étaient|n’a|n’est|peut|peuvent|doit|doivent)\b")
AU_PLURIEL = re.compile(rf"\b(ont|sont|font|vont|seront|auront|(?!(?i:{'|'.join(NON_VERBES)})\b)\w+(?<!m)ent)\b")
AU_SINGULIER = re.compile(r"\b(a|est|avait|était|peut|doit|fait|va|sera|aura|n’a|n’est)\b")
UN = re.compile(r"(?<![\w\d,.\u202f-])(?:[01](?:,\d+)?|une?|aucune?)[ \u00a0](?![%€])", re.IGNORECASE)
DEUX = re.compile(r"(?<![\w\d,.\u202f-])(?:2|deux|12\u202f345)[ \u00a0](?![%€])([^\W\d][\w’-]*)", re.IGNORECASE)
SUJET = re.compile(r"(?:^|[.;:\n] |- )(?:En \d{4}, )?$")
PROPOSITION = re.compile(r"[,.;:()«»\n]|\b(?:et|ou|qui|que|dont|où|pour|quand)\b|qu’")


REPRISE = re.compile(r"(?m)^(?:[-*] )?\{\{[^\n]+\n(?:[-*] )?((?:Ils|Elles|Ces|Ceux|Celles|Leurs?|Tous|Toutes)\b[^\n]*)")
"""A sentence that takes up again, in the plural, the number that the one before begins with."""
PYTHON = re.compile(rf"\{{(?:ecrire|nombre)\([^{{}}]*\)\}}[ \u00a0](?!(?:{'|'.join(NEUTRES)})\b)[^\W\d]\w+")
"""A noun typed beside a number in a label."""


@dataclass
class Essai:
    """What the numbers of a template become. ``vises``: the expressions that are changed, all if None."""

    valeur: int | None = None
    vises: set[str] | None = field(default_factory=set)
    vus: set[str] = field(default_factory=set)

    def __call__(self, cle: str, valeur, filtre: str):
        nombre = isinstance(valeur, Nombre)
        compte = filtre == "length" or (filtre in COMPTENT and hasattr(valeur, "__len__") and not nombre)
        if isinstance(valeur, str | prose.Ecrit) or not (nombre or compte):
            return valeur
        self.vus.add(cle)
        if self.vises is not None and cle not in self.vises:
            return valeur
        if nombre:
            return valeur.avec(self.valeur, motif=None) if self.valeur is not None else valeur.avec(motif="ND")
        if self.valeur is None:
            return valeur
        return self.valeur if filtre == "length" else (list(valeur) * 2)[: self.valeur]


def viser(noeud: nodes.Node, filtre: str = "") -> nodes.Node:
    """The expression with what its filters begin from handed to the trial."""
    if isinstance(noeud, nodes.Filter) and noeud.name != "length":
        noeud.node = viser(noeud.node, noeud.name)
        noeud.args = [viser(argument) for argument in noeud.args]
        return noeud
    if isinstance(noeud, nodes.Const | nodes.TemplateData):
        return noeud
    if isinstance(noeud, nodes.Compare | nodes.And | nodes.Or | nodes.Not | nodes.CondExpr):
        for nom, valeur in noeud.iter_fields():
            if nom in ("expr", "left", "right", "node", "test", "expr1", "expr2") and valeur is not None:
                setattr(noeud, nom, viser(valeur))
        for operande in getattr(noeud, "ops", ()):
            operande.expr = viser(operande.expr)
        return noeud
    genre = "length" if isinstance(noeud, nodes.Filter) else filtre
    arguments = [nodes.Const(repr(noeud)), noeud, nodes.Const(genre)]
    return nodes.Call(nodes.Name("_essai", "load"), arguments, [], None, None)


def base(noeud: nodes.Node) -> str:
    while isinstance(noeud, nodes.Filter) and noeud.name != "length":
        noeud = noeud.node
    return repr(noeud)


def filtres(noeud: nodes.Node) -> list[nodes.Filter]:
    return [noeud, *filtres(noeud.node)] if isinstance(noeud, nodes.Filter) else []


def lire(texte: str) -> Iterator[str]:
    """What does not agree in a sentence as it is read."""
    for trouve in UN.finditer(texte):
        suite = PROPOSITION.split(texte[trouve.end() :])[0]
        mot = re.match(r"[\w’-]*", suite)[0]
        if re.search(r"[sx]$", mot) and mot not in INVARIABLES:
            yield f"pluriel après un singulier : « {trouve[0]}{suite} »"
        elif SUJET.search(texte[: trouve.start()]):
            suite = re.split(r"[.;:]|\b(?:qui|que|dont|où|pour|quand)\b|qu’", texte[trouve.end() :])[0]
            if AU_PLURIEL.search(re.sub(r", [^,]*(,|$)|«[^»]*»|\([^)]*\)", "", suite)):
                yield f"verbe au pluriel après un singulier : « {trouve[0]}{suite} »"
    for trouve in DEUX.finditer(texte):
        if not re.search(r"[sxz]$|’", trouve[1]) and not (
            trouve[1].isupper() or trouve[1] in (*NEUTRES, *INVARIABLES, *MOIS) or AU_PLURIEL.match(trouve[1])
        ):
            yield f"singulier après un pluriel : « {trouve[0]} »"
    for trouve in re.finditer(r"(?i)\bzéro\b[^,.;]*", texte):
        yield f"« zéro » : « {trouve[0]} »"
    for trouve in re.finditer(r"(?i)\b(?:aucune?|personne)\b[^.\n]*(?:\bsoit |\()0(,0+)?[ \u00a0]%", texte):
        yield f"une part après « aucun » : « {trouve[0]} » (sauf_zero)"
    for proposition in re.split(r"[.;:\n]|, ou dans aucune", texte):
        if re.search(r"(?i)\baucune?\b", proposition) and not re.search(r"(?i)\b(?:ne|sans)\b|\bn’", proposition):
            yield f"« aucun » sans « ne » : « {proposition.strip()} »"
    for trouve in re.finditer(r"(?i)\bavec aucune?\b[^,.;]*", texte):
        yield f"« sans » : « {trouve[0]} »"
    for trouve in re.finditer(r"(?i)\bsur (?:zéro|0[ \u00a0](?![%€]))[^,.;]*", texte):
        yield f"de rien, aucune part : « {trouve[0]} »"
    for trouve in re.finditer(
        r"(?<![\d,\u202f])(\d[\d,\u202f]*)[^\d;.]{0,30}, (?:contre|après) \1(?![\d,\u202f])[^,.;]*", texte
    ):
        yield f"comparé à lui-même : « {trouve[0]} » (entre)"
    for trouve in re.finditer(r"(?i)\b(de|que) (une?|aucune?)\b", texte):
        yield f"élision : « {trouve[0]} »"


def relire_filtre(filtre: nodes.Filter) -> Iterator[str]:
    """What is wrong in the wordings themselves."""
    arguments = [a.value for a in filtre.args if isinstance(a, nodes.Const)]
    nommes = {k.key: k.value.value for k in filtre.kwargs if isinstance(k.value, nodes.Const)}
    singulier, pluriel, aucun, *_ = [*arguments, None, None, None]
    pluriel, aucun = nommes.get("pluriel", pluriel), nommes.get("aucun", aucun)
    if not singulier:
        return
    if pluriel is None and " " in singulier:
        yield f"il manque le pluriel de « {singulier} »"
    if AU_PLURIEL.search(singulier) or AU_PLURIEL.search(aucun or ""):
        yield f"pluriel dans le singulier : « {singulier} », « {aucun} »"
    if {*AU_SINGULIER.findall(pluriel or "")} - {*AU_SINGULIER.findall(singulier)}:
        yield f"singulier dans le pluriel : « {pluriel} »"
    if filtre.name != "accord" and aucun is None and (VERBE.search(f"{singulier} {pluriel}") or "en_lettres" in nommes):
        yield f"rien n’est dit pour zéro : « {singulier} »"


def relire_gabarit(arbre: nodes.Template, nombres: set[str]) -> Iterator[str]:
    """The words typed beside a number."""
    for sortie in arbre.find_all(nodes.Output):
        morceaux = sortie.nodes
        for rang, noeud in enumerate(morceaux):
            noms = [filtre.name for filtre in filtres(noeud)]
            if base(noeud) not in nombres or set(noms) & set(SANS_NOMBRE):
                continue
            avant, apres = (
                m.data if isinstance(m, nodes.TemplateData) else ""
                for m in ([*morceaux, None][rang - 1] if rang else None, [*morceaux, None][rang + 1])
            )
            if trouve := DETERMINANTS.search(avant):
                yield f"« {trouve[1]} » devant un nombre : « {avant[-40:]}{{{{ … }}}} »"
            mot = re.match(r"[ \u00a0\u202f]([^\W\d][\w-]*’?)", apres)
            if mot and mot[1] not in (*NEUTRES, *INVARIABLES):
                yield f"« {mot[1]} » après un nombre : « {{{{ … }}}}{apres[:40]} »"


def relire_affirmations(arbre: nodes.Template, nombres: set[str]) -> Iterator[str]:
    """Claims that forget ties and missing values: by a rank, by a comparison that takes a missing number for less."""
    for noeud in arbre.find_all(nodes.Getitem):
        if isinstance(noeud.node, nodes.Getattr) and noeud.node.attr in ("iloc", "index"):
            yield "un rang affirme sans dire les égalités : plus_haut, plus_bas"
    for noeud in arbre.find_all(nodes.Compare):
        for terme in (noeud.expr, *(operande.expr for operande in noeud.ops)):
            if base(terme) in nombres and "length" not in [f.name for f in filtres(terme)]:
                yield "une comparaison prend ce qui manque pour « non » : selon, pour_tous, entre"


@contextmanager
def essayer() -> Iterator[list[str]]:
    """While it lasts, all that is rendered is rendered with other numbers too; what is wrong of it."""
    fautes: list[str] = []
    rendre_unite, en_cours = prose._rendre_unite, []

    def rendre(gabarit: str, noms: dict, environnement=prose._ENVIRONNEMENT) -> prose.Ecrit:
        ecrit = rendre_unite(gabarit, noms, environnement)
        if not en_cours and "{" in gabarit:
            en_cours.append(gabarit)
            fautes.extend(f"{faute} ({gabarit[:100]})" for faute in dict.fromkeys(relire(gabarit, noms)))
            en_cours.pop()
        return ecrit

    prose._rendre_unite = rendre
    try:
        yield fautes
    finally:
        prose._rendre_unite = rendre_unite


def relire(gabarit: str, noms: dict) -> Iterator[str]:
    arbre, change = (prose._ENVIRONNEMENT.parse(gabarit) for _ in range(2))
    for sortie in change.find_all(nodes.Output):
        sortie.nodes = [viser(noeud) for noeud in sortie.nodes]
    for condition in change.find_all(nodes.If):
        condition.test = viser(condition.test)
    modifie, essai = prose._ENVIRONNEMENT.from_string(change), Essai()

    def ecrire() -> str:
        try:
            return str(prose.mots.elider(prose.Ecrit(*modifie.generate(noms | {"_essai": essai}))))
        except prose.ValeurManquante:
            return ""

    yield from lire(ecrire())
    for valeur, vises in product(VALEURS, (None, *({cle} for cle in sorted(essai.vus)))):
        essai.valeur, essai.vises = valeur, vises
        yield from lire(ecrire())
    yield from relire_gabarit(arbre, essai.vus)
    for filtre in arbre.find_all(nodes.Filter):
        if filtre.name in ("phrase", "accord"):
            yield from relire_filtre(filtre)
    yield from relire_affirmations(arbre, essai.vus)


def fautes(nom: str, monkeypatch) -> list[str]:
    """What does not agree in a chapter, whose cells are run without drawing anything."""

    def montrer(fig=None, *_, **gabarits):
        for gabarit in ("titre", "legende", "forme", "entete"):
            seance.composer(gabarits.get(gabarit, ""))
        plt.close("all")

    for montre in ("figure", "tableau", "telechargement"):
        monkeypatch.setattr(rapport.chapitre, montre, montrer)
    monkeypatch.setattr(rapport.chapitre, "markdown", lambda _: None)
    monkeypatch.chdir(RACINE / "chapters")
    noms: dict = {}
    seance.commencer(noms)
    (chemin,) = (c.chemin for c in lister_chapitres(RACINE) if c.nom == nom)
    with essayer() as trouvees:
        for cellule in lire_carnet(chemin).cells:
            if cellule.cell_type == "code" and cellule.source.startswith(("%%texte", "%%en_bref")):
                trouvees += [f"pluriel d’un nombre : « {trouve} »" for trouve in REPRISE.findall(cellule.source)]
                seance.composer(cellule.source.partition("\n")[2])
            elif cellule.cell_type == "code" and not cellule.source.startswith("%%"):
                trouvees += [f"mot après un nombre : « {trouve} »" for trouve in PYTHON.findall(cellule.source)]
                exec(re.sub(r"(?m)^%.*$", "", cellule.source), noms)
    return trouvees


@pytest.mark.parametrize("nom", [c.nom for c in lister_chapitres(RACINE)])
def test_sentences_agree_with_any_number(nom, monkeypatch):
    trouvees = fautes(nom, monkeypatch)
    assert not trouvees, "\n".join(trouvees)
