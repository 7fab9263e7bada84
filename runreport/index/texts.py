"""Long texts put aside until they are wanted: in memory while they are few, then in a file."""

from __future__ import annotations

import tempfile
from typing import Final

IN_MEMORY: Final = 50_000_000
"""Bytes."""

Place = tuple[int, int]


class Texts:
    """Takes texts and gives them back; what it holds is gone with it."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        """``in_memory`` is how many bytes stay there."""
        # Open until `close`.
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115
        self._end = 0

    def put(self, text: str) -> Place:
        """Keep a text, and return what `get` takes."""
        content = text.encode("utf-8", "surrogatepass")
        self._file.seek(self._end)
        self._file.write(content)
        place = (self._end, len(content))
        self._end += len(content)
        return place

    def get(self, place: Place) -> str:
        """Return a text."""
        self._file.seek(place[0])
        return self._file.read(place[1]).decode("utf-8", "surrogatepass")

    def close(self) -> None:
        """Let go of all texts."""
        self._file.close()
