"""Single files of a site: made with the mode that a host needs, or kept from the old site."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Final

MODE: Final = 0o644

# What only POSIX, or only Windows, has is 0 elsewhere.
_SAFE: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ: Final = os.O_RDONLY | _SAFE | getattr(os, "O_NONBLOCK", 0)
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE


def create(path: str | Path, content: bytes) -> None:
    """Write a file that must not exist yet, readable for all whatever the umask."""
    handle = os.open(path, _CREATE, MODE)
    try:
        has_mode = os.fstat(handle).st_mode & 0o777 == MODE
        write_all(handle, content)
    finally:
        os.close(handle)
    if not has_mode:
        os.chmod(path, MODE)  # noqa: PTH101 - tens of thousands


def write_all(handle: int, content: bytes) -> None:
    """Write to an open file, which may take less than all at a time."""
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def open_kept(site: Path, path: str, size: int) -> BufferedReader | None:
    """Open a file of the old site when it is still as a build leaves it; otherwise None."""
    try:
        handle = os.open(site / path, _READ)
    except OSError:
        return None
    facts = os.fstat(handle)
    if stat.S_ISREG(facts.st_mode) and facts.st_mode & 0o777 == MODE and facts.st_size == size:
        return BufferedReader(FileIO(handle))
    os.close(handle)
    return None


def holds(site: Path, path: str, content: bytes) -> bool:
    """Return whether the old site has just these bytes at ``path``."""
    file = open_kept(site, path, len(content))
    if file is None:
        return False
    with file:
        return file.read() == content


def hash_kept(site: Path, path: str, size: int) -> str:
    """Return the hash of a file of the old site; "" when it is not as a build leaves it."""
    file = open_kept(site, path, size)
    if file is None:
        return ""
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def link(old: Path, new: Path) -> None:
    """Give a file a second name, or a copy with its times where there are no hard links."""
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(old, new, follow_symlinks=False)
