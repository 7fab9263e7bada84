"""A run's notes as safe HTML."""

from __future__ import annotations

from markupsafe import Markup

from runreport.records import PublishedArtifact, RunDigest


def run_notes(run: RunDigest) -> Markup | str:
    """Return a run's notes, "" for none; their links lead to its artifacts."""
    if not run.record.notes.strip():
        return ""
    # Most runs have none, and what it loads takes longer than rendering many pages.
    from runreport.text.notes import Targets, make_notes

    files: dict[str, str] = {}
    pictures: dict[str, str] = {}
    for artifact in run.artifacts:
        for path in (f"artifacts/{artifact.path}", artifact.path):
            files.setdefault(path, _from_run(artifact.view_url or artifact.url))
            pictures.setdefault(path, _picture(artifact))
    for media, file in zip(run.record.media, run.media, strict=True):
        files.setdefault(media.path, _from_run(file.url))
        pictures.setdefault(media.path, _picture(file))
    return make_notes(run.record.notes, Targets(files, pictures))


def _picture(file: PublishedArtifact) -> str:
    if file.kind == "svg":
        return file.preview
    return _from_run(file.url) if file.kind == "image" else ""


def _from_run(url: str) -> str:
    return f"../../{url}" if url else ""
