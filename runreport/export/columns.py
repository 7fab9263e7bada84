"""The runs table as typed columns: what `load_runs` has in a frame, with its gaps as None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from runreport.reading.fields import as_text
from runreport.records import RunRecord
from runreport.rows import source_text
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


def make_columns(
    records: Sequence[RunRecord],
    statuses: Sequence[str],
    metrics: Sequence[Mapping[str, float]],
) -> list[Column]:
    """Return the columns of `load_runs`, in its order; a column of many types becomes text."""
    return [
        _text("run_id", (record.run_id for record in records)),
        _text("name", (record.name for record in records)),
        _text("experiment", (record.experiment for record in records)),
        _text("status", statuses),
        Column("started", "time", [record.started for record in records]),
        Column("ended", "time", [record.ended for record in records]),
        _text("user", (record.user for record in records)),
        _text("source", (source_text(record.source) for record in records)),
        _text("version", (record.version for record in records)),
        *_spread("params", [record.params for record in records]),
        *_spread("metrics", metrics),
        *_spread("tags", [record.tags for record in records]),
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
