"""Values in words: what several kinds of pages say in the same way."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from runreport.contexts import FindingRow, Moment, RunLink, StatusCount
from runreport.layout import INTERRUPTED, STATUSES
from runreport.pages.frame import run_path
from runreport.records import Finding
from runreport.rows import RunRow
from runreport.text.names import slug
from runreport.text.numbers import (
    SIGNIFICANT,
    count_text,
    decimals_of,
    exact_text,
    exact_time_text,
    fixed_text,
    plural,
)

LEVELS: Final = ("error", "warning", "note")


def moment(seconds: float | None) -> Moment | None:
    """Return a time since the epoch in words; None for a time that is not known."""
    if seconds is None or not math.isfinite(seconds):
        return None
    exact = exact_time_text(seconds)
    if ":" not in exact:
        # Outside the years 1 to 9999 there is only a number to show.
        return Moment(exact, "")
    return Moment(exact.rpartition(":")[0], f"{exact.replace(' ', 'T')}Z")


def value_text(value: Any) -> str:
    """Return a param, a tag or another logged value as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return exact_text(value)
    if type(value) is int:
        return str(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def number_text(value: float) -> str:
    """Return a number by itself: exact where that is short, else with four significant digits."""
    return short_of(value, exact_text(value))


def short_of(value: float, exact: str) -> str:
    """Return `number_text` of a number whose exact text is known."""
    if len(exact) <= SIGNIFICANT or not math.isfinite(value):
        return exact
    fixed = fixed_text(value, 0 if value.is_integer() else decimals_of(abs(value)))
    return fixed if len(fixed) < len(exact) else exact


def run_link(run: RunRow, color: int, root: str) -> RunLink:
    """Return a run's name with the way to its page."""
    return RunLink(run.title, run.mark, root + run_path(run.slug), color)


def status_counts(runs: Iterable[RunRow]) -> tuple[StatusCount, ...]:
    """Return how many runs have each status; the known ones first, in their order."""
    counts = Counter(each.status for each in runs if each.status)
    known = [each for each in (*STATUSES, INTERRUPTED) if each in counts]
    others = sorted(set(counts) - set(known))
    return tuple(
        StatusCount(status_class(each), f"{count_text(counts[each])} {each}")
        for each in known + others
    )


def status_class(status: str) -> str:
    """Return the CSS class of a status; one that we do not know has none."""
    return status if status in (*STATUSES, INTERRUPTED) else ""


def finding_rows(findings: Iterable[Finding]) -> tuple[FindingRow, ...]:
    """Return findings in words, the worst first."""
    ordered = sorted(findings, key=lambda each: (LEVELS.index(each.level), each))
    return tuple(
        [FindingRow(each.level, each.place, each.message, _times(each)) for each in ordered]
    )


def _times(finding: Finding) -> str:
    if finding.count == 1:
        return ""
    times = plural(finding.count, "time")
    # A place without a line is that of all of them.
    is_line = finding.place.rpartition(":")[2].isdecimal()
    return f"{times}, first at" if is_line else times


def findings_text(findings: Sequence[Finding]) -> str:
    """Return "2 errors, 3 warnings"; "" for none."""
    totals: Counter[str] = Counter()
    for each in findings:
        totals[each.level] += each.count
    return ", ".join(plural(totals[level], level) for level in LEVELS if totals[level])


def is_unread(run: RunRow) -> bool:
    """Return whether a run is only there to say that it could not be read."""
    return bool(run.findings) and any(each.level == "error" for each in run.findings)


def free_anchor(title: str, taken: set[str]) -> str:
    """Return an id for a title that no other one has, and take it."""
    base = slug(title)
    anchor, number = base, 1
    while anchor in taken:
        number += 1
        anchor = f"{base}-{number}"
    taken.add(anchor)
    return anchor
