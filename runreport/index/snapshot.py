"""All that a build may read, listed once: by which it finds runs, and knows what has changed."""

from __future__ import annotations

import os
import time
from functools import cached_property
from pathlib import Path

from runreport.config import Config
from runreport.index.trees import facts_now, is_settled
from runreport.reading.listing import Tree, facts_of


class Snapshot:
    """The folders of a build as they were when it began."""

    def __init__(self, config: Config) -> None:
        folders = [*config.sources, *(each for each in (config.theme, config.pages) if each)]
        # Before the listing: what is written to meanwhile is no older than this.
        self._now_ns = time.time_ns()
        # Not resolved, as the folders of runs are not.
        self._trees = {path: Tree(path) for path in map(os.path.abspath, folders)}

    def tree(self, folder: Path) -> Tree | None:
        """Return one of the folders."""
        return self._trees.get(os.fspath(folder))

    @cached_property
    def state(self) -> str:
        """A hash of all facts; "" when a file is so new that it could change unseen."""
        listings = [each for tree in self._trees.values() for each in tree.listings]
        if not all(is_settled(each, self._now_ns) for each in listings):
            return ""
        return facts_of(listings)

    def facts(self, path: str) -> str:
        """Return the hash of the facts of a run's folder."""
        for tree in self._trees.values():
            facts = tree.facts(path)
            if facts is not None:
                return facts
        return facts_now(path)
