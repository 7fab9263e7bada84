"""One run's files: opened without following links, looked at, and handed to the store."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

from runreport.artifacts.figures import is_drawn_in_page, read_figure
from runreport.artifacts.forms import form_of, read_form
from runreport.artifacts.html import needs_network
from runreport.artifacts.kinds import (
    HEAD,
    MOST_PIXELS,
    is_huge_picture,
    is_picture_name,
    is_sound_name,
    kind_of,
    runs_when_loaded,
)
from runreport.artifacts.media import NOT_SHOWN, publish_media
from runreport.artifacts.previews import preview_of
from runreport.artifacts.series import media_files, with_few_viewers, without_unseen
from runreport.artifacts.store import OutFile, Store
from runreport.errors import ReadError
from runreport.layout import ARTIFACTS
from runreport.reading.folders import Folder
from runreport.reading.sources import RunFolder
from runreport.records import DataFile, Finding, PublishedArtifact, RunRecord
from runreport.text.names import output_name, slug
from runreport.text.numbers import bytes_text
from runreport.text.redact import HIDDEN, Redactor
from runreport.text.serialize import data_script

SEARCHED: Final = 8_000_000
"""Bytes of a text that is searched for secrets."""

_NOT_TEXT: Final = frozenset({"binary", "image", "audio"})
_NEEDS_NETWORK: Final = (
    "needs the network, which its viewer does not give it; make it self-contained"
)
_SECRET: Final = "looks like a secret and is published as [redacted]; take it out of the file"


@dataclass(frozen=True, slots=True)
class Limits:
    """What of a run's files is published."""

    artifacts: Literal["copy", "omit"] = "copy"
    max_artifact_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Publication:
    """A run's files as the site offers them, and what has to be written for that."""

    artifacts: tuple[PublishedArtifact, ...] = ()
    media: tuple[PublishedArtifact, ...] = ()
    """One for each of the record's media."""
    findings: tuple[Finding, ...] = ()
    files: tuple[OutFile, ...] = ()
    data: tuple[DataFile, ...] = ()
    media_data: str = ""
    """As in `RunDigest`."""


NOTHING: Final = Publication()
"""Of a run that has neither artifacts nor media."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishing is about, the same for all runs."""

    store: Store
    limits: Limits
    redactor: Redactor

    def publish(self, record: RunRecord, found: RunFolder, run_slug: str) -> Publication:
        """Publish the artifacts and the media of one run."""
        if not record.artifacts and not record.media:
            return NOTHING
        run = _Run(self, found, run_slug)
        artifacts = [
            run.publish(_Wanted(each.path, (ARTIFACTS,)), each.size) for each in record.artifacts
        ]
        media = publish_media(record.media, run.publish_medium, run.note)
        media = with_few_viewers(record.media, media)
        listed = media_files(record.media, media, run_slug)
        return Publication(
            tuple(artifacts),
            without_unseen(record.media, media),
            run.findings(),
            tuple(run.files.values()),
            (*run.data.values(), *listed),
            f"data/{listed[0].name}" if listed else "",
        )


class _Wanted(NamedTuple):
    """A file that is to be published."""

    path: str
    below: tuple[str, ...] = ()
    """The folders of the run that the path begins in."""
    kind: str = ""
    """What the file should be; "" where nobody says so."""

    @property
    def place(self) -> str:
        """Its path below the run's folder."""
        return "/".join((*self.below, self.path))


class _Run:
    """The files of one run while they are published."""

    def __init__(self, publisher: Publisher, found: RunFolder, run_slug: str) -> None:
        self.store = publisher.store
        self.limits = publisher.limits
        self.redactor = publisher.redactor
        self.found = found
        self.run_slug = run_slug
        self.files: dict[str, OutFile] = {}
        self.data: dict[str, DataFile] = {}
        self._places: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def findings(self) -> tuple[Finding, ...]:
        """Return what was odd, each kind once with its first place."""
        return tuple(
            Finding("warning", self._places[text], text, count)
            for text, count in self._counts.items()
        )

    def publish_medium(self, path: str, kind: str) -> PublishedArtifact:
        """Publish one file of the media stream."""
        return self.publish(_Wanted(path, kind=kind), 0)

    def publish(self, wanted: _Wanted, size: int) -> PublishedArtifact:
        """Publish one file, or say why not; ``size`` is what it had when it was listed."""
        if self.limits.artifacts == "omit":
            note = 'not copied: the site is built with artifacts = "omit"'
            return self._listed(wanted, size, note)
        parts = _parts(wanted.path)
        if parts is None:
            return self._refused(wanted, size, "it is no path inside the run folder")
        *folders, name = (*wanted.below, *parts)
        try:
            with (
                self._open_root() as root,
                root.walk_to(folders) as folder,
                folder.open_file(name) as (descriptor, size),
            ):
                _check_owner(folder, descriptor)
                return self._published(wanted, descriptor, size)
        except ReadError as error:
            return self._refused(wanted, size, str(error).removeprefix(f"{name}: "))
        except OverflowError:
            return self._refused(wanted, size, "it grows while it is read; build again later")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            return self._refused(wanted, size, f"{reason}; make it readable or remove it")

    def _open_root(self) -> Folder:
        """Open the run folder, step by step from the source that the user named."""
        with Folder(self.found.root) as root:
            return root.walk_to(self.found.folder.relative_to(self.found.root).parts)

    def _published(self, wanted: _Wanted, descriptor: int, size: int) -> PublishedArtifact:
        limit = self.limits.max_artifact_bytes
        if size > limit:
            return self._refused(
                wanted,
                size,
                f"{bytes_text(size)} is more than max_artifact_bytes = {bytes_text(limit)}; "
                "raise that setting",
            )
        name = self.redactor.secrets(wanted.path.rpartition("/")[2])
        head = os.read(descriptor, HEAD)
        kind = kind_of(name, head)
        if kind in _NOT_TEXT or size > SEARCHED:
            out, content = self.store.copy(descriptor, _safe_name(name, kind), limit), head
            notes = _notes(name, kind, head)
        else:
            content, notes = self._without_secrets(wanted, _read(descriptor, size))
            out = self.store.put(content, _safe_name(name, kind))
        self.files.setdefault(out.path, out)
        view = f"r/{self.run_slug}/{slug(name, 40)}-{_hash(wanted.place)}.html"
        path = self.redactor.text(wanted.path)
        file = PublishedArtifact(path, out.size, kind, out.path, view, note="; ".join(notes))
        return self._described(wanted, file, content, out.sha256)

    def _without_secrets(self, wanted: _Wanted, content: bytes) -> tuple[bytes, list[str]]:
        text = content.decode(errors="surrogateescape")
        clean = self.redactor.secrets(text)
        if clean == text:
            return content, []
        self.note(wanted.place, _SECRET, max(1, clean.count(HIDDEN) - text.count(HIDDEN)))
        return clean.encode(errors="surrogateescape"), [
            "published without what looks like a secret"
        ]

    def _described(
        self, wanted: _Wanted, file: PublishedArtifact, content: bytes, sha256: str
    ) -> PublishedArtifact:
        """Return a published file with what its content is, and how a page shows it."""
        is_whole = len(content) == file.size
        if wanted.kind == "text" and file.kind in ("html", "svg"):
            file = replace(file, kind="text")
        form = form_of(file.path, file.kind, content, wanted.kind)
        formed = self._formed(wanted, file, form, content if is_whole else None) if form else None
        if formed is not None:
            return formed
        figure = None
        if file.kind == "json" and is_whole and wanted.kind in ("", "figure"):
            figure = read_figure(content)
        if figure is not None:
            return self._figure(file, figure, sha256)
        preview, note = preview_of(file.kind, content, file.size)
        if file.kind == "html":
            if needs_network(content.decode(errors="replace")):
                note = _NEEDS_NETWORK
                self.note(wanted.place, f"the page {note}")
        else:
            file = replace(file, view_url="")
        preview = preview if file.kind == "svg" else self.redactor.text(preview)
        return _with_note(replace(file, preview=preview), note)

    def _formed(
        self, wanted: _Wanted, file: PublishedArtifact, form: str, content: bytes | None
    ) -> PublishedArtifact | None:
        """Return a file of one of our own forms with what of it is shown.

        None is for JSON of another form that nobody called ours.
        """
        file = replace(file, view_url="")
        try:
            if content is None:
                raise ValueError(f"it is larger than {bytes_text(SEARCHED)}")
            preview, note = read_form(form, content, self.redactor)
        except ValueError as error:
            if not wanted.kind:
                return None
            text = f"{NOT_SHOWN}: {error}"
            self.note(wanted.place, text)
            return _with_note(file, text)
        return _with_note(replace(file, kind=form, preview=preview), note)

    def _figure(
        self, file: PublishedArtifact, figure: dict[str, Any], sha256: str
    ) -> PublishedArtifact:
        """Return a figure with its data file, or with the viewer where the page cannot draw it."""
        if not is_drawn_in_page(figure):
            return replace(file, kind="figure")
        data = data_script(f"p-{sha256[:16]}", figure)
        self.data.setdefault(data.name, data)
        return replace(file, kind="figure", view_url="", data_url=f"data/{data.name}")

    def _refused(self, wanted: _Wanted, size: int, reason: str) -> PublishedArtifact:
        text = f"not published: {reason}"
        self.note(wanted.place, text)
        return self._listed(wanted, size, text)

    def _listed(self, wanted: _Wanted, size: int, note: str) -> PublishedArtifact:
        return PublishedArtifact(self.redactor.text(wanted.path), size, "binary", note=note)

    def note(self, place: str, text: str, count: int = 1) -> None:
        """Count something odd about the file at a path below the run's folder."""
        self._places.setdefault(text, f"{self.found.label}/{self.redactor.text(place)}")
        self._counts[text] += count


def _notes(name: str, kind: str, head: bytes) -> list[str]:
    """Return what a reader should know of a file that is published as it is."""
    if kind not in _NOT_TEXT:
        return [f"not searched for secrets: larger than {bytes_text(SEARCHED)}"]
    if kind == "binary" and is_picture_name(name) and is_huge_picture(head):
        return [f"more than {MOST_PIXELS:,} pixels: not shown in the page"]
    return ["executes code when it is loaded"] if runs_when_loaded(name) else []


def _with_note(file: PublishedArtifact, note: str) -> PublishedArtifact:
    return replace(file, note="; ".join(filter(None, (file.note, note))))


def _check_owner(folder: Folder, descriptor: int) -> None:
    """Refuse a second name of somebody else's file: it may be one that is not to be seen."""
    if folder.descriptor is None:
        return
    facts = os.fstat(descriptor)
    if facts.st_nlink > 1 and facts.st_uid != os.fstat(folder.descriptor).st_uid:
        raise ReadError("is a hard link to another user's file; put a copy there")


def _parts(path: str) -> list[str] | None:
    """Return the names on a relative path, or None when it could lead elsewhere."""
    parts = path.split("/")
    wrong = ("\0" in path) or ("\\" in path and os.name == "nt")
    return None if wrong or any(part in ("", ".", "..") for part in parts) else parts


def _safe_name(name: str, kind: str) -> str:
    # What only claims to be a picture or a sound is not offered as one.
    if kind == "binary" and (is_picture_name(name) or is_sound_name(name)):
        return output_name(f"{name}.bin")
    return output_name(name, text=kind not in _NOT_TEXT)


def _read(descriptor: int, size: int) -> bytes:
    """Return an open file's first ``size`` bytes; what is appended meanwhile comes next time."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with open(descriptor, "rb", closefd=False) as file:
        return file.read(size)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
