"""The manifest that marks a folder as a site of runreport: what is in it, and nothing else is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MANIFEST: Final = "runreport-site.json"
FORMAT: Final = 1

_PATH = re.compile(r"(?:[A-Za-z0-9][\w.-]*(?<!\.)/)*[A-Za-z0-9][\w.-]*(?<!\.)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a site."""

    sha256: str
    size: int
    """Bytes."""


def is_site_path(path: str) -> bool:
    """Return whether a path below the site is one that every host serves as it stands."""
    return path == ".nojekyll" or _PATH.fullmatch(path) is not None


def make_manifest(version: str, files: Mapping[str, Entry]) -> bytes:
    """Return the manifest's text: one file a line, sorted."""
    lines = [
        json.dumps({"path": path, "sha256": entry.sha256, "size": entry.size})
        for path, entry in sorted(files.items())
    ]
    head = f'{{"tool": "runreport", "format": {FORMAT}, "version": {json.dumps(version)}'
    return (f'{head}, "files": [\n' + ",\n".join(lines) + "\n]}\n").encode()


def read_manifest(folder: Path) -> dict[str, Entry] | None:
    """Return the files of the site in ``folder``, or None when no valid manifest is there."""
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_bytes())
        if manifest["tool"] != "runreport" or manifest["format"] != FORMAT:
            return None
        return dict(_entry(each) for each in manifest["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _entry(item: Mapping[str, Any]) -> tuple[str, Entry]:
    path, sha256, size = item["path"], item["sha256"], item["size"]
    if not is_site_path(path) or not re.fullmatch("[0-9a-f]{64}", sha256) or size < 0:
        raise ValueError(path)
    return path, Entry(sha256, size)


def find_foreign(folder: Path, files: Mapping[str, Entry]) -> list[str]:
    """Return what lies in a site's folder and is not the site's: sorted paths below it."""
    folders = {parent for path in files for parent in _parents(path)}
    known = files.keys() | {MANIFEST}
    return sorted(
        path
        for path, entry in _walk(folder, "")
        if not (
            path in folders if entry.is_dir(follow_symlinks=False) else _is_ours(entry, path, known)
        )
    )


def _is_ours(entry: os.DirEntry[str], path: str, known: set[str]) -> bool:
    return path in known and entry.is_file(follow_symlinks=False)


def _walk(folder: Path, below: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = below + entry.name
            yield path, entry
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), f"{path}/")


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
