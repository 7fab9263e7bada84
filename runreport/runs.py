"""All runs of a site: reduced one by one, their files written as each arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from runreport.artifacts import Budget, Limits, Publication, Publisher, Store
from runreport.config import Config
from runreport.layout import METRICS, segment_name
from runreport.progress import Reporter
from runreport.reading.sources import RunFolder
from runreport.records import DataFile, Finding, PublishedArtifact, RunDigest
from runreport.reduction import ReducedRun, Reduction, with_publication
from runreport.site import Output
from runreport.text.redact import Redactor
from runreport.workers import make_executor, map_ordered, processors

ENOUGH_RUNS: Final = 2000
ENOUGH_BYTES: Final = 100_000_000
"""Below both, starting further processes takes longer than they save."""

_MORE_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Runs:
    """What a build read."""

    digests: tuple[RunDigest, ...]
    findings: tuple[Finding, ...]


def read_runs(
    found: Sequence[RunFolder],
    config: Config,
    output: Output,
    *,
    now: float,
    redactor: Redactor,
    report: Reporter,
) -> Runs:
    """Read all runs, write their data files and artifacts, and return the rest of them."""
    reduction = Reduction(
        now=now,
        stale_after=config.stale_after,
        goals=config.goals,
        publish=config.publish,
        publisher=Publisher(
            Store(output.spool, output.folder),
            Limits(config.artifacts, config.max_artifact_bytes),
            redactor,
        ),
    )
    jobs = config.jobs or _jobs_for(found)
    collected = _Collected(reduction, Budget(config.max_total_bytes), output)
    report.begin("reading runs", len(found))
    try:
        with make_executor(jobs) as executor:
            for run in map_ordered(executor, reduction, found, ahead=1 if jobs == 1 else 4 * jobs):
                collected.add(run)
                report.advance()
    finally:
        report.end()
    return Runs(tuple(collected.digests.values()), tuple(collected.findings))


def _jobs_for(found: Sequence[RunFolder]) -> int:
    if len(found) >= ENOUGH_RUNS:
        return processors()
    size = sum(_size(run.folder / segment_name(METRICS)) for run in found)
    return processors() if size >= ENOUGH_BYTES and len(found) > 1 else 1


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class _Collected:
    """The runs so far, each under a folder name of its own."""

    def __init__(self, reduction: Reduction, budget: Budget, output: Output) -> None:
        self.digests: dict[str, RunDigest] = {}
        self.findings: list[Finding] = []
        self._reduction = reduction
        self._budget = budget
        self._output = output
        self._labels: dict[str, str] = {}
        self._data: set[str] = set()
        self._previews: dict[str, str] = {}

    def add(self, run: ReducedRun) -> None:
        """Write a run's files and keep its digest."""
        other = self.digests.get(run.digest.slug)
        if other is not None:
            if _identity(other) == _identity(run.digest):
                self._refuse(run)
                return
            # Two runs whose names and short hashes are equal: the later one gets a longer hash.
            run = replace(self._reduction, digits=_MORE_DIGITS)(run.found)
        publication = self._budget.admit(run.publication, run.found.label)
        self._write((*run.data, *publication.data))
        for file in publication.files:
            self._output.adopt(file.path, file.sha256, file.size, file.spooled)
        digest = with_publication(run.digest, self._with_shared_previews(publication))
        self.digests[digest.slug] = digest
        self._labels[digest.slug] = run.found.label
        self.findings.extend(digest.findings)

    def _refuse(self, run: ReducedRun) -> None:
        first = self._labels[run.digest.slug]
        text = (
            f"has the experiment and the run_id {run.digest.record.run_id!r} of {first}, and is "
            "left out; remove one of them, or give it another run_id"
        )
        self.findings.append(Finding("warning", run.found.label, text))

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
