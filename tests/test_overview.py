from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from runreport.histories.columns import decode_column
from runreport.histories.overview import (
    CHUNK_BYTES,
    MARKS,
    POINTS,
    Source,
    kept_points,
    make_chunks,
    make_sketch,
    time_origin,
)
from runreport.histories.tiles import TILE
from runreport.records import Added, DataFile, History, HistoryChunk
from runreport.text.serialize import read_data_script

RNG = np.random.default_rng(7)
Floats = NDArray[np.float64]


def history(
    values: Floats, *, name: str = "loss", steps: Floats | None = None, times: Floats | None = None
) -> History:
    count = len(values)
    return History(
        name,
        np.arange(count, dtype=float) if steps is None else steps,
        np.full(count, np.nan) if times is None else times,
        values,
    )


def chunked(
    *histories: History, started: float | None = 100.0, prefix: str = "h"
) -> tuple[list[HistoryChunk], dict[str, Any], list[DataFile]]:
    pairs = [(each, each.live()) for each in histories]
    chunks, files = make_chunks(pairs, Source("x-1", started, prefix))
    return chunks, {file.name: read_data_script(file.content) for file in files}, files


def overview(given: History, started: float | None = 100.0) -> tuple[Any, dict[str, Any]]:
    chunks, values, _ = chunked(given, started=started)
    return values[chunks[0].name]["metrics"][given.name], values


@given(
    st.integers(1, 400),
    st.integers(8, 60),
    st.lists(st.tuples(st.integers(0, 399), st.floats()), max_size=30),
)
@settings(deadline=None)
def test_the_kept_points_hold_the_ends_and_every_spike(
    count: int, points: int, spikes: list[tuple[int, float]]
) -> None:
    values = np.sin(np.arange(count))
    for at, value in spikes:
        values[at % count] = value

    kept = kept_points(values, points)

    if kept is None:
        assert count <= points
        return
    finite = values[np.isfinite(values)]
    shown = values[kept]
    assert len(kept) <= points < count
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert np.all(np.diff(kept) > 0)
    if len(finite):
        assert finite.min() in shown
        assert finite.max() in shown
    assert np.isfinite(shown).all() == np.isfinite(values).all()


def test_each_bucket_keeps_its_own_extremes() -> None:
    values = RNG.random(50_000)

    kept = kept_points(values)

    assert kept is not None
    size = -(-len(values) // (POINTS // 2 - 1))
    for start in range(0, len(values), size):
        bucket = values[start : start + size]
        inside = values[kept[(kept >= start) & (kept < start + size)]]
        assert bucket.min() in inside
        assert bucket.max() in inside


def test_a_gap_hides_no_extreme_of_its_bucket() -> None:
    values = RNG.random(30_000)
    values[::7] = np.nan
    values[1::7] = -np.inf

    kept = kept_points(values)

    assert kept is not None
    size = -(-len(values) // ((POINTS - 2) // 3))
    for start in range(0, len(values), size):
        bucket = values[start : start + size]
        inside = values[kept[(kept >= start) & (kept < start + size)]]
        assert bucket[np.isfinite(bucket)].min() in inside
        assert bucket[np.isfinite(bucket)].max() in inside
        assert not np.isfinite(inside).all()


@pytest.mark.parametrize("count", [1, 2, 3, 65, POINTS - 1, POINTS])
def test_a_history_up_to_the_limit_is_exact_and_has_no_tiles(count: int) -> None:
    values, times = RNG.random(count), 100 + np.cumsum(RNG.random(count))
    steps = np.cumsum(RNG.integers(1, 9, count)).astype(float)

    found, files = overview(history(values, steps=steps, times=times))

    assert (found["n"], found["shown"], found["tiles"]) == (count, count, [])
    np.testing.assert_array_equal(decode_column(found["x"]), steps)
    np.testing.assert_array_equal(decode_column(found["y"]), values)
    np.testing.assert_allclose(decode_column(found["t"]), times - 100, atol=0.0005)
    assert len(files) == 1


def test_a_longer_history_is_thinned_and_its_points_are_in_tiles() -> None:
    count = 2 * TILE + 100
    values, times = RNG.random(count), 100 + np.cumsum(RNG.random(count))

    found, files = overview(history(values, times=times))

    assert (found["n"], found["nan"], found["marks"]) == (count, 0, [])
    assert found["shown"] == len(decode_column(found["x"])) <= POINTS
    np.testing.assert_allclose(
        decode_column(found["y"]), values[decode_column(found["x"]).astype(int)], rtol=6e-8
    )
    assert "f4" in found["y"]
    tiles = found["tiles"]
    assert [(tile["x0"], tile["x1"], tile["n"]) for tile in tiles] == [
        (0, TILE - 1, TILE),
        (TILE, 2 * TILE - 1, TILE),
        (2 * TILE, count - 1, 100),
    ]
    parts = [files[tile["src"]] for tile in tiles]
    np.testing.assert_array_equal(np.concatenate([decode_column(p["y"]) for p in parts]), values)
    assert parts[0]["x"] == {"range": [0, 1, TILE]}
    got = np.concatenate([decode_column(part["t"]) for part in parts])
    np.testing.assert_allclose(got, times - 100, atol=0.0005)


def test_tiles_of_float32_values_are_half_the_size() -> None:
    values = RNG.random(POINTS + 1).astype(np.float32).astype(np.float64)

    found, files = overview(history(values))

    assert list(files[found["tiles"][0]["src"]]["y"]) == ["f4"]


def test_irregular_steps_and_steps_that_go_back_are_in_order() -> None:
    steps = RNG.permutation(3000).astype(float) ** 2

    found, files = overview(history(np.sqrt(steps), steps=steps))

    tile = files[found["tiles"][0]["src"]]
    assert np.all(np.diff(decode_column(found["x"])) > 0)
    np.testing.assert_array_equal(decode_column(tile["x"]), np.arange(3000.0) ** 2)
    np.testing.assert_array_equal(decode_column(tile["y"]), np.arange(3000.0))


@pytest.mark.parametrize("count", [500, 5000])
def test_non_finite_points_are_gaps_and_marks(count: int) -> None:
    values = np.ones(count)
    values[[10, 20, 30]] = np.nan, np.inf, -np.inf

    found, files = overview(history(values))

    assert found["marks"] == [[10, "NaN"], [20, "Infinity"], [30, "-Infinity"]]
    assert (found["nan"], found["infinite"]) == (1, 2)
    shown = decode_column(found["y"])
    assert np.isnan(shown).any()
    assert not np.isinf(shown).any()
    if found["tiles"]:
        tile = decode_column(files[found["tiles"][0]["src"]]["y"])
        np.testing.assert_array_equal(tile, values)


def test_more_marks_than_the_limit_are_counted() -> None:
    values = np.full(POINTS * 3, np.nan)
    values[0] = 1.0

    found, _ = overview(history(values))

    assert len(found["marks"]) == MARKS
    assert found["marks"][0] == [1, "NaN"]
    assert found["nan"] == POINTS * 3 - 1
    assert found["shown"] <= POINTS


def test_superseded_points_are_left_out_and_counted() -> None:
    given = History(
        "loss",
        np.array([0.0, 1.0, 1.0, 2.0]),
        np.full(4, np.nan),
        np.array([5.0, 9.0, 4.0, 3.0]),
        np.array([False, True, False, False]),
    )

    found, _ = overview(given)

    assert (found["superseded"], found["n"]) == (1, 3)
    assert decode_column(found["y"]).tolist() == [5.0, 4.0, 3.0]


def test_added_stretches_are_positions_among_the_live_points() -> None:
    given = History(
        "loss",
        np.array([0.0, 1.0, 1.0, 2.0, 1.5, 9.0, 10.0]),
        np.full(7, np.nan),
        np.arange(7.0),
        np.array([False, True, False, False, False, False, False]),
        (Added(4, 7, 50.0, "kim"),),
    )

    found, _ = overview(given)

    # In order of step: 0, 1, 1.5 (added), 2, 9 (added), 10 (added).
    assert found["added"] == [
        {"time": 50, "by": "kim", "from": 2, "to": 3, "x0": 1.5, "x1": 1.5},
        {"time": 50, "by": "kim", "from": 4, "to": 6, "x0": 9, "x1": 10},
    ]


def test_unknown_times_are_null_and_partly_known_ones_have_gaps() -> None:
    times = np.array([100.0, np.nan, 107.5])

    assert overview(history(np.ones(3)))[0]["t"] is None
    assert overview(history(np.ones(3), times=times))[0]["t"] == [0, "NaN", 7.5]
    assert overview(history(np.ones(3), times=times), started=None)[0]["t"] is None


def test_times_count_from_the_start_else_from_the_earliest() -> None:
    timed = history(np.ones(2), times=np.array([np.nan, 7.0]))
    earlier = history(np.ones(1), times=np.array([3.0]))

    assert time_origin(2.0, [timed]) == 2.0
    assert time_origin(None, [timed, earlier]) == 3.0
    assert time_origin(math.nan, [timed]) == 7.0
    assert time_origin(None, [history(np.ones(2))]) is None
    assert time_origin(None, []) is None


def test_metrics_are_packed_into_files_of_about_one_size() -> None:
    histories = [history(RNG.random(POINTS), name=f"m{i:02}") for i in range(40)]

    chunks, values, files = chunked(*histories)

    assert [name for chunk in chunks for name in chunk.metrics] == [h.name for h in histories]
    assert [chunk.name.split(".")[0] for chunk in chunks] == [
        f"h-x-1-{i}" for i in range(len(chunks))
    ]
    assert 1 < len(chunks) < 10
    assert all(len(file.content) < 1.2 * CHUNK_BYTES for file in files)
    for chunk in chunks:
        assert sorted(values[chunk.name]["metrics"]) == sorted(chunk.metrics)
        assert (values[chunk.name]["run"], values[chunk.name]["started"]) == ("x-1", 100)


def test_system_metrics_have_files_of_their_own() -> None:
    chunks, _, files = chunked(history(RNG.random(POINTS + 1)), prefix="y")

    assert chunks[0].name.startswith("y-x-1-0.")
    assert sorted(file.name.split(".")[0] for file in files) == ["f-x-1-s0-0", "y-x-1-0"]


def test_no_histories_make_no_files() -> None:
    assert chunked()[0] == []
    found, _ = overview(history(np.array([])))
    assert (found["n"], found["x"], found["y"]) == (0, [], [])


def test_equal_histories_give_equal_bytes() -> None:
    values = RNG.random(10_000)

    assert chunked(history(values))[2] == chunked(history(values.copy()))[2]


def test_a_sketch_has_about_a_hundred_points_with_gaps() -> None:
    values = RNG.random(10_000)
    values[5000:7000] = np.nan
    values[123] = 1e300

    sketch = make_sketch(history(values))

    assert sketch is not None
    assert len(sketch.xs) == len(sketch.ys) <= 100
    assert sketch.ys.dtype == np.float32
    assert np.isnan(sketch.ys[(sketch.xs > 5000) & (sketch.xs < 7000)]).all()
    assert not np.isinf(sketch.ys).any()


def test_a_short_history_is_sketched_whole() -> None:
    sketch = make_sketch(history(np.array([1.0, 2.0]), steps=np.array([3.0, 4.0])))

    assert sketch is not None
    assert (sketch.xs.tolist(), sketch.ys.tolist()) == ([3.0, 4.0], [1.0, 2.0])


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, np.nan]])
def test_a_history_without_a_finite_point_has_no_sketch(values: list[float]) -> None:
    assert make_sketch(history(np.array(values))) is None
