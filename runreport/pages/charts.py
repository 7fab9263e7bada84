"""Metric histories drawn at build time, from the sketches that the digests keep."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from markupsafe import Markup

from runreport.contexts import Chart, Curve, RunLink
from runreport.histories.overview import POINTS
from runreport.pages.frame import root_of
from runreport.pages.survey import Survey
from runreport.pages.words import number_text, run_link
from runreport.records import HistoryChunk, MetricSummary, RunDigest
from runreport.rows import RunRow
from runreport.svg import Series, line_chart, sparkline
from runreport.text.numbers import count_text, decimals_for, exact_text, fixed_text, plural

CURVES: Final = 12
"""Curves in a picture drawn at build time; scripts draw more."""

ALL_CURVES: Final = 56
FEWEST: Final = 4
"""Curves of all pictures of a page together, and those that each may have at least."""

SMALL_POINTS: Final = 40
"""Points of a curve where there are many, but in the first picture, which stands large."""

PICTURES: Final = 24
"""Metrics of an experiment that are drawn at build time."""

RUN_PICTURE: Final = {"width": 440, "height": 200}
"""About the size at which a run's page shows its charts, with and without scripts."""


def experiment_charts(
    found: Survey, digests: Mapping[str, RunDigest], colors: Mapping[str, int], path: str
) -> tuple[Chart, ...]:
    """Return a chart of each metric that some run logged more than once.

    Each shows the experiment's best runs, in the order of their values of that metric.
    """
    drawn: defaultdict[str, list[RunRow]] = defaultdict(list)
    for run in found.best_first():
        for metric in run.metrics:
            if metric.is_curve:
                drawn[metric.name].append(run)
    shown = _Shown(digests)
    charts: list[Chart] = []
    for name in found.logged:
        runs = drawn.get(name, [])
        if runs:
            most, points = _room(len(charts), drawn)
            metrics = [(run, shown.metric(run, name)) for run in runs[:most]]
            note = f"{most} best of {plural(len(runs), 'run')}" if len(runs) > most else ""
            charts.append(_chart(metrics, colors, path, points=points)._replace(note=note))
    return tuple(charts)


def _room(place: int, drawn: Mapping[str, Sequence[RunRow]]) -> tuple[int, int | None]:
    """Return how many curves and points a picture has; None for the points is no picture.

    The first one is what is seen before any script draws.
    """
    if place >= PICTURES:
        return CURVES, None
    if place == 0 or sum(min(len(runs), CURVES) for runs in drawn.values()) <= ALL_CURVES:
        return CURVES, 0
    return max(FEWEST, min(CURVES, (ALL_CURVES - CURVES) // (len(drawn) - 1))), SMALL_POINTS


class _Shown:
    """The metrics of the few runs that are drawn; each run's digest is looked at once."""

    def __init__(self, digests: Mapping[str, RunDigest]) -> None:
        self._digests = digests
        self._metrics: dict[str, dict[str, MetricSummary]] = {}

    def metric(self, run: RunRow, name: str) -> MetricSummary:
        metrics = self._metrics.get(run.slug)
        if metrics is None:
            metrics = {each.name: each for each in self._digests[run.slug].metrics}
            self._metrics[run.slug] = metrics
        return metrics[name]


def _chart(
    shown: Sequence[tuple[RunRow, MetricSummary]],
    colors: Mapping[str, int],
    path: str,
    *,
    points: int | None,
) -> Chart:
    """Return one chart; with None for ``points``, without a picture."""
    name, goal = shown[0][1].name, shown[0][1].goal or ""
    series = [_series(metric, run.name, colors[run.slug]) for run, metric in shown]
    spoken = _spoken(name, len(shown))
    decimals = decimals_for(metric.last for _, metric in shown)
    curves = (
        Curve(
            run_link(run, colors[run.slug], root_of(path)),
            fixed_text(metric.last, decimals),
            exact_text(metric.last),
        )
        for run, metric in shown
    )
    return Chart(
        metric=name,
        svg=Markup() if points is None else line_chart(series, label=spoken, points=points),
        goal=goal,
        curves=tuple(curves),
    )


def run_charts(
    metrics: Iterable[MetricSummary],
    chunks: Iterable[HistoryChunk],
    *,
    run: RunLink,
    root: str,
    anchor: Callable[[str], str],
) -> tuple[Chart, ...]:
    """Return a chart of each metric that the run logged more than once, goals first.

    ``anchor`` gives each metric's chart its id.
    """
    files = {name: f"{root}data/{chunk.name}" for chunk in chunks for name in chunk.metrics}
    return tuple(
        [
            Chart(
                metric=each.name,
                svg=line_chart(
                    [_series(each, run.name, run.color)],
                    label=_spoken(each.name, 1),
                    **RUN_PICTURE,
                ),
                note=_points_note(each),
                src=files.get(each.name, ""),
                last=number_text(each.last),
                goal=each.goal or "",
                anchor=anchor(each.name),
            )
            for each in goals_first(metrics)
            if _is_curve(each)
        ]
    )


def goals_first(metrics: Iterable[MetricSummary]) -> list[MetricSummary]:
    """Return metrics by name, those with a goal first."""
    return sorted(metrics, key=lambda each: (each.goal is None, each.name))


def run_sparkline(metric: MetricSummary, color: int) -> Markup:
    """Return a metric's small picture; empty for one without points to draw."""
    if metric.sketch is None:
        return Markup()
    return sparkline(metric.sketch.xs, metric.sketch.ys, color=color)


def _is_curve(metric: MetricSummary) -> bool:
    """Return whether a metric has two points to draw a line between."""
    if metric.sketch is None:
        return False
    ys = metric.sketch.ys
    # Only where one of two is missing is it worth while to look at all.
    if len(ys) > 1 and math.isfinite(ys.item(0)) and math.isfinite(ys.item(-1)):
        return True
    return int(np.count_nonzero(np.isfinite(ys))) > 1


def _series(metric: MetricSummary, name: str, color: int) -> Series:
    assert metric.sketch is not None
    return Series(name, color, metric.sketch.xs, metric.sketch.ys)


def _points_note(metric: MetricSummary) -> str:
    if metric.count <= POINTS:
        return ""
    return f"{count_text(POINTS)} of {count_text(metric.count)} points"


def _spoken(metric: str, runs: int) -> str:
    return f"{metric} by step" if runs == 1 else f"{metric} by step, {runs} runs"
