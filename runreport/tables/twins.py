"""The plain twins of a runs table, for people and programs: CSV and JSON with all columns.

Both have the columns of the runs table, as `load_runs` returns it, less those that are empty. Each
distinct value is quoted once, so that a row is a mere join.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from json.encoder import encode_basestring
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from runreport.tables.coded import Coded, code_texts
from runreport.tables.runcolumns import Columns
from runreport.text.moments import iso_texts
from runreport.text.serialize import clean_text, plain_json

_FORMULA: Final = re.compile(r"[=+\-@\t\r\n]")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Infinity")
_QUOTED: Final = re.compile(r'[",\r\n]|^\s|\s$')


def make_twins(columns: Columns, logged: Mapping[str, Coded]) -> tuple[bytes, bytes]:
    """Return CSV and JSON of the table; ``logged`` are its params, metrics and tags."""
    csv: dict[str, list[str]] = {}
    json: dict[str, list[str]] = {}
    for name, values in columns.items():
        if name in ("started", "ended"):
            times = iso_texts(values)
            csv[name] = times
            json[name] = [f'"{time}"' if time else "null" for time in times]
        elif name in logged:
            coded = logged[name]
            csv[name], json[name] = _csv_cells(coded), _logged_cells(values, coded)
        elif "." not in name:
            csv[name], json[name] = _csv_cells(code_texts(values)), _json_cells(values)
    return csv_bytes(csv), json_bytes(json)


def csv_cell(text: str) -> str:
    """Return a text as a CSV cell that no spreadsheet takes for a formula.

    What starts like one and is not a number gets a leading apostrophe.
    """
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def csv_bytes(columns: Mapping[str, Sequence[str]]) -> bytes:
    """Return columns of finished cells as CSV (RFC 4180, UTF-8)."""
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(map(csv_cell, columns)), *map(",".join, rows), ""]
    return "\r\n".join(lines).encode("utf-8", "replace")


def json_bytes(columns: Mapping[str, Sequence[str]]) -> bytes:
    """Return columns of JSON values as an array with one object a row and a line."""
    parts: list[Iterable[str]] = []
    for name, cells in zip(_json_cells(columns), columns.values(), strict=True):
        parts += (repeat(f"{',' if parts else '{'}{name}:"), cells)
    # Names never end, so that the cells end the rows.
    lines = [f"{''.join(row)}}}" for row in zip(*parts, strict=False)]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode() if lines else b"[]\n"


def _csv_cells(coded: Coded) -> list[str]:
    """Return a cell a row: numbers in full precision, a logged NaN as "NaN", missing ones empty."""
    texts = coded.texts if coded.is_number else list(map(csv_cell, coded.texts))
    return coded.rows(texts, "")


def _logged_cells(values: Sequence[Any] | NDArray[Any], coded: Coded) -> list[str]:
    """Return a JSON value a row: as it was logged, a logged NaN as "NaN", missing ones null."""
    if isinstance(values, np.ndarray):
        # Finite texts are JSON as they are.
        texts = coded.texts
        if not np.isfinite(coded.entries).all():
            texts = [f'"{text}"' if text[-1] in "Ny" else text for text in texts]
        return coded.rows(texts, "null")
    return _json_cells(
        None if code < 0 else "NaN" if value is None or value != value else value
        for value, code in zip(values, coded.codes.tolist(), strict=True)
    )


def _json_cells(values: Iterable[Any]) -> list[str]:
    values = list(values)
    if set(map(type, values)) <= {str, type(None)}:
        texts = {value: _json_text(value) for value in set(values)}
        return list(map(texts.__getitem__, values))
    # True equals 1, and is another value.
    keys = [(type(value), value) for value in values]
    known = {key: _json_text(key[1]) for key in set(keys)}
    return list(map(known.__getitem__, keys))


def _json_text(value: Any) -> str:
    # The library's C function, many times faster than a document for each text.
    return (
        encode_basestring(clean_text(value)) if type(value) is str else plain_json(value).decode()
    )
