"""A tree that was listed tells what the disk tells: the runs in it, and the facts of each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runreport.index.texts import Texts
from runreport.index.trees import facts_now, look_at
from runreport.reading.listing import Tree
from runreport.reading.sources import find_runs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return runs inside runs, links, hidden folders and artifacts."""
    for folder in ("iris/a", "iris/a/inner/b", "iris/a/artifacts/c", "deep/er/d", ".hidden/e"):
        (tmp_path / "runs" / folder).mkdir(parents=True)
        (tmp_path / "runs" / folder / "run.jsonl").write_text("{}\n")
    (tmp_path / "runs/iris/a/artifacts/c/run.jsonl").write_text("x")
    (tmp_path / "runs/iris/link").symlink_to("a")
    (tmp_path / "runs/iris/a/gone").symlink_to("nowhere")
    (tmp_path / "runs/deep/er/d/café.txt").write_text("x")
    return tmp_path / "runs"


def test_runs_and_findings_are_those_of_the_disk(root: Path) -> None:
    tree = Tree(os.fspath(root))

    assert find_runs([root], tree_of=lambda _: tree) == find_runs([root])


def test_facts_of_a_folder_are_the_same_in_any_tree(root: Path) -> None:
    tree = Tree(os.fspath(root))

    for run in find_runs([root])[0]:
        facts = tree.facts(os.fspath(run.folder))
        assert facts == facts_now(run.folder) == look_at(run.folder).facts
    assert tree.facts(os.fspath(root / "none")) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda run: (run / "new").write_text(""),
        lambda run: (run / "run.jsonl").write_text("{}"),
        lambda run: (run / "run.jsonl").unlink(),
        lambda run: (run / "run.jsonl").chmod(0o600),
        lambda run: os.utime(run / "run.jsonl", ns=(1, 1)),
        lambda run: (run / "artifacts/c/run.jsonl").rename(run / "artifacts/c/x"),
        lambda run: (run / "nowhere").write_text(""),
        lambda run: (run / "empty").mkdir(),
        lambda run: os.utime(run / "run.jsonl", ns=(-(10**9), -(10**9))),
    ],
    ids=["new", "shorter", "gone", "mode", "time", "name", "target", "folder", "before 1970"],
)
def test_each_change_shows(root: Path, change: object) -> None:
    run = root / "iris/a"
    before = facts_now(run)
    assert callable(change)
    change(run)

    assert facts_now(run) != before


def test_what_lies_beside_a_run_does_not_show(root: Path) -> None:
    before = facts_now(root / "iris/a")
    (root / "iris/ab").mkdir()
    (root / "iris/ab/run.jsonl").write_text("{}")

    assert Tree(os.fspath(root)).facts(os.fspath(root / "iris/a")) == before


@pytest.mark.parametrize("in_memory", [3, 1000], ids=["file", "memory"])
def test_texts_come_back(in_memory: int) -> None:
    texts = Texts(in_memory)
    places = [texts.put(text) for text in ("one", "", "é\ud800", "two")]

    assert [texts.get(place) for place in reversed(places)] == ["two", "é\ud800", "", "one"]
    texts.put("more")
    assert texts.get(places[0]) == "one"
    texts.close()
