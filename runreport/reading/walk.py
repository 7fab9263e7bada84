"""Search a tree for run folders; links are not followed, artifacts are not searched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from runreport.layout import ARTIFACTS, METRICS, RUN, segment_name, split_segment_name
from runreport.reading.listing import Listing, Tree
from runreport.records import Finding

SITE: Final = "runreport-site.json"
"""The manifest in a folder that is a site: what it publishes are not runs."""

_USUAL: Final = frozenset({segment_name(RUN), segment_name(METRICS)})
_STREAMS: Final = frozenset({RUN, METRICS})


def find_run_folders(root: Path) -> Iterator[Path | Finding]:
    """Yield folders that hold lines of a run or of metrics, parents first, sorted by name.

    Folders whose name begins with a dot are left out, as shells and ``git`` leave them out.
    """
    return (each if isinstance(each, Finding) else Path(each) for each in _walk(root, _names))


def find_listed_folders(root: Path, tree: Tree) -> Iterator[str | Finding]:
    """Yield what `find_run_folders` does, as texts, of a tree that has been listed."""
    return _walk(root, tree.folder)


def _walk(root: Path, list_folder: Callable[[str], Listing]) -> Iterator[str | Finding]:
    waiting = [os.fspath(root)]
    while waiting:
        path = waiting.pop()
        found = list_folder(path)
        if found.error is not None:
            text = (
                f"cannot be listed: {found.error.strerror}; give it read permission or exclude it"
            )
            yield Finding("warning", _place(path, root), text)
            continue
        if SITE in found.files:
            continue
        is_run = any(map(_is_run_file, found.files))
        if is_run:
            yield path
        if found.links:
            links = [name for name in found.links if not _is_passed_over(name, is_run=is_run)]
            yield from _link_findings(path, links, root)
        waiting += [
            os.path.join(path, name)  # noqa: PTH118 - speed
            for name in reversed(found.folders)
            if not _is_passed_over(name, is_run=is_run)
        ]


def _is_passed_over(name: str, *, is_run: bool) -> bool:
    return name.startswith(".") or (is_run and name == ARTIFACTS)


def _names(path: str) -> Listing:
    """Return what lies in a folder, without the facts of it."""
    found = Listing(path, "", [], [], [], [], [])
    try:
        with os.scandir(path) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError as error:
        return found._replace(error=error)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            found.folders.append(entry.name)
            continue
        found.files.append(entry.name)
        # A link may lead to itself, or to where nobody may look.
        if entry.is_symlink() and os.path.isdir(entry.path):  # noqa: PTH112
            found.links.append(entry.name)
    return found


def _link_findings(path: str, links: Iterable[str], root: Path) -> Iterator[Finding]:
    for name in links:
        text = "a link to a folder is not followed; give its target as a source"
        yield Finding("note", _place(os.path.join(path, name), root), text)  # noqa: PTH118


def _is_run_file(name: str) -> bool:
    if name in _USUAL:
        return True
    split = split_segment_name(name)
    return split is not None and split[0] in _STREAMS


def _place(path: str, root: Path) -> str:
    below = Path(path).relative_to(root).as_posix()
    return root.name if below == "." else below
