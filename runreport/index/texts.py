"""Long texts put aside until they are wanted: in memory while they are few, then in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from runreport.errors import OutputError

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
        """Keep a text, and return what `get` takes.

        Raises:
            OutputError: There is no room for it.
        """
        content = text.encode("utf-8", "surrogatepass")
        with _errors():
            self._file.seek(self._end)
            self._file.write(content)
        place = (self._end, len(content))
        self._end += len(content)
        return place

    def get(self, place: Place) -> str:
        """Return a text.

        Raises:
            OutputError: There was no room for it.
        """
        with _errors():
            self._file.seek(place[0])
            content = self._file.read(place[1])
        return content.decode("utf-8", "surrogatepass")

    def close(self) -> None:
        """Let go of all texts."""
        # What has no room is written once more, and fails once more.
        with suppress(OSError):
            self._file.close()


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutputError(
            f"a temporary file cannot be written: {why}; make room, or name another folder for "
            "such files as TMPDIR; an old site is as it was"
        ) from error
