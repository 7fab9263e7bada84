"""The site's folder while a build writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from runreport.errors import OutputError
from runreport.records import Written
from runreport.site.exchange import sync_files
from runreport.site.files import MODE, create, hash_kept, holds, link, open_kept
from runreport.site.manifest import MANIFEST, Entry, is_site_path, make_manifest
from runreport.site.refuse import check_output
from runreport.site.workspace import Workspace


class Output:
    """Takes a site's files one by one and puts the whole in place at the end.

    Everything is written to a staging folder beside the site's; leaving the ``with`` block without
    `publish` removes it and leaves the old site as it was. What has the bytes it had in the old
    site keeps its file, time of change included.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sources: Sequence[Path] = (),
        version: str = "",
        swap: bool = True,
        is_intact: Callable[[], bool] = lambda: False,
    ) -> None:
        """``is_intact`` says whether the old site has the very bytes that its manifest lists."""
        self.folder = folder
        self._sources = sources
        self._version = version
        self._swap = swap
        self._workspace = Workspace(folder)
        self._old: dict[str, Entry] = {}
        self._files: dict[str, Entry] = {}
        self._unchanged: set[str] = set()
        self._spellings: dict[str, str] = {}
        self._made: set[Path] = set()
        self._is_intact = is_intact
        self._intact = False

    def __enter__(self) -> Self:
        """Lock the folder, clean up after a build that died, and check that it may be replaced."""
        with self._errors():
            check_output(self.folder, self._sources)
            self._workspace.__enter__()
            try:
                # The cleaning may have brought back an old site that was not there.
                self._old = dict(check_output(self.folder, self._sources))
            except BaseException:
                self._workspace.__exit__(None, None, None)
                raise
        self._intact = bool(self._old) and self._is_intact()
        self._made.add(self._workspace.new)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the staging folder and release the lock."""
        with self._errors():
            self._workspace.__exit__(kind, error, traceback)

    @property
    def spool(self) -> Path:
        """A folder on the site's file system for files that `adopt` takes over."""
        return self._workspace.spool

    @property
    def kept(self) -> Sequence[Path]:
        """Where files went that somebody else put into the old site while it was replaced."""
        return self._workspace.kept

    def write(self, path: str, content: bytes) -> None:
        """Write one file; ``path`` is below the site's root, joined with "/"."""
        self._claim(path)
        old = self._old.get(path)
        if old and self._holds(path, old, content):
            self._keep(path, old)
            return
        with self._errors():
            create(self._place(path), content)
        self._files[path] = Entry(hashlib.sha256(content).hexdigest(), len(content))

    def _holds(self, path: str, old: Entry, content: bytes) -> bool:
        if self._intact and old.sha256:
            return old == Entry(hashlib.sha256(content).hexdigest(), len(content))
        with self._errors():
            return holds(self.folder, path, content)

    def has(self, path: str, sha256: str, size: int) -> bool:
        """Return whether the old site has these bytes at ``path``, for `adopt` to take over."""
        if self._old.get(path) != Entry(sha256, size):
            return False
        return self._intact or hash_kept(self.folder, path, size) == sha256

    def entry(self, path: str) -> Entry:
        """Return what is known of a file that was written or taken over before."""
        return self._files[path]

    def adopt(self, path: str, sha256: str, size: int, spooled: Path | None) -> None:
        """Take over a file of the spool, or of the old site when ``spooled`` is None.

        The caller has hashed the bytes that it found there. The same file may come twice.
        """
        entry = Entry(sha256, size)
        if self._files.get(path) == entry:
            return
        self._claim(path)
        if spooled is None:
            self._check_kept(path, entry)
            self._keep(path, entry)
            return
        with self._errors():
            link(spooled, self._place(path))
            self._place(path).chmod(MODE)
        self._files[path] = entry

    def read(self, path: str) -> bytes:
        """Return a file that was written or taken over before."""
        folder = self.folder if path in self._unchanged else self._workspace.new
        return (folder / path).read_bytes()

    def publish(self) -> Written:
        """Put the site in place of the old one; a site that is the same byte for byte stays."""
        self.write(".nojekyll", b"")
        manifest = make_manifest(self._version, self._files)
        if self._old:
            self._old[MANIFEST] = Entry("", len(manifest))
        self.write(MANIFEST, manifest)
        if len(self._unchanged) < len(self._files):
            with self._errors():
                self._put_in_place()
        pages = {path for path in self._files if path.endswith(".html")}
        return Written(
            changed=len(self._files) - len(self._unchanged),
            unchanged=len(self._unchanged),
            removed=len(self._old.keys() - self._files.keys()),
            pages_changed=len(pages - self._unchanged),
            pages_unchanged=len(pages & self._unchanged),
            size=sum(entry.size for entry in self._files.values()),
        )

    def _put_in_place(self) -> None:
        new = self._workspace.new
        fresh = [new / path for path in self._files if path not in self._unchanged]
        for path in sorted(self._unchanged):
            link(self.folder / path, self._place(path))
        sync_files(fresh, new)
        self._workspace.put_in_place(swap=self._swap)

    def _claim(self, path: str) -> None:
        """Refuse a path that is taken, or that some host could mix up with another."""
        spelling = self._spellings.setdefault(path.casefold(), path)
        if path in self._files or spelling != path or not is_site_path(path):
            raise ValueError(f"{path!r}: not a path of the site, or taken by {spelling!r}")

    def _check_kept(self, path: str, entry: Entry) -> None:
        if self._intact and self._old.get(path) == entry:
            return
        file = open_kept(self.folder, path, entry.size)
        if file is not None:
            file.close()
        if file is None or self._old.get(path) != entry:
            raise OutputError(f"{self.folder}: {path} changed during the build; build again")

    def _keep(self, path: str, entry: Entry) -> None:
        self._files[path] = entry
        self._unchanged.add(path)

    def _place(self, path: str) -> Path:
        place = self._workspace.new / path
        self._make_folder(place.parent)
        return place

    def _make_folder(self, folder: Path) -> None:
        if folder not in self._made:
            self._make_folder(folder.parent)
            folder.mkdir()
            folder.chmod(0o755)
            self._made.add(folder)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise OutputError(
                f"{self.folder}: cannot be written: {why}; make room or choose another folder "
                "with -o; an old site is as it was"
            ) from error
