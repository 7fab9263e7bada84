"""One segment of a metrics or system stream as numpy columns, however its keys come and go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from runreport.layout import RESERVED_METRICS, SEGMENT_HEADER
from runreport.reading.builder import Builder, Column, Floats
from runreport.reading.jsonlines import parse_line
from runreport.reading.pieces import Hasher, Pieces
from runreport.reading.problems import LONG, BadLine, Problems

_HEADER: Final = f'"{SEGMENT_HEADER}"'.encode()


class Points(NamedTuple):
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
    is_long: bool = False
    """Whether what follows ``end`` is longer than any line that is read."""
    hashed: Hasher | None = None
    """Of the bytes up to ``end``, if they were to be hashed."""
    sha256: str = ""
    """Of all bytes that there were, if they were to be hashed."""


def read_points(
    descriptor: int,
    size: int,
    problems: Problems,
    *,
    before: Points | None = None,
    hasher: Hasher | None = None,
) -> Points:
    """Read an open segment up to ``size``, or what follows the lines that were read ``before``.

    The result is that of all lines, and uses ``before`` up; ``problems`` have to know of those
    lines. ``hasher`` is as `Pieces` has it.
    """
    pieces = Pieces(descriptor, size, start=before.end if before else 0, hasher=hasher)
    builder = Builder(problems)
    number = 1
    header: Mapping[str, Any] = {}
    if before:
        number, header = before.lines + 1, before.header
        builder.dropped |= before.dropped
        if len(before.steps):
            everywhere = {"step": Column(before.steps), "time": Column(before.times)}
            builder.go_on({**everywhere, **before.columns}, len(before.steps))
    for piece in pieces:
        if piece is None:
            problems.add_bad_line(number, BadLine(LONG))
            number += 1
            continue
        if number == 1:
            header, rest = _split_header(piece)
            number += len(piece) != len(rest)
            piece = rest
        if piece:
            number += builder.add_piece(piece, number)
            problems.settle()
    columns = builder.finish()
    return Points(
        columns={name: column for name, column in columns.items() if name not in RESERVED_METRICS},
        steps=_spread(columns.get("step"), builder.count),
        times=_finite(_spread(columns.get("time"), builder.count)),
        end=pieces.end,
        lines=number - 1,
        torn=pieces.torn,
        is_long=pieces.is_long,
        header=header,
        dropped=frozenset(builder.dropped),
        hashed=pieces.hashed,
        sha256=pieces.sha256,
    )


def _split_header(piece: bytes) -> tuple[Mapping[str, Any], bytes]:
    """Take a segment's header off its first piece."""
    end = piece.index(b"\n")
    if piece.find(_HEADER, 0, end) < 0:
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
