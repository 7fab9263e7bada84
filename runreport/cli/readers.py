"""`runreport readers`: what can be read, by which reader, from which package."""

from __future__ import annotations

import click


@click.command()
def readers() -> None:
    """Tell what can be read, and by which package."""
    from runreport.readers import origins

    rows = [(name, package, text) for name, (text, package) in origins().items()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, package, text in rows:
        click.echo(f"{name:{widths[0]}}  {package:{widths[1]}}  {text}")
