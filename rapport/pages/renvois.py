"""Where else in the book the benefits of a page are treated.

Figures and tables come with the benefits that they talk about; a page whose figures share some with those of another
chapter links to these.
"""

from __future__ import annotations

from rapport.nombres import francais


def retenir(env, docname: str, nom: str, prestations: dict[str, str]) -> None:
    """Remember the benefits of a figure or table: ``nom`` is its id in the page."""
    if prestations:
        _toutes(env).setdefault(docname, {})[nom] = prestations


def renvois(app, page: str) -> list[dict]:
    """For each other chapter that shares benefits with ``page``: its title and address, the benefits, the figures."""
    env = app.env
    ici = {p for prestations in _toutes(env).get(page, {}).values() for p in prestations}
    resultat = []
    for autre in _dans_l_ordre(env):
        communs: dict[str, str] = {}
        liens = []
        for nom, prestations in _toutes(env).get(autre, {}).items():
            partagees = {p: libelle for p, libelle in prestations.items() if p in ici}
            if partagees and autre != page:
                communs |= partagees
                adresse = app.builder.get_relative_uri(page, autre)
                liens.append({"adresse": f"{adresse}#{nom}", "texte": _numero(env, autre, nom)})
        if liens:
            titre = {"titre": env.titles[autre].astext(), "adresse": app.builder.get_relative_uri(page, autre)}
            resultat.append(titre | {"prestations": francais.liste(map(_minuscule, communs.values())), "liens": liens})
    return resultat


def _minuscule(nom: str) -> str:
    return nom if nom[:2].isupper() else nom[0].lower() + nom[1:]


def _numero(env, page: str, nom: str) -> str:
    for genre, mot in (("figure", "figure"), ("table", "tableau")):
        if numero := env.toc_fignumbers.get(page, {}).get(genre, {}).get(nom):
            return f"{mot}\u00a0{'.'.join(map(str, numero))}"
    raise LookupError(f"{page}: « {nom} » has no number")


def _dans_l_ordre(env) -> list[str]:
    ordre, a_suivre = [], [env.config.root_doc]
    while a_suivre:
        page = a_suivre.pop(0)
        ordre.append(page)
        a_suivre = [*env.toctree_includes.get(page, []), *a_suivre]
    return ordre


def _toutes(env) -> dict[str, dict[str, dict[str, str]]]:
    if not hasattr(env, "rapport_prestations"):
        env.rapport_prestations = {}
    return env.rapport_prestations


def _purger(app, env, docname):
    _toutes(env).pop(docname, None)


def _fusionner(app, env, docnames, autre):
    _toutes(env).update({d: _toutes(autre)[d] for d in docnames if d in _toutes(autre)})


def setup(app):
    """Called by :mod:`rapport.pages.extension`."""
    app.connect("builder-inited", lambda app: _toutes(app.env))
    app.connect("env-purge-doc", _purger)
    app.connect("env-merge-info", _fusionner)
