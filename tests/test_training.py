"""A training job in two calls: one mapping says all about the run."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression

import runreport
from runreport import LogError
from runreport.reading.sources import find_runs, read
from runreport.records import RunRecord
from runreport.sklearn import autologging
from runreport.tracking import state
from runreport.training import (
    TrackingParams,
    add_metrics_to_run,
    end_training_job,
    report_custom_metrics,
    start_training_job,
)

X, Y = load_iris(return_X_y=True)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("RUNREPORT_DIR", str(tmp_path / "runs"))
    monkeypatch.delenv("RUNREPORT_RUN", raising=False)
    monkeypatch.setattr(state.settings, "root", None)
    monkeypatch.setattr(state.settings, "experiment", None)
    monkeypatch.setattr(state.settings, "last", None)
    yield tmp_path / "runs"
    for run in list(state.opened):
        run.end()
    runreport.sklearn.autolog(disable=True)


def only(root: Path) -> RunRecord:
    (found,) = find_runs([root])[0]
    return read(found)


def values(run: RunRecord) -> dict[str, list[float]]:
    return {history.name: history.values.tolist() for history in run.histories}


def test_one_mapping_says_all_about_the_run(root: Path) -> None:
    job: TrackingParams = {
        "experiment": "iris",
        "run_name": "forest",
        "params": {"test_size": 0.2},
        "tags": {"stage": "draft"},
        "description": "Tried for the **first** time.",
        "group": "small",
        "user": "kim",
        "source": "notebook 7",
        "version": "123.456.789",
    }

    start_training_job(job)
    runreport.log_metrics({"loss": 0.5}, step=1)
    end_training_job()

    run = only(root)
    assert (run.experiment, run.name, run.status) == ("iris", "forest", "finished")
    assert (run.user, run.source["name"], run.version) == ("kim", "notebook 7", "123.456.789")
    assert run.params == {"test_size": 0.2}
    assert run.tags == {"stage": "draft", "group": "small"}
    assert "**first**" in run.notes
    assert values(run) == {"loss": [0.5]}


def test_empty_mapping_is_enough(root: Path) -> None:
    start_training_job({})
    end_training_job("failed", metrics={"loss": 1.5})

    run = only(root)
    assert run.status == "failed"
    assert values(run) == {"loss": [1.5]}


def test_unknown_key_names_the_known_ones(root: Path) -> None:
    with pytest.raises(LogError) as raised:
        start_training_job({"experiment": "iris", "runname": "forest"})

    assert str(raised.value) == (
        "start_training_job: unknown key 'runname' in tracking_params; choose from autolog, "
        "description, experiment, group, params, report_metrics, root, run_name, source, strict, "
        "system_metrics, tags, user, version"
    )
    assert not root.exists()


def test_file_that_starts_the_job_is_kept(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "my_trainer.py"
    script.write_text(
        "from runreport.training import start_training_job\n"
        "def begin():\n    return start_training_job({'experiment': 'iris'})\n"
    )
    spec = importlib.util.spec_from_file_location("my_trainer", script)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    module.begin()
    end_training_job()

    kept = only(root).folder / "artifacts/code/my_trainer.py"
    assert kept.read_text() == script.read_text()


def test_fits_are_recorded_during_the_job_only(root: Path) -> None:
    start_training_job({"autolog": {"log_models": False}})
    LinearRegression().fit(X, Y)
    end_training_job()
    LinearRegression().fit(X, Y)

    run = only(root)
    assert run.tags["estimator_name"] == "LinearRegression"
    assert not run.models
    assert not autologging.is_on()


def test_what_was_recorded_before_the_job_is_after_it_too() -> None:
    runreport.sklearn.autolog()

    start_training_job({"autolog": True})
    end_training_job()

    assert autologging.is_on()


def test_metrics_of_all_runs_are_drawn_at_the_end_when_asked_for(root: Path) -> None:
    start_training_job({"experiment": "iris", "report_metrics": True})
    runreport.log_metric("loss", 0.5, step=1)
    end_training_job()

    assert [artifact.path for artifact in only(root).artifacts if "reports" in artifact.path] == [
        "reports/loss.html"
    ]


def test_custom_metrics_go_to_the_job_also_after_its_end(root: Path) -> None:
    start_training_job({"user": "kim"})
    report_custom_metrics({"minutes": 3.5})
    end_training_job()
    report_custom_metrics({"accuracy_on_XYZ": 0.98})

    run = only(root)
    assert values(run) == {"accuracy_on_XYZ": [0.98], "minutes": [3.5]}
    (later,) = (history for history in run.histories if history.name == "accuracy_on_XYZ")
    assert [(added.start, added.stop) for added in later.added] == [(0, 1)]


def test_metrics_are_added_to_an_ended_job_by_its_id(root: Path) -> None:
    job = start_training_job({"experiment": "iris"})
    end_training_job()

    add_metrics_to_run(job.run_id, {"accuracy_on_XYZ": 0.98}, user="sam")

    (history,) = only(root).histories
    assert [added.by for added in history.added] == ["sam"]


def test_job_is_a_context_too(root: Path) -> None:
    with pytest.raises(ZeroDivisionError), start_training_job({"experiment": "iris"}):
        raise ZeroDivisionError

    assert only(root).status == "failed"


def test_ending_without_a_job_is_a_clear_error() -> None:
    with pytest.raises(LogError) as raised:
        end_training_job()

    assert str(raised.value) == (
        "end_training_job: no job is running; call start_training_job first"
    )
