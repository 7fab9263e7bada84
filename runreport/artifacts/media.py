"""The media stream's files: what each is, as its line says, else by its name, and if it is that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from runreport.artifacts.kinds import is_picture_name, is_sound_name
from runreport.records import Media, PublishedArtifact
from runreport.text.numbers import bytes_text

NOT_SHOWN: Final = "cannot be shown"

TEXT_SHOWN: Final = 8_000
"""Characters of a logged text that stand in the page; the file has all of it."""

_SUFFIXES: Final = {
    ".plotly.json": "figure",
    ".table.json": "table",
    ".histogram.json": "histogram",
    ".svg": "image",
    ".html": "html",
    ".htm": "html",
}
_TEXTS: Final = frozenset({"text", "code", "json", "csv", "markdown", "html", "svg", "figure"})
_FITS: Final = {
    "image": {"image", "svg"},
    "figure": {"figure"},
    "table": {"table"},
    "histogram": {"histogram"},
    "audio": {"audio"},
    "html": {"html"},
    "text": _TEXTS,
}
_MISFIT: Final = {
    "image": "it is no picture that browsers show, or has too many pixels",
    "figure": "it is no plotly figure",
    "table": "it is no text in UTF-8",
    "histogram": "it is no text in UTF-8",
    "audio": "it is no sound that browsers play",
    "html": "it is no HTML page in UTF-8",
    "text": "it is no text in UTF-8",
}


def publish_media(
    media: Sequence[Media],
    publish: Callable[[str, str], PublishedArtifact],
    note: Callable[[str, str], None],
) -> tuple[PublishedArtifact, ...]:
    """Publish each file as what its line says that it is, and note those that are not.

    ``publish`` takes a file's path and the kind that it should be, ``note`` a path and what is odd.
    """
    return tuple(_published(each, publish, note) for each in media)


def wanted_kind(media: Media) -> str:
    """Return what an item is to be shown as; "" for what only its content tells."""
    if media.kind in _FITS:
        return media.kind
    name = media.path.lower()
    for suffix, kind in _SUFFIXES.items():
        if name.endswith(suffix):
            return kind
    if is_picture_name(name):
        return "image"
    return "audio" if is_sound_name(name) else ""


def shown_kind(wanted: str, file: PublishedArtifact) -> str:
    """Return as what a published file is shown: one of the format's kinds, or "" for a link."""
    if not file.url or file.note.startswith(NOT_SHOWN):
        return ""
    if wanted:
        return wanted if file.kind in _FITS[wanted] else ""
    if file.kind in ("svg", "image"):
        return "image"
    if file.kind in ("figure", "table", "histogram", "html", "audio"):
        return file.kind
    return "text" if file.kind in _TEXTS else ""


def _published(
    media: Media,
    publish: Callable[[str, str], PublishedArtifact],
    note: Callable[[str, str], None],
) -> PublishedArtifact:
    wanted = wanted_kind(media)
    file = publish(media.path, wanted)
    kind = shown_kind(wanted, file)
    if kind not in ("html", "figure"):
        file = replace(file, view_url="")
    if file.url and wanted and not kind and NOT_SHOWN not in file.note:
        text = f"{NOT_SHOWN}: {_MISFIT[wanted]}"
        note(media.path, text)
        return replace(file, preview="", note=text)
    if kind == "text" and len(file.preview) > TEXT_SHOWN:
        text = f"{bytes_text(TEXT_SHOWN)} of {bytes_text(file.size)} shown"
        return replace(file, preview=file.preview[:TEXT_SHOWN], note=text)
    return file
