"""Values to JSON lines: what may be a metric, a param, a tag, and how it is written."""

from __future__ import annotations

import math

import orjson

from runreport.errors import LogError
from runreport.layout import RESERVED_METRICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

Number = float | int | str
"""A metric's value as it is written; the three non-finite ones are strings."""

TEXT_LIMIT = 1 << 20
"""Longest param or tag, in characters; readers refuse lines of more than 4 MiB."""
MANY = 2_000
"""Most values on one metrics line."""

GOALS = ("min", "max")
SUMMARIES = ("last", "min", "max", "mean")

_PLAIN = frozenset({float, int})
_LINE = orjson.OPT_APPEND_NEWLINE
_encode = orjson.dumps


def encode(fields: Mapping[str, Any]) -> bytes:
    """Return one line of JSON."""
    return _encode(fields, option=_LINE)


def metrics_line(
    metrics: Mapping[str, Any], step: float | None, time: float, known: set[str]
) -> bytes:
    """Return the line of one log call; `known` holds the names that were found good before."""
    row: dict[str, Any] = {"time": time} if step is None else {"step": step, "time": time}
    try:
        if metrics.keys() <= known and _PLAIN.issuperset(map(type, metrics.values())):
            row.update(metrics)
            line = _encode(row, option=_LINE)
            # A non-finite float becomes null; a name that holds "null" only costs the slow way.
            if b"null" not in line:
                return line
    except (AttributeError, TypeError):
        # No mapping, or an int of more than 64 bits: the checks below say which.
        pass
    row = {"time": time} if step is None else {"step": step, "time": time}
    if isinstance(step, int) and not -(2**63) <= step < 2**63:
        raise LogError(f"step: {step!r} has more than 64 bits; give a smaller int")
    row.update(check_metrics(metrics))
    known.update(row.keys() - RESERVED_METRICS)
    return _encode(row, option=_LINE)


def check_metrics(metrics: Mapping[str, Any]) -> dict[str, Number]:
    """Return the metrics as they are written, or raise at the first that is none."""
    try:
        items = list(metrics.items())
    except AttributeError:
        raise LogError(
            f"log_metrics: {metrics!r} is not a mapping; give {{'name': value}}"
        ) from None
    return {check_name(name): number(name, value) for name, value in items}


def check_name(name: object, what: str = "metric") -> str:
    """Return a metric's, param's or tag's name, or raise."""
    if not isinstance(name, str):
        raise LogError(f"{what}: the name {name!r} is not text; give a str")
    if not name.strip():
        raise LogError(f"{what}: the name {name!r} is empty; give it one")
    if what == "metric" and name in RESERVED_METRICS:
        raise LogError(f"metric: the name {name!r} is reserved; choose another, as 'my_{name}'")
    return clean(name)


def number(name: str, value: object) -> Number:
    """Return a metric's value: an int, a finite float, or a non-finite one's name.

    Scalars of numpy, torch and their like are taken by their `item` method; none is imported.
    """
    item = getattr(value, "item", None)
    try:
        plain = item() if callable(item) else value
        if isinstance(plain, int) and -(2**63) <= plain < 2**63:
            return int(plain)
        if not hasattr(plain, "__float__"):
            raise TypeError
        return finite_or_name(float(plain))
    except (TypeError, ValueError, RuntimeError, OverflowError):
        shown = repr(value)
        shown = shown if len(shown) <= 80 else f"{shown[:80]}..."
        raise LogError(
            f"metric {name!r}: {shown} is not one number; give an int or float"
        ) from None


def finite_or_name(value: float) -> float | str:
    """Return a float, or the string that stands for a non-finite one."""
    if math.isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def check_step(step: object) -> float | None:
    """Return a step as a plain number, or raise."""
    if step is None or type(step) is int:
        return step
    value = number("step", step)
    if isinstance(value, str):
        raise LogError(f"step: {step!r} is not finite; give an int")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def declaration(name: str, goal: str | None, summary: str | None) -> dict[str, str]:
    """Return a metric's goal and summary as its declaration in the run record, or raise."""
    given = (("goal", goal, GOALS), ("summary", summary, SUMMARIES))
    for what, value, choices in given:
        if value is not None and value not in choices:
            raise LogError(
                f"metric {name!r}: no {what} {value!r}; choose one of {', '.join(choices)}"
            )
    return {what: value for what, value, _ in given if value is not None}


def seconds(timestamp: float) -> float:
    """Return a timestamp, milliseconds since the epoch as in MLflow, in seconds."""
    return float(timestamp) / 1000


def field(value: object) -> Any:
    """Return a param's or tag's value as it is written: a JSON scalar, a list of them, or text.

    None becomes the text "None": in a merge patch null takes the field away.
    """
    if value is None or isinstance(value, bool):
        return value if value is not None else "None"
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, float):
        return finite_or_name(float(value))
    if isinstance(value, (list, tuple)):
        return [field(entry) for entry in value]
    if isinstance(value, dict):
        return clean(_encode(jsonable(value), option=orjson.OPT_SORT_KEYS).decode())
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "size", None) == 1:
        return field(item())
    return clean(str(value))


def jsonable(value: object) -> Any:
    """Return any value as JSON knows it, keys as text; unknown objects become their str."""
    if isinstance(value, dict):
        return {clean(str(key)): jsonable(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        entries = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        return [jsonable(entry) for entry in entries]
    if value is None:
        return None
    tolist = getattr(value, "tolist", None)
    return jsonable(tolist()) if callable(tolist) else field(value)


def clean(text: str) -> str:
    """Return text that UTF-8 can hold; what is too long for a line says how much is kept."""
    if len(text) > TEXT_LIMIT:
        text = f"{text[:TEXT_LIMIT]} ({TEXT_LIMIT:,} of {len(text):,} characters)"
    # A str subclass, as numpy's, is not what the encoder takes.
    text = str(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as in a file name that is not UTF-8.
        return text.encode("utf-8", "replace").decode()
    return text


def in_parts(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a mapping in pieces that each fit on a line."""
    names = list(values)
    for start in range(0, len(names), MANY):
        yield {name: values[name] for name in names[start : start + MANY]}
