"""One run from its folder to what the site needs of it: the work that any process can do."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple

from runreport.artifacts import NOTHING, OutFile, Publication, Publisher
from runreport.config import Publish
from runreport.digest import digest
from runreport.disclosure import disclosed
from runreport.errors import OutputError
from runreport.index.entries import RunEntry, encode_entry
from runreport.index.stored import encode
from runreport.index.trees import Known, Look
from runreport.readers import reads_folder_alone
from runreport.reading.kept import KeptColumns
from runreport.reading.liveness import Writer, resolve_status, writer_of
from runreport.reading.sources import RunFolder, read, unreadable
from runreport.records import Change, RunDigest, RunRecord
from runreport.rows import make_row, row_of
from runreport.site import Draft
from runreport.text.names import run_slug

NUMBERS: Final = (
    *("name", "value", "summary", "goal", "last", "last_step", "min", "min_step", "max"),
    *("max_step", "mean", "count", "nan", "infinite", "superseded"),
)
"""What the index tells of a metric."""

_numbers: Final = attrgetter(*NUMBERS)

_VALUES: Final = (
    *("source", "git", "params", "tags", "metrics", "datasets"),
    *("models", "error", "extra"),
)


class ReducedRun(NamedTuple):
    """A run without its histories, as text that is cheap to send and to keep, and its files."""

    found: RunFolder
    entry: str
    """What tables and the next build need; see `runreport.index.entries`."""
    digest: str
    """What the run's page needs; see `runreport.index.stored`."""
    data: tuple[Draft, ...]
    """The data files."""
    files: tuple[OutFile, ...]
    """The published artifacts."""
    summaries: tuple[tuple[Any, ...], ...] = ()
    """`NUMBERS` of every metric."""
    known: Known | None = None
    """The folder's state; None when the run must be read again by the next build."""
    seconds: float = 0.0
    """That reading and reducing took."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """How runs are reduced; called with a found run, in this process or in another."""

    now: float
    """Seconds since the epoch: decides alone whether a run without an end still runs."""
    stale_after: float
    goals: Mapping[str, Literal["min", "max"]]
    commit_url: str
    publish: Publish
    publisher: Publisher
    digits: int = 8
    """Of the hash in a run's folder name."""

    remember: bool = False
    """Whether runs are looked at for the index too."""
    columns: KeptColumns | None = None
    """What earlier builds kept of long metrics files."""

    def __call__(self, found: RunFolder) -> ReducedRun:
        """Read a run, take out what is not to be published, and reduce it.

        A run at which something fails that nobody foresaw becomes one that could not be read.
        """
        began = time.perf_counter()
        try:
            run = self._remembered(found) if self.remember else self._finished(found, read(found))
        except OutputError:
            raise  # A full disk is no fault of the run's.
        except Exception as error:
            text = f"{type(error).__name__}: {error}; report it with this run folder"
            run = self._finished(found, unreadable(found, text))
        return run._replace(seconds=time.perf_counter() - began)

    def _remembered(self, found: RunFolder) -> ReducedRun:
        """Return the run with its folder's state, unless it was written to meanwhile."""
        if not reads_folder_alone(found.reader):
            return self._finished(found, read(found))
        look = Look(found.folder)
        columns, kept = self.columns, None
        if columns is not None and look.seen.largest >= columns.least:
            kept = columns.of(name_of(found))
        run = self._finished(found, read(found, kept, look.seen))
        return run._replace(known=look.known())

    def _finished(self, found: RunFolder, record: RunRecord) -> ReducedRun:
        status = resolve_status(record, now=self.now, stale_after=self.stale_after)
        writer, whole = writer_of(record), record
        record = disclosed(record, self.publish, self.publisher.redactor, label=found.label)
        is_whole = record is whole or row_of(record, status, ()) == row_of(whole, status, ())
        slug = run_slug(record, self.digits)
        drafts: list[Draft] = []
        store = self.publisher.store
        reduced, data = digest(
            record,
            goals=self.goals,
            status=status,
            slug=slug,
            spool=lambda file: drafts.append(store.data(file)),
        )
        publication = self.publisher.publish(record, found, slug)
        drafts += map(store.data, (*data, *publication.data))
        return self._encoded(
            ReducedRun(found, "", "", tuple(drafts), publication.files),
            with_publication(reduced, publication),
            writer,
            is_whole=is_whole,
        )

    def _encoded(
        self, run: ReducedRun, digest: RunDigest, writer: Writer | None, *, is_whole: bool
    ) -> ReducedRun:
        text = encode(digest)
        if text is None:
            is_whole, digest = False, replace(digest, record=_plain(digest.record))
            text = encode(digest)
        if text is None:
            raise ValueError("it holds a value that JSON cannot hold")
        entry = RunEntry(
            make_row(digest, self.commit_url),
            key_of(text),
            writer,
            run.files,
            tuple(OutFile(file.path, file.sha256, file.size, None) for file in run.data),
            is_whole,
        )
        summaries = tuple(map(_numbers, digest.metrics))
        return run._replace(entry=encode_entry(entry), digest=text, summaries=summaries)


def _plain(record: RunRecord) -> RunRecord:
    """Return a run of a reader that gives more than JSON can hold, with the texts of such values.

    Raises:
        TypeError, ValueError, RecursionError: there are none.
    """
    values: dict[str, Any] = {
        name: json.loads(json.dumps(getattr(record, name), default=str)) for name in _VALUES
    }
    changes = (
        (c.name, *json.loads(json.dumps([c.old, c.new], default=str)), c.time, c.by)
        for c in record.changes
    )
    return replace(record, **values, changes=tuple(Change(*each) for each in changes))


def key_of(digest: str) -> str:
    """Return a hash of an encoded digest: it stands for all of the run that its page shows."""
    return hashlib.sha256(digest.encode("utf-8", "surrogatepass")).hexdigest()


def name_of(found: RunFolder) -> str:
    """Return what a run's kept columns go by."""
    return f"{found.reader}/{found.label}"


def with_publication(run: RunDigest, publication: Publication) -> RunDigest:
    """Return the digest with its published files and what was odd about them."""
    if publication is NOTHING:
        return run
    return replace(
        run,
        artifacts=publication.artifacts,
        media=publication.media,
        media_data=publication.media_data,
        findings=(*run.findings, *publication.findings),
    )
