"""The index: experiments as cards, and the user's own pages."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice
from typing import Final

from markupsafe import Markup

from runreport.contexts import (
    BestValue,
    ExperimentCard,
    ExperimentModel,
    Figure,
    IndexContext,
    MarkdownPage,
    Page,
    PageCard,
    SiteModel,
    UnreadRun,
)
from runreport.pages.charts import best_first, goal_metrics, metric_names, run_sparkline
from runreport.pages.frame import Place, Shell, experiment_path, markdown_path, run_path
from runreport.pages.markdown import plain_lead, split_lead
from runreport.pages.words import (
    finding_rows,
    findings_text,
    is_unread,
    moment,
    run_link,
    status_counts,
)
from runreport.records import MetricSummary, RunDigest
from runreport.text.numbers import (
    count_text,
    decimals_for,
    exact_text,
    fixed_text,
    plural,
    short_text,
)

BESTS: Final = 2
"""Metrics on an experiment's card."""

UNREAD: Final = 5
"""Runs that could not be read, as cards; the log page has all."""


def index_page(site: SiteModel, shell: Shell) -> Page:
    """Return the site's first page."""
    place = Place("index.html", nav="index.html")
    intro = next((each.html for each in site.pages if each.slug == "index"), Markup())
    lead, rest = split_lead(intro)
    context = IndexContext(
        site=shell.frame(place),
        lead=lead,
        text=rest,
        figures=_figures(site),
        experiments=tuple(_card(each) for each in site.experiments),
        unread=unread_runs(site.experiments, ""),
        more_unread=more_unread(site.experiments),
        pages=tuple(_page_card(each) for each in site.pages if each.slug != "index"),
        findings=findings_text(site.findings),
        findings_href="log.html",
    )
    return Page(place.path, "index", context)


def unread_runs(experiments: Iterable[ExperimentModel], root: str) -> tuple[UnreadRun, ...]:
    """Return a card for each of the first runs that could not be read."""
    return tuple(
        UnreadRun(each.title, root + run_path(each.slug), finding_rows(each.findings))
        for each in _unread(experiments)[:UNREAD]
    )


def more_unread(experiments: Iterable[ExperimentModel]) -> str:
    """Return a sentence about those that are left out."""
    left = len(_unread(experiments)) - UNREAD
    runs = plural(left, "more run", "more runs")
    return f"{runs} could not be read; the build log names them." if left > 0 else ""


def _unread(experiments: Iterable[ExperimentModel]) -> list[RunDigest]:
    return [each for experiment in experiments for each in experiment.digests if is_unread(each)]


def _figures(site: SiteModel) -> tuple[Figure, ...]:
    digests = [each for experiment in site.experiments for each in experiment.digests]
    points = sum(metric.count for each in digests for metric in each.metrics)
    running = sum(each.status == "running" for each in digests)
    figures = [
        Figure(count_text(len(site.experiments)), _word(len(site.experiments), "experiment")),
        Figure(count_text(len(digests)), _word(len(digests), "run")),
        Figure(_about(points), "points logged", title=count_text(points)),
    ]
    if running:
        figures.append(Figure(count_text(running), "running"))
    return tuple(figures) if digests else ()


def _about(count: int) -> str:
    """Return a count whole below a million, else with three digits: "27.1M"."""
    return count_text(count) if count < 1_000_000 else short_text(count, 3)


def _word(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _card(experiment: ExperimentModel) -> ExperimentCard:
    parent, slash, name = experiment.name.rpartition("/")
    unread = sum(is_unread(each) for each in experiment.digests)
    pictured = _pictured(experiment)
    return ExperimentCard(
        parent=parent + slash,
        name=name,
        href=experiment_path(experiment.slug),
        lead=plain_lead(experiment.notes),
        runs=plural(len(experiment.digests), "run"),
        statuses=status_counts(experiment.digests),
        bests=_bests(experiment),
        changed=moment(_last_change(experiment.digests)),
        sparkline=run_sparkline(pictured[1], experiment.colors[pictured[0].slug])
        if pictured
        else "",
        sparkline_label=f"{pictured[1].name} of {pictured[0].title}" if pictured else "",
        unread=f"{plural(unread, 'run')} could not be read" if unread else "",
    )


def _last_change(digests: Iterable[RunDigest]) -> float | None:
    times = [t for each in digests for t in (each.record.started, each.record.ended)]
    return max((t for t in times if t is not None and math.isfinite(t)), default=None)


def _bests(experiment: ExperimentModel) -> tuple[BestValue, ...]:
    found = _best_values(experiment)
    if found:
        return tuple(_best(experiment, digest, metric, "best") for digest, metric in found)
    latest = (
        _best(experiment, digest, metric, "latest")
        for digest in reversed(experiment.digests)
        for metric in digest.metrics[:BESTS]
    )
    # Each of them looks at all runs.
    return tuple(islice(latest, BESTS))


def _best_values(experiment: ExperimentModel) -> list[tuple[RunDigest, MetricSummary]]:
    """Return the best run by each of the first goal metrics."""
    goals = goal_metrics(experiment.digests)
    bests = (best_run(experiment.digests, name) for name in goals)
    return [best for best in bests if best][:BESTS]


def best_run(digests: Iterable[RunDigest], name: str) -> tuple[RunDigest, MetricSummary] | None:
    """Return the run with the best value of a goal metric; the earliest run wins a tie."""
    found: tuple[RunDigest, MetricSummary] | None = None
    for digest in digests:
        for metric in digest.metrics:
            if metric.name == name and metric.best and math.isfinite(metric.best[0]):
                found = _better(found, (digest, metric))
    return found


def _better(
    found: tuple[RunDigest, MetricSummary] | None, other: tuple[RunDigest, MetricSummary]
) -> tuple[RunDigest, MetricSummary]:
    if found is None or found[1].best is None or other[1].best is None:
        return other
    old, new = found[1].best[0], other[1].best[0]
    return other if (new < old if other[1].goal == "min" else new > old) else found


def _best(
    experiment: ExperimentModel, digest: RunDigest, metric: MetricSummary, label: str
) -> BestValue:
    value = metric.best[0] if metric.best and label == "best" else metric.value
    return BestValue(
        label=label,
        metric=metric.name,
        goal=metric.goal or "",
        value=fixed_text(value, metric_decimals(experiment.digests, metric.name)),
        exact=exact_text(value),
        run=run_link(digest, experiment.colors[digest.slug], ""),
    )


def metric_decimals(digests: Iterable[RunDigest], name: str) -> int:
    """Return the decimals with which a metric's values are shown across runs."""
    return decimals_for(m.value for digest in digests for m in digest.metrics if m.name == name)


def _pictured(experiment: ExperimentModel) -> tuple[RunDigest, MetricSummary] | None:
    """Return the run and metric of a card's small picture: a value's beside it, if it varies."""
    names = metric_names(experiment.digests)
    for best in _best_values(experiment):
        if _varies(best[1]):
            return best
    for digest in best_first(experiment.digests):
        metrics = {each.name: each for each in digest.metrics}
        for name in names:
            if name in metrics and _varies(metrics[name]):
                return digest, metrics[name]
    return None


def _varies(metric: MetricSummary) -> bool:
    return metric.count > 2 and metric.sketch is not None and metric.min < metric.max


def _page_card(page: MarkdownPage) -> PageCard:
    return PageCard(page.title, markdown_path(page.slug), plain_lead(page.html))
