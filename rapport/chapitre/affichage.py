"""What a chapter shows: texts, figures, tables and files, as outputs that the book's pages know."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display

from rapport.chapitre import figures, provenance, ruptures, tables
from rapport.chapitre.seance import composer, titrer
from rapport.nombres.nombre import Nombre


def texte(ligne: str, cellule: str) -> None:
    """The cell magic ``%%texte``: a paragraph of the chapter, as a template over the notebook's variables."""
    markdown(composer(cellule))


def _legender(gabarit: str, df: pd.DataFrame) -> str:
    """A caption, and what separates the years that the numbers compare."""
    return " ".join(filter(None, [composer(gabarit), *map(ruptures.phrase, ruptures.montrees(df))]))


def montrer(sorties: dict) -> None:
    """Display one output, and beside it what is known of the numbers it holds."""
    display(sorties, raw=True)
    if nombres := provenance.prendre():
        display({provenance.MIME: nombres}, raw=True)


def markdown(texte: str) -> None:
    """Show Markdown (MyST) computed by the notebook; nothing if it is empty."""
    if texte:
        montrer({"text/markdown": texte, "text/plain": texte})


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
    and ``entete`` (above the row headers) are templates like ``%%texte``. ``origine=False`` for long catalogues, whose
    numbers need not tell where they come from. An empty frame shows nothing.
    """
    if df.empty:
        return
    titre, legende, entete = titrer(titre), _legender(legende, df), titrer(entete)
    corps = tables.corps_html(df, entete, sous_totaux, totaux, origine)
    contenu = {
        "nom": nom,
        "titre": titre,
        "legende": legende,
        "corps": corps,
        "csv": tables.en_csv(df, entete),
        "source": tables.source(df),
    }
    apercu = f"<table><caption>{titre}</caption>{corps}</table><p>{legende}</p><p>Source : {contenu['source']}</p>"
    montrer({tables.MIME: contenu, "text/html": apercu, "text/plain": titre})


def telechargement(df: pd.DataFrame, nom: str, entete: str = "") -> None:
    """Offer a table as a CSV file, with its source, without showing it."""
    entete = titrer(entete)
    contenu = {"nom": nom, "csv": tables.en_csv(df, entete), "source": tables.source(df)}
    montrer({tables.MIME_FICHIER: contenu, "text/html": df.to_html(), "text/plain": nom})


def figure(fig: plt.Figure, nom: str, titre: str, legende: str, donnees: pd.DataFrame, forme: str, entete: str = ""):
    """Show a numbered figure with its data, and close it.

    ``legende`` says what to see; ``forme`` what it is (« Barres horizontales »), for the text alternative; they are
    templates like ``%%texte``, as ``titre`` and ``entete`` (above the row headers) are. The alternative is computed
    from ``donnees``: the frame of :class:`Nombre` that is drawn, printed as a table and offered as CSV.
    """
    titre, legende = titrer(titre), _legender(legende, donnees)
    forme, entete = titrer(forme), titrer(entete)
    nombres = [v for v in donnees.to_numpy().ravel() if isinstance(v, Nombre)]
    legende = " ".join(filter(None, (legende, provenance.phrase_revisions(nombres))))
    manque = provenance.noms_a_remplir(nombres)
    if manque and manque not in legende:
        legende = " ".join(filter(None, (legende, provenance.marquer_a_remplir(manque))))
    if not any(n.connu for n in nombres):
        plt.close(fig)
        markdown(legende if manque else "")
        return
    dessin = figures.dessiner(fig, nom, figures.decrire(forme, titre, donnees), ruptures.montrees(donnees))
    photo = figures.photographier(fig)
    plt.close(fig)
    contenu = {
        "nom": nom,
        "titre": titre,
        "legende": legende,
        "svg": dessin,
        "png": photo,
        "corps": tables.corps_html(donnees, entete),
        "csv": tables.en_csv(donnees, entete),
        "source": tables.source(donnees),
    }
    apercu = f"<p><b>{titre}</b><br>{legende}</p>{dessin}<p>Source : {contenu['source']}</p>"
    montrer({figures.MIME: contenu, "text/html": apercu, "text/plain": titre})
