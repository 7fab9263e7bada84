"""What several commands take: sources and what narrows them, and how a site is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from runreport.config import load_config

Command = TypeVar("Command", bound=Callable[..., Any])

_SOURCES: Final = (
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

_SITE: Final = (
    click.option("--title", metavar="TEXT", help="The site's title."),
    click.option(
        "--theme",
        metavar="FOLDER",
        type=click.Path(path_type=Path),
        help="Templates and static files that stand in for ours of the same name.",
    ),
    click.option(
        "--pages",
        metavar="FOLDER",
        type=click.Path(path_type=Path),
        help="Markdown pages of your own.",
    ),
    click.option("--jobs", metavar="N", type=int, help="Processes; by default as many as pay off."),
    click.option(
        "--config",
        "file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Settings; by default runreport.toml, or [tool.runreport] in pyproject.toml.",
    ),
)


def sources_options(command: Command) -> Command:
    """Give a command the arguments ``sources``, ``reader``, ``include`` and ``exclude``."""
    return _with(command, _SOURCES)


def site_options(command: Command) -> Command:
    """Give a command the arguments ``title``, ``theme``, ``pages``, ``jobs`` and ``file``."""
    return _with(command, _SITE)


def _with(command: Command, decorators: Sequence[Callable[[Command], Command]]) -> Command:
    for decorate in reversed(decorators):
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
