"""Measure reading side by side with the bare parser over the same bytes.

    python tests/bench/read.py [--runs 1000] [--lines 1000] [--metrics 5] [--keep FOLDER]

The floor opens the same files, cuts them into pieces of whole lines and parses each with orjson,
and nothing else. Both go over the runs in turns of fifty, so that a busy machine slows both down.
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

from runreport.jsonlines import PIECE
from runreport.sources import RunFolder, find_runs, read

METRICS = ("loss", "acc", "val/loss", "val/acc", "lr")
TURN = 50


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
        values = rng.random((lines, metrics), dtype=np.float32).astype(float).tolist()
        rows = (
            {"step": step, "time": start + step / 4, **dict(zip(names, row, strict=True))}
            for step, row in enumerate(values)
        )
        (folder / "metrics.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))


def parse_only(run: RunFolder) -> None:
    """Do the least that parsing a run's lines takes."""
    for name in ("run.jsonl", "metrics.jsonl"):
        descriptor = os.open(run.folder / name, os.O_RDONLY)
        rest = b""
        while block := os.read(descriptor, PIECE):
            cut = block.rfind(b"\n") + 1
            piece, rest = rest + block[:cut], block[cut:]
            orjson.loads(b"[%b]" % piece[:-1].replace(b"\n", b","))
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
    read(runs[0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    floors, ours = [], []
    for start in range(0, len(runs), TURN):
        turn = runs[start : start + TURN]
        # Whoever comes second finds the files in the cache.
        floors.append(min(measure(parse_only, turn), measure(parse_only, turn)))
        ours.append(min(measure(read, turn), measure(read, turn)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    points = sum(len(each.values) for each in read(runs[0]).histories) * len(runs)
    size = sum((run.folder / "metrics.jsonl").stat().st_size for run in runs)
    floor_cpu, our_cpu = (sum(cpu for cpu, _ in turns) for turns in (floors, ours))
    ratios = [mine[0] / bare[0] for mine, bare in zip(ours, floors, strict=True)]
    unit = 1024 if sys.platform == "darwin" else 1
    write = sys.stdout.write
    write(f"runs                 {len(runs):,} ({size / 1e6:.0f} MB, {points:,} points)\n")
    write(f"finding them         {found_cpu:.3f} s of CPU\n")
    write(f"bare orjson          {floor_cpu:.3f} s of CPU\n")
    write(f"reading              {our_cpu:.3f} s of CPU, {sum(wall for _, wall in ours):.3f} s\n")
    write(f"points               {points / our_cpu / 1e6:.2f} million/s a core\n")
    write(f"peak memory          {peak / unit / 1e3:.0f} MB more than at the start\n")
    write(f"ratio                {our_cpu / floor_cpu:.2f}")
    write(f" (median of turns {statistics.median(ratios):.2f})\n")


if __name__ == "__main__":
    main()
