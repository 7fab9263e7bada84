"""One site, built once from run folders of the tests' own, opened in every way a reader may."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

from runreport.cli import main
from tests.browser import sources

Address = Callable[[str], str]


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing on stderr."""

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Catcher:
    """A web server that nothing may reach, and what reached it."""

    address: str
    caught: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def catcher() -> Iterator[Catcher]:
    found: list[str] = []

    class Catch(Quiet):
        def do_GET(self) -> None:
            found.append(self.path)
            self.send_error(404)

        def do_POST(self) -> None:
            self.do_GET()

    for address in serve(Catch):
        yield Catcher(address, found)


@pytest.fixture(scope="session")
def served_folder(tmp_path_factory: pytest.TempPathFactory, catcher: Catcher) -> Path:
    """A folder with the built site below "group/project", as a host of many projects has it."""
    folder = tmp_path_factory.mktemp("site")
    runs = folder / "runs"
    sources.sweep(runs, catcher.address)
    sources.hostile(runs)
    sources.many(runs)
    sources.media(runs)
    sources.nested(runs)
    result = CliRunner().invoke(
        main, ["build", str(runs), "-o", str(folder / "served/group/project"), "-q"]
    )
    assert result.exit_code == 0, result.output
    return folder / "served"


@pytest.fixture(scope="session")
def site(served_folder: Path) -> Path:
    return served_folder / "group/project"


def serve(handler: Callable[..., SimpleHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def at_root(site: Path) -> Iterator[str]:
    yield from serve(partial(Quiet, directory=str(site)))


@pytest.fixture(scope="session")
def below_path(served_folder: Path) -> Iterator[str]:
    for address in serve(partial(Quiet, directory=str(served_folder))):
        yield f"{address}/group/project"


@pytest.fixture(params=["file", "http", "sub-path"])
def address(request: pytest.FixtureRequest, site: Path) -> Address:
    """The address of a page of the site: from disk, from a server, and below a path of one."""
    if request.param == "file":
        return lambda path: (site / path).as_uri()
    base = request.getfixturevalue("at_root" if request.param == "http" else "below_path")
    return lambda path: f"{base}/{path}"


@pytest.fixture
def run_path(site: Path) -> Callable[[str], str]:
    """The path of a run's page by the start of its folder's name."""

    def find(start: str) -> str:
        found = sorted((site / "r").glob(f"{start}*/index.html"))
        assert len(found) == 1, [path.parent.name for path in found]
        return str(found[0].relative_to(site))

    return find


@pytest.fixture
def sweep(page: Page, site: Path) -> Page:
    """The sweep's page from disk, with its grid there."""
    return open_grid(page, (site / "e/sweep/index.html").as_uri())


def open_grid(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector(".grid-body .grid-row")
    page.evaluate("document.fonts.ready")
    return page
