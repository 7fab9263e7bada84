"""Histograms as pictures: the bars of one, and the ridges of many over the steps.

A picture is made of plain numbers and texts first: templates write it into the page, and scripts
draw the same one from a data file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from runreport.artifacts.histograms import Histogram
from runreport.text.numbers import count_text, plural, short_text

WIDTH: Final = 420
HEIGHT: Final = 170
_TOP, _BOTTOM, _SIDE = 16, 18, 6

RIDGES: Final = 20
"""Steps that the picture of many histograms shows."""

_CELLS: Final = 48
_RISE: Final = 34
_APART: Final = 9

Label = tuple[int, int, str, str]
"""Where a text stands, its anchor, and the text."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as paths and texts."""

    width: int
    height: int
    label: str
    """What it says, for screen readers."""
    paths: tuple[tuple[str, str], ...]
    """Each with its class."""
    texts: tuple[Label, ...]

    def plain(self) -> dict[str, Any]:
        """Return what a script needs to draw it."""
        return {
            "size": [self.width, self.height],
            "label": self.label,
            "paths": self.paths,
            "texts": self.texts,
        }


def draw_histogram(histogram: Histogram) -> Drawing:
    """Return the bars of one histogram."""
    edges, counts = histogram.edges, histogram.counts
    most, base = max(counts), HEIGHT - _BOTTOM
    scale = (WIDTH - 2 * _SIDE) / (edges[-1] - edges[0])
    places = [round(_SIDE + (edge - edges[0]) * scale, 1) for edge in edges]
    bars = []
    for left, right, count in zip(places, places[1:], counts, strict=False):
        rise = round((base - _TOP) * count / most, 1) if most else 0
        if rise > 0:
            bars.append(f"M{left:g} {base}v-{rise:g}h{max(right - left, 0.5):.4g}v{rise:g}z")
    texts: list[Label] = [
        (_SIDE, HEIGHT - 4, "start", short_text(edges[0], 4)),
        (WIDTH - _SIDE, HEIGHT - 4, "end", short_text(edges[-1], 4)),
        (_SIDE, 11, "start", f"{short_text(most)} in the fullest"),
    ]
    low, high = places[0] + 60, places[-1] - 60
    if edges[0] < 0 < edges[-1] and low < (zero := round(_SIDE - edges[0] * scale)) < high:
        texts.append((zero, HEIGHT - 4, "middle", "0"))
    axis = f"M{_SIDE} {base + 0.5:g}H{WIDTH - _SIDE}"
    paths = (("bars", "".join(bars)), ("axis", axis))
    return Drawing(WIDTH, HEIGHT, _words(histogram), paths, tuple(texts))


def histogram_note(histogram: Histogram) -> str:
    """Return what the bars do not show; "" for nothing."""
    odd = [
        f"{count_text(count)} {word}"
        for count, word in ((histogram.nan, "NaN"), (histogram.infinite, "infinite"))
        if count
    ]
    shown = len(histogram.counts)
    if histogram.bins > shown:
        odd.append(f"{count_text(histogram.bins)} bins drawn as {shown}")
    return ", ".join(odd)


def draw_ridges(histograms: Sequence[tuple[str, Histogram]]) -> Drawing:
    """Return the ridges of histograms, each with its step's text, the last in front."""
    low = min(each.edges[0] for _, each in histograms)
    high = max(each.edges[-1] for _, each in histograms)
    heights = [_shares(each, low, high) for _, each in histograms]
    most = max(map(max, heights)) or 1.0
    base = _TOP + _RISE
    paths, texts = [], []
    for place, (row, (step, _)) in enumerate(zip(heights, histograms, strict=True)):
        line = base + place * _APART
        paths.append(("ridge", _ridge([round(_RISE * each / most) for each in row], line)))
        if place in (0, len(heights) - 1):
            texts.append((WIDTH - _SIDE, line - 4, "end", step))
    height = base + (len(heights) - 1) * _APART + _BOTTOM
    texts.append((_SIDE, height - 4, "start", short_text(low, 4)))
    texts.append((WIDTH - _SIDE, height - 4, "end", short_text(high, 4)))
    label = f"{plural(len(heights), 'histogram')} over the steps, the last in front"
    return Drawing(WIDTH, height, label, tuple(paths), tuple(texts))


def drawing_svg(drawing: Drawing, css: str = "") -> Markup:
    """Return a drawing as inline SVG."""
    paths = Markup("").join(
        Markup('<path class="{}" vector-effect="non-scaling-stroke" d="{}"/>').format(*each)
        for each in drawing.paths
    )
    texts = Markup("").join(
        Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(*each)
        for each in drawing.texts
    )
    return Markup(
        '<svg class="histogram {}" role="img" aria-label="{}" viewBox="0 0 {} {}">{}{}</svg>'
    ).format(css, drawing.label, drawing.width, drawing.height, paths, texts)


def _words(histogram: Histogram) -> str:
    total, edges = sum(histogram.counts), histogram.edges
    return (
        f"Histogram of {short_text(total)} values from {short_text(edges[0])} to "
        f"{short_text(edges[-1])} in {plural(len(histogram.counts), 'bin')}"
    )


def _shares(histogram: Histogram, low: float, high: float) -> list[float]:
    """Return the share of the values in each of the cells of a range."""
    cells = [0.0] * _CELLS
    total = sum(histogram.counts) or 1.0
    scale = _CELLS / (high - low)
    edges = [(edge - low) * scale for edge in histogram.edges]
    for start, stop, count in zip(edges, edges[1:], histogram.counts, strict=False):
        first, last = min(int(start), _CELLS - 1), min(int(stop), _CELLS - 1)
        if first == last:
            cells[first] += count / total
            continue
        for cell in range(first, last + 1):
            part = min(stop, cell + 1) - max(start, cell)
            cells[cell] += count / total * max(part, 0.0) / (stop - start)
    return cells


def _ridge(heights: Sequence[int], line: int) -> str:
    """Return a closed line over the cells, from the left to the right and back at its foot."""
    width = (WIDTH - 2 * _SIDE) / len(heights)
    steps = []
    at = 0
    for height in heights:
        steps.append(f"{width:.3g} {at - height}")
        at = height
    return f"M{_SIDE} {line}l{' '.join(steps)}V{line}"
