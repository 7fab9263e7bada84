"""Pieces that the contexts of several page kinds have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Link:
    """A text that may lead somewhere; an href is relative to the page, or an outside URL."""

    text: str
    href: str = ""
    current: bool = False
    title: str = ""
    count: str = ""


class Moment(NamedTuple):
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
    later: tuple[tuple[str, str], ...]
    """Parts that scripts load when they need them: a name, and its files with spaces between."""
    csp: str


class Figure(NamedTuple):
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
class FindingRow:
    """One finding in words."""

    level: str
    place: str
    message: str
    count: str
    """As "12 times" or, before a line's place, "12 times, first at"; "" for once."""


@dataclass(frozen=True, slots=True)
class UnreadRun:
    """A run that could not be read, as a card."""

    name: str
    href: str
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """One run in a chart's legend."""

    run: RunLink
    last: str
    exact: str


class Chart(NamedTuple):
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
class Section:
    """One entry of a page's own table of contents."""

    anchor: str
    title: str
    count: str = ""
    level: int = 2
