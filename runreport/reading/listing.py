"""What lies below a folder, listed once: names, to find runs by, and facts, to tell changes by."""

from __future__ import annotations

import hashlib
import os
import stat
from array import array
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Final, NamedTuple

NUMBERS: Final = 7
"""How many numbers a `Listing` has of a file."""

_name = attrgetter("name")


class Listing(NamedTuple):
    """One folder; folders in it are names alone, as who may list them shows when they are."""

    path: str
    below: str
    """Its path below the tree's root, joined with "/" and ending in it; "" for the root."""
    folders: list[str]
    """Sorted, as are the others."""
    files: list[str]
    """All else."""
    numbers: list[int]
    """Of each of them in turn: size, mtime_ns, ctime_ns, inode, mode, uid, links."""
    odd: list[str]
    """Where links lead, and what could not be asked: each text begins with a file's name."""
    links: list[str]
    """Links to folders, which are among the files too."""
    error: OSError | None = None
    """Why the folder could not be listed."""


def list_tree(root: str) -> Iterator[Listing]:
    """Yield a folder and all below it, parents first, sorted; no link is followed."""
    waiting = [("", root)]
    while waiting:
        below, path = waiting.pop()
        listing = list_folder(path, below)
        yield listing
        waiting += [
            (f"{below}{name}/", os.path.join(path, name))  # noqa: PTH118 - speed
            for name in reversed(listing.folders)
        ]


def list_folder(path: str, below: str = "") -> Listing:
    """Return one folder."""
    found = Listing(path, below, [], [], [], [], [])
    folders, files, numbers = found.folders, found.files, found.numbers
    try:
        with os.scandir(path) as scanned:
            entries = sorted(scanned, key=_name)
    except OSError as error:
        return found._replace(error=error)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.name)
            continue
        files.append(entry.name)
        try:
            it = entry.stat(follow_symlinks=False)
        except OSError as error:
            numbers += (0,) * NUMBERS
            found.odd.append(f"{entry.name}\0? {error.errno}")
            continue
        numbers += (
            *(it.st_size, it.st_mtime_ns, it.st_ctime_ns, it.st_ino, it.st_mode),
            *(it.st_uid, it.st_nlink),
        )
        if stat.S_ISLNK(it.st_mode):
            _follow(entry, found)
    return found


def _follow(entry: os.DirEntry[str], found: Listing) -> None:
    """Note where a link leads, and the facts of what is there now."""
    try:
        text = os.readlink(entry.path)  # noqa: PTH115 - as it stands there
        it = entry.stat()
    except OSError as error:
        found.odd.append(f"{entry.name}\0? {error.errno}")
        return
    facts = f"{it.st_mode} {it.st_size} {it.st_mtime_ns} {it.st_ino}"
    found.odd.append(f"{entry.name}\0{text} {facts}")
    if stat.S_ISDIR(it.st_mode):
        found.links.append(entry.name)


def facts_of(listings: Iterable[Listing], root: str = "") -> str:
    """Return a hash of all facts; ``root`` is what is cut off where the paths begin."""
    cut = len(root)
    facts: list[bytes] = []
    for each in listings:
        texts = (each.below[cut:], *each.folders, "", *each.files, "", *each.odd)
        facts.append("\0".join(texts).encode("utf-8", "surrogateescape"))
        facts.append(_packed(each.numbers))
        if each.error:
            facts.append(b"? %d" % (each.error.errno or 0))
    return hashlib.sha256(b"".join(facts)).hexdigest()


def _packed(numbers: list[int]) -> bytes:
    try:
        return array("q", numbers).tobytes()
    except OverflowError:
        return repr(numbers).encode()


class Tree:
    """A folder with all that lay below it when it was listed."""

    def __init__(self, root: str) -> None:
        self.listings = list(list_tree(root))
        self._places = {each.path: place for place, each in enumerate(self.listings)}

    def folder(self, path: str) -> Listing:
        """Return one folder of the tree.

        Raises:
            KeyError: It was not there.
        """
        return self.listings[self._places[path]]

    def facts(self, path: str) -> str | None:
        """Return a hash of the facts of all below one of its folders; None if it was not there."""
        place = self._places.get(path)
        if place is None:
            return None
        first = self.listings[place]
        if not first.folders:
            return facts_of((first,), first.below)
        stop = place + 1
        while stop < len(self.listings) and self.listings[stop].below.startswith(first.below):
            stop += 1
        return facts_of(self.listings[place:stop], first.below)
