"""`runreport serve`: what the server answers, to whom, and when it builds again."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from runreport.cli import main
from runreport.pages.frame import CSP, VIEWER_CSP
from runreport.serving.server import SCRIPT, Server, with_script
from runreport.serving.site import ServedSite, tag_of

PATIENCE = 60.0
"""Seconds after which a test gives up; nothing in them is measured."""

PAGE = b"<!doctype html><head><meta content=\"script-src 'self'\"></head><p>one</p>"


def until(check: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, path: str, *, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


@pytest.fixture
def site(tmp_path: Path) -> ServedSite:
    folder = tmp_path / "site"
    for path, content in {
        "index.html": PAGE,
        "e/iris/index.html": PAGE,
        "data/t-iris.00000001.js": b"put(1)",
        "assets/vendor/x.00000001.woff2": b"font",
        "data/iris.csv": b"a,b",
        "a/ab/model.bin": b"\x00",
        "runreport-site.json": b"{}",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "a/ab/link.txt").symlink_to(tmp_path / "secret.txt")
    return ServedSite(folder, tmp_path / "recent")


@pytest.fixture
def port(site: ServedSite) -> Iterator[int]:
    site.update()
    with Server(site, 0) as server:
        yield server.server_port


class TestAnswers:
    def test_pages_come_with_the_script_and_the_disk_stays_clean(
        self, port: int, site: ServedSite
    ) -> None:
        answer = ask(port, "/")

        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert f'<script src="{SCRIPT}" data-page="index.html"'.encode() in answer.body
        assert tag_of(PAGE).encode() in answer.body
        assert answer.body.endswith(b"<p>one</p>")
        assert (site.folder / "index.html").read_bytes() == PAGE

    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("/data/t-iris.00000001.js?x=1", "text/javascript; charset=utf-8"),
            ("/assets/vendor/x.00000001.woff2", "font/woff2"),
            ("/data/iris.csv", "text/csv; charset=utf-8"),
            ("/a/ab/model.bin", "application/octet-stream"),
            ("/runreport-site.json", "application/json"),
            ("/e/iris/", "text/html; charset=utf-8"),
            (SCRIPT, "text/javascript; charset=utf-8"),
        ],
    )
    def test_files_have_their_types_and_are_never_stored(
        self, port: int, path: str, kind: str
    ) -> None:
        answer = ask(port, path)

        assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"

    def test_a_head_has_the_length_and_no_body(self, port: int) -> None:
        answer = ask(port, "/data/iris.csv", method="HEAD")

        assert (answer.status, answer.headers["Content-Length"], answer.body) == (200, "3", b"")

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    def test_nothing_but_get_and_head_is_answered(self, port: int, method: str) -> None:
        answer = ask(port, "/", method=method)

        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")

    def test_a_folder_is_its_page_and_never_a_list(self, port: int) -> None:
        assert ask(port, "/e/iris").headers["Location"] == "/e/iris/"
        assert ask(port, "/e/iris").status == 301
        for path in ("/data", "/data/", "/e", "/a/ab/"):
            assert ask(port, path).status == 404

    @pytest.mark.parametrize(
        "path",
        [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/e/../../secret.txt",
            "/e/..%2f..%2fsecret.txt",
            "/..\\secret.txt",
            "/a/ab/link.txt",
            "//secret.txt",
            "/./index.html",
            "/index.html%00",
            "/%ff",
            "/data//iris.csv",
            "/secret.txt",
        ],
    )
    def test_no_path_leads_out_of_the_site(self, port: int, path: str) -> None:
        answer = ask(port, path)

        assert answer.status == 404
        assert b"secret\n" not in answer.body
        assert answer.body != b"secret"

    def test_a_path_that_is_an_address_is_refused(self, port: int) -> None:
        answer = ask(port, "http://evil.invalid/index.html", Host=f"localhost:{port}")

        assert answer.status == 400

    def test_a_note_escapes_the_path_and_runs_only_our_script(self, port: int) -> None:
        answer = ask(port, "/%22%3E%3Cscript%3Ealert(1)%3C/script%3E.html")

        assert answer.status == 404
        assert b"<script>alert" not in answer.body
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
    def test_the_names_of_this_machine_are_served(self, port: int, name: str) -> None:
        assert ask(port, "/", Host=f"{name}:{port}").status == 200

    @pytest.mark.parametrize(
        "host",
        ["evil.invalid", "evil.invalid:{port}", "127.0.0.1", "localhost:1", "", "a@localhost"],
    )
    def test_another_name_is_refused_everywhere(self, port: int, host: str) -> None:
        for path in ("/", SCRIPT, "/data/iris.csv"):
            answer = ask(port, path, Host=host.format(port=port))

            assert answer.status == 421
            assert b"one" not in answer.body

    def test_two_names_or_none_are_refused(self, port: int) -> None:
        for hosts in ("", f"Host: localhost:{port}\r\nHost: evil.invalid\r\n"):
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
                connection.sendall(f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
                assert connection.makefile("rb").readline().split()[1] == b"421"

    def test_a_requests_body_is_not_taken_for_the_next_request(self, port: int) -> None:
        inner = f"GET /data/iris.csv HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
        outer = f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {len(inner)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.sendall(outer.encode() + inner)
            assert connection.makefile("rb").read().count(b"HTTP/1.1 ") == 1

    def test_it_listens_on_this_machine_alone(self, site: ServedSite) -> None:
        with Server(site, 0) as server:
            assert server.socket.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_named(site: ServedSite, tmp_path: Path) -> None:
    with Server(site, 0) as server:
        port = str(server.server_port)
        result = CliRunner().invoke(main, ["serve", str(tmp_path), "--port", port])

    assert result.exit_code == 1
    assert f"--port {port}: cannot be served on: address already in use" in result.output


@pytest.mark.parametrize("policy", [CSP, CSP.replace("'", "&#39;")])
def test_a_page_that_allows_scripts_gets_ours_after_its_own(policy: str) -> None:
    page = f'<head><meta content="{policy}"><script src="x"></script></head><body></head>'.encode()

    assert re.search(
        rb'<script src="x"></script><script src="/runreport[^>]*></script>\n</head>',
        with_script(page, "x.html"),
    )
    assert with_script(page, "x.html").count(b"runreport-serve") == 1


def test_the_viewer_of_an_artifact_stays_as_it_is() -> None:
    page = f"<head><meta content=\"{VIEWER_CSP}\"></head>script-src 'self'".encode()

    assert with_script(page, "x.html") == page


class TestWaiting:
    def test_a_page_that_differs_is_told_at_once(self, port: int) -> None:
        answer = ask(port, f"{SCRIPT}?page=index.html&after=old")

        assert answer.body == b"runreport.reload(true);\n"

    def test_a_page_is_told_of_the_build_that_changes_it_and_of_no_other(
        self, site: ServedSite
    ) -> None:
        site.update()
        answers: list[bool] = []
        waiting = threading.Thread(
            target=lambda: answers.append(site.wait("index.html", tag_of(PAGE), PATIENCE))
        )
        waiting.start()
        (site.folder / "e/iris/index.html").write_bytes(b"two")
        site.update()
        (site.folder / "index.html").write_bytes(b"two")
        site.update()
        waiting.join()

        assert answers == [True]

    def test_a_page_that_stays_is_answered_in_the_end(self, site: ServedSite) -> None:
        site.update()

        assert not site.wait("index.html", tag_of(PAGE), 0.01)

    def test_the_end_wakes_those_who_wait(self, site: ServedSite) -> None:
        site.update()
        answers: list[bool] = []
        waiting = threading.Thread(
            target=lambda: answers.append(site.wait("index.html", tag_of(PAGE), 10 * PATIENCE))
        )
        waiting.start()
        site.end()
        waiting.join(PATIENCE)

        assert answers == [False]

    def test_before_the_first_build_every_page_waits(self, site: ServedSite) -> None:
        with Server(site, 0) as server:
            early = ask(server.server_port, "/e/iris/")
            site.update()
            late = ask(server.server_port, "/e/iris/")

        assert (early.status, late.status) == (200, 200)
        assert b"being built" in early.body
        assert b'data-page="e/iris/index.html" data-tag=""' in early.body
        assert b"<p>one</p>" in late.body


class TestOlderFiles:
    def test_data_that_a_build_replaced_is_there_for_pages_still_open(
        self, port: int, site: ServedSite
    ) -> None:
        (site.folder / "data/t-iris.00000001.js").rename(site.folder / "data/t-iris.00000002.js")
        site.update()

        assert ask(port, "/data/t-iris.00000001.js").body == b"put(1)"
        assert ask(port, "/data/t-iris.00000002.js").body == b"put(1)"

    def test_it_is_let_go_of_in_the_end(
        self, site: ServedSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        site.update()
        (site.folder / "data/t-iris.00000001.js").unlink()
        monkeypatch.setattr("runreport.serving.site.KEPT_SECONDS", -1.0)
        (site.folder / "data/iris.csv").write_bytes(b"c")
        site.update()

        assert site.read("data/t-iris.00000001.js") is None
        assert list((tmp_path / "recent").rglob("*.js")) == []

    def test_a_page_that_is_gone_is_gone(self, port: int, site: ServedSite) -> None:
        (site.folder / "e/iris/index.html").unlink()
        site.update()

        assert ask(port, "/e/iris/").status == 404


class Served:
    """A server in a process of its own, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reading = [
            threading.Thread(target=self._read, args=[stream], daemon=True)
            for stream in (process.stdout, process.stderr)
        ]
        for thread in self._reading:
            thread.start()
        until(lambda: any("http://" in line for line in self.lines) or process.poll() is not None)
        self.port = int(self.lines[0].partition(" ")[0].strip("/").rpartition(":")[2])

    def _read(self, stream: Iterator[str]) -> None:
        self.lines.extend(stream)

    def builds(self) -> int:
        return sum(" built in " in line for line in self.lines)

    def said(self, text: str) -> bool:
        return any(text in line for line in self.lines)

    def page(self, path: str) -> str:
        return ask(self.port, path).body.decode()

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        for thread in self._reading:
            thread.join(PATIENCE)
        return code


@contextmanager
def serving(*arguments: str, folder: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", "runreport", "serve", "--port=0", "--no-open", *arguments]
    with subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folder / "tmp")},
    ) as process:
        try:
            yield Served(process)
        finally:
            process.kill()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "tmp").mkdir()
    log(tmp_path, "first", '{"loss":0.125}')
    return tmp_path


def log(work: Path, run: str, line: str) -> None:
    folder = work / "runs/iris" / run
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


class TestBuilding:
    def test_points_runs_pages_and_settings_lead_to_a_build(self, work: Path) -> None:
        (work / "pages").mkdir()
        with serving("--pages=pages", folder=work) as served:
            until(lambda: "0.125" in served.page("/e/iris/"))
            log(work, "first", '{"loss":0.0625}')
            until(lambda: "0.0625" in served.page("/e/iris/"))
            log(work, "second", '{"loss":7}')
            until(lambda: "second" in served.page("/e/iris/"))
            (work / "pages/why.md").write_text("# Because\n")
            until(lambda: "Because" in served.page("/pages/why.html"))
            settings = work / "runreport.toml.new"
            settings.write_text('title = "My laboratory"\n')
            settings.rename(work / "runreport.toml")
            until(lambda: "My laboratory" in served.page("/"))

    def test_a_build_that_fails_keeps_the_site_and_says_why(self, work: Path) -> None:
        theme = work / "theme"
        theme.mkdir()
        with serving("--theme=theme", folder=work) as served:
            until(lambda: "0.125" in served.page("/e/iris/"))
            (theme / "index.html.jinja2").write_text("{% if %}")
            until(lambda: served.said("not built"))
            assert "0.125" in served.page("/e/iris/")
            assert served.said("index.html.jinja2")
            (work / "runreport.toml").write_text("titel = 1\n")
            until(lambda: served.said("'titel'"))
            (work / "runreport.toml").unlink()
            (theme / "index.html.jinja2").write_text("mended")
            until(lambda: served.page("/").startswith("mended"))

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_ends_cleanly_and_leaves_nothing(self, work: Path, number: int) -> None:
        with serving(folder=work) as served:
            until(lambda: served.builds() == 1)
            code = served.end(number)

        assert code == (0 if number == signal.SIGINT else 128 + number)
        assert not served.said("Traceback")
        assert list((work / "tmp").iterdir()) == []
        assert sorted(path.name for path in work.iterdir()) == ["runs", "tmp"]

    def test_the_site_can_be_kept_and_is_that_of_a_build(self, work: Path) -> None:
        with serving("-o", "site", folder=work) as served:
            until(lambda: served.builds() == 1)
            served.end()
        result = CliRunner().invoke(
            main, ["build", str(work / "runs"), "-o", str(work / "other"), "-q"]
        )

        assert result.exit_code == 0
        names = sorted(path.relative_to(work / "site") for path in (work / "site").rglob("*.*"))
        assert names
        for name in names:
            assert (work / "site" / name).read_bytes() == (work / "other" / name).read_bytes()

    def test_a_first_build_that_fails_ends_it(self, work: Path) -> None:
        with serving("nowhere", folder=work) as served:
            assert served.process.wait(PATIENCE) == 1
            until(lambda: served.said("'nowhere': no such folder"))
