"""Segments joined to histories: missing steps, superseded points, added stretches."""

from typing import Any

import numpy as np
import pytest

from runreport.reading.builder import MAX_METRICS, Column
from runreport.reading.launches import count_metrics, fill_steps, find_superseded, make_histories
from runreport.reading.points import Points
from runreport.records import Added, History

NAN = float("nan")


def segment(
    steps: list[float], header: dict[str, Any] | None = None, **columns: list[float]
) -> Points:
    """Make a segment; a column shorter than the steps belongs to the first lines."""
    count = len(steps)
    made = {
        name: Column(
            np.array(values, float), None if len(values) == count else np.arange(len(values))
        )
        for name, values in columns.items()
    }
    times = np.arange(count, dtype=float) + 100
    return Points(made, np.array(steps, float), times, 0, count, False, header or {}, frozenset())


def one(*segments: Points) -> History:
    histories = make_histories(segments)
    assert len(histories) == 1
    return histories[0]


def superseded(history: History) -> list[bool]:
    return [] if history.superseded is None else history.superseded.tolist()


@pytest.mark.parametrize(
    ("steps", "filled"),
    [
        ([0, 1, 2], [0, 1, 2]),
        ([NAN, NAN, NAN], [0, 1, 2]),
        ([5, NAN, NAN, 2, NAN], [5, 6, 7, 2, 3]),
        ([NAN, 7, NAN], [0, 7, 8]),
        ([0.5, NAN], [0.5, 1.5]),
        ([float("inf"), NAN, 3], [0, 1, 3]),
        ([], []),
    ],
)
def test_a_missing_step_follows_the_one_before(steps: list[float], filled: list[float]) -> None:
    assert fill_steps(np.array(steps, float), -1.0).tolist() == filled


@pytest.mark.parametrize(
    ("steps", "mask"),
    [
        ([0, 1, 2, 3], []),
        ([0, 0, 1, 1], []),
        ([0, 1, 2, 1, 2], [0, 1, 1, 0, 0]),
        ([0, 1, 2, 3, 2, 3, 4, 1], [0, 1, 1, 1, 1, 1, 1, 0]),
        ([5, 6, 0, 1, 5], [1, 1, 0, 0, 0]),
        # Nothing comes again: threads that were late, or other steps.
        ([5, 6, 0, 1], []),
        ([0, 2, 1, 4, 3, 5], []),
        ([0, 2, 1, 4, 3, 5, 4, 6], [0, 0, 0, 1, 0, 1, 0, 0]),
        ([0, 2, 1, 0, 1], [1, 1, 1, 0, 0]),
        ([5], []),
        ([], []),
    ],
)
def test_a_step_that_goes_back_supersedes_what_it_repeats(
    steps: list[float], mask: list[int]
) -> None:
    found = find_superseded(np.array(steps, float))

    assert ([] if found is None else found.tolist()) == [bool(each) for each in mask]


def test_each_metric_counts_its_own_steps() -> None:
    first, second = make_histories([segment([NAN] * 4, a=[1, 2, 3, 4], b=[5, 6])])

    assert first.steps.tolist() == [0, 1, 2, 3]
    assert second.steps.tolist() == [0, 1]
    assert second.times.tolist() == [100, 101]


def test_one_metric_going_back_supersedes_nothing_of_another() -> None:
    points = segment([0, 1, 2, 1], b=[1, 2, 3])
    points = Points(
        {**points.columns, "a": Column(np.array([9.0]), np.array([3]))},
        points.steps,
        points.times,
        0,
        4,
        False,
        {},
        frozenset(),
    )

    a, b = make_histories([points])

    assert (superseded(a), superseded(b)) == ([], [])


def test_a_resumed_launch_supersedes_earlier_points_from_its_first_step_on() -> None:
    history = one(
        segment([0, 1, 2, 3], a=[1, 1, 1, 1]),
        segment([2, 3, 4], {"kind": "joined"}, a=[5, 5, 5]),
        segment([3, 4, 5], {"kind": "resumed"}, a=[2, 2, 2]),
    )

    assert history.steps.tolist() == [0, 1, 2, 3, 2, 3, 4, 3, 4, 5]
    assert superseded(history) == [False] * 3 + [True, False, True, True] + [False] * 3
    assert history.live().values.tolist() == [1, 1, 1, 5, 2, 2, 2]


def test_a_resumed_launch_that_goes_back_itself_counts_from_its_lowest_step() -> None:
    history = one(
        segment([0, 1, 2, 3], a=[1] * 4), segment([3, 1, 2], {"kind": "resumed"}, a=[2] * 3)
    )

    assert superseded(history) == [False, True, True, True, False, False, False]


def test_a_resumed_launch_without_steps_goes_on_counting() -> None:
    history = one(segment([0, 1], a=[1, 2]), segment([NAN] * 2, {"kind": "resumed"}, a=[3, 4]))

    assert history.steps.tolist() == [0, 1, 2, 3]
    assert history.superseded is None


@pytest.mark.parametrize("header", [{"kind": "joined"}, {}, {"kind": "?"}, {"kind": ["resumed"]}])
def test_a_parallel_writer_counts_its_own_steps_and_supersedes_nothing(
    header: dict[str, Any],
) -> None:
    history = one(segment([0, 1], a=[1, 2]), segment([NAN] * 2, header, a=[3, 4]))

    assert history.steps.tolist() == [0, 1, 0, 1]
    assert history.superseded is None
    assert history.live().values.tolist() == [1, 3, 2, 4]


def test_added_points_are_marked_with_time_and_person() -> None:
    header = {"kind": "added", "time": 500.0, "by": "ada"}

    history = one(
        segment([0, 1], a=[1, 2]),
        segment([NAN], header, a=[3]),
        segment([7], {"kind": "added", "time": "?", "by": 5}, a=[4]),
    )

    assert history.steps.tolist() == [0, 1, 2, 7]
    assert history.added == (Added(2, 3, 500.0, "ada"), Added(3, 4, None, ""))
    assert history.superseded is None


def test_a_metric_that_was_only_added_is_marked_whole() -> None:
    histories = make_histories(
        [segment([0], a=[1]), segment([NAN], {"kind": "added", "time": True}, b=[3])]
    )

    assert histories[1].added == (Added(0, 1, None, ""),)
    assert histories[0].added == ()


def test_histories_are_sorted_and_keep_steps_that_go_back() -> None:
    histories = make_histories([segment([1, 0, 1], b=[1, 2, 3], a=[3, 4, 5])])

    assert [history.name for history in histories] == ["a", "b"]
    assert histories[0].steps.tolist() == [1, 0, 1]
    assert superseded(histories[0]) == [True, False, False]


def test_no_segments_have_no_histories() -> None:
    assert make_histories([]) == ()


def test_metrics_beyond_the_limit_are_counted() -> None:
    names = {f"m{index:04}": [1.0] for index in range(MAX_METRICS)}
    segments = [segment([0], None, **names), segment([0], {"kind": "joined"}, more=[1.0])]

    assert len(make_histories(segments)) == MAX_METRICS
    assert count_metrics(segments) == MAX_METRICS + 1
