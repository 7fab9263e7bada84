"""Tiles: what an overview leaves out of a history, in files that a chart loads when it is zoomed.

The points themselves come in files of at most `TILE` points; a long history has levels between
them and the overview too, each of the extremes of smaller buckets. All have the same columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runreport.histories.columns import encode_column
from runreport.histories.pyramid import (
    LEVEL_TILE,
    bucket_points,
    bucket_sizes,
    finite_of,
    means,
)
from runreport.records import DataFile, History
from runreport.text.serialize import data_script

TILE: Final = 65_536
"""Points in a tile of the points themselves."""

TIME_LOST: Final = 0.0005
"""Seconds that a point's time may be off in a data file."""

NOTHING: Final[Mapping[str, Any]] = {}

Spool = Callable[[DataFile], None]


class TileWriter(NamedTuple):
    """Makes the tiles of one history, and hands each file over as it is made."""

    key: str
    """What the files' names begin with."""
    started: float | None
    """What times count from, in seconds since the epoch."""
    emit: Spool

    def points(self, live: History) -> list[Any]:
        """Write the tiles of all points; return where each is."""
        starts = range(0, len(live.values), TILE)
        parts = (live.at(slice(start, start + TILE)) for start in starts)
        return [
            self._tile(f"{number}", part, encode_column(part.values))
            for number, part in enumerate(parts)
        ]

    def levels(self, live: History, points: int) -> list[Any]:
        """Write the levels between the points and an overview of ``points``, from the lowest."""
        sizes = tuple(bucket_sizes(len(live.values), points))
        finite = finite_of(live.values) if sizes else None
        return [{"size": size, "tiles": self._level(live, size, finite)} for size in sizes]

    def _level(self, live: History, size: int, finite: NDArray[np.bool_] | None) -> list[Any]:
        tiles = []
        for number, (whole, kept) in enumerate(_level_parts(live.values, size, finite)):
            part = live.at(kept + whole.start)
            mean = means(live.values[whole], kept, None if finite is None else finite[whole])
            # Seven digits do, as in the overview: the points' tiles have the others.
            values = encode_column(part.values, lost=None)
            more = {"mean": encode_column(mean, lost=None)}
            tiles.append(self._tile(f"x{size}-{number}", part, values, more))
        return tiles

    def _tile(
        self, name: str, part: History, values: Any, more: Mapping[str, Any] = NOTHING
    ) -> dict[str, Any]:
        content = {
            "x": encode_column(part.steps),
            "y": values,
            "t": encode_times(part.times, self.started),
            **more,
        }
        file = data_script(f"{self.key}-{name}", content)
        self.emit(file)
        first, last = float(part.steps[0]), float(part.steps[-1])
        return {"src": file.name, "x0": first, "x1": last, "n": len(part.values)}


def encode_times(times: NDArray[np.float64], started: float | None) -> Any:
    """Return times as they count from the start, to half a millisecond; None when unknown."""
    # One look spares nearly all columns the whole.
    is_known = len(times) > 0 and not math.isnan(times.item(0))
    if started is None or (not is_known and np.isnan(times).all()):
        return None
    return encode_column(times - started, lost=TIME_LOST)


def _level_parts(
    values: NDArray[np.float64], size: int, finite: NDArray[np.bool_] | None
) -> Iterator[tuple[slice, NDArray[np.intp]]]:
    """Yield which values each tile of a level is of, and which of them it keeps."""
    kept = bucket_points(values, size, finite)
    starts = np.arange(0, len(values), LEVEL_TILE * size)
    for start, part in zip(starts, np.split(kept, np.searchsorted(kept, starts[1:])), strict=True):
        yield slice(start, start + LEVEL_TILE * size), part - start
