"""One experiment's page: description, big figures, histories, the runs table."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from typing import Final

from runreport.contexts import (
    ExperimentContext,
    ExperimentModel,
    Figure,
    Link,
    Page,
)
from runreport.pages.charts import experiment_charts, goal_metrics, metric_names
from runreport.pages.frame import Place, Shell, experiment_path, root_of, run_path
from runreport.pages.index import best_run, metric_decimals, more_unread, unread_runs
from runreport.pages.markdown import split_lead
from runreport.pages.table import runs_table
from runreport.records import RunDigest
from runreport.text.numbers import count_text, exact_text, fixed_text, plural

FAILURES: Final = frozenset({"failed", "killed"})


def experiment_page(experiment: ExperimentModel, shell: Shell) -> Page:
    """Return the page of one experiment."""
    path = experiment_path(experiment.slug)
    parent, slash, name = experiment.name.rpartition("/")
    place = Place(path, experiment.name, crumbs_of(experiment.name), ("grid", "charts"))
    lead, notes = split_lead(experiment.notes)
    context = ExperimentContext(
        site=shell.frame(place),
        parent=parent + slash,
        name=name,
        lead=lead,
        notes=notes,
        figures=_figures(experiment),
        charts=experiment_charts(experiment.digests, experiment.colors, path),
        table=runs_table(experiment, path),
        unread=unread_runs([experiment], root_of(path)),
        more_unread=more_unread([experiment]),
    )
    return Page(path, "experiment", context)


def crumbs_of(name: str, href: str = "") -> tuple[Link, ...]:
    """Return an experiment's path as breadcrumbs; the last one leads to ``href``, if given."""
    *parents, last = name.split("/")
    return (*(Link(each) for each in parents), Link(last, href, current=not href))


def _figures(experiment: ExperimentModel) -> tuple[Figure, ...]:
    """Return runs, best of the first goal metric, median of the next metric, failures."""
    digests = experiment.digests
    figures = [Figure(count_text(len(digests)), "run" if len(digests) == 1 else "runs")]
    goals = list(goal_metrics(digests))
    figures.extend(_best_figure(experiment, name) for name in goals[:1] if digests)
    others = [name for name in metric_names(digests) if name not in goals[:1]]
    figures.extend(each for name in others[:1] if (each := _median_figure(digests, name)))
    failed = sum(each.status in FAILURES for each in digests)
    if digests:
        share = 100 * failed / len(digests)
        text = fixed_text(share, 0 if share in (0, 100) else 1)
        figures.append(Figure(text, "failed", unit="%", title=plural(failed, "run")))
    return tuple(figures)


def _best_figure(experiment: ExperimentModel, name: str) -> Figure:
    found = best_run(experiment.digests, name)
    if found is None or found[1].best is None:
        return Figure("–", f"best {name}")
    digest, metric = found
    value = found[1].best[0]
    return Figure(
        fixed_text(value, metric_decimals(experiment.digests, metric.name)),
        f"best {name}",
        href=f"../../{run_path(digest.slug)}",
        title=exact_text(value),
    )


def _median_figure(digests: Iterable[RunDigest], name: str) -> Figure | None:
    each = (m.value for digest in digests for m in digest.metrics if m.name == name)
    values = [value for value in each if math.isfinite(value)]
    if not values:
        return None
    median = statistics.median(values)
    return Figure(
        fixed_text(median, metric_decimals(digests, name)),
        f"median {name}",
        title=exact_text(median),
    )
