"""Run the chapters of 2023 as `rapport build` does, and nothing more: ``execution.py DATA OUTPUT``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rapport.build import steps
from rapport.build.composing import Composers
from rapport.build.plan import PUBLISH, Project, make_plan

if __name__ == "__main__":
    project = Project(Path.cwd(), Path(sys.argv[1]), Path(sys.argv[2]))
    plan = make_plan(project, 2023, PUBLISH)
    steps.run([plan], Composers(1), jobs=os.cpu_count(), follow=lambda event: None)
