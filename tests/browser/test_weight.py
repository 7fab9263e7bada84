"""What the page of a usual experiment loads before a chart is small, also uncompressed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest
from click.testing import CliRunner

from runreport.cli import main

BUDGET = 300_000
RUNS, POINTS, METRICS = 100, 50, 10


def write_runs(folder: Path) -> None:
    """Write runs of 20 params and 10 metrics, with names and commit ids as a logger makes them."""
    dice = random.Random(1)
    for number in range(RUNS):
        run_id = f"20261122T10{number // 60:02}{number % 60:02}-brave-otter-{number:04x}"
        run = folder / "sweep" / run_id
        run.mkdir(parents=True)
        record = {
            "run_id": run_id,
            "name": f"brave-otter-{number}",
            "status": "finished",
            "started": 1.79e9 + 1000 * number,
            "ended": 1.79e9 + 1000 * number + dice.randrange(500),
            "user": f"user{number % 5}",
            "source": {"name": "train.py"},
            "version": f"{dice.getrandbits(160):040x}",
            "params": {
                **{f"size{n}": 2 ** dice.randrange(9) for n in range(8)},
                **{f"choice{n}": f"option-{dice.randrange(5)}" for n in range(6)},
                **{f"rate{n}": round(dice.random(), 6) for n in range(6)},
            },
            "metrics": {"metric0": {"goal": "min"}},
        }
        (run / "run.jsonl").write_text(json.dumps(record) + "\n")
        with (run / "metrics.jsonl").open("w") as file:
            for step in range(POINTS):
                values = {f"metric{n}": dice.random() / (1 + step) for n in range(METRICS)}
                file.write(json.dumps({"step": step, "time": 1.79e9 + step, **values}) + "\n")


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an experiment of 100 runs."""
    folder = tmp_path_factory.mktemp("weight")
    write_runs(folder / "runs")
    result = CliRunner().invoke(
        main, ["build", str(folder / "runs"), "-o", str(folder / "s"), "-q"]
    )
    assert result.exit_code == 0, result.output
    return folder / "s/e/sweep/index.html"


def test_all_that_a_page_of_100_runs_loads_before_a_chart(windows: Any, experiment: Path) -> None:
    page = windows.open()
    loaded: list[Path] = []
    page.on("request", lambda request: loaded.append(Path(unquote(urlparse(request.url).path))))
    page.goto(experiment.as_uri())
    page.wait_for_selector(".chart-view.is-drawn")
    named = page.evaluate(
        "() => ['charts', 'plotly'].map((name) => document.querySelector("
        "'meta[name=runreport-' + name + ']').content).join(' ')"
    )

    chart = {Path(url).name for url in named.split()}
    of_charts = [path for path in loaded if path.name in chart or path.name.startswith("h-")]
    before = {path for path in loaded if path not in of_charts}
    sizes = {path.name: path.stat().st_size for path in before}
    assert len(chart) == 4 <= len(of_charts)
    for start in ("index.html", "base.", "table.", "t-sweep.", "inter-common."):
        assert any(name.startswith(start) for name in sizes), start
    assert sum(sizes.values()) <= BUDGET, sizes
    # Styles that came later still give way to those for paper and a theme's own.
    styles = page.evaluate("[...document.styleSheets].map((each) => each.href.split('/').pop())")
    assert [name.split(".")[0] for name in styles if name in chart][-1:] == ["charts"]
    assert styles[0].startswith("base.")
    assert styles[-1].startswith("print.")
    # The rows come first: what draws is asked for when the table is there.
    assert loaded.index(of_charts[0]) > max(
        loaded.index(path) for path in before if path.suffix == ".js"
    )


def test_the_whole_table_is_there_without_scripts(windows: Any, experiment: Path) -> None:
    page = windows.open(java_script_enabled=False)
    page.goto(experiment.as_uri())

    assert page.locator("table.runs tbody tr:visible").count() == RUNS
    assert page.locator("table.runs tbody tr").first.locator("td").count() >= 20 + METRICS
