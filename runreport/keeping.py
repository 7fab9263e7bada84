"""What of the old site still holds: files that would be made from the same once more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from runreport.index.session import Session
from runreport.site import Output
from runreport.site.manifest import Entry


@dataclass(frozen=True, slots=True)
class Keeping:
    """Takes files over from the old site, by keys that stand for all that they were made from."""

    output: Output
    session: Session

    def keep(self, keys: Mapping[str, str]) -> Collection[str]:
        """Take over those files, by path, whose key is the one of the old site; return them."""
        known = self.session.pages
        kept = {
            path: Entry(known[path][1], known[path][2])
            for path, key in keys.items()
            if path in known and known[path][0] == key
        }
        if not self.output.has_all(kept):
            kept = {path: each for path, each in kept.items() if self.output.has(path, *each)}
        self._take(kept)
        return kept

    def keep_all(self, key: str, count: int) -> bool:
        """Take over the ``count`` files of a key; return whether they are all there."""
        files = self.session.made_from(key)
        if len(files) != count or not self.output.has_all(files):
            return False
        self._take(files)
        return True

    def write(self, path: str, content: bytes, key: str) -> None:
        """Write a file into the site, for the next build to keep."""
        self.output.write(path, content)
        self.remember(path, key)

    def remember(self, path: str, key: str) -> None:
        """Let the next build keep a file that was written."""
        self.session.add_page(path, key, self.output.entry(path))

    def _take(self, files: Mapping[str, Entry]) -> None:
        self.output.adopt_all(files)
        self.session.keep_pages(files)
