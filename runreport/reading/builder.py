"""Columns that grow piece by piece, however their keys come and go."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runreport.layout import NON_FINITE, RESERVED_METRICS
from runreport.reading.flatlines import pack, read_numbers
from runreport.reading.jsonlines import parse_flat_lines, parse_lines
from runreport.reading.problems import Problems

MAX_METRICS: Final = 2_000
"""Metrics of one run that are read; a script that logs more is logging data, not metrics."""

Floats = NDArray[np.float64]

# Bytes up to which a look at all of them costs more than parsing line by line.
_FEW: Final = 1024

# Values from which on a copy of them is felt.
_MANY: Final = 1 << 20


class Column(NamedTuple):
    """One key's values in a segment."""

    values: Floats
    rows: NDArray[np.intp] | None = None
    """Which of the segment's good lines hold them; None when all do."""


@dataclass(slots=True)
class _Parts:
    """A column under construction: a stretch or a list of lines for each array of values."""

    values: list[Floats] = field(default_factory=list)
    rows: list[range | NDArray[np.intp]] = field(default_factory=list)


class Builder:
    """Collects pieces into columns; keeps no Python object a point."""

    def __init__(self, problems: Problems) -> None:
        self.count = 0
        self.dropped: set[str] = set()
        self._problems = problems
        # As long as all lines have the same keys, there is nothing to tell of rows.
        self._keys: tuple[str, ...] = ()
        self._alike = _Growing()
        self._parts: dict[str, _Parts] = {}

    def go_on(self, columns: Mapping[str, Column], count: int) -> None:
        """Begin with the columns of so many good lines, which are used up."""
        self.count = count
        for name, (values, rows) in columns.items():
            self._parts[name] = _Parts([values], [range(count) if rows is None else rows])

    def add_piece(self, piece: bytes, first: int) -> int:
        """Add whole lines; return how many they are, good or bad."""
        alike = read_numbers(piece)
        if alike is not None:
            self._add_matrix(*alike)
            return int(alike[1].shape[1])
        objects = parse_flat_lines(piece) if len(piece) >= _FEW else None
        numbers: Sequence[int]
        if objects is None:
            numbers, objects = parse_lines(piece, first, self._problems)
        else:
            numbers = range(first, first + len(objects))
        if objects and not self._add_alike(objects):
            self._add_objects(numbers, objects)
        return piece.count(b"\n")

    def _add_alike(self, objects: Sequence[dict[str, Any]]) -> bool:
        """Add objects with the same keys in the same order; False if they, or values, differ."""
        keys = list(objects[0])
        if not keys or list(chain.from_iterable(objects)) != keys * len(objects):
            return False
        values = list(chain.from_iterable(map(dict.values, objects)))
        try:
            matrix = pack(values).reshape(len(objects), -1).T
        except struct.error:
            return False
        self._add_matrix(tuple(keys), np.array(matrix, order="C"))
        return True

    def _add_matrix(self, keys: tuple[str, ...], matrix: Floats) -> None:
        if not self.count and len(keys) <= MAX_METRICS:
            self._keys = keys
        if self._keys == keys:
            self._alike.add(matrix)
        else:
            self._spread_alike()
            self._add_rows(keys, list(matrix), self.count)
        self.count += matrix.shape[1]

    def _spread_alike(self) -> None:
        """Turn to a list of parts a key: from here on lines have different keys."""
        if self._keys:
            self._add_rows(self._keys, self._alike.columns(), 0)
        self._keys, self._alike = (), _Growing()

    def _add_rows(self, keys: tuple[str, ...], matrix: Sequence[Floats], start: int) -> None:
        rows = range(start, start + len(matrix[0]))
        for key, values in zip(keys, matrix, strict=True):
            self._add(key, rows, values)

    def _add_objects(self, numbers: Sequence[int], objects: Sequence[dict[str, Any]]) -> None:
        self._spread_alike()
        groups: dict[tuple[str, ...], list[int]] = {}
        for row, keys in enumerate(map(tuple, objects)):
            groups.setdefault(keys, []).append(row)
        found: dict[str, tuple[list[int], list[Any]]] = {}
        for keys, rows in groups.items():
            columns = zip(*[objects[row].values() for row in rows], strict=True)
            for key, column in zip(keys, columns, strict=True):
                all_rows, all_values = found.setdefault(key, ([], []))
                all_rows += rows
                all_values += column
        usable = {}
        for key, (places, values_of_key) in found.items():
            kept = self._numbers(key, places, values_of_key, numbers)
            if kept is not None:
                usable[key] = kept
        for key in _in_order(objects, usable):
            self._add(key, usable[key][0] + self.count, usable[key][1])
        self.count += len(objects)

    def _numbers(
        self, key: str, rows: Sequence[int], values: Sequence[Any], numbers: Sequence[int]
    ) -> tuple[NDArray[np.intp], Floats] | None:
        """Return a key's values that are numbers, in order of their rows; None without any."""
        try:
            packed = pack(values)
        except struct.error:
            rows, values = self._only_numbers(key, rows, values, numbers)
            packed = pack(values)
        if not rows:
            return None
        places = np.array(rows, np.intp)
        order = np.argsort(places, kind="stable")
        return places[order], packed[order]

    def _only_numbers(
        self, key: str, rows: Sequence[int], values: Sequence[Any], numbers: Sequence[int]
    ) -> tuple[list[int], list[Any]]:
        kept_rows, kept = [], []
        for row, value in zip(rows, values, strict=True):
            number = _as_number(value)
            if number is None:
                self._report(key, value, numbers[row])
            else:
                kept_rows.append(row)
                kept.append(number)
        return kept_rows, kept

    def _report(self, key: str, value: Any, line: int) -> None:
        if value is not None:
            message = f"not a number: {key!r} is {_shown(value)}; log a number for it"
            self._problems.add(f"not a number: {key}", line, message)
        elif key not in RESERVED_METRICS:
            message = f'no value: {key!r} is null, which is no point; write NaN as "NaN"'
            self._problems.add(f"no value: {key}", line, message, level="note")

    def _add(self, key: str, rows: range | NDArray[np.intp], values: Floats) -> None:
        if self._has_room(key):
            parts = self._parts.setdefault(key, _Parts())
            parts.values.append(values)
            parts.rows.append(rows)

    def _has_room(self, key: str) -> bool:
        """Tell whether a key is known or one more can be; a key without room is remembered."""
        if key in self._parts or key in RESERVED_METRICS:
            return True
        if len(self._parts) < MAX_METRICS + sum(name in self._parts for name in RESERVED_METRICS):
            return True
        self.dropped.add(key)
        return False

    def finish(self) -> dict[str, Column]:
        """Return the columns, freeing what they were made of one by one."""
        if not self._parts:
            return dict(zip(self._keys, map(Column, self._alike.columns()), strict=True))
        columns = {}
        for key in list(self._parts):
            parts = self._parts.pop(key)
            values = _grown(parts.values)
            rows = None if len(values) == self.count else _joined(parts.rows)
            columns[key] = Column(values, rows)
        return columns


def _grown(arrays: Sequence[Floats]) -> Floats:
    """Return arrays as one; a long first one of our own grows where it is."""
    first, count = arrays[0], sum(map(len, arrays))
    if len(arrays) == 1:
        return first
    if len(first) < _MANY or first.base is not None:
        return np.concatenate(arrays)
    at = len(first)
    first.resize(count, refcheck=False)
    for each in arrays[1:]:
        first[at : at + len(each)] = each
        at += len(each)
    return first


class _Growing:
    """Columns of one length, which grow where they are: millions of values are there once."""

    def __init__(self) -> None:
        self._columns: list[Floats] = []
        self._count = 0

    def add(self, matrix: Floats) -> None:
        """Add a stretch of each column; the first one is kept as it is, as often it is all."""
        if not self._count:
            self._columns, self._count = list(matrix), matrix.shape[1]
            return
        stop = self._count + matrix.shape[1]
        if stop > len(self._columns[0]):
            self._make_room(stop + stop // 8)
        for column, values in zip(self._columns, matrix, strict=True):
            column[self._count : stop] = values
        self._count = stop

    def _make_room(self, size: int) -> None:
        for place, column in enumerate(self._columns):
            if column.base is not None:  # a row of somebody else's
                self._columns[place] = column = column.copy()
            # Nobody else has it yet.
            column.resize(size, refcheck=False)

    def columns(self) -> list[Floats]:
        """Return the columns, which then are done."""
        return [column[: self._count] for column in self._columns]


def _in_order(
    objects: Sequence[dict[str, Any]], columns: Mapping[str, tuple[NDArray[np.intp], Floats]]
) -> list[str]:
    """Return the keys as the lines bring them, as there may not be room for all."""
    firsts = {key: int(rows[0]) for key, (rows, _) in columns.items()}
    places = {
        row: {key: place for place, key in enumerate(objects[row])} for row in set(firsts.values())
    }
    return sorted(firsts, key=lambda key: (firsts[key], places[firsts[key]][key]))


def _joined(rows: Iterable[range | NDArray[np.intp]]) -> NDArray[np.intp]:
    arrays = [
        np.arange(part.start, part.stop, dtype=np.intp) if isinstance(part, range) else part
        for part in rows
    ]
    return np.concatenate(arrays)


def _as_number(value: Any) -> float | None:
    """Return a logged value as a number, None if it is none."""
    if isinstance(value, str):
        return NON_FINITE.get(value)
    return value if isinstance(value, float | int) else None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
