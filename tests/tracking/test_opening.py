"""Resuming runs, and joining the run of a parent process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import runreport
from runreport.errors import LogError
from tests.tracking.conftest import Script, clean_environment
from tests.tracking.folders import only_run, points, record, rows, segments


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jsonl")
    }


def test_a_resumed_run_never_touches_earlier_files() -> None:
    with runreport.start_run(run_name="long") as run:
        for step in range(5):
            runreport.log_metric("loss", step, step=step)
    for launch in range(5):
        before = hashes(run.folder)
        with runreport.start_run(run_id=run.run_id) as again:
            runreport.log_metric("loss", 10 + launch, step=3)
        after = hashes(run.folder)

        assert again.run_id == run.run_id
        assert again.name == "long"
        assert {name: after[name] for name in before} == before
    kinds = [rows(path)[0]["segment"]["kind"] for path in segments(run.folder)[1:]]

    assert kinds == ["resumed"] * 5
    assert record(run.folder)["status"] == "finished"
    assert len(segments(run.folder, "run")) == 6


def test_a_run_that_failed_is_running_again_and_then_finished(root: Path) -> None:
    with pytest.raises(ValueError, match="once"), runreport.start_run() as run:
        raise ValueError("once")
    with runreport.start_run(run_id=run.run_id):
        found = record(only_run(root))
        assert found["status"] == "running"
        assert not {"error", "ended"} & set(found)

    assert record(only_run(root))["status"] == "finished"


def test_a_resumed_run_knows_its_params(root: Path) -> None:
    with runreport.start_run(params={"lr": 0.1}, user="kim") as run:
        pass
    with runreport.start_run(run_id=run.run_id, user="lee"):
        with pytest.raises(LogError, match="param 'lr': is already"):
            runreport.log_param("lr", 0.2)
        runreport.log_param("more", 1)

    assert record(only_run(root))["params"] == {"lr": 0.1, "more": 1}
    assert rows(segments(run.folder, "run")[1])[0]["by"] == "lee"


def test_a_run_that_is_not_there_cannot_be_resumed() -> None:
    with pytest.raises(LogError) as caught:
        runreport.start_run(run_id="gone")

    assert str(caught.value) == "start_run: no run 'gone' below 'runs'; check id and root"


def test_an_open_run_cannot_be_resumed() -> None:
    with runreport.start_run() as run, pytest.raises(LogError, match="is open already"):
        runreport.start_run(run_id=run.run_id, nested=True)


def test_a_killed_run_can_be_resumed(script: Script, root: Path) -> None:
    script(
        "import os, signal, runreport\nrunreport.start_run()\n"
        "runreport.log_metric('x', 1, step=1)\nos.kill(os.getpid(), signal.SIGKILL)",
        check=False,
    )
    folder = only_run(root)
    with runreport.start_run(run_id=folder.name):
        runreport.log_metric("x", 2, step=1)

    assert record(folder)["status"] == "finished"
    assert record(folder)["pid"] == os.getpid()
    assert [row["x"] for row in points(folder)] == [1, 2]


CHILD = """
import sys, runreport
{start}
runreport.log_metric("child", 1)
"""


@pytest.mark.parametrize(
    "start", ["", "runreport.start_run()", "runreport.start_run(run_name='parent')"]
)
def test_a_child_process_joins_the_run(tmp_path: Path, root: Path, start: str) -> None:
    child = tmp_path / "child.py"
    child.write_text(CHILD.format(start=start))
    with runreport.start_run(run_name="parent"):
        environment = {**clean_environment(), "RUNREPORT_RUN": os.environ["RUNREPORT_RUN"]}
        subprocess.run([sys.executable, str(child)], env=environment, cwd=tmp_path, check=True)
        assert record(only_run(root))["status"] == "running"
        runreport.log_metric("parent", 1)

    names = sorted(name for row in points(only_run(root)) for name in row if name != "time")
    assert names == ["child", "parent"]
    assert "RUNREPORT_RUN" not in os.environ


@pytest.mark.parametrize(
    "start",
    [
        "runreport.start_run(run_name='other')",
        "runreport.start_run(nested=True)",
        "runreport.start_run(experiment='other')",
    ],
)
def test_a_child_process_that_asks_for_its_own_run_gets_one_below(
    tmp_path: Path, root: Path, start: str
) -> None:
    child = tmp_path / "child.py"
    child.write_text(CHILD.format(start=start))
    with runreport.start_run(run_name="parent") as run:
        environment = {**clean_environment(), "RUNREPORT_RUN": os.environ["RUNREPORT_RUN"]}
        subprocess.run([sys.executable, str(child)], env=environment, cwd=tmp_path, check=True)
    (below,) = [path.parent for path in root.rglob("run.jsonl") if path.parent != run.folder]

    assert record(below)["parent"] == run.run_id
    assert record(below)["status"] == "finished"
    assert points(run.folder) == []


RANK = """
import os, sys, runreport
with runreport.start_run(run_name="ddp", code=False):
    for step in range(200):
        runreport.log_metrics({f"rank{sys.argv[1]}": step}, step=step)
"""


def start_ranks(tmp_path: Path, count: int) -> Path:
    path = tmp_path / "rank.py"
    path.write_text(RANK)
    shared = tmp_path / "runs" / "ddp" / "shared"
    environment = clean_environment(RUNREPORT_RUN=str(shared), RANK="0")
    ranks = [
        subprocess.Popen([sys.executable, str(path), str(rank)], env=environment, cwd=tmp_path)
        for rank in range(count)
    ]
    assert [rank.wait(300) for rank in ranks] == [0] * count
    return shared


def test_eight_processes_share_one_run(tmp_path: Path) -> None:
    shared = start_ranks(tmp_path, 8)
    lines = points(shared)

    assert len(lines) == 1_600
    for rank in range(8):
        name = f"rank{rank}"
        assert [row[name] for row in lines if name in row] == list(range(200))
    assert len(segments(shared)) == 8
    assert record(shared)["name"] == "ddp"
    assert record(shared)["experiment"] == "ddp"


def test_an_ended_shared_run_is_resumed_by_the_next_launch(tmp_path: Path) -> None:
    start_ranks(tmp_path, 1)
    shared = start_ranks(tmp_path, 1)

    assert [rows(path)[0]["segment"]["kind"] for path in segments(shared)[1:]] == ["resumed"]
    assert record(shared)["status"] == "finished"


def test_a_joined_process_that_fails_leaves_its_error_and_not_its_status(
    tmp_path: Path, root: Path
) -> None:
    child = tmp_path / "child.py"
    child.write_text("import runreport\nwith runreport.start_run():\n    1 / 0\n")
    with runreport.start_run():
        environment = {**clean_environment(), "RUNREPORT_RUN": os.environ["RUNREPORT_RUN"]}
        subprocess.run(
            [sys.executable, str(child)],
            env=environment,
            cwd=tmp_path,
            check=False,
            stderr=subprocess.DEVNULL,
        )
    found = record(only_run(root))

    assert found["status"] == "finished"
    assert found["error"]["type"] == "ZeroDivisionError"
