"""The site's own files: styles, scripts, fonts and plotly, each named by its content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final

from runreport.bundles import bundled, shortened
from runreport.render import static_folders

_URL: Final = re.compile(r"url\(\"?([\w./-]+)\"?\)")
_NOT_SERVED: Final = frozenset({"checksums.json"})
_VENDORED: Final = "vendor/"


@lru_cache(maxsize=1)
def assets_of(
    theme: Path | None,
    settings: str,  # noqa: ARG001 - other files
) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return what `read_assets` does, read once for all builds whose ``settings`` are equal."""
    return read_assets(theme)


def read_assets(theme: Path | None = None) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return where each static file goes below the site's root, and the bytes of each place.

    A file of the theme stands in for ours of the same name. Addresses in styles lead to the named
    places. Sources of a bundle are in its file, and have no place of their own.
    """
    sources = _read_sources(theme)
    places = {name: _place(name, text) for name, text in sources.items()}
    for name in sources:
        if name.endswith(".css"):
            sources[name] = _with_places(name, sources[name], places)
    contents = bundled(sources)
    places = {name: _place(name, contents[name]) for name in sorted(contents)}
    return places, {place: contents[name] for name, place in places.items()}


def _read_sources(theme: Path | None) -> dict[str, bytes]:
    """Return every static file by its name, the theme's as they are and ours shortened."""
    *themes, ours = static_folders(theme)
    sources = {
        name: content if name.startswith(_VENDORED) else shortened(name, content)
        for name, content in _files(ours)
    }
    for folder in themes:
        sources.update(_files(folder))
    return sources


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name not in _NOT_SERVED:
            yield file.relative_to(folder).as_posix(), file.read_bytes()


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
