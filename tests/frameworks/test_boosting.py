"""Trainings of boosting libraries that are recorded without a callback in the script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost

import runreport
from runreport.frameworks.xgboost import RunReportCallback
from tests.frameworks.logged import only, runs, series

X = np.random.default_rng(0).random((60, 3))
Y = (X[:, 0] + X[:, 1] > 1).astype(int)


@pytest.fixture(autouse=True)
def off() -> Iterator[None]:
    # Tests of other modules may have left it on.
    runreport.autolog(disable=True)
    before = (xgboost.train, lightgbm.train, xgboost.sklearn.train)
    yield
    runreport.autolog(disable=True)
    assert (xgboost.train, lightgbm.train, xgboost.sklearn.train) == before


def train_xgboost(**more: Any) -> None:
    data = xgboost.DMatrix(X, Y)
    params = {"max_depth": 2, "nthread": 1, "objective": "binary:logistic"}
    xgboost.train(params, data, 3, evals=[(data, "train")], verbose_eval=False, **more)


def train_lightgbm(**more: Any) -> None:
    data = lightgbm.Dataset(X, Y)
    params = {"objective": "binary", "num_leaves": 3, "num_threads": 1, "verbose": -1}
    lightgbm.train(params, data, 3, valid_sets=[data], valid_names=["train"], **more)


@pytest.mark.parametrize(
    ("library", "train", "metric", "model"),
    [
        ("xgboost", train_xgboost, "train/logloss", "model.ubj"),
        ("lightgbm", train_lightgbm, "train/binary_logloss", "model.txt"),
    ],
)
def test_a_training_is_a_run_of_its_own(
    root: Path, library: str, train: Any, metric: str, model: str
) -> None:
    getattr(runreport, library).autolog(extra_tags={"team": "red"}, silent=True)
    train()

    row = only(root)
    assert len(series(root)[metric]) == 3
    assert (row["status"], row["tags.team"]) == ("finished", "red")
    assert next(root.rglob(f"artifacts/model/{model}")).stat().st_size > 0
    assert runreport.last_active_run() is not None


def test_estimators_are_recorded_too_and_in_the_active_run(root: Path) -> None:
    runreport.xgboost.autolog(log_models=False)
    with runreport.start_run(run_name="mine"):
        xgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(X, Y, eval_set=[(X, Y)], verbose=False)

    assert only(root)["name"] == "mine"
    assert len(series(root)["validation_0/logloss"]) == 2


def test_a_training_that_is_given_the_callback_is_left_to_it(root: Path) -> None:
    runreport.xgboost.autolog(log_models=False)
    train_xgboost(callbacks=[RunReportCallback()])

    assert len(series(root)["train/logloss"]) == 3
    assert len(runs(root)) == 1


def test_a_training_that_raises_has_failed(root: Path) -> None:
    class Stop(xgboost.callback.TrainingCallback):  # type: ignore[misc, name-defined, unused-ignore]
        def after_iteration(self, *_: object) -> bool:
            raise ValueError("enough")

    runreport.xgboost.autolog()
    with pytest.raises(ValueError, match="enough"):
        train_xgboost(callbacks=[Stop()])

    assert only(root)["status"] == "failed"


def test_the_general_switch_knows_what_is_imported(root: Path) -> None:
    runreport.autolog(log_models=False)
    train_lightgbm()

    assert only(root)["status"] == "finished"


def test_an_argument_that_nobody_has_is_refused() -> None:
    with pytest.raises(runreport.LogError, match="no argument 'log_modles'; leave it out"):
        runreport.xgboost.autolog(log_modles=False)
