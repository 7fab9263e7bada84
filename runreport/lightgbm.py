"""Record what LightGBM trains, under the names of MLflow's module."""

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
    """Record every `lightgbm.train`, and every fit of LightGBM's estimators, from here on.

    It is recorded as by `runreport.frameworks.lightgbm.RunReportCallback`: in the active run, else
    in one of its own. A training that is given that callback is left to it.

    Args:
        log_models: Keep the trained model, as ``model/model.txt``.
        disable: Stop recording.
        extra_tags: Tags for the runs that are started by a training.
        others: MLflow's further arguments are taken, and change nothing.
    """
    from runreport import boosting

    boosting.check_others("lightgbm", others)
    if disable:
        boosting.unhook("lightgbm")
    else:
        boosting.record("lightgbm", "model.txt" if log_models else None, extra_tags)
