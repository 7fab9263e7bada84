"""Artifacts, notes, code and dictionaries kept with a run."""

from __future__ import annotations

import errno
import json
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import runreport
from runreport.errors import LogError
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run


def kept(root: Path) -> dict[str, bytes]:
    """Return the artifacts of the one run, without the script that ran the test."""
    below = only_run(root) / "artifacts"
    files = {path.relative_to(below).as_posix(): path for path in below.rglob("*")}
    return {name: path.read_bytes() for name, path in files.items() if path.is_file()}


def test_a_file_is_copied(root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0\1")
    with runreport.start_run():
        runreport.log_artifact("a.bin")
        runreport.log_artifact(tmp_path / "a.bin", "deep/er")

    assert kept(root) == {"a.bin": b"\0\1", "deep/er/a.bin": b"\0\1"}


def test_a_file_that_is_logged_again_is_replaced(root: Path, tmp_path: Path) -> None:
    with runreport.start_run():
        for content in ("old", "new"):
            (tmp_path / "a.txt").write_text(content)
            runreport.log_artifact("a.txt")

    assert kept(root) == {"a.txt": b"new"}


def test_a_folder_is_copied_with_all_in_it(root: Path, tmp_path: Path) -> None:
    (tmp_path / "model" / "sub").mkdir(parents=True)
    (tmp_path / "model" / "a").write_text("a")
    (tmp_path / "model" / "sub" / "b").write_text("b")
    (tmp_path / "model" / "latest").symlink_to("a")
    (tmp_path / "model" / "loop").symlink_to(".")
    with runreport.start_run():
        runreport.log_artifacts("model")
        runreport.log_artifact("model", "m")

    assert kept(root) == {
        "a": b"a",
        "latest": b"a",
        "sub/b": b"b",
        "m/model/a": b"a",
        "m/model/latest": b"a",
        "m/model/sub/b": b"b",
    }


def test_a_run_is_not_copied_into_itself(root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with runreport.start_run():
        runreport.log_artifacts(".")

    assert kept(root) == {"a.txt": b"a"}


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", "/etc/x", "a\\..\\..\\x", "\\x", "a\0b", ".."], ids=ascii
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "a.txt").write_text("a")
    with runreport.start_run():
        calls: tuple[Callable[[], None], ...] = (
            lambda: runreport.log_artifact("a.txt", path),
            lambda: runreport.log_artifacts(str(tmp_path), path),
            lambda: runreport.log_text("a", path),
            lambda: runreport.log_dict({}, path),
            lambda: runreport.log_image(np.zeros((2, 2)), path),
            lambda: runreport.log_table({"a": [1]}, path),
        )
        for call in calls:
            with pytest.raises(LogError, match=r"leads out of the run; give one below it"):
                call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: runreport.log_artifact("gone"), "log_artifact: no file 'gone'; check the path"),
        (
            lambda: runreport.log_artifacts("gone"),
            "log_artifacts: no folder 'gone'; check the path",
        ),
        (
            lambda: runreport.log_text("a", ""),
            "artifact path '': is no file name; give one, as 'a.txt'",
        ),
    ],
    ids=["file", "folder", "name"],
)
def test_what_is_not_there_cannot_be_kept(call: object, message: str) -> None:
    assert callable(call)
    with runreport.start_run(), pytest.raises(LogError) as caught:
        call()

    assert str(caught.value) == message


def test_text_is_kept_as_it_is(root: Path) -> None:
    with runreport.start_run():
        runreport.log_text("a\r\nüñ\n", "t/a.txt")

    assert kept(root) == {"t/a.txt": "a\r\nüñ\n".encode()}


def test_dictionaries_become_json_or_yaml(root: Path) -> None:
    value: dict[Any, Any] = {
        "b": [1, None, float("nan")],
        "a": {"x": np.float32(0.5)},
        3: Path("p"),
        "s": {2, 1},
    }
    with runreport.start_run():
        runreport.log_dict(value, "a.json")
        runreport.log_dict(value, "a.yaml")
        runreport.log_dict([1, 2], "plain")
    files = kept(root)
    expected = {"b": [1, None, "NaN"], "a": {"x": 0.5}, "3": "p", "s": [1, 2]}

    assert json.loads(files["a.json"]) == expected
    assert yaml.safe_load(files["a.yaml"]) == expected
    assert json.loads(files["plain"]) == [1, 2]


def test_notes_are_paragraphs(root: Path) -> None:
    with runreport.start_run(description="# Title"):
        runreport.note("One.")
        runreport.note("Two.\n")

    assert (only_run(root) / "README.md").read_text() == "# Title\n\nOne.\n\nTwo.\n"


def test_code_of_a_folder_is_kept_without_what_is_installed(root: Path, tmp_path: Path) -> None:
    for name in ("a.py", "sub/b.py", ".venv/c.py", "__pycache__/d.py", "data.csv"):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    with runreport.start_run():
        runreport.log_code("project")
        runreport.log_code("project/data.csv")

    assert sorted(kept(root)) == ["code/a.py", "code/data.csv", "code/sub/b.py"]


def test_tables_grow(root: Path) -> None:
    with runreport.start_run():
        runreport.log_table({"a": [1, 2], "b": ["x", None]}, "t.json")
        runreport.log_table(pd.DataFrame({"b": ["y"], "c": [0.5]}), "t.json")
        runreport.log_table([{"a": 3}, {"b": "z"}], "t.json")
        runreport.log_table({"a": 4}, "t.json")

    assert json.loads(kept(root)["t.json"]) == {
        "columns": ["a", "b", "c"],
        "data": [
            [1, "x", None],
            [2, None, None],
            [None, "y", 0.5],
            [3, None, None],
            [None, "z", None],
            [4, None, None],
        ],
    }


def test_what_is_no_table_is_refused() -> None:
    with runreport.start_run():
        runreport.log_text("text", "t.json")
        for data, message in (
            (3, "log_table: int is no table"),
            ({"a": [1], "b": [1, 2]}, "the columns differ in length ('a' 1, 'b' 2)"),
            ({"a": [1]}, "log_table: 't.json' is there and no table; give another name"),
        ):
            with pytest.raises(LogError) as caught:
                runreport.log_table(data, "t.json")
            assert message in str(caught.value)


def test_where_the_artifacts_are() -> None:
    with runreport.start_run() as run:
        assert runreport.get_artifact_uri() == str(run.folder / "artifacts")
        assert runreport.get_artifact_uri("a/b") == str(run.folder / "artifacts" / "a" / "b")


def test_a_full_disk_costs_the_file_and_not_the_program(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with runreport.start_run(code=False) as run:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        runreport.log_text("x" * 1_000_000, "big.txt")
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        runreport.log_text("y", "small.txt")
    signal.signal(signal.SIGXFSZ, handler)

    # What was half written is gone too.
    assert kept(root) == {"small.txt": b"y"}
    assert [record.getMessage() for record in caplog.records] == [
        f"{run.folder}: artifacts/big.txt could not be kept (File too large)"
    ]


def test_under_strict_a_file_that_cannot_be_kept_raises(root: Path) -> None:
    with runreport.start_run(strict=True) as run:
        (run.folder / "artifacts").mkdir(exist_ok=True)
        (run.folder / "artifacts" / "a").write_text("a file")
        with pytest.raises(LogError, match="artifacts/a/b could not be kept"):
            runreport.log_text("b", "a/b")

    assert list(kept(root)) == ["a"]


KILLED = """
import os, signal, runreport
from runreport.tracking import keep
run = runreport.start_run(code=False, capture="none")
def write(draft):
    draft.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
keep.write_file(run, "deep/model.bin", write)
"""


def test_half_a_file_is_no_artifact(script: Script, root: Path) -> None:
    script(KILLED, check=False)
    folder = only_run(root)

    assert [path.name for path in folder.rglob("*") if path.is_file()].count("run.jsonl") == 1
    assert [path for path in (folder / "artifacts").rglob("*") if path.is_file()] == []
    assert [path.name[0] for path in folder.glob(".*")] == ["."]


def test_artifacts_may_lie_on_another_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.replace

    def refuse(source: Path, target: Path) -> Path:
        if source.parent != target.parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with runreport.start_run() as run:
        runreport.log_text("kept", "a/b.txt")

    assert (run.artifacts / "a" / "b.txt").read_text() == "kept"
    assert list(run.folder.rglob(".*")) == []
