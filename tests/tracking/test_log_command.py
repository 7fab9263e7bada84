"""`runreport log` and `runreport set`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import runreport
from runreport.cli.log import log, set_
from tests.tracking.conftest import clean_environment
from tests.tracking.folders import points, record, rows, segments


@pytest.fixture
def ended() -> runreport.Run:
    with runreport.start_run(run_name="first") as run:
        runreport.log_metric("loss", 0.5)
    return run


def call(*arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke({"log": log, "set": set_}[command], rest)


def test_metrics_are_added(ended: runreport.Run) -> None:
    done = call(
        "log", "first", "a=1", "b=2.5e-3", "c=nan", "d=-inf", "--step", "7", "--user", "lee"
    )
    header, row = rows(segments(ended.folder)[1])

    assert (done.exit_code, done.output) == (0, "")
    assert header["segment"]["by"] == "lee"
    assert {name: row[name] for name in "abcd"} == {
        "a": 1,
        "b": 0.0025,
        "c": "NaN",
        "d": "-Infinity",
    }
    assert row["step"] == 7


def test_an_empty_folder_becomes_a_run(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for value in ("0.5", "0.25"):
        assert call("log", str(tmp_path / "new"), f"loss={value}").exit_code == 0

    assert [row["loss"] for row in points(tmp_path / "new")] == [0.5, 0.25]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("log", "first", "a"), "metric 'a': is not of the form NAME=VALUE"),
        (("log", "first", "=1"), "metric '=1': is not of the form NAME=VALUE"),
        (("log", "first", "a=high"), "metric 'a': 'high' is not a number"),
        (("set", "first", "--param", "lr"), "param 'lr': is not of the form NAME=VALUE"),
        (
            ("set", "first"),
            "nothing to set; give --param, --tag, --note, --status or --name",
        ),
    ],
)
def test_wrong_usage(ended: runreport.Run, arguments: tuple[str, ...], message: str) -> None:
    done = call(*arguments)

    assert done.exit_code == 2
    assert done.output.splitlines()[-1] == f"Error: {message}"
    assert len(segments(ended.folder)) == 1


def test_fields_are_set(ended: runreport.Run) -> None:
    done = call(
        "set", "first", "--param", "lr=0.01", "--param", "opt=adam", "--param", "v=1e999",
        "--tag", "n=1", "--note", "**Good.**", "--status", "killed", "--name", "best=1",
        "--goal", "loss=min", "--summary", "loss=min", "--summary", "acc=max",
    )  # fmt: skip
    found = record(ended.folder)

    assert (done.exit_code, done.output) == (0, "")
    assert found["params"] == {"lr": 0.01, "opt": "adam", "v": "1e999"}
    assert found["tags"] == {"n": "1"}
    assert (found["status"], found["name"]) == ("killed", "best=1")
    assert found["metrics"] == {
        "loss": {"goal": "min", "summary": "min"},
        "acc": {"summary": "max"},
    }
    assert (ended.folder / "README.md").read_text() == "**Good.**\n"


def test_fields_are_taken_away(ended: runreport.Run) -> None:
    call("set", "first", "--param", "lr=1", "--tag", "a=1", "--tag", "b=2")
    call("set", "first", "--drop-param", "lr", "--drop-tag", "a")

    assert record(ended.folder)["params"] == {}
    assert record(ended.folder)["tags"] == {"b": "2"}


def test_several_shells_log_at_once(ended: runreport.Run, tmp_path: Path) -> None:
    code = "import sys; from runreport.cli.log import log; log(sys.argv[1:])"
    shells = [
        subprocess.Popen(
            [sys.executable, "-c", code, "first", f"m{shell}=1"],
            cwd=tmp_path,
            env=clean_environment(),
        )
        for shell in range(8)
    ]
    assert [shell.wait(300) for shell in shells] == [0] * 8
    names = sorted(name for row in points(ended.folder)[1:] for name in row if name != "time")

    assert names == [f"m{shell}" for shell in range(8)]
    assert len(segments(ended.folder)) == 9
