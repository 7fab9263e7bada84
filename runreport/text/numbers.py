"""The text of numbers, times, durations and sizes; `static/format.js` mirrors it to the letter.

Every function is defined so that JavaScript's own number formatting agrees with it; only
`short_text`, for the axes of pictures drawn at build time, has no twin.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import orjson

SIGNIFICANT: Final = 4
"""Digits that a column's typical value keeps."""

MAX_DECIMALS: Final = 6
LARGE: Final = 1e7
"""From here on a fixed number of decimals gives way to an exponent."""

_NOT_FINITE: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}

_DECADES: Final = tuple(
    next(each for each in (size, math.nextafter(size, 1e9)) if f"{each:.6e}".startswith("1"))
    for size in (9.9999995e-3, 9.9999995e-2, 0.99999995, 9.9999995, 99.999995, 999.99995)
)
"""From where on a number of seven digits, rounded, is 0.01, 0.1, 1, 10, 100, 1000."""

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - all times are UTC
_FIRST_SECOND: Final = -62135596800
_LAST_SECOND: Final = 253402300799
"""The years 1 to 9999."""


def exact_text(value: float) -> str:
    """Return the shortest text that reads back as the same number: ECMAScript's `String(value)`."""
    # As short as `repr`, in a quarter of its time.
    text = orjson.dumps(float(value)).decode()
    end = text[-2:]
    if end == ".0":
        return "0" if text == "-0.0" else text[:-2]
    if end == "ll":
        return _NOT_FINITE[repr(float(value))]
    return _moved_exponent(text) if "e" in text else text


def exact_texts(values: Sequence[float]) -> list[str]:
    """Return the exact text of many floats, several times faster than one by one."""
    data = orjson.dumps(values).decode()[1:-1]
    texts = data.split(",") if data else []
    # orjson's digits are the shortest, too; only exponents, ".0" and null are another matter.
    if "e" in data or ".0," in f"{data}," or "l" in data:
        for place, text in enumerate(texts):
            if "e" in text or text[-2:] in (".0", "ll"):
                texts[place] = exact_text(values[place])
    return texts


def _moved_exponent(text: str) -> str:
    """Return "1.5e-5" as ECMAScript writes it: "0.000015"; it has exponents from 1e21 and 1e-7."""
    sign = "-" if text.startswith("-") else ""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    digits = mantissa.replace(".", "").rstrip("0")
    point = int(exponent) + 1
    if len(digits) <= point <= 21:
        return sign + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{point - 1:+d}"


def decimals_for(values: Iterable[float]) -> int:
    """Return the decimals, 0 to 6, that keep four significant digits of the typical value.

    Typical is the lower median of the absolute finite values that are not 0; whole numbers need no
    decimals.
    """
    sizes = sorted([abs(value) for value in values if value != 0 and math.isfinite(value)])
    for size in sizes:
        if not size.is_integer():
            return decimals_of(sizes[(len(sizes) - 1) // 2])
    return 0


def decimals_of(typical: float) -> int:
    """Return the decimals, 0 to 6, that keep four significant digits of one positive number."""
    return MAX_DECIMALS - bisect_right(_DECADES, typical)


def decimals_in(exact: str) -> int:
    """Return how many decimals a number's exact text has; all there can be, with an exponent."""
    return MAX_DECIMALS if "e" in exact else len(exact.partition(".")[2])


def fixed_text(value: float, decimals: int) -> str:
    """Return the number as `toFixed(decimals)`, or as `toExponential(2)` where that says more.

    That is for what would show as zero, and from ten million on; halves round away from zero.
    """
    size = abs(value)
    if not size < LARGE or 0 < size < 10.0**-decimals:
        return _exponential_text(value) if math.isfinite(value) else exact_text(value)
    # Python rounds exact halves to even, JavaScript away from zero.
    if size * 10.0**decimals % 1 == 0.5:
        half = Decimal(size).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        return f"-{half}" if value < 0 else f"{half}"
    return f"{value if size else 0.0:.{decimals}f}"


def _exponential_text(value: float) -> str:
    exact = Decimal(abs(value))
    exponent = exact.adjusted()
    digits = int(exact.scaleb(2 - exponent).to_integral_value(ROUND_HALF_UP))
    if digits == 1000:
        digits, exponent = 100, exponent + 1
    sign = "-" if value < 0 else ""
    return f"{sign}{digits // 100}.{digits % 100:02d}e{exponent:+d}"


def short_text(value: float, digits: int = 6) -> str:
    """Return a number as an axis shows it: "0.5", "20k", "1.5M", "2e-7"; so many digits at most."""
    size = abs(value)
    for limit, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k")):
        if limit <= size < 1e15:
            scale = 1e3 if unit == "k" else limit
            return exact_text(float(f"{value / scale:.{digits}g}")) + unit
    return exact_text(float(f"{value:.{digits}g}"))


def time_text(seconds: float) -> str:
    """Return a time since the epoch as "2026-03-06 20:46", in UTC; NaN gives ""."""
    return _time_text(seconds, "minutes")


def exact_time_text(seconds: float) -> str:
    """Return a time since the epoch as "2026-03-06 20:46:12", in UTC; NaN gives ""."""
    return _time_text(seconds, "seconds")


def _time_text(seconds: float, timespec: str) -> str:
    if seconds != seconds:
        return ""
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        return exact_text(seconds)
    return (_EPOCH + timedelta(seconds=math.floor(seconds))).isoformat(" ", timespec)


def duration_text(seconds: float) -> str:
    """Return a duration as "850 ms", "12.3 s", "3m 05s", "1h 02m" or "2d 03h"; NaN gives ""."""
    if seconds != seconds:
        return ""
    if seconds < 0:
        return f"-{duration_text(-seconds)}"
    if seconds >= 1e15:
        return f"{exact_text(seconds)} s"
    if seconds < 0.9995:
        return f"{_rounded(seconds * 1000)} ms"
    if seconds < 59.95:
        tenths = _rounded(seconds * 10)
        return f"{tenths // 10}.{tenths % 10} s"
    whole = _rounded(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    minutes = _rounded(seconds / 60)
    if minutes < 24 * 60:
        return f"{minutes // 60}h {minutes % 60:02d}m"
    hours = _rounded(seconds / 3600)
    return f"{hours // 24}d {hours % 24:02d}h"


def bytes_text(count: int) -> str:
    """Return a size as "512 B", "3.4 MB" or "64 kB", in powers of 1,000."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    tenths = _rounded(size * 10)
    if tenths < 100 and tenths % 10:
        return f"{tenths // 10}.{tenths % 10} {unit}"
    return f"{_rounded(size):,} {unit}"


def count_text(count: int) -> str:
    """Return a count as "10,000"."""
    return f"{count:,}"


def _rounded(value: float) -> int:
    """Return the nearest whole number, halves upwards, as `Math.floor(value + 0.5)` does."""
    return math.floor(value + 0.5)


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return "1 run", "2 runs" or "10,000 runs"."""
    return f"{count_text(count)} {noun if count == 1 else nouns or noun + 's'}"
