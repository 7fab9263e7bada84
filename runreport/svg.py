"""Charts drawn at build time as inline SVG: what a page shows without, or before, its scripts.

Classes alone, no styles: site.css says how they look, a line's colour is that of its class `s0` to
`s11`. The same input gives the same text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import orjson
from markupsafe import Markup, escape

from runreport.axis import Axis, Integers, Numbers, find_range, make_axis
from runreport.histories.overview import kept_points
from runreport.text.serialize import clean_text

COLORS: Final = 12

_LIMIT: Final = 1e300
"""What is beyond is drawn here: twice this still is a float."""

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TENTHS: Final = 'transform="scale(.1)"'
"""Lines are drawn in tenths of pixels: whole numbers are short, and quickly written."""
_TOP: Final = 8
_RIGHT: Final = 16
_BELOW: Final = 38
"""Pixels around the lines; on the left it depends on the ticks' texts."""
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


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """The steps of a line; many histories have the same ones, and a cache may key on them."""

    values: Numbers
    low: float
    high: float
    are_whole: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """The points of a series that can be drawn; at least one."""

    steps: _Steps
    ys: Numbers
    low: float
    high: float
    gaps: tuple[int, ...] = ()
    """Before which points the line is interrupted."""


def line_chart(
    series: Sequence[Series], *, label: str, width: int = 640, height: int = 240, points: int = 0
) -> Markup:
    """Return a line chart with grid lines and ticks; ``label`` is its name for screen readers.

    Of each line so many ``points`` are kept at most, or as many as can be seen.
    """
    most = points or 2 * width
    drawn = [(line, each) for each in series if (line := _line_of(each, most))]
    if not drawn:
        text = _ticks_group("middle", _text(width // 2, height // 2, "no finite value"))
        return _svg(label, width, height, text)
    x_axis, y_axis = _make_axes([line for line, _ in drawn], width, height)
    curves = "".join(
        [
            _curve(_stretches(line, x_axis, y_axis), _safe(each.name), each.color)
            for line, each in drawn
        ]
    )
    around = _grid(x_axis, y_axis) + _across(x_axis, height)
    return _svg(label, width, height, f"{around}<g {_TENTHS}>{curves}</g>")


def _make_axes(lines: Sequence[_Line], width: int, height: int) -> tuple[Axis, Axis]:
    low, high = find_range([(line.low, line.high) for line in lines], 0.05)
    y_axis = make_axis(low, high, height - _BELOW, _TOP)
    left = round(12 + _CHARACTER * max(map(len, y_axis.texts)))
    return _x_axis(tuple([line.steps for line in lines]), left, width - _RIGHT), y_axis


@lru_cache(maxsize=256)
def _x_axis(lines: Sequence[_Steps], left: int, right: int) -> Axis:
    first, last = find_range([(steps.low, steps.high) for steps in lines], 0.0)
    return make_axis(first, last, left, right, is_whole=all(steps.are_whole for steps in lines))


def _grid(x_axis: Axis, y_axis: Axis) -> str:
    """Return the grid's lines with the values beside them."""
    left, right, beside = round(x_axis.start), round(x_axis.end), round(x_axis.start) - 8
    marks = y_axis.marks
    lines = "".join([f"M{left} {row}.5H{right}" for row, _ in marks])
    texts = "".join([f'<text x="{beside}" y="{row + 4}">{text}</text>' for row, text in marks])
    return f'<path class="plot-grid" d="{lines}"/>{_ticks_group("end", texts)}'


@lru_cache(maxsize=256)
def _across(axis: Axis, height: int) -> str:
    """Return the texts below; charts of the same steps have the same."""
    texts = [_text(at, height - _BELOW + 17, text) for at, text in axis.marks]
    title = _text(round((axis.start + axis.end) / 2), height - 4, "step")
    return _ticks_group("middle", "".join([*texts, title]))


def _ticks_group(anchor: str, texts: str) -> str:
    return f'<g class="plot-ticks" text-anchor="{anchor}">{texts}</g>'


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}">{text}</text>'


def sparkline(
    xs: Numbers, ys: Numbers, *, color: int = 0, label: str = "", width: int = 160, height: int = 40
) -> Markup:
    """Return a line without axes, its last point marked; without a ``label`` it is decoration."""
    line = _line_of(Series("", color, xs, ys), 2 * width)
    if line is None:
        return Markup()
    x_axis = Axis(*find_range([(line.steps.low, line.steps.high)], 0.0), 3, width - 4)
    y_axis = Axis(*find_range([(line.low, line.high)], 0.0), height - 4, 4)
    stretches = _stretches(line, x_axis, y_axis)
    end_x, end_y = stretches[-1][-1].tolist()
    dot = f'<circle class="s{color % COLORS}" cx="{end_x}" cy="{end_y}" r="25"/>'
    return _svg(label, width, height, f"<g {_TENTHS}>{_curve(stretches, '', color)}{dot}</g>")


def _line_of(series: Series, points: int) -> _Line | None:
    """Return the line through at most so many points of a series; None if it has no point."""
    xs = np.asarray(series.xs)
    ys = np.asarray(series.ys, dtype=np.float64)
    if not len(ys):
        return None
    kept = kept_points(ys, points)
    if kept is not None:
        xs, ys = xs[kept], ys[kept]
    steps, low, high = _steps(xs.tobytes(), xs.dtype), *_extent(ys)
    # Least and largest are finite only where all are.
    if -_LIMIT <= steps.low <= steps.high <= _LIMIT and -_LIMIT <= low <= high <= _LIMIT:
        return _Line(steps, ys, low, high)
    return _with_gaps(steps.values, ys)


def _with_gaps(xs: Numbers, ys: Numbers) -> _Line | None:
    keep = np.isfinite(xs) & np.isfinite(ys)
    if not keep.any():
        return None
    gaps = np.flatnonzero(np.diff(np.flatnonzero(keep)) > 1) + 1
    xs, ys = np.clip(xs[keep], -_LIMIT, _LIMIT), np.clip(ys[keep], -_LIMIT, _LIMIT)
    return _Line(_steps(xs.tobytes(), xs.dtype), ys, *_extent(ys), tuple(gaps.tolist()))


def _extent(values: Numbers) -> tuple[float, float]:
    # Several times faster than `min` and `max`; either finds NaN where there is one.
    return values.item(values.argmin()), values.item(values.argmax())


@lru_cache(maxsize=64)
def _steps(content: bytes, kind: Any) -> _Steps:
    values = np.frombuffer(content, kind).astype(np.float64)
    return _Steps(values, *_extent(values), bool((values == np.rint(values)).all()))


@lru_cache(maxsize=64)
def _places(steps: _Steps, axis: Axis) -> Integers:
    """Return where a line's steps lie, in tenths of pixels."""
    return axis.tenths(steps.values)


def _stretches(line: _Line, x_axis: Axis, y_axis: Axis) -> list[Integers]:
    """Return a line's uninterrupted parts in tenths of pixels, a row a point."""
    points: Integers = np.empty((len(line.ys), 2), np.int32)
    points[:, 0] = _places(line.steps, x_axis)
    points[:, 1] = y_axis.tenths(line.ys)
    return np.split(points, line.gaps) if line.gaps else [points]


def _curve(stretches: Sequence[Integers], name: str, color: int) -> str:
    """Return lines, and dots for points that stand alone; ``name`` is escaped."""
    title = f"<title>{name}</title>" if name else ""
    lines = [_path(each) for each in stretches if len(each) > 1]
    # With round ends a line of no length is a dot.
    dots = [f"M{x},{y}h0" for each in stretches if len(each) == 1 for x, y in each.tolist()]
    return "".join(
        [
            f'<path class="plot-line{css} s{color % COLORS}" d="{"".join(paths)}">{title}</path>'
            for css, paths in (("", lines), (" plot-dots", dots))
            if paths
        ]
    )


def _path(points: Integers) -> str:
    """Return the path from point to point: "M10,20l5-3,4,0"."""
    x, y = points[0].tolist()
    moves = points[1:] - points[:-1]
    text = orjson.dumps(moves.ravel(), option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return f"M{x},{y}l{text[1:-1].replace(',-', '-')}"


def _svg(label: str, width: int, height: int, content: str) -> Markup:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    name = f'role="img" aria-label="{_safe(label)}"' if label else 'aria-hidden="true"'
    return Markup(f'<svg class="plot" {name} {size}>{content}</svg>')


@lru_cache(maxsize=1024)
def _safe(text: str) -> str:
    """Return a text escaped for HTML, without the characters that HTML does not allow."""
    return str(escape(_CONTROL.sub("\ufffd", clean_text(text))))
