"""Every kind of page: quiet wherever it is opened, narrow, readable, accessible, printable."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Address

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor/axe.min.js"

KINDS = {
    "index": "index.html",
    "experiment": "e/sweep/index.html",
    "many": "e/many/index.html",
    "run": "r/*-otter-2-*/index.html",
    "odd run": "r/*-otter-1-*/index.html",
    "media": "r/all-media-*/index.html",
    "nested": "e/nested/index.html",
    "child": "r/b-1-*/index.html",
    "log": "log.html",
}


def path_of(site: Path, kind: str) -> str:
    (found,) = site.glob(KINDS[kind])
    return str(found.relative_to(site))


def settle(page: Page) -> None:
    """Wait until the grid and the charts in sight are there."""
    page.evaluate("document.fonts.ready")
    if page.locator("[data-grid]").count():
        page.wait_for_selector(".grid-body .grid-row")
    if page.locator("[data-histories]").count():
        page.wait_for_selector(".chart-view.is-drawn")


@pytest.mark.parametrize("kind", KINDS)
def test_page_is_quiet_wherever_it_is_opened(
    windows: Any, site: Path, address: Address, kind: str
) -> None:
    page = windows.open()
    page.goto(address(path_of(site, kind)))
    settle(page)
    charts = page.locator("[data-chart][data-src]")
    if charts.count():
        charts.first.scroll_into_view_if_needed()
        page.wait_for_selector(".chart-view.is-drawn")

    assert page.evaluate("typeof window.runreport.load") == "function"


@pytest.mark.parametrize("kind", KINDS)
def test_page_fits_a_phone(windows: Any, site: Path, kind: str) -> None:
    page = windows.open(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto((site / path_of(site, kind)).as_uri())
    settle(page)
    over = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          return [document.documentElement.scrollWidth - width,
            [...document.querySelectorAll('main *')].filter((element) => (
              element.getBoundingClientRect().right > width + 1
              && !element.closest('.grid-view, .scroller, .tabs, pre, .chart-plot, .sr')
            )).map((element) => element.tagName + '.' + element.className)];
        }"""
    )

    assert over == [0, []]


@pytest.mark.parametrize("kind", ["index", "experiment", "run"])
def test_page_says_all_without_scripts(windows: Any, site: Path, kind: str) -> None:
    page = windows.open(java_script_enabled=False)
    page.goto((site / path_of(site, kind)).as_uri())

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("main svg").count() > 0
    if kind == "experiment":
        assert page.locator("table.runs tbody tr").count() == 40
        expect(page.locator(".chart-static svg").first).to_be_visible()
    if kind == "run":
        expect(page.locator("table.metrics")).to_be_visible()
    expect(page.locator("button:visible")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["index", "experiment", "run", "media", "nested", "child", "log"])
def test_page_has_no_serious_accessibility_fault(
    windows: Any, site: Path, kind: str, scheme: str
) -> None:
    page = windows.open(color_scheme=scheme, bypass_csp=True)
    page.goto((site / path_of(site, kind)).as_uri())
    settle(page)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.add_script_tag(path=AXE)
    options = "{ resultTypes: ['violations'], preload: false, iframes: false }"
    result = page.evaluate(f"axe.run({options})")
    faults = [
        (fault["id"], node["target"], node["failureSummary"])
        for fault in result["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:3]
    ]

    assert faults == []


def test_dark_scheme_is_dark(windows: Any, site: Path) -> None:
    page = windows.open(color_scheme="dark")
    page.goto((site / "e/sweep/index.html").as_uri())
    settle(page)
    colors = page.evaluate(
        """() => ['html', '.grid-cell.first', '.chart-legend'].map((selector) => {
          const style = getComputedStyle(document.querySelector(selector));
          return [style.backgroundColor, style.color];
        })"""
    )
    channels = [
        [list(map(int, re.findall(r"\d+", color)[:3])) for color in pair] for pair in colors
    ]

    assert max(channels[0][0]) < 60
    assert max(channels[1][0]) < 60
    assert all(min(ink) > 180 for _, ink in channels)


def test_on_paper_a_plain_table_stands_for_the_grid(page: Page, site: Path) -> None:
    page.goto((site / "e/many/index.html").as_uri())
    settle(page)
    page.emulate_media(media="print")
    rows = page.locator(".grid-paper tbody tr")

    expect(rows).to_have_count(60)
    expect(rows.first).to_be_visible()
    expect(page.locator(".grid-paper-note")).to_contain_text("60 of 230 runs")
    expect(page.locator(".grid-view")).to_be_hidden()
    expect(page.locator(".chart-plot").first).to_be_hidden()
    expect(page.locator(".chart-static svg").first).to_be_visible()
    page.emulate_media(media="screen")
    expect(rows).to_have_count(0)
    assert len(page.pdf()) > 10_000


def test_printed_page_is_not_wider_than_paper(windows: Any, site: Path) -> None:
    page = windows.open(viewport={"width": 1040, "height": 720})
    page.goto((site / "e/sweep/index.html").as_uri())
    settle(page)
    page.emulate_media(media="print")
    expect(page.locator(".grid-paper")).to_be_visible()

    lefts = page.evaluate(
        """() => [...document.querySelectorAll('.grid-paper tr')].map((row) => (
          [...row.children].map((cell) => Math.round(cell.getBoundingClientRect().left)).join()))"""
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= 1040
    assert len(set(lefts)) == 1
    expect(page.locator(".grid-paper-note")).to_contain_text("columns")


def test_on_paper_a_files_text_stays_folded_unless_it_was_unfolded(page: Page, site: Path) -> None:
    page.goto((site / path_of(site, "run")).as_uri())
    settle(page)
    text = page.locator(".tree .preview > pre")
    page.emulate_media(media="print")

    expect(text).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.emulate_media(media="print")
    expect(text).to_be_visible()


def test_a_copy_button_that_wraps_stands_below_its_text(windows: Any, site: Path) -> None:
    page = windows.open(viewport={"width": 390, "height": 900})
    page.goto((site / path_of(site, "run")).as_uri())
    settle(page)
    left = page.locator("code.run-id").evaluate(
        """(id) => {
          const { left, height } = id.getBoundingClientRect();
          while (id.getBoundingClientRect().height === height) id.textContent += '0';
          id.textContent = id.textContent.slice(0, -1);
          return left;
        }"""
    )
    button = page.locator(".run-line .copy").bounding_box()

    assert button is not None
    assert button["x"] == left


def test_pictures_open_in_the_viewer_and_arrows_turn_over(page: Page, site: Path) -> None:
    page.goto((site / path_of(site, "run")).as_uri())
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.locator("a[data-gallery]").first.click()
    dialog = page.get_by_role("dialog")

    expect(dialog).to_be_visible()
    expect(dialog.locator("img")).to_have_js_property("complete", True)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_columns_of_a_notes_table_stand_as_they_were_written(page: Page, site: Path) -> None:
    page.goto((site / path_of(site, "experiment")).as_uri())
    rows = page.locator(".prose tr")

    expect(rows).to_have_count(2)
    for row in rows.all():
        _, *others = row.locator("th, td").all()
        found = [each.evaluate("(cell) => getComputedStyle(cell).textAlign") for each in others]
        assert found == ["right", "center"]


def test_params_can_be_filtered(page: Page, site: Path) -> None:
    page.goto((site / path_of(site, "run")).as_uri())
    page.get_by_label("Filter params").fill("param_2")

    expect(page.locator("dl.params > div:visible")).to_have_count(11)
    page.get_by_label("Filter params").fill("no such")
    expect(page.get_by_text("None has these words.")).to_be_visible()


def test_copy_buttons_copy(windows: Any, site: Path) -> None:
    page = windows.open(permissions=["clipboard-read", "clipboard-write"])
    page.goto((site / path_of(site, "run")).as_uri())
    button = page.locator("[data-copy]").first
    wanted = button.get_attribute("data-copy")
    button.click()

    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == wanted
