"""Runs as the last build kept them, for who reads runs and builds nothing.

A run is taken from it only where files prove that nothing has changed since, and where reading the
run again would show no more than the site does. The index stays as it is.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from runreport.config import load_config
from runreport.errors import ConfigError
from runreport.index.database import Foreign, open_for_reading
from runreport.index.entries import RunEntry, decode_entry
from runreport.index.keys import code_key
from runreport.index.session import place_of
from runreport.index.unchanged import columns_path, index_path
from runreport.index.writing import digest_of
from runreport.reading.kept import KeptColumns
from runreport.reading.listing import Tree
from runreport.reading.sources import RunFolder


class Lookup:
    """An index that is open, and what lies in the sources now."""

    def __init__(self, database: sqlite3.Connection, path: Path, sources: Sequence[Path]) -> None:
        self._database = database
        self.columns = KeptColumns(columns_path(path), code_key(), is_read_only=True)
        """What the last build kept of long metrics files."""
        self._trees = {path: Tree(path) for path in map(os.path.abspath, sources)}

    def tree(self, folder: Path) -> Tree | None:
        """Return what lies in a source."""
        return self._trees.get(os.fspath(folder))

    def known(self, found: Sequence[RunFolder]) -> list[RunEntry | None]:
        """Return the entry of each run that has not changed."""
        query = "SELECT place, facts, entry, digest FROM runs WHERE settled AND code = ?"
        try:
            rows = {row[0]: row[1:] for row in self._database.execute(query, (code_key(),))}
            return [self._entry(run, *rows.pop(place_of(run), ("", "", ""))) for run in found]
        except (sqlite3.Error, ValueError, TypeError):
            return [None] * len(found)

    def _entry(self, run: RunFolder, facts: str, text: str, digest: str) -> RunEntry | None:
        path = run.path
        if not facts or not any(tree.facts(path) == facts for tree in self._trees.values()):
            return None
        if digest_of(place_of(run), text) != digest:
            return None
        entry = decode_entry(text)
        return entry if entry.is_whole and not entry.row.findings else None


@contextmanager
def lookup(sources: Sequence[Path]) -> Iterator[Lookup | None]:
    """Open the index of the site that is built here; None where there is none."""
    path, database = None, None
    with suppress(Foreign, ConfigError, OSError, sqlite3.Error):
        path = index_path(load_config())
        database = open_for_reading(path) if path else None
    if path is None or database is None:
        yield None
        return
    with closing(database):
        yield Lookup(database, path, sources)
