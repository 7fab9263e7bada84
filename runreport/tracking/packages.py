"""The installed packages as a requirements file, read from the names of their folders.

`importlib.metadata` opens a file for each package, which takes a second where many are installed.
"""

from __future__ import annotations

import os
import platform
import re
from functools import cache
from pathlib import Path

import orjson

from runreport.tracking.scrub import strip_credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INSTALLED = re.compile(r"(?P<name>[A-Za-z0-9][\w.]*)-(?P<version>[0-9][\w.!+]*)\.dist-info")
_NOT_PLAIN = "direct_url.json"
"""The file that says where a package came from, if not from an index."""


@cache
def requirements(folders: tuple[str, ...]) -> str:
    """Return lines that pip takes: each package that is found first on the import path."""
    found: dict[str, str] = {}
    for folder in folders:
        for name, version, path in _installed(folder):
            found.setdefault(name, _line(name, version, path))
    lines = [f"# python {platform.python_version()}", *(found[name] for name in sorted(found))]
    return "\n".join(lines) + "\n"


def _installed(folder: str) -> list[tuple[str, str, Path]]:
    """Return the name, version and folder of each package in one folder of the import path."""
    try:
        with os.scandir(folder or ".") as entries:
            paths = [Path(entry.path) for entry in entries if entry.name.endswith(".dist-info")]
    except OSError:
        # A zip file, or nothing.
        return []
    matches = [(path, _INSTALLED.fullmatch(path.name)) for path in sorted(paths)]
    return [(_plain(match["name"]), match["version"], path) for path, match in matches if match]


def _plain(name: str) -> str:
    """Return a package's name in the one spelling that all others are equal to."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _line(name: str, version: str, path: Path) -> str:
    try:
        origin = orjson.loads((path / _NOT_PLAIN).read_bytes())
    except (OSError, ValueError):
        return f"{name}=={version}"
    return _from_elsewhere(name, version, origin if isinstance(origin, dict) else {})


def _from_elsewhere(name: str, version: str, origin: dict[str, Any]) -> str:
    """Return the line of a package that came from a repository, a file or a folder."""
    url, repository = strip_credentials(str(origin.get("url", ""))), origin.get("vcs_info")
    if isinstance(repository, dict) and url:
        commit = repository.get("commit_id", "")
        return f"{name} @ {repository.get('vcs', 'git')}+{url}@{commit}"
    if url.startswith(("http://", "https://")):
        return f"{name} @ {url}"
    # A folder or file of this machine means nothing on another one.
    return f"# {name}=={version}, from a local folder or file"
