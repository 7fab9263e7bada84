"""A run record reduced to what pages need: summaries, and data files in place of its histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runreport.histories.goals import Goal, goal_of
from runreport.histories.measures import live_histories, measure_all
from runreport.histories.overview import Source, make_chunks, time_origin
from runreport.histories.summaries import summarise, summary_of
from runreport.histories.tiles import Spool
from runreport.records import DataFile, HistoryChunk, MetricSummary, RunDigest, RunRecord


def digest(
    record: RunRecord,
    *,
    goals: Mapping[str, Goal],
    status: str,
    slug: str,
    spool: Spool | None = None,
) -> tuple[RunDigest, list[DataFile]]:
    """Return a run's digest and the data files of its metrics and system metrics.

    ``goals`` are the config's; ``status`` is the resolved one. A ``spool`` takes over the many
    files of long histories, which then are not returned.
    """
    started = time_origin(record.started, record.histories + record.system)
    metrics, chunks, files = _reduce(record, Source(slug, started), goals, spool)
    system, system_chunks, system_files = _reduce(record, Source(slug, started, "y"), goals, spool)
    reduced = RunDigest(
        record=replace(record, histories=(), system=()),
        slug=slug,
        status=status,
        metrics=tuple(metrics),
        chunks=tuple(chunks),
        system=tuple(system),
        system_chunks=tuple(system_chunks),
        findings=record.findings,
    )
    return reduced, files + system_files


def _reduce(
    record: RunRecord, source: Source, goals: Mapping[str, Goal], spool: Spool | None
) -> tuple[list[MetricSummary], list[HistoryChunk], list[DataFile]]:
    is_system = source.prefix == "y"
    histories = record.system if is_system else record.histories
    if not histories:
        return [], [], []
    live_points = live_histories(histories)
    measured = measure_all(live_points)
    summaries = []
    for history, live, measures in zip(histories, live_points, measured, strict=True):
        declared = _declared(record, history.name)
        # A machine's load has no direction, whatever its name suggests.
        goal = (
            None if is_system else goal_of(history.name, declared=declared.get("goal"), goals=goals)
        )
        summary = summary_of(declared.get("summary"))
        summaries.append(summarise(history, live, summary=summary, goal=goal, measures=measures))
    pairs = list(zip(histories, live_points, strict=True))
    chunks, files = make_chunks(pairs, source, spool, measured)
    return summaries, chunks, files


def _declared(record: RunRecord, metric: str) -> Mapping[str, Any]:
    declared = record.metrics.get(metric)
    return declared if isinstance(declared, Mapping) else {}
