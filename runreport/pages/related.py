"""The lists of related runs on a run's page: those below it, beside it, and of its group."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from runreport.contexts import Link, RelatedRow, RelatedRuns, RunLink
from runreport.pages.family import GROUP, Family, Relative, Relatives
from runreport.pages.frame import experiment_path, run_path
from runreport.pages.words import status_class
from runreport.text.numbers import count_text, plural


def related_runs(
    family: Family, experiment_slug: str, own_slug: str, root: str
) -> tuple[RelatedRuns, ...]:
    """Return the lists that a run has."""
    return tuple(_lists(family, root + experiment_path(experiment_slug), own_slug, root))


def _lists(family: Family, experiment: str, own_slug: str, root: str) -> Iterator[RelatedRuns]:
    if family.children.total:
        more = _more(family.children, experiment)
        yield _list("Child runs", "children", family.children, own_slug, root, more)
    beside = ((family.previous, "Previous"), (family.following, "Next"))
    links = tuple(
        Link(f"{word}: {each.title}", root + run_path(each.slug)) for each, word in beside if each
    )
    if links and family.ancestors:
        yield RelatedRuns(
            f"Beside it, below {family.ancestors[-1].title}", "siblings", "", links=links
        )
    if family.group:
        # The experiment's page filters by its column, if its scripts run.
        address = f"{experiment}#{urlencode({f'f.tags.{GROUP}': f'={family.group}'})}"
        text = f"{plural(family.members.total, 'run')} of the group in the table"
        more = (Link(text, address),)
        yield _list(f"Group {family.group}", "group", family.members, own_slug, root, more)


def _more(children: Relatives, experiment: str) -> tuple[Link, ...]:
    shown = len(children.runs)
    if shown == children.total:
        return ()
    text = f"{shown} of {count_text(children.total)} are shown; all are in the experiment's table"
    return (Link(text, experiment),)


def _list(
    title: str,
    anchor: str,
    listed: Relatives,
    own_slug: str,
    root: str,
    links: tuple[Link, ...],
) -> RelatedRuns:
    return RelatedRuns(
        title=title,
        anchor=anchor,
        count=count_text(listed.total),
        rows=tuple(_row(each, own_slug, root) for each in listed.runs),
        metrics=listed.metrics,
        averages=listed.averages if any(listed.averages) else (),
        links=links,
    )


def _row(run: Relative, own_slug: str, root: str) -> RelatedRow:
    return RelatedRow(
        run=RunLink(run.title, run.mark, root + run_path(run.slug), run.color),
        current=run.slug == own_slug,
        status=run.status,
        status_css=status_class(run.status),
        values=run.values,
        duration=run.duration,
    )
