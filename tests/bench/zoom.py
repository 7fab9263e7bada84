"""Time zooming into a long history in a real browser, from disk, with real drags of the mouse.

From the end of each gesture until the finest points that it needs are painted; with what was
loaded for it, the work of the page's main thread (whatever else the machine does; fetching tiles
ahead included), and the memory of the page. Every round is a new window that has nothing loaded.

python tests/bench/zoom.py [points] [--site FOLDER]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ARGUMENTS, chromium_path

ROUNDS = 7
STARTED = 1_767_225_600.0
LINES = 500_000

WATCH = """() => {
  for (const name of ['pointerup', 'dblclick', 'wheel']) {
    window.addEventListener(name, () => { window.ended = performance.now(); }, true);
  }
  const plot = document.querySelector('.chart-plot');
  plot.on('plotly_afterplot', () => {
    requestAnimationFrame(() => requestAnimationFrame(() => {
      window.painted = performance.now();
      window.plots = (window.plots || 0) + 1;
    }));
  });
}"""

SETTLED = """() => new Promise((resolve) => {
  const look = (plots, quiet) => {
    if (quiet === 8) resolve([window.painted - window.ended,
      document.querySelector('.chart-note').textContent.split(' · ')[0]]);
    else setTimeout(() => look(window.plots, plots === window.plots ? quiet + 1 : 0), 50);
  };
  look(window.plots, 0);
})"""


def write_run(folder: Path, points: int) -> None:
    """Write a run of one noisy metric with a spike in each half million points."""
    folder.mkdir(parents=True)
    (folder / "run.jsonl").write_text(
        f'{{"run_id":"long","name":"long","status":"finished","started":{STARTED}}}\n'
    )
    source = np.random.default_rng(1)
    with (folder / "metrics.jsonl").open("w") as file:
        for start in range(0, points, LINES):
            steps = np.arange(start, min(points, start + LINES))
            values = np.exp(-steps / points * 3) + source.normal(0, 0.05, len(steps))
            values[source.integers(len(steps))] = 5
            times = STARTED + steps * 0.01 + source.random(len(steps)) * 0.008
            rows = zip(steps.tolist(), times.tolist(), values.tolist(), strict=True)
            file.writelines(f'{{"step":{s},"time":{t:.4f},"loss":{v!r}}}\n' for s, t, v in rows)


def build_site(folder: Path, points: int) -> Path:
    """Write a run and build its site; return the site."""
    write_run(folder / "runs/deep/long", points)
    before = time.perf_counter()
    command = [sys.executable, "-m", "runreport", "build", str(folder / "runs"), "-q", "--no-cache"]
    subprocess.run([*command, "-o", str(folder / "site")], check=True)
    tiles = [path.stat().st_size for path in (folder / "site/data").glob("f-*.js")]
    levels = [path.stat().st_size for path in (folder / "site/data").glob("f-*-x*.js")]
    sys.stdout.write(
        f"{points:,} points: built in {time.perf_counter() - before:.1f} s, {len(tiles)} tiles of "
        f"{sum(tiles) / 1e6:.1f} MB, {len(levels)} of them levels of {sum(levels) / 1e6:.1f} MB\n"
    )
    return folder / "site"


@dataclass
class Found:
    """What one gesture took."""

    milliseconds: float
    """From the gesture's end to the last paint."""
    processor: float
    files: int
    size: int
    note: str


class Zoomer:
    """One window with the chart of the long run, and what it loaded."""

    def __init__(self, browser: Browser, site: Path) -> None:
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page: Page = self.context.new_page()
        self.loaded: list[int] = []
        self.session = self.context.new_cdp_session(self.page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self.worked = 0.0
        self.page.on("request", lambda request: self._count(request.url))
        (experiment,) = site.glob("e/*/index.html")
        self.page.goto(experiment.as_uri())
        self.page.wait_for_selector(".chart-view.is-drawn")
        self.page.evaluate(WATCH)
        self.page.wait_for_timeout(300)
        self.worked = self.processor()

    def _count(self, url: str) -> None:
        path = Path(unquote(urlparse(url).path))
        if path.name.startswith("f-"):
            self.loaded.append(path.stat().st_size)

    def drag(self, start: float, stop: float) -> None:
        """Drag over a part of the chart, in shares of its width."""
        box = self.page.locator(".chart-plot .nsewdrag").first.bounding_box()
        assert box is not None
        height = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + start * box["width"], height)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + stop * box["width"], height, steps=4)
        self.page.mouse.up()

    def settled(self) -> Found:
        """Return what the gesture that was just made took."""
        took, note = self.page.evaluate(SETTLED)
        before, self.worked = self.worked, self.processor()
        found = Found(took, self.worked - before, len(self.loaded), sum(self.loaded), note)
        self.loaded.clear()
        return found

    def processor(self) -> float:
        """Return the milliseconds that the page's main thread has worked."""
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return 1000 * float(
            next(each["value"] for each in metrics if each["name"] == "TaskDuration")
        )

    def gestures(self) -> Iterator[str]:
        """Make one gesture after the other."""
        self.drag(0.25, 0.75)
        yield "to 50 %"
        self._double_click()
        yield "all again"
        self.drag(0.45, 0.55)
        yield "to 10 %"
        self.drag(0.45, 0.55)
        yield "to 1 %"
        self.drag(0.45, 0.55)
        yield "to 0.1 %"
        self.drag(0.45, 0.55)
        yield "to 0.01 %"
        self.page.evaluate(
            "Plotly.relayout(document.querySelector('.chart-plot'), 'dragmode', 'pan')"
        )
        self.page.wait_for_timeout(300)
        self.drag(0.75, 0.25)
        yield "pan by half"
        self._double_click()
        yield "all once more"
        self._turn_wheel(10)
        yield "to 2 %, wheel"

    def _double_click(self) -> None:
        box = self.page.locator(".chart-plot .nsewdrag").first.bounding_box()
        assert box is not None
        self.page.mouse.dblclick(box["x"] + 40, box["y"] + 40)

    def _turn_wheel(self, times: int) -> None:
        box = self.page.locator(".chart-plot .nsewdrag").first.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"])
        self.page.keyboard.down("Control")
        for _ in range(times):
            self.page.mouse.wheel(0, -200)
        self.page.keyboard.up("Control")

    def heap(self) -> float:
        """Return the page's memory in MB, packed columns included."""
        self.session.send("HeapProfiler.collectGarbage")
        usage = self.session.send("Runtime.getHeapUsage")
        return float(usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6


def measure(browser: Browser, site: Path) -> None:
    """Print each gesture's least, median and most milliseconds, and the tiles that it loaded."""
    found: dict[str, list[Found]] = {}
    heaps = []
    for _ in range(ROUNDS):
        zoomer = Zoomer(browser, site)
        for name in zoomer.gestures():
            found.setdefault(name, []).append(zoomer.settled())
        heaps.append(zoomer.heap())
        zoomer.context.close()
    for name, rounds in found.items():
        last = rounds[-1]
        loaded = f"{last.files} files {last.size / 1e3:6.0f} kB  {last.note}"
        sys.stdout.write(f"  {name:14} {spread(rounds)}  {loaded}\n")
    zooms = [each for name, rounds in found.items() if name.startswith("to ") for each in rounds]
    sys.stdout.write(f"  all zooms      {spread(zooms)}  heap {max(heaps):.0f} MB\n")


def spread(rounds: list[Found]) -> str:
    """Return the least, the median and the most of a gesture's times, and its median work."""
    times = [each.milliseconds for each in rounds]
    work = statistics.median(each.processor for each in rounds)
    middle = statistics.median(times)
    return (
        f"{min(times):5.0f} least {middle:5.0f} median {max(times):5.0f} most {work:5.0f} processor"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("points", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--site", type=Path, help="a site of one such run, built before")
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        site = options.site or build_site(Path(scratch), options.points)
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        measure(browser, site.resolve())
        browser.close()


if __name__ == "__main__":
    main()
