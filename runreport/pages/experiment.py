"""One experiment's page: description, big figures, histories, the runs table."""

from __future__ import annotations

import math
import statistics
from typing import Final

from runreport.contexts import (
    ExperimentContext,
    ExperimentModel,
    Figure,
    Link,
    Page,
)
from runreport.pages.charts import experiment_charts
from runreport.pages.frame import Part, Place, Shell, experiment_path, root_of, run_path
from runreport.pages.groups import groups_table
from runreport.pages.index import more_unread, unread_runs
from runreport.pages.markdown import split_lead
from runreport.pages.survey import Survey
from runreport.pages.table import runs_table
from runreport.text.numbers import count_text, exact_text, fixed_text, plural

FAILURES: Final = frozenset({"failed", "killed"})


def experiment_page(experiment: ExperimentModel, shell: Shell, found: Survey) -> Page:
    """Return the page of one experiment; ``found`` is what its runs logged."""
    path = experiment_path(experiment.slug)
    parent, slash, name = experiment.name.rpartition("/")
    lead, notes = split_lead(experiment.notes)
    parts: tuple[Part, ...] = ("text", "grid", "charts") if notes else ("grid", "charts")
    place = Place(path, experiment.name, crumbs_of(experiment.name), parts)
    context = ExperimentContext(
        site=shell.frame(place),
        parent=parent + slash,
        name=name,
        lead=lead,
        notes=notes,
        figures=_figures(experiment, found),
        charts=experiment_charts(found, experiment.digests, experiment.colors, path),
        groups=groups_table(experiment),
        table=runs_table(experiment, path),
        unread=unread_runs([experiment], root_of(path)),
        more_unread=more_unread([experiment]),
        downloads=experiment.downloads,
    )
    return Page(path, "experiment", context)


def crumbs_of(name: str, href: str = "") -> tuple[Link, ...]:
    """Return an experiment's path as breadcrumbs; the last one leads to ``href``, if given."""
    *parents, last = name.split("/")
    return (*(Link(each) for each in parents), Link(last, href, current=not href))


def _figures(experiment: ExperimentModel, found: Survey) -> tuple[Figure, ...]:
    """Return runs, best of the first goal metric, median of the next metric, failures."""
    runs = experiment.runs
    figures = [Figure(count_text(len(runs)), "run" if len(runs) == 1 else "runs")]
    goals = list(found.goals)
    figures.extend(_best_figure(found, name) for name in goals[:1])
    others = [name for name in found.logged if name not in goals[:1]]
    figures.extend(each for name in others[:1] if (each := _median_figure(found, name)))
    failed = sum(each.status in FAILURES for each in runs)
    if runs:
        share = 100 * failed / len(runs)
        text = fixed_text(share, 0 if share in (0, 100) else 1)
        figures.append(Figure(text, "failed", unit="%", title=plural(failed, "run")))
    return tuple(figures)


def _best_figure(found: Survey, name: str) -> Figure:
    best = found.best_run(name)
    if best is None or best[1].best is None:
        return Figure("–", f"best {name}")
    run, metric = best
    value = best[1].best
    return Figure(
        fixed_text(value, found.decimals(metric.name)),
        f"best {name}",
        href=f"../../{run_path(run.slug)}",
        title=exact_text(value),
    )


def _median_figure(found: Survey, name: str) -> Figure | None:
    values = [metric.value for _, metric in found.logged[name] if math.isfinite(metric.value)]
    if not values:
        return None
    median = statistics.median(values)
    return Figure(
        fixed_text(median, found.decimals(name)),
        f"median {name}",
        title=exact_text(median),
    )
