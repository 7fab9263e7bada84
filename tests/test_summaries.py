from __future__ import annotations

import math

import numpy as np
import pytest

from runreport.histories.summaries import Summary, summarise, summary_of
from runreport.records import Added, History, MetricSummary


def history(
    values: list[float], steps: list[float] | None = None, superseded: list[bool] | None = None
) -> History:
    count = len(values)
    return History(
        "loss",
        np.arange(count, dtype=float) if steps is None else np.array(steps, dtype=float),
        np.full(count, np.nan),
        np.array(values, dtype=float),
        None if superseded is None else np.array(superseded),
        (Added(0, 1, 5.0, "kim"),) if count else (),
    )


def numbers(given: History, summary: Summary = "last") -> MetricSummary:
    return summarise(given, given.live(), summary=summary, goal="min")


def test_a_history_is_summed_up_with_its_steps() -> None:
    found = numbers(history([3.0, 1.0, 2.0], [10, 20, 30]))

    assert (found.last, found.last_step) == (2.0, 30.0)
    assert (found.min, found.min_step) == (1.0, 20.0)
    assert (found.max, found.max_step) == (3.0, 10.0)
    assert (found.mean, found.count) == (2.0, 3)
    assert found.added == (Added(0, 1, 5.0, "kim"),)


def test_the_best_step_is_the_earliest_of_equals() -> None:
    found = numbers(history([2.0, 1.0, 1.0, 2.0], [4, 3, 1, 2]))

    assert found.best == (1.0, 1.0)
    assert found.max_step == 2.0


def test_superseded_points_count_for_nothing_but_are_counted() -> None:
    found = numbers(history([0.1, 9.0, 5.0, 4.0], [0, 1, 1, 2], [False, True, False, False]))

    assert found.max == 5.0
    assert (found.count, found.superseded) == (3, 1)


def test_the_last_value_is_the_one_of_the_highest_step() -> None:
    assert numbers(history([1.0, 2.0, 3.0], [5, 9, 7])).last == 2.0


def test_a_run_that_diverged_shows_it_and_keeps_its_finite_numbers() -> None:
    found = numbers(history([4.0, 2.0, math.inf, -math.inf, math.nan]))

    assert math.isnan(found.last)
    assert math.isnan(found.value)
    assert (found.min, found.max, found.mean) == (2.0, 4.0, 3.0)
    assert (found.count, found.nan, found.infinite) == (5, 1, 2)


def test_a_history_of_nan_alone_has_no_numbers() -> None:
    found = numbers(history([math.nan, math.nan]), "min")

    assert all(map(math.isnan, (found.value, found.min, found.max, found.mean, found.min_step)))
    assert (found.count, found.nan, found.last_step) == (2, 2, 1.0)


def test_an_empty_history_has_no_numbers() -> None:
    found = numbers(history([]))

    assert all(map(math.isnan, (found.value, found.last, found.last_step, found.mean)))
    assert (found.count, found.nan, found.superseded) == (0, 0, 0)


@pytest.mark.parametrize(
    ("summary", "value"), [("last", 2.0), ("min", 1.0), ("max", 6.0), ("mean", 3.0)]
)
def test_the_value_is_the_one_the_summary_names(summary: Summary, value: float) -> None:
    assert numbers(history([6.0, 1.0, 2.0]), summary).value == value


def test_the_mean_of_enormous_values_is_finite() -> None:
    assert numbers(history([1.5e308, 1.5e308])).mean == pytest.approx(1.5e308)


@pytest.mark.parametrize("declared", [None, "median", 3, ["min"], {}])
def test_a_summary_that_is_none_of_ours_is_the_last(declared: object) -> None:
    assert summary_of(declared) == "last"
    assert summary_of("mean") == "mean"
