"""The limit on all artifacts of a site together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from runreport.artifacts.publish import Publication
from runreport.records import Finding, PublishedArtifact
from runreport.text.numbers import bytes_text


class Budget:
    """Admits files, run by run, until a site has as many bytes of artifacts as it may have."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._admitted: set[str] = set()

    def admit(self, publication: Publication, label: str) -> Publication:
        """Return what of a run's publication there is room for; equal files count once."""
        refused: list[str] = []
        size = 0
        for file in publication.files:
            if file.path in self._admitted:
                continue
            if self._used + file.size > self._limit:
                refused.append(file.path)
                size += file.size
                continue
            self._admitted.add(file.path)
            self._used += file.size
        return self._without(publication, refused, size, label) if refused else publication

    def _without(
        self, publication: Publication, refused: Collection[str], size: int, label: str
    ) -> Publication:
        limit = f"max_total_bytes = {bytes_text(self._limit)}"
        finding = Finding(
            "warning",
            label,
            f"{len(refused)} of {len(publication.files)} files ({bytes_text(size)}) not published: "
            f"all artifacts together would be more than {limit}; raise that setting",
        )
        note = f"not published: over {limit} for the whole site"

        def cut(artifact: PublishedArtifact) -> PublishedArtifact:
            if artifact.url not in refused:
                return artifact
            return replace(artifact, url="", view_url="", note=note)

        return replace(
            publication,
            artifacts=tuple(map(cut, publication.artifacts)),
            media=tuple(map(cut, publication.media)),
            findings=(*publication.findings, finding),
            files=tuple(file for file in publication.files if file.path not in refused),
        )
