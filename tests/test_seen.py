"""The state of a run's folder by what its reading has seen: it stands for what was read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runreport.index.trees import Look, look_at
from runreport.reading.seen import Seen
from runreport.reading.sources import RunFolder, read
from runreport.records import RunRecord

LONG_AGO = 1_700_000_000


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = tmp_path / "runs" / "iris" / "a"
    folder.mkdir(parents=True)
    (folder / "run.jsonl").write_text('{"run_id":"a"}\n{"status":"finished"}\n')
    (folder / "metrics.jsonl").write_text('{"loss":1}\n' * 50 + '{"lo')
    (folder / "system.jsonl").write_text('{"cpu":1}\n')
    (folder / "media.jsonl").write_text('{"key":"a","path":"b"}\n')
    return RunFolder("native", str(folder), tmp_path / "runs", "iris/a")


def settle(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO), follow_symlinks=False)


def looked(run: RunFolder) -> tuple[Look, RunRecord]:
    look = Look(run.folder)
    return look, read(run, None, look.seen)


def test_what_was_read_has_the_state_that_a_look_at_it_has(run: RunFolder) -> None:
    (run.folder / "README.md").write_text("notes")
    (run.folder / "artifacts").mkdir()
    (run.folder / "artifacts" / "run.jsonl").write_text("{}\n")
    (run.folder / "run.jsonl.bak").write_text("{}\n")
    (run.folder / "metrics.20261122T101500Z-0a1b2c3d.jsonl").symlink_to("metrics.jsonl")
    (run.folder / "system.20261122T101500Z-0a1b2c3d.jsonl").mkdir()

    look, _ = looked(run)
    known = look.known()

    again = look_at(run.folder)
    assert known is not None
    assert known._replace(settled=False) == again._replace(settled=False)


def test_every_file_of_lines_is_hashed_where_it_is_parsed(run: RunFolder) -> None:
    look, _ = looked(run)

    assert set(look.seen.hashes) == {"run.jsonl", "metrics.jsonl", "system.jsonl", "media.jsonl"}


def test_a_file_that_grows_before_it_is_read_is_not_taken_for_what_it_was(run: RunFolder) -> None:
    before = look_at(run.folder)
    look = Look(run.folder)
    with (run.folder / "run.jsonl").open("a") as file:
        file.write('{"params":{"lr":1}}\n')
    record = read(run, None, look.seen)
    known = look.known()

    assert record.params == {"lr": 1}
    assert known is not None
    # Nor is it taken for what it is by now: the listing is of the other size.
    assert known.content not in (before.content, look_at(run.folder).content)


def test_a_file_that_changes_once_it_was_read_shows(run: RunFolder) -> None:
    look, _ = looked(run)
    (run.folder / "run.jsonl").write_text('{"run_id":"b"}\n{"status":"finished"}\n')
    known = look.known()

    assert known is not None
    assert known.content != look_at(run.folder).content


def test_a_run_whose_other_files_change_meanwhile_is_not_known(run: RunFolder) -> None:
    (run.folder / "README.md").write_text("notes")
    look, _ = looked(run)
    (run.folder / "README.md").write_text("other notes")

    assert look.known() is None


def test_a_file_that_comes_meanwhile_is_neither_read_nor_known(run: RunFolder) -> None:
    look = Look(run.folder)
    (run.folder / "metrics.20261122T101500Z-0a1b2c3d.jsonl").write_text('{"late":1}\n')
    record = read(run, None, look.seen)
    known = look.known()

    assert [each.name for each in record.histories] == ["loss"]
    assert known is not None
    assert known.content != look_at(run.folder).content


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="holes are read as zeros")
def test_a_file_with_a_hole_is_hashed_apart_once_it_is_settled(run: RunFolder) -> None:
    with (run.folder / "metrics.jsonl").open("r+b") as file:
        file.truncate(30_000_000)
    look, _ = looked(run)

    assert "metrics.jsonl" not in look.seen.hashes
    assert look.known() is None

    settle(run.folder)
    look, _ = looked(run)
    # Its change of state, which no one can set back, is as new as the test.
    look._settled = True
    assert look.known() == look_at(run.folder)._replace(settled=True)


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="holes are read as zeros")
def test_a_file_with_a_hole_that_changes_once_it_was_read_is_not_known(run: RunFolder) -> None:
    metrics = run.folder / "metrics.jsonl"
    with metrics.open("r+b") as file:
        file.truncate(30_000_000)
    settle(run.folder)
    look, _ = looked(run)
    look._settled = True
    with metrics.open("r+b") as file:
        file.seek(20_000_000)
        file.write(b'\n{"loss":2}\n')

    assert look.known() is None


def test_a_folder_that_cannot_be_listed_has_no_names(tmp_path: Path) -> None:
    assert Seen(os.fspath(tmp_path / "none")).names == []
