"""What a build did, as it is told to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runreport.records import Finding, Written


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    index: Path
    """The site's first page."""
    runs: int
    failed: int
    """Runs that could not be read; the site shows them as such."""
    findings: tuple[Finding, ...]
    written: Written
    kept: tuple[Path, ...] = ()
    """Where files of others went that lay in the old site."""
    cached: int = 0
    """Runs that were taken from the index."""
    notes: tuple[str, ...] = ()
    """What was odd about the index, which the site does not depend on."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long each stage took."""
    slowest: tuple[tuple[float, str], ...] = ()
    """Seconds and label of the runs that took longest to read."""
