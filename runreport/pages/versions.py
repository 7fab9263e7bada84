"""How a version is shown: always whole, a commit id with its later digits muted."""

from __future__ import annotations

import re
from typing import Final

STRONG: Final = 8
"""Digits of a commit id that are enough to tell it."""

_COMMIT = re.compile(r"[0-9a-f]{12,64}")


def split_version(version: str) -> tuple[str, str]:
    """Return a commit id as its telling digits and the rest; any other version stays whole."""
    if _COMMIT.fullmatch(version):
        return version[:STRONG], version[STRONG:]
    return version, ""
