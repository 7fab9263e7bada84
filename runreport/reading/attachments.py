"""What lies beside a run's lines: artifacts, notes, console log; read without following a link."""

from __future__ import annotations

import os
import stat
from typing import Final, Literal

from runreport.errors import ReadError
from runreport.reading.folders import Folder
from runreport.records import Artifact, Console, Finding

CONSOLE_PART: Final = 64_000
"""Bytes of the console log's head, and of its tail."""

MAX_NOTES: Final = 1_000_000
"""Bytes of a README.md that are read."""

MAX_ARTIFACTS: Final = 20_000
"""Files of one run that are listed."""


def list_artifacts(folder: Folder, name: str, place: str) -> tuple[list[Artifact], list[Finding]]:
    """Return the files below a folder, sorted by path, and what could not be looked at."""
    found: list[Artifact] = []
    findings: list[Finding] = []
    # A list of folders still to be listed, as a chain of links could exhaust the call stack.
    waiting: list[tuple[str, ...]] = [(name,)]
    while waiting:
        parts = waiting.pop()
        try:
            with folder.walk_to(parts) as below:
                waiting += [(*parts, below_it) for below_it in _list_one(below, parts[1:], found)]
        except (OSError, ReadError) as error:
            text = f"cannot be listed: {_why(error)}"
            findings.append(Finding("warning", "/".join((place, *parts)), text))
    found.sort(key=lambda artifact: artifact.path)
    if len(found) > MAX_ARTIFACTS:
        text = f"{MAX_ARTIFACTS:,} of {len(found):,} files are listed; pack them into fewer files"
        findings.append(Finding("warning", f"{place}/{name}", text))
    return found[:MAX_ARTIFACTS], findings


def _list_one(folder: Folder, parts: tuple[str, ...], found: list[Artifact]) -> list[str]:
    """Add a folder's files to ``found`` and return the names of the folders in it."""
    below = []
    for entry in folder.entries():
        path = "/".join((*parts, entry.name))
        mode = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(mode.st_mode):
            below.append(entry.name)
        else:
            found.append(Artifact(path, mode.st_size, _kind(mode.st_mode)))
    return below


def _kind(mode: int) -> Literal["file", "link", "other"]:
    if stat.S_ISREG(mode):
        return "file"
    return "link" if stat.S_ISLNK(mode) else "other"


def read_notes(folder: Folder, name: str) -> tuple[str, str]:
    """Return a Markdown file's text and what of it is left out, "" if nothing is.

    Bytes that are not UTF-8 show as U+FFFD.
    """
    with folder.open_file(name) as (descriptor, size):
        text = _decoded(_read(descriptor, 0, min(size, MAX_NOTES)))
    if size <= MAX_NOTES:
        return text, ""
    return text, f"{MAX_NOTES:,} of {size:,} bytes are read; keep the rest in an artifact"


def read_console(folder: Folder, name: str) -> Console:
    """Return the head and the tail of a log; a tail begins at a line's start."""
    with folder.open_file(name) as (descriptor, size):
        if size <= 2 * CONSOLE_PART:
            return Console(_settled(_decoded(_read(descriptor, 0, size))), "", size)
        head = _read(descriptor, 0, CONSOLE_PART)
        tail = _read(descriptor, size - CONSOLE_PART, CONSOLE_PART)
        head = head[: head.rfind(b"\n") + 1] or head
        tail = tail[tail.find(b"\n") + 1 :]
        return Console(_settled(_decoded(head)), _settled(_decoded(tail)), size)


def _settled(text: str) -> str:
    """Return what stands on a terminal in the end: of a progress bar its last state."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _read(descriptor: int, start: int, size: int) -> bytes:
    os.lseek(descriptor, start, os.SEEK_SET)
    parts = []
    while size > 0 and (part := os.read(descriptor, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _decoded(data: bytes) -> str:
    return data.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or str(error)
