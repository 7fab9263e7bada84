"""The runs and metrics tables as files for pandas, DuckDB, Datasette and spreadsheets.

They have the columns of `load_runs` and `load_metrics`. Runs are read one by one, and a run's
points are written before the next run is read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from runreport.errors import OutputError
from runreport.export.columns import make_columns
from runreport.export.csvfiles import CsvWriter
from runreport.export.parquet import ParquetWriter
from runreport.export.sqlite import SqliteWriter
from runreport.export.writer import Writer
from runreport.loading import Logged
from runreport.rows import RunRow

Format = Literal["parquet", "csv", "sqlite"]

WRITERS: Final[dict[Format, Callable[[Path], Writer]]] = {
    "parquet": ParquetWriter,
    "csv": CsvWriter,
    "sqlite": SqliteWriter,
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    files: tuple[Path, ...]
    runs: int
    points: int


def export(runs: Iterable[Logged], target: Path, form: Format) -> Exported:
    """Write both tables of the runs to ``target``: a folder, or for sqlite a file.

    Each file appears whole or not at all.

    Raises:
        OutputError: ``target`` holds a file that is no export, or cannot be written.
    """
    try:
        with WRITERS[form](target) as writer:
            rows, points = _write(runs, writer)
            files = writer.publish()
    except (OSError, sqlite3.Error) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise OutputError(
            f"{target}: cannot be written: {why}; make room or choose another place with -o; "
            "an old export is as it was"
        ) from error
    return Exported(files, rows, points)


def _write(runs: Iterable[Logged], writer: Writer) -> tuple[int, int]:
    """Write all points, then the runs; return how many there are of both."""
    rows: list[RunRow] = []
    points = 0
    for row, histories in runs:
        for history in histories:
            writer.add_points(row.run_id, history)
            points += len(history.values)
        rows.append(row)
    writer.add_runs(make_columns(rows))
    return len(rows), points
