"""Metric histories drawn at build time, from the sketches that the digests keep."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from markupsafe import Markup

from runreport.contexts import Chart, Curve
from runreport.histories.overview import POINTS
from runreport.pages.frame import root_of
from runreport.pages.words import number_text, run_link
from runreport.records import HistoryChunk, MetricSummary, RunDigest
from runreport.svg import Series, line_chart, sparkline
from runreport.text.numbers import count_text, decimals_for, exact_text, fixed_text, plural

CURVES: Final = 12
"""Curves in a picture drawn at build time; scripts draw more."""

PICTURES: Final = 24
"""Metrics of an experiment that are drawn at build time."""

RUN_PICTURE: Final = {"width": 440, "height": 200}
"""About the size at which a run's page shows its charts, with and without scripts."""

Named = Mapping[str, MetricSummary]


def metric_names(digests: Iterable[RunDigest]) -> list[str]:
    """Return the metrics of several runs: those with a goal, those that most runs have, by name."""
    runs: Counter[str] = Counter()
    goals = set()
    for digest in digests:
        for metric in digest.metrics:
            runs[metric.name] += 1
            if metric.goal is not None:
                goals.add(metric.name)
    many = max(runs.values(), default=0) / 2
    return sorted(runs, key=lambda name: (name not in goals, runs[name] < many, name))


def goal_metrics(digests: Sequence[RunDigest]) -> dict[str, str]:
    """Return the goal of every metric that has one, in the order of `metric_names`."""
    found = {m.name: m.goal for digest in digests for m in digest.metrics if m.goal is not None}
    return {name: found[name] for name in metric_names(digests) if name in found}


def best_first(digests: Sequence[RunDigest]) -> list[RunDigest]:
    """Return the runs, best first by the first goal metric; without one, the newest first.

    A run without a value comes last.
    """
    goals = goal_metrics(digests)
    newest = list(reversed(digests))
    if not goals:
        return newest
    name, goal = next(iter(goals.items()))
    sign = 1.0 if goal == "min" else -1.0

    def rank(digest: RunDigest) -> float:
        best = next((m.best for m in digest.metrics if m.name == name), None)
        return sign * best[0] if best and math.isfinite(best[0]) else math.inf

    return sorted(newest, key=rank)


def experiment_charts(
    digests: Sequence[RunDigest], colors: Mapping[str, int], path: str
) -> tuple[Chart, ...]:
    """Return a chart of each metric that some run logged more than once.

    Each shows the experiment's best runs, in the order of their values of that metric.
    """
    ranked = [(each, {m.name: m for m in each.metrics}) for each in best_first(digests)]
    charts: list[Chart] = []
    for name in metric_names(digests):
        drawn = [(each, metrics[name]) for each, metrics in ranked if _is_curve(metrics.get(name))]
        if drawn:
            picture = len(charts) < PICTURES
            charts.append(_experiment_chart(drawn, colors, path, picture=picture))
    return tuple(charts)


def _experiment_chart(
    drawn: Sequence[tuple[RunDigest, MetricSummary]],
    colors: Mapping[str, int],
    path: str,
    *,
    picture: bool,
) -> Chart:
    shown = drawn[:CURVES]
    name, goal = shown[0][1].name, shown[0][1].goal or ""
    series = [_series(metric, digest.record.name, colors[digest.slug]) for digest, metric in shown]
    decimals = decimals_for(metric.last for _, metric in shown)
    curves = (
        Curve(
            run_link(digest, colors[digest.slug], root_of(path)),
            fixed_text(metric.last, decimals),
            exact_text(metric.last),
        )
        for digest, metric in shown
    )
    return Chart(
        metric=name,
        svg=line_chart(series, label=_spoken(name, len(shown))) if picture else Markup(),
        note=f"{CURVES} best of {plural(len(drawn), 'run')}" if len(drawn) > CURVES else "",
        goal=goal,
        curves=tuple(curves),
    )


def run_charts(
    metrics: Sequence[MetricSummary],
    chunks: Sequence[HistoryChunk],
    *,
    run: str,
    color: int,
    path: str,
) -> tuple[Chart, ...]:
    """Return a chart of each metric that the run logged more than once, goals first."""
    files = {name: chunk.name for chunk in chunks for name in chunk.metrics}
    ordered = sorted(metrics, key=lambda each: (each.goal is None, each.name))
    return tuple(
        Chart(
            metric=each.name,
            svg=line_chart([_series(each, run, color)], label=_spoken(each.name, 1), **RUN_PICTURE),
            note=_points_note(each),
            src=f"{root_of(path)}data/{files[each.name]}" if each.name in files else "",
            last=number_text(each.last),
            goal=each.goal or "",
        )
        for each in ordered
        if _is_curve(each)
    )


def run_sparkline(metric: MetricSummary, color: int) -> Markup:
    """Return a metric's small picture; empty for one without points to draw."""
    if metric.sketch is None:
        return Markup()
    return sparkline(metric.sketch.xs, metric.sketch.ys, color=color)


def _is_curve(metric: MetricSummary | None) -> bool:
    """Return whether a metric has two points to draw a line between."""
    if metric is None or metric.sketch is None:
        return False
    return int(np.count_nonzero(np.isfinite(metric.sketch.ys))) > 1


def _series(metric: MetricSummary, name: str, color: int) -> Series:
    assert metric.sketch is not None
    return Series(name, color, metric.sketch.xs, metric.sketch.ys)


def _points_note(metric: MetricSummary) -> str:
    if metric.count <= POINTS:
        return ""
    return f"{count_text(POINTS)} of {count_text(metric.count)} points"


def _spoken(metric: str, runs: int) -> str:
    return f"{metric} by step" if runs == 1 else f"{metric} by step, {runs} runs"
