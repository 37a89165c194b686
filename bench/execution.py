"""Run the chapters of 2023 as `rapport build` does, and nothing more: ``execution.py DATA OUTPUT``."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    # Not above: `multiprocessing` imports this file again in each process, as it does `rapport.__main__`.
    from rapport.build import forks
    from rapport.build.project import Project

    project = Project(Path.cwd(), Path(sys.argv[1]), Path(sys.argv[2]))
    forks.warm_up(project.data)  # as `rapport build` does, before it imports the rest
    from rapport.build import steps
    from rapport.build.composing import Composers
    from rapport.build.plan import PUBLISH, make_plan

    plan = make_plan(project, 2023, PUBLISH)
    with Composers(1) as composers:
        steps.run([plan], composers, jobs=os.cpu_count(), follow=lambda event: None)


if __name__ == "__main__":
    main()
