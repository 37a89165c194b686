"""Edits: whatever is changed, damaged or put back, building again gives the bytes of a build from nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import nbformat
from outils import PARAMETRES, RACINE, code, contenu, dire, md

from campagnes import Atelier, Commande, Essai

TITRE = "Retouches : la construction suivante est celle qui part de rien"
COURT, LONG = 1, 200

FIGURE = (
    md("# Figures\n\nUne phrase."),
    PARAMETRES,
    code(
        "from rapport.chapitre import *\n"
        "import pandas as pd\n"
        "ed = ouvrir(annee, donnees)\n"
        'v = pd.Series({"Un": ed["visiteurs"], "Deux": ed["visiteurs"]}, dtype="nombre")\n'
        "fig, _ = barres(v)\n"
        'figure(fig, nom="visites", titre="Visites", legende="Les visites.", donnees=v.to_frame("Visites"), '
        'forme="Barres")'
    ),
)


class Retouches(Atelier):
    """A small project with its own copy of the library. `defaire`: how to undo the edits, the last one first."""

    def preparer(self) -> None:
        shutil.copytree(
            RACINE / "rapport", self.projet.racine / "rapport", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copy(RACINE / "requirements.txt", self.projet.racine)
        self.projet.donnee(2023, "textes/premier.md", "## fait\n\nUn fait.\n")
        self.projet.donnee(2023, "indicateurs.csv", "code,valeur,source,note\nvisiteurs,12,r,\nrares,1,r,\n")
        self.projet.chapitre("index", md("# Accueil"), PARAMETRES, dire('f"Édition {annee}"'))
        self.projet.chapitre(
            "premier",
            md("# Premier"),
            PARAMETRES,
            code(
                "from rapport.chapitre import *\n%load_ext rapport.chapitre\n"
                'ed = ouvrir(annee, donnees)\nvisiteurs = ed["visiteurs"]'
            ),
            code('%%texte\nIl y a eu {{ visiteurs }} visites.\n\n{{ texte_annee("premier", "fait") }}'),
        )
        self.projet.chapitre("second", *FIGURE)
        self.defaire: list[tuple[Path, bytes, tuple[int, int]]] = []
        self.connus: dict[str, dict[str, bytes]] = {}

    def construire(self, sortie: Path | None = None) -> Commande:
        options = ["--output", str(sortie)] if sortie else []
        return self.rapport("build", "2023", *options, env={"PYTHONPATH": str(self.projet.racine)})

    def ecrire(self, fichier: str, texte: str, *, meme_date: bool = False) -> None:
        """Replace a file, and remember how it was."""
        chemin = self.projet.racine / fichier
        etat = chemin.stat()
        dates = etat.st_atime_ns, etat.st_mtime_ns
        self.defaire.append((chemin, chemin.read_bytes(), dates))
        chemin.write_text(texte, encoding="utf-8")
        if meme_date:
            os.utime(chemin, ns=dates)

    def changer(self, fichier: str, avant: str, *apres: str, hasard: Random, meme_date: bool = False) -> None:
        """In a file, put one of several forms in the place of the one that it has."""
        texte = (self.projet.racine / fichier).read_text(encoding="utf-8")
        formes = [avant, *apres]
        presente = next(f for f in sorted(formes, key=len, reverse=True) if f in texte)
        voulue = hasard.choice([f for f in formes if f != presente])
        self.ecrire(fichier, texte.replace(presente, voulue, 1), meme_date=meme_date)

    def defauts(self) -> Iterator[str]:
        """Build again, and compare with a build from nothing of the same files."""
        faite = self.construire()
        yield from faite.defauts()
        if faite.code:
            yield f"la construction échoue : {faite.texte[-300:]}"
            return
        etat = hashlib.sha256()
        for fichier in sorted(self.projet.racine.rglob("*")):
            if fichier.is_file() and "_build" not in fichier.parts and "__pycache__" not in fichier.parts:
                etat.update(f"{fichier}\n".encode() + fichier.read_bytes())
        cle = etat.hexdigest()
        if cle not in self.connus:
            ailleurs = self.dossier / "n"
            neuve = self.construire(ailleurs)
            assert neuve.code == 0, neuve.texte
            self.connus[cle] = contenu(ailleurs / "site")
            shutil.rmtree(ailleurs)
        site = contenu(self.projet.site)
        if site != self.connus[cle]:
            noms = sorted(n for n in site.keys() | self.connus[cle].keys() if site.get(n) != self.connus[cle].get(n))
            yield f"d’autres octets que de rien : {noms[:5]}"


# --- The edits: each changes one thing


def valeur(a: Retouches, hasard: Random) -> None:
    a.changer("data/2023/indicateurs.csv", "visiteurs,12", "visiteurs,13", "visiteurs,NC", hasard=hasard)


def valeur_de_meme_taille_et_de_meme_date(a: Retouches, hasard: Random) -> None:
    a.changer("data/2023/indicateurs.csv", "rares,1", "rares,2", hasard=hasard, meme_date=True)


def valeur_de_l_annee_precedente(a: Retouches, hasard: Random) -> None:
    a.changer("data/2022/indicateurs.csv", "visiteurs,10", "visiteurs,11", hasard=hasard)


def ligne(a: Retouches, hasard: Random) -> None:
    a.changer("data/2023/indicateurs.csv", "\nrares,1,r,\n", "\n", hasard=hasard)


def libelle(a: Retouches, hasard: Random) -> None:
    a.changer("data/nomenclatures/indicateurs.csv", "visiteurs,Visites,", "visiteurs,Venues,", hasard=hasard)


def schema(a: Retouches, hasard: Random) -> None:
    a.changer("data/schemas/indicateurs.yaml", "title: Source", "title: Provenance", hasard=hasard)


def source(a: Retouches, hasard: Random) -> None:
    a.changer("data/nomenclatures/sources.csv", "r,Rapport,1", "r,Bilan,1", hasard=hasard)


def phrase(a: Retouches, hasard: Random) -> None:
    a.changer("chapters/premier.ipynb", "Il y a eu", "On a compté", hasard=hasard)


def titre(a: Retouches, hasard: Random) -> None:
    a.changer("chapters/second.ipynb", "# Figures", "# Dessins", hasard=hasard)


def cellule(a: Retouches, hasard: Random) -> None:
    chemin = a.projet.racine / "chapters" / "index.ipynb"
    carnet = nbformat.read(chemin, as_version=4)
    if len(carnet.cells) > 3:
        carnet.cells.pop()
    else:
        carnet.cells.append(nbformat.v4.new_markdown_cell("Une cellule de plus.", id="en-plus"))
    a.ecrire("chapters/index.ipynb", nbformat.writes(carnet))


def bibliotheque(a: Retouches, hasard: Random) -> None:
    a.changer("rapport/chapitre/prose.py", '"""Prose as', '"""Changed. Prose as', hasard=hasard)


def style(a: Retouches, hasard: Random) -> None:
    a.changer("rapport/chapitre/rapport.mplstyle", "axes.titlesize", "axes.labelpad: 7\naxes.titlesize", hasard=hasard)


def gabarit(a: Retouches, hasard: Random) -> None:
    a.changer("rapport/build/templates/404.html", "</body>", "<p>Plus rien.</p></body>", hasard=hasard)


def reglages(a: Retouches, hasard: Random) -> None:
    a.changer("_config.yml", "title: ", "title: Autre ", hasard=hasard)


def sommaire(a: Retouches, hasard: Random) -> None:
    toc = json.dumps  # a YAML file may be JSON
    ordres = (["premier", "second"], ["second", "premier"], ["premier"])
    textes = [
        toc(
            {
                "format": "jb-book",
                "root": "chapters/index",
                "parts": [{"caption": "Une partie", "chapters": [{"file": f"chapters/{n}"} for n in noms]}],
            }
        )
        for noms in ordres
    ]
    actuel = (a.projet.racine / "_toc.yml").read_text(encoding="utf-8")
    a.ecrire("_toc.yml", hasard.choice([t for t in textes if t != actuel]))


def texte(a: Retouches, hasard: Random) -> None:
    a.changer("data/2023/textes/premier.md", "Un fait.", "Un autre fait.", hasard=hasard)


def statut(a: Retouches, hasard: Random) -> None:
    a.changer("data/2023/edition.yaml", "définitive", "provisoire", hasard=hasard)


def versions(a: Retouches, hasard: Random) -> None:
    a.changer("requirements.txt", "pandas==", "# une autre version\npandas==", hasard=hasard)


def fichiers_touches(a: Retouches, hasard: Random) -> None:
    for chemin in a.projet.racine.rglob("*"):
        if "_build" not in chemin.parts:
            os.utime(chemin)


def sortie_abimee(a: Retouches, hasard: Random) -> None:
    """A recipe, an executed notebook or another file that builds keep for themselves is cut, or filled with nothing."""
    gardes = [*(a.sortie / "2023").glob("*.json")]
    gardes += [*(a.sortie / "2023" / "executes").iterdir(), a.sortie / ".verification.json"]
    chemin = hasard.choice(sorted(gardes))
    octets = chemin.read_bytes()
    chemin.write_bytes(hasard.choice([octets[: len(octets) // 2], b"\0" * len(octets), b"", octets + b" "]))


def sortie_disparue(a: Retouches, hasard: Random) -> None:
    parts = ["executes", "book", "doctrees", "html", "journaux", "pages.json", "donnees.json", "donnees-ouvertes", ""]
    chemin = a.sortie / hasard.choice([*(f"2023/{part}" for part in parts), ".versions", "site", ".verification.json"])
    if chemin.is_dir() and not chemin.is_symlink():
        shutil.rmtree(chemin)
    else:
        chemin.unlink(missing_ok=True)


def annulation(a: Retouches, hasard: Random) -> None:
    """One edit, or all of them, undone, with its date."""
    for _ in range(hasard.choice([1, 1, len(a.defaire)])):
        if a.defaire:
            chemin, octets, dates = a.defaire.pop()
            chemin.write_bytes(octets)
            os.utime(chemin, ns=dates)


RETOUCHES: list[Callable[[Retouches, Random], None]] = [
    valeur, valeur_de_meme_taille_et_de_meme_date, valeur_de_l_annee_precedente, libelle, schema, source, phrase, titre,
    cellule, bibliotheque, style, gabarit, reglages, sommaire, texte, statut, versions, fichiers_touches, sortie_abimee,
    sortie_disparue,
]  # fmt: skip


def essais(hasard: Random, nombre: int, dossier: Path) -> Iterator[Essai]:
    atelier = Retouches(dossier)
    atelier.preparer()
    premiere = atelier.construire()
    assert premiere.code == 0, premiere.texte
    file: list[Callable[[Retouches, Random], None]] = []
    for numero in range(nombre):
        if not file:
            file = [*RETOUCHES, *[annulation] * (len(RETOUCHES) // 2)]
            hasard.shuffle(file)
        retouche = file.pop()
        retouche(atelier, hasard)
        yield Essai(f"{numero + 1} : {retouche.__name__}", tuple(atelier.defauts()))
