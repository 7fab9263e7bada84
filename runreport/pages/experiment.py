"""One experiment's page: description, big figures, histories, the runs table."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from runreport.contexts import (
    BodyCell,
    ExperimentContext,
    ExperimentModel,
    Figure,
    HeadCell,
    Link,
    Page,
    RunsTable,
)
from runreport.numbers import count_text, exact_text, fixed_text
from runreport.pages.charts import experiment_charts, goal_metrics, metric_names
from runreport.pages.frame import Place, Shell, experiment_path, root_of, run_path
from runreport.pages.index import best_run, metric_decimals, unread_runs
from runreport.pages.markdown import split_lead
from runreport.pages.versions import split_version
from runreport.pages.words import plural, short_id, status_class
from runreport.records import RunDigest

if TYPE_CHECKING:  # pandas is loaded by the build only where it makes frames
    from runreport.tables import Cell, Column

BAR_STEPS: Final = 20
"""Widths that a bar behind a number can have; site.css has a class for each."""

FAILURES: Final = frozenset({"failed", "killed", "interrupted"})


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


def runs_table(experiment: ExperimentModel, path: str) -> RunsTable:
    """Return the runs table as the page writes it: the first rows of the whole."""
    table, root = experiment.table, root_of(path)
    shown = len(table.rows)
    by_path = {run_path(each.slug): each for each in experiment.digests}
    links = {f"{root}{path}": digest for path, digest in by_path.items()} | by_path
    return RunsTable(
        caption=f"Runs of {experiment.name}, a row each",
        head=_head(table.columns),
        rows=tuple(
            tuple(
                _cell(column, cell, links) for column, cell in zip(table.columns, row, strict=True)
            )
            for row in table.rows
        ),
        total=plural(table.total, "run"),
        note=f"The first {count_text(shown)} of {plural(table.total, 'run')}."
        if shown < table.total
        else "",
        src=f"{root}data/{table.data.name}",
        csv=f"{root}data/{experiment.slug}.csv",
        json=f"{root}data/{experiment.slug}.json",
    )


def _head(columns: Sequence[Column]) -> tuple[HeadCell, ...]:
    cells = []
    before = ""
    for column in columns:
        eyebrow = column.group if column.group != before else ""
        before = column.group
        # What users named keeps its spelling.
        label = column.label if column.group else column.label.capitalize()
        cells.append(HeadCell(label, eyebrow, _css(column), column.goal or ""))
    return tuple(cells)


def _css(column: Column) -> str:
    return f"c-{column.kind} num" if column.align == "right" else f"c-{column.kind}"


def _cell(column: Column, cell: Cell, links: dict[str, RunDigest]) -> BodyCell:
    css = _css(column)
    if column.kind == "run":
        digest = links.get(cell.href)
        run_id = short_id(digest) if digest else ""
        return BodyCell("run", css, cell.text, href=cell.href, color=cell.color or 0, run_id=run_id)
    if column.kind == "status":
        return BodyCell("status", css, cell.text, status=status_class(cell.status or cell.text))
    if column.kind == "version":
        text, rest = split_version(cell.text)
        return BodyCell("version", f"{css} hash" if rest else css, text, rest, href=cell.href)
    if cell.bar is not None:
        css += f" bar b{round(min(max(cell.bar, 0), 1) * BAR_STEPS)}"
    return BodyCell(column.kind, css, cell.text, href=cell.href, title=cell.title)
