"""Laying out a book for jupyter-book: one flat folder with the executed notebooks, the contents and the configuration.

Files that have not changed are left alone: by their dates Sphinx knows what to read again.
"""

from collections.abc import Collection
from pathlib import Path

import yaml

from rapport.build.plan import Plan
from rapport.controle.erreurs import Refus
from rapport.donnees import lignes
from rapport.livre import sommaire


def stage(plan: Plan, ready: Collection[str]) -> list[str]:
    """Lay out an edition in `Plan.book`, which then holds nothing else; returns its chapters.

    A chapter that is not `ready` (it failed, or waits) stays as it was laid out before, if it was. A book that is not
    to be published may lack the landing page: a list of its chapters takes its place. Raises Refus for one that is.
    """
    files = _other_files(plan.project.root / "chapters")
    names = []
    for chapter in plan.chapters:
        page = plan.book / f"{chapter.name}.ipynb"
        source = plan.executed(chapter.name) if chapter.name in ready else page
        if source.exists() or chapter.name in ready:
            files[page.name] = source.read_bytes()
            names.append(chapter.name)
    toc = sommaire.sommaire_a_plat(sommaire.lire_sommaire(plan.project.root), names)
    if toc["root"] not in names:
        if plan.mode.publish:
            raise Refus(f"L’édition {plan.year} n’a pas les données de sa page d’accueil.")
        links = "\n".join(f"- [](./{name}.ipynb)" for name in names)
        files[f"{toc['root']}.md"] = f"# Aperçu {plan.year}\n\n{links}\n".encode()
    files[sommaire.SOMMAIRE] = _yaml(toc)
    files[sommaire.CONFIGURATION] = _yaml(_configuration(plan))
    _write(plan.book, files)
    return names


def _configuration(plan: Plan) -> dict:
    config = sommaire.lire_configuration(plan.project.root)
    config["title"] = f"{config['title']} – {plan.year}"
    config["execute"] = {**config.get("execute", {}), "execute_notebooks": "off"}
    config["exclude_patterns"] = []
    config.setdefault("sphinx", {}).setdefault("config", {}).update(
        rapport_annee=str(plan.year),
        rapport_presentation=plan.presentation,
        rapport_synonymes=_synonyms(plan),
    )
    return config


def _synonyms(plan: Plan) -> dict[str, str]:
    """What may be searched → the words of the book that say it (see ``nomenclatures/synonymes.csv``)."""
    table = plan.project.data / "nomenclatures" / "synonymes.csv"
    return {row["libelle"]: row["synonymes"] for _, row in lignes.lire(table)} if table.is_file() else {}


def _other_files(folder: Path) -> dict[str, bytes]:
    """What the chapters' folder holds beside notebooks (pictures…): name in the book → content."""
    files = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts) or name.parts[0] == "_build"
        if path.is_file() and not hidden and not (len(name.parts) == 1 and path.suffix == ".ipynb"):
            files[name.as_posix()] = path.read_bytes()
    return files


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Make `files` the content of `folder`, writing only what differs."""
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in files:
            path.unlink()


def _yaml(content: dict) -> bytes:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False).encode()
