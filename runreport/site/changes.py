"""How one tree of a site's files becomes another, in as many steps as there are differences."""

from __future__ import annotations

import os
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from runreport.site.facts import facts_of
from runreport.site.manifest import MANIFEST, folders_of


@dataclass(frozen=True, slots=True)
class Changes:
    """The paths that two trees do not share."""

    fresh: tuple[str, ...]
    """Files that are new or have other bytes, the manifest last."""
    gone: tuple[str, ...]
    made: tuple[str, ...]
    """Folders that are new, each after the one that it lies in."""
    emptied: tuple[str, ...]
    """Folders that hold nothing any more, each before the one that it lies in."""

    @classmethod
    def between(cls, old: Set[str], new: Set[str], unchanged: Set[str]) -> Changes:
        """Return what leads from the files of one tree to those of another."""
        fresh, gone = new - unchanged, old - new
        stay, go = folders_of(new), folders_of(gone)
        made = folders_of(fresh) - folders_of(old) - {""} if fresh - old else ()
        return cls(
            tuple(sorted(fresh, key=lambda path: (path == MANIFEST, path))),
            tuple(sorted(gone)),
            tuple(sorted(made)),
            tuple(sorted(go - stay, reverse=True)),
        )

    def apply(self, tree: Path, source: Path) -> None:
        """Make the one tree the other; fresh files become links to those of ``source``.

        No file is written to, as a tree's files may have names in other trees too.
        """
        for path in self.gone:
            os.unlink(tree / path)  # noqa: PTH108 - tens of thousands
        for path in self.emptied:
            (tree / path).rmdir()
        for path in self.made:
            make_folder(f"{tree}/{path}")
        for path in self.fresh:
            (tree / path).unlink(missing_ok=True)
            os.link(source / path, tree / path, follow_symlinks=False)

    def facts_after(self, tree: Path, before: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return the facts of the tree's folders, given those from before the changes."""
        touched = folders_of((*self.made, *self.emptied))
        touched |= {path.rpartition("/")[0] for path in (*self.fresh, *self.gone)}
        touched.update(self.made)
        facts = dict(before)
        for path in self.emptied:
            del facts[path]
        return facts | facts_of(tree, touched.difference(self.emptied))


def make_folders(tree: Path, folder: str, made: set[str]) -> None:
    """Make a folder below ``tree``, with those that it lies in, unless it is in ``made``."""
    if folder in made:
        return
    if folder:
        make_folders(tree, folder.rpartition("/")[0], made)
    make_folder(f"{tree}/{folder}")
    made.add(folder)


def make_folder(path: str) -> None:
    """Make a folder of a site, readable for all whatever the umask."""
    os.mkdir(path)  # noqa: PTH102 - tens of thousands
    os.chmod(path, 0o755)  # noqa: PTH101
