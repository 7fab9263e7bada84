"""Bytes on their way from a run folder into the site, named by what they are."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runreport.records import DataFile
from runreport.site import Draft, Spool
from runreport.site.files import open_kept, write_all
from runreport.site.spool import output_errors

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class OutFile:
    """One file for the site."""

    path: str
    """Below the site's root."""
    sha256: str
    size: int
    spooled: Path | None
    """Where its bytes are; None when the old site has them at the same path."""


@dataclass(frozen=True, slots=True)
class Store:
    """Puts files into the spool, unless the old site has them already."""

    spool: Path
    site: Path

    def put(self, content: bytes, name: str) -> OutFile:
        """Take over bytes under a safe file name."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = _path(sha256, name)
        return self._known(path, sha256, len(content)) or self._artifact(iter((content,)), name)

    def copy(self, descriptor: int, name: str, limit: int) -> OutFile:
        """Take over an open file from its start; it may be written to meanwhile.

        Raises:
            OverflowError: it has grown over ``limit`` bytes.
        """
        sha256, size = _hash(_chunks(descriptor, limit))
        path = _path(sha256, name)
        return self._known(path, sha256, size) or self._artifact(_chunks(descriptor, limit), name)

    def data(self, file: DataFile) -> Draft:
        """Take over a data file, whether the old site has it or not."""
        return Spool(self.spool, self.site).put(f"data/{file.name}", file.content)

    def _known(self, path: str, sha256: str, size: int) -> OutFile | None:
        """Return a file that need not be written: the old site has it, or the spool by now."""
        if self._is_kept(path, sha256, size):
            return OutFile(path, sha256, size, None)
        spooled = self.spool / sha256
        # Runs of one script keep it in each of them, and only whole files have such a name.
        return OutFile(path, sha256, size, spooled) if spooled.exists() else None

    def _is_kept(self, path: str, sha256: str, size: int) -> bool:
        file = open_kept(self.site, path, size)
        if file is None:
            return False
        with file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def _artifact(self, chunks: Iterator[bytes], name: str) -> OutFile:
        """Write a new file; its name comes from the bytes that were really written."""
        sha256, size, spooled = self._spooled(chunks)
        return OutFile(_path(sha256, name), sha256, size, spooled)

    def _spooled(self, chunks: Iterator[bytes]) -> tuple[str, int, Path]:
        """Write a file of the spool; return its hash, its size and where it is.

        Raises:
            OutputError: It cannot be written; what cannot be read is another error.
        """
        with output_errors(self.site):
            handle, draft = tempfile.mkstemp(dir=self.spool)
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in chunks:
                with output_errors(self.site):
                    write_all(handle, chunk)
                digest.update(chunk)
                size += len(chunk)
        finally:
            os.close(handle)
        sha256 = digest.hexdigest()
        return sha256, size, Path(draft).replace(self.spool / sha256)


def _path(sha256: str, name: str) -> str:
    return f"a/{sha256[:16]}/{name}"


def _hash(chunks: Iterator[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _chunks(descriptor: int, limit: int) -> Iterator[bytes]:
    os.lseek(descriptor, 0, os.SEEK_SET)
    size = 0
    while chunk := os.read(descriptor, _CHUNK):
        size += len(chunk)
        if size > limit:
            raise OverflowError
        yield chunk
