"""The bytes of a data file, and its YAML: what could not be read safely is refused before it is read."""

import re
import sys
from pathlib import Path

import yaml

TABLE, TEXTE = 64 * 1024**2, 1024**2
"""Of the largest table and of any other file, in bytes; 200 000 rows are a quarter of that."""
NIVEAUX = 20
"""Of lists and mappings in each other, in YAML: deeper ones exhaust its readers, which fail without a word."""
CHARGEUR = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader of YAML that is written in C, where there is one."""
CONFLIT = re.compile(r"^(?:<{7}|={7}|>{7})(?!\S)", re.MULTILINE)
"""What Git leaves where two versions of a text differ."""
LECTURE = "rapport.lecture"
"""Audit event: a data file was looked for. With Python's own ``open``, it tells all that a result was made from."""


class FichierIllisible(ValueError):
    """What stands under the name of a data file is none. ``trouve`` says what it is, ``remede`` what to do."""

    def __init__(self, trouve: str, remede: str):
        super().__init__(f"{trouve}. {remede}")
        self.trouve, self.remede = trouve, remede


def octets(chemin: Path) -> bytes:
    """The bytes of an ordinary file: a pipe would be waited for, a device would have no end.

    Raises :class:`FichierIllisible`.
    """
    try:
        if not chemin.exists():
            raise FichierIllisible("un lien vers un fichier qui n’existe pas", "Remplacez-le par le fichier lui-même.")
        if not chemin.is_file():
            nature = "un dossier" if chemin.is_dir() else "un fichier spécial (tube, périphérique…)"
            raise FichierIllisible(nature, "Ôtez-le, et mettez le fichier à sa place.")
        taille, limite = chemin.stat().st_size, TABLE if chemin.suffix == ".csv" else TEXTE
        if taille > limite:
            remede = f"Il a {limite // 1024**2} Mo au plus : ôtez ce qui n’est pas des données."
            raise FichierIllisible(f"un fichier de {taille // 1024**2} Mo", remede)
        return chemin.read_bytes()
    except OSError as erreur:
        raise FichierIllisible("un fichier que le système ne laisse pas lire", "Vérifiez ses droits.") from erreur


class YamlComplique(yaml.MarkedYAMLError):
    """YAML that nobody writes by hand; `problem` says what in French."""


def exiger_simple(texte: str) -> None:
    """Raise :class:`YamlComplique` for YAML that nobody writes by hand: an alias (a few lines of them make billions of
    values), levels without end, a key that comes twice, of which one would be lost."""
    ouverts: list[set | None] = []  # the keys of each mapping that is open, None for a list
    cle = [False]  # whether the next node is a key, at each level
    for evenement in yaml.parse(texte, CHARGEUR):
        if isinstance(evenement, yaml.CollectionEndEvent):
            ouverts.pop(), cle.pop()
        if not isinstance(evenement, yaml.NodeEvent | yaml.CollectionEndEvent):
            continue
        probleme = "un alias (*), qui n’a pas sa place ici" if isinstance(evenement, yaml.AliasEvent) else ""
        if isinstance(evenement, yaml.ScalarEvent) and cle[-1]:
            if evenement.value in ouverts[-1]:
                probleme = f"« {evenement.value} » y est deux fois"
            ouverts[-1].add(evenement.value)
        if isinstance(evenement, yaml.CollectionStartEvent):
            est_une_table = isinstance(evenement, yaml.MappingStartEvent)
            ouverts.append(set() if est_une_table else None)
            cle.append(est_une_table)
            if len(ouverts) > NIVEAUX:
                probleme = f"plus de {NIVEAUX} niveaux"
        elif ouverts and ouverts[-1] is not None:
            cle[-1] = not cle[-1]
        if probleme:
            raise YamlComplique(problem=probleme, problem_mark=evenement.start_mark)


def ligne_yaml(erreur: Exception, texte: str) -> int | None:
    """The line of a YAML error, from 1; the last one for what is missing at the end. ``None`` if it has no place."""
    marque = getattr(erreur, "problem_mark", None)
    return min(marque.line + 1, len(texte.splitlines())) if marque else None


def cause_yaml(erreur: Exception) -> str:
    """What is wrong with YAML, or where to look: the parser has English words only."""
    if isinstance(erreur, YamlComplique):
        return f" ({erreur.problem})"
    return "\u00a0: vérifiez les deux-points, les guillemets, les crochets et les retraits"


def existe(chemin: Path) -> bool:
    """Whether a data file exists. That it was asked is told (see `LECTURE`): the answer may change what a page says."""
    signaler(chemin)
    return chemin.exists()


def signaler(chemin: Path) -> None:
    """Tell that a result depends on this file being there, or on the names of the files of this folder."""
    sys.audit(LECTURE, str(chemin))
