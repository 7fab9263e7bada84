"""`runreport export`: the runs and metrics tables as files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runreport.cli.options import counted, find_arguments, sources_options

if TYPE_CHECKING:
    from runreport.export import Format


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
def export(form: Format, output: Path, quiet: bool, **selection: Any) -> None:
    """Write the runs and metrics tables for other tools.

    SOURCES are runs roots or single run folders; by default the config's, or 'runs'.
    """
    import time

    from runreport.export import export as export_runs
    from runreport.progress import make_reporter
    from runreport.reading.sources import find_runs

    found, _ = find_runs(**find_arguments(**selection))
    report = make_reporter(quiet=quiet)
    done = export_runs(found, output, form, now=time.time(), report=report)
    if done.findings and not quiet:
        odd = counted(done.findings, "finding")
        click.echo(f"{odd}; see them with `runreport check`", err=True)
    if not quiet:
        files = " ".join(map(str, done.files))
        click.echo(f"{files}  {counted(done.runs, 'run')}, {counted(done.points, 'point')}")
