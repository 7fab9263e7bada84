"""What the run's template gets of its media."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from runreport.contexts.shared import Moment


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One picture, figure, table, text, page, sound or histogram at its step."""

    index: int
    """Its place in the series."""
    kind: str
    """"image", "figure", "table", "text", "html", "audio", "histogram"; "" for a file alone."""
    step: str
    """As "step 400"."""
    value: str
    """The step alone."""
    moment: Moment | None
    caption: str
    name: str
    """What screen readers say it is."""
    note: str
    """What of it is not shown, or why it is not."""
    href: str = ""
    """Where its file is; "" when it is not published."""
    view_href: str = ""
    src: str = ""
    """Where a picture's or a sound's bytes are, perhaps a data: URI."""
    figure_src: str = ""
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numbers: tuple[int, ...] = ()
    """The places of the columns that hold numbers."""
    drawing: Markup | str = ""


@dataclass(frozen=True, slots=True)
class MediaPanel:
    """The items that a run logged under one key, in order of step."""

    key: str
    anchor: str
    count: int
    """Of all items."""
    count_text: str
    items: tuple[MediaItem, ...]
    """All of them, or some of a long series."""
    note: str = ""
    """As "6 of 5,000 steps"; "" when all are in the page."""
    series: str = ""
    """The series' number in the data file, "" for none."""
    refused: str = ""
    """Places of the series whose files are not published, as "3 7-20"."""
    ridges: Markup | str = ""
    """The histograms over the steps in one picture."""
    wide: bool = False
    """Whether it takes the whole width."""


@dataclass(frozen=True, slots=True)
class MediaSection:
    """All that a run logged with steps beside its metrics."""

    panels: tuple[MediaPanel, ...]
    count: str
    """Of all items, in words."""
    data: str = ""
    """The data file that lists the long series."""
    note: str = ""
    """As "200 of 1,000 keys"; "" when all are in the page."""
