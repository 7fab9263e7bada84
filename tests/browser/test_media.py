"""A run's media in the browser: one step at a time, from the page or from data files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Address
from tests.browser.sources import HOSTILE

pytestmark = pytest.mark.browser

LONG = 120


def open_run(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector("#media-samples.is-live .is-shown")
    return page


def panel(page: Page, key: str) -> Locator:
    return page.locator(f"#media-{key}")


def shown(page: Page, key: str) -> Locator:
    return panel(page, key).locator(".media-items > li.is-shown")


@pytest.fixture
def path(run_path: Any) -> str:
    return str(run_path("all-media"))


@pytest.fixture
def run(page: Page, site: Path, path: str) -> Page:
    return open_run(page, (site / path).as_uri())


def test_all_kinds_are_shown_wherever_the_page_is_opened(
    windows: Any, address: Address, path: str
) -> None:
    page = open_run(windows.open(), address(path))

    image = shown(page, "samples").locator("img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("(image) => image.naturalWidth === 10", arg=image.element_handle())
    expect(image).to_have_class("pixels")
    expect(shown(page, "weights").locator("svg .bars")).to_be_visible()
    expect(panel(page, "weights").locator(".media-ridges .ridge")).to_have_count(20)
    expect(shown(page, "errors").locator("td").first).to_have_text(HOSTILE[0])
    expect(shown(page, "remarks").locator("pre")).to_contain_text(HOSTILE[1])
    sound = shown(page, "tone").locator("audio")
    sound.scroll_into_view_if_needed()
    sound.evaluate("(sound) => sound.load()")
    page.wait_for_function(
        "(sound) => { sound.preload = 'auto'; return sound.duration > 0.4; }",
        arg=sound.element_handle(),
    )
    panel(page, "curve").scroll_into_view_if_needed()
    page.wait_for_selector("#media-curve .is-shown .user-figure.is-drawn")


def test_a_page_is_shown_in_its_sandbox_without_the_viewers_bar(run: Page) -> None:
    frame = shown(run, "report").locator("iframe")
    frame.scroll_into_view_if_needed()
    outer = frame.content_frame

    expect(outer.locator("iframe").content_frame.locator("p")).to_have_text("page 8")
    expect(outer.locator("header")).to_be_hidden()
    panel(run, "report").get_by_role("button", name="Previous step").click()
    outer = shown(run, "report").locator("iframe").content_frame
    expect(outer.locator("iframe").content_frame.locator("p")).to_have_text("page 7")


def test_the_slider_goes_through_all_steps_of_a_long_series(run: Page) -> None:
    slider = panel(run, "samples").get_by_role("slider")

    expect(slider).to_have_attribute("max", str(LONG - 1))
    expect(slider).to_have_attribute("aria-valuetext", f"step {10 * LONG - 10}, 120 of 120")
    slider.focus()
    run.keyboard.press("Home")
    expect(shown(run, "samples").locator(".words")).to_have_text("sample 0")
    run.keyboard.press("ArrowRight")
    expect(shown(run, "samples").locator(".words")).to_have_text("sample 1")
    expect(panel(run, "samples").locator(".media-at")).to_have_text("step 10")
    expect(shown(run, "samples").locator("time")).to_have_text("2026-01-01 00:00")
    assert panel(run, "samples").locator("li:visible").count() == 1
    run.keyboard.press("ArrowRight")
    expect(shown(run, "samples").locator(".words")).to_have_text("sample 2")
    # What was made and is no longer shown does not pile up.
    assert panel(run, "samples").locator(".media-items > li").count() == 7


def test_panels_move_together_to_the_nearest_step(run: Page) -> None:
    slider = panel(run, "samples").get_by_role("slider")
    slider.fill("31")

    expect(panel(run, "weights").locator(".media-at")).to_have_text("step 310")
    expect(panel(run, "remarks").locator(".media-at")).to_have_text("step 300")
    assert "step=310" in run.evaluate("new Promise((f) => setTimeout(() => f(location.hash), 400))")
    run.get_by_label("Link steps").uncheck()
    slider.fill("0")
    expect(panel(run, "samples").locator(".media-at")).to_have_text("step 0")
    expect(panel(run, "remarks").locator(".media-at")).to_have_text("step 300")


def test_an_address_leads_to_a_step(page: Page, site: Path, path: str) -> None:
    page.goto(f"{(site / path).as_uri()}#step=310")

    expect(panel(page, "samples").locator(".media-at")).to_have_text("step 310")
    expect(shown(page, "samples").locator(".words")).to_have_text("sample 31")


def test_items_from_data_files_are_as_those_of_the_page(run: Page) -> None:
    texts = {}
    for place in ("0", "1"):
        for key in ("weights", "errors", "remarks"):
            panel(run, key).get_by_role("slider").fill(place)
            item = shown(run, key)
            expect(item).to_have_attribute("data-index", place)
            texts[key, place] = item.evaluate(
                "(item) => [...item.querySelectorAll('*')].map((each) => each.tagName).join(' ')"
            )
    for key in ("weights", "errors", "remarks"):
        assert texts[key, "0"] == texts[key, "1"], key


def test_pictures_open_in_the_viewer_and_go_through_the_steps(run: Page) -> None:
    shown(run, "samples").locator("a[data-gallery]").click()
    viewer = run.get_by_role("dialog")

    expect(viewer.locator(".viewer-caption")).to_contain_text("sample 119")
    expect(viewer.locator(".viewer-place")).to_have_text("120 of 120")
    run.keyboard.press("ArrowLeft")
    expect(viewer.locator(".viewer-caption")).to_contain_text("sample 118")
    run.keyboard.press("Escape")
    expect(panel(run, "samples").locator(".media-at")).to_have_text("step 1180")


def test_what_cannot_be_shown_says_why(run: Page) -> None:
    slider = panel(run, "broken").get_by_role("slider")
    slider.fill("0")
    expect(shown(run, "broken")).to_contain_text("cannot be shown: it is no picture")
    slider.fill("1")
    expect(shown(run, "broken")).to_contain_text("cannot be shown: it is no table")


def test_without_scripts_some_of_each_key_are_there(windows: Any, site: Path, path: str) -> None:
    page = windows.open(java_script_enabled=False)
    page.goto((site / path).as_uri())

    expect(panel(page, "samples").locator("li:visible")).to_have_count(6)
    expect(panel(page, "samples").locator(".media-part")).to_have_text("6 of 120 steps")
    expect(panel(page, "samples").get_by_role("slider")).to_have_count(0)
    expect(panel(page, "weights").locator("li svg:visible")).to_have_count(6)


def test_on_paper_the_last_of_each_key_stands(run: Page) -> None:
    panel(run, "samples").get_by_role("slider").fill("1")
    expect(shown(run, "samples").locator(".words")).to_have_text("sample 1")
    run.emulate_media(media="print")

    visible = panel(run, "samples").locator("li:visible")
    expect(visible).to_have_count(1)
    expect(visible).to_contain_text("sample 119")
    expect(panel(run, "samples").locator(".media-bar")).to_be_hidden()


def test_hostile_keys_captions_and_cells_are_text(run: Page) -> None:
    for key in ("errors", "remarks", "samples"):
        for place in ("0", "1", "2"):
            panel(run, key).get_by_role("slider").fill(place)
            expect(shown(run, key)).to_have_attribute("data-index", place)

    active = '#media :is(script, [onerror], [onload], a[href^="javascript:"], img[src="x"])'
    assert run.locator(active).count() == 0
    assert run.evaluate("window.pwned") is None
    headings = run.locator("#media h3").all_text_contents()
    assert HOSTILE[0] in headings


def test_the_page_of_a_long_series_is_light(site: Path, path: str) -> None:
    assert len((site / path).read_bytes()) < 150_000
