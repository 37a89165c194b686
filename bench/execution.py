"""Run the chapters of 2023 as `rapport build` does, and nothing more: ``execution.py DATA OUTPUT``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rapport.build import execution, steps

if __name__ == "__main__":
    execution.prechauffer()
    projet = steps.Projet(Path.cwd(), Path(sys.argv[1]), Path(sys.argv[2]))
    livre = steps.prepare(projet, 2023)
    steps.execute(projet, [livre], os.cpu_count(), lambda evenement: None)
