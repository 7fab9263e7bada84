from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from runreport.histories.pyramid import (
    FACTOR,
    MEAN_OF,
    bucket_points,
    bucket_sizes,
    finite_of,
    means,
)

Floats = NDArray[np.float64]
VALUES = arrays(np.float64, st.integers(1, 200), elements=st.floats() | st.sampled_from([0.0, 1.0]))


@given(VALUES, st.integers(2, 50))
@settings(deadline=None)
def test_every_bucket_keeps_its_extremes_and_its_first_gap(values: Floats, size: int) -> None:
    kept = bucket_points(values, size, finite_of(values))

    assert np.all(np.diff(kept) > 0)
    for start in range(0, len(values), size):
        bucket = values[start : start + size]
        own = kept[(kept >= start) & (kept < start + size)]
        inside = values[own]
        finite = bucket[np.isfinite(bucket)]
        assert 1 <= len(own) <= 3
        if len(finite):
            assert finite.min() in inside
            assert finite.max() in inside
        if len(finite) < len(bucket):
            assert start + int(np.argmin(np.isfinite(bucket))) in own


def test_of_equal_values_the_first_stands_for_all() -> None:
    assert bucket_points(np.ones(10), 4).tolist() == [0, 4, 8]
    assert bucket_points(np.array([0.0, 1, 1, 0]), 4).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (1, []),
        (4 * 1000 * FACTOR, []),
        (4 * 1000 * FACTOR + 1, [FACTOR]),
        (4 * 1000 * FACTOR**2, [FACTOR]),
        (10_000_000, [FACTOR, FACTOR**2]),
        (1_000_000_000, [FACTOR, FACTOR**2, FACTOR**3]),
    ],
)
def test_levels_begin_where_they_have_four_times_the_overviews_buckets(
    count: int, sizes: list[int]
) -> None:
    assert list(bucket_sizes(count, 2000)) == sizes


def test_values_without_a_gap_need_no_mask() -> None:
    assert finite_of(np.array([1.0, -2.0])) is None
    assert finite_of(np.array([])) is None
    mask = finite_of(np.array([1.0, np.nan, np.inf]))

    assert mask is not None
    assert mask.tolist() == [True, False, False]


@given(VALUES, st.integers(2, 50))
@settings(deadline=None)
def test_the_means_are_of_all_values_from_each_fourth_kept_point(values: Floats, size: int) -> None:
    values = np.where(np.abs(values) > 1e100, np.inf, values)
    finite = finite_of(values)
    kept = bucket_points(values, size, finite)
    ends = [0, *kept[MEAN_OF::MEAN_OF], len(values)]

    got = means(values, kept, finite)

    assert len(got) == len(kept[::MEAN_OF])
    for mean, start, stop in zip(got, ends[:-1], ends[1:], strict=True):
        part = values[start:stop][np.isfinite(values[start:stop])]
        if len(part):
            np.testing.assert_allclose(mean, part.mean(), rtol=1e-9, atol=1e-9 * np.abs(part).max())
        else:
            assert np.isnan(mean)


def test_means_too_large_for_a_sum_are_infinite_without_a_warning() -> None:
    values = np.full(20, 1.7e308)

    assert means(values, bucket_points(values, 10)).tolist() == [np.inf]
