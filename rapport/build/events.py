"""What a build tells whoever follows it. It knows nothing of who that is: a terminal, a page, nobody."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """Something that happened in a step: "check", "run", "compose", "pdf", "publish" ("lock", "total": around them;
    "edition": all that is done of one on a cluster).

    `state`: "waiting" (a chapter that is listed; for "lock", another build holds the folder `message`), "started",
    "running" (cell `cell` of `cells`), "done" or "failed" (after `seconds`; `message`: why it was done, or what
    failed, in French), "unchanged" (nothing to do), "absent" (not done: `message` says what it wants), "timed" (at the
    end: `seconds` of the whole step).
    """

    step: str
    state: str
    year: int | None = None
    chapter: str | None = None
    cell: int = 0
    cells: int = 0
    seconds: float = 0.0
    message: str = ""


Follower = Callable[[Event], None]
