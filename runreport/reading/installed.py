"""Which packages are installed, told from their folders' names.

The standard library tells the same, and loading that part of it takes longer than a whole look at
ten thousand runs' folders' names; it is asked where a package is not in a plain folder.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from typing import Any, Final

_INFO: Final = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info")


def versions_of(libraries: Iterable[str]) -> dict[str, str]:
    """Return the version of each library, "" where it is not installed."""
    found: dict[str, str] = {}
    for folder in _folders():
        match = _INFO.fullmatch(os.path.basename(folder))  # noqa: PTH119 - a hundred of them
        if match:
            found.setdefault(_normal(match["name"]), match["version"])
    return {name: found.get(_normal(name)) or _version(name) for name in libraries}


def entry_points_of(group: str) -> list[str]:
    """Return the entry points of a group, as "name = module"."""
    found = {point for folder in _folders() for point in _points(_entry_points(folder), group)}
    if any(map(os.path.isfile, sys.path)) or any(map(_finds_more, sys.meta_path)):
        from importlib.metadata import entry_points

        found.update(f"{point.name} = {point.value}" for point in entry_points(group=group))
    return sorted(found)


def _points(text: str, group: str) -> Iterator[str]:
    """Yield the entries of a group in the text of an ``entry_points.txt``."""
    if group not in text:
        return
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif section == group and line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield f"{name.strip()} = {value.strip()}"


def _finds_more(finder: Any) -> bool:
    """Return whether a finder of modules brings packages from elsewhere than the search path."""
    return finder is not PathFinder and hasattr(finder, "find_distributions")


def _folders() -> Iterator[str]:
    """Yield the folders that describe installed packages, in the order of the search path."""
    for place in sys.path:
        try:
            names = os.listdir(place or os.curdir)  # noqa: PTH208 - names are enough
        except OSError:
            continue
        for name in sorted(names):
            if name.endswith((".dist-info", ".egg-info")):
                yield os.path.join(place, name)  # noqa: PTH118


def _entry_points(folder: str) -> str:
    try:
        with open(os.path.join(folder, "entry_points.txt"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            return file.read()
    except (OSError, ValueError):
        return ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return ""
