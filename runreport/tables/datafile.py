"""A runs table's columns as its data file holds them.

A column's values are a plain list (numbers, texts, null; non-finite numbers as their three
strings), or a list of its distinct ones, ``dict``, with ``codes`` (-1 is missing) where that is
shorter. In tables of many rows, codes and numbers are packed as base64, which loads faster.
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
"""From so many rows on, columns are packed."""

WORTH: Final = 0.8
"""How much shorter a dictionary must be to be taken."""


def column_data(each: RunColumn) -> dict[str, Any]:
    """Return one column of the data file: its head, and its values or dictionary and codes."""
    column = each.column
    data: dict[str, Any] = {
        "id": column.id,
        "label": column.label,
        "group": column.group,
        "kind": column.kind,
        "align": column.align,
        "width": column.width,
        "decimals": column.decimals,
        "goal": column.goal,
        "differs": column.differs,
    }
    if column.hidden:
        data["hidden"] = True
    if each.links:
        data["links"] = [link or None for link in each.links]
    return data | _values(each)


def _values(each: RunColumn) -> dict[str, Any]:
    coded = each.coded
    entries = _short(coded)
    packed = len(coded.codes) >= PACKED_ROWS
    if each.links or _is_shorter_coded(each):
        return {"dict": entries, "codes": plain_codes(coded.codes)}
    if packed and coded.is_number and not _has_nan(each):
        numbers = np.array([*coded.entries, np.nan], dtype=np.float64)[coded.codes]
        return {"values": encode_column(numbers)}
    return {"values": coded.rows(entries, None)}


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
    return any(entry != entry for entry in each.coded.entries)


def plain_codes(codes: Codes | Sequence[int]) -> dict[str, str] | list[int]:
    """Return a whole number a row, packed where there are many."""
    numbers = np.asarray(codes, dtype=np.intp)
    if len(numbers) < PACKED_ROWS:
        return list(numbers.tolist())
    highest = numbers.max(initial=MISSING)
    form = "i1" if highest < 2**7 else "i2" if highest < 2**15 else "i4"
    return {form: b64encode(numbers.astype(f"<{form}").tobytes()).decode("ascii")}
