"""What the experiment's template gets."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from runreport.contexts.model import Download
from runreport.contexts.shared import Chart, Figure, Frame, UnreadRun


@dataclass(frozen=True, slots=True)
class HeadCell:
    """One column's head in the runs table."""

    label: str
    group: str
    """The eyebrow above it; only on a group's first column."""
    css: str
    goal: str
    is_printed: bool = True


@dataclass(frozen=True, slots=True)
class BodyCell:
    """One cell of the runs table."""

    kind: str
    """"run", "status", "time", "version", "text" or "number"."""
    css: str
    """"" for most: what a table holds are numbers, and every byte here is there many times."""
    text: str
    rest: str = ""
    """Of a commit id all after its first eight digits, which is shown muted."""
    href: str = ""
    title: str = ""
    color: int = 0
    status: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class RunsTable:
    """The runs table as it is written into the page."""

    caption: str
    head: tuple[HeadCell, ...]
    rows: tuple[tuple[BodyCell, ...], ...]
    total: str
    """As "10,000 runs"."""
    note: str
    """As "The first 200 of 10,000 runs. 17 columns not shown."; "" when all are there."""
    paper_note: str
    """As "12 of 40 columns are printed."; "" when all are."""
    src: str
    csv: str
    json: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group of runs."""

    name: str
    href: str
    """To the table of its runs."""
    count: str
    averages: tuple[str, ...]
    """Of each metric, as "0.934 ± 0.012"."""


@dataclass(frozen=True, slots=True)
class GroupsTable:
    """The groups of runs that share a tag, the best first."""

    metrics: tuple[tuple[str, str], ...]
    """Names and goals."""
    rows: tuple[GroupRow, ...]
    note: str = ""
    """As "100 of 250 groups are shown"; "" when all are."""


@dataclass(frozen=True, slots=True)
class ExperimentContext:
    """One experiment's page."""

    site: Frame
    parent: str
    name: str
    lead: Markup | str
    notes: Markup | str
    """What its README says after the first paragraph."""
    figures: tuple[Figure, ...]
    charts: tuple[Chart, ...]
    groups: GroupsTable | None
    table: RunsTable
    unread: tuple[UnreadRun, ...]
    more_unread: str
    """As "3 more runs could not be read; the build log names them."; "" for none."""
    downloads: tuple[Download, ...]
    """The files that hold every point, if the site offers any."""
