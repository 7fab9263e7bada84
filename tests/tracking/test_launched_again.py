"""Runs that are killed and resumed, and runs that are read while many processes log."""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import runreport
from runreport.build import build
from runreport.config import load_config
from runreport.readers.native import read_run
from tests.tracking.conftest import clean_environment
from tests.tracking.folders import segments

LAUNCH = """
import os, sys, runreport
first, number = int(sys.argv[2]), int(sys.argv[3])
runreport.start_run(run_id=sys.argv[1], root="runs", code=False)
os.write(1, b"ready\\n")
for step in range(first, first + 1_000_000):
    runreport.log_metric("loss", number * 1_000_000 + step, step=step)
    os.write(1, b"%d\\n" % step)
"""


def launch(folder: Path, run_id: str, first: int, number: int, seconds: float) -> int:
    """Resume a run at a step, kill it, and return how many lines it acknowledged."""
    script = folder / f"launch-{number}.py"
    script.write_text(LAUNCH)
    process = subprocess.Popen(
        [sys.executable, str(script), run_id, str(first), str(number)],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(seconds)
    process.kill()
    told = process.stdout.read().count(b"\n")
    process.stdout.close()
    process.wait()
    return told


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in segments(folder)}


def kill_and_resume(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    with runreport.start_run(root=folder / "runs", code=False) as run:
        pass
    before: dict[str, str] = {}
    first = 0
    launches: list[tuple[int, int]] = []
    for number in range(5):
        told = launch(folder, run.run_id, first, number, chance.uniform(0.001, 0.02))
        launches.append((first, told))
        after = hashes(run.folder)
        assert {name: after[name] for name in before} == before
        before = after
        first = chance.randint(max(0, first - 2), first + max(told - 1, 0)) + 1
    (loss,) = read_run(run.folder, folder / "runs").histories
    numbers = loss.values // 1_000_000
    live = np.ones(len(loss.values), bool)
    # A later launch that logged replaces what earlier ones logged from its first step on.
    for later in np.unique(numbers):
        live &= ~((numbers < later) & (loss.steps >= launches[int(later)][0]))
    superseded = loss.superseded if loss.superseded is not None else np.zeros(len(live), bool)

    for number, (_, told) in enumerate(launches):
        assert (numbers == number).sum() >= told
    assert superseded.tolist() == (~live).tolist()


def test_a_killed_run_goes_on_five_times(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, 0)


@pytest.mark.slow
def test_fifty_killed_runs_go_on_five_times(tmp_path: Path) -> None:
    for seed in range(1, 51):
        folder = tmp_path / str(seed)
        folder.mkdir()
        kill_and_resume(folder, seed)


WRITER = """
import os, sys, threading, time, runreport
rank, size, count, pause = map(int, sys.argv[1:])
text = {f"m{i}_" + "n" * (size // 100): 0.5 for i in range(100)} if size > 1_000 else {}
def work(thread):
    for step in range(count):
        run.log_metrics({f"r{rank}t{thread}": step, **text}, step=step)
        if pause:
            time.sleep(pause / 1000)
run = runreport.start_run(code=False, durability="off")
os.write(1, b"ready\\n")
os.read(0, 1)
threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def start_writers(
    folder: Path, shared: Path, size: int, count: int, *, processes: int = 8, pause: int = 0
) -> list[subprocess.Popen[bytes]]:
    folder.mkdir(exist_ok=True)
    script = folder / "writer.py"
    script.write_text(WRITER)
    writers = [
        subprocess.Popen(
            [sys.executable, str(script), *map(str, (rank, size, count, pause))],
            cwd=folder,
            env=clean_environment(RUNREPORT_RUN=str(shared)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for rank in range(processes)
    ]
    for writer in writers:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()
    return writers


def end_writers(writers: list[subprocess.Popen[bytes]]) -> None:
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.close()
        assert writer.wait() == 0


# Of 2, 8 and 16 processes with two threads each, together 700,000 lines.
CROWDS = [
    (2, 100, 12_500),
    (2, 8_000, 1_000),
    (2, 1_000_000, 20),
    (8, 100, 12_500),
    (8, 8_000, 1_250),
    (8, 1_000_000, 10),
    (16, 100, 12_500),
    (16, 8_000, 800),
    (16, 1_000_000, 5),
]


@pytest.mark.slow
@pytest.mark.parametrize(("processes", "size", "count"), CROWDS)
def test_seven_hundred_thousand_lines_of_processes_with_threads(
    tmp_path: Path, processes: int, size: int, count: int
) -> None:
    shared = tmp_path / "runs" / "shared" / "run"
    end_writers(start_writers(tmp_path, shared, size, count, processes=processes))
    record = read_run(shared, tmp_path / "runs")
    names = {f"r{rank}t{thread}" for rank in range(processes) for thread in range(2)}
    found = {h.name: h.values.tolist() for h in record.histories if h.name in names}

    assert found == {name: list(range(count)) for name in names}
    assert [finding for finding in record.findings if finding.level == "error"] == []
    assert len(segments(shared)) == processes
    assert all(path.read_bytes().endswith(b"}\n") for path in segments(shared))


def read_while_logging(folder: Path, times: int, lines: int) -> None:
    shared = folder / "runs" / "shared" / "run"
    writers = start_writers(folder, shared, 100, lines)
    counts = []
    for _ in range(times):
        record = read_run(shared, folder / "runs")
        counts.append(sum(len(history.values) for history in record.histories))
        assert not any("not JSON" in finding.message for finding in record.findings)
    end_writers(writers)

    assert counts == sorted(counts)
    record = read_run(shared, folder / "runs")
    assert sum(len(history.values) for history in record.histories) == 16 * lines


def test_a_run_can_be_read_while_eight_processes_log(tmp_path: Path) -> None:
    read_while_logging(tmp_path, 20, 500)


@pytest.mark.slow
def test_a_run_can_be_read_two_hundred_times_while_eight_processes_log(tmp_path: Path) -> None:
    read_while_logging(tmp_path, 200, 4_000)


@pytest.mark.slow
def test_a_site_can_be_built_two_hundred_times_while_eight_processes_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shared = tmp_path / "runs" / "shared" / "run"
    writers = start_writers(tmp_path, shared, 100, 1_000_000, pause=5)
    totals = []
    for _ in range(200):
        built = build(load_config(overrides={"jobs": 1}), now=time.time(), version="1")
        assert (built.runs, built.failed) == (1, 0)
        assert not any("not JSON" in finding.message for finding in built.findings)
        totals.append(points_shown(tmp_path / "site"))
    for writer in writers:
        writer.kill()
        assert writer.stdout is not None
        writer.stdout.close()
        writer.wait()

    assert totals == sorted(totals)
    assert totals[-1] > totals[0] > 0


def points_shown(site: Path) -> int:
    """Return how many points the charts of a site's only run are said to stand for."""
    texts = [path.read_text("utf-8") for path in (site / "data").glob("h-*.js")]
    return sum(int(count) for text in texts for count in re.findall(r'"n":(\d+)', text))
