"""An open page follows a run that is being logged, and keeps what its reader has chosen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import Contexts

pytestmark = pytest.mark.browser

LOGGING = """
import sys
import runreport

with runreport.start_run(run_name="live-run", experiment="live", root="runs") as run:
    print(run.info.run_id, flush=True)
    for step, line in enumerate(sys.stdin):
        runreport.log_metrics({"loss": float(line)}, step=step)
"""


@contextmanager
def python(*arguments: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"RUNREPORT_DIR": str(folder / "runs")},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


class Live:
    """A run that is being logged by a process, and the address where it is served."""

    def __init__(self, logging: subprocess.Popen[str], address: str) -> None:
        self.address = address
        self._logging = logging

    def log(self, value: float) -> None:
        assert self._logging.stdin is not None
        self._logging.stdin.write(f"{value}\n")
        self._logging.stdin.flush()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with python("-c", LOGGING, folder=tmp_path) as logging:
        assert logging.stdout is not None
        logging.stdout.readline()
        arguments = ("-m", "runreport", "serve", "runs", "--port=0", "--no-open")
        with python(*arguments, folder=tmp_path) as serving:
            assert serving.stdout is not None
            address = serving.stdout.readline().split()[0]
            # What it says further has to be read, or it would wait for somebody to do so.
            threading.Thread(target=serving.stdout.read, daemon=True).start()
            yield Live(logging, address)


def cell(page: Page, text: str) -> Any:
    return page.locator("main").get_by_text(text, exact=True).first


def test_a_new_point_comes_to_the_open_pages(live: Live, windows: Contexts) -> None:
    live.log(0.5)
    page, other = windows.open(), windows.open()
    # Opened before there is a site: the page comes by itself.
    page.goto(live.address)
    page.get_by_role("link", name=re.compile("live")).first.click()
    page.wait_for_selector(".grid-body .grid-row")
    page.goto(page.url + "#q=live&x=time")
    other.goto(live.address)
    other.get_by_role("link", name="live-run").first.click()
    for value in (0.4375, 0.3125):
        live.log(value)
        expect(page.locator(".grid-body .grid-row", has_text=str(value))).to_be_visible()
        expect(cell(other, str(value))).to_be_visible()

    assert page.url.endswith("/e/live/index.html#q=live&x=time")
    page.wait_for_selector(".grid-body .grid-row")
    assert page.get_by_label("Search runs").input_value() == "live"


def test_a_page_that_does_not_change_is_not_reloaded(live: Live, windows: Contexts) -> None:
    live.log(0.5)
    page, log = windows.open(), windows.open()
    page.goto(live.address + "e/live/")
    page.wait_for_selector(".grid-body .grid-row")
    log.goto(live.address + "log.html")
    log.evaluate("window.isSame = true")
    live.log(0.4375)
    expect(page.locator(".grid-body .grid-row", has_text="0.4375")).to_be_visible()

    assert log.evaluate("window.isSame") is True


def test_a_reader_who_types_is_not_interrupted(live: Live, windows: Contexts) -> None:
    live.log(0.5)
    page = windows.open()
    page.goto(live.address + "e/live/")
    page.wait_for_selector(".grid-body .grid-row")
    search = page.get_by_label("Search runs")
    live.log(0.4375)
    search.press_sequentially("live-run", delay=100)
    expect(page.locator(".grid-body .grid-row", has_text="0.4375")).to_be_visible()

    assert page.url.endswith("#q=live-run")
    expect(search).to_have_value("live-run")
