"""Zooming into a history of many tiles: the right points at every level, and no others."""

from __future__ import annotations

import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect

from runreport.cli import main
from tests.browser.sources import STARTED
from tests.browser.test_charts import drag, drawn, forget_note, traces, x_range

pytestmark = pytest.mark.browser

POINTS = 700_000
"""Above two tiles of the lowest level."""
STEP = 3
SPIKES = {123_456: 9.0, 350_001: -7.0, 524_289: 8.0, 600_000: 11.0}
ODD = {350_100: math.nan, 350_200: math.inf, 600_400: -math.inf}
STRAY_TICKS = 500
WIDTH = "document.querySelector('.chart-plot').layout.xaxis.range.reduce((a, b) => b - a)"


def logged() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the values that the run logged; point i at step 3 i and i hundredths of a second."""
    values: np.ndarray[Any, np.dtype[np.float64]] = np.sin(np.arange(POINTS) / 5e4)
    values = np.round(values + 0.1 * np.sin(np.arange(POINTS) * 1.7), 6)
    for at, value in (SPIKES | ODD).items():
        values[at] = value
    return values


@pytest.fixture(scope="module")
def deep_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of one run with a long history."""
    folder = tmp_path_factory.mktemp("deep")
    run = folder / "runs/deep/long"
    run.mkdir(parents=True)
    record = {"run_id": "long", "started": STARTED, "ended": STARTED + POINTS / 100}
    (run / "run.jsonl").write_text(json.dumps({"status": "finished", **record}) + "\n")
    with (run / "metrics.jsonl").open("w") as file:
        file.writelines(
            f'{{"step":{STEP * i},"time":{STARTED + i / 100:.2f},"loss":{json.dumps(value)}}}\n'
            for i, value in enumerate(logged().tolist())
        )
    result = CliRunner().invoke(main, ["build", str(folder / "runs"), "-o", str(folder / "site")])
    assert result.exit_code == 0, result.output
    return folder / "site"


@pytest.fixture
def deep(page: Page, deep_site: Path) -> Page:
    return open_chart(page, deep_site)


def open_chart(page: Page, site: Path) -> Page:
    page.goto((site / "e/deep/index.html").as_uri())
    drawn(page)
    return page


def zoom(page: Page, first: float, last: float) -> None:
    """Show a stretch of steps, as a drag of the mouse would."""
    forget_note(page)
    page.evaluate(
        "range => Plotly.relayout(document.querySelector('.chart-plot'), {'xaxis.range': range})",
        [first, last],
    )


def in_view(page: Page, index: int = 0) -> dict[float, float | None]:
    """Return the drawn points between the ends of the axis."""
    low, high = x_range(page)
    line = traces(page)[index]
    return {x: y for x, y in zip(line["x"], line["y"], strict=True) if low <= x <= high}


def note(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator(".chart-note")).to_contain_text(text)


def test_the_points_in_view_are_those_of_the_log(deep: Page) -> None:
    values = logged()
    drag(deep, 0.49, 0.51)
    note(deep, "points in view")
    drag(deep, 0.45, 0.5)
    note(deep, re.compile("all [0-9,]+ points in view"))
    low, high = x_range(deep)
    seen = in_view(deep)
    wanted = range(math.ceil(low / STEP), math.floor(high / STEP) + 1)

    assert 300 < len(wanted) < 2000
    assert list(seen) == [STEP * i for i in wanted]
    assert list(seen.values()) == [values[i] for i in wanted]


@pytest.mark.parametrize(
    ("first", "last", "size"),
    [
        (0, POINTS, None),
        (100_000, 620_000, 32),
        (300_000, 540_000, 32),
        (340_000, 360_000, 1),
        (599_000, 601_000, 1),
    ],
)
def test_spikes_are_as_they_were_logged_at_every_level(
    deep: Page, first: int, last: int, size: int | None
) -> None:
    values = logged()
    if size:
        zoom(deep, STEP * first, STEP * last)
        note(deep, "points in view")
    seen = in_view(deep)
    level = deep.evaluate(
        """() => {
          const [view] = document.querySelector('[data-histories]').panel.views;
          const [detail] = view.detail.values();
          return detail ? detail.level.size : null;
        }"""
    )

    assert level == size
    for at, value in SPIKES.items():
        if first <= at <= last:
            assert seen[STEP * at] == pytest.approx(value)
    finite = {x: y for x, y in seen.items() if y is not None}
    assert {x: pytest.approx(values[int(x) // STEP], rel=1e-6) for x in finite} == finite


@pytest.mark.parametrize(
    ("first", "last", "gaps"),
    [
        # Two of one bucket are one gap; the marks are for both.
        (100_000, 620_000, [350_100, 600_400]),
        (345_000, 355_000, [350_100, 350_200]),
        (350_050, 350_250, [350_100, 350_200]),
    ],
)
def test_values_that_are_no_numbers_are_gaps_and_marks_at_every_level(
    deep: Page, first: int, last: int, gaps: list[int]
) -> None:
    zoom(deep, STEP * first, STEP * last)
    note(deep, "points in view")
    (marks,) = (trace for trace in traces(deep) if trace["axis"] == "y2")

    assert [x for x, y in in_view(deep).items() if y is None] == [STEP * at for at in gaps]
    assert marks["x"] == [STEP * at for at in ODD]


def test_a_view_loads_the_few_tiles_that_cover_it(deep: Page, windows: Any) -> None:
    def loaded() -> list[str]:
        deep.wait_for_timeout(STRAY_TICKS)
        found = [
            re.sub(r".*/f-long-\w+-0-|\.\w+\.js$", "", url) for url in windows.recorder.requests
        ]
        return [url for url in found if not url.startswith("file")]

    assert loaded() == []
    zoom(deep, STEP * 530_000, STEP * 690_000)
    note(deep, "points in view")
    assert sorted(loaded()) == ["x32-0", "x32-1"]
    zoom(deep, STEP * 600_000, STEP * 600_400)
    note(deep, "all")
    assert sorted(loaded()) == ["9", "x32-0", "x32-1"]
    zoom(deep, STEP * 600_100, STEP * 600_500)
    note(deep, "all")
    assert len(loaded()) == 3


@pytest.mark.parametrize(("axis", "scale"), [("Time", 1e-3), ("Relative", 60.0)])
def test_on_an_axis_of_times_the_points_are_the_same(deep: Page, axis: str, scale: float) -> None:
    values = logged()
    deep.get_by_role("button", name=axis, exact=True).click()
    deep.wait_for_function(
        "last => document.querySelector('.chart-plot').layout.xaxis.range[1] !== last",
        arg=STEP * (POINTS - 1),
    )
    drag(deep, 0.5, 0.53)
    note(deep, "points in view")
    drag(deep, 0.45, 0.5)
    note(deep, re.compile("all [0-9,]+ points in view"))
    seen = deep.evaluate(
        """() => {
          const [view] = document.querySelector('[data-histories]').panel.views;
          const [{ points }] = view.placed;
          const [from, to] = view.zoomed;
          return Array.from(points.x, (x, i) => [x, points.steps[i], points.y[i]])
            .filter(([x]) => x >= from && x <= to);
        }"""
    )
    steps = [step for _, step, _ in seen]
    origin = STARTED if axis == "Time" else 0.0

    assert 500 < len(seen) < 3000
    assert steps == list(range(int(steps[0]), int(steps[-1]) + STEP, STEP))
    assert [y for *_, y in seen] == [values[int(step) // STEP] for step in steps]
    for x, step, _ in seen[:: len(seen) // 20]:
        assert x * scale - origin == pytest.approx(step / STEP / 100, abs=0.002)


def test_the_log_scale_and_smoothing_keep_the_fine_points(deep: Page) -> None:
    zoom(deep, STEP * 1000, STEP * 1300)
    note(deep, "all")
    before = in_view(deep)
    deep.get_by_role("button", name="Log", exact=True).click()
    deep.wait_for_function(
        "() => document.querySelector('.chart-plot').layout.yaxis.type === 'log'"
    )

    assert in_view(deep) == before
    deep.locator(".smoothing input").fill("50")
    deep.wait_for_function("() => document.querySelector('.chart-plot').data[0].opacity < 0.5")
    smoothed = in_view(deep, 1)
    assert in_view(deep) == before
    assert list(smoothed) == list(before)


def smoothed_log(weight: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the mean that forgets by distance: a thousandth of the axis is one step."""
    values = logged()
    keep = weight ** (1000 / (POINTS - 1))
    out = np.empty(POINTS)
    mean = total = 0.0
    for at, value in enumerate(values):
        if math.isfinite(value):
            mean, total = mean * keep + value * (1 - keep), total * keep + (1 - keep)
        out[at] = mean / total
    return out


def test_the_smoothed_line_is_that_of_all_points_at_every_level(deep: Page) -> None:
    wanted = smoothed_log(0.9)
    deep.locator(".smoothing input").fill("90")
    deep.wait_for_function("() => document.querySelector('.chart-plot').data[0].opacity < 0.5")
    seen = []
    for view in (None, (200_000, 640_000), (345_000, 355_000), (349_900, 350_050)):
        if view:
            zoom(deep, STEP * view[0], STEP * view[1])
            note(deep, "points in view")
        line = in_view(deep, 1)
        seen.append(len(line))
        off = {
            x: y - wanted[round(x / STEP)] for x, y in line.items() if y is not None and x > 9000
        }

        assert max(map(abs, off.values())) < 0.02
    assert min(seen) > 100


def test_an_answer_for_an_earlier_view_is_passed_over(deep: Page) -> None:
    """The first view's tiles arrive after the second's."""
    deep.evaluate(
        """() => {
          const load = runreport.load;
          window.held = [];
          runreport.load = (url) => new Promise((resolve) => { window.held.push(resolve); })
            .then(() => load(url));
        }"""
    )
    zoom(deep, STEP * 10_000, STEP * 10_300)
    deep.wait_for_function("() => window.held.length === 1")
    zoom(deep, STEP * 400_000, STEP * 400_300)
    deep.wait_for_function("() => window.held.length === 2")
    note(deep, "Loading finer points")
    deep.evaluate("() => window.held[1]()")
    note(deep, re.compile("all 30[0-9] points in view"))
    after = in_view(deep)
    plots = "document.querySelector('.chart-plot').data[0].x.length"
    drawn_before = deep.evaluate(plots)
    deep.evaluate("() => window.held[0]()")
    deep.wait_for_timeout(STRAY_TICKS)

    assert len(after) == 301
    assert in_view(deep) == after
    assert deep.evaluate(plots) == drawn_before


def test_a_run_that_is_shown_again_has_its_fine_points(deep: Page) -> None:
    run = deep.locator(".legend-run")
    run.click()
    expect(run).to_have_attribute("aria-pressed", "false")
    zoom(deep, STEP * 10_000, STEP * 10_300)
    note(deep, "0 points")
    deep.locator(".legend-run").click()
    note(deep, "all")

    assert len(in_view(deep)) == 301


@pytest.mark.parametrize(
    ("view", "size", "tiles"),
    [
        ([0, 9], 1, ["a"]),
        ([12, 18], 1, ["a", "b"]),
        ([20, 31], 1, ["b", "c"]),
        ([21, 30], 1, ["b"]),
        ([60, 70], 1, ["c"]),
        ([-9, -5], 1, ["a"]),
        ([0, 50], 32, ["all"]),
    ],
)
def test_a_stretch_is_covered_with_a_point_on_either_side(
    deep: Page, view: list[float], size: int, tiles: list[str]
) -> None:
    """The tiles are of the steps 0 to 10, 20 to 30 and 40 to 50."""
    found = deep.evaluate(
        """view => {
          const tile = (src, x0, x1, n) => ({ src, x0, x1, n });
          const level = runreport.chartTiles.levelFor({
            n: 90000, shown: 200,
            tiles: [tile('a', 0, 10, 30000), tile('b', 20, 30, 30000), tile('c', 40, 50, 30000)],
            levels: [{ size: 32, tiles: [tile('all', 0, 50, 6000)] }],
          }, view, 2000);
          return [level.size, level.tiles.map((each) => each.src)];
        }""",
        view,
    )

    assert found == [size, tiles]


@pytest.mark.parametrize(("runs", "pixels"), [(1, 800), (8, 800), (20, 320), (500, 200)])
def test_many_runs_share_the_detail_of_a_chart(deep: Page, runs: int, pixels: float) -> None:
    found = deep.evaluate(
        """runs => runreport.ChartView.prototype.pixels.call(
          { plot: { clientWidth: 800 }, visible: () => new Array(runs) })""",
        runs,
    )

    assert found == pixels


def test_tiles_of_a_view_that_has_gone_are_not_asked_for(deep: Page) -> None:
    asked = deep.evaluate(
        """async () => {
          const urls = [];
          const gates = [];
          runreport.load = (url) => new Promise((resolve) => {
            urls.push(url);
            gates.push(() => resolve({ x: [1], y: [1], t: null }));
          });
          let wanted = true;
          const answers = Array.from({ length: 10 }, (_, i) =>
            runreport.chartTiles.get('f-a-' + i + '.01234567.js', () => wanted));
          const late = runreport.chartTiles.get('f-b.01234567.js', () => true);
          const before = urls.length;
          wanted = false;
          while (gates.length) {
            gates.shift()();
            await new Promise((resolve) => setTimeout(resolve));
          }
          return [before, urls.length, (await Promise.all(answers)).map((tile) => tile !== null),
            (await late) !== null];
        }"""
    )

    assert asked == [6, 7, [True] * 6 + [False] * 4, True]


def test_tiles_are_kept_up_to_a_bound(deep: Page) -> None:
    held, asked = deep.evaluate(
        """async () => {
          let asked = 0;
          const y = { range: [0, 1, 500000] };
          runreport.load = async () => { asked += 1; return { x: y, y, t: null }; };
          const get = (i) => runreport.chartTiles.get('f-' + i + '.01234567.js', () => true);
          for (let i = 0; i < 20; i++) await get(i);
          await get(19);
          await get(0);
          return [runreport.chartTiles.heldBytes(), asked];
        }"""
    )

    assert held == 64_000_000
    assert asked == 21


def test_a_missing_tile_is_said_and_the_overview_stays(
    page: Page, deep_site: Path, tmp_path: Path, windows: Any
) -> None:
    site = shutil.copytree(deep_site, tmp_path / "site")
    for tile in site.glob("data/f-long-*-0-2.*.js"):
        tile.unlink()
    open_chart(page, site)
    zoom(page, STEP * 150_000, STEP * 150_300)

    expect(page.locator(".data-missing")).to_contain_text("could not be loaded")
    page.wait_for_timeout(STRAY_TICKS)
    note(page, "zoom in for more")
    assert page.evaluate("document.querySelector('.chart-plot').data[0].x.length") < 2100
    windows.close_loud()


def test_a_history_without_levels_is_drawn_from_its_points(
    page: Page, deep_site: Path, tmp_path: Path
) -> None:
    site = shutil.copytree(deep_site, tmp_path / "site")
    (path,) = site.glob("data/h-long-*.js")
    text, count = re.subn(r'"levels":\[.*?\]\}\],', "", path.read_text())
    path.write_text(text)
    open_chart(page, site)
    zoom(page, STEP * 340_000, STEP * 540_000)
    note(page, "of 200,00")

    assert count == 1
    assert in_view(page)[STEP * 350_001] == -7.0


def test_the_wheel_with_ctrl_zooms_about_the_pointer(deep: Page) -> None:
    box = deep.locator(".chart-plot .nsewdrag").first.bounding_box()
    assert box is not None
    scrolled = deep.evaluate("window.scrollY")
    deep.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    deep.keyboard.down("Control")
    for _ in range(4):
        deep.mouse.wheel(0, -200)
    deep.wait_for_function(f"() => {WIDTH} < {STEP * POINTS / 3}")
    note(deep, "points in view")
    low, high = x_range(deep)
    for _ in range(8):
        deep.mouse.wheel(0, 300)
    note(deep, "zoom in for more")
    deep.keyboard.up("Control")
    whole = x_range(deep)

    assert (low * 3 + high) / 4 == pytest.approx(STEP * POINTS / 4, rel=0.01)
    assert whole == [0, STEP * (POINTS - 1)]
    assert deep.evaluate("window.scrollY") == scrolled


def test_the_wheel_alone_scrolls_the_page(deep: Page) -> None:
    deep.set_viewport_size({"width": 1440, "height": 300})
    deep.locator(".chart-plot").scroll_into_view_if_needed()
    box = deep.locator(".chart-plot .nsewdrag").first.bounding_box()
    assert box is not None
    before = deep.evaluate("window.scrollY")
    deep.mouse.move(box["x"] + 50, box["y"] + 20)
    deep.mouse.wheel(0, 60)
    deep.wait_for_function("before => window.scrollY !== before", arg=before)

    assert x_range(deep) == [0, STEP * (POINTS - 1)]


def test_double_click_shows_the_overview_again(deep: Page) -> None:
    before = traces(deep)[0]
    zoom(deep, STEP * 1000, STEP * 1300)
    note(deep, "points in view")
    box = deep.locator(".chart-plot .nsewdrag").first.bounding_box()
    assert box is not None
    deep.mouse.dblclick(box["x"] + 50, box["y"] + 50)
    note(deep, "zoom in for more")

    assert traces(deep)[0] == before
    assert x_range(deep) == [0, STEP * (POINTS - 1)]


def test_finer_points_bring_the_marks_that_the_overview_does_not_list(deep: Page) -> None:
    marks = deep.evaluate(
        """() => runreport.chartDetail.marks(
          { marks: [{ step: 5, text: 'NaN' }] },
          { points: { x: [4, 5, 6, 7], y: [1, NaN, -Infinity, 2] } })"""
    )

    assert marks == [{"step": 5, "text": "NaN"}, {"step": 6, "text": "-Infinity"}]
