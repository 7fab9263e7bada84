"""The state of folders: which files are in them, by their facts and by their content."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

LARGEST: Final = 64_000_000
"""Bytes of a file whose content is compared; of a larger one, its time of change is."""

_COARSE: Final = 2_000_000_000
_FINE: Final = 100_000_000
"""Nanoseconds within which two changes of a file may carry one time, by the file system."""

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class File(NamedTuple):
    """One file below a folder, as the file system tells it."""

    path: str
    """Below the folder, joined with "/"."""
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    mode: int
    uid: int
    links: int
    target: str = ""
    """Of a symbolic link, what it leads to."""


class Known(NamedTuple):
    """The state of a run's folder when the run was read."""

    facts: str
    content: str
    settled: bool
    """Whether equal facts prove equal content; not so just after a file was written."""
    files: tuple[tuple[File, str], ...]
    """Each with the hash of its content, "" where it was not read."""


def list_files(folder: Path | str) -> Iterator[File]:
    """Yield what lies below a folder, in an order of its own that is always the same."""
    waiting = [("", os.fspath(folder))]
    while waiting:
        below, path = waiting.pop()
        try:
            with os.scandir(path) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            yield File(f"{below}?", 0, 0, 0, 0, 0, 0, 0, str(error.errno))
            continue
        for entry in entries:
            # Who may list a folder shows when it is listed, and asking costs a third of the time.
            if entry.is_dir(follow_symlinks=False):
                yield File(f"{below}{entry.name}/", 0, 0, 0, 0, 0, 0, 0)
                waiting.append((f"{below}{entry.name}/", entry.path))
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield File(below + entry.name, 0, 0, 0, 0, 0, 0, 0, str(error.errno))
                continue
            yield File(
                below + entry.name,
                found.st_size,
                found.st_mtime_ns,
                found.st_ctime_ns,
                found.st_ino,
                found.st_mode,
                found.st_uid,
                found.st_nlink,
                _target(entry) if stat.S_ISLNK(found.st_mode) else "",
            )


def _target(entry: os.DirEntry[str]) -> str:
    """Return where a link leads, and the facts of what is there now."""
    try:
        text = os.readlink(entry.path)  # noqa: PTH115 - as it stands there
        found = entry.stat()
    except OSError as error:
        return f"? {error.errno}"
    return f"{text} {found.st_mode} {found.st_size} {found.st_mtime_ns} {found.st_ino}"


def facts_of(files: Iterable[tuple[object, ...]]) -> str:
    """Return a hash of all facts."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(repr(tuple(file)).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def is_settled(files: Iterable[File], now_ns: int) -> bool:
    """Return whether a change after ``now_ns`` would show in every file's times."""
    return all(_is_settled(file, now_ns) for file in files)


def _is_settled(file: File, now_ns: int) -> bool:
    margin = _FINE if file.mtime_ns % 1_000_000 else _COARSE
    return max(file.mtime_ns, file.ctime_ns) + margin < now_ns or not file.links


def folder_content(folder: Path) -> str:
    """Return a hash of all files below a folder that few and small files lie in."""
    return _content_hash(_with_hashes(folder, list_files(folder)))


def look_at(folder: Path) -> Known:
    """Return a run folder's state before it is read."""
    files = list(list_files(folder))
    now_ns = time.time_ns()
    hashed = tuple(_with_hashes(folder, files))
    return Known(facts_of(files), _content_hash(hashed), is_settled(files, now_ns), hashed)


def facts_now(folder: Path) -> str:
    """Return the hash of a folder's facts, without opening any of its files."""
    return facts_of(list_files(folder))


def _with_hashes(folder: Path, files: Iterable[File]) -> Iterator[tuple[File, str]]:
    for file in files:
        small = stat.S_ISREG(file.mode) and file.size <= LARGEST
        yield file, _hash(os.path.join(folder, file.path)) if small else ""  # noqa: PTH118 - speed


def _hash(path: str) -> str:
    try:
        handle = os.open(path, _FLAGS)
    except OSError:
        return "unreadable"
    digest = hashlib.sha256()
    try:
        while block := os.read(handle, 1 << 20):
            digest.update(block)
    except OSError:
        return "unreadable"
    finally:
        os.close(handle)
    return digest.hexdigest()


def _content_hash(files: Iterable[tuple[File, str]]) -> str:
    """Return a hash of what a reader can see: names, kinds, rights, bytes; not of times."""
    digest = hashlib.sha256()
    for file, content in files:
        seen = (file.path, file.size, file.mode, file.uid, min(file.links, 2), file.target, content)
        time_of_large = file.mtime_ns if not content and stat.S_ISREG(file.mode) else 0
        digest.update(repr((*seen, time_of_large)).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
