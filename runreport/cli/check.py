"""`runreport check`: run folders against the format, with file and line of each finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runreport.cli.options import counted, find_arguments, sources_options

if TYPE_CHECKING:
    from runreport.reading.sources import RunFolder
    from runreport.records import Finding


@click.command()
@sources_options
@click.pass_context
def check(
    ctx: click.Context,
    sources: Sequence[Path],
    reader: str | None,
    include: Sequence[str],
    exclude: Sequence[str],
) -> None:
    """Check run folders against the format.

    SOURCES are runs roots or single run folders; by default the config's, or 'runs'. Each finding
    is a line with its file and line number; the exit code is 1 if there is any.
    """
    from runreport.reading.sources import find_runs, read

    found, passed_over = find_runs(**find_arguments(sources, reader, include, exclude))
    count = _report(passed_over, "")
    seen: dict[tuple[str, str], RunFolder] = {}
    for run in found:
        record = read(run)
        count += _report(record.findings, _shown_root(run.root))
        first = seen.setdefault((record.experiment, record.run_id), run)
        if first is not run:
            count += 1
            click.echo(
                f"{run.label}: error: has the run_id {record.run_id!r} of {first.label}; "
                "give one of them another run_id"
            )
    click.echo(f"{counted(len(found), 'run')} checked, {counted(count, 'finding')}", err=True)
    ctx.exit(1 if count else 0)


def _shown_root(root: Path) -> str:
    """Return the prefix that makes a finding's place a path from here."""
    here = Path.cwd()
    shown = root.relative_to(here) if root.is_relative_to(here) else root
    return "" if shown == Path() else f"{shown.as_posix()}/"


def _report(findings: Iterable[Finding], prefix: str) -> int:
    count = 0
    for finding in findings:
        count += 1
        times = f" ({finding.count:,} times)" if finding.count > 1 else ""
        click.echo(f"{prefix}{finding.place}: {finding.level}: {finding.message}{times}")
    return count
