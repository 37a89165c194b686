"""How long editions take on a cluster: here, on one worker, on two; and, from that, what a network would take.

``.venv/bin/python bench/cluster.py [-n 6]``: makes ``n`` editions three times, with real workers on this machine (they
share its processors: two gain only what one leaves idle), prints the figures and writes them to
``_build/bench-cluster.json``. The simulation is a sum, on paper: editions are independent, and a worker is a machine
like this one.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import RACINE, machine, prepare_data
from rapport.build import cluster
from rapport.build.project import Project

sys.path.append(str(RACINE / "tests"))
ORGANISMS, EDITIONS = 101, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=6, help="editions to make (default: 6)")
    years = range(2024, 2024 + parser.parse_args().n)
    with tempfile.TemporaryDirectory() as folder:
        data = prepare_data(Path(folder) / "data", years)
        here = rapport(folder, data, years, "here")
        print(f"here           {here:6.1f} s", flush=True)
        on = {}
        for workers in (1, 2):
            on[workers] = with_workers(Path(folder), data, years, workers)
            print(f"{workers} worker(s)    {on[workers]:6.1f} s", flush=True)
        start = time.monotonic()
        parcel = len(cluster.sources_of(Project(RACINE, data, Path(folder))))
        packing = time.monotonic() - start
        pages = sum(f.stat().st_size for f in Path(folder, "here", str(years[0]), "html").rglob("*") if f.is_file())
    each = on[1] / len(years)
    table = {n: math.ceil(ORGANISMS * EDITIONS / n) * each + ORGANISMS * packing for n in (1, 2, 10, 32, 101)}
    result = {"editions": len(years), "seconds here": here, "seconds by workers": on, "seconds an edition": each}
    result |= {"parcel bytes": parcel, "page bytes": pages, "ratio": on[1] / here}
    result |= {
        f"{ORGANISMS} organisms, {EDITIONS} editions each, minutes by machines": {n: s / 60 for n, s in table.items()}
    }
    result["machine"] = machine()
    file = RACINE / "_build" / "bench-cluster.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False, indent=2))


def with_workers(folder: Path, data: Path, years: range, workers: int) -> float:
    from test_cluster import Grappe

    grappe = Grappe(folder / f"grappe{workers}")
    try:
        for _ in range(workers):
            grappe.travailleur()
        return rapport(folder, data, years, str(workers), "--executor", grappe.adresse)
    finally:
        grappe.arreter()


def rapport(folder, data: Path, years: range, output: str, *options: str) -> float:
    """How long the command takes to make the editions, in seconds."""
    command = [sys.executable, "-m", "rapport", "build", *map(str, years), "--data", str(data), *options]
    start = time.monotonic()
    subprocess.run([*command, "--output", str(Path(folder, output))], cwd=RACINE, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
