"""The site's own files: styles, scripts, fonts and plotly, each named by its content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from runreport.render import static_folders

_URL: Final = re.compile(r"url\(\"?([\w./-]+)\"?\)")
_NOT_SERVED: Final = frozenset({"checksums.json"})


def read_assets(theme: Path | None = None) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return where each static file goes below the site's root, and the bytes of each place.

    A file of the theme stands in for ours of the same name. Addresses in styles lead to the named
    places.
    """
    contents: dict[str, bytes] = {}
    for folder in reversed(static_folders(theme)):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.name not in _NOT_SERVED:
                contents[file.relative_to(folder).as_posix()] = file.read_bytes()
    places = {name: _place(name, text) for name, text in contents.items()}
    for name in sorted(contents):
        if name.endswith(".css"):
            contents[name] = _with_places(name, contents[name], places)
            places[name] = _place(name, contents[name])
    return places, {places[name]: contents[name] for name in sorted(contents)}


def _place(name: str, content: bytes) -> str:
    stem, _, extension = PurePosixPath(name).name.rpartition(".")
    return f"assets/{stem}.{hashlib.sha256(content).hexdigest()[:8]}.{extension}"


def _with_places(name: str, style: bytes, places: Mapping[str, str]) -> bytes:
    """Return a style whose addresses lead to files beside it under their names in the site."""

    def led(match: re.Match[str]) -> str:
        target = (PurePosixPath(name).parent / match[1]).as_posix()
        place = places.get(target)
        return f'url("{PurePosixPath(place).name}")' if place else match[0]

    return _URL.sub(led, style.decode()).encode()
