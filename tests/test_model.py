"""Experiments and pages are put together in an order that the runs alone decide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runreport.config import Config
from runreport.model import (
    make_all_runs,
    make_experiments,
    make_markdown_pages,
)
from runreport.pages.notes import run_notes
from runreport.records import Media, PublishedArtifact, RunDigest, RunRecord
from runreport.rows import RunRow, make_row
from runreport.text.names import run_slug
from runreport.text.redact import Redactor

PATTERN = "https://git.example.org/{commit}"


def digest(
    run_id: str, experiment: str = "iris", started: float | None = 0.0, **more: Any
) -> RunDigest:
    record = RunRecord(
        run_id, run_id, experiment, Path("runs") / run_id, "native", started=started, **more
    )
    return RunDigest(record, run_slug(record), "finished", (), ())


def run(*args: Any, **more: Any) -> RunRow:
    return make_row(digest(*args, **more), PATTERN)


def test_experiments_are_sorted_by_name() -> None:
    runs = [run("a", "z"), run("b", "a/b"), run("c", "a")]

    experiments = make_experiments(runs, {}, {}, Config())

    assert [each.name for each in experiments] == ["a", "a/b", "z"]


def test_color_is_the_place_by_start_and_id() -> None:
    runs = [run(str(number), started=100.0 - number) for number in range(13)]
    runs += [run("late", started=None), run("tie", started=100.0)]

    (experiment,) = make_experiments(reversed(runs), {}, {}, Config())

    colors = {slug.rpartition("-")[0]: color for slug, color in experiment.colors.items()}
    assert (colors["12"], colors["11"], colors["1"]) == (0, 1, 11)
    assert (colors["0"], colors["tie"], colors["late"]) == (0, 1, 2)
    assert [each.run_id for each in experiment.runs][-3:] == ["0", "tie", "late"]


def test_notes_go_to_their_experiment() -> None:
    (experiment,) = make_experiments([run("a")], {}, {"iris": "of iris"}, Config())

    assert experiment.notes == "<p>of iris</p>"


def test_notes_of_blanks_are_none() -> None:
    assert run_notes(digest("a", notes="of *a*")) == "<p>of <em>a</em></p>"
    assert run_notes(digest("b", notes=" \n")) == ""


def test_notes_lead_to_artifacts_and_show_pictures() -> None:
    text = "[x](artifacts/x.html) [y](y.csv) [z](none) ![p](artifacts/p.png) ![m](media/m.png)"
    made = digest("a", notes=text, media=(Media("m", 0, None, "media/m.png"),))
    artifacts = (
        PublishedArtifact("x.html", 1, "html", "a/1/x.html.txt", "r/a/x.html"),
        PublishedArtifact("y.csv", 1, "csv", "a/2/y.csv"),
        PublishedArtifact("p.png", 1, "image", "a/3/p.png"),
    )
    media = (PublishedArtifact("media/m.png", 1, "image", "a/4/m.png"),)
    html = run_notes(replace(made, artifacts=artifacts, media=media))

    assert 'href="../../r/a/x.html"' in html
    assert 'href="../../a/2/y.csv"' in html
    assert "none" not in html
    assert 'src="../../a/3/p.png"' in html
    assert 'src="../../a/4/m.png"' in html


def test_versions_lead_to_commits_by_the_pattern() -> None:
    runs = [run("a", version="a" * 40), run("b", version="1.0"), run("c")]

    assert [each.link for each in runs] == [f"https://git.example.org/{'a' * 40}", "", ""]


def test_all_runs_stand_in_one_table_newest_first_in_each_experiment() -> None:
    runs = [run("old", started=1.0), run("new", started=2.0), run("other", "a")]

    csv, _ = make_all_runs(make_experiments(runs, {}, {}, Config()))

    assert [line.split(",")[0] for line in csv.decode().split()] == [
        "run_id",
        "other",
        "new",
        "old",
    ]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "02-Second page.md").write_text("# Second *page*\n\n[first](10-x.md#part)\n")
    (tmp_path / "10-x.md").write_text("no title\n\n![p](img/p.png)\n")
    (tmp_path / "note.txt").write_text("not a page")
    return tmp_path


def test_pages_are_in_order_of_their_files_under_plain_names(pages: Path) -> None:
    made = make_markdown_pages(pages, {"img/p.png": "../a/1/p.png"}, Redactor())

    assert [(page.slug, page.title) for page in made] == [
        ("second-page", "Second page"),
        ("x", "10-x"),
    ]
    assert 'href="x.html#n-part"' in made[0].html
    assert '<img alt="p" src="../a/1/p.png">' in made[1].html


def test_no_folder_is_no_pages() -> None:
    assert make_markdown_pages(None, {}, Redactor()) == ()
