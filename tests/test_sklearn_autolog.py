"""Fits are recorded by themselves, the outermost only, and nothing of it can break a fit."""

from __future__ import annotations

import csv
import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import runreport
from runreport import LogError
from runreport.reading.sources import find_runs, read
from runreport.records import RunRecord
from runreport.tracking import complain, state

X, Y = load_iris(return_X_y=True)
FRAME, NAMES = load_iris(return_X_y=True, as_frame=True)


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Autolog is on, and runs go below this root."""
    monkeypatch.setenv("RUNREPORT_DIR", str(tmp_path / "runs"))
    monkeypatch.delenv("RUNREPORT_RUN", raising=False)
    monkeypatch.setattr(state.settings, "root", None)
    monkeypatch.setattr(state.settings, "experiment", None)
    complain.forget()
    runreport.sklearn.autolog()
    yield tmp_path / "runs"
    runreport.sklearn.autolog(disable=True)
    for run in list(state.opened):
        run.end()


def runs(root: Path) -> list[RunRecord]:
    if not root.is_dir():
        return []
    found = [read(folder) for folder in find_runs([root])[0]]
    return sorted(found, key=lambda run: (run.started or 0.0, run.run_id))


def only(root: Path) -> RunRecord:
    found = runs(root)
    assert len(found) == 1, [run.name for run in found]
    return found[0]


def files(run: RunRecord) -> set[str]:
    return {artifact.path for artifact in run.artifacts if not artifact.path.startswith("code/")}


def values(run: RunRecord) -> dict[str, list[float]]:
    return {history.name: history.values.tolist() for history in run.histories}


def test_fit_without_a_run_is_a_run_of_its_own(root: Path) -> None:
    model = RandomForestClassifier(n_estimators=2, random_state=0)

    result = model.fit(X, Y)

    assert result is model
    assert runreport.active_run() is None
    run = only(root)
    assert run.status == "finished"
    assert run.params["n_estimators"] == 2
    assert run.params["max_depth"] == "None"
    assert run.tags["estimator_name"] == "RandomForestClassifier"
    assert run.tags["estimator_class"] == "sklearn.ensemble._forest.RandomForestClassifier"
    assert values(run)["training_accuracy_score"] == [model.score(X, Y)]
    assert {"training_log_loss", "training_roc_auc", "training_f1_score"} <= set(values(run))
    assert {"training_confusion_matrix.png", "model/MLmodel", "model/model.pkl"} <= files(run)
    assert run.models["model"]["estimator_class"] == run.tags["estimator_class"]
    assert not run.findings


def test_fit_in_a_run_is_logged_there_and_leaves_it_open(root: Path) -> None:
    with runreport.start_run(run_name="mine") as mine:
        LinearRegression().fit(X, Y)

        assert runreport.active_run() is mine

    run = only(root)
    assert run.name == "mine"
    assert "training_r2_score" in values(run)
    assert "training_confusion_matrix.png" not in files(run)


def test_pipeline_is_one_run_with_its_steps_params(root: Path) -> None:
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))

    pipeline.fit(X, Y, logisticregression__sample_weight=(Y < 2).astype(float))

    run = only(root)
    assert run.tags["estimator_name"] == "Pipeline"
    assert run.params["logisticregression__max_iter"] == 500
    assert run.params["standardscaler"] == "StandardScaler()"
    # The last step's weights are those of the metrics too.
    assert values(run)["training_accuracy_score"] == [1.0]


def test_what_an_ensemble_fits_inside_is_its_own(root: Path) -> None:
    BaggingClassifier(DecisionTreeClassifier(), n_estimators=4).fit(X, Y)

    assert only(root).tags["estimator_name"] == "BaggingClassifier"


def test_fits_in_threads_of_scikit_learn_are_its_own(root: Path) -> None:
    from joblib import parallel_config

    with parallel_config("threading", n_jobs=2):
        BaggingClassifier(DecisionTreeClassifier(), n_estimators=4, n_jobs=2).fit(X, Y)
        cross_val_score(DecisionTreeClassifier(), X, Y, n_jobs=2)

    assert only(root).tags["estimator_name"] == "BaggingClassifier"


class Gated(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # an untyped library
    """Says when its fit has begun, and ends it when it may."""

    begun, may_end = threading.Event(), threading.Event()

    def fit(self, X: Any, y: Any) -> Gated:  # noqa: ARG002, N803
        self.begun.set()
        assert self.may_end.wait(timeout=300)
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        return np.zeros(len(X))


def test_fits_of_different_threads_are_different_runs(root: Path) -> None:
    thread = threading.Thread(target=Gated().fit, args=(X, Y))
    thread.start()
    assert Gated.begun.wait(timeout=300)
    LinearRegression().fit(X, Y)
    Gated.may_end.set()
    thread.join()

    names = sorted(run.tags["estimator_name"] for run in runs(root))
    assert names == ["Gated", "LinearRegression"]
    assert {run.status for run in runs(root)} == {"finished"}


class Wrapping(LinearRegression):  # type: ignore[misc]  # an untyped library
    """Fits another estimator inside, with no code of scikit-learn in between."""

    def fit(self, X: Any, y: Any) -> Wrapping:  # noqa: N803
        DecisionTreeClassifier().fit(X, y)
        super().fit(X, y)
        return self


def test_what_a_users_own_estimator_fits_inside_is_its_own(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Wrapping().fit(X, Y)
    LinearRegression().fit(X, Y)

    names = [run.tags["estimator_name"] for run in runs(root)]
    assert names == ["Wrapping", "LinearRegression"]
    assert caplog.messages == []


def test_model_saved_by_value_knows_nothing_of_autolog() -> None:
    class Local(LinearRegression):  # type: ignore[misc]  # an untyped library
        def fit(self, X: Any, y: Any) -> Local:  # noqa: N803
            super().fit(X, y)
            return self

    runreport.sklearn.autolog(serialization_format="cloudpickle")
    with runreport.start_run() as run:
        Local().fit(X, Y)

    content = (run.artifacts / "model/model.pkl").read_bytes()
    assert b"Local" in content
    assert b"runreport.sklearn" not in content
    assert "runreport" not in (run.artifacts / "model/requirements.txt").read_text()


def test_cross_validation_and_preparation_are_no_runs(root: Path) -> None:
    cross_val_score(LogisticRegression(max_iter=500), X, Y)
    StandardScaler().fit_transform(X)
    FunctionTransformer(np.log1p).fit(X)

    assert runs(root) == []


def test_cluster_without_a_target_is_a_run_without_metrics(root: Path) -> None:
    labels = KMeans(3, n_init=1, random_state=0).fit_predict(X)

    assert len(labels) == len(X)
    run = only(root)
    assert run.params["n_clusters"] == 3
    assert values(run) == {}
    assert "model/model.pkl" in files(run)


def test_search_keeps_the_winner_the_table_and_its_best_candidates(root: Path) -> None:
    runreport.sklearn.autolog(max_tuning_runs=2)
    search = GridSearchCV(
        DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3]}, n_jobs=2
    )

    with runreport.start_run(experiment="tuning", version="1.2.3", run_name="grid"):
        search.fit(X, Y)

    parent, *children = sorted(runs(root), key=lambda run: run.parent)
    assert parent.params["best_max_depth"] == search.best_params_["max_depth"]
    assert "estimator__max_depth" not in parent.params
    assert values(parent)["best_cv_score"] == [search.best_score_]
    assert {"cv_results.csv", "best_estimator/model.pkl", "model/model.pkl"} <= files(parent)
    table = (parent.folder / "artifacts/cv_results.csv").read_text().splitlines()
    assert [row["param_max_depth"] for row in csv.DictReader(table)] == ["1", "2", "3"]
    assert {child.params["max_depth"] for child in children} == {2, 3}
    assert parent.tags["child_runs"] == "2 of 3"
    for child in children:
        assert (child.parent, child.experiment, child.version) == (
            parent.run_id,
            "tuning",
            "1.2.3",
        )
        depth = int(child.params["max_depth"])
        expected = search.cv_results_["mean_test_score"][depth - 1]
        assert values(child)["mean_test_score"] == [expected]


def test_search_gives_each_candidate_a_run_beside_its_own(root: Path, tmp_path: Path) -> None:
    depths = list(range(1, 13))
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": depths}, cv=2)

    with runreport.start_run(root=tmp_path / "elsewhere", experiment="a/b"):
        search.fit(X, Y)

    parent, *children = sorted(runs(tmp_path / "elsewhere"), key=lambda run: run.parent)
    assert sorted(int(child.params["max_depth"]) for child in children) == depths
    assert {child.parent for child in children} == {parent.run_id}
    assert {child.folder.parent for child in children} == {parent.folder.parent}
    assert {child.status for child in children} == {"finished"}
    assert "child_runs" not in parent.tags
    assert not root.exists()


def test_search_with_several_scores_and_no_winner(root: Path) -> None:
    search = RandomizedSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2]},
        n_iter=2,
        scoring=["accuracy", "f1_macro"],
        refit=False,
    )

    search.fit(X, Y)

    parent, *children = sorted(runs(root), key=lambda run: run.parent)
    assert len(children) == 2
    assert "mean_test_f1_macro" in values(children[0])
    assert "training_accuracy_score" not in values(parent)


def test_further_fit_in_a_run_adds_points_and_keeps_the_first_params(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with runreport.start_run(run_name="loop") as open_run:
        for trees in (1, 2, 3):
            model = RandomForestClassifier(n_estimators=trees, random_state=0).fit(X, Y)

    run = only(root)
    assert run.params["n_estimators"] == 1
    assert len(values(run)["training_accuracy_score"]) == 3
    stored = pickle.loads((open_run.folder / "artifacts/model/model.pkl").read_bytes())
    assert stored.n_estimators == model.n_estimators == 3
    (message,) = caplog.messages
    assert message == (
        "autolog: RandomForestClassifier in run 'loop': the run keeps the params of its first fit, "
        "this one has other values of n_estimators; start a run for each fit"
    )


def test_model_is_as_mlflow_wants_it(root: Path) -> None:
    runreport.sklearn.autolog(log_input_examples=True)
    RandomForestClassifier(n_estimators=2, random_state=0).fit(FRAME, NAMES)

    mlmodel = (only(root).folder / "artifacts/model/MLmodel").read_text()
    assert "sepal length (cm)" in mlmodel
    assert "model/input_example.json" in files(only(root))


def test_switches_leave_out_what_they_say(root: Path) -> None:
    runreport.sklearn.autolog(log_models=False, extra_tags={"team": "flowers"})
    LogisticRegression(max_iter=500).fit(X, Y)

    run = only(root)
    assert files(run) == {"training_confusion_matrix.png"}
    assert run.tags["team"] == "flowers"


def test_exclusive_leaves_a_users_run_alone(root: Path) -> None:
    runreport.sklearn.autolog(exclusive=True)
    with runreport.start_run(run_name="mine"):
        LinearRegression().fit(X, Y)

    assert only(root).params == {}


def test_disabled_is_off_and_undone(root: Path) -> None:
    patched = LinearRegression.fit
    runreport.sklearn.autolog(disable=True)

    LinearRegression().fit(X, Y)

    assert LinearRegression.fit is not patched
    assert runs(root) == []


def test_error_of_the_fit_passes_and_fails_the_run(root: Path) -> None:
    with pytest.raises(ValueError, match="n_estimators"):
        RandomForestClassifier(n_estimators=-1).fit(X, Y)

    run = only(root)
    assert run.status == "failed"
    assert run.error["type"].endswith("InvalidParameterError")
    assert runreport.active_run() is None


class Unpicklable(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # an untyped library
    """Fits, and then spites all that is recorded of it."""

    def __init__(self, rude: object = None) -> None:
        self.rude = rude

    def fit(self, X: Any, y: Any) -> Unpicklable:  # noqa: ARG002, N803
        self.lock_ = threading.Lock()
        return self

    def predict(self, X: Any) -> Any:  # noqa: ARG002, N803
        raise RuntimeError("no predictions")


class Rude:
    """A param whose text cannot be had."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


def test_failures_of_recording_are_told_and_never_raised(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = Unpicklable(Rude())

    assert model.fit(X, Y) is model

    assert only(root).status == "finished"
    told = "\n".join(caplog.messages)
    assert "the params cannot be recorded: RuntimeError: no repr" in told
    assert "the training metrics cannot be recorded: RuntimeError: no predictions" in told
    assert "the model cannot be recorded" in told


def test_silent_tells_nothing(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    runreport.sklearn.autolog(silent=True)

    Unpicklable(Rude()).fit(X, Y)

    assert caplog.messages == []
    assert only(root).status == "finished"


def test_runs_that_cannot_be_started_leave_the_fit_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("RUNREPORT_DIR", str(blocked))

    model = LinearRegression().fit(X, Y)

    assert model.score(X, Y) > 0.9
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "autolog: no run can be started" in caplog.messages[0]


def test_users_pyplot_figures_are_left_alone() -> None:
    figure = plt.figure()
    LogisticRegression(max_iter=500).fit(X, Y)

    assert plt.get_fignums() == [figure.number]
    assert plt.gcf() is figure
    plt.close(figure)


def test_general_autolog_switches_scikit_learn(root: Path) -> None:
    runreport.autolog(disable=True)
    LinearRegression().fit(X, Y)
    runreport.autolog(exclude_flavors=["sklearn"])
    LinearRegression().fit(X, Y)
    assert runs(root) == []

    runreport.autolog(log_models=False)
    LinearRegression().fit(X, Y)
    assert only(root).tags["estimator_name"] == "LinearRegression"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"serialization_format": "json"},
            "serialization_format 'json' is unknown; choose from pickle, cloudpickle",
        ),
        ({"max_tuning_runs": -1}, "autolog: max_tuning_runs -1 is negative; give 0 for none"),
    ],
)
def test_arguments_without_sense_raise(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(LogError) as raised:
        runreport.sklearn.autolog(**arguments)

    assert str(raised.value) == message


def test_missing_scikit_learn_is_said_with_the_remedy() -> None:
    # Without its site folder this Python has nothing but its own library.
    program = (
        "import runreport\ntry: runreport.sklearn.log_model(None)\nexcept Exception as e: print(e)"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        cwd=Path(runreport.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stderr, done.stdout.strip()) == (
        "",
        (
            "sklearn.log_model: scikit-learn is not installed; "
            "run: pip install scikit-learn matplotlib"
        ),
    )


def test_missing_matplotlib_costs_the_picture_only(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delitem(sys.modules, "runreport.sklearn.confusion", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)

    LogisticRegression(max_iter=500).fit(X, Y)

    run = only(root)
    assert "training_accuracy_score" in values(run)
    assert "training_confusion_matrix.png" not in files(run)
    (message,) = caplog.messages
    assert message == (
        f"autolog: LogisticRegression in run {run.name!r}: no confusion matrix without matplotlib; "
        "run: pip install scikit-learn matplotlib"
    )
