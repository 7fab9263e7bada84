"""The manifest that marks a folder as a site of runreport: what is in it, and nothing else is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

MANIFEST: Final = "runreport-site.json"
FORMAT: Final = 1

# Possessive, as a site has tens of thousands.
_NAME = r"[A-Za-z0-9][\w-]*+(?:\.++[\w-]++)*+"
_PATH = re.compile(rf"{_NAME}(?:/{_NAME})*+", re.ASCII)
_SHA256 = re.compile("[0-9a-f]{64}")


class Entry(NamedTuple):
    """One file of a site."""

    sha256: str
    size: int
    """Bytes."""


def is_site_path(path: str) -> bool:
    """Return whether a path below the site is one that every host serves as it stands."""
    return path == ".nojekyll" or _PATH.fullmatch(path) is not None


def make_manifest(version: str, files: Mapping[str, Entry]) -> bytes:
    """Return the manifest's text: one file a line, sorted."""
    # Neither a site's path nor a hash has a character that JSON would escape.
    lines = [
        f'{{"path": "{path}", "sha256": "{sha256}", "size": {size}}}'
        for path, (sha256, size) in sorted(files.items())
    ]
    head = f'{{"tool": "runreport", "format": {FORMAT}, "version": {json.dumps(version)}'
    return (f'{head}, "files": [\n' + ",\n".join(lines) + "\n]}\n").encode()


def read_manifest(folder: Path) -> dict[str, Entry] | None:
    """Return the files of the site in ``folder``, or None when no valid manifest is there."""
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        return None
    try:
        manifest = orjson.loads(path.read_bytes())
        if manifest["tool"] != "runreport" or manifest["format"] != FORMAT:
            return None
        return dict(map(_entry, manifest["files"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _entry(item: Mapping[str, Any]) -> tuple[str, Entry]:
    path, sha256, size = item["path"], item["sha256"], item["size"]
    if not is_site_path(path) or not _SHA256.fullmatch(sha256) or type(size) is not int or size < 0:
        raise ValueError(path)
    return path, Entry(sha256, size)


def folders_of(paths: Iterable[str]) -> set[str]:
    """Return the folders in which the files of a site lie; the site's own is ""."""
    folders = {path.rpartition("/")[0] for path in paths}
    waiting = folders
    while waiting := {folder.rpartition("/")[0] for folder in waiting} - folders:
        folders |= waiting
    return folders


def find_foreign(folder: Path, files: Collection[str]) -> list[str]:
    """Return what lies in a site's folder and is not the site's: sorted paths below it."""
    folders, known = folders_of(files), {*files, MANIFEST}
    return sorted(
        path
        for path, is_folder, is_file in _walk(f"{folder}/")
        if not (path in folders if is_folder else is_file and path in known)
    )


def _walk(root: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield what lies below a folder: its path, whether it is a folder, whether a regular file."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(root + below) as entries:
            for entry in entries:
                path = below + entry.name
                is_folder = entry.is_dir(follow_symlinks=False)
                yield path, is_folder, entry.is_file(follow_symlinks=False)
                if is_folder:
                    waiting.append(f"{path}/")
