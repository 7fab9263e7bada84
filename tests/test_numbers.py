from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runreport.text.numbers import (
    bytes_text,
    count_text,
    decimals_for,
    decimals_of,
    duration_text,
    exact_text,
    exact_time_text,
    fixed_text,
    short_text,
    time_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.0, "3"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-6, "0.000001"),
        (1.5e-5, "0.000015"),
        (1e-7, "1e-7"),
        (-1.25e-9, "-1.25e-9"),
        (1e16, "10000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (7, "7"),
    ],
)
def test_exact_text_is_that_of_ecmascript(value: float, text: str) -> None:
    assert exact_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(deadline=None)
def test_exact_text_reads_back_as_the_same_number(value: float) -> None:
    assert float(exact_text(value)) == value


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([0.9990, 0.8512, 0.91], 4),
        ([2.31, 1.2, 4.4], 3),
        ([120.5, 99.25, 300.0], 1),
        ([12345.5, 20000.0, 30000.0], 0),
        ([0.00012], 6),
        ([1.0, 2.0, 300.0], 0),
        ([0.0, 0.0, 0.5], 4),
        ([math.nan, math.inf, 0.5], 4),
        ([], 0),
        ([math.nan], 0),
        ([0.99999999], 3),
    ],
)
def test_decimals_keep_four_digits_of_the_typical_value(values: list[float], decimals: int) -> None:
    assert decimals_for(values) == decimals


@given(st.floats(1e-9, 1e9) | st.floats(9.99999e-1, 1).map(lambda x: x * 1e3))
@settings(deadline=None)
def test_decimals_of_one_number_are_those_of_its_seven_digits(value: float) -> None:
    digits = 3 - int(f"{value:.6e}".partition("e")[2])

    assert decimals_of(value) == min(max(digits, 0), 6)


@pytest.mark.parametrize("exponent", range(-5, 6))
def test_decimals_turn_where_seven_digits_do(exponent: int) -> None:
    near = float(f"9.9999995e{exponent}")
    for value in (math.nextafter(near, 0), near, math.nextafter(near, math.inf)):
        digits = 3 - int(f"{value:.6e}".partition("e")[2])

        assert decimals_of(value) == min(max(digits, 0), 6)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.999, 4, "0.9990"),
        (0.5, 0, "5.00e-1"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (0.125, 2, "0.13"),
        (1.005, 2, "1.00"),
        (0.0, 3, "0.000"),
        (-0.0, 3, "0.000"),
        (0.0001, 3, "1.00e-4"),
        (-0.00012345, 3, "-1.23e-4"),
        (9999999.4, 1, "9999999.4"),
        (1e7, 4, "1.00e+7"),
        (12350000.0, 2, "1.24e+7"),
        (9.999e9, 2, "1.00e+10"),
        (4.5e32, 2, "4.50e+32"),
        (math.nan, 2, "NaN"),
        (-math.inf, 2, "-Infinity"),
    ],
)
def test_fixed_text_rounds_halves_away_and_turns_to_exponents(
    value: float, decimals: int, text: str
) -> None:
    assert fixed_text(value, decimals) == text


@given(st.floats(min_value=-9.9e6, max_value=9.9e6), st.integers(0, 6))
@settings(deadline=None)
def test_fixed_text_is_off_by_at_most_half_its_last_digit(value: float, decimals: int) -> None:
    text = fixed_text(value, decimals)

    half = Decimal(5).scaleb(-1 - decimals)
    exact = Decimal(value)
    if "e" in text:
        half = Decimal(5).scaleb(exact.adjusted() - 3)
    assert abs(Decimal(text) - exact) <= half


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (2.5, "2.5"),
        (9000.0, "9000"),
        (20000.0, "20k"),
        (-150000.0, "-150k"),
        (1500000.0, "1.5M"),
        (2e9, "2B"),
        (3e12, "3T"),
        (1e30, "1e+30"),
        (2e-7, "2e-7"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_short_text_is_what_an_axis_has_room_for(value: float, text: str) -> None:
    assert short_text(value) == text


def test_times_are_utc_minutes_and_seconds() -> None:
    assert time_text(1772829999.9) == "2026-03-06 20:46"
    assert exact_time_text(1772829999.9) == "2026-03-06 20:46:39"
    assert time_text(-1.0) == "1969-12-31 23:59"
    assert time_text(math.nan) == ""


def test_a_time_outside_the_calendar_is_shown_as_its_number() -> None:
    assert time_text(1e15) == "1000000000000000"
    assert time_text(-math.inf) == "-Infinity"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.85, "850 ms"),
        (0.9996, "1.0 s"),
        (12.34, "12.3 s"),
        (59.96, "1m 00s"),
        (185.0, "3m 05s"),
        (3599.6, "1h 00m"),
        (3725.0, "1h 02m"),
        (86399.0, "1d 00h"),
        (183600.0, "2d 03h"),
        (-12.34, "-12.3 s"),
        (math.nan, ""),
        (math.inf, "Infinity s"),
    ],
)
def test_durations_show_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (3_440_000, "3.4 MB"),
        (64_000, "64 kB"),
        (999_600, "1 MB"),
        (5 * 10**15, "5,000 TB"),
    ],
)
def test_sizes_are_in_powers_of_a_thousand(count: int, text: str) -> None:
    assert bytes_text(count) == text


def test_counts_have_thousands_separators() -> None:
    assert count_text(10_000) == "10,000"
    assert count_text(7) == "7"
