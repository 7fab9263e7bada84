"""Whether a run that declares "running" still runs."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runreport.reading import liveness
from runreport.reading.liveness import STALE_AFTER, is_alive, last_sign_of_life, resolve_status
from runreport.records import Change, History, RunRecord

HERE = socket.gethostname()
NOW = time.time()


def make_record(**fields: Any) -> RunRecord:
    base = {"status": "running", "started": NOW, "host": HERE, "pid": os.getpid()}
    return RunRecord("a", "a", "iris", Path("a"), "native", **{**base, **fields})


def make_history(*times: float) -> History:
    column = np.array(times)
    return History("loss", column, column, column)


@pytest.fixture(scope="module")
def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid


@pytest.mark.parametrize("status", ["finished", "failed", "killed", "", "odd"])
def test_what_is_declared_is_believed(status: str) -> None:
    assert resolve_status(make_record(status=status, pid=None), now=NOW) == status


def test_a_run_of_a_living_process_is_running() -> None:
    assert resolve_status(make_record(), now=NOW + 10 * STALE_AFTER) == "running"


def test_a_run_of_an_ended_process_is_interrupted(ended_pid: int) -> None:
    assert resolve_status(make_record(pid=ended_pid), now=NOW) == "interrupted"


def test_a_process_that_began_after_the_last_line_is_another_one() -> None:
    record = make_record(started=NOW - 1e6, histories=(make_history(NOW - 9e5),))

    assert resolve_status(record, now=NOW) == "interrupted"


def test_a_resumed_run_is_older_than_its_process_and_alive() -> None:
    record = make_record(started=NOW - 1e6, changes=(Change("pid", 1, 2, NOW, ""),))

    assert resolve_status(record, now=NOW) == "running"


def test_another_process_that_is_alive_and_old_enough_is_believed() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        status = resolve_status(make_record(pid=process.pid, started=time.time()), now=NOW)
    finally:
        process.communicate(b"\n")

    assert status == "running"


@pytest.mark.parametrize(
    ("age", "status"), [(0, "running"), (STALE_AFTER, "running"), (STALE_AFTER + 1, "interrupted")]
)
def test_elsewhere_the_last_line_decides(age: float, status: str) -> None:
    record = make_record(host="elsewhere", started=NOW - 1e6, system=(make_history(NOW - age),))

    assert resolve_status(record, now=NOW) == status


def test_the_patience_can_be_chosen() -> None:
    record = make_record(host="elsewhere", started=NOW - 100)

    assert resolve_status(record, now=NOW, stale_after=50) == "interrupted"


@pytest.mark.parametrize("fields", [{"host": ""}, {"pid": None}])
def test_a_run_that_does_not_say_where_it_runs_is_judged_by_its_last_line(
    fields: dict[str, Any],
) -> None:
    assert resolve_status(make_record(**fields), now=NOW) == "running"
    assert resolve_status(make_record(**fields), now=NOW + 2 * STALE_AFTER) == "interrupted"


def test_a_run_without_any_time_is_interrupted() -> None:
    assert resolve_status(make_record(host="", started=None), now=NOW) == "interrupted"


def test_the_last_sign_of_life_is_the_latest_line() -> None:
    record = make_record(
        started=1.0,
        histories=(make_history(5.0, 3.0, float("nan")), make_history(float("nan"))),
        changes=(Change("name", "a", "b", None, ""),),
    )

    assert last_sign_of_life(record) == 5.0
    assert last_sign_of_life(make_record(started=None, histories=(make_history(),))) is None


@pytest.mark.parametrize("pid", [0, -1, -os.getpid(), 2**40], ids=["none", "all", "group", "huge"])
def test_numbers_that_are_no_process_are_not_alive(pid: int) -> None:
    assert is_alive(pid, not_after=None) is False


def test_a_process_that_ended_and_was_not_collected_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.read()
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_alive(process.pid, not_after=None) is False
    finally:
        process.communicate()


class TestOtherSystems:
    """What holds where the kernel's tables are not files."""

    def test_psutil_tells_when_a_process_began(self, ended_pid: int) -> None:
        began = liveness._began_by_psutil(os.getpid())

        assert began is not None
        assert 0 < began <= time.time()
        assert liveness._began_by_psutil(ended_pid) == -1

    def test_without_psutil_its_existence_has_to_do(
        self, monkeypatch: pytest.MonkeyPatch, ended_pid: int
    ) -> None:
        monkeypatch.setitem(sys.modules, "psutil", None)
        monkeypatch.setattr(liveness, "_began", liveness._began_by_psutil)

        assert is_alive(os.getpid(), not_after=0.0) is True
        assert is_alive(ended_pid, not_after=None) is False
        assert is_alive(1, not_after=None) is True
