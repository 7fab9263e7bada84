"""Write to runs that this process has not opened, each by one writer however often it is named."""

from __future__ import annotations

import atexit
from contextlib import contextmanager
from threading import Lock

from runreport.tracking import state
from runreport.tracking.amend import reopen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from runreport.tracking.run import Run

_AT_MOST = 64
"""Writers that are kept open; each has up to two files."""

_writers: dict[str, Run] = {}
_lock = Lock()


def writer(run_id: str) -> Run:
    """Return the run of that id if it is open here, else a further writer of it."""
    opened = state.find_open(run_id)
    if opened is not None:
        return opened
    with _lock:
        known = _writers.pop(run_id, None)
        if known is None or known.status != "running":
            known = reopen(run_id)
        _keep(run_id, known)
        return known


def keep(run: Run) -> None:
    """Keep the writer of a run that was made without being made active."""
    with _lock:
        _keep(run.run_id, run)


def forget(run_id: str) -> None:
    """Drop a run's writer, which has been ended."""
    with _lock:
        _writers.pop(run_id, None)


@contextmanager
def active(run_id: str) -> Iterator[Run]:
    """Make a run the one that this thread logs to for a while."""
    run = writer(run_id)
    with state.active(run):
        yield run


def _keep(run_id: str, run: Run) -> None:
    """Put a writer last, and close the one that was not asked for longest."""
    if not _writers:
        atexit.register(_close_all)
    _writers[run_id] = run
    if len(_writers) > _AT_MOST:
        oldest = next((each for each, kept in _writers.items() if kept.role != "first"), None)
        if oldest is not None:
            _writers.pop(oldest).end()


def _close_all() -> None:
    """Close the files when the process ends; a run that was only made is not ended by that."""
    atexit.unregister(_close_all)
    for run in list(_writers.values()):
        run.close()
    _writers.clear()
