"""`runreport log` and `runreport set`: add to a run, or correct it, from a shell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import click

from runreport.layout import STATUSES
from runreport.tracking.amend import add_metrics_to_run, amend

_root = click.option(
    "--root",
    metavar="FOLDER",
    help="The runs root in which RUN is looked up by its id or name; else RUNREPORT_DIR or 'runs'.",
)
_user = click.option(
    "--user", metavar="NAME", help="Who does this; else RUNREPORT_USER or the system's user."
)


def _pairs(values: Sequence[str], what: str) -> dict[str, str]:
    """Return "name=value" arguments as a dictionary."""
    pairs = {}
    for value in values:
        name, mark, text = value.partition("=")
        if not mark or not name:
            raise click.UsageError(f"{what} {value!r}: is not of the form NAME=VALUE")
        pairs[name] = text
    return pairs


def _number(text: str) -> float | None:
    """Return text as an int or float, None when it is neither."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def _metrics(values: Sequence[str]) -> dict[str, float]:
    numbers = {}
    for name, text in _pairs(values, "metric").items():
        number = _number(text)
        if number is None:
            raise click.UsageError(f"metric {name!r}: {text!r} is not a number")
        numbers[name] = number
    return numbers


def _params(values: Sequence[str]) -> dict[str, Any]:
    """Return params; what reads as a finite number is one, as it is in a script."""
    params: dict[str, Any] = {}
    for name, text in _pairs(values, "param").items():
        number = _number(text)
        params[name] = text if number is None or not math.isfinite(number) else number
    return params


@click.command()
@click.argument("run")
@click.argument("metrics", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--step", type=float, help="The values' step; else the one after each one's last.")
@_root
@_user
def log(
    run: str, metrics: tuple[str, ...], step: float | None, root: str | None, user: str | None
) -> None:
    """Add metrics to RUN: a run folder, a run's id, or a run's name.

    Works while the run goes on, long after it ended, and from several shells at once.

    Example: runreport log runs/iris/first accuracy_on_XYZ=0.98
    """
    add_metrics_to_run(run, _metrics(metrics), step=step, root=root, user=user)


@click.command("set")
@click.argument("run")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Set a param.")
@click.option("--tag", "tags", multiple=True, metavar="NAME=VALUE", help="Set a tag.")
@click.option("--drop-param", multiple=True, metavar="NAME", help="Take a param away.")
@click.option("--drop-tag", multiple=True, metavar="NAME", help="Take a tag away.")
@click.option("--note", metavar="TEXT", help="Add Markdown to the run's notes.")
@click.option("--status", type=click.Choice(STATUSES), help="Declare the run's status.")
@click.option("--name", metavar="TEXT", help="Give the run another name.")
@click.option("--goal", "goals", multiple=True, metavar="METRIC=min|max", help="Which is better.")
@click.option(
    "--summary",
    "summaries",
    multiple=True,
    metavar="METRIC=last|min|max|mean",
    help="Which number stands for a metric in tables.",
)
@click.option(
    "--undefine", multiple=True, metavar="METRIC", help="Take goal and summary of a metric away."
)
@_root
@_user
def set_(run: str, root: str | None, user: str | None, **given: Any) -> None:
    """Correct RUN: a run folder, a run's id, or a run's name.

    The record gets one more line, with date and user; what it said before stays in it.

    Example: runreport set runs/iris/first --param lr=0.01 --tag checked=yes
    """
    if not any(value for value in given.values()):
        raise click.UsageError("nothing to set; give --param, --tag, --note, --status or --name")
    goals, summaries = _pairs(given["goals"], "goal"), _pairs(given["summaries"], "summary")
    amend(
        run,
        params={**_params(given["params"]), **dict.fromkeys(given["drop_param"])},
        tags={**_pairs(given["tags"], "tag"), **dict.fromkeys(given["drop_tag"])},
        status=given["status"],
        name=given["name"],
        note=given["note"],
        metrics={
            metric: {"goal": goals.get(metric), "summary": summaries.get(metric)}
            for metric in dict.fromkeys((*goals, *summaries))
        }
        | dict.fromkeys(given["undefine"]),
        root=root,
        user=user,
    )
