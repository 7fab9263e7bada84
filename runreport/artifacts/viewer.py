"""What the sandboxed viewer shows of an artifact."""

from __future__ import annotations

from runreport.artifacts.figures import figure_page
from runreport.artifacts.html import self_contained
from runreport.records import PublishedArtifact


def viewer_source(artifact: PublishedArtifact, content: bytes) -> str:
    """Return the page for the sandbox; ``content`` is the published file's."""
    if artifact.kind == "figure":
        return figure_page(content)
    return self_contained(content.decode(errors="replace"))
