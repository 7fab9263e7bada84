"""What the templates of the log, of Markdown pages and of the viewer get."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from runreport.contexts.shared import FindingRow, Frame, Link, Section


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one level."""

    level: str
    title: str
    """As "3 warnings"."""
    rows: tuple[FindingRow, ...]


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
