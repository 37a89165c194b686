"""The open data of an edition, written while its pages are made, then laid beside them."""

import shutil

from rapport.build.plan import Plan
from rapport.build.recipes import Recipe, digest, environment
from rapport.livre import sommaire
from rapport.pages import catalogue


def write(plan: Plan, start: float) -> None:
    """Write the open data of an edition, unless nothing that they are made from has changed."""
    note = plan.folder / "donnees.json"
    recipe = Recipe.read(note)
    address = sommaire.lire_configuration(plan.project.root).get("sphinx", {}).get("config", {}).get("html_baseurl", "")
    base = f"{address.rstrip('/')}/{plan.year}/" if address else ""
    things = {"la présentation": [plan.year, base, plan.presentation], **environment(plan.project.root)}
    result = plan.folder / catalogue.FOLDER
    if recipe and not recipe.change(things, result, plan.project.bases):
        return
    from rapport.pages import open_data  # it loads openpyxl, which previews do without

    open_data.write(plan.folder, plan.project.data, plan.year, plan.presentation, base)
    Recipe.note(things, [plan.project.data], result, start).write(note)


def lay(plan: Plan) -> bool:
    """Lay them beside the pages, unless they lie there; whether it was done."""
    made, shown = plan.folder / catalogue.FOLDER, plan.html / catalogue.FOLDER
    if digest(made) == digest(shown):
        return False
    shutil.rmtree(shown, ignore_errors=True)
    shutil.copytree(made, shown)
    return True
