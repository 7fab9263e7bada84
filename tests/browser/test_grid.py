"""The runs table's grid: what it shows, how it sorts and filters, how the keyboard moves in it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import open_grid
from tests.browser.sources import VERSIONS
from tests.conftest import Contexts

pytestmark = pytest.mark.browser

CELLS = """id => {
  const view = document.querySelector('[data-grid]').grid.view;
  const index = view.columns.findIndex((column) => column.id === id);
  const rows = [...document.querySelectorAll('.grid-body .grid-row')];
  rows.sort((a, b) => a.dataset.position - b.dataset.position);
  return rows.map((row) => {
    const cell = row.querySelector(`[data-column="${index}"]`);
    return cell && cell.textContent;
  });
}"""

ALL_TEXTS = """() => {
  const { view } = document.querySelector('[data-grid]').grid;
  const { table } = view;
  return Array.from(view.order, (row) => view.columns.map((column) => {
    const cell = document.createElement('div');
    runreport.gridCells.fill(cell, table, column, row, null);
    return cell.textContent.trim();
  }));
}"""

# The address is written after a pause.
IS_WRITTEN = """() => {
  const { state } = runreport;
  const written = new URLSearchParams(window.location.hash.slice(1));
  return ['q', 'sort'].every((key) => (written.get(key) || '') === (state.get(key) || ''));
}"""

SERVER_TEXTS = """() => [...document.querySelectorAll('table.runs tbody tr')].map((row) => (
  [...row.children].map((cell) => cell.textContent.trim())))"""


def cells(page: Page, column: str) -> list[Any]:
    """Return the texts of the drawn rows in one column, from the top."""
    found: list[Any] = page.evaluate(CELLS, column)
    return found


def numbers(page: Page, column: str) -> list[float]:
    return [float(text) for text in cells(page, column) if text]


def show(page: Page, column: str) -> None:
    """Scroll sideways until a column is drawn."""
    place = page.evaluate(
        """id => {
          const { view } = document.querySelector('[data-grid]').grid;
          const column = view.columns.findIndex((each) => each.id === id);
          view.active = { row: 0, column };
          view.showActive();
          return column;
        }""",
        column,
    )
    page.wait_for_selector(f'.grid-body .grid-row [data-column="{place}"]')


def head(page: Page, label: str) -> Any:
    return page.get_by_role("columnheader").filter(
        has=page.locator(".label", has_text=re.compile(f"^{re.escape(label)}$"))
    )


def test_grid_shows_the_very_text_that_came_with_the_page(sweep: Page) -> None:
    written = sweep.evaluate(SERVER_TEXTS)

    assert len(written) == 40
    assert sweep.evaluate(ALL_TEXTS) == written


def test_only_rows_and_columns_in_sight_are_elements(page: Page, site: Path) -> None:
    open_grid(page, (site / "e/many/index.html").as_uri())
    grid = page.locator(".grid-view")

    assert page.locator(".grid-body .grid-row").count() < 60
    expect(grid).to_have_attribute("aria-rowcount", "231")
    page.evaluate("document.querySelector('.grid-view').scrollTop = 1e6")
    expect(page.get_by_text("seed-0", exact=True).last).to_be_visible()
    assert page.locator(".grid-body .grid-row").count() < 60


def test_far_columns_are_made_when_they_are_scrolled_to(sweep: Page) -> None:
    first = sweep.locator(".grid-body .grid-row").first

    assert first.locator(".grid-cell").count() < 20
    assert set(cells(sweep, "params.param_29")) == {None}
    show(sweep, "params.param_29")
    assert "29" in cells(sweep, "params.param_29")
    assert first.locator(".grid-cell.first").bounding_box() is not None
    box = first.locator(".grid-cell.first").bounding_box()
    grid = sweep.locator(".grid-view").bounding_box()
    assert box is not None
    assert grid is not None
    assert abs(box["x"] - grid["x"]) < 1


def test_a_click_on_a_head_sorts_by_size_and_a_second_turns_round(sweep: Page) -> None:
    show(sweep, "metrics.loss")
    head(sweep, "loss").get_by_role("button").click()
    ascending = numbers(sweep, "metrics.loss")
    expect(head(sweep, "loss")).to_have_attribute("aria-sort", "ascending")
    head(sweep, "loss").get_by_role("button").click()
    descending = numbers(sweep, "metrics.loss")

    assert ascending == sorted(ascending)
    assert descending == sorted(descending, reverse=True)
    head(sweep, "loss").get_by_role("button").click()
    expect(head(sweep, "loss")).to_have_attribute("aria-sort", "none")


ROWS = """() => {
  const said = (node) => (node.nodeType === Node.TEXT_NODE ? node.data : [
    node.tagName, [...node.attributes].map((each) => `${each.name}=${each.value}`).sort(),
    [...node.childNodes].map(said),
  ]);
  return [...document.querySelectorAll('.grid-body .grid-row')].map(said);
}"""


@pytest.mark.parametrize(
    ("experiment", "word"),
    [("sweep", "brave"), ("nested", "a-1"), ("many", "seed-1"), ("hostile", "img")],
)
def test_rows_that_get_other_runs_are_those_of_a_page_opened_so(
    page: Page, windows: Contexts, site: Path, experiment: str, word: str
) -> None:
    """Elements stay where they are when rows change, and must keep nothing of the run before."""
    open_grid(page, (site / f"e/{experiment}/index.html").as_uri())
    first = page.locator(".grid-body .grid-row").first.element_handle()
    grid = "document.querySelector('[data-grid]').grid"
    for action in (
        "sortBy(grid.table.columns.find((column) => column.numeric && column.differs), false)",
        f"search('{word}')",
        "sortBy(grid.table.columns[0], false)",
        "search('')",
    ):
        page.evaluate(f"() => {{ const grid = {grid}; grid.{action}; }}")
        page.wait_for_function(IS_WRITTEN)
        other = open_grid(windows.open(), page.url)

        assert page.evaluate(ROWS) == other.evaluate(ROWS)
        other.context.close()
    assert first.evaluate("(row) => row.isConnected")


@pytest.mark.parametrize("turns", [1, 2])
def test_missing_values_come_last_in_both_directions(sweep: Page, turns: int) -> None:
    show(sweep, "metrics.accuracy")
    for _ in range(turns):
        head(sweep, "accuracy").get_by_role("button").click()
    order = sweep.evaluate(
        """() => {
          const { view } = document.querySelector('[data-grid]').grid;
          const column = view.table.byId.get('metrics.accuracy');
          return Array.from(view.order, (row) => runreport.gridData.text(column, row));
        }"""
    )

    assert order[-1] == ""
    assert "" not in order[:-1]


def test_versions_sort_by_their_numbers(sweep: Page) -> None:
    ranks = sweep.evaluate(
        """() => {
          const values = ['v1.10', 'v1.9', null, 'v1.10', 'v1.2'];
          const column = { id: 'version', label: 'version', kind: 'version', values };
          const table = runreport.gridData.makeTable({ rows: 5, run: {}, columns: [column] });
          const order = Uint32Array.from([0, 1, 2, 3, 4]);
          const sorts = (descending) => [{ column: table.columns[0], descending }];
          return [false, true].map((down) => [...runreport.gridData.sortRows(order, sorts(down))]);
        }"""
    )

    assert ranks == [[4, 1, 0, 3, 2], [0, 3, 1, 4, 2]]


def test_sorting_floats_agrees_with_python(sweep: Page) -> None:
    values = [3.5, -1e-300, 0.0, -7.25, 1e300, 2**53, -(2**60), 1e-5, -0.5, 0.1 + 0.2, 0.3]
    order = sweep.evaluate(
        """values => {
          const column = { id: 'x', label: 'x', kind: 'number', group: 'metric', values };
          const { makeTable, sortRows } = runreport.gridData;
          const table = makeTable({ rows: values.length, run: {}, columns: [column] });
          const sorts = [{ column: table.columns[0], descending: false }];
          return [...sortRows(Uint32Array.from(values.keys()), sorts)];
        }""",
        values,
    )

    assert order == sorted(range(len(values)), key=values.__getitem__)


def test_search_wants_every_word_in_some_text_column(sweep: Page) -> None:
    sweep.get_by_label("Search runs").fill("SGD brave")
    shown = cells(sweep, "run")

    assert shown
    assert all(text.startswith("brave") for text in shown)
    assert set(cells(sweep, "params.optimizer")) <= {"sgd", None}
    expect(sweep.locator(".grid-count")).to_have_text(f"{len(shown)} of 40 runs")
    sweep.get_by_role("button", name="Clear filters").click()
    expect(sweep.locator(".grid-count")).to_have_text("40 runs")


@pytest.mark.parametrize(
    ("column", "query", "holds"),
    [
        ("metrics.accuracy", "> 0.97", lambda text: float(text) > 0.97),
        ("metrics.accuracy", "0.95..0.97", lambda text: 0.95 <= float(text) <= 0.97),
        ("params.batch", "= 16", lambda text: text == "16"),
        ("params.batch", "!= 16", lambda text: text != "16"),
        ("params.optimizer", "ad", lambda text: text == "adam"),
        ("params.optimizer", "!adam", lambda text: text == "sgd"),
        ("status", "=failed", lambda text: text == "failed"),
        ("started", "2026-01-02", lambda text: text.startswith("2026-01-02")),
        ("started", ">= 2026-01-02 03:00", lambda text: text >= "2026-01-02 03:00"),
        ("duration", "> 59s", lambda text: text == "1m 00s"),
    ],
)
def test_fields_under_the_heads_filter_their_column(
    sweep: Page, column: str, query: str, holds: Any
) -> None:
    show(sweep, column)
    label = column.rpartition(".")[2].replace("started", "date")
    head(sweep, label).locator(".filter").fill(query)
    shown = [text for text in cells(sweep, column) if text is not None]

    assert shown
    assert all(holds(text) for text in shown)
    kept = sweep.evaluate("document.querySelector('[data-grid]').grid.order.length")
    assert 0 < kept <= 40


def test_no_version_is_wider_than_its_cell(sweep: Page) -> None:
    measured = sweep.evaluate(
        """async () => {
          const { view } = document.querySelector('[data-grid]').grid;
          const found = new Map();
          for (let row = 0; row < view.order.length; row += 10) {
            view.element.scrollTop = row * 34;
            view.render();
            for (const cell of document.querySelectorAll('.grid-body .k-version')) {
              const range = document.createRange();
              range.selectNodeContents(cell);
              const style = getComputedStyle(cell);
              const room = cell.clientWidth - 2 * parseFloat(style.paddingLeft);
              found.set(cell.textContent, [cell.scrollWidth - cell.clientWidth,
                range.getBoundingClientRect().width - room]);
            }
          }
          return [...found];
        }"""
    )
    texts = dict(measured)

    assert set(VERSIONS) <= set(texts)
    assert {text for text, (over, wider) in measured if over > 0 or wider > 0} == set()


def test_no_version_of_the_written_table_is_wider_than_its_cell(windows: Any, site: Path) -> None:
    page = windows.open(java_script_enabled=False)
    page.goto((site / "e/sweep/index.html").as_uri())
    wide = page.locator("td.version")

    assert wide.count() == 40
    for number in range(40):
        cell = wide.nth(number)
        assert cell.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


def test_no_number_or_time_is_wider_than_its_cell(sweep: Page) -> None:
    for column in ("started", "duration", "params.lr", "metrics.accuracy", "metrics.loss"):
        show(sweep, column)
        over = sweep.evaluate(
            """() => {
              const cells = '.grid-body :is(.k-number, .k-time, .k-duration)';
              return [...document.querySelectorAll(cells)]
                .filter((cell) => cell.scrollWidth > cell.clientWidth)
                .map((cell) => cell.textContent);
            }"""
        )
        assert over == []


def test_commit_ids_show_eight_digits_in_ink_and_link_to_the_commit(sweep: Page) -> None:
    cell = sweep.locator(".grid-body .k-version", has_text="784ef005")
    sweep.get_by_label("Search runs").fill("784ef005")

    expect(cell.locator(".rest")).to_have_text("9227d57909c9d81632b89915adc03c22")
    link = cell.locator("a").get_attribute("href") or ""
    assert link.startswith("https://github.com/example/project/")
    assert link.endswith("784ef0059227d57909c9d81632b89915adc03c22")


def test_keyboard_moves_sorts_and_opens(sweep: Page) -> None:
    grid = sweep.locator(".grid-view")
    grid.focus()
    sweep.keyboard.press("ArrowDown")
    sweep.keyboard.press("ArrowRight")
    active = sweep.locator(".grid-cell.active")
    expect(active).to_have_attribute("aria-colindex", "2")
    expect(active.locator("xpath=..")).to_have_attribute("aria-rowindex", "3")
    sweep.keyboard.press("Control+End")
    expect(active.locator("xpath=..")).to_have_attribute("aria-rowindex", "41")
    count = sweep.evaluate("document.querySelector('[data-grid]').grid.view.columns.length")
    expect(active).to_have_attribute("aria-colindex", str(count))
    expect(active).to_be_in_viewport()
    sweep.keyboard.press("Control+Home")
    sweep.keyboard.press("ArrowUp")
    sweep.keyboard.press("Enter")
    expect(head(sweep, "run")).to_have_attribute("aria-sort", "ascending")
    sweep.keyboard.press("ArrowDown")
    name = active.locator(".run-name").inner_text()
    sweep.keyboard.press("Enter")
    expect(sweep.get_by_role("heading", level=1)).to_have_text(name)


def test_space_takes_a_run_out_of_the_history(sweep: Page) -> None:
    sweep.wait_for_selector(".legend-list li")
    sweep.locator(".grid-view").focus()
    name = sweep.locator(".grid-body .grid-row .run-name").first.inner_text()
    sweep.keyboard.press("Space")

    expect(sweep.locator(".legend-list .run-name", has_text=re.compile(f"^{name}$"))).to_have_count(
        0
    )
    expect(sweep.locator(".grid-body .grid-row").first).to_have_attribute("aria-selected", "false")
    expect(sweep.locator(".legend-title")).to_have_text("39 of 40 runs")


def test_view_is_kept_in_the_address_and_comes_back(sweep: Page) -> None:
    sweep.get_by_label("Search runs").fill("adam")
    sweep.get_by_role("button", name="Columns").click()
    sweep.get_by_label("user", exact=True).uncheck()
    head(sweep, "date").get_by_role("button").click()
    before = cells(sweep, "run")
    expect(sweep).to_have_url(re.compile("q=adam"))
    expect(sweep).to_have_url(re.compile("hide=[^&]*user"))
    expect(sweep).to_have_url(re.compile("sort=-started"))
    url = sweep.url
    sweep.goto("about:blank")
    open_grid(sweep, url)

    assert cells(sweep, "run") == before
    expect(head(sweep, "user")).to_have_count(0)
    expect(head(sweep, "date")).to_have_attribute("aria-sort", "descending")


def test_only_differing_columns_can_be_asked_for(sweep: Page) -> None:
    sweep.get_by_role("button", name="Columns").click()
    sweep.get_by_role("button", name="Show all").click()
    sweep.get_by_role("button", name="Only differing").click()
    left = sweep.evaluate(
        "document.querySelector('[data-grid]').grid.view.columns.map((c) => c.id)"
    )

    assert "params.lr" in left
    assert "params.param_3" not in left
    assert "tags.team" not in left
    assert "source" in left


def test_params_that_do_not_vary_are_hidden_and_counted_until_asked_for(sweep: Page) -> None:
    button = sweep.get_by_role("button", name="Columns")
    expect(button).to_have_text("Columns 5 hidden")
    expect(head(sweep, "param_3")).to_have_count(0)
    button.click()
    sweep.get_by_role("button", name="Show all").click()

    expect(button).to_have_text("Columns")
    show(sweep, "params.param_3")
    assert set(cells(sweep, "params.param_3")) == {"3"}


def test_csv_holds_what_is_shown_in_full_precision(sweep: Page) -> None:
    sweep.get_by_label("Search runs").fill("brave")
    names = cells(sweep, "run")
    with sweep.expect_download() as download:
        sweep.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))

    assert download.value.suggested_filename == "sweep.csv"
    assert len(rows) == sweep.evaluate("document.querySelector('[data-grid]').grid.order.length")
    assert {row["run"] for row in rows} >= {re.sub(r" ?[0-9a-f]{4}$", "", name) for name in names}
    assert all(re.fullmatch(r"2026-.*Z", row["started"]) for row in rows)
    assert float(rows[0]["params.lr"]) > 0


def test_csv_disarms_formulas(sweep: Page) -> None:
    lines = sweep.evaluate(
        """() => {
          const values = ['=1+1', '+cmd', '-2.5', '@x', 'a,b', 'say "hi"', 'plain'];
          const column = { id: 'v', label: 'v', kind: 'text', values };
          const table = runreport.gridData.makeTable({ rows: 7, run: {}, columns: [column] });
          return runreport.gridExport.csv(table.columns, values.keys());
        }"""
    ).split("\r\n")

    assert lines == ["v", "'=1+1", "'+cmd", "-2.5", "'@x", '"a,b"', '"say ""hi"""', "plain", ""]


def test_a_missing_data_file_leaves_the_written_rows_and_says_so(windows: Any, site: Path) -> None:
    page = windows.open()
    page.route("**/data/t-*.js", lambda route: route.abort())
    page.goto((site / "e/many/index.html").as_uri())
    expect(page.locator(".data-missing").first).to_contain_text("could not be loaded")
    expect(page.locator("table.runs tbody tr").last).to_be_visible()

    assert all("t-many" in text or "ERR_FAILED" in text for text in windows.recorder.problems)
    windows.close_loud()
