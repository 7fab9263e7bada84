"""`runreport build`: the site from run folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runreport.cli.options import site_options, sources_options
from runreport.cli.stopping import stopping

if TYPE_CHECKING:
    from runreport.built import Built
    from runreport.config import Config


@click.command()
@sources_options
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="The site's folder; 'site' by default. It must be empty, new, or a site already.",
)
@site_options
@click.option(
    "--downloads",
    metavar="FORMAT",
    multiple=True,
    type=click.Choice(["csv", "parquet", "sqlite"]),
    help="Offer every point as such files too: csv, parquet or sqlite; may be repeated.",
)
@click.option("--dask", metavar="ADDRESS", help="Let the workers of a Dask cluster do the work.")
@click.option(
    "--no-cache", is_flag=True, help="Read every run, and keep nothing for the next build."
)
@click.option("--profile", is_flag=True, help="Say where the time went.")
@click.option("--strict", is_flag=True, help="End with exit code 1 when something was odd.")
@click.option("-q", "--quiet", is_flag=True, help="Write nothing but errors.")
@click.pass_context
def build(
    ctx: click.Context,
    /,
    strict: bool,
    quiet: bool,
    no_cache: bool,
    profile: bool,
    file: Path | None,
    **flags: Any,
) -> None:
    """Build the site from run folders.

    SOURCES are runs roots or single run folders; by default the config's, or 'runs'.
    """
    from runreport.config import load_config

    overrides = {key: value or None for key, value in flags.items() if key != "jobs"}
    overrides |= {"jobs": flags["jobs"], "strict": strict or None}
    with stopping("the site is whole, the old one or the new one; build again"):
        config = load_config(file, overrides | ({"cache": False} if no_cache else {}))
        built = _built(config, quiet=quiet)
    _tell(built, config, quiet=quiet)
    if profile:
        click.echo(_profile(built), err=True)
    if config.strict and any(each.level != "note" for each in built.findings):
        ctx.exit(1)


def _built(config: Config, *, quiet: bool) -> Built:
    import os
    import time

    from runreport import __version__
    from runreport.allocation import many_objects, staying_objects
    from runreport.index.snapshot import Snapshot
    from runreport.index.unchanged import unchanged
    from runreport.text.redact import secret_values

    now, secrets = time.time(), secret_values(os.environ)
    with many_objects():
        with staying_objects():
            snapshot = Snapshot(config)
            built = unchanged(config, snapshot, now=now, version=__version__, secrets=secrets)
        if built is not None:
            return built

        # Loading these takes longer than finding out that nothing has changed.
        from runreport.build import build as build_site
        from runreport.progress import make_reporter

        report = make_reporter(quiet=quiet)
        try:
            return build_site(
                config,
                now=now,
                version=__version__,
                secrets=secrets,
                report=report,
                snapshot=snapshot,
            )
        finally:
            report.end()


def _tell(built: Built, config: Config, *, quiet: bool) -> None:
    """Write what went wrong to standard error, and the site's address as the last line."""
    for each in built.findings:
        if each.level == "error" or (config.strict and each.level == "warning"):
            times = f" ({each.count:,} times)" if each.count > 1 else ""
            click.echo(f"{each.place}: {each.level}: {each.message}{times}", err=True)
    for note in built.notes:
        click.echo(note, err=True)
    for folder in built.kept:
        click.echo(f"{folder}: holds files that were not the site's, moved here", err=True)
    if not quiet:
        click.echo(_summary(built))


def _summary(built: Built) -> str:
    from runreport.text.numbers import bytes_text, count_text, plural

    written = built.written
    findings = sum(each.count for each in built.findings)
    return (
        f"{built.index.as_uri()}  "
        f"{plural(built.runs - built.cached, 'run')} read, {count_text(built.cached)} cached, "
        f"{count_text(built.failed)} failed; "
        f"{plural(written.pages_changed, 'page')} written, "
        f"{count_text(written.pages_unchanged)} unchanged; "
        f"{bytes_text(written.size)}; {plural(findings, 'finding')}"
    )


def _profile(built: Built) -> str:
    """Return a line a stage, and the runs that took longest."""
    stages = [f"{seconds:8.2f} s  {name}" for name, seconds in built.seconds.items()]
    runs = [f"{seconds:8.3f} s  run {label}" for seconds, label in built.slowest]
    return "\n".join(stages + runs) or "nothing has changed"
