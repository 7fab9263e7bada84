"""The charts: right values, every spike, marks, zoom to the raw points, and no way out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sources import LONG_STEPS, SPIKE, STARTED

pytestmark = pytest.mark.browser

TRACES = """() => document.querySelector('.chart-plot').data.map((trace) => ({
  x: Array.from(trace.x), y: Array.from(trace.y, (value) => Number.isFinite(value) ? value : null),
  axis: trace.yaxis, color: trace.line ? trace.line.color : trace.marker.color, mode: trace.mode,
}))"""


def drawn(page: Page) -> None:
    page.wait_for_selector(".chart-view.is-drawn")


def traces(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(TRACES)
    return found


def x_range(page: Page) -> list[float]:
    found: list[float] = page.evaluate("document.querySelector('.chart-plot').layout.xaxis.range")
    return found


def forget_note(page: Page) -> None:
    """Blank the first chart's note: what it says next is of the view that comes next."""
    page.locator(".chart-note").first.evaluate("note => { note.textContent = ''; }")


def drag(page: Page, start: float, stop: float) -> None:
    """Drag over a part of the first chart, in shares of its width."""
    box = page.locator(".chart-plot .nsewdrag").first.bounding_box()
    assert box is not None
    height = box["y"] + box["height"] / 2
    forget_note(page)
    page.mouse.move(box["x"] + start * box["width"], height)
    page.mouse.down()
    page.mouse.move(box["x"] + stop * box["width"], height, steps=6)
    page.mouse.up()


def logged(number: int) -> list[float]:
    """Return what a run of the sweep logged as loss, by its formula."""
    return [round(2.0 * math.exp(-step / 120 * 3) + 0.01 * number, 6) for step in range(120)]


@pytest.fixture
def loss(page: Page, site: Path) -> Page:
    """The sweep's page with the history of "loss"."""
    page.goto((site / "e/sweep/index.html").as_uri() + "#metric=loss")
    drawn(page)
    expect(page.locator(".legend-list li")).to_have_count(40)
    return page


@pytest.fixture
def long_run(page: Page, site: Path, run_path: Callable[[str], str]) -> Page:
    """The page of the run whose history has tiles."""
    (slug,) = (path.parent.name for path in (site / "r").glob("*-otter-0-*/index.html"))
    page.goto((site / run_path(slug)).as_uri())
    page.locator("[data-chart]").first.scroll_into_view_if_needed()
    drawn(page)
    return page


def test_every_run_is_drawn_with_the_values_it_logged(loss: Page) -> None:
    wanted = [logged(number) for number in range(2, 40)]
    lines = [trace["y"] for trace in traces(loss) if trace["axis"] is None]

    assert all(values in lines for values in wanted)


def test_a_run_has_its_colour_in_chart_legend_and_table(loss: Page) -> None:
    name = loss.locator(".grid-body .run-name").first.inner_text()
    classes = loss.locator(".grid-body .swatch").first.get_attribute("class") or ""
    number = int(re.findall(r"s(\d+)", classes)[0])
    stroke = loss.locator(".legend-list li", has_text=name).locator(".stroke")
    variable = loss.evaluate(
        f"getComputedStyle(document.documentElement).getPropertyValue('--s{number}').trim()"
    )

    expect(stroke).to_have_class(re.compile(rf"\bs{number}\b"))
    colors = {trace["color"] for trace in traces(loss) if trace["y"] == logged(39)}
    assert colors == {variable}


def test_no_button_sends_a_chart_anywhere(loss: Page) -> None:
    loss.locator(".chart-plot").hover()
    titles = loss.locator(".modebar-btn").evaluate_all(
        "buttons => buttons.map((button) => button.dataset.title || button.title)"
    )
    context = loss.evaluate(
        """() => {
          const { plotlyServerURL, showSendToCloud, displaylogo } =
            document.querySelector('.chart-plot')._context;
          return { plotlyServerURL, showSendToCloud, displaylogo };
        }"""
    )

    assert len(titles) == 6
    assert not [title for title in titles if re.search("share|cloud|edit|plotly", title, re.I)]
    assert context == {"plotlyServerURL": "", "showSendToCloud": False, "displaylogo": False}


def test_values_that_are_no_numbers_are_gaps_with_marks(loss: Page) -> None:
    gaps = [trace for trace in traces(loss) if trace["axis"] is None and None in trace["y"]]
    marks = [trace for trace in traces(loss) if trace["axis"] == "y2"]

    assert [
        [x for x, y in zip(each["x"], each["y"], strict=True) if y is None] for each in gaps
    ] == [[50, 51, 60]]
    assert [trace["x"] for trace in marks] == [[50, 51, 60]]
    assert marks[0]["y"][0] < 0.1 < 0.9 < marks[0]["y"][2]
    expect(loss.locator(".legend-run .odd")).to_have_text("2 NaN, 1 ∞")
    expect(loss.locator(".chart-note")).to_contain_text("3 values are not a finite number")


def test_legend_reads_out_the_values_under_the_pointer(page: Page, site: Path) -> None:
    page.goto((site / "e/sweep/index.html").as_uri() + "#metric=accuracy")
    drawn(page)
    box = page.locator(".chart-plot .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".legend-place")).to_have_text(re.compile(r"at step (59|60)"))
    step = int(page.locator(".legend-place").inner_text().removeprefix("at step "))
    name = page.locator(".grid-body .run-name").first.inner_text()
    value = page.locator(".legend-list li", has_text=name).locator(".value").inner_text()

    assert value == f"{1 - 1 / (step + 2) - 0.001 * 39:.4f}"
    page.mouse.move(5, 5)
    expect(page.locator(".legend-place")).to_have_text("last value")


def test_arrow_keys_read_out_too(loss: Page) -> None:
    loss.locator(".chart-view").focus()
    loss.keyboard.press("Home")
    loss.keyboard.press("ArrowRight")

    expect(loss.locator(".legend-place")).to_contain_text("at step")
    expect(loss.locator(".chart-view [role=status]")).to_contain_text("at step")


def test_an_overview_keeps_the_spike_and_says_what_it_leaves_out(long_run: Page) -> None:
    overview = traces(long_run)[0]

    assert len(overview["x"]) < 2500
    assert dict(zip(overview["x"], overview["y"], strict=True))[SPIKE[0]] == SPIKE[1]
    expect(long_run.locator(".chart-note").first).to_contain_text(
        re.compile(rf"[12],\d\d\d of {LONG_STEPS:,} points")
    )


def test_zoom_loads_the_raw_points_and_double_click_shows_all_again(
    long_run: Page, windows: Any
) -> None:
    before = len([url for url in windows.recorder.requests if "/data/f-" in url])
    drag(long_run, 0.45, 0.6)
    expect(long_run.locator(".chart-note").first).to_contain_text("points in view")
    drag(long_run, 0.45, 0.5)
    expect(long_run.locator(".chart-note").first).to_contain_text(
        re.compile("all [0-9,]+ points in view")
    )
    low, high = x_range(long_run)
    points = traces(long_run)[0]
    inside = {x: y for x, y in zip(points["x"], points["y"], strict=True) if low <= x <= high}
    loaded = [url for url in windows.recorder.requests if "/data/f-" in url]

    assert 500 < high - low < 3000
    assert sorted(inside) == list(range(math.ceil(low), math.floor(high) + 1))
    assert all(
        value == round(2.0 * math.exp(-step / LONG_STEPS * 3), 6)
        for step, value in inside.items()
        if step != SPIKE[0]
    )
    assert before == 0
    assert 1 <= len(loaded) <= 2
    box = long_run.locator(".chart-plot .nsewdrag").first.bounding_box()
    assert box is not None
    long_run.mouse.dblclick(box["x"] + 50, box["y"] + 50)
    expect(long_run.locator(".chart-note").first).to_contain_text("zoom in for more")
    assert x_range(long_run) == [0, LONG_STEPS - 1]


def test_a_flat_line_lies_in_the_middle(page: Page, site: Path) -> None:
    (path,) = site.glob("r/seed-7-*/index.html")
    page.goto(path.as_uri())
    page.locator("[data-chart][data-metric=flat]").scroll_into_view_if_needed()
    plot = page.locator("[data-chart][data-metric=flat] .chart-view.is-drawn .chart-plot")

    assert plot.evaluate("plot => plot.layout.yaxis.range") == [0.005, 0.015]


def test_at_rest_a_caption_says_what_the_page_says_without_scripts(page: Page, site: Path) -> None:
    (path,) = site.glob("r/seed-7-*/index.html")
    page.goto(path.as_uri())
    chart = page.locator("[data-chart][data-metric=flat]")
    chart.scroll_into_view_if_needed()
    chart.locator(".chart-view.is-drawn").wait_for()
    value = chart.locator("figcaption .value")

    expect(value).to_have_text("0.01")
    chart.locator(".nsewdrag").hover()
    expect(value).to_have_text(re.compile("0.01000 at step"))
    page.mouse.move(1, 1)
    expect(value).to_have_text("0.01")


def test_axis_can_be_time_and_relative_time(long_run: Page) -> None:
    long_run.get_by_role("button", name="Relative").click()
    long_run.wait_for_function(
        "() => document.querySelector('.chart-plot').layout.xaxis.range[1] < 100000"
    )
    relative = x_range(long_run)
    long_run.get_by_role("button", name="Time", exact=True).click()
    long_run.wait_for_function(
        "() => document.querySelector('.chart-plot').layout.xaxis.type === 'date'"
    )

    assert relative == [0, pytest.approx((LONG_STEPS - 1) * 0.01 / 60, rel=1e-3)]
    assert str(x_range(long_run)[0]).startswith("2026-01-01")
    assert STARTED == 1767225600


def test_smoothing_draws_the_raw_line_faintly_behind(loss: Page) -> None:
    loss.locator(".smoothing input").fill("90")
    loss.wait_for_function("() => document.querySelector('.chart-plot').data[0].opacity < 0.5")
    pairs = traces(loss)

    assert pairs[0]["x"] == pairs[1]["x"]
    assert pairs[0]["y"] != pairs[1]["y"]
    expect(loss).to_have_url(re.compile("smooth=90"))


def test_log_scale_is_kept_in_the_address(loss: Page) -> None:
    loss.get_by_role("button", name="Log", exact=True).click()
    loss.wait_for_function(
        "() => document.querySelector('.chart-plot').layout.yaxis.type === 'log'"
    )

    expect(loss).to_have_url(re.compile("scale=log"))


def test_all_shows_a_chart_of_every_metric(loss: Page) -> None:
    loss.get_by_role("tab", name="All").click()

    expect(loss.locator(".history .chart-view.is-drawn")).to_have_count(2)


def test_of_many_runs_the_best_are_drawn_until_all_are_wanted(page: Page, site: Path) -> None:
    page.goto((site / "e/many/index.html").as_uri())
    drawn(page)
    expect(page.locator(".legend-list li")).to_have_count(20)
    expect(page.locator(".legend-title")).to_have_text("20 best runs by score")
    best = sorted(range(230), key=lambda number: number * 37 % 230)[-20:]
    names = page.locator(".legend-list .run-name").all_inner_texts()
    assert set(names) == {f"seed-{number}" for number in best}
    page.get_by_role("button", name="Draw all 230").click()

    expect(page.locator(".legend-list li")).to_have_count(230)


def test_a_change_of_scheme_repaints_the_chart(loss: Page) -> None:
    paper = "document.querySelector('.chart-plot').layout.paper_bgcolor"
    light = loss.evaluate(paper)
    loss.locator("[data-theme-toggle]").click()
    loss.wait_for_function(f"() => {paper} !== '{light}'")
    dark = loss.evaluate(paper)

    assert loss.evaluate("document.documentElement.dataset.theme") == "dark"
    assert dark == loss.evaluate(
        "getComputedStyle(document.documentElement).getPropertyValue('--surface').trim()"
    )
    loss.reload()
    assert loss.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_logged_figure_is_drawn_without_what_it_must_not_do(
    page: Page, site: Path, run_path: Callable[[str], str]
) -> None:
    (slug,) = (path.parent.name for path in (site / "r").glob("*-otter-2-*/index.html"))
    page.goto((site / run_path(slug)).as_uri())
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    figure = page.locator("[data-figure]")
    figure.scroll_into_view_if_needed()
    expect(figure).to_have_class(re.compile("is-drawn"))
    plot = figure.locator(".chart-plot")
    kept = plot.evaluate("plot => JSON.stringify([plot.data, plot.layout])")

    assert "hovertemplate" not in kept
    assert "evil.invalid" not in kept
    assert json.loads(kept)[0][0]["x"][1] == "<i>b</i>"
    expect(plot.locator(".gtitle")).to_contain_text("<img src=x")
    expect(plot.locator(".modebar-btn")).to_have_count(2)


def test_a_figure_of_any_origin_loses_what_could_load_or_run(long_run: Page) -> None:
    cleaned = long_run.evaluate(
        """() => runreport.figures.clean(JSON.parse(`{
          "layout": {"images": [{"source": "http://evil.invalid/"}],
            "title": {"text": "<b>a</b><a>"}, "updatemenus": [1],
            "xaxis": {"title": "<img src=x>"}},
          "data": [{"hovertemplate": "x", "name": "<br/><script>"}],
          "__proto__": {"polluted": 1}
        }`))"""
    )

    assert cleaned == {
        "layout": {"title": {"text": "<b>a</b>&lt;a>"}, "xaxis": {"title": "&lt;img src=x>"}},
        "data": [{"name": "<br/>&lt;script>"}],
    }


def test_thinning_points_keeps_every_extreme_and_gap(long_run: Page) -> None:
    kept = long_run.evaluate(
        """() => {
          const x = Float64Array.from({ length: 9000 }, (_, index) => index);
          const y = x.map((value) => Math.sin(value));
          y[4321] = 50;
          y[1234] = -50;
          y[7777] = NaN;
          const thin = runreport.chartData.reduce({ x, y, t: null }, 100);
          return [thin.x.length, ...[4321, 1234, 7777].map((step) => thin.x.includes(step)),
            thin.x.every((value, index) => index === 0 || value > thin.x[index - 1])];
        }"""
    )

    assert kept[0] <= 300
    assert kept[1:] == [True, True, True, True]


@pytest.mark.parametrize(
    ("x", "text"), [(-1, "–"), (0, "1"), (15, "2"), (20, "NaN"), (30, "4"), (31, "–")]
)
def test_between_points_the_read_out_is_the_last_value_before(
    long_run: Page, x: float, text: str
) -> None:
    read = long_run.evaluate(
        """x => {
          const values = [0, 10, 20, 30];
          const points = { x: values, y: [1, 2, NaN, 4], steps: values };
          const placed = { key: 1, points, history: { marks: [{ step: 20, text: 'NaN' }] } };
          const view = { placed: [placed], hidden: new Set(), series: [placed] };
          return new runreport.ChartReader(view).textAt(placed, x);
        }""",
        x,
    )

    assert read == text


def test_smoothing_is_a_mean_that_starts_at_the_first_value(long_run: Page) -> None:
    smooth = long_run.evaluate(
        """() => Array.from(runreport.chartData.smooth([0, 1, 2, 3], [4, 4, NaN, 4], 0.9, 3))
          .map((value) => (Number.isNaN(value) ? null : Math.round(value * 1e9) / 1e9))"""
    )

    assert smooth == [4, 4, None, 4]
