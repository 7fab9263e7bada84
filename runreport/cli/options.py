"""What several commands take: sources, a reader, and the patterns that narrow them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from runreport.config import load_config

Command = TypeVar("Command", bound=Callable[..., Any])

_DECORATORS: Final = (
    click.argument("sources", nargs=-1, type=click.Path(path_type=Path)),
    click.option("--reader", metavar="NAME", help="Read all sources with this reader."),
    click.option(
        "--include",
        multiple=True,
        metavar="PATTERN",
        help="Only runs whose '<experiment>/<run folder>' matches, as 'iris/*'; may be repeated.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="PATTERN",
        help="Not the runs whose '<experiment>/<run folder>' matches; may be repeated.",
    ),
)


def sources_options(command: Command) -> Command:
    """Give a command the arguments ``sources``, ``reader``, ``include`` and ``exclude``."""
    for decorate in reversed(_DECORATORS):
        command = decorate(command)
    return command


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, as "1 run" and "10,000 runs"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def find_arguments(
    sources: Sequence[Path], reader: str | None, include: Sequence[str], exclude: Sequence[str]
) -> dict[str, Any]:
    """Return the arguments of `find_runs`: what was given, else what the config file says."""
    config = load_config()
    return {
        "sources": sources or config.sources,
        "reader": reader or config.reader or None,
        "include": include or config.include,
        "exclude": exclude or config.exclude,
    }
