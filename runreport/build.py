"""The build, from sources to a site: find, read and reduce, arrange, render, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from runreport.artifacts import viewer_source
from runreport.assets import read_assets
from runreport.config import Config
from runreport.contexts import MarkdownPage, SiteModel
from runreport.model import make_all_runs, make_experiments, make_markdown_pages
from runreport.pages import make_pages, make_shell, viewer_page
from runreport.pages.words import is_unread
from runreport.pictures import publish_pictures
from runreport.progress import Quiet, Reporter
from runreport.reading.sources import experiment_notes, find_runs
from runreport.records import Finding
from runreport.render import Render, make_renderer
from runreport.runs import read_runs
from runreport.site import Output, Written
from runreport.text.names import ALL_RUNS
from runreport.text.redact import Redactor


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
    kept: tuple[Path, ...]
    """Where files of others went that lay in the old site."""


def build(
    config: Config,
    *,
    now: float,
    version: str,
    secrets: Sequence[str] = (),
    report: Reporter | None = None,
) -> Built:
    """Build the site of a config's sources.

    ``now`` is in seconds since the epoch, ``version`` runreport's own; ``secrets`` are texts that
    must not get out.
    """
    report = report or Quiet()
    redactor = Redactor(tuple(secrets))
    found, findings = find_runs(
        config.sources,
        reader=config.reader or None,
        include=config.include,
        exclude=config.exclude,
    )
    read_folders = [*config.sources, *(each for each in (config.theme, config.pages) if each)]
    with Output(config.output, sources=read_folders, version=version) as output:
        runs = read_runs(found, config, output, now=now, redactor=redactor, report=report)
        notes = {name: redactor.text(text) for name, text in experiment_notes(found).items()}
        site = SiteModel(
            title=config.title,
            version=version,
            experiments=make_experiments(runs.digests, notes, config),
            pages=_markdown_pages(config, output, redactor),
            findings=(*findings, *runs.findings),
            assets=_write_assets(config, output),
        )
        _write_data(site, output)
        _write_pages(site, make_renderer(config.theme), output, report)
        written = output.publish()
    return Built(
        index=config.output.resolve() / "index.html",
        runs=len(runs.digests),
        failed=sum(map(is_unread, runs.digests)),
        findings=site.findings,
        written=written,
        kept=tuple(output.kept),
    )


def _markdown_pages(config: Config, output: Output, redactor: Redactor) -> tuple[MarkdownPage, ...]:
    pictures = publish_pictures(config.pages, output)
    return make_markdown_pages(config.pages, pictures, redactor)


def _write_assets(config: Config, output: Output) -> dict[str, str]:
    places, contents = read_assets(config.theme)
    for path, content in contents.items():
        output.write(path, content)
    return places


def _write_data(site: SiteModel, output: Output) -> None:
    for experiment in site.experiments:
        table = experiment.table
        output.write(f"data/{table.data.name}", table.data.content)
        output.write(f"data/{experiment.slug}.csv", table.csv)
        output.write(f"data/{experiment.slug}.json", table.json)
    csv, json = make_all_runs(site.experiments)
    output.write(f"data/{ALL_RUNS}.csv", csv)
    output.write(f"data/{ALL_RUNS}.json", json)


def _write_pages(site: SiteModel, render: Render, output: Output, report: Reporter) -> None:
    runs = sum(len(experiment.digests) for experiment in site.experiments)
    report.begin("writing pages", 2 + len(site.experiments) + runs + len(site.pages))
    for page in make_pages(site):
        output.write(page.path, render(page).encode())
        report.advance()
    _write_viewers(site, render, output)


def _write_viewers(site: SiteModel, render: Render, output: Output) -> None:
    """Write the sandboxed viewer of each artifact that has one."""
    shell = make_shell(site)
    for experiment in site.experiments:
        for run in experiment.digests:
            for artifact in run.artifacts:
                if not artifact.view_url:
                    continue
                source = viewer_source(artifact, output.read(artifact.url))
                page = viewer_page(
                    artifact, source, run_slug=run.slug, run_name=run.title, shell=shell
                )
                output.write(page.path, render(page).encode())
