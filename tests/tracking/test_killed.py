"""Processes that are killed: every line that was acknowledged is there, whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runreport.readers.native import read_run
from tests.tracking.conftest import Script, clean_environment
from tests.tracking.folders import only_run, record, segments

WRITER = """
import os, sys
import runreport
size, rank = int(sys.argv[1]), sys.argv[2]
run = runreport.start_run(durability="off", code=False, tags={"rank" + rank: "x"})
# Few names of a length that makes lines of this size.
names = {f"m{i}_" + "n" * (size // 100): 0.5 for i in range(100)} if size > 1000 else {}
os.write(1, b"ready\\n")
os.read(0, 1)
step = 0
while True:
    runreport.log_metrics({"loss": 1.0, **names}, step=step)
    os.write(1, b"%d\\n" % step)
    step += 1
"""


def start_writer(folder: Path, size: int, rank: int = 0, **more: str) -> subprocess.Popen[bytes]:
    # A file for each: the one before may still be reading its own.
    script = folder / f"writer-{rank}.py"
    script.write_text(WRITER, "utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), str(size), str(rank)],
        cwd=folder,
        env=clean_environment(**more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def let_go(writer: subprocess.Popen[bytes]) -> None:
    """Let a writer that is ready begin; it would fill the disk while others still start."""
    assert writer.stdout is not None
    assert writer.stdin is not None
    assert writer.stdout.readline() == b"ready\n", writer.wait()
    writer.stdin.close()


def stop_and_count(writer: subprocess.Popen[bytes], with_signal: int = signal.SIGKILL) -> int:
    """Stop a writer and return how many lines it acknowledged."""
    assert writer.stdout is not None
    writer.send_signal(with_signal)
    told = writer.stdout.read().split(b"\n")
    writer.stdout.close()
    assert writer.wait() == -with_signal
    return len(told) - 1


def check_lines(path: Path, acknowledged: int) -> None:
    """Every acknowledged step is there once; at most the file's end is torn."""
    import orjson

    parts = path.read_bytes().split(b"\n")
    rows = [orjson.loads(part) for part in parts[:-1] if part]
    steps = [row["step"] for row in rows if "step" in row]
    assert steps == list(range(len(steps)))
    assert len(steps) >= acknowledged


def kills(folder: Path, size: int, count: int) -> None:
    chance = random.Random(size)
    for number in range(count):
        here = folder / str(number)
        here.mkdir()
        writer = start_writer(here, size)
        let_go(writer)
        time.sleep(chance.uniform(0, 0.03))
        acknowledged = stop_and_count(writer)
        run = only_run(here / "runs")

        if acknowledged:
            check_lines(run / "metrics.jsonl", acknowledged)
        # Nobody could say how it ended.
        assert record(run)["status"] == "running"


@pytest.mark.parametrize("size", [100, 8_000, 1_000_000], ids=["100 B", "8 kB", "1 MB"])
def test_no_acknowledged_line_is_lost_to_a_kill(tmp_path: Path, size: int) -> None:
    kills(tmp_path, size, 5)


@pytest.mark.slow
@pytest.mark.parametrize("size", [100, 8_000, 1_000_000], ids=["100 B", "8 kB", "1 MB"])
def test_no_acknowledged_line_is_lost_to_a_hundred_kills(tmp_path: Path, size: int) -> None:
    kills(tmp_path, size, 100)


def kill_one_of_four(folder: Path, size: int) -> None:
    shared = str(folder / "runs" / "shared" / "run")
    writers = [start_writer(folder, size, rank, RUNREPORT_RUN=shared) for rank in range(4)]
    for writer in writers:
        let_go(writer)
    time.sleep(0.05)
    first = stop_and_count(writers[0])
    time.sleep(0.02)
    acknowledged = [first, *map(stop_and_count, writers[1:])]
    files = segments(Path(shared))

    assert len(files) >= sum(1 for count in acknowledged if count)
    for path in files:
        check_lines(path, 0)
    steps = sum(path.read_bytes().count(b'"step":') for path in files)
    assert steps >= sum(acknowledged)


def test_a_killed_writer_costs_the_others_nothing(tmp_path: Path) -> None:
    for number, size in enumerate((8_000, 100_000)):
        here = tmp_path / str(number)
        here.mkdir()
        kill_one_of_four(here, size)


@pytest.mark.slow
def test_a_hundred_killed_writers_cost_the_others_nothing(tmp_path: Path) -> None:
    for number in range(100):
        here = tmp_path / str(number)
        here.mkdir()
        kill_one_of_four(here, 64_000)


DIE_INSIDE = """
import os, sys
import runreport
from runreport.tracking import segments
call_to_die_in, count = int(sys.argv[1]), int(sys.argv[2])
calls = 0
def write(fd, data):
    global calls
    calls += 1
    if calls == call_to_die_in:
        os.write(fd, data[:count])
        os._exit(9)
    return os.write(fd, data)
run = runreport.start_run(root=sys.argv[3], code=False)
segments._write = write
for step in range(4):
    runreport.log_metrics({"loss": 0.5}, step=step)
"""


def die_inside(script: Script, root: Path, call: int, count: int) -> bytes:
    script(DIE_INSIDE, str(call), str(count), str(root), check=False)
    return (only_run(root) / "metrics.jsonl").read_bytes()


def test_dying_inside_a_write_leaves_whole_lines_and_a_torn_end(
    script: Script, tmp_path: Path
) -> None:
    for call, count in ((1, 0), (1, 1), (2, 20), (3, 40), (3, 1_000)):
        content = die_inside(script, tmp_path / f"runs-{call}-{count}", call, count)
        lines = content.split(b"\n")

        assert len(lines) - 1 == call - 1 + (count == 1_000)
        assert all(line.endswith(b"}") for line in lines[:-1])


DIE_EVERYWHERE = """
import os, sys
from pathlib import Path
import runreport
from runreport.tracking import segments
whole, calls = os.write, 0
# Once here, so that not every child imports all that it takes.
runreport.start_run(root="first", code=False, capture="none").end()
def die_in(call, count):
    def write(fd, data):
        global calls
        calls += 1
        if calls == call:
            whole(fd, data[:count])
            os._exit(9)
        return whole(fd, data)
    return write
def places():
    # At each byte of three records, and somewhere in each of fifty writes.
    for count in range(60):
        yield from ((call, count) for call in (2, 3, 4))
    yield from ((call, 20) for call in (1, *range(5, 51)))
for call, count in places():
    child = os.fork()
    if child == 0:
        segments._write = die_in(call, count)
        run = runreport.start_run(
            root=f"runs/{call}-{count}", code=False, capture="none", durability="off"
        )
        # The first write is that of the record.
        for step in range(60):
            runreport.log_metrics({"loss": 0.5}, step=step)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9, (call, count)
"""


@pytest.mark.slow
def test_dying_at_every_byte_and_in_every_write(script: Script, tmp_path: Path) -> None:
    script(DIE_EVERYWHERE)
    roots = list((tmp_path / "runs").iterdir())

    for root in roots:
        call = int(root.name.partition("-")[0])
        found = read_run(only_run(root), root)
        steps = [history.steps.tolist() for history in found.histories if history.name == "loss"]
        assert steps in ([], [list(range(max(len(each) for each in steps or [[]])))])
        assert sum(map(len, steps)) in {max(call - 2, 0), max(call - 1, 0)}
    assert len(roots) == 3 * 60 + 47


def test_a_terminated_process_leaves_every_line(tmp_path: Path) -> None:
    writer = start_writer(tmp_path, 100)
    let_go(writer)
    time.sleep(0.05)
    acknowledged = stop_and_count(writer, signal.SIGTERM)

    check_lines(only_run(tmp_path / "runs") / "metrics.jsonl", acknowledged)
