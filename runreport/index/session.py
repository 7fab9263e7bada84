"""One build's dealings with the index: what it may take over, and what it leaves for the next."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from runreport.errors import OutputError
from runreport.index.database import Foreign, drop, open_for_reading, open_for_writing, text_of
from runreport.index.entries import RunEntry, decode_entry
from runreport.index.sites import read_site, write_site
from runreport.index.texts import Place, Texts
from runreport.index.trees import Known, look_at
from runreport.index.writing import FreshRun, digest_of, write_files, write_runs
from runreport.reading.sources import RunFolder
from runreport.reduction import ReducedRun
from runreport.rows import RunRow
from runreport.site import Output
from runreport.site.manifest import Entry

_UNWRITTEN: Final = (sqlite3.OperationalError, OSError, OutputError, OverflowError, UnicodeError)
"""What ends the writing of an index that is not damaged."""
_RUN: Final = "place, facts, content, settled, entry, digest"


def place_of(found: RunFolder) -> str:
    """Return what a run's entry goes by: what its reader can know of where it lies."""
    return f"{found.reader}/{found.depth}/{text_of(found.label)}"


@dataclass(slots=True)
class Session:
    """The index while one build uses it; without a ``path`` nothing is known or kept."""

    path: Path | None
    settings: str
    """Hash of what runs depend on beside their folders."""
    notes: list[str] = field(default_factory=list)
    """What was odd about the index itself."""
    pages: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """The pages of the last build by their paths: what they were made from, hash and size."""
    texts: Texts = field(default_factory=Texts)
    """The digests of runs that this build has read."""
    _database: sqlite3.Connection | None = None
    _fresh: dict[str, FreshRun] = field(default_factory=dict)
    _settled: dict[str, Known] = field(default_factory=dict)
    _all: set[str] = field(default_factory=set)
    _new_pages: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    _by_key: defaultdict[str, list[str]] | None = None

    def open(self) -> None:
        """Open the index for reading; one that is unreadable counts as none."""
        if self.path is None:
            return
        try:
            self._database = open_for_reading(self.path)
            if self._database is not None:
                rows = self._database.execute("SELECT path, key, sha256, size FROM pages")
                self.pages = {path: (key, sha, size) for path, key, sha, size in rows}
        except (Foreign, sqlite3.Error, OSError, TypeError, ValueError) as error:
            self._give_up(error)

    def known(
        self, found: Sequence[RunFolder], facts_of: Callable[[str], str], output: Output
    ) -> list[RunEntry | None]:
        """Return what an earlier build kept of each run whose files are as they were then.

        ``facts_of`` returns the facts of a run's folder.
        """
        places = list(map(place_of, found))
        known: list[RunEntry | None] = [None] * len(places)
        try:
            rows = self._rows()
            for at, place in enumerate(places):
                if place in self._all:
                    continue  # Two runs of one label: the first has the entry.
                self._all.add(place)
                row = rows.get(place)
                if row is not None:
                    known[at] = self._entry(found[at], row, facts_of)
        except (sqlite3.Error, OSError, ValueError, TypeError, KeyError) as error:
            self._give_up(error)
            self._all.update(places)
            return [None] * len(places)
        if output.has_all({path: file for each in known if each for path, file in _files(each)}):
            return known
        return [each and self._if_kept(each, output) for each in known]

    def _if_kept(self, entry: RunEntry, output: Output) -> RunEntry | None:
        return entry if output.has_all(dict(_files(entry))) else None

    def _rows(self) -> dict[str, tuple[Any, ...]]:
        if self._database is None:
            return {}
        query = f"SELECT {_RUN} FROM runs WHERE settings = ?"
        return {row[0]: row for row in self._database.execute(query, (self.settings,))}

    def _entry(
        self,
        found: RunFolder,
        row: tuple[Any, ...],
        facts_of: Callable[[str], str],
    ) -> RunEntry | None:
        place, facts, content, settled, text, digest = row
        known = None
        if not settled or facts_of(found.path) != facts:
            known = look_at(found.folder)
            if known.content != content:
                return None
        if digest_of(place, text) != digest:
            raise ValueError("a row is damaged")
        if known is not None:
            self._settled[place] = known
        return decode_entry(text)

    def digest(self, found: RunFolder) -> str | None:
        """Return the encoded digest of a run that is known; None when it cannot be had."""
        if self._database is None:
            return None
        query = "SELECT text FROM digests WHERE run = (SELECT id FROM runs WHERE place = ?)"
        try:
            row = self._database.execute(query, (place_of(found),)).fetchone()
        except sqlite3.Error:
            return None
        return row[0] if row and isinstance(row[0], str) else None

    def contents(self) -> dict[str, str]:
        """Return, by a run's place, the hash of what its files held in an earlier build."""
        if self._database is None:
            return {}
        try:
            return dict(self._database.execute("SELECT place, content FROM runs"))
        except sqlite3.Error:
            return {}

    def add(self, run: ReducedRun, row: RunRow, text: Place) -> None:
        """Keep a run that was read; its digest is among the `texts`."""
        found, place = run.found, place_of(run.found)
        if run.known is not None and place not in self._fresh:
            self._fresh[place] = FreshRun(
                found.label, found.reader, row, run.entry, run.known, run.summaries, text
            )

    def site(self, output: Path) -> Any:
        """Return what the last build of a site left about it, or None."""
        if self._database is None:
            return None
        try:
            return read_site(self._database, output)[1]
        except (sqlite3.Error, ValueError, TypeError, AttributeError) as error:
            self._give_up(error)
            return None

    def made_from(self, key: str) -> dict[str, Entry]:
        """Return the files of the last build that were made from the same."""
        if self._by_key is None:
            self._by_key = defaultdict(list)
            for path, (made_from, *_) in self.pages.items():
                self._by_key[made_from].append(path)
        return {path: Entry(*self.pages[path][1:]) for path in self._by_key.get(key, ())}

    def add_page(self, path: str, key: str, entry: Entry) -> None:
        """Keep what a page was made from."""
        self._new_pages[path] = (key, *entry)

    def keep_pages(self, paths: Iterable[str]) -> None:
        """Keep what is known of pages that are as they were."""
        self._new_pages.update((path, self.pages[path]) for path in paths)

    def close(self) -> None:
        """Let go of the file and of the texts."""
        self._close_database()
        self.texts.close()

    def _close_database(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def save(self, output: Path, key: str, site: Mapping[str, Any], paths: str) -> None:
        """Write what the next build can use; ``paths`` are the site's files and folders."""
        self._close_database()
        if self.path is None:
            return
        try:
            database = open_for_writing(self.path)
            try:
                database.execute("BEGIN IMMEDIATE")
                self._write(database)
                write_site(database, output, key, site, paths)
                database.execute("COMMIT")
            finally:
                database.close()
        except _UNWRITTEN as error:
            self.notes.append(f"{self.path}: the build's index is not kept: {error}")
        except sqlite3.Error as error:
            # It is damaged where nothing was read, and would be so at every build.
            self._give_up(error)

    def _write(self, database: sqlite3.Connection) -> None:
        ids = dict(database.execute("SELECT place, id FROM runs"))
        gone = [(ids[place],) for place in ids if place not in self._all or place in self._fresh]
        database.executemany("DELETE FROM runs WHERE id = ?", gone)
        for place, known in self._settled.items():
            if place in self._fresh or place not in ids:
                continue
            values = (known.facts, known.settled, ids[place])
            database.execute("UPDATE runs SET facts = ?, settled = ? WHERE id = ?", values)
            database.execute("DELETE FROM files WHERE run = ?", (ids[place],))
            write_files(database, [(ids[place], known)])
        write_runs(database, self._fresh, self.texts, self.settings)
        new = self._new_pages
        changed = [(path, *new[path]) for path in new if self.pages.get(path) != new[path]]
        gone_pages = [(path,) for path in self.pages.keys() - new.keys()]
        database.executemany("DELETE FROM pages WHERE path = ?", gone_pages)
        database.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)", changed)

    def _give_up(self, error: Exception) -> None:
        self.notes.append(f"{self.path}: no index of this version, and made anew: {error}")
        self._close_database()
        if self.path is not None:
            with suppress(OSError):
                drop(self.path)


def _files(entry: RunEntry) -> Iterator[tuple[str, Entry]]:
    """Yield what a run has in the site beside its page."""
    for file in (*entry.data, *entry.files):
        yield file.path, Entry(file.sha256, file.size)
