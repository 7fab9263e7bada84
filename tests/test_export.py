"""Exports: the tables of `load_runs` and `load_metrics` as other tools read them."""

from __future__ import annotations

import csv
import json
import math
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from runreport.api import load_metrics, load_runs
from runreport.cli import main
from runreport.export import parquet

RECORDS: list[dict[str, Any]] = [
    {
        "name": "=cmd|'/c calc'!A1",
        "status": "finished",
        "started": 1795342500.25,
        "ended": 1795342575.25,
        "version": "测试-1.0.0",
        "params": {"lr": 0.1, "n": 3, "LR": "x", "on": True, "layers": [8, 3], 'a"b,c': -1.5},
        "tags": {"huge": 1 << 63, "mixed": 1},
    },
    {"name": "b", "status": "failed", "params": {"lr": 1}, "tags": {"mixed": "@x", "gap": None}},
]
POINTS = (
    '{"acc":0.9,"time":1795342501.5}\n{"acc":"NaN"}\n{"acc":"Infinity","step":7}\n{"=b":-1e-9}\n'
)
COUNT = 4


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for place, record in enumerate(RECORDS):
        folder = tmp_path / "runs" / "iris" / f"run-{place}"
        folder.mkdir(parents=True)
        (folder / "run.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    (tmp_path / "runs/iris/run-0/metrics.jsonl").write_text(POINTS, encoding="utf-8")
    return tmp_path / "runs"


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def exported(form: str, place: str = "out") -> Path:
    result = invoke("runs", "--format", form, "-o", place, "-q")
    assert (result.exit_code, result.output) == (0, "")
    return Path(place)


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


class TestCsv:
    def test_its_columns_are_those_of_the_frames(self) -> None:
        out = exported("csv")

        assert rows_of(out / "runs.csv")[0] == load_runs("runs").columns.tolist()
        assert rows_of(out / "metrics.csv")[0] == load_metrics("runs").columns.tolist()

    def test_its_points_are_those_of_the_frame(self) -> None:
        out = exported("csv")
        rows = rows_of(out / "metrics.csv")

        assert rows[1:] == [
            ["run-0", "'=b", "0", "", "-1e-9"],
            ["run-0", "acc", "0", "1795342501.5", "0.9"],
            ["run-0", "acc", "1", "", "NaN"],
            ["run-0", "acc", "7", "", "Infinity"],
        ]
        assert load_metrics("runs")["value"].tolist()[:2] == [-1e-9, 0.9]

    def test_its_runs_keep_numbers_gaps_and_texts(self) -> None:
        head, first, second = rows_of(exported("csv") / "runs.csv")
        one, two = dict(zip(head, first, strict=True)), dict(zip(head, second, strict=True))

        assert one["name"] == "'=cmd|'/c calc'!A1"
        assert (one["started"], two["started"]) == ("2026-11-22T10:15:00.250000Z", "")
        assert (one["params.lr"], two["params.lr"]) == ("0.1", "1")
        assert (one["params.on"], two["params.on"]) == ("true", "")
        assert one["params.layers"] == "[8,3]"
        assert one['params.a"b,c'] == "-1.5"
        assert (one["tags.mixed"], two["tags.mixed"]) == ("1", "'@x")
        assert (one["metrics.acc"], two["metrics.acc"]) == ("Infinity", "")

    def test_long_histories_are_whole(self, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("runreport.export.csvfiles.PIECE", 3)
        lines = "".join(f'{{"loss":{step}}}\n' for step in range(10))
        (runs / "iris/run-1/metrics.jsonl").write_text(lines, encoding="utf-8")
        rows = rows_of(exported("csv") / "metrics.csv")

        assert [row[4] for row in rows if row[1] == "loss"] == [str(step) for step in range(10)]


def table(path: Path, name: str) -> list[dict[str, Any]]:
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in database.execute(f"SELECT * FROM {name}")]
    finally:
        database.close()


class TestSqlite:
    def test_its_columns_are_those_of_the_frames_told_apart(self) -> None:
        out = exported("sqlite", "runs.db")
        columns = load_runs("runs").columns.tolist()
        columns[columns.index("params.lr")] = "params.lr (2)"

        assert list(table(out, "runs")[0]) == columns
        assert list(table(out, "metrics")[0]) == load_metrics("runs").columns.tolist()

    def test_its_cells_have_types(self) -> None:
        one, two = table(exported("sqlite", "runs.db"), "runs")

        assert (one["params.n"], two["params.n"]) == (3, None)
        assert (one["params.on"], one["params.LR"], one["params.lr (2)"]) == (1, "x", 0.1)
        assert one["started"] == "2026-11-22T10:15:00.250000Z"
        assert one["tags.huge"] == str(1 << 63)
        assert (one["tags.mixed"], two["tags.mixed"]) == ("1", "@x")
        assert one["metrics.acc"] == math.inf
        assert two["metrics.acc"] is None

    def test_its_points_are_those_of_the_frame(self) -> None:
        points = table(exported("sqlite", "runs.db"), "metrics")
        frame = load_metrics("runs")

        assert [row["step"] for row in points] == frame["step"].tolist()
        assert [row["value"] for row in points] == [-1e-9, 0.9, None, math.inf]
        assert [row["time"] for row in points] == [None, 1795342501.5, None, None]

    def test_a_run_and_a_metric_are_found_by_an_index(self) -> None:
        database = sqlite3.connect(exported("sqlite", "runs.db"))
        query = "SELECT value FROM metrics WHERE run_id = 'run-0' AND metric = 'acc' ORDER BY step"
        plan = str(database.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
        database.close()

        assert "metrics_by_run" in plan
        assert "TEMP B-TREE" not in plan

    def test_too_many_columns_are_refused_with_a_way_out(self, runs: Path) -> None:
        record = {"params": {f"p{number}": number for number in range(2000)}}
        (runs / "iris/run-1/run.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
        result = invoke("runs", "--format=sqlite", "-o", "runs.db", "-q")

        assert result.exit_code == 1
        assert "choose --format parquet or csv" in result.output
        assert not list(Path().glob("*.db*")) + list(Path().glob(".*.tmp"))


class TestParquet:
    def test_pandas_reads_the_frames_back(self) -> None:
        out = exported("parquet")
        points = pd.read_parquet(out / "metrics.parquet")
        frame = load_metrics("runs")

        assert pd.read_parquet(out / "runs.parquet").columns.tolist() == (
            load_runs("runs").columns.tolist()
        )
        assert points.columns.tolist() == frame.columns.tolist()
        assert points["metric"].tolist() == frame["metric"].tolist()
        assert str(points["value"].tolist()) == str(frame["value"].tolist())

    def test_its_columns_have_types_and_gaps(self) -> None:
        runs = pyarrow.parquet.read_table(exported("parquet") / "runs.parquet")
        types = {field.name: str(field.type) for field in runs.schema}

        assert types["started"] == "timestamp[us, tz=UTC]"
        assert types["params.n"] == "int64"
        assert types["params.on"] == "bool"
        assert types["params.lr"] == types["metrics.acc"] == "double"
        assert types["tags.huge"] == types["tags.mixed"] == types["params.layers"] == "string"
        assert runs["metrics.acc"].to_pylist() == [math.inf, None]
        assert runs["tags.mixed"].to_pylist() == ["1", "@x"]

    def test_small_runs_share_a_row_group_and_large_ones_are_split(
        self, runs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = "".join(f'{{"loss":{step}}}\n' for step in range(10))
        (runs / "iris/run-1/metrics.jsonl").write_text(lines, encoding="utf-8")
        assert (
            pyarrow.parquet.ParquetFile(exported("parquet") / "metrics.parquet").num_row_groups == 1
        )
        monkeypatch.setattr(parquet, "GROUP", 5)
        file = pyarrow.parquet.ParquetFile(exported("parquet") / "metrics.parquet")

        assert file.num_row_groups > 1
        assert file.read()["value"].to_pylist()[COUNT:] == [float(step) for step in range(10)]

    def test_without_pyarrow_the_error_says_what_to_install(self, tmp_path: Path) -> None:
        script = (
            "import sys\n"
            "sys.modules['pyarrow'] = None\n"
            "from runreport.cli import main\n"
            "main(['export', 'runs', '--format=parquet', '-o', 'out'])\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

        assert done.returncode == 1
        assert "pip install 'runreport[parquet]'" in done.stderr
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("csv", ["out/metrics.csv", "out/runs.csv"]),
        ("parquet", ["out/metrics.parquet", "out/runs.parquet"]),
        ("sqlite", ["out"]),
    ],
)
class TestPlaces:
    def test_an_older_export_is_replaced_and_nothing_is_left_beside_it(
        self, form: str, names: list[str], runs: Path
    ) -> None:
        exported(form)
        before = [Path(name).read_bytes() for name in names]
        (runs / "iris/run-1/metrics.jsonl").write_text('{"loss":1}\n', encoding="utf-8")
        exported(form)

        assert all(Path(name).read_bytes() != old for name, old in zip(names, before, strict=True))
        out = Path("out")
        assert sorted(map(str, out.iterdir() if out.is_dir() else [out])) == names

    def test_what_is_no_export_is_left_alone(self, form: str, names: list[str]) -> None:
        for name in names:
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_bytes(b"mine")
            result = invoke("runs", "--format", form, "-o", "out")

            assert result.exit_code == 1
            assert "is not an export of runreport" in result.output
            assert Path(name).read_bytes() == b"mine"
            Path(name).unlink()

    def test_the_summary_names_files_and_counts(self, form: str, names: list[str]) -> None:
        result = invoke("runs", "--format", form, "-o", "out")

        assert result.stdout.splitlines()[-1].endswith(f"  2 runs, {COUNT} points")
        assert all(str(Path(name)) in result.stdout for name in names)

    def test_an_export_that_fails_leaves_the_old_one(
        self, form: str, names: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        exported(form)
        before = [Path(name).read_bytes() for name in names]

        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        result = invoke("runs", "--format", form, "-o", "out")

        assert result.exit_code == 1
        assert "no space left on device" in result.output
        assert [Path(name).read_bytes() for name in names] == before
        assert not list(Path().rglob(".*.tmp"))


def test_a_file_in_the_place_of_the_folder_is_named() -> None:
    Path("out").write_text("mine")
    result = invoke("runs", "--format=csv", "-o", "out")

    assert result.exit_code == 1
    assert "out: is not a folder" in result.output


def test_a_folder_in_the_place_of_the_file_is_named() -> None:
    Path("out").mkdir()
    result = invoke("runs", "--format=sqlite", "-o", "out")

    assert result.exit_code == 1
    assert "out: is not an export" in result.output


def test_exports_of_the_same_runs_are_the_same_bytes() -> None:
    for form in ("csv", "parquet", "sqlite"):
        one, two = exported(form, f"one-{form}"), exported(form, f"two-{form}")
        files = [path.name for path in one.iterdir()] if one.is_dir() else [""]
        for name in files:
            assert (one / name).read_bytes() == (two / name).read_bytes()
