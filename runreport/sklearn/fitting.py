"""Which fits are worth a record, and what they were fitted on."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from runreport.sklearn.metrics import TrainingData
from runreport.sklearn.patching import FitCall

_ANSWERS = ("predict", "fit_predict", "score_samples", "score")

EXAMPLE_ROWS = 5


def is_called_by_sklearn() -> bool:
    """Tell whether scikit-learn itself made the call: a pipeline, a search, a cross-validation.

    The stack knows it in threads, too, where a mark set by the outer fit would not be seen.
    """
    frame = sys._getframe(1).f_back
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("sklearn."):
            return True
        frame = frame.f_back
    return False


def is_worth_a_run(estimator: Any) -> bool:
    """Tell whether an estimator answers or scores; one that only prepares data does not."""
    return any(hasattr(estimator, name) for name in _ANSWERS)


def training_data(call: FitCall) -> TrainingData:
    """Return what an estimator is fitted on, under whatever names it has."""
    signature = inspect.signature(call.original)
    given = signature.bind(call.estimator, *call.args, **call.kwargs).arguments
    named = dict(given)
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            named |= named.pop(parameter.name, {})
    values = list(given.values())
    features = values[1] if len(values) > 1 else None
    return TrainingData(features, named.get("y", named.get("Y")), _weight(call.estimator, named))


def example_rows(features: Any) -> pd.DataFrame | np.ndarray[Any, Any] | None:
    """Return the first rows of a table or an array, None of anything else."""
    if isinstance(features, pd.DataFrame):
        return features.iloc[:EXAMPLE_ROWS].copy()
    if isinstance(features, np.ndarray) and features.ndim > 0:
        return features[:EXAMPLE_ROWS].copy()
    return None


def _weight(estimator: Any, named: Mapping[str, Any]) -> Any:
    steps = getattr(estimator, "steps", None)
    # A pipeline hands its last step what is named after it.
    last = f"{steps[-1][0]}__sample_weight" if steps else ""
    return named.get("sample_weight", named.get(last))
