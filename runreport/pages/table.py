"""The runs table as an experiment's page writes it: its first rows, and what of it is printed."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from runreport.contexts import BodyCell, ExperimentModel, HeadCell, RunsTable
from runreport.pages.frame import root_of, run_path
from runreport.pages.versions import split_version
from runreport.pages.words import status_class
from runreport.rows import RunRow
from runreport.text.numbers import count_text, plural

if TYPE_CHECKING:  # what has to do with tables alone is loaded where they are made
    from runreport.tables import Cell, Column

BAR_STEPS: Final = 20
"""Widths that a bar behind a number can have; site.css has a class for each."""

PAPER: Final = 190
"""Characters that fit side by side on a landscape page."""

PRINTED: Final = 64
"""A column further to the right is never printed; print.css has a class for each of these."""

BROKEN: Final = 42
"""A wider column's texts are broken into lines on paper."""

DEEPEST: Final = 6
"""A run below more runs stands no further to the right; site.css has a class for each."""

_NEEDED: Final = ("run", "status", "version", "started")

_CLASSES: Final = {"status": "text", "text": "text", "time": "time", "version": "version"}
"""By a column's kind, those of its cells; a number has none."""


def runs_table(experiment: ExperimentModel, path: str) -> RunsTable:
    """Return the first rows; columns that are shown only on demand are left to the files."""
    table, root = experiment.table, root_of(path)
    places = [place for place, column in enumerate(table.columns) if not column.hidden]
    columns = [table.columns[place] for place in places]
    printed = _printed(columns)
    runs = {f"{root}{run_path(each.slug)}": each for each in experiment.runs}
    rows = (zip(columns, (row[p] for p in places), strict=True) for row in table.rows)
    return RunsTable(
        caption=f"Runs of {experiment.name}, a row each",
        head=_head(columns, printed),
        rows=tuple(tuple(_cell(*each, runs) for each in row) for row in rows),
        total=plural(table.total, "run"),
        note=_note(len(table.rows), table.total, len(table.columns) - len(columns)),
        paper_note=_paper_note(len(printed), len(table.columns)),
        src=f"{root}data/{table.data.name}",
        csv=f"{root}data/{experiment.slug}.csv",
        json=f"{root}data/{experiment.slug}.json",
    )


def _note(shown: int, total: int, hidden: int) -> str:
    """Return what of the table is not in the page before a script shows it."""
    left_out = []
    if shown < total:
        left_out.append(f"The first {count_text(shown)} of {plural(total, 'run')}.")
    if hidden:
        left_out.append(f"{plural(hidden, 'column')} not shown.")
    return " ".join(left_out)


def _paper_note(printed: int, total: int) -> str:
    return f"Printed: {printed} of {total} columns." if printed < total else ""


def _printed(columns: Sequence[Column]) -> set[int]:
    """Return the places of the columns for which there is room on paper."""
    ranked = sorted(range(len(columns)), key=lambda place: (_rank(columns[place]), place))
    printed = set()
    room = PAPER
    for place in ranked:
        need = min(columns[place].width, BROKEN) + 2
        if place < PRINTED and need <= room:
            printed.add(place)
            room -= need
    return printed


def _rank(column: Column) -> int:
    """Return how much a printed table needs a column: what a run is, how good, what differs."""
    if column.id in _NEEDED:
        return 0
    if column.goal is not None:
        return 1
    return 2 if column.differs else 3


def _head(columns: Sequence[Column], printed: Container[int]) -> tuple[HeadCell, ...]:
    cells = []
    before = ""
    for place, column in enumerate(columns):
        eyebrow = column.group if column.group != before else ""
        before = column.group
        # What users named keeps its spelling.
        label = column.label if column.group else column.label.capitalize()
        css = "num" if column.align == "right" else ""
        cells.append(HeadCell(label, eyebrow, css, column.goal or "", place in printed))
    return tuple(cells)


def _cell(column: Column, cell: Cell, runs: Mapping[str, RunRow]) -> BodyCell:
    css = _CLASSES.get(column.kind, "")
    if column.kind == "run":
        run_id = runs[cell.href].mark if cell.href in runs else ""
        css = f"d{min(cell.depth, DEEPEST)}" if cell.depth else ""
        return BodyCell("run", css, cell.text, href=cell.href, color=cell.color or 0, run_id=run_id)
    if column.kind == "status":
        return BodyCell("status", css, cell.text, status=status_class(cell.text))
    if column.kind == "version":
        text, rest = split_version(cell.text)
        return BodyCell("version", f"{css} hash" if rest else css, text, rest, href=cell.href)
    if cell.bar is not None:
        css = f"bar b{round(min(max(cell.bar, 0), 1) * BAR_STEPS)}"
    # A number's other digits are many bytes; the live table and the files have them.
    title = "" if column.kind == "number" else cell.title
    return BodyCell(column.kind, css, cell.text, href=cell.href, title=title)
