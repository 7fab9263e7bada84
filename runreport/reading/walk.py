"""Search a tree for run folders; links are not followed, artifacts are not searched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from runreport.layout import ARTIFACTS, METRICS, RUN, split_segment_name
from runreport.records import Finding

SITE: Final = "runreport-site.json"
"""The manifest in a folder that is a site: what it publishes are not runs."""

_STREAMS: Final = frozenset({RUN, METRICS})


def find_run_folders(root: Path) -> Iterator[Path | Finding]:
    """Yield folders that hold lines of a run or of metrics, parents first, sorted by name.

    Folders whose name begins with a dot are left out, as shells and ``git`` leave them out.
    """
    waiting = [os.fspath(root)]
    while waiting:
        path = waiting.pop()
        try:
            with os.scandir(path) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            text = f"cannot be listed: {error.strerror}; give it read permission or exclude it"
            yield Finding("warning", _place(path, root), text)
            continue
        if any(entry.name == SITE for entry in entries):
            continue
        is_run = any(map(_is_run_file, entries))
        if is_run:
            yield Path(path)
        below = [entry for entry in entries if not _is_passed_over(entry, is_run=is_run)]
        yield from _link_findings(below, root)
        folders = [entry.path for entry in below if entry.is_dir(follow_symlinks=False)]
        waiting += reversed(folders)


def _is_passed_over(entry: os.DirEntry[str], *, is_run: bool) -> bool:
    return entry.name.startswith(".") or (is_run and entry.name == ARTIFACTS)


def _link_findings(entries: Iterable[os.DirEntry[str]], root: Path) -> Iterator[Finding]:
    for entry in entries:
        # A link may lead to itself, or to where nobody may look.
        if entry.is_symlink() and os.path.isdir(entry.path):  # noqa: PTH112
            text = "a link to a folder is not followed; give its target as a source"
            yield Finding("note", _place(entry.path, root), text)


def _is_run_file(entry: os.DirEntry[str]) -> bool:
    split = split_segment_name(entry.name)
    return split is not None and split[0] in _STREAMS and not entry.is_dir(follow_symlinks=False)


def _place(path: str, root: Path) -> str:
    below = Path(path).relative_to(root).as_posix()
    return root.name if below == "." else below
