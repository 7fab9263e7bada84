from __future__ import annotations

import json
import struct
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from runreport.histories.columns import FEW, column_size, decode_column, encode_column, narrow
from runreport.text.serialize import script_json

Floats = NDArray[np.float64]
FLOATS = arrays(np.float64, st.integers(0, 150), elements=st.floats(), fill=st.floats())
SINGLES = arrays(np.float32, st.integers(0, 150), elements=st.floats(width=32))


def through_json(column: Any) -> Any:
    return json.loads(script_json(column))


@given(FLOATS)
def test_every_column_comes_back_the_same(values: Floats) -> None:
    decoded = decode_column(through_json(encode_column(values)))

    np.testing.assert_array_equal(decoded, values)


@given(SINGLES)
def test_what_float32_holds_is_never_written_wider(singles: NDArray[np.float32]) -> None:
    values: Floats = singles.astype(np.float64)
    column = encode_column(values)

    assert isinstance(column, list) or "f8" not in column
    np.testing.assert_array_equal(decode_column(through_json(column)), singles)


@given(
    st.floats(-1e9, 1e9),
    st.floats(-1e9, 1e9) | st.integers(-1000, 1000).map(float),
    st.integers(3, 400),
)
def test_regular_steps_are_a_range(start: float, step: float, count: int) -> None:
    values: Floats = start + step * np.arange(count, dtype=np.float64)

    column = encode_column(values)

    np.testing.assert_array_equal(decode_column(through_json(column)), values)
    if step.is_integer() and start.is_integer():
        assert column == {"range": [start, step, count]}


def test_a_long_irregular_column_is_little_endian_base64() -> None:
    values = np.array([0.5, 1.5, 9.0] * FEW)

    column = encode_column(values)

    assert list(column) == ["f4"]
    assert struct.unpack("<3f", b64decode(column["f4"])[:12]) == (0.5, 1.5, 9.0)
    assert list(encode_column(values + 0.1)) == ["f8"]


def test_a_short_irregular_column_is_plain_json() -> None:
    values = np.array([0.1, np.nan, np.inf, -np.inf, 5.0])

    assert through_json(encode_column(values)) == [0.1, "NaN", "Infinity", "-Infinity", 5.0]
    assert encode_column(np.array([])) == []
    assert encode_column(np.array([7.0])) == [7.0]


def test_seven_digits_are_kept_where_float32_will_do() -> None:
    values = np.random.default_rng(1).random(FEW + 1)

    column = encode_column(values, lost=None)

    assert list(column) == ["f4"]
    np.testing.assert_allclose(decode_column(column), values, rtol=6e-8)


@pytest.mark.parametrize(
    "values",
    [
        1.7e9 + np.random.default_rng(1).random(200),
        np.random.default_rng(1).random(200) * 1e-44,
        np.random.default_rng(1).random(200) * 1e39,
    ],
    ids=["flattened", "below float32", "beyond float32"],
)
def test_float32_is_not_taken_where_it_spoils_the_shape(values: Floats) -> None:
    column = encode_column(values, lost=None)

    assert list(column) == ["f8"]
    np.testing.assert_array_equal(decode_column(column), values)


def test_an_allowed_loss_is_never_exceeded() -> None:
    near = np.cumsum(np.random.default_rng(1).random(2000))
    gappy = near.copy()
    gappy[5] = np.nan

    assert list(encode_column(near, lost=0.0005)) == ["sum", "u2"]
    assert list(encode_column(near * 1e8, lost=0.0005)) == ["f8"]
    assert list(encode_column(gappy, lost=0.0005)) == ["f4"]
    assert list(encode_column(gappy * 100, lost=0.0005)) == ["f8"]
    for values in (near, near * 1e4, -near, near - 1e9, near[::-1], gappy):
        off = np.abs(decode_column(through_json(encode_column(values, lost=0.0005))) - values)
        assert np.nanmax(off) <= 0.000_500_001


@pytest.mark.parametrize(
    ("differences", "form"),
    [
        ([0, 255], "u1"),
        ([-128, 127], "i1"),
        ([0, 65535], "u2"),
        ([-129, 0], "i2"),
        ([2**31, 1, 2**32 - 1], "u4"),
        ([-(2**31), 1], "i4"),
    ],
)
def test_whole_numbers_are_written_as_their_differences(differences: list[int], form: str) -> None:
    values = 1e10 + np.cumsum([float(each) for each in [3, *differences * FEW]])

    column = encode_column(values)

    assert list(column) == ["sum", form]
    assert column["sum"] == [values[0], 1.0]
    assert len(b64decode(column[form])) == (len(values) - 1) * int(form[1])
    assert column_size(column) < len(json.dumps(column)) + 20
    np.testing.assert_array_equal(decode_column(through_json(column)), values)


def test_whole_numbers_that_float32_holds_are_not_written_wider() -> None:
    values = np.array([0.0, 2.0**40, 1.0] * FEW)

    assert list(encode_column(values)) == ["f4"]
    assert list(encode_column(np.array([0.0, 1e5, 5.0] * FEW))) == ["f4"]


def test_whole_numbers_beyond_exact_sums_are_floats() -> None:
    values = 2.0**50 + np.array([0.0, 1.0, 5.0] * FEW)

    assert list(encode_column(values)) == ["f8"]
    assert list(encode_column(np.array([1.0, np.inf, 3.0] * FEW))) == ["f4"]


def test_infinities_and_gaps_survive_a_lossy_column() -> None:
    values = np.random.default_rng(1).random(200)
    values[[3, 5, 8]] = np.nan, np.inf, -np.inf

    decoded = decode_column(encode_column(values, lost=None))

    np.testing.assert_array_equal(np.isfinite(decoded), np.isfinite(values))
    assert decoded[5] == np.inf
    assert decoded[8] == -np.inf


@pytest.mark.parametrize("lost", [0.0, None])
def test_every_nan_is_written_with_the_same_bytes(lost: float | None) -> None:
    other = np.frombuffer(struct.pack("<Q", 0xFFF8000000000123), "<f8")[0]
    values = np.random.default_rng(1).random(200)
    odd = values.copy()
    values[7], odd[7] = np.nan, other

    assert encode_column(odd, lost=lost) == encode_column(values, lost=lost)
    assert narrow(np.full(3, other)).tobytes() == narrow(np.full(3, np.nan)).tobytes()  # type: ignore[union-attr]


@given(FLOATS)
def test_the_size_is_about_that_of_the_file(values: Floats) -> None:
    column = encode_column(values)

    assert len(script_json(column)) <= 3 * column_size(column) + 100
