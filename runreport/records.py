"""The values that readers hand on: a run's facts, its metric histories, and what was odd about it.

Everything is frozen; histories hold numpy columns, one entry a point, in file order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:  # an unchanged site is found to be one without numpy
    import numpy as np
    from numpy.typing import NDArray

_MARK: Final = 12
"""Most characters of an id beside a name."""

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something a reader or the build wants a person to see, with its place and a remedy."""

    level: Level
    place: str
    """Where: a path below its source, with ":line" when it is one line; never absolute."""
    message: str
    """What is wrong; what to do."""
    count: int = 1
    """How often it was found; the place is the first one's."""


@dataclass(frozen=True, slots=True)
class Added:
    """A stretch of a history's points that was added after the run had ended."""

    start: int
    stop: int
    time: float | None
    """Seconds since the epoch, UTC."""
    by: str


@dataclass(frozen=True, slots=True)
class History:
    """One metric of one run: three float64 columns of the same length, in file order."""

    name: str
    steps: NDArray[np.float64]
    times: NDArray[np.float64]
    """Seconds since the epoch, UTC; NaN where the line has none."""
    values: NDArray[np.float64]
    """NaN and ±infinity as they were logged."""
    superseded: NDArray[np.bool_] | None = None
    """True at points that a later launch logged again; None when there is no such point."""
    added: tuple[Added, ...] = ()

    def live(self) -> History:
        """Return the points that count, in order of step; equal steps keep their file order."""
        steps, times, values = self.steps, self.times, self.values
        if self.superseded is not None:
            keep = ~self.superseded
            steps, times, values = steps[keep], times[keep], values[keep]
        # Nearly every history is in order; finding that out is cheaper than sorting it.
        if len(steps) > 1 and (steps[1:] < steps[:-1]).any():
            order = steps.argsort(kind="stable")
            steps, times, values = steps[order], times[order], values[order]
        return History(self.name, steps, times, values)

    def at(self, where: NDArray[np.intp] | slice) -> History:
        """Return some of the points, without what is known of launches."""
        return History(self.name, self.steps[where], self.times[where], self.values[where])


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file below the run's artifacts folder, found without following a link."""

    path: str
    """Below the artifacts folder, joined with "/"."""
    size: int
    """Bytes."""
    kind: Literal["file", "link", "other"] = "file"
    """Only a "file" is ever opened; links and special files are listed and not published."""


@dataclass(frozen=True, slots=True)
class Media:
    """One line of the media stream: a file of the run folder shown at a step."""

    key: str
    step: float
    time: float | None
    path: str
    caption: str = ""
    kind: str = ""
    """image, figure, table, text, html, audio or histogram; "" where the writer did not say."""


@dataclass(frozen=True, slots=True)
class Console:
    """The head and tail of the captured output; the tail is empty when the head is all of it."""

    head: str
    tail: str
    size: int
    """Bytes of the whole log."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that the run was read from."""

    path: str
    size: int
    lines: int = 0
    bad_lines: int = 0
    torn: bool = False
    """Whether it ends in half a line: a writer was stopped, or is still writing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One correction of a param, tag or other field: the audit trail behind the folded record."""

    name: str
    """As "params.lr" or "status"."""
    old: Any
    new: Any
    time: float | None
    by: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as a reader found it; absent text is "", an absent time None."""

    run_id: str
    name: str
    experiment: str
    folder: Path
    reader: str
    status: str = ""
    """As declared; "" when no line says. See `runreport.reading.liveness` for "interrupted"."""
    started: float | None = None
    ended: float | None = None
    user: str = ""
    os_user: str = ""
    host: str = ""
    pid: int | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    git: Mapping[str, Any] = field(default_factory=dict)
    python: str = ""
    command: str = ""
    parent: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Per metric its declared goal ("min", "max") and summary ("last", "min", "max", "mean")."""
    datasets: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)
    """Why a run failed: type, message, traceback."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Fields that the format does not know; kept and shown."""
    histories: tuple[History, ...] = ()
    """Sorted by name."""
    system: tuple[History, ...] = ()
    media: tuple[Media, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    """Sorted by path."""
    notes: str = ""
    console: Console | None = None
    files: tuple[SourceFile, ...] = ()
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Sketch:
    """About 100 points of a history, for the pictures that are drawn at build time.

    Minimum and maximum of equal stretches, first and last kept; NaN is a gap.
    """

    xs: NDArray[np.float32]
    """Steps."""
    ys: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric of one run in numbers, of its live points; what tables and cards show."""

    name: str
    value: float
    """The summary value, as `summary` says; NaN when every point is NaN."""
    summary: Literal["last", "min", "max", "mean"]
    goal: Literal["min", "max"] | None
    last: float
    last_step: float
    min: float
    min_step: float
    max: float
    max_step: float
    mean: float
    """Of the finite points, as are min and max; NaN when there is none."""
    count: int
    nan: int = 0
    infinite: int = 0
    superseded: int = 0
    added: tuple[Added, ...] = ()
    sketch: Sketch | None = None
    """None for a history that has no point to draw."""

    @property
    def best(self) -> tuple[float, float] | None:
        """Return the best value and its earliest step, or None for a metric without a goal."""
        if self.goal is None:
            return None
        return (self.min, self.min_step) if self.goal == "min" else (self.max, self.max_step)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of the site's data folder, named by its content."""

    name: str
    """As "h-brave-otter-1f3c9a02-0.5b1d9c3e.js"."""
    content: bytes


@dataclass(frozen=True, slots=True)
class HistoryChunk:
    """Which of a run's metrics one data file holds."""

    name: str
    """The data file's name."""
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishedArtifact:
    """One artifact as the site offers it."""

    path: str
    """As in the run."""
    size: int
    kind: str
    """"text", "code", "json", "csv", "markdown", "image", "svg", "figure", "html", "table",
    "histogram", "audio", "binary"."""
    url: str = ""
    """Below the site's root; "" when it is not published."""
    view_url: str = ""
    """The sandboxed viewer's page, for active content."""
    data_url: str = ""
    """The data file of a "figure" that the site's own plotly draws."""
    preview: str = ""
    """The head of a text, decoded; of an "svg" the picture as a data: URI; of a "table" or a
    "histogram" what is shown of it, as JSON."""
    note: str = ""
    """Why it is not published, or that its preview is cut ("64 kB of 3 MB shown")."""


@dataclass(frozen=True, slots=True)
class RunDigest:
    """A run with its histories reduced to summaries and data files: all that pages need."""

    record: RunRecord
    """Without histories."""
    slug: str
    """The run's folder name in the site: unique, safe, and independent of other runs."""
    status: str
    """The declared status, or "interrupted"."""
    metrics: tuple[MetricSummary, ...]
    chunks: tuple[HistoryChunk, ...]
    system: tuple[MetricSummary, ...] = ()
    system_chunks: tuple[HistoryChunk, ...] = ()
    artifacts: tuple[PublishedArtifact, ...] = ()
    media: tuple[PublishedArtifact, ...] = ()
    """One for each of the record's media, in the same order."""
    findings: tuple[Finding, ...] = ()
    """The record's, and those of publishing."""
    media_data: str = ""
    """The data file, below the site's root, that lists series of media too long for the page."""

    @property
    def title(self) -> str:
        """What the run is called in tables and on pages."""
        return self.record.name or self.record.run_id or self.slug

    @property
    def mark(self) -> str:
        """What tells runs of one name apart: a short id whole, a long one's end; "" if unneeded."""
        return mark_of(self.record.run_id, self.title)


def mark_of(run_id: str, title: str) -> str:
    """Return what tells a run from others of its title."""
    if run_id == title:
        return ""
    return run_id if len(run_id) <= _MARK else run_id.rpartition("-")[2][-_MARK:]


@dataclass(frozen=True, slots=True)
class Written:
    """What a build did to the site."""

    changed: int
    """Files that are new or have other bytes than before."""
    unchanged: int
    removed: int
    pages_changed: int
    """As ``changed``, of the HTML pages alone."""
    pages_unchanged: int
    size: int
    """Bytes of the whole site."""
