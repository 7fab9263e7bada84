"""Record a Keras training, whatever the backend.

import keras
from runreport.frameworks.keras import RunReportCallback

with runreport.start_run(experiment="digits"):
    model.fit(x, y, validation_split=0.2, epochs=10, callbacks=[RunReportCallback()])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import runreport
from runreport.frameworks import Training, shortest, stand_in

if TYPE_CHECKING:
    from collections.abc import Mapping

try:
    from keras.callbacks import Callback
except ImportError as error:
    Callback = stand_in("keras", error)


class RunReportCallback(Callback):
    """Log each epoch's metrics as "train/loss" and "val/loss", the params, the model's summary.

    What `evaluate` finds with the same callback is "test/loss", added to the same run. Without an
    active run the training is a run of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._training = Training()
        self._is_fitting = False

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """Begin, and log the params of the training and of the optimizer."""
        run = self._training.begin()
        self._is_fitting = True
        self._training.log_params(read_params(self.model, self.params["epochs"]))
        lines: list[str] = []
        self.model.summary(print_fn=lambda line, **_: lines.append(line))
        runreport.log_text("\n".join(lines), "model_summary.txt", run_id=run.run_id)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log one epoch's metrics."""
        self._training.log({_named(name): value for name, value in (logs or {}).items()}, epoch)

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Log what `evaluate` finds; a validation within the training is in its epoch's metrics."""
        if not self._is_fitting:
            self._training.log({f"test/{name}": value for name, value in (logs or {}).items()})

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        """End an own run."""
        self._is_fitting = False
        self._training.end()


def read_params(model: Any, epochs: int) -> dict[str, Any]:
    """Return the optimizer's settings, the loss, the model's size, the number of epochs."""
    found = {**model.optimizer.get_config(), "optimizer": type(model.optimizer).__name__}
    found.pop("name", None)
    rate = found.get("learning_rate")
    if isinstance(rate, float):
        found["learning_rate"] = shortest(rate)
    return {**found, "epochs": epochs, "loss": model.loss, "model_params": model.count_params()}


def _named(name: str) -> str:
    """Return a metric's name with its data set as the group."""
    if name == "learning_rate":
        return name
    return f"val/{name.removeprefix('val_')}" if name.startswith("val_") else f"train/{name}"
