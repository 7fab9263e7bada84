"""A real LightGBM, on a few rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

import runreport
from runreport.frameworks.lightgbm import RunReportCallback
from runreport.tracking.stored import read_fields
from tests.frameworks.logged import artifact, only, runs, series

X = np.random.default_rng(0).random((60, 3))
Y = (X[:, 0] + X[:, 1] > 1).astype(int)
PARAMS = {"objective": "binary", "metric": ["auc", "binary_logloss"], "min_data_in_leaf": 2}
QUIET = {"verbose": -1, "num_threads": 1}


def data(labels: Any = Y) -> lightgbm.Dataset:
    return lightgbm.Dataset(X, labels, feature_name=["a", "b", "c"])


def train(*callbacks: Any, rounds: int = 4) -> lightgbm.Booster:
    valid = data(1 - Y)
    everything = [RunReportCallback(), *callbacks]
    return lightgbm.train(
        PARAMS | QUIET,
        data(),
        rounds,
        valid_sets=[valid],
        valid_names=["val"],
        callbacks=everything,
    )


def test_each_round_is_logged_with_the_goals_of_its_metrics(root: Path) -> None:
    history: dict[str, Any] = {}
    train(lightgbm.record_evaluation(history))

    assert series(root)["val/auc"] == dict(enumerate(history["val"]["auc"]))
    assert series(root)["val/binary_logloss"] == dict(enumerate(history["val"]["binary_logloss"]))
    (folder,) = root.glob("default/*")
    assert read_fields(folder)["metrics"] == {
        "val/auc": {"goal": "max"},
        "val/binary_logloss": {"goal": "min"},
    }


def test_the_params_are_logged(root: Path) -> None:
    train()

    row = only(root)
    assert row["status"] == "finished"
    assert (row["params.objective"], row["params.num_iterations"]) == ("binary", 4)
    assert row["params.min_data_in_leaf"] == 2


def test_an_early_stop_is_known_when_the_run_ends(root: Path) -> None:
    with runreport.start_run():
        model = train(lightgbm.early_stopping(2, verbose=False), rounds=50)

    assert model.best_iteration == 1
    assert only(root)["metrics.best_iteration"] == 0
    assert len(series(root)["val/auc"]) == 3


def test_the_features_importance_is_kept(root: Path) -> None:
    model = train()

    rows = list(csv.DictReader(artifact(root, "feature_importance.csv").splitlines()))
    gain = {row["feature"]: float(row["gain"]) for row in rows}
    expected = dict(zip("abc", model.feature_importance("gain"), strict=True))
    assert gain == pytest.approx(expected)
    assert list(gain.values()) == sorted(gain.values(), reverse=True)


def test_a_run_that_an_early_stop_left_open_ends_with_the_next_training(root: Path) -> None:
    train(lightgbm.early_stopping(2, verbose=False), rounds=50)
    left = runreport.active_run()
    train()

    assert left is not None
    assert runreport.active_run() is None
    first, second = runs(root)
    assert (first["status"], second["status"]) == ("finished", "finished")
    assert first["metrics.best_iteration"] == 0
    assert "metrics.best_iteration" not in second or np.isnan(second["metrics.best_iteration"])


def test_a_cross_validation_logs_mean_and_deviation(root: Path) -> None:
    found = lightgbm.cv(PARAMS | QUIET, data(), 3, nfold=3, callbacks=[RunReportCallback()])

    logged = series(root)
    assert list(logged["valid/auc"].values()) == pytest.approx(found["valid auc-mean"])
    assert list(logged["valid/auc_std"].values()) == pytest.approx(found["valid auc-stdv"])
    assert only(root)["status"] == "finished"
    assert not list(root.rglob("feature_importance.csv"))


def test_estimators_take_it(root: Path) -> None:
    model = lightgbm.LGBMRegressor(n_estimators=2, min_child_samples=2, n_jobs=1, verbose=-1)
    model.fit(X, Y, eval_X=X, eval_y=Y, callbacks=[RunReportCallback()])

    assert set(series(root)) == {"training/l2"}


def test_a_training_without_validation_logs_its_params(root: Path) -> None:
    lightgbm.train(PARAMS | QUIET, data(), 2, callbacks=[RunReportCallback()])

    assert series(root) == {}
    assert only(root)["params.num_iterations"] == 2
