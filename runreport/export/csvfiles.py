"""An export as two CSV files (RFC 4180, UTF-8) whose cells no spreadsheet takes for formulas."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

from runreport.export.columns import Column
from runreport.export.writer import PIECE, Writer, pair
from runreport.frames import FACTS, POINTS
from runreport.records import History
from runreport.tables.twins import csv_bytes, csv_cell
from runreport.text.moments import iso_texts
from runreport.text.numbers import exact_texts


class CsvWriter(Writer):
    """Writes ``runs.csv`` and ``metrics.csv``. A file is an export if it begins with their names.

    A gap is an empty cell, and a logged NaN is "NaN".
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(pair(folder, "csv"))
        self._opened: list[BinaryIO] = []

    def is_own(self, file: Path) -> bool:
        """Return whether the first line is that of the table."""
        head = ",".join(FACTS if file.name == "runs.csv" else POINTS).encode()
        with file.open("rb") as opened:
            return opened.read(len(head) + 1)[: len(head)] == head

    def open(self, files: Sequence[Path]) -> None:
        """Begin both files."""
        for file in files:
            self._opened.append(file.open("xb"))
        self._opened[1].write(",".join(POINTS).encode() + b"\r\n")

    def add_points(self, run_id: str, history: History) -> None:
        """Write the points' lines."""
        head = f"{csv_cell(run_id)},{csv_cell(history.name)}"
        for start in range(0, len(history.values), PIECE):
            piece = slice(start, start + PIECE)
            steps, times, values = (
                exact_texts(column[piece].tolist())
                for column in (history.steps, history.times, history.values)
            )
            # An unknown time is a gap; a value that is NaN was logged so.
            known = ("" if text == "NaN" else text for text in times)
            lines = map(",".join, zip(repeat(head), steps, known, values, strict=False))
            text = "\r\n".join([*lines, ""])
            self._opened[1].write(text.encode("utf-8", "replace"))

    def add_runs(self, columns: Sequence[Column]) -> None:
        """Write the runs' lines."""
        self._opened[0].write(csv_bytes({column.name: _cells(column) for column in columns}))

    def close(self) -> None:
        """Close both files."""
        for file in self._opened:
            file.close()


def _cells(column: Column) -> list[str]:
    match column.kind:
        case "time":
            return iso_texts(column.cells)
        case "float":
            texts = iter(exact_texts([cell for cell in column.cells if cell is not None]))
            return ["" if cell is None else next(texts) for cell in column.cells]
        case "bool":
            return ["" if cell is None else str(cell).lower() for cell in column.cells]
        case "int":
            return ["" if cell is None else str(cell) for cell in column.cells]
    return ["" if cell is None else csv_cell(cell) for cell in column.cells]
