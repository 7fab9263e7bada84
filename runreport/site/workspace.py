"""The lock and the staging folder beside a site: all that a build leaves there while it runs."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from runreport.errors import OutputError
from runreport.signals import signals_held
from runreport.site.exchange import put_in_place, recover
from runreport.site.manifest import find_foreign, read_manifest

if TYPE_CHECKING:
    from filelock import FileLock


class Workspace:
    """Holds a site's lock, and beside the site a staging folder that is gone afterwards.

    ``fresh`` takes the files that are written; ``new`` is the tree that becomes the site, and
    ``old`` where the old one goes when the two cannot be exchanged in one step; ``spool`` is for
    files on their way into ``fresh``.
    """

    def __init__(self, site: Path) -> None:
        self.site = site
        name = site.name or site.resolve().name
        self._lock_path = site.parent / f".{name}.runreport-lock"
        self._prefix = f".{name}.runreport-staging-"
        self._lock: FileLock | None = None
        self.staging = Path()
        self.kept: list[Path] = []
        """Where files went that somebody else put into the old site during a build."""

    def __enter__(self) -> Self:
        """Take the lock, clean up after a build that died, and make the staging folder."""
        self.site.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._lock_path, self.site)
        try:
            self._clean_up()
            self.staging = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self.site.parent))
            for folder in (self.fresh, self.spool):
                folder.mkdir()
            self.fresh.chmod(0o755)
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
        with signals_held():
            try:
                if self.staging.name:
                    self._discard(self.staging)
            finally:
                self._unlock()

    def _unlock(self) -> None:
        # Removed while it is held: who has opened it meanwhile finds it gone and tries again.
        with suppress(OSError):
            self._lock_path.unlink()
        if self._lock is not None:
            self._lock.release()

    @property
    def fresh(self) -> Path:
        """The folder of the files that are written."""
        return self.staging / "fresh"

    @property
    def new(self) -> Path:
        """The tree that becomes the site."""
        return self.staging / "new"

    @property
    def spool(self) -> Path:
        """A folder on the site's file system."""
        return self.staging / "spool"

    def put_in_place(self, *, swap: bool) -> Path:
        """Make ``new`` the site, in one step where ``swap`` and the system allow it.

        Return where the old site is now, if there was one.
        """
        put_in_place(self.new, self.site, self.staging / "old", swap=swap)
        return self.new if self.new.exists() else self.staging / "old"

    def _clean_up(self) -> None:
        # We hold the lock, so that no build lives to which another staging folder belongs.
        for staging in sorted(self.site.parent.iterdir()):
            if staging.name.startswith(self._prefix) and not staging.is_symlink():
                self._discard(staging)

    def _discard(self, staging: Path) -> None:
        """Remove a staging folder, but not what others put into a site that is in it."""
        recover(self.site, staging / "old")
        sites = {
            tree: manifest
            for tree in staging.iterdir()
            if tree.name not in ("fresh", "spool") and (manifest := read_manifest(tree))
        }
        # A build that was stopped may have left a tree half the old site and half the new one.
        beside = [read_manifest(each) or {} for each in (self.site, staging / "fresh") if sites]
        for tree in sites:
            if find_foreign(tree, set().union(*beside, *sites.values())):
                self._keep(tree, staging.name[-8:])
        shutil.rmtree(staging, ignore_errors=True)

    def _keep(self, tree: Path, mark: str) -> None:
        kept = self.site.with_name(f"{self.site.name}-kept-{mark}")
        if kept.exists():
            kept = kept.with_name(f"{kept.name}-{tree.name}")
        tree.rename(kept)
        self.kept.append(kept)


def _locked(path: Path, site: Path) -> FileLock:
    # Loading it takes longer than finding out that nothing has changed, which needs no lock.
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise OutputError(
            f"{site}: another build is writing it; wait until that one has ended"
        ) from error
    return lock
