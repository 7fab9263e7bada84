"""Wrap a training job in two calls: one mapping says all about the run, the end closes it.

For code that trains from one place, as a job runner or a base class of models:

    from runreport import log_metrics
    from runreport.training import (
        add_metrics_to_run, end_training_job, report_custom_metrics, start_training_job,
    )

    job = start_training_job({
        "experiment": "iris",
        "run_name": "forest",
        "params": {"test_size": 0.2},
        "tags": {"stage": "draft"},
        "user": "kim",
        "version": "1.0.0",
        "autolog": True,
        "report_metrics": True,
    })
    log_metrics({"loss": 0.1}, step=1)
    report_custom_metrics({"minutes": 3.5})
    end_training_job()

    # Days later, in another process:
    add_metrics_to_run(job.run_id, {"accuracy_on_XYZ": 0.98})
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from runreport.errors import LogError
from runreport.tracking import files, state
from runreport.tracking.amend import add_metrics_to_run, report_custom_metrics
from runreport.tracking.complain import complain
from runreport.tracking.fluent import end_run, start_run
from runreport.tracking.run import Run

__all__ = [
    "TrackingParams",
    "add_metrics_to_run",
    "end_training_job",
    "report_custom_metrics",
    "start_training_job",
]


class TrackingParams(TypedDict, total=False):
    """What `start_training_job` takes; every key may be left out."""

    experiment: str
    run_name: str
    params: Mapping[str, Any]
    tags: Mapping[str, Any]
    description: str
    """Markdown, added to the run's notes."""
    group: str
    """What runs of one configuration have in common, as over several seeds."""
    user: str
    source: str
    version: str
    root: str
    """The runs root."""
    autolog: bool | Mapping[str, Any]
    """Whether to record scikit-learn's fits during the job, or the arguments of `autolog`."""
    report_metrics: bool
    """Whether to draw the metrics of all the experiment's runs at the job's end."""
    system_metrics: bool
    """Whether to log CPU, memory, disk, network and GPUs in the background."""
    strict: bool
    """Whether a write that fails raises."""


_OURS = frozenset({"autolog", "system_metrics"})


def start_training_job(tracking_params: TrackingParams | Mapping[str, Any]) -> Run:
    """Start a run as ``tracking_params`` says and make it the active one.

    The script that runs is kept below ``artifacts/code``, and so is the file that makes this call.
    The run that is returned may be used in a ``with`` statement instead of `end_training_job`.

    Args:
        tracking_params: What to know of the run; see `TrackingParams` for the keys.

    Raises:
        LogError: A key is unknown, or a run is open already.
    """
    given = dict(tracking_params)
    _check_keys(given)
    passed = {key: value for key, value in given.items() if key not in _OURS and value is not None}
    run = start_run(log_system_metrics=given.get("system_metrics"), **passed)
    _keep_caller(run, Path(sys._getframe(1).f_code.co_filename))
    if given.get("autolog"):
        _autolog_until_end(run, given["autolog"])
    return run


def end_training_job(status: str = "finished", *, metrics: Mapping[str, Any] | None = None) -> None:
    """End the job's run; ``metrics`` are logged as its last line.

    Args:
        status: "finished", "failed" or "killed".
        metrics: Last values by name.

    Raises:
        LogError: No job is running.
    """
    run = state.current()
    if run is None:
        raise LogError("end_training_job: no job is running; call start_training_job first")
    if metrics:
        run.log_metrics(metrics)
    end_run(status)


def _check_keys(given: Mapping[str, Any]) -> None:
    known = TrackingParams.__annotations__
    unknown = [key for key in given if key not in known]
    if unknown:
        raise LogError(
            f"start_training_job: unknown key {unknown[0]!r} in tracking_params; "
            f"choose from {', '.join(sorted(known))}"
        )


def _keep_caller(run: Run, caller: Path) -> None:
    """Keep the file that started the job, which need not be the script that runs."""
    try:
        # A cell of a notebook or a prompt has no file.
        if run.role != "joined" and caller.is_file():
            files.log_code(caller)
    except (OSError, LogError) as error:
        complain(f"{run.folder}: the calling script could not be kept ({error})")


def _autolog_until_end(run: Run, options: Any) -> None:
    """Record fits during the job; what the user switched on before stays on after it."""
    from runreport import sklearn
    from runreport.sklearn import autologging

    was_on = autologging.is_on()
    sklearn.autolog(**(options if isinstance(options, Mapping) else {}))
    if not was_on:
        run.at_end.append(autologging.switch_off)
