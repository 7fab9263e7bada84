"""Adding to runs that have ended, and correcting them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import runreport
from runreport.errors import LogError
from runreport.readers.native import read_run
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, points, record, rows, segments


@pytest.fixture
def ended() -> runreport.Run:
    with runreport.start_run(run_name="first", params={"lr": 0.1}, user="kim") as run:
        runreport.log_metric("loss", 0.5)
    return run


@pytest.mark.parametrize("by", ["run", "folder", "text", "id", "name"])
def test_a_run_can_be_named_in_every_way(ended: runreport.Run, by: str) -> None:
    named: dict[str, Any] = {
        "run": ended,
        "folder": ended.folder,
        "text": ended.folder_name,
        "id": ended.run_id,
        "name": "first",
    }
    runreport.add_metrics_to_run(named[by], {"accuracy_on_XYZ": 0.98})
    (path,) = segments(ended.folder)[1:]
    header, row = rows(path)

    assert header["segment"]["kind"] == "added"
    assert row["accuracy_on_XYZ"] == 0.98


def test_what_is_added_names_who_and_when(ended: runreport.Run) -> None:
    runreport.add_metrics(ended, {"x": 1}, user="lee", step=3)
    header, row = rows(segments(ended.folder)[1])

    assert header["segment"]["by"] == "lee"
    assert header["segment"]["time"] <= row["time"] + 1
    assert row["step"] == 3


def test_an_open_run_is_simply_logged_to(root: Path) -> None:
    with runreport.start_run() as run:
        for named in (run, run.run_id, run.folder):
            runreport.add_metrics(named, {"x": 1})
        runreport.log_metric("x", 1, run_id=run.run_id)

    assert len(points(only_run(root))) == 4
    assert len(segments(only_run(root))) == 1


def test_a_run_that_still_goes_on_elsewhere_is_joined(script: Script, root: Path) -> None:
    script(
        "import os, subprocess, sys, runreport\n"
        "runreport.start_run()\nrunreport.log_metric('x', 1)\n"
        "code = 'import sys, runreport; runreport.add_metrics(sys.argv[1], {\"y\": 1})'\n"
        "folder = runreport.active_run().folder_name\n"
        "subprocess.run([sys.executable, '-c', code, folder], check=True)\n"
    )

    assert rows(segments(only_run(root))[1])[0]["segment"]["kind"] == "joined"


def test_custom_metrics_go_to_the_run_that_ended_last(ended: runreport.Run) -> None:
    runreport.report_custom_metrics({"x": 1})

    assert points(ended.folder)[1]["x"] == 1


def test_custom_metrics_need_a_run() -> None:
    with pytest.raises(LogError) as caught:
        runreport.report_custom_metrics({"x": 1})

    assert str(caught.value) == (
        "report_custom_metrics: no run has been open in this process; give its folder or id"
    )


@pytest.mark.usefixtures("ended")
def test_a_run_that_is_not_there() -> None:
    with pytest.raises(LogError) as caught:
        runreport.add_metrics("second", {"x": 1})

    assert str(caught.value) == (
        "'second': no run folder, and no run below 'runs' has it as id or name; "
        "give another root or the run's folder"
    )


def test_a_name_of_two_runs(ended: runreport.Run) -> None:
    with runreport.start_run(run_name="first") as other:
        pass
    ids = ", ".join(repr(run.run_id) for run in sorted((ended, other), key=lambda run: run.run_id))
    with pytest.raises(LogError) as caught:
        runreport.add_metrics("first", {"x": 1})

    assert str(caught.value) == f"'first': 2 runs have this name; give the id: {ids}"


def test_another_root_can_be_searched(ended: runreport.Run, tmp_path: Path) -> None:
    ended.folder.parents[1].rename(tmp_path / "moved")
    runreport.add_metrics("first", {"x": 1}, root=tmp_path / "moved")

    assert len(points(only_run(tmp_path / "moved"))) == 2


def test_a_wrong_value_leaves_nothing_behind(ended: runreport.Run) -> None:
    with pytest.raises(LogError):
        runreport.add_metrics(ended, {"x": "high"})
    with pytest.raises(LogError):
        runreport.amend(ended, params={"lr": 1}, status="done")

    assert len(segments(ended.folder)) == 1
    assert len(segments(ended.folder, "run")) == 1


def test_a_correction_is_one_more_line(ended: runreport.Run) -> None:
    before = (ended.folder / "run.jsonl").read_bytes()
    folder = runreport.amend(
        ended.run_id,
        params={"lr": 0.01, "gone": None},
        tags={"checked": "yes"},
        status="failed",
        name="renamed",
        note="Wrong data.",
        metrics={"loss": {"goal": "min", "summary": None}},
        user="lee",
    )
    found = record(folder)
    (path,) = segments(folder, "run")[1:]
    (line,) = rows(path)

    assert (folder / "run.jsonl").read_bytes() == before
    assert (line["by"], line["params"]) == ("lee", {"lr": 0.01, "gone": None})
    assert (found["params"], found["tags"]) == ({"lr": 0.01}, {"checked": "yes"})
    assert (found["status"], found["name"]) == ("failed", "renamed")
    assert found["metrics"] == {"loss": {"goal": "min"}}
    assert (folder / "README.md").read_text() == "Wrong data.\n"


def test_params_of_an_ended_run_are_corrected_by_id(ended: runreport.Run) -> None:
    runreport.log_params({"more": 1}, run_id=ended.run_id)

    assert record(ended.folder)["params"] == {"lr": 0.1, "more": 1}


def test_files_can_be_kept_with_an_ended_run(ended: runreport.Run) -> None:
    runreport.log_text("late", "late.txt", run_id=ended.run_id)

    assert (ended.folder / "artifacts" / "late.txt").read_text() == "late"
    assert re.fullmatch(r"\S+", ended.run_id)


def test_every_kind_of_correction_is_a_change_with_name_and_old_value(root: Path) -> None:
    with runreport.start_run(params={"lr": 0.1, "typo": 1}, tags={"draft": "yes"}) as run:
        run.define_metric("loss", goal="max", summary="last")
    runreport.amend(run, params={"lr": 0.2, "typo": None}, tags={"draft": None}, user="lee")
    runreport.amend(run, status="failed", name="other", metrics={"loss": {"goal": "min"}})
    runreport.amend(run, metrics={"loss": None}, user="kim")
    record = read_run(run.folder, root)
    changes = [(change.name, change.old, change.new) for change in record.changes]
    removed = [change.name for change in record.changes if change.new is None]
    expected = [
        ("params.lr", 0.1, 0.2),
        ("params.typo", 1, None),
        ("tags.draft", "yes", None),
        ("status", "finished", "failed"),
        ("metrics.loss.goal", "max", "min"),
    ]

    assert [change for change in expected if change not in changes] == []
    assert {change.by for change in record.changes if change.name == "params.lr"} == {"lee"}
    assert any(name.startswith("metrics.loss") for name in removed)
    assert (record.params, record.tags, record.status) == ({"lr": 0.2}, {}, "failed")
