"""The page that shows one HTML artifact in a sandbox."""

from __future__ import annotations

from runreport.contexts import Link, Page, ViewerContext
from runreport.pages.frame import VIEWER_CSP, Place, Shell, root_of, run_path
from runreport.records import PublishedArtifact


def viewer_page(
    artifact: PublishedArtifact, source: str, *, run_slug: str, run_name: str, shell: Shell
) -> Page:
    """Return the viewer of an artifact at its ``view_url``; ``source`` is its whole text."""
    root = root_of(artifact.view_url)
    return Page(
        artifact.view_url,
        "viewer",
        ViewerContext(
            site=shell.frame(Place(artifact.view_url, artifact.path)),
            name=artifact.path,
            source=source,
            csp=VIEWER_CSP,
            raw=root + artifact.url if artifact.url else "",
            back=Link(run_name, root + run_path(run_slug) + "#artifacts"),
        ),
    )
