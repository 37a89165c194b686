"""The commands of an analyst who prepares a year, registered in :mod:`rapport.cli.app`."""

import re
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from rapport.cli.display import OUTPUT, say, show_table
from rapport.cli.french import (
    Commands,
    DataOption,
    UsageError,
    YesOption,
    choose_years,
    open_data,
    open_project,
    unknown,
)
from rapport.donnees.refus import Refus
from rapport.nombres.francais import nombre

PANEL = "Données"
app = Commands()
excel = Commands("Remplir une année dans Excel ou LibreOffice : exporter son classeur, puis l’importer.")
app.add_typer(excel, name="excel", rich_help_panel=PANEL)


@app.command("new-year", rich_help_panel=PANEL)
def new_year(
    year: Annotated[str, typer.Argument(metavar="ANNÉE")],
    data: DataOption = None,
) -> None:
    """Prépare une nouvelle année : son dossier, avec tout ce qui est à remplir, d’après l’année précédente.

    Rien de ce qui existe n’est modifié : si le dossier de l’année existe déjà, rien n’est écrit.
    """
    from rapport.saisie import nouvelle_annee

    if not re.fullmatch("[0-9]{4}", year):
        raise UsageError(f"Une année a quatre chiffres : « {year} » n’en est pas une.")
    project, source = open_project(data)
    folder = nouvelle_annee.creer(source.dossier, int(year))
    say(f"L’année {year} est prête à remplir : {folder}")
    show_progress(project, int(year))
    say(
        f"Chaque valeur a une source : ajoutez celles de {year} à {project.data / 'nomenclatures' / 'sources.csv'}. "
        "Supprimez les fichiers et les blocs de texte que l’année n’a pas."
    )
    say(f"Pour voir ce qui manque : rapport check {year} --draft")


def show_progress(project, year: int) -> None:
    """Print a table of what is filled and what is not, by chapter."""
    from rapport.saisie.avancement import completude

    found = completude(project.data, year, project.root)
    names = [row.chapitre or "sans chapitre" for row in found]
    counts = [(row.remplies, row.manquantes, row.motivees) for row in found]
    show_table(
        f"Valeurs de {year}, par chapitre",
        ("Chapitre", "Remplies", "À remplir", "Absentes, motivées"),
        [(name, *map(nombre, row)) for name, row in zip(names, counts, strict=True)],
        right=3,
        total=("Total", *(nombre(sum(column)) for column in zip((0, 0, 0), *counts, strict=True))),
    )


def show_oddities(project, year: int) -> None:
    """Print what looks odd in a year, and how to say that it is right."""
    from rapport.donnees.edition import Edition
    from rapport.nombres.nombre import ecrire, libelle
    from rapport.verite import secret, vraisemblance

    found = vraisemblance.alertes(project.data, year)
    left = [odd for odd in found if not odd.motif]
    confirmed = len(found) - len(left)
    count = f"{confirmed} {'confirmées' if confirmed > 1 else 'confirmée'}"
    OUTPUT.print(f"[bold]Ce qui étonne en {year}[/] : {len(left) or 'rien'} à vérifier, {count}.")
    small = secret.petits(Edition(year, project.data, brutes=True))
    if small:
        say(f"Petits effectifs montrés ({len(small)})", "yellow")
        say("\n".join(f"  {n.origine.fichier}, ligne {n.origine.ligne} : {libelle(n)}, {ecrire(n)}" for n in small))
    for kind, title in vraisemblance.NATURES.items():
        if lines := [f"  {odd}" for odd in left if odd.nature == kind]:
            say(f"{title} ({len(lines)})", "yellow")
            say("\n".join(lines))
    if example := next((odd for odd in left if odd.nature in vraisemblance.A_CONFIRMER), None):
        file = f"{project.data.name}/{year}/{vraisemblance.CONFIRMEES}.csv"
        say(
            f"Corrigez la valeur ; si elle est juste, confirmez-la dans {file} "
            f"(colonnes « {','.join(vraisemblance.COLONNES)} »). La première :"
        )
        say(f"  {','.join(example.confirmation)},pourquoi elle est juste")


@app.command(rich_help_panel=PANEL)
def changes(
    before: Annotated[Path, typer.Argument(metavar="AVANT")],
    after: Annotated[Path | None, typer.Argument(metavar="APRÈS")] = None,
    markdown: Annotated[bool, typer.Option("--markdown")] = False,
) -> None:
    """Montre les valeurs qui ont changé entre deux dossiers de données : lesquelles, de combien à combien."""
    from rapport.livre.sections import chapitres_par_table
    from rapport.saisie import comparaison

    project, source = open_project(after)
    sides = [comparaison.ouvrir(data.dossier) for data in (open_data(before), source)]
    uses = chapitres_par_table(project.root)
    for title, found in (
        ("Valeurs saisies", comparaison.comparer(*sides, lambda table: ", ".join(uses.get(table, ())))),
        ("Chiffres dérivés, recalculés", comparaison.comparer_derives(*sides)),
    ):
        if markdown:
            say(comparaison.markdown(title, found))
            continue
        OUTPUT.print(f"[bold]{title}[/] : {comparaison.resume(found)}")
        for year, rows in comparaison.par_annee(found).items():
            show_table(str(year), comparaison.COLONNES, rows, right=2)


@excel.command("export")
def export_workbook(
    year: Annotated[str, typer.Argument(metavar="ANNÉE")],
    output: Annotated[Path | None, typer.Option("--output", metavar="FICHIER")] = None,
    data: DataOption = None,
) -> None:
    """Écrit le classeur d’une année : une feuille par table, avec l’année précédente et ce qui est à remplir.

    Un fichier qui existe n’est jamais remplacé : il contient peut-être une saisie.
    """
    from rapport.saisie.excel.export import exporter

    _, source = open_project(data)
    (chosen,) = choose_years([year], source.annees, "L’année", "Années")
    path = output or Path(f"rapport-{chosen}.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"--output attend un fichier .xlsx, pas « {path.name} ».")
    count = exporter(source, chosen, path)
    say(f"Le classeur de {chosen} est prêt, avec {count} tables : {path}")
    say(f"Une fois rempli et fermé : rapport excel import {path}")


@excel.command("import")
def import_workbook(
    path: Annotated[Path, typer.Argument(metavar="FICHIER")],
    yes: YesOption = False,
    data: DataOption = None,
) -> None:
    """Vérifie un classeur, montre ce qu’il change, puis l’écrit dans les données : tout, ou rien."""
    from rapport.saisie.excel import retour

    _, source = open_project(data)
    _existing(path)
    _write(retour.preparer(source, path), source, yes, "Le classeur")


@app.command("importer", rich_help_panel=PANEL)
def import_file(
    path: Annotated[Path, typer.Argument(metavar="FICHIER")],
    table: Annotated[str, typer.Argument(metavar="TABLE")],
    yes: YesOption = False,
    data: DataOption = None,
) -> None:
    """Lit un fichier reçu (Cnaf, Insee, ministère), montre ce qu’il change dans une table, puis l’écrit.

    Le fichier data/correspondances/TABLE.yaml dit ce que signifient ses colonnes, ses codes, ses signes. S’il manque,
    la commande en propose un, à compléter.
    """
    from rapport.saisie import correspondances, importation

    _, source = open_project(data)
    _existing(path)
    known = [name for name, schema in source.schemas.items() if not schema.est_nomenclature]
    if table not in known:
        raise UsageError(unknown("La table", table, "Tables", known))
    recorded = correspondances.chemin_de(source, table)
    if not (recorded.exists() and recorded.read_bytes().strip()):
        say(importation.proposer(source, path, table))
        raise Refus(
            "Aucune correspondance n’est enregistrée pour cette table : rien n’est écrit.",
            [f"En voici une : complétez-la, puis enregistrez-la dans {recorded}."],
        )
    _write(importation.preparer(source, path, table), source, yes, "Le fichier")


def _existing(path: Path) -> None:
    if not path.is_file():
        raise UsageError(f"Le fichier « {path} » n’existe pas.")


def _write(found, source, yes: bool, what: str) -> None:
    """Show what would be written, ask whether to, write it."""
    if not found.fichiers:
        say(f"{what} dit la même chose que les données de {found.annee} : rien à écrire.")
        return
    _show_import(found)
    if not yes and not _confirmed():
        raise Refus("Rien n’est écrit.")
    from rapport.saisie import changements

    changements.ecrire(found)
    say(f"Écrit dans {source.dossier.name}/{found.annee} : {', '.join(written.name for written in found.fichiers)}")
    say(f"Pour voir ce qui manque encore : rapport check {found.annee} --draft")


def _show_import(found) -> None:
    """A table a sheet: cell, row, column, before → after."""
    from rapport.saisie.comparaison import resume

    same = f", {nombre(found.inchangees)} inchangée{'s' if found.inchangees > 1 else ''}" if found.inchangees else ""
    OUTPUT.print(f"[bold]Valeurs de {found.annee}[/] : {resume(found.changements)}{same}")
    for sheet, cells in groupby(found.changements, key=lambda change: change.feuille):
        rows = [(c.cellule, c.ligne, c.colonne, c.avant or "—", c.apres or "—") for c in cells]
        show_table(sheet, ("Cellule", "Ligne", "Colonne", "Avant", "Après"), rows)
    lost = sum(not change.apres for change in found.changements)
    if lost:  # a colleague may have filled them since this workbook was exported
        what = f"{lost} valeurs seront effacées" if lost > 1 else "une valeur sera effacée"
        say(f"Attention : {what}, que les données ont et que le classeur n’a pas.", "bold yellow")


def _confirmed() -> bool:
    try:
        answer = OUTPUT.input("Écrire ces changements ? (oui/non) ", markup=False)
    except EOFError:
        say("\nPersonne ne répond : ajoutez --yes pour écrire sans confirmation.")
        return False
    return answer.strip().lower() in ("o", "oui")
