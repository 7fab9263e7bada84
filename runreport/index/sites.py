"""What the index has of each site: what the last build of it found and wrote, as JSON."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_site(
    database: sqlite3.Connection, output: Path, key: str, value: Mapping[str, Any], paths: str
) -> None:
    """Write what a build leaves about its site.

    ``key`` stands for the settings, ``paths`` are the site's files and folders.
    """
    text = json.dumps(value)
    row = (str(output.absolute()), key, text, paths, _digest(text, paths))
    database.execute("INSERT OR REPLACE INTO sites VALUES (?, ?, ?, ?, ?)", row)


def read_site(database: sqlite3.Connection, output: Path) -> tuple[str, Any]:
    """Return the key and the value, with ``paths``, that a site's last build left; "" and None.

    Raises:
        sqlite3.Error, ValueError, TypeError: They are damaged.
    """
    query = "SELECT key, value, paths, digest FROM sites WHERE output = ?"
    row = database.execute(query, (str(output.absolute()),)).fetchone()
    if row is None:
        return "", None
    key, text, paths, digest = row
    if _digest(text, paths) != digest:
        raise ValueError("a row is damaged")
    return key, {**json.loads(text), "paths": paths}


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
