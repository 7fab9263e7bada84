"""A run's artifacts as a tree, each file with a preview."""

from __future__ import annotations

import csv
import io
import json
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from runreport.artifacts.drawing import draw_histogram, drawing_svg
from runreport.artifacts.histograms import stored_histogram
from runreport.artifacts.tables import stored_table
from runreport.contexts import ArtifactFile, ArtifactFolder
from runreport.records import PublishedArtifact
from runreport.text.numbers import bytes_text, plural

TABLE_ROWS: Final = 20
TABLE_COLUMNS: Final = 20
"""A table's preview shows this much; the file has all of it."""

FEW: Final = 12
"""Folders of a tree of up to this many files are open from the start."""

PICTURES_OPEN: Final = 4
"""Up to this many pictures show without a click."""

TEXTS: Final = frozenset({"text", "code", "json", "markdown", "svg", "html"})
PICTURES: Final = frozenset({"image", "svg"})


def artifact_tree(artifacts: Sequence[PublishedArtifact], root: str) -> ArtifactFolder | None:
    """Return the folders and files, or None for a run without artifacts."""
    if not artifacts:
        return None
    pictures = sum(each.kind in PICTURES for each in artifacts)
    opened = pictures <= PICTURES_OPEN
    return _folder("", artifacts, 0, _Look(root, len(artifacts) <= FEW, opened))


@dataclass(frozen=True, slots=True)
class _Look:
    """How a tree is shown."""

    root: str
    folders_open: bool
    pictures_open: bool


def _folder(
    name: str, artifacts: Sequence[PublishedArtifact], depth: int, look: _Look
) -> ArtifactFolder:
    """Return the folder whose files' paths have ``depth`` names before the file's own level."""
    folders: dict[str, list[PublishedArtifact]] = {}
    files = []
    for artifact in artifacts:
        names = artifact.path.split("/")[depth:]
        if len(names) > 1:
            folders.setdefault(names[0], []).append(artifact)
        else:
            files.append(artifact)
    size = bytes_text(sum(each.size for each in artifacts))
    return ArtifactFolder(
        name=name,
        note=f"{plural(len(artifacts), 'file')}, {size}",
        folders=tuple(_folder(n, each, depth + 1, look) for n, each in sorted(folders.items())),
        files=tuple(_file(each, look) for each in files),
        open=look.folders_open,
    )


def _file(artifact: PublishedArtifact, look: _Look) -> ArtifactFile:
    rows, note = _rows(artifact)
    picture = _picture(artifact, look.root)
    return ArtifactFile(
        name=posixpath.basename(artifact.path),
        path=artifact.path,
        kind=artifact.kind,
        size=bytes_text(artifact.size),
        href=look.root + artifact.url if artifact.url else "",
        view_href=look.root + artifact.view_url if artifact.view_url else "",
        picture=picture,
        figure_src=look.root + artifact.data_url if artifact.data_url else "",
        code=_code(artifact),
        lines=artifact.kind == "code",
        rows=rows,
        sound=look.root + artifact.url if artifact.kind == "audio" and artifact.url else "",
        drawing=_drawing(artifact),
        note="; ".join(each for each in (artifact.note, note) if each),
        open=bool(picture) and look.pictures_open,
    )


def _picture(artifact: PublishedArtifact, root: str) -> str:
    """Return where a picture's bytes are; an svg's stand in the page, as a data: URI."""
    if artifact.kind == "svg":
        return artifact.preview if artifact.preview.startswith("data:image/svg+xml") else ""
    return root + artifact.url if artifact.kind == "image" and artifact.url else ""


def _drawing(artifact: PublishedArtifact) -> Markup | str:
    histogram = stored_histogram(artifact.preview) if artifact.kind == "histogram" else None
    return drawing_svg(draw_histogram(histogram), "s0") if histogram else ""


def _code(artifact: PublishedArtifact) -> Markup | str:
    """Return the head of a text, highlighted by what its name says it is."""
    text = artifact.preview
    if artifact.kind not in TEXTS or artifact.kind in PICTURES or not text:
        return ""
    # Loading it takes longer than rendering many pages, most of which show no text.
    from runreport.text.highlight import highlight

    if artifact.kind == "json":
        return highlight(_indented(text), "preview.json")
    return highlight(text, artifact.path if artifact.kind in {"code", "markdown"} else "")


def _indented(text: str) -> str:
    """Return JSON with a line for each value; what is cut or not JSON stays as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _rows(artifact: PublishedArtifact) -> tuple[tuple[tuple[str, ...], ...], str]:
    """Return the head of a table, and a note when it is not all of it."""
    if artifact.kind == "table" and (head := stored_table(artifact.preview)):
        return (head.columns, *head.rows), ""
    if artifact.kind != "csv" or not artifact.preview:
        return (), ""
    delimiter = "\t" if artifact.path.lower().endswith(".tsv") else ","
    try:
        rows = [
            row for row in csv.reader(io.StringIO(artifact.preview), delimiter=delimiter) if row
        ]
    except csv.Error:
        return (), ""
    shown = tuple(tuple(row[:TABLE_COLUMNS]) for row in rows[: TABLE_ROWS + 1])
    notes = []
    if len(rows) > TABLE_ROWS + 1:
        notes.append(f"the first {TABLE_ROWS} rows are shown")
    if rows and max(len(row) for row in rows) > TABLE_COLUMNS:
        notes.append(f"the first {TABLE_COLUMNS} columns are shown")
    return shown, "; ".join(notes)
