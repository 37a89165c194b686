"""What a result was made from, so that it is made again only when that has changed.

A result (an executed chapter, the pages of an edition, the verdict on the data) leaves a `Recette` beside it: the
digest of every file that it was made from, as they were, and of the few other things that count. Digests are of
contents: a file that was touched and not changed has not changed. So does an attempt that failed, without a result.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

PAQUET = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Recette:
    """What a result was made from. ``choses``: French name → digest; ``fichiers``: absolute path → digest, None for a
    file that was looked for and is not there; ``resultat``: digest of the result itself, if it is one."""

    choses: dict[str, str]
    fichiers: dict[str, str | None]
    resultat: str | None

    @classmethod
    def noter(
        cls, choses: Mapping[str, object], fichiers: Iterable[Path | str], resultat: Path | None, debut: float
    ) -> Recette:
        """The recipe of what was made since `debut` (``time.time()``). `choses`: anything that JSON can write; it is
        kept as a digest. A file changed meanwhile may have been read before or after: it counts as changed."""
        chemins = sorted({os.path.abspath(fichier) for fichier in fichiers})
        digests = {chemin: "" if _modifie(chemin) >= debut else empreinte(chemin) for chemin in chemins}
        return cls(_digests(choses), digests, resultat and empreinte(resultat))

    def ecrire(self, chemin: Path) -> None:
        chemin.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def lire(cls, chemin: Path) -> Recette | None:
        """The recipe in a file; None if there is none that can be read."""
        try:
            return cls(**json.loads(chemin.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def changement(self, choses: Mapping[str, object], resultat: Path | None, racines: Iterable[Path]) -> str:
        """Why the result must be made again, in French (« data/2023/visites.csv a changé »); "" if it need not be.

        `racines`: the folders from which files are named; the first that has the file.
        """
        maintenant = _digests(choses)
        for nom in [*maintenant, *self.choses]:
            if self.choses.get(nom) != maintenant.get(nom):
                return f"{nom} a changé"
        for chemin, ancienne in self.fichiers.items():
            actuelle = empreinte(chemin)
            if actuelle != ancienne:
                verbe = "est nouveau" if ancienne is None else "n’existe plus" if actuelle is None else "a changé"
                return f"{_nom(chemin, racines)} {verbe}"
        if resultat and (self.resultat is None or empreinte(resultat) != self.resultat):
            return "le résultat précédent manque"
        return ""


def empreinte(chemin: Path | str) -> str | None:
    """SHA-256 of a file, or of all the files below a folder with their names; None for what does not exist."""
    chemin = Path(chemin)
    if chemin.is_dir():
        noms = sorted(f.relative_to(chemin).as_posix() for f in chemin.rglob("*") if f.is_file())
        return _sha256("\n".join(f"{nom} {empreinte(chemin / nom)}" for nom in noms).encode())
    try:
        return _sha256(chemin.read_bytes())
    except OSError:
        return None


def _modifie(chemin: Path | str) -> float:
    """When a file last changed, or the last of those below a folder; 0 for what does not exist."""
    chemin = Path(chemin)
    if chemin.is_dir():
        return max(map(_modifie, chemin.iterdir()), default=0)
    try:
        return chemin.stat().st_mtime
    except OSError:
        return 0


def modules(*noms: str) -> set[Path]:
    """The files of the package's modules that these modules are made of: themselves, and all that they import, also
    inside functions. Names of other packages do not count."""
    fichiers: set[Path] = set()
    a_voir = list(noms)
    while a_voir:
        nom = a_voir.pop()
        fichier = _fichier(nom)
        if fichier is not None and fichier not in fichiers:
            fichiers.add(fichier)
            a_voir += [*_importes(ast.parse(fichier.read_text(encoding="utf-8"))), nom.rpartition(".")[0]]
    return fichiers


def modules_du_code(sources: Iterable[str]) -> list[str]:
    """The modules that the code cells of a notebook import or load as extensions."""
    noms = []
    for source in sources:
        lignes = source.splitlines()
        noms += [ligne.split()[1] for ligne in lignes if ligne.startswith("%load_ext ") and len(ligne.split()) > 1]
        try:
            noms += _importes(ast.parse("\n".join(ligne for ligne in lignes if not ligne.startswith(("%", "!")))))
        except SyntaxError:
            continue  # it will fail when it runs; a cell magic has a language of its own
    return noms


def _importes(arbre: ast.AST) -> list[str]:
    """Names that may be modules: ``from a import b`` gives ``a`` and ``a.b``."""
    noms = []
    for noeud in ast.walk(arbre):
        if isinstance(noeud, ast.Import):
            noms += [alias.name for alias in noeud.names]
        elif isinstance(noeud, ast.ImportFrom) and noeud.module:
            noms += [noeud.module, *(f"{noeud.module}.{alias.name}" for alias in noeud.names)]
    return noms


def _fichier(module: str) -> Path | None:
    parties = module.split(".")
    if parties[0] != PAQUET.name:
        return None
    chemin = PAQUET.joinpath(*parties[1:])
    candidats = (chemin.with_suffix(".py"), chemin / "__init__.py")
    return next((candidat for candidat in candidats if candidat.is_file()), None)


def _digests(choses: Mapping[str, object]) -> dict[str, str]:
    return {
        nom: _sha256(json.dumps(valeur, ensure_ascii=False, sort_keys=True).encode()) for nom, valeur in choses.items()
    }


def _sha256(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def _nom(chemin: str, racines: Iterable[Path]) -> str:
    """« data/2023/visites.csv »: as seen from the first of `racines` that it is in."""
    for racine in racines:
        if Path(chemin).is_relative_to(racine):
            return Path(chemin).relative_to(racine).as_posix()
    return chemin
