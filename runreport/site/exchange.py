"""Put a finished folder in another's place, so that a reader finds one of the two at any moment."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2
_UNSUPPORTED: Final = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}


def exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one step; return False where the system cannot (only Linux can)."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    result = renameat2(
        _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE
    )
    if result == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(second))


def put_in_place(new: Path, target: Path, old: Path, *, swap: bool = True) -> None:
    """Make ``new`` the ``target``; what was there before is then ``new`` or ``old``.

    Without the one-step exchange there is a moment when ``target`` is missing; `recover` mends
    what a stop at that moment leaves.
    """
    if not target.exists():
        new.rename(target)
    elif not (swap and exchange(new, target)):
        target.rename(old)
        new.rename(target)
    sync_folder(target.parent)


def recover(target: Path, old: Path) -> None:
    """Put the old site back when a build was stopped between the two renames."""
    if old.is_dir() and not target.exists():
        old.rename(target)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system offers that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        # Some network file systems refuse to sync a folder; the rename is done all the same.
        pass
    finally:
        os.close(handle)


def sync_files(files: list[Path], folder: Path) -> None:
    """Make files below ``folder`` last through a power cut; many are synced by one call."""
    if len(files) > 200 and _sync_file_system(folder):
        return
    for file in files:
        handle = os.open(file, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    for parent in sorted({file.parent for file in files}):
        sync_folder(parent)


def _sync_file_system(folder: Path) -> bool:
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError, TypeError):
        return False
    handle = os.open(folder, os.O_RDONLY)
    try:
        return bool(syncfs(handle) == 0)
    finally:
        os.close(handle)
