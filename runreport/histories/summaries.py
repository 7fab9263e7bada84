"""A metric's history in numbers: what tables and cards show of it."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from runreport.records import History, MetricSummary, Sketch

Summary = Literal["last", "min", "max", "mean"]
SUMMARIES: tuple[Summary, ...] = ("last", "min", "max", "mean")


def summary_of(declared: object) -> Summary:
    """Return what a run declared as a metric's summary; "last" where that is none of ours."""
    return next((each for each in SUMMARIES if each == declared), "last")


def summarise(
    history: History,
    live: History,
    *,
    summary: Summary = "last",
    goal: Literal["min", "max"] | None = None,
    sketch: Sketch | None = None,
) -> MetricSummary:
    """Return the numbers of a history's live points.

    Minimum, maximum and mean are those of the finite points, each at its earliest step; the last
    value is the last point's, NaN and infinite ones included: a run that diverged shows it.
    """
    steps, values = live.steps, live.values
    finite = np.isfinite(values)
    count, odd = len(values), len(values) - int(np.count_nonzero(finite))
    nan = int(np.count_nonzero(np.isnan(values))) if odd else 0
    if odd:
        steps, values = steps[finite], values[finite]
    lowest, lowest_step = _at(values.argmin(), values, steps) if len(values) else _NOTHING
    highest, highest_step = _at(values.argmax(), values, steps) if len(values) else _NOTHING
    last, last_step = _at(-1, live.values, live.steps) if count else _NOTHING
    mean = _mean(values)
    return MetricSummary(
        name=history.name,
        value={"last": last, "min": lowest, "max": highest, "mean": mean}[summary],
        summary=summary,
        goal=goal,
        last=last,
        last_step=last_step,
        min=lowest,
        min_step=lowest_step,
        max=highest,
        max_step=highest_step,
        mean=mean,
        count=count,
        nan=nan,
        infinite=odd - nan,
        superseded=len(history.values) - count,
        added=history.added,
        sketch=sketch,
    )


_NOTHING = (math.nan, math.nan)


def _at(
    index: np.intp | int, values: NDArray[np.float64], steps: NDArray[np.float64]
) -> tuple[float, float]:
    return float(values[index]), float(steps[index])


def _mean(values: NDArray[np.float64]) -> float:
    if not len(values):
        return math.nan
    with np.errstate(over="ignore"):
        mean = float(values.mean())
        # A sum can leave float64's range where the mean does not.
        return mean if math.isfinite(mean) else float((values / len(values)).sum())
