"""A real XGBoost, on a few rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost
from sklearn.base import clone

import runreport
from runreport.frameworks.xgboost import RunReportCallback
from tests.frameworks.logged import artifact, only, runs, series

X = np.random.default_rng(0).random((60, 3))
Y = (X[:, 0] + X[:, 1] > 1).astype(int)
PARAMS = {"max_depth": 2, "eta": 0.1, "objective": "binary:logistic", "nthread": 1}


def train(params: dict[str, Any] = PARAMS, **more: Any) -> xgboost.Booster:
    data = xgboost.DMatrix(X, Y, feature_names=["a", "b", "c"])
    evals = [(data, "train"), (xgboost.DMatrix(X, 1 - Y, feature_names=["a", "b", "c"]), "val")]
    options = {"evals": evals, "verbose_eval": False, "callbacks": [RunReportCallback()]}
    return xgboost.train(params, data, 6, **(options | more))


def test_each_round_is_logged_under_the_names_that_it_was_given(root: Path) -> None:
    history: dict[str, Any] = {}
    train(evals_result=history)

    found = series(root)
    assert set(found) == {"train/logloss", "val/logloss"}
    assert found["val/logloss"] == dict(enumerate(history["val"]["logloss"]))


def test_the_params_in_use_are_logged_as_they_were_given(root: Path) -> None:
    train()

    row = only(root)
    assert row["params.max_depth"] == 2
    assert row["params.learning_rate"] == 0.1
    assert row["params.objective"] == "binary:logistic"
    assert row["params.booster"] == "gbtree"
    assert row["params.reg_lambda"] == 1
    assert row["status"] == "finished"
    assert {"params.eta", "params.lambda", "params.monotone_constraints"}.isdisjoint(row)


def test_the_best_iteration_is_that_of_the_early_stop(root: Path) -> None:
    model = train(early_stopping_rounds=2)

    row = only(root)
    assert row["metrics.best_iteration"] == model.best_iteration == 0
    assert row["metrics.best_score"] == pytest.approx(model.best_score)
    assert len(series(root)["val/logloss"]) == 3


def test_the_features_importance_is_kept(root: Path) -> None:
    model = train()

    rows = list(csv.DictReader(artifact(root, "feature_importance.csv").splitlines()))
    assert {row["feature"] for row in rows} == {"a", "b"}
    gain = {row["feature"]: float(row["gain"]) for row in rows}
    assert gain == pytest.approx(model.get_score(importance_type="gain"))
    assert list(gain.values()) == sorted(gain.values(), reverse=True)
    assert set(rows[0]) == {"feature", "gain", "weight", "cover"}


@pytest.mark.filterwarnings("ignore:.*gblinear")
def test_a_linear_model_has_its_own_params_and_no_importance(root: Path) -> None:
    params = {"booster": "gblinear", "objective": "multi:softprob", "num_class": 2, "nthread": 1}
    train(params, evals=[])

    assert only(root)["params.booster"] == "gblinear"
    assert not list(root.rglob("feature_importance.csv"))


def test_a_cross_validation_logs_mean_and_deviation(root: Path) -> None:
    data = xgboost.DMatrix(X, Y)
    table = xgboost.cv(PARAMS, data, 3, nfold=3, callbacks=[RunReportCallback()])

    found = series(root)
    assert list(found["test/logloss"].values()) == pytest.approx(list(table["test-logloss-mean"]))
    assert list(found["test/logloss_std"].values()) == pytest.approx(
        list(table["test-logloss-std"])
    )
    assert only(root)["status"] == "finished"


def test_estimators_take_it_and_can_be_cloned(root: Path) -> None:
    options: dict[str, Any] = {"n_estimators": 2, "n_jobs": 1, "eval_metric": "error"}
    model = clone(xgboost.XGBClassifier(callbacks=[RunReportCallback()], **options))
    with runreport.start_run(experiment="estimators"):
        model.fit(X, Y, eval_set=[(X, Y)], verbose=False)

    assert only(root)["experiment"] == "estimators"
    assert set(series(root)) == {"validation_0/error"}


def test_two_trainings_with_one_callback_are_two_runs(root: Path) -> None:
    callback = RunReportCallback()
    train(callbacks=[callback])
    train(callbacks=[callback], evals=[])

    first, second = runs(root)
    assert set(series(root, first["run_id"])) == {"train/logloss", "val/logloss"}
    assert series(root, second["run_id"]) == {}
