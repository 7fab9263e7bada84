"""`runreport export`: the runs and metrics tables as files for other tools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runreport.cli.options import counted, find_arguments, sources_options

if TYPE_CHECKING:
    from runreport.export import Format
    from runreport.loading import Logged
    from runreport.progress import Reporter


@click.command()
@sources_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "sqlite"]),
    required=True,
    help="Two files for parquet and csv, one for sqlite.",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    type=click.Path(path_type=Path),
    required=True,
    help="A folder for parquet and csv, a file for sqlite; only an older export is replaced.",
)
@click.option("-q", "--quiet", is_flag=True, help="Write nothing but errors.")
@click.option("--where", default="", metavar="FILTER", help="As for `runreport list`.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="Only the points of this metric, or of a pattern as 'val/*'; may be repeated.",
)
def export(
    form: Format, output: Path, quiet: bool, where: str, metrics: tuple[str, ...], **selection: Any
) -> None:
    """Write the runs and metrics tables for other tools.

    SOURCES are runs roots or single run folders; by default the config's, or 'runs'.
    """
    from runreport.export import export as export_runs
    from runreport.loading import look
    from runreport.progress import make_reporter

    catalog = look(**find_arguments(**selection))
    report = make_reporter(quiet=quiet)
    report.begin("exporting runs", len(catalog.found))
    try:
        runs = catalog.points(where, metrics, place="--where")
        done = export_runs(_told(runs, report), output, form)
    finally:
        report.end()
    if catalog.findings and not quiet:
        odd = counted(len(catalog.findings), "finding")
        click.echo(f"{odd}; see them with `runreport check`", err=True)
    if not quiet:
        files = " ".join(map(str, done.files))
        click.echo(f"{files}  {counted(done.runs, 'run')}, {counted(done.points, 'point')}")


def _told(runs: Iterable[Logged], report: Reporter) -> Iterator[Logged]:
    for each in runs:
        yield each
        report.advance()
