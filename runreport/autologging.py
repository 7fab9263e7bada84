"""Switch on the recording of every framework that is installed and that runreport knows.

Of XGBoost and LightGBM, whose import takes a second, only those that the script has imported.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

from runreport.tracking.complain import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def autolog(  # noqa: PLR0913 - the arguments are MLflow's
    *,
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    log_traces: bool = True,  # noqa: ARG001
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,  # noqa: ARG001
    silent: bool = False,
    extra_tags: Mapping[str, Any] | None = None,
    exclude_flavors: Sequence[str] = (),
) -> None:
    """Record what the installed frameworks train from here on; see `runreport.sklearn.autolog`.

    Args:
        log_input_examples: Keep the first rows of the training data with the model.
        log_model_signatures: Keep what the model takes and returns.
        log_models: Keep the fitted model.
        log_datasets: Record the training data's digest and shape.
        log_traces: Taken for MLflow's sake; there are no traces.
        disable: Stop recording.
        exclusive: Leave runs alone that were not started by the framework's training.
        disable_for_unsupported_versions: Taken for MLflow's sake; no version is known to fail.
        silent: Do not tell what cannot be recorded.
        extra_tags: Tags for the runs that are started by the framework's training.
        exclude_flavors: Frameworks to leave alone, as ["sklearn"].
    """
    for name in ("xgboost", "lightgbm"):
        if name in sys.modules and name not in exclude_flavors:
            module = import_module(f"runreport.{name}")
            module.autolog(log_models=log_models, disable=disable, extra_tags=extra_tags)
    if "sklearn" in exclude_flavors:
        return
    if find_spec("sklearn") is None:
        if not silent:
            complain(
                "autolog: no framework that can be recorded is installed; "
                "for scikit-learn run: pip install scikit-learn matplotlib"
            )
        return
    from runreport import sklearn

    sklearn.autolog(
        log_input_examples=log_input_examples,
        log_model_signatures=log_model_signatures,
        log_models=log_models,
        log_datasets=log_datasets,
        disable=disable,
        exclusive=exclusive,
        silent=silent,
        extra_tags=extra_tags,
    )
