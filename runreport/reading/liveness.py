"""Whether a run that declares "running" still runs: only if its writer can be thought alive."""

from __future__ import annotations

import math
import os
import socket
from pathlib import Path
from typing import Final, NamedTuple

from runreport.layout import INTERRUPTED
from runreport.records import RunRecord

STALE_AFTER: Final = 3600.0
"""Seconds without a sign of life after which a run on another machine counts as interrupted."""

_RUNNING: Final = "running"
# Clocks of lines and of the kernel differ a little.
_TOLERANCE: Final = 5.0


class Writer(NamedTuple):
    """What tells whether a running run still runs, whatever else is in it."""

    host: str
    pid: int | None
    sign: float | None
    """The last sign of life, seconds since the epoch."""


def resolve_status(record: RunRecord, *, now: float, stale_after: float = STALE_AFTER) -> str:
    """Return the declared status, or "interrupted" for a running run without a living writer.

    On the writer's own machine its process has to exist, and has to be older than the run's last
    line: process numbers are used again. Elsewhere the last line has to be younger than
    ``stale_after`` seconds.
    """
    writer = writer_of(record)
    if writer is None:
        return record.status
    return status_by(writer, now=now, stale_after=stale_after)


def writer_of(record: RunRecord) -> Writer | None:
    """Return the writer of a run that declares to be running; None for any other."""
    if record.status != _RUNNING:
        return None
    return Writer(record.host, record.pid, last_sign_of_life(record))


def status_by(writer: Writer, *, now: float, stale_after: float = STALE_AFTER) -> str:
    """Return "running" when the writer can be thought alive, else "interrupted"."""
    if writer.pid is not None and writer.host and writer.host == socket.gethostname():
        alive = is_alive(writer.pid, not_after=writer.sign)
        if alive is not None:
            return _RUNNING if alive else INTERRUPTED
    age = math.inf if writer.sign is None else now - writer.sign
    return _RUNNING if age <= stale_after else INTERRUPTED


def last_sign_of_life(record: RunRecord) -> float | None:
    """Return the time of a run's latest line, seconds since the epoch; None if no line has one."""
    import numpy as np  # what is known to be unchanged is looked at without it

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
