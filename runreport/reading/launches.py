"""Segments of points joined to histories: missing steps counted up, superseded points marked.

A later launch of a script logs some steps again. Its points count, and the earlier ones at these
steps are marked as superseded. A later launch shows as a resumed segment, or as steps that go back
inside one file and come again. Parallel writers (ranks, forks) and values added to an ended run
supersede nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runreport.reading.builder import MAX_METRICS, Column, Floats
from runreport.reading.points import Points
from runreport.records import Added, History

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Part:
    """One segment's points of one metric."""

    kind: str
    steps: Floats
    times: Floats
    values: Floats
    superseded: Mask | None
    header: Mapping[str, Any]


def make_histories(segments: Sequence[Points]) -> tuple[History, ...]:
    """Return every metric's history, sorted by name; ``segments`` come in the order written."""
    names = _names(segments)[:MAX_METRICS]
    if len(segments) == 1 and _kind(segments[0], is_first=True) != "added":
        return _single(segments[0], sorted(names))
    return tuple(_join(name, segments) for name in sorted(names))


def count_metrics(segments: Sequence[Points]) -> int:
    """Return how many metrics were logged, those that are not read among them."""
    return len(set(_names(segments)).union(*(segment.dropped for segment in segments)))


def _names(segments: Sequence[Points]) -> list[str]:
    return list(dict.fromkeys(name for segment in segments for name in segment.columns))


def _single(points: Points, names: Sequence[str]) -> tuple[History, ...]:
    """Do the common case, where metrics logged on every line share their steps and times."""
    shared: tuple[Floats, Mask | None] | None = None
    histories = []
    for name in names:
        column = points.columns[name]
        if column.rows is not None:
            part = _part(points, column, -1.0, "")
            history = History(name, part.steps, part.times, part.values, part.superseded)
        else:
            if shared is None:
                steps = fill_steps(points.steps, -1.0)
                shared = steps, find_superseded(steps)
            history = History(name, shared[0], points.times, column.values, shared[1])
        histories.append(history)
    return tuple(histories)


def _part(points: Points, column: Column, last: float, kind: str) -> _Part:
    """Take one metric out of a segment; ``last`` is the step before its first one."""
    rows: Any = slice(None) if column.rows is None else column.rows
    steps = fill_steps(points.steps[rows], last)
    superseded = find_superseded(steps)
    return _Part(kind, steps, points.times[rows], column.values, superseded, points.header)


def fill_steps(steps: Floats, last: float) -> Floats:
    """Return steps in which each one that is missing, or infinite, is the one before it, plus 1."""
    known_steps = np.isfinite(steps)
    if known_steps.all():
        return steps
    places = np.arange(len(steps))
    known = np.maximum.accumulate(np.where(known_steps, places, -1))
    base = np.where(known < 0, last, steps[known])
    return base + (places - known)


def find_superseded(steps: Floats) -> Mask | None:
    """Return which points a later launch in the same file logged again, None if there is none.

    A stretch of steps that begins below the step before it, and repeats one that was logged
    before, is a launch; it replaces what has its first step or a later one. Without a repeated
    step several threads may just have come late.
    """
    goes_back = steps[1:] < steps[:-1]
    if not goes_back.any():
        return None
    back = goes_back.nonzero()[0] + 1
    back = back[_repeats(steps, back)]
    if not len(back):
        return None
    first_later = np.minimum.accumulate(steps[back][::-1])[::-1]
    launch = np.searchsorted(back, np.arange(len(steps)), side="right")
    limits = np.append(first_later, np.inf)
    mask: Mask = steps >= limits[launch]
    return mask if mask.any() else None


def _repeats(steps: Floats, back: NDArray[np.intp]) -> Mask:
    """Return which of the stretches that begin at ``back`` have a step of an earlier stretch."""
    stretch = np.searchsorted(back, np.arange(len(steps)), side="right")
    _, first, inverse = np.unique(steps, return_index=True, return_inverse=True)
    again = stretch[first[inverse]] < stretch
    counts: Mask = np.bincount(stretch[again], minlength=len(back) + 1)[1:] > 0
    return counts


def _join(name: str, segments: Sequence[Points]) -> History:
    parts: list[_Part] = []
    last = -1.0
    for index, points in enumerate(segments):
        column = points.columns.get(name)
        if column is None or not len(column.values):
            continue
        kind = _kind(points, is_first=index == 0)
        # A parallel writer counts its own steps; a later launch goes on counting.
        part = _part(points, column, -1.0 if kind == "joined" else last, kind)
        last = float(part.steps[-1])
        parts.append(part)
    if len(parts) == 1 and parts[0].kind != "added":
        part = parts[0]
        return History(name, part.steps, part.times, part.values, part.superseded)
    steps = np.concatenate([part.steps for part in parts])
    return History(
        name,
        steps,
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
        _superseded_by_resumes(parts, steps),
        _added(parts),
    )


def _kind(points: Points, *, is_first: bool) -> str:
    kind = points.header.get("kind")
    if is_first:
        # A run that logged no metrics may still get some after its end.
        return "added" if kind == "added" else ""
    return kind if kind in ("resumed", "added") else "joined"


def _superseded_by_resumes(parts: Sequence[_Part], steps: Floats) -> Mask | None:
    mask = np.zeros(len(steps), bool)
    start = 0
    for part in parts:
        stop = start + len(part.steps)
        if part.kind == "resumed":
            mask[:start] |= steps[:start] >= part.steps.min()
        if part.superseded is not None:
            mask[start:stop] |= part.superseded
        start = stop
    return mask if mask.any() else None


def _added(parts: Sequence[_Part]) -> tuple[Added, ...]:
    found = []
    start = 0
    for part in parts:
        stop = start + len(part.steps)
        if part.kind == "added":
            time, by = part.header.get("time"), part.header.get("by")
            known = isinstance(time, int | float) and not isinstance(time, bool)
            moment = float(time) if known and time is not None else None
            found.append(Added(start, stop, moment, by if isinstance(by, str) else ""))
        start = stop
    return tuple(found)
