"""A table's column as its distinct entries and one code a row: what all of a table is made from.

Runs of an experiment share most of their params, so that whatever is done to a text (measure it,
quote it, format it) is done once an entry.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from runreport.text.numbers import exact_text, exact_texts
from runreport.text.serialize import clean_text, plain_json

MISSING: Final = -1

EXACT_INTEGER: Final = 2**53
"""Above it a float, and so a page's script, cannot hold every whole number."""

_NUMBER: Final = re.compile(r"-?\d[0-9.e+-]{0,24}|NaN|-?Infinity")

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Coded:
    """A column: `entries[codes[row]]` is a row's value, and a code of -1 is a missing one."""

    codes: Codes
    entries: tuple[str, ...] | tuple[float, ...]
    """All text or all numbers, each once."""
    is_number: bool

    def rows(self, values: Sequence[Any], missing: Any) -> list[Any]:
        """Return one of ``values``, which go with the entries, for every row."""
        if self._is_in_order:
            return list(values)
        table = [*values, missing]
        return list(map(table.__getitem__, self.codes.tolist()))

    @cached_property
    def _is_in_order(self) -> bool:
        """Whether every row has an entry of its own."""
        rows = len(self.codes)
        return rows == len(self.entries) and bool((self.codes == np.arange(rows)).all())

    @property
    def differs(self) -> bool:
        """Return whether not all rows are the same; a missing value is a value of its own."""
        return bool(len(self.codes)) and bool((self.codes != self.codes[0]).any())

    @property
    def is_empty(self) -> bool:
        """Return whether every row is missing."""
        return not (self.codes != MISSING).any()

    @cached_property
    def texts(self) -> list[str]:
        """Return the exact text of every entry."""
        if self.is_number:
            return exact_texts([float(entry) for entry in self.entries])
        return list(map(str, self.entries))


def code_numbers(values: NDArray[np.float64], logged_nan: Iterable[int] = ()) -> Coded:
    """Return a column of numbers; NaN is a missing value but in the rows of ``logged_nan``."""
    codes, entries = _factorized_numbers(values)
    return Coded(*_with_nan(codes, entries, logged_nan, math.nan), is_number=True)


def code_texts(values: Iterable[str]) -> Coded:
    """Return a column of texts; the empty text is a missing value."""
    codes, entries = _factorized([value or None for value in values])
    return _merged(codes, tuple(map(clean_text, entries)), is_number=False)


def code_values(
    values: Sequence[Any] | NDArray[Any], is_logged_nan: Callable[[int], bool]
) -> Coded:
    """Return a column of logged values: numbers if every one is a number, else texts.

    None is a missing value, and so is a NaN unless ``is_logged_nan`` knows its row's better.
    """
    if isinstance(values, np.ndarray):
        codes, entries = _factorized_numbers(values)
    else:
        codes, entries = _factorized(list(map(_hashable, values)))
    nan_rows = [row for row in np.flatnonzero(codes == MISSING).tolist() if is_logged_nan(row)]
    numbers = _numbers_of(entries)
    if numbers is not None:
        codes, found = _with_nan(codes, numbers, nan_rows, math.nan)
        # Numbers that were texts before may be equal now.
        is_distinct = numbers is entries
        return (
            Coded(codes, found, is_number=True)
            if is_distinct
            else _merged(codes, found, is_number=True)
        )
    texts = list(map(value_text, entries))
    return _merged(*_with_nan(codes, texts, nan_rows, "NaN"), is_number=False)


def value_text(value: Any) -> str:
    """Return a logged value as a table shows it: text as it is, all else as JSON."""
    if isinstance(value, str):
        return clean_text(value)
    number = number_of(value)
    if number is not None:
        return exact_text(number)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_whole else plain_json(value).decode()


def number_of(value: Any) -> float | None:
    """Return the number that a logged value is, or None.

    A text is a number only if that number is shown as the same text, so that "3.10" and
    "0012" stay what they are; a whole number must be one that a float holds.
    """
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, (int, np.integer)):
        return float(value) if abs(int(value)) <= EXACT_INTEGER else None
    if isinstance(value, (float, np.floating)):
        return float(value) if value == value else math.nan
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return None
    try:
        number = number_of(float(value))
    except ValueError:
        return None
    return number if number is not None and value in (exact_text(number), repr(number)) else None


def _factorized_numbers(values: NDArray[Any]) -> tuple[Codes, list[Any]]:
    """Return codes and entries, in the order in which they come."""
    known = values == values
    numbers = values[known].tolist()
    entries = list(dict.fromkeys(numbers))
    codes = np.full(len(values), MISSING, dtype=np.intp)
    if len(entries) == len(numbers):
        codes[known] = np.arange(len(numbers))
    else:
        places = {entry: place for place, entry in enumerate(entries)}
        codes[known] = list(map(places.__getitem__, numbers))
    return codes, entries


def _factorized(values: Sequence[Any]) -> tuple[Codes, list[Any]]:
    """Return codes and entries, in the order in which they come; None and NaN are missing."""
    places: dict[Any, int] = {}
    codes = [
        MISSING if value is None or value != value else places.setdefault(value, len(places))
        for value in values
    ]
    return np.array(codes, dtype=np.intp), list(places)


def _hashable(value: Any) -> Any:
    # True equals 1, and would share its code.
    return value_text(value) if isinstance(value, (bool, np.bool_, list, tuple, dict)) else value


def _numbers_of(entries: list[Any]) -> list[float] | None:
    if set(map(type, entries)) <= {float}:
        return entries
    numbers: list[float] = []
    for entry in entries:
        number = number_of(entry)
        if number is None:
            return None
        numbers.append(number)
    return numbers


def _with_nan(
    codes: Codes, entries: list[Any], nan_rows: Iterable[int], nan: Any
) -> tuple[Codes, tuple[Any, ...]]:
    """Return codes and entries with one entry more, ``nan``, for the rows of a logged NaN."""
    rows = list(nan_rows)
    if not rows:
        return codes, tuple(entries)
    codes = codes.copy()
    codes[rows] = len(entries)
    return codes, (*entries, nan)


def _merged(codes: Codes, entries: tuple[Any, ...], *, is_number: bool) -> Coded:
    """Return the column with entries that are equal (1 and "1", say) made one."""
    places = {entry: place for place, entry in enumerate(dict.fromkeys(entries))}
    if len(places) < len(entries):
        remap = [places[entry] for entry in entries]
        codes, entries = np.array([*remap, MISSING])[codes], tuple(places)
    return Coded(codes, entries, is_number)
