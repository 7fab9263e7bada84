"""Measure whole builds: stages, processor, memory, bytes, and what a change costs.

    python tests/bench/build.py [--small] [--only RUNSxLINESxMETRICS] [--folder scratch/bench]

Prints three Markdown tables for the page on scale. Each build is a process of its own, as a user
starts it. Reading is measured in one process, beside the bare parser and `cat` over the same bytes;
a busy machine slows all of them down alike, so that ratios count. Without --small this takes about
ten minutes and 6 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from read import make_runs  # type: ignore[import-not-found, unused-ignore]
from watched import (  # type: ignore[import-not-found, unused-ignore]
    Used,
    cpu_seconds,
    machine,
    row,
    run,
    size_of,
)

CASES = ((1000, 1000, 5), (10_000, 100, 5), (1, 10_000_000, 1), (100_000, 10, 3))
SMALL = ((1000, 10, 3), (3000, 10, 3), (100, 1000, 5), (1, 1_000_000, 1))
PIECE = 128 * 1024
STAGES = (
    *("finding runs", "reading runs", "making tables", "writing pages"),
    *("putting the site in place", "keeping the index"),
)
MB = 1e6


@dataclass
class Case:
    """One tree of runs, and what was measured over it."""

    runs: int
    lines: int
    metrics: int
    size: int = 0
    site: int = 0
    reading: dict[str, float] = field(default_factory=dict)
    """CPU seconds of `cat`, of the bare parser, and of our reading."""
    builds: dict[str, Used] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.runs:,} × {self.lines:,} × {self.metrics}"

    @property
    def points(self) -> int:
        return self.runs * self.lines * self.metrics


def parse(root: Path) -> None:
    """Parse every metrics file in pieces of whole lines, and throw the values away."""
    for path in sorted(root.rglob("metrics.jsonl")):
        with path.open("rb") as file:
            rest = b""
            while block := file.read(PIECE):
                stop = block.rfind(b"\n") + 1
                piece, rest = rest + block[:stop], block[stop:]
                orjson.loads(b"[" + piece[:-1].replace(b"\n", b",") + b"]")


def cat(root: Path) -> None:
    """Read the same bytes, and no more."""
    run(["sh", "-c", 'find "$1" -name metrics.jsonl -exec cat {} + > /dev/null', "sh", str(root)])


def read_all(root: Path) -> None:
    """Read every run in this process, and throw the records away."""
    from runreport.reading.sources import find_runs, read

    for found in find_runs([root])[0]:
        read(found)


def cpu_of(work: Callable[[Path], None], root: Path) -> float:
    """Return the processor seconds of the better of two tries."""

    def once() -> float:
        busy = cpu_seconds()
        work(root)
        used: float = cpu_seconds() - busy
        return used

    return min(once(), once())


def build(root: Path) -> Used:
    """Build as a user does."""
    site = root.parent / "site"
    command = [sys.executable, "-m", "runreport", "build", root, "-o", site, "--profile"]
    return run(command)


def stages(used: Used) -> dict[str, float]:
    """Return the seconds of each stage, as the build tells them."""
    lines = (line.strip().split(" s  ") for line in used.errors.splitlines() if " s  " in line)
    return {name: float(seconds) for seconds, name in lines if not name.startswith("run ")}


def grow(root: Path, runs: int, lines: int) -> None:
    """Append lines to so many runs."""
    for folder in sorted(root.glob("bench/*"))[:runs]:
        with (folder / "metrics.jsonl").open("ab") as file:
            for step in range(lines):
                file.write(b'{"step": %d, "loss": 0.5}\n' % (10**8 + time.time_ns() % 10**7 + step))


def rewrite(root: Path, runs: int) -> None:
    """Write the metrics of so many runs anew, with another first value."""
    for folder in sorted(root.glob("bench/*"))[:runs]:
        path = folder / "metrics.jsonl"
        path.write_bytes(path.read_bytes().replace(b'"step":0,', b'"step":1,', 1))


def age(root: Path) -> None:
    """Make files an hour old, as those of finished runs are."""
    old = time.time() - 3600
    for path in root.rglob("*.jsonl"):
        os.utime(path, (old, old + 0.123456))


CHANGES: dict[str, Callable[[Path], None]] = {
    "nothing changed": lambda _root: None,
    "1 run grown by 10 lines": lambda root: grow(root, 1, 10),
    "1 run rewritten": lambda root: rewrite(root, 1),
    "100 runs grown": lambda root: grow(root, 100, 1),
}


def measure(case: Case, folder: Path) -> None:
    """Measure one tree of runs: read it, build it, then build it after changes."""
    root = folder / "runs"
    say(f"{case.name}: writing the runs")
    make_runs(root, case.runs, case.lines, case.metrics)
    age(root)
    case.size = size_of(root, "*.jsonl")
    for name, work in (("cat", cat), ("orjson", parse), ("reading", read_all)):
        say(f"{case.name}: {name}")
        case.reading[name] = cpu_of(work, root)
    for name, change in {"first": lambda _root: None, **CHANGES}.items():
        say(f"{case.name}: building, {name}")
        change(root)
        case.builds[name] = build(root)
    case.site = size_of(folder / "site")


def tables(cases: list[Case]) -> Iterator[str]:
    """Yield the lines of three Markdown tables."""
    yield f"Measured by `tests/bench/build.py` on {machine()}."
    yield ""
    yield row(
        *("runs × lines × metrics", "JSON lines, MB", *(f"{each}, s" for each in STAGES)),
        *("whole build, s", "CPU, s", "ms of CPU a run", "largest process, MB"),
        *("all processes, MB", "site, MB"),
    )
    yield "|---|" + "--:|" * 13
    for case in cases:
        first = case.builds["first"]
        took = stages(first)
        yield row(
            *(case.name, f"{case.size / MB:,.0f}"),
            *(f"{took.get(each, 0):.2f}" for each in STAGES),
            *(f"{first.seconds:.1f}", f"{first.cpu:.1f}", f"{first.cpu / case.runs * 1e3:.2f}"),
            *(f"{first.largest / MB:,.0f}", f"{first.together / MB:,.0f}"),
            f"{case.site / MB:,.0f}",
        )
    yield ""
    yield from _reading(cases)
    yield ""
    yield from _changes(cases)


def _reading(cases: list[Case]) -> Iterator[str]:
    yield row(
        *("runs × lines × metrics", "`cat`, s of CPU", "bare `orjson`, s", "reading, s"),
        *("reading / `orjson`", "reading / `cat`", "build / reading", "million points/s a core"),
    )
    yield "|---|" + "--:|" * 7
    for case in cases:
        plain, floor, ours = (case.reading[each] for each in ("cat", "orjson", "reading"))
        yield row(
            *(case.name, f"{plain:.2f}", f"{floor:.2f}", f"{ours:.2f}", f"{ours / floor:.2f}"),
            *(f"{ours / max(plain, 0.01):.1f}", f"{case.builds['first'].cpu / ours:.1f}"),
            f"{case.points / ours / 1e6:.2f}",
        )


def _changes(cases: list[Case]) -> Iterator[str]:
    yield row("runs × lines × metrics: s / s of CPU (share of the first)", "first build", *CHANGES)
    yield "|---|" + "--:|" * (1 + len(CHANGES))
    for case in cases:
        first = case.builds["first"]
        again = [case.builds[each] for each in CHANGES]
        yield row(
            *(case.name, f"{first.seconds:.2f} / {first.cpu:.2f}"),
            *(f"{u.seconds:.2f} / {u.cpu:.2f} ({u.seconds / first.seconds:.1%})" for u in again),
        )


def say(text: str) -> None:
    """Tell on stderr what is under way."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


def main() -> None:
    """Measure the cases that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="cases of a minute or two")
    parser.add_argument("--only", nargs="*", default=[], help="some cases, as 1000x100x5")
    parser.add_argument("--folder", type=Path, help="where to write runs and sites")
    given = parser.parse_args()
    asked = [each.split("x") for each in given.only] or (SMALL if given.small else CASES)
    cases = [Case(int(runs), int(lines), int(metrics)) for runs, lines, metrics in asked]
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        folder = Path(tempfile.mkdtemp(prefix="runreport-bench-", dir=given.folder))
        try:
            measure(case, folder)
        finally:
            shutil.rmtree(folder)
    sys.stdout.write("\n".join(tables(cases)) + "\n")


if __name__ == "__main__":
    main()
