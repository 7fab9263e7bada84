"""Columns of numbers as data files hold them; the pages' scripts decode the same five forms.

{"range": [start, step, n]}   start + step * i for i in 0..n-1
{"sum": [start, unit],        (start + the first i differences) * unit; little-endian integers,
 "u1": "<base64>"}            "u1", "i1", "u2", "i2", "u4" or "i4"
{"f4": "<base64>"}            little-endian float32
{"f8": "<base64>"}            little-endian float64
[1, 2.5, "NaN"]               a few numbers; non-finite ones as their three strings
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 64
"""Up to so many numbers are written as plain JSON."""

DIGITS = 6e-8
"""The relative error of a value with seven digits, and the most that float32 rounding makes."""

_DIFFERENCES = ("u1", "i1", "u2", "i2", "u4", "i4")
"""Forms of the differences in a "sum", the shortest first."""

_MOST_UNITS = 2.0**43
"""So far from zero a sum of differences is exact, and its product with a unit as good as exact."""

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]


def encode_column(values: Floats, *, lost: float | None = 0.0) -> Any:
    """Return a column's shortest form; `decode_column` gives the same numbers back.

    A ``lost`` above 0 allows rounding where no value is off by more than that; None allows float32
    where the values keep seven digits and the shape of the whole column stays.
    """
    return _shortest(values, lost, lambda: narrow(values, lost=lost))


def encode_finite(values: Floats, single: Singles | None) -> Any:
    """Return what `encode_column` does of finite values, which are also given as float32.

    ``single`` is None where that loses anything.
    """
    return _shortest(values, 0.0, lambda: single)


def _shortest(values: Floats, lost: float | None, narrowed: Callable[[], Singles | None]) -> Any:
    step = _regular_step(values)
    if step is not None:
        return {"range": [values.item(0), step, len(values)]}
    if len(values) <= FEW:
        return values.tolist()
    unit = 2 * lost if lost else 1.0
    summed = _summed(values, unit, is_rounded=bool(lost))
    if summed is not None and summed[1].itemsize < 4:
        return _packed_sum(*summed, unit)
    single = narrowed()
    if single is not None:
        return {"f4": _base64(single)}
    return {"f8": _base64(_one_nan(values))} if summed is None else _packed_sum(*summed, unit)


def decode_column(column: Any) -> Floats:
    """Return the numbers of an encoded column."""
    if isinstance(column, list):
        return np.array([float(value) for value in column], dtype=np.float64)
    if "range" in column:
        start, step, count = column["range"]
        return np.asarray(start + step * np.arange(count), dtype=np.float64)
    if "sum" in column:
        return _decode_sum(column)
    form = "f4" if "f4" in column else "f8"
    return np.frombuffer(b64decode(column[form]), f"<{form}").astype(np.float64)


def column_size(column: Any) -> int:
    """Return about how many bytes an encoded column takes in a file."""
    if isinstance(column, list):
        return 10 * len(column)
    if "range" in column:
        return 40
    return 20 + sum(len(data) for data in column.values() if isinstance(data, str))


def narrow(values: Floats, *, lost: float | None = 0.0) -> Singles | None:
    """Return the column as float32, or None where that loses more than `encode_column` may."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        single = values.astype(np.float32)
        if (single == values).all():
            return single
        if lost == 0.0:
            kept = np.array_equal(single, values, equal_nan=True)
        else:
            kept = _is_close(single, values, lost)
    return _one_nan(single) if kept else None


def _regular_step(values: Floats) -> float | None:
    """Return the distance from each value to the next when start + step * i is every value."""
    count = len(values)
    if count < 3:
        return None
    start, second, last = values.item(0), values.item(1), values.item(-1)
    step = (last - start) / (count - 1)
    # Comparing one value first spares most columns the whole comparison.
    if start + step != second or not math.isfinite(step):
        return None
    with np.errstate(over="ignore"):
        is_regular = (start + step * np.arange(count) == values).all()
    return step if is_regular else None


def _summed(
    values: Floats, unit: float, *, is_rounded: bool
) -> tuple[float, NDArray[np.integer[Any]]] | None:
    """Return the first value and the differences from each to the next, both in units.

    None where the values are no multiples of the unit, or where 32 bits do not hold a difference.
    """
    # One look spares nearly all columns of measured values the rest.
    if not is_rounded and not values.item(0).is_integer():
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        counts = np.rint(values / unit)
        differences = np.diff(counts)
    if not is_rounded and not np.array_equal(counts, values):
        return None
    low, high = float(differences.min()), float(differences.max())
    if not max(abs(counts[0]), abs(counts[-1])) < _MOST_UNITS:
        return None
    for form in _DIFFERENCES:
        limits = np.iinfo(form)
        if limits.min <= low and high <= limits.max:
            return float(counts[0]), differences.astype(f"<{form}")
    return None


def _packed_sum(start: float, differences: NDArray[Any], unit: float) -> dict[str, Any]:
    form = differences.dtype.kind + str(differences.dtype.itemsize)
    return {"sum": [start, unit], form: _base64(differences)}


def _decode_sum(column: dict[str, Any]) -> Floats:
    (form,) = column.keys() - {"sum"}
    start, unit = column["sum"]
    differences = np.frombuffer(b64decode(column[form]), f"<{form}").astype(np.float64)
    return np.asarray(np.cumsum(np.append(start, differences)) * unit, dtype=np.float64)


def _base64(data: NDArray[Any]) -> str:
    return b64encode(data.astype(data.dtype.newbyteorder("<"), copy=False).data).decode("ascii")


def _is_close(single: Singles, values: Floats, lost: float | None) -> bool:
    # Where the values are not finite, float32 must say the very same.
    finite = np.isfinite(values)
    if not np.array_equal(single[~finite], values[~finite], equal_nan=True):
        return False
    exact = values[finite]
    off = np.abs(single[finite] - exact)
    if lost is not None:
        return bool(np.all(off <= lost))
    if not np.all(off <= DIGITS * np.abs(exact)):
        return False
    return bool(np.max(off, initial=0.0) <= 1e-4 * np.ptp(exact)) if exact.size else True


def _one_nan(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values with one bit pattern for NaN, so that equal input gives equal bytes."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    return np.where(missing, values.dtype.type(np.nan), values)
