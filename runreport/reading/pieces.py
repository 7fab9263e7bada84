r"""An open file cut into pieces of whole lines, at ``\n`` alone.

A piece is small enough to stay in the processor's cache while it is parsed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, Protocol, Self

PIECE: Final = 256 << 10
"""Bytes read at once; smaller and larger pieces are slower."""

MAX_LINE: Final = 4 << 20
"""Bytes of the longest line that is parsed."""


class Hasher(Protocol):
    """A hash of bytes that come one after the other, as `hashlib` has them."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""

    def copy(self) -> Self:
        """Return one that goes its own way from here."""

    def hexdigest(self) -> str:
        """Return the hash of the bytes so far."""


class Pieces:
    """The whole lines of an open file between two offsets, some hundred kilobytes at a time.

    Iterating yields bytes that end in a newline, or None for one line over `MAX_LINE`.
    Afterwards ``end`` is the offset after the last whole line, where a later reading goes on,
    and ``torn`` says whether bytes follow it, ``is_long`` whether more of them than `MAX_LINE`. A
    ``hasher`` that was given the bytes up to ``start``
    becomes ``hashed``, which was given those up to ``end``; None if some of them were passed over.
    ``sha256`` then is the hash of all that there was up to ``stop``, else "".
    """

    def __init__(
        self, descriptor: int, stop: int, *, start: int = 0, hasher: Hasher | None = None
    ) -> None:
        self._descriptor = descriptor
        self._start = start
        self._stop = stop
        self._hasher = hasher
        self.end = start
        self.torn = False
        self.is_long = False
        self.hashed = hasher.copy() if hasher else None

    def __iter__(self) -> Iterator[bytes | None]:
        at = self._start
        os.lseek(self._descriptor, at, os.SEEK_SET)
        rest = b""
        skipping = False
        while at < self._stop:
            block = self._read(min(PIECE, self._stop - at))
            if not block:  # the file has been cut meanwhile
                break
            at += len(block)
            if skipping:
                newline = block.find(b"\n") + 1
                if not newline:
                    at = self._skip_hole(at, block)
                    continue
                yield None
                block = block[newline:]
                self.end = at - len(block)
                skipping = False
            cut = block.rfind(b"\n") + 1
            if cut:
                yield rest + block[:cut] if rest else block[:cut]
                rest = block[cut:]
                self.end = at - len(rest)
            else:
                rest += block
                if len(rest) > MAX_LINE:
                    rest, skipping = b"", True
        self.torn, self.is_long = self.end < at, skipping

    @property
    def sha256(self) -> str:
        """The hash of all bytes, the torn ones too; "" without a hasher."""
        return "" if self._hasher is None else self._hasher.hexdigest()

    def _read(self, size: int) -> bytes:
        block = os.read(self._descriptor, size)
        if self._hasher is not None:
            cut = block.rfind(b"\n") + 1
            if cut:
                self._hasher.update(block[:cut])
                self.hashed = self._hasher.copy()
            self._hasher.update(block[cut:])
        return block

    def _skip_hole(self, at: int, block: bytes) -> int:
        """Return where data goes on: a sparse file can claim terabytes of zeros."""
        if block.strip(b"\0") or not hasattr(os, "SEEK_DATA"):
            return at
        self._hasher = self.hashed = None
        try:
            at = os.lseek(self._descriptor, at, os.SEEK_DATA)
        except OSError:  # ENXIO: nothing but zeros follows
            at = self._stop
        os.lseek(self._descriptor, at, os.SEEK_SET)
        return at
