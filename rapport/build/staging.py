"""Laying out a book for jupyter-book: one flat folder with the executed notebooks, the contents and the configuration.

Files that have not changed are left alone: by their dates Sphinx knows what to read again.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from rapport.build.plan import ConstructionImpossible, Livre, Projet
from rapport.livre import sommaire


def stage(projet: Projet, livre: Livre, apercu: bool = False) -> Path:
    """Lay out the book of one edition in its folder `Livre.book`, which then holds nothing else.

    An `apercu` (a few chapters) may lack the landing page: a list of its chapters takes its place. A chapter that has
    failed, or waits, stays as it was laid out before, if it was.
    """
    fichiers = _autres_fichiers(projet.racine / "chapters")
    noms = []
    for chapitre in livre.chapitres:
        page = livre.book / f"{chapitre.nom}.ipynb"
        reste = chapitre.nom in livre.echecs or chapitre.nom in livre.en_attente
        source = page if reste else livre.execute(chapitre.nom)
        if source.exists() or not reste:
            fichiers[page.name] = source.read_bytes()
            noms.append(chapitre.nom)
    toc = sommaire.sommaire_a_plat(sommaire.lire_sommaire(projet.racine), noms)
    if toc["root"] not in noms:
        if not apercu:
            raise ConstructionImpossible(f"L’édition {livre.annee} n’a pas les données de sa page d’accueil.")
        liens = "\n".join(f"- [](./{nom}.ipynb)" for nom in noms)
        fichiers[f"{toc['root']}.md"] = f"# Aperçu {livre.annee}\n\n{liens}\n".encode()
    fichiers[sommaire.SOMMAIRE] = _yaml(toc)
    fichiers[sommaire.CONFIGURATION] = _yaml(_configuration(projet, livre))
    for nom, contenu in fichiers.items():
        _ecrire(livre.book / nom, contenu)
    for chemin in sorted(livre.book.rglob("*"), reverse=True):
        if chemin.is_dir():
            if not any(chemin.iterdir()):
                chemin.rmdir()
        elif chemin.relative_to(livre.book).as_posix() not in fichiers:
            chemin.unlink()
    return livre.book


def _configuration(projet: Projet, livre: Livre) -> dict:
    config = sommaire.lire_configuration(projet.racine)
    config["title"] = f"{config['title']} – {livre.annee}"
    config["execute"] = {**config.get("execute", {}), "execute_notebooks": "off"}
    config["exclude_patterns"] = []
    config.setdefault("sphinx", {}).setdefault("config", {}).update(
        rapport_annee=str(livre.annee), rapport_statut=livre.statut, rapport_publication=livre.publication
    )
    return config


def _autres_fichiers(dossier: Path) -> dict[str, bytes]:
    """What the chapters' folder holds beside notebooks (pictures…): name in the book → content."""
    fichiers = {}
    for chemin in sorted(dossier.rglob("*")) if dossier.is_dir() else ():
        nom = chemin.relative_to(dossier)
        cache = any(partie.startswith(".") for partie in nom.parts) or nom.parts[0] == "_build"
        if chemin.is_file() and not cache and not (len(nom.parts) == 1 and chemin.suffix == ".ipynb"):
            fichiers[nom.as_posix()] = chemin.read_bytes()
    return fichiers


def _ecrire(chemin: Path, contenu: bytes) -> None:
    if chemin.is_file() and chemin.read_bytes() == contenu:
        return
    chemin.parent.mkdir(parents=True, exist_ok=True)
    chemin.write_bytes(contenu)


def _yaml(contenu: dict) -> bytes:
    return yaml.safe_dump(contenu, allow_unicode=True, sort_keys=False).encode()
