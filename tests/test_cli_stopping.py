"""A build that is told to end does so in one line, with nothing left of it, at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

BUILD = [sys.executable, "-m", "runreport", "build", "--jobs", "2"]
OUTCOME = "the site is whole, the old one or the new one; build again"
HOLD = """
import sys, time
from pathlib import Path
from runreport.workers import make_executor, map_ordered

def wait(place):
    Path(place).touch()
    time.sleep(60)

if __name__ == "__main__":
    with make_executor(2) as executor:
        list(map_ordered(executor, wait, [f"w{each}" for each in range(400)]))
"""


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def start(command: list[str]) -> subprocess.Popen[str]:
    """Start a process in a session of its own, as a terminal or a job has."""
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def make_runs(value: int) -> None:
    for each in range(60):
        folder = Path(f"runs/iris/{each:03}")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.jsonl").write_text(f'{{"run_id": "r{each}"}}\n')
        lines = (json.dumps({"step": step, "loss": value + step / 3}) for step in range(100))
        (folder / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))


def build(output: str = "site") -> None:
    subprocess.run([*BUILD, "-q", "-o", output], check=True, env=os.environ)


def snapshot(folder: str = "site") -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def left_of(session: int) -> list[str]:
    """Return the processes of a session that still live."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            facts = (process / "stat").read_text().rpartition(")")[2].split()
        except (OSError, IndexError):
            continue
        if len(facts) > 3 and facts[3] == str(session) and facts[0] != "Z":
            found.append((process / "cmdline").read_text())
    return found


def none_is_left_of(session: int) -> bool:
    """Wait until no process of a session lives, but not for ever."""
    deadline = time.monotonic() + 60
    while left_of(session) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not left_of(session)


def stop_at_random(times: int, seed: int) -> None:
    dice = random.Random(seed)
    make_runs(0)
    build()
    old = snapshot()
    make_runs(1)
    began = time.monotonic()
    build("other")
    seconds = time.monotonic() - began
    for _ in range(times):
        process = start(BUILD)
        assert process.stderr
        # The first line tells that it has begun; before that Python is still loading.
        first = process.stderr.readline()
        time.sleep(dice.uniform(0, seconds / 2))
        number = dice.choice([signal.SIGINT, signal.SIGTERM])
        to_all = dice.random() < 0.5
        with suppress(ProcessLookupError):
            (os.killpg if to_all else os.kill)(process.pid, number)
        _, shown = process.communicate(timeout=120)
        lines = [line for line in (first + shown).splitlines() if " of " not in line]

        if process.returncode == -number:
            # All was done, and Python was about to end.
            assert snapshot() == snapshot("other")
        elif process.returncode:
            assert process.returncode == 128 + number
            assert lines == [f"stopped by {number.name}: {OUTCOME}"]
        else:
            assert lines == []
        assert none_is_left_of(process.pid)
        assert {path.name for path in Path().iterdir()} == {
            *(".runreport-cache", "other", "runs", "site")
        }
        if snapshot() != old:
            assert snapshot() == snapshot("other")
            make_runs(0)
            build()
            assert snapshot() == old
            make_runs(1)
    build()
    assert snapshot() == snapshot("other")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are not files here")
class TestStopped:
    def test_at_any_moment(self) -> None:
        stop_at_random(5, seed=1)

    @pytest.mark.slow
    def test_at_many_moments(self) -> None:
        stop_at_random(50, seed=2)

    def test_second_signal_does_not_break_the_cleaning(self) -> None:
        make_runs(0)
        process = start(BUILD)
        assert process.stderr
        process.stderr.readline()
        for _ in range(5):
            os.killpg(process.pid, signal.SIGINT)
        _, shown = process.communicate(timeout=120)

        assert process.returncode == 130
        assert shown.splitlines()[-1] == f"stopped by SIGINT: {OUTCOME}"
        assert "Traceback" not in shown
        assert none_is_left_of(process.pid)
        assert {path.name for path in Path().iterdir()} <= {"runs", ".runreport-cache"}

    def test_workers_end_when_the_main_process_is_killed(self) -> None:
        Path("hold.py").write_text(HOLD)
        process = start([sys.executable, "hold.py"])
        while len(list(Path().glob("w*"))) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.communicate(timeout=300)

        assert none_is_left_of(process.pid)
