"""Charts of an experiment's metrics, kept with its latest run as files that stand alone."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import runreport
from runreport import ConfigError, Run, report_metrics_to_experiment
from runreport.metric_chart import COLORS, TEMPLATE
from runreport.render import templates_folder

VENDOR = templates_folder() / "static" / "vendor"


def log(
    root: Path, name: str, values: Iterable[float], *, metric: str = "loss", **options: Any
) -> Run:
    options.setdefault("experiment", "demo")
    with runreport.start_run(root=str(root), run_name=name, code=False, **options) as run:
        for step, value in enumerate(values):
            run.log_metrics({metric: value}, step=10 * step)
    return run


def figure_of(path: Path) -> Any:
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', path.read_text())
    assert found is not None
    return json.loads(found[1])


def test_each_run_is_a_line_of_values_over_steps(tmp_path: Path) -> None:
    log(tmp_path, "first", [3, 2, 1])
    latest = log(tmp_path, "second", [4, 3])

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    assert path == latest.folder / "artifacts/reports/loss.html"
    lines = figure_of(path)["data"]
    assert [(line["name"], line["x"], line["y"]) for line in lines] == [
        ("first", [0, 10, 20], [3, 2, 1]),
        ("second", [0, 10], [4, 3]),
    ]
    assert [line["line"]["color"] for line in lines] == list(COLORS[:2])
    assert "demo · 2 runs" in path.read_text()


def test_each_metric_has_a_file_of_its_own(tmp_path: Path) -> None:
    for metric in ("a/b", "a-b", "b"):
        log(tmp_path, f"run {metric}", [1.0], metric=metric)

    paths = report_metrics_to_experiment("demo", root=tmp_path)

    assert len({path.name for path in paths}) == 3
    assert [figure_of(path)["layout"]["yaxis"]["title"]["text"] for path in paths] == [
        "a-b",
        "a/b",
        "b",
    ]
    # A run's colour is that of its place among all runs, whichever chart it is in.
    assert figure_of(paths[2])["data"][0]["line"]["color"] == COLORS[2]
    assert "1 of 3 runs" in paths[2].read_text()


def test_file_needs_nothing_but_itself(tmp_path: Path) -> None:
    log(tmp_path, "only", [1, 2])

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    html = path.read_text()
    plotly = (VENDOR / "plotly.min.js").read_text()
    assert plotly in html
    assert not re.search(r"<(?:link|img|iframe|base)\b|<script[^>]+src", html.replace(plotly, ""))
    assert "default-src 'none'" in html
    assert "Share" not in json.dumps(figure_of(path)["config"])


def test_vendored_files_close_no_element() -> None:
    assert "</script" not in (VENDOR / "plotly.min.js").read_text().lower()
    assert "</style" not in (VENDOR / "plotly.css").read_text().lower()


def test_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    log(tmp_path, "only", [1, 2])

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)
    first = path.read_bytes()
    report_metrics_to_experiment("demo", root=tmp_path)

    assert path.read_bytes() == first
    assert [file.name for file in path.parent.iterdir()] == ["loss.html"]


def test_what_is_not_finite_is_a_gap_and_is_counted(tmp_path: Path) -> None:
    log(tmp_path, "only", [1, math.nan, math.inf, 2])

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    assert figure_of(path)["data"][0]["y"] == [1, None, None, 2]
    assert "2 points that are NaN or infinite are gaps." in path.read_text()


def test_long_history_keeps_its_spike_and_says_so(tmp_path: Path) -> None:
    log(tmp_path, "only", [99.0 if step == 4321 else 0.5 for step in range(10_000)])

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    line = figure_of(path)["data"][0]
    assert max(line["y"]) == 99.0
    assert len(line["y"]) <= 2000
    assert line["mode"] == "lines"
    assert "the longest has 10,000 points." in path.read_text()


def test_names_are_text_and_no_markup(tmp_path: Path) -> None:
    evil = "</script><b>&lt;"
    log(tmp_path, evil, [1.0], metric=evil, experiment="demo")

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    assert evil not in path.read_text()
    figure = figure_of(path)
    # Plotly reads tags and entities, so that these must be what it takes for text.
    assert figure["data"][0]["name"] == "&lt;/script>&lt;b>&amp;lt;"
    assert figure["layout"]["yaxis"]["title"]["text"] == "&lt;/script>&lt;b>&amp;lt;"


def test_runs_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    runs = [log(tmp_path, "twin", [1.0]) for _ in range(2)]

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    names = {line["name"] for line in figure_of(path)["data"]}
    assert names == {f"twin ({run.run_id})" for run in runs}


def test_runs_of_other_experiments_stay_out(tmp_path: Path) -> None:
    log(tmp_path, "ours", [1.0])
    log(tmp_path, "theirs", [1.0], experiment="demo/inner")

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    assert [line["name"] for line in figure_of(path)["data"]] == ["ours"]


def test_run_of_another_experiment_without_a_record_stays_out(tmp_path: Path) -> None:
    ours = log(tmp_path, "ours", [1.0])
    for folder in (tmp_path / "other" / "by-hand", tmp_path / "by-hand"):
        folder.mkdir(parents=True)
        (folder / "metrics.jsonl").write_text('{"loss":0.5}\n')

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    assert path.is_relative_to(ours.folder)
    assert [line["name"] for line in figure_of(path)["data"]] == ["ours"]


def test_run_logged_without_the_library_takes_part(tmp_path: Path) -> None:
    folder = tmp_path / "demo" / "by-hand"
    folder.mkdir(parents=True)
    (folder / "metrics.jsonl").write_text('{"loss":0.5}\n{"loss":0.25}\n')

    (path,) = report_metrics_to_experiment("demo", root=tmp_path)

    assert path.parent == folder / "artifacts/reports"
    assert figure_of(path)["data"][0]["y"] == [0.5, 0.25]


def test_run_that_asks_for_it_draws_at_its_end(tmp_path: Path) -> None:
    log(tmp_path, "first", [1.0])
    run = log(tmp_path, "second", [2.0, 3.0], report_metrics=True)

    path = run.folder / "artifacts/reports/loss.html"
    assert [line["y"] for line in figure_of(path)["data"]] == [[1.0], [2.0, 3.0]]


def test_experiment_without_runs_is_a_clear_error(tmp_path: Path) -> None:
    log(tmp_path, "ours", [1.0])

    with pytest.raises(ConfigError) as raised:
        report_metrics_to_experiment("typo", root=tmp_path)

    assert str(raised.value) == (
        f"experiment 'typo': no run of it below {str(tmp_path)!r}; check name and root"
    )


def test_colours_are_those_of_the_site() -> None:
    theme = (templates_folder() / "static" / "theme.css").read_text()
    light = theme[: theme.index("prefers-color-scheme")]

    assert re.findall(r"--s\d+: (#\w+);", light)[: len(COLORS)] == list(COLORS)
    assert (templates_folder() / TEMPLATE).is_file()
