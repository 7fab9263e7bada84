"""runreport's own run folders: run.jsonl, metrics.jsonl and what lies beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from runreport.errors import ReadError
from runreport.layout import (
    ARTIFACTS,
    CONSOLE,
    MEDIA,
    METRICS,
    NOTES,
    RUN,
    SEGMENT_HEADER,
    SYSTEM,
    split_segment_name,
)
from runreport.reading.attachments import list_artifacts, read_console, read_notes
from runreport.reading.builder import MAX_METRICS
from runreport.reading.fields import as_text, as_time, read_fields
from runreport.reading.fold import GAP, MAX_CHANGES, Patch, fold
from runreport.reading.folders import Folder
from runreport.reading.jsonlines import parse_lines
from runreport.reading.kept import Kept
from runreport.reading.launches import count_metrics, make_histories
from runreport.reading.listing import Tree
from runreport.reading.pieces import Hasher, Pieces
from runreport.reading.points import Points, read_points
from runreport.reading.problems import LONG, BadLine, Problems
from runreport.reading.seen import Seen
from runreport.reading.walk import find_listed_folders, find_run_folders
from runreport.records import (
    Artifact,
    Console,
    Finding,
    History,
    Media,
    RunRecord,
    SourceFile,
)

NAME: Final = "native"

FOLDER_ALONE: Final = True
"""A run depends on the files in its folder alone, so that builds need not read it again."""


def find_runs(root: Path) -> Iterator[Path | Finding]:
    """Yield the folders that hold run.jsonl or metrics.jsonl, runs inside runs among them."""
    return find_run_folders(root)


def find_listed(root: Path, tree: Tree) -> Iterator[str | Finding]:
    """Yield what `find_runs` yields, as texts, of a tree that has been listed."""
    return find_listed_folders(root, tree)


def read_run(folder: Path, root: Path) -> RunRecord:
    """Read a run folder below ``root``."""
    return read_grown_run(folder, root, None)


def read_grown_run(
    folder: Path, root: Path, kept: Kept | None, seen: Seen | None = None
) -> RunRecord:
    """Read a run folder of which an earlier reading may have kept something.

    ``seen`` is told the hash of every file of lines.
    """
    experiment = "/".join(_below(root, folder)[:-1]) or root.name
    with _opened(folder, root, kept, seen) as run:
        return run.read(folder, experiment)


def read_histories(
    folder: Path, root: Path, kept: Kept | None
) -> tuple[tuple[History, ...], tuple[Finding, ...]]:
    """Read the metrics of a run folder alone."""
    with _opened(folder, root, kept) as run:
        return run.read_histories(), tuple(run.findings)


def _below(root: Path, folder: Path) -> tuple[str, ...]:
    # Several times as fast as Path.relative_to, which is felt with 10,000 runs.
    return folder.parts[len(root.parts) :]


@contextmanager
def _opened(
    folder: Path, root: Path, kept: Kept | None, seen: Seen | None = None
) -> Iterator[_Run]:
    parts = _below(root, folder)
    with Folder(root) as outside, outside.walk_to(parts) as inside:
        names = inside.names() if seen is None else seen.names
        yield _Run(inside, "/".join(parts) or root.name, frozenset(names), kept, seen)


@dataclass(slots=True)
class _Run:
    """One open run folder, and what its reading has found so far."""

    folder: Folder
    place: str
    names: frozenset[str]
    kept: Kept | None
    seen: Seen | None
    findings: list[Finding] = field(default_factory=list)
    files: list[SourceFile] = field(default_factory=list)
    good_lines: int = 0

    def read(self, folder: Path, experiment: str) -> RunRecord:
        streams = self._streams()
        folded = fold(self._patches(streams.get(RUN, [])))
        values, findings = read_fields(folded.fields, f"{self.place}/{RUN}.jsonl")
        if folded.corrections > len(folded.changes):
            text = (
                f"{len(folded.changes):,} of {folded.corrections:,} corrections are read "
                f"(at most {MAX_CHANGES:,}); the run has the values of all"
            )
            findings.append(Finding("warning", f"{self.place}/{RUN}.jsonl", text))
        self.findings += findings
        histories = self._histories(streams.get(METRICS, []))
        system = self._histories(streams.get(SYSTEM, []))
        media = self._media(streams.get(MEDIA, []))
        if not self.good_lines:
            text = "no line of this run can be read; delete the folder or restore its files"
            self.findings.insert(0, Finding("error", self.place, text))
        values["run_id"] = values.get("run_id") or folder.name
        values["name"] = values.get("name") or folder.name
        values["experiment"] = values.get("experiment") or experiment
        return RunRecord(
            **values,
            folder=folder,
            reader=NAME,
            histories=histories,
            system=system,
            media=media,
            changes=folded.changes,
            artifacts=self._artifacts(),
            notes=self._notes(),
            console=self._console(),
            files=tuple(self.files),
            findings=tuple(self.findings),
        )

    def read_histories(self) -> tuple[History, ...]:
        """Return the histories; what is odd about them is among the findings."""
        return self._histories(self._streams().get(METRICS, []))

    def _streams(self) -> dict[str, list[str]]:
        """Return the segments' names by stream, in the order they were begun."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name in self.names:
            split = split_segment_name(name)
            if split is not None:
                found.setdefault(split[0], []).append((split[1], name))
        return {stream: [name for _, name in sorted(names)] for stream, names in found.items()}

    def _patches(self, names: Sequence[str]) -> Iterator[Patch]:
        time = -math.inf
        for segment, name in enumerate(names):
            problems = Problems(f"{self.place}/{name}")
            for line, value in self._objects(name, problems):
                stamp = as_time(value.get("time"))
                time = time if stamp is None else stamp
                if GAP in value:
                    problems.add("gap", line, _gap_text(value[GAP]))
                yield Patch(time, segment, line, value, as_text(value.get("by")))
            self.findings += problems.findings()

    def _histories(self, names: Sequence[str]) -> tuple[History, ...]:
        segments: list[Points] = []
        for name in names:
            place = f"{self.place}/{name}"
            problems = Problems(place)
            try:
                with self.folder.open_file(name) as (descriptor, size):
                    points = self._points(name, descriptor, size, problems)
            except (OSError, ReadError) as error:
                self._refuse(place, error)
                continue
            segments.append(points)
            if points.is_long:
                problems.add_long_tail(points.lines + 1)
            self.good_lines += points.lines - problems.bad_lines
            self.files.append(SourceFile(name, size, points.lines, problems.bad_lines, points.torn))
            self.findings += problems.findings()
        if not segments:
            return ()
        histories = make_histories(segments)
        if len(histories) >= MAX_METRICS and (logged := count_metrics(segments)) > MAX_METRICS:
            text = (
                f"{len(histories):,} of {logged:,} metrics are read (at most {MAX_METRICS:,}); "
                "log fewer names, or keep the rest in an artifact"
            )
            self.findings.append(Finding("warning", f"{self.place}/{names[0]}", text))
        return histories

    def _points(self, name: str, descriptor: int, size: int, problems: Problems) -> Points:
        if self.kept is None:
            points = read_points(descriptor, size, problems, hasher=self._hasher())
        else:
            points = self.kept.read(name, descriptor, size, problems)
        self._saw(name, points.sha256)
        return points

    def _hasher(self) -> Hasher | None:
        return self.seen.hasher() if self.seen else None

    def _saw(self, name: str, sha256: str) -> None:
        if self.seen and sha256:
            self.seen.hashes[name] = sha256

    def _objects(self, name: str, problems: Problems) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield a segment's objects with their line numbers."""
        lines = 0
        try:
            with self.folder.open_file(name) as (descriptor, size):
                pieces = Pieces(descriptor, size, hasher=self._hasher())
                for piece in pieces:
                    if piece is None:
                        lines += 1
                        problems.add_bad_line(lines, BadLine(LONG))
                        continue
                    numbers, objects = parse_lines(piece, lines + 1, problems)
                    self.good_lines += len(objects)
                    lines += piece.count(b"\n")
                    problems.settle()
                    yield from zip(numbers, objects, strict=True)
                if pieces.is_long:
                    problems.add_long_tail(lines + 1)
        except (OSError, ReadError) as error:
            self._refuse(problems.place, error)
            return
        self._saw(name, pieces.sha256)
        self.files.append(SourceFile(name, size, lines, problems.bad_lines, pieces.torn))

    def _media(self, names: Sequence[str]) -> tuple[Media, ...]:
        found = []
        for name in names:
            problems = Problems(f"{self.place}/{name}")
            for line, value in self._objects(name, problems):
                if SEGMENT_HEADER in value:
                    continue
                media = _as_media(value)
                if media is None:
                    text = "no key or no path; the line is left out, mend or delete it"
                    problems.add("media", line, text)
                else:
                    found.append(media)
            self.findings += problems.findings()
        return tuple(found)

    def _artifacts(self) -> tuple[Artifact, ...]:
        if ARTIFACTS not in self.names:
            return ()
        found, findings = list_artifacts(self.folder, ARTIFACTS, self.place)
        self.findings += findings
        return tuple(found)

    def _notes(self) -> str:
        if NOTES not in self.names:
            return ""
        try:
            text, left_out = read_notes(self.folder, NOTES)
        except (OSError, ReadError) as error:
            self._refuse(f"{self.place}/{NOTES}", error)
            return ""
        if left_out:
            self.findings.append(Finding("warning", f"{self.place}/{NOTES}", left_out))
        return text

    def _console(self) -> Console | None:
        if CONSOLE not in self.names:
            return None
        try:
            return read_console(self.folder, CONSOLE)
        except (OSError, ReadError) as error:
            self._refuse(f"{self.place}/{CONSOLE}", error)
            return None

    def _refuse(self, place: str, error: Exception) -> None:
        text = str(error) if isinstance(error, ReadError) else _os_text(error)
        self.findings.append(Finding("warning", place, text))


def _gap_text(gap: Any) -> str:
    gap = gap if isinstance(gap, dict) else {}
    return (
        f"{gap.get('dropped', 'some')} lines of {gap.get('stream', 'a stream')} "
        "could not be written while the run went on; look at the disk it wrote to"
    )


def _as_media(value: Mapping[str, Any]) -> Media | None:
    key, path, step = value.get("key"), value.get("path"), value.get("step")
    if not isinstance(key, str) or not isinstance(path, str) or not path:
        return None
    number = float(step) if isinstance(step, int | float) else 0.0
    caption, kind = as_text(value.get("caption")), as_text(value.get("kind"))
    return Media(key, number, as_time(value.get("time")), path, caption, kind)


def _os_text(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return f"cannot be read: {reason}; look at its permissions and its disk"
