"""Record an XGBoost training, through `xgboost.train`, `xgboost.cv` or an estimator's `fit`.

import xgboost
from runreport.frameworks.xgboost import RunReportCallback

with runreport.start_run(experiment="boosting"):
    xgboost.train(params, data, 100, evals=[(valid, "val")], callbacks=[RunReportCallback()])
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from runreport.frameworks import Training, shortest, stand_in

if TYPE_CHECKING:
    from collections.abc import Mapping

try:
    from xgboost.callback import TrainingCallback
except ImportError as error:
    TrainingCallback = stand_in("xgboost", error)

_BEST = ("best_iteration", "best_score")
_ALIASES = frozenset({"alpha", "eta", "lambda", "min_split_loss"})
"""Names that XGBoost repeats beside those of its estimators."""


class RunReportCallback(TrainingCallback):
    """Log each round's metrics as "val/logloss", the params, and at the end the best iteration.

    The names before the slash are those that the training gives its data. The importance of the
    features of trees is kept as a table. Without an active run the training is a run of its own.
    """

    def __init__(self, *, tags: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.training = Training(tags=tags)

    def before_training(self, model: Any) -> Any:
        """Begin, and log the params; a cross-validation has many models and logs none."""
        self.training.begin()
        if hasattr(model, "save_config"):
            self.training.log_params(read_params(json.loads(model.save_config())["learner"]))
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Log one round's metrics."""
        row: dict[str, float] = {}
        for data, metrics in evals_log.items():
            for name, values in metrics.items():
                last = values[-1]
                # Cross-validation gives the mean and the deviation over the folds.
                mean, *deviation = last if isinstance(last, tuple) else (last,)
                row[f"{data}/{name}"] = mean
                row.update({f"{data}/{name}_std": value for value in deviation})
        if row:
            self.training.log(row, epoch)
        return False

    def after_training(self, model: Any) -> Any:
        """Log the best iteration and the importance of the features, and end an own run."""
        if hasattr(model, "get_score"):
            found = model.attributes()
            best = {name: float(found[name]) for name in _BEST if name in found}
            if best:
                self.training.log(best)
            self._log_importance(model)
        self.training.end()
        return model

    def _log_importance(self, model: Any) -> None:
        learner = json.loads(model.save_config())["learner"]
        # A linear model has one weight a feature, or a list of them, one for each class.
        if learner["learner_train_param"]["booster"] != "gblinear":
            kinds = ("gain", "weight", "cover")
            columns = {kind: model.get_score(importance_type=kind) for kind in kinds}
            self.training.log_importance(columns, sort="gain")


def read_params(learner: Mapping[str, Any]) -> dict[str, Any]:
    """Return the params that a booster uses, with the defaults of those that were not given."""
    booster = learner["gradient_booster"]
    found = {
        "booster": learner["learner_train_param"]["booster"],
        "objective": learner["learner_train_param"]["objective"],
        "seed": learner["generic_param"]["seed"],
        **booster.get("tree_train_param", {}),
        **booster.get("linear_train_param", {}),
    }
    return {
        name: _value(text)
        for name, text in found.items()
        if name not in _ALIASES and text not in {"", "()"}
    }


def _value(text: str) -> Any:
    """Return a number that XGBoost wrote as text; its floats are of 32 bits."""
    for number in (int, shortest):
        try:
            return number(text)
        except ValueError:
            continue
    return text
