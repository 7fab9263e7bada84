"""The limit on all artifacts and downloads of a site together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from runreport.artifacts.store import OutFile
from runreport.records import Finding, PublishedArtifact, RunDigest
from runreport.text.numbers import bytes_text


class Budget:
    """Admits files, run by run, until a site has as many bytes of them as it may have."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._used = 0
        self._admitted: set[str] = set()

    def refused(self, files: Sequence[OutFile]) -> tuple[OutFile, ...]:
        """Return which of a run's files there is no room for; equal files count once."""
        refused = []
        for file in files:
            if file.path in self._admitted:
                continue
            if not self.admit(file.size):
                refused.append(file)
                continue
            self._admitted.add(file.path)
        return tuple(refused)

    @property
    def room(self) -> int:
        """How many bytes more there may be."""
        return self.limit - self._used

    def admit(self, size: int) -> bool:
        """Return whether there is room for so many bytes, and take it if so."""
        if size > self.room:
            return False
        self._used += size
        return True

    def without(
        self, run: RunDigest, refused: Collection[OutFile], files: int, label: str
    ) -> RunDigest:
        """Return a run without what was refused of its ``files``."""
        limit = f"max_total_bytes = {bytes_text(self.limit)}"
        size = sum(file.size for file in refused)
        finding = Finding(
            "warning",
            label,
            f"{len(refused)} of {files} files ({bytes_text(size)}) not published: "
            f"all artifacts together would be more than {limit}; raise that setting",
        )
        note = f"not published: over {limit} for the whole site"
        paths = {file.path for file in refused}

        def cut(artifact: PublishedArtifact) -> PublishedArtifact:
            if artifact.url not in paths:
                return artifact
            return replace(artifact, url="", view_url="", note=note)

        return replace(
            run,
            artifacts=tuple(map(cut, run.artifacts)),
            media=tuple(map(cut, run.media)),
            findings=(*run.findings, finding),
        )
