"""Forked children write to segments of their own, whatever the parent was doing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, points, record, rows, segments

CHILDREN = """
import os, signal, sys
import runreport
with runreport.start_run(code=False):
    runreport.log_metric("parent", 0)
    for child in range({count}):
        pid = os.fork()
        if pid == 0:
            signal.alarm(20)
            runreport.log_metric("child", child, step=child)
            {leave}
        _, status = os.waitpid(pid, 0)
        assert status == 0, status
    runreport.log_metric("parent", 1)
"""


@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
def test_each_child_writes_its_own_segment(script: Script, root: Path, leave: str) -> None:
    script(CHILDREN.format(count=5, leave=leave))
    folder = only_run(root)
    first, *others = segments(folder)

    assert [row["parent"] for row in rows(first)] == [0, 1]
    assert [row["child"] for path in others for row in rows(path)[1:]] == [0, 1, 2, 3, 4]
    assert {rows(path)[0]["segment"]["kind"] for path in others} == {"joined"}


@pytest.mark.slow
@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
def test_a_hundred_children_write_each_line_once(script: Script, root: Path, leave: str) -> None:
    script(CHILDREN.format(count=100, leave=leave))
    lines = points(only_run(root))

    assert [row["child"] for row in lines if "child" in row] == list(range(100))
    assert [row["parent"] for row in lines if "parent" in row] == [0, 1]


def test_a_child_that_exits_does_not_end_the_run(script: Script, root: Path) -> None:
    script(CHILDREN.format(count=2, leave="sys.exit(0)"))
    folder = only_run(root)

    assert record(folder)["status"] == "finished"
    assert len(segments(folder, "run")) == 1


THREADS = """
import os, signal, threading, time
import runreport
with runreport.start_run(code=False) as run:
    going = True
    def log():
        step = 0
        while going:
            runreport.log_metrics({{"thread": step}}, step=step)
            step += 1
    threads = [threading.Thread(target=log) for _ in range(2)]
    [thread.start() for thread in threads]
    children = []
    for child in range({count}):
        pid = os.fork()
        if pid == 0:
            # Ends a child that waits for a lock which nobody holds.
            signal.alarm(20)
            for step in range(3):
                runreport.log_metric("child", child, step=step)
            os._exit(0)
        children.append(pid)
    assert all(os.waitpid(pid, 0)[1] == 0 for pid in children)
    going = False
    [thread.join() for thread in threads]
"""


def fork_beside_threads(script: Script, root: Path, count: int) -> None:
    # From Python 3.12 on, forking beside threads is warned of; that is what is tested here.
    script(THREADS.format(count=count), PYTHONWARNINGS="ignore")
    lines = points(only_run(root))

    assert sorted(row["child"] for row in lines if "child" in row) == sorted(
        child for child in range(count) for _ in range(3)
    )
    assert len(segments(only_run(root))) == count + 1


def test_no_child_waits_for_a_thread_that_was_logging(script: Script, root: Path) -> None:
    fork_beside_threads(script, root, 25)


@pytest.mark.slow
def test_no_child_of_hundreds_waits_for_a_thread(script: Script, root: Path) -> None:
    fork_beside_threads(script, root, 300)


GRANDCHILD = """
import os, sys
import runreport
with runreport.start_run(code=False) as run:
    run.log_metric("generation", 0)
    if os.fork() == 0:
        run.log_metric("generation", 1)
        if os.fork() == 0:
            run.log_metric("generation", 2)
            os._exit(0)
        os.wait()
        run.log_metric("generation", 1)
        os._exit(0)
    os.wait()
    run.log_metric("generation", 0)
"""


def test_a_fork_within_a_fork_writes_its_own_segment(script: Script, root: Path) -> None:
    script(GRANDCHILD)
    files = segments(only_run(root))

    assert sorted(
        [row["generation"] for row in rows(path)[-2:] if "generation" in row] for path in files
    ) == [[0, 0], [1, 1], [2]]


UNSEEN = """
import ctypes, os
import runreport
run = runreport.start_run(code=False)
run.log_metric("parent", 0)
# A fork in C, of which Python is not told.
pid = ctypes.CDLL(None).fork()
if pid == 0:
    run.log_metric("child", 1)
    run.end()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
run.log_metric("parent", 1)
run.end()
"""


def test_a_fork_that_python_does_not_see_is_noticed(script: Script, root: Path) -> None:
    script(UNSEEN)
    folder = only_run(root)
    first, second = segments(folder)

    assert [row["parent"] for row in rows(first)] == [0, 1]
    assert rows(second)[1]["child"] == 1
    assert len([row for row in rows(folder / "run.jsonl") if "ended" in row]) == 1


FULL = """
import os, resource, signal
import runreport
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = runreport.start_run(code=False)
run.log_metric("x", 0)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
run.log_metric("x", 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
if os.fork() == 0:
    run.log_metric("child", 1)
    run.end()
    os._exit(0)
os.wait()
run.end()
"""


def test_lines_that_wait_are_written_once_and_by_the_parent(script: Script, root: Path) -> None:
    script(FULL)

    lines = points(only_run(root))

    assert [sorted(row.keys() & {"x", "child"}) for row in lines] == [["x"], ["x"], ["child"]]


POOL = """
import multiprocessing, runreport

def work(number):
    runreport.log_metric("worker", number, step=number)
    return number

if __name__ == "__main__":
    with runreport.start_run(run_name="pool", code=False):
        runreport.log_metric("parent", 1)
        context = multiprocessing.get_context({method!r})
        with context.Pool(3) as pool:
            assert pool.map(work, range(30)) == list(range(30))
            pool.close()
            pool.join()
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_a_pool_join_the_run(script: Script, root: Path, method: str) -> None:
    script(POOL.format(method=method))
    lines = points(only_run(root))

    assert sorted(row["worker"] for row in lines if "worker" in row) == list(range(30))
    assert record(only_run(root))["status"] == "finished"


OWN = """
import os
import runreport
with runreport.start_run(run_name="parent", code=False):
    if os.fork() == 0:
        with runreport.start_run({arguments}):
            runreport.log_metric("child", 1)
        os._exit(0)
    assert os.wait()[1] == 0
    runreport.log_metric("parent", 1)
"""


@pytest.mark.parametrize("arguments", ["", "run_name='parent'"])
def test_a_child_that_starts_the_same_run_joins_it(
    script: Script, root: Path, arguments: str
) -> None:
    script(OWN.format(arguments=arguments))

    assert len(points(only_run(root))) == 2
    assert record(only_run(root))["status"] == "finished"


@pytest.mark.parametrize("arguments", ["run_name='trial'", "nested=True"])
def test_a_child_that_starts_another_run_gets_one_below(
    script: Script, root: Path, arguments: str
) -> None:
    script(OWN.format(arguments=arguments))
    records = [record(path.parent) for path in root.rglob("run.jsonl")]
    (parent,) = [found for found in records if found["name"] == "parent"]
    (child,) = [found for found in records if found["name"] != "parent"]

    assert child["parent"] == parent["run_id"]
    assert [found["status"] for found in records] == ["finished", "finished"]
