"""Runs full of scripts and markup: nothing runs, nothing leaves the page, all is shown as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Catcher
from tests.browser.sources import HOSTILE

pytestmark = pytest.mark.browser

HARMLESS = """() => [window.pwned, {}.polluted, document.querySelectorAll(
  'main :is(script, [onerror], [onload], a[href^="javascript:"], img[src="x"])').length]"""


def unharmed(page: Page) -> None:
    assert page.evaluate(HARMLESS) == [None, None, 0]


def as_shown(text: str) -> str:
    """Return a text as HTML can hold it: control characters have no place there."""
    return "".join("\ufffd" if ord(each) < 32 and each not in "\t\n" else each for each in text)


def test_experiment_page_shows_hostile_names_as_they_are(page: Page, site: Path) -> None:
    page.goto((site / "e/hostile/index.html").as_uri())
    page.wait_for_selector(".grid-body .grid-row")
    page.wait_for_selector(".chart-view.is-drawn")
    names = page.locator(".grid-body .run-name").all_text_contents()
    legend = page.locator(".legend-list .run-name").all_text_contents()

    assert {as_shown(name) for name in names} == {as_shown(text) for text in HOSTILE}
    assert set(legend) <= set(names)
    unharmed(page)


def test_each_metric_of_a_hostile_name_can_be_drawn(page: Page, site: Path) -> None:
    page.goto((site / "e/hostile/index.html").as_uri())
    page.wait_for_selector(".chart-view.is-drawn")
    tabs = page.get_by_role("tab")
    assert tabs.count() == len(HOSTILE) + 1
    tabs.last.click()
    page.wait_for_function("() => document.querySelectorAll('.chart-view.is-drawn').length > 2")
    unharmed(page)


def test_filters_and_columns_take_hostile_text(page: Page, site: Path) -> None:
    page.goto((site / "e/hostile/index.html").as_uri())
    page.wait_for_selector(".grid-body .grid-row")
    for text in HOSTILE:
        page.get_by_label("Search runs").fill(text)
        page.wait_for_timeout(20)
    page.get_by_label("Search runs").fill("")
    page.get_by_role("button", name="Columns").click()
    expect(page.locator(".grid-menu label").first).to_be_visible()
    unharmed(page)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_run_page_shows_hostile_text_as_it_is(page: Page, site: Path, number: int) -> None:
    paths = sorted((site / "r").glob("*/index.html"))
    wanted = as_shown(HOSTILE[number])
    table = json.loads((site / "data/hostile.json").read_text("utf-8"))
    assert len(table) == len(HOSTILE)
    for path in paths:
        if f"run-{number}<" in path.read_text("utf-8"):
            break
    else:
        pytest.fail(f"no page of run-{number}")
    page.goto(path.as_uri())
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    expect(page.locator("h1")).to_have_text(" ".join(wanted.split()), use_inner_text=False)
    assert as_shown(page.locator("dl.params dt").first.text_content() or "") in {wanted, "p"}
    unharmed(page)


@pytest.mark.parametrize("hash_text", ["#q=<img src=x onerror=window.pwned=1>", "#sort=__proto__"])
def test_address_is_never_taken_for_markup(page: Page, site: Path, hash_text: str) -> None:
    page.goto((site / "e/sweep/index.html").as_uri() + hash_text)
    page.wait_for_selector(".grid-count")

    unharmed(page)


@pytest.mark.parametrize("way", ["file", "http"])
def test_an_html_artifact_runs_in_its_sandbox_and_reaches_nothing(
    windows: Any, site: Path, at_root: str, catcher: Catcher, way: str
) -> None:
    (viewer,) = site.glob("r/*-otter-2-*/report-html-*.html")
    page = windows.open()
    page.add_init_script("addEventListener('message', (event) => { window.heard = event.data; })")
    page.goto(viewer.as_uri() if way == "file" else f"{at_root}/{viewer.relative_to(site)}")
    page.wait_for_function("() => window.heard === 'ran'")
    page.wait_for_timeout(1500)

    assert page.url.endswith(viewer.name)
    assert catcher.caught == []
    assert page.evaluate("[window.pwned, window.localStorage.getItem('pwned')]") == [None, None]
    assert len(page.context.pages) == 1
    expect(page.locator("iframe")).to_have_attribute("sandbox", "allow-scripts")
    # What the sandbox refuses, it says on the console.
    refused = ("console: ", f"failed: {catcher.address}/", "error: ")
    assert all(text.startswith(refused) for text in windows.recorder.problems)
    windows.close_loud()


def test_the_same_page_without_its_policy_is_caught(
    windows: Any, site: Path, catcher: Catcher, tmp_path: Path
) -> None:
    (viewer,) = site.glob("r/*-otter-2-*/report-html-*.html")
    text = viewer.read_text("utf-8").replace("Content-Security-Policy", "No-Policy")
    control = tmp_path / "control.html"
    control.write_text(text, encoding="utf-8")
    page = windows.open()
    page.goto(control.as_uri())
    for _ in range(300):
        if "/image.png" in catcher.caught:
            break
        page.wait_for_timeout(50)

    assert "/image.png" in catcher.caught
    windows.close_loud()
    catcher.caught.clear()
