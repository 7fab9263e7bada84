"""Runs below runs in the grid: trees that open and close, and stay sane when sorted or filtered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import open_grid
from tests.browser.sources import NESTED
from tests.browser.test_grid import ALL_TEXTS, SERVER_TEXTS, cells

pytestmark = pytest.mark.browser

TREE = ["search-b", "b-2", "b-1", "alone", "search-a", "a-1", "a-1-fold"]


@pytest.fixture
def nested(page: Page, site: Path) -> Page:
    return open_grid(page, (site / "e/nested/index.html").as_uri())


def names(page: Page) -> list[str]:
    return cells(page, "run")


def levels(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.grid-body .grid-row')]
          .sort((a, b) => a.dataset.position - b.dataset.position)
          .map((row) => row.getAttribute('aria-level')
            + (row.getAttribute('aria-expanded') || ''))"""
    )
    return found


def row_of(name: str) -> str:
    return f".grid-body .grid-row:has(.run-name:text-is('{name}'))"


def test_children_stand_below_their_parents_as_in_the_page(nested: Page) -> None:
    assert names(nested) == TREE
    assert nested.evaluate(ALL_TEXTS) == nested.evaluate(SERVER_TEXTS)
    assert levels(nested) == ["1true", "2", "2", "1", "1true", "2true", "3"]
    expect(nested.get_by_role("treegrid")).to_have_count(1)


def test_a_click_closes_and_opens_what_is_below_a_run(nested: Page) -> None:
    nested.locator(f"{row_of('search-a')} .twist").click()
    assert names(nested) == TREE[:5]
    expect(nested.locator(".grid-count")).to_have_text("7 runs")
    nested.locator(f"{row_of('search-a')} .twist").click()
    assert names(nested) == TREE


def test_all_close_and_open_at_once_and_the_address_says_so(nested: Page) -> None:
    nested.get_by_role("button", name="Collapse all").click()
    assert names(nested) == ["search-b", "alone", "search-a"]
    assert levels(nested) == ["1false", "1", "1false"]
    nested.wait_for_function("() => location.hash.includes('tree=closed')")
    nested.reload()
    nested.wait_for_selector(".grid-body .grid-row")
    assert names(nested) == ["search-b", "alone", "search-a"]
    nested.get_by_role("button", name="Expand all").click()
    assert names(nested) == TREE


def test_the_list_can_be_plain(nested: Page) -> None:
    button = nested.get_by_role("button", name="Nested")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()

    assert names(nested) == list(NESTED)
    assert levels(nested) == ["null"] * len(NESTED)


def test_sorting_sorts_siblings_and_leaves_the_trees(nested: Page) -> None:
    nested.get_by_title("Sort by score").click()

    assert names(nested) == ["alone", "search-b", "b-2", "b-1", "search-a", "a-1", "a-1-fold"]
    nested.get_by_title("Sort by score").click()
    assert names(nested) == ["search-b", "b-1", "b-2", "search-a", "a-1", "a-1-fold", "alone"]


def test_a_filter_shows_all_that_it_finds_wherever_it_lies(nested: Page) -> None:
    nested.get_by_role("button", name="Collapse all").click()
    nested.get_by_label("Search runs").fill("a-1")
    assert names(nested) == ["a-1", "a-1-fold"]
    assert levels(nested) == ["1true", "2"]
    nested.get_by_label("Search runs").fill("")
    nested.get_by_label("Filter metric score").fill("> 0.05")
    # A run whose parent is filtered out moves up to the nearest one that is not.
    assert names(nested) == ["b-2", "b-1", "alone", "a-1", "a-1-fold"]
    assert levels(nested) == ["1", "1", "1", "1true", "2"]
    expect(nested.locator(".grid-count")).to_have_text("5 of 7 runs")


def test_the_keyboard_opens_closes_and_leads_up(nested: Page) -> None:
    nested.locator(".grid-view").focus()
    for _ in range(6):
        nested.keyboard.press("ArrowDown")
    nested.keyboard.press("ArrowLeft")
    assert nested.evaluate("document.querySelector('[data-grid]').grid.view.active.row") == 5
    nested.keyboard.press("ArrowLeft")
    assert names(nested) == TREE[:6]
    nested.keyboard.press("ArrowRight")
    assert names(nested) == TREE


def test_pages_of_related_runs_lead_to_each_other(page: Page, site: Path) -> None:
    (path,) = site.glob("r/a-1-fold-*/index.html")
    page.goto(path.as_uri())
    page.wait_for_selector(".chart-view.is-drawn")
    crumbs = page.get_by_role("navigation", name="Breadcrumb")
    expect(crumbs.locator("li")).to_have_text(["nested", "search-a", "a-1", "a-1-fold"])
    crumbs.get_by_role("link", name="search-a").click()
    children = page.locator("table.related")
    expect(children.locator("tbody tr")).to_have_count(1)
    page.wait_for_selector(".chart-view.is-drawn")
    children.get_by_role("link", name="a-1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("a-1")


def test_a_group_leads_to_its_runs_in_the_table(page: Page, site: Path) -> None:
    (path,) = site.glob("r/b-1-*/index.html")
    page.goto(path.as_uri())
    page.wait_for_selector(".chart-view.is-drawn")
    expect(page.locator("table.related tfoot")).to_contain_text("±")
    page.get_by_role("link", name="runs of the group in the table").click()
    page.wait_for_selector(".grid-body .grid-row")

    assert names(page) == ["b-1", "a-1"]


def shows_groups(page: Page, *groups: str) -> None:
    """Wait for the groups; what fills their card is loaded with the first choice."""
    rows = page.locator("[data-groups], #made-groups").locator("tbody tr")
    expect(rows).to_have_text(groups, use_inner_text=True)


def test_groups_are_there_without_scripts(windows: Any, site: Path) -> None:
    page = windows.open(java_script_enabled=False)
    page.goto((site / "e/nested/index.html").as_uri())

    shows_groups(page, "fold 2 1 0.9000", "fold 1 2 0.250 ± 0.071")


def test_scripts_write_the_same_groups_and_follow_the_filters(nested: Page) -> None:
    shows_groups(nested, "fold 2 1 0.9000", "fold 1 2 0.250 ± 0.071")
    nested.get_by_label("Search runs").fill("a-1")
    shows_groups(nested, "fold 1 1 0.3000")
    nested.get_by_label("Search runs").fill("")
    shows_groups(nested, "fold 2 1 0.9000", "fold 1 2 0.250 ± 0.071")


def test_runs_can_be_grouped_by_a_param(nested: Page) -> None:
    nested.get_by_label("Group runs by").select_option("By param lr")
    shows_groups(nested, "0.2 4 0.35 ± 0.44", "0.1 3 0.20 ± 0.10")
    nested.wait_for_function("() => location.hash.includes('group=params.lr')")
    nested.locator(".groups").get_by_role("link", name="0.1").click()
    assert set(names(nested)) == {"b-1", "a-1", "a-1-fold"}
    nested.get_by_label("Group runs by").select_option("No groups")
    expect(nested.locator(".groups")).to_be_hidden()


def test_an_experiment_without_groups_can_be_grouped_too(sweep: Page) -> None:
    expect(sweep.locator(".groups")).to_have_count(0)
    sweep.get_by_label("Group runs by").select_option("By param optimizer")

    rows = sweep.locator("#made-groups tbody tr")
    expect(rows).to_have_count(2)
    texts = rows.all_inner_texts()
    assert {text.split("\t")[0] for text in texts} == {"adam", "sgd"}
    assert all("±" in text for text in texts)
