"""What is reckoned from every history: its extremes, its mean, and its sketch.

Metrics of one log call share their steps, and most histories are short: a call of numpy costs more
than its work. So they are stacked, a row a metric, and reckoned together; the numbers are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runreport.histories.overview import SKETCH_POINTS, make_sketch
from runreport.records import History, Sketch

LONG: Final = 4096
"""Points of a history from which on it is reckoned alone: copying it would cost more."""

Floats = NDArray[np.float64]


class Measures(NamedTuple):
    """The numbers of a history's finite points."""

    lowest: int | None
    """Where the minimum is, the earliest of equal ones; None without a finite point."""
    highest: int | None
    mean: float
    nan: int = 0
    infinite: int = 0
    sketch: Sketch | None = None
    single: NDArray[np.float32] | None = None
    """The values as float32, where they are all finite in it; None where nobody has looked."""
    is_exact: bool = False
    """Whether they are the same as float32."""


def live_histories(histories: Sequence[History]) -> list[History]:
    """Return each history's live points; steps that many have are looked at once."""
    ordered: dict[int, bool] = {}
    found = []
    for each in histories:
        if each.superseded is not None or each.added:
            found.append(each.live())
            continue
        key = id(each.steps)
        if key not in ordered:
            ordered[key] = bool((each.steps[1:] >= each.steps[:-1]).all())
        found.append(each if ordered[key] else each.live())
    return found


def measure_all(histories: Sequence[History]) -> list[Measures]:
    """Return the measures of live points, one for each history."""
    found: dict[int, Measures] = {}
    for places in _alike(histories):
        found |= _measure_together(places, [histories[place] for place in places])
    return [
        found[place] if place in found else _measure_and_sketch(each)
        for place, each in enumerate(histories)
    ]


def _measure_and_sketch(live: History) -> Measures:
    return measure(live)._replace(sketch=make_sketch(live))


def measure(live: History) -> Measures:
    """Return the measures of one history's live points, without a sketch."""
    values = live.values
    finite = np.isfinite(values)
    odd = len(values) - int(np.count_nonzero(finite))
    if not odd:
        if not len(values):
            return Measures(None, None, math.nan)
        return Measures(int(values.argmin()), int(values.argmax()), _mean(values))
    nan = int(np.count_nonzero(np.isnan(values)))
    if odd == len(values):
        return Measures(None, None, math.nan, nan, odd - nan)
    return Measures(
        int(np.where(finite, values, np.inf).argmin()),
        int(np.where(finite, values, -np.inf).argmax()),
        _mean(values[finite]),
        nan,
        odd - nan,
    )


def _mean(values: Floats) -> float:
    """Return the mean of at least one value."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(values.mean())
        # A sum can leave float64's range, and on both sides, where the mean does not.
        return mean if math.isfinite(mean) else float((values / len(values)).sum())


def _alike(histories: Sequence[History]) -> Iterable[list[int]]:
    """Return the places of those that have their steps in common, and so few that it pays."""
    groups: dict[int, list[int]] = {}
    for place, each in enumerate(histories):
        if 0 < len(each.values) < LONG:
            groups.setdefault(id(each.steps), []).append(place)
    return [places for places in groups.values() if len(places) > 1]


def _measure_together(places: Sequence[int], histories: Sequence[History]) -> dict[int, Measures]:
    """Return the measures of histories with the same steps; of odd ones among them, nothing."""
    values = np.array([each.values for each in histories])
    with np.errstate(over="ignore", invalid="ignore"):
        single = values.astype(np.float32)
        means = (np.add.reduce(values, axis=1) / values.shape[1]).tolist()
    # What float32 or a sum cannot hold is odd too.
    usual = (np.isfinite(single).all(axis=1) & np.isfinite(means)).tolist()
    exact = (single == values).all(axis=1).tolist()
    lowest, highest = values.argmin(axis=1).tolist(), values.argmax(axis=1).tolist()
    sketches = _sketches(histories[0].steps, values, single)
    found = zip(places, lowest, highest, means, sketches, single, exact, strict=True)
    return {
        place: Measures(low, high, mean, sketch=sketch, single=row, is_exact=is_exact)
        for (place, low, high, mean, sketch, row, is_exact), is_usual in zip(
            found, usual, strict=True
        )
        if is_usual
    }


def _sketches(steps: Floats, values: Floats, single: NDArray[np.float32]) -> list[Sketch]:
    """Return what `make_sketch` makes of each row."""
    xs = steps.astype(np.float32)
    count = len(steps)
    if count <= SKETCH_POINTS:
        return [Sketch(xs, row) for row in single]
    size = -(-count // ((SKETCH_POINTS - 2) // 2))
    ends = np.zeros((len(values), 2), np.intp)
    ends[:, 1] = count - 1
    kept = np.concatenate(
        [ends, _by_bucket(values, size, np.argmin), _by_bucket(values, size, np.argmax)], axis=1
    )
    kept.sort(axis=1)
    is_first = np.ones(kept.shape, bool)
    np.not_equal(kept[:, 1:], kept[:, :-1], out=is_first[:, 1:])
    places = [row[first] for row, first in zip(kept, is_first, strict=True)]
    return [Sketch(xs[at], row[at]) for row, at in zip(single, places, strict=True)]


def _by_bucket(values: Floats, size: int, pick: Any) -> NDArray[np.intp]:
    """Return where ``pick`` finds its value in each ``size`` values of a row."""
    count = values.shape[1]
    whole = count // size * size
    rows = values[:, :whole].reshape(len(values), -1, size)
    found: NDArray[np.intp] = pick(rows, axis=2) + np.arange(0, whole, size)
    if whole == count:
        return found
    return np.concatenate([found, pick(values[:, whole:], axis=1)[:, None] + whole], axis=1)
