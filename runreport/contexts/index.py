"""What the index's template gets."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from runreport.contexts.model import Download
from runreport.contexts.shared import Figure, Frame, Moment, RunLink, UnreadRun


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
    downloads: tuple[Download, ...]
    """Of all runs, the files that hold every point among them if the site offers any."""
