"""Say that something went wrong without stopping the program that logs."""

from __future__ import annotations

import os
from contextlib import suppress

_said: set[str] = set()


def complain(message: str, *, once: str = "") -> None:
    """Log a warning; of those with the same `once` only the first.

    `logging`, not `warnings`: a script run with ``-W error`` must not die of a full disk.
    """
    if once in _said:
        return
    if once:
        _said.add(once)
    try:
        import logging
    except OSError:
        # No file can be opened any more, which may be what there is to tell.
        with suppress(OSError):
            os.write(2, f"{message}\n".encode("utf-8", "replace"))
        return
    logging.getLogger("runreport").warning("%s", message)


def forget() -> None:
    """Warn again of what was warned of before, as a new run does."""
    _said.clear()
