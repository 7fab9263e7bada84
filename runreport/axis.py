"""One axis of a picture drawn at build time: its range, its scale, its ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from runreport.text.numbers import short_text

Numbers = NDArray[np.floating[Any]]
Integers = NDArray[np.int32]

_ACROSS: Final = 70
_DOWN: Final = 27
"""Pixels from one tick to the next, about."""

_TINY: Final = 1e-290
_NEARLY: Final = 1 - 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """Where the values of one axis lie in the picture, and its ticks; a cache may key on it."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()

    def tenths(self, values: Numbers) -> Integers:
        """Return where values lie, in tenths of pixels."""
        scale = 10 * (self.end - self.start) / (self.high - self.low)
        places: Numbers = np.rint((values - self.low) * scale + 10 * self.start)
        return places.astype(np.int32)

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Return each tick's place, in whole pixels, and its text."""
        scale = (self.end - self.start) / (self.high - self.low)
        places = (round(self.start + (tick - self.low) * scale) for tick in self.ticks)
        return list(zip(places, self.texts, strict=True))


def make_axis(low: float, high: float, start: float, end: float, *, is_whole: bool = False) -> Axis:
    """Return the axis of a range; one of whole values has no ticks between them."""
    count = abs(end - start) / (_ACROSS if end > start else _DOWN)
    return Axis(low, high, start, end, *_ticks(low, high, count, 1.0 if is_whole else 0.0))


def find_range(extents: Sequence[tuple[float, float]], margin: float) -> tuple[float, float]:
    """Return the range of several extents, never empty, with a margin at both ends."""
    low, high = min([each[0] for each in extents]), max([each[1] for each in extents])
    # A range that float arithmetic cannot divide is as good as none.
    largest = max(abs(low), abs(high))
    if high - low <= max(1e-14 * largest, _TINY):
        room = largest * 0.1 if largest > _TINY else 1.0
        return low - room, high + room
    room = (high - low) * margin
    return low - room, high + room


def _ticks(
    low: float, high: float, count: float, least: float
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return about ``count`` round values of a range, at least ``least`` apart, and their texts."""
    wanted = max((high - low) / max(count, 1.0), least)
    exponent = math.floor(math.log10(wanted))
    power = 10.0**exponent
    digit = next((each for each in (1, 2, 5) if each * power >= wanted * _NEARLY), 10)
    step = digit * power
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = math.ceil(math.log10(max(abs(low), abs(high)) / step)) + 2
    return _round_values(first, last, digit, exponent, min(max(digits, 6), 17))


@lru_cache(maxsize=4096)
def _round_values(
    first: int, last: int, digit: int, exponent: int, digits: int
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return the multiples of a digit and a power of ten; many charts have the same."""
    # Dividing by a whole power keeps 3 * 0.1 from becoming 0.30000000000000004.
    up, down = (10.0**exponent, 1.0) if exponent >= 0 else (1.0, 10.0**-exponent)
    values = tuple(n * digit * up / down for n in range(first, last + 1))
    return values, tuple(short_text(value, digits) for value in values)
