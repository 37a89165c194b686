"""What a build tells whoever follows it. It knows nothing of who that is: a terminal, a page, nobody."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


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


@dataclass
class Timer:
    """How long each step of a build takes, told at the end."""

    follow: Follower
    start: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.seconds[step] = time.monotonic() - start

    def tell(self) -> None:
        for step, seconds in (self.seconds | {"total": time.monotonic() - self.start}).items():
            self.follow(Event(step, "timed", seconds=seconds))
