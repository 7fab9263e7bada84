"""What the run's template gets; what a page has dozens of is a tuple, which is made faster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from runreport.contexts.media import MediaSection
from runreport.contexts.shared import (
    Chart,
    Figure,
    FindingRow,
    Frame,
    Link,
    Moment,
    RunLink,
    Section,
)


class Fact(NamedTuple):
    """One line of a run's facts."""

    label: str
    text: str
    rest: str = ""
    """A muted second half: a commit's later digits, the operating system's user."""
    href: str = ""
    copy: bool = False
    mono: bool = False
    wide: bool = False
    moment: Moment | None = None


class NameValue(NamedTuple):
    """One param or tag."""

    name: str
    value: str
    long: bool = False
    """Whether the value is too long to stand beside its name."""
    number: bool = False
    corrected: bool = False
    """Whether it was another one before."""


class MetricCell(NamedTuple):
    """One number of a metric."""

    text: str
    exact: str
    best: bool = False
    """Whether it is the one that the goal asks for."""


@dataclass(frozen=True, slots=True)
class AddedNote:
    """A note that values came after the run had ended."""

    moment: Moment | None
    by: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric of a run in numbers."""

    name: str
    goal: str
    cells: tuple[MetricCell, ...]
    """Last, minimum, maximum, mean."""
    count: str
    best_step: str
    odd: str
    """As "3 NaN, 1 infinite, 12 superseded"; "" for none."""
    added: tuple[AddedNote, ...]
    anchor: str
    """The id of its chart; "" when it has none."""


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """One file of the artifact tree, with its preview."""

    name: str
    path: str
    kind: str
    size: str
    href: str
    view_href: str
    picture: str
    """Where a picture's bytes are, perhaps a data: URI."""
    figure_src: str
    """The data file of a plotly figure that can be drawn in the page."""
    code: Markup | str
    """A text's head, highlighted."""
    lines: bool
    """Whether the lines are numbered."""
    rows: tuple[tuple[str, ...], ...]
    """A table's head, its first row the column names."""
    note: str
    open: bool = False
    sound: str = ""
    """Where a sound's bytes are."""
    drawing: Markup | str = ""
    """A histogram."""

    @property
    def has_preview(self) -> bool:
        """Return whether there is something to unfold."""
        parts = (self.picture, self.figure_src, self.code, self.rows, self.sound, self.drawing)
        return any(parts) or bool(self.view_href)


@dataclass(frozen=True, slots=True)
class ArtifactFolder:
    """One folder of the artifact tree."""

    name: str
    note: str
    """As "4 files, 3.4 MB"."""
    folders: tuple[ArtifactFolder, ...]
    files: tuple[ArtifactFile, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One correction: what, from what to what, when and by whom."""

    name: str
    old: str
    new: str
    moment: Moment | None
    by: str
    is_new: bool = False
    """Whether there was no value before."""
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class ConsoleView:
    """The captured output's head and tail."""

    head: Markup | str
    tail: Markup | str
    size: str
    gap: str
    """As "1.2 MB between are not shown"; "" when nothing is left out."""


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why a run failed."""

    title: str
    message: str
    traceback: Markup | str


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file that the run was read from."""

    path: str
    size: str
    lines: str
    bad: str
    torn: bool


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """One run of a list of related runs."""

    run: RunLink
    current: bool
    """Whether it is the page's own."""
    status: str
    status_css: str
    values: tuple[str, ...]
    duration: str


@dataclass(frozen=True, slots=True)
class RelatedRuns:
    """The runs below a run, or those of its group."""

    title: str
    anchor: str
    count: str
    rows: tuple[RelatedRow, ...] = ()
    metrics: tuple[tuple[str, str], ...] = ()
    """Names and goals of the values."""
    averages: tuple[str, ...] = ()
    """Of each metric, as "0.934 ± 0.012"."""
    links: tuple[Link, ...] = ()
    """To where there is more: the runs before and after it, the whole list."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run's page."""

    site: Frame
    run: RunLink
    status: str
    status_css: str
    id: str
    experiment: Link
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]
    tags: tuple[NameValue, ...]
    params: tuple[NameValue, ...]
    metrics: tuple[MetricRow, ...]
    charts: tuple[Chart, ...]
    system: tuple[Chart, ...]
    media: MediaSection | None
    artifacts: ArtifactFolder | None
    notes: Markup | str
    error: ErrorView | None
    console: ConsoleView | None
    lineage: tuple[Fact, ...]
    related: tuple[RelatedRuns, ...]
    diff: Markup | str
    """What the working tree had beyond the commit."""
    changes: tuple[ChangeRow, ...]
    files: tuple[FileRow, ...]
    findings: tuple[FindingRow, ...]
