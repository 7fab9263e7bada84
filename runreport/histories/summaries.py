"""A metric's history in numbers: what tables and cards show of it."""

from __future__ import annotations

import math
from typing import Literal

from runreport.histories.measures import Measures, measure
from runreport.records import History, MetricSummary

Summary = Literal["last", "min", "max", "mean"]
SUMMARIES: tuple[Summary, ...] = ("last", "min", "max", "mean")


def summary_of(declared: object) -> Summary:
    """Return what a run declared as a metric's summary; "last" where that is none of ours."""
    if declared is None:
        return "last"
    return next((each for each in SUMMARIES if each == declared), "last")


def summarise(
    history: History,
    live: History,
    *,
    summary: Summary = "last",
    goal: Literal["min", "max"] | None = None,
    measures: Measures | None = None,
) -> MetricSummary:
    """Return the numbers of a history's live points, whose ``measures`` may be known.

    Minimum, maximum and mean are those of the finite points, each at its earliest step; the last
    value is the last point's, NaN and infinite ones included: a run that diverged shows it.
    """
    known = measures or measure(live)
    lowest, lowest_step = _at(known.lowest, live)
    highest, highest_step = _at(known.highest, live)
    count = len(live.values)
    last, last_step = _at(count - 1 if count else None, live)
    return MetricSummary(
        name=history.name,
        value={"last": last, "min": lowest, "max": highest, "mean": known.mean}[summary],
        summary=summary,
        goal=goal,
        last=last,
        last_step=last_step,
        min=lowest,
        min_step=lowest_step,
        max=highest,
        max_step=highest_step,
        mean=known.mean,
        count=count,
        nan=known.nan,
        infinite=known.infinite,
        superseded=len(history.values) - count,
        added=history.added,
        sketch=known.sketch,
    )


def _at(index: int | None, live: History) -> tuple[float, float]:
    """Return a point's value and step; NaN where there is none."""
    if index is None:
        return math.nan, math.nan
    return live.values.item(index), live.steps.item(index)
