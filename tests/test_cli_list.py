"""`runreport list`."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from runreport.api import load_runs
from runreport.cli import main

RUNS: list[dict[str, Any]] = [
    {
        "name": "a",
        "status": "finished",
        "started": 1795342500.25,
        "ended": 1795342575.25,
        "version": "测试-1.0.0+build.20261122.gdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        "params": {"lr": 0.1, "same": 1, "layers": [8, 3]},
        "metrics": {"acc": {"summary": "max"}},
    },
    {
        "name": "b|c <d> \x1b[31m",
        "status": "failed",
        "params": {"lr": 0.01, "same": 1, "on": True},
        "tags": {"x": "=1+1"},
    },
]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for place, record in enumerate(RUNS):
        folder = tmp_path / "runs" / "iris" / f"run-{place}"
        folder.mkdir(parents=True)
        (folder / "run.jsonl").write_text(json.dumps(record) + "\n")
    (tmp_path / "runs" / "iris" / "run-0" / "metrics.jsonl").write_text(
        '{"acc":0.912345678,"loss":"NaN","up":"Infinity"}\n'
    )
    return tmp_path / "runs"


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["list", *arguments], catch_exceptions=False)


class TestJson:
    def test_it_is_an_array_of_objects_with_the_frames_keys(self) -> None:
        rows = json.loads(invoke("--format", "json").stdout)

        assert [list(row) for row in rows] == [load_runs("runs").columns.tolist()] * 2
        assert rows[0] == {
            "run_id": "run-0",
            "name": "a",
            "experiment": "iris",
            "status": "finished",
            "started": "2026-11-22T10:15:00.250000Z",
            "ended": "2026-11-22T10:16:15.250000Z",
            "user": "",
            "source": "",
            "version": RUNS[0]["version"],
            "params.layers": "[8,3]",
            "params.lr": 0.1,
            "params.on": None,
            "params.same": 1,
            "metrics.acc": 0.912345678,
            "metrics.loss": None,
            "metrics.up": "Infinity",
            "tags.x": None,
        }
        assert (rows[1]["started"], rows[1]["params.on"], rows[1]["metrics.acc"]) == (
            None,
            True,
            None,
        )

    def test_no_rows_are_an_empty_array(self) -> None:
        assert json.loads(invoke("--format", "json", "--where", "acc > 1").stdout) == []


class TestCsv:
    def test_it_holds_every_column(self) -> None:
        rows = list(csv.DictReader(io.StringIO(invoke("--format", "csv").stdout)))

        assert list(rows[0]) == load_runs("runs").columns.tolist()
        assert rows[0]["started"] == "2026-11-22T10:15:00.250000Z"
        assert rows[0]["version"] == RUNS[0]["version"]
        assert (rows[0]["metrics.acc"], rows[0]["metrics.loss"]) == ("0.912345678", "")
        assert rows[1]["name"] == RUNS[1]["name"]
        assert rows[1]["params.same"] == "1"


class TestTable:
    def test_nothing_is_cut_in_a_pipe(self) -> None:
        output = invoke().stdout

        assert RUNS[0]["version"] in output
        assert "2026-11-22 10:15" in output
        assert "1m 15s" in output
        assert "0.9123" in output
        assert output.endswith("2 runs\n")

    def test_params_that_do_not_differ_and_empty_columns_are_left_out(self) -> None:
        head = invoke().stdout.splitlines()[1]

        assert head.split() == [
            *("name", "status", "started", "duration", "version"),
            *("layers", "lr", "on", "acc", "up", "x"),
        ]

    def test_a_name_cannot_steer_the_terminal(self) -> None:
        output = invoke().stdout

        assert "\x1b" not in output
        assert "b|c <d> \ufffd[31m" in output

    def test_an_empty_result_says_so(self) -> None:
        assert invoke("--where", "acc > 1").stdout.split() == ["0", "runs"]


class TestMarkdown:
    def test_cells_cannot_break_the_table(self) -> None:
        lines = invoke("--format", "markdown").stdout.splitlines()

        assert lines[0].startswith("| name | status | started |")
        assert lines[1].startswith("| --- | --- |")
        assert lines[3].startswith("| b\\|c &lt;d> \ufffd[31m | failed |")
        assert len(lines) == 4


class TestSelection:
    @pytest.mark.parametrize(
        ("arguments", "names"),
        [
            (["--where", "lr < 0.05"], ["run-1"]),
            (["--where", "name = a or status = failed"], ["run-0", "run-1"]),
            (["--sort", "lr"], ["run-1", "run-0"]),
            (["--sort", "-lr"], ["run-0", "run-1"]),
            (["--sort=-acc,lr"], ["run-0", "run-1"]),
            (["--include", "*/run-1"], ["run-1"]),
            (["--exclude", "*/run-1"], ["run-0"]),
            (["runs/iris/run-1"], ["run-1"]),
            (["--reader", "native"], ["run-0", "run-1"]),
        ],
    )
    def test_rows_are_chosen_and_sorted(self, arguments: list[str], names: list[str]) -> None:
        rows = json.loads(invoke("--format", "json", *arguments).stdout)

        assert [row["run_id"] for row in rows] == names

    def test_a_file_sets_the_sources(self, tmp_path: Path) -> None:
        (tmp_path / "runreport.toml").write_text('sources = ["runs/iris/run-1"]\n')

        assert len(json.loads(invoke("--format", "json").stdout)) == 1
        assert len(json.loads(invoke("--format", "json", "runs").stdout)) == 2

    @pytest.mark.parametrize("option", ["--where", "--sort"])
    def test_an_unknown_column_is_one_line(self, option: str) -> None:
        result = invoke(option, "nope" if option == "--sort" else "nope = 1")

        assert result.exit_code == 1
        assert result.output.startswith(f"Error: {option}: no run has 'nope'; choose from run_id")

    def test_findings_are_counted_apart_from_the_rows(self, runs: Path) -> None:
        with (runs / "iris" / "run-0" / "metrics.jsonl").open("a") as file:
            file.write("junk\n")

        result = invoke("--format", "json")

        assert result.stderr == "1 finding; see them with `runreport check`\n"
        assert len(json.loads(result.stdout)) == 2
