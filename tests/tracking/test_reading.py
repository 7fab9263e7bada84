"""What the tracking half writes, the reading half takes as it was meant."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import numpy as np
import pytest

import runreport
from runreport.readers import native
from runreport.records import RunRecord
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run


def read(root: Path) -> RunRecord:
    record = native.read_run(only_run(root), root)
    assert [finding for finding in record.findings if finding.level == "error"] == []
    return record


def test_a_resumed_run_supersedes_equal_steps(root: Path) -> None:
    with runreport.start_run() as run:
        for step in range(5):
            runreport.log_metric("loss", step, step=step)
    with runreport.start_run(run_id=run.run_id):
        for step in range(3, 6):
            runreport.log_metric("loss", 10 + step, step=step)
        runreport.log_image(np.zeros((2, 2)), key="late", step=1)
    record = read(root)
    (loss,) = record.histories

    assert loss.live().values.tolist() == [0, 1, 2, 13, 14, 15]
    assert loss.values.tolist() == [0, 1, 2, 3, 4, 13, 14, 15]
    assert record.status == "finished"
    assert record.findings == ()
    assert [media.key for media in record.media] == ["late"]


def test_ranks_supersede_nothing(script: Script, root: Path) -> None:
    script(
        "import os, runreport\n"
        "with runreport.start_run(code=False):\n"
        "    for child in range(3):\n"
        "        if os.fork() == 0:\n"
        "            runreport.log_metric(f'rank{child}', 1, step=0)\n"
        "            runreport.log_image([[0]], key=f'rank{child}')\n"
        "            os._exit(0)\n"
        "        os.wait()\n"
        "    runreport.log_image([[0]], key='parent')\n"
    )
    record = read(root)

    assert [history.name for history in record.histories] == ["rank0", "rank1", "rank2"]
    assert all(history.superseded is None for history in record.histories)
    assert sorted(media.key for media in record.media) == ["parent", "rank0", "rank1", "rank2"]
    assert record.findings == ()


def test_metrics_that_were_added_say_when_and_by_whom(root: Path) -> None:
    with runreport.start_run() as run:
        runreport.log_metric("loss", 0.5)
    runreport.add_metrics_to_run(run, {"accuracy_on_XYZ": 0.98}, user="lee")
    (accuracy,) = [h for h in read(root).histories if h.name == "accuracy_on_XYZ"]

    assert accuracy.values.tolist() == [0.98]
    assert accuracy.steps.tolist() == [0.0]
    (added,) = accuracy.added
    assert (added.start, added.stop, added.by) == (0, 1, "lee")
    assert added.time is not None


def test_a_correction_is_a_change(root: Path) -> None:
    with runreport.start_run(params={"lr": 0.1}) as run:
        pass
    runreport.amend(run, params={"lr": 0.01}, tags={"checked": "yes"}, user="lee")
    record = read(root)
    changes = [(change.name, change.old, change.new, change.by) for change in record.changes]

    assert record.params == {"lr": 0.01}
    assert ("params.lr", 0.1, 0.01, "lee") in changes


def test_lines_that_were_dropped_are_a_finding(root: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with runreport.start_run(code=False) as run:
        runreport.log_metric("x", 0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        for number in range(10):
            runreport.log_metrics({f"m{i}{'x' * 1000}": number for i in range(1_500)})
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        run.stream("metrics")._retry_at = 0.0
        runreport.log_metric("x", 1)
    signal.signal(signal.SIGXFSZ, handler)
    findings = [finding.message for finding in read(root).findings]

    assert any("could not be written" in message for message in findings), findings


def test_a_failed_run_keeps_its_error(root: Path) -> None:
    with pytest.raises(ValueError, match="too warm"), runreport.start_run():
        raise ValueError("too warm")
    record = read(root)

    assert record.status == "failed"
    assert record.error["message"] == "too warm"
