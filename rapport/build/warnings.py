"""What Sphinx complains of, said in French, in the place where the analyst can mend it.

myst-nb counts ten thousand lines a cell of the executed notebook: in ``essai.ipynb:110003``, line 2 of the eleventh.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from rapport.build.gate import TAKEN
from rapport.build.plan import Plan, PlannedChapter
from rapport.livre import sommaire
from rapport.nombres.francais import typographie

LINES_PER_CELL = 10_000
INJECTED = "injected-parameters"
"""The tag of the cell that papermill adds."""
_COMPLAINT = re.compile(
    r"(?P<page>[\w-]+)\.ipynb:(?:(?P<place>\d*):)? (?:WARNING|ERROR|CRITICAL): (?P<said>.+?)(?: \[[\w.]+\])?"
)
_LINK = "lien vers « {} », qui n’existe pas."
_IN_FRENCH = {
    r"'myst' cross-reference target not found: '(.+)'": _LINK,
    r"undefined label: '(.+)'": _LINK,
    r"local id not found in doc '(.+)': '(.+)'": "le chapitre « {} » n’a pas de section « {} » cette année.",
    r"unknown document: '(.+)'": _LINK,
    r"image file not readable: (.+)": "l’image « {} » n’existe pas.",
    r"duplicate label (.+), other instance in (.+)": TAKEN,
    r'Duplicate explicit target name: "(.+)"\.': "le repère « {} » existe deux fois.",
    r"Non-consecutive header level increase; H(\d) to H(\d)": (
        "un titre de niveau {} est suivi d’un titre de niveau {} : il manque un niveau."
    ),
    r'Unknown interpreted text role "(.+)"\.': "le rôle MyST « {} » n’existe pas.",
    r"Unknown directive type: '(.+)'": "la directive MyST « {} » n’existe pas.",
}
"""What an analyst may meet; other complaints stay as Sphinx says them."""


@dataclass(frozen=True)
class Warning:
    """What is wrong with a page (None: with the whole book), in French."""

    page: str | None
    text: str

    def __str__(self) -> str:
        return self.text


def understand(plan: Plan, complaints: list[str]) -> list[Warning]:
    """The warnings in `complaints`, lines of the log of a book. A link to a chapter that the book leaves out is none in
    a book that will not be published."""
    absent = {c.nom for c in sommaire.lister_chapitres(plan.project.root)} - plan.names | plan.failures.keys()
    warnings = []
    for complaint in complaints:
        found = _COMPLAINT.fullmatch(complaint)
        chapter = plan.chapter(found["page"]) if found else None
        if chapter is None:
            warnings.append(Warning(None, complaint))
            continue
        phrase, names = _translate(found["said"])
        if phrase == _LINK and Path(names[0]).stem in absent:
            if not plan.mode.publish:
                continue
            phrase = f"lien vers « {{}} », chapitre que l’édition {plan.year} n’a pas."
        place = _place(plan, chapter, int(found["place"] or 0))
        text = typographie(f"{plan.project.relative(chapter.path)}{place} : {phrase}").format(*names)
        warnings.append(Warning(chapter.name, text))
    return warnings


def _translate(said: str) -> tuple[str, tuple[str, ...]]:
    for pattern, phrase in _IN_FRENCH.items():
        if found := re.fullmatch(pattern, said):
            return phrase, found.groups()
    return "{}", (said,)


def _place(plan: Plan, chapter: PlannedChapter, line: int) -> str:
    """« , cellule 9, ligne 2 », in the notebook as the analyst opens it; nothing if it has no place there."""
    rank, line = divmod(line, LINES_PER_CELL)
    # The executed notebook has a cell more, and not the headings under which nothing came out; a page that could not be
    # made again is that of an older one.
    executed = sommaire.lire_carnet(plan.book / f"{chapter.name}.ipynb").cells[:rank]
    written = iter(chapter.notebook.cells if chapter.notebook else [])
    found = None
    for cell in executed:
        if INJECTED not in cell.metadata.get("tags", []):
            found = next((other for other in written if other.source == cell.source), None)
    if found is None or INJECTED in executed[-1].metadata.get("tags", []):
        return ""
    place = f", cellule {found.metadata[sommaire.POSITION]}"
    # The text of a code cell is not what was read.
    return f"{place}, ligne {line - 1}" if found.cell_type == "markdown" and line > 1 else place
