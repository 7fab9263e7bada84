"""JSON for scripts: every value that reaches a page's script or a data file goes through here."""

from __future__ import annotations

import hashlib
import math
import operator
import re
from typing import Any

import orjson

from runreport.records import DataFile

# orjson stops at 254 levels; the remainder is for the objects that data files wrap around a value.
MAX_DEPTH = 200
TOO_DEEP = "[nested too deeply]"

_SURROGATES = re.compile("[\ud800-\udfff]")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SAFE = frozenset({str, int, bool, type(None)})
_SCALARS = _SAFE | {float}
_ESCAPES = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
)
_WIDE_ESCAPES = (
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


def clean_text(text: str) -> str:
    """Return the text with lone surrogates, which no UTF-8 file can hold, as U+FFFD."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def plain_json(value: Any) -> bytes:
    """Return compact JSON with sorted keys for files that no page reads as a script.

    Non-finite floats become the strings "NaN", "Infinity" and "-Infinity"; integers beyond 64 bits
    become strings; lone surrogates become U+FFFD; what is nested too deeply says so.
    """
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        # What is not finite has become null; long columns are looked at one by one only for that.
        if b"null" not in data:
            return data
        finite = _finite(value)
        return data if finite is value else orjson.dumps(finite, option=orjson.OPT_SORT_KEYS)
    except (TypeError, RecursionError):
        # Rare content that orjson refuses: mended by a slower walk.
        return orjson.dumps(_mended(value), option=orjson.OPT_SORT_KEYS)


def script_json(value: Any) -> bytes:
    """Return `plain_json` that is also safe inside `<script>` elements and in JavaScript files.

    The result holds no `<`, `>`, `&`, U+2028 or U+2029.
    """
    data = plain_json(value)
    # Searching for characters of several bytes takes longer than all else, and most data has none.
    for character, escape in _ESCAPES if data.isascii() else (*_ESCAPES, *_WIDE_ESCAPES):
        data = data.replace(character, escape)
    return data


def data_script(key: str, value: Any) -> DataFile:
    """Return a data file that hands the value to the page: `runreport.put("<key>", {...});`."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key for a data file: {key!r}")
    data = script_json(value)
    if b'"__proto__"' in data:
        # In an object literal this key would set the prototype; JSON.parse keeps it as data.
        data = b"JSON.parse(" + orjson.dumps(data.decode()) + b")"
    content = b'runreport.put("' + key.encode() + b'", ' + data + b");\n"
    return DataFile(f"{key}.{hashlib.sha256(content).hexdigest()[:8]}.js", content)


def read_data_script(content: bytes) -> Any:
    """Return the value of a data file that `data_script` made."""
    data = content[content.index(b", ") + 2 : -len(b");\n")]
    if data.startswith(b"JSON.parse("):
        data = orjson.loads(data[len(b"JSON.parse(") : -1])
    return orjson.loads(data)


def _float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _finite(value: Any) -> Any:
    """Return the value with its non-finite floats as text, sharing what needs no change."""
    kind = type(value)
    if kind is float:
        return _float(value)
    if kind is dict:
        return _finite_dict(value)
    if kind is list or kind is tuple:
        return _finite_list(value)
    return value


def _finite_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    changed: dict[Any, Any] = {}
    for name, item in value.items():
        # No call for what nearly all items are; neither zero nor what is empty needs one.
        if item and type(item) not in _SAFE and (other := _finite(item)) is not item:
            changed[name] = other
    return value | changed if changed else value


def _finite_list(value: list[Any] | tuple[Any, ...]) -> Any:
    kinds = set(map(type, value))
    if kinds <= _SAFE or (kinds == {float} and all(map(math.isfinite, value))):
        return value
    if kinds <= _SCALARS:
        # Long columns come here: no call for a number that is as it should be.
        found = [
            item if type(item) is not float or math.isfinite(item) else _float(item)
            for item in value
        ]
        return value if all(map(operator.is_, found, value)) else found
    items = [_finite(item) for item in value]
    return value if all(map(operator.is_, items, value)) else items


def _mended(value: Any, depth: int = 0) -> Any:
    """Return the value as something that orjson takes, whatever it holds."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return _float(float(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value) if -(2**63) <= value < 2**64 else str(value)
    if isinstance(value, (dict, list, tuple)):
        return _mended_container(value, depth) if depth < MAX_DEPTH else TOO_DEEP
    return value


def _mended_container(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {clean_text(str(name)): _mended(item, depth + 1) for name, item in value.items()}
    return [_mended(item, depth + 1) for item in value]
