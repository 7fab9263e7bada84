"""Charts drawn at build time as inline SVG: what a page shows without, or before, its scripts.

Presentation attributes and classes only: colours are the theme's variables, a line's is that of
its class `s0` to `s11`. The same input gives the same text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from runreport.histories.overview import kept_points
from runreport.text.numbers import short_text
from runreport.text.serialize import clean_text

Numbers = NDArray[np.floating[Any]]

COLORS: Final = 12

_LIMIT: Final = 1e300
"""What is beyond is drawn here: twice this still is a float."""

_TINY: Final = 1e-290

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_GRID: Final = 'stroke="var(--line, #e6e5e2)" vector-effect="non-scaling-stroke"'
_TICKS: Final = 'fill="var(--muted, #62626a)" font-size="11"'
_LINES: Final = 'fill="none" stroke-linejoin="round" stroke-linecap="round"'
_TOP: Final = 8
_RIGHT: Final = 16
_ACROSS: Final = 90
_DOWN: Final = 34
"""Pixels from one tick to the next, about."""
_NEARLY: Final = 1 - 1e-9
_CHARACTER: Final = 6.6
"""About the width of a tick's digit, in pixels."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart; NaN and infinite values are gaps."""

    name: str
    color: int
    """An index of the theme's series colours, modulo 12."""
    xs: Numbers
    ys: Numbers


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where the values of one axis lie in the picture, and its ticks."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()

    def pixels(self, values: Numbers) -> Numbers:
        scale = (self.end - self.start) / (self.high - self.low)
        return self.start + (values - self.low) * scale

    @property
    def marks(self) -> list[tuple[int, str]]:
        """Return each tick's place, in whole pixels, and its text."""
        places = self.pixels(np.array(self.ticks)).round().astype(int).tolist()
        return list(zip(places, self.texts, strict=True))


def line_chart(
    series: Sequence[Series],
    *,
    label: str,
    width: int = 640,
    height: int = 240,
    x_label: str = "step",
) -> Markup:
    """Return a line chart with grid lines and ticks; ``label`` is its name for screen readers."""
    drawn = [(each, *_finite(each.xs, each.ys, 2 * width)) for each in series]
    shown = [(x[keep], y[keep]) for _, x, y, keep in drawn if keep.any()]
    if not shown:
        text = _text(width / 2, height / 2, "no finite value", "middle")
        return _svg(label, width, height, f'<g class="plot-ticks" {_TICKS}>{text}</g>')
    bottom = height - (38 if x_label else 22)
    y_axis = _make_axis([y for _, y in shown], bottom, _TOP, margin=0.05)
    left = round(12 + _CHARACTER * max(map(len, y_axis.texts)))
    x_axis = _make_axis([x for x, _ in shown], left, width - _RIGHT)
    lines = "".join(
        _line(x_axis.pixels(x), y_axis.pixels(y), keep, each) for each, x, y, keep in drawn
    )
    title = _text((left + width - _RIGHT) / 2, height - 4, _safe(x_label), "middle")
    content = (
        f'<path class="plot-grid" {_GRID} d="{_grid(x_axis, y_axis)}"/>'
        f'<g class="plot-ticks" {_TICKS}>{_tick_texts(x_axis, y_axis)}'
        f"{title if x_label else ''}</g>"
        f'<g class="plot-lines" {_LINES} stroke-width="1.75">{lines}</g>'
    )
    return _svg(label, width, height, content)


def _grid(x_axis: _Axis, y_axis: _Axis) -> str:
    left, right = round(x_axis.start), round(x_axis.end)
    return "".join(f"M{left} {row}.5H{right}" for row, _ in y_axis.marks)


def _tick_texts(x_axis: _Axis, y_axis: _Axis) -> str:
    beside = (_text(x_axis.start - 8, row + 4, text, "end") for row, text in y_axis.marks)
    below = (_text(at, y_axis.start + 17, text, "middle") for at, text in x_axis.marks)
    return "".join((*beside, *below))


def sparkline(
    xs: Numbers, ys: Numbers, *, color: int = 0, label: str = "", width: int = 160, height: int = 40
) -> Markup:
    """Return a line without axes, its last point marked; without a ``label`` it is decoration."""
    x, y, keep = _finite(xs, ys, 2 * width)
    if not keep.any():
        return Markup()
    x_axis = _Axis(*_bounds([x[keep]], 0.0), 3, width - 4)
    y_axis = _Axis(*_bounds([y[keep]], 0.0), height - 4, 4)
    across, down = x_axis.pixels(x), y_axis.pixels(y)
    last = np.flatnonzero(keep)[-1]
    end_x, end_y = _tenths(round(across[last] * 10)), _tenths(round(down[last] * 10))
    line = _line(across, down, keep, Series("", color, xs, ys))
    dot = f'<circle class="s{color % COLORS}" cx="{end_x}" cy="{end_y}" r="2.5"'
    return _svg(
        label,
        width,
        height,
        f'<g class="plot-lines" {_LINES} stroke-width="1.5">{line}</g>'
        f'{dot} fill="var(--c, currentColor)"/>',
    )


def _finite(xs: Numbers, ys: Numbers, points: int) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Return the points to draw, at most so many, and which of them are no gaps."""
    x, y = np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)
    kept = kept_points(y, points)
    if kept is not None:
        x, y = x[kept], y[kept]
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = np.clip(x, -_LIMIT, _LIMIT), np.clip(y, -_LIMIT, _LIMIT)
    return (
        (x, y, keep) if keep.all() else (np.where(keep, x, np.nan), np.where(keep, y, np.nan), keep)
    )


def _bounds(parts: Sequence[Numbers], margin: float) -> tuple[float, float]:
    """Return the range of an axis, never empty, with a margin at both ends."""
    low = min(float(part.min()) for part in parts)
    high = max(float(part.max()) for part in parts)
    # A range that float arithmetic cannot divide is as good as none.
    largest = max(abs(low), abs(high))
    if high - low <= max(1e-14 * largest, _TINY):
        room = largest * 0.1 if largest > _TINY else 1.0
        return low - room, high + room
    room = (high - low) * margin
    return low - room, high + room


def _make_axis(parts: Sequence[Numbers], start: float, end: float, *, margin: float = 0.0) -> _Axis:
    """Return the axis of these values; one across has ticks at whole values for whole values."""
    low, high = _bounds(parts, margin)
    is_across = end > start
    least = 1.0 if is_across and not any(np.any(part % 1) for part in parts) else 0.0
    count = abs(end - start) / (_ACROSS if is_across else _DOWN)
    return _Axis(low, high, start, end, *_ticks(low, high, count, least))


@lru_cache(maxsize=1024)
def _ticks(
    low: float, high: float, count: float, least: float
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return about ``count`` round values of a range, at least ``least`` apart, and their texts."""
    wanted = max((high - low) / max(count, 1.0), least)
    exponent = math.floor(math.log10(wanted))
    digit = next((each for each in (1, 2, 5) if each * 10.0**exponent >= wanted * _NEARLY), 10)
    step = digit * 10.0**exponent
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # Dividing by a whole power keeps 3 * 0.1 from becoming 0.30000000000000004.
    up, down = (10.0**exponent, 1.0) if exponent >= 0 else (1.0, 10.0**-exponent)
    values = tuple(n * digit * up / down for n in range(first, last + 1))
    digits = min(max(math.ceil(math.log10(max(abs(low), abs(high)) / step)) + 2, 6), 17)
    return values, tuple(short_text(value, digits) for value in values)


def _line(xs: Numbers, ys: Numbers, keep: NDArray[np.bool_], series: Series) -> str:
    """Return a line through the points, with a gap where one is missing and dots in between."""
    points = np.rint(np.stack([xs[keep], ys[keep]], axis=1) * 10).astype(np.int64)
    if not len(points):
        return ""
    gaps = () if keep.all() else np.flatnonzero(np.diff(np.flatnonzero(keep)) > 1) + 1
    stretches = np.split(points, gaps) if len(gaps) else [points]
    name = f"<title>{_safe(series.name)}</title>" if series.name else ""
    parts = []
    for few, width in ((False, ""), (True, ' stroke-width="4"')):
        path = "".join(_path(each) for each in stretches if (len(each) == 1) is few)
        if path:
            parts.append(
                f'<path class="plot-line s{series.color % COLORS}" stroke="var(--c, currentColor)"'
                f'{width} vector-effect="non-scaling-stroke" d="{path}">{name}</path>'
            )
    return "".join(parts)


def _path(points: NDArray[np.int64]) -> str:
    """Return the path through points in tenths of pixels."""
    start = f"M{_tenths(int(points[0, 0]))} {_tenths(int(points[0, 1]))}"
    if len(points) == 1:
        # With round ends a line of no length is a dot.
        return f"{start}h0"
    return f"{start}l{' '.join(map(_tenths, np.diff(points, axis=0).ravel().tolist()))}"


@lru_cache(maxsize=65_536)
def _tenths(value: int) -> str:
    """Return tenths as the shortest decimal that SVG takes: 25 → "2.5", -5 → "-.5"."""
    whole, tenth = divmod(abs(value), 10)
    text = (str(whole) if whole or not tenth else "") + (f".{tenth}" if tenth else "")
    return f"-{text}" if value < 0 else text


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text}</text>'


def _svg(label: str, width: int, height: int, content: str) -> Markup:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    if not label:
        return Markup(f'<svg class="plot" aria-hidden="true" {size}>{content}</svg>')
    name = _safe(label)
    return Markup(
        f'<svg class="plot" role="img" aria-label="{name}" {size}>'
        f"<title>{name}</title>{content}</svg>"
    )


def _safe(text: str) -> str:
    """Return a text escaped for HTML, without the characters that HTML does not allow."""
    return str(escape(_CONTROL.sub("\ufffd", clean_text(text))))
