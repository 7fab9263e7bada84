"""The build, from sources to a site: find, read and reduce, arrange, render, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from runreport.allocation import many_objects, staying_objects
from runreport.artifacts import Budget
from runreport.assets import assets_of
from runreport.built import Built
from runreport.config import Config
from runreport.contexts import Download, MarkdownPage, SiteModel
from runreport.index.keys import code_key, page_key, run_key, site_key
from runreport.index.session import Session
from runreport.index.snapshot import Snapshot
from runreport.index.unchanged import columns_path, index_path, mirror_path, remembered
from runreport.keeping import Keeping
from runreport.model import make_experiments, make_markdown_pages
from runreport.pages import site_pages, surveys
from runreport.pages.words import is_unread
from runreport.pagework import RunPageWriter, renderer
from runreport.pictures import publish_pictures
from runreport.progress import Quiet, Reporter
from runreport.reading.kept import KeptColumns
from runreport.reading.sources import RunFolder, experiment_notes, find_runs
from runreport.records import Finding
from runreport.reduction import name_of
from runreport.runs import Collected, Runs, make_reduction, read_runs
from runreport.site import Last, Output
from runreport.stages import Stages
from runreport.tablework import ExperimentWriter
from runreport.text.names import ALL_RUNS
from runreport.text.numbers import bytes_text
from runreport.text.redact import Redactor
from runreport.workers import Remote, Workers

SLOWEST: Final = 5
"""Runs that are named as the slowest to read."""


def build(
    config: Config,
    *,
    now: float,
    version: str,
    secrets: Sequence[str] = (),
    report: Reporter | None = None,
    snapshot: Snapshot | None = None,
) -> Built:
    """Build the site of a config's sources.

    ``now`` is in seconds since the epoch, ``version`` runreport's own; ``secrets`` are texts that
    must not get out. ``snapshot`` is what the build reads, where that has been listed just now.
    """
    session = Session(index_path(config), run_key(config, secrets))
    budget, told = Budget(config.max_total_bytes), report or Quiet()
    try:
        with many_objects():
            listed = snapshot or Snapshot(config)
            return _Build(
                config, now, version, tuple(secrets), told, session, listed, budget
            ).build()
    finally:
        session.close()


@dataclass(slots=True)
class _Build:
    """One build: each method is a stage of it."""

    config: Config
    now: float
    version: str
    secrets: tuple[str, ...]
    report: Reporter
    session: Session
    snapshot: Snapshot
    """Older than anything that is read, so that the next build sees what changes meanwhile."""
    budget: Budget
    stages: Stages = field(default_factory=Stages)

    def build(self) -> Built:
        """Go through all stages."""
        config, stages = self.config, self.stages
        if "parquet" in config.downloads:
            from runreport.export import parquet

            # Before the runs are read, and not after.
            parquet.load()
        with stages("finding runs"):
            found, findings = self._find()
        self.session.open()
        output = Output(
            config.output, sources=self._folders(), version=self.version, last=self._last()
        )
        with output, Workers(config.jobs, self._cluster(output)) as workers:
            with stages("reading runs"):
                runs = self._read(found, output, workers)
            with stages("making tables"), staying_objects():
                site = self._arrange(found, findings, runs, output)
                keeping = Keeping(output, self.session)
                experiments = self._experiment_writer(runs, keeping)
                experiments.write_tables(site.experiments)
            with stages("writing downloads"):
                site = self._with_downloads(site, runs, output)
            with stages("writing pages"):
                run_pages = self._run_writer(site, runs, keeping, experiments.settings)
                self._write_pages(site, output, experiments, run_pages, workers)
            with stages("putting the site in place"):
                written = output.publish()
        built = Built(
            index=config.output.resolve() / "index.html",
            runs=len(runs.rows),
            failed=sum(map(is_unread, runs.rows)),
            findings=site.findings,
            written=written,
            kept=tuple(output.kept),
            cached=runs.cached,
            slowest=runs.seconds[:SLOWEST],
        )
        with stages("keeping the index"):
            columns = self._columns()
            if columns is not None:
                columns.forget_others(map(name_of, found))
                self._remember(built, runs, output)
        return replace(built, notes=tuple(self.session.notes), seconds=stages.seconds)

    def _find(self) -> tuple[list[RunFolder], list[Finding]]:
        return find_runs(
            self.config.sources,
            reader=self.config.reader or None,
            include=self.config.include,
            exclude=self.config.exclude,
            tree_of=self.snapshot.tree,
        )

    def _folders(self) -> list[Path]:
        config = self.config
        return [*config.sources, *(each for each in (config.theme, config.pages) if each)]

    def _last(self) -> Last:
        last = self.session.site(self.config.output)
        return Last(last["site"] if last else "", mirror_path(self.config))

    def _cluster(self, output: Output) -> Callable[[], Remote] | None:
        address = self.config.dask
        if not address:
            return None
        from runreport.cluster import connect, lay_ground

        def cluster() -> Remote:
            return connect(address, lay_ground(output.spool, self._folders_to_share()))

        return cluster

    def _folders_to_share(self) -> list[Path]:
        """Return what the workers read of, but for a theme's folder that nothing is in."""
        theme = self.config.theme
        return [*self.config.sources, *([theme] if theme and any(theme.iterdir()) else [])]

    def _read(self, found: Sequence[RunFolder], output: Output, workers: Workers) -> Runs:
        reduction = make_reduction(
            self.config,
            output,
            now=self.now,
            redactor=Redactor(self.secrets),
            columns=self._columns(),
        )
        collected = Collected(reduction, self.budget, output, self.session)
        with staying_objects():
            known = self.session.known(found, self.snapshot.facts, output)
        return read_runs(found, known, collected, workers, self.report)

    def _columns(self) -> KeptColumns | None:
        path = self.session.path
        return KeptColumns(columns_path(path), code_key()) if path else None

    def _arrange(
        self, found: Sequence[RunFolder], findings: Sequence[Finding], runs: Runs, output: Output
    ) -> SiteModel:
        redactor = Redactor(self.secrets)
        texts, unread = experiment_notes(found)
        notes = {name: redactor.text(text) for name, text in texts.items()}
        return SiteModel(
            title=self.config.title,
            version=self.version,
            experiments=make_experiments(runs.rows, runs.digests, notes, self.config),
            pages=_markdown_pages(self.config, output, redactor),
            findings=(*findings, *unread, *runs.findings),
            assets=_write_assets(self.config, output, self.version),
        )

    def _with_downloads(self, site: SiteModel, runs: Runs, output: Output) -> SiteModel:
        """Return the site with the files of runs and points that it offers, once they are there."""
        of_runs = tuple(
            Download(form.upper(), path, bytes_text(output.entry(path).size))
            for form in ("csv", "json")
            for path in [f"data/{ALL_RUNS}.{form}"]
        )
        if not self.config.downloads:
            return replace(site, downloads=of_runs)
        # Loaded by those builds alone that have something to write.
        from runreport.downloads import Downloads

        work = Downloads(runs, output, self.session, self.budget, self._columns())
        work.write(self.config.downloads, self.report)
        experiments = (
            replace(each, downloads=tuple(work.offered[each.slug])) for each in site.experiments
        )
        return replace(
            site,
            experiments=tuple(experiments),
            downloads=(*of_runs, *work.offered[ALL_RUNS]),
            findings=(*site.findings, *work.findings),
        )

    def _experiment_writer(self, runs: Runs, keeping: Keeping) -> ExperimentWriter:
        settings = page_key(self.config, self.version)
        return ExperimentWriter(keeping, runs.keys, self.config.columns, settings)

    def _run_writer(
        self, site: SiteModel, runs: Runs, keeping: Keeping, settings: str
    ) -> RunPageWriter:
        theme = self.config.theme
        # A cluster's workers have other current folders; messages name the theme as the user did.
        theme = theme.absolute() if theme and self.config.dask else theme
        return RunPageWriter(site, theme, keeping, runs.keys, runs.digests, settings)

    def _write_pages(
        self,
        site: SiteModel,
        output: Output,
        experiments: ExperimentWriter,
        run_pages: RunPageWriter,
        workers: Workers,
    ) -> None:
        total = 2 + len(site.pages) + sum(1 + len(each.runs) for each in site.experiments)
        self.report.begin("writing pages", total)
        render = renderer(self.config.theme, run_pages.settings)
        found = surveys(site.experiments)
        for page in site_pages(site, found):
            output.write(page.path, render(page))
            self.report.advance()
        experiments.write_pages(site, found, render, self.report)
        run_pages.write(workers, self.report)
        run_pages.write_viewers(render)

    def _remember(self, built: Built, runs: Runs, output: Output) -> None:
        site = {
            "inputs": self.snapshot.state,
            "site": output.state,
            "is_all_remembered": runs.is_all_remembered,
            "writers": runs.writers,
            **remembered(built),
        }
        key = site_key(self.config, self.version, self.secrets)
        self.session.save(self.config.output, key, site, output.paths)


def _markdown_pages(config: Config, output: Output, redactor: Redactor) -> tuple[MarkdownPage, ...]:
    pictures = publish_pictures(config.pages, output)
    return make_markdown_pages(config.pages, pictures, redactor)


def _write_assets(config: Config, output: Output, version: str) -> dict[str, str]:
    places, contents = assets_of(config.theme, page_key(config, version))
    for path, content in contents.items():
        output.write(path, content)
    return places
