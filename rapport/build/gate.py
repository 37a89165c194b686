"""What a chapter must be to run, and what it may show to be a page: neither another year's numbers nor, by chance, what
is not made for readers."""

import json
import re
import symtable
from collections.abc import Sequence
from pathlib import Path

import nbformat

from rapport.donnees.adresse import remede
from rapport.livre import sections
from rapport.livre.sommaire import POSITION, ErreurChapitre
from rapport.nombres.francais import espaces

PARAMETERS = "parameters"
"""The tag of the cell whose values papermill replaces."""
_GIVEN = ("annee", "donnees")
_OURS = "application/vnd.rapport."
_MAGICS = ("%%texte", "%%en_bref", "%load_ext")
_CHANGING = re.compile(
    r"\b(today|now|utcnow|time|monotonic|perf_counter|uuid[14]|default_rng)\(\)|\brandom\b"
    r"|\bos\.environ\b|\benviron(?:\[|\.\w)|\bgetenv\b"  # « environ » is a French word too
)
_QUOTED = 500  # characters
_WRITTEN = ("titre", "sujet", "legende", "texte", "corps", "svg")
"""What of our outputs readers see as it is."""
_NOT_READ = re.compile(r"</?(?!\S+ object at )[a-z][^<>]*>|`[^`]*`|\]\([^)]*\)")
_FOR_MACHINES = re.compile(
    r"\b(?:[A-Z]\w+|version)\s\d\.\d(?!\.?\d)|(?P<said>"  # a version has a point: Licence Ouverte 2.0
    r"(?<![\w.,/-])-?\d+\.\d+(?:e[-+]?\d+)?(?![\w/-]|\.\d)|\b(?:nan|NaN|NaT|None|True|False|inf)\b|<NA>"
    r"|\b\w+(?:Error|Exception)\b|<[^<>]+ at 0x\w+>)"
)
_TABLE = re.compile(r"<table\b|^\s*\|?[ :|-]*---[ :|-]*\|[ :|-]*$", re.MULTILINE)
_BARE_TABLE = "la cellule montre un tableau sans titre ni source : montrez-le par tableau(…)."
TAKEN = "« {} » est déjà le nom d’une figure, d’un tableau, d’un fichier ou d’un repère de {} : donnez-en un autre."
_CURE = "Une page ne montre que ce que font %%texte, %%en_bref, markdown, figure, tableau, cartes et telechargement."


def check_notebook(notebook: nbformat.NotebookNode) -> None:
    """Raise ErreurChapitre, whose message starts with a place in the notebook, unless it can be run for any edition: it
    has a title, and takes its year and its data from its parameters alone."""
    first = next(iter(sections.lire_sections(notebook).sections), None)
    if first is None or first.niveau != 1:
        raise ErreurChapitre("cellule 1 : le chapitre n’a pas de titre. Commencez-le par une cellule « # Son titre ».")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    taking = next((cell for cell in code if PARAMETERS in cell.metadata.get("tags", [])), None)
    missing = [name for name in _GIVEN if taking is None or not _sets(taking, name)]
    if missing:
        where = "notebook" if taking is None else f"cellule {taking.metadata[POSITION]}"
        raise ErreurChapitre(
            f"{where} : le chapitre ne prend pas {' ni '.join(missing)}, il montrerait les nombres d’une autre année. "
            "Écrivez « annee = … » et « donnees = … » dans une cellule qui porte l’étiquette « parameters »."
        )
    for cell in code:
        changed = [name for name in _GIVEN if cell is not taking and _sets(cell, name)]
        if changed and "injected-parameters" not in cell.metadata.get("tags", []):
            raise ErreurChapitre(
                f"cellule {cell.metadata[POSITION]} : elle change « {changed[0]} », que la construction donne. "
                "Prenez un autre nom."
            )


def changing(notebook: nbformat.NotebookNode) -> str:
    """Says, in French, that what a notebook gives may change though no file does: it asks the hour, chance or the
    variables of the system; "" if it does not."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return "le chapitre demande l’heure, le hasard ou une variable du système" if _CHANGING.search(code) else ""


def _sets(cell: nbformat.NotebookNode, name: str) -> bool:
    """Whether a cell gives a value to a variable of the notebook."""
    python = re.sub(r"(?m)^([ \t]*)[%!].*", r"\1pass", cell.source)
    try:
        table = symtable.symtable(python, "cell", "exec")
    except SyntaxError:
        return False  # a text, or an error that the cell will tell
    symbol = table.lookup(name) if name in table.get_identifiers() else None
    return symbol is not None and (symbol.is_assigned() or symbol.is_imported())


def defects(notebook: nbformat.NotebookNode, private: Sequence[Path]) -> list[tuple[nbformat.NotebookNode, str]]:
    """The cells of an executed notebook that no page may show, each with why and the cure, in French. `private`: the
    folders whose names tell readers of this machine."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [(cell, output) for cell in code for output in _joined(cell.get("outputs", ()))]
    found = [(cell, problem) for cell, output in outputs if (problem := _problem(output) or _named(output, private))]
    shown: dict[str, int] = {}
    for rank, name in _names(notebook):
        if name in shown:
            place = f"la cellule {notebook.cells[shown[name]].metadata.get(POSITION)}"
            found.append((notebook.cells[rank], TAKEN.format(name, place)))
        shown.setdefault(name, rank)
    return [(cell, espaces(problem)) for cell, problem in found]


def _names(notebook: nbformat.NotebookNode) -> list[tuple[int, str]]:
    """The name of each figure, table and file that an executed notebook shows, with the rank of its cell, from 0."""
    outputs = ((rank, output) for rank, cell in enumerate(notebook.cells) for output in cell.get("outputs", ()))
    contents = ((rank, mime, content) for rank, output in outputs for mime, content in output.get("data", {}).items())
    return [(rank, content["nom"]) for rank, mime, content in contents if mime.startswith(_OURS) and "nom" in content]


def _joined(outputs: Sequence[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The outputs of a cell, what it prints as one and what it is warned of as one."""
    said: dict[str, str] = {}
    for output in outputs:
        if output.output_type == "stream":
            said[output.name] = said.get(output.name, "") + output.text
    streams = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in said.items()]
    return streams + [output for output in outputs if output.output_type != "stream"]


def _problem(output: nbformat.NotebookNode) -> str:
    """Why an output may not be on a page; "" if it may."""
    if output.output_type == "stream":
        said = _quote(output.text)
        if output.name == "stdout":
            return f"la cellule imprime {said} : retirez print, ou écrivez la phrase dans une cellule %%texte. {_CURE}"
        return _unknown_magic(output.text) or f"la cellule a un avertissement, à corriger : {said}"
    if output.output_type == "error":
        return f"la cellule s’arrête sur {output.ename} ({output.evalue})."
    data = output.get("data", {})
    markdown, plain = data.get("text/markdown"), data.get("text/plain", "")
    ours = [content for mime, content in data.items() if mime.startswith(_OURS)]
    if ours or (markdown is not None and markdown == plain):
        return _unwritten(ours, markdown or "")  # what a page would not show of it, `pages.markup` tells
    if any(mime.startswith("image/") for mime in data):
        return "la cellule montre un dessin sans titre ni source : montrez-le par figure(fig, …), sans plt.show()."
    if "<table" in data.get("text/html", ""):
        return _BARE_TABLE
    what = "du HTML" if "text/html" in data else _quote(plain or next(iter(data), ""))
    ends = output.output_type == "execute_result"
    return f"la cellule montre {what}{', par sa dernière ligne : retirez-la' if ends else ''}. {_CURE}"


def _unwritten(ours: Sequence[dict], text: str) -> str:
    """Says what stands in an output of ours as machines write it; "" if all of it is written for readers."""
    if not ours and _TABLE.search(text):
        return _BARE_TABLE
    for content in (*(said.get(key, "") for said in ours for key in _WRITTEN), text):
        for found in _FOR_MACHINES.finditer(_NOT_READ.sub(" ", content)):
            if said := found["said"]:
                return (
                    f"la page montrerait « {said} », qui n’est pas écrit pour des lecteurs. Un nombre du livre (ed[…], "
                    "total, part, evolution…) s’écrit de lui-même dans un texte, et dit pourquoi il manque."
                )
    return ""


def _named(output: nbformat.NotebookNode, private: Sequence[Path]) -> str:
    """Says which path of this machine is in an output."""
    said = json.dumps(output.get("data", {}), ensure_ascii=False)
    for path in private:
        name = json.dumps(str(path))[1:-1]
        if len(path.parts) > 1 and name in said and re.search(rf"(?<![\w.]){re.escape(name)}(?![\w-]|\.\w)", said):
            return f"la cellule montre « {path} », un dossier de cette machine, que les lecteurs n’ont pas à connaître."
    return ""


def _unknown_magic(said: str) -> str:
    """What IPython says of a magic that does not exist, in French; "" if it says something else."""
    found = re.search(r"UsageError: (?:Line|Cell) magic(?: function)? `(%+\w+)`", said)
    if not found:
        return ""
    cure = "Écrivez d’abord %load_ext rapport.chapitre." if found[1] in _MAGICS else remede(found[1], _MAGICS)
    return f"magie {found[1]} inconnue. {cure}"


def _quote(text: str) -> str:
    """The words of an output, on one line; those of a warning without the place in a file that it arose at."""
    words = re.sub(r"(?m)^\S*?:\d+: (\w*Warning: .*)\n(?:  .*\n?)?", r"\1 ", text)
    words = " ".join(words.split())
    if len(words) > _QUOTED:  # the cause may be at the end
        words = f"{words[: _QUOTED // 2]} […] {words[-_QUOTED // 2 :]}"
    return f"« {words} »"
