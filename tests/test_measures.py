from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from runreport.histories.measures import LONG, Measures, live_histories, measure, measure_all
from runreport.histories.overview import SKETCH_POINTS, make_sketch
from runreport.records import Added, History

RNG = np.random.default_rng(3)
Floats = NDArray[np.float64]
ODD = (0.0, -0.0, 1.0, 1.5e308, -1.7e308, 1e39, 1e-320, math.inf, -math.inf, math.nan)


def histories(values: Floats, steps: Floats | None = None) -> list[History]:
    """Return a history a row, as a run has them that logs all metrics at once."""
    count = values.shape[1]
    steps = np.arange(count, dtype=float) if steps is None else steps
    return [History(f"m{place}", steps, steps, row) for place, row in enumerate(values)]


def alone(live: History) -> str:
    return repr((measure(live), make_sketch(live)))


def parts(found: Measures) -> str:
    without = Measures(found.lowest, found.highest, found.mean, found.nan, found.infinite)
    return repr((without, found.sketch))


@settings(deadline=None, max_examples=200)
@given(
    st.integers(2, 4),
    st.one_of(st.integers(1, 12), st.sampled_from([99, 100, 101, 120, 147, 1000, LONG])),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4999), st.sampled_from(ODD)), max_size=9),
)
def test_together_they_have_the_numbers_that_each_has_alone(
    metrics: int, count: int, odd: list[tuple[int, int, float]]
) -> None:
    values = RNG.random((metrics, count))
    for row, place, value in odd:
        values[row % metrics, place % count] = value
    live = histories(values)

    with np.printoptions(threshold=10**6, floatmode="unique"):
        assert list(map(parts, measure_all(live))) == list(map(alone, live))


def test_metrics_with_steps_of_their_own_are_measured_alone() -> None:
    first = histories(RNG.random((2, 5)))
    other = History("late", np.array([7.0, 8.0]), np.array([0.0, 0.0]), np.array([2.0, 1.0]))

    found = measure_all([first[0], other, first[1]])

    assert [each.lowest for each in found] == [
        int(first[0].values.argmin()),
        1,
        int(first[1].values.argmin()),
    ]


def test_no_sum_too_large_for_a_float_stays_infinite() -> None:
    found = measure_all(histories(np.full((2, 3), 1.7e308)))

    assert [each.mean for each in found] == pytest.approx([1.7e308] * 2)


def test_equal_values_count_where_they_came_first() -> None:
    found = measure_all(histories(np.array([[2.0, 1.0, 1.0, 2.0]] * 2)))

    assert {(each.lowest, each.highest) for each in found} == {(1, 0)}


def test_a_sketch_of_many_keeps_spikes_and_ends() -> None:
    values = RNG.random((2, 1000))
    values[0, 500], values[1, 501] = 9.0, -9.0

    for row, found in zip(values, measure_all(histories(values)), strict=True):
        assert found.sketch is not None
        assert len(found.sketch.xs) <= SKETCH_POINTS
        assert {row[0], row[-1], row.min(), row.max()} <= {*row[found.sketch.xs.astype(int)]}


def test_no_history_has_nothing() -> None:
    assert measure_all([]) == []
    assert measure_all(histories(np.empty((2, 0)))) == [Measures(None, None, math.nan)] * 2


class TestLive:
    def test_points_in_order_are_the_history_itself(self) -> None:
        given = histories(RNG.random((3, 4)))

        assert all(a is b for a, b in zip(live_histories(given), given, strict=True))

    def test_equal_steps_are_in_order(self) -> None:
        given = histories(RNG.random((1, 3)), np.array([1.0, 1.0, 2.0]))

        assert live_histories(given)[0] is given[0]

    def test_steps_that_go_back_are_put_in_order_for_each(self) -> None:
        given = histories(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([0.0, 2.0, 1.0]))

        assert [each.values.tolist() for each in live_histories(given)] == [[1, 3, 2], [4, 6, 5]]

    def test_superseded_points_and_marks_of_later_ones_are_left_out(self) -> None:
        steps, mask = np.array([0.0, 1.0, 1.0]), np.array([False, True, False])
        given = [
            History("a", steps, steps, np.array([1.0, 2.0, 3.0]), mask),
            History("b", steps, steps, np.array([1.0, 2.0, 3.0]), None, (Added(0, 1, 5.0, "k"),)),
        ]

        found = live_histories(given)

        assert [each.values.tolist() for each in found] == [[1, 3], [1, 2, 3]]
        assert [each.added for each in found] == [(), ()]


def test_sums_that_leave_the_range_on_both_sides_have_a_mean() -> None:
    values = np.repeat([1.7e308, -1.7e308], 64)
    steps = np.arange(128.0)

    (found,) = measure_all([History("loss", steps, steps, values)])

    # Summed as they are, halves are infinite with different signs.
    assert abs(found.mean) < 1.7e308 * 2**-53
