"""Lines of JSON objects as files really hold them: torn, glued, padded, huge.

A line that cannot be used is counted, never raised.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any, Final

import numpy as np
import orjson

from runreport.reading.pieces import MAX_LINE
from runreport.reading.problems import BadLine, Problems

MAX_DEPTH: Final = 32
"""Levels of lists and objects inside a line's object."""

_BOM: Final = b"\xef\xbb\xbf"
_PADDING: Final = b"\0 \t\r"
_NEWLINE, _OPEN = b"\n{"
# Whole numbers up to 64 bits are kept exact, as orjson keeps them.
_WHOLE: Final = range(-(1 << 63), 1 << 64)


def parse_lines(
    piece: bytes, first: int, problems: Problems
) -> tuple[list[int], list[dict[str, Any]]]:
    """Return the numbers of a piece's good lines and their objects; ``first`` is its first line's.

    Blank lines are neither good nor bad.
    """
    numbers, objects = [], []
    for number, line in enumerate(piece[:-1].split(b"\n"), first):
        try:
            value = parse_line(line, number, problems)
        except BadLine as error:
            problems.add_bad_line(number, error)
        else:
            if value is not None:
                numbers.append(number)
                objects.append(value)
    return numbers, objects


def parse_flat_lines(piece: bytes) -> list[dict[str, Any]] | None:
    """Parse lines of flat objects in one call; return None unless all of them are in order.

    Each line has one opening brace, as its first byte. So none of them can be half of an object
    that two torn lines make up together, and none holds two. Lists may be nested too deeply.
    """
    if b"[" in piece:
        return None
    codes = np.frombuffer(piece, np.uint8)
    opens, ends = codes == _OPEN, codes == _NEWLINE
    count = int(np.count_nonzero(ends))
    if np.count_nonzero(opens) != count or not opens[0] or len(piece) > MAX_LINE:
        return None
    if np.count_nonzero(opens[1:] & ends[:-1]) != count - 1:
        return None
    try:
        objects: list[dict[str, Any]] = orjson.loads(b"[%b]" % piece[:-1].replace(b"\n", b","))
    except ValueError:
        return None
    return objects if len(objects) == count else None


def parse_line(line: bytes, number: int, problems: Problems) -> dict[str, Any] | None:
    """Return the object on a line, None for a blank one.

    Of two equal keys the last one counts. NaN and Infinity are accepted as bare words.

    Raises:
        BadLine: it is anything else.
    """
    if len(line) > MAX_LINE:
        raise BadLine(f"longer than {MAX_LINE >> 20} MiB")
    try:
        value = orjson.loads(line)
    except ValueError:
        line = line.strip(_PADDING).removeprefix(_BOM).strip(_PADDING)
        if not line:
            return None
        value = _parse_slowly(line, number, problems)
    if type(value) is not dict:
        raise BadLine(f"not an object (but {_type_name(value)})")
    # Counting bytes is cheap and rules nearly every line out.
    if line.count(b"{") + line.count(b"[") > MAX_DEPTH and _is_deep(value):
        raise BadLine(f"nested more than {MAX_DEPTH} levels deep")
    return value


def _parse_slowly(line: bytes, number: int, problems: Problems) -> Any:
    with contextlib.suppress(ValueError):
        return orjson.loads(line)
    try:
        # json.loads would guess at UTF-16 and UTF-32 if it were given bytes.
        value = json.loads(line.decode(), parse_int=_whole_number)
    except UnicodeDecodeError as error:
        raise BadLine(f"not UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        raise BadLine(f"not JSON ({error.msg}, column {error.colno})") from error
    except RecursionError as error:
        raise BadLine(f"nested more than {MAX_DEPTH} levels deep") from error
    if b"\\ud" not in line.lower() or _is_deep(value):
        return value
    mended = _without_surrogates(value)
    if mended != value:
        message = "half a character (a lone surrogate); it is shown as \ufffd"
        problems.add("surrogate", number, message, level="note")
    return mended


def _whole_number(digits: str) -> int | float | str:
    if len(digits) <= 20 and int(digits) in _WHOLE:
        return int(digits)
    return float(digits) if len(digits) <= 400 else digits


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        parents = [item for item in level if isinstance(item, dict | list)]
        if not parents:
            return False
        level = [
            child
            for item in parents
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return any(isinstance(item, dict | list) for item in level)


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(value[key]) for key in value}
    return value


def _type_name(value: Any) -> str:
    names = {list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
