"""Whether a run that declares "running" still runs: only if its writer can be thought alive."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Final

import numpy as np

from runreport.layout import INTERRUPTED
from runreport.records import RunRecord

STALE_AFTER: Final = 3600.0
"""Seconds without a sign of life after which a run on another machine counts as interrupted."""

_RUNNING: Final = "running"
# Clocks of lines and of the kernel differ a little.
_TOLERANCE: Final = 5.0


def resolve_status(record: RunRecord, *, now: float, stale_after: float = STALE_AFTER) -> str:
    """Return the declared status, or "interrupted" for a running run without a living writer.

    On the writer's own machine its process has to exist, and has to be older than the run's last
    line: process numbers are used again. Elsewhere the last line has to be younger than
    ``stale_after`` seconds.
    """
    if record.status != _RUNNING:
        return record.status
    sign = last_sign_of_life(record)
    if record.pid is not None and record.host and record.host == socket.gethostname():
        alive = is_alive(record.pid, not_after=sign)
        if alive is not None:
            return _RUNNING if alive else INTERRUPTED
    return _RUNNING if sign is not None and now - sign <= stale_after else INTERRUPTED


def last_sign_of_life(record: RunRecord) -> float | None:
    """Return the time of a run's latest line, seconds since the epoch; None if no line has one."""
    times = [record.started, *(change.time for change in record.changes)]
    times += [
        float(np.nanmax(history.times))
        for history in (*record.histories, *record.system)
        if not np.isnan(history.times).all()
    ]
    return max((time for time in times if time is not None), default=None)


def is_alive(pid: int, *, not_after: float | None) -> bool | None:
    """Tell whether a process of this machine exists and began by ``not_after``; None: unknown."""
    if pid <= 0:
        return False
    began = _began(pid)
    if began is None:
        return _exists(pid)
    if began < 0:
        return False
    return not_after is None or began <= not_after + _TOLERANCE


def _began(pid: int) -> float | None:
    """Return when a process began, -1 if there is none, None if the system does not tell."""
    if not Path("/proc/self/stat").exists():
        return _began_by_psutil(pid)
    try:
        # The name in parentheses may hold anything, spaces and parentheses too.
        after_name = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2]
        boot = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text().splitlines()
            if line.startswith("btime ")
        )
    except (OSError, StopIteration):
        return -1.0
    words = after_name.split()
    if words[0] in ("Z", "X"):
        return -1.0
    return boot + int(words[19]) / os.sysconf("SC_CLK_TCK")


def _began_by_psutil(pid: int) -> float | None:
    try:
        # Stubs exist, and are not installed everywhere.
        import psutil  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return None
    try:
        began: float = psutil.Process(pid).create_time()
    except psutil.Error:
        return -1.0
    return began


def _exists(pid: int) -> bool | None:
    # On Windows os.kill ends the process, whatever the signal.
    if os.name == "nt":
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
