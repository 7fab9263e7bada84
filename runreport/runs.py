"""All runs of a site: reduced one by one, their files written as each arrives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runreport.artifacts import Budget, Limits, OutFile, Publication, Publisher, Store
from runreport.config import Config
from runreport.index.session import Session
from runreport.layout import METRICS, segment_name
from runreport.progress import Reporter
from runreport.reading.liveness import Writer, status_by
from runreport.reading.sources import RunFolder
from runreport.records import DataFile, Finding, PublishedArtifact, RunDigest
from runreport.reduction import ReducedRun, Reduction, with_publication
from runreport.site import Output
from runreport.text.redact import Redactor
from runreport.workers import Workers, map_ordered

RUN_SECONDS: Final = 1e-3
BYTE_SECONDS: Final = 1e-8
"""What reading a run and each byte of its metrics takes, about; decides on further processes."""

_MORE_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Runs:
    """What a build read."""

    digests: tuple[RunDigest, ...]
    findings: tuple[Finding, ...]
    keys: Mapping[str, str]
    """By slug, what stands for all of a run that pages show; runs without one are always shown
    anew."""
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
    collected: Collected,
    workers: Workers,
    report: Reporter,
) -> Runs:
    """Read all runs that the index does not have, and write their data files and artifacts."""
    report.begin("reading runs", len(found))
    try:
        known = collected.known(found)
        unknown = [run for run, kept in zip(found, known, strict=True) if kept is None]
        executor = workers.executor(_seconds(unknown))
        read = map_ordered(executor, collected.reduction, unknown, name=_label)
        for kept in known:
            collected.add(next(read) if kept is None else kept)
            report.advance()
    finally:
        report.end()
    return collected.runs()


def make_reduction(
    config: Config, output: Output, *, now: float, redactor: Redactor, remember: bool
) -> Reduction:
    """Return how this build reduces runs."""
    return Reduction(
        now=now,
        stale_after=config.stale_after,
        goals=config.goals,
        publish=config.publish,
        publisher=Publisher(
            # Other processes and machines may have another current folder.
            Store(output.spool.absolute(), output.folder.absolute()),
            Limits(config.artifacts, config.max_artifact_bytes),
            redactor,
        ),
        remember=remember,
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
        self.digests: dict[str, RunDigest] = {}
        self.findings: list[Finding] = []
        self.reduction = reduction
        self._budget = budget
        self._output = output
        self._session = session
        self._keys: dict[str, str] = {}
        self._writers: list[tuple[Writer, str]] = []
        self._cached = 0
        self._forgotten = 0
        self._seconds: list[tuple[float, str]] = []
        self._labels: dict[str, str] = {}
        self._data: set[str] = set()
        self._previews: dict[str, str] = {}

    def known(self, found: Sequence[RunFolder]) -> list[ReducedRun | None]:
        """Return the runs that the index has, None for those that have to be read."""
        now, stale = self.reduction.now, self.reduction.stale_after
        return [
            self._session.known(each, self._output, now=now, stale_after=stale) for each in found
        ]

    def runs(self) -> Runs:
        """Return all runs."""
        return Runs(
            digests=tuple(self.digests.values()),
            findings=tuple(self.findings),
            keys=self._keys,
            cached=self._cached,
            writers=tuple(self._writers),
            is_all_remembered=not self._forgotten,
            seconds=tuple(sorted(self._seconds, reverse=True)),
        )

    def add(self, run: ReducedRun) -> None:
        """Write a run's files and keep its digest."""
        run = self._with_status(run)
        self._count(run)
        other = self.digests.get(run.digest.slug)
        if other is not None:
            if _identity(other) == _identity(run.digest):
                self._refuse(run)
                return
            # Two runs whose names and short hashes are equal: the later one gets a longer hash.
            run = replace(self.reduction, digits=_MORE_DIGITS, remember=False)(run.found)
        publication = self._budget.admit(run.publication, run.found.label)
        for file in run.kept:
            self._adopt(file)
        self._write((*run.data, *publication.data))
        for file in publication.files:
            self._output.adopt(file.path, file.sha256, file.size, file.spooled)
        self._remember(run, publication)
        digest = with_publication(run.digest, self._with_shared_previews(publication))
        self.digests[digest.slug] = digest
        self._labels[digest.slug] = run.found.label
        self.findings.extend(digest.findings)

    def _with_status(self, run: ReducedRun) -> ReducedRun:
        """Return the run as this machine sees it, whichever read it: processes are a machine's."""
        if run.writer is None:
            return run
        now, stale_after = self.reduction.now, self.reduction.stale_after
        status = status_by(run.writer, now=now, stale_after=stale_after)
        return replace(run, digest=replace(run.digest, status=status))

    def _refuse(self, run: ReducedRun) -> None:
        first = self._labels[run.digest.slug]
        text = (
            f"has the experiment and the run_id {run.digest.record.run_id!r} of {first}, and is "
            "left out; remove one of them, or give it another run_id"
        )
        self.findings.append(Finding("warning", run.found.label, text))

    def _count(self, run: ReducedRun) -> None:
        if run.memory is None or run.memory.record:
            self._seconds.append((run.seconds, run.found.label))
        else:
            self._cached += 1
        if run.memory is None:
            self._forgotten += 1
        elif run.memory.writer is not None:
            self._writers.append((run.memory.writer, run.digest.status))

    def _remember(self, run: ReducedRun, publication: Publication) -> None:
        if run.memory is None:
            return
        if run.memory.record:
            self._session.add(run, self._entries((*run.data, *publication.data)))
        if publication is run.publication:
            self._keys[run.digest.slug] = f"{run.memory.digest} {run.digest.status}"

    def _entries(self, files: Sequence[DataFile]) -> list[OutFile]:
        entries = ((path, self._output.entry(path)) for path in (f"data/{f.name}" for f in files))
        return [OutFile(path, entry.sha256, entry.size, None) for path, entry in entries]

    def _adopt(self, file: OutFile) -> None:
        self._data.add(file.path.removeprefix("data/"))
        self._output.adopt(file.path, file.sha256, file.size, None)

    def _write(self, files: Sequence[DataFile]) -> None:
        for file in files:
            # Figures are named by their content, and several runs may have the same.
            if file.name not in self._data:
                self._data.add(file.name)
                self._output.write(f"data/{file.name}", file.content)

    def _with_shared_previews(self, publication: Publication) -> Publication:
        """Return the publication with one copy in memory of each text that many runs keep."""

        def shared(artifact: PublishedArtifact) -> PublishedArtifact:
            text = self._previews.setdefault(artifact.preview, artifact.preview)
            return replace(artifact, preview=text)

        return replace(publication, artifacts=tuple(map(shared, publication.artifacts)))


def _identity(run: RunDigest) -> tuple[str, str]:
    return run.record.experiment, run.record.run_id
