"""Whether a site is what another build would make of it: told from the facts of files alone.

This loads neither numpy nor pandas, as it is all that a build does that has nothing to do.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from runreport.built import Built
from runreport.config import Config
from runreport.errors import ConfigError
from runreport.index.database import Foreign, open_for_reading
from runreport.index.keys import site_key
from runreport.index.sites import read_site
from runreport.index.snapshot import Snapshot
from runreport.reading.liveness import Writer, status_by
from runreport.records import Finding, Written
from runreport.site.facts import site_state

FOLDER: Final = ".runreport-cache"
"""Where indexes are, beside the sites that they are of."""


def index_path(config: Config) -> Path | None:
    """Return where a site's index is; None when there is to be none."""
    if config.cache is False:
        return None
    output = config.output.absolute()
    if config.cache is True:
        return output.parent / FOLDER / f"{output.name}.sqlite"
    folder = config.cache.absolute()
    for read_or_written in (output, *(each.absolute() for each in config.sources)):
        if read_or_written in (folder, *folder.parents):
            raise ConfigError(
                f"cache = {str(config.cache)!r}: lies in {read_or_written}, which is not for it; "
                "choose another folder"
            )
    return folder / f"{output.name}.sqlite"


def columns_path(index: Path) -> Path:
    """Return where columns of long metrics files are kept beside an index."""
    return index.with_suffix(".columns")


def mirror_path(config: Config) -> Path | None:
    """Return where the mirror of a site is; None when nothing is to be kept."""
    index = index_path(config)
    if index is None or config.cache is True:
        return index and index.with_suffix(".mirror")
    # Sites of one name may share a cache folder, and a mirror is of one of them.
    place = hashlib.sha256(str(config.output.absolute()).encode()).hexdigest()
    return index.with_name(f"{index.stem}-{place[:8]}.mirror")


def unchanged(
    config: Config,
    snapshot: Snapshot,
    *,
    now: float,
    version: str,
    secrets: Sequence[str] = (),
) -> Built | None:
    """Return what a build would do, if that is nothing at all; None when it is to be tried."""
    path = index_path(config)
    value = _last(path, config, site_key(config, version, secrets)) if path else None
    if value is None or not value["is_all_remembered"]:
        return None
    try:
        if not value["inputs"] or value["inputs"] != snapshot.state:
            return None
        if value["site"] != site_state(config.output, value["paths"]):
            return None
        for writer, status in value["writers"]:
            if status_by(Writer(*writer), now=now, stale_after=config.stale_after) != status:
                return None
        return _built(config, value)
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _last(path: Path, config: Config, key: str) -> Any:
    """Return what the last build with the same settings left, if it is still there."""
    try:
        database = open_for_reading(path)
        if database is None:
            return None
        with closing(database):
            left_with, value = read_site(database, config.output)
            return value if left_with == key else None
    except (Foreign, sqlite3.Error, OSError, ValueError, TypeError, AttributeError):
        return None


def remembered(built: Built) -> dict[str, Any]:
    """Return what `unchanged` tells of a build, as JSON takes it."""
    return {
        "runs": built.runs,
        "failed": built.failed,
        "findings": [list(asdict(each).values()) for each in built.findings],
        "written": asdict(built.written),
    }


def _built(config: Config, value: Mapping[str, Any]) -> Built:
    old = Written(**value["written"])
    pages = old.pages_changed + old.pages_unchanged
    return Built(
        index=config.output.resolve() / "index.html",
        runs=value["runs"],
        failed=value["failed"],
        findings=tuple(Finding(*each) for each in value["findings"]),
        written=Written(0, old.changed + old.unchanged, 0, 0, pages, old.size),
        cached=value["runs"],
    )
