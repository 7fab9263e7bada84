"""Tables that a run logged: their head, as texts that a page can show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from runreport.text.numbers import decimals_for, exact_text, fixed_text
from runreport.text.redact import Redactor
from runreport.text.serialize import plain_json

ROWS: Final = 20
COLUMNS: Final = 20
"""A table's head shows this much; the file has all of it."""

LONGEST: Final = 400
"""Characters of a cell that are shown."""


@dataclass(frozen=True, slots=True)
class TableHead:
    """The first rows and columns of a table."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    """The places of the columns that hold numbers alone."""
    total_rows: int
    total_columns: int


def read_table(content: bytes, redactor: Redactor) -> TableHead:
    """Return the head of a table, {"columns": [names], "data": [rows]}.

    Raises:
        ValueError: it is no such table.
    """
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"it is no JSON ({error})") from None
    names = value.get("columns") if isinstance(value, dict) else None
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(names, list) or not isinstance(data, list):
        raise ValueError('it is no table: {"columns": [...], "data": [[...], ...]}')
    head = [row[:COLUMNS] if isinstance(row, list) else None for row in data[:ROWS]]
    if None in head or any(len(row) != len(names) for row in data[:ROWS]):
        raise ValueError("its rows do not have a cell for each column")
    rows = [list(row) for row in head if row is not None]
    numbers = tuple(_number_columns(rows))
    for place in numbers:
        _write_numbers(rows, place)
    return TableHead(
        columns=tuple(_text(each, redactor) for each in names[:COLUMNS]),
        rows=tuple(tuple(_text(cell, redactor) for cell in row) for row in rows),
        numbers=numbers,
        total_rows=len(data),
        total_columns=len(names),
    )


def table_preview(head: TableHead) -> str:
    """Return a head as text, for `stored_table`."""
    return plain_json(asdict(head)).decode()


def stored_table(preview: str) -> TableHead | None:
    """Return the head that `table_preview` was given, None for any other text."""
    try:
        value = orjson.loads(preview)
        rows = tuple(tuple(row) for row in value["rows"])
        numbers = tuple(value["numbers"])
        totals = value["total_rows"], value["total_columns"]
        return TableHead(tuple(value["columns"]), rows, numbers, *totals)
    except (ValueError, KeyError, TypeError):
        return None


def _number_columns(rows: list[list[Any]]) -> list[int]:
    columns = list(zip(*rows, strict=True)) if rows else []
    return [
        place
        for place, cells in enumerate(columns)
        if any(cell is not None for cell in cells)
        and all(cell is None or type(cell) in (int, float) for cell in cells)
    ]


def _write_numbers(rows: list[list[Any]], place: int) -> None:
    """Give the numbers of a column equal decimals, unless all are whole."""
    values = [row[place] for row in rows if row[place] is not None]
    if all(type(value) is int for value in values):
        return
    decimals = decimals_for(map(float, values))
    for row in rows:
        if row[place] is not None:
            row[place] = fixed_text(float(row[place]), decimals)


def _text(value: Any, redactor: Redactor) -> str:
    """Return a cell as text: nothing for None, a lone number exact, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, float):
        return exact_text(value)
    if not isinstance(value, str):
        value = orjson.dumps(value).decode()
    text = redactor.text(value[: 2 * LONGEST])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
