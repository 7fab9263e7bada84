"""Time the runs table in a real browser, from disk: first rows, interactive, sort, filter, memory.

"processor" is the page's main thread until the grid is there, or during an action, whatever else
the machine does; the times hold two frames of the screen too.

python tests/bench/grid.py [rows ...]
"""

from __future__ import annotations

import hashlib
import random
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from runreport.assets import read_assets
from runreport.contexts import ExperimentModel, SiteModel
from runreport.digest import digest
from runreport.frames import run_columns
from runreport.pages import make_shell
from runreport.pages.experiment import experiment_page
from runreport.pages.survey import survey
from runreport.records import MetricSummary, RunRecord
from runreport.render import make_renderer
from runreport.rows import RunRow, make_row
from runreport.tables import make_table, newest_first
from tests.conftest import ARGUMENTS, chromium_path

ROUNDS = 5
PARAMS = 10
METRICS = 8

WATCH = """() => {
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.grid-body .grid-row')) return;
    observer.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => { window.ready = performance.now(); }));
  }).observe(document, { childList: true, subtree: true });
}"""

TIMED = """(action) => new Promise((resolve) => {
  const head = (id) => {
    const { view } = document.querySelector('[data-grid]').grid;
    return view.hooks.onSort(view.table.byId.get(id), false);
  };
  const search = (text) => {
    const box = document.querySelector('.grid-search');
    box.value = text;
    box.dispatchEvent(new Event('input'));
  };
  const actions = {
    'sort numbers': () => head('metrics.m3'),
    'sort runs': () => head('run'),
    'filter text': () => search('otter-77 adam'),
    'clear': () => search(''),
  };
  const start = performance.now();
  actions[action]();
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
})"""


def make_runs(count: int) -> list[RunRow]:
    """Return runs with 25 columns of the usual mixture."""
    source = random.Random(1)
    versions = [hashlib.sha1(str(each).encode()).hexdigest() for each in range(500)]
    made = []
    for number in range(count):
        params: dict[str, Any] = {f"p{each}": source.choice([1, 2, 4, 8]) for each in range(4)}
        params |= {f"lr{each}": round(source.random() / 10, 5) for each in range(4)}
        params |= {"optimizer": source.choice(["adam", "sgd", "lion"]), "data": "imagenet"}
        values = [round(source.random(), 4) for _ in range(METRICS)]
        metrics = tuple(
            MetricSummary(f"m{i}", v, "last", "max" if i == 0 else None, v, 9.0, v, 0, v, 0, v, 10)
            for i, v in enumerate(values)
        )
        record = RunRecord(
            run_id=f"20261122T101500-brave-otter-{number:06}",
            name=f"brave-otter-{number}",
            experiment="bench",
            folder=Path("bench"),
            reader="native",
            status=source.choice(["finished", "failed", "killed"]),
            started=1.76e9 + number,
            ended=1.76e9 + number + source.random() * 9000,
            user=source.choice(["guo", "amelia", "bjorn"]),
            source={"name": source.choice(["train.py", "sweep/train_resnet.py"])},
            version=source.choice(versions),
            params=params,
        )
        bare = digest(record, goals={}, status=record.status, slug=f"run-{number:06}")[0]
        made.append(make_row(replace(bare, metrics=metrics)))
    return made


def write_site(folder: Path, rows: int) -> Path:
    """Write one experiment's page with its assets; return its path."""
    runs = make_runs(rows)
    colors = {each.slug: number % 12 for number, each in enumerate(runs)}
    newest = newest_first(runs)
    table = make_table(run_columns(newest), newest, experiment="bench", colors=colors)
    assets, contents = read_assets()
    (folder / "assets").mkdir(parents=True)
    (folder / "data").mkdir()
    for place, content in contents.items():
        (folder / place).write_bytes(content)
    (folder / "data" / table.data.name).write_bytes(table.data.content)
    experiment = ExperimentModel("bench", "bench", "", tuple(runs), lambda: table, colors)
    site = SiteModel(title="bench", version="0", experiments=(experiment,), assets=assets)
    page = experiment_page(experiment, make_shell(site), survey(experiment.runs))
    target = folder / page.path
    target.parent.mkdir(parents=True)
    target.write_bytes(make_renderer()(page))
    size = len(table.data.content) / 1e6
    sys.stdout.write(f"{rows:,} rows x {len(table.columns)} columns, {size:.1f} MB of data\n")
    return target


def load(page: Page, url: str) -> dict[str, float]:
    """Open the page; return when its first rows and its grid were painted, in milliseconds."""
    page.goto(url)
    page.wait_for_function("() => window.ready", timeout=60_000)
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    return {"first rows": page.evaluate(paint), "interactive": page.evaluate("window.ready")}


def processor(session: CDPSession) -> float:
    """Return the milliseconds that the page's main thread has worked."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def one_round(browser: Browser, url: str) -> dict[str, float]:
    """Measure everything once, in a window of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(f"({WATCH})()")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    found = load(page, url)
    found["processor"] = processor(session)
    page.wait_for_timeout(500)
    for action in ("sort numbers", "sort runs", "filter text", "clear"):
        before = processor(session)
        found[action] = page.evaluate(TIMED, action)
        found[f"{action}, processor"] = processor(session) - before
    session.send("HeapProfiler.collectGarbage")
    found["heap MB"] = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    found["elements"] = page.evaluate("document.querySelectorAll('.grid-view *').length")
    context.close()
    return found


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or [10_000, 100_000]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        for rows in sizes:
            url = write_site(Path(scratch) / str(rows), rows).as_uri()
            rounds = [one_round(browser, url) for _ in range(ROUNDS)]
            for name in rounds[0]:
                values = [each[name] for each in rounds]
                low, middle = min(values), statistics.median(values)
                sys.stdout.write(f"  {name:24} {low:9.1f} least {middle:9.1f} median\n")
        browser.close()


if __name__ == "__main__":
    main()
