"""What the build hands to the pages: the whole site, and one page of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from runreport.records import Finding, RunDigest
from runreport.rows import RunRow

if TYPE_CHECKING:  # what has to do with tables alone is loaded where they are made
    from runreport.tables import Table


@dataclass(frozen=True, slots=True)
class MarkdownPage:
    """One of the user's own Markdown pages, rendered and sanitised."""

    slug: str
    """Its file name in the site: pages/<slug>.html."""
    title: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Download:
    """A file of runs or points that the site offers."""

    label: str
    """As "metrics.csv"."""
    path: str
    """Below the site's root; "" when it is left out."""
    size: str
    """As "3.4 MB", or why it is left out."""

    @property
    def name(self) -> str:
        """What it is saved as: "iris-metrics.csv", where it lies in the folder "iris"."""
        _, *folder, name = self.path.split("/")
        return "-".join([*folder, name])


@dataclass(frozen=True, slots=True)
class ExperimentModel:
    """One experiment: its runs in order of (started, run_id), and their table."""

    name: str
    slug: str
    notes: Markup | str
    """Its README as safe HTML, or ""."""
    runs: tuple[RunRow, ...]
    make_table: Callable[[], Table]
    """Returns the runs table, the same each time; what made it may be asked for it again."""
    colors: Mapping[str, int]
    """By run slug, an index of --s0..--s11."""
    digests: Mapping[str, RunDigest] = field(default_factory=dict)
    """By run slug; a look at one may cost as much as reading it from a file."""
    downloads: tuple[Download, ...] = ()
    """Beside the runs table as CSV and JSON."""

    @property
    def table(self) -> Table:
        """The runs table; made when it is first asked for, which takes longer than all else."""
        return self.make_table()


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
    downloads: tuple[Download, ...] = ()
    """Of all runs."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page to render."""

    path: str
    """Below the site's root, as "r/brave-otter-1f3c9a02/index.html"."""
    template: str
    context: Any
    """A dataclass of this module."""
