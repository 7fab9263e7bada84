"""The settings of a build: one frozen `Config`, from a file and from flags.

The file is ``runreport.toml``, or the table ``[tool.runreport]`` of ``pyproject.toml``; its paths
are relative to its folder. A flag wins over the file.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal

from runreport.errors import ConfigError
from runreport.layout import FOLDER_VARIABLE

CONFIG_FILES: Final = ("runreport.toml", "pyproject.toml")
"""Where settings are looked for in the current folder; the first that has any wins."""

_FORMATS: Final = ("csv", "parquet", "sqlite")

UNITS: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True, slots=True)
class Publish:
    """What of a run's surroundings the site shows; secrets are redacted from all of it."""

    host: bool = False
    command: bool = True
    console: bool = True
    diff: bool = False
    os_user: bool = True
    git_remote: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a build; every field is a key of the file."""

    title: str = "Experiments"
    sources: tuple[Path, ...] = (Path("runs"),)
    output: Path = Path("site")
    include: tuple[str, ...] = ()
    """Patterns of "<experiment>/<run folder>"; only runs that match one are read."""
    exclude: tuple[str, ...] = ()
    reader: str = ""
    """The reader for all sources; "" finds out."""
    strict: bool = False
    jobs: int = 0
    """Processes; 0 means as many as there are processors, once there is enough to do."""
    dask: str = ""
    """The address of a Dask cluster's scheduler that is to do the work instead."""
    theme: Path | None = None
    pages: Path | None = None
    cache: Path | bool = True
    """Where builds keep their index; true is ".runreport-cache" beside the site, false nowhere."""
    base_url: str = ""
    commit_url: str = ""
    """A pattern with "{commit}" or "{version}", for hosts that are not known."""
    goals: Mapping[str, Literal["min", "max"]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    """The columns of the runs table that are shown first; () shows all."""
    downloads: tuple[Literal["csv", "parquet", "sqlite"], ...] = ()
    """Formats in which the site offers every point, beside the runs as CSV and JSON."""
    artifacts: Literal["copy", "omit"] = "copy"
    max_artifact_bytes: int = 50 * UNITS["MB"]
    max_total_bytes: int = UNITS["GB"]
    """Of all artifacts and downloads together; equal files count once."""
    stale_after: float = 3600.0
    """Seconds without a sign of life after which a run on another machine is interrupted."""
    publish: Publish = field(default_factory=Publish)


def load_config(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """Return the settings of a file (or of the current folder's, if any), under those of flags.

    An override of None is a flag that was not given. Where neither names a source, it is the folder
    that scripts log to: `RUNREPORT_DIR`, else "runs".
    """
    file = path or _find_file()
    settings = _checked(_read(file), _place(file), file.parent) if file else {}
    flags = {key: value for key, value in (overrides or {}).items() if value is not None}
    settings |= _checked(flags, "command line", Path())
    if folder := os.environ.get(FOLDER_VARIABLE):
        settings.setdefault("sources", (Path(folder),))
    return replace(Config(), **settings)


def _find_file() -> Path | None:
    for name in CONFIG_FILES:
        file = Path(name)
        if file.is_file() and _read(file):
            return file
    return None


def _place(file: Path) -> str:
    return f"{file} [tool.runreport]" if file.name == "pyproject.toml" else str(file)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}; correct that line") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        why = (error.strerror or "unreadable").lower()
        raise ConfigError(f"{file}: {why}; name an existing file with --config") from error
    if file.name != "pyproject.toml":
        return table
    tools = table.get("tool", {})
    settings = tools.get("runreport", {}) if isinstance(tools, dict) else {}
    if not isinstance(settings, dict):
        raise ConfigError(f"{file}: tool.runreport = {settings!r} must be a table")
    return settings


def _checked(values: Mapping[str, Any], place: str, base: Path) -> dict[str, Any]:
    """Return every value in its field's type, relative paths joined to ``base``."""
    _check_keys(values, _CHECKS, place, "key")
    checked = {}
    for key, value in values.items():
        if key == "publish" and isinstance(value, dict):
            checked[key] = _publish(value, place)
            continue
        try:
            checked[key] = _CHECKS[key](value, base)
        except ValueError as error:
            raise ConfigError(f"{place}: {key} = {value!r} must be {error}") from error
    return checked


def _publish(values: Mapping[str, Any], place: str) -> Publish:
    _check_keys(values, [each.name for each in fields(Publish)], place, "key of publish")
    for key, value in values.items():
        if not isinstance(value, bool):
            raise ConfigError(f"{place}: publish.{key} = {value!r} must be true or false")
    return Publish(**values)


def _check_keys(values: Iterable[str], valid: Iterable[str], place: str, what: str) -> None:
    known = sorted(valid)
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key.replace("-", "_"), known, n=1, cutoff=0.5)
            choices = ", ".join([*near, *(each for each in known if each not in near)])
            raise ConfigError(f"{place}: unknown {what} {key!r}; choose from {choices}")


def _text(value: Any, _base: Path) -> str:
    if not isinstance(value, str):
        raise ValueError("a string")
    return value


def _texts(value: Any, _base: Path) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError("a list of strings")
    return tuple(value)


def _path(value: Any, base: Path) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("a path")
    return base / value


def _paths(value: Any, base: Path) -> tuple[Path, ...]:
    values = [value] if isinstance(value, str | Path) else value
    if not isinstance(values, list | tuple) or not values:
        raise ValueError("a list of paths")
    return tuple(_path(each, base) for each in values)


def _folder(value: Any, base: Path) -> Path:
    folder = _path(value, base)
    if not folder.is_dir():
        raise ValueError("an existing folder")
    return folder


def _cache(value: Any, base: Path) -> Path | bool:
    if isinstance(value, bool):
        return value
    try:
        return _path(value, base)
    except ValueError:
        raise ValueError("a folder, true or false") from None


def _flag(value: Any, _base: Path) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _count(value: Any, _base: Path) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number of 0 or more")
    return value


def _seconds(value: Any, _base: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise ValueError("a number of seconds, 0 or more")
    return float(value)


def _size(value: Any, base: Path) -> int:
    if isinstance(value, str):
        number, _, unit = value.strip().partition(" ")
        if number.isdecimal() and number.isascii() and unit in UNITS:
            return int(number) * UNITS[unit]
        raise ValueError('a number of bytes, or one with its unit like "50 MB"')
    return _count(value, base)


def _artifacts(value: Any, _base: Path) -> str:
    if value not in ("copy", "omit"):
        raise ValueError('"copy" or "omit"')
    return str(value)


def _downloads(value: Any, base: Path) -> tuple[str, ...]:
    try:
        chosen = set(_texts(value, base))
    except ValueError:
        chosen = {""}
    if not chosen <= set(_FORMATS):
        raise ValueError(f"a list of some of {', '.join(map(repr, _FORMATS))}")
    return tuple(each for each in _FORMATS if each in chosen)


def _goals(value: Any, _base: Path) -> dict[str, str]:
    if not isinstance(value, dict) or not all(each in ("min", "max") for each in value.values()):
        raise ValueError('a table of metric = "min" or "max"')
    return dict(value)


def _base_url(value: Any, base: Path) -> str:
    url = _text(value, base)
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("an address that starts with http:// or https://")
    return url


def _commit_url(value: Any, base: Path) -> str:
    url = _base_url(value, base)
    if url and "{commit}" not in url and "{version}" not in url:
        raise ValueError("an address with {commit} or {version} in it")
    return url


def _table(value: Any, _base: Path) -> Publish:
    if not isinstance(value, Publish):
        raise ValueError("a table")
    return value


_CHECKS: Final[Mapping[str, Callable[[Any, Path], Any]]] = {
    "title": _text,
    "sources": _paths,
    "output": _path,
    "include": _texts,
    "exclude": _texts,
    "reader": _text,
    "strict": _flag,
    "jobs": _count,
    "dask": _text,
    "theme": _folder,
    "pages": _folder,
    "cache": _cache,
    "base_url": _base_url,
    "commit_url": _commit_url,
    "goals": _goals,
    "columns": _texts,
    "downloads": _downloads,
    "artifacts": _artifacts,
    "max_artifact_bytes": _size,
    "max_total_bytes": _size,
    "stale_after": _seconds,
    "publish": _table,
}
