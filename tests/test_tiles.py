from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from runreport.histories.columns import decode_column
from runreport.histories.overview import POINTS, Source, make_chunks
from runreport.histories.pyramid import FACTOR, LEVEL_TILE, MEAN_OF, bucket_points, finite_of
from runreport.histories.tiles import TILE
from runreport.records import DataFile, History
from runreport.text.serialize import read_data_script

RNG = np.random.default_rng(7)
STARTED = 100.0
LONG = 2 * LEVEL_TILE * FACTOR + 5000
Floats = NDArray[np.float64]


def history(values: Floats, steps: Floats | None = None) -> History:
    count = len(values)
    steps = np.cumsum(RNG.integers(1, 9, count)).astype(float) if steps is None else steps
    return History("loss", steps, STARTED + np.cumsum(RNG.random(count)), values)


def written(given: History, spool: list[DataFile] | None = None) -> tuple[Any, dict[str, Any]]:
    """Return the overview, and the content of all files by name."""
    take = None if spool is None else spool.append
    chunks, files = make_chunks([(given, given.live())], Source("x-1", STARTED), take)
    values = {file.name: read_data_script(file.content) for file in [*files, *(spool or [])]}
    return values[chunks[0].name]["metrics"]["loss"], values


def columns(tiles: list[Any], values: dict[str, Any]) -> dict[str, Floats]:
    """Return the columns of all tiles, joined."""
    parts = [values[tile["src"]] for tile in tiles]
    return {key: np.concatenate([decode_column(part[key]) for part in parts]) for key in "xyt"}


@pytest.fixture(scope="module")
def noisy() -> History:
    values = RNG.normal(size=LONG)
    values[[12_345, 400_000, 900_001]] = 50.0, -60.0, 70.0
    values[[77, 500_000, 600_001]] = np.nan, np.inf, -np.inf
    return history(values)


@pytest.fixture(scope="module")
def noisy_files(noisy: History) -> tuple[Any, dict[str, Any]]:
    return written(noisy)


@pytest.mark.parametrize("count", [POINTS + 1, TILE + 1, 2 * POINTS * FACTOR])
def test_a_history_of_few_tiles_has_no_levels(count: int) -> None:
    found, files = written(history(RNG.random(count)))

    assert found["tiles"]
    assert "levels" not in found
    assert len(files) == 1 + len(found["tiles"])


def test_a_level_holds_each_buckets_extremes_as_they_were_logged(
    noisy: History, noisy_files: tuple[Any, dict[str, Any]]
) -> None:
    found, files = noisy_files
    (level,) = found["levels"]
    got = columns(level["tiles"], files)
    kept = bucket_points(noisy.values, FACTOR, finite_of(noisy.values))

    assert level["size"] == FACTOR
    np.testing.assert_array_equal(got["x"], noisy.steps[kept])
    np.testing.assert_allclose(got["y"], noisy.values[kept], rtol=6e-8)
    np.testing.assert_allclose(got["t"], noisy.times[kept] - STARTED, atol=0.000501)
    assert {50.0, -60.0, 70.0, np.inf, -np.inf} <= set(got["y"])
    assert np.isnan(got["y"]).sum() == 1


def test_a_level_and_an_overview_have_the_means_of_what_they_leave_out(
    noisy: History, noisy_files: tuple[Any, dict[str, Any]]
) -> None:
    found, files = noisy_files
    total = np.nanmean(np.where(np.isfinite(noisy.values), noisy.values, np.nan))
    parts = [found, *(files[tile["src"]] for tile in found["levels"][0]["tiles"])]
    for part in parts:
        mean = decode_column(part["mean"])
        assert len(mean) == -(-len(decode_column(part["x"])) // MEAN_OF)
    per_tile = [np.nanmean(decode_column(part["mean"])) for part in parts]

    assert per_tile[0] == pytest.approx(total, abs=0.01)
    for number, got in enumerate(per_tile[1:]):
        width = LEVEL_TILE * FACTOR
        values = noisy.values[number * width : (number + 1) * width]
        assert got == pytest.approx(values[np.isfinite(values)].mean(), abs=0.02)
    assert "mean" not in files[found["tiles"][0]["src"]]
    assert "mean" not in written(history(RNG.random(POINTS)))[0]


def test_a_levels_tiles_begin_with_a_bucket_and_know_their_ends(
    noisy: History, noisy_files: tuple[Any, dict[str, Any]]
) -> None:
    found, files = noisy_files
    tiles = found["levels"][0]["tiles"]

    assert [tile["src"].split(".")[0] for tile in tiles] == [
        f"f-x-1-0-x{FACTOR}-{i}" for i in (0, 1, 2)
    ]
    for number, tile in enumerate(tiles):
        xs = decode_column(files[tile["src"]]["x"])
        assert (tile["x0"], tile["x1"], tile["n"]) == (xs[0], xs[-1], len(xs))
        start = number * LEVEL_TILE * FACTOR
        assert noisy.steps[start] <= xs[0] <= noisy.steps[start + FACTOR - 1]


def test_the_points_tiles_are_exact(
    noisy: History, noisy_files: tuple[Any, dict[str, Any]]
) -> None:
    found, files = noisy_files
    got = columns(found["tiles"], files)

    np.testing.assert_array_equal(got["x"], noisy.steps)
    np.testing.assert_array_equal(got["y"], noisy.values)


def test_levels_cost_at_most_a_tenth_of_the_points() -> None:
    values = RNG.normal(size=LONG).astype(np.float32).astype(np.float64)
    given = history(values)
    _, files = make_chunks([(given, given)], Source("x-1", STARTED))
    sizes = {file.name: len(file.content) for file in files if file.name.startswith("f-")}
    levels = sum(size for name, size in sizes.items() if "-x32-" in name)

    assert levels <= 0.1 * (sum(sizes.values()) - levels)


def test_tiles_do_not_change_when_the_history_grows() -> None:
    values, steps = RNG.random(LONG), np.arange(LONG, dtype=float)
    long = History("loss", steps, np.full(LONG, np.nan), values)
    first, _ = written(long.at(slice(0, LONG - 1000)))
    second, _ = written(long)

    assert first["tiles"][:-1] == second["tiles"][:-1]
    assert first["levels"][0]["tiles"][:-1] == second["levels"][0]["tiles"][:-1]
    assert first["tiles"][-1] != second["tiles"][-1]


def test_a_spool_takes_the_tiles_of_long_histories_alone() -> None:
    short: list[DataFile] = []
    written(history(RNG.random(TILE)), short)
    long: list[DataFile] = []
    given = history(RNG.random(TILE + 1))
    found, _ = written(given, long)

    assert short == []
    assert [file.name for file in long] == [tile["src"] for tile in found["tiles"]]
    assert found == written(given)[0]
