"""A build that remembers writes the bytes of one that does not, whatever happened between."""

from __future__ import annotations

import json
import math
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runreport.build import build
from runreport.built import Built
from runreport.config import load_config
from runreport.contexts import ExperimentModel
from runreport.digest import digest
from runreport.errors import ConfigError
from runreport.index.database import open_for_writing
from runreport.index.lookup import lookup
from runreport.index.snapshot import Snapshot
from runreport.index.stored import decode, encode
from runreport.index.unchanged import unchanged
from runreport.loading import load
from runreport.pages import experiment_page
from runreport.reading.sources import find_runs, read
from runreport.records import Added, Change, RunDigest, RunRecord, Sketch
from runreport.tables import make_table

NOW = 1_763_806_500.0
CACHE = Path(".runreport-cache/site.sqlite")
OLD_NS = 10**18 + 123_456_789


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def built(**settings: Any) -> Built:
    """Build as the command does: first see whether there is anything to do."""
    config = load_config(None, settings)
    snapshot = Snapshot(config)
    nothing = unchanged(config, snapshot, now=NOW, version="1")
    return nothing or build(config, now=NOW, version="1", snapshot=snapshot)


def write_run(path: str, points: int = 3, **record: Any) -> Path:
    folder = Path(path)
    folder.mkdir(parents=True)
    first: dict[str, Any] = {"run_id": folder.name, "name": folder.name, "status": "finished"}
    first |= {"started": NOW, "ended": NOW + 9, "params": {"lr": 0.1}} | record
    (folder / "run.jsonl").write_text(f"{json.dumps(first)}\n")
    append(folder, range(points))
    return folder


def append(folder: Path, steps: range) -> None:
    with (folder / "metrics.jsonl").open("a") as file:
        for step in steps:
            file.write(f'{{"step": {step}, "time": {NOW + step}, "loss": {1 / (step + 1)}}}\n')


def snapshot(folder: str | Path = "site") -> dict[str, bytes]:
    root = Path(folder)
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def clean(**settings: Any) -> dict[str, bytes]:
    """Return the site that a build without any past makes."""
    shutil.rmtree("clean", ignore_errors=True)
    built(output="clean", cache=False, **settings)
    return snapshot("clean")


def age(folder: str | Path = "runs") -> None:
    """Make files old enough for their times to be trusted."""
    for path in Path(folder).rglob("*"):
        os.utime(path, ns=(OLD_NS, OLD_NS), follow_symlinks=False)
    # The time at which they were made so old cannot be changed.
    time.sleep(0.11)


def lives(chance: random.Random) -> Path | None:
    runs = sorted(path.parent for path in Path("runs").rglob("run.jsonl"))
    return chance.choice(runs) if len(runs) > 1 else None


class Changes:
    """What may happen to runs between two builds, by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.count = 0
        self.kinds = [getattr(self, name) for name in sorted(vars(Changes)) if name[:3] == "do_"]

    def any(self) -> None:
        self.chance.choice(self.kinds)()

    def pick(self) -> Path:
        runs = sorted(path.parent for path in Path("runs").rglob("run.jsonl"))
        return self.chance.choice(runs) if runs else self.do_add()

    def do_add(self) -> Path:
        self.count += 1
        experiment = self.chance.choice(["iris", "deep/er", "wide"])
        name = self.chance.choice(["same", f"run-{self.count}"])
        parent = self.chance.choice(["", f"{self.count - 1}"])
        return write_run(
            f"runs/{experiment}/{self.count}",
            self.chance.randrange(5),
            name=name,
            parent=parent,
            started=NOW - self.chance.randrange(3),
            status=self.chance.choice(["finished", "failed", "running", ""]),
            params={"x": self.chance.choice([1, 1.0, True, "1", None, [1, 2], {"a": "😀"}, 2**70])},
        )

    def do_append(self) -> None:
        append(self.pick(), range(10, 12))

    def do_truncate(self) -> None:
        path = self.pick() / "metrics.jsonl"
        content = path.read_bytes()
        path.write_bytes(content[: self.chance.randrange(len(content) + 1)])

    def do_replace(self) -> None:
        """Other bytes of the same length, and the times of before."""
        path = self.pick() / "metrics.jsonl"
        before = path.stat()
        path.write_bytes(path.read_bytes().replace(b"0.5", b"0.7"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def do_remove(self) -> None:
        shutil.rmtree(self.pick())

    def do_rename(self) -> None:
        self.count += 1
        self.pick().rename(Path(f"runs/iris/{self.count}")) if Path("runs/iris").is_dir() else None

    def do_copy(self) -> None:
        self.count += 1
        shutil.copytree(self.pick(), f"runs/wide/{self.count}", symlinks=True)

    def do_add_artifact(self) -> None:
        folder = self.pick() / "artifacts"
        folder.mkdir(exist_ok=True)
        name = self.chance.choice(["a.txt", "b.html", "c.svg", "d.json", "e.png"])
        text = self.chance.choice(["<b>1</b>", '{"data": [], "layout": {}}', "x" * 9])
        (folder / name).write_text(text)

    def do_link_artifact(self) -> None:
        folder = self.pick() / "artifacts"
        folder.mkdir(exist_ok=True)
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to(self.chance.choice(["a.txt", "../run.jsonl", "none"]))

    def do_annotate(self) -> None:
        (self.pick() / "README.md").write_text(f"# {self.chance.random()}\n[x](artifacts/a.txt)")

    def do_describe(self) -> None:
        self.pick().parent.joinpath("README.md").write_text(f"# {self.chance.random()}")

    def do_correct(self) -> None:
        with (self.pick() / "run.jsonl").open("a") as file:
            change: dict[str, Any] = self.chance.choice(
                [{"tags": {"a": "b"}}, {"status": "killed"}, {"experiment": "moved"}, {"name": "n"}]
            )
            file.write(json.dumps({"time": NOW + 50, **change}) + "\n")

    def do_spoil(self) -> None:
        with (self.pick() / "metrics.jsonl").open("a") as file:
            file.write(self.chance.choice(["nonsense\n", '{"loss": NaN}\n', '{"lo', "\0\n"]))

    def do_restore(self) -> None:
        """What a CI cache does: the same bytes, other times."""
        for path in sorted(Path("runs").rglob("*")):
            os.utime(path, follow_symlinks=False)

    def do_age(self) -> None:
        age()

    def do_touch_the_site(self) -> None:
        pages = sorted(Path("site").rglob("*.*"))
        files = [path for path in pages if path.is_file() and path.suffix in (".html", ".js")]
        if files:
            self.chance.choice(files).write_bytes(b"changed")

    def do_lose_the_site(self) -> None:
        shutil.rmtree("site", ignore_errors=True)

    def do_lose_the_cache(self) -> None:
        shutil.rmtree(".runreport-cache", ignore_errors=True)

    def do_damage_the_cache(self) -> None:
        if CACHE.exists():
            content = bytearray(CACHE.read_bytes())
            for _ in range(20):
                content[self.chance.randrange(len(content))] ^= 1 << self.chance.randrange(8)
            CACHE.write_bytes(content)

    def do_nothing(self) -> None:
        pass


def check_case(seed: int, builds: int = 4) -> None:
    changes = Changes(seed)
    for _ in range(4):
        changes.do_add()
    settings: dict[str, Any] = {}
    for _ in range(builds):
        built(**settings)
        for _ in range(changes.chance.randrange(4)):
            changes.any()
        if not list(Path("runs").rglob("run.jsonl")):
            changes.do_add()
        if not changes.chance.randrange(4):
            settings = changes.chance.choice(
                [
                    {},
                    {"title": "T"},
                    {"goals": {"loss": "max"}},
                    {"max_total_bytes": 12},
                    {"columns": ["loss"], "downloads": ["csv"]},
                    {"commit_url": "https://git.example.org/{commit}"},
                ]
            )
        built(**settings)

        assert snapshot() == clean(**settings), f"seed {seed}"


@pytest.mark.parametrize("seed", range(30))
def test_site_is_that_of_a_clean_build(seed: int) -> None:
    check_case(seed, builds=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_site_is_that_of_a_clean_build_many_times(seed: int) -> None:
    check_case(seed, builds=6)


class TestUnchanged:
    def test_nothing_is_loaded_and_nothing_touched(self) -> None:
        write_run("runs/iris/a")
        age()
        code = (
            "import sys; from runreport.cli import main\n"
            "try: main(['build'])\n"
            "finally: print(sorted({'numpy', 'pandas', 'plotly', 'rich'} & {*sys.modules}))"
        )

        def command() -> list[str]:
            environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
            words = [sys.executable, "-c", code]
            shown = subprocess.run(words, capture_output=True, text=True, env=environment)
            return shown.stdout.splitlines()

        def times() -> dict[Path, int]:
            return {path: path.stat().st_mtime_ns for path in Path().rglob("*")}

        assert "1 run read, 0 cached" in command()[-2]
        before = times()
        summary, loaded = command()[-2:]

        assert "0 runs read, 1 cached, 0 failed; 0 pages written, 4 unchanged" in summary
        assert loaded == "[]"
        assert times() == before

    def test_what_was_told_is_told_again(self) -> None:
        write_run("runs/iris/a")
        Path("runs/iris/a/metrics.jsonl").write_text("nonsense\n")
        age()
        first, again = built(), built()

        assert again.findings == first.findings != ()
        assert (again.runs, again.failed, again.cached) == (first.runs, first.failed, 1)
        assert again.written.size == first.written.size

    @pytest.mark.parametrize(
        "settings",
        [
            {"title": "T"},
            {"goals": {"loss": "max"}},
            {"columns": ["run"]},
            {"artifacts": "omit"},
            {"downloads": ["csv"]},
        ],
        ids=["title", "goals", "columns", "artifacts", "downloads"],
    )
    def test_setting_is_a_change(self, settings: dict[str, Any]) -> None:
        folder = write_run("runs/iris/a")
        (folder / "artifacts").mkdir()
        (folder / "artifacts/x.txt").write_text("x")
        age()
        built()

        assert built(**settings).written.changed > 0
        assert snapshot() == clean(**settings)

    def test_pattern_of_links_is_a_change(self) -> None:
        write_run("runs/iris/a", version="a" * 40)
        age()
        built()
        settings = {"commit_url": "https://git.example.org/{commit}"}

        assert built(**settings).written.pages_changed > 0
        assert snapshot() == clean(**settings)

    def test_theme_and_pages_are_inputs(self) -> None:
        write_run("runs/iris/a")
        for folder, name in (("theme", "run.html.jinja2"), ("pages", "x.md")):
            Path(folder).mkdir()
            Path(folder, name).write_text("one")
        age()
        built(theme="theme", pages="pages")
        for path in (Path("theme/run.html.jinja2"), Path("pages/x.md")):
            path.write_text("two")

            assert built(theme="theme", pages="pages").written.pages_changed in (1, 2)
        assert snapshot() == clean(theme="theme", pages="pages")

    def test_run_whose_writer_falls_silent_is_interrupted(self) -> None:
        write_run("runs/iris/a", status="running", host="elsewhere", ended=None)
        age()
        config = load_config(None, {})
        built()
        assert unchanged(config, Snapshot(config), now=NOW + 60, version="1") is not None
        late = NOW + 86_400

        assert unchanged(config, Snapshot(config), now=late, version="1") is None
        assert build(config, now=late, version="1").cached == 1
        fresh = load_config(None, {"output": "clean", "cache": False})
        build(fresh, now=late, version="1")
        assert snapshot() == snapshot("clean")
        assert any(b"interrupted" in content for content in snapshot().values())


class TestRuns:
    def make(self) -> None:
        for name in ("a", "b", "c"):
            write_run(f"runs/iris/{name}")
        age()
        built()

    def test_only_the_changed_run_is_read(self) -> None:
        self.make()
        append(Path("runs/iris/b"), range(7, 9))

        result = built()

        assert (result.runs, result.cached) == (3, 2)
        pages = {path for path in snapshot() if path.startswith("r/")}
        assert result.written.pages_changed < 3 + len(pages)

    def test_other_times_are_no_change(self) -> None:
        self.make()
        for path in Path("runs").rglob("*"):
            os.utime(path)

        assert built().cached == 3

    def test_replaced_file_with_the_size_and_time_of_before_is_a_change(self) -> None:
        self.make()
        path = Path("runs/iris/a/metrics.jsonl")
        path.write_bytes(path.read_bytes().replace(b"0.5", b"0.7"))
        os.utime(path, ns=(OLD_NS, OLD_NS))

        assert built().cached == 2
        assert snapshot() == clean()

    def test_changed_site_is_mended_by_reading_again(self) -> None:
        self.make()
        file = next(Path("site/data").glob("h-a-*"))
        size = file.stat().st_size
        file.write_bytes(b"x" * size)

        assert built().cached == 2
        assert snapshot() == clean()

    def test_page_that_is_gone_is_made_again(self) -> None:
        self.make()
        next(Path("site/r").glob("b-*/index.html")).unlink()

        assert built().cached == 3
        assert snapshot() == clean()

    def test_row_that_is_damaged_ends_the_index(self) -> None:
        self.make()
        with closing(sqlite3.connect(CACHE)) as database:
            database.execute("UPDATE runs SET entry = replace(entry, '0.1', '0.7')")
            database.commit()
        append(Path("runs/iris/a"), range(7, 8))
        result = built()

        assert (result.cached, len(result.notes)) == (0, 1)
        assert snapshot() == clean()
        assert built().notes == ()

    @pytest.mark.parametrize(
        "damaged",
        ["replace(value, 'is_all', 'is-all')", "replace(value, '3', '4')", "x'ff'", "'7'", "7"],
    )
    def test_what_is_kept_of_a_site_may_be_damaged(self, damaged: str) -> None:
        self.make()
        with closing(sqlite3.connect(CACHE)) as database:
            database.execute(f"UPDATE sites SET value = {damaged}")
            database.commit()
        result = built()

        assert (result.runs, result.cached, len(result.notes)) == (3, 0, 1)
        assert snapshot() == clean()
        assert built().cached == 3

    def test_digest_that_is_damaged_is_made_again(self) -> None:
        self.make()
        with closing(sqlite3.connect(CACHE)) as database:
            database.execute("UPDATE digests SET text = replace(text, 'loss', 'lass')")
            database.commit()

        assert built(title="Other").cached == 3
        assert snapshot() == clean(title="Other")

    def test_rows_alone_are_enough_where_no_page_is_rendered(self) -> None:
        self.make()
        with closing(sqlite3.connect(CACHE)) as database:
            database.execute("DELETE FROM digests")
            database.commit()
        Path("site/data/iris.csv").unlink()

        assert built().cached == 3
        assert snapshot() == clean()

    def test_runs_of_one_label_are_each_their_own(self) -> None:
        for root, value in (("one", 1), ("two", 2)):
            write_run(f"{root}/runs/iris/a", run_id=f"{root}-a", params={"x": value})
            age(root)
        settings = {"sources": ["one/runs", "two/runs"]}
        first = built(**settings)
        write_run("two/runs/iris/b")

        again = built(**settings)

        assert (first.runs, again.runs, again.cached) == (2, 3, 1)
        assert snapshot() == clean(**settings)

    def test_truncated_replaced_and_removed_runs_are_seen_together(self) -> None:
        self.make()
        Path("runs/iris/a/metrics.jsonl").write_text('{"loss": 1}\n')
        shutil.rmtree("runs/iris/b")
        shutil.rmtree("runs/iris/c")
        write_run("runs/iris/c", points=9)

        assert built().runs == 2
        assert snapshot() == clean()

    def test_file_that_could_change_unseen_is_looked_at_again(self) -> None:
        """Within the time that two changes may carry, equal times prove nothing."""
        self.make()
        path = Path("runs/iris/a/metrics.jsonl")
        soon = time.time_ns() + 10**10
        os.utime(path, ns=(soon, soon))
        built()
        config = load_config(None, {})

        assert Snapshot(config).state == ""
        assert unchanged(config, Snapshot(config), now=NOW, version="1") is None

    def test_lost_site_is_made_again(self) -> None:
        self.make()
        shutil.rmtree("site")

        assert built().cached == 0
        assert snapshot() == clean()

    def test_no_index_is_kept_when_none_is_wanted(self) -> None:
        write_run("runs/iris/a")
        built(cache=False)

        assert not Path(".runreport-cache").exists()

    @pytest.mark.parametrize("folder", ["site", "site/cache", "runs", "runs/iris/x"])
    def test_index_is_not_kept_in_the_site_or_among_runs(self, folder: str) -> None:
        write_run("runs/iris/a")

        with pytest.raises(ConfigError, match="choose another folder"):
            built(cache=folder)

    def test_index_is_kept_where_it_is_wanted(self) -> None:
        write_run("runs/iris/a")
        built(cache="kept")

        assert Path("kept/site.sqlite").exists()
        assert not Path(".runreport-cache").exists()

    def test_several_processes_keep_the_same(self) -> None:
        self.make()
        built(output="two", jobs=2)

        assert snapshot("two") == snapshot()
        assert built(output="two").cached == 3


class TestExperiments:
    @pytest.fixture
    def made(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Build two experiments; return what is made of them from then on."""
        for name in ("iris", "wide"):
            write_run(f"runs/{name}/a")
        age()
        built()
        made: list[str] = []

        def spy_on_table(*args: Any, experiment: str, **more: Any) -> Any:
            made.append(f"table of {experiment}")
            return make_table(*args, experiment=experiment, **more)

        def spy_on_page(experiment: ExperimentModel, *args: Any) -> Any:
            made.append(f"page of {experiment.name}")
            return experiment_page(experiment, *args)

        monkeypatch.setattr("runreport.model.make_table", spy_on_table)
        monkeypatch.setattr("runreport.tablework.experiment_page", spy_on_page)
        return made

    def test_only_that_of_the_changed_run_is_made_again(self, made: list[str]) -> None:
        append(Path("runs/wide/a"), range(7, 9))
        built()

        assert made == ["table of wide", "page of wide"]
        assert snapshot() == clean()

    def test_description_is_the_pages_alone(self, made: list[str]) -> None:
        Path("runs/wide/README.md").write_text("Of *wide*.")
        built()

        # Its first rows are written into the page.
        assert made == ["page of wide", "table of wide"]
        assert snapshot() == clean()

    def test_finding_in_another_one_is_no_change(self, made: list[str]) -> None:
        with Path("runs/wide/a/metrics.jsonl").open("a") as file:
            file.write("nonsense\n")
        built()

        assert set(made) == {"table of wide", "page of wide"}
        assert snapshot() == clean()

    @pytest.mark.parametrize("lost", ["iris.csv", "iris.json", "t-iris.*", "all-runs.csv"])
    def test_lost_file_is_made_again(self, made: list[str], lost: str) -> None:
        next(Path("site/data").glob(lost)).unlink()
        built()

        assert ("table of iris" in made) == ("iris" in lost)
        assert snapshot() == clean()


class TestFile:
    def test_users_may_query_it(self) -> None:
        write_run("runs/iris/a", points=3)
        built()

        with closing(sqlite3.connect(CACHE)) as database:
            rows = database.execute(
                "SELECT label, metric, value, min, points FROM summaries JOIN runs ON run = id"
            ).fetchall()
            files = database.execute("SELECT path FROM files ORDER BY path").fetchall()
        assert rows == [("iris/a", "loss", 1 / 3, 1 / 3, 3)]
        assert files == [("metrics.jsonl",), ("run.jsonl",)]
        assert Path(".runreport-cache/.gitignore").read_text() == "*\n"

    def test_full_disk_leaves_no_half_of_what_keeps_it_out_of_a_repository(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        try:
            with pytest.raises(OSError, match="File too large"):
                open_for_writing(CACHE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert list(CACHE.parent.iterdir()) == []

        open_for_writing(CACHE).close()
        assert (CACHE.parent / ".gitignore").read_text() == "*\n"

    def test_names_that_are_no_text_are_kept_too(self) -> None:
        for name in (b"run \xff", b"run \xfe", rb"run \udcff"):
            for path in (f"runs/{os.fsdecode(name)}/x", f"runs/iris/{os.fsdecode(name)}"):
                write_run(path, run_id="", name="")
        folder = write_run("runs/iris/a")
        (folder / "artifacts").mkdir()
        (folder / os.fsdecode(b"artifacts/\xff.txt")).write_text("x")
        age()

        assert built().notes == ()
        assert (built(title="Other").runs, built().cached) == (7, 7)
        assert snapshot() == clean()

    @pytest.mark.parametrize("content", [b"", b"nonsense" * 999, None], ids=["empty", "x", "other"])
    def test_foreign_file_is_dropped_with_a_note(self, content: bytes | None) -> None:
        write_run("runs/iris/a")
        CACHE.parent.mkdir()
        if content is None:
            with closing(sqlite3.connect(CACHE)) as database:
                database.execute("CREATE TABLE x (y)")
        else:
            CACHE.write_bytes(content)

        first = built()

        assert (first.cached, len(first.notes)) == (0, 1)
        assert first.notes[0].startswith(f"{CACHE.absolute()}: ")
        assert snapshot() == clean()
        append(Path("runs/iris/a"), range(9, 10))
        assert built().notes == ()

    @pytest.mark.parametrize("table", ["runs", "digests", "files", "summaries", "pages", "sites"])
    def test_table_that_is_damaged_is_made_anew_with_all_others(self, table: str) -> None:
        folder = write_run("runs/iris/a")
        write_run("runs/iris/b")
        built()
        with closing(sqlite3.connect(CACHE)) as database:
            query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
            (page,) = database.execute(query, (table,)).fetchone()
            (size,) = database.execute("PRAGMA page_size").fetchone()
        with CACHE.open("r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"\xff" * size)
        append(folder, range(5, 7))
        notes = [built().notes]
        assert snapshot() == clean()
        for step in (7, 8):
            append(folder, range(step, step + 1))
            notes.append(built().notes)

        assert [bool(each) for each in notes] == [True, False, False]
        assert snapshot() == clean()

    def test_index_that_cannot_be_written_costs_only_time(self) -> None:
        write_run("runs/iris/a")
        Path(".runreport-cache").write_text("a file")

        assert len(built().notes) == 1
        assert snapshot() == clean()


class TestLongFiles:
    """Files so long that their columns are kept beside the index."""

    COLUMNS = CACHE.with_suffix(".columns")

    def test_appended_cut_or_replaced_the_site_is_that_of_a_clean_build(self) -> None:
        write_run("runs/iris/short")
        folder = write_run("runs/iris/long", points=140_000)
        path = folder / "metrics.jsonl"
        built()
        (kept,) = self.COLUMNS.rglob("*/*")
        assert path.stat().st_size > 8_000_000 > 5 * kept.stat().st_size

        for change in (self.append, self.cut, self.append, self.replace):
            change(path)
            built()
            assert snapshot() == clean()
        assert list(self.COLUMNS.rglob("*/*")) == [kept]

        shutil.rmtree(folder)
        built()
        assert list(self.COLUMNS.iterdir()) == []

    def append(self, path: Path) -> None:
        append(path.parent, range(140_000, 140_010))
        with path.open("a") as file:
            file.write('junk\n{"step": 1')

    def cut(self, path: Path) -> None:
        os.truncate(path, path.stat().st_size - 500)

    def replace(self, path: Path) -> None:
        text = path.read_text()
        path.write_text(text.replace('"step": 777,', '"step": 778,'))


class TestStored:
    def test_numbers_and_texts_come_back_as_they_were(self) -> None:
        odd = {"a": 2**70, "b": -0.0, "c": "😀\u2028", "d": [1, 1.0, True, None], "e": {"f": 1e300}}
        write_run("runs/iris/a", params=odd, tags={"x": 0.1 + 0.2})
        Path("runs/iris/a/metrics.jsonl").write_text(
            '{"loss": NaN}\n{"loss": 1}\n{"l2": "Infinity"}\n'
        )
        record = read(find_runs([Path("runs")])[0][0])
        run, _ = digest(record, goals={}, status="running", slug="a")
        text = encode(run)
        assert text is not None

        again = decode(text)

        assert repr(replace(again.record, folder=run.record.folder)) == repr(run.record)
        assert repr(replace(again, record=run.record)) == repr(run)

    @pytest.mark.parametrize(
        "params",
        [
            pytest.param({"lr": 0.1, "layers": [64, 64.0, True, None]}, id="plain"),
            pytest.param({"lr": float("nan")}, id="not a number"),
            pytest.param({"lr": [{"limit": -math.inf}]}, id="infinite and deep"),
            pytest.param({"seed": 2**64}, id="more than 64 bits"),
            pytest.param({"name": "\ud83d"}, id="half a surrogate pair"),
            pytest.param({"lr": -0.0, "x": 5e-324, "y": 1.7976931348623157e308}, id="extremes"),
        ],
    )
    def test_value_comes_back_as_it_was(self, params: dict[str, Any]) -> None:
        change = Change("params.x", next(iter(params.values())), params, None, "kim")
        run = replace(self.digest_of_a_run(), record=replace(RECORD, params=params))
        run = replace(run, record=replace(run.record, changes=(change,)))

        text = encode(run)

        assert text is not None
        assert repr(decode(text)) == repr(run)

    @pytest.mark.parametrize("odd", [math.nan, math.inf])
    def test_summary_that_is_no_finite_number_comes_back(self, odd: float) -> None:
        run = self.digest_of_a_run()
        added = (Added(0, 1, odd, "kim"),)
        for metric in (replace(run.metrics[0], mean=odd), replace(run.metrics[0], added=added)):
            text = encode(replace(run, metrics=(metric,)))

            assert text is not None
            assert repr(decode(text).metrics) == repr((metric,))

    def test_steps_of_a_sketch_come_back_whichever_metrics_share_them(self) -> None:
        run = self.digest_of_a_run()
        metrics = tuple(
            replace(run.metrics[0], name=str(n), sketch=sketch_of(range(points), n))
            for n, points in enumerate((3, 3, 2, 3, 0, 0))
        )
        pointless = replace(run.metrics[0], sketch=None)
        metrics = (*metrics, pointless, *metrics)
        run = replace(run, record=RECORD, metrics=metrics, system=metrics[::-1])

        text = encode(run)

        assert text is not None
        assert repr(decode(text)) == repr(run)

    def test_steps_that_metrics_share_are_kept_once(self) -> None:
        run = self.digest_of_a_run()
        metric = replace(run.metrics[0], sketch=sketch_of(range(100), 1))
        one, two = (encode(replace(run, metrics=(metric,) * count)) for count in (1, 2))

        assert one is not None
        assert two is not None
        assert len(two) - len(one) < 1.5 * len(b64encode(bytes(400)))

    @pytest.mark.parametrize("value", [datetime.now(UTC), Path("x"), {1, 2}])
    def test_what_json_cannot_hold_is_not_kept(self, value: Any) -> None:
        run = replace(self.digest_of_a_run(), record=replace(RECORD, params={"x": [value]}))

        assert encode(run) is None

    def digest_of_a_run(self) -> RunDigest:
        write_run("runs/iris/a")
        return digest(read(find_runs([Path("runs")])[0][0]), goals={}, status="", slug="a")[0]


RECORD = RunRecord("id", "otter", "iris", Path(), "native")


def sketch_of(steps: range, value: int) -> Sketch:
    return Sketch(np.array(steps, np.float32), np.full(len(steps), value, np.float32))


class TestLookup:
    """What `load_runs` and `runreport list` take from the index is what reading would give."""

    def frame(self) -> pd.DataFrame:
        return load([Path("runs")]).frame()

    def check(self) -> None:
        """Compare with reading, in a folder that has no index beside it."""
        there = self.frame()
        Path(".runreport-cache").rename("hidden")
        here = self.frame()
        Path("hidden").rename(".runreport-cache")

        pd.testing.assert_frame_equal(there, here)

    def make(self, **record: Any) -> None:
        write_run("runs/iris/a", params={"lr": 0.1, "x": [1, {"y": None}], "n": 2**70}, **record)
        write_run("runs/iris/b", points=0, tags={"é": "😀"}, started=None)
        with Path("runs/iris/a/metrics.jsonl").open("a") as file:
            file.write('{"step": 9, "loss": NaN, "acc": "-Infinity"}\n')
        age()
        built()

    def test_unchanged_runs_are_not_read(self) -> None:
        self.make()
        with closing(sqlite3.connect(CACHE)) as database:
            found = find_runs([Path("runs").absolute()])[0]
            with lookup([Path("runs")]) as index:
                assert index is not None
                assert [each and each.row.run_id for each in index.known(found)] == ["a", "b"]
            database.execute("UPDATE runs SET code = ''")
            database.commit()
        with lookup([Path("runs")]) as index:
            assert index is not None
            assert index.known(found) == [None, None]

    def test_frame_is_that_of_reading(self) -> None:
        self.make()
        self.check()

    def test_changed_runs_are_read(self) -> None:
        self.make()
        append(Path("runs/iris/b"), range(4))
        write_run("runs/iris/c")
        shutil.rmtree("runs/iris/a")

        self.check()
        assert self.frame()["run_id"].tolist() == ["b", "c"]

    def test_what_the_site_keeps_back_is_read(self) -> None:
        secret = "ghp_" + "a1B2" * 9
        self.make(tags={"token": secret}, user=f"kim {secret}")

        assert self.frame()["tags.token"].tolist()[0] == secret
        self.check()

    def test_home_folder_is_shown_where_no_site_is(self) -> None:
        self.make(source={"name": "/home/kim/train.py"})

        assert self.frame()["source"].tolist()[0] == "/home/kim/train.py"
        assert any(b"~/train.py" in content for content in snapshot().values())

    def test_findings_are_those_of_reading(self) -> None:
        self.make()
        Path("runs/iris/b/metrics.jsonl").write_text("nonsense\n")
        age()
        built()

        assert [each.place for each in load([Path("runs")]).findings] == ["iris/b/metrics.jsonl:1"]

    def test_status_is_todays(self) -> None:
        self.make(status="running", host="elsewhere", ended=None)

        assert self.frame().loc[0, "status"] == "interrupted"
        self.check()

    def test_damaged_row_is_no_row(self) -> None:
        self.make()
        with closing(sqlite3.connect(CACHE)) as database:
            database.execute("UPDATE runs SET entry = replace(entry, 'iris', 'nope')")
            database.commit()

        assert set(self.frame()["experiment"]) == {"iris"}

    def test_index_is_left_as_it_is(self) -> None:
        self.make()
        append(Path("runs/iris/b"), range(4))
        before = CACHE.read_bytes()
        self.frame()

        assert CACHE.read_bytes() == before
        assert [path.name for path in CACHE.parent.iterdir() if "journal" in path.name] == []

    def test_settings_that_cannot_be_read_are_no_matter(self) -> None:
        self.make()
        Path("runreport.toml").write_text("nonsense = [")

        assert len(self.frame()) == 2
