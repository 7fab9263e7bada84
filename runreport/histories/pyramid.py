"""The points that stand for a long history: of equal-count buckets, where the extremes are.

An overview has as many buckets as a chart of the whole history shows. Between it and the points
themselves lie the levels of a pyramid, each of `FACTOR` times smaller buckets than the one above,
so that a chart finds a level with a bucket for each pixel whatever part it is zoomed to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FACTOR: Final = 32
"""Points in a bucket of the lowest level, and buckets of one level in a bucket of the next.

Two points of a bucket of 32, at five to seven bytes each, add up to a tenth to the points
themselves at four bytes and more; a view of one level has at most 32 buckets a pixel.
"""

LEVEL_TILE: Final = 16_384
"""Buckets in a tile of a level."""

MEAN_OF: Final = 4
"""Kept points to a mean: a smoothed line needs fewer than the line of the extremes."""

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


def bucket_sizes(count: int, points: int) -> Iterator[int]:
    """Yield the bucket sizes of a history's levels, from the lowest; none for a short history.

    A level pays where it has more than four times the buckets of an overview of ``points``.
    """
    size = FACTOR
    while count > 2 * points * size:
        yield size
        size *= FACTOR


def bucket_points(values: Floats, size: int, finite: NDArray[np.bool_] | None = None) -> Indices:
    """Return where each ``size`` values have their minimum, their maximum and their first gap.

    Ascending, each once. A gap is a value that is not ``finite``; None says that there is none.
    """
    if finite is None:
        return _ascending(_by_bucket(values, size, np.argmin), _by_bucket(values, size, np.argmax))
    low = _by_bucket(np.where(finite, values, np.inf), size, np.argmin)
    high = _by_bucket(np.where(finite, values, -np.inf), size, np.argmax)
    gaps = _by_bucket(finite, size, np.argmin)
    # The minimum stands in where a bucket has no gap.
    return _ascending(low, high, np.where(finite[gaps], low, gaps))


def means(values: Floats, kept: Indices, finite: NDArray[np.bool_] | None = None) -> Floats:
    """Return the mean of all values at each `MEAN_OF` kept points, up to the next.

    The first counts from the first value on; NaN where no value is ``finite``. The extremes do not
    tell where the values between them lie, so that a line smoothed by them alone follows spikes.
    """
    starts = kept[::MEAN_OF].copy()
    starts[0] = 0
    with np.errstate(over="ignore", invalid="ignore"):
        if finite is None:
            counts = np.diff(np.append(starts, len(values)))
            return np.asarray(np.add.reduceat(values, starts) / counts)
        sums = np.add.reduceat(np.where(finite, values, 0.0), starts)
        return np.asarray(sums / np.add.reduceat(finite, starts, dtype=np.float64))


def finite_of(values: Floats) -> NDArray[np.bool_] | None:
    """Return which values are finite, for `bucket_points`; None when all are."""
    finite = np.isfinite(values)
    return None if finite.all() else finite


def _by_bucket(values: NDArray[Any], size: int, pick: Any) -> Indices:
    """Return where ``pick`` finds its value in each ``size`` values; the last may be fewer."""
    whole = len(values) // size * size
    rows = values[:whole].reshape(-1, size)
    found: Indices = pick(rows, axis=1) + np.arange(0, whole, size)
    return np.append(found, pick(values[whole:]) + whole) if whole < len(values) else found


def _ascending(*picked: Indices) -> Indices:
    """Return the picked indices of all buckets in order, each once."""
    rows = np.sort(np.stack(picked, axis=1), axis=1).ravel()
    once: Indices = rows[np.append(True, rows[1:] > rows[:-1])]
    return once
