"""What reading and building cost, beside bare parsing of the same bytes.

python tests/bench/build.py [--runs 1000] [--lines 1000]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from runreport.reading.sources import find_runs, read

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy", "lr")
PIECE = 128 * 1024


def write_runs(root: Path, runs: int, lines: int) -> None:
    """Write runs that differ in their values, in four experiments."""
    for number in range(runs):
        folder = root / f"experiment-{number % 4}" / f"run-{number:05}"
        folder.mkdir(parents=True)
        record = {
            "format": "runreport/1",
            "run_id": folder.name,
            "status": "finished",
            "started": 1.7e9 + number,
            "ended": 1.7e9 + number + 60,
            "version": f"{number:040x}",
            "params": {"lr": number / 1000, "seed": number},
        }
        (folder / "run.jsonl").write_bytes(orjson.dumps(record) + b"\n")
        points = (
            {"step": step, "time": 1.7e9 + step}
            | {name: (number + place) / (step + 1) for place, name in enumerate(METRICS)}
            for step in range(lines)
        )
        text = b"".join(orjson.dumps(point) + b"\n" for point in points)
        (folder / "metrics.jsonl").write_bytes(text)


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


def build(root: Path, site: Path) -> None:
    """Build the site in a process of its own, as a user does."""
    command = [
        sys.executable,
        "-m",
        "runreport",
        "build",
        str(root),
        "--output",
        str(site),
        "--quiet",
    ]
    subprocess.run(command, check=True)


def measure(name: str, work: Callable[[], None]) -> None:
    """Print wall and processor seconds of one piece of work, its child processes included."""
    began, busy = time.perf_counter(), cpu_seconds()
    work()
    wall, cpu = time.perf_counter() - began, cpu_seconds() - busy
    sys.stdout.write(f"{name}: {wall:.2f} s, cpu {cpu:.2f} s\n")
    sys.stdout.flush()


def cpu_seconds() -> float:
    """Return the processor time of this process and of those it waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def main() -> None:
    """Make the runs, then measure parsing, reading, a first build and one without changes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--lines", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, site = Path(folder, "runs"), Path(folder, "site")
        write_runs(root, given.runs, given.lines)
        size = sum(path.stat().st_size for path in root.rglob("*.jsonl"))
        points = given.runs * given.lines * len(METRICS)
        sys.stdout.write(f"{given.runs:,} runs, {points:,} points, {size / 1e6:.0f} MB\n")
        measure("bare orjson", lambda: parse(root))
        measure("reading", lambda: read_all(root))
        measure("build", lambda: build(root, site))
        measure("build again", lambda: build(root, site))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"largest process: {peak:.0f} MB\n")


if __name__ == "__main__":
    main()
