"""Histories as data files: an overview of each metric, and tiles of the points it leaves out.

An overview keeps every point up to `POINTS`; beyond that, the minimum and maximum of equal-count
buckets, so that no spike is lost, with the first and last point. Only then are there tiles, which
a chart loads when it is zoomed: see `runreport.histories.tiles`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from runreport.histories.columns import column_size, encode_column, encode_finite
from runreport.histories.pyramid import bucket_points, finite_of, means
from runreport.histories.tiles import TILE, Spool, TileWriter, encode_times
from runreport.records import DataFile, History, HistoryChunk, Sketch
from runreport.text.serialize import data_script

if TYPE_CHECKING:
    from runreport.histories.measures import Measures

POINTS: Final = 2000
"""An overview's points, at most."""

CHUNK_BYTES: Final = 256_000
"""About the size at which a run's next metric starts another file."""

MARKS: Final = 200
"""NaN and infinite points that an overview lists one by one; all are counted."""

SKETCH_POINTS: Final = 100

NO_TILES: Final[Mapping[str, Any]] = {"tiles": []}

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the histories of a chunk come from, and what its files are called."""

    slug: str
    """The run's."""
    started: float | None
    """What the chunk's times count from, in seconds since the epoch."""
    prefix: str = "h"
    """ "h" for metrics, "y" for system metrics."""


def time_origin(started: float | None, histories: Iterable[History]) -> float | None:
    """Return what times count from: the run's start, else its earliest time, else None."""
    if started is not None and math.isfinite(started):
        return started
    known = [history.times[np.isfinite(history.times)] for history in histories]
    return min((float(times.min()) for times in known if len(times)), default=None)


def kept_points(values: Floats, points: int = POINTS) -> Indices | None:
    """Return the indices that stand for all values, ascending; None when that is all of them.

    The first, the last, and those that the buckets between keep: at most ``points``.
    """
    count = len(values)
    if count <= points:
        return None
    finite = finite_of(values)
    # First and last point aside, a bucket keeps two points, or three where there are gaps.
    size = -(-count // ((points - 2) // (2 if finite is None else 3)))
    return np.unique(np.concatenate([[0], bucket_points(values, size, finite), [count - 1]]))


def make_sketch(live: History) -> Sketch | None:
    """Return about 100 points of a history's live points; None when there is none to draw."""
    values = live.values
    indices = kept_points(values, SKETCH_POINTS)
    xs, ys = (live.steps, values) if indices is None else (live.steps[indices], values[indices])
    # What float32 cannot hold is as good as infinite in a picture: a gap.
    with np.errstate(over="ignore"):
        single = ys.astype(np.float32)
        drawable = np.isfinite(single)
        if not drawable.any():
            return None
        if not drawable.all():
            single = np.where(drawable, single, np.float32(np.nan))
        return Sketch(xs.astype(np.float32), single)


def make_chunks(
    histories: Sequence[tuple[History, History]],
    source: Source,
    spool: Spool | None = None,
    measures: Sequence[Measures] = (),
) -> tuple[list[HistoryChunk], list[DataFile]]:
    """Return a run's data files: chunks of overviews, packed in order, and the tiles they name.

    Each history comes with its live points. A ``spool`` takes over the tiles of those that have
    more than one, each as it is made: they need not be in memory together. ``measures`` are those
    of the live points, if they are known.
    """
    chunks: list[HistoryChunk] = []
    files: list[DataFile] = []
    packed: dict[str, Any] = {}
    size = 0
    encoder = _Encoder(source.started)
    known = measures or (None,) * len(histories)
    for number, ((history, live), measured) in enumerate(zip(histories, known, strict=True)):
        emit = spool if spool is not None and len(live.values) > TILE else files.append
        tiles = TileWriter(_tile_key(source, number), source.started, emit)
        overview = encoder.overview(history, live, measured, tiles)
        wanted = _overview_size(overview)
        if packed and size + wanted > CHUNK_BYTES:
            _close(packed, source, chunks, files)
            packed, size = {}, 0
        packed[history.name] = overview
        size += wanted
    if packed:
        _close(packed, source, chunks, files)
    return chunks, files


def _close(
    packed: dict[str, Any], source: Source, chunks: list[HistoryChunk], files: list[DataFile]
) -> None:
    value = {"run": source.slug, "started": source.started, "metrics": packed}
    file = data_script(f"{source.prefix}-{source.slug}-{len(chunks)}", value)
    chunks.append(HistoryChunk(file.name, tuple(packed)))
    files.append(file)


def _tile_key(source: Source, number: int) -> str:
    system = "s" if source.prefix == "y" else ""
    return f"f-{source.slug}-{system}{number}"


def _overview_size(overview: dict[str, Any]) -> int:
    size = 100 + 20 * len(overview["marks"]) + 90 * len(overview["tiles"])
    for level in overview.get("levels", ()):
        size += 90 * len(level["tiles"])
    for key in ("x", "y", "t", "mean"):
        column = overview.get(key)
        if column is not None:
            size += column_size(column)
    return size


class _Encoder:
    """Encodes the columns of one run; metrics of one log call share their steps and times."""

    def __init__(self, started: float | None) -> None:
        self._started = started
        self._encoded: dict[tuple[str, bytes], Any] = {}
        self._same: dict[tuple[str, int], tuple[Floats, Any]] = {}

    def overview(
        self, history: History, live: History, measured: Measures | None, tiles: TileWriter
    ) -> dict[str, Any]:
        """Return one metric's overview; its tiles are written when that leaves points out."""
        indices = kept_points(live.values)
        if indices is None and measured is not None and measured.single is not None:
            return self._plain(history, live, measured)
        shown = live if indices is None else live.at(indices)
        odd = (~np.isfinite(live.values)).nonzero()[0]
        gap, nan = shown.values, 0
        if len(odd):
            gap = np.where(np.isfinite(gap), gap, np.nan)
            nan = int(np.count_nonzero(np.isnan(live.values[odd])))
        return {
            "n": len(live.values),
            "shown": len(shown.values),
            "x": self._column("x", shown.steps),
            # Where all points are shown there is no tile to look them up in: they are exact.
            "y": encode_column(gap, lost=0.0 if indices is None else None),
            "t": self._column("t", shown.times),
            "marks": [[float(live.steps[at]), float(live.values[at])] for at in odd[:MARKS]],
            "nan": nan,
            "infinite": len(odd) - nan,
            "superseded": len(history.values) - len(live.values),
            "added": list(_added(history, live)),
            **(NO_TILES if indices is None else _tiled(live, indices, tiles)),
        }

    def _plain(self, history: History, live: History, measured: Measures) -> dict[str, Any]:
        """Return the overview of a metric of which all points are finite, and shown."""
        count = len(live.values)
        return {
            "n": count,
            "shown": count,
            "x": self._column("x", live.steps),
            "y": encode_finite(live.values, measured.single if measured.is_exact else None),
            "t": self._column("t", live.times),
            "marks": (),
            "nan": 0,
            "infinite": 0,
            "superseded": len(history.values) - count,
            "added": list(_added(history, live)),
            **NO_TILES,
        }

    def _column(self, kind: str, values: Floats) -> Any:
        """Encode a column, once for the same array, and once for arrays of the same content."""
        place = (kind, id(values))
        if place not in self._same:
            key = (kind, values.tobytes())
            if key not in self._encoded:
                is_steps = kind == "x"
                self._encoded[key] = (
                    encode_column(values) if is_steps else encode_times(values, self._started)
                )
            # The array is kept, so that no other one is taken for it.
            self._same[place] = (values, self._encoded[key])
        return self._same[place][1]


def _tiled(live: History, indices: Indices, tiles: TileWriter) -> dict[str, Any]:
    """Return what stands for the points that an overview leaves out."""
    mean = means(live.values, indices, finite_of(live.values))
    levels = tiles.levels(live, POINTS)
    return {
        "mean": encode_column(mean, lost=None),
        "tiles": tiles.points(live),
        **({"levels": levels} if levels else {}),
    }


def _added(history: History, live: History) -> Iterator[dict[str, Any]]:
    """Yield the stretches of live points that were added later, as positions among them."""
    if not history.added:
        return
    keep = np.arange(len(history.values))
    if history.superseded is not None:
        keep = keep[~history.superseded]
    order = keep[np.argsort(history.steps[keep], kind="stable")]
    for added in history.added:
        inside = np.flatnonzero((order >= added.start) & (order < added.stop))
        for stretch in np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1):
            if len(stretch):
                first, last = int(stretch[0]), int(stretch[-1])
                yield {
                    "time": added.time,
                    "by": added.by,
                    "from": first,
                    "to": last + 1,
                    "x0": float(live.steps[first]),
                    "x1": float(live.steps[last]),
                }
