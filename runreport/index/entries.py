"""What the index keeps of a run beside its digest, as one short JSON text.

It is all that most builds need of a run, so that ten thousand are read in a tenth of a second.
"""

from __future__ import annotations

import json
import math
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from runreport.artifacts import OutFile
from runreport.reading.liveness import Writer
from runreport.records import Finding, HistoryChunk, PublishedArtifact
from runreport.rows import MetricValue, RunRow

_EXACT: Final = "["
"""How a text begins that orjson reads as it was; any other is for the standard library alone."""

_PLAIN: Final = frozenset({str, int, bool, type(None)})


# As `_make`, which also counts: what is decoded here was encoded here.
_row = partial(tuple.__new__, RunRow)
_metric = partial(tuple.__new__, MetricValue)


class RunEntry(NamedTuple):
    """A reduced run: its row, and what has to be known to take it over from the old site."""

    row: RunRow
    key: str
    """Hash of the encoded digest: it stands for all of the run that its page shows."""
    writer: Writer | None
    """Of a run that declares to be running: whom its status depends on."""
    files: tuple[OutFile, ...]
    """The published artifacts."""
    data: tuple[OutFile, ...]
    """The data files."""
    is_whole: bool
    """Whether nothing of the row was kept back or redacted."""


def encode_entry(entry: RunEntry) -> str:
    """Return an entry as JSON.

    Raises:
        TypeError, ValueError, RecursionError: a param or tag is what JSON cannot hold.
    """
    row = entry.row
    value = (
        *row[:-4],
        list(map(tuple, row.metrics)),
        [(each.name, each.metrics) for each in row.chunks],
        [(f.level, f.place, f.message, f.count) for f in row.findings],
        [(v.path, v.size, v.kind, v.url, v.view_url, v.data_url) for v in row.viewers],
        entry.key,
        entry.writer and tuple(entry.writer),
        [(file.path, file.sha256, file.size) for file in entry.files],
        [(file.path, file.sha256, file.size) for file in entry.data],
        entry.is_whole,
    )
    try:
        if all(map(_is_exact, value)):
            return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()
    except TypeError:
        pass  # orjson refuses more than the standard library
    return " " + json.dumps(value, separators=(",", ":"), default=str)


def decode_entry(text: str) -> RunEntry:
    """Return the entry that `encode_entry` was given.

    Raises:
        ValueError, TypeError: it is no such text.
    """
    value = orjson.loads(text) if text.startswith(_EXACT) else json.loads(text)
    *facts, metrics, chunks, findings, viewers, key, writer, files, data, is_whole = value
    row = _row(
        (
            *facts,
            tuple(map(_metric, metrics)),
            tuple([HistoryChunk(name, tuple(names)) for name, names in chunks]),
            tuple([Finding(*each) for each in findings]),
            tuple([PublishedArtifact(*each) for each in viewers]),
        )
    )
    return RunEntry(
        row,
        key,
        Writer(*writer) if writer else None,
        tuple([OutFile(path, sha256, size, None) for path, sha256, size in files]),
        tuple([OutFile(path, sha256, size, None) for path, sha256, size in data]),
        is_whole,
    )


def _is_exact(value: Any) -> bool:
    """Return whether orjson writes a value so that it comes back the same: not so NaN."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is dict:
        return all(map(_is_exact, value.values()))
    if kind is list or kind is tuple:
        return all(map(_is_exact, value))
    return kind in _PLAIN
