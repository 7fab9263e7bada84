"""The runs table of one experiment: columns with their kinds and widths, first rows, data, twins.

A page shows the first rows as they are written here; its scripts show all rows, from the data file.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from orjson import Fragment, dumps

from runreport.records import DataFile
from runreport.rows import RunRow
from runreport.tables.datafile import column_data, plain_codes
from runreport.tables.runcolumns import Column, Columns, RunColumn, make_columns
from runreport.tables.tree import ROOT, parent_places, tree_order
from runreport.tables.twins import make_twins
from runreport.text.names import experiment_slug
from runreport.text.numbers import exact_text, exact_time_text
from runreport.text.serialize import data_script

__all__ = ["FIRST_ROWS", "Cell", "Column", "Table", "make_table", "newest_first"]

FIRST_ROWS: Final = 200
"""Rows that are written into the page."""

LONGEST_TEXT: Final = 200
"""Characters of a text cell in the page; a version is never cut."""

LONGEST_TITLE: Final = 2000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the first rows."""

    text: str
    """As it is shown; "" for a missing value."""
    href: str = ""
    """Relative to the experiment's page, or a version's address in the web."""
    title: str = ""
    """What the text leaves out: the exact number, the seconds, the end of a long text."""
    bar: float | None = None
    """The value's way towards its goal in the column's range, 0 to 1."""
    status: str = ""
    color: int | None = None
    depth: int = 0
    """Of a run, how many runs it lies below."""


@dataclass(frozen=True, slots=True)
class Table:
    """The runs of one experiment, newest first."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """The first ones."""
    total: int
    data: DataFile
    csv: bytes
    json: bytes


def make_table(
    columns: Columns,
    runs: Sequence[RunRow],
    *,
    experiment: str,
    colors: Mapping[str, int],
    wanted: Sequence[str] = (),
) -> Table:
    """Return an experiment's runs table from its columns and the same runs, newest first.

    ``colors`` go by run slug. ``wanted`` are names or patterns of the columns to show, in this
    order; the others follow, hidden.
    """
    if list(columns["run_id"]) != [run.run_id for run in runs]:
        raise ValueError("the columns and the runs are not the same runs in the same order")
    shown = make_columns(columns, runs, wanted)
    logged = {each.column.id: each.coded for each in shown if each.column.group}
    csv, json = make_twins(columns, logged)
    parents = parent_places(runs)
    return Table(
        columns=tuple(each.column for each in shown),
        rows=_first_rows(shown, runs, colors, parents),
        total=len(runs),
        data=_data_file(experiment, shown, runs, colors, parents),
        csv=csv,
        json=json,
    )


def newest_first(runs: Iterable[RunRow]) -> list[RunRow]:
    """Return runs in the order of a table: without a start last, by run_id at equal ones."""
    return sorted(runs, key=_age)


def _age(run: RunRow) -> tuple[float, str]:
    return (math.inf if run.started is None else -run.started, run.run_id)


def _data_file(
    experiment: str,
    shown: Sequence[RunColumn],
    runs: Sequence[RunRow],
    colors: Mapping[str, int],
    parents: Sequence[int],
) -> DataFile:
    # Runs of an experiment log the same metrics, so that a list of them stands for many files.
    lists = dict.fromkeys(chunk.metrics for run in runs for chunk in run.chunks)
    held = {metrics: number for number, metrics in enumerate(lists)}
    names = sorted({name for metrics in held for name in metrics})
    places = {name: place for place, name in enumerate(names)}
    tree = {"parent": plain_codes(parents)} if max(parents, default=ROOT) != ROOT else {}
    value = {
        "rows": len(runs),
        "experiment": experiment,
        "columns": [column_data(each) for each in shown],
        "run": {
            "slug": [run.slug for run in runs],
            "id": [run.run_id for run in runs],
            "mark": [run.mark for run in runs],
            "color": [colors[run.slug] for run in runs],
            # Only names and places, which need not be looked at for what is not finite.
            "histories": Fragment(dumps([_histories(run, held) for run in runs])),
            **tree,
        },
        "metrics": names,
        "held": [[places[name] for name in metrics] for metrics in held],
    }
    return data_script(f"t-{experiment_slug(experiment)}", value)


def _histories(run: RunRow, held: Mapping[tuple[str, ...], int]) -> list[tuple[str, int]]:
    """Return a run's data files, without the start that most names have, and what they hold."""
    start = f"h-{run.slug}-"
    return [(chunk.name.removeprefix(start), held[chunk.metrics]) for chunk in run.chunks]


def _first_rows(
    shown: Sequence[RunColumn],
    runs: Sequence[RunRow],
    colors: Mapping[str, int],
    parents: Sequence[int],
) -> tuple[tuple[Cell, ...], ...]:
    first = list(islice(tree_order(parents), FIRST_ROWS))
    columns = [
        _run_cells(each, runs, colors, first)
        if each.column.kind == "run"
        else _cells(each, [place for place, _ in first])
        for each in shown
    ]
    return tuple(zip(*columns, strict=True))


def _run_cells(
    each: RunColumn,
    runs: Sequence[RunRow],
    colors: Mapping[str, int],
    first: Sequence[tuple[int, int]],
) -> list[Cell]:
    return [
        Cell(
            _cut(str(each.coded.entries[each.coded.codes[place]])),
            href=f"../../r/{runs[place].slug}/index.html",
            title=runs[place].run_id[:LONGEST_TITLE],
            color=colors[runs[place].slug],
            depth=depth,
        )
        for place, depth in first
    ]


def _cells(each: RunColumn, places: Sequence[int]) -> list[Cell]:
    codes = each.coded.codes[list(places)].tolist()
    made = {code: _cell(each, code) for code in set(codes)}
    return [made[code] for code in codes]


def _cell(each: RunColumn, code: int) -> Cell:
    if code < 0:
        return Cell("")
    entry, kind = each.coded.entries[code], each.column.kind
    if isinstance(entry, str):
        if kind == "version":
            return Cell(entry, href=each.links[code] if each.links else "")
        text = _cut(entry)
        title = entry[:LONGEST_TITLE] if text != entry else ""
        return Cell(text, title=title, status=entry if kind == "status" else "")
    text = each.text(entry)
    exact = exact_time_text(entry) if kind == "time" else exact_text(entry)
    unit = " s" if kind == "duration" else ""
    return Cell(text, title="" if exact == text else exact + unit, bar=each.share(entry))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
