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
from operator import attrgetter
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
TRIES = 3
"""Builds after each kind of change; the shortest counts."""
MB = 1e6

seconds_of = attrgetter("seconds")


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


def again(root: Path, change: Callable[[Path], None]) -> Used:
    """Build once more, after a change."""
    change(root)
    return build(root)


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
    """Write the metrics of so many runs anew, with another time in the first line."""
    for folder in sorted(root.glob("bench/*"))[:runs]:
        path = folder / "metrics.jsonl"
        first, rest = path.read_bytes().split(b"\n", 1)
        line = {**orjson.loads(first), "time": time.time_ns() / 1e9}
        path.write_bytes(orjson.dumps(line) + b"\n" + rest)


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
    say(f"{case.name}: building")
    case.builds["first"] = build(root)
    for name, change in CHANGES.items():
        say(f"{case.name}: building, {name}")
        case.builds[name] = min((again(root, change) for _ in range(TRIES)), key=seconds_of)
    case.site = size_of(folder / "site")


def tables(cases: list[Case]) -> Iterator[str]:
    """Yield the lines of three Markdown tables; each case has a column."""
    yield f"Measured by `tests/bench/build.py` on {machine()}."
    for title, rows in (
        ("a first build", _first),
        ("reading alone, one process", _reading),
        ("seconds of a build after a change (of them CPU; share of the first)", _changes),
    ):
        columns = [rows(case) for case in cases]
        yield ""
        yield row(title, *(case.name for case in cases))
        yield "|---|" + "--:|" * len(cases)
        for name in columns[0]:
            yield row(name, *(column[name] for column in columns))


def _first(case: Case) -> dict[str, str]:
    first = case.builds["first"]
    took = stages(first)
    return {
        "JSON lines, MB": f"{case.size / MB:,.0f}",
        **{f"{each}, s": f"{took.get(each, 0):.2f}" for each in STAGES},
        "**whole build, s**": f"**{first.seconds:.1f}**",
        "CPU of all processes, s": f"{first.cpu:.1f}",
        "CPU a run, ms": f"{first.cpu / case.runs * 1e3:,.2f}",
        "memory of the largest process, MB": f"{first.largest / MB:,.0f}",
        "memory of all processes, MB": f"{first.together / MB:,.0f}",
        "site, MB": f"{case.site / MB:,.0f}",
    }


def _reading(case: Case) -> dict[str, str]:
    plain, floor, ours = (case.reading[each] for each in ("cat", "orjson", "reading"))
    return {
        "`cat`, s of CPU": f"{plain:.2f}",
        "bare `orjson`, s of CPU": f"{floor:.2f}",
        "reading, s of CPU": f"{ours:.2f}",
        "reading / `orjson`": f"{ours / floor:.2f}",
        "reading / `cat`": f"{ours / max(plain, 0.01):.1f}",
        "CPU of the build / reading": f"{case.builds['first'].cpu / ours:.1f}",
        "million points a second": f"{case.points / ours / 1e6:.2f}",
    }


def _changes(case: Case) -> dict[str, str]:
    first = case.builds["first"].seconds
    return {
        name: f"{used.seconds:.2f} ({used.cpu:.2f}; {used.seconds / first:.1%})"
        for name, used in case.builds.items()
        if name != "first"
    }


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
    # The first build of all compiles the modules.
    for case in (Case(1, 10, 1), *cases):
        folder = Path(tempfile.mkdtemp(prefix="runreport-bench-", dir=given.folder))
        try:
            measure(case, folder)
        finally:
            shutil.rmtree(folder)
    sys.stdout.write("\n".join(tables(cases)) + "\n")


if __name__ == "__main__":
    main()
