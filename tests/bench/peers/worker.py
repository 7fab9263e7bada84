"""Drive one adapter: log and time it, be killed after the last call, or count what was kept.

    python worker.py ADAPTER CASE FOLDER CALLS METRICS

Its last line is the answer as JSON.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent.parent))

from tests.bench.peers import adapters


def main() -> None:
    """Do what the command line says."""
    name, case, where, calls, metrics = sys.argv[1:]
    adapter, folder = getattr(adapters, name), Path(where)
    if case == "count":
        answer({"found": adapter.count(folder)})
        return
    folder.mkdir(parents=True)
    tracker = adapter(folder)
    values = make_values(int(calls) + 1, int(metrics))
    # The first call opens files and starts threads.
    tracker.log(0, values[0])
    if case == "kill":
        for step, row in enumerate(values[1:], start=1):
            tracker.log(step, row)
        answer({"logged": len(values)})
        os.kill(os.getpid(), signal.SIGKILL)
    answer(measure(tracker, values[1:], folder))


def make_values(calls: int, metrics: int) -> list[dict[str, float]]:
    """Return what to log, the same for every tracker."""
    numbers = random.Random(1)
    names = ["loss"] if metrics == 1 else [f"metric_{index}" for index in range(metrics)]
    return [{name: numbers.random() for name in names} for _ in range(calls)]


def measure(tracker: Any, values: list[dict[str, float]], folder: Path) -> dict[str, float]:
    """Return rate, latencies, CPU and bytes of logging all values and closing."""
    clock, taken, before = time.perf_counter_ns, [0] * len(values), size_of(folder)
    busy, began = cpu_seconds(), clock()
    for index, row in enumerate(values):
        start = clock()
        tracker.log(index + 1, row)
        taken[index] = clock() - start
    tracker.close()
    seconds, busy = (clock() - began) / 1e9, cpu_seconds() - busy
    taken.sort()
    points = len(values) * len(values[0])
    return {
        "calls_per_second": len(values) / seconds,
        "p50_us": taken[len(taken) // 2] / 1e3,
        "p99_us": taken[len(taken) * 99 // 100] / 1e3,
        "cpu_us": busy / len(values) * 1e6,
        "bytes_per_point": (size_of(folder) - before) / points,
    }


def cpu_seconds() -> float:
    """Return the CPU time of this process and of its children that have ended."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def answer(value: dict[str, float]) -> None:
    """Print the answer on a line of its own."""
    sys.stdout.write(f"\n{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
    # Some trackers leave threads that keep the process alive.
    os._exit(0)
