"""A runs table's columns as its data file holds them.

A column's values are a plain list (numbers, texts, null; non-finite numbers as their three
strings), or a list of its distinct ones, ``dict``, with ``codes`` (-1 is missing) where that is
shorter. Codes, and numbers of many digits, are packed as base64, which is shorter; in tables of
many rows so are all numbers, which loads faster.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from runreport.histories.columns import encode_column
from runreport.tables.coded import EXACT_INTEGER, MISSING, Coded, Codes
from runreport.tables.runcolumns import RunColumn

PACKED_ROWS: Final = 20_000
"""From so many rows on, all numbers are packed."""

PLAIN_ROWS: Final = 64
"""Up to so many rows, nothing is."""

PACKED_DIGITS: Final = 11
"""Numbers of more characters than this are shorter packed, with 8 bytes in base64."""

WORTH: Final = 0.8
"""How much shorter a dictionary must be to be taken."""


def column_data(each: RunColumn) -> dict[str, Any]:
    """Return one column of the data file: its head, and its values or dictionary and codes."""
    column = each.column
    data: dict[str, Any] = {
        "id": column.id,
        "label": column.label,
        "kind": column.kind,
        "align": column.align,
        "width": column.width,
        "differs": column.differs,
    }
    if column.group:
        data["group"] = column.group
    if column.decimals is not None:
        data["decimals"] = column.decimals
    if column.goal:
        data["goal"] = column.goal
    if column.hidden:
        data["hidden"] = True
    if each.links:
        data["links"] = [link or None for link in each.links]
    return data | _values(each)


def _values(each: RunColumn) -> dict[str, Any]:
    coded = each.coded
    entries = _short(coded)
    if each.links or _is_shorter_coded(each):
        return {"dict": entries, "codes": plain_codes(coded.codes)}
    if coded.is_number and _is_packed(coded) and not _has_nan(each):
        numbers = np.array([*coded.entries, np.nan], dtype=np.float64)[coded.codes]
        return {"values": encode_column(numbers)}
    return {"values": coded.rows(entries, None)}


def _is_packed(coded: Coded) -> bool:
    rows = len(coded.codes)
    if PLAIN_ROWS < rows < PACKED_ROWS:
        digits = np.array([*map(len, coded.texts), 0])[coded.codes]
        return bool(digits.mean() > PACKED_DIGITS)
    return rows >= PACKED_ROWS


def _short(coded: Coded) -> list[Any]:
    """Return the entries, whole numbers without their ".0"."""
    if coded.is_number:
        numbers = np.array(coded.entries, dtype=np.float64)
        if np.all(np.abs(numbers) < EXACT_INTEGER) and not np.any(numbers % 1):
            return list(numbers.astype(np.int64).tolist())
    return list(coded.entries)


def _is_shorter_coded(each: RunColumn) -> bool:
    coded = each.coded
    if 2 * len(coded.entries) > len(coded.codes):
        return False
    sizes = np.array([len(text) + 2 for text in coded.texts] + [4])
    dictionary = int(sizes[:-1].sum()) + len(coded.codes) * (len(str(len(coded.entries))) + 1)
    return dictionary < WORTH * int(sizes[coded.codes].sum())


def _has_nan(each: RunColumn) -> bool:
    # In a packed column NaN is a missing value; one that was logged needs its name.
    return bool(np.isnan(np.array(each.coded.entries, dtype=np.float64)).any())


def plain_codes(codes: Codes | Sequence[int]) -> dict[str, str] | list[int]:
    """Return a whole number a row, packed where there are many."""
    numbers = np.asarray(codes, dtype=np.intp)
    if len(numbers) <= PLAIN_ROWS:
        return list(numbers.tolist())
    highest = numbers.max(initial=MISSING)
    form = "i1" if highest < 2**7 else "i2" if highest < 2**15 else "i4"
    return {form: b64encode(numbers.astype(f"<{form}").tobytes()).decode("ascii")}
