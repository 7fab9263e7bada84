"""Runs as scripts and the command line want them: read, and reduced to one value a metric."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from runreport.allocation import many_objects
from runreport.frames import runs_frame
from runreport.histories.summaries import Summary, summarise, summary_of
from runreport.index.entries import RunEntry
from runreport.index.lookup import lookup
from runreport.reading.liveness import resolve_status, status_by
from runreport.reading.sources import RunFolder, find_runs, read
from runreport.records import Finding, History, MetricSummary, RunRecord
from runreport.rows import MetricValue, RunRow, row_of


@dataclass(frozen=True, slots=True)
class Loaded:
    """Runs in short; the lists are parallel."""

    rows: list[RunRow]
    folders: list[Path]
    findings: list[Finding]

    def frame(self) -> pd.DataFrame:
        """Return them as the runs frame."""
        return runs_frame(self.rows)


def load(sources: Sequence[Path], **selection: Any) -> Loaded:
    """Read what `find_runs` finds with these arguments, but for what an index has of it."""
    with many_objects(), lookup(sources) as index:
        if index is None:
            found, findings = find_runs(sources, **selection)
            known: Sequence[RunEntry | None] = [None] * len(found)
        else:
            found, findings = find_runs(sources, tree_of=index.tree, **selection)
            known = index.known(found)
    now = time.time()
    loaded = Loaded([], [run.folder for run in found], findings)
    for run, entry in zip(found, known, strict=True):
        loaded.rows.append(_read(run, now, findings) if entry is None else _known(entry, now))
    return loaded


def _known(entry: RunEntry, now: float) -> RunRow:
    if entry.writer is None:
        return entry.row
    return entry.row._replace(status=status_by(entry.writer, now=now))


def _read(run: RunFolder, now: float, findings: list[Finding]) -> RunRow:
    record = read(run)
    findings += record.findings
    metrics = tuple(map(partial(_value, record), record.histories))
    return row_of(record, resolve_status(record, now=now), metrics)


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
