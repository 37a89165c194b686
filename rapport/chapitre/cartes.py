"""Key numbers as cards: a value, its change, its trend."""

from collections.abc import Iterable

from jinja2 import Environment
from markupsafe import escape

from rapport.chapitre import provenance, ruptures
from rapport.chapitre.affichage import montrer
from rapport.chapitre.seance import composer
from rapport.nombres import francais
from rapport.nombres.calculs import evolution
from rapport.nombres.nombre import A_REMPLIR, SIGNIFICATIONS, Nombre, ecrire, sens

MIME = "application/vnd.rapport.cartes+json"
"""For the book, which knows the chapters that an edition has: what `rendre` takes, in ``cartes``."""

POINTS = 4
"""How many years a line needs to tell something."""

_CARTES = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<ul class="cartes">
{% for c in cartes %}
<li class="carte"><span class="carte-titre">\
{% if c.chapitre %}<a class="carte-lien" href="{{ c.chapitre }}.html">{{ c.titre }}</a>\
{% else %}{{ c.titre }}{% endif %}</span> <span class="carte-valeur">{{ c.valeur | safe }}</span>
{% if c.evolution %}
<span class="carte-evolution">{% if c.fleche %}<span aria-hidden="true">{{ c.fleche }}</span> {% endif %}\
{{ c.evolution | safe }}</span>
{% endif %}{% if c.courbe %}<span class="carte-tendance">{{ c.courbe | safe }} {{ c.periode }}</span>{% endif %}</li>
{% endfor %}
</ul>
""")


def cartes(lignes: list[dict]) -> None:
    """Show key numbers as cards: a list of ``{"titre": …, "serie": Series of Nombre by year, oldest first}``.

    Each card has the last value, its change on the year before or why this year is missing, and a small line over the
    years known without a gap, where there are four; with a ``"chapitre"`` (a notebook's name) it leads there.
    ``"note"`` is a template for what is said where the change is not known, instead of that reason. A card whose last
    value is not known is left out, unless it is still to be filled.
    """
    rendues, nombres = [], []
    for ligne in lignes:
        serie = ligne["serie"]
        dernier, avant = serie.iloc[-1], serie.get(serie.index[-1] - 1)
        if not dernier.connu and dernier.motif != A_REMPLIR:
            continue
        carte = {"titre": str(composer(ligne["titre"])), "chapitre": ligne.get("chapitre")}
        carte["valeur"] = provenance.marquer(dernier, _abreger(dernier))
        nombres.append(dernier)
        note = composer(ligne.get("note", ""))
        variation = Nombre.manquant() if avant is None else evolution(dernier, avant)
        if separees := ruptures.montrees(serie.iloc[-2:].to_frame()):
            carte["evolution"] = escape(" ".join(map(ruptures.phrase, separees)))
        elif variation.connu:
            fleche = {1: "▲", -1: "▼", 0: "="}[sens(variation)]
            ecrite = provenance.marquer(variation, ecrire(variation))
            carte |= {"evolution": ecrite + f" depuis {serie.index[-1] - 1}", "fleche": fleche}
            nombres.append(variation)
        elif note:
            carte["evolution"] = note.html()
            nombres += note.nombres
        elif avant is not None and avant.motif in SIGNIFICATIONS:
            carte["evolution"] = f"{serie.index[-1] - 1}{francais.INSECABLE}: {SIGNIFICATIONS[avant.motif]}"
        suite = serie.iloc[max((rang for rang, n in enumerate(serie, 1) if not n.connu), default=0) :]
        if len(suite) >= POINTS and not ruptures.montrees(suite.to_frame()):
            periode = f"de {suite.index[0]} à {suite.index[-1]}"
            carte |= {"courbe": _courbe([float(n) for n in suite]), "periode": periode}
        rendues.append(carte)
    if rendues:
        sorties = {MIME: {"cartes": rendues}, "text/html": rendre(rendues), "text/plain": "Chiffres clés"}
        montrer(sorties, nombres)


def rendre(cartes: Iterable[dict]) -> str:
    """Cards as HTML: each a ``titre`` (plain text), a ``valeur`` (HTML) and, if they have one, a ``chapitre`` (a
    notebook's name), an ``evolution`` (HTML) with its ``fleche``, a ``courbe`` (SVG) with its ``periode``."""
    return _CARTES.render(cartes=cartes)


def _abreger(n: Nombre) -> str:
    """« 191,5 M€ » for large amounts, the plain number otherwise."""
    if n.unite == "€" and abs(n) >= 1_000_000:
        return francais.nombre(float(n) / 1_000_000, 1) + francais.INSECABLE + "M€"
    return ecrire(n.avec(decimales=0 if n.unite == "€" else n.decimales))


def _courbe(valeurs: list[float]) -> str:
    """A trend line without axes; the numbers beside it say the rest."""
    bas, etendue = min(valeurs), (max(valeurs) - min(valeurs)) or 1
    points = [(4 + i * 72 / (len(valeurs) - 1), 20 - (v - bas) * 16 / etendue) for i, v in enumerate(valeurs)]
    trace = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        '<svg class="courbe" viewBox="0 0 80 24" width="80" height="24" aria-hidden="true">'
        f'<polyline points="{trace}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="currentColor"/></svg>'
    )
