"""`runreport list`: runs as a table for the terminal, or as CSV, JSON or Markdown."""

from __future__ import annotations

from typing import Any

import click

from runreport.cli.options import counted, find_arguments, sources_options


@click.command("list")
@sources_options
@click.option(
    "--where", default="", metavar="FILTER", help='As "acc > 0.9 and (lr = 0.1 or name ~ test)".'
)
@click.option(
    "--sort",
    default="",
    metavar="COLUMNS",
    help="As '-acc,started': descending by acc, then by start. By default experiment and start.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "markdown"]),
    default="table",
    show_default=True,
    help="CSV and JSON hold all columns, as load_runs gives them.",
)
def list_(where: str, sort: str, form: str, **selection: Any) -> None:
    """List runs as a table, CSV, JSON or Markdown.

    SOURCES are runs roots or single run folders; by default the config's, or 'runs'.
    """
    from runreport.api import sort_runs
    from runreport.cli.formats import WRITERS
    from runreport.loading import load
    from runreport.where import matching

    loaded = load(**find_arguments(**selection))
    runs = sort_runs(matching(loaded.frame(), where), _orders(sort))
    # With color=True click leaves the text alone, whose control characters are data in a file.
    click.echo(WRITERS[form](runs), nl=False, color=True)
    if loaded.findings:
        found = counted(len(loaded.findings), "finding")
        click.echo(f"{found}; see them with `runreport check`", err=True)


def _orders(sort: str) -> list[tuple[str, bool]]:
    names = [name.strip() for name in sort.split(",") if name.strip()]
    if not names:
        return [("experiment", False), ("started", False), ("run_id", False)]
    return [(name.lstrip("-+"), name.startswith("-")) for name in names]
