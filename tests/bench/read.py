"""Measure reading side by side with the bare parser over the same bytes.

    python tests/bench/read.py [--runs 1000] [--lines 1000] [--metrics 5] [--keep FOLDER]

The floor opens the same files, cuts them into pieces of whole lines and parses each with orjson,
and nothing else. "Columns" are the metrics lines alone as numpy columns and histories; a "record"
is all that a reader returns of a run. All go over the runs in turns of fifty, so that a busy
machine slows all of them down.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import orjson

from runreport.reading.launches import make_histories
from runreport.reading.pieces import PIECE
from runreport.reading.points import read_points
from runreport.reading.problems import Problems
from runreport.reading.sources import RunFolder, find_runs, read

METRICS = ("loss", "acc", "val/loss", "val/acc", "lr")
TURN = 50
BLOCK = 100_000
"""Lines that are written at once."""


def make_runs(root: Path, runs: int, lines: int, metrics: int) -> None:
    """Write runs whose values have the 18 digits that a float32 has as a float64."""
    rng = np.random.default_rng(0)
    names = [*METRICS, *(f"m{index}" for index in range(metrics))][:metrics]
    for index in range(runs):
        folder = root / "bench" / f"run-{index:05d}"
        folder.mkdir(parents=True)
        start = 1.7e9 + index * 1000
        record = {
            "format": "runreport/1",
            "run_id": folder.name,
            "status": "running",
            "started": start,
            "params": {f"p{each}": float(rng.random()) for each in range(20)},
        }
        ended = {"time": start + 999, "status": "finished", "ended": start + 999}
        (folder / "run.jsonl").write_bytes(
            orjson.dumps(record) + b"\n" + orjson.dumps(ended) + b"\n"
        )
        with (folder / "metrics.jsonl").open("wb") as file:
            for first in range(0, lines, BLOCK):
                count = min(BLOCK, lines - first)
                values = rng.random((count, metrics), dtype=np.float32).astype(float).tolist()
                rows = (
                    {"step": step, "time": start + step / 4, **dict(zip(names, row, strict=True))}
                    for step, row in enumerate(values, first)
                )
                file.write(b"".join(orjson.dumps(row) + b"\n" for row in rows))


def parse_only(run: RunFolder, names: Sequence[str] = ("run.jsonl", "metrics.jsonl")) -> None:
    """Do the least that parsing a run's lines takes."""
    for name in names:
        descriptor = os.open(run.folder / name, os.O_RDONLY)
        rest = b""
        while block := os.read(descriptor, PIECE):
            cut = block.rfind(b"\n") + 1
            piece, rest = rest + block[:cut], block[cut:]
            orjson.loads(b"[%b]" % piece[:-1].replace(b"\n", b","))
        os.close(descriptor)


def parse_metrics(run: RunFolder) -> None:
    """Do the least that parsing a run's metrics takes."""
    parse_only(run, ["metrics.jsonl"])


def read_columns(run: RunFolder) -> None:
    """Read a run's metrics and nothing else of it."""
    descriptor = os.open(run.folder / "metrics.jsonl", os.O_RDONLY)
    size = os.fstat(descriptor).st_size
    make_histories([read_points(descriptor, size, Problems(run.label))])
    os.close(descriptor)


def measure(work: Callable[[RunFolder], object], runs: Sequence[RunFolder]) -> tuple[float, float]:
    """Return the processor's and the clock's seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    for run in runs:
        work(run)
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--lines", type=int, default=1000)
    parser.add_argument("--metrics", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="make the runs here, or use those that are here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = options.keep or Path(scratch)
        if not (root / "bench").is_dir():
            make_runs(root, options.runs, options.lines, options.metrics)
        report(root)


def report(root: Path) -> None:
    """Read all runs below ``root`` in both ways."""
    found_cpu = time.process_time()
    runs, _ = find_runs([root])
    found_cpu = time.process_time() - found_cpu
    points = sum(len(each.values) for each in read(runs[0]).histories) * len(runs)
    size = sum((run.folder / "metrics.jsonl").stat().st_size for run in runs)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    works = (parse_metrics, read_columns, parse_only, read)
    turns: list[list[tuple[float, float]]] = []
    for start in range(0, len(runs), TURN):
        turn = runs[start : start + TURN]
        # Whoever comes first finds the files out of the cache, so each gets a second chance.
        turns.append([min(measure(work, turn), measure(work, turn)) for work in works])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    cpu = [sum(turn[place][0] for turn in turns) for place in range(len(works))]
    wall = sum(turn[3][1] for turn in turns)
    unit = 1024 if sys.platform == "darwin" else 1
    write = sys.stdout.write
    write(f"runs             {len(runs):,} ({size / 1e6:.0f} MB, {points:,} points)\n")
    write(f"finding them     {found_cpu:.3f} s of CPU\n")
    for name, bare, ours in (("columns", 0, 1), ("records", 2, 3)):
        ratio = statistics.median(turn[ours][0] / turn[bare][0] for turn in turns)
        write(f"{name:16} {cpu[ours]:.3f} s of CPU, bare orjson {cpu[bare]:.3f} s: ")
        write(f"ratio {cpu[ours] / cpu[bare]:.2f} (median of turns {ratio:.2f})\n")
    write(f"records          {wall:.3f} s, {points / cpu[3] / 1e6:.2f} million points/s a core\n")
    write(f"peak memory      {peak / unit / 1e3:.0f} MB more than after the first run\n")


if __name__ == "__main__":
    main()
