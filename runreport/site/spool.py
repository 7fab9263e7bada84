"""Files on their way into a site: any process writes them, the one that builds takes them over.

A process hands over where a file is, how large, and its hash; the bytes go to the disk once, and
never through a pipe. What a process left half written has been handed over by nobody.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import NamedTuple

from runreport.errors import OutputError
from runreport.site.files import create

_numbers = count()


class Draft(NamedTuple):
    """A file that was written, and is not in the site yet."""

    path: str
    """Where it is to be, below the site's root."""
    sha256: str
    size: int
    name: str
    """Its own in the spool."""


@dataclass(frozen=True, slots=True)
class Spool:
    """A folder beside a site, on the same file system, that processes and machines share."""

    folder: Path
    site: Path

    def put(self, path: str, content: bytes) -> Draft:
        """Write a file for ``path`` of the site.

        Raises:
            OutputError: It cannot be written, as on a full disk.
        """
        # Two machines may do the same work, where a cluster took one of them for dead.
        name = f"{_mark(os.getpid())}-{next(_numbers)}"
        with output_errors(self.site):
            create(f"{self.folder}/{name}", content)
        return Draft(path, hashlib.sha256(content).hexdigest(), len(content), name)


@contextmanager
def output_errors(site: Path) -> Iterator[None]:
    """Tell of a site that cannot be written, what ever the system says of it."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise OutputError(
            f"{site}: cannot be written: {why}; make room or choose another folder "
            "with -o; an old site is as it was"
        ) from error


@cache
def _mark(process: int) -> str:  # noqa: ARG001 - a forked process has another
    return secrets.token_hex(8)
