"""The commands of an analyst who prepares a year, registered in :mod:`rapport.cli.app`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rapport.cli import excel_commands
from rapport.cli.french import CONSOLE, Commande, ErreurUsage, OptionDonnees, ouvrir

app = typer.Typer()
PANNEAU = "Données"
app.add_typer(excel_commands.app, name="excel", rich_help_panel=PANNEAU)


@app.command("new-year", cls=Commande, rich_help_panel=PANNEAU, options_metavar="[OPTIONS]")
def nouvelle_annee(
    annee: Annotated[str, typer.Argument(metavar="ANNÉE", show_default=False, help="L’année à préparer.")],
    data: OptionDonnees = None,
) -> None:
    """Prépare une nouvelle année : son dossier, avec tout ce qui est à remplir, d’après l’année précédente.

    Rien de ce qui existe n’est modifié : si le dossier de l’année existe déjà, rien n’est écrit.
    """
    from rapport.build.plan import find_project
    from rapport.saisie import nouvelle_annee

    if not re.fullmatch("[0-9]{4}", annee):
        raise ErreurUsage(f"Une année a quatre chiffres : « {annee} » n’en est pas une.")
    projet = find_project(data)
    dossier = nouvelle_annee.creer(ouvrir(projet.data).dossier, int(annee))
    CONSOLE.print(f"L’année {annee} est prête à remplir : {dossier}", markup=False)
    montrer_completude(projet, int(annee))
    CONSOLE.print(
        f"Chaque valeur a une source : ajoutez celles de {annee} à {projet.data / 'nomenclatures' / 'sources.csv'}. "
        "Supprimez les fichiers et les blocs de texte que l’année n’a pas.",
        markup=False,
    )
    CONSOLE.print(f"Pour voir ce qui manque : rapport check {annee} --draft", markup=False)


def montrer_completude(projet, annee: int) -> None:
    """Print a table of what is filled and what is not, by chapter."""
    from rapport.nombres.francais import nombre
    from rapport.saisie.avancement import completude

    lignes = completude(projet.data, annee, projet.root)
    tableau = Table(title=f"Valeurs de {annee}, par chapitre", title_justify="left", box=SIMPLE_HEAD, show_footer=True)
    tableau.add_column("Chapitre", footer="Total")
    for titre, attribut in (("Remplies", "remplies"), ("À remplir", "manquantes"), ("Absentes, motivées", "motivees")):
        total = sum(getattr(ligne, attribut) for ligne in lignes)
        tableau.add_column(titre, footer=nombre(total), justify="right")
    for ligne in lignes:
        comptes = ligne.remplies, ligne.manquantes, ligne.motivees
        tableau.add_row(ligne.chapitre or "sans chapitre", *map(nombre, comptes))
    CONSOLE.print(tableau, soft_wrap=False)


def verifier_brouillon(projet, annees: list[int]) -> None:
    """``rapport check --draft``: errors stop it; then what is filled, and what looks odd."""
    from rapport.build import steps

    steps.check(projet, annees, draft=True)
    for annee in annees:
        montrer_completude(projet, annee)
        montrer_alertes(projet, annee)


def montrer_alertes(projet, annee: int) -> None:
    """Print what looks odd in a year, and how to say that it is right."""
    from rapport.verite import vraisemblance

    alertes = vraisemblance.alertes(projet.data, annee)
    restantes = [a for a in alertes if not a.motif]
    confirmees = len(alertes) - len(restantes)
    compte = f"{confirmees} {'confirmées' if confirmees > 1 else 'confirmée'}"
    CONSOLE.print(f"[bold]Ce qui étonne en {annee}[/] : {len(restantes) or 'rien'} à vérifier, {compte}.")
    for nature, titre in vraisemblance.NATURES.items():
        if lignes := [a for a in restantes if a.nature == nature]:
            CONSOLE.print(f"{titre} ({len(lignes)})", style="yellow", markup=False)
            for alerte in lignes:
                CONSOLE.print(f"  {alerte}", markup=False)
    if exemple := next((a for a in restantes if a.nature in vraisemblance.A_CONFIRMER), None):
        fichier = f"{projet.data.name}/{annee}/{vraisemblance.CONFIRMEES}.csv"
        CONSOLE.print(
            f"Corrigez la valeur ; si elle est juste, confirmez-la dans {fichier} "
            f"(colonnes « {','.join(vraisemblance.COLONNES)} »). La première :",
            markup=False,
        )
        CONSOLE.print(f"  {','.join(exemple.confirmation)},pourquoi elle est juste", markup=False)


@app.command(cls=Commande, rich_help_panel=PANNEAU, options_metavar="[OPTIONS]")
def changes(
    avant: Annotated[Path, typer.Argument(metavar="AVANT", show_default=False, help="Le dossier des données d’avant.")],
    apres: Annotated[
        Path | None,
        typer.Argument(
            metavar="APRÈS", show_default=False, help="Le dossier des données d’après (par défaut : celles du projet)."
        ),
    ] = None,
    en_markdown: Annotated[
        bool, typer.Option("--markdown", metavar="", help="Écrit du Markdown, pour un résumé en ligne.")
    ] = False,
) -> None:
    """Montre les valeurs qui ont changé entre deux dossiers de données : lesquelles, de combien à combien."""
    from rapport.build.plan import find_project
    from rapport.saisie import comparaison

    projet = find_project(apres)
    avant, apres = (comparaison.ouvrir(ouvrir(dossier).dossier) for dossier in (avant, projet.data))
    montrer = _en_markdown if en_markdown else _en_tableaux
    montrer("Valeurs saisies", comparaison.comparer(avant, apres, _chapitres(projet.root)))
    montrer("Chiffres dérivés, recalculés", comparaison.comparer_derives(avant, apres))


def _en_markdown(titre: str, changements) -> None:
    from rapport.saisie import comparaison

    CONSOLE.print(comparaison.markdown(titre, changements), markup=False)


def _en_tableaux(titre: str, changements) -> None:
    from rapport.saisie import comparaison

    CONSOLE.print(f"[bold]{titre}[/] : {comparaison.resume(changements)}")
    for annee, lignes in comparaison.par_annee(changements).items():
        tableau = Table(*comparaison.COLONNES, title=str(annee), title_justify="left", box=SIMPLE_HEAD)
        for colonne in tableau.columns[2:]:
            colonne.justify = "right"
        for ligne in lignes:
            tableau.add_row(*map(Text, ligne))
        CONSOLE.print(tableau, soft_wrap=False)


def _chapitres(racine: Path):
    """Table → the chapters that use it, as they are listed."""
    from rapport.livre.sections import chapitres_par_table

    usages = chapitres_par_table(racine)
    return lambda table: ", ".join(usages.get(table, ()))
