"""How a run ends when nobody says so: by an exception, or with the process."""

from __future__ import annotations

import atexit
import os
import sys

from runreport.tracking import exits, state
from runreport.tracking.complain import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TRACEBACK_LIMIT = 65_536
"""Most characters of a traceback that are kept: its end, where the error is."""

_watching: list[int] = []
"""Not empty once this process ends its open runs at exit."""


def watch() -> None:
    """From the first run on: end open runs at exit, and let forked children join them."""
    if _watching:
        return
    _watching.append(os.getpid())
    atexit.register(end_open_runs)
    exits.watch()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_join_after_fork)


def describe_end(error: BaseException | None) -> tuple[str, dict[str, Any] | None]:
    """Return the status and the error's record for a run that this exception ends."""
    if error is None or (isinstance(error, SystemExit) and error.code in {None, 0}):
        return "finished", None
    status = "killed" if isinstance(error, KeyboardInterrupt) else "failed"
    return status, describe_error(error)


def describe_error(error: BaseException) -> dict[str, Any]:
    """Return an exception's type, message and traceback as they are kept in the run record."""
    try:
        message = str(error)
    except Exception:
        message = "(its message cannot be shown)"
    if isinstance(error, SystemExit):
        message = f"exit {error.code}" if isinstance(error.code, int) else str(error.code)
    kind = type(error)
    module = "" if kind.__module__ in {"builtins", "__main__"} else f"{kind.__module__}."
    trace = _traceback(error)
    if len(trace) > TRACEBACK_LIMIT:
        kept = trace[-TRACEBACK_LIMIT:]
        trace = f"(the last {TRACEBACK_LIMIT:,} of {len(trace):,} characters)\n{kept}"
    return {"type": f"{module}{kind.__qualname__}", "message": message, "traceback": trace}


def _traceback(error: BaseException) -> str:
    try:
        import traceback
    except OSError:
        # No file can be opened any more.
        return ""
    return "".join(traceback.format_exception(error))


def end_open_runs() -> None:
    """End the runs that are open when the process ends, innermost first."""
    # Python leaves the exception that ends a script here. At a prompt it is only the last one
    # that was shown.
    error = None if hasattr(sys, "ps1") else exits.last() or getattr(sys, "last_value", None)
    for run in reversed(list(state.opened)):
        try:
            run.end(*describe_end(error))
        except Exception as failure:
            complain(f"{run.folder_name}: the run's end could not be written ({failure})")
    exits.forget()


def _join_after_fork() -> None:
    """Make the parent's open runs ones that this child writes to beside it."""
    for run in state.opened:
        run.after_fork()
    if state.opened:
        state.settings.inherited = state.opened[-1].folder_name
