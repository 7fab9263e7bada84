"""A run's media: a panel for each key, in which a reader goes through the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from runreport.artifacts.drawing import (
    RIDGES,
    draw_histogram,
    draw_ridges,
    drawing_svg,
    histogram_note,
)
from runreport.artifacts.histograms import stored_histogram
from runreport.artifacts.media import shown_kind, wanted_kind
from runreport.artifacts.series import Series, make_series
from runreport.artifacts.tables import stored_table
from runreport.contexts import MediaItem, MediaPanel, MediaSection
from runreport.pages.words import free_anchor, moment
from runreport.records import Media, PublishedArtifact, RunDigest
from runreport.text.numbers import count_text, exact_text, plural

MOST_KEYS: Final = 200
"""Keys of a run that have a panel."""

_FEW: Final = 3
"""Histograms that are worth a picture of all."""

_BROAD: Final = 6
"""A table of more columns than this takes the whole width."""


def media_section(digest: RunDigest, root: str, color: int) -> MediaSection | None:
    """Return the panels of a run's media, or None for a run without."""
    media = digest.record.media
    if not media:
        return None
    series = make_series(media)
    numbers = {
        each.key: place for place, each in enumerate(each for each in series if each.is_long)
    }
    work = _Panels(digest, root, color)
    panels = tuple(work.panel(each, numbers.get(each.key)) for each in series[:MOST_KEYS])
    note = ""
    if len(series) > MOST_KEYS:
        note = f"{MOST_KEYS} of {count_text(len(series))} keys are shown; log under fewer keys"
    return MediaSection(
        panels,
        count_text(len(media)),
        root + digest.media_data if digest.media_data else "",
        note,
    )


class _Panels:
    """Makes the panels of one run."""

    def __init__(self, digest: RunDigest, root: str, color: int) -> None:
        self.media: Sequence[Media] = digest.record.media
        self.files: Sequence[PublishedArtifact] = digest.media
        self.root = root
        self.color = color
        self._anchors: set[str] = set()

    def panel(self, series: Series, number: int | None) -> MediaPanel:
        """Return the panel of one key; ``number`` is its long series' in the data file."""
        count, shown = len(series.places), series.chosen()
        index = {place: each for each, place in enumerate(series.places)}
        items = tuple(self._item(place, index[place]) for place in shown)
        is_long = number is not None
        return MediaPanel(
            key=series.key,
            anchor=free_anchor(f"media-{series.key}", self._anchors),
            count=count,
            count_text=count_text(count),
            items=items,
            note=f"{len(shown)} of {plural(count, 'step')}" if is_long else "",
            series="" if number is None else str(number),
            refused=self._refused(series) if is_long else "",
            ridges=self._ridges(series),
            wide=any(len(each.columns) > _BROAD for each in items),
        )

    def _item(self, place: int, index: int) -> MediaItem:
        media, file = self.media[place], self.files[place]
        kind, step = shown_kind(wanted_kind(media), file), exact_text(media.step)
        return MediaItem(
            index=index,
            kind=kind,
            step=f"step {step}",
            value=step,
            moment=moment(media.time),
            caption=media.caption,
            name=media.caption or f"{media.key}, step {step}",
            href=self._rooted(file.url),
            view_href=self._rooted(file.view_url),
            **{"note": file.note, **self._content(kind, file)},
        )

    def _content(self, kind: str, file: PublishedArtifact) -> dict[str, Any]:
        """Return the fields of an item that its kind alone has."""
        if kind in ("image", "audio"):
            is_drawn = file.preview.startswith("data:image/svg+xml")
            # A drawing stands in the page: its published file is a text.
            src = file.preview if is_drawn else "" if file.kind == "svg" else file.url
            return {"src": src if is_drawn else self._rooted(src)}
        if kind == "figure":
            return {"figure_src": self._rooted(file.data_url)}
        if kind == "text":
            return {"text": file.preview}
        if kind == "table" and (head := stored_table(file.preview)):
            return {"columns": head.columns, "rows": head.rows, "numbers": head.numbers}
        if kind == "histogram" and (histogram := stored_histogram(file.preview)):
            drawn = drawing_svg(draw_histogram(histogram), f"s{self.color}")
            odd = histogram_note(histogram)
            return {"drawing": drawn, **({"note": odd} if odd else {})}
        return {}

    def _ridges(self, series: Series) -> Markup | str:
        found = []
        for place in series.chosen(RIDGES):
            histogram = None
            if self.files[place].kind == "histogram":
                histogram = stored_histogram(self.files[place].preview)
            if histogram is not None:
                found.append((f"step {exact_text(self.media[place].step)}", histogram))
        return drawing_svg(draw_ridges(found), f"s{self.color}") if len(found) >= _FEW else ""

    def _refused(self, series: Series) -> str:
        """Return the places of a series that have no file, neighbours as one range."""
        ranges: list[list[int]] = []
        for index, place in enumerate(series.places):
            if self.files[place].url:
                continue
            if ranges and ranges[-1][1] == index - 1:
                ranges[-1][1] = index
            else:
                ranges.append([index, index])
        return " ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)

    def _rooted(self, path: str) -> str:
        return self.root + path if path else ""
