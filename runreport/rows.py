"""A run as tables, cards and links see it: one small row, however much the run holds.

Ten thousand of them are read from the index and kept in memory where that many digests are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from runreport.histories.goals import Goal
from runreport.records import (
    Finding,
    HistoryChunk,
    MetricSummary,
    PublishedArtifact,
    RunDigest,
    RunRecord,
    mark_of,
)
from runreport.text.links import version_link

_SKETCHED: Final = 3e38
"""What a sketch can hold; more is a gap in it."""


class MetricValue(NamedTuple):
    """One metric of one run, as a table and a card show it."""

    name: str
    value: float
    """The summary value."""
    goal: Goal | None
    min: float
    max: float
    points: int
    is_curve: bool
    """Whether two points can be drawn with a line between."""

    @property
    def best(self) -> float | None:
        """Return the best value, or None for a metric without a goal."""
        if self.goal is None:
            return None
        return self.min if self.goal == "min" else self.max


class RunRow(NamedTuple):
    """One run in short; what its own page shows beside is in its digest."""

    slug: str
    run_id: str
    name: str
    experiment: str
    status: str
    """The declared status, or "interrupted"."""
    started: float | None
    ended: float | None
    user: str
    source: str
    """Where the run came from, in one word."""
    version: str
    link: str
    """The version's web page; "" when it has none."""
    parent: str
    params: Mapping[str, Any]
    tags: Mapping[str, Any]
    metrics: tuple[MetricValue, ...] = ()
    chunks: tuple[HistoryChunk, ...] = ()
    findings: tuple[Finding, ...] = ()
    viewers: tuple[PublishedArtifact, ...] = ()
    """The artifacts and media that have a page of their own, without their previews."""

    @property
    def title(self) -> str:
        """What the run is called in tables and on pages."""
        return self.name or self.run_id or self.slug

    @property
    def mark(self) -> str:
        """What tells runs of one name apart."""
        return mark_of(self.run_id, self.title)


def make_row(digest: RunDigest, commit_url: str = "") -> RunRow:
    """Return a run's row; ``commit_url`` is the config's pattern of its version's web page."""
    record = digest.record
    viewers: dict[str, PublishedArtifact] = {}
    for each in (*digest.artifacts, *digest.media):
        # A file may be logged at several steps, and be an artifact too.
        if each.view_url and each.view_url not in viewers:
            viewers[each.view_url] = replace(each, preview="")
    return row_of(record, digest.status, tuple(map(_metric_value, digest.metrics)))._replace(
        slug=digest.slug,
        link=version_link(record.version, record.git, commit_url=commit_url),
        chunks=digest.chunks,
        findings=digest.findings,
        viewers=tuple(viewers.values()),
    )


def row_of(record: RunRecord, status: str, metrics: tuple[MetricValue, ...]) -> RunRow:
    """Return the row of a run that is not on a site."""
    return RunRow(
        slug="",
        run_id=record.run_id,
        name=record.name,
        experiment=record.experiment,
        status=status,
        started=record.started,
        ended=record.ended,
        user=record.user,
        source=source_text(record.source),
        version=record.version,
        link="",
        parent=record.parent,
        params=record.params,
        tags=record.tags,
        metrics=metrics,
    )


def source_text(source: Mapping[str, Any]) -> str:
    """Return where a run came from, in one word: its source's name, else its path."""
    for key in ("name", "path"):
        value = source.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _metric_value(metric: MetricSummary) -> MetricValue:
    return MetricValue(
        *(metric.name, metric.value, metric.goal, metric.min, metric.max, metric.count),
        _is_curve(metric),
    )


def _is_curve(metric: MetricSummary) -> bool:
    """Return whether a metric's sketch has two points to draw."""
    if metric.sketch is None:
        return False
    # Of nearly all metrics the numbers tell it: all their points are within a sketch's range.
    if not metric.nan and not metric.infinite and max(-metric.min, metric.max) < _SKETCHED:
        return metric.count > 1
    return int((metric.sketch.ys == metric.sketch.ys).sum()) > 1
