"""The site's folder while a build writes it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from runreport.errors import OutputError
from runreport.records import Written
from runreport.site.changes import make_folders
from runreport.site.facts import Facts
from runreport.site.files import MODE, create, hash_kept, holds, link, open_kept
from runreport.site.manifest import MANIFEST, Entry, is_site_path, make_manifest
from runreport.site.mirror import LEAST, Links, Mirror
from runreport.site.refuse import OldSite, check_content, check_place
from runreport.site.replacement import Replacement
from runreport.site.spool import Draft, Spool, output_errors
from runreport.site.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Last:
    """What the cache has of the build before; nothing by default."""

    state: str = ""
    """The site's, as `Output.state` told it then."""
    mirror: Path | None = None
    """Where the site's mirror is kept; None if it is not to have one."""
    least: int = LEAST
    """Files of a site that has a mirror."""


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
        last: Last | None = None,
    ) -> None:
        self.folder = folder
        self._sources = sources
        self._version = version
        self._swap = swap
        last = last or Last()
        self._state = last.state
        self._mirror = Mirror(last.mirror, last.least)
        self._least = last.least
        self._links = Links(Path())
        self._is_linking: bool | None = None
        self._workspace = Workspace(folder)
        self._site = OldSite()
        self.old: Mapping[str, Entry] = {}
        """The files of the site that is to be replaced, as its manifest has them."""
        self._facts: Facts | None = None
        self._files: dict[str, Entry] = {}
        self._unchanged: set[str] = set()
        self._spellings: dict[str, str] = {}
        self._made = {""}

    def __enter__(self) -> Self:
        """Lock the folder, clean up after a build that died, and check that it may be replaced."""
        with self._errors():
            check_place(self.folder, self._sources)
            self._workspace.__enter__()
            try:
                self._site = check_content(self.folder, self._state)
            except BaseException:
                self._workspace.__exit__(None, None, None)
                raise
        self.old, self._facts = self._site.files, self._site.facts
        self._links = Links(self._workspace.staging / "mirror")
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
    def drafts(self) -> Spool:
        """Where any process may write files for `take`, wherever its current folder is."""
        return Spool(self.spool.absolute(), self.folder.absolute())

    @property
    def kept(self) -> Sequence[Path]:
        """Where files went that somebody else put into the old site while it was replaced."""
        return self._workspace.kept

    @property
    def state(self) -> str:
        """What tells the site as it was left from one that somebody touched since."""
        return self._facts.state if self._facts else ""

    @property
    def paths(self) -> str:
        """The files and folders of the site as it was left, as `site_state` takes them."""
        return self._facts.paths if self._facts else ""

    def write(self, path: str, content: bytes) -> None:
        """Write one file; ``path`` is below the site's root, joined with "/"."""
        self._claim(path)
        old = self.old.get(path)
        if old and self._holds(path, old, content):
            self._keep(path, old)
            return
        with self._errors():
            create(self._place(path), content)
        self._files[path] = Entry(hashlib.sha256(content).hexdigest(), len(content))

    def take(self, draft: Draft) -> None:
        """Take over a file that a process has written; the same file may come twice."""
        path, sha256, size, name = draft
        entry = Entry(sha256, size)
        if self._files.get(path) == entry:
            return
        self._claim(path)
        if self.has(path, sha256, size):
            self._keep(path, entry)
            return
        with self._errors():
            place = self._place(path)
            os.rename(f"{self.spool}/{name}", place)  # noqa: PTH104 - tens of thousands
        self._files[path] = entry
        self._link(path, place)

    def _link(self, path: str, place: str) -> None:
        """Make the mirror of a large new site while workers are busy, not at the end."""
        files = len(self._files)
        if self._is_linking is None and files >= self._least:
            wanted = self._mirror.is_wanted(self._workspace.staging, files)
            self._is_linking = wanted and not self.old
        if not self._is_linking:
            return
        try:
            self._links.add(path, place)
        except OSError:
            # It costs the next build time, not this one its end.
            self._is_linking = False

    def _holds(self, path: str, old: Entry, content: bytes) -> bool:
        if self._site.is_intact:
            return old == Entry(hashlib.sha256(content).hexdigest(), len(content))
        with self._errors():
            return holds(self.folder, path, content)

    def has(self, path: str, sha256: str, size: int) -> bool:
        """Return whether the old site has these bytes at ``path``, for `adopt` to take over."""
        if self.old.get(path) != (sha256, size):
            return False
        return self._site.is_intact or hash_kept(self.folder, path, size) == sha256

    def has_all(self, files: Mapping[str, Entry]) -> bool:
        """Return whether the old site has all these files, for `adopt_all` to take over."""
        if self._site.is_intact:
            return files.items() <= self.old.items()
        return all(self.has(path, *entry) for path, entry in files.items())

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
            place = Path(self._place(path))
            link(spooled, place)
            place.chmod(MODE)
        self._files[path] = entry

    def adopt_all(self, files: Mapping[str, Entry]) -> None:
        """Take over files of the old site that `has_all` found there: many at a small cost."""
        if not self._site.is_intact or not files.items() <= self.old.items():
            for path, entry in files.items():
                self.adopt(path, *entry, None)
            return
        for path, entry in files.items():
            spelling = self._spellings.setdefault(path.casefold(), path)
            if spelling != path or self._files.setdefault(path, entry) != entry:
                self._claim(path)
        self._unchanged.update(files)

    def read(self, path: str) -> bytes:
        """Return a file that was written or taken over before."""
        folder = self.folder if path in self._unchanged else self._workspace.fresh
        return (folder / path).read_bytes()

    def publish(self) -> Written:
        """Put the site in place of the old one; a site that is the same byte for byte stays."""
        self.write(".nojekyll", b"")
        manifest = make_manifest(self._version, self._files)
        paths = {*self._files, MANIFEST}
        with self._errors():
            if self.old and holds(self.folder, MANIFEST, manifest):
                self._unchanged.add(MANIFEST)
            else:
                create(self._place(MANIFEST), manifest)
            replacement = Replacement(self._workspace, self._mirror, self._site, self._links)
            if len(self._unchanged) < len(paths):
                self._facts = replacement.put_in_place(paths, self._unchanged, swap=self._swap)
            else:
                replacement.make_mirror()
        return self._written(len(manifest), len(paths))

    def _written(self, manifest: int, files: int) -> Written:
        pages = {path for path in self._files if path.endswith(".html")}
        return Written(
            changed=files - len(self._unchanged),
            unchanged=len(self._unchanged),
            removed=len(self.old.keys() - self._files.keys()),
            pages_changed=len(pages - self._unchanged),
            pages_unchanged=len(pages & self._unchanged),
            size=sum(size for _, size in self._files.values()) + manifest,
        )

    def _claim(self, path: str) -> None:
        """Refuse a path that is taken, or that some host could mix up with another."""
        spelling = self._spellings.setdefault(path.casefold(), path)
        is_new = path not in self._files and path != MANIFEST
        if not is_new or spelling != path or not (path in self.old or is_site_path(path)):
            raise ValueError(f"{path!r}: not a path of the site, or taken by {spelling!r}")

    def _check_kept(self, path: str, entry: Entry) -> None:
        if self._site.is_intact and self.old.get(path) == entry:
            return
        file = open_kept(self.folder, path, entry.size)
        if file is not None:
            file.close()
        if file is None or self.old.get(path) != entry:
            raise OutputError(f"{self.folder}: {path} changed during the build; build again")

    def _keep(self, path: str, entry: Entry) -> None:
        self._files[path] = entry
        self._unchanged.add(path)

    def _place(self, path: str) -> str:
        fresh = self._workspace.fresh
        make_folders(fresh, path.rpartition("/")[0], self._made)
        return f"{fresh}/{path}"

    def _errors(self) -> AbstractContextManager[None]:
        return output_errors(self.folder)
