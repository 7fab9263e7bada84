"""An export as one SQLite file with the tables ``runs`` and ``metrics``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from runreport.errors import OutputError
from runreport.export.columns import Column, Kind
from runreport.export.writer import PIECE, Writer
from runreport.records import History
from runreport.text.moments import iso_texts
from runreport.text.serialize import clean_text

APPLICATION_ID: Final = 0x72725250
"""What SQLite keeps in its header for an application to know its own files: "rrRP"."""

MOST_COLUMNS: Final = 2000
"""SQLite's own limit."""

_MAGIC: Final = b"SQLite format 3\x00"
_ID_PLACE: Final = slice(68, 72)
_TYPES: Final[dict[Kind, str]] = {
    "text": "TEXT",
    "time": "TEXT",
    "bool": "INTEGER",
    "int": "INTEGER",
    "float": "REAL",
}
_INDICES: Final = (
    "CREATE INDEX runs_by_id ON runs (run_id)",
    "CREATE INDEX runs_by_experiment ON runs (experiment, started)",
    "CREATE INDEX metrics_by_run ON metrics (run_id, metric, step)",
    "CREATE INDEX metrics_by_name ON metrics (metric)",
)


class SqliteWriter(Writer):
    """Writes one file. A file is an export if its header holds our application id.

    Times of runs are ISO 8601 texts, those of points seconds; NaN is NULL, as SQLite has none.
    """

    def __init__(self, file: Path) -> None:
        super().__init__([file])
        self._database: sqlite3.Connection | None = None

    def is_own(self, file: Path) -> bool:
        """Return whether the file's header holds our application id."""
        with file.open("rb") as opened:
            head = opened.read(100)
        expected = APPLICATION_ID.to_bytes(4, "big")
        return head.startswith(_MAGIC) and head[_ID_PLACE] == expected

    def open(self, files: Sequence[Path]) -> None:
        """Begin the file and its table of points."""
        self._database = sqlite3.connect(files[0], isolation_level=None)
        # The file gets its name when it is whole, so that it needs no journal.
        self._run("PRAGMA journal_mode = OFF")
        self._run("PRAGMA synchronous = OFF")
        self._run(f"PRAGMA application_id = {APPLICATION_ID}")
        self._run("BEGIN")
        self._run(
            "CREATE TABLE metrics "
            "(run_id TEXT NOT NULL, metric TEXT NOT NULL, step REAL, time REAL, value REAL)"
        )

    def add_points(self, run_id: str, history: History) -> None:
        """Insert the points."""
        names = repeat(clean_text(run_id)), repeat(clean_text(history.name))
        for start in range(0, len(history.values), PIECE):
            piece = slice(start, start + PIECE)
            numbers = (
                column[piece].tolist() for column in (history.steps, history.times, history.values)
            )
            rows = zip(*names, *numbers, strict=False)
            self._insert("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", rows)

    def add_runs(self, columns: Sequence[Column]) -> None:
        """Make the runs' table, and the indices of both."""
        if len(columns) > MOST_COLUMNS:
            raise OutputError(
                f"{self.files[0]}: {len(columns):,} columns are more than the {MOST_COLUMNS:,} "
                "that SQLite allows; choose --format parquet or csv, or fewer runs with --include"
            )
        names = _distinct([column.name for column in columns])
        fields = ", ".join(
            f"{_quoted(name)} {_TYPES[column.kind]}"
            for name, column in zip(names, columns, strict=True)
        )
        self._run(f"CREATE TABLE runs ({fields})")
        places = ", ".join("?" * len(columns))
        rows = zip(*map(_cells, columns), strict=True)
        self._insert(f"INSERT INTO runs VALUES ({places})", rows)
        for statement in _INDICES:
            self._run(statement)
        self._run("COMMIT")

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _run(self, statement: str) -> None:
        assert self._database is not None
        self._database.execute(statement)

    def _insert(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        assert self._database is not None
        self._database.executemany(statement, rows)


def _cells(column: Column) -> list[Any]:
    if column.kind == "time":
        return [text or None for text in iso_texts(column.cells)]
    return column.cells


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Yield the names, as SQLite tells them apart: "params.LR" after "params.lr" gets a number."""
    taken: set[str] = set()
    for name in names:
        candidate, count = name, 1
        while candidate.lower() in taken:
            count += 1
            candidate = f"{name} ({count})"
        taken.add(candidate.lower())
        yield candidate


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("\x00", "\ufffd") + '"'
