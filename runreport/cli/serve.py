"""`runreport serve`: the site on this machine, built again whenever its runs change."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from runreport.cli.options import site_options, sources_options

if TYPE_CHECKING:
    from runreport.config import Config


@click.command()
@sources_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=8000,
    show_default=True,
    help="The port on 127.0.0.1; 0 takes a free one.",
)
@click.option("--open/--no-open", "is_opened", help="Open the site in a browser; not by default.")
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Build the site there and leave it; by default in a folder that is removed at the end.",
)
@site_options
@click.option("-q", "--quiet", is_flag=True, help="Write nothing but the address and errors.")
def serve(port: int, is_opened: bool, quiet: bool, file: Path | None, **flags: Any) -> None:
    """Build, serve on this machine, and reload what changes.

    SOURCES are runs roots or single run folders; by default the config's, or 'runs'. The server
    answers nobody but this machine. Ctrl-C ends it.
    """
    import webbrowser

    from runreport.config import load_config
    from runreport.serving import Serving
    from runreport.serving import serve as serve_site

    overrides = {key: value or None for key, value in flags.items() if key != "jobs"}
    # What changes while somebody looks is built sooner than a cluster is called, and who looks has
    # the runs at hand.
    overrides |= {"jobs": flags["jobs"], "dask": "", "downloads": ()}

    def load() -> Config:
        return load_config(file, overrides)

    def ready(address: str) -> None:
        click.echo(f"{address}  (Ctrl-C ends it)")
        if is_opened:
            webbrowser.open(address)

    # A run that goes on is built again and again: on a terminal the last build's line stays.
    is_terminal = sys.stdout.isatty()

    def say(line: str) -> None:
        if not quiet:
            click.echo(f"\r\x1b[2K{line}" if is_terminal else line, nl=not is_terminal)

    def complain(line: str) -> None:
        click.echo(f"\n{line}" if is_terminal else line, err=True)

    serving = Serving(load, file, flags["output"] is not None, port)
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        serve_site(serving, ready=ready, say=say, complain=complain)
    except KeyboardInterrupt:
        say("ended\n" if is_terminal else "ended")
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminated(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
