"""Create files that no other process has, on every system, so that a power cut leaves them."""

from __future__ import annotations

import os
import time
from contextlib import suppress

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
for _name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NOINHERIT", "O_BINARY"):
    # Each system has some of them; none has all.
    _FLAGS |= getattr(os, _name, 0)


def create(path: str) -> int:
    """Create a file to append to; FileExistsError where there is one, or a link."""
    return os.open(path, _FLAGS, 0o666)


def mark(now: float) -> str:
    """Return a further segment's mark: its time to the microsecond and 8 random hex digits."""
    micros = int(now * 1_000_000) % 1_000_000
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}{micros:06d}Z-{os.urandom(4).hex()}"


def sync_folder(folder: str) -> None:
    """Make a folder's new names survive a power cut, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def close_quietly(fd: int) -> None:
    """Close a descriptor that nothing depends on: a child's copy, or a file that is gone."""
    with suppress(OSError):
        os.close(fd)
