"""Histograms that a run logged: counts between edges, checked, and no finer than a page shows."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

import orjson

from runreport.text.serialize import plain_json

BINS: Final = 96
"""A finer histogram has its neighbouring bins added up."""

_LARGEST: Final = 1e300
_SMALLEST: Final = 1e-290
"""Beyond these, widths are no numbers that can be divided by."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values lie between each two edges."""

    edges: tuple[float, ...]
    counts: tuple[float, ...]
    """One fewer than edges."""
    nan: int = 0
    infinite: int = 0
    bins: int = 0
    """As many as were logged."""


def read_histogram(content: bytes) -> Histogram:
    """Return a histogram, {"edges": [n + 1 numbers], "counts": [n numbers]}.

    Raises:
        ValueError: it is no such histogram.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"it is no JSON ({error})") from None
    edges = value.get("edges") if isinstance(value, dict) else None
    counts = value.get("counts") if isinstance(value, dict) else None
    if not isinstance(edges, list) or not isinstance(counts, list) or not counts:
        raise ValueError('it is no histogram: {"edges": [n + 1 numbers], "counts": [n numbers]}')
    if len(edges) != len(counts) + 1:
        raise ValueError(f"{len(edges):,} edges do not fit {len(counts):,} counts, but one more do")
    if not all(map(_is_finite, edges)) or not all(map(_is_finite, counts)) or min(counts) < 0:
        raise ValueError("its edges and counts are not finite numbers, counts from 0")
    if any(a > b for a, b in pairwise(edges)) or edges[-1] - edges[0] < _SMALLEST:
        raise ValueError("its edges do not rise")
    return _coarser(edges, counts, _count(value.get("nan")), _count(value.get("infinite")))


def histogram_preview(histogram: Histogram) -> str:
    """Return a histogram as text, for `stored_histogram`."""
    return plain_json(asdict(histogram)).decode()


def stored_histogram(preview: str) -> Histogram | None:
    """Return the histogram that `histogram_preview` was given, None for any other text."""
    try:
        value = orjson.loads(preview)
        edges, counts = tuple(map(float, value["edges"])), tuple(map(float, value["counts"]))
        return Histogram(edges, counts, value["nan"], value["infinite"], value["bins"])
    except (ValueError, KeyError, TypeError):
        return None


def _coarser(edges: list[Any], counts: list[Any], nan: int, infinite: int) -> Histogram:
    size = -(-len(counts) // BINS)
    added = [sum(counts[at : at + size]) for at in range(0, len(counts), size)]
    kept = [*edges[:-1:size], edges[-1]]
    return Histogram(
        tuple(map(float, kept)), tuple(map(float, added)), nan, infinite, bins=len(counts)
    )


def _is_finite(value: Any) -> bool:
    # Python's integers may be larger than any float.
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < _LARGEST


def _count(value: Any) -> int:
    return value if type(value) is int and value > 0 else 0
