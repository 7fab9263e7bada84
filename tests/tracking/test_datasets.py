"""Data sets are named by their content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import runreport
from runreport.errors import LogError
from tests.tracking.folders import only_run, record


class Dataset:
    name = "iris"
    digest = "abc"
    profile = {"num_rows": 150, "num_columns": 5}  # noqa: RUF012 - as MLflow's


def logged(root: Path, dataset: Any, **more: Any) -> dict[str, Any]:
    with runreport.start_run():
        runreport.log_input(dataset, **more)
    found: dict[str, Any] = record(only_run(root))["datasets"]
    return found


def test_a_frame(root: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    found = logged(root, frame, context="training", tags={"split": "a"})["training"]

    assert (found["rows"], found["columns"], found["tags"]) == (3, 2, {"split": "a"})
    assert len(found["digest"]) == 16


def test_the_digest_follows_the_content() -> None:
    from runreport.tracking.datasets import describe

    def digest(dataset: Any) -> str:
        return str(describe(dataset, name=None, context=None)[1]["digest"])

    frames = [
        pd.DataFrame({"a": [1, 2]}),
        pd.DataFrame({"a": [1, 3]}),
        pd.DataFrame({"b": [1, 2]}),
        pd.DataFrame({"a": [[1], [2]]}),
    ]
    arrays = [np.zeros((2, 3)), np.zeros((3, 2)), np.zeros((2, 3), np.float32), np.ones((2, 3))]

    assert len({digest(each) for each in (*frames, *arrays)}) == 8
    assert [digest(each.copy()) for each in frames] == [digest(each) for each in frames]


def test_an_array(root: Path) -> None:
    found = logged(root, np.zeros((4, 3, 2)), name="x")["x"]

    assert (found["rows"], found["columns"]) == (4, 6)


def test_a_file(root: Path, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")

    assert logged(root, tmp_path / "data.csv")["data.csv"]["bytes"] == 8


def test_a_data_set_of_mlflow(root: Path) -> None:
    assert logged(root, Dataset(), context="test") == {
        "iris": {"digest": "abc", "rows": 150, "columns": 5, "context": "test"}
    }


@pytest.mark.parametrize("dataset", [3, "gone.csv", None], ids=str)
def test_what_is_no_data_set_is_refused(dataset: Any) -> None:
    with runreport.start_run(), pytest.raises(LogError, match=r"^log_input: "):
        runreport.log_input(dataset)
