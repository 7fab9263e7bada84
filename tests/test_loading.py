"""Runs read, and reduced to one value a metric."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from runreport.histories.summaries import SUMMARIES, Summary
from runreport.loading import load, summarise_all, summary_value
from runreport.readers.native import read_run
from runreport.records import History

DATA = Path(__file__).parent / "data" / "native"


def make_history(steps: list[float], values: list[float]) -> History:
    return History("a", np.array(steps, float), np.array(steps, float), np.array(values, float))


@pytest.mark.parametrize(
    ("summary", "value"), [("last", 2.0), ("min", 1.0), ("max", 6.0), ("mean", 3.0)]
)
def test_a_history_has_one_value(summary: Summary, value: float) -> None:
    assert summary_value(make_history([0, 3, 1], [1, 2, 6]), summary) == value


@pytest.mark.parametrize("summary", SUMMARIES)
def test_a_history_without_points_has_no_value(summary: Summary) -> None:
    assert math.isnan(summary_value(make_history([], []), summary))


def test_a_value_that_was_superseded_does_not_count() -> None:
    history = History(
        "a", np.array([0.0, 1.0]), np.zeros(2), np.array([1.0, 2.0]), np.array([False, True])
    )

    assert summary_value(history, "last") == 1.0


def test_the_lists_are_parallel() -> None:
    loaded = load([DATA], include=["iris/*"])

    assert [row.name for row in loaded.rows] == ["brave-otter", "bare"]
    assert [row.status for row in loaded.rows] == ["finished", ""]
    assert [{each.name: each.value for each in row.metrics} for row in loaded.rows] == [
        {"acc": 0.8, "accuracy_on_XYZ": 0.98, "loss": 0.4},
        {"acc": 1.0, "loss": 0.25},
    ]
    assert [row.run_id for row in loaded.rows] == [folder.name for folder in loaded.folders]
    assert loaded.frame()["metrics.loss"].tolist() == [0.4, 0.25]


def test_a_run_says_which_number_stands_for_a_metric(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    definition = {"metrics": {"acc": {"summary": "max"}, "loss": {"goal": "min"}}}
    (folder / "run.jsonl").write_text(json.dumps(definition) + "\n")
    (folder / "metrics.jsonl").write_text('{"acc":0.9,"loss":1}\n{"acc":0.8,"loss":2}\n')

    (row,) = load([tmp_path / "runs"]).rows
    assert {each.name: each.value for each in row.metrics} == {"acc": 0.9, "loss": 2.0}
    acc, loss = summarise_all(read_run(folder, folder.parent))
    assert (acc.value, acc.last, loss.value, loss.count) == (0.9, 0.8, 2.0, 2)
