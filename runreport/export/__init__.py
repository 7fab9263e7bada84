"""The runs and metrics tables as files for pandas, DuckDB, Datasette and spreadsheets.

They have the columns of `load_runs` and `load_metrics`. Runs are read one by one, and a run's
points are written before the next run is read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from runreport.errors import OutputError
from runreport.export.columns import make_columns
from runreport.export.csvfiles import CsvWriter
from runreport.export.parquet import ParquetWriter
from runreport.export.sqlite import SqliteWriter
from runreport.export.writer import Writer
from runreport.loading import declared_summary, summary_value
from runreport.progress import Quiet, Reporter
from runreport.reading.liveness import resolve_status
from runreport.reading.sources import RunFolder, read
from runreport.records import RunRecord

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
    findings: int


def export(
    found: Sequence[RunFolder],
    target: Path,
    form: Format,
    *,
    now: float,
    report: Reporter | None = None,
) -> Exported:
    """Write both tables of the runs to ``target``: a folder, or for sqlite a file.

    Each file appears whole or not at all.

    Raises:
        OutputError: ``target`` holds a file that is no export, or cannot be written.
    """
    try:
        with WRITERS[form](target) as writer:
            runs, points = _write(found, writer, now=now, report=report or Quiet())
            files = writer.publish()
    except (OSError, sqlite3.Error) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise OutputError(
            f"{target}: cannot be written: {why}; make room or choose another place with -o; "
            "an old export is as it was"
        ) from error
    findings = sum(len(record.findings) for record in runs)
    return Exported(files, len(runs), points, findings)


def _write(
    found: Sequence[RunFolder], writer: Writer, *, now: float, report: Reporter
) -> tuple[list[RunRecord], int]:
    """Write all points, then the runs; return the runs without their points, and the count."""
    records: list[RunRecord] = []
    statuses: list[str] = []
    metrics: list[dict[str, float]] = []
    points = 0
    report.begin("exporting runs", len(found))
    try:
        for run in found:
            record = read(run)
            for history in record.histories:
                writer.add_points(record.run_id, history)
                points += len(history.values)
            metrics.append(
                {
                    history.name: summary_value(history, declared_summary(record, history.name))
                    for history in record.histories
                }
            )
            statuses.append(resolve_status(record, now=now))
            records.append(replace(record, histories=(), system=()))
            report.advance()
    finally:
        report.end()
    writer.add_runs(make_columns(records, statuses, metrics))
    return records, points
