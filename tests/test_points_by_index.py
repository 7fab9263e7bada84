"""What is read through a build's index is what reading everything gives, at less cost."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from runreport.api import load_metrics, load_runs
from runreport.cli import main
from runreport.errors import ConfigError
from tests.test_index import CACHE, NOW, Changes, age, append, built, write_run

OPENED = """
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
import runreport
{call}
print(sum(name.endswith("metrics.jsonl") for name in opened), end="/")
print(sum(name.endswith("run.jsonl") for name in opened))
"""


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def opened(call: str) -> str:
    """Return how many metrics and run files a call opens, as "1/0"."""
    script = OPENED.format(call=call)
    return subprocess.check_output([sys.executable, "-c", script], text=True).strip()


def command(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    told = [line for line in result.stderr.splitlines() if not line.startswith("exporting")]
    return "\n".join([str(result.exit_code), *told, result.stdout])


def exported(form: str, *flags: str) -> list[bytes]:
    shutil.rmtree("out", ignore_errors=True)
    Path("out.db").unlink(missing_ok=True)
    told = command(
        "export", "--format", form, "-o", "out.db" if form == "sqlite" else "out", *flags
    )
    files = [Path("out.db"), *sorted(Path("out").glob("*"))]
    return [told.encode(), *(file.read_bytes() for file in files if file.is_file())]


QUESTIONS: list[dict[str, Any]] = [
    {},
    {"metrics": ["loss"]},
    {"metrics": "l*s"},
    {"metrics": ["nope"]},
    {"where": "status = finished"},
    {"where": "experiment = iris or loss > 0.3", "metrics": ["loss"]},
    {"where": "x > "},
]


def answers() -> list[Any]:
    """Return what every way of reading gives."""
    found: list[Any] = []
    for question in QUESTIONS:
        try:
            points = load_metrics(**question)
            found += [points.to_csv(), points.attrs["findings"]]
            runs = load_runs(where=question.get("where", ""))
            found += [runs.to_csv(), str(runs.dtypes), runs.attrs["findings"]]
        except ConfigError as error:
            found.append(str(error))
    names = [path.parent.name for path in sorted(Path("runs").rglob("run.jsonl"))]
    found += [command("show", name) for name in ("same", "moved", "n", *names[:2])]
    found += exported("csv") + exported("sqlite", "--where", "status != failed")
    return [*found, *exported("csv", "--metric", "loss", "--where", "name ~ e")]


def check() -> None:
    there = answers()
    before = CACHE.read_bytes() if CACHE.exists() else b""
    Path(".runreport-cache").rename("hidden")
    here = answers()
    Path("hidden").rename(".runreport-cache")

    assert there == here
    assert (CACHE.read_bytes() if CACHE.exists() else b"") == before


@pytest.mark.parametrize("seed", range(6))
def test_answers_are_those_without_an_index(seed: int) -> None:
    changes = Changes(seed)
    for _ in range(5):
        changes.do_add()
    age()
    built()
    for _ in range(2):
        for _ in range(changes.chance.randrange(4)):
            changes.any()
        changes.do_add()
        if CACHE.exists():
            check()
        built()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_answers_are_those_without_an_index_many_times(seed: int) -> None:
    test_answers_are_those_without_an_index(seed)


class TestWhatIsOpened:
    @pytest.fixture(autouse=True)
    def _runs(self) -> None:
        for place in range(4):
            write_run(f"runs/iris/{place}", params={"lr": place}, name=f"n{place}")
        write_run("runs/iris/bare", points=0)
        age()
        built()

    def test_runs_that_the_question_leaves_out_stay_closed(self) -> None:
        assert opened("runreport.load_runs()") == "0/0"
        assert opened("runreport.load_metrics(where='lr = 2')") == "1/0"

    def test_runs_without_the_metric_stay_closed(self) -> None:
        assert opened("runreport.load_metrics(metrics=['loss'])") == "4/0"

    def test_runs_are_read_for_their_points_alone(self) -> None:
        assert opened("runreport.load_metrics()") == "4/0"
        export = "['export', '--format', 'csv', '-o', 'out', '-q', '--where', 'lr > 1']"
        call = f"from runreport.cli import main; main({export}, standalone_mode=False)"
        assert opened(call) == "2/0"

    def test_changed_runs_are_read_whole(self) -> None:
        append(Path("runs/iris/0"), range(5, 6))

        assert opened("runreport.load_metrics(where='lr = 2')") == "2/1"
        assert opened("runreport.load_metrics(where='lr = 0')") == "2/1"

    def test_show_reads_one_run(self) -> None:
        for name in ("n2", "2"):
            call = (
                f"from runreport.cli import main; main(['show', '{name}'], standalone_mode=False)"
            )
            assert opened(call).splitlines()[-1] == "1/1"

    @pytest.mark.parametrize("column", ["code", "facts", "entry"])
    def test_index_of_another_version_or_damaged_is_none(self, column: str) -> None:
        with closing(sqlite3.connect(CACHE)) as database:
            database.execute(f"UPDATE runs SET {column} = {column} || ' '")
            database.commit()

        assert opened("runreport.load_metrics(where='lr = 2')") == "6/5"

    def test_index_of_another_site_is_none(self) -> None:
        Path("runreport.toml").write_text('output = "elsewhere"\n')

        assert opened("runreport.load_metrics(where='lr = 2')") == "6/5"


class TestLongHistories:
    def test_kept_columns_are_read_and_left_as_they_are(self) -> None:
        lines = [f'{{"step":{step},"loss":{step / 7!r}}}\n' for step in range(250_000)]
        folder = write_run("runs/iris/long", points=0)
        (folder / "metrics.jsonl").write_text("".join(lines))
        age()
        built()
        (kept,) = (path for path in CACHE.with_suffix(".columns").rglob("*") if path.is_file())
        before = kept.read_bytes()
        append(folder, range(250_000, 250_003))
        age()
        points = load_metrics(metrics="loss")

        assert kept.read_bytes() == before
        assert [path.name for path in kept.parent.iterdir()] == [kept.name]
        shutil.rmtree(CACHE.parent)
        pd.testing.assert_frame_equal(points, load_metrics())
        assert points["value"].tolist()[-1] == 1 / 250_003

    def test_damaged_columns_are_none(self) -> None:
        lines = [f'{{"step":{step},"loss":{step / 7!r}}}\n' for step in range(250_000)]
        folder = write_run("runs/iris/long", points=0)
        (folder / "metrics.jsonl").write_text("".join(lines))
        age()
        built()
        (kept,) = (path for path in CACHE.with_suffix(".columns").rglob("*") if path.is_file())
        kept.write_bytes(kept.read_bytes()[:-9] + b"surprise!")

        assert load_metrics()["value"].tolist() == [step / 7 for step in range(250_000)]


class TestQuestions:
    @pytest.fixture(autouse=True)
    def _runs(self) -> None:
        write_run("runs/iris/a", params={"lr": 1}, tags={"t": "x"})
        write_run("runs/wine/b", params={"lr": 2.5, "only": 1})

    def test_filter_takes_runs_with_the_columns_that_they_have(self) -> None:
        runs = load_runs(where="experiment = iris")

        assert runs["run_id"].tolist() == ["a"]
        assert "params.only" not in runs.columns
        assert runs["params.lr"].dtype == "int64"
        assert runs.index.tolist() == [0]

    def test_points_are_those_of_the_runs_and_metrics(self) -> None:
        (Path("runs/wine/b") / "metrics.jsonl").write_text('{"loss":1,"val/loss":2,"acc":3}\n')

        assert load_metrics(where="lr > 2")["metric"].tolist() == ["acc", "loss", "val/loss"]
        assert load_metrics(where="lr > 2", metrics="*loss")["value"].tolist() == [1, 2]
        assert load_metrics(metrics=["acc", "val/*"])["run_id"].tolist() == ["b", "b"]

    def test_names_with_brackets_are_names(self) -> None:
        (Path("runs/wine/b") / "metrics.jsonl").write_text('{"loss[0]":1}\n')

        assert load_metrics(metrics="loss[0]")["value"].tolist() == [1]

    def test_metric_that_no_run_has_is_an_error(self) -> None:
        with pytest.raises(ConfigError, match=r"no run has 'los'; choose from loss$"):
            load_metrics(metrics=["los"])
        with pytest.raises(ConfigError, match="where: no run has 'lor'"):
            load_metrics(where="lor > 1")

    def test_failing_export_names_the_metric_and_writes_nothing(self) -> None:
        told = command("export", "--format", "csv", "-o", "out", "--metric", "los")

        assert told.startswith("1\n")
        assert "no run has 'los'" in told
        assert list(Path("out").iterdir()) == []

    def test_status_is_of_the_day(self) -> None:
        write_run("runs/iris/c", status="running", host="elsewhere", ended=None, started=NOW)
        age()
        built()

        assert load_runs(where="status = interrupted")["run_id"].tolist() == ["c"]
