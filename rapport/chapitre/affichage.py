"""What a chapter shows: texts, figures, tables and files, as outputs that the book's pages know."""

import re
from collections.abc import Iterable

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display
from markupsafe import Markup

from rapport.chapitre import figures, provenance, ruptures, tables
from rapport.chapitre.cadres import nombres
from rapport.chapitre.mots import Ecrit, joindre
from rapport.chapitre.seance import SEANCE, annee_connue, composer, edition
from rapport.donnees.adresse import identifiant
from rapport.nombres.nombre import Nombre

EN_BREF = "application/vnd.rapport.en-bref+json"
"""A message of the year: ``texte`` (inline Markdown) and ``poids``."""

EMPECHEE = (ruptures.RUPTURE, '<span class="a-remplir">')
"""How a line begins that says why a sentence cannot be said."""

TARDIF = (
    "« {} » est d’une année que l’édition {} ne connaît pas encore : lisez les nombres par ed = ouvrir(annee, donnees)."
)

POIDS = (
    "%%en_bref {} : écrivez l’importance du message, de 1 à 10, et, s’il parle d’une évolution calculée, son nom, par "
    "exemple %%en_bref 6, hausse."
)

NOM = (
    'nom="{}" : ce nom devient une adresse et un fichier. Il n’a que des minuscules sans accent, des chiffres et des '
    'traits d’union, par exemple nom="{}".'
)


def texte(ligne: str, cellule: str) -> None:
    """The cell magic ``%%texte``: a paragraph of the chapter, as a template over the notebook's variables."""
    _paragraphes(composer(cellule))


def en_bref(ligne: str, cellule: str) -> None:
    """The cell magic ``%%en_bref importance, variation``: a message for the head of the chapter.

    ``importance``: from 1 to 10, what the subject weighs for a reader; ``variation`` (optional): its change, a rate. A
    message weighs its importance and one more for each 10 % of change, at most 3; the heaviest come first.
    The cell holds one template like ``%%texte``: one that needs a missing number is left out.
    """
    try:
        importance, *variations = eval(f"{ligne},", dict(SEANCE.noms))
        admise = 1 <= importance <= 10 and all(isinstance(v, Nombre) for v in variations)
    except (SyntaxError, TypeError):
        admise = False
    if not admise:
        raise ValueError(POIDS.format(ligne))
    connues = [abs(float(v)) / 10 for v in variations if v.connu]
    message = composer(cellule)
    if message:
        contenu = {
            "texte": " ".join(message.html().split("\n")),
            "poids": round(importance + min(max(connues, default=0), 3), 2),
        }
        montrer(
            {EN_BREF: contenu, "text/markdown": f"**En bref.** {message.html()}", "text/plain": str(message)},
            message.nombres,
        )


def markdown(texte: str) -> None:
    """Show Markdown (MyST) computed by the notebook; nothing if it is empty."""
    _paragraphes(Ecrit(texte))


def _paragraphes(ecrit: Ecrit) -> None:
    if ecrit:
        montrer({"text/markdown": ecrit.html(), "text/plain": ecrit.html()}, ecrit.nombres)


def montrer(sorties: dict, ecrits: Iterable[Nombre] = ()) -> None:
    """Display one output (MIME type → content) with what is known of the numbers written in it, in their order.

    Raises ValueError for a number of a later year, which the edition cannot know."""
    ecrits = list(ecrits)
    annee = annee_connue()
    if tardif := next((o for n in ecrits for o in n.origines() if annee and o.annee and o.annee > annee), None):
        raise ValueError(TARDIF.format(tardif.nom, annee))
    SEANCE.montres += ecrits
    fiches = provenance.fiches(ecrits)
    display(sorties, raw=True, metadata={provenance.NOMBRES: fiches} if fiches else None)


def tableau(
    df: pd.DataFrame,
    nom: str,
    titre: str,
    legende: str = "",
    entete: str = "",
    sous_totaux=(),
    totaux=(),
    origine: bool = True,
):
    """Show a numbered table.

    ``df``: one row per line, its index as row headers (two levels: groups); columns of :class:`Nombre` or text (two
    levels: two head rows). ``nom``: unique in the book, the table's address and file name. ``titre``, ``legende``
    and ``entete`` (above the row headers) are templates like ``%%texte``. A ``titre`` of two lines states a finding, if
    it can be said, then the subject; of one line, the subject. ``origine=False`` for long catalogues, whose
    numbers need not tell where they come from. An empty frame shows nothing.
    """
    _verifier(nom, df)
    if df.empty:
        return
    ecrite = _legender(legende, df, sous_totaux, totaux)
    contenu = _contenu(df, nom, titre, ecrite, entete, sous_totaux, totaux, origine)
    apercu = "<table><caption>{titre}<br>{sujet}</caption>{corps}</table><p>{legende}</p><p>Source : {source}</p>"
    sorties = {tables.MIME: contenu, "text/html": apercu.format_map(contenu), "text/plain": contenu["titre"]}
    montrer(sorties, [*(_connus(nombres(df)) if origine else ()), *ecrite.nombres])


def telechargement(df: pd.DataFrame, nom: str, entete: str = "") -> None:
    """Offer a table as a CSV file, with its source, without showing it."""
    _verifier(nom, df)
    source = tables.source(df)
    contenu = {"nom": nom, "csv": tables.en_csv(df, str(composer(entete)), _mention(nom, source)), "source": source}
    montrer({tables.MIME_FICHIER: contenu, "text/html": df.to_html(), "text/plain": nom})


def figure(fig: plt.Figure, nom: str, titre: str, legende: str, donnees: pd.DataFrame, forme: str, entete: str = ""):
    """Show a numbered figure with its data, and close it.

    ``legende`` says what to see; ``forme`` what it is (« Barres horizontales »), for the text alternative; they are
    templates like ``%%texte``, as ``titre`` (see `tableau`) and ``entete`` (above the row headers) are. The alternative
    is computed from ``donnees``: the frame of :class:`Nombre` that is drawn, printed as a table and offered as CSV.
    """
    _verifier(nom, donnees)
    lus = nombres(donnees)
    ecrite = joindre(" ", [_legender(legende, donnees), provenance.phrase_revisions(lus)])
    manque = provenance.noms_a_remplir(lus)
    if manque and manque not in str(ecrite):
        ecrite = joindre(" ", [ecrite, provenance.marquer_a_remplir(manque)])
    if not _connus(lus):
        plt.close(fig)
        _paragraphes(ecrite if manque else Ecrit())
        return
    contenu = _contenu(donnees, nom, titre, ecrite, entete)
    alternative = figures.decrire(str(composer(forme)), contenu["sujet"] or contenu["titre"], donnees)
    pied = contenu["mention"].removeprefix(f"{contenu['titre']}. ")
    contenu |= figures.dessiner(fig, nom, alternative, ruptures.montrees(donnees), contenu["titre"], pied)
    plt.close(fig)
    apercu = "<p><b>{titre}</b><br>{sujet}</p>{svg}<p>{legende}</p><p>Source : {source}</p>"
    sorties = {figures.MIME: contenu, "text/html": apercu.format_map(contenu), "text/plain": contenu["titre"]}
    montrer(sorties, [*ecrite.nombres, *_connus(lus)])


def _verifier(nom: str, df: pd.DataFrame) -> None:
    """Refuse a name that is no address nor file name, and values that the book cannot write."""
    if not re.fullmatch(r"(?=.{1,80}$)[a-z0-9]+(-[a-z0-9]+)*", str(nom)):
        raise ValueError(NOM.format(nom, identifiant(str(nom))[:80].replace("_", "-") or "visites-par-site"))
    try:
        tables.verifier(df)
    except TypeError as erreur:
        raise TypeError(f"« {nom} », {erreur}") from None


def _connus(lus: list[Nombre]) -> list[Nombre]:
    return [n for n in lus if n.connu]


def _legender(gabarit: str, df: pd.DataFrame, sous_totaux=(), totaux=()) -> Ecrit:
    """A caption, what separates the years that the numbers compare, and what rounding does to their sum."""
    ecrite = composer(gabarit)
    suite = [*map(ruptures.phrase, ruptures.montrees(df)), tables.phrase_arrondis(df, sous_totaux, totaux)]
    return joindre(" ", [ecrite, *(phrase for phrase in suite if phrase not in str(ecrite))])


def _contenu(df: pd.DataFrame, nom: str, titre: str, legende: Ecrit, entete: str, *options) -> dict[str, str]:
    """What a page receives of a figure or a table. A title is plain: it is also read aloud, indexed and listed."""
    entete, source = str(composer(entete)), tables.source(df)
    lignes = str(composer(titre)).split("\n")
    *constat, sujet = [li for li in lignes if not li.startswith(EMPECHEE)] or [Markup(lignes[-1]).striptags()]
    titre, sujet = "".join(constat[:1]) or sujet, sujet if constat else ""
    mention = _mention(f"{titre}. {sujet}" if sujet else titre, source)
    return {
        "nom": nom,
        "titre": titre,
        "sujet": sujet,
        "mention": mention,
        "json": tables.en_json(df),
        "legende": legende.html(),
        "corps": tables.corps_html(df, entete, *options),
        "csv": tables.en_csv(df, entete, mention),
        "source": source,
    }


def _mention(titre: str, source: str) -> str:
    """What a file says of itself: title, report, source, licence."""
    ed = edition()
    rapport = f"Caf de l’Ariège, rapport d’activité {ed.annee}"
    dites = [titre, rapport, f"Source\u00a0: {source}" if source else "", ed.licence[0]]
    return "".join(f"{dite}. " for dite in dites if dite).strip()
