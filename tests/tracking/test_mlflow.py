"""Scripts written for MLflow run with one import line changed."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import runreport
from tests.tracking.conftest import Script
from tests.tracking.folders import points, record

VERBS = (
    "active_run create_experiment delete_tag end_run get_artifact_uri get_experiment "
    "get_experiment_by_name get_parent_run get_run get_tracking_uri last_active_run log_artifact "
    "log_artifacts log_dict log_figure log_image log_input log_metric log_metrics log_param "
    "log_params log_table log_text set_experiment set_tag set_tags set_tracking_uri start_run"
)

LEFT_OUT: dict[str, set[str]] = {
    # Artifacts have no place but the run's folder, and tags of experiments are not kept.
    "create_experiment": {"artifact_location", "tags", "trace_location"},
    "set_experiment": {"trace_location"},
    # A model has no entry of its own that a data set could belong to.
    "log_input": {"model"},
}
"""Arguments of MLflow's that are left out on purpose."""


@pytest.fixture(scope="module")
def mlflow() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow
    return mlflow


def arguments(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


@pytest.mark.parametrize("verb", VERBS.split())
def test_a_verb_takes_mlflows_arguments(mlflow: Any, verb: str) -> None:
    theirs = arguments(getattr(mlflow, verb))
    ours = arguments(getattr(runreport, verb))
    left_out = LEFT_OUT.get(verb, set())
    common = [name for name in theirs if name not in left_out]

    assert set(theirs) - set(ours) == left_out
    # The same order, so that arguments without names mean the same.
    assert list(ours)[: len(common)] == common
    for name in common:
        assert ours[name].kind == theirs[name].kind, name
        assert ours[name].default == theirs[name].default, name
    # What is ours is given by name, and never needed.
    for name in list(ours)[len(common) :]:
        optional = ours[name].default is not inspect.Parameter.empty
        assert optional, name
        assert ours[name].kind is inspect.Parameter.KEYWORD_ONLY or name == "run_id", name


QUICKSTART = """
import runreport as mlflow

mlflow.set_tracking_uri("mlruns")
mlflow.set_experiment("/quickstart")
with mlflow.start_run(run_name="parent", tags={"team": "a"}, description="A first run") as run:
    mlflow.log_param("alpha", 0.5)
    mlflow.log_params({"l1": 0.1, "solver": "saga"})
    for epoch in range(3):
        mlflow.log_metric("rmse", 1.0 / (epoch + 1), step=epoch)
    mlflow.log_metrics({"mae": 0.5, "r2": 0.9})
    mlflow.set_tag("release", "1.0")
    mlflow.set_tags({"a": 1, "b": 2})
    mlflow.delete_tag("b")
    mlflow.log_text("hello", "hello.txt")
    mlflow.log_dict({"k": "v"}, "data.json")
    mlflow.log_table({"x": [1, 2]}, artifact_file="table.json")
    for child in range(2):
        with mlflow.start_run(run_name=f"child-{child}", nested=True) as inner:
            mlflow.log_metric("score", child)
            assert mlflow.get_parent_run(inner.info.run_id).info.run_id == run.info.run_id
    print(mlflow.get_artifact_uri("hello.txt"))
finished = mlflow.get_run(run.info.run_id)
assert finished.info.status == "FINISHED"
assert finished.data.params == {"alpha": 0.5, "l1": 0.1, "solver": "saga"}
assert finished.data.metrics == {"rmse": 1 / 3, "mae": 0.5, "r2": 0.9}
assert finished.data.tags == {"team": "a", "release": "1.0", "a": 1}
experiment = mlflow.get_experiment_by_name("quickstart")
assert experiment.experiment_id == finished.info.experiment_id
assert mlflow.last_active_run().info.run_id == run.info.run_id
assert mlflow.active_run() is None
with mlflow.start_run(run_id=run.info.run_id):
    mlflow.log_metric("rmse", 0.25, step=3)
frame = mlflow.search_runs(experiment_names=["quickstart"])
assert len(frame) == 3, frame
"""


def test_a_quickstart_runs_as_it_is(script: Script, tmp_path: Any) -> None:
    done = script(QUICKSTART, PYTHONWARNINGS="default")
    folders = {record(path.parent)["name"]: path.parent for path in tmp_path.rglob("run.jsonl")}

    assert done.stdout.strip() == str(folders["parent"] / "artifacts" / "hello.txt")
    assert set(folders) == {"parent", "child-0", "child-1"}
    assert folders["parent"].parent == tmp_path / "mlruns" / "quickstart"
    assert [row["rmse"] for row in points(folders["parent"]) if "rmse" in row] == [
        1.0,
        0.5,
        1 / 3,
        0.25,
    ]
