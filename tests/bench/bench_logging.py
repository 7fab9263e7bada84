"""What one `log_metrics` call of four values costs, every call in its file before it returns."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import runreport

CALLS = 100_000
BATCH = 1_000


def main() -> None:
    """Log in batches, so that the median leaves out what else the machine did."""
    with tempfile.TemporaryDirectory() as folder:
        runreport.set_tracking_uri(folder)
        with runreport.start_run() as run:
            wall, cpu = [], []
            for first in range(0, CALLS, BATCH):
                began, busy = time.perf_counter(), time.process_time()
                for step in range(first, first + BATCH):
                    values = {"loss": 1 / (step + 1), "accuracy": 0.9, "lr": 1e-3, "norm": step}
                    run.log_metrics(values, step=step)
                wall.append((time.perf_counter() - began) / BATCH * 1e6)
                cpu.append((time.process_time() - busy) / BATCH * 1e6)
        size = sum(path.stat().st_size for path in Path(folder).rglob("metrics*.jsonl"))
    sys.stdout.write(
        f"log_metrics of 4 values, {CALLS:,} calls: {statistics.median(wall):.1f} µs, "
        f"cpu {statistics.median(cpu):.1f} µs (median); {size / CALLS:.0f} bytes a call\n"
    )


if __name__ == "__main__":
    main()
