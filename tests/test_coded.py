from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runreport.tables.coded import (
    Coded,
    code_numbers,
    code_texts,
    code_values,
    number_of,
    value_text,
)
from runreport.text.numbers import exact_text

NEVER: list[int] = []


def coded_of(*values: Any, nan_rows: list[int] = NEVER, dtype: Any = object) -> Coded:
    given = list(values) if dtype is object else np.array(values, dtype=dtype)
    return code_values(given, nan_rows.__contains__)


def rows(coded: Coded) -> list[Any]:
    return coded.rows(coded.entries, None)


@given(st.lists(st.none() | st.text()))
@settings(deadline=None)
def test_texts_come_back_row_by_row(values: list[str | None]) -> None:
    coded = code_values(values, NEVER.__contains__)

    expected = [None if value is None else value_text(value) for value in values]
    if coded.is_number:
        expected = [None if text is None else float(text) for text in expected]  # type: ignore[misc]
        assert [str(each) for each in rows(coded)] == [str(each) for each in expected]
    else:
        assert rows(coded) == expected
    assert len(set(map(str, coded.entries))) == len(coded.entries)


def test_numbers_of_all_kinds_are_a_number_column() -> None:
    coded = coded_of(1, 0.5, None, 3, "0.25", "1e-05", np.int64(4), np.float32(0.5))

    assert coded.is_number
    assert rows(coded) == [1.0, 0.5, None, 3.0, 0.25, 1e-05, 4.0, 0.5]


@pytest.mark.parametrize(
    "odd",
    ["3.10", "007", "1_000", "0x1", "adam", "", " 1", "1e5000", True, [1], {"a": 1}, 2**53 + 1],
)
def test_one_value_that_is_no_number_makes_a_text_column(odd: Any) -> None:
    coded = coded_of(1, 0.5, odd)

    assert not coded.is_number
    assert rows(coded) == ["1", "0.5", value_text(odd)]


def test_true_and_one_are_not_the_same() -> None:
    assert rows(coded_of(True, 1, False, 0)) == ["true", "1", "false", "0"]
    assert rows(coded_of(True, None)) == ["true", None]


def test_equal_values_share_one_entry() -> None:
    assert len(coded_of("1", 1, 1.0).entries) == 1
    assert len(coded_of("a", 1, "1").entries) == 2
    assert rows(coded_of("a", 1, "1")) == ["a", "1", "1"]


def test_integers_that_no_float_holds_keep_their_digits() -> None:
    assert rows(coded_of(2**63 - 1, 5, dtype=np.int64)) == [str(2**63 - 1), "5"]
    assert rows(coded_of(2**70, 5)) == [str(2**70), "5"]


def test_a_nan_is_missing_unless_it_was_logged() -> None:
    values = np.array([math.nan, 1.0, math.nan])

    assert rows(code_numbers(values))[1:] == [1.0, None]
    logged = code_numbers(values, [2])
    assert logged.texts == ["1", "NaN"]
    assert logged.codes.tolist() == [-1, 0, 1]
    assert coded_of("a", math.nan, None, nan_rows=[1]).codes.tolist() == [0, 1, -1]
    assert coded_of(math.nan, None, nan_rows=[0]).texts == ["NaN"]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_non_finite_numbers_may_be_given_as_text(text: str) -> None:
    assert coded_of(text, 1.5).is_number
    assert coded_of(text, 1.5).texts == [text, "1.5"]


def test_empty_texts_are_missing_facts_but_logged_values() -> None:
    assert code_texts(["a", "", "a"]).codes.tolist() == [0, -1, 0]
    assert rows(coded_of("", "a")) == ["", "a"]


def test_a_column_differs_when_any_row_does() -> None:
    assert not code_texts(["a", "a"]).differs
    assert code_texts(["a", ""]).differs
    assert not code_texts([]).differs
    assert code_texts(["", ""]).is_empty


@given(st.floats())
def test_a_number_shown_as_text_is_that_number(value: float) -> None:
    number = number_of(exact_text(value))

    assert number == value or (number is not None and math.isnan(number) and math.isnan(value))


def test_values_that_are_no_text_are_shown_as_json() -> None:
    assert value_text({"b": [1, None], "a": "x"}) == '{"a":"x","b":[1,null]}'
    assert value_text(True) == "true"
    assert value_text(0.1) == "0.1"
    assert value_text("a\ud800") == "a\ufffd"
