"""The groups of an experiment's runs: how many runs each has, and the mean of their metrics."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from runreport.contexts import ExperimentModel, GroupRow, GroupsTable
from runreport.pages.family import GROUP, average_text, groups_of, listed_metrics
from runreport.rows import RunRow
from runreport.text.numbers import count_text

MOST_GROUPS: Final = 100
"""Groups that the page lists; scripts group all runs by any column."""


def groups_table(experiment: ExperimentModel) -> GroupsTable | None:
    """Return the groups that the runs name by a tag, or None where no two runs share one."""
    groups = groups_of(experiment.runs)
    if all(len(members) < 2 for members in groups.values()):
        return None
    metrics = listed_metrics([run for members in groups.values() for run in members])
    goal = metrics[0][1] if metrics else ""
    values = {
        name: [_values(members, metric) for metric, _ in metrics]
        for name, members in groups.items()
    }
    ordered = sorted(groups, key=lambda name: (_rank(values[name], goal), name))
    note = ""
    if len(groups) > MOST_GROUPS:
        note = f"{MOST_GROUPS} of {count_text(len(groups))} groups are shown"
    return GroupsTable(
        metrics=metrics,
        rows=tuple(
            GroupRow(
                name=name,
                # Leads to the runs table, filtered, where scripts run.
                href=f"#{urlencode({f'f.tags.{GROUP}': f'={name}'})}",
                count=count_text(len(groups[name])),
                averages=tuple(map(average_text, values[name])),
            )
            for name in ordered[:MOST_GROUPS]
        ),
        note=note,
    )


def _values(members: Sequence[RunRow], name: str) -> list[float]:
    return [metric.value for run in members for metric in run.metrics if metric.name == name]


def _rank(columns: Sequence[Sequence[float]], goal: str) -> float:
    """Return the key that puts the group with the best mean first, one without a mean last."""
    finite = [value for value in columns[0] if math.isfinite(value)] if columns else []
    if not finite or not goal:
        return math.inf
    # Of halves, as the sum of two floats may be no float.
    mean = statistics.fmean(value / 2 / len(finite) for value in finite)
    return -mean if goal == "max" else mean
