"""Columns of times."""

import math

import numpy as np

from runreport.text.moments import iso_texts, moments


def test_a_time_is_kept_to_the_microsecond_and_a_missing_one_is_none() -> None:
    times = [1772829999.12, None, 0.0, math.nan, -0.5, 1763806500.123456]

    assert iso_texts(times) == [
        "2026-03-06T20:46:39.120000Z",
        "",
        "1970-01-01T00:00:00.000000Z",
        "",
        "1969-12-31T23:59:59.500000Z",
        "2025-11-22T10:15:00.123456Z",
    ]
    assert moments(np.array(times, dtype=np.float64)).astype("int64")[5] == 1763806500123456


def test_a_column_without_any_time_stays_one() -> None:
    assert iso_texts([None, None]) == ["", ""]
    assert iso_texts([]) == []
