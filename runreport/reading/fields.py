"""A folded record's fields in the types that the site counts on, whatever the lines said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from runreport.layout import FORMAT, STATUSES
from runreport.reading.problems import MAX_KINDS
from runreport.records import Finding

MAX_FIELDS: Final = 2_000
"""Values that are kept of each of a record's objects."""

LATEST: Final = 9_000_000_000.0
"""Seconds since the epoch, in the year 2255: what is later was not given in seconds."""

_NAMES: Final = ("run_id", "name", "experiment", "status", "parent")
_TEXTS: Final = frozenset({*_NAMES, "user", "os_user", "host", "version", "python", "command"})
_RESULTS: Final = ("params", "tags", "metrics", "error")
_OBJECTS: Final = frozenset({*_RESULTS, "source", "git", "datasets", "models"})
_TIMES: Final = frozenset({"started", "ended"})
_KNOWN: Final = _TEXTS | _OBJECTS | _TIMES | {"pid", "format"}


def read_fields(fields: Mapping[str, Any], place: str) -> tuple[dict[str, Any], list[Finding]]:
    """Return the record's arguments, those that are absent left out, and what is wrong."""
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for name, value in fields.items():
        message = ""
        if name in _TEXTS:
            values[name] = as_text(value)
        elif name in _OBJECTS:
            values[name], message = _object(name, value)
        elif name in _TIMES:
            values[name] = as_time(value)
            if values[name] is None:
                message = (
                    f"{name} is no time: {_shown(value)}; "
                    "write seconds since 1970, or ISO 8601 as '2026-03-06T20:46:00Z'"
                )
        elif name == "pid" and type(value) is int:
            values[name] = value
        if message:
            findings.append(Finding("warning", place, message))
    extra = {name: fields[name] for name in fields if name not in _KNOWN}
    values["extra"], message = _object("other fields", extra)
    findings += [Finding("warning", place, message)] if message else []
    return values, findings + _check(fields, values, place)


def _object(name: str, value: Any) -> tuple[dict[str, Any], str]:
    """Return an object with as many values as are kept, and what is wrong."""
    if not isinstance(value, dict):
        return {}, f"{name} is not an object: {_shown(value)}"
    count = _count(value)
    if count <= MAX_FIELDS:
        return value, ""
    return _first(value, MAX_FIELDS)[0], (
        f"{MAX_FIELDS:,} of {count:,} {name} are read (at most {MAX_FIELDS:,}); "
        "log fewer, or keep the rest in an artifact"
    )


def _count(value: Any) -> int:
    """Return how many values an object holds, those of objects in it counted one by one."""
    if type(value) is not dict:
        return 1
    return sum(map(_count, value.values())) or 1


def _first(value: Mapping[str, Any], most: int) -> tuple[dict[str, Any], int]:
    """Return an object with no more values than ``most``, and how many more there may be."""
    kept: dict[str, Any] = {}
    for name, item in value.items():
        if most <= 0:
            break
        kept[name] = item
        if type(item) is dict and item:
            kept[name], most = _first(item, most)
        else:
            most -= 1
    return kept, most


def _check(fields: Mapping[str, Any], values: dict[str, Any], place: str) -> list[Finding]:
    """Look at what must be one of a few words; drop metric definitions that are not usable."""
    messages = []
    form = fields.get("format", FORMAT)
    if form != FORMAT:
        messages.append(f"format {form!r} is not known here, only {FORMAT!r}; update runreport")
    status = values.get("status", "")
    if status and status not in STATUSES:
        messages.append(f"status is {status!r}; write one of {', '.join(STATUSES)}")
    definitions = values.get("metrics", {})
    usable = {}
    for metric, definition in definitions.items():
        kept, wrong = _definition(definition)
        usable[metric] = kept
        messages += [f"metrics.{metric}{text}" for text in wrong]
    if definitions:
        values["metrics"] = usable
    if len(messages) > MAX_KINDS:
        more = f"{len(messages) - MAX_KINDS:,} more fields make no sense; mend these first"
        messages = [*messages[:MAX_KINDS], more]
    return [Finding("warning", place, message) for message in messages]


def _definition(definition: Any) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(definition, dict):
        text = f" is {_shown(definition)}; write an object such as {{'goal': 'min'}}"
        return {}, [text]
    choices = {"goal": ("min", "max"), "summary": ("last", "min", "max", "mean")}
    wrong = [
        f".{name} is {_shown(definition[name])}; write one of {', '.join(words)}"
        for name, words in choices.items()
        if name in definition and definition[name] not in words
    ]
    kept = {
        name: value
        for name, value in definition.items()
        if name not in choices or value in choices[name]
    }
    return kept, wrong


def as_text(value: Any) -> str:
    """Return text as it is, anything else as JSON, which is how it was written."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}Infinity"
    return "" if value is None else orjson.dumps(value).decode()


def as_time(value: Any) -> float | None:
    """Return seconds since the epoch of a number or an ISO 8601 text; without a zone it is UTC."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
            value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= LATEST else None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
