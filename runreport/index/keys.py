"""What the bytes of a site depend on beside its runs: settings, templates, our code, libraries."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from sqlite3 import sqlite_version
from sys import version_info
from typing import Any, Final

from runreport.config import Config
from runreport.index.trees import folder_content
from runreport.reading.installed import entry_points_of, versions_of

_LIBRARIES: Final = (
    *("jinja2", "markdown", "markupsafe", "nh3", "numpy"),
    *("orjson", "pandas", "plotly", "pygments"),
)
_NO_MATTER: Final = frozenset({"cache", "dask", "jobs", "strict"})
_OF_RUNS: Final = ("goals", "publish", "artifacts", "max_artifact_bytes", "commit_url")
_GROUP: Final = "runreport.readers"


def hash_of(*values: Any) -> str:
    """Return a hash of values whose `repr` says all about them."""
    return hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).hexdigest()


def code_key() -> str:
    """Return a hash of our code and templates and of the libraries that take part."""
    return hash_of(code_parts())


@cache
def code_parts() -> dict[str, str]:
    """Return what stands for our code and templates, and the versions of what they run on."""
    package = Path(__file__).parent.parent
    inside = package / "templates"
    templates = inside if inside.is_dir() else package.with_name("templates")
    digest = hashlib.sha256()
    for folder, end in ((package, ".py"), (templates, "")):
        for path in _files(folder, end):
            digest.update(f"{path[len(str(folder)) :].replace(os.sep, '/')}\0".encode())
            with open(path, "rb") as file:  # noqa: PTH123
                digest.update(file.read())
    python = ".".join(map(str, version_info[:3]))
    return {"Python": python, **versions_of(_LIBRARIES), "runreport": digest.hexdigest()}


def _files(folder: Path, end: str) -> list[str]:
    """Return the files below a folder whose names end so, sorted."""
    return sorted(
        os.path.join(below, name)  # noqa: PTH118 - hundreds at each start
        for below, _, names in os.walk(folder)
        for name in names
        if name.endswith(end)
    )


def run_key(config: Config, secrets: Sequence[str]) -> str:
    """Return a hash of all that a reduced run depends on beside its folder."""
    return hash_of(code_key(), _settings(config, _OF_RUNS), sorted(secrets))


def page_key(config: Config, build_version: str) -> str:
    """Return a hash of all that every page depends on."""
    theme = folder_content(config.theme) if config.theme else ""
    return hash_of(code_key(), theme, build_version)


def downloads_key() -> str:
    """Return a hash of all that downloads depend on beside their runs."""
    return hash_of(code_key(), sqlite_version, versions_of(("pyarrow",)))


def site_key(config: Config, build_version: str, secrets: Sequence[str]) -> str:
    """Return a hash of all that a site depends on beside the folders that it is built from."""
    names = [each.name for each in fields(Config) if each.name not in _NO_MATTER]
    places = [each.absolute() for each in (config.output, *config.sources)]
    readers = entry_points_of(_GROUP)
    return hash_of(
        code_key(),
        _settings(config, names),
        places,
        build_version,
        sorted(secrets),
        readers,
        downloads_key() if config.downloads else "",
    )


def _settings(config: Config, names: Iterable[str]) -> list[Any]:
    values = ((name, getattr(config, name)) for name in names)
    return [(n, sorted(v.items()) if isinstance(v, dict) else v) for n, v in values]
