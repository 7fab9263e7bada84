"""What the frameworks' modules share: runs of their own, params that collide, libraries missing."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

import runreport
from runreport.frameworks import Training, shortest
from tests.frameworks.logged import artifact, only, runs, series

WITHOUT = """
import sys
from importlib import import_module

sys.modules.update(dict.fromkeys(sys.argv[1:]))
from runreport import LogError

module = import_module(f"runreport.frameworks.{sys.argv[1]}")
try:
    (getattr(module, "RunReportCallback", None) or module.RunReportLogger)()
except LogError as error:
    print(error)
"""


def python(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "libraries",
    [
        ["keras"],
        ["lightgbm"],
        ["lightning", "pytorch_lightning"],
        ["optuna"],
        ["transformers"],
        ["xgboost"],
    ],
    ids=lambda libraries: libraries[0],
)
def test_a_missing_library_is_told_when_it_is_used(libraries: list[str]) -> None:
    told = python(WITHOUT, *libraries)

    assert told.startswith(f"{libraries[0]} cannot be imported (")
    assert told.endswith(f"; run: pip install {libraries[0]}\n")


def test_the_package_loads_no_framework() -> None:
    code = (
        "import sys, runreport.frameworks\n"
        "known = {'keras', 'lightgbm', 'lightning', 'optuna', 'torch', 'transformers', 'xgboost'}\n"
        "print(sorted(known & set(sys.modules)))\n"
    )

    assert python(code) == "[]\n"


def test_a_training_without_a_run_is_a_run_of_its_own(root: Path) -> None:
    training = Training(experiment="digits", name="first")
    training.begin()
    training.log({"loss": 0.5}, 3)
    training.end()

    assert runreport.active_run() is None
    row = only(root)
    assert (row["experiment"], row["name"], row["status"]) == ("digits", "first", "finished")
    assert series(root) == {"loss": {3: 0.5}}


def test_a_training_in_a_run_leaves_it_open(root: Path) -> None:
    with runreport.start_run() as run:
        training = Training()
        training.begin()
        training.end("failed")

        assert runreport.active_run() is run
    assert only(root)["status"] == "finished"


def test_what_comes_after_the_end_is_added_to_the_same_run(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with runreport.start_run(root="elsewhere"):
        training = Training()
        training.begin()
    training.log({"test/loss": 0.25}, 7)
    training.log_params({"late": 1})

    assert not root.exists()
    row = only(Path("elsewhere"))
    assert row["metrics.test/loss"] == 0.25
    assert "params.late" not in row
    assert caplog.messages == []


def test_a_training_that_stopped_without_telling_ends_when_the_next_begins(root: Path) -> None:
    left, following = Training(), Training()
    first = left.begin()
    second = following.begin()

    assert (first.status, second.status) == ("finished", "running")
    following.end()
    left.end("failed")
    assert [row["status"] for row in runs(root)] == ["finished", "finished"]


def test_numbers_without_a_begin_begin(root: Path) -> None:
    training = Training()
    training.log({"loss": 1.0})
    training.end()

    assert series(root) == {"loss": {0: 1.0}}


def test_params_of_a_second_training_are_told_and_stop_nothing(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with runreport.start_run(run_name="both"), caplog.at_level(logging.WARNING, "runreport"):
        Training().log_params({"depth": 2, "nothing": None, "kind": dict})
        for depth in (3, 4):
            Training().log_params({"depth": depth, "seed": 1})

    row = only(root)
    assert {name: row[name] for name in row if name.startswith("params.")} == {
        "params.depth": 2,
        "params.kind": "builtins.dict",
        "params.seed": 1,
    }
    (told,) = caplog.messages
    assert told == (
        "run 'both': it keeps the params of its first training, "
        "this one has other values of depth; start a run for each training"
    )


def test_features_are_in_order_of_their_importance(root: Path) -> None:
    with runreport.start_run():
        columns: dict[str, dict[str, float]] = {
            "gain": {"a": 1.0, "b, c": 2.5},
            "weight": {"b, c": 3},
        }
        Training().log_importance(columns, sort="gain")

    table = artifact(root, "feature_importance.csv")
    assert table == 'feature,gain,weight\n"b, c",2.5,3\na,1.0,\n'


@pytest.mark.parametrize(
    ("given", "expected"), [("0.100000001", 0.1), (0.0010000000474974513, 0.001), ("1", 1.0)]
)
def test_floats_of_32_bits_are_short(given: float | str, expected: float) -> None:
    assert shortest(given) == expected


def test_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        shortest("gbtree")
