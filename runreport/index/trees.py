"""The state of folders: which files are in them, by their facts and by their content."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from runreport.layout import split_segment_name
from runreport.reading.listing import NUMBERS, Listing, facts_of, list_tree
from runreport.reading.seen import Seen

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


def files_of(listings: Iterable[Listing]) -> Iterator[File]:
    """Yield what listings have: each folder, then what lies in it."""
    for each in listings:
        if each.error:
            yield File(f"{each.below}?", 0, 0, 0, 0, 0, 0, 0, str(each.error.errno))
        odd = dict(text.split("\0", 1) for text in each.odd)
        for name in each.folders:
            yield File(f"{each.below}{name}/", 0, 0, 0, 0, 0, 0, 0)
        for place, name in enumerate(each.files):
            facts = each.numbers[place * NUMBERS : (place + 1) * NUMBERS]
            yield File._make((each.below + name, *facts, odd.get(name, "")))


def is_settled(listing: Listing, now_ns: int) -> bool:
    """Return whether a change after ``now_ns`` would show in the times of every file."""
    numbers = listing.numbers
    if not numbers or max(*numbers[1::NUMBERS], *numbers[2::NUMBERS]) + _COARSE < now_ns:
        return True
    times = zip(numbers[1::NUMBERS], numbers[2::NUMBERS], strict=True)
    return all(_is_settled(*each, now_ns) for each in times)


def _is_settled(mtime_ns: int, ctime_ns: int, now_ns: int) -> bool:
    margin = _FINE if mtime_ns % 1_000_000 else _COARSE
    return max(mtime_ns, ctime_ns) + margin < now_ns


def folder_content(folder: Path) -> str:
    """Return a hash of all files below a folder that few and small files lie in."""
    return _content_hash(_with_hashes(folder, files_of(list_tree(os.fspath(folder)))))


def look_at(folder: Path) -> Known:
    """Return a run folder's state before it is read."""
    now_ns = time.time_ns()
    listings = list(list_tree(os.fspath(folder)))
    hashed = tuple(_with_hashes(folder, files_of(listings)))
    settled = all(is_settled(each, now_ns) for each in listings)
    return Known(facts_of(listings), _content_hash(hashed), settled, hashed)


def facts_now(folder: Path | str) -> str:
    """Return the hash of a folder's facts, without opening any of its files."""
    return facts_of(list_tree(os.fspath(folder)))


class Look:
    """A run folder that is about to be read, and its state by what the reading has seen.

    A file of lines is hashed by whoever parses it: its hash stands for the very bytes that the run
    was made of. All others are hashed before they are read.
    """

    __slots__ = ("_files", "_folder", "_hashes", "_settled", "seen")

    def __init__(self, folder: Path) -> None:
        now_ns = time.time_ns()
        self.seen = Seen(os.fspath(folder))
        self._folder = folder
        self._settled = all(is_settled(each, now_ns) for each in self.seen.listings)
        self._files = list(files_of(self.seen.listings))
        others = (file for file in self._files if not _is_parsed(file))
        self._hashes = {file.path: sha256 for file, sha256 in _with_hashes(folder, others)}

    def known(self) -> Known | None:
        """Return the folder's state once it was read; None if it may not be what was read."""
        facts, hashes = facts_of(self.seen.listings), self.seen.hashes | self._hashes
        # A file that is refused, or has a hole, was not parsed to its end.
        late = [file for file in self._files if file.path not in hashes]
        hashes.update((file.path, sha256) for file, sha256 in _with_hashes(self._folder, late))
        if late and not self._settled:
            return None
        if (late or self._hashes) and facts_now(self._folder) != facts:
            return None
        hashed = tuple((file, hashes[file.path]) for file in self._files)
        return Known(facts, _content_hash(hashed), self._settled, hashed)


def _is_parsed(file: File) -> bool:
    return _is_hashed(file) and split_segment_name(file.path) is not None


def _is_hashed(file: File) -> bool:
    return stat.S_ISREG(file.mode) and file.size <= LARGEST


def _with_hashes(folder: Path, files: Iterable[File]) -> Iterator[tuple[File, str]]:
    for file in files:
        hashed = _is_hashed(file)
        yield file, _hash(os.path.join(folder, file.path)) if hashed else ""  # noqa: PTH118 - speed


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
