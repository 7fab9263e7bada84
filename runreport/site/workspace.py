"""The lock and the staging folder beside a site: all that a build leaves there while it runs."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from runreport.errors import OutputError
from runreport.site.exchange import put_in_place, recover
from runreport.site.manifest import find_foreign, read_manifest


class Workspace:
    """Holds a site's lock, and beside the site a staging folder that is gone afterwards.

    ``new`` takes the new site; ``old`` is where the old one goes when the two cannot be exchanged
    in one step; ``spool`` is for files on their way into ``new``.
    """

    def __init__(self, site: Path) -> None:
        self.site = site
        name = site.name or site.resolve().name
        self._lock_path = site.parent / f".{name}.runreport-lock"
        self._prefix = f".{name}.runreport-staging-"
        self._lock = FileLock(self._lock_path, timeout=0)
        self.staging = Path()
        self.kept: list[Path] = []
        """Where files went that somebody else put into the old site during a build."""

    def __enter__(self) -> Self:
        """Take the lock, clean up after a build that died, and make the staging folder."""
        self.site.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise OutputError(
                f"{self.site}: another build is writing it; wait until that one has ended"
            ) from error
        try:
            self._clean_up()
            self.staging = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self.site.parent))
            for folder in (self.new, self.spool):
                folder.mkdir()
            self.new.chmod(0o755)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the staging folder and give the lock back."""
        try:
            if self.staging.name:
                self._discard(self.staging)
        finally:
            # Removed while it is held: who has opened it meanwhile finds it gone and tries again.
            with suppress(OSError):
                self._lock_path.unlink()
            self._lock.release()

    @property
    def new(self) -> Path:
        """The folder that becomes the site."""
        return self.staging / "new"

    @property
    def spool(self) -> Path:
        """A folder on the site's file system."""
        return self.staging / "spool"

    def put_in_place(self, *, swap: bool) -> None:
        """Make ``new`` the site, in one step where ``swap`` and the system allow it."""
        put_in_place(self.new, self.site, self.staging / "old", swap=swap)

    def _clean_up(self) -> None:
        # We hold the lock, so that no build lives to which another staging folder belongs.
        for staging in sorted(self.site.parent.iterdir()):
            if staging.name.startswith(self._prefix) and not staging.is_symlink():
                self._discard(staging)

    def _discard(self, staging: Path) -> None:
        """Remove a staging folder, but not what others put into the old site that is in it."""
        recover(self.site, staging / "old")
        for name in ("new", "old"):
            files = read_manifest(staging / name)
            if files is not None and find_foreign(staging / name, files):
                kept = self.site.with_name(f"{self.site.name}-kept-{staging.name[-8:]}")
                (staging / name).rename(kept)
                self.kept.append(kept)
        shutil.rmtree(staging, ignore_errors=True)
