"""One replacement of a site: from the files that are new to the whole tree in its place."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runreport.site.changes import Changes, make_folders
from runreport.site.exchange import sync_files
from runreport.site.facts import Facts, facts_of, look
from runreport.site.files import link
from runreport.site.manifest import MANIFEST, find_foreign, folders_of
from runreport.site.mirror import Links, Mirror
from runreport.site.refuse import OldSite
from runreport.site.workspace import Workspace

_OUT: Final = "dropped"


@dataclass(frozen=True, slots=True)
class Replacement:
    """Puts a site in the place of the old one."""

    workspace: Workspace
    mirror: Mirror
    old: OldSite
    links: Links
    """What is to be the mirror where there is none: to some files already, or to none yet."""

    def put_in_place(self, files: Set[str], unchanged: Set[str], *, swap: bool) -> Facts | None:
        """Make a site of the workspace's fresh files and of unchanged ones; return its facts.

        ``files`` are all, the manifest among them.
        """
        new, site = self.workspace.new, self.workspace.site
        old_files = {*self.old.files, MANIFEST} if self.old.files else set()
        changes = Changes.between(old_files, files, unchanged)
        folders = self._changed_mirror(changes)
        if folders is None:
            self._stage(changes.fresh, unchanged)
        facts = self._facts(changes, folders, unchanged)
        sync_files([new / path for path in changes.fresh], new)
        old_tree = self.workspace.put_in_place(swap=swap)
        if facts is not None and self.mirror.is_wanted(site, len(files)):
            self._keep_mirror(changes, facts, old_tree)
        else:
            self.mirror.drop(self.workspace.staging / _OUT)
        return facts

    def make_mirror(self) -> None:
        """Make the mirror of a site that stays, unless it is there."""
        if self.old.facts is None:
            return
        if not self.mirror.is_wanted(self.workspace.site, len(self.old.facts.files)):
            self.mirror.drop(self.workspace.staging / _OUT)
        elif not self.mirror.is_of(self.old):
            self._link_mirror(self.old.facts)

    def _changed_mirror(self, changes: Changes) -> dict[str, bytes] | None:
        """Make the mirror the new tree; return its folders' facts, None when it cannot be had."""
        new = self.workspace.new
        folders = self.mirror.take(self.old, new)
        if folders is None:
            return None
        try:
            changes.apply(new, self.workspace.fresh)
            return changes.facts_after(new, folders)
        except OSError:
            new.rename(self.workspace.staging / _OUT)
            return None

    def _stage(self, fresh: tuple[str, ...], unchanged: Set[str]) -> None:
        """Make the new tree of the fresh files and of links to all others."""
        new, site = self.workspace.new, self.workspace.site
        self.workspace.fresh.rename(new)
        made = folders_of(fresh)
        for path in sorted(unchanged):
            make_folders(new, path.rpartition("/")[0], made)
            link(site / path, new / path)

    def _facts(
        self, changes: Changes, folders: dict[str, bytes] | None, unchanged: Set[str]
    ) -> Facts | None:
        """Return the new tree's facts, before anybody can come at it."""
        new, old = self.workspace.new, self.old
        if not old.is_intact or old.facts is None:
            return look(new, {*changes.fresh, *unchanged})
        # Of what stays, as it was when it was looked at: somebody may touch it meanwhile.
        files = {path: old.facts.files[path] for path in unchanged}
        files |= facts_of(new, changes.fresh)
        return Facts(files, folders or facts_of(new, folders_of(files)))

    def _keep_mirror(self, changes: Changes, facts: Facts, old_tree: Path) -> None:
        """Leave a mirror for the next build; failing costs only time."""
        try:
            folders = self._folders_of_old(old_tree)
            if folders is not None:
                changes.apply(old_tree, self.workspace.site)
                self._keep(old_tree, facts, changes.facts_after(old_tree, folders))
                return
        except OSError:
            pass
        self._link_mirror(facts)

    def _folders_of_old(self, tree: Path) -> dict[str, bytes] | None:
        """Return the facts of the old tree's folders if it can become the mirror."""
        if not self.old.is_intact or self.old.facts is None:
            return None
        folders = facts_of(tree, self.old.facts.folders)
        is_touched = folders != self.old.facts.folders
        return None if is_touched and find_foreign(tree, self.old.files) else folders

    def _link_mirror(self, facts: Facts) -> None:
        try:
            folders = self.links.complete(self.workspace.site, facts)
            self._keep(self.links.tree, facts, folders)
        except OSError:
            self.mirror.drop(self.workspace.staging / _OUT)

    def _keep(self, tree: Path, facts: Facts, folders: dict[str, bytes]) -> None:
        self.mirror.drop(self.workspace.staging / _OUT)
        self.mirror.keep(tree, facts, folders)
