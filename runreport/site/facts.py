"""The facts of a site's files and folders: whether somebody touched them, without reading any."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from struct import Struct

from runreport.site.manifest import MANIFEST, folders_of

_pack = Struct("<qqQI").pack
_64_BITS = (1 << 64) - 1


class Facts:
    """By path below a site: the size, time of change, inode and mode of each of its files.

    A folder's time of change tells that a name was added, removed or replaced in it.
    """

    def __init__(self, files: dict[str, bytes], folders: dict[str, bytes]) -> None:
        self.files = files
        self.folders = folders

    @cached_property
    def of_files(self) -> str:
        """A hash of the files' facts."""
        return hash_of(self.files)

    @cached_property
    def of_folders(self) -> str:
        """A hash of the folders' facts."""
        return hash_of(self.folders)

    @property
    def state(self) -> str:
        """Both hashes."""
        return f"{self.of_files} {self.of_folders}"

    @property
    def paths(self) -> str:
        """What `site_state` takes."""
        return "\n".join((*sorted(self.files), "", *sorted(self.folders)))


def look(site: Path, files: Iterable[str]) -> Facts | None:
    """Return the facts of a site of these files and a manifest; None when one is missing."""
    paths = sorted({*files, MANIFEST})
    try:
        return Facts(facts_of(site, paths), facts_of(site, sorted(folders_of(paths))))
    except OSError:
        return None


def facts_of(root: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """Return the facts of files or folders below a folder.

    Raises:
        OSError: One is not there.
    """
    facts, above = {}, f"{root}/"
    for path in paths:
        found = os.lstat(above + path)
        inode = found.st_ino & _64_BITS
        facts[path] = _pack(found.st_size, found.st_mtime_ns, inode, found.st_mode)
    return facts


def hash_of(facts: Mapping[str, bytes]) -> str:
    """Return a hash of paths and their facts."""
    paths = sorted(facts)
    digest = hashlib.sha256("\0".join(paths).encode())
    digest.update(b"".join(map(facts.__getitem__, paths)))
    return digest.hexdigest()


def site_state(folder: Path, paths: str) -> str:
    """Return what tells a site from one that somebody touched; "" when it lacks a file.

    ``paths`` are its files and folders; they are part of what is told.
    """
    files, _, folders = paths.partition("\n\n")
    try:
        found = [facts_of(folder, each.split("\n")) for each in (files, folders)]
    except OSError:
        return ""
    return Facts(*found).state
