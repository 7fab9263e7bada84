"""A real Keras 3 on PyTorch, with a model of one layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runreport
from runreport.tracking import state
from tests.frameworks.logged import artifact, only, runs, series

pytestmark = [
    pytest.mark.frameworks,
    # The libraries warn of each other's ways.
    pytest.mark.filterwarnings("ignore"),
]

X = np.random.default_rng(0).random((32, 3)).astype("float32")
Y = X[:, :1]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    import keras

    # Without an input's shape it is built by its first data only.
    made = keras.Sequential([keras.layers.Dense(1)])
    made.compile(keras.optimizers.Adam(0.001), "mse", metrics=["mae"])
    return made


def fit(model: Any, *callbacks: Any, epochs: int = 3) -> Any:
    options = {"validation_split": 0.5, "verbose": 0, "callbacks": list(callbacks)}
    return model.fit(X, Y, epochs=epochs, **options)


def callback() -> Any:
    from runreport.frameworks.keras import RunReportCallback

    return RunReportCallback()


def test_each_epoch_is_logged_by_data_set(model: Any, root: Path) -> None:
    history = fit(model, callback()).history

    found = series(root)
    assert set(found) == {"train/loss", "train/mae", "val/loss", "val/mae"}
    assert found["train/loss"] == pytest.approx(dict(enumerate(history["loss"])))
    assert found["val/mae"] == pytest.approx(dict(enumerate(history["val_mae"])))


def test_params_and_summary_are_logged(model: Any, root: Path) -> None:
    fit(model, callback())

    row = only(root)
    assert row["params.optimizer"] == "Adam"
    assert row["params.learning_rate"] == 0.001
    assert (row["params.epochs"], row["params.loss"], row["params.model_params"]) == (3, "mse", 4)
    assert "params.name" not in row
    assert row["status"] == "finished"
    assert "Total params" in artifact(root, "model_summary.txt")


def test_an_evaluation_is_added_to_the_trainings_run(model: Any, root: Path) -> None:
    same = callback()
    fit(model, same)
    loss, error = model.evaluate(X, Y, verbose=0, callbacks=[same])

    row = only(root)
    assert row["metrics.test/loss"] == pytest.approx(loss)
    assert row["metrics.test/mae"] == pytest.approx(error)


def test_a_learning_rate_that_changes_is_a_metric_of_its_own(model: Any, root: Path) -> None:
    import keras

    def halve(_: int, rate: float) -> float:
        return rate / 2

    fit(model, keras.callbacks.LearningRateScheduler(halve), callback(), epochs=2)

    assert series(root)["learning_rate"] == pytest.approx({0: 0.0005, 1: 0.00025})


def test_an_open_run_stays_open(model: Any, root: Path) -> None:
    with runreport.start_run(experiment="digits") as run:
        fit(model, callback())

        assert state.current() is run
    assert only(root)["experiment"] == "digits"


def test_a_training_that_raised_is_apart_from_the_next(model: Any, root: Path) -> None:
    import keras

    class Breaks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fit(model, callback(), Breaks())
    fit(model, callback())

    first, second = runs(root)
    assert set(series(root, first["run_id"])["train/loss"]) == {0}
    assert set(series(root, second["run_id"])["train/loss"]) == {0, 1, 2}
