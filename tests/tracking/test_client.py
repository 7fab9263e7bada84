"""Runs that are written by their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runreport
from runreport import MlflowClient
from runreport.exceptions import MlflowException
from runreport.tracking import others
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, points, record, segments


def test_a_run_that_has_ended_gets_one_further_file_however_often_it_is_named(root: Path) -> None:
    with runreport.start_run() as run:
        pass
    client = MlflowClient()
    for step in range(50):
        client.log_metric(run.run_id, "late", step, step=step)
        runreport.log_metric("fluent", step, step=step, run_id=run.run_id)
        client.set_tag(run.run_id, "step", step)
    folder = only_run(root)

    assert len(points(folder)) == 100
    assert (len(segments(folder)), len(segments(folder, "run"))) == (1, 2)
    assert record(folder)["tags"]["step"] == 49
    assert record(folder)["status"] == "finished"
    assert runreport.last_active_run() is run


def test_a_made_run_is_not_the_active_one_and_is_ended_by_its_id(root: Path) -> None:
    client = MlflowClient()
    made = client.create_run("x", start_time=1_000, run_name="made", tags={"a": 1})
    assert runreport.active_run() is None
    assert client.get_run(made.info.run_id).info.status == "RUNNING"
    client.set_terminated(made.info.run_id, "KILLED")
    found = record(only_run(root))

    assert (found["status"], found["started"], found["tags"]) == ("killed", 1.0, {"a": 1})
    assert made.info.run_id not in others._writers


def test_what_a_made_run_keeps_goes_to_it_and_not_to_the_active_one(root: Path) -> None:
    client = MlflowClient()
    made = client.create_run("x").info.run_id
    with runreport.start_run() as active:
        client.log_image(made, np.zeros((2, 2), np.uint8), "a.png")
        client.log_image(made, np.zeros((2, 2), np.uint8), key="b", step=1)
        client.log_table(made, {"a": [1]}, "t.json")
        client.log_inputs(made, [np.zeros(3)])
        client.log_artifact(made, __file__, "code")
        assert runreport.active_run() is active
    client.set_terminated(made)
    folder = next(path for path in (root / "x").iterdir())

    assert [file.path for file in client.list_artifacts(made)] == ["a.png", "code", "t.json"]
    assert len(points(folder, "media")) == 1
    assert list(record(folder)["datasets"]) == ["data"]
    assert client.load_table("x", "t.json")["a"].tolist() == [1]


def test_artifacts_are_found_copied_and_read_by_their_addresses(tmp_path: Path) -> None:
    artifacts: Any = runreport.artifacts
    with runreport.start_run() as run:
        runreport.log_dict({"a": 1}, "below/a.json")
    address = f"runs:/{run.run_id}/below/a.json"
    copied = artifacts.download_artifacts(address, dst_path=str(tmp_path / "there"))
    folder = artifacts.download_artifacts(run_id=run.run_id, dst_path=str(tmp_path / "all"))

    assert artifacts.load_dict(address) == {"a": 1}
    assert Path(copied) == tmp_path / "there" / "a.json"
    assert Path(folder, "below", "a.json").is_file()
    with pytest.raises(MlflowException, match="leads out of the run"):
        artifacts.load_text(f"runs:/{run.run_id}/../run.jsonl")
    with pytest.raises(MlflowException, match="check run and path"):
        artifacts.download_artifacts(run_id=run.run_id, artifact_path="nothing")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("create_registered_model", "there is no model registry"),
        ("search_traces", "there are no traces"),
        ("delete_run", "runs and experiments are plain folders"),
    ],
)
def test_what_needs_a_server_says_what_to_do_instead(name: str, advice: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(MlflowClient(), name)

    assert str(caught.value).startswith(f"MlflowClient has no method '{name}' here: {advice}")


def test_many_runs_are_written_with_few_open_files(root: Path) -> None:
    client = MlflowClient()
    ids = []
    for number in range(100):
        with runreport.start_run(experiment="many", code=False, capture="none") as run:
            ids.append(run.run_id)
        client.log_metric(run.run_id, "late", number)
    first = client.get_metric_history(ids[0], "late")
    client.log_metric(ids[0], "late", 7)

    assert len(others._writers) <= 64
    assert [point.value for point in first] == [0.0]
    assert len(points(root / "many" / ids[0])) == 2


def test_a_run_that_is_only_made_is_not_ended_by_the_process(script: Script, root: Path) -> None:
    script("import runreport\nrunreport.MlflowClient().create_run('x')")

    assert record(only_run(root))["status"] == "running"


def test_what_an_experiment_does_not_keep_is_told(caplog: pytest.LogCaptureFixture) -> None:
    made = runreport.create_experiment("x", artifact_location="file:///there", tags={"a": "b"})

    assert made == "x"
    assert [line.getMessage() for line in caplog.records] == [
        "create_experiment: artifacts lie in each run's folder, artifact_location is not used",
        "create_experiment: an experiment has no tags; describe it in the README.md of its folder",
    ]


def test_what_is_added_to_a_run_does_not_make_it_the_last_active_one() -> None:
    with runreport.start_run() as first:
        pass
    with runreport.start_run() as second:
        pass
    runreport.add_metrics_to_run(first.run_id, {"late": 1})

    assert runreport.last_active_run() is second
