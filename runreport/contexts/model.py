"""What the build hands to the pages: the whole site, and one page of it."""

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
