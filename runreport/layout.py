"""The run folder's file names and fixed words: all that the writing and the reading half share."""

from __future__ import annotations

import re
from typing import Final

FORMAT: Final = "runreport/1"
"""The format's name and number, the first field of every run record."""

RUN: Final = "run"
METRICS: Final = "metrics"
SYSTEM: Final = "system"
MEDIA: Final = "media"
STREAMS: Final = (RUN, METRICS, SYSTEM, MEDIA)
"""The streams of JSON lines; each is one file and any number of further segments."""

CONSOLE: Final = "console.log"
NOTES: Final = "README.md"
ARTIFACTS: Final = "artifacts"
CODE: Final = "code"
"""The folder below ``artifacts`` that keeps the script that ran."""

CHANGES: Final = f"{CODE}/changes.diff"
"""The artifact that holds what the working tree had and the commit had not."""

STATUSES: Final = ("running", "finished", "failed", "killed")
"""What a run record may declare."""

INTERRUPTED: Final = "interrupted"
"""What the reading half says of a run that declares "running" and has no living writer."""

RESERVED_METRICS: Final = frozenset({"step", "time"})
"""Keys of a metrics line that are not metrics."""

SEGMENT_HEADER: Final = "segment"
"""Key of the object on a further segment's first line; an object is never a metric."""

SEGMENT_KINDS: Final = ("joined", "resumed", "added")
"""A further writer beside the first (rank, fork), a later launch, values added to an ended run."""

NON_FINITE: Final = {
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
"""How numbers that JSON does not know are written."""

LINE_KEYS: Final = frozenset({"time", "by"})
"""Keys of a run record's line that say when and by whom it was written; not folded into the run."""

_SEGMENT = re.compile(
    r"(run|metrics|system|media)(?:\.(\d{8}T\d{6}(?:\d{6})?Z-[0-9a-f]{8}))?\.jsonl"
)


def segment_name(stream: str, mark: str | None = None) -> str:
    """Return a segment's file name; a stream's first one has no ``mark`` ("<utc>-<8 hex>")."""
    return f"{stream}.jsonl" if mark is None else f"{stream}.{mark}.jsonl"


def split_segment_name(name: str) -> tuple[str, str] | None:
    """Return the stream and mark of a segment's file name (mark "" for the first), else None."""
    match = _SEGMENT.fullmatch(name)
    return (match[1], match[2] or "") if match else None


FOLDER_VARIABLE = "RUNREPORT_DIR"
"""Environment variable: the runs root that scripts log to and commands read, if none is given."""
