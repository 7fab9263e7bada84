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

from runreport.numbers import short_text
from runreport.overview import kept_points
from runreport.serialize import clean_text

Numbers = NDArray[np.floating[Any]]

COLORS: Final = 12

_LIMIT: Final = 1e300
"""What is beyond is drawn here: twice this still is a float."""

_TINY: Final = 1e-290

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_GRID: Final = 'stroke="var(--line, #e6e5e2)" vector-effect="non-scaling-stroke"'
_TICKS: Final = 'fill="var(--muted, #62626a)" font-size="11"'
_LINES: Final = 'fill="none" stroke-linejoin="round" stroke-linecap="round"'
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
    """Where the values of one axis lie, in pixels."""

    low: float
    high: float
    start: float
    end: float

    def pixels(self, values: Numbers) -> Numbers:
        scale = (self.end - self.start) / (self.high - self.low)
        return self.start + (values - self.low) * scale

    def pixel(self, value: float) -> float:
        return self.start + (value - self.low) * (self.end - self.start) / (self.high - self.low)


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
    xs = [x[keep] for _, x, _, keep in drawn if keep.any()]
    ys = [y[keep] for _, _, y, keep in drawn if keep.any()]
    if not xs:
        return _svg(label, width, height, _message(width, height, "no finite value"))
    y_low, y_high = _bounds(ys, 0.05)
    y_ticks, y_texts = _ticks(y_low, y_high, height / 42)
    left = round(12 + _CHARACTER * max(map(len, y_texts)))
    x_low, x_high = _bounds(xs, 0.0)
    whole = all(not np.any(x % 1) for x in xs)
    x_ticks, x_texts = _ticks(x_low, x_high, (width - left) / 90, least=1.0 if whole else 0.0)
    x_axis = _Axis(x_low, x_high, left, width - 16)
    y_axis = _Axis(y_low, y_high, height - (38 if x_label else 22), 8)
    rows = [round(y_axis.pixel(tick)) for tick in y_ticks]
    columns = [round(x_axis.pixel(tick)) for tick in x_ticks]
    grid = "".join(f"M{left} {row}.5H{width - 16}" for row in rows)
    texts = [
        *(_text(left - 8, row + 4, text, "end") for row, text in zip(rows, y_texts, strict=True)),
        *(
            _text(column, y_axis.start + 17, text, "middle")
            for column, text in zip(columns, x_texts, strict=True)
        ),
    ]
    if x_label:
        middle = (left + width - 16) / 2
        texts.append(_text(middle, height - 4, _safe(x_label), "middle"))
    lines = "".join(
        _line(x_axis.pixels(x), y_axis.pixels(y), keep, each) for each, x, y, keep in drawn
    )
    return _svg(
        label,
        width,
        height,
        f'<path class="plot-grid" {_GRID} d="{grid}"/>'
        f'<g class="plot-ticks" {_TICKS}>{"".join(texts)}</g>'
        f'<g class="plot-lines" {_LINES} stroke-width="1.75">{lines}</g>',
    )


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


@lru_cache(maxsize=1024)
def _ticks(
    low: float, high: float, count: float, least: float = 0.0
) -> tuple[list[float], list[str]]:
    """Return about ``count`` round values of a range, a multiple of ``least`` apart, and texts."""
    wanted = max((high - low) / max(count, 1.0), least)
    exponent = math.floor(math.log10(wanted))
    digit = next((each for each in (1, 2, 5) if each * 10.0**exponent >= wanted * (1 - 1e-9)), 10)
    step = digit * 10.0**exponent
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # Multiplying and dividing by whole powers keeps 3 * 0.1 from becoming 0.30000000000000004.
    values = [
        n * digit * 10.0**exponent if exponent >= 0 else n * digit / 10.0**-exponent
        for n in range(first, last + 1)
    ]
    largest = max(abs(low), abs(high))
    digits = min(max(math.ceil(math.log10(largest / step)) + 2, 6), 17)
    return values, [short_text(value, digits) for value in values]


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


def _message(width: int, height: int, text: str) -> str:
    return f'<g class="plot-ticks" {_TICKS}>{_text(width / 2, height / 2, text, "middle")}</g>'


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
