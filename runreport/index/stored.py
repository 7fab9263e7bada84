"""A reduced run as JSON and back, exactly: every number, every text, every point of a sketch."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import fields
from math import isfinite
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from runreport.records import (
    Added,
    Artifact,
    Change,
    Console,
    Finding,
    HistoryChunk,
    Media,
    MetricSummary,
    PublishedArtifact,
    RunDigest,
    RunRecord,
    Sketch,
    SourceFile,
)

# Integers beyond 64 bits and halves of surrogate pairs: only the standard library takes them.
_ODD: Final = re.compile(r"\\u[dD]|\d{19}")

_RECORD: Final = tuple(
    each.name for each in fields(RunRecord) if each.name not in ("folder", "histories", "system")
)
_PARTS: Final[dict[str, Any]] = {
    "media": Media,
    "artifacts": Artifact,
    "files": SourceFile,
    "changes": Change,
    "findings": Finding,
}
_SAFE: Final = frozenset({str, int, bool, type(None)})
_record: Final = attrgetter(*_RECORD)
_digest: Final = attrgetter(*(each.name for each in fields(RunDigest)))
_ROWS: Final[Mapping[type, Callable[[Any], tuple[Any, ...]]]] = {
    kind: attrgetter(*(each.name for each in fields(kind)))
    for kind in (
        *_PARTS.values(),
        *(Added, Console, HistoryChunk, MetricSummary, PublishedArtifact),
    )
}


def encode(digest: RunDigest) -> str | None:
    """Return a run as JSON, or None for one that JSON cannot hold."""
    value = {
        "record": dict(zip(_RECORD, _record(digest.record), strict=True)),
        "digest": _digest(digest)[1:],
    }
    try:
        if _is_plain(value["record"]):
            return orjson.dumps(value, _finite, orjson.OPT_PASSTHROUGH_DATACLASS).decode()
    except (TypeError, RecursionError):
        pass  # orjson refuses more than the standard library
    try:
        return json.dumps(value, default=_plain, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return None


def decode(text: str) -> RunDigest:
    """Return the run that `encode` was given, but for its folder."""
    value = _parsed(text)
    parts = value["record"]
    for name, kind in _PARTS.items():
        parts[name] = tuple(kind(*each) for each in parts[name])
    parts["console"] = Console(*parts["console"]) if parts["console"] else None
    slug, status, metrics, chunks, system, system_chunks, artifacts, media, findings, listed = (
        value["digest"]
    )
    return RunDigest(
        RunRecord(**parts, folder=Path()),
        slug,
        status,
        tuple(map(_metric, metrics)),
        tuple(HistoryChunk(name, tuple(names)) for name, names in chunks),
        tuple(map(_metric, system)),
        tuple(HistoryChunk(name, tuple(names)) for name, names in system_chunks),
        _published(artifacts),
        _published(media),
        tuple(Finding(*each) for each in findings),
        listed,
    )


def _parsed(text: str) -> Any:
    if not _ODD.search(text):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass  # NaN or an infinity
    return json.loads(text)


def _is_plain(value: Any) -> bool:
    """Return whether orjson writes a value so that it comes back the same.

    It would write NaN and the infinities as null, and a date or a member of an enum as text.
    """
    kind = type(value)
    if kind is float:
        return isfinite(value)
    if kind is dict:
        return all(map(_is_plain, value.values()))
    if kind is tuple or kind is list:
        return all(map(_is_plain, value))
    return kind in _SAFE or (kind in _ROWS and all(map(_is_plain, _ROWS[kind](value))))


def _finite(value: Any) -> Any:
    """Return a part of a run as a row, for orjson."""
    row = _plain(value)
    is_metric = type(value) is MetricSummary
    # One sum instead of a look at each of its numbers.
    if is_metric and not (isfinite(sum(row[4:11], row[1])) and _is_plain(value.added)):
        raise TypeError("NaN or an infinity")
    return row


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is Sketch:
        return [b64encode(each).decode() for each in (value.xs, value.ys)]
    if kind not in _ROWS:
        raise TypeError(kind.__name__)
    return _ROWS[kind](value)


def _metric(row: list[Any]) -> MetricSummary:
    added = tuple(Added(*each) for each in row[-2])
    sketch = Sketch(*map(_floats, row[-1])) if row[-1] else None
    values: tuple[Any, ...] = (*row[:-2], added, sketch)
    return MetricSummary(*values)


def _floats(text: str) -> Any:
    return np.frombuffer(b64decode(text), np.float32)


def _published(rows: list[list[Any]]) -> tuple[PublishedArtifact, ...]:
    return tuple(PublishedArtifact(*each) for each in rows)
