"""The index's file: SQLite, with tables that users may query.

``runs``       one row a run: label, reader, experiment, run_id, name, status, started, slug; the
               state of its folder, and what tables show of it as JSON (``entry``)
``digests``    all that a run's page shows, as JSON
``files``      what lay in a run's folder when it was read, with the hash of each file's content
``summaries``  one row a metric of a run: value, summary, goal, last, min, max, mean, points, ...
``pages``      what each page, table and download of the site was made from, and its bytes' hash
``sites``      what the last build found and wrote

``runs.id`` is the ``run`` of the others. Writing it again costs only time: delete it at will.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

FORMAT: Final = 4
APPLICATION: Final = 0x72757270
"""Marks an SQLite file as ours: "rurp"."""

TIMEOUT: Final = 10.0
"""Seconds to wait for another build's writing."""

_TABLES: Final = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    place TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    reader TEXT NOT NULL,
    experiment TEXT NOT NULL,
    run_id TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    started REAL,
    slug TEXT NOT NULL,
    settings TEXT NOT NULL,
    code TEXT NOT NULL,
    facts TEXT NOT NULL,
    content TEXT NOT NULL,
    settled INTEGER NOT NULL,
    entry TEXT NOT NULL,
    digest TEXT NOT NULL
);
CREATE TABLE digests (
    run INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    text TEXT NOT NULL
);
CREATE TABLE files (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (run, path)
) WITHOUT ROWID;
CREATE TABLE summaries (
    run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    metric TEXT NOT NULL,
    value REAL,
    summary TEXT NOT NULL,
    goal TEXT,
    last REAL,
    last_step REAL,
    min REAL,
    min_step REAL,
    max REAL,
    max_step REAL,
    mean REAL,
    points INTEGER NOT NULL,
    nan INTEGER NOT NULL,
    infinite INTEGER NOT NULL,
    superseded INTEGER NOT NULL,
    PRIMARY KEY (run, metric)
) WITHOUT ROWID;
CREATE TABLE pages (path TEXT PRIMARY KEY, key TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER)
WITHOUT ROWID;
CREATE TABLE sites (
    output TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    paths TEXT NOT NULL,
    digest TEXT NOT NULL
);
"""


def text_of(name: str) -> str:
    """Return a file's name as SQLite takes it: one that is no UTF-8 escaped, after a "/"."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "/" + name.encode("unicode_escape").decode()
    return name


class Foreign(Exception):  # noqa: N818 - it is told and never gets out
    """The file is there, and it is no index of this format."""


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open an index that exists; None when there is none.

    Raises:
        Foreign: something else is at its place.
    """
    if not path.is_file():
        return None
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=TIMEOUT)
    except sqlite3.Error as error:
        raise Foreign(str(error)) from error
    try:
        _check(database)
    except sqlite3.OperationalError as error:
        database.close()
        if "locked" in str(error):
            return None
        raise Foreign(str(error)) from error
    except (sqlite3.Error, Foreign) as error:
        database.close()
        raise Foreign(str(error)) from error
    return database


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open an index, or make one; a file that is none is replaced.

    Raises:
        OSError, sqlite3.Error: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _keep_out_of_repositories(path.parent)
    with suppress(Foreign):
        found = open_for_reading(path)
        if found is not None:
            found.close()
            return _connected(path)
    if path.exists():
        drop(path)
    database = _connected(path)
    # Another build may have made them meanwhile.
    database.execute("BEGIN IMMEDIATE")
    if not database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        for statement in _TABLES.split(";")[:-1]:
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {FORMAT}")
    database.execute("COMMIT")
    return database


def _keep_out_of_repositories(folder: Path) -> None:
    ignore = folder / ".gitignore"
    if ignore.exists():
        return
    try:
        ignore.write_text("*\n", encoding="utf-8")
    except OSError:
        # An empty one would be taken for the user's.
        ignore.unlink(missing_ok=True)
        raise


def drop(path: Path) -> None:
    """Remove an index with what SQLite keeps beside it."""
    for each in (
        path,
        *(path.with_name(f"{path.name}-{end}") for end in ("journal", "wal", "shm")),
    ):
        each.unlink(missing_ok=True)


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=TIMEOUT, isolation_level=None)
    database.execute("PRAGMA foreign_keys = ON")
    # What a power cut loses of it costs only time.
    database.execute("PRAGMA synchronous = OFF")
    return database


def _check(database: sqlite3.Connection) -> None:
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (form,) = database.execute("PRAGMA user_version").fetchone()
    if (application, form) != (APPLICATION, FORMAT):
        raise Foreign("not an index of this version of runreport")
    database.execute("SELECT count(*) FROM sites").fetchone()
