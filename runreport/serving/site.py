"""The built site as the server sees it: its files, those just replaced, and when it changes."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from threading import Condition
from typing import Final

from runreport.site.files import link
from runreport.site.manifest import is_site_path

KEPT_FOLDERS: Final = ("data", "assets")
"""Their files are named by their content, and an open page may still ask for older ones."""

KEPT_SECONDS: Final = 120.0


class ServedSite:
    """Reads the site's files, whichever build they are of, and tells when a page has changed."""

    def __init__(self, folder: Path, recent: Path) -> None:
        self.folder = folder
        self._recent = recent
        self._left: dict[str, float] = {}
        self._changed = Condition()
        self._builds = 0
        self._ended = False

    @property
    def is_built(self) -> bool:
        """Whether a build has ended."""
        return self._builds > 0

    def read(self, path: str) -> bytes | None:
        """Return a file of the site; None if there is none that may be served."""
        if not is_site_path(path) or not self.is_built:
            return None
        content = _read(self.folder, path)
        if content is None and path.startswith(tuple(f"{each}/" for each in KEPT_FOLDERS)):
            content = _read(self._recent, path)
        return content

    def is_folder(self, path: str) -> bool:
        """Return whether the path is a folder that has a page."""
        return self.read(f"{path}/index.html") is not None

    def wait(self, path: str, tag: str, seconds: float) -> bool:
        """Wait until a page's content has another tag; return whether it has."""
        end = time.monotonic() + seconds
        while True:
            with self._changed:
                seen = self._builds
            if tag_of(self.read(path)) != tag:
                return True
            with self._changed:
                self._changed.wait_for(
                    lambda seen=seen: self._ended or self._builds != seen,  # type: ignore[misc]
                    end - time.monotonic(),
                )
                if self._ended or self._builds == seen:
                    return False

    def update(self) -> None:
        """Take note of a build that has ended, and wake those who wait."""
        self._keep_files()
        with self._changed:
            self._builds += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _keep_files(self) -> None:
        """Give this build's files a second name, and let go of those that left it long ago."""
        now = time.monotonic()
        current = _names(self.folder)
        for path in current - self._left.keys():
            place = self._recent / path
            place.parent.mkdir(parents=True, exist_ok=True)
            link(self.folder / path, place)
        self._left |= dict.fromkeys(current, now)
        for path in [path for path, left in self._left.items() if now - left > KEPT_SECONDS]:
            (self._recent / path).unlink()
            del self._left[path]


def tag_of(content: bytes | None) -> str:
    """Return what tells a page's content from another; "" for a page that is not there.

    A page names its data files by their content, so that it changes with them.
    """
    return "" if content is None else hashlib.sha256(content).hexdigest()[:16]


def _names(folder: Path) -> set[str]:
    # Vendored assets lie in a folder of their own.
    return {
        os.path.relpath(os.path.join(parent, name), folder).replace(os.sep, "/")  # noqa: PTH118
        for kept in KEPT_FOLDERS
        for parent, _, names in os.walk(folder / kept)
        for name in names
    }


def _read(folder: Path, path: str) -> bytes | None:
    """Return a regular file at or below a folder, reached through no link."""
    try:
        file = (folder / path).resolve(strict=True)
        if file != folder.resolve() / path or not file.is_file():
            return None
        return file.read_bytes()
    except OSError:
        return None
