"""The columns of a runs table, with all that a head and a cell need to know of the whole column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from runreport.histories.goals import Goal
from runreport.rows import RunRow
from runreport.tables.coded import Coded, code_numbers, code_texts, code_values
from runreport.tables.widths import longest, text_width
from runreport.text.numbers import (
    LARGE,
    decimals_of,
    duration_text,
    exact_text,
    fixed_text,
    time_text,
)

Kind = Literal["run", "status", "time", "duration", "text", "version", "number"]

WIDEST_TEXT: Final = 44
"""Up to so many `ch` a text column is as wide as its longest cell."""

WIDEST_RUN: Final = 34
"""The same of the run's column, which stays in sight when all others scroll."""

MANY_PARAMS: Final = 8
"""From more params on, those that do not vary are shown only on demand: metrics come after them."""

Columns = Mapping[str, list[Any] | NDArray[Any]]
"""As `runreport.frames.run_columns` makes them."""

GROUPS: Final = {"params": "param", "metrics": "metric", "tags": "tag"}
_WIDEST: Final[Mapping[Kind, int]] = {
    "run": WIDEST_RUN,
    "status": WIDEST_TEXT,
    "text": WIDEST_TEXT,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head."""

    id: str
    """As "run", "params.lr" or "metrics.loss"."""
    label: str
    group: str
    """ "", "param", "metric" or "tag"."""
    kind: Kind
    align: Literal["left", "right"]
    width: int
    """The widest of head and cells in `ch`; at most `WIDEST_TEXT` for texts, any for versions."""
    decimals: int | None
    """None shows every number in full."""
    goal: Goal | None
    differs: bool
    """Whether not all runs have the same."""
    hidden: bool = False
    """Whether it is shown only on demand."""


@dataclass(frozen=True, slots=True)
class RunColumn:
    """A column with its values."""

    column: Column
    coded: Coded
    links: tuple[str, ...] = ()
    """Of a version column, an address or "" for each entry; () when no version has one."""
    low: float = math.nan
    high: float = math.nan
    """The finite values' range, of a metric with a goal."""

    def text(self, number: float) -> str:
        """Return how a number of this column is shown."""
        return _text_of(self.column.kind, self.column.decimals)(number)

    def share(self, number: float) -> float | None:
        """Return how far a number is on the way to the column's goal, from 0 to 1."""
        goal = self.column.goal
        if goal is None or not math.isfinite(number):
            return None
        if self.low == self.high:
            return 1.0
        # Halves, since the range of two floats can be more than a float holds.
        share = (number / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return share if goal == "max" else 1 - share


def make_columns(
    columns: Columns, runs: Sequence[RunRow], wanted: Sequence[str] = ()
) -> list[RunColumn]:
    """Return the table's columns; those of params, metrics and tags that no run has are left out.

    Where columns are ``wanted`` (names or patterns), they come first, and the others are hidden;
    else of many params those are hidden that have one value in all runs that have them.
    """
    goals = _goals(runs)
    logged = code_logged(columns, runs)
    made = [
        *_fact_columns(columns, runs),
        *(_logged_column(name, coded, goals) for name, coded in logged.items()),
    ]
    if not wanted:
        return _without_constants(made, len(runs))
    first, *others = made
    ranks = [_rank(each.column, wanted) for each in others]
    order = sorted(range(len(others)), key=ranks.__getitem__)
    hidden = len(wanted)
    return [
        first,
        *(
            replace(others[at], column=replace(others[at].column, hidden=ranks[at] == hidden))
            for at in order
        ),
    ]


def _without_constants(columns: Sequence[RunColumn], runs: int) -> list[RunColumn]:
    """Return the columns, those of params that do not vary hidden where there are many params."""
    params = sum(each.column.group == "param" for each in columns)
    if params <= MANY_PARAMS or runs == 1:
        return list(columns)
    return [
        replace(each, column=replace(each.column, hidden=True))
        if each.column.group == "param" and len(each.coded.entries) < 2
        else each
        for each in columns
    ]


def _rank(column: Column, wanted: Sequence[str]) -> int:
    """Return the place of the first wanted pattern that means this column."""
    for place, pattern in enumerate(wanted):
        if pattern in (column.id, column.label) or fnmatchcase(column.id, pattern):
            return place
    return len(wanted)


def _fact_columns(columns: Columns, runs: Sequence[RunRow]) -> Iterator[RunColumn]:
    yield _column("run", "run", "run", code_texts(run.title for run in runs))
    yield _column("status", "status", "status", code_texts(columns["status"]))
    started, ended = (np.asarray(columns[name]) for name in ("started", "ended"))
    yield _column("started", "date", "time", code_numbers(started))
    # Microseconds, which is what the clock gives: 12.34, not 12.339999914.
    durations = np.round(ended - started, 6)
    yield _column("duration", "duration", "duration", code_numbers(durations))
    yield _column("user", "user", "text", code_texts(columns["user"]))
    yield _column("source", "source", "text", code_texts(columns["source"]))
    yield _version_column(columns["version"], [run.link for run in runs])


def _version_column(versions: Sequence[str] | NDArray[Any], links: Sequence[str]) -> RunColumn:
    """Return the versions; the same text of two repositories is two entries, each with its link."""
    if not any(links):
        return _column("version", "version", "version", code_texts(versions))
    pairs = [f"{link} {text}" if text else "" for link, text in zip(links, versions, strict=True)]
    coded = code_texts(pairs)
    split = [str(entry).split(" ", 1) for entry in coded.entries]
    texts = replace(coded, entries=tuple(text for _, text in split))
    made = _column("version", "version", "version", texts)
    return replace(made, links=tuple(link for link, _ in split))


def code_logged(columns: Columns, runs: Sequence[RunRow]) -> dict[str, Coded]:
    """Return the columns of params, metrics and tags that are not empty."""
    logged = {"params": [run.params for run in runs], "tags": [run.tags for run in runs]}
    found: dict[str, Coded] = {}
    for name, values in columns.items():
        prefix, _, label = name.partition(".")
        if prefix == "metrics":
            numbers = np.asarray(values, dtype=np.float64)
            nan = np.flatnonzero(np.isnan(numbers)).tolist()
            coded = code_numbers(numbers, [row for row in nan if _has(runs[row], label)])
        elif prefix in logged:
            coded = code_values(values, partial(_is_logged_nan, logged[prefix], label))
        else:
            continue
        if not coded.is_empty:
            found[name] = coded
    return found


def _has(run: RunRow, metric: str) -> bool:
    return any(each.name == metric for each in run.metrics)


def _is_logged_nan(rows: Sequence[Mapping[str, Any]], name: str, row: int) -> bool:
    value = rows[row].get(name)
    return isinstance(value, float) and value != value


def _goals(runs: Sequence[RunRow]) -> dict[str, Goal | None]:
    """Return each metric's goal; where runs contradict each other there is none."""
    found: dict[str, Goal | None] = {}
    for run in runs:
        for metric in run.metrics:
            if metric.goal and found.setdefault(metric.name, metric.goal) != metric.goal:
                found[metric.name] = None
    return found


def _logged_column(name: str, coded: Coded, goals: Mapping[str, Goal | None]) -> RunColumn:
    prefix, _, label = name.partition(".")
    goal = goals.get(label)
    made = _column(name, label, "number" if coded.is_number else "text", coded)
    if prefix != "metrics" or goal is None:
        return made
    numbers = np.array(coded.entries, dtype=np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return made
    column = replace(made.column, goal=goal)
    return replace(made, column=column, low=float(finite.min()), high=float(finite.max()))


def _column(name: str, label: str, kind: Kind, coded: Coded) -> RunColumn:
    prefix = name.partition(".")[0]
    decimals = _decimals(coded) if prefix == "metrics" else None
    column = Column(
        id=name,
        label=label,
        group=GROUPS.get(prefix, ""),
        kind=kind,
        align="right" if kind in ("number", "duration") else "left",
        width=max(text_width(label), _width(kind, coded, decimals)),
        decimals=decimals,
        goal=None,
        differs=kind == "run" or coded.differs,
    )
    return RunColumn(column, coded)


def _decimals(coded: Coded) -> int:
    """Return `numbers.decimals_for` of a column, each entry as often as it occurs."""
    numbers = np.array(coded.entries, dtype=np.float64)[coded.codes[coded.codes >= 0]]
    sizes = np.abs(numbers[np.isfinite(numbers) & (numbers != 0)])
    if not np.any(sizes % 1):
        return 0
    middle = (len(sizes) - 1) // 2
    return decimals_of(float(np.partition(sizes, middle)[middle]))


def _text_of(kind: Kind, decimals: int | None) -> Callable[[float], str]:
    if kind == "time":
        return time_text
    if kind == "duration":
        return duration_text
    return exact_text if decimals is None else partial(fixed_text, decimals=decimals)


def _width(kind: Kind, coded: Coded, decimals: int | None) -> int:
    """Return the width of the widest cell."""
    if not coded.is_number:
        return longest(coded.texts, _WIDEST.get(kind))
    if kind == "number" and decimals is None:
        return max(map(len, coded.texts), default=0)
    numbers = np.array(coded.entries, dtype=np.float64)
    # Of numbers with fixed decimals, and of times, the longest text is at an end of a range.
    found = numbers.tolist() if kind == "duration" else _extremes(numbers)
    return longest(map(_text_of(kind, decimals), found))


def _extremes(numbers: NDArray[np.float64]) -> list[float]:
    """Return the numbers of which one has the longest text, whatever the decimals."""
    finite = numbers[np.isfinite(numbers)]
    found: list[float] = numbers[~np.isfinite(numbers)].tolist()
    fixed = finite[np.abs(finite) < LARGE]
    for part in (fixed, finite[finite > 0], finite[finite < 0]):
        if len(part):
            found += [float(part.min()), float(part.max())]
    return [*found, 0.0] if (finite == 0).any() else found
