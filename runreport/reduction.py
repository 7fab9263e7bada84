"""One run from its folder to what the site needs of it: the work that any process can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from runreport.artifacts import Publication, Publisher
from runreport.config import Publish
from runreport.digest import digest
from runreport.disclosure import disclosed
from runreport.reading.liveness import resolve_status
from runreport.reading.sources import RunFolder, read
from runreport.records import DataFile, RunDigest
from runreport.text.names import run_slug


@dataclass(frozen=True, slots=True)
class ReducedRun:
    """A run without its histories, and the files that hold them."""

    found: RunFolder
    digest: RunDigest
    data: tuple[DataFile, ...]
    publication: Publication


@dataclass(frozen=True, slots=True)
class Reduction:
    """How runs are reduced; called with a found run, in this process or in another."""

    now: float
    """Seconds since the epoch: decides alone whether a run without an end still runs."""
    stale_after: float
    goals: Mapping[str, Literal["min", "max"]]
    publish: Publish
    publisher: Publisher
    digits: int = 8
    """Of the hash in a run's folder name."""

    def __call__(self, found: RunFolder) -> ReducedRun:
        """Read a run, take out what is not to be published, and reduce it."""
        try:
            return self._reduced(found)
        except Exception as error:
            error.add_note(f"in run {found.label}")
            raise

    def _reduced(self, found: RunFolder) -> ReducedRun:
        record = read(found)
        status = resolve_status(record, now=self.now, stale_after=self.stale_after)
        record = disclosed(record, self.publish, self.publisher.redactor, label=found.label)
        slug = run_slug(record, self.digits)
        reduced, data = digest(record, goals=self.goals, status=status, slug=slug)
        publication = self.publisher.publish(record, found, slug)
        return ReducedRun(found, reduced, tuple(data), publication)


def with_publication(run: RunDigest, publication: Publication) -> RunDigest:
    """Return the digest with its published files and what was odd about them."""
    return replace(
        run,
        artifacts=publication.artifacts,
        media=publication.media,
        findings=(*run.findings, *publication.findings),
    )
