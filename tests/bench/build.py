"""Measure whole builds: stages, processor time, memory, bytes, and what a change costs.

    python tests/bench/build.py [--big] [--many] [--only RUNSxLINESxMETRICS]

Each build is a process of its own, as a user starts it. Ratios are to the bare parser over the
same bytes and to the first build; a busy machine slows all of them down alike.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson
from read import make_runs  # type: ignore[import-not-found, unused-ignore]

from runreport.reading.sources import find_runs, read

CASES = ((1000, 1000, 5), (10_000, 100, 5))
BIG = (1, 10_000_000, 1)
MANY = (100_000, 10, 3)
PIECE = 128 * 1024


def parse(root: Path) -> None:
    """Parse every metrics file in pieces of whole lines, and throw the values away."""
    for path in sorted(root.rglob("metrics.jsonl")):
        content, start = path.read_bytes(), 0
        while start < len(content):
            stop = content.rfind(b"\n", start, start + PIECE) + 1 or len(content)
            orjson.loads(b"[" + content[start : stop - 1].replace(b"\n", b",") + b"]")
            start = stop


def read_all(root: Path) -> None:
    """Read every run in this process, and throw the records away."""
    for found in find_runs([root])[0]:
        read(found)


def cpu_seconds() -> float:
    """Return the processor time of this process and of those it waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def build(root: Path, *flags: str) -> tuple[float, float]:
    """Build, print what the build says about itself, and return wall and processor seconds."""
    site = str(root.parent / "site")
    command = [sys.executable, "-m", "runreport", "build", str(root), "-o", site, *flags]
    began, busy = time.perf_counter(), cpu_seconds()
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    wall, cpu = time.perf_counter() - began, cpu_seconds() - busy
    for line in shown.stderr.splitlines():
        if " s  " in line:
            sys.stdout.write(f"      {line}\n")
    return wall, cpu


def grow(root: Path, runs: int, lines: int) -> None:
    """Append lines to so many runs."""
    for folder in sorted(root.glob("bench/*"))[:runs]:
        with (folder / "metrics.jsonl").open("ab") as file:
            for step in range(lines):
                file.write(b'{"step": %d, "loss": 0.5}\n' % (10**8 + time.time_ns() % 10**7 + step))


def age(root: Path) -> None:
    """Make files an hour old, as those of finished runs are."""
    old = time.time() - 3600
    for path in root.rglob("*.jsonl"):
        os.utime(path, (old, old + 0.123456))


def case(runs: int, lines: int, metrics: int) -> None:
    """Measure one tree of runs."""
    folder = Path(tempfile.mkdtemp(prefix="runreport-bench-"))
    root = folder / "runs"
    try:
        make_runs(root, runs, lines, metrics)
        age(root)
        size = sum(path.stat().st_size for path in root.rglob("*.jsonl"))
        sys.stdout.write(f"{runs:,} x {lines:,} x {metrics}: {size / 1e6:,.0f} MB\n")
        busy = cpu_seconds()
        parse(root)
        floor, busy = cpu_seconds() - busy, cpu_seconds()
        read_all(root)
        reading = cpu_seconds() - busy
        sys.stdout.write(f"   bare orjson {floor:.2f} s of CPU, reading {reading:.2f} s: ")
        sys.stdout.write(f"ratio {reading / floor:.2f}\n")
        measure(root, reading)
    finally:
        shutil.rmtree(folder)


def measure(root: Path, reading: float) -> None:
    """Build for the first time, then after changes of several sizes."""
    first, cpu = build(root, "--profile")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    site = sum(path.stat().st_size for path in (root.parent / "site").rglob("*"))
    sys.stdout.write(
        f"   first build {first:.2f} s, CPU {cpu:.2f} s = {cpu / reading:.1f} x reading, "
    )
    sys.stdout.write(f"largest process {peak:.0f} MB, site {site / 1e6:,.0f} MB\n")
    for name, runs, lines in (
        ("nothing changed", 0, 0),
        ("1 run grown by 10 lines", 1, 10),
        ("100 runs grown by a line", 100, 1),
    ):
        grow(root, runs, lines)
        wall, cpu = build(root, "--profile")
        sys.stdout.write(f"   {name}: {wall:.2f} s, CPU {cpu:.2f} s, ")
        sys.stdout.write(f"{wall / first:.3f} of the first build\n")
        sys.stdout.flush()


def main() -> None:
    """Measure the cases that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--big", action="store_true", help="one run of 10 million points too")
    parser.add_argument("--many", action="store_true", help="100,000 runs too")
    parser.add_argument("--only", help="one case, as 1000x100x5")
    given = parser.parse_args()
    cases = [*CASES, *([BIG] if given.big else []), *([MANY] if given.many else [])]
    if given.only:
        runs, lines, metrics = map(int, given.only.split("x"))
        cases = [(runs, lines, metrics)]
    for each in cases:
        case(*each)


if __name__ == "__main__":
    main()
