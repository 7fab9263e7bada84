"""What a build sees of a run folder: what lies in it, and the very bytes that were parsed."""

from __future__ import annotations

import hashlib

from runreport.reading.listing import NUMBERS, list_tree
from runreport.reading.pieces import Hasher


class Seen:
    """A folder, listed before it is read; its reading adds the hashes of the files it parses."""

    __slots__ = ("hashes", "listings")

    def __init__(self, folder: str) -> None:
        self.listings = list(list_tree(folder))
        self.hashes: dict[str, str] = {}
        """By the names of files that lie in the folder itself."""

    @property
    def names(self) -> list[str]:
        """The names in the folder, none if it could not be listed."""
        return [*self.listings[0].folders, *self.listings[0].files]

    @property
    def largest(self) -> int:
        """The size of the largest file in the folder, in bytes."""
        return max(self.listings[0].numbers[::NUMBERS], default=0)

    def hasher(self) -> Hasher:
        """Return what is to be given the bytes of a file that is parsed."""
        return hashlib.sha256()
