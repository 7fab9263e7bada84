"""A run whose history comes in many files: they are kept, and the same however they are built."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runreport.build import build
from runreport.built import Built
from runreport.config import load_config
from runreport.histories.tiles import TILE

NOW = 1_763_806_500.0
OLD_NS = 10**18


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run of two tiles, below the working directory."""
    monkeypatch.chdir(tmp_path)
    folder = Path("runs/deep/long")
    folder.mkdir(parents=True)
    line = {"run_id": "long", "status": "finished", "started": NOW, "ended": NOW + 9}
    (folder / "run.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    append(folder, range(TILE + 5000))
    return folder


def append(folder: Path, steps: range) -> None:
    path = folder / "metrics.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.writelines(
            f'{{"step":{step},"time":{NOW + step},"loss":{step % 97}}}\n' for step in steps
        )
    os.utime(path, ns=(OLD_NS, OLD_NS))


def built(output: str = "site", *, cache: bool = True, jobs: int = 1) -> Built:
    settings = {"output": output, "cache": cache, "jobs": jobs}
    return build(load_config(None, settings), now=NOW, version="1")


def files(output: str = "site") -> dict[str, bytes]:
    root = Path(output)
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def tiles(output: str = "site") -> dict[str, int]:
    """Return the tiles' names and when each was written."""
    return {path.name: path.stat().st_mtime_ns for path in Path(output, "data").glob("f-*.js")}


def test_tiles_are_the_same_with_the_cache_and_without_and_in_any_process() -> None:
    built()
    built("again", cache=False)
    built("two", cache=False, jobs=2)

    assert len(tiles()) == 2
    assert files() == files("again") == files("two")


def test_unchanged_tiles_keep_their_files_when_the_run_grows(run_folder: Path) -> None:
    built()
    before = tiles()
    append(run_folder, range(TILE + 5000, TILE + 5100))
    built()
    after = tiles()
    built("clean", cache=False)

    (same,) = before.items() & after.items()
    assert same[0].startswith("f-long-")
    assert "-0-0." in same[0]
    assert len(after) == 2
    assert files() == files("clean")


def test_a_run_that_is_not_read_again_keeps_its_tiles() -> None:
    built()
    before = tiles()
    Path("runs/deep/README.md").write_text("# Deep\n", encoding="utf-8")
    result = built()

    assert result.cached == 1
    assert tiles() == before
    built("clean", cache=False)
    assert files() == files("clean")


def test_a_tile_that_was_changed_by_hand_is_written_anew() -> None:
    built()
    first = files()
    (path, *_) = Path("site/data").glob("f-*.js")
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    built()

    assert files() == first
