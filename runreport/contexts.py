"""What the site is made of and what each template gets: frozen dataclasses, all text formatted.

`SiteModel` is what `runreport.build` hands to `runreport.pages.make_pages`; a context is what a
template gets under the name ``page``, with its site-wide part under ``site``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from runreport.records import Finding, RunDigest

if TYPE_CHECKING:  # pandas is loaded by the build only where it makes frames
    from runreport.tables import Table


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """One of the user's own Markdown pages, rendered and sanitised."""

    slug: str
    """Its file name in the site: pages/<slug>.html."""
    title: str
    html: Markup


@dataclass(frozen=True, slots=True)
class ExperimentModel:
    """One experiment: its digests in order of (started, run_id), and its table."""

    name: str
    slug: str
    notes: Markup | str
    """Its README as safe HTML, or ""."""
    digests: tuple[RunDigest, ...]
    table: Table
    colors: Mapping[str, int]
    """By run slug, an index of --s0..--s11."""
    links: Mapping[str, str] = field(default_factory=dict)
    """By run slug, the version's web page; runs whose version has none are left out."""
    run_notes: Mapping[str, Markup] = field(default_factory=dict)
    """By run slug, its notes as safe HTML; runs without notes are left out."""


@dataclass(frozen=True, slots=True)
class SiteModel:
    """All that the pages show."""

    title: str
    version: str
    """runreport's own."""
    experiments: tuple[ExperimentModel, ...]
    pages: tuple[MarkdownPage, ...] = ()
    findings: tuple[Finding, ...] = ()
    """The whole build's, those of the runs included."""
    assets: Mapping[str, str] = field(default_factory=dict)
    """A static file's name below templates/static → its path below the site's root."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page to render."""

    path: str
    """Below the site's root, as "r/brave-otter-1f3c9a02/index.html"."""
    template: str
    context: Any
    """A dataclass of this module."""


@dataclass(frozen=True, slots=True)
class Link:
    """A text that may lead somewhere; an href is relative to the page, or an outside URL."""

    text: str
    href: str = ""
    current: bool = False
    title: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, in UTC."""

    text: str
    """As "2026-03-06 20:46"."""
    iso: str
    """As "2026-03-06T20:46:12Z", for <time datetime>."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page has around its content; every href is relative to the page."""

    site_title: str
    title: str
    """The page's own; "" on the index."""
    version: str
    root: str
    """The way back to the site's root: "" at the top, "../../" two folders down."""
    home: str
    nav: tuple[Link, ...]
    crumbs: tuple[Link, ...]
    assets: Mapping[str, str]
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    """Loaded in this order, deferred."""
    plotly: str
    """Where the chart library lies; "" when the site has none."""
    csp: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One big number of a page's head with the words under it."""

    value: str
    label: str
    unit: str = ""
    href: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class RunLink:
    """A run's name as it is shown everywhere: colour square, name, muted id."""

    name: str
    id: str
    """What tells runs of one name apart, short; "" when the name does."""
    href: str
    color: int


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many runs have one status."""

    status: str
    text: str
    """As "12 finished"."""


@dataclass(frozen=True, slots=True)
class BestValue:
    """The best value of a goal metric, or the newest one of a metric without a goal."""

    label: str
    """As "best" or "latest"."""
    metric: str
    goal: str
    value: str
    exact: str
    run: RunLink


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding in words."""

    level: str
    place: str
    message: str
    count: str
    """As "12 times"; "" for once."""


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one level."""

    level: str
    title: str
    """As "3 warnings"."""
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """One run in a chart's legend."""

    run: RunLink
    last: str
    exact: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric drawn at build time; scripts replace the picture by a live chart."""

    metric: str
    svg: Markup
    note: str = ""
    """As "20 best of 500 runs", or "2,000 of 1,000,000 points"."""
    src: str = ""
    """The data file that holds it (run pages)."""
    last: str = ""
    goal: str = ""
    anchor: str = ""
    curves: tuple[Curve, ...] = ()
    """Its legend (experiment pages)."""


@dataclass(frozen=True, slots=True)
class ExperimentCard:
    """One experiment on the index."""

    parent: str
    """The path before its last name, as "vision/"; "" at the top."""
    name: str
    href: str
    lead: Markup | str
    runs: str
    """As "1,204 runs"."""
    statuses: tuple[StatusCount, ...]
    bests: tuple[BestValue, ...]
    changed: Moment | None
    sparkline: Markup | str
    sparkline_label: str
    unread: str
    """As "2 runs could not be read"; "" when all could."""


@dataclass(frozen=True, slots=True)
class PageCard:
    """One Markdown page on the index."""

    title: str
    href: str
    lead: Markup | str


@dataclass(frozen=True, slots=True)
class UnreadRun:
    """A run that could not be read, as a card."""

    name: str
    href: str
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class IndexContext:
    """The page that lists the experiments."""

    site: Frame
    lead: Markup | str
    """From the user's page "index", if there is one, as is `text`."""
    text: Markup | str
    figures: tuple[Figure, ...]
    experiments: tuple[ExperimentCard, ...]
    unread: tuple[UnreadRun, ...]
    more_unread: str
    """As "3 more runs could not be read; the build log names them."; "" for none."""
    pages: tuple[PageCard, ...]
    findings: str
    """As "3 findings"; "" when there is none."""
    findings_href: str


@dataclass(frozen=True, slots=True)
class HeadCell:
    """One column's head in the runs table."""

    label: str
    group: str
    """The eyebrow above it; only on a group's first column."""
    css: str
    goal: str


@dataclass(frozen=True, slots=True)
class BodyCell:
    """One cell of the runs table."""

    kind: str
    """"run", "status", "time", "version", "text" or "number"."""
    css: str
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
    """As "The first 200 of 10,000 runs."; "" when all are there."""
    paper_note: str
    """As "12 of 40 columns are printed."; "" when all are."""
    src: str
    csv: str
    json: str


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
    table: RunsTable
    unread: tuple[UnreadRun, ...]
    more_unread: str
    """As "3 more runs could not be read; the build log names them."; "" for none."""


@dataclass(frozen=True, slots=True)
class Fact:
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


@dataclass(frozen=True, slots=True)
class NameValue:
    """One param or tag."""

    name: str
    value: str
    long: bool = False
    """Whether the value is too long to stand beside its name."""
    number: bool = False


@dataclass(frozen=True, slots=True)
class MetricCell:
    """One number of a metric."""

    text: str
    exact: str
    best: bool = False
    """Whether it is the one that the goal asks for."""


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
class AddedNote:
    """A note that values came after the run had ended."""

    moment: Moment | None
    by: str


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One picture of the gallery."""

    key: str
    step: str
    caption: str
    href: str
    """"" when the picture is not published; `note` says why."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class MediaGroup:
    """The pictures logged under one key."""

    key: str
    items: tuple[MediaItem, ...]


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

    @property
    def has_preview(self) -> bool:
        """Return whether there is something to unfold."""
        return bool(self.picture or self.figure_src or self.code or self.rows or self.view_href)


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


@dataclass(frozen=True, slots=True)
class ConsoleView:
    """The captured output's head and tail."""

    head: str
    tail: str
    size: str
    gap: str
    """As "1.2 MB between are not shown"; "" when nothing is left out."""


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why a run failed."""

    title: str
    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file that the run was read from."""

    path: str
    size: str
    lines: str
    bad: str
    torn: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of a page's own table of contents."""

    anchor: str
    title: str
    count: str = ""
    level: int = 2


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
    media: tuple[MediaGroup, ...]
    artifacts: ArtifactFolder | None
    notes: Markup | str
    error: ErrorView | None
    console: ConsoleView | None
    lineage: tuple[Fact, ...]
    children: tuple[RunLink, ...]
    diff: Markup | str
    """What the working tree had beyond the commit."""
    changes: tuple[ChangeRow, ...]
    files: tuple[FileRow, ...]
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class LogContext:
    """The page of all findings."""

    site: Frame
    groups: tuple[FindingGroup, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class MarkdownContext:
    """One of the user's own pages."""

    site: Frame
    title: str
    html: Markup
    toc: tuple[Section, ...]
    siblings: tuple[Link, ...]
    previous: Link | None
    next: Link | None


@dataclass(frozen=True, slots=True)
class ViewerContext:
    """The page that shows one HTML artifact in a sandbox."""

    site: Frame
    name: str
    source: str
    """The artifact's text; it goes, escaped, into an iframe's srcdoc."""
    csp: str
    raw: str
    back: Link
