"""What writes an export: both tables, to files that appear when they are whole."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from runreport.errors import OutputError
from runreport.export.columns import Column
from runreport.records import History

PIECE: Final = 65_536
"""Points that are handled at once."""


class Writer(ABC):
    """Writes the files of an export beside their places; `publish` renames them.

    A file in such a place is replaced only if it is an export itself. Leaving the ``with`` block
    without `publish` removes what was written.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = tuple(files)
        self._new: list[Path] = []

    def __enter__(self) -> Self:
        """Check the places and begin the files."""
        for file in self.files:
            if file.is_dir() or (file.exists() and not self.is_own(file)):
                raise OutputError(
                    f"{file}: is not an export of runreport; move it away, or choose another "
                    "place with -o"
                )
            file.parent.mkdir(parents=True, exist_ok=True)
        self._new = [file.with_name(f".{file.name}.{os.getpid()}.tmp") for file in self.files]
        for new in self._new:
            new.unlink(missing_ok=True)
        try:
            self.open(self._new)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the files, and remove those that were not published."""
        try:
            self.close()
        finally:
            for file in self._new:
                with suppress(OSError):
                    file.unlink(missing_ok=True)

    def size(self) -> int:
        """Return how many bytes have been written so far, at least."""
        return sum(new.stat().st_size for new in self._new if new.exists())

    def publish(self) -> tuple[Path, ...]:
        """Put the files in their places and return these."""
        self.close()
        for new in self._new:
            with new.open("rb+") as opened:
                os.fsync(opened.fileno())
        for new, file in zip(self._new, self.files, strict=True):
            new.replace(file)
        return self.files

    @abstractmethod
    def is_own(self, file: Path) -> bool:
        """Return whether a file is such an export."""

    @abstractmethod
    def open(self, files: Sequence[Path]) -> None:
        """Begin the files."""

    @abstractmethod
    def add_points(self, run_id: str, history: History) -> None:
        """Write one metric of one run, in the order logged."""

    @abstractmethod
    def add_runs(self, columns: Sequence[Column]) -> None:
        """Write the runs table."""

    @abstractmethod
    def close(self) -> None:
        """Close the files; a second time does nothing."""


def pair(folder: Path, ending: str) -> tuple[Path, Path]:
    """Return the two files of an export into a folder."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is not a folder; name a folder with -o")
    return folder / f"runs.{ending}", folder / f"metrics.{ending}"
