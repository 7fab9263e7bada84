"""Record what XGBoost trains, under the names of MLflow's module."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["autolog"]


def autolog(
    *,
    log_models: bool = True,
    disable: bool = False,
    extra_tags: Mapping[str, Any] | None = None,
    **others: object,
) -> None:
    """Record every `xgboost.train`, and every fit of XGBoost's estimators, from here on.

    It is recorded as by `runreport.frameworks.xgboost.RunReportCallback`: in the active run, else
    in one of its own. A training that is given that callback is left to it.

    Args:
        log_models: Keep the trained model, as ``model/model.ubj``.
        disable: Stop recording.
        extra_tags: Tags for the runs that are started by a training.
        others: MLflow's further arguments are taken, and change nothing.
    """
    from runreport import boosting

    boosting.check_others("xgboost", others)
    if disable:
        boosting.unhook("xgboost")
    else:
        boosting.record("xgboost", "model.ubj" if log_models else None, extra_tags)
