"""The IPython shell that runs the cells of a chapter, and keeps what they output as a notebook does."""

import base64
import builtins
import contextlib
import getpass
import io

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from nbformat.v4 import new_output
from traitlets import List
from traitlets.config import Config


class _Displayed(DisplayPublisher):
    """What a cell displays."""

    def publish(self, data, metadata=None, *, update=False, **_) -> None:
        if not update:  # of something displayed before: a page has no such thing
            self.shell.add("display_data", data=_written(data), metadata=metadata or {})

    def clear_output(self, wait=False) -> None:
        self.shell.outputs.clear()


class _Result(DisplayHook):
    """The value of the last line of a cell."""

    def write_output_prompt(self) -> None:
        """Nothing: the page has none."""

    def write_format_data(self, format_dict, md_dict=None) -> None:
        self.shell.add(
            "execute_result", data=_written(format_dict), metadata=md_dict or {}, execution_count=self.prompt_count
        )


class _Stream(io.TextIOBase):
    """What a cell prints; pieces of one stream that follow each other are one output."""

    def __init__(self, shell: "Shell", name: str):
        self.shell, self.name = shell, name

    def write(self, text: str) -> int:
        last = self.shell.outputs[-1] if self.shell.outputs else {}
        if last.get("name") == self.name:
            last["text"] += text
        elif text:
            self.shell.add("stream", name=self.name, text=text)
        return len(text)


class Shell(InteractiveShell):
    """Keeps no history of what is typed, and nobody answers it."""

    displayhook_class = _Result
    display_pub_class = _Displayed
    outputs = List()

    def __init__(self, **options):
        super().__init__(config=Config(HistoryManager={"enabled": False}), **options)
        builtins.input = getpass.getpass = _refuse_input

    def outputs_of(self, code: str) -> list[NotebookNode]:
        """What a cell outputs."""
        self.outputs = []
        with contextlib.redirect_stdout(_Stream(self, "stdout")), contextlib.redirect_stderr(_Stream(self, "stderr")):
            self.run_cell(code, store_history=True)
        return self.outputs

    def add(self, kind: str, **what) -> None:
        self.outputs.append(new_output(kind, **what))

    def ask_exit(self) -> None:
        """What ``exit()`` does."""
        raise SystemExit

    def _showtraceback(self, etype, evalue, stb) -> None:
        self.add("error", ename=etype.__name__, evalue=str(evalue), traceback=stb)


def _written(data: dict) -> dict:
    """Pictures as text, as notebooks have them."""
    return {mime: base64.b64encode(v).decode() if isinstance(v, bytes) else v for mime, v in data.items()}


def _refuse_input(*_, **__):
    raise StdinNotImplementedError("no one answers")
