"""The runs that are open in this process, and what is set for the ones to come.

Each thread has its own stack of runs. A thread without one logs to the innermost run of the main
thread; only where that has none, to the run that was opened last.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager

from runreport.layout import FOLDER_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runreport.tracking.run import Run

RUN_VARIABLE = "RUNREPORT_RUN"
"""Environment variable: the folder of the run that this process's children join."""
EXPERIMENT_VARIABLE = "RUNREPORT_EXPERIMENT"
USER_VARIABLE = "RUNREPORT_USER"

DEFAULT_ROOT = "runs"
DEFAULT_EXPERIMENT = "default"


class _Stack(threading.local):
    """One thread's open runs, innermost last."""

    def __init__(self) -> None:
        self.runs: list[Run] = []


class _Settings:
    """What `set_experiment` and `set_tracking_uri` set, and the run that ended last."""

    experiment: str | None = None
    root: str | None = None
    system_metrics: bool | None = None
    last: Run | None = None
    inherited: str = os.environ.get(RUN_VARIABLE, "")
    """The parent process's run, to be joined by this one; "" when there is none."""


settings = _Settings()
opened: list[Run] = []
"""Every open run of this process, in order of opening."""
_stack = _Stack()
_of_main: list[Run] = []
"""The open runs that the main thread opened."""


def current() -> Run | None:
    """Return the run that log calls of this thread go to, or None."""
    runs = _stack.runs or _of_main or opened
    return runs[-1] if runs else None


def innermost() -> Run | None:
    """Return the run that this thread opened last and has not ended, or None."""
    return _stack.runs[-1] if _stack.runs else None


def outer() -> Run | None:
    """Return the run that a nested one is started below: this thread's, else the main thread's."""
    runs = _stack.runs or _of_main
    return runs[-1] if runs else None


def find_open(run_id: str) -> Run | None:
    """Return the open run of this process with that id, or None."""
    return next((run for run in opened if run.run_id == run_id), None)


def push(run: Run) -> None:
    """Make a run the innermost one, and the one that child processes join."""
    run.threads_runs = _stack.runs
    _stack.runs.append(run)
    opened.append(run)
    if threading.current_thread() is threading.main_thread():
        _of_main.append(run)
    settings.last = run
    os.environ[RUN_VARIABLE] = run.folder_name


def drop(run: Run) -> None:
    """Forget a run that has ended."""
    if run not in opened:
        return
    for runs in (opened, _of_main, run.threads_runs):
        if run in runs:
            runs.remove(run)
    settings.last = run
    outer = opened[-1].folder_name if opened else settings.inherited
    if outer:
        os.environ[RUN_VARIABLE] = outer
    else:
        os.environ.pop(RUN_VARIABLE, None)


@contextmanager
def active(run: Run) -> Iterator[None]:
    """Let this thread's log calls go to a run that is not opened for that."""
    _stack.runs.append(run)
    try:
        yield
    finally:
        if run in _stack.runs:
            _stack.runs.remove(run)


def root() -> str:
    """Return the runs root: what was set, else `RUNREPORT_DIR`, else ``runs``."""
    return settings.root or os.environ.get(FOLDER_VARIABLE) or DEFAULT_ROOT


def experiment() -> str:
    """Return the experiment of new runs: what was set, else `RUNREPORT_EXPERIMENT`."""
    return settings.experiment or os.environ.get(EXPERIMENT_VARIABLE) or DEFAULT_EXPERIMENT
