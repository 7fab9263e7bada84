"""One run's page: everything that its folder tells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from markupsafe import Markup

from runreport.contexts import (
    AddedNote,
    ChangeRow,
    Chart,
    ConsoleView,
    ErrorView,
    Figure,
    FileRow,
    Link,
    MetricCell,
    MetricRow,
    NameValue,
    Page,
    RunContext,
    RunLink,
    Section,
)
from runreport.pages.artifacts import artifact_tree
from runreport.pages.charts import goals_first, run_charts
from runreport.pages.experiment import crumbs_of
from runreport.pages.facts import lineage_facts, run_facts
from runreport.pages.family import Family
from runreport.pages.frame import Part, Place, Shell, experiment_path, root_of, run_path
from runreport.pages.media import media_section
from runreport.pages.related import related_runs
from runreport.pages.words import (
    finding_rows,
    free_anchor,
    moment,
    short_of,
    status_class,
    value_text,
)
from runreport.records import Change, MetricSummary, RunDigest, RunRecord
from runreport.text.ansi import ansi_html
from runreport.text.numbers import (
    bytes_text,
    count_text,
    decimals_for,
    decimals_in,
    duration_text,
    exact_text,
    fixed_text,
)

LONG: Final = 48
"""A param's value of more characters stands below its name."""

FAR: Final = 100.0
"""Numbers whose sizes differ by more than this factor have their decimals each for itself."""

BIG: Final = 3
"""Metrics in the head of the page."""

_IS_BEST: Final = {
    "min": (False, True, False, False),
    "max": (False, False, True, False),
    None: (False, False, False, False),
}
"""Which of a metric's numbers in the table is the one that a goal asks for."""


@dataclass(frozen=True, slots=True)
class RunModel:
    """A run with what the site knows about it beside its folder."""

    digest: RunDigest
    experiment: str
    experiment_slug: str
    color: int
    link: str = ""
    """Its version's web page."""
    notes: Markup | str = ""
    family: Family = field(default_factory=Family)


def run_page(run: RunModel, shell: Shell) -> Page:
    """Return the page of one run; it depends on no other run but the run's relatives."""
    digest, record, path = run.digest, run.digest.record, run_path(run.digest.slug)
    root = root_of(path)
    link = RunLink(digest.title, "", "", run.color)
    charts, system = _charts(digest, link, root)
    context = RunContext(
        site=shell.frame(_place(run, path)),
        run=link,
        status=digest.status,
        status_css=status_class(digest.status),
        id=record.run_id if record.run_id != digest.title else "",
        experiment=Link(run.experiment, root + experiment_path(run.experiment_slug)),
        figures=_figures(digest),
        sections=(),
        facts=run_facts(record, run.link),
        tags=_named(record.tags, "tags", record.changes),
        params=_named(record.params, "params", record.changes),
        metrics=_metric_rows(digest.metrics, {each.metric: each.anchor for each in charts}),
        charts=charts,
        system=system,
        media=media_section(digest, root, run.color),
        artifacts=artifact_tree(digest.artifacts, root),
        notes=run.notes,
        error=_error(record),
        console=_console(record),
        lineage=lineage_facts(record, run.family.ancestors, root),
        related=related_runs(run.family, run.experiment_slug, digest.slug, root),
        diff=_diff(record),
        changes=tuple(_change(each) for each in record.changes),
        files=tuple(_files(record)),
        findings=finding_rows(digest.findings),
    )
    return Page(path, "run", replace(context, sections=tuple(_sections(context))))


def _place(run: RunModel, path: str) -> Place:
    name = run.digest.title
    crumbs = crumbs_of(run.experiment, experiment_path(run.experiment_slug))
    title = f"{name} · {run.experiment}"
    parts: list[Part] = ["run", "text", "charts"] if run.notes else ["run", "charts"]
    if run.digest.record.media:
        parts.append("media")
    above = (Link(each.title, run_path(each.slug)) for each in run.family.ancestors)
    return Place(path, title, (*crumbs, *above, Link(name, current=True)), tuple(parts))


def _figures(digest: RunDigest) -> tuple[Figure, ...]:
    """Return the best of the goal metrics, or the last of the first metrics, and the duration."""
    goals = [each for each in digest.metrics if each.goal is not None]
    figures = [_figure(each) for each in (goals or digest.metrics)[:BIG]]
    record = digest.record
    if record.started is not None and record.ended is not None:
        figures.append(Figure(duration_text(record.ended - record.started), "duration"))
    return tuple(figures)


def _figure(metric: MetricSummary) -> Figure:
    value, step = metric.best or (metric.value, None)
    exact = exact_text(value)
    if step is None:
        return Figure(short_of(value, exact), metric.name, title=exact)
    label = f"best {metric.name}" if metric.count > 1 else metric.name
    return Figure(short_of(value, exact), label, title=f"{exact} at step {exact_text(step)}")


def _named(
    values: Mapping[str, Any], prefix: str, changes: Sequence[Change]
) -> tuple[NameValue, ...]:
    names = {change.name for change in changes}
    corrected = {name for name in values if f"{prefix}.{name}" in names} if names else names
    named = []
    for name, value in values.items():
        kind, text = type(value), value_text(value)
        is_number = kind is float or kind is int
        is_long = len(text) > LONG or "\n" in text
        named.append(NameValue(name, text, is_long, is_number, name in corrected))
    return tuple(named)


def _charts(
    digest: RunDigest, run: RunLink, root: str
) -> tuple[tuple[Chart, ...], tuple[Chart, ...]]:
    """Return the charts of metrics and of system metrics, each with an anchor of its own."""
    taken = {"content"}
    metrics = run_charts(
        digest.metrics,
        digest.chunks,
        run=run,
        root=root,
        anchor=lambda name: free_anchor(f"m-{name}", taken),
    )
    system = run_charts(
        digest.system,
        digest.system_chunks,
        run=run,
        root=root,
        anchor=lambda name: free_anchor(f"y-{name}", taken),
    )
    return metrics, system


def _metric_rows(
    metrics: Sequence[MetricSummary], anchors: Mapping[str, str]
) -> tuple[MetricRow, ...]:
    return tuple([_metric_row(each, anchors.get(each.name, "")) for each in goals_first(metrics)])


def _metric_row(metric: MetricSummary, anchor: str) -> MetricRow:
    values = (metric.last, metric.min, metric.max, metric.mean)
    exact = [exact_text(value) for value in values]
    best = metric.best
    return MetricRow(
        name=metric.name,
        goal=metric.goal or "",
        cells=tuple(map(MetricCell, _texts(values, exact), exact, _IS_BEST[metric.goal])),
        count=count_text(metric.count),
        best_step=exact_text(best[1]) if best else "",
        odd=_odd(metric),
        added=tuple([AddedNote(moment(each.time), each.by) for each in metric.added]),
        anchor=anchor,
    )


def _texts(values: Sequence[float], exact: Sequence[str]) -> list[str]:
    """Return numbers with equal decimals, no more than they have, unless they are far apart."""
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    if sizes and max(sizes) > FAR * min(sizes):
        return [short_of(*each) for each in zip(values, exact, strict=True)]
    decimals = decimals_for(sizes)
    if decimals:
        decimals = min(decimals, max([decimals_in(each) for each in exact]))
    return [fixed_text(value, decimals) for value in values]


def _odd(metric: MetricSummary) -> str:
    if not (metric.nan or metric.infinite or metric.superseded):
        return ""
    counts = (
        (metric.nan, "NaN"),
        (metric.infinite, "infinite"),
        (metric.superseded, "superseded"),
    )
    return ", ".join(f"{count_text(count)} {word}" for count, word in counts if count)


def _error(record: RunRecord) -> ErrorView | None:
    if not record.error:
        return None
    title, message, traceback = (
        value_text(record.error.get(key) or "") for key in ("type", "message", "traceback")
    )
    return ErrorView(title or "Failed", message, ansi_html(traceback.rstrip()))


def _console(record: RunRecord) -> ConsoleView | None:
    console = record.console
    if console is None:
        return None
    shown = sum(len(each.encode("utf-8", "replace")) for each in (console.head, console.tail))
    hidden = max(console.size - shown, 0)
    gap = f"{bytes_text(hidden)} between head and tail are not shown" if console.tail else ""
    head, tail = ansi_html(console.head), ansi_html(console.tail)
    return ConsoleView(head, tail, bytes_text(console.size), gap)


def _diff(record: RunRecord) -> Markup | str:
    if "diff" not in record.git:
        return ""
    # Loading it takes longer than rendering many pages, most of which show no source.
    from runreport.text.highlight import highlight

    return highlight(value_text(record.git["diff"]), "git.diff")


def _change(change: Change) -> ChangeRow:
    return ChangeRow(
        name=change.name,
        old="" if change.old is None else value_text(change.old),
        new="" if change.new is None else value_text(change.new),
        is_new=change.old is None,
        is_removed=change.new is None,
        moment=moment(change.time),
        by=change.by,
    )


def _files(record: RunRecord) -> Iterable[FileRow]:
    for file in record.files:
        bad = count_text(file.bad_lines) if file.bad_lines else ""
        yield FileRow(file.path, bytes_text(file.size), count_text(file.lines), bad, file.torn)


def _sections(page: RunContext) -> Iterator[Section]:
    """Yield the parts that the page has, in their order."""
    if page.facts or page.tags:
        yield Section("facts", "Facts")
    artifacts = page.artifacts.note.partition(" ")[0] if page.artifacts else ""
    counts = (
        ("metrics", "Metrics", len(page.metrics)),
        ("params", "Params", len(page.params)),
        ("related", "Related runs", sum(len(each.rows) for each in page.related)),
        ("histories", "Histories", len(page.charts)),
        ("system", "System metrics", len(page.system)),
    )
    yield from (Section(a, title, count_text(n)) for a, title, n in counts if n)
    if page.media:
        yield Section("media", "Media", page.media.count)
    if page.notes:
        yield Section("notes", "Notes")
    if page.artifacts:
        yield Section("artifacts", "Artifacts", artifacts)
    if page.console:
        yield Section("console", "Console")
    if page.files or page.changes or page.lineage:
        yield Section("provenance", "Provenance")
