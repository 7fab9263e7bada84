"""Runs below runs: where they land, and which run a thread or a worker logs to."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import runreport
from runreport.tracking import context
from tests.tracking.conftest import clean_environment
from tests.tracking.folders import points, record


def test_a_nested_run_lands_beside_its_parent(tmp_path: Path) -> None:
    with runreport.start_run(root=tmp_path / "elsewhere", experiment="a/b") as parent:
        os.chdir("/")
        with runreport.start_run(nested=True) as child:
            pass

    assert child.folder.parent == parent.folder.parent == tmp_path / "elsewhere" / "a" / "b"
    assert record(child.folder)["experiment"] == "a/b"
    assert record(child.folder)["parent"] == parent.run_id
    assert child.root == tmp_path / "elsewhere"


def test_a_nested_run_goes_where_it_is_told(tmp_path: Path) -> None:
    with runreport.start_run(root=tmp_path / "a", experiment="x"):
        with runreport.start_run(nested=True, root=tmp_path / "b", experiment="y") as child:
            pass
        runreport.set_experiment("z")
        with runreport.start_run(nested=True) as last:
            pass

    assert child.folder.parent == tmp_path / "b" / "y"
    assert last.folder.parent == tmp_path / "a" / "z"


CHILD = """
import os, runreport
os.chdir("/")
with runreport.start_run(nested=True):
    runreport.log_metric("x", 1)
"""


def start_child(code: str, tmp_path: Path) -> None:
    environment = {**clean_environment(), "RUNREPORT_RUN": os.environ["RUNREPORT_RUN"]}
    command = [sys.executable, "-c", code]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)


def test_a_child_process_makes_its_run_beside_the_parents(tmp_path: Path) -> None:
    with runreport.start_run(root=tmp_path / "elsewhere", experiment="a/b") as parent:
        start_child(CHILD, tmp_path)
    (child,) = [path for path in parent.folder.parent.iterdir() if path != parent.folder]

    assert record(child)["parent"] == parent.run_id
    assert record(child)["experiment"] == "a/b"


def test_a_child_process_may_set_another_experiment(tmp_path: Path) -> None:
    with runreport.start_run(root=tmp_path / "elsewhere", experiment="a/b") as parent:
        start_child(CHILD.replace("with", "runreport.set_experiment('c')\nwith"), tmp_path)
    (child,) = (tmp_path / "elsewhere" / "c").iterdir()

    assert record(child)["parent"] == parent.run_id


def test_threads_make_their_runs_below_the_main_threads(root: Path) -> None:
    begun = threading.Barrier(3)

    def work() -> None:
        begun.wait()
        with runreport.start_run(nested=True):
            begun.wait()
            runreport.log_metric("x", 1)

    with runreport.start_run() as parent:
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        begun.wait()
        begun.wait()
        for thread in threads:
            thread.join()
    children = [path.parent for path in root.rglob("run.jsonl") if path.parent != parent.folder]

    assert [record(child)["parent"] for child in children] == [parent.run_id] * 2
    assert [len(points(child)) for child in children] == [1, 1]


def test_a_thread_without_a_run_logs_to_the_main_threads_run() -> None:
    opened, logged = threading.Event(), threading.Event()

    def own() -> None:
        with runreport.start_run(nested=True):
            opened.set()
            logged.wait()

    with runreport.start_run() as parent:
        thread = threading.Thread(target=own)
        thread.start()
        opened.wait()
        other = threading.Thread(target=runreport.log_metric, args=("x", 1))
        other.start()
        other.join()
        logged.set()
        thread.join()

    assert len(points(parent.folder)) == 1


def test_a_run_that_another_thread_ends_is_over_for_its_own() -> None:
    run = runreport.start_run()
    thread = threading.Thread(target=run.end)
    thread.start()
    thread.join()

    assert runreport.active_run() is None
    with runreport.start_run() as other:
        assert other.run_id != run.run_id


WORKER = """
import runreport
with runreport.start_run(run_id={run_id!r}{more}):
    runreport.log_metric("worker", 1)
"""


@pytest.mark.parametrize("inherits", [True, False])
def test_a_worker_that_is_told_the_runs_id_joins_it(tmp_path: Path, inherits: bool) -> None:
    with runreport.start_run(root=tmp_path / "elsewhere") as run:
        more = "" if inherits else f", root={str(run.root)!r}"
        start_child(WORKER.format(run_id=run.run_id, more=more), tmp_path)
        assert record(run.folder)["status"] == "running"
        assert record(run.folder)["pid"] == os.getpid()

    assert [row["worker"] for row in points(run.folder)] == [1]
    assert record(run.folder)["status"] == "finished"


def test_a_process_with_the_number_of_a_dead_one_is_another(tmp_path: Path) -> None:
    with runreport.start_run(root=tmp_path / "runs", experiment="x") as run:
        pass
    # As if that run's process had died long ago, and this machine's first one had its number now.
    line = f'{{"time":1,"status":"running","started":1,"pid":1,"host":"{context.host()}"}}\n'
    for path in run.folder.glob("run*.jsonl"):
        path.unlink()
    (run.folder / "run.jsonl").write_text(line)
    with runreport.start_run(run_id=run.run_id, root=tmp_path / "runs"):
        pass

    assert record(run.folder)["status"] == "finished"


def test_the_start_of_a_process_is_known() -> None:
    born, now = context.process_start(os.getpid()), time.time()

    assert born is not None
    assert now - 7 * 24 * 3600 < born < now + 1
    assert context.process_start(2**22 + 1) is None


def test_mlflows_own_tags_mean_what_they_say(root: Path) -> None:
    with runreport.start_run() as parent:
        pass
    tags = {"mlflow.parentRunId": parent.run_id, "mlflow.runName": "first", "mine": 1}
    with runreport.start_run(tags={**tags, "mlflow.note.content": "# Why"}) as child:
        assert child.name == "first"
        runreport.set_tag("mlflow.runName", "second")
    found = record(child.folder)

    assert (found["parent"], found["name"], found["tags"]) == (parent.run_id, "second", {"mine": 1})
    assert (child.folder / "README.md").read_text() == "# Why\n"
    assert root in child.folder.parents
