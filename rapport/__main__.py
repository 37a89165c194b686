"""``python -m rapport``, and the command ``rapport``.

Light to import: ``multiprocessing`` imports the program that asks for a process again in that process.
"""

import atexit
import contextlib
import os
import sys


def main() -> int:
    ended: list[int] = []
    atexit.register(_end, ended)  # the first one of these is called after all the others
    try:
        from rapport.cli.app import main

        ended.append(main())
    except KeyboardInterrupt:  # while it loads
        ended.append(130)
    return ended[0]


def _end(ended: list[int]) -> None:
    """Leave the memory to the system at once: to clear it takes Python a third of a second."""
    with contextlib.suppress(OSError, ValueError):  # nobody reads any more: Python says it
        sys.stdout.flush()
        sys.stderr.flush()
        if ended:
            os._exit(ended[0])


if __name__ == "__main__":
    raise SystemExit(main())
