"""What cannot be done, said in French to who asked for it."""

import errno
from collections.abc import Iterable

SYSTEME = {
    errno.ENOSPC: "il n’y a plus de place sur le disque",
    errno.EROFS: "le disque ne peut qu’être lu",
    errno.EACCES: "l’accès n’est pas permis",
    errno.EPERM: "l’accès n’est pas permis",
    errno.EMFILE: "trop de fichiers sont ouverts",
    errno.ENFILE: "trop de fichiers sont ouverts",
    errno.ENAMETOOLONG: "le chemin est trop long",
    errno.EISDIR: "un fichier est attendu, c’est un dossier",
    errno.ENOTDIR: "un dossier est attendu, c’est un fichier",
    errno.ENOENT: "le fichier ou le dossier n’existe pas",
    errno.ENOMEM: "la mémoire manque",
}


class Refus(Exception):
    """What was asked cannot be done. ``titre`` says it and ``lignes`` say why, in French; ``causes`` are what these
    lines tell of (:class:`Erreur`, exceptions, texts)."""

    def __init__(self, titre: str, causes: Iterable[object] = ()):
        super().__init__(titre)
        self.titre = titre
        self.causes = list(causes)
        self.lignes = [str(cause) for cause in self.causes]


def cause(erreur: OSError | MemoryError) -> str:
    """Why the system refuses, in French if it is known."""
    if isinstance(erreur, MemoryError):
        return SYSTEME[errno.ENOMEM]
    return SYSTEME.get(erreur.errno) or erreur.strerror or str(erreur)
