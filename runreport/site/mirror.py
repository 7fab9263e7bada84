"""A site's mirror: a second tree of names for its files, kept in the cache folder.

A build changes the mirror where the site changes, and swaps the two: what it costs goes by what
has changed, not by how large the site is. The files are hard links of the site's, so that the
mirror takes no room but for its folders; deleting it costs only time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from runreport.site.changes import make_folders
from runreport.site.facts import Facts, facts_of, hash_of
from runreport.site.refuse import OldSite

FORMAT: Final = 1

LEAST: Final = 2000
"""Files of a site from which on a mirror pays off; a smaller one is staged as quickly."""


class Mirror:
    """The mirror of one site; without a ``place`` there is none."""

    def __init__(self, place: Path | None, least: int = LEAST) -> None:
        self._place = place
        self._least = least
        self._tree = (place or Path()) / "tree"
        self._record = (place or Path()) / "mirror.json"

    def is_wanted(self, site: Path, files: int) -> bool:
        """Return whether a site of so many files should have a mirror, and can."""
        if self._place is None or files < self._least:
            return False
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            # No file has names on two file systems.
            return self._place.stat().st_dev == site.stat().st_dev
        except OSError:
            return False

    def is_of(self, old: OldSite) -> bool:
        """Return whether a mirror is there that was made of the site as it is."""
        return old.facts is not None and self._read().get("site") == old.facts.of_files

    def take(self, old: OldSite, tree: Path) -> dict[str, bytes] | None:
        """Move the mirror to ``tree`` and return its folders' facts.

        Return None when there is none, or one of another site, or one that somebody touched.
        """
        if not old.is_intact or old.facts is None or not self.is_of(old):
            return None
        try:
            folders = facts_of(self._tree, old.facts.folders)
            if self._read().get("folders") != hash_of(folders):
                return None
            self._record.unlink()
            self._tree.rename(tree)
        except OSError:
            return None
        return folders

    def keep(self, tree: Path, site: Facts, folders: Mapping[str, bytes]) -> None:
        """Make a tree the mirror of a site of these facts.

        Raises:
            OSError: It cannot be kept.
        """
        tree.rename(self._tree)
        record = {"format": FORMAT, "site": site.of_files, "folders": hash_of(folders)}
        self._record.write_bytes(orjson.dumps(record))

    def drop(self, to: Path) -> None:
        """Move what is there out of the way, if it is on the same file system."""
        if self._place is None:
            return
        try:
            self._record.unlink(missing_ok=True)
            self._tree.rename(to)
        except OSError:
            pass

    def _read(self) -> Mapping[str, Any]:
        if self._place is None:
            return {}
        try:
            record = orjson.loads(self._record.read_bytes())
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) and record.get("format") == FORMAT else {}


class Links:
    """A tree of links to the files of a site, made all at once or as the files come."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self._made: set[str] = set()
        self._linked: set[str] = set()

    def add(self, path: str, file: str) -> None:
        """Give a file of the site a second name.

        Raises:
            OSError: There are no hard links here.
        """
        make_folders(self.tree, path.rpartition("/")[0], self._made)
        os.link(file, f"{self.tree}/{path}", follow_symlinks=False)
        self._linked.add(path)

    def complete(self, site: Path, facts: Facts) -> dict[str, bytes]:
        """Link the files that are not linked yet; return the facts of the tree's folders.

        Raises:
            OSError: There are no hard links here.
        """
        for path in sorted(facts.files.keys() - self._linked):
            self.add(path, f"{site}/{path}")
        return facts_of(self.tree, facts.folders)
