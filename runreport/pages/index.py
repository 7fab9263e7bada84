"""The index: experiments as cards, and the user's own pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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
from runreport.pages.charts import run_sparkline
from runreport.pages.frame import Part, Place, Shell, experiment_path, markdown_path, run_path
from runreport.pages.markdown import plain_lead, split_lead
from runreport.pages.survey import Logged, Survey
from runreport.pages.words import (
    finding_rows,
    findings_text,
    is_unread,
    moment,
    run_link,
    status_counts,
)
from runreport.rows import MetricValue, RunRow
from runreport.text.numbers import (
    count_text,
    exact_text,
    fixed_text,
    plural,
    short_text,
)

BESTS: Final = 2
"""Metrics on an experiment's card."""

UNREAD: Final = 5
"""Runs that could not be read, as cards; the log page has all."""


def index_page(site: SiteModel, shell: Shell, surveys: Mapping[str, Survey]) -> Page:
    """Return the site's first page; ``surveys`` go by the experiment's slug."""
    intro = next((each.html for each in site.pages if each.slug == "index"), Markup())
    lead, rest = split_lead(intro)
    parts: tuple[Part, ...] = ("index", "text") if rest else ("index",)
    place = Place("index.html", nav="index.html", parts=parts)
    context = IndexContext(
        site=shell.frame(place),
        lead=lead,
        text=rest,
        figures=_figures(site),
        experiments=tuple(_card(each, surveys[each.slug]) for each in site.experiments),
        unread=unread_runs(site.experiments, ""),
        more_unread=more_unread(site.experiments),
        pages=tuple(_page_card(each) for each in site.pages if each.slug != "index"),
        findings=findings_text(site.findings),
        findings_href="log.html",
        downloads=site.downloads,
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


def _unread(experiments: Iterable[ExperimentModel]) -> list[RunRow]:
    return [each for experiment in experiments for each in experiment.runs if is_unread(each)]


def _figures(site: SiteModel) -> tuple[Figure, ...]:
    runs = [each for experiment in site.experiments for each in experiment.runs]
    points = sum(metric.points for each in runs for metric in each.metrics)
    running = sum(each.status == "running" for each in runs)
    figures = [
        Figure(count_text(len(site.experiments)), _word(len(site.experiments), "experiment")),
        Figure(count_text(len(runs)), _word(len(runs), "run")),
        Figure(_about(points), "points logged", title=count_text(points)),
    ]
    if running:
        figures.append(Figure(count_text(running), "running"))
    return tuple(figures) if runs else ()


def _about(count: int) -> str:
    """Return a count whole below a million, else with three digits: "27.1M"."""
    return count_text(count) if count < 1_000_000 else short_text(count, 3)


def _word(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def _card(experiment: ExperimentModel, found: Survey) -> ExperimentCard:
    parent, slash, name = experiment.name.rpartition("/")
    unread = sum(is_unread(each) for each in experiment.runs)
    bests = _best_values(found)
    sparkline, label = _sparkline(experiment, found, bests)
    return ExperimentCard(
        parent=parent + slash,
        name=name,
        href=experiment_path(experiment.slug),
        lead=plain_lead(experiment.notes),
        runs=plural(len(experiment.runs), "run"),
        statuses=status_counts(experiment.runs),
        bests=_bests(experiment, found, bests),
        changed=moment(_last_change(experiment.runs)),
        sparkline=sparkline,
        sparkline_label=label,
        unread=f"{plural(unread, 'run')} could not be read" if unread else "",
    )


def _last_change(runs: Iterable[RunRow]) -> float | None:
    times = [t for each in runs for t in (each.started, each.ended)]
    return max((t for t in times if t is not None and math.isfinite(t)), default=None)


def _best_values(found: Survey) -> list[Logged]:
    """Return the best run by each of the first goal metrics."""
    bests = (found.best_run(name) for name in found.goals)
    return list(islice((best for best in bests if best), BESTS))


def _bests(
    experiment: ExperimentModel, found: Survey, bests: Sequence[Logged]
) -> tuple[BestValue, ...]:
    if bests:
        return tuple(_best(experiment, found, *each, "best", each[1].best) for each in bests)
    latest = (
        _best(experiment, found, run, metric, "latest", metric.value)
        for run in reversed(experiment.runs)
        for metric in run.metrics[:BESTS]
    )
    # Each of them looks at all runs.
    return tuple(islice(latest, BESTS))


def _best(
    experiment: ExperimentModel,
    found: Survey,
    run: RunRow,
    metric: MetricValue,
    label: str,
    value: float | None,
) -> BestValue:
    number = math.nan if value is None else value
    return BestValue(
        label=label,
        metric=metric.name,
        goal=metric.goal or "",
        value=fixed_text(number, found.decimals(metric.name)),
        exact=exact_text(number),
        run=run_link(run, experiment.colors[run.slug], ""),
    )


def _sparkline(
    experiment: ExperimentModel, found: Survey, bests: Sequence[Logged]
) -> tuple[Markup, str]:
    """Return a card's small picture, and what it shows."""
    pictured = _pictured(found, bests)
    if pictured is None:
        return Markup(), ""
    run, name = pictured
    metrics = experiment.digests[run.slug].metrics
    metric = next(each for each in metrics if each.name == name)
    return run_sparkline(metric, experiment.colors[run.slug]), f"{name} of {run.title}"


def _pictured(found: Survey, bests: Sequence[Logged]) -> tuple[RunRow, str] | None:
    """Return the run and metric of a card's small picture: a value's beside it, if it varies."""
    for run, metric in bests:
        if _varies(metric):
            return run, metric.name
    for run in found.best_first():
        varying = {each.name for each in run.metrics if _varies(each)}
        for name in found.logged:
            if name in varying:
                return run, name
    return None


def _varies(metric: MetricValue) -> bool:
    return metric.points > 2 and metric.is_curve and metric.min < metric.max


def _page_card(page: MarkdownPage) -> PageCard:
    return PageCard(page.title, markdown_path(page.slug), plain_lead(page.html))
