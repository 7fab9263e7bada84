"""All runs of a site: reduced one by one, their files written as each arrives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from runreport.artifacts import Budget, Limits, OutFile, Publisher, Store
from runreport.config import Config
from runreport.index.digests import Digests
from runreport.index.entries import RunEntry, decode_entry
from runreport.index.session import Session
from runreport.index.stored import decode, encode
from runreport.layout import METRICS, segment_name
from runreport.progress import Reporter
from runreport.reading.kept import KeptColumns
from runreport.reading.liveness import Writer, status_by
from runreport.reading.sources import RunFolder
from runreport.records import Finding
from runreport.reduction import ReducedRun, Reduction, key_of
from runreport.rows import RunRow, make_row
from runreport.site import Output
from runreport.site.manifest import Entry
from runreport.text.redact import Redactor
from runreport.workers import Workers, map_ordered

RUN_SECONDS: Final = 2.5e-3
"""What reading a run and rendering its page takes, about; decides on further processes."""

BYTE_SECONDS: Final = 1e-8
"""What each byte of its metrics takes more."""

_MORE_DIGITS: Final = 16


class Origin(NamedTuple):
    """Where a run of the site comes from."""

    found: RunFolder
    content: str | None
    """Hash of what its files held when it was read; "" if unknown, None if the index has it."""


@dataclass(frozen=True, slots=True)
class Runs:
    """What a build read."""

    rows: tuple[RunRow, ...]
    digests: Digests
    findings: tuple[Finding, ...]
    keys: Mapping[str, str]
    """By slug, what stands for all of a run that its page shows."""
    origins: Mapping[str, Origin]
    """By slug."""
    cached: int
    """Runs that were not read, as the index has them."""
    writers: tuple[tuple[Writer, str], ...]
    """Of the runs that declare to be running: whom their status depends on, and that status."""
    is_all_remembered: bool
    """Whether the next build can know from files alone that nothing has changed."""
    seconds: tuple[tuple[float, str], ...]
    """How long each run that was read took, with its label."""


def read_runs(
    found: Sequence[RunFolder],
    known: Sequence[RunEntry | None],
    collected: Collected,
    workers: Workers,
    report: Reporter,
) -> Runs:
    """Read all runs that are not ``known``, and write their data files and artifacts."""
    report.begin("reading runs", len(found))
    try:
        unknown = [run for run, kept in zip(found, known, strict=True) if kept is None]
        executor = workers.executor(_seconds(unknown))
        read = map_ordered(executor, collected.reduction, unknown, name=_label)
        for run, kept in zip(found, known, strict=True):
            if kept is None:
                collected.add(next(read))
            else:
                collected.add_known(run, kept)
            report.advance()
    finally:
        report.end()
    return collected.runs()


def make_reduction(
    config: Config,
    output: Output,
    *,
    now: float,
    redactor: Redactor,
    columns: KeptColumns | None,
) -> Reduction:
    """Return how this build reduces runs; ``columns`` are None where nothing is remembered."""
    return Reduction(
        now=now,
        stale_after=config.stale_after,
        goals=config.goals,
        commit_url=config.commit_url,
        publish=config.publish,
        publisher=Publisher(
            # Other processes and machines may have another current folder.
            Store(output.spool.absolute(), output.folder.absolute()),
            Limits(config.artifacts, config.max_artifact_bytes),
            redactor,
        ),
        remember=columns is not None,
        columns=columns,
    )


def _seconds(runs: Sequence[RunFolder]) -> float:
    """Return how long one process takes for runs, about; one run is not worth a second process."""
    if len(runs) < 2:
        return 0.0
    size = sum(_size(run.folder / segment_name(METRICS)) for run in runs)
    return len(runs) * RUN_SECONDS + size * BYTE_SECONDS


def _label(run: RunFolder) -> str:
    return run.label


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class Collected:
    """The runs so far, each under a folder name of its own."""

    def __init__(
        self, reduction: Reduction, budget: Budget, output: Output, session: Session
    ) -> None:
        self.rows: dict[str, RunRow] = {}
        self.findings: list[Finding] = []
        self.reduction = reduction
        self._budget = budget
        self._output = output
        self._session = session
        self._digests = Digests(session.texts)
        self._keys: dict[str, str] = {}
        self._writers: list[tuple[Writer, str]] = []
        self._cached = 0
        self._forgotten = 0
        self._seconds: list[tuple[float, str]] = []
        self._origins: dict[str, Origin] = {}
        self._kept: dict[str, Entry] = {}

    def runs(self) -> Runs:
        """Return all runs; what they have in the old site is taken over."""
        self._output.adopt_all(self._kept)
        return Runs(
            rows=tuple(self.rows.values()),
            digests=self._digests,
            findings=tuple(self.findings),
            keys=self._keys,
            origins=self._origins,
            cached=self._cached,
            writers=tuple(self._writers),
            is_all_remembered=not self._forgotten,
            seconds=tuple(sorted(self._seconds, reverse=True)),
        )

    def add(self, run: ReducedRun) -> None:
        """Take a run that was read."""
        self._seconds.append((run.seconds, run.found.label))
        self._forgotten += run.known is None
        # Whether a process lives is for this machine to say, whichever has read the run.
        self._take(run.found, self._with_status(decode_entry(run.entry)), run)

    def add_known(self, found: RunFolder, entry: RunEntry) -> None:
        """Take a run that the index has."""
        self._cached += 1
        self._take(found, self._with_status(entry), None)

    def _with_status(self, entry: RunEntry) -> RunEntry:
        if entry.writer is None:
            return entry
        now, stale_after = self.reduction.now, self.reduction.stale_after
        status = status_by(entry.writer, now=now, stale_after=stale_after)
        return entry._replace(row=entry.row._replace(status=status))

    def _take(self, found: RunFolder, entry: RunEntry, run: ReducedRun | None) -> None:
        """Keep a run's row, digest and files; ``run`` is None when the index has them."""
        if entry.writer is not None:
            self._writers.append((entry.writer, entry.row.status))
        other = self.rows.get(entry.row.slug)
        if other is not None:
            if _identity(other) == _identity(entry.row):
                self._refuse(entry.row, found)
                return
            # Two runs whose names and short hashes are equal: the later one gets a longer hash.
            run = replace(self.reduction, digits=_MORE_DIGITS, remember=False)(found)
            entry = decode_entry(run.entry)
        refused = self._budget.refused(entry.files)
        self._publish(entry, run, refused)
        if refused:
            entry = self._cut(found, entry, run, refused)
        elif run is None:
            self._digests.add_known(entry.row.slug, partial(self._digest, found, entry.key))
        else:
            self._session.add(run, entry.row, self._digests.add(entry.row.slug, run.digest))
        content = run.known.content if run and run.known else ""
        self._keep(Origin(found, content if run else None), entry)

    def _publish(self, entry: RunEntry, run: ReducedRun | None, refused: Sequence[OutFile]) -> None:
        """Write a run's data files and artifacts, or take them over from the old site."""
        for file in entry.files if run is None else run.files:
            if all(file.path != each.path for each in refused):
                self._output.adopt(file.path, file.sha256, file.size, file.spooled)
        if run is None:
            self._kept.update((file.path, Entry(file.sha256, file.size)) for file in entry.data)
        else:
            for draft in run.data:
                self._output.take(draft)

    def _cut(
        self,
        found: RunFolder,
        entry: RunEntry,
        run: ReducedRun | None,
        refused: Sequence[OutFile],
    ) -> RunEntry:
        """Return a run's entry without the artifacts that there is no room for."""
        text = self._digest(found, entry.key) if run is None else run.digest
        if run is not None:
            # The index knows nothing of other runs, and so nothing of the room that they take.
            self._session.add(run, entry.row, self._session.texts.put(text))
        cut = self._budget.without(decode(text), refused, len(entry.files), found.label)
        text = encode(cut) or text
        self._digests.add(entry.row.slug, text)
        row = make_row(cut, self.reduction.commit_url)._replace(status=entry.row.status)
        return entry._replace(row=row, key=key_of(text))

    def _digest(self, found: RunFolder, key: str) -> str:
        """Return the encoded digest of a run that the index has; one that is damaged is remade."""
        text = self._session.digest(found)
        return text if text and key_of(text) == key else self.reduction(found).digest

    def _keep(self, origin: Origin, entry: RunEntry) -> None:
        row = entry.row
        self.rows[row.slug] = row
        self._keys[row.slug] = f"{entry.key} {row.status}"
        self._origins[row.slug] = origin
        self.findings.extend(row.findings)

    def _refuse(self, row: RunRow, found: RunFolder) -> None:
        first = self._origins[row.slug].found.label
        text = (
            f"has the experiment and the run_id {row.run_id!r} of {first}, and is "
            "left out; remove one of them, or give it another run_id"
        )
        self.findings.append(Finding("warning", found.label, text))


def _identity(run: RunRow) -> tuple[str, str]:
    return run.experiment, run.run_id
