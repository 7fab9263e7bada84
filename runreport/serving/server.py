"""The web server of this machine alone: the site's files, and a script that reloads open pages."""

from __future__ import annotations

import html
import os
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, quote, unquote

from runreport.errors import ConfigError
from runreport.serving.site import ServedSite, tag_of

LOOPBACK: Final = "127.0.0.1"
NAMES: Final = ("localhost", LOOPBACK, "[::1]")
"""What a request may call this machine. Another name is another site's, which was made to lead
here so that its pages could read ours."""

SCRIPT: Final = "/runreport-serve.js"
WAIT: Final = 10.0
"""Seconds after which an open page is answered that nothing has changed."""

TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "ico": "image/x-icon",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "woff2": "font/woff2",
}
"""By the ending of a file's name; all others are bytes."""

HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Pages of other sites may neither read our data files as scripts of theirs nor frame us.
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}

_POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'none'"
_ALLOWS_SCRIPTS: Final = (b"script-src 'self'", b"script-src &#39;self&#39;")
_CLIENT: Final = Path(__file__).with_name("reload.js")


class Server(ThreadingHTTPServer):
    """Serves a site on the loopback interface while the ``with`` block lasts."""

    daemon_threads = True
    # On Windows it would let a second server take the port over.
    allow_reuse_address = os.name == "posix"

    def __init__(self, site: ServedSite, port: int) -> None:
        self.site = site
        self.client = _CLIENT.read_bytes()
        try:
            super().__init__((LOOPBACK, port), Handler)
        except (OSError, OverflowError) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise ConfigError(
                f"--port {port}: cannot be served on: {why}; choose another one, or 0 for any"
            ) from error
        self.hosts = frozenset(
            host for name in NAMES for host in (f"{name}:{self.server_port}", *self._plain(name))
        )
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def address(self) -> str:
        """The first page's address."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def server_bind(self) -> None:
        """Bind without asking the network for this machine's name."""
        super(HTTPServer, self).server_bind()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of errors, but not of a browser that has gone away."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Answer those who wait, and end."""
        self.site.end()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def _plain(self, name: str) -> tuple[str, ...]:
        """Return the name without a port, which browsers leave out when it is 80."""
        return (name,) if self.server_port == 80 else ()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "runreport"
    sys_version = ""
    timeout = 60
    server: Server

    def do_GET(self) -> None:
        """Answer with a file, or the script."""
        # A body is not read, and must not be taken for the next request.
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        if not self._is_for_us():
            self._send(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"not a name of this machine")
            return
        path, _, query = self.path.partition("?")
        if path == SCRIPT:
            self._send(HTTPStatus.OK, TYPES["js"], self._script(query))
        elif path.startswith("/"):
            self._send_file(unquote(path[1:], errors="replace"))
        else:
            self._send(HTTPStatus.BAD_REQUEST, "text/plain", b"not a path")

    do_HEAD = do_GET  # noqa: N815

    def _refuse(self) -> None:
        self.close_connection = True
        self._send(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", b"GET and HEAD only")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Say nothing: the terminal is for the builds."""

    def _is_for_us(self) -> bool:
        hosts = self.headers.get_all("Host") or []
        return len(hosts) == 1 and hosts[0].strip().lower() in self.server.hosts

    def _script(self, query: str) -> bytes:
        """Return the script that asks, or, late, the answer to it."""
        asked = parse_qs(query, keep_blank_values=True)
        if "after" not in asked:
            return self.server.client
        page = asked.get("page", [""])[0]
        is_new = self.server.site.wait(page, asked["after"][0], WAIT)
        return b"runreport.reload(%s);\n" % (b"true" if is_new else b"false")

    def _send_file(self, path: str) -> None:
        page = path + "index.html" if not path or path.endswith("/") else path
        content = self.server.site.read(page)
        if content is not None:
            kind = TYPES.get(page.rpartition(".")[2], "application/octet-stream")
            if page.endswith(".html"):
                content = with_script(content, page)
            self._send(HTTPStatus.OK, kind, content)
        elif self.server.site.is_folder(path):
            place = {"Location": f"/{quote(path)}/"}
            self._send(HTTPStatus.MOVED_PERMANENTLY, "text/plain", b"", place)
        elif self.server.site.is_built:
            self._send_note(HTTPStatus.NOT_FOUND, "There is no such page.", page)
        else:
            self._send_note(HTTPStatus.OK, "The site is being built.", page)

    def _send_note(self, status: HTTPStatus, text: str, page: str) -> None:
        """Send a page of one sentence, which is reloaded once the right one is there."""
        note = (
            f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{text}</title>'
            f"{script_tag(page, '')}</head>\n<body><p>{text}</p></body>\n</html>\n"
        )
        policy = {"Content-Security-Policy": _POLICY}
        self._send(status, TYPES["html"], note.encode("utf-8", "replace"), policy)

    def _send(
        self, status: HTTPStatus, kind: str, body: bytes, more: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **HEADERS}
        if self.close_connection:
            headers["Connection"] = "close"
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = "GET, HEAD"
        for name, value in (headers | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def with_script(content: bytes, page: str) -> bytes:
    """Return a page with the script that reloads it, after the scripts of its head.

    The viewer of an untrusted artifact allows none of ours, and gets none.
    """
    head, end, rest = content.partition(b"</head>")
    if not end or not any(each in head for each in _ALLOWS_SCRIPTS):
        return content
    return head + script_tag(page, tag_of(content)).encode() + end + rest


def script_tag(page: str, tag: str) -> str:
    """Return the element that loads the script for a page of the site."""
    place = html.escape(page)
    return f'<script src="{SCRIPT}" data-page="{place}" data-tag="{tag}" defer></script>\n'
