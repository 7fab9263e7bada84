"""The files of runs and points that a site offers: those of an export, fit to publish."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from runreport.api import load_metrics, load_runs
from runreport.build import build
from runreport.built import Built
from runreport.cli import main
from runreport.config import Config, load_config
from runreport.errors import ConfigError
from tests.test_index import CACHE, NOW, Changes, age, append, clean, snapshot, write_run
from tests.test_index import built as built_again

ALL = ("csv", "parquet", "sqlite")
SECRET = "ghp_" + "a1B2" * 9
DATA = Path("site/data")


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def built(*forms: str, **settings: Any) -> Built:
    return built_again(downloads=forms or ALL, **settings)


def make_runs() -> None:
    write_run("runs/iris/a", 5, params={"lr": 0.1, "layers": [8, 3]}, tags={"team": "x"})
    write_run("runs/iris/b", 3, params={"lr": 1}, started=NOW + 1)
    write_run("runs/wine/c", 2, params={"depth": 3}, version="测试")


def files() -> set[str]:
    return {path.relative_to(DATA).as_posix() for path in DATA.glob("*/*")}


def rows(name: str, table: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(DATA / name)) as database:
        return database.execute(f"SELECT * FROM {table}").fetchall()


def published() -> bytes:
    """Return all that is in the files, what is packed among it."""
    contents = [path.read_bytes() for path in DATA.rglob("*") if path.is_file()]
    tables = [pyarrow.parquet.read_table(path) for path in DATA.rglob("*.parquet")]
    return b"".join([*contents, *(str(table.to_pydict()).encode() for table in tables)])


class TestFiles:
    def test_each_experiment_has_its_own_and_so_has_the_site(self) -> None:
        make_runs()
        built()

        names = ("metrics.csv", "metrics.parquet", "runs.parquet", "runs.sqlite")
        folders = ("iris", "wine", "all-runs")
        assert files() == {f"{folder}/{name}" for folder in folders for name in names}
        assert [row[0] for row in rows("wine/runs.sqlite", "runs")] == ["c"]
        assert [row[0] for row in rows("all-runs/runs.sqlite", "runs")] == ["a", "b", "c"]
        assert len(rows("iris/runs.sqlite", "metrics")) == 8

    def test_nothing_is_added_unless_it_is_asked_for(self) -> None:
        make_runs()
        built_again()
        assert files() == set()
        built("sqlite")
        assert files() == {"iris/runs.sqlite", "wine/runs.sqlite", "all-runs/runs.sqlite"}
        built_again()
        assert files() == set()

    @pytest.mark.parametrize("form", ALL)
    def test_of_one_experiment_they_are_the_bytes_of_the_export(self, form: str) -> None:
        make_runs()
        shutil.rmtree("runs/wine")
        built(form)
        out = "out/runs.sqlite" if form == "sqlite" else "out"
        CliRunner().invoke(main, ["export", "--format", form, "-o", out])
        names = {
            "csv": ["metrics.csv"],
            "parquet": ["runs.parquet", "metrics.parquet"],
            "sqlite": ["runs.sqlite"],
        }[form]

        for folder in ("iris", "all-runs"):
            for name in names:
                assert (DATA / folder / name).read_bytes() == Path("out", name).read_bytes()

    def test_readers_find_what_the_frames_hold(self) -> None:
        make_runs()
        built()
        points, runs = load_metrics(), load_runs()

        read = pd.read_csv(DATA / "all-runs/metrics.csv")
        pd.testing.assert_frame_equal(read, points, check_dtype=False)
        parquet = pd.read_parquet(DATA / "all-runs/metrics.parquet")
        assert parquet.to_dict("list") == points.to_dict("list")
        assert list(pd.read_parquet(DATA / "all-runs/runs.parquet").columns) == list(runs.columns)
        with closing(sqlite3.connect(DATA / "all-runs/runs.sqlite")) as database:
            query = "SELECT metrics.* FROM metrics JOIN runs USING (run_id) WHERE name = 'b'"
            found = pd.read_sql_query(query, database)
            kept = pd.read_sql_query("SELECT * FROM metrics", database)
        assert kept.to_dict("list") == points.to_dict("list")
        assert found["value"].tolist() == points[points["run_id"] == "b"]["value"].tolist()

    def test_duckdb_reads_them_all(self) -> None:
        duckdb = pytest.importorskip("duckdb")
        make_runs()
        built()
        best = (
            "SELECT run_id, max(value) FROM '{0}' JOIN '{1}' USING (run_id) "
            'WHERE "params.lr" > 0.05 GROUP BY run_id ORDER BY run_id'
        )
        parquet = best.format(DATA / "all-runs/metrics.parquet", DATA / "all-runs/runs.parquet")
        csv = best.format(DATA / "all-runs/metrics.csv", DATA / "all-runs.csv")

        assert duckdb.sql(parquet).fetchall() == [("a", 1.0), ("b", 1.0)]
        assert duckdb.sql(csv).fetchall() == [("a", 1.0), ("b", 1.0)]

    def test_run_that_cannot_be_read_has_a_row_and_no_points(self) -> None:
        make_runs()
        write_run("runs/iris/bad", 0)
        Path("runs/iris/bad/run.jsonl").write_text("nonsense\n")
        built("sqlite")

        assert [row[0] for row in rows("iris/runs.sqlite", "runs")] == ["a", "b", "bad"]
        assert {row[0] for row in rows("iris/runs.sqlite", "metrics")} == {"a", "b"}


class TestPages:
    def links(self, path: str) -> dict[str, str]:
        page = Path("site", path)
        found = re.findall(
            r'<a href="([^"]*)" download="[^"]+">([^<]*)</a> ([^<]+)</span>', page.read_text()
        )
        for href, _, size in found:
            bytes_ = (page.parent / href).stat().st_size
            assert size.split(" ")[0] in (
                str(bytes_),
                f"{bytes_ / 1000:.0f}",
                f"{bytes_ / 1000:.1f}",
            )
        return {label: href for href, label, _ in found}

    def test_index_and_experiments_lead_to_them_with_their_sizes(self) -> None:
        make_runs()
        built()

        assert self.links("index.html") == {
            "CSV": "data/all-runs.csv",
            "JSON": "data/all-runs.json",
            "metrics.csv": "data/all-runs/metrics.csv",
            "runs.parquet": "data/all-runs/runs.parquet",
            "metrics.parquet": "data/all-runs/metrics.parquet",
            "runs.sqlite": "data/all-runs/runs.sqlite",
        }
        assert self.links("e/iris/index.html") == {
            "metrics.csv": "../../data/iris/metrics.csv",
            "runs.parquet": "../../data/iris/runs.parquet",
            "metrics.parquet": "../../data/iris/metrics.parquet",
            "runs.sqlite": "../../data/iris/runs.sqlite",
        }

    def test_site_without_points_offers_its_runs(self) -> None:
        make_runs()
        built_again()

        assert list(self.links("index.html")) == ["CSV", "JSON"]

    def test_page_of_an_experiment_does_not_depend_on_another(self) -> None:
        make_runs()
        built()
        before = snapshot()
        append(Path("runs/wine/c"), range(9, 99))
        built()
        changed = {path for path, content in snapshot().items() if before.get(path) != content}

        assert not {path for path in changed if "iris/" in path}
        assert {
            "data/wine/runs.sqlite",
            "data/all-runs/runs.sqlite",
            "e/wine/index.html",
        } <= changed


class TestPrivacy:
    def test_what_the_site_keeps_back_is_in_no_file(self) -> None:
        home = "/home/kim/secret-project/train.py"
        write_run(
            "runs/iris/a",
            params={"api_key": "hunter2hunter2", "note": f"with {SECRET}", "nested": {"a": SECRET}},
            tags={"token": SECRET, "env": "value-of-a-variable"},
            user=f"kim {SECRET}",
            source={"name": home},
            host="node17.cluster",
            command="train.py --private",
        )
        settings = load_config(None, {"downloads": ALL})
        build(settings, now=NOW, version="1", secrets=["value-of-a-variable"])
        CliRunner().invoke(main, ["export", "--format", "csv", "-o", "out"])
        raw = Path("out/runs.csv").read_bytes()
        found = published()

        for text in ("hunter2hunter2", SECRET, "value-of-a-variable", home):
            assert text.encode() in raw, text
            assert text.encode() not in found, text
        for text in ("node17", "--private"):
            assert text.encode() not in found
        shown = dict(zip(*columns_of("iris/runs.sqlite"), strict=True))
        assert shown["params.api_key"] == shown["tags.env"] == "[redacted]"
        assert shown["source"] == "~/secret-project/train.py"

    def test_it_is_the_same_when_the_index_has_the_runs(self) -> None:
        write_run("runs/iris/a", params={"password": "hunter2hunter2"}, user=SECRET)
        age()
        built_again()
        built()
        found = published()

        assert SECRET.encode() not in found
        assert b"hunter2hunter2" not in found

    def test_formulas_are_harmless_in_a_spreadsheet(self) -> None:
        write_run("runs/iris/a", run_id="=cmd|'/c calc'!A1")
        built("csv")

        line = (DATA / "all-runs/metrics.csv").read_text(encoding="utf-8").splitlines()[1]
        assert line.startswith("'=cmd|'/c calc'!A1,loss,0,")


def columns_of(name: str) -> tuple[list[str], tuple[Any, ...]]:
    with closing(sqlite3.connect(DATA / name)) as database:
        found = database.execute("SELECT * FROM runs")
        return [each[0] for each in found.description], found.fetchone()


class TestLimits:
    def test_files_past_the_total_are_left_out_and_told(self) -> None:
        make_runs()
        done = built(max_total_bytes=30_000)
        (finding, *_) = [each for each in done.findings if "sqlite:" in each.message]

        assert "iris/metrics.csv" in files()
        assert "iris/runs.sqlite" not in files()
        assert "max_total_bytes = 30 kB; raise that setting" in finding.message
        assert "sqlite left out, see the log" in Path("site/e/iris/index.html").read_text()
        assert finding.place == "data/iris"
        assert "no download as sqlite" in Path("site/log.html").read_text()
        sizes = sum((DATA / name).stat().st_size for name in files())
        assert sizes <= 30_000

    def test_two_names_of_one_file_count_once(self) -> None:
        make_runs()
        shutil.rmtree("runs/wine")
        built("sqlite")
        size = (DATA / "iris/runs.sqlite").stat().st_size
        assert not built("sqlite", max_total_bytes=size).findings
        assert built("sqlite", max_total_bytes=size - 1).findings

    def test_artifacts_come_first(self) -> None:
        folder = write_run("runs/iris/a")
        (folder / "artifacts").mkdir()
        (folder / "artifacts/a.txt").write_text("x" * 1000)
        built("csv", max_total_bytes=1100)

        assert files() == set()
        assert list(Path("site/a").rglob("a.txt"))

    def test_site_is_that_of_a_clean_build_whatever_is_left_out(self) -> None:
        make_runs()
        for limit in (30_000, 100, 10**9, 45_000):
            built(max_total_bytes=limit)
            assert snapshot() == clean(downloads=ALL, max_total_bytes=limit)

    def test_more_columns_than_sqlite_takes_cost_that_file_alone(self) -> None:
        write_run("runs/iris/a", params={f"p{number}": number for number in range(1999)})
        record: dict[str, Any] = {"params": {f"q{number}": number for number in range(1999)}}
        write_run("runs/iris/b", **record)
        done = built()

        assert "iris/runs.sqlite" not in files()
        assert {"iris/metrics.csv", "iris/runs.parquet"} <= files()
        assert [each.place for each in done.findings] == ["data/iris"]
        assert "columns are more than" in done.findings[0].message

    def test_without_pyarrow_the_build_ends_before_it_reads(self) -> None:
        make_runs()
        script = (
            "import sys\n"
            "sys.modules['pyarrow'] = None\n"
            "from runreport.cli import main\n"
            "main(['build', '--downloads', 'parquet'])\n"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

        assert done.returncode == 1
        assert "pip install 'runreport[parquet]'" in done.stderr
        assert "reading runs" not in done.stderr
        assert not Path("site").exists()


class TestKept:
    OPENED = """
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
from runreport.cli import main
main(sys.argv[1:], standalone_mode=False)
print(sum(name == "metrics.jsonl" for name in opened))
"""

    def opened(self, *arguments: str) -> int:
        command = [sys.executable, "-c", self.OPENED, "build", "-q", *arguments]
        return int(subprocess.check_output(command, text=True).split()[-1])

    def test_points_are_read_only_where_a_file_has_changed(self) -> None:
        make_runs()
        age()
        flags = ["--downloads", "csv", "--downloads", "sqlite"]
        assert self.opened(*flags) == 9  # each for the site, for its experiment, and for all
        times = {name: (DATA / name).stat().st_mtime_ns for name in files()}
        assert self.opened(*flags) == 0
        assert self.opened(*flags, "--title", "T") == 0
        assert {name: (DATA / name).stat().st_mtime_ns for name in files()} == times
        append(Path("runs/wine/c"), range(9, 11))
        assert self.opened(*flags) == 1 + 1 + 3
        assert self.opened(*flags, "--downloads", "parquet") == 6
        assert (DATA / "iris/runs.sqlite").stat().st_mtime_ns == times["iris/runs.sqlite"]

    def test_other_values_of_superseded_points_are_a_change(self) -> None:
        folder = write_run("runs/iris/a", points=0)
        metrics = folder / "metrics.jsonl"
        metrics.write_text(
            '{"step":0,"a":1}\n{"step":1,"a":2}\n{"step":0,"a":5}\n{"step":1,"a":6}\n'
        )
        age()
        built("csv")
        metrics.write_text(
            '{"step":0,"a":3}\n{"step":1,"a":4}\n{"step":0,"a":5}\n{"step":1,"a":6}\n'
        )
        age()
        built("csv")

        assert pd.read_csv(DATA / "iris/metrics.csv")["value"].tolist() == [3, 4, 5, 6]

    def test_status_of_the_day_is_a_change(self) -> None:
        write_run("runs/iris/a", status="running", host="elsewhere", ended=None, started=NOW)
        age()
        os.utime("runs/iris/a/metrics.jsonl", (NOW, NOW))
        config = load_config(None, {"downloads": ["sqlite"]})
        for later, status in ((1, "running"), (10_000, "interrupted")):
            build(config, now=NOW + later, version="1")
            assert dict(zip(*columns_of("iris/runs.sqlite"), strict=True))["status"] == status

    def test_changed_file_is_mended(self) -> None:
        make_runs()
        age()
        built()
        before = snapshot()
        (DATA / "iris/runs.sqlite").write_bytes(b"changed")
        (DATA / "all-runs/metrics.csv").unlink()
        built()

        assert snapshot() == before

    def test_run_that_is_read_each_time_is_written_each_time(self) -> None:
        folder = write_run("runs/iris/a")
        for value in (1, 2):
            with (folder / "metrics.jsonl").open("wb") as file:
                file.write(b'{"loss": %d}\n' % value)
                # What is behind a hole may change with no time of change that tells.
                file.truncate(9_000_000)
            built("csv")

            assert pd.read_csv(DATA / "iris/metrics.csv")["value"].tolist() == [value]

    def test_last_experiment_has_the_files_of_the_site(self) -> None:
        make_runs()
        age()
        built()
        shutil.rmtree("runs/wine")
        built()

        assert snapshot() == clean(downloads=ALL)

    def test_damaged_index_costs_only_time(self) -> None:
        make_runs()
        age()
        built()
        with closing(sqlite3.connect(CACHE)) as database:
            database.execute("UPDATE pages SET key = key || ' ' WHERE path LIKE '%sqlite'")
            database.execute("UPDATE runs SET content = 'x'")
            database.commit()
        append(Path("runs/iris/a"), range(9, 11))
        built()

        assert snapshot() == clean(downloads=ALL)


@pytest.mark.parametrize("seed", range(3))
def test_site_is_that_of_a_clean_build(seed: int) -> None:
    changes = Changes(seed)
    for _ in range(3):
        changes.do_add()
    for jobs in (1, 1, 2):
        built(jobs=jobs)
        for _ in range(changes.chance.randrange(4)):
            changes.any()
        changes.do_add()
        built(jobs=jobs)

        assert snapshot() == clean(downloads=ALL), f"seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_site_is_that_of_a_clean_build_many_times(seed: int) -> None:
    test_site_is_that_of_a_clean_build(seed)


class TestSetting:
    def test_file_and_flags_choose_formats(self) -> None:
        Path("runreport.toml").write_text('downloads = ["sqlite", "csv", "csv"]\n')
        assert load_config().downloads == ("csv", "sqlite")
        assert load_config(None, {"downloads": ("parquet",)}).downloads == ("parquet",)
        assert Config().downloads == ()

    @pytest.mark.parametrize("value", ['"csv"', '["xlsx"]', "[1]", "true"])
    def test_other_values_are_refused(self, value: str) -> None:
        Path("runreport.toml").write_text(f"downloads = {value}\n")

        with pytest.raises(
            ConfigError, match="must be a list of some of 'csv', 'parquet', 'sqlite'"
        ):
            load_config()

    def test_command_takes_several(self) -> None:
        make_runs()
        flags = ["--downloads", "csv", "--downloads", "sqlite"]
        result = CliRunner().invoke(main, ["build", "-q", *flags])

        assert (result.exit_code, result.output) == (0, "")
        assert {path.rpartition(".")[2] for path in files()} == {"csv", "sqlite"}
        manifest = json.loads(Path("site/runreport-site.json").read_bytes())
        assert "data/all-runs/runs.sqlite" in {each["path"] for each in manifest["files"]}

    def test_served_site_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        configs = []
        monkeypatch.setattr(
            "runreport.serving.serve", lambda serving, **_: configs.append(serving.load())
        )
        Path("runreport.toml").write_text('downloads = ["sqlite"]\n')
        CliRunner().invoke(main, ["serve"], catch_exceptions=False)

        assert [config.downloads for config in configs] == [()]
