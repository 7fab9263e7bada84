"""runreport's own run folders, as they were logged and as they were damaged."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runreport.errors import ReadError
from runreport.readers.native import find_runs, read_run
from runreport.reading import attachments
from runreport.reading.builder import MAX_METRICS
from runreport.records import Added, Artifact, Change, Finding, Media, RunRecord, SourceFile

DATA = Path(__file__).parent / "data" / "native"
RUN_ID = "20261122T101500-brave-otter-3f9c"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "iris" / "a"
    folder.mkdir(parents=True)
    return folder


def read(folder: Path) -> RunRecord:
    return read_run(folder, folder.parent.parent)


def write(folder: Path, name: str, *lines: dict[str, Any] | str) -> None:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / name).write_text("".join(f"{text}\n" for text in texts))


def messages(record: RunRecord) -> list[str]:
    return [f"{each.place}: {each.message}" for each in record.findings]


class TestWholeRun:
    record = read_run(DATA / "iris" / RUN_ID, DATA)

    def test_facts_are_folded(self) -> None:
        record = self.record

        assert (record.run_id, record.name, record.experiment) == (RUN_ID, "brave-otter", "iris")
        assert (record.status, record.started, record.ended) == (
            "finished",
            1795342500.0,
            1795342520.5,
        )
        assert (record.user, record.os_user, record.host, record.pid) == (
            "kim",
            "kim2",
            "node7",
            4242,
        )
        assert record.source["name"] == "train.py"
        assert record.version == "测试-1.0.0+build.20261122"
        assert record.git["branch"] == "main"
        assert record.params == {"lr": 0.01, "layers": [8, 3], "seed": 3}
        assert record.tags == {"checked": "yes"}
        assert record.metrics == {"loss": {"goal": "min", "summary": "min"}}
        assert record.extra == {"colour": "teal"}
        assert (record.reader, record.findings) == ("native", ())

    def test_corrections_are_kept(self) -> None:
        assert self.record.changes == (
            Change("params.lr", 0.1, 0.01, 1795342510.0, "kim"),
            Change("tags.team", "a", None, 1795424400.0, "ada"),
            Change("tags.checked", None, "yes", 1795424400.0, "ada"),
        )

    def test_histories_keep_every_point(self) -> None:
        acc, added, loss = self.record.histories

        assert acc.values.tolist() == [0.5, 0.7, 0.6, 0.8]
        assert acc.steps.tolist() == [0, 1, 2, 1]
        assert acc.superseded is not None
        assert acc.superseded.tolist() == [False, True, True, False]
        assert acc.times.tolist() == [1795342501 + second for second in range(4)]
        assert str(loss.values.tolist()) == "[0.9, 0.5, nan, 0.4]"
        assert (added.name, added.values.tolist()) == ("accuracy_on_XYZ", [0.98])
        assert added.added == (Added(0, 1, 1795420800.0, "ada"),)

    def test_system_metrics_are_apart(self) -> None:
        (cpu,) = self.record.system

        assert (cpu.name, cpu.values.tolist(), cpu.steps.tolist()) == ("cpu", [12.5, 50], [0, 1])

    def test_what_lies_beside_is_listed(self) -> None:
        record = self.record

        assert record.media == (Media("samples", 1.0, 1795342502.0, "media/samples-1.png", "one"),)
        assert record.artifacts == (Artifact("code/train.py", 9), Artifact("model.json", 2))
        assert record.notes == "Looks *good*.\n"
        assert record.console is not None
        assert (record.console.head, record.console.tail) == ("epoch 0\nepoch 1\n", "")

    def test_the_files_it_was_read_from_are_named(self) -> None:
        assert [file.path for file in self.record.files] == [
            "run.jsonl",
            "run.20261123T090000Z-0a1b2c3d.jsonl",
            "metrics.jsonl",
            "metrics.20261123T080000Z-00c0ffee.jsonl",
            "system.jsonl",
            "media.jsonl",
        ]
        assert self.record.files[2].lines == 4


class TestSmallRuns:
    def test_metrics_alone_are_a_run(self) -> None:
        record = read_run(DATA / "iris" / "bare", DATA)

        assert (record.run_id, record.name, record.experiment) == ("bare", "bare", "iris")
        assert (record.status, record.started, record.findings) == ("", None, ())
        assert [each.name for each in record.histories] == ["acc", "loss"]
        assert record.histories[1].steps.tolist() == [0, 1]
        assert record.files == (SourceFile("metrics.jsonl", 46, 2, 0, torn=True),)

    @pytest.mark.parametrize("stream", ["run", "metrics", "system", "media"])
    def test_bytes_without_an_end_that_no_line_may_have_are_told(
        self, tmp_path: Path, stream: str
    ) -> None:
        folder = tmp_path / "runs" / "iris" / "a"
        folder.mkdir(parents=True)
        (folder / "metrics.jsonl").write_text('{"loss": 1}\n')
        with (folder / f"{stream}.jsonl").open("ab") as file:
            file.write(b"\n" + b"x" * (4 << 20))
        before = read_run(folder, tmp_path / "runs")
        with (folder / f"{stream}.jsonl").open("ab") as file:
            file.write(b"x")
        record = read_run(folder, tmp_path / "runs")

        assert before.findings == ()
        (finding,) = record.findings
        place = f"iris/a/{stream}.jsonl:{3 if stream == 'metrics' else 2}"
        assert (finding.place, finding.level, finding.count) == (place, "warning", 1)
        assert finding.message.startswith("longer than 4 MiB; the line is left out")
        assert record.files == tuple(
            replace(each, size=each.size + (each.path == f"{stream}.jsonl"))
            for each in before.files
        )

    def test_a_run_below_the_root_belongs_to_the_experiment_named_like_it(self) -> None:
        record = read_run(DATA / "top", DATA)

        assert (record.experiment, record.name, record.run_id) == ("native", "at the top", "top")
        assert record.started == 1795342500.0

    def test_folders_below_the_root_are_the_experiment(self, run: Path) -> None:
        write(run, "metrics.jsonl", {"a": 1})

        assert read_run(run, run.parent.parent.parent).experiment == "runs/iris"

    def test_the_record_knows_its_experiment_better(self, run: Path) -> None:
        write(run, "run.jsonl", {"experiment": "digits"})

        assert read(run).experiment == "digits"

    def test_runs_are_found_sorted(self) -> None:
        assert list(find_runs(DATA)) == [
            DATA / "iris" / RUN_ID,
            DATA / "iris" / "bare",
            DATA / "top",
        ]


class TestBadRuns:
    def test_a_run_without_a_good_line_is_an_error(self, run: Path) -> None:
        write(run, "run.jsonl", "junk")

        record = read(run)

        assert record.findings[0] == Finding(
            "error",
            "iris/a",
            "no line of this run can be read; delete the folder or restore its files",
        )
        assert messages(record)[1].startswith("iris/a/run.jsonl:1: not JSON")

    def test_bad_lines_lose_no_good_ones(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": "x"}, "junk", {"params": {"a": 1}}, '{"params":{"a"')
        write(run, "metrics.jsonl", {"a": 1}, '{"a":2', {"a": 3}, "[1]")

        record = read(run)

        assert (record.name, record.params) == ("x", {"a": 1})
        assert record.histories[0].values.tolist() == [1, 3]
        assert [file.bad_lines for file in record.files] == [2, 2]
        assert [each.place for each in record.findings] == [
            "iris/a/run.jsonl:2",
            "iris/a/metrics.jsonl:2",
            "iris/a/metrics.jsonl:4",
        ]

    def test_lines_without_a_time_follow_the_line_before_them(self, run: Path) -> None:
        write(run, "run.jsonl", {"time": 5.0, "name": "a"}, {"name": "b"})
        write(run, "run.20261123T090000Z-0a1b2c3d.jsonl", {"name": "c"}, {"time": 1, "name": "d"})

        assert read(run).name == "c"

    def test_a_gap_is_a_finding(self, run: Path) -> None:
        gap = {"time": 1.0, "gap": {"stream": "metrics", "dropped": 12}}
        write(run, "run.jsonl", {"name": "x"}, gap, {"gap": 3})

        record = read(run)

        rest = "could not be written while the run went on; look at the disk it wrote to"
        assert messages(record) == [
            f"iris/a/run.jsonl:2: 12 lines of metrics {rest}",
        ]
        assert record.findings[0].count == 2
        assert record.extra == {}

    def test_media_without_key_or_path_are_left_out(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": "x"})
        header = {"segment": {"kind": "joined"}}
        write(run, "media.jsonl", header, {"key": "a"}, {"key": "b", "path": "media/b.png"})

        record = read(run)

        assert record.media == (Media("b", 0.0, None, "media/b.png"),)
        assert messages(record) == [
            "iris/a/media.jsonl:2: no key or no path; the line is left out, mend or delete it"
        ]

    def test_too_many_metrics_are_counted(self, run: Path) -> None:
        write(run, "metrics.jsonl", {f"m{index}": 1 for index in range(MAX_METRICS + 3)})

        record = read(run)

        assert len(record.histories) == MAX_METRICS
        assert messages(record) == [
            (
                "iris/a/metrics.jsonl: 2,000 of 2,003 metrics are read (at most 2,000); "
                "log fewer names, or keep the rest in an artifact"
            )
        ]

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"params": 5}, "params is not an object: 5"),
            (
                {"started": "yesterday"},
                (
                    "started is no time: 'yesterday'; "
                    "write seconds since 1970, or ISO 8601 as '2026-03-06T20:46:00Z'"
                ),
            ),
            (
                {"ended": 1763806500120},
                (
                    "ended is no time: 1763806500120; "
                    "write seconds since 1970, or ISO 8601 as '2026-03-06T20:46:00Z'"
                ),
            ),
            (
                {"status": "done"},
                "status is 'done'; write one of running, finished, failed, killed",
            ),
            (
                {"format": "runreport/9"},
                "format 'runreport/9' is not known here, only 'runreport/1'; update runreport",
            ),
            (
                {"started": "3026-11-22T10:15:00Z"},
                (
                    "started is no time: '3026-11-22T10:15:00Z'; "
                    "write seconds since 1970, or ISO 8601 as '2026-03-06T20:46:00Z'"
                ),
            ),
            ({"metrics": {"a": 5}}, "metrics.a is 5; write an object such as {'goal': 'min'}"),
            ({"metrics": {"a": {"goal": "up"}}}, "metrics.a.goal is 'up'; write one of min, max"),
        ],
    )
    def test_a_field_that_makes_no_sense_is_named(
        self, run: Path, fields: dict[str, Any], message: str
    ) -> None:
        write(run, "run.jsonl", {"name": "x", **fields})

        assert messages(read(run)) == [f"iris/a/run.jsonl: {message}"]

    def test_a_record_of_noise_does_not_drown_the_page(self, run: Path) -> None:
        write(run, "run.jsonl", {"metrics": dict.fromkeys(map(str, range(1000)), "?")})

        record = read(run)

        assert len(record.findings) == 51
        assert record.findings[-1].message == "950 more fields make no sense; mend these first"

    def test_texts_that_are_something_else_are_shown_as_written(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": 5, "version": 1.5, "user": ["a"], "host": True})

        record = read(run)

        assert (record.name, record.version, record.user, record.host) == (
            "5",
            "1.5",
            '["a"]',
            "true",
        )

    def test_a_definition_keeps_what_is_right_of_it(self, run: Path) -> None:
        definition = {"goal": "min", "summary": "best", "unit": "s"}
        write(run, "run.jsonl", {"metrics": {"a": definition, "b": 1}})

        assert read(run).metrics == {"a": {"goal": "min", "unit": "s"}, "b": {}}


class TestHostileFolders:
    def test_links_are_listed_and_not_followed(self, run: Path, tmp_path: Path) -> None:
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "key").write_text("secret")
        write(run, "run.jsonl", {"name": "x"})
        (run / "artifacts").mkdir()
        (run / "artifacts" / "dir").symlink_to(tmp_path / "secret")
        (run / "artifacts" / "file").symlink_to(tmp_path / "secret" / "key")
        (run / "artifacts" / "loop").symlink_to(".")
        os.mkfifo(run / "artifacts" / "pipe")

        record = read(run)

        assert [(each.path, each.kind) for each in record.artifacts] == [
            ("dir", "link"),
            ("file", "link"),
            ("loop", "link"),
            ("pipe", "other"),
        ]

    @pytest.mark.parametrize("name", ["README.md", "console.log", "metrics.jsonl", "media.jsonl"])
    @pytest.mark.parametrize("kind", ["a link", "a named pipe", "a folder"])
    def test_only_regular_files_are_read(
        self, run: Path, tmp_path: Path, name: str, kind: str
    ) -> None:
        (tmp_path / "secret").write_text('{"loss":1}\n')
        make: dict[str, Callable[[], object]] = {
            "a link": lambda: (run / name).symlink_to(tmp_path / "secret"),
            "a named pipe": lambda: os.mkfifo(run / name),
            "a folder": lambda: (run / name).mkdir(),
        }
        make[kind]()
        write(run, "run.jsonl", {"name": "x"})

        record = read(run)

        assert messages(record) == [
            f"iris/a/{name}: is {kind}, which is never opened; put the file or folder itself there"
        ]
        assert (record.notes, record.console, record.histories) == ("", None, ())

    def test_artifacts_that_are_a_link_are_not_entered(self, run: Path, tmp_path: Path) -> None:
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "key").write_text("secret")
        write(run, "run.jsonl", {"name": "x"})
        (run / "artifacts").symlink_to(tmp_path / "secret")

        record = read(run)

        assert record.artifacts == ()
        assert messages(record) == [
            (
                "iris/a/artifacts: cannot be listed: is a link, which is never opened; "
                "put the file or folder itself there"
            )
        ]

    def test_a_run_folder_that_became_a_link_is_refused(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": "x"})
        run.rename(run.parent / "b")
        run.symlink_to("b")

        with pytest.raises(ReadError, match="is a link"):
            read(run)

    def test_deep_folders_do_not_exhaust_the_stack(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": "x"})
        deep = run / "artifacts" / "/".join(["d"] * 150)
        deep.mkdir(parents=True)
        (deep / "file").touch()

        assert [each.path for each in read(run).artifacts] == ["d/" * 150 + "file"]

    def test_artifacts_beyond_the_limit_are_counted(
        self, run: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attachments, "MAX_ARTIFACTS", 2)
        write(run, "run.jsonl", {"name": "x"})
        (run / "artifacts").mkdir()
        for name in "abc":
            (run / "artifacts" / name).touch()

        record = read(run)

        assert [each.path for each in record.artifacts] == ["a", "b"]
        assert messages(record) == [
            "iris/a/artifacts: 2 of 3 files are listed; pack them into fewer files"
        ]

    def test_names_that_are_not_utf_8_are_listed(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": "x"})
        (run / "artifacts").mkdir()
        try:
            (run / "artifacts" / os.fsdecode(b"\xff.txt")).touch()
        except OSError:
            pytest.skip("this file system takes no such name")

        assert len(read(run).artifacts) == 1


class TestConsoleAndNotes:
    def test_a_long_log_keeps_head_and_tail_at_whole_lines(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": "x"})
        lines = [f"line {number:06}\n" for number in range(20_000)]
        (run / "console.log").write_text("".join(lines))

        console = read(run).console

        assert console is not None
        assert console.size == 240_000
        assert console.head.startswith("line 000000\n")
        assert console.head.endswith("\n")
        assert console.tail.startswith("line 0")
        assert console.tail.endswith("line 019999\n")
        assert 63_000 < len(console.head) <= 64_000
        assert 63_000 < len(console.tail) <= 64_000

    def test_a_log_without_line_ends_is_cut_anywhere(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": "x"})
        (run / "console.log").write_bytes(b"\xe9" * 500_000)

        console = read(run).console

        assert console is not None
        assert (len(console.head), len(console.tail)) == (64_000, 64_000)

    def test_notes_may_begin_with_a_mark_and_hold_bad_bytes(self, run: Path) -> None:
        write(run, "run.jsonl", {"name": "x"})
        (run / "README.md").write_bytes(b"\xef\xbb\xbfgood \xff")

        assert read(run).notes == "good \ufffd"


# Damage that a crash, a network file system or an editor does to a line: what is left of it, and
# whether it is still whole. A line that is not whole takes no other line with it.
def cut_line(line: bytes, place: int) -> tuple[bytes, bool]:
    return line[: place % len(line)] + b"\n", False


def glued(line: bytes, place: int) -> tuple[bytes, bool]:
    return line[: 1 + place % (len(line) - 1)] + line + b"\n", False


def junk(line: bytes, place: int) -> tuple[bytes, bool]:
    return line + b"\n" + bytes([place % 256 or 1]).replace(b"\n", b"x") * 3 + b"\n", True


DAMAGES: list[Callable[[bytes, int], tuple[bytes, bool]]] = [
    cut_line,
    glued,
    junk,
    lambda line, place: (b"\0" * (place % 5000) + line + b"\n", True),
    lambda line, place: (line + b"\0" * (place % 50) + b"\n", True),
    lambda line, _: (line + b"\r\n", True),
    lambda line, _: (b"\xef\xbb\xbf" + line + b"\n", True),
    lambda line, place: (b"\n" * (place % 4) + line + b"\n", True),
    lambda line, place: (line + b"\n[%d]\n" % place, True),
    lambda line, place: (line[: place % len(line)] + b"\xff" + line + b"\n", False),
]


ANY_RUN = (
    st.lists(st.floats(), min_size=1, max_size=40),
    st.dictionaries(
        st.integers(0, 39), st.tuples(st.sampled_from(DAMAGES), st.integers(0, 10**6)), max_size=5
    ),
    st.integers(0, 60),
)
"""The values of a run, what happens to some of its lines, and how much there is of a torn one."""


def check_recovery(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[float],
    damages: dict[int, tuple[Callable[[bytes, int], tuple[bytes, bool]], int]],
    tail: int,
) -> None:
    content, expected = b"", []
    for step, value in enumerate(values):
        line = json.dumps({"step": step, "loss": value}).encode()
        damage, place = damages.get(step, (lambda line, _: (line + b"\n", True), 0))
        text, whole = damage(line, place)
        content += text
        if whole:
            expected.append((step, repr(value)))
    torn = json.dumps({"step": len(values), "loss": 0.123456789, "acc": 0.987654321}).encode()[
        :tail
    ]
    folder = tmp_path_factory.getbasetemp() / "recovered" / "run"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.jsonl").write_bytes(content + torn)

    record = read_run(folder, folder.parent)

    found = [
        (step, repr(value))
        for history in record.histories
        for step, value in zip(history.steps.tolist(), history.values.tolist(), strict=True)
    ]
    assert found == expected
    assert record.files[0].torn == bool(torn)


FIELDS = (
    *("format", "run_id", "name", "experiment", "status", "started", "ended", "user", "os_user"),
    *("host", "source", "version", "git", "python", "command", "params", "tags", "metrics"),
    *("parent", "datasets", "models", "error", "time", "by", "pid", "hardware", "segment", "gap"),
)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "odd",
    [["x"], [["x"]], {"x": ["x"]}, {"x": {"goal": ["min"]}}, 3, -1e308, True, "x", ""],
    ids=str,
)
def test_a_field_of_another_type_costs_no_other_one(run: Path, field: str, odd: Any) -> None:
    first = {"params": {"lr": 0.1}, "run_id": "a"}
    write(run, "run.jsonl", first, {field: odd}, {field: odd, "tags": {"kept": "yes"}}, {field: 1})
    write(run, "metrics.jsonl", {"step": 0, "loss": 0.5, "x": 1.0})

    record = read(run)

    assert [history.name for history in record.histories] == ["loss", "x"]
    assert field == "params" or record.params["lr"] == 0.1
    assert field == "tags" or record.tags["kept"] == "yes"


class TestManyFields:
    def test_two_thousand_values_of_each_object_are_kept(self, run: Path) -> None:
        params: dict[str, Any] = {f"p{each}": each for each in range(1500)}
        params["model"] = {f"q{each}": {"x": each} for each in range(1000)}
        write(run, "run.jsonl", {"params": params, "tags": {"a": 1}, "odd": "x"})

        record = read(run)

        assert len(record.params) == 1501
        assert len(record.params["model"]) == 500
        assert (record.tags, record.extra) == ({"a": 1}, {"odd": "x"})
        (message,) = messages(record)
        assert message == (
            "iris/a/run.jsonl: 2,000 of 2,500 params are read (at most 2,000); "
            "log fewer, or keep the rest in an artifact"
        )

    def test_fields_of_no_name_of_ours_are_bounded_too(self, run: Path) -> None:
        write(run, "run.jsonl", {f"f{each}": {} for each in range(2001)})

        record = read(run)

        assert len(record.extra) == 2000
        assert "2,000 of 2,001 other fields are read" in messages(record)[0]

    def test_two_thousand_corrections_are_kept(self, run: Path) -> None:
        first = {f"p{each}": 1 for each in range(1200)}
        lines = [{"params": dict.fromkeys(first, value)} for value in (1, 2, 3)]
        write(run, "run.jsonl", *lines)

        record = read(run)

        assert len(record.changes) == 2000
        assert record.params["p0"] == 3
        (message,) = messages(record)
        assert message == (
            "iris/a/run.jsonl: 2,000 of 2,400 corrections are read (at most 2,000); "
            "the run has the values of all"
        )


@settings(max_examples=300)
@given(*ANY_RUN)
def test_every_untouched_line_is_recovered(
    tmp_path_factory: pytest.TempPathFactory, values: Any, damages: Any, tail: int
) -> None:
    check_recovery(tmp_path_factory, values, damages, tail)


@pytest.mark.slow
@settings(max_examples=20_000)
@given(*ANY_RUN)
def test_every_untouched_line_is_recovered_many_times(
    tmp_path_factory: pytest.TempPathFactory, values: Any, damages: Any, tail: int
) -> None:
    check_recovery(tmp_path_factory, values, damages, tail)


def test_the_sample_is_not_changed_by_reading(tmp_path: Path) -> None:
    copy = tmp_path / "native"
    shutil.copytree(DATA, copy)
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}

    for folder in find_runs(copy):
        assert isinstance(folder, Path)
        read_run(folder, copy)

    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before
