"""A reduced run as JSON and back, exactly: every number, every text, every point of a sketch."""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from math import isfinite
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, TypeVar

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

Part = TypeVar("Part")

_EXACT: Final = "{"
"""How a text begins that orjson reads as it was; any other is for the standard library alone."""

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
_DIGEST: Final = tuple(each.name for each in fields(RunDigest) if each.name != "record")
_digest: Final = attrgetter(*_DIGEST)
_METRICS: Final = (_DIGEST.index("metrics"), _DIGEST.index("system"))
_metric: Final = attrgetter(*(each.name for each in fields(MetricSummary) if each.name != "sketch"))
_numbers: Final = attrgetter(
    *("value", "last", "last_step", "min", "min_step", "max", "max_step", "mean")
)
_ROWS: Final[Mapping[type, Callable[[Any], tuple[Any, ...]]]] = {
    kind: attrgetter(*(each.name for each in fields(kind)))
    for kind in (
        *_PARTS.values(),
        *(Added, Console, HistoryChunk, PublishedArtifact),
    )
}
_NO_FOLDER: Final = Path()


def encode(digest: RunDigest) -> str | None:
    """Return a run as JSON, or None for one that JSON cannot hold."""
    parts = list(_digest(digest))
    for place in _METRICS:
        parts[place] = list(_metric_rows(parts[place]))
    value = {
        "record": dict(zip(_RECORD, _record(digest.record), strict=True)),
        "digest": parts,
    }
    try:
        if _is_plain(value["record"]) and all(map(_is_finite, digest.metrics + digest.system)):
            return orjson.dumps(value, _plain, orjson.OPT_PASSTHROUGH_DATACLASS).decode()
    except (TypeError, RecursionError):
        pass  # orjson refuses more than the standard library
    try:
        return " " + json.dumps(value, default=_plain, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return None


def decode(text: str) -> RunDigest:
    """Return the run that `encode` was given, but for its folder."""
    value = orjson.loads(text) if text.startswith(_EXACT) else json.loads(text)
    parts = value["record"]
    for name, kind in _PARTS.items():
        parts[name] = _made(kind, parts[name])
    parts["console"] = Console(*parts["console"]) if parts["console"] else None
    slug, status, metrics, chunks, system, system_chunks, artifacts, media, findings, listed = (
        value["digest"]
    )
    return RunDigest(
        RunRecord(**parts, folder=_NO_FOLDER),
        slug,
        status,
        tuple(_metrics(metrics)),
        _chunks(chunks),
        tuple(_metrics(system)),
        _chunks(system_chunks),
        _made(PublishedArtifact, artifacts),
        _made(PublishedArtifact, media),
        _made(Finding, findings),
        listed,
    )


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


def _is_finite(metric: MetricSummary) -> bool:
    # One sum instead of a look at each of its numbers.
    return isfinite(sum(_numbers(metric))) and (not metric.added or _is_plain(metric.added))


def _plain(value: Any) -> Any:
    """Return a part of a run as a row."""
    kind = type(value)
    if kind not in _ROWS:
        raise TypeError(kind.__name__)
    return _ROWS[kind](value)


def _metric_rows(metrics: Iterable[MetricSummary]) -> Iterator[tuple[Any, ...]]:
    """Yield metrics as rows; most have the steps of the one before, which are not repeated."""
    before: bytes | None = None
    for each in metrics:
        row, sketch = _metric(each), each.sketch
        if sketch is None:
            yield *row, None
        else:
            xs = sketch.xs.tobytes()
            yield *row, (None if xs == before else _text(xs), _text(sketch.ys.tobytes()))
            before = xs


def _metrics(rows: Iterable[list[Any]]) -> Iterator[MetricSummary]:
    """Yield what `_metric_rows` was given."""
    xs: Any = None
    for *row, added, sketch in rows:
        if sketch is not None:
            xs = xs if sketch[0] is None else _floats(sketch[0])
            sketch = Sketch(xs, _floats(sketch[1]))
        values: tuple[Any, ...] = (*row, _made(Added, added), sketch)
        yield MetricSummary(*values)


def _text(content: bytes) -> str:
    return b2a_base64(content, newline=False).decode()


def _floats(text: str) -> Any:
    return np.frombuffer(a2b_base64(text), np.float32)


def _chunks(rows: list[list[Any]]) -> tuple[HistoryChunk, ...]:
    return tuple([HistoryChunk(name, tuple(names)) for name, names in rows])


def _made(kind: Callable[..., Part], rows: list[list[Any]]) -> tuple[Part, ...]:
    return tuple([kind(*each) for each in rows]) if rows else ()
