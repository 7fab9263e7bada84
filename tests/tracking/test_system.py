"""The machine's load in the background."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import runreport
from runreport.errors import LogError
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, points, record


def test_load_is_logged_from_the_start_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNREPORT_SYSTEM_INTERVAL", "0.01")
    with runreport.start_run(log_system_metrics=True) as run:
        deadline = time.monotonic() + 20
        while len(points(run.folder, "system")) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    found = points(only_run(root), "system")

    assert [row["step"] for row in found] == list(range(len(found)))
    assert {"cpu_percent", "memory_percent", "memory_mb", "process_memory_mb"} <= set(found[0])
    assert 0 < found[0]["memory_percent"] <= 100


def test_it_ends_with_the_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setenv("RUNREPORT_SYSTEM_INTERVAL", "1000")
    with runreport.start_run(log_system_metrics=True):
        assert "runreport-system" in {thread.name for thread in threading.enumerate()}

    assert "runreport-system" not in {thread.name for thread in threading.enumerate()}
    assert record(only_run(root))["status"] == "finished"


def test_it_does_not_hold_up_the_end_of_the_process(script: Script, root: Path) -> None:
    began = time.monotonic()
    script(
        "import runreport\nrunreport.start_run(log_system_metrics=True)",
        RUNREPORT_SYSTEM_INTERVAL="1000",
    )

    assert time.monotonic() - began < 50
    assert record(only_run(root))["status"] == "finished"


def test_a_wrong_interval_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNREPORT_SYSTEM_INTERVAL", "often")
    with pytest.raises(LogError) as caught:
        runreport.start_run(log_system_metrics=True)

    assert runreport.active_run() is None
    assert str(caught.value) == (
        "RUNREPORT_SYSTEM_INTERVAL: 'often' is no interval; give seconds, as '10'"
    )
