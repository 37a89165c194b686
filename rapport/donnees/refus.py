"""What cannot be done, said in French to who asked for it."""

from collections.abc import Iterable


class Refus(Exception):
    """What was asked cannot be done. ``titre`` says it and ``lignes`` say why, in French; ``causes`` are what these
    lines tell of (:class:`Erreur`, exceptions, texts)."""

    def __init__(self, titre: str, causes: Iterable[object] = ()):
        super().__init__(titre)
        self.titre = titre
        self.causes = list(causes)
        self.lignes = [str(cause) for cause in self.causes]
