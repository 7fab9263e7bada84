"""Runs and points as pandas frames."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from runreport.frames import FACTS, POINTS, metrics_frame, runs_frame
from runreport.records import History, MetricSummary, RunDigest, RunRecord
from runreport.rows import RunRow, make_row


def make_record(run_id: str = "a", **fields: Any) -> RunRecord:
    base = {"name": run_id, "experiment": "iris", "folder": Path(run_id), "reader": "native"}
    return RunRecord(run_id=run_id, **{**base, **fields})


def make_run(record: RunRecord, **values: float) -> RunRow:
    metrics = tuple(
        MetricSummary(name, value, "last", None, value, 0, value, 0, value, 0, value, 1)
        for name, value in values.items()
    )
    return make_row(RunDigest(record, record.run_id, record.status, metrics, ()))


def make_history(name: str, values: list[float]) -> History:
    steps = np.arange(len(values), dtype=float)
    return History(name, steps, steps + 100, np.array(values))


def test_the_first_columns_are_the_facts() -> None:
    runs = runs_frame([make_run(make_record(status="finished", source={"name": "train.py"}))])

    assert tuple(runs.columns) == FACTS
    assert runs.loc[0, "status"] == "finished"
    assert runs.loc[0, "source"] == "train.py"


def test_times_are_utc_and_absent_ones_are_gaps() -> None:
    runs = runs_frame([make_run(make_record(started=1763806500.12))])

    assert str(runs["started"].dtype) == "datetime64[ns, UTC]"
    assert runs.loc[0, "started"] == pd.Timestamp("2025-11-22T10:15:00.120Z")
    assert runs["ended"].isna().tolist() == [True]


def test_groups_follow_the_facts_each_sorted_by_name() -> None:
    record = make_record(params={"z": 1, "lr": 0.1}, tags={"team": "a"})

    runs = runs_frame([make_run(record, loss=0.5, acc=0.9)])

    groups = ["params.lr", "params.z", "metrics.acc", "metrics.loss", "tags.team"]
    assert list(runs.columns[len(FACTS) :]) == groups


def test_numbers_become_columns_of_numbers() -> None:
    rows = [
        make_run(make_record("a", params={"n": 2, "lr": 0.1, "depth": 3, "big": 2**63})),
        make_run(make_record("b", params={"n": 3, "lr": 1, "big": 1})),
    ]

    runs = runs_frame(rows)

    assert runs["params.n"].dtype == np.int64
    assert runs["params.lr"].tolist() == [0.1, 1.0]
    assert runs["params.depth"].dtype == np.float64
    assert runs["params.depth"].isna().tolist() == [False, True]
    assert runs["params.big"].tolist() == [float(2**63), 1.0]


def test_mixed_params_keep_their_values_and_nested_ones_become_text() -> None:
    rows = [
        make_run(make_record("a", params={"x": "auto", "layers": [1, 2]})),
        make_run(make_record("b", params={"x": 2, "layers": None})),
    ]

    runs = runs_frame(rows)

    assert runs["params.x"].tolist() == ["auto", 2]
    assert runs["params.layers"].tolist() == ["[1,2]", None]


def test_a_run_without_a_metric_has_a_gap() -> None:
    runs = runs_frame([make_run(make_record("a"), loss=0.5), make_run(make_record("b"))])

    assert runs["metrics.loss"].tolist()[0] == 0.5
    assert math.isnan(runs["metrics.loss"].tolist()[1])


def test_params_in_another_order_are_the_same_columns() -> None:
    rows = [
        make_run(make_record("a", params={"n": 1, "x": "one"})),
        make_run(make_record("b", params={"x": "two", "n": 2})),
        make_run(make_record("c", params={"x": "three"})),
    ]

    runs = runs_frame(rows)

    assert list(runs.columns[len(FACTS) :]) == ["params.n", "params.x"]
    assert runs["params.x"].tolist() == ["one", "two", "three"]
    assert runs["params.n"].tolist()[:2] == [1, 2]
    assert math.isnan(runs["params.n"].tolist()[2])


def test_no_runs_give_an_empty_frame_with_the_facts() -> None:
    assert tuple(runs_frame([]).columns) == FACTS
    assert tuple(metrics_frame([]).columns) == POINTS


def test_points_come_in_the_order_logged() -> None:
    histories = (make_history("acc", [0.5]), make_history("b", [3, 2]))

    points = metrics_frame([("a", histories), ("empty", ())])

    assert points["metric"].tolist() == ["acc", "b", "b"]
    assert points["run_id"].tolist() == ["a"] * 3
    assert points["step"].tolist() == [0, 0, 1]
    assert points["time"].tolist() == [100, 100, 101]
    assert points["value"].tolist() == [0.5, 3, 2]
    assert points["value"].dtype == np.float64
