"""Settings for the runs to come, under MLflow's names."""

from __future__ import annotations

import os

from runreport.errors import LogError
from runreport.layout import FOLDER_VARIABLE
from runreport.tracking import state


def enable_system_metrics_logging() -> None:
    """Log CPU, memory, disk, network and GPUs beside every run from here on."""
    from runreport.tracking import system

    system.check()
    state.settings.system_metrics = True


def disable_system_metrics_logging() -> None:
    """Log the machine's load only where `start_run` asks for it."""
    state.settings.system_metrics = None


def set_system_metrics_sampling_interval(interval: float | None) -> None:
    """Set the seconds between two looks at the machine; None goes back to 10."""
    from runreport.tracking.system import INTERVAL_VARIABLE

    if interval is None:
        os.environ.pop(INTERVAL_VARIABLE, None)
        return
    if not float(interval) > 0:
        raise LogError(f"system metrics: {interval!r} is no interval; give seconds, as 10")
    os.environ[INTERVAL_VARIABLE] = str(float(interval))


def is_tracking_uri_set() -> bool:
    """Tell whether the runs root was set, by a call or by `RUNREPORT_DIR`."""
    return bool(state.settings.root or os.environ.get(FOLDER_VARIABLE))


def flush_async_logging() -> None:
    """Do nothing: every line is written before the call that logs it returns."""


def flush_artifact_async_logging() -> None:
    """Do nothing: every artifact is written before the call that logs it returns."""
