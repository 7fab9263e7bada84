"""The rows that the index has of runs, written many at a time."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from runreport.index.database import text_of
from runreport.index.keys import code_key
from runreport.index.texts import Place, Texts
from runreport.index.trees import Known
from runreport.reduction import NUMBERS
from runreport.rows import RunRow

_RUN: Final = (
    *("id", "place", "label", "reader", "experiment", "run_id", "name", "status", "started"),
    *("slug", "settings", "code", "facts", "content", "settled", "entry", "digest"),
)


class FreshRun(NamedTuple):
    """A run that the build has read."""

    label: str
    reader: str
    row: RunRow
    entry: str
    """Encoded."""
    known: Known
    """The state of its folder."""
    summaries: Sequence[tuple[Any, ...]]
    text: Place
    """Of its digest."""


def write_runs(
    database: sqlite3.Connection, fresh: Mapping[str, FreshRun], texts: Texts, settings: str
) -> None:
    """Write runs that the index does not have, by their places."""
    (last,) = database.execute("SELECT coalesce(max(id), 0) FROM runs").fetchone()
    runs = list(enumerate(fresh.values(), last + 1))
    common = (settings, code_key())
    rows = (
        _row(number, place, run, common) for (number, run), place in zip(runs, fresh, strict=True)
    )
    database.executemany(_insert(f"runs ({', '.join(_RUN)})", len(_RUN)), rows)
    digests = ((number, texts.get(run.text)) for number, run in runs)
    database.executemany(_insert("digests", 2), digests)
    write_files(database, ((number, run.known) for number, run in runs))
    summaries = (
        (number, text_of(metric), *rest) for number, run in runs for metric, *rest in run.summaries
    )
    database.executemany(_insert("summaries", 1 + len(NUMBERS)), summaries)


def write_files(database: sqlite3.Connection, folders: Iterable[tuple[int, Known]]) -> None:
    """Write what lay in the folders of runs when they were read."""
    rows = (row for number, known in folders for row in _files(number, known))
    database.executemany(_insert("files", 6).replace("INSERT", "INSERT OR REPLACE"), rows)


def digest_of(place: str, entry: str) -> str:
    """Return a hash by which damage to a row shows."""
    return hashlib.sha256(f"{place}\n{entry}".encode("utf-8", "surrogatepass")).hexdigest()


def _row(number: int, place: str, run: FreshRun, common: tuple[str, str]) -> tuple[Any, ...]:
    row, known = run.row, run.known
    names = map(text_of, (run.label, row.experiment, row.run_id, row.name, row.status))
    label, *shown = names
    state = (known.facts, known.content, known.settled)
    ours = (*common, *state, run.entry, digest_of(place, run.entry))
    return (number, place, label, run.reader, *shown, row.started, row.slug, *ours)


def _files(number: int, known: Known) -> Iterator[tuple[Any, ...]]:
    for file, sha256 in known.files:
        if not file.path.endswith("/"):
            yield number, text_of(file.path), file.size, file.mtime_ns, str(file.inode), sha256


def _insert(table: str, columns: int) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"
