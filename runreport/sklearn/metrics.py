"""How well an estimator does on the data it was fitted on; the metrics' names are MLflow's."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.base import is_classifier, is_regressor
from sklearn.utils.multiclass import type_of_target

PREFIX = "training_"


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What an estimator was fitted on; an absent target or weight is None."""

    X: Any
    y: Any = None
    sample_weight: Any = None


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """How often each class was taken for which: a row a true class, a column a predicted one."""

    labels: tuple[str, ...]
    counts: NDArray[np.float64]


@dataclass(slots=True)
class Evaluation:
    """The training metrics that could be computed, and why others could not."""

    metrics: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    confusion: ConfusionMatrix | None = None

    def measure(self, name: str, compute: Callable[[], Any]) -> None:
        """Add one metric; one that fails is kept as a failure, one without meaning left out."""
        try:
            value = float(compute())
        except Exception as error:
            self.failures[PREFIX + name] = f"{type(error).__name__}: {error}"
            return
        # scikit-learn answers NaN where the data do not define the metric, as for one class only.
        if not math.isnan(value):
            self.metrics[PREFIX + name] = value


def evaluate_training(
    estimator: Any, data: TrainingData, *, pos_label: object = None
) -> Evaluation:
    """Return a fitted classifier's or regressor's training metrics; nothing without a target.

    With ``pos_label``, precision, recall and f1 are those of this one class, else averages of all
    classes weighted by their share of the data.
    """
    evaluation = Evaluation()
    if data.y is None:
        return evaluation
    with warnings.catch_warnings():
        # What scikit-learn has to say of metrics that nobody asked for would only puzzle.
        warnings.simplefilter("ignore")
        if hasattr(estimator, "predict"):
            _measure_predictions(evaluation, estimator, data, pos_label)
        if hasattr(estimator, "score"):
            evaluation.measure("score", partial(_score, estimator, data))
    return evaluation


def _measure_predictions(
    evaluation: Evaluation, estimator: Any, data: TrainingData, pos_label: object
) -> None:
    if is_regressor(estimator):
        _measure_regression(evaluation, data, estimator.predict(data.X))
    elif is_classifier(estimator):
        target = type_of_target(data.y)
        # No classification metric of scikit-learn takes several outputs of many classes.
        if target == "multiclass-multioutput":
            return
        _measure_classes(evaluation, estimator, data, pos_label)
        if hasattr(estimator, "predict_proba"):
            _measure_probabilities(evaluation, estimator, data, target)


def _measure_regression(evaluation: Evaluation, data: TrainingData, predicted: Any) -> None:
    compared: dict[str, Callable[..., Any]] = {
        "mean_squared_error": metrics.mean_squared_error,
        "mean_absolute_error": metrics.mean_absolute_error,
        "r2_score": metrics.r2_score,
    }
    for name, function in compared.items():
        evaluation.measure(
            name, partial(function, data.y, predicted, sample_weight=data.sample_weight)
        )
    squared = evaluation.metrics.get(PREFIX + "mean_squared_error")
    if squared is not None:
        evaluation.measure("root_mean_squared_error", partial(math.sqrt, squared))


def _measure_classes(
    evaluation: Evaluation, estimator: Any, data: TrainingData, pos_label: object
) -> None:
    predicted = estimator.predict(data.X)
    weight = {"sample_weight": data.sample_weight}
    averaged: dict[str, Any] = {"average": "weighted", "zero_division": 0, **weight}
    if pos_label is not None:
        averaged |= {"average": "binary", "pos_label": pos_label}
    compared: dict[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
        "accuracy_score": (metrics.accuracy_score, weight),
        "precision_score": (metrics.precision_score, averaged),
        "recall_score": (metrics.recall_score, averaged),
        "f1_score": (metrics.f1_score, averaged),
    }
    for name, (function, options) in compared.items():
        evaluation.measure(name, partial(function, data.y, predicted, **options))
    evaluation.confusion = _confusion(estimator, data, predicted)


def _confusion(estimator: Any, data: TrainingData, predicted: Any) -> ConfusionMatrix | None:
    classes = np.asarray(getattr(estimator, "classes_", None))
    if np.ndim(predicted) != 1 or classes.ndim != 1:
        return None
    counts = metrics.confusion_matrix(
        data.y, predicted, labels=classes, sample_weight=data.sample_weight
    )
    return ConfusionMatrix(tuple(map(str, classes)), counts.astype(float))


def _measure_probabilities(
    evaluation: Evaluation, estimator: Any, data: TrainingData, target: str
) -> None:
    chances = estimator.predict_proba(data.X)
    weight = data.sample_weight
    if target == "multilabel-indicator":
        # A forest gives one array a label, other estimators one column a label.
        if isinstance(chances, list):
            chances = np.column_stack([of_label[:, 1] for of_label in chances])
        compute = partial(metrics.roc_auc_score, data.y, chances, average="weighted")
        evaluation.measure("roc_auc", partial(compute, sample_weight=weight))
        return
    classes = estimator.classes_
    evaluation.measure(
        "log_loss",
        partial(metrics.log_loss, data.y, chances, labels=classes, sample_weight=weight),
    )
    compute = partial(metrics.roc_auc_score, data.y, average="weighted")
    if len(classes) == 2:
        evaluation.measure("roc_auc", partial(compute, chances[:, 1], sample_weight=weight))
    elif len(classes) > 2 and weight is None:
        # One class against one other has no weighted form in scikit-learn.
        evaluation.measure("roc_auc", partial(compute, chances, multi_class="ovo", labels=classes))


def _score(estimator: Any, data: TrainingData) -> Any:
    known = inspect.signature(estimator.score).parameters
    if data.sample_weight is not None and "sample_weight" in known:
        return estimator.score(data.X, data.y, sample_weight=data.sample_weight)
    return estimator.score(data.X, data.y)
