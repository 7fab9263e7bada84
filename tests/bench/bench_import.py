"""What `import runreport` adds to the start of Python, in wall and processor time."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time

ROUNDS = 25


def start(statement: str) -> tuple[float, float]:
    """Return wall and processor milliseconds of one Python process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, cpu * 1000


def main() -> None:
    """Start both in turn, so that a noisy moment hits both."""
    statements = ("pass", "import runreport", "import runreport; runreport.start_run")
    times: dict[str, list[tuple[float, float]]] = {each: [] for each in statements}
    for _ in range(ROUNDS):
        for each in statements:
            times[each].append(start(each))
    for each, measured in times.items():
        wall, cpu = (statistics.median(column) for column in zip(*measured, strict=True))
        sys.stdout.write(f"python -c {each!r}: {wall:.1f} ms, cpu {cpu:.1f} ms (median)\n")


if __name__ == "__main__":
    main()
