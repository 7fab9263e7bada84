"""Runs as scripts and the command line want them: read, and reduced to one value a metric."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from runreport.allocation import many_objects
from runreport.errors import ConfigError
from runreport.frames import runs_frame
from runreport.histories.summaries import Summary, summarise, summary_of
from runreport.index.entries import RunEntry
from runreport.index.lookup import lookup
from runreport.reading.kept import Kept, KeptColumns
from runreport.reading.liveness import resolve_status, status_by
from runreport.reading.sources import RunFolder, find_runs, read, read_histories
from runreport.records import Finding, History, MetricSummary, RunRecord
from runreport.reduction import name_of
from runreport.rows import MetricValue, RunRow, row_of
from runreport.where import matching

_NAMED: Final = 10
"""Metrics that an error lists."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Runs in short; the lists are parallel."""

    rows: list[RunRow]
    folders: list[Path]
    findings: list[Finding]

    def frame(self) -> pd.DataFrame:
        """Return them as the runs frame."""
        return runs_frame(self.rows)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The runs that sources hold, and what an index has of them: `None` for a run to be read."""

    found: Sequence[RunFolder]
    known: Sequence[RunEntry | None]
    findings: list[Finding]
    """What was odd about the sources, and about the runs that have been read so far."""
    columns: KeptColumns | None
    """What was kept of long metrics files."""
    now: float

    def load(self) -> Loaded:
        """Return all runs; those that the index does not have are read."""
        with many_objects():
            rows = [self._row(run, entry) for run, entry in self._all()]
        return Loaded(rows, [run.folder for run in self.found], self.findings)

    def points(
        self, where: str = "", metrics: Sequence[str] = (), *, place: str = "where"
    ) -> Iterator[Logged]:
        """Yield the runs that a filter lets through, with their points, one by one.

        ``metrics`` are names, or patterns as of a shell; () is all. A run that the index has is
        opened only if it has one of these. ``place`` is what errors name the filter by.

        Raises:
            ConfigError: the filter cannot be read, or no run has what it or ``metrics`` name.
        """
        wanted = Wanted(metrics)
        for run, entry, row in self._chosen(where, place):
            logged = self._logged(run, entry, row, wanted)
            wanted.note(each.name for each in logged.row.metrics)
            yield logged
        wanted.check()

    def _all(self) -> Iterator[tuple[RunFolder, RunEntry | None]]:
        return zip(self.found, self.known, strict=True)

    def _chosen(
        self, where: str, place: str
    ) -> Iterator[tuple[RunFolder, RunEntry | None, RunRow | None]]:
        """Yield the runs that a filter lets through, each with its row if that is known."""
        if not where.strip():
            yield from ((run, entry, entry and self._known(entry)) for run, entry in self._all())
            return
        rows = self.load().rows
        for at in matching(runs_frame(rows), where, place=place).index:
            yield self.found[at], self.known[at], rows[at]

    def _logged(
        self, run: RunFolder, entry: RunEntry | None, row: RunRow | None, wanted: Wanted
    ) -> Logged:
        if row is None:
            record = self._read(run)
            return Logged(self._row_of(record), tuple(filter(wanted, record.histories)))
        if not any(map(wanted, row.metrics)):
            return Logged(row, ())
        histories, findings = read_histories(run, self._kept(run))
        # Those of a run that was read for its row have been told.
        self.findings.extend(findings if entry else ())
        return Logged(row, tuple(filter(wanted, histories)))

    def _row(self, run: RunFolder, entry: RunEntry | None) -> RunRow:
        return self._known(entry) if entry else self._row_of(self._read(run))

    def _known(self, entry: RunEntry) -> RunRow:
        if entry.writer is None:
            return entry.row
        return entry.row._replace(status=status_by(entry.writer, now=self.now))

    def _read(self, run: RunFolder) -> RunRecord:
        record = read(run, self._kept(run))
        self.findings.extend(record.findings)
        return record

    def _kept(self, run: RunFolder) -> Kept | None:
        return self.columns.of(name_of(run)) if self.columns else None

    def _row_of(self, record: RunRecord) -> RunRow:
        metrics = tuple(map(partial(_value, record), record.histories))
        return row_of(record, resolve_status(record, now=self.now), metrics)


class Logged(NamedTuple):
    """A run, and those of its histories that were asked for."""

    row: RunRow
    histories: tuple[History, ...]


class Wanted:
    """Says of what has a metric's name whether it is asked for; without any names all is."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._seen: set[str] = set()

    def __call__(self, metric: History | MetricValue) -> bool:
        """Return whether this is one of them."""
        return not self._names or any(_is_named(metric.name, each) for each in self._names)

    def note(self, names: Iterable[str]) -> None:
        """Take note of what a run has."""
        if self._names:
            self._seen.update(names)

    def check(self) -> None:
        """Refuse a name that no run has.

        Raises:
            ConfigError: there is one.
        """
        known = sorted(self._seen)
        more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
        choices = ", ".join(known[:_NAMED]) + more if known else "none, as they have no metrics"
        for wanted in self._names:
            if not any(_is_named(name, wanted) for name in known):
                raise ConfigError(f"metrics: no run has {wanted!r}; choose from {choices}")


def _is_named(name: str, wanted: str) -> bool:
    return name == wanted or fnmatchcase(name, wanted)


def look(sources: Sequence[Path], **selection: Any) -> Catalog:
    """Find runs as `find_runs` does with these arguments, and what an index has of them."""
    with many_objects(), lookup(sources) as index:
        if index is None:
            found, findings = find_runs(sources, **selection)
            return Catalog(found, [None] * len(found), findings, None, time.time())
        found, findings = find_runs(sources, tree_of=index.tree, **selection)
        return Catalog(found, index.known(found), findings, index.columns, time.time())


def load(sources: Sequence[Path], **selection: Any) -> Loaded:
    """Read what `find_runs` finds with these arguments, but for what an index has of it."""
    return look(sources, **selection).load()


def _value(record: RunRecord, history: History) -> MetricValue:
    value = summary_value(history, declared_summary(record, history.name))
    return MetricValue(history.name, value, None, math.nan, math.nan, 0, is_curve=False)


def summary_value(history: History, summary: Summary) -> float:
    """Return the one number that stands for a history in tables."""
    live = history.live()
    # The others cost far more than this one, which nearly all metrics have.
    if summary == "last":
        return float(live.values[-1]) if len(live.values) else math.nan
    return summarise(history, live, summary=summary).value


def summarise_all(record: RunRecord) -> tuple[MetricSummary, ...]:
    """Return all numbers of each of a run's metrics."""
    return tuple(
        summarise(history, history.live(), summary=declared_summary(record, history.name))
        for history in record.histories
    )


def declared_summary(record: RunRecord, metric: str) -> Summary:
    """Return which number a run declares to stand for a metric."""
    declared = record.metrics.get(metric)
    return summary_of(declared.get("summary") if isinstance(declared, Mapping) else None)
