"""Starting, logging to and ending runs in one process."""

from __future__ import annotations

import math
import os
import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runreport
from runreport.errors import LogError
from runreport.tracking import lines
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, points, record, rows, segments


def test_a_run_is_a_folder_of_its_experiment(root: Path) -> None:
    runreport.set_experiment("vision/cifar")
    with runreport.start_run() as run:
        pass
    folder = only_run(root)

    assert folder.parent == root / "vision" / "cifar"
    assert folder.name == run.run_id == run.info.run_id
    assert folder.name.endswith(run.name + folder.name[-5:])


def test_the_first_line_tells_who_runs_what(root: Path) -> None:
    with runreport.start_run(run_name="first", user="kim", version="测试", source="study"):
        pass
    first = rows(only_run(root) / "run.jsonl")[0]

    assert first["format"] == "runreport/1"
    assert first["status"] == "running"
    assert (first["name"], first["experiment"]) == ("first", "default")
    assert (first["user"], first["by"], first["version"]) == ("kim", "kim", "测试")
    assert first["source"]["name"] == "study"
    assert (first["pid"], first["started"] <= first["time"]) == (os.getpid(), True)
    assert first["os_user"]


def test_the_end_is_a_line(root: Path) -> None:
    with runreport.start_run():
        pass
    last = rows(only_run(root) / "run.jsonl")[-1]

    assert last["status"] == "finished"
    assert last["ended"] <= last["time"] + 1


def test_names_with_any_characters_are_kept_whole(root: Path) -> None:
    with runreport.start_run(run_name="a/b: 测试 \ud800", experiment="x y?/é"):
        pass
    folder = only_run(root)

    assert record(folder)["name"] == "a/b: 测试 ?"
    assert record(folder)["experiment"] == "x y?/é"
    assert folder.parent == root / "x y-" / "é"
    assert folder.name.isascii()


@pytest.mark.parametrize("name", ["..", "a/../b", "a//b", "", "  ", "/"])
def test_an_experiment_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(LogError, match="is no folder; use names joined with '/'"):
        runreport.set_experiment(name)


def test_metrics_are_lines_in_order(root: Path) -> None:
    with runreport.start_run():
        runreport.log_metric("loss", 0.5)
        runreport.log_metric("loss", 0.25, step=7)
        runreport.log_metrics({"loss": 0.125, "lr": 1}, step=8, timestamp=1_500)
    first, second, third = points(only_run(root))

    assert (first["loss"], "step" in first) == (0.5, False)
    assert (second["loss"], second["step"]) == (0.25, 7)
    assert third == {"step": 8, "time": 1.5, "loss": 0.125, "lr": 1}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.float32(0.1), float(np.float32(0.1))),
        (np.float64(0.1), 0.1),
        (np.int8(-3), -3),
        (np.uint64(2**63), float(2**63)),
        (np.bool_(True), 1),
        (np.array([[2.5]]), 2.5),
        (np.float16(np.inf), "Infinity"),
        (np.longdouble(0.25), 0.25),
        (True, 1),
        (Decimal("0.25"), 0.25),
        (Fraction(1, 4), 0.25),
        (2**70, float(2**70)),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (5e-324, 5e-324),
        (-0.0, -0.0),
    ],
    ids=repr,
)
def test_a_number_of_any_kind_is_written_exactly(root: Path, value: Any, written: Any) -> None:
    with runreport.start_run():
        runreport.log_metrics({"x": value})
    found = points(only_run(root))[0]["x"]

    assert found == written
    assert isinstance(found, str) == isinstance(written, str)
    assert str(found) == str(written)


@pytest.mark.parametrize(
    "value",
    ["0.5", None, [1.0], {"a": 1}, np.array([1.0, 2.0]), 1j, object, b"1", "NaN"],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with runreport.start_run(), pytest.raises(LogError) as caught:
        runreport.log_metric("loss", value)

    assert str(caught.value) == f"metric 'loss': {value!r} is not one number; give an int or float"


@pytest.mark.parametrize("name", ["step", "time"])
def test_reserved_names_are_refused(name: str) -> None:
    with runreport.start_run():
        with pytest.raises(LogError) as caught:
            runreport.log_metric(name, 1)
        with pytest.raises(LogError):
            runreport.log_metrics({"loss": 1, name: 1})

    assert str(caught.value) == (
        f"metric: the name {name!r} is reserved; choose another, as 'my_{name}'"
    )


@pytest.mark.parametrize("name", ["", " ", 3, None])
def test_a_metric_needs_a_name(name: Any) -> None:
    with runreport.start_run(), pytest.raises(LogError, match=r"^metric: the name "):
        runreport.log_metric(name, 1)


@pytest.mark.parametrize("metrics", [None, 5, [("a", 1)], "loss"])
def test_metrics_that_are_no_mapping_are_refused(metrics: Any) -> None:
    with runreport.start_run(), pytest.raises(LogError, match=r"is not a mapping"):
        runreport.log_metrics(metrics)


@pytest.mark.parametrize("step", ["3", math.nan, math.inf, [1], 1j], ids=str)
def test_a_step_that_is_no_number_is_refused(step: Any) -> None:
    with runreport.start_run(), pytest.raises(LogError, match=r"^(step|metric 'step'): "):
        runreport.log_metric("loss", 1, step=step)


@pytest.mark.parametrize(
    ("step", "written"), [(np.int64(3), 3), (3.0, 3), (0.5, 0.5), (-2, -2), (10**12, 10**12)]
)
def test_a_step_may_be_any_finite_number(root: Path, step: Any, written: float) -> None:
    with runreport.start_run():
        runreport.log_metric("loss", 1, step=step)

    assert points(only_run(root))[0]["step"] == written


def test_a_refused_call_leaves_no_line(root: Path) -> None:
    with runreport.start_run():
        for call in ({"a": 1, "b": "x"}, {"a": 1, "step": 2}):
            with pytest.raises(LogError):
                runreport.log_metrics(call)
        runreport.log_metrics({"a": 1, "b": 2})

    assert len(points(only_run(root))) == 1


def test_very_many_metrics_become_several_lines(root: Path) -> None:
    with runreport.start_run():
        runreport.log_metrics({f"m{i}": i for i in range(5_000)}, step=1)
    lines_written = points(only_run(root))

    assert sum(len(row) - 2 for row in lines_written) == 5_000
    assert {row["step"] for row in lines_written} == {1}


def test_params_keep_their_type(root: Path) -> None:
    params = {"i": 1, "f": 0.1, "t": "x", "b": True, "n": None, "l": [1, "a"], "p": Path("a")}
    with runreport.start_run(params={"given": np.int64(3)}):
        runreport.log_params({**params, "d": {"b": [1], "a": None}, "nan": math.nan})

    assert record(only_run(root))["params"] == {
        "given": 3,
        "i": 1,
        "f": 0.1,
        "t": "x",
        "b": True,
        "n": "None",
        "l": [1, "a"],
        "p": "a",
        "d": '{"a":null,"b":[1]}',
        "nan": "NaN",
    }


def test_a_param_with_another_value_is_refused(root: Path) -> None:
    with runreport.start_run():
        runreport.log_param("lr", 0.1)
        runreport.log_param("lr", 0.1)
        with pytest.raises(LogError) as caught:
            runreport.log_params({"new": 1, "lr": 0.2})

    assert str(caught.value) == (
        "param 'lr': is already 0.1, not 0.2; a param is an input fixed at the start; "
        "correct it with `runreport set RUN --param`"
    )
    assert record(only_run(root))["params"] == {"lr": 0.1}


def test_a_very_long_param_says_how_much_of_it_is_kept(root: Path) -> None:
    with runreport.start_run():
        runreport.log_param("text", "x" * 3_000_000)
    kept = record(only_run(root))["params"]["text"]

    assert kept.endswith("x (1,048,576 of 3,000,000 characters)")
    assert len(kept) < 1_100_000


def test_log_param_returns_its_value() -> None:
    with runreport.start_run():
        assert runreport.log_param("lr", 0.1) == 0.1


def test_tags_are_set_replaced_and_taken_away(root: Path) -> None:
    with runreport.start_run(tags={"a": 1}, group="seeds"):
        runreport.set_tags({"a": 2, "b": "x"})
        runreport.delete_tag("b")

    assert record(only_run(root))["tags"] == {"a": 2, "group": "seeds"}


def test_a_metric_can_declare_its_goal(root: Path) -> None:
    with runreport.start_run():
        runreport.define_metric("loss", goal="min")
        with pytest.raises(LogError) as caught:
            runreport.define_metric("loss", goal="up")

    assert str(caught.value) == "metric 'loss': no goal 'up'; choose one of min, max"
    assert record(only_run(root))["metrics"] == {"loss": {"goal": "min"}}


def test_wrong_arguments_leave_no_run_behind(root: Path) -> None:
    for wrong in ({"params": {"": 1}}, {"tags": {3: 1}}, {"durability": "always"}):
        with pytest.raises(LogError):
            runreport.start_run(**wrong)

    assert not root.exists()
    assert runreport.active_run() is None


def test_a_root_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(LogError, match=r"cannot be made here .*; give another root"):
        runreport.start_run()


def test_logging_without_a_run_starts_one(root: Path) -> None:
    runreport.log_metric("loss", 1)
    runreport.log_metric("loss", 2)
    run = runreport.active_run()
    runreport.end_run()

    assert run is not None
    assert runreport.active_run() is None
    assert runreport.last_active_run() is run
    assert len(points(only_run(root))) == 2


def test_a_second_run_must_be_nested(root: Path) -> None:
    with runreport.start_run() as outer:
        with pytest.raises(LogError, match="is still open; end it with end_run"):
            runreport.start_run()
        with runreport.start_run(nested=True) as inner:
            runreport.log_metric("inner", 1)
            assert runreport.active_run() is inner
        assert runreport.active_run() is outer
        runreport.log_metric("outer", 1)

    assert record(inner.folder)["parent"] == outer.run_id
    assert [set(points(run.folder)[0]) - {"time"} for run in (outer, inner)] == [
        {"outer"},
        {"inner"},
    ]
    assert len(list(root.rglob("run.jsonl"))) == 2


def test_a_parent_can_be_given(root: Path) -> None:
    with runreport.start_run(parent_run_id="some-run"):
        pass

    assert record(only_run(root))["parent"] == "some-run"


@pytest.mark.parametrize("status", ["FAILED", "failed", "KILLED", "finished"])
def test_end_run_takes_both_spellings(root: Path, status: str) -> None:
    runreport.start_run()
    runreport.end_run(status)

    assert record(only_run(root))["status"] == status.lower()


def test_an_unknown_status_is_refused() -> None:
    with runreport.start_run(), pytest.raises(LogError) as caught:
        runreport.end_run("DONE")

    assert str(caught.value) == (
        "end_run: no status 'DONE'; choose one of finished, failed, killed"
    )


def test_ending_without_a_run_does_nothing() -> None:
    runreport.end_run()

    assert runreport.active_run() is None
    assert not Path("runs").exists()


def test_a_run_that_has_ended_takes_no_more_lines() -> None:
    with runreport.start_run() as run:
        pass
    with pytest.raises(LogError, match="this run has ended; add to it with"):
        run.log_metric("x", 1)
    with pytest.raises(LogError, match="this run has ended; add to it with"):
        run.set_tag("x", 1)
    run.end()


def test_info_and_data_answer_as_in_mlflow(root: Path) -> None:
    with runreport.start_run(run_name="r", params={"lr": 0.1}, tags={"t": 1}) as run:
        runreport.log_metrics({"loss": 1, "nan": math.nan})
        runreport.log_metric("loss", 0.5)
        assert run.info.status == "RUNNING"
    again = runreport.get_run(run.run_id)

    for each in (run, again):
        assert each.info.run_name == "r"
        assert each.info.status == "FINISHED"
        assert each.info.experiment_id == "default"
        assert each.info.end_time is not None
        assert each.info.end_time >= (each.info.start_time or 0) > 1_500_000_000_000
        assert each.info.artifact_uri == str(only_run(root) / "artifacts")
        assert each.data.params == {"lr": "0.1"}
        assert (each.data.tags["t"], each.data.tags["mlflow.runName"]) == ("1", "r")
        assert each.data.metrics["loss"] == 0.5
        assert math.isnan(each.data.metrics["nan"])


def test_the_environment_names_root_and_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNREPORT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("RUNREPORT_EXPERIMENT", "named")
    with runreport.start_run() as run:
        pass

    assert run.folder.parent == tmp_path / "elsewhere" / "named"


def test_the_root_can_be_set(tmp_path: Path) -> None:
    runreport.set_tracking_uri((tmp_path / "a b").as_uri())
    with runreport.start_run() as run:
        pass

    assert run.folder.is_relative_to(tmp_path / "a b")
    assert runreport.get_tracking_uri() == str(tmp_path / "a b")


@pytest.mark.parametrize("uri", ["http://localhost:5000", "sqlite:///x.db", "databricks://a"])
def test_a_server_is_refused_as_root(uri: str) -> None:
    with pytest.raises(LogError, match="is a server or database; runs are plain folders"):
        runreport.set_tracking_uri(uri)


def test_hundreds_of_runs_of_one_name_have_folders_of_their_own(root: Path) -> None:
    ids = {runreport.start_run(run_name="same", durability="off").run_id for _ in _ended(150)}

    assert len(ids) == 150 == len(list(root.rglob("run.jsonl")))


def _ended(count: int) -> Any:
    for number in range(count):
        yield number
        runreport.end_run()


def test_a_working_folder_that_changes_does_not_move_the_run(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runreport.start_run():
        (tmp_path / "other").mkdir()
        monkeypatch.chdir(tmp_path / "other")
        runreport.log_metric("x", 1)
        runreport.log_text("text", "a.txt")

    assert (only_run(root) / "artifacts" / "a.txt").exists()
    assert list((tmp_path / "other").iterdir()) == []


def test_a_script_keeps_itself(script: Script, root: Path) -> None:
    code = "import runreport\nrunreport.start_run()\n"
    script(code)
    folder = only_run(root)

    assert (folder / "artifacts" / "code" / "train.py").read_text() == code
    assert record(folder)["source"] == {"name": "train.py", "kind": "script"}
    assert record(folder)["command"] == f"python {root.parent / 'train.py'}"


def test_number_is_what_metrics_line_writes() -> None:
    known: set[str] = set()
    slow = lines.metrics_line({"a": 0.1, "b": 3}, 1, 2.5, known)
    fast = lines.metrics_line({"a": 0.1, "b": 3}, 1, 2.5, known)

    assert slow == fast == b'{"step":1,"time":2.5,"a":0.1,"b":3}\n'
    assert known == {"a", "b"}


def test_segments_are_one_file_for_one_process(root: Path) -> None:
    with runreport.start_run():
        runreport.log_metric("x", 1)
        runreport.log_metric("x", 2)

    assert len(segments(only_run(root))) == 1


def test_a_notebook_shows_a_card() -> None:
    params = {f"p{number}": number for number in range(20)}
    with runreport.start_run(run_name="<b>", params={**params, "text": "&" * 300}) as run:
        runreport.log_metric("loss", 0.5)
        card = run._repr_html_()

    assert "<strong>&lt;b&gt;</strong> (running)" in card
    assert "<tr><th>param p0</th><td>0</td></tr>" in card
    assert "<tr><th>params</th><td>12 of 21 shown</td></tr>" in card
    assert "<tr><th>metric loss</th><td>0.5</td></tr>" in card


def test_a_clock_that_is_set_back_undoes_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runreport.start_run(params={"a": 1}, tags={"t": "first"})
    monkeypatch.setattr("runreport.tracking.run.time", lambda: 1_000.0)
    runreport.set_tag("t", "second")
    runreport.end_run()
    # A correction on a machine whose clock is behind.
    runreport.amend(run, tags={"t": "third"})

    assert record(only_run(root))["tags"] == {"t": "third"}
    assert record(only_run(root))["status"] == "finished"


def test_a_folder_that_is_removed_meanwhile_is_told(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = runreport.start_run()
    runreport.log_metric("x", 1)
    shutil.rmtree(run.folder)
    runreport.log_metric("x", 2)
    run.end()

    assert [line.getMessage() for line in caplog.records] == [
        f"{run.folder}: the {stream} stream was removed meanwhile; what is logged is lost"
        for stream in ("metrics", "run")
    ]
    assert not list(root.rglob("*.jsonl"))


NO_FILES = """
import os, resource, runreport
run = runreport.start_run(code=False, capture="none")
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
for step in range(3):
    runreport.log_metric("x", step)
for each in taken:
    os.close(each)
run.end()
"""


def test_a_program_without_a_free_descriptor_goes_on(script: Script, root: Path) -> None:
    done = script(NO_FILES)

    assert "Too many open files" in done.stderr
    assert [row["x"] for row in points(only_run(root))] == [0, 1, 2]


def test_a_step_of_more_than_64_bits_is_refused() -> None:
    with runreport.start_run(), pytest.raises(LogError, match="more than 64 bits; give a smaller"):
        runreport.log_metric("x", 1, step=2**70)
