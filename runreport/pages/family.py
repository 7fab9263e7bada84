"""A run's relatives: the runs above and below it, those beside it, and those of its group.

All texts are made here, once for all runs of an experiment, so that what a run's page needs of
other runs is small, and says in its `repr` whether the page has to be made anew.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from runreport.contexts import ExperimentModel
from runreport.pages.words import value_text
from runreport.rows import RunRow
from runreport.text.numbers import decimals_for, duration_text, fixed_text

GROUP: Final = "group"
"""The tag that runs of one configuration have in common."""

MOST_RELATIVES: Final = 200
"""Runs that a list of relatives shows."""

MOST_OF_GROUP: Final = 50
"""A larger group is left to the experiment's page: all of its runs' pages would list it."""

METRICS: Final = 3
"""Metrics that a list of relatives shows."""

MOST_DECIMALS: Final = 6
_DEEP: Final = 8
"""Runs above a run that its page names."""


class Relative(NamedTuple):
    """A run as the page of another one shows it."""

    slug: str
    title: str
    mark: str
    color: int
    status: str = ""
    duration: str = ""
    values: tuple[str, ...] = ()
    """In the order of the list's metrics."""


@dataclass(frozen=True, slots=True)
class Relatives:
    """A list of runs with some of their metrics."""

    runs: tuple[Relative, ...] = ()
    metrics: tuple[tuple[str, str], ...] = ()
    """Names and goals."""
    total: int = 0
    averages: tuple[str, ...] = ()
    """Of each metric, as "0.934 ± 0.012"; () where runs are not to be averaged."""


@dataclass(frozen=True, slots=True)
class Family:
    """A run's relatives among the experiment's runs."""

    ancestors: tuple[Relative, ...] = ()
    """The parent last."""
    children: Relatives = Relatives()
    previous: Relative | None = None
    """The run before it below the same parent."""
    following: Relative | None = None
    group: str = ""
    members: Relatives = Relatives()
    """Of its group, itself included; only the number of them where there are many."""


def families(experiment: ExperimentModel) -> Mapping[str, Family]:
    """Return, by run slug, the relatives of the runs that have any."""
    found: dict[str, Family] = {}
    parents = parents_of(experiment.runs)
    if parents:
        _add_trees(found, experiment, parents)
    for name, members in groups_of(experiment.runs).items():
        if len(members) > MOST_OF_GROUP:
            listed = Relatives(total=len(members))
        else:
            listed = _relatives(members, experiment.colors, average=len(members) > 1)
        for row in members:
            found[row.slug] = replace(found.get(row.slug, Family()), group=name, members=listed)
    return found


def parents_of(runs: Iterable[RunRow]) -> dict[str, RunRow]:
    """Return, by run slug, the parents that are runs of the same experiment."""
    runs = tuple(runs)
    if not any(each.parent for each in runs):
        return {}
    by_id = {each.run_id: each for each in runs}
    found = ((each, by_id.get(each.parent)) for each in runs if each.parent)
    return {each.slug: parent for each, parent in found if parent not in (None, each)}


def groups_of(runs: Iterable[RunRow]) -> dict[str, list[RunRow]]:
    """Return the runs of each group, by its name."""
    groups: defaultdict[str, list[RunRow]] = defaultdict(list)
    for each in runs:
        name = each.tags.get(GROUP)
        if name not in (None, ""):
            groups[value_text(name)].append(each)
    return dict(groups)


def listed_metrics(runs: Iterable[RunRow]) -> tuple[tuple[str, str], ...]:
    """Return the metrics to compare runs by: those with a goal, else those that most have."""
    goals: dict[str, str] = {}
    counts: defaultdict[str, int] = defaultdict(int)
    for run in runs:
        for metric in run.metrics:
            counts[metric.name] += 1
            goals[metric.name] = metric.goal or goals.get(metric.name, "")
    with_goal = sorted(name for name, goal in goals.items() if goal)
    others = sorted((name for name in goals if not goals[name]), key=lambda n: (-counts[n], n))
    names = with_goal[:METRICS] or others[: METRICS - 1]
    return tuple((name, goals[name]) for name in names)


def average_text(values: Sequence[float]) -> str:
    """Return "mean ± standard deviation" of the finite values, "" for none."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    try:
        # `statistics.stdev` calculates with fractions, and takes thirty times as long.
        mean = math.fsum(finite) / len(finite)
        squares = math.fsum((value - mean) ** 2 for value in finite)
        spread = math.sqrt(squares / (len(finite) - 1)) if len(finite) > 1 else None
    except OverflowError:
        return ""
    if not spread:
        text = fixed_text(mean, decimals_for([mean]))
        return text if spread is None else f"{text} ± 0"
    # As is usual: two digits of the deviation, and of the mean as many decimals.
    decimals = min(max(1 - math.floor(math.log10(spread)), 0), MOST_DECIMALS)
    return f"{fixed_text(mean, decimals)} ± {fixed_text(spread, decimals)}"


def _add_trees(
    found: dict[str, Family], experiment: ExperimentModel, parents: Mapping[str, RunRow]
) -> None:
    colors = experiment.colors
    children: defaultdict[str, list[RunRow]] = defaultdict(list)
    for row in experiment.runs:
        if row.slug in parents:
            children[parents[row.slug].slug].append(row)
    for slug, born in children.items():
        found[slug] = replace(found.get(slug, Family()), children=_relatives(born, colors))
        links = [_relative(each, colors) for each in born]
        for place, row in enumerate(born):
            found[row.slug] = replace(
                found.get(row.slug, Family()),
                ancestors=_ancestors(row, parents, colors),
                previous=links[place - 1] if place else None,
                following=links[place + 1] if place + 1 < len(links) else None,
            )


def _ancestors(
    row: RunRow, parents: Mapping[str, RunRow], colors: Mapping[str, int]
) -> tuple[Relative, ...]:
    line: list[RunRow] = []
    # Records are anybody's: a run may be said to lie below itself.
    seen = {row.slug}
    while (above := parents.get(row.slug)) and above.slug not in seen and len(line) < _DEEP:
        seen.add(above.slug)
        line.append(above)
        row = above
    return tuple(_relative(each, colors) for each in reversed(line))


def _relative(row: RunRow, colors: Mapping[str, int]) -> Relative:
    return Relative(row.slug, row.title, row.mark, colors[row.slug])


def _relatives(
    runs: Sequence[RunRow], colors: Mapping[str, int], *, average: bool = False
) -> Relatives:
    metrics = listed_metrics(runs)
    values = [{each.name: each.value for each in run.metrics} for run in runs]
    columns = [[row.get(name, math.nan) for row in values] for name, _ in metrics]
    decimals = [decimals_for(column) for column in columns]
    shown = []
    for place, run in enumerate(runs[:MOST_RELATIVES]):
        texts = (
            fixed_text(column[place], digits) if name in values[place] else ""
            for (name, _), column, digits in zip(metrics, columns, decimals, strict=True)
        )
        shown.append(
            _relative(run, colors)._replace(
                status=run.status, duration=_duration(run), values=tuple(texts)
            )
        )
    averages = tuple(map(average_text, columns)) if average else ()
    return Relatives(tuple(shown), metrics, len(runs), averages)


def _duration(run: RunRow) -> str:
    if run.started is None or run.ended is None:
        return ""
    return duration_text(run.ended - run.started)
