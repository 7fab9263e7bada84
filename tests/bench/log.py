"""What logging costs: calls a second, latency and CPU of a call, bytes, and the import.

Run it as `python tests/bench/log.py [CALLS]`. Every call is in the file before it returns. The
floor beside each row is one `os.write` of the same line: what no logger that keeps all can beat.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import runreport

ROUNDS = 5
IMPORTS = 15


def measure(call: Callable[[int], object], calls: int) -> tuple[float, float, float, float]:
    """Return calls a second, median and 99th percentile latency, and CPU, in µs, of one round."""
    clock, latencies = time.perf_counter_ns, [0] * calls
    cpu, began = time.process_time(), clock()
    for step in range(calls):
        start = clock()
        call(step)
        latencies[step] = clock() - start
    wall, cpu = clock() - began, time.process_time() - cpu
    latencies.sort()
    middle, late = latencies[calls // 2], latencies[calls * 99 // 100]
    return calls / wall * 1e9, middle / 1e3, late / 1e3, cpu / calls * 1e6


def medians(call: Callable[[int], object], calls: int) -> tuple[float, ...]:
    """Return the medians over some rounds; the machine does other things too."""
    rounds = [measure(call, calls) for _ in range(ROUNDS)]
    return tuple(statistics.median(column) for column in zip(*rounds, strict=True))


def bench_calls(folder: Path, calls: int) -> list[str]:
    """Return a table's rows: one for each number of metrics a call."""
    rows = []
    for count in (1, 4, 10):
        metrics = {f"metric_{index}": 1 / (index + 3) for index in range(count)}
        with runreport.start_run(root=folder, code=False) as run:

            def call(step: int, metrics: dict[str, float] = metrics) -> None:
                runreport.log_metrics(metrics, step=step)

            logged = medians(call, calls)
            size = (run.folder / "metrics.jsonl").stat().st_size / calls / ROUNDS
        floor = bench_floor(folder / "floor", b"x" * (round(size) - 1) + b"\n", calls)
        speed, middle, late, cpu = logged
        rows.append(
            f"{count:>8} {speed:>10,.0f} {middle:>8.2f} {late:>8.2f} {cpu:>8.2f} {floor:>8.2f} "
            f"{size / count:>8.1f}"
        )
    return rows


def bench_floor(path: Path, line: bytes, calls: int) -> float:
    """Return the CPU of one bare `os.write`, in µs."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        return medians(lambda _: os.write(fd, line), calls)[3]
    finally:
        os.close(fd)


def bench_imports() -> list[str]:
    """Return rows of what statements cost a fresh interpreter, in turn, so that load is shared."""
    statements = ("pass", "import runreport", "import runreport; runreport.start_run")
    times: dict[str, list[float]] = {statement: [] for statement in statements}
    for _ in range(IMPORTS):
        for statement, found in times.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            found.append((time.perf_counter() - began) * 1e3)
    bare = times["pass"]
    rows = [f"{'python -c pass':<40} {statistics.median(bare):6.1f} ms"]
    for statement in statements[1:]:
        extra = [full - alone for full, alone in zip(times[statement], bare, strict=True)]
        rows.append(f"{statement:<40} {statistics.median(extra):+6.1f} ms")
    return rows


def main() -> None:
    """Print the tables."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        rows = bench_calls(Path(folder), calls)
    heads = ("metrics", "calls/s", "p50 µs", "p99 µs", "CPU µs", "floor", "B/point")
    widths = (8, 10, 8, 8, 8, 8, 8)
    lines = [
        " ".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)),
        *rows,
        "",
        *bench_imports(),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
