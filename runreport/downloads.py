"""The runs and points that a site offers as files: those of `runreport export`, fit to publish.

Each experiment has its own, and so has the whole site. The runs table is of the rows that the site
shows, without what it keeps back; points are read once more from the run folders, run by run.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from runreport.artifacts import Budget, OutFile
from runreport.contexts import Download
from runreport.errors import OutputError
from runreport.export import WRITERS, Format
from runreport.export.columns import make_columns
from runreport.export.writer import Writer
from runreport.index.keys import downloads_key, hash_of
from runreport.index.session import Session, place_of
from runreport.pages.words import is_unread
from runreport.progress import Reporter
from runreport.reading.kept import KeptColumns
from runreport.reading.sources import read_histories
from runreport.records import Finding, History
from runreport.reduction import name_of
from runreport.rows import RunRow
from runreport.runs import Runs
from runreport.site import Output
from runreport.site.manifest import Entry
from runreport.text.names import ALL_RUNS, experiment_slug
from runreport.text.numbers import bytes_text

FILES: Final[Mapping[Format, Sequence[str]]] = {
    # The site has the runs as CSV in any case.
    "csv": ("metrics.csv",),
    "parquet": ("runs.parquet", "metrics.parquet"),
    "sqlite": ("runs.sqlite",),
}
"""By format, the files of an export that a site has."""


class Group(NamedTuple):
    """Runs that have files of their own."""

    folders: tuple[str, ...]
    """Where the files are, below the site's data; with two, the same files are in both."""
    rows: Sequence[RunRow]


@dataclass(slots=True)
class Downloads:
    """Writes the files, or keeps those of the old site that still hold."""

    runs: Runs
    output: Output
    session: Session
    budget: Budget
    columns: KeptColumns | None
    """What this build has kept of long metrics files."""
    findings: list[Finding] = field(default_factory=list)
    """What is left out, and why."""
    offered: defaultdict[str, list[Download]] = field(default_factory=lambda: defaultdict(list))
    """By folder, the files in the order of the formats."""
    _reasons: dict[tuple[str, Format], str] = field(default_factory=dict)
    """Why files cannot be made, where it is not for their size."""

    def write(self, forms: Sequence[Format], report: Reporter) -> None:
        """Write the files of every experiment, and of all together."""
        keys = self._keys()
        groups = list(_groups(self.runs.rows))
        report.begin("writing downloads", len(groups))
        try:
            for group in groups:
                key = hash_of(downloads_key(), [keys[row.slug] for row in group.rows])
                # A run of which nothing is known may be another one each time.
                is_known = all(map(keys.__getitem__, (row.slug for row in group.rows)))
                self._write(group, forms, key if is_known else "")
                report.advance()
        finally:
            report.end()

    def _keys(self) -> dict[str, str]:
        """Return by slug what stands for all of a run, its points among it; "" for unknown."""
        known = self.session.contents()
        keys = {}
        for slug, origin in self.runs.origins.items():
            content = origin.content
            if content is None:
                content = known.get(place_of(origin.found), "")
            keys[slug] = content and f"{self.runs.keys[slug]} {content}"
        return keys

    def _write(self, group: Group, forms: Sequence[Format], key: str) -> None:
        due = [form for form in forms if not (key and self._is_kept(group, form, key))]
        files = self._made(group, due) if due else {}
        for form in forms:
            made = files[form] if form in files else self._old(group, form)
            self._offer(group, form, made, key)

    def _is_kept(self, group: Group, form: Format, key: str) -> bool:
        """Return whether the old site has the files, made from the same."""
        old = {path: self.session.pages.get(path) for path in _paths(group, form)}
        entries = {path: Entry(*page[1:]) for path, page in old.items() if page and page[0] == key}
        return len(entries) == len(old) and self.output.has_all(entries)

    def _old(self, group: Group, form: Format) -> list[OutFile]:
        paths = _paths(group, form)[: len(FILES[form])]
        return [OutFile(path, *self.session.pages[path][1:], None) for path in paths]

    def _made(self, group: Group, forms: Sequence[Format]) -> dict[Format, list[OutFile]]:
        """Write files to the spool; an empty list stands for those that became too large."""
        spool = self.output.spool / "downloads" / group.folders[-1]
        try:
            with ExitStack() as stack:
                writers = {form: _writer(spool, form) for form in forms}
                for writer in writers.values():
                    stack.enter_context(writer)
                self._add_points(group.rows, writers)
                return {form: self._finish(group, form, writers.get(form)) for form in forms}
        except (OSError, sqlite3.Error) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise OutputError(
                f"{self.output.folder}: downloads cannot be written: {why}; make room, or leave "
                "them out; an old site is as it was"
            ) from error

    def _add_points(self, rows: Iterable[RunRow], writers: dict[Format, Writer]) -> None:
        """Write the points of all runs; a writer that has no room for them is dropped."""
        for row in rows:
            for history in self._histories(row):
                for writer in writers.values():
                    writer.add_points(row.run_id, history)
            for form, writer in list(writers.items()):
                if writer.size() > self.budget.room:
                    writer.close()
                    del writers[form]

    def _histories(self, row: RunRow) -> tuple[History, ...]:
        if is_unread(row):
            return ()
        found = self.runs.origins[row.slug].found
        kept = self.columns.of(name_of(found)) if self.columns else None
        return read_histories(found, kept)[0]

    def _finish(self, group: Group, form: Format, writer: Writer | None) -> list[OutFile]:
        if writer is None:
            return []
        try:
            writer.add_runs(make_columns(group.rows))
        except OutputError as error:
            self._reasons[group.folders[0], form] = str(error).partition(": ")[2]
            return []
        places = {place.name: place for place in writer.publish()}
        return [_out_file(places[name]) for name in FILES[form]]

    def _offer(self, group: Group, form: Format, files: Sequence[OutFile], key: str) -> None:
        """Put files into the site, if there is room for all of them; equal ones count once."""
        size = sum(file.size for file in files)
        if not files or not self.budget.admit(size):
            self._leave_out(group, form)
            return
        for folder in group.folders:
            for name, file in zip(FILES[form], files, strict=True):
                path = f"data/{folder}/{name}"
                self.output.adopt(path, file.sha256, file.size, file.spooled)
                self.offered[folder].append(Download(name, path, bytes_text(file.size)))
                if key:
                    self.session.add_page(path, key, Entry(file.sha256, file.size))

    def _leave_out(self, group: Group, form: Format) -> None:
        for folder in group.folders:
            self.offered[folder].append(Download(form, "", "left out, see the log"))
        too_large = (
            "artifacts and downloads would be more than max_total_bytes = "
            f"{bytes_text(self.budget.limit)}; raise that setting, or take {form!r} from downloads"
        )
        why = self._reasons.get((group.folders[0], form), too_large)
        text = f"no download as {form}: {why}"
        self.findings.append(Finding("warning", f"data/{group.folders[0]}", text))


def _groups(rows: Sequence[RunRow]) -> Iterable[Group]:
    """Return the runs of each experiment, then all; sorted by experiment, then as found."""
    experiments: defaultdict[str, list[RunRow]] = defaultdict(list)
    for row in rows:
        experiments[row.experiment].append(row)
    names = sorted(experiments)
    if len(names) == 1:
        yield Group((experiment_slug(names[0]), ALL_RUNS), rows)
        return
    for name in names:
        yield Group((experiment_slug(name),), experiments[name])
    yield Group((ALL_RUNS,), [row for name in names for row in experiments[name]])


def _paths(group: Group, form: Format) -> list[str]:
    return [f"data/{folder}/{name}" for folder in group.folders for name in FILES[form]]


def _writer(spool: Path, form: Format) -> Writer:
    folder = spool / form
    return WRITERS[form](folder / "runs.sqlite" if form == "sqlite" else folder)


def _out_file(place: Path) -> OutFile:
    with place.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return OutFile(place.name, sha256, place.stat().st_size, place)
