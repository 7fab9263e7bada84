"""The runs table as typed columns: what `load_runs` has in a frame, with its gaps as None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from runreport.reading.fields import as_text
from runreport.rows import RunRow
from runreport.text.serialize import clean_text

Kind = Literal["text", "time", "bool", "int", "float"]

_KINDS: dict[frozenset[type], Kind] = {
    frozenset({bool}): "bool",
    frozenset({int}): "int",
    frozenset({float}): "float",
    frozenset({int, float}): "float",
}
_WHOLE = range(-(1 << 63), 1 << 63)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the runs table."""

    name: str
    kind: Kind
    cells: list[Any]
    """Each of the kind's type, or None; times are seconds since the epoch."""


def make_columns(rows: Sequence[RunRow]) -> list[Column]:
    """Return the columns of `load_runs`, in its order; a column of many types becomes text."""
    return [
        _text("run_id", (row.run_id for row in rows)),
        _text("name", (row.name for row in rows)),
        _text("experiment", (row.experiment for row in rows)),
        _text("status", (row.status for row in rows)),
        Column("started", "time", [row.started for row in rows]),
        Column("ended", "time", [row.ended for row in rows]),
        _text("user", (row.user for row in rows)),
        _text("source", (row.source for row in rows)),
        _text("version", (row.version for row in rows)),
        *_spread("params", [row.params for row in rows]),
        *_spread("metrics", [{each.name: each.value for each in row.metrics} for row in rows]),
        *_spread("tags", [row.tags for row in rows]),
    ]


def _text(name: str, texts: Iterable[str]) -> Column:
    return Column(name, "text", [clean_text(text) for text in texts])


def _spread(prefix: str, rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    names = sorted({name for row in rows for name in row})
    return [_logged(f"{prefix}.{name}", [row.get(name) for row in rows]) for name in names]


def _logged(name: str, cells: list[Any]) -> Column:
    name = clean_text(name)
    kind = _KINDS.get(frozenset(map(type, cells)) - {type(None)}, "text")
    if kind == "int" and not all(cell is None or cell in _WHOLE for cell in cells):
        kind = "text"
    if kind == "float":
        cells = [None if cell is None else float(cell) for cell in cells]
    if kind == "text":
        cells = [None if cell is None else _as_text(cell) for cell in cells]
    return Column(name, kind, cells)


def _as_text(cell: Any) -> str:
    # An integer may be larger than what JSON libraries write.
    return str(cell) if type(cell) is int else clean_text(as_text(cell))
