"""A folder held open, so that what was found in it is what is read; links are never followed."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from runreport.errors import ReadError

BY_DESCRIPTOR: Final = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
"""Whether names are looked up below an open folder; Windows can only look up whole paths."""

_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
# O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
_FILE: Final = (
    os.O_RDONLY
    | _NO_FOLLOW
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)

_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}


class Folder:
    """An open folder; close it, or use it in a ``with`` statement.

    Its `ReadError`s say what is wrong and not where: the caller knows the name in its own terms.
    """

    __slots__ = ("descriptor", "path")

    def __init__(self, path: str | Path, *, by_descriptor: bool = BY_DESCRIPTOR) -> None:
        """Open ``path`` itself, where a link is followed: the user named it."""
        self.path = os.fspath(path)
        self.descriptor = os.open(self.path, _FOLDER) if by_descriptor else None
        if self.descriptor is None and not Path(self.path).is_dir():
            raise NotADirectoryError(20, "Not a directory", self.path)

    def enter(self, name: str) -> Folder:
        """Open a folder inside this one."""
        below = Folder.__new__(Folder)
        # Joining as `os.path` does costs as much as opening it, and a Path more.
        below.path = f"{self.path}{os.sep}{name}"
        below.descriptor = None
        if self.descriptor is None:
            self._refuse_link(below.path)
            return below
        try:
            below.descriptor = os.open(name, _FOLDER | _NO_FOLLOW, dir_fd=self.descriptor)
        except NotADirectoryError:
            raise ReadError(_refusal(self.kind_of(name))) from None
        return below

    def walk_to(self, parts: Sequence[str]) -> Folder:
        """Open the folder at the end of a path inside this one; every step refuses links."""
        if not parts:
            return Folder(self.path, by_descriptor=self.descriptor is not None)
        below = self.enter(parts[0])
        for name in parts[1:]:
            with below:
                below = below.enter(name)
        return below

    def names(self) -> list[str]:
        """Return the names of what the folder holds, in no order."""
        where = self.path if self.descriptor is None else self.descriptor
        return os.listdir(where)  # noqa: PTH208 - it may be a descriptor

    def entries(self) -> list[os.DirEntry[str]]:
        """Return what the folder holds, sorted by name."""
        scanned = os.scandir(self.path if self.descriptor is None else self.descriptor)
        with scanned:
            return sorted(scanned, key=lambda entry: entry.name)

    @contextlib.contextmanager
    def open_file(self, name: str) -> Iterator[tuple[int, int]]:
        """Open a regular file; yield its descriptor and its size at this moment.

        Raises:
            ReadError: it is a link, a folder, a pipe, a socket or a device.
            OSError: it cannot be opened.
        """
        descriptor = self._open(name)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise ReadError(_refusal(_kind(found.st_mode)))
            yield descriptor, found.st_size
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> int:
        if self.descriptor is None:
            path = os.path.join(self.path, name)  # noqa: PTH118 - as in `enter`
            self._refuse_link(path)
            return os.open(path, _FILE)
        try:
            return os.open(name, _FILE, dir_fd=self.descriptor)
        except OSError:
            # A link gives ELOOP and a socket ENXIO: neither says what is there.
            kind = self.kind_of(name)
            if kind == "a file":
                raise
            raise ReadError(_refusal(kind)) from None

    def kind_of(self, name: str) -> str:
        """Return what ``name`` is, as "a link"."""
        return _kind(os.stat(name, dir_fd=self.descriptor, follow_symlinks=False).st_mode)

    def _refuse_link(self, path: str) -> None:
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise ReadError(_refusal(_kind(mode)))

    def close(self) -> None:
        """Close it; a second time does nothing."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "a file")


def _refusal(kind: str) -> str:
    return f"is {kind}, which is never opened; put the file or folder itself there"
