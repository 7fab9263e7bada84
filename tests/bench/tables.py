"""Time the runs table of many runs and the data files of one long history.

python tests/bench/tables.py [rows ...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from runreport.digest import digest
from runreport.frames import run_columns
from runreport.records import (
    DataFile,
    History,
    HistoryChunk,
    MetricSummary,
    RunDigest,
    RunRecord,
)
from runreport.rows import RunRow, make_row
from runreport.tables import make_table, newest_first

PARAMS, METRICS, POINTS = 23, 10, 10_000_000
RNG = np.random.default_rng(1)


def make_runs(count: int) -> list[RunRow]:
    """Return runs with seven facts, 23 params and 10 metrics: 40 columns."""
    values = RNG.random((count, METRICS + 8))
    return [_run(number, values[number].tolist()) for number in range(count)]


def _run(number: int, values: list[float]) -> RunRow:
    params: dict[str, object] = {f"p{i:02}": (number * (i + 1)) % 7 for i in range(8)}
    params |= {f"q{i:02}": f"choice-{(number + i) % 5}" for i in range(PARAMS - 16)}
    params |= {f"r{i:02}": value for i, value in enumerate(values[:8])}
    metrics = tuple(
        MetricSummary(
            f"loss{i}", value, "last", "min", value, 9.0, value, 9.0, value, 9.0, value, 10
        )
        for i, value in enumerate(values[8:])
    )
    record = RunRecord(
        run_id=f"20261122T101500-brave-otter-{number:06}",
        name=f"brave-otter-{number}",
        experiment="bench",
        folder=Path("runs"),
        reader="native",
        started=1.79e9 + number,
        ended=1.79e9 + number + values[0] * 1e4,
        user=f"user{number % 9}",
        source={"name": "train.py"},
        version=f"{number // 20:040x}",
        params=params,
    )
    chunk = HistoryChunk(f"h-r{number}-0.12345678.js", tuple(metric.name for metric in metrics))
    slug = f"brave-otter-{number}-12345678"
    return make_row(RunDigest(record, slug, "finished", metrics, (chunk,)))


def timed(what: str, action: Callable[[], str]) -> None:
    """Print the best of three, in wall and processor time."""
    times = []
    for _ in range(3):
        start, busy = time.perf_counter(), time.process_time()
        note = action()
        times.append((time.perf_counter() - start, time.process_time() - busy))
    wall, cpu = min(times)
    print(f"{what:30} {wall:7.3f} s, cpu {cpu:7.3f} s   {note}")  # noqa: T201 - a script's result


def table(rows: int) -> None:
    """Time the table of so many runs."""
    runs = newest_first(make_runs(rows))
    colors = {run.slug: number % 12 for number, run in enumerate(runs)}

    def make() -> str:
        made = make_table(run_columns(runs), runs, experiment="bench", colors=colors)
        sizes = (len(made.data.content), len(made.csv), len(made.json))
        return f"{len(made.columns)} columns; js, csv, json MB: " + ", ".join(
            f"{size / 1e6:.1f}" for size in sizes
        )

    timed(f"table of {rows:,} runs", make)


def history(points: int) -> None:
    """Time the overview and tiles of one history."""
    steps = np.arange(points, dtype=np.float64)
    times = 1.79e9 + np.cumsum(RNG.random(points))
    columns = History("loss", steps, times, RNG.random(points))
    record = RunRecord(
        "r", "r", "bench", Path("runs"), "native", started=1.79e9, histories=(columns,)
    )

    def make() -> str:
        files: list[DataFile] = digest(record, goals={}, status="finished", slug="r")[1]
        return f"{len(files)} files, {sum(len(each.content) for each in files) / 1e6:.0f} MB"

    timed(f"history of {points:,} points", make)


if __name__ == "__main__":
    for size in [int(argument) for argument in sys.argv[1:]] or [10_000, 100_000]:
        table(size)
    history(POINTS)
