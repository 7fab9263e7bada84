"""One build's dealings with the index: what it may take over, and what it leaves for the next."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from runreport.artifacts import OutFile
from runreport.index.database import Foreign, drop, open_for_reading, open_for_writing
from runreport.index.stored import decode
from runreport.index.trees import Known, facts_now, look_at
from runreport.reading.liveness import Writer, status_by
from runreport.reading.sources import RunFolder
from runreport.reduction import Memory, ReducedRun
from runreport.site import Output
from runreport.site.manifest import Entry

_RUN: Final = "settings, facts, content, settled, writer, record, data, digest"
_NUMBERS: Final = (
    *("name", "value", "summary", "goal", "last", "last_step", "min", "min_step", "max"),
    *("max_step", "mean", "count", "nan", "infinite", "superseded"),
)


def place_of(found: RunFolder) -> str:
    """Return what a run's entry goes by: what its reader can know of where it lies."""
    depth = len(found.folder.parts) - len(found.root.parts)
    return f"{found.reader}/{depth}/{found.label}"


@dataclass(slots=True)
class Session:
    """The index while one build uses it; without a ``path`` nothing is known or kept."""

    path: Path | None
    settings: str
    """Hash of what runs depend on beside their folders."""
    notes: list[str] = field(default_factory=list)
    """What was odd about the index itself."""
    pages: dict[str, tuple[str, Entry]] = field(default_factory=dict)
    """The pages of the last build by their paths: what they were made from, their bytes."""
    _database: sqlite3.Connection | None = None
    _fresh: dict[str, ReducedRun] = field(default_factory=dict)
    _settled: dict[str, Known] = field(default_factory=dict)
    _all: set[str] = field(default_factory=set)
    _new_pages: dict[str, tuple[str, Entry]] = field(default_factory=dict)

    def open(self) -> None:
        """Open the index for reading; one that is unreadable counts as none."""
        if self.path is None:
            return
        try:
            self._database = open_for_reading(self.path)
            if self._database is not None:
                rows = self._database.execute("SELECT path, key, sha256, size FROM pages")
                self.pages = {path: (key, Entry(sha, size)) for path, key, sha, size in rows}
        except (Foreign, sqlite3.Error, OSError, TypeError, ValueError) as error:
            self._give_up(error)

    def known(
        self, found: RunFolder, output: Output, *, now: float, stale_after: float
    ) -> ReducedRun | None:
        """Return a run as an earlier build reduced it, when its files are as they were then."""
        place = place_of(found)
        if place in self._all:
            return None  # Two runs of one label: the first has the entry.
        self._all.add(place)
        try:
            run = self._entry(place, found, output)
        except (sqlite3.Error, OSError, ValueError, TypeError, KeyError) as error:
            self._give_up(error)
            return None
        if run is None or run.memory is None or run.memory.writer is None:
            return run
        status = status_by(run.memory.writer, now=now, stale_after=stale_after)
        return replace(run, digest=replace(run.digest, status=status))

    def _entry(self, place: str, found: RunFolder, output: Output) -> ReducedRun | None:
        if self._database is None:
            return None
        rows = self._database.execute(f"SELECT {_RUN} FROM runs WHERE place = ?", (place,))
        row = rows.fetchone()
        if row is None or row[0] != self.settings:
            return None
        known = self._same(found, *row[1:4])
        run = _restored(found, row[4:], output) if known else None
        if known and known.files and run:
            self._settled[place] = known
        return run

    def _same(self, found: RunFolder, facts: str, content: str, settled: int) -> Known | None:
        """Return the state of a folder that holds what it held; None when it does not."""
        if settled and facts_now(found.folder) == facts:
            return Known(facts, content, True, ())
        known = look_at(found.folder)
        return known if known.content == content else None

    def add(self, run: ReducedRun, data: Sequence[OutFile]) -> None:
        """Keep a run that was read, and what its data files are."""
        place = place_of(run.found)
        if run.memory is not None and place not in self._fresh:
            self._fresh[place] = replace(run, data=(), kept=tuple(data))

    def site(self, output: Path) -> Any:
        """Return what the last build of a site left about it, or None."""
        if self._database is None:
            return None
        try:
            row = self._database.execute(
                "SELECT value FROM sites WHERE output = ?", (str(output.absolute()),)
            ).fetchone()
            return json.loads(row[0]) if row else None
        except (sqlite3.Error, ValueError) as error:
            self._give_up(error)
            return None

    def add_page(self, path: str, key: str, entry: Entry) -> None:
        """Keep what a page was made from."""
        self._new_pages[path] = (key, entry)

    def close(self) -> None:
        """Let go of the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def save(self, output: Path, key: str, site: Mapping[str, Any]) -> None:
        """Write what the next build can use."""
        self.close()
        if self.path is None:
            return
        try:
            database = open_for_writing(self.path)
            try:
                database.execute("BEGIN IMMEDIATE")
                self._write(database)
                values = (str(output.absolute()), key, json.dumps(site))
                database.execute("INSERT OR REPLACE INTO sites VALUES (?, ?, ?)", values)
                database.execute("COMMIT")
            finally:
                database.close()
        except (sqlite3.Error, OSError, OverflowError, UnicodeError) as error:
            self.notes.append(f"{self.path}: the build's index is not kept: {error}")

    def _write(self, database: sqlite3.Connection) -> None:
        ids = dict(database.execute("SELECT place, id FROM runs"))
        gone = [(ids[place],) for place in ids if place not in self._all or place in self._fresh]
        database.executemany("DELETE FROM runs WHERE id = ?", gone)
        for place, known in self._settled.items():
            values = (known.facts, known.settled, place)
            database.execute("UPDATE runs SET facts = ?, settled = ? WHERE place = ?", values)
            if place in ids:
                database.execute("DELETE FROM files WHERE run = ?", (ids[place],))
                _write_files(database, ids[place], known)
        for place, run in self._fresh.items():
            _write_run(database, place, run, self.settings)
        changed = {k: v for k, v in self._new_pages.items() if self.pages.get(k) != v}
        gone_pages = [(path,) for path in self.pages.keys() - self._new_pages.keys()]
        database.executemany("DELETE FROM pages WHERE path = ?", gone_pages)
        database.executemany(
            "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)",
            [(path, key, e.sha256, e.size) for path, (key, e) in changed.items()],
        )

    def _give_up(self, error: Exception) -> None:
        self.notes.append(f"{self.path}: no index of this version, and made anew: {error}")
        self.close()
        if self.path is not None:
            drop(self.path)


def _restored(found: RunFolder, row: tuple[Any, ...], output: Output) -> ReducedRun | None:
    """Return the run of a row whose data and artifacts the old site still has."""
    writer, record, data, digest = row
    if hashlib.sha256((record + data).encode()).hexdigest() != digest:
        raise ValueError("a row is damaged")
    kept = tuple(OutFile(path, sha256, size, None) for path, sha256, size in json.loads(data))
    reduced, publication = decode(record, found.folder)
    if not all(output.has(each.path, each.sha256, each.size) for each in kept):
        return None
    if not all(output.has(each.path, each.sha256, each.size) for each in publication.files):
        return None
    memory = Memory(
        Known("", "", True, ()),
        "",
        Writer(*json.loads(writer)) if writer else None,
        hashlib.sha256(record.encode()).hexdigest(),
    )
    return ReducedRun(found, reduced, (), publication, memory=memory, kept=kept)


def _write_run(database: sqlite3.Connection, place: str, run: ReducedRun, settings: str) -> None:
    memory, record = run.memory, run.digest.record
    assert memory is not None
    files = json.dumps([(each.path, each.sha256, each.size) for each in run.kept])
    row = {
        "place": place,
        "label": run.found.label,
        "reader": run.found.reader,
        "experiment": record.experiment,
        "run_id": record.run_id,
        "name": record.name,
        "status": run.digest.status,
        "started": record.started,
        "slug": run.digest.slug,
        "settings": settings,
        "facts": memory.known.facts,
        "content": memory.known.content,
        "settled": memory.known.settled,
        "writer": json.dumps(memory.writer) if memory.writer else None,
        "record": memory.record,
        "data": files,
        "digest": hashlib.sha256((memory.record + files).encode()).hexdigest(),
    }
    marks = ", ".join("?" * len(row))
    found = database.execute(
        f"INSERT INTO runs ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
    )
    number = int(found.lastrowid or 0)
    _write_files(database, number, memory.known)
    database.executemany(
        f"INSERT INTO summaries VALUES ({', '.join('?' * (1 + len(_NUMBERS)))})",
        [(number, *(getattr(m, name) for name in _NUMBERS)) for m in run.digest.metrics],
    )


def _write_files(database: sqlite3.Connection, number: int, known: Known) -> None:
    database.executemany(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, f.path, f.size, f.mtime_ns, str(f.inode), sha256)
            for f, sha256 in known.files
            if not f.path.endswith("/")
        ],
    )
