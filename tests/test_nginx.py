"""The nginx recipe under a real nginx, where one can be had (see tools/nginx.sh)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPMessage
from pathlib import Path

import pytest

RECIPE = Path(__file__).resolve().parent.parent / "site-example/recipes/nginx.conf"
FILES = {
    "index.html": "<!doctype html>",
    "e/iris/index.html": "<!doctype html>",
    "assets/site.12345678.css": "body {}",
    "data/t-iris.12345678.js": "runreport.put()",
    "data/iris.csv": "run\n",
    "a/ab12/train.py.txt": "print()",
    ".hidden": "secret",
}
TYPES = "text/html html; text/css css; text/csv csv; text/plain txt; text/javascript js;"

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a small site by the recipe; only its port and root are changed."""
    nginx = os.environ.get("RUNREPORT_NGINX") or shutil.which("nginx")
    if not nginx:
        pytest.skip("no nginx here: install it, or set RUNREPORT_NGINX to its path")
    folder = tmp_path_factory.mktemp("nginx")
    for name, text in FILES.items():
        path = folder / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    port = free_port()
    with running(nginx, write_configuration(folder, port), folder):
        wait_for(port)
        yield f"http://127.0.0.1:{port}"


def write_configuration(folder: Path, port: int) -> Path:
    recipe = RECIPE.read_text(encoding="utf-8")
    server = recipe.replace("listen 80;", f"listen 127.0.0.1:{port};")
    server = server.replace("root /srv/report;", f"root {folder}/site;")
    assert str(port) in server
    assert f"root {folder}" in server
    stores = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""
    path.write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\ntypes {{ {TYPES} }}\n{stores}{server}}}\n",
        encoding="utf-8",
    )
    return path


class running:  # noqa: N801 - reads as a phrase: with running(nginx, ...)
    """Keep nginx running with a configuration that it has checked."""

    def __init__(self, nginx: str, configuration: Path, folder: Path) -> None:
        self.command = [nginx, "-c", str(configuration), "-p", str(folder), "-e", "stderr"]

    def __enter__(self) -> None:
        checked = subprocess.run([*self.command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        self.process = subprocess.Popen(self.command)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def wait_for(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)


def headers(address: str, path: str) -> HTTPMessage:
    with urllib.request.urlopen(f"{address}/{path}") as answer:
        assert answer.status == 200
        found: HTTPMessage = answer.headers
        return found


@pytest.mark.parametrize("path", ["assets/site.12345678.css", "data/t-iris.12345678.js"])
def test_names_with_a_hash_are_kept_for_a_year(address: str, path: str) -> None:
    assert headers(address, path)["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["", "e/iris/", "data/iris.csv"])
def test_everything_else_is_asked_for_anew(address: str, path: str) -> None:
    assert headers(address, path)["Cache-Control"] == "no-cache"


def test_a_runs_files_are_saved_and_sandboxed(address: str) -> None:
    found = headers(address, "a/ab12/train.py.txt")

    assert found["Content-Disposition"] == "attachment"
    assert found["Content-Security-Policy"].startswith("default-src 'none'; sandbox")


def test_pages_are_shown_and_framed_only_by_the_site(address: str) -> None:
    found = headers(address, "e/iris/index.html")

    assert found["Content-Disposition"] is None
    assert found["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert found["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", [".hidden", "absent.html"])
def test_hidden_and_absent_files_are_not_found(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        headers(address, path)

    caught.value.close()
