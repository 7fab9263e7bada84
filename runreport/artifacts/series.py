"""A run's media by key: what of a long series stands in the page, and the data files of the rest.

The page holds a few items of each key. A data file lists the steps of the keys that have more, and
names the files that hold all of their items, in parts that a page loads when a reader gets there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from runreport.artifacts.drawing import RIDGES, draw_histogram, histogram_note
from runreport.artifacts.histograms import stored_histogram
from runreport.artifacts.media import shown_kind, wanted_kind
from runreport.artifacts.tables import stored_table
from runreport.histories.columns import encode_column
from runreport.records import DataFile, Media, PublishedArtifact
from runreport.text.serialize import data_script, script_json

SHOWN: Final = 6
"""Items of a key that stand in the page itself."""

PART: Final = 256_000
"""Bytes of a data file of items, about."""

_NO_VIEWER: Final = (
    f"cannot be shown: of a figure with such traces {SHOWN} steps of a key are; log it less often"
)


@dataclass(frozen=True, slots=True)
class Series:
    """The items of one key: their places in the run's media, in order of step."""

    key: str
    places: tuple[int, ...]

    @property
    def is_long(self) -> bool:
        """Return whether the page cannot hold all of it."""
        return len(self.places) > SHOWN

    def chosen(self, count: int = SHOWN) -> tuple[int, ...]:
        """Return at most ``count`` of the places, evenly, with the first and the last."""
        last = len(self.places) - 1
        if last < count:
            return self.places
        return tuple(self.places[round(each * last / (count - 1))] for each in range(count))


def make_series(media: Sequence[Media]) -> tuple[Series, ...]:
    """Return the series of a run's media, in the order in which their keys first come."""
    groups: dict[str, list[int]] = {}
    for place, each in enumerate(media):
        groups.setdefault(each.key, []).append(place)
    return tuple(
        Series(key, tuple(sorted(places, key=lambda place: _order(media[place].step))))
        for key, places in groups.items()
    )


def _order(step: float) -> tuple[bool, float]:
    return (True, 0.0) if step != step else (False, step)


def media_files(
    media: Sequence[Media], files: Sequence[PublishedArtifact], run_slug: str
) -> tuple[DataFile, ...]:
    """Return the data files of a run's long series, the list first; none if there is none."""
    long = [each for each in make_series(media) if each.is_long]
    if not long:
        return ()
    items = [plain_item(media[place], files[place]) for each in long for place in each.places]
    parts, starts = [], []
    for number, (start, stop) in enumerate(_parts(items)):
        parts.append(data_script(f"m-{run_slug}-{number}", {"items": items[start:stop]}))
        starts.append(start)
    listed = {
        "series": [_columns([media[place] for place in each.places]) for each in long],
        "parts": [[part.name, start] for part, start in zip(parts, starts, strict=True)],
    }
    return (data_script(f"m-{run_slug}", listed), *parts)


def with_few_viewers(
    media: Sequence[Media], files: Sequence[PublishedArtifact]
) -> tuple[PublishedArtifact, ...]:
    """Return the files with viewers for those figures alone that stand in the page.

    A figure of traces that the site's own plotly does not know brings all of plotly along.
    """
    kept = {place for series in make_series(media) for place in series.chosen()}
    return tuple(
        replace(file, view_url="", note=_NO_VIEWER)
        if file.kind == "figure" and file.view_url and place not in kept
        else file
        for place, file in enumerate(files)
    )


def without_unseen(
    media: Sequence[Media], files: Sequence[PublishedArtifact]
) -> tuple[PublishedArtifact, ...]:
    """Return the files without the previews that only the data files show."""
    kept: set[int] = set()
    for series in make_series(media):
        kept.update(series.chosen())
        kept.update(each for each in series.chosen(RIDGES) if files[each].kind == "histogram")
    return tuple(
        file if place in kept or not file.preview else replace(file, preview="")
        for place, file in enumerate(files)
    )


def plain_item(media: Media, file: PublishedArtifact) -> dict[str, Any]:
    """Return an item as data files hold it; addresses are below the site's root."""
    kind = shown_kind(wanted_kind(media), file)
    item: dict[str, Any] = {
        "kind": kind,
        "caption": media.caption,
        "note": file.note,
        "href": file.url,
        "view": file.view_url,
        **_content(kind, file),
    }
    return {name: value for name, value in item.items() if value != ""}


def _content(kind: str, file: PublishedArtifact) -> dict[str, Any]:
    if kind == "image":
        # A drawing stands in the data: its published file is a text.
        return {"src": file.preview if file.kind == "svg" else file.url}
    if kind == "audio":
        return {"src": file.url}
    if kind == "figure":
        return {"figure": file.data_url}
    if kind == "text":
        return {"text": file.preview}
    if kind == "table" and (head := stored_table(file.preview)):
        return {"columns": head.columns, "rows": head.rows, "numbers": head.numbers}
    if kind == "histogram" and (histogram := stored_histogram(file.preview)):
        return {"drawing": draw_histogram(histogram).plain(), "odd": histogram_note(histogram)}
    return {}


def _columns(items: Sequence[Media]) -> dict[str, Any]:
    times = [float("nan") if each.time is None else each.time for each in items]
    return {
        "count": len(items),
        "steps": encode_column(np.array([each.step for each in items], dtype=np.float64)),
        "times": encode_column(np.array(times, dtype=np.float64)),
    }


def _parts(items: Sequence[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Yield the start and the stop of each data file's items."""
    start = size = 0
    for place, item in enumerate(items):
        length = len(script_json(item))
        if size and size + length > PART:
            yield start, place
            start, size = place, 0
        size += length
    yield start, len(items)
