"""One run from its folder to what the site needs of it: the work that any process can do."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from runreport.artifacts import OutFile, Publication, Publisher
from runreport.config import Publish
from runreport.digest import digest
from runreport.disclosure import disclosed
from runreport.index.stored import encode
from runreport.index.trees import Known, facts_now, look_at
from runreport.readers import reads_folder_alone
from runreport.reading.liveness import Writer, resolve_status, writer_of
from runreport.reading.sources import RunFolder, read, unreadable
from runreport.records import DataFile, RunDigest, RunRecord
from runreport.text.names import run_slug


@dataclass(frozen=True, slots=True)
class ReducedRun:
    """A run without its histories, and the files that hold them."""

    found: RunFolder
    digest: RunDigest
    data: tuple[DataFile, ...]
    publication: Publication
    seconds: float = field(default=0.0, compare=False)
    """That reading and reducing took."""
    memory: Memory | None = None
    """What the index keeps of it; None when it must be read again by the next build."""
    kept: tuple[OutFile, ...] = ()
    """Data files of the old site that hold for this run, in place of ``data``."""
    writer: Writer | None = None
    """Whose life decides over the status, when it was read just now and declares to be running."""


@dataclass(frozen=True, slots=True)
class Memory:
    """A run as the index keeps it."""

    known: Known
    record: str
    """The run as JSON."""
    writer: Writer | None
    digest: str = ""
    """Of the record: it stands for all of the run that pages show."""


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

    remember: bool = False
    """Whether runs are looked at for the index too."""

    def __call__(self, found: RunFolder) -> ReducedRun:
        """Read a run, take out what is not to be published, and reduce it.

        A run at which something fails that nobody foresaw becomes one that could not be read.
        """
        began = time.perf_counter()
        try:
            run = self._remembered(found) if self.remember else self._reduced(found)
        except Exception as error:
            text = f"{type(error).__name__}: {error}; report it with this run folder"
            run = self._finished(found, unreadable(found, text))
        return replace(run, seconds=time.perf_counter() - began)

    def _remembered(self, found: RunFolder) -> ReducedRun:
        """Return the run with what the index keeps, unless it was written to meanwhile."""
        if not reads_folder_alone(found.reader):
            return self._reduced(found)
        known = look_at(found.folder)
        record = read(found)
        run = self._finished(found, record)
        text = encode(run.digest, run.publication)
        if text is None or facts_now(found.folder) != known.facts:
            return run
        digest = hashlib.sha256(text.encode()).hexdigest()
        return replace(run, memory=Memory(known, text, writer_of(record), digest))

    def _reduced(self, found: RunFolder) -> ReducedRun:
        return self._finished(found, read(found))

    def _finished(self, found: RunFolder, record: RunRecord) -> ReducedRun:
        status = resolve_status(record, now=self.now, stale_after=self.stale_after)
        record = disclosed(record, self.publish, self.publisher.redactor, label=found.label)
        slug = run_slug(record, self.digits)
        reduced, data = digest(record, goals=self.goals, status=status, slug=slug)
        publication = self.publisher.publish(record, found, slug)
        writer = writer_of(record)
        return ReducedRun(found, reduced, tuple(data), publication, writer=writer)


def with_publication(run: RunDigest, publication: Publication) -> RunDigest:
    """Return the digest with its published files and what was odd about them."""
    return replace(
        run,
        artifacts=publication.artifacts,
        media=publication.media,
        findings=(*run.findings, *publication.findings),
    )
