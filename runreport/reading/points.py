"""One segment of a metrics or system stream as numpy columns, however its keys come and go."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from runreport.layout import NON_FINITE, RESERVED_METRICS, SEGMENT_HEADER
from runreport.reading.flatlines import pack, read_numbers
from runreport.reading.jsonlines import (
    BadLine,
    Pieces,
    Problems,
    parse_flat_lines,
    parse_line,
    parse_lines,
)

MAX_METRICS: Final = 2_000
"""Metrics of one run that are read; a script that logs more is logging data, not metrics."""

Floats = NDArray[np.float64]

# Bytes up to which a look at all of them costs more than parsing line by line.
_FEW: Final = 1024


class Column(NamedTuple):
    """One key's values in a segment."""

    values: Floats
    rows: NDArray[np.intp] | None = None
    """Which of the segment's good lines hold them; None when all do."""


@dataclass(frozen=True, slots=True)
class Points:
    """A segment's good lines, column by column, and where a later reading goes on."""

    columns: Mapping[str, Column]
    steps: Floats
    """One entry a good line; NaN where it has none."""
    times: Floats
    end: int
    """Offset after the last whole line."""
    lines: int
    """Whole lines up to there, good or bad."""
    torn: bool
    header: Mapping[str, Any]
    """What a further segment's first line says of its writer; empty for a stream's first one."""
    dropped: frozenset[str]
    """Metrics beyond `MAX_METRICS`."""


def read_points(
    descriptor: int, size: int, problems: Problems, *, start: int = 0, lines: int = 0
) -> Points:
    """Read an open segment up to ``size``; ``start`` and ``lines`` say what was read before."""
    pieces = Pieces(descriptor, size, start=start)
    builder = _Builder(problems)
    number = lines + 1
    header: Mapping[str, Any] = {}
    for piece in pieces:
        if piece is None:
            problems.add_bad_line(number, BadLine("longer than 4 MiB"))
            number += 1
            continue
        if number == 1:
            header, rest = _split_header(piece)
            number += len(piece) != len(rest)
            piece = rest
        if piece:
            number += builder.add_piece(piece, number)
    columns = builder.finish()
    return Points(
        columns={name: column for name, column in columns.items() if name not in RESERVED_METRICS},
        steps=_spread(columns.get("step"), builder.count),
        times=_finite(_spread(columns.get("time"), builder.count)),
        end=pieces.end,
        lines=number - 1,
        torn=pieces.torn,
        header=header,
        dropped=frozenset(builder.dropped),
    )


def _split_header(piece: bytes) -> tuple[Mapping[str, Any], bytes]:
    """Take a segment's header off its first piece."""
    end = piece.index(b"\n")
    if f'"{SEGMENT_HEADER}"'.encode() not in piece[:end]:
        return {}, piece
    try:
        first = parse_line(piece[:end], 1, Problems("")) or {}
    except BadLine:
        return {}, piece
    header = first.get(SEGMENT_HEADER)
    return (header, piece[end + 1 :]) if isinstance(header, dict) else ({}, piece)


def _spread(column: Column | None, count: int) -> Floats:
    """Return a step or time column with one entry a line, NaN where the line has none."""
    if column is not None and column.rows is None:
        return column.values
    values = np.full(count, np.nan)
    if column is not None:
        values[column.rows] = column.values
    return values


def _finite(times: Floats) -> Floats:
    infinite = np.isinf(times)
    return np.where(infinite, np.nan, times) if infinite.any() else times


@dataclass(slots=True)
class _Parts:
    """A column under construction: a stretch or a list of lines for each array of values."""

    values: list[Floats] = field(default_factory=list)
    rows: list[range | NDArray[np.intp]] = field(default_factory=list)


class _Builder:
    """Collects pieces into columns; keeps no Python object a point."""

    def __init__(self, problems: Problems) -> None:
        self.count = 0
        self.dropped: set[str] = set()
        self._problems = problems
        # As long as all lines have the same keys, their values wait in matrices, a row a key.
        self._keys: tuple[str, ...] = ()
        self._matrices: list[Floats] = []
        self._parts: dict[str, _Parts] = {}

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
            self._matrices.append(matrix)
        else:
            self._spread_matrices()
            self._add_rows(keys, matrix, self.count)
        self.count += matrix.shape[1]

    def _spread_matrices(self) -> None:
        """Turn to a list of parts a key: from here on lines have different keys."""
        start = 0
        for matrix in self._matrices:
            self._add_rows(self._keys, matrix, start)
            start += matrix.shape[1]
        self._keys, self._matrices = (), []

    def _add_rows(self, keys: tuple[str, ...], matrix: Floats, start: int) -> None:
        rows = range(start, start + matrix.shape[1])
        for key, values in zip(keys, matrix, strict=True):
            self._add(key, rows, values)

    def _add_objects(self, numbers: Sequence[int], objects: Sequence[dict[str, Any]]) -> None:
        self._spread_matrices()
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
        for key, (places, values) in found.items():
            if self._has_room(key):
                self._add_values(key, places, values, numbers)
        self.count += len(objects)

    def _add_values(
        self, key: str, rows: Sequence[int], values: Sequence[Any], numbers: Sequence[int]
    ) -> None:
        try:
            packed = pack(values)
        except struct.error:
            rows, values = self._only_numbers(key, rows, values, numbers)
            packed = pack(values)
        if not rows:
            return
        places = np.array(rows, np.intp)
        order = np.argsort(places, kind="stable")
        self._add(key, places[order] + self.count, packed[order])

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
            whole = self._matrices
            matrix = whole[0] if len(whole) == 1 else np.concatenate(whole or [_NOTHING], axis=1)
            return {key: Column(values) for key, values in zip(self._keys, matrix, strict=True)}
        columns = {}
        for key in list(self._parts):
            parts = self._parts.pop(key)
            values = parts.values[0] if len(parts.values) == 1 else np.concatenate(parts.values)
            rows = None if len(values) == self.count else _joined(parts.rows)
            columns[key] = Column(values, rows)
        return columns


_NOTHING: Final = np.empty((0, 0))


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
