r"""Lines of JSON objects as files really hold them: torn, glued, padded, huge.

A file is cut into pieces of whole lines, at ``\n`` alone; a piece is small enough to stay in the
processor's cache while it is parsed. A line that cannot be used is counted, never raised.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import orjson

from runreport.records import Finding, Level

PIECE: Final = 256 << 10
"""Bytes read at once; smaller and larger pieces are slower."""

MAX_LINE: Final = 4 << 20
"""Bytes of the longest line that is parsed."""

MAX_DEPTH: Final = 32
"""Levels of lists and objects inside a line's object."""

MAX_KINDS: Final = 50
"""Kinds of problems of one file that are told apart; a file of noise has a new one on each line."""

_BOM: Final = b"\xef\xbb\xbf"
_PADDING: Final = b"\0 \t\r"
_NEWLINE, _OPEN = b"\n{"
# Whole numbers up to 64 bits are kept exact, as orjson keeps them.
_WHOLE: Final = range(-(1 << 63), 1 << 64)


class BadLine(ValueError):  # noqa: N818 - not an error of the program
    """A line that holds no usable object; the message is the reason."""


class Problems:
    """What was wrong with one file: each kind once, with its first line and its count."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.bad_lines = 0
        self._found: dict[str, tuple[Level, int, str, int]] = {}

    def add(self, kind: str, line: int, message: str, *, level: Level = "warning") -> None:
        """Count one more of a kind; the first one's line and message are kept."""
        if kind not in self._found and len(self._found) >= MAX_KINDS:
            kind = "more"
            message = f"more kinds of problems than the {MAX_KINDS} shown; mend those first"
        level, line, message, count = self._found.get(kind, (level, line, message, 0))
        self._found[kind] = (level, line, message, count + 1)

    def add_bad_line(self, line: int, error: BadLine) -> None:
        """Count a line that is lost."""
        self.bad_lines += 1
        reason = str(error)
        message = f"{reason}; the line is left out, mend or delete it"
        self.add(reason.partition(" (")[0], line, message)

    def findings(self) -> list[Finding]:
        """Return one finding a kind, in the order of their first lines."""
        found = sorted(self._found.values(), key=lambda item: item[1])
        return [
            Finding(level, f"{self.place}:{line}", text, count)
            for level, line, text, count in found
        ]


class Pieces:
    """The whole lines of an open file between two offsets, some hundred kilobytes at a time.

    Iterating yields bytes that end in a newline, or None for one line over `MAX_LINE`.
    Afterwards ``end`` is the offset after the last whole line, where a later reading goes on,
    and ``torn`` says whether bytes follow it.
    """

    def __init__(self, descriptor: int, stop: int, *, start: int = 0) -> None:
        self._descriptor = descriptor
        self._start = start
        self._stop = stop
        self.end = start
        self.torn = False

    def __iter__(self) -> Iterator[bytes | None]:
        at = self._start
        if at:
            os.lseek(self._descriptor, at, os.SEEK_SET)
        rest = b""
        skipping = False
        while at < self._stop:
            block = os.read(self._descriptor, min(PIECE, self._stop - at))
            if not block:  # the file has been cut meanwhile
                break
            at += len(block)
            if skipping:
                newline = block.find(b"\n") + 1
                if not newline:
                    at = self._skip_hole(at, block)
                    continue
                yield None
                block = block[newline:]
                self.end = at - len(block)
                skipping = False
            cut = block.rfind(b"\n") + 1
            if cut:
                yield rest + block[:cut] if rest else block[:cut]
                rest = block[cut:]
                self.end = at - len(rest)
            else:
                rest += block
                if len(rest) > MAX_LINE:
                    rest, skipping = b"", True
        self.torn = self.end < at

    def _skip_hole(self, at: int, block: bytes) -> int:
        """Return where data goes on: a sparse file can claim terabytes of zeros."""
        if block.strip(b"\0") or not hasattr(os, "SEEK_DATA"):
            return at
        try:
            at = os.lseek(self._descriptor, at, os.SEEK_DATA)
        except OSError:  # ENXIO: nothing but zeros follows
            at = self._stop
        os.lseek(self._descriptor, at, os.SEEK_SET)
        return at


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
    that two torn lines make up together, and none holds two.
    """
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
