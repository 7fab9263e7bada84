"""A real browser for the tests of pages; a page that is not quiet fails its test.

`make test` names the browser in RUNREPORT_CHROMIUM; without it a Chromium on the PATH is
taken, else the one that Playwright downloaded. None at all is an error, never a skip.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Request,
    expect,
    sync_playwright,
)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Who starts the tests in the background may have Ctrl-C ignored, and so in all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No example is timed: a machine may be busy with something else.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def still_open(tmp_path: Path) -> Callable[[], list[str]]:
    """Return what tells the files and folders of a test that this process has open.

    A mere count would change when the garbage collection closes what another test left.
    """

    def found() -> list[str]:
        places = []
        for descriptor in Path("/proc/self/fd").glob("*"):
            with suppress(OSError):
                places.append(descriptor.readlink())
        return [str(each) for each in places if each.is_relative_to(tmp_path.resolve())]

    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites the files below tests/golden."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden")


PATIENCE = 15_000
"""Milliseconds that a page may take on a busy machine; a quiet one needs a hundredth."""

expect.set_options(timeout=PATIENCE)


def chromium_path() -> str | None:
    """Return the browser to start; None leaves it to Playwright."""
    named = os.environ.get("RUNREPORT_CHROMIUM")
    if named:
        return named
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests of a process."""
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        except Error as error:
            raise RuntimeError(
                "no Chromium could be started; run the tests with `make test`, or set "
                f"RUNREPORT_CHROMIUM to a Chromium or Chrome: {error}"
            ) from error
        yield started
        started.close()


class Recorder:
    """Notes all that a quiet page does not do: console messages, failed loads, foreign requests."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("console", lambda message: self._note("console", message.text))
        context.on("weberror", lambda error: self._note("error", error.error))
        context.on("dialog", self._dialog)
        context.on("request", lambda request: self._request(request.url))
        context.on("requestfailed", self._failed)
        context.on(
            "response",
            lambda response: (
                self._note(f"status {response.status}", response.url)
                if response.status >= 400
                else None
            ),
        )

    def _failed(self, request: Request) -> None:
        # A page that is left or loaded again ends what it still waits for; a file that is missing,
        # refused or cut short is never "aborted".
        if request.failure != "net::ERR_ABORTED":
            self._note("failed", request.url)

    def _note(self, kind: str, text: Any) -> None:
        self.problems.append(f"{kind}: {text}")

    def _dialog(self, dialog: Any) -> None:
        self._note("dialog", dialog.message)
        dialog.dismiss()

    def _request(self, url: str) -> None:
        self.requests.append(url)
        if not url.startswith(("file://", "http://127.0.0.1:", "data:", "blob:")):
            self._note("request to another site", url)


class Contexts:
    """Opens browser windows of any kind, all of them watched."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.recorder = Recorder()
        self._opened: list[BrowserContext] = []

    def open(self, **options: Any) -> Page:
        """Return an empty page in a window of its own; options as `Browser.new_context` takes."""
        options.setdefault("viewport", {"width": 1440, "height": 1000})
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        self._opened.append(context)
        self.recorder.watch(context)
        return context.new_page()

    def close(self) -> None:
        for context in self._opened:
            context.close()

    def close_loud(self) -> None:
        """Close windows that were not to be quiet: an open one may still have things to say."""
        self.close()
        self.recorder.problems.clear()


@pytest.fixture
def windows(browser: Browser) -> Iterator[Contexts]:
    """Windows of any size, colour scheme or without JavaScript; each must stay quiet."""
    contexts = Contexts(browser)
    yield contexts
    contexts.close()
    assert contexts.recorder.problems == []


@pytest.fixture
def page(windows: Contexts) -> Page:
    """A page of 1440 by 1000 pixels that must stay quiet."""
    return windows.open()
