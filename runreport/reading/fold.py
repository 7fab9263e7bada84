"""A run's record folded from its lines with JSON merge patch (RFC 7396), and what changed in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

from runreport.layout import LINE_KEYS, SEGMENT_HEADER, STATUSES
from runreport.records import Change

MAX_CHANGES: Final = 2_000
"""Corrections that are kept of a run."""

GAP: Final = "gap"
"""Key of a line that says how many lines of a stream could not be written."""

_NOT_FOLDED: Final = LINE_KEYS | {SEGMENT_HEADER, GAP}
# A run that ends changes these by itself: that is its life, not a correction.
_LIFE: Final = frozenset({"status", "ended"})
# No set: what a line has for a status may be a list, which none can be asked for.
_ENDED: Final = tuple(each for each in STATUSES if each != "running")


class Patch(NamedTuple):
    """One line of a run's record and its place among the others."""

    time: float
    """Seconds since the epoch; the line before it lends its time to a line without one."""
    segment: int
    line: int
    value: Mapping[str, Any]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Folded:
    """The record that results, with every correction that was made on the way."""

    fields: dict[str, Any]
    changes: tuple[Change, ...]
    """The first `MAX_CHANGES` of them."""
    corrections: int
    """How many there are."""


def fold(patches: Iterable[Patch]) -> Folded:
    """Apply patches in order of time, then segment, then line."""
    fields: dict[str, Any] = {}
    changes: list[Change] = []
    corrections = 0
    for patch in sorted(patches, key=lambda patch: (patch.time, patch.segment, patch.line)):
        has_ended = fields.get("status") in _ENDED
        for key, value in patch.value.items():
            if key in _NOT_FOLDED:
                continue
            if has_ended or (key in fields and key not in _LIFE):
                found = _changes(key, fields.get(key), value, patch, keep_new=has_ended)
                first = list(islice(found, MAX_CHANGES - len(changes)))
                changes += first
                corrections += len(first) + sum(1 for _ in found)
            merge(fields, key, value)
    return Folded(fields, tuple(changes), corrections)


def merge(target: dict[str, Any], key: str, value: Any) -> None:
    """Merge one member of a patch: null removes, an object is merged, all else replaces."""
    if value is None:
        target.pop(key, None)
    elif isinstance(value, dict):
        old = target.get(key)
        inner = target[key] = old if isinstance(old, dict) else {}
        for name, item in value.items():
            if item is None or isinstance(item, dict):
                merge(inner, name, item)
            else:
                inner[name] = item
    else:
        target[key] = value


def _changes(name: str, old: Any, new: Any, patch: Patch, *, keep_new: bool) -> Iterator[Change]:
    """Yield a change for each value that is replaced or removed, or new in an ended run."""
    if isinstance(new, dict) and isinstance(old, dict | None):
        for key, value in new.items():
            before = old.get(key) if old else None
            yield from _changes(f"{name}.{key}", before, value, patch, keep_new=keep_new)
    elif _is_same(old, new) or (old is None and not keep_new):
        return
    else:
        time = None if patch.time == float("-inf") else patch.time
        yield Change(name, old, new, time, patch.by)


def _is_same(old: Any, new: Any) -> bool:
    # 1, 1.0 and True are equal to Python, not to somebody who corrected them.
    return type(old) is type(new) and bool(old == new)
