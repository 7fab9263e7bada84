"""The rows that the index has of a run."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from runreport.index.database import text_of
from runreport.index.entries import decode_entry
from runreport.index.trees import Known
from runreport.reduction import NUMBERS, ReducedRun


def write_run(
    database: sqlite3.Connection, run: ReducedRun, digest: str, facts: Mapping[str, str]
) -> None:
    """Write a run that the index does not have; ``facts`` are what the run does not know."""
    assert run.known is not None
    row = decode_entry(run.entry).row
    values = {
        "label": text_of(run.found.label),
        "reader": run.found.reader,
        "experiment": text_of(row.experiment),
        "run_id": text_of(row.run_id),
        "name": text_of(row.name),
        "status": text_of(row.status),
        "started": row.started,
        "slug": row.slug,
        "facts": run.known.facts,
        "content": run.known.content,
        "settled": run.known.settled,
        "entry": run.entry,
        **facts,
    }
    marks = ", ".join("?" * len(values))
    found = database.execute(
        f"INSERT INTO runs ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
    )
    number = int(found.lastrowid or 0)
    database.execute("INSERT INTO digests VALUES (?, ?)", (number, digest))
    write_files(database, number, run.known)
    database.executemany(
        f"INSERT INTO summaries VALUES ({', '.join('?' * (1 + len(NUMBERS)))})",
        [(number, text_of(metric), *rest) for metric, *rest in run.summaries],
    )


def write_files(database: sqlite3.Connection, number: int, known: Known) -> None:
    """Write what lay in a run's folder when it was read."""
    database.executemany(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, text_of(f.path), f.size, f.mtime_ns, str(f.inode), sha256)
            for f, sha256 in known.files
            if not f.path.endswith("/")
        ],
    )
