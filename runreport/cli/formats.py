"""A runs frame as the text of `runreport list`: a table, CSV, JSON or Markdown."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import orjson
import pandas as pd
from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from runreport.cli.options import counted
from runreport.reading.fields import as_text
from runreport.text.numbers import decimals_for, duration_text, exact_text, fixed_text, time_text
from runreport.where import is_missing

_FIRST: Final = ("name", "experiment", "status", "started", "duration", "user", "version")


def json_text(runs: pd.DataFrame) -> str:
    """Return an array of one object a run, with the frame's columns as keys."""
    rows = zip(*[map(_plain, runs[name].tolist()) for name in runs.columns], strict=True)
    objects = [dict(zip(runs.columns, row, strict=True)) for row in rows]
    return orjson.dumps(objects, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _plain(cell: Any) -> Any:
    """Return a cell as JSON has it: a gap is null, a time ISO 8601 in UTC."""
    if is_missing(cell) and cell != "":
        return None
    if hasattr(cell, "timestamp"):
        return _iso(cell)
    if isinstance(cell, float) and math.isinf(cell):
        return "Infinity" if cell > 0 else "-Infinity"
    return cell


def _iso(moment: Any) -> str:
    text: str = moment.isoformat()
    return text.replace("+00:00", "Z")


def csv_text(runs: pd.DataFrame) -> str:
    """Return all columns as CSV."""
    columns = {name: [_csv_cell(cell) for cell in runs[name].tolist()] for name in runs.columns}
    text = pd.DataFrame(columns, dtype=object).to_csv(index=False, lineterminator="\n")
    return printable(text) if sys.stdout.isatty() else text


def _csv_cell(cell: Any) -> Any:
    plain = _plain(cell)
    return "" if plain is None else plain


def _shown(runs: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of texts: facts that say something, differing params, metrics."""
    heads, columns = [], []
    shown = runs.assign(duration=(runs["ended"] - runs["started"]).dt.total_seconds())
    names = [*_FIRST, *(name for name in runs.columns if "." in name)]
    for name in names:
        cells = shown[name].tolist()
        texts = _texts(name, cells)
        if not any(texts) or (name.startswith(("params.", "tags.")) and len(set(texts)) == 1):
            continue
        if name == "experiment" and len(set(texts)) == 1 and len(texts) > 1:
            continue
        heads.append(name.partition(".")[2] or name)
        columns.append(texts)
    return heads, [list(row) for row in zip(*columns, strict=True)]


def _texts(name: str, cells: Sequence[Any]) -> list[str]:
    numbers = [float(cell) for cell in cells if isinstance(cell, float)]
    decimals = decimals_for(numbers) if name.startswith("metrics.") else None

    def text(cell: Any) -> str:
        if is_missing(cell):
            return ""
        if hasattr(cell, "timestamp"):
            return time_text(cell.timestamp())
        if name == "duration":
            return duration_text(cell)
        if isinstance(cell, float):
            return exact_text(cell) if decimals is None else fixed_text(cell, decimals)
        return as_text(cell)

    return [text(cell) for cell in cells]


def table_text(runs: pd.DataFrame) -> str:
    """Return a table as wide as the terminal; in a pipe nothing is wrapped."""
    heads, rows = _shown(runs)
    return _captured([_table(heads, rows), Text(counted(len(runs), "run"))])


def tables_text(title: str, tables: Iterable[tuple[Sequence[str], Sequence[Sequence[str]]]]) -> str:
    """Return a title and the tables that have rows below each other."""
    shown = [_table(heads, rows, head=any(heads)) for heads, rows in tables if rows]
    return _captured([Text(printable(title), "bold"), *shown])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, head: bool = True) -> Table:
    table = Table(box=box.SIMPLE_HEAD if head else None, pad_edge=False, show_header=head)
    for place, text in enumerate(heads):
        is_number = place > 0 and all(_is_number(row[place]) for row in rows)
        table.add_column(Text(text), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def _captured(parts: Iterable[RenderableType]) -> str:
    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
    with console.capture() as capture:
        console.print(*parts, sep="\n")
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


def printable(text: str) -> str:
    """Return text without what would steer a terminal."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def markdown_text(runs: pd.DataFrame) -> str:
    """Return the table's columns as a Markdown table."""
    heads, rows = _shown(runs)
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(_markdown_cell, line))} |\n" for line in lines)


def _markdown_cell(text: str) -> str:
    text = printable(text).replace("\n", " ").replace("\\", "\\\\")
    return text.replace("|", "\\|").replace("<", "&lt;")


WRITERS: Final[dict[str, Callable[[pd.DataFrame], str]]] = {
    "table": table_text,
    "csv": csv_text,
    "json": json_text,
    "markdown": markdown_text,
}
