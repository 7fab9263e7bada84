"""What the runs of an experiment logged, metric by metric: names, goals, the best runs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from runreport.contexts import ExperimentModel
from runreport.rows import MetricValue, RunRow
from runreport.text.numbers import decimals_for

Logged = tuple[RunRow, MetricValue]


@dataclass(frozen=True, slots=True)
class Survey:
    """The metrics of several runs."""

    runs: Sequence[RunRow]
    logged: dict[str, list[Logged]]
    """By metric, the runs that have it, with their values, in the order of the runs: those with a
    goal first, then those that most runs have, each sorted by name."""
    goals: dict[str, str]
    """Of the metrics that have one, in the same order."""
    # Index and experiment page ask for the same, and each answer takes a look at all runs.
    _bests: dict[str, Logged | None] = field(default_factory=dict)
    _decimals: dict[str, int] = field(default_factory=dict)

    def best_run(self, name: str) -> Logged | None:
        """Return the run with the best value of a goal metric; the earliest run wins a tie."""
        if name not in self._bests:
            self._bests[name] = _best_of(self.logged[name])
        return self._bests[name]

    def best_first(self) -> list[RunRow]:
        """Return the runs, best first by the first goal metric; without one, the newest first.

        A run without a value comes last.
        """
        newest = list(reversed(self.runs))
        if not self.goals:
            return newest
        name, goal = next(iter(self.goals.items()))
        sign = 1.0 if goal == "min" else -1.0
        ranks = {
            run.slug: sign * best
            for run, metric in self.logged[name]
            if (best := metric.best) is not None and math.isfinite(best)
        }
        return sorted(newest, key=lambda run: ranks.get(run.slug, math.inf))

    def decimals(self, name: str) -> int:
        """Return the decimals with which a metric's values are shown across runs."""
        if name not in self._decimals:
            self._decimals[name] = decimals_for([metric.value for _, metric in self.logged[name]])
        return self._decimals[name]


def _best_of(logged: Iterable[Logged]) -> Logged | None:
    found: Logged | None = None
    best = math.nan
    for each in logged:
        goal = each[1].goal
        value = each[1].best
        if value is None or not math.isfinite(value):
            continue
        if found is None or (value < best if goal == "min" else value > best):
            found, best = each, value
    return found


def surveys(experiments: Iterable[ExperimentModel]) -> dict[str, Survey]:
    """Return what the runs of each experiment logged, by the experiment's slug."""
    return {each.slug: survey(each.runs) for each in experiments}


def survey(runs: Sequence[RunRow]) -> Survey:
    """Look at all metrics of runs."""
    logged: defaultdict[str, list[Logged]] = defaultdict(list)
    goals: dict[str, str] = {}
    for run in runs:
        for metric in run.metrics:
            logged[metric.name].append((run, metric))
            if metric.goal is not None:
                goals[metric.name] = metric.goal
    many = max(map(len, logged.values()), default=0) / 2
    names = sorted(logged, key=lambda name: (name not in goals, len(logged[name]) < many, name))
    return Survey(
        runs,
        {name: logged[name] for name in names},
        {name: goals[name] for name in names if name in goals},
    )
