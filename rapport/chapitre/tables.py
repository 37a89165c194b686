"""Tables of the book: accessible HTML and CSV made from one DataFrame of numbers."""

from decimal import Decimal
from itertools import groupby
from numbers import Integral, Number

import numpy as np
import pandas as pd
from jinja2 import Environment

from rapport.chapitre import provenance
from rapport.chapitre.cadres import nombres
from rapport.nombres import francais
from rapport.nombres.nombre import A_REMPLIR, REVISE, SANS_OBJET, Nombre, ecrire, motif_en_clair

MIME = "application/vnd.rapport.tableau+json"
MIME_FICHIER = "application/vnd.rapport.fichier+json"
EXACT = Decimal("1e-9")
"""What divisions leave of a sum that is that of its parts."""

ORDINAIRE = (
    "{} : « {} » ne s’écrit pas ainsi en français, et ne dit pas d’où il vient. Faites-en des nombres du livre, "
    'par .astype("nombre"), ou des mots.'
)
MENTION = "Titre, source et licence"
FORMULE = ("=", "+", "-", "@", "\t", "\r")

_GABARIT = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<thead>
{% for rangee in entetes %}
<tr>
{% for e in rangee %}
<th scope="{{ e.portee }}"{% if e.largeur > 1 %} colspan="{{ e.largeur }}"{% endif %}\
{% if e.hauteur %} rowspan="{{ e.hauteur }}"{% endif %}{% if e.nombre %} class="nombre"{% endif %}>\
{% if e.largeur > 1 %}<span>{{ e.texte }}</span>{% else %}{{ e.texte }}{% endif %}\
{% if e.unite %} <span class="unite">({{ e.unite }})</span>{% endif %}</th>
{% endfor %}
</tr>
{% endfor %}
</thead>
{% for groupe in groupes %}
<tbody>
{% if groupe.titre %}
<tr class="groupe"><th scope="rowgroup" colspan="{{ largeur }}"><span>{{ groupe.titre }}</span></th></tr>
{% endif %}
{% for ligne in groupe.lignes %}
<tr{% if ligne.classe %} class="{{ ligne.classe }}"{% endif %}><th scope="row">{{ ligne.titre }}</th>
{% for c in ligne.cellules %}
<td{% if c.cle %} data-n="{{ c.cle }}"{% elif c.classe %} class="{{ c.classe }}"{% endif %}>\
{% if c.motif %}<abbr title="{{ c.motif }}">{{ c.texte }}</abbr>{% else %}{{ c.texte }}{% endif %}\
{{ c.marque }}</td>
{% endfor %}
</tr>
{% endfor %}
</tbody>
{% endfor %}
""")


def verifier(df: pd.DataFrame) -> None:
    """Raises ``TypeError``, which names the column, for what is neither a Nombre, a whole number nor words: it would be
    written in English, and not say where it comes from. Words may be missing, in a column of words."""
    titres = [axe.to_frame().stack() for axe in (df.index, df.columns)]
    lieux = ["titres des lignes", "titres des colonnes", *(f"colonne « {nom} »" for nom in df.columns)]
    for lieu, valeurs in zip(lieux, [*titres, *(colonne for _, colonne in df.items())], strict=True):
        mots = isinstance(valeurs.dtype, pd.StringDtype)
        for valeur in (v for v in valeurs if v is not None and not isinstance(v, Nombre)):
            entier = isinstance(valeur, Integral) and not isinstance(valeur, bool)
            ordinaire = isinstance(valeur, Number | np.bool) and not entier
            if not mots if pd.isna(valeur) else ordinaire:
                raise TypeError(ORDINAIRE.format(lieu, valeur))


def corps_html(df: pd.DataFrame, entete: str = "", sous_totaux=(), totaux=(), origine: bool = True) -> str:
    """``<thead>`` and ``<tbody>`` of a table: row and column headers with their scope, units in the head.

    A two-level column index gives two head rows; a two-level row index gives groups with a title row. Rows whose label
    is in ``sous_totaux`` or ``totaux`` stand out. ``origine``: let each number tell where it comes from.
    """
    unites = [_unite_commune(df.iloc[:, i]) for i in range(df.shape[1])]
    groupes = []
    for cle, ligne in zip(df.index, df.itertuples(index=False, name=None), strict=True):
        titre, libelle = map(francais.typographie, map(str, cle if isinstance(cle, tuple) else ("", cle)))
        if not groupes or groupes[-1]["titre"] != titre:
            groupes.append({"titre": titre, "lignes": []})
        intitule = cle[-1] if isinstance(cle, tuple) else cle
        classe = "total" if intitule in totaux else "sous-total" if intitule in sous_totaux else ""
        cellules = [_cellule(v, unite, origine) for v, unite in zip(ligne, unites, strict=True)]
        groupes[-1]["lignes"].append({"titre": libelle, "classe": classe, "cellules": cellules})
    chiffrees = [bool(nombres(df.iloc[:, [i]])) for i in range(df.shape[1])]
    entetes = _entetes(df.columns, entete, unites, chiffrees)
    return _GABARIT.render(entetes=entetes, groupes=groupes, largeur=df.shape[1] + 1)


def _entetes(colonnes: pd.Index, entete: str, unites, nombres) -> list[list[dict]]:
    coin = {"texte": entete or "Intitulé", "portee": "col", "largeur": 1}
    derniere = [
        {"texte": c[-1] if isinstance(c, tuple) else c, "portee": "col", "largeur": 1, "unite": u, "nombre": n}
        for c, u, n in zip(colonnes, unites, nombres, strict=True)
    ]
    if colonnes.nlevels == 1:
        return [[coin, *derniere]]
    groupes = [(haut, len(list(suite))) for haut, suite in groupby(haut for haut, _ in colonnes)]
    premiere = [{"texte": haut, "portee": "colgroup", "largeur": largeur} for haut, largeur in groupes]
    return [[coin | {"hauteur": colonnes.nlevels}, *premiere], derniere]


def _unite_commune(colonne: pd.Series) -> str:
    unites = {v.unite for v in colonne if isinstance(v, Nombre) and (v.connu or v.unite)}
    unite = unites.pop() if len(unites) == 1 else ""
    return unite if unite in (*francais.SYMBOLES, "points") else ""


def _cellule(valeur, unite: str, origine: bool) -> dict:
    if not isinstance(valeur, Nombre):
        return {"texte": "" if pd.isna(valeur) else francais.typographie(str(valeur))}
    marque = provenance.MARQUE_REVISE if valeur.revision else ""
    if not valeur.connu:
        motif = provenance.absence(valeur)
        classe = "nombre a-remplir" if valeur.motif == A_REMPLIR else "nombre"
        return {"texte": valeur.motif, "classe": classe, "motif": motif, "marque": marque}
    cle = provenance.cle(valeur) if origine else ""
    return {"texte": ecrire(valeur, unite=not unite), "classe": "nombre", "cle": cle, "marque": marque}


def en_csv(df: pd.DataFrame, entete: str = "", mention: str = "") -> str:
    """The table as CSV for a French Excel: semicolons, decimal commas (write it with a BOM).

    ``mention`` (title, source, licence) stands in the last column, on the first row: lines before or after the table
    would be taken for its head or its rows, and make words of its numbers.
    """
    colonnes = _noms(df)
    unites = [_unite_commune(df.iloc[:, i]) for i in range(df.shape[1])]
    brut = df.astype(object).map(_brut)
    brut.columns = [_brut(f"{c} ({u})" if u else c) for c, u in zip(colonnes, unites, strict=True)]
    brut.index = df.index.map(lambda cle: tuple(map(_brut, cle)) if isinstance(cle, tuple) else _brut(cle))
    notes = [_notes(ligne, colonnes) for ligne in df.itertuples(index=False, name=None)]
    if any(notes):
        brut["Révisions"] = notes
    if mention:
        brut[MENTION] = [_brut(mention)] + [""] * (len(brut) - 1)
    niveaux = ["Groupe"] * (df.index.nlevels - 1) + [_brut(entete or "Intitulé")]
    return brut.to_csv(sep=";", lineterminator="\r\n", index_label=niveaux)


def en_json(df: pd.DataFrame) -> list[dict]:
    """The numbers of the table, row by row: where they stand, the value as shown, with a decimal point (``None`` if it
    is missing), its unit, its status, where it comes from, its revisions."""
    nombres = []
    for cle, ligne in zip(df.index, df.itertuples(index=False, name=None), strict=True):
        intitule = " – ".join(map(str, cle)) if isinstance(cle, tuple) else str(cle)
        for colonne, n in zip(_noms(df), ligne, strict=True):
            if isinstance(n, Nombre):
                identifiant, connue = provenance.fiche(n)
                fiche = dict(connue)
                statut = (REVISE if n.revision else "publié") if n.connu else motif_en_clair(n.motif)
                valeur = fiche.pop("valeur") if n.connu else None
                cellule = {cle: fiche.pop(cle) for cle in ("fichier", "ligne") if cle in fiche}
                lieu = {"intitule": intitule, "colonne": colonne, "cellule": cellule or None}
                lieu |= {"revisions": provenance.revisions(n)}
                nombres.append(fiche | lieu | {"id": identifiant, "valeur": valeur, "statut": statut})
    return nombres


def _notes(ligne: tuple, colonnes: list) -> str:
    """« 2022 : révisé, ND jusque-là »: the revised values of a row."""
    notes = [
        f"{colonne} : {REVISE}, {ecrire(n.revision.ancienne)} jusque-là"
        for colonne, n in zip(colonnes, ligne, strict=True)
        if isinstance(n, Nombre) and n.revision
    ]
    return " ; ".join(map(francais.typographie, notes))


def _brut(valeur) -> str:
    """A cell of a CSV. Words that a spreadsheet would take for a formula (« + de 60 ans ») begin with an apostrophe."""
    if not isinstance(valeur, Nombre):
        texte = "" if pd.isna(valeur) else str(valeur)
        return f"'{texte}" if texte.startswith(FORMULE) else texte
    return str(francais.arrondir(valeur, valeur.decimales)).replace(".", ",") if valeur.connu else valeur.motif


def source(df: pd.DataFrame) -> str:
    """« Rapport d’activité 2023…, p. 10 » : the documents ``df``'s numbers come from; says if some are computed."""
    lus = nombres(df)
    textes = provenance.documents(lus)
    calcule = any(n.calcul and n.connu for n in lus)
    if lus and not textes:
        return "données de la présente édition"
    return " ; ".join(textes) + (" ; calculs de la présente édition" if calcule and textes else "")


def phrase_arrondis(df: pd.DataFrame, sous_totaux=(), totaux=()) -> str:
    """What the shown parts of a total (or of 100 %) add up to, where rounding alone makes it another number than the
    shown total; empty elsewhere."""
    libelles = [cle[-1] if isinstance(cle, tuple) else cle for cle in df.index]
    dits = []
    for nom, colonne in zip(_noms(df), (df.iloc[:, i] for i in range(df.shape[1])), strict=True):
        rangs = [
            (x, v) for x, v in zip(libelles, colonne, strict=True) if isinstance(v, Nombre) and v.motif != SANS_OBJET
        ]
        parts = [v for libelle, v in rangs if libelle not in (*sous_totaux, *totaux)]
        cent = [Nombre(100)] if parts and all(v.unite == "%" for v in parts) else []
        total = ([v for libelle, v in rangs if libelle in totaux] or cent)[:1]
        if total and all(v.connu for v in (*parts, *total)):
            exacte, affichee = sum(map(Decimal, parts)), sum(francais.arrondir(v, v.decimales) for v in parts)
            decimales = max(total[0].decimales, min((v.decimales for v in parts), default=0))
            affichee = francais.arrondir(affichee, decimales)
            if abs(exacte - Decimal(total[0])) < EXACT and affichee != francais.arrondir(total[0], total[0].decimales):
                somme = parts[0].avec(affichee, decimales=decimales, signe=False)
                dits.append(f"celles de « {nom} » totalisent {ecrire(somme)}")
    return f"Les valeurs sont arrondies une à une\u00a0: {francais.liste(dits)}." if dits else ""


def _noms(df: pd.DataFrame) -> list[str]:
    return [" – ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in df.columns]
