"""The filter language of the command line and of search_runs."""

from typing import Any

import pandas as pd
import pytest

from runreport.errors import ConfigError
from runreport.where import find_column, matching

RUNS = pd.DataFrame(
    {
        "run_id": ["r1", "r2", "r3", "r4"],
        "name": ["brave-otter", "Calm Fox", "test one", "x"],
        "status": ["finished", "failed", "running", "finished"],
        "started": pd.to_datetime(
            ["2026-01-01", "2026-02-01T12:00", "2026-03-01", ""], utc=True, format="ISO8601"
        ),
        "version": pd.Series(["1.0.0", "1.10", "1.9", ""], dtype=object),
        "params.lr": [0.1, 0.01, 1.0, None],
        "params.opt": pd.Series(["adam", "sgd", 3, None], dtype=object),
        "params.shuffle": pd.Series([True, False, True, None], dtype=object),
        "params.a b": pd.Series(["1", "2", "3", "4"], dtype=object),
        "metrics.acc": [0.9, 0.95, float("inf"), float("nan")],
        "metrics.val/loss": [1.0, 2.0, 3.0, 4.0],
        "tags.acc": pd.Series(["tag", None, "tag", None], dtype=object),
        "tags.team": pd.Series(["a", "b", None, "c d"], dtype=object),
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1234"),
        ("metrics.acc > 0.9", "23"),
        ("metrics.acc>=0.9", "123"),
        ("acc < 0.95", "1"),
        ("acc <= 0.95", "12"),
        ("acc = 0.95", "2"),
        ("acc == 0.95", "2"),
        ("acc != 0.95", "13"),
        ("acc = inf", "3"),
        ("lr = 1e-2", "2"),
        ("params.lr = '0.1'", "1"),
        ("params.lr = '0.10'", "1"),
        ("tags.acc = tag", "13"),
        ("val/loss >= 3", "34"),
        ('metrics."val/loss" >= 3', "34"),
        ("metrics.`val/loss` >= 3", "34"),
        ("params.`a b` > 2", "34"),
        ("'a b' = 2", "2"),
        ("name = 'Calm Fox'", "2"),
        ("name = 'calm fox'", ""),
        ("name ~ OTTER", "1"),
        ("name ~ o", "123"),
        ("version ~ 1.", "123"),
        ("version > 1.0", "123"),
        ("version = 1.0.0", "1"),
        ("status = finished", "14"),
        ("status = 'FINISHED'", "14"),
        ("status in ('failed', running)", "23"),
        ("status not in ('failed', running)", "14"),
        ("lr in (0.1, 1)", "13"),
        ("lr not in (0.1, 1)", "2"),
        ("shuffle = true", "13"),
        ("shuffle = True", "13"),
        ("shuffle != true", "2"),
        ("opt = 3", "3"),
        ("opt > 2", "123"),
        ("opt >= adam", "12"),
        ("acc > abc", ""),
        ("acc != abc", "123"),
        ("started > 2026-01-15", "23"),
        ("started < '2026-02-01T12:30:00Z'", "12"),
        ("started = 2026-01-01", "1"),
        ("attributes.start_time > 1767225600000", "23"),
        ("start_time > 1767225600", "23"),
        ("started > someday", ""),
        ("started ~ 2026-02", "2"),
        ("run_name ~ x", "24"),
        ("metric.acc > 0.9 and param.lr < 0.1", "2"),
        ("attribute.status = failed", "2"),
        ("acc > 0.9 and lr = 1", "3"),
        ("acc > 0.9 AND lr = 1 OR name = x", "34"),
        ("name = x or acc > 0.9 and lr = 1", "34"),
        ("(name = x or acc > 0.9) and lr = 1", "3"),
        ("not acc > 0.9", "14"),
        ("not (acc > 0.9 or name = x)", "1"),
        ("not not acc > 0.9", "23"),
        ("otter", "1"),
        ("'Calm Fox'", "2"),
        ("fox or otter", "12"),
        ("not otter and status = finished", "4"),
        ("team = 'c d'", "4"),
        ('team = "c d"', "4"),
    ],
)
def test_a_filter_lets_rows_through(text: str, expected: str) -> None:
    found = matching(RUNS, text)

    assert "".join(run_id[1:] for run_id in found["run_id"]) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("acc >", "--where: the filter ends early; a value is missing"),
        ("acc > 1 and", "--where: the filter ends early; a name is missing"),
        ("(acc > 1", "--where: the filter ends early; ')' is missing"),
        ("acc > 1)", "--where: column 8: found ')'; write 'and', 'or' or the end there"),
        ("acc > 1 lr > 2", "--where: column 9: found 'lr'; write 'and', 'or' or the end there"),
        ("and acc > 1", "--where: column 1: found 'and'; write a name there"),
        ("acc in 1", "--where: column 8: found '1'; write '(' there"),
        ("acc not 1", "--where: column 9: found '1'; write 'in' there"),
        ("acc in (1 2)", "--where: column 11: found '2'; write ')' there"),
        ("> 1", "--where: column 1: found '>'; write a name there"),
        ("acc > =", "--where: column 7: found '='; write a value there"),
        (
            "name = 'x",
            "--where: cannot read \"'x\"; quote texts and names with 'single quotes'",
        ),
        (
            "nope = 1",
            (
                "--where: no run has 'nope'; choose from run_id, name, status, started, version, "
                "params.lr, params.opt, params.shuffle, params.a b, metrics.acc and 3 more"
            ),
        ),
    ],
)
def test_a_filter_that_makes_no_sense_names_the_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        matching(RUNS, text)

    assert str(caught.value) == message


def test_the_place_of_the_filter_can_be_named() -> None:
    with pytest.raises(ConfigError, match=r"^filter_string: the filter ends early"):
        matching(RUNS, "acc >", place="filter_string")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("acc", "metrics.acc"),
        ("tags.acc", "tags.acc"),
        ("tag.acc", "tags.acc"),
        ("lr", "params.lr"),
        ("team", "tags.team"),
        ("parameters.lr", "params.lr"),
        ("name", "name"),
        ("run", "name"),
    ],
)
def test_a_name_without_its_group_is_looked_for_in_order(name: str, column: str) -> None:
    assert find_column(RUNS, name) == column


def test_an_empty_frame_stays_empty() -> None:
    empty: Any = RUNS.iloc[:0]

    assert len(matching(empty, "acc > 1 or otter")) == 0
