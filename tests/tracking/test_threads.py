"""Threads and signal handlers."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import runreport
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, points, rows


def test_lines_of_threads_are_whole(root: Path) -> None:
    def work(name: str) -> None:
        for step in range(500):
            runreport.log_metrics({name: step}, step=step)

    with runreport.start_run():
        threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = points(only_run(root))

    assert len(lines) == 2_000
    assert [row["t0"] for row in lines if "t0" in row] == list(range(500))


def test_a_thread_may_have_a_run_of_its_own(root: Path) -> None:
    def work(name: str) -> None:
        with runreport.start_run(run_name=name) as run:
            runreport.log_metric(name, 1)
            assert runreport.active_run() is run

    with runreport.start_run(run_name="main") as run:
        threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert runreport.active_run() is run
    metrics = sorted(name for row in map(rows, root.rglob("metrics.jsonl")) for name in row[0])

    assert [name for name in metrics if name != "time"] == ["t0", "t1", "t2"]


STORM = """
import itertools, os, signal, time
import runreport
run = runreport.start_run(code=False)
numbers = itertools.count()
handled = []
def handle(signal_number, frame):
    # Handlers may interrupt each other too.
    number = next(numbers)
    runreport.log_metrics({{"signal": number}}, step=number)
    handled.append(number)
signal.signal(signal.SIGUSR1, handle)
parent, child = os.getpid(), os.fork()
if child == 0:
    while True:
        os.kill(parent, signal.SIGUSR1)
        time.sleep(0.0002)
step = 0
while len(handled) < {count}:
    runreport.log_metrics({{"loop": step}}, step=step)
    step += 1
os.kill(child, signal.SIGKILL)
os.wait()
run.end()
print(len(handled), step)
"""


def storm(script: Script, root: Path, count: int) -> None:
    handled, steps = map(int, script(STORM.format(count=count)).stdout.split())
    lines = points(only_run(root))

    assert sorted(row["signal"] for row in lines if "signal" in row) == list(range(handled))
    assert [row["loop"] for row in lines if "loop" in row] == list(range(steps))


def test_signal_handlers_may_log(script: Script, root: Path) -> None:
    storm(script, root, 1_000)


@pytest.mark.slow
def test_a_storm_of_signals(script: Script, root: Path) -> None:
    storm(script, root, 20_000)
